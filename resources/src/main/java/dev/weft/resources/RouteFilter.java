package dev.weft.resources;

import dev.weft.resources.Schema.Checked;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.OneOf;
import dev.weft.resources.Schema.Problem;
import dev.weft.resources.Schema.Range;
import dev.weft.resources.Schema.Size;
import dev.weft.resources.Schema.Text;
import dev.weft.resources.Schema.Wire;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is done with a request or a response on its way. Exactly the field that the type names is
 * set.
 */
public record RouteFilter(
    Type type,
    @Nullable HeaderModifier requestHeaderModifier,
    @Nullable HeaderModifier responseHeaderModifier,
    @Nullable Mirror requestMirror,
    @Nullable Redirect requestRedirect,
    @Nullable Rewrite urlRewrite,
    @Nullable LocalRef extensionRef,
    @Nullable Cors cors,
    @Nullable ExternalAuth externalAuth)
    implements Checked {

  public enum Type {
    @Wire("RequestHeaderModifier")
    REQUEST_HEADER_MODIFIER,
    @Wire("ResponseHeaderModifier")
    RESPONSE_HEADER_MODIFIER,
    @Wire("RequestMirror")
    REQUEST_MIRROR,
    @Wire("RequestRedirect")
    REQUEST_REDIRECT,
    @Wire("URLRewrite")
    URL_REWRITE,
    @Wire("ExtensionRef")
    EXTENSION_REF,
    @Wire("CORS")
    CORS,
    @Wire("ExternalAuth")
    EXTERNAL_AUTH;

    /** The name that users write. */
    public String wire() {
      return Scalars.wire(this);
    }
  }

  /** Sets, adds and removes headers. */
  public record HeaderModifier(
      @Size(max = 16) List<Header> set,
      @Size(max = 16) List<Header> add,
      @Size(max = 16) List<String> remove) {}

  public record Header(
      @Text(min = 1, max = 256, pattern = Schema.HEADER_NAME) String name,
      @Text(min = 1, max = 4096) String value)
      implements Checked {

    @Override
    public List<Problem> problems() {
      // A line break inside a value would let a manifest write further header lines.
      return value.chars().anyMatch(c -> (c < 0x20 && c != '\t') || c == 0x7f)
          ? List.of(new Problem("value", "must not contain control characters"))
          : List.of();
    }
  }

  /**
   * Copies requests.
   *
   * @param percent share of requests that are copied; null and no fraction: all
   */
  public record Mirror(
      BackendRef.Target backendRef,
      @Nullable @Range(min = 0, max = 100) Integer percent,
      @Nullable Fraction fraction)
      implements Checked {

    @Override
    public List<Problem> problems() {
      return percent != null && fraction != null
          ? List.of(new Problem("fraction", "may not stand beside percent"))
          : List.of();
    }
  }

  public record Fraction(
      @Range(min = 0) int numerator, @Default("100") @Range(min = 1) int denominator)
      implements Checked {

    @Override
    public List<Problem> problems() {
      return numerator > denominator
          ? List.of(new Problem("numerator", "must not be above the denominator"))
          : List.of();
    }
  }

  /**
   * Answers with a redirect; null and "" keep what the request had.
   *
   * @param port null: the scheme's, or the listener's when the scheme is null too
   */
  public record Redirect(
      @Nullable @OneOf({"http", "https"}) String scheme,
      @Default("") @Text(max = 253, pattern = "|" + Schema.DNS_SUBDOMAIN) String hostname,
      @Nullable PathModifier path,
      @Nullable @Range(min = 1, max = 65535) Integer port,
      @Default("302") @OneOf({"301", "302", "303", "307", "308"}) int statusCode) {}

  public record Rewrite(
      @Default("") @Text(max = 253, pattern = "|" + Schema.DNS_SUBDOMAIN) String hostname,
      @Nullable PathModifier path) {}

  /** A new path: whole, or in place of the prefix that the rule matched. */
  public record PathModifier(
      @OneOf({"ReplaceFullPath", "ReplacePrefixMatch"}) String type,
      @Nullable @Text(max = 1024) String replaceFullPath,
      @Nullable @Text(max = 1024) String replacePrefixMatch)
      implements Checked {

    public boolean replacesPrefix() {
      return type.equals("ReplacePrefixMatch");
    }

    @Override
    public List<Problem> problems() {
      boolean full = replaceFullPath != null;
      boolean prefix = replacePrefixMatch != null;
      return full == prefix || prefix != replacesPrefix()
          ? List.of(new Problem("type", "must be that of the one field which is set"))
          : List.of();
    }
  }

  /**
   * Which other origins' scripts may use the resource.
   *
   * @param allowOrigins "*" alone, or scheme://host[:port], where the host may begin with "*."
   * @param maxAge seconds for which browsers may remember a preflight's answer
   */
  public record Cors(
      @Size(max = 64) @Text(min = 1, max = 253, pattern = Schema.CORS_ORIGIN)
          List<String> allowOrigins,
      boolean allowCredentials,
      @Size(max = 9)
          @OneOf({
            "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "*"
          })
          List<String> allowMethods,
      @Size(max = 64) @Text(min = 1, max = 256, pattern = Schema.HEADER_NAME)
          List<String> allowHeaders,
      @Size(max = 64) @Text(min = 1, max = 256, pattern = Schema.HEADER_NAME)
          List<String> exposeHeaders,
      @Default("5") @Range(min = 1) int maxAge)
      implements Checked {
    @Override
    public List<Problem> problems() {
      List<Problem> found = new ArrayList<>();
      alone(found, "allowOrigins", allowOrigins);
      alone(found, "allowMethods", allowMethods);
      alone(found, "allowHeaders", allowHeaders);
      return found;
    }

    private static void alone(List<Problem> found, String field, List<String> values) {
      if (values.size() > 1 && values.contains("*")) {
        found.add(new Problem(field, "must not have * beside others"));
      }
    }
  }

  /** An object of the route's namespace. */
  public record LocalRef(
      @Text(max = 253, pattern = Schema.GROUP) String group,
      @Text(min = 1, max = 63, pattern = Schema.KIND) String kind,
      @Text(min = 1, max = 253) String name) {}

  @Override
  public List<Problem> problems() {
    List<Type> set = new ArrayList<>();
    note(set, Type.REQUEST_HEADER_MODIFIER, requestHeaderModifier);
    note(set, Type.RESPONSE_HEADER_MODIFIER, responseHeaderModifier);
    note(set, Type.REQUEST_MIRROR, requestMirror);
    note(set, Type.REQUEST_REDIRECT, requestRedirect);
    note(set, Type.URL_REWRITE, urlRewrite);
    note(set, Type.EXTENSION_REF, extensionRef);
    note(set, Type.CORS, cors);
    note(set, Type.EXTERNAL_AUTH, externalAuth);
    return set.equals(List.of(type))
        ? List.of()
        : List.of(new Problem("type", "must be that of the one field which is set"));
  }

  private static void note(List<Type> set, Type type, @Nullable Object value) {
    if (value != null) {
      set.add(type);
    }
  }

  /** Filters that a list may hold once only, and pairs that exclude each other. */
  static List<Problem> problemsOf(List<RouteFilter> filters, String field) {
    List<Problem> found = new ArrayList<>();
    Set<Type> seen = new HashSet<>();
    for (int i = 0; i < filters.size(); i++) {
      Type type = filters.get(i).type();
      boolean repeatable =
          type == Type.REQUEST_MIRROR || type == Type.EXTENSION_REF || type == Type.EXTERNAL_AUTH;
      if (!seen.add(type) && !repeatable) {
        found.add(new Problem(field + "[" + i + "].type", "may appear once only"));
      }
      if ((type == Type.URL_REWRITE && seen.contains(Type.REQUEST_REDIRECT))
          || (type == Type.REQUEST_REDIRECT && seen.contains(Type.URL_REWRITE))) {
        found.add(
            new Problem(
                field + "[" + i + "].type", "RequestRedirect and URLRewrite exclude each other"));
      }
    }
    return found;
  }
}
