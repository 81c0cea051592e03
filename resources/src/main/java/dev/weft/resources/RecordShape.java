package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.Wire;
import java.lang.annotation.Annotation;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fields of one record type, looked up once. */
final class RecordShape {
  private static final ClassValue<RecordShape> SHAPES =
      new ClassValue<>() {
        @Override
        protected RecordShape computeValue(Class<?> type) {
          return new RecordShape(type);
        }
      };

  private final Constructor<?> constructor;
  private final List<Component> components;

  private RecordShape(Class<?> type) {
    RecordComponent[] declared = type.getRecordComponents();
    Class<?>[] types = Arrays.stream(declared).map(RecordComponent::getType).toArray(Class[]::new);
    try {
      this.constructor = type.getDeclaredConstructor(types);
    } catch (NoSuchMethodException e) {
      throw new AssertionError("every record has a canonical constructor", e);
    }
    this.components = Arrays.stream(declared).map(Component::new).toList();
  }

  static RecordShape of(Class<?> type) {
    return SHAPES.get(type);
  }

  List<Component> components() {
    return components;
  }

  /** Names of all fields that YAML may hold. */
  List<String> fieldNames() {
    List<String> names = new ArrayList<>();
    for (Component component : components) {
      if (component.carried.isEmpty()) {
        names.add(component.name);
      } else {
        names.addAll(component.carried);
      }
    }
    return names;
  }

  Object create(List<@Nullable Object> values) {
    try {
      return constructor.newInstance(values.toArray());
    } catch (InvocationTargetException | InstantiationException | IllegalAccessException e) {
      throw new IllegalStateException("cannot make a " + constructor.getDeclaringClass(), e);
    }
  }

  /** One component of a record. */
  static final class Component {
    final String name;
    final Type type;
    final boolean nullable;

    /** How an absent field would be written; null when there is no default. */
    final @Nullable String defaultText;

    /** Names of the fields this component carries unread; empty for an ordinary one. */
    final List<String> carried;

    private final RecordComponent component;
    private final Method accessor;

    private Component(RecordComponent component) {
      this.component = component;
      Wire wire = component.getAnnotation(Wire.class);
      this.name = wire == null ? component.getName() : wire.value();
      this.type = component.getGenericType();
      this.nullable = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
      Default given = component.getAnnotation(Default.class);
      this.defaultText = given == null ? null : given.value();
      Carried names = component.getAnnotation(Carried.class);
      this.carried = names == null ? List.of() : List.of(names.value());
      this.accessor = component.getAccessor();
    }

    <A extends Annotation> @Nullable A annotation(Class<A> kind) {
      return component.getAnnotation(kind);
    }

    boolean required() {
      return !nullable
          && defaultText == null
          && rawType() != List.class
          && rawType() != Map.class
          && rawType() != boolean.class;
    }

    Class<?> rawType() {
      return component.getType();
    }

    @Nullable Object read(Object record) {
      try {
        return accessor.invoke(record);
      } catch (IllegalAccessException | InvocationTargetException e) {
        throw new IllegalStateException("cannot read " + accessor, e);
      }
    }

    @SuppressWarnings("unchecked")
    Map<String, JsonNode> readCarried(Object record) {
      Object value = read(record);
      return value == null ? Map.of() : (Map<String, JsonNode>) value;
    }
  }

  /** The i-th type argument, for lists and maps. */
  static Type argument(Type type, int i) {
    return ((ParameterizedType) type).getActualTypeArguments()[i];
  }
}
