package dev.weft.cli.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What curl got.
 *
 * @param status 0 when there was no answer
 * @param headers of the last answer and its trailers, names in lower case
 * @param error what curl complained of, "" if nothing
 */
public record HttpAnswer(int status, Map<String, String> headers, String body, String error) {
  private static final ObjectMapper JSON = new ObjectMapper();

  static HttpAnswer parse(int status, String headerText, String body, String error) {
    Map<String, String> headers = new LinkedHashMap<>();
    headerText
        .lines()
        .forEach(
            line -> {
              int colon = line.indexOf(':');
              if (line.startsWith("HTTP/")) {
                headers.clear();
              } else if (colon > 0) {
                headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
              }
            });
    return new HttpAnswer(status, headers, body, error.strip());
  }

  String header(String name) {
    return headers.getOrDefault(name, "");
  }

  /** The body as JSON; a missing node if it is none. */
  JsonNode json() {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      return MissingNode.getInstance();
    }
  }

  /** Status, or the error where there is none. */
  String brief() {
    return status == 0 ? error : Integer.toString(status);
  }
}
