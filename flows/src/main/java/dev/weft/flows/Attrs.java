package dev.weft.flows;

import io.opentelemetry.api.common.AttributeKey;

/**
 * Attribute names of Weft's own; everything else is named by the OpenTelemetry semantic
 * conventions.
 */
final class Attrs {
  static final AttributeKey<String> SIDE = AttributeKey.stringKey("weft.side");
  static final AttributeKey<String> SERVICE = AttributeKey.stringKey("weft.service");
  static final AttributeKey<Boolean> MTLS = AttributeKey.booleanKey("weft.mtls");
  static final AttributeKey<String> POLICY = AttributeKey.stringKey("weft.policy");
  static final AttributeKey<String> REASON = AttributeKey.stringKey("weft.reason");
  static final AttributeKey<String> AUDITED_BY = AttributeKey.stringKey("weft.policy.audited_by");
  static final AttributeKey<Boolean> DRY_RUN_DENIED =
      AttributeKey.booleanKey("weft.policy.dry_run_denied");
  static final AttributeKey<Double> DURATION = AttributeKey.doubleKey("weft.duration");
  static final AttributeKey<String> SIGNAL = AttributeKey.stringKey("weft.signal");
  static final AttributeKey<String> DIRECTION = AttributeKey.stringKey("weft.direction");
  static final AttributeKey<String> VERDICT = AttributeKey.stringKey("weft.verdict");
  static final AttributeKey<Boolean> OVERFLOW = AttributeKey.booleanKey("otel.metric.overflow");
  // Incubating in the semantic conventions, so not among their stable constants.
  static final AttributeKey<Long> REQUEST_SIZE = AttributeKey.longKey("http.request.body.size");
  static final AttributeKey<Long> RESPONSE_SIZE = AttributeKey.longKey("http.response.body.size");

  static final PeerKeys SOURCE = new PeerKeys("weft.source");
  static final PeerKeys DESTINATION = new PeerKeys("weft.destination");

  private Attrs() {}

  /** The names for one end of a connection. */
  static final class PeerKeys {
    final AttributeKey<String> namespace;
    final AttributeKey<String> workload;
    final AttributeKey<String> pod;
    final AttributeKey<String> spiffeId;
    final AttributeKey<String> address;

    PeerKeys(String prefix) {
      namespace = AttributeKey.stringKey(prefix + ".namespace");
      workload = AttributeKey.stringKey(prefix + ".workload");
      pod = AttributeKey.stringKey(prefix + ".pod");
      spiffeId = AttributeKey.stringKey(prefix + ".spiffe_id");
      address = AttributeKey.stringKey(prefix + ".address");
    }
  }
}
