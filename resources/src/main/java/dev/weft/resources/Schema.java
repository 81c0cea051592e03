package dev.weft.resources;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What a record component's type cannot say about the values it takes; read by {@link Binder}. */
final class Schema {

  /** RFC 1123 DNS label. */
  static final String DNS_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

  /** RFC 1035 DNS label: what Service names are. */
  static final String DNS_1035_LABEL = "[a-z]([-a-z0-9]*[a-z0-9])?";

  /** RFC 1123 DNS subdomain. */
  static final String DNS_SUBDOMAIN = DNS_LABEL + "(\\." + DNS_LABEL + ")*";

  /** What a name must be to stand in a URL's path: cluster trust bundles have such names. */
  static final String PATH_SEGMENT = "(?!\\.\\.?$)[^/%]+";

  /** A Gateway API hostname: a DNS name, optionally with one leading wildcard label. */
  static final String HOSTNAME = "(\\*\\.)?" + DNS_SUBDOMAIN;

  /** RFC 7230 token, what the Gateway API calls HTTPHeaderName. */
  static final String HEADER_NAME = "[A-Za-z0-9!#$%&'*+\\-.^_`|~]+";

  /** Gateway API SectionName and ParentReference group. */
  static final String GROUP = "|" + DNS_SUBDOMAIN;

  /** Gateway API controllerName. */
  static final String CONTROLLER = DNS_SUBDOMAIN + "/[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";

  /** Gateway API CORSOrigin: every origin, or a scheme, a host and perhaps a port. */
  static final String CORS_ORIGIN =
      "\\*|https?://((\\*\\.)?([a-zA-Z0-9-]+\\.)*[a-zA-Z0-9-]+|\\*)(:[0-9]{1,5})?";

  static final String KIND = "[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?";

  private Schema() {}

  /** Length and form of a string, or of every string in a list. */
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.RECORD_COMPONENT)
  @interface Text {
    int min() default 0;

    int max() default Integer.MAX_VALUE;

    /** Must match the whole value. */
    String pattern() default "";
  }

  /** The only strings a component takes. */
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.RECORD_COMPONENT)
  @interface OneOf {
    String[] value();
  }

  /** Number of elements of a list or entries of a map. */
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.RECORD_COMPONENT)
  @interface Size {
    int min() default 0;

    int max() default Integer.MAX_VALUE;
  }

  /** Bounds of a number, inclusive; also of each number in a list. */
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.RECORD_COMPONENT)
  @interface Range {
    long min() default Long.MIN_VALUE;

    long max() default Long.MAX_VALUE;
  }

  /** What an absent field means, as it would be written; the API server's defaulting. */
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.RECORD_COMPONENT)
  @interface Default {
    String value();
  }

  /** Fields which are accepted and written back, but not read; the component maps them by name. */
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.RECORD_COMPONENT)
  @interface Carried {
    String[] value();
  }

  /** Keys and values must be Kubernetes label keys and values. */
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.RECORD_COMPONENT)
  @interface Labels {}

  /** The name in YAML of an enum constant or a field, where it cannot be its own in Java. */
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.FIELD, ElementType.RECORD_COMPONENT})
  @interface Wire {
    String value();
  }

  /** A rule that spans several fields of one record (a CRD's CEL rule). */
  interface Checked {
    /** What is wrong with the fields together; empty when nothing is. */
    java.util.List<Problem> problems();
  }

  /**
   * Something that is wrong with a record.
   *
   * @param field path below the record, "" for the record itself
   */
  record Problem(String field, String reason) {}
}
