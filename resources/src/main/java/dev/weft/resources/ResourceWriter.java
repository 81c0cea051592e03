package dev.weft.resources;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.weft.resources.RecordShape.Component;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Writes objects so that {@link ResourceParser} reads equal ones. Equal objects give equal bytes;
 * what equals its default is left out. Stateless; any thread.
 */
public final class ResourceWriter {
  private static final YAMLMapper YAML =
      YAMLMapper.builder().disable(YAMLGenerator.Feature.SPLIT_LINES).build();

  private ResourceWriter() {}

  /** One YAML document, with "---" before it. */
  public static String toYaml(KubeObject object) {
    return yaml(toJson(object));
  }

  /** A record of this package, for example a {@link ObjectStatus}, as one YAML document. */
  public static String toYaml(ObjectRef ref, ObjectStatus status) {
    ObjectNode root = header(ref.kind());
    ObjectNode metadata = root.putObject("metadata");
    metadata.put("name", ref.name());
    if (!ref.namespace().isEmpty()) {
      metadata.put("namespace", ref.namespace());
    }
    root.set("status", record(status, true));
    return yaml(root);
  }

  public static JsonNode toJson(KubeObject object) {
    ObjectNode root = header(object.kind());
    root.setAll(record(object, false));
    return root;
  }

  /** A status alone, as the API server's status subresource takes it. */
  public static JsonNode toJson(ObjectStatus status) {
    return record(status, true);
  }

  private static ObjectNode header(Kind kind) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("apiVersion", kind.apiVersion());
    root.put("kind", kind.kind());
    return root;
  }

  private static String yaml(JsonNode node) {
    try {
      return YAML.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain values can always be written", e);
    }
  }

  /**
   * A record's fields.
   *
   * @param complete also those that equal their defaults: in a status nobody fills them in again
   */
  private static ObjectNode record(Object record, boolean complete) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    for (Component component : RecordShape.of(record.getClass()).components()) {
      if (!component.carried.isEmpty()) {
        component.readCarried(record).forEach(node::set);
        continue;
      }
      Object value = component.read(record);
      if (value != null && !implied(value, component, complete)) {
        JsonNode written = value(value, complete);
        if (!("{}".equals(component.defaultText) && written.isEmpty())) {
          node.set(component.name, written);
        }
      }
    }
    return node;
  }

  private static boolean implied(Object value, Component component, boolean complete) {
    if (component.nullable) {
      return false;
    }
    String text = component.defaultText;
    return switch (value) {
      case List<?> list -> list.isEmpty();
      case Map<?, ?> map -> map.isEmpty();
      case Boolean flag when text == null -> !flag;
      case Object written when complete -> false;
      case Enum<?> constant -> Scalars.wire(constant).equals(text);
      case Record record -> false;
      default -> text != null && value.equals(Scalars.parseDefault(text, component.rawType()));
    };
  }

  private static JsonNode value(Object value, boolean complete) {
    JsonNodeFactory make = JsonNodeFactory.instance;
    return switch (value) {
      case JsonNode node -> node;
      case String text -> make.textNode(text);
      case Boolean flag -> make.booleanNode(flag);
      case Integer number -> make.numberNode(number);
      case Long number -> make.numberNode(number);
      case Double number -> make.numberNode(number);
      case Enum<?> constant -> make.textNode(Scalars.wire(constant));
      case Instant instant -> make.textNode(instant.toString());
      case Duration duration -> make.textNode(GatewayDurations.format(duration));
      case IntOrString.PortNumber(int number) -> make.numberNode(number);
      case IntOrString.PortName(String text) -> make.textNode(text);
      case List<?> list -> {
        ArrayNode array = make.arrayNode(list.size());
        list.forEach(item -> array.add(value(item, complete)));
        yield array;
      }
      case Map<?, ?> map -> {
        ObjectNode object = make.objectNode();
        map.forEach((key, item) -> object.set(key.toString(), value(item, complete)));
        yield object;
      }
      case Record record -> record(record, complete);
      default -> throw new IllegalStateException("no record holds a " + value.getClass());
    };
  }
}
