package dev.weft.gatewayapi;

import dev.weft.api.v1.Backend;
import dev.weft.api.v1.Header;
import dev.weft.api.v1.Tracing;
import dev.weft.resources.BackendRef;
import dev.weft.resources.Derivation;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.RouteFilter;
import dev.weft.resources.TargetRef;
import dev.weft.resources.TelemetryPolicy;
import java.time.Instant;
import java.util.Comparator;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** XTelemetryPolicies: of those that target a Gateway, the oldest says it all (GEP-4768). */
final class TelemetryTranslation {
  private static final Comparator<TelemetryPolicy> PRECEDENCE =
      Comparator.comparing(TelemetryTranslation::created)
          .thenComparing(policy -> policy.metadata().name());
  private static final String REQUEST_HEADER = "http.request.header.";
  private static final String RESPONSE_HEADER = "http.response.header.";

  private TelemetryTranslation() {}

  private static Instant created(TelemetryPolicy policy) {
    Instant created = policy.metadata().creationTimestamp();
    return created == null ? Instant.MIN : created;
  }

  /**
   * What holds for a Gateway.
   *
   * @param policy the name of the policy that decides, "" for none
   * @param tracing null: as everywhere in the mesh
   */
  record Order(String policy, @Nullable Tracing tracing) {}

  /** Looks for the policy of one Gateway. */
  record Of(String namespace, String gateway) implements Derivation.Query<Order> {
    @Override
    public Order compute(Derivation.Reader reader) {
      return reader.inNamespace(TelemetryPolicy.class, namespace).stream()
          .filter(policy -> policy.spec().targetRefs().stream().anyMatch(this::isTarget))
          .min(PRECEDENCE)
          .map(policy -> new Order(policy.metadata().name(), tracing(reader, policy)))
          .orElse(new Order("", null));
    }

    private boolean isTarget(TargetRef target) {
      return target.isGateway() && target.name().equals(gateway);
    }
  }

  private static @Nullable Tracing tracing(Derivation.Reader reader, TelemetryPolicy policy) {
    TelemetryPolicy.Tracing tracing = policy.spec().tracing();
    if (tracing == null || tracing.mode().equals("ImplementationDefault")) {
      return null;
    }
    TelemetryPolicy.Provider provider = tracing.provider();
    Tracing.Builder made = Tracing.newBuilder();
    if (provider == null || refusal(reader, policy.ref(), provider) != null) {
      return made.build(); // no receiver: nothing is told, least of all to somebody else
    }
    Backend.Builder backend =
        Backends.translate(reader, policy.ref(), provider.backendRef().asBackend(), null);
    made.setReceiver(backend.getService());
    provider
        .headers()
        .forEach(
            header ->
                made.addHeaders(
                    Header.newBuilder()
                        .setName(header.name().toLowerCase(Locale.ROOT))
                        .setValue(header.value())));
    sampling(made, tracing);
    if (tracing.serviceName() != null) {
      made.setServiceName(tracing.serviceName());
    }
    if (tracing.spanName() != null) {
      made.setSpanName(tracing.spanName());
    }
    tracing.attributes().forEach(attribute -> made.addAttributes(attribute(attribute)));
    return made.build();
  }

  private static void sampling(Tracing.Builder made, TelemetryPolicy.Tracing tracing) {
    RouteFilter.Fraction own = tracing.samplingRate();
    if (own != null) {
      made.setSampling(share(own));
    }
    TelemetryPolicy.ParentBased parents = tracing.parentBasedSampling();
    if (parents != null) {
      made.setIgnoreParent(parents.mode().equals("Disabled"));
      RouteFilter.Fraction of = parents.samplingRate();
      if (of != null) {
        made.setParentSampling(share(of));
      }
    }
  }

  private static Tracing.Share share(RouteFilter.Fraction fraction) {
    return Tracing.Share.newBuilder()
        .setNumerator(fraction.numerator())
        .setDenominator(fraction.denominator())
        .build();
  }

  private static Tracing.Attribute attribute(TelemetryPolicy.Attribute attribute) {
    Tracing.Attribute.Builder made = Tracing.Attribute.newBuilder().setName(attribute.name());
    String header = attribute.headerName();
    String literal = attribute.literalValue();
    String key = attribute.attributeKey();
    if (header != null) {
      made.setHeader(header.toLowerCase(Locale.ROOT));
    } else if (literal != null) {
      made.setLiteral(literal);
    } else if (key != null && key.startsWith(REQUEST_HEADER)) {
      made.setHeader(key.substring(REQUEST_HEADER.length()));
    } else if (key != null && key.startsWith(RESPONSE_HEADER)) {
      made.setHeader(key.substring(RESPONSE_HEADER.length()));
    } else if (key != null) {
      made.setAttribute(key);
    }
    return made.build();
  }

  /** Why spans cannot be sent to a provider; null when they can. */
  static Backends.@Nullable Refusal refusal(
      Derivation.Reader reader, ObjectRef policy, TelemetryPolicy.Provider provider) {
    BackendRef ref = provider.backendRef().asBackend();
    Backends.Refusal refusal = Backends.check(reader, policy, ref);
    if (refusal != null) {
      return refusal;
    }
    String namespace = Backends.namespaceOf(policy, ref);
    boolean tls =
        reader.get(new BackendTlsTranslation.Of(namespace, ref.name())).resource() != null;
    // Headers may hold a password: what is asked to be encrypted never goes out in plaintext.
    return tls
        ? new Backends.Refusal(
            "UnsupportedProtocol", "spans are sent without TLS, and a BackendTLSPolicy asks for it")
        : null;
  }
}
