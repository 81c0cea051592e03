package dev.weft.flows;

import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * What may change while the node runs.
 *
 * @param otlpEndpoint OTLP/gRPC receiver as {@code host:port}, plaintext; empty switches tracing,
 *     logs and OTLP metrics off
 * @param samplingRatio share of the traces started here that are recorded, 0 to 1; a caller's own
 *     decision wins
 * @param accessLog which requests leave an access record
 */
public record TelemetrySettings(String otlpEndpoint, double samplingRatio, AccessLog accessLog) {

  /**
   * Which requests leave an access record and an L7 flow. Denials are audited whatever this says.
   */
  public enum AccessLog {
    /** None. */
    OFF,
    /** Requests of a sampled trace, and every failed or refused one. */
    SAMPLED_OR_ERROR,
    /** Every request. Costs some microseconds each. */
    ALL
  }

  /** Nothing is exported; Prometheus and the flow API work. */
  public static final TelemetrySettings OFF = new TelemetrySettings("", 0);

  /**
   * Checks both values.
   *
   * @throws IllegalArgumentException when the endpoint is not {@code host:port} or the ratio is not
   *     in 0 to 1
   */
  public TelemetrySettings {
    if (!otlpEndpoint.isEmpty()) {
      parse(otlpEndpoint);
    }
    if (!(samplingRatio >= 0 && samplingRatio <= 1)) {
      throw new IllegalArgumentException(
          "sampling ratio "
              + samplingRatio
              + " is not between 0 and 1: write a share such as 0.01");
    }
  }

  /** With access records for sampled and failed requests. */
  public TelemetrySettings(String otlpEndpoint, double samplingRatio) {
    this(otlpEndpoint, samplingRatio, AccessLog.SAMPLED_OR_ERROR);
  }

  boolean exports() {
    return !otlpEndpoint.isEmpty();
  }

  URI endpoint() {
    return parse(otlpEndpoint);
  }

  private static URI parse(String endpoint) {
    try {
      URI uri = new URI("otlp://" + endpoint);
      if (uri.getHost() != null
          && uri.getPort() > 0
          && uri.getPort() < 65_536
          && uri.getUserInfo() == null
          && uri.getRawPath().isEmpty()
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      throw notAnEndpoint(endpoint, e);
    }
    throw notAnEndpoint(endpoint, null);
  }

  private static IllegalArgumentException notAnEndpoint(
      String endpoint, @Nullable Exception cause) {
    return new IllegalArgumentException(
        "OTLP endpoint \"" + endpoint + "\" is not host:port: write for example 172.31.0.1:4317",
        cause);
  }
}
