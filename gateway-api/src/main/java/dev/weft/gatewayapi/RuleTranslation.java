package dev.weft.gatewayapi;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.weft.api.v1.Backend;
import dev.weft.api.v1.Cors;
import dev.weft.api.v1.Header;
import dev.weft.api.v1.HeaderModifier;
import dev.weft.api.v1.HttpFilter;
import dev.weft.api.v1.HttpRule;
import dev.weft.api.v1.Mirror;
import dev.weft.api.v1.PathRewrite;
import dev.weft.api.v1.Redirect;
import dev.weft.api.v1.Rewrite;
import dev.weft.api.v1.StringMatch;
import dev.weft.resources.BackendRef;
import dev.weft.resources.Derivation;
import dev.weft.resources.ExternalAuth;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.RouteFilter;
import dev.weft.resources.SessionPersistence;
import dev.weft.routing.HeaderEdits;
import dev.weft.routing.RegexSize;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One rule on its way to a node. What cannot be done is noted, and the rule then answers 500: a
 * filter that is skipped would let requests through that it was there to change or stop.
 *
 * <p>Confined to one computation.
 */
final class RuleTranslation {
  private final Derivation.Reader reader;
  private final ObjectRef route;
  private final List<Backends.Refusal> unresolved = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();
  private @Nullable String unsupported;
  private boolean brokenMatch;

  RuleTranslation(Derivation.Reader reader, ObjectRef route) {
    this.reader = reader;
    this.route = route;
  }

  /** References that do not resolve. */
  List<Backends.Refusal> unresolved() {
    return unresolved;
  }

  /** Why the rule as a whole cannot be done; null when it can. */
  @Nullable String unsupported() {
    return unsupported;
  }

  void refuse(String reason) {
    unsupported = unsupported == null ? reason : unsupported;
  }

  /** What is done in another way than the rule may suggest. */
  List<String> remarks() {
    return remarks;
  }

  void remark(String text) {
    remarks.add(text);
  }

  /**
   * Whether the match that was just read means nothing, so that it can be sent to nobody: nodes
   * would refuse the whole route because of it. Forgets it.
   */
  boolean takeBrokenMatch() {
    boolean broken = brokenMatch;
    brokenMatch = false;
    return broken;
  }

  /** A rule that answers every request it matches with 500. */
  static HttpRule refusing(HttpRule rule, String reason) {
    return HttpRule.newBuilder()
        .setName(rule.getName())
        .addAllMatches(rule.getMatchesList())
        .addBackends(Backend.newBuilder().setWeight(1).setInvalid(reason))
        .build();
  }

  dev.weft.api.v1.SessionPersistence session(SessionPersistence session) {
    String problem = Sessions.problem(session);
    if (problem != null) {
      refuse(problem);
    }
    return Sessions.translate(session);
  }

  List<Backend> backends(List<BackendRef> refs) {
    List<Backend> backends = new ArrayList<>();
    for (BackendRef ref : refs) {
      if (ref.filters().stream().anyMatch(filter -> filter.requestRedirect() != null)) {
        refuse("a redirect on a single backend is not done; put it on the rule");
      }
      if (ref.filters().stream().anyMatch(filter -> filter.cors() != null)) {
        refuse("CORS on a single backend is not done; put it on the rule");
      }
      if (ref.filters().stream().anyMatch(filter -> filter.externalAuth() != null)) {
        refuse("ExternalAuth on a single backend is not done; put it on the rule");
      }
      backends.add(backend(ref).addAllFilters(filters(ref.filters())).build());
    }
    return backends;
  }

  private Backend.Builder backend(BackendRef ref) {
    return backend(ref, route.kind() == Kind.GRPC_ROUTE);
  }

  private Backend.Builder backend(BackendRef ref, boolean grpc) {
    Backends.Refusal refusal = Backends.checkHttp(reader, route, ref, grpc);
    if (refusal != null) {
      unresolved.add(refusal);
    }
    return Backends.translate(reader, route, ref, refusal);
  }

  List<HttpFilter> filters(List<RouteFilter> filters) {
    List<HttpFilter> translated = new ArrayList<>();
    for (RouteFilter filter : filters) {
      HttpFilter made = filter(filter);
      if (made != null) {
        translated.add(made);
      }
    }
    return translated;
  }

  private @Nullable HttpFilter filter(RouteFilter filter) {
    RouteFilter.LocalRef extension = filter.extensionRef();
    if (extension != null) {
      unresolved.add(
          new Backends.Refusal(
              "InvalidKind", "no filter of kind " + extension.kind() + " is known"));
      refuse("the filter of kind " + extension.kind() + " is not known");
      return null;
    }
    if (filter.requestHeaderModifier() != null) {
      return HttpFilter.newBuilder()
          .setRequestHeaders(headers(filter.requestHeaderModifier()))
          .build();
    }
    if (filter.responseHeaderModifier() != null) {
      return HttpFilter.newBuilder()
          .setResponseHeaders(headers(filter.responseHeaderModifier()))
          .build();
    }
    if (filter.requestMirror() != null) {
      return mirror(filter.requestMirror());
    }
    if (filter.requestRedirect() != null) {
      return HttpFilter.newBuilder().setRedirect(redirect(filter.requestRedirect())).build();
    }
    if (filter.urlRewrite() != null) {
      return HttpFilter.newBuilder().setRewrite(rewrite(filter.urlRewrite())).build();
    }
    if (filter.cors() != null) {
      return HttpFilter.newBuilder().setCors(cors(filter.cors())).build();
    }
    ExternalAuth auth = filter.externalAuth();
    if (auth != null && route.kind() == Kind.HTTP_ROUTE) {
      return HttpFilter.newBuilder().setExternalAuth(externalAuth(auth)).build();
    }
    refuse("filters of type " + filter.type().wire() + " are not done");
    return null;
  }

