package dev.weft.cli.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What {@code weft load} counted. */
public record LoadReport(
    int sent,
    int failed,
    Map<String, Integer> answers,
    Map<String, Integer> versions,
    long p99Micros,
    List<Sample> samples) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** One exchange. */
  public record Sample(long atMicros, long tookMicros, String answer, String version) {
    boolean ok() {
      return answer.startsWith("2") || answer.equals("ok");
    }
  }

  static LoadReport parse(String text) {
    try {
      JsonNode root = JSON.readTree(text);
      List<Sample> samples = new ArrayList<>();
      for (JsonNode sample : root.path("samples")) {
        samples.add(
            new Sample(
                sample.path(0).asLong(),
                sample.path(1).asLong(),
                sample.path(2).asText(),
                sample.path(3).asText()));
      }
      return new LoadReport(
          root.path("sent").asInt(),
          root.path("failed").asInt(),
          counts(root.path("answers")),
          counts(root.path("versions")),
          root.path("p99Micros").asLong(),
          List.copyOf(samples));
    } catch (JsonProcessingException e) {
      throw new StageException("weft load printed something else than its report: " + text, e);
    }
  }

  private static Map<String, Integer> counts(JsonNode node) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    node.properties().forEach(entry -> counts.put(entry.getKey(), entry.getValue().asInt()));
    return counts;
  }

  /** Share of all answers that a version gave, 0 to 1. */
  double share(String version) {
    return sent == 0 ? 0 : versions.getOrDefault(version, 0) / (double) sent;
  }
}
