package dev.weft.resources;

/**
 * Why an object was not taken.
 *
 * @param line from 1; 0 when the whole file is meant
 * @param field path from the object's root, for example "spec.rules[0].matches[1].path.value"; ""
 *     when no single field is meant
 * @param reason one clause that says what to do
 */
public record Refusal(String file, int line, String field, String reason) {

  /** For example "shop.yaml:12: spec.replicas: must be a whole number". */
  @Override
  public String toString() {
    return file
        + (line > 0 ? ":" + line : "")
        + ": "
        + (field.isEmpty() ? "" : field + ": ")
        + reason;
  }
}
