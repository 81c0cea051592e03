package dev.weft.resources;

import dev.weft.resources.Schema.Checked;
import dev.weft.resources.Schema.Labels;
import dev.weft.resources.Schema.Problem;
import dev.weft.resources.Schema.Text;
import dev.weft.resources.Schema.Wire;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Chooses objects by label: all of matchLabels and all of matchExpressions; empty chooses all. */
public record LabelSelector(
    @Labels Map<String, String> matchLabels, List<Requirement> matchExpressions) {

  public static final LabelSelector EVERYTHING = new LabelSelector(Map.of(), List.of());

  /** One condition on one label. */
  public record Requirement(@Text(min = 1) String key, Operator operator, List<String> values)
      implements Checked {

    boolean matches(Map<String, String> labels) {
      String value = labels.get(key);
      return switch (operator) {
        case IN -> value != null && values.contains(value);
        case NOT_IN -> value == null || !values.contains(value);
        case EXISTS -> value != null;
        case DOES_NOT_EXIST -> value == null;
      };
    }

    @Override
    public List<Problem> problems() {
      boolean takesValues = operator == Operator.IN || operator == Operator.NOT_IN;
      if (takesValues == values.isEmpty()) {
        return List.of(
            new Problem(
                "values",
                takesValues
                    ? "must list at least one value for operator In or NotIn"
                    : "must be empty for operator Exists or DoesNotExist"));
      }
      return List.of();
    }
  }

  /** How a {@link Requirement} compares. */
  public enum Operator {
    @Wire("In")
    IN,
    @Wire("NotIn")
    NOT_IN,
    @Wire("Exists")
    EXISTS,
    @Wire("DoesNotExist")
    DOES_NOT_EXIST
  }

  /** The labels that it looks at. */
  Stream<String> keys() {
    return Stream.concat(
        matchLabels.keySet().stream(), matchExpressions.stream().map(Requirement::key));
  }

  /** Whether an object with these labels is chosen. */
  public boolean matches(Map<String, String> labels) {
    for (Map.Entry<String, String> wanted : matchLabels.entrySet()) {
      if (!wanted.getValue().equals(labels.get(wanted.getKey()))) {
        return false;
      }
    }
    for (Requirement requirement : matchExpressions) {
      if (!requirement.matches(labels)) {
        return false;
      }
    }
    return true;
  }
}