  /** A backend that cannot be used stays: a filter that nobody can answer lets nothing through. */
  private dev.weft.api.v1.ExternalAuth externalAuth(ExternalAuth auth) {
    if (ExternalAuths.asksForMore(auth)) {
      remark("forwardBody.maxSize is " + ExternalAuths.MAX_BODY + " at most");
    }
    return ExternalAuths.translate(
        auth, backend(auth.backendRef().asBackend(), auth.grpc() != null));
  }

  private Cors cors(RouteFilter.Cors cors) {
    if (cors.allowCredentials() && cors.exposeHeaders().contains("*")) {
      remark("cors.exposeHeaders: * exposes nothing beside allowCredentials; name the headers");
    }
    return Cors.newBuilder()
        .addAllOrigins(cors.allowOrigins())
        .setCredentials(cors.allowCredentials())
        .addAllMethods(cors.allowMethods())
        .addAllHeaders(cors.allowHeaders())
        .addAllExpose(cors.exposeHeaders())
        .setMaxAgeSeconds(cors.maxAge())
        .build();
  }

  private HeaderModifier headers(RouteFilter.HeaderModifier modifier) {
    Stream.concat(
            Stream.concat(modifier.set().stream(), modifier.add().stream())
                .map(RouteFilter.Header::name),
            modifier.remove().stream())
        .map(name -> name.toLowerCase(Locale.ROOT))
        .filter(HeaderEdits::isOfConnection)
        .forEach(name -> refuse("the header " + name + " is the connection's own"));
    HeaderModifier.Builder headers = HeaderModifier.newBuilder();
    modifier.set().forEach(header -> headers.addSet(header(header)));
    modifier.add().forEach(header -> headers.addAdd(header(header)));
    modifier.remove().forEach(name -> headers.addRemove(name.toLowerCase(Locale.ROOT)));
    return headers.build();
  }

  private static Header header(RouteFilter.Header header) {
    return Header.newBuilder()
        .setName(header.name().toLowerCase(Locale.ROOT))
        .setValue(header.value())
        .build();
  }

  /** Null when the mirror's backend cannot be used: requests then go on without a copy. */
  private @Nullable HttpFilter mirror(RouteFilter.Mirror mirror) {
    Backend.Builder backend = backend(mirror.backendRef().asBackend());
    if (!backend.hasService()) {
      return null;
    }
    Integer percent = mirror.percent();
    RouteFilter.Fraction fraction = mirror.fraction();
    int numerator = fraction != null ? fraction.numerator() : percent != null ? percent : 1;
    int denominator = fraction != null ? fraction.denominator() : percent != null ? 100 : 1;
    return HttpFilter.newBuilder()
        .setMirror(
            Mirror.newBuilder()
                .setBackend(backend)
                .setNumerator(numerator)
                .setDenominator(denominator))
        .build();
  }

  private static Redirect redirect(RouteFilter.Redirect redirect) {
    Redirect.Builder made =
        Redirect.newBuilder().setHostname(redirect.hostname()).setStatus(redirect.statusCode());
    if (redirect.scheme() != null) {
      made.setScheme(redirect.scheme());
    }
    if (redirect.port() != null) {
      made.setPort(redirect.port());
    }
    if (redirect.path() != null) {
      made.setPath(path(redirect.path()));
    }
    return made.build();
  }

  private static Rewrite rewrite(RouteFilter.Rewrite rewrite) {
    Rewrite.Builder made = Rewrite.newBuilder().setHostname(rewrite.hostname());
    if (rewrite.path() != null) {
      made.setPath(path(rewrite.path()));
    }
    return made.build();
  }

  private static PathRewrite path(RouteFilter.PathModifier modifier) {
    String prefix = modifier.replacePrefixMatch();
    String full = modifier.replaceFullPath();
    return prefix != null
        ? PathRewrite.newBuilder().setPrefix(prefix).build()
        : PathRewrite.newBuilder().setFull(full == null ? "/" : full).build();
  }

  /** A match on a header's or query parameter's value. */
  StringMatch value(String type, String value) {
    return type.equals("RegularExpression")
        ? regex(value)
        : StringMatch.newBuilder().setExact(value).build();
  }

  StringMatch regex(String expression) {
    String problem = RegexSize.problem(expression);
    if (problem == null) {
      try {
        Pattern.compile(expression);
      } catch (PatternSyntaxException e) {
        problem = "a regular expression is not RE2: " + e.getMessage();
      }
    }
    if (problem != null) {
      refuse(problem);
      brokenMatch = true;
    }
    return StringMatch.newBuilder().setRegex(expression).build();
  }
}
