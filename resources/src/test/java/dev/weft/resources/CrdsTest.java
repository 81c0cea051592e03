package dev.weft.resources;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.weft.resources.RecordShape.Component;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The chart's definitions of Weft's own kinds say what the records say, no more and no less. After
 * a change of a record, run this with {@code -Dweft.crds.write=true}.
 */
class CrdsTest {
  private static final Path CHART = Path.of("..", "charts", "weft", "crds");

  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
          .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
          .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
          .disable(YAMLGenerator.Feature.SPLIT_LINES)
          .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
          .build();

  private static final String HEADER =
      "# Made from the records in resources/ by CrdsTest; not edited by hand.\n";

  @ParameterizedTest
  @EnumSource(names = {"MESH_CONFIG", "AUTHORIZATION_POLICY"})
  void theChartSaysWhatTheRecordsSay(Kind kind) throws Exception {
    String made = HEADER + YAML.writeValueAsString(definition(kind));
    Path file = CHART.resolve(plural(kind) + ".yaml");
    if (Boolean.getBoolean("weft.crds.write")) {
      Files.createDirectories(CHART);
      Files.writeString(file, made);
    }
    assertThat(file).exists();
    assertThat(YAML.readTree(file.toFile()))
        .as("run CrdsTest with -Dweft.crds.write=true")
        .isEqualTo(YAML.readTree(made));
  }

  private static String plural(Kind kind) {
    String name = kind.kind().toLowerCase(Locale.ROOT);
    return name.endsWith("y") ? name.substring(0, name.length() - 1) + "ies" : name + "s";
  }

  private static ObjectNode definition(Kind kind) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("apiVersion", "apiextensions.k8s.io/v1").put("kind", "CustomResourceDefinition");
    root.putObject("metadata").put("name", plural(kind) + "." + kind.group());
    ObjectNode spec = root.putObject("spec").put("group", kind.group());
    spec.putObject("names")
        .put("kind", kind.kind())
        .put("listKind", kind.kind() + "List")
        .put("plural", plural(kind))
        .put("singular", kind.kind().toLowerCase(Locale.ROOT))
        .putArray("categories")
        .add("weft");
    spec.put("scope", kind.namespaced() ? "Namespaced" : "Cluster");
    ObjectNode version = spec.putArray("versions").addObject();
    version.put("name", "v1alpha1").put("served", true).put("storage", true);
    boolean policy = kind != Kind.MESH_CONFIG;
    if (policy) {
      version.putObject("subresources").putObject("status");
    }
    version.putObject("schema").set("openAPIV3Schema", schema(kind, policy));
    return root;
  }

  private static ObjectNode schema(Kind kind, boolean policy) {
    ObjectNode schema = JsonNodeFactory.instance.objectNode().put("type", "object");
    ObjectNode properties = schema.putObject("properties");
    properties.putObject("apiVersion").put("type", "string");
    properties.putObject("kind").put("type", "string");
    properties.putObject("metadata").put("type", "object");
    for (Component component : RecordShape.of(kind.type()).components()) {
      if (component.name.equals("spec")) {
        properties.set("spec", CrdSchema.of(component.rawType()));
        if (component.required()) {
          schema.putArray("required").add("spec");
        }
      }
    }
    if (policy) {
      properties.set("status", status());
    }
    return schema;
  }

  /** GEP-713's status, and conditions of the whole policy; who says what is told by the keys. */
  private static ObjectNode status() {
    ObjectNode status = CrdSchema.of(ObjectStatus.OfPolicy.class);
    keyedByType((ObjectNode) status.at("/properties/conditions"));
    keyedByType((ObjectNode) status.at("/properties/ancestors/items/properties/conditions"));
    ((ObjectNode) status.at("/properties/ancestors"))
        .put("maxItems", 16)
        .put("x-kubernetes-list-type", "atomic");
    return status;
  }

  private static void keyedByType(ObjectNode conditions) {
    conditions.put("maxItems", 8).put("x-kubernetes-list-type", "map");
    conditions.putArray("x-kubernetes-list-map-keys").add("type");
  }
}
