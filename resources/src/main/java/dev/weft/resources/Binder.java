package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.RecordShape.Component;
import dev.weft.resources.Schema.Checked;
import dev.weft.resources.Schema.Size;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes records from located YAML, and says of everything that does not fit where it stands.
 *
 * <p>One binder serves one document; not for several threads.
 */
final class Binder {
  /** More refusals than this in one document help nobody. */
  private static final int MAX_REFUSALS = 50;

  private final String file;
  private final boolean strict;
  private final List<Refusal> refusals = new ArrayList<>();

  Binder(String file, boolean strict) {
    this.file = file;
    this.strict = strict;
  }

  List<Refusal> refusals() {
    return refusals;
  }

  void refuse(int line, String path, String reason) {
    if (refusals.size() < MAX_REFUSALS) {
      refusals.add(new Refusal(file, line, path, reason));
    }
  }

  /** The record, or null when something was refused. */
  @Nullable Object bindRecord(Located.Mapping mapping, Class<?> type, String path) {
    int before = refusals.size();
    RecordShape shape = RecordShape.of(type);
    if (strict) {
      refuseUnknown(mapping, shape, path);
    }
    List<@Nullable Object> values = new ArrayList<>();
    for (Component component : shape.components()) {
      values.add(
          component.carried.isEmpty()
              ? bindComponent(mapping, component, path)
              : carried(mapping, component));
    }
    if (refusals.size() > before) {
      return null;
    }
    Object made = shape.create(values);
    // An API server has checked such rules itself; to drop an object for one could open what the
    // object closes.
    if (strict && made instanceof Checked checked) {
      for (Schema.Problem problem : checked.problems()) {
        refuse(
            Located.lineOf(mapping, problem.field()),
            join(path, problem.field()),
            problem.reason());
      }
    }
    return refusals.size() > before ? null : made;
  }

  private void refuseUnknown(Located.Mapping mapping, RecordShape shape, String path) {
    List<String> known = shape.fieldNames();
    boolean root = path.isEmpty();
    mapping
        .fields()
        .forEach(
            (name, field) -> {
              boolean header = root && (name.equals("apiVersion") || name.equals("kind"));
              if (!header && !known.contains(name)) {
                refuse(
                    field.line(), join(path, name), "unknown field" + Suggestion.of(name, known));
              }
            });
  }

  private static Map<String, JsonNode> carried(Located.Mapping mapping, Component component) {
    Map<String, JsonNode> found = new LinkedHashMap<>();
    for (String name : component.carried) {
      Located value = mapping.get(name);
      if (value != null) {
        found.put(name, value.toJson());
      }
    }
    return Collections.unmodifiableMap(found);
  }

  private @Nullable Object bindComponent(
      Located.Mapping mapping, Component component, String path) {
    Located value = mapping.get(component.name);
    String fieldPath = join(path, component.name);
    if (value != null) {
      return bind(value, component, component.type, fieldPath);
    }
    if (component.required()) {
      Located.Field empty = mapping.fields().get(component.name);
      refuse(empty == null ? mapping.line() : empty.line(), fieldPath, "is required");
      return null;
    }
    return absent(mapping, component, fieldPath);
  }

  private @Nullable Object absent(Located.Mapping mapping, Component component, String path) {
    String text = component.defaultText;
    Class<?> raw = component.rawType();
    if (text == null) {
      if (raw == List.class) {
        return sized(List.of(), 0, component, mapping.line(), path);
      }
      if (raw == Map.class) {
        return sized(Map.of(), 0, component, mapping.line(), path);
      }
      return raw == boolean.class ? false : null;
    }
    Located.Mapping empty = new Located.Mapping(mapping.line(), Map.of());
    if (text.equals("{}")) {
      return bind(empty, component, component.type, path);
    }
    if (text.equals("[{}]")) {
      return bind(
          new Located.Sequence(mapping.line(), List.of(empty)), component, component.type, path);
    }
    return Scalars.parseDefault(text, raw);
  }

  private @Nullable Object bind(Located value, Component component, Type type, String path) {
    if (type == JsonNode.class) {
      return value.toJson();
    }
    Class<?> raw =
        type instanceof Class<?> plain
            ? plain
            : component.rawType() == Map.class ? Map.class : List.class;
    if (raw == List.class) {
      return bindList(value, component, type, path);
    }
    if (raw == Map.class) {
      return bindMap(value, component, type, path);
    }
    if (raw.isRecord()) {
      if (value instanceof Located.Mapping mapping) {
        return bindRecord(mapping, raw, path);
      }
      refuse(value.line(), path, "must be a mapping of fields");
      return null;
    }
    if (value instanceof Located.Scalar scalar) {
      try {
        return Scalars.convert(scalar.value(), raw, component);
      } catch (Scalars.Unfit e) {
        refuse(value.line(), path, e.reason());
        return null;
      }
    }
    refuse(value.line(), path, "must be " + Scalars.describe(raw));
    return null;
  }

  private @Nullable Object bindList(Located value, Component component, Type type, String path) {
    if (!(value instanceof Located.Sequence sequence)) {
      refuse(value.line(), path, "must be a list");
      return null;
    }
    Type element = RecordShape.argument(type, 0);
    List<Object> items = new ArrayList<>();
    for (int i = 0; i < sequence.items().size(); i++) {
      String itemPath = path + "[" + i + "]";
      Located item = sequence.items().get(i);
      Object bound = Located.isNull(item) ? null : bind(item, component, element, itemPath);
      if (bound != null) {
        items.add(bound);
      } else if (Located.isNull(item)) {
        refuse(item.line(), itemPath, "must not be null");
      }
    }
    return sized(List.copyOf(items), sequence.items().size(), component, value.line(), path);
  }

  private @Nullable Object bindMap(Located value, Component component, Type type, String path) {
    if (!(value instanceof Located.Mapping mapping)) {
      refuse(value.line(), path, "must be a mapping");
      return null;
    }
    Type element = RecordShape.argument(type, 1);
    boolean labels = component.annotation(Schema.Labels.class) != null;
    Map<String, Object> entries = new LinkedHashMap<>();
    mapping
        .fields()
        .forEach(
            (name, field) -> {
              // "key:" with nothing behind it is the empty string in Kubernetes.
              Object bound =
                  Located.isNull(field.value())
                      ? ""
                      : bind(field.value(), component, element, path + "." + name);
              String problem = labels && bound != null ? Scalars.labelProblem(name, bound) : null;
              if (problem != null) {
                refuse(field.line(), path + "." + name, problem);
              } else if (bound != null) {
                entries.put(name, bound);
              }
            });
    return sized(
        Collections.unmodifiableMap(entries),
        mapping.fields().size(),
        component,
        value.line(),
        path);
  }

  private Object sized(Object collection, int size, Component component, int line, String path) {
    Size bounds = component.annotation(Size.class);
    if (bounds != null && size < bounds.min()) {
      refuse(line, path, size == 0 ? "is required" : "must have at least " + bounds.min());
    } else if (bounds != null && size > bounds.max()) {
      refuse(line, path, "must not have more than " + bounds.max() + " elements, has " + size);
    }
    return collection;
  }

  static String join(String path, String name) {
    return name.isEmpty() ? path : path.isEmpty() ? name : path + "." + name;
  }
}
