package dev.weft.cli.lab;

import dev.weft.resources.KubeObject;
import dev.weft.resources.ResourceParser;
import java.util.List;

/** Objects from YAML, for tests. */
final class Objects {
  private Objects() {}

  static <T extends KubeObject> List<T> all(Class<T> type, String yaml) {
    ResourceParser.Parsed parsed = ResourceParser.strict().parse("test.yaml", yaml);
    if (!parsed.refusals().isEmpty()) {
      throw new IllegalArgumentException(parsed.refusals().toString());
    }
    return parsed.objects().stream().filter(type::isInstance).map(type::cast).toList();
  }

  static <T extends KubeObject> T one(Class<T> type, String yaml) {
    return all(type, yaml).getFirst();
  }
}
