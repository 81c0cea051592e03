package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weft.resources.RecordShape.Component;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * An OpenAPI schema out of a record: the records are the schema, so the definitions that an API
 * server gets are made from them. Defaults are left out, because the records fill them in.
 */
final class CrdSchema {
  private static final JsonNodeFactory MAKE = JsonNodeFactory.instance;

  /** What spans several fields, by record: its {@code problems()} in CEL. */
  private static final Map<Class<?>, List<String>> RULES =
      Map.of(
          AuthorizationPolicy.Spec.class,
          List.of(
              "!has(self.selector) || !has(self.targetRefs) || size(self.targetRefs) == 0",
              "selector may not stand beside targetRefs"),
          LabelSelector.Requirement.class,
          List.of(
              "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
              "values belong to operators In and NotIn, and only to those"),
          MeshConfig.Telemetry.class,
          List.of(
              "!has(self.samplingRatio) || (self.samplingRatio >= 0.0 && self.samplingRatio <="
                  + " 1.0)",
              "samplingRatio must be from 0 to 1"));

  private CrdSchema() {}

  static ObjectNode of(Class<?> record) {
    ObjectNode schema = MAKE.objectNode().put("type", "object");
    ObjectNode properties = MAKE.objectNode();
    ArrayNode required = MAKE.arrayNode();
    for (Component component : RecordShape.of(record).components()) {
      for (String name : component.carried) {
        ObjectNode any = MAKE.objectNode().put("type", "object");
        properties.set(name, any.put("x-kubernetes-preserve-unknown-fields", true));
      }
      if (component.carried.isEmpty()) {
        properties.set(component.name, of(component, component.type));
        Schema.Size size = component.annotation(Schema.Size.class);
        if (component.required() || (size != null && size.min() > 0)) {
          required.add(component.name);
        }
      }
    }
    schema.set("properties", properties);
    if (!required.isEmpty()) {
      schema.set("required", required);
    }
    if (Schema.Checked.class.isAssignableFrom(record)) {
      List<String> rule = RULES.get(record);
      if (rule == null) {
        throw new AssertionError(record + " checks something that CrdSchema has no CEL for");
      }
      schema
          .putArray("x-kubernetes-validations")
          .addObject()
          .put("rule", rule.get(0))
          .put("message", rule.get(1));
    }
    return schema;
  }

  private static ObjectNode of(Component component, Type type) {
    Class<?> raw =
        type instanceof Class<?> plain
            ? plain
            : component.rawType() == Map.class ? Map.class : List.class;
    if (raw == List.class) {
      ObjectNode list = MAKE.objectNode().put("type", "array");
      Schema.Size size = component.annotation(Schema.Size.class);
      if (size != null && size.min() > 0) {
        list.put("minItems", size.min());
      }
      // The API server wants a bound where rules are checked on elements.
      list.put("maxItems", size != null && size.max() < Integer.MAX_VALUE ? size.max() : 512);
      list.set("items", of(component, RecordShape.argument(type, 0)));
      return list;
    }
    if (raw == Map.class) {
      ObjectNode map = MAKE.objectNode().put("type", "object");
      map.set("additionalProperties", of(component, RecordShape.argument(type, 1)));
      return map;
    }
    return raw.isRecord() ? of(raw) : scalar(component, raw);
  }

  private static ObjectNode scalar(Component component, Class<?> type) {
    ObjectNode schema = MAKE.objectNode();
    if (type == JsonNode.class) {
      return schema.put("x-kubernetes-preserve-unknown-fields", true);
    }
    if (type == IntOrString.class) {
      return schema.put("x-kubernetes-int-or-string", true);
    }
    if (type == boolean.class || type == Boolean.class) {
      return schema.put("type", "boolean");
    }
    if (type == double.class) {
      return schema.put("type", "number");
    }
    if (type == int.class || type == Integer.class || type == long.class) {
      schema.put("type", "integer").put("format", type == long.class ? "int64" : "int32");
      Schema.Range range = component.annotation(Schema.Range.class);
      if (range != null && range.min() > Long.MIN_VALUE) {
        schema.put("minimum", range.min());
      }
      if (range != null && range.max() < Long.MAX_VALUE) {
        schema.put("maximum", range.max());
      }
      return schema;
    }
    schema.put("type", "string");
    if (type.isEnum()) {
      ArrayNode words = schema.putArray("enum");
      Arrays.stream(type.getEnumConstants())
          .forEach(constant -> words.add(Scalars.wire((Enum<?>) constant)));
    } else if (type == Duration.class) {
      schema.put("pattern", "^([0-9]{1,5}(h|m|s|ms)){1,4}$");
    } else if (type == Instant.class) {
      schema.put("format", "date-time");
    }
    return restricted(component, schema);
  }

  private static ObjectNode restricted(Component component, ObjectNode schema) {
    Schema.Text text = component.annotation(Schema.Text.class);
    if (text != null) {
      if (text.min() > 0) {
        schema.put("minLength", text.min());
      }
      if (text.max() < Integer.MAX_VALUE) {
        schema.put("maxLength", text.max());
      }
      if (!text.pattern().isEmpty()) {
        schema.put("pattern", "^(" + text.pattern() + ")$");
      }
    }
    Schema.OneOf words = component.annotation(Schema.OneOf.class);
    if (words != null) {
      ArrayNode all = schema.putArray("enum");
      Arrays.stream(words.value()).forEach(all::add);
    }
    return schema;
  }
}
