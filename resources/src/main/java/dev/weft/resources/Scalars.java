package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.RecordShape.Component;
import dev.weft.resources.Schema.OneOf;
import dev.weft.resources.Schema.Range;
import dev.weft.resources.Schema.Text;
import dev.weft.resources.Schema.Wire;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Single values: from YAML to Java and back. */
final class Scalars {
  private static final Map<String, Pattern> PATTERNS = new ConcurrentHashMap<>();
  private static final Pattern LABEL_NAME =
      Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?");
  private static final Pattern LABEL_PREFIX = Pattern.compile(Schema.DNS_SUBDOMAIN);

  private Scalars() {}

  /** A value does not fit its field. */
  static final class Unfit extends Exception {
    private static final long serialVersionUID = 1L;
    private final String reason;

    Unfit(String reason) {
      super(reason, null, false, false);
      this.reason = reason;
    }

    String reason() {
      return reason;
    }
  }

  static Object convert(JsonNode value, Class<?> type, Component component) throws Unfit {
    if (type == String.class) {
      return text(value, component);
    }
    if (type == boolean.class || type == Boolean.class) {
      return demand(value.isBoolean(), value.booleanValue(), type);
    }
    if (type == int.class || type == Integer.class) {
      demand(value.isIntegralNumber() && value.canConvertToInt(), value, type);
      bounds(value.longValue(), component);
      return value.intValue();
    }
    if (type == long.class) {
      demand(value.isIntegralNumber(), value, type);
      bounds(value.longValue(), component);
      return value.longValue();
    }
    if (type == double.class) {
      return demand(value.isNumber(), value.doubleValue(), type);
    }
    if (type == IntOrString.class) {
      return intOrString(value);
    }
    demand(value.isTextual(), value, type);
    return parse(value.textValue(), type);
  }

  private static <T> T demand(boolean fits, T value, Class<?> type) throws Unfit {
    if (!fits) {
      throw new Unfit("must be " + describe(type));
    }
    return value;
  }

  private static void bounds(long value, Component component) throws Unfit {
    Range range = component.annotation(Range.class);
    if (range != null && (value < range.min() || value > range.max())) {
      throw new Unfit(
          range.max() == Long.MAX_VALUE
              ? "must be at least " + range.min()
              : "must be from " + range.min() + " to " + range.max());
    }
    oneOf(Long.toString(value), component);
  }

  private static String text(JsonNode value, Component component) throws Unfit {
    if (!value.isTextual()) {
      throw new Unfit("must be text; put quotes around " + value.asText());
    }
    String text = value.textValue();
    Text form = component.annotation(Text.class);
    if (form != null) {
      if (text.length() < form.min()) {
        throw new Unfit("must not be empty");
      }
      if (text.length() > form.max()) {
        throw new Unfit("must not be longer than " + form.max() + " characters");
      }
      if (!form.pattern().isEmpty() && !matches(form.pattern(), text)) {
        throw new Unfit(quoted(text) + " does not match " + form.pattern());
      }
    }
    oneOf(text, component);
    return text;
  }

  private static void oneOf(String text, Component component) throws Unfit {
    OneOf words = component.annotation(OneOf.class);
    if (words != null && !List.of(words.value()).contains(text)) {
      throw new Unfit(notOneOf(text, List.of(words.value())));
    }
  }

  private static String notOneOf(String text, List<String> words) {
    return quoted(text) + " is not one of " + String.join(", ", words);
  }

  /** A user's text for a message: short, and without control characters. */
  static String quoted(String text) {
    String shown = text.length() > 64 ? text.substring(0, 64) + "…" : text;
    return '"' + shown.replaceAll("\\p{Cntrl}", "?") + '"';
  }

  static boolean matches(String pattern, String text) {
    return PATTERNS.computeIfAbsent(pattern, Pattern::compile).matcher(text).matches();
  }

  private static IntOrString intOrString(JsonNode value) throws Unfit {
    if (value.isIntegralNumber()) {
      int number = value.intValue();
      if (number < 1 || number > 65535) {
        throw new Unfit("must be from 1 to 65535, or a port's name");
      }
      return new IntOrString.PortNumber(number);
    }
    if (value.isTextual()
        && value.textValue().length() <= 15
        && matches(Schema.DNS_LABEL, value.textValue())) {
      return new IntOrString.PortName(value.textValue());
    }
    throw new Unfit("must be a port's number or name");
  }

  private static Object parse(String text, Class<?> type) throws Unfit {
    if (type.isEnum()) {
      for (Object constant : type.getEnumConstants()) {
        if (wire((Enum<?>) constant).equals(text)) {
          return constant;
        }
      }
      List<String> words =
          Arrays.stream(type.getEnumConstants()).map(each -> wire((Enum<?>) each)).toList();
      throw new Unfit(notOneOf(text, words));
    }
    if (type == Duration.class) {
      Duration duration = GatewayDurations.parse(text);
      return demand(duration != null, duration == null ? Duration.ZERO : duration, type);
    }
    if (type == Instant.class) {
      try {
        return Instant.parse(text);
      } catch (DateTimeParseException e) {
        throw new Unfit("must be " + describe(type));
      }
    }
    throw new IllegalStateException("no record may have a component of " + type);
  }

  /** A default from an annotation, which is ours and must be right. */
  static Object parseDefault(String text, Class<?> type) {
    if (type == String.class) {
      return text;
    }
    if (type == boolean.class) {
      return Boolean.valueOf(text);
    }
    if (type == int.class) {
      return Integer.valueOf(text);
    }
    if (type == long.class) {
      return Long.valueOf(text);
    }
    if (type == double.class) {
      return Double.valueOf(text);
    }
    try {
      return parse(text, type);
    } catch (Unfit e) {
      throw new IllegalStateException("default " + text + " for " + type, e);
    }
  }

  static String describe(Class<?> type) {
    if (type == String.class) {
      return "text";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    if (type == double.class) {
      return "a number";
    }
    if (type.isPrimitive() || type == Integer.class) {
      return "a whole number";
    }
    if (type == Duration.class) {
      return "a duration such as 500ms, 2s or 1h30m";
    }
    if (type == Instant.class) {
      return "a time such as 2026-01-31T08:00:00Z";
    }
    return type == IntOrString.class ? "a port's number or name" : "text";
  }

  /** An enum constant as it is written. */
  static String wire(Enum<?> constant) {
    try {
      Wire wire = constant.getDeclaringClass().getField(constant.name()).getAnnotation(Wire.class);
      return wire == null ? constant.name() : wire.value();
    } catch (NoSuchFieldException e) {
      throw new AssertionError("every enum constant is a field", e);
    }
  }

  /** What keeps a pair from being a label; null when nothing does. */
  static @Nullable String labelProblem(String key, Object value) {
    int slash = key.indexOf('/');
    String name = key.substring(slash + 1);
    String prefix = slash < 0 ? null : key.substring(0, slash);
    boolean keyFits =
        name.length() <= 63
            && LABEL_NAME.matcher(name).matches()
            && (prefix == null
                || (prefix.length() <= 253 && LABEL_PREFIX.matcher(prefix).matches()));
    if (!keyFits) {
      return "is no label key: at most 63 letters, digits, - _ . after an optional DNS name and /";
    }
    String text = value.toString();
    return text.isEmpty() || (text.length() <= 63 && LABEL_NAME.matcher(text).matches())
        ? null
        : "is no label value: at most 63 letters, digits, - _ .";
  }
}
