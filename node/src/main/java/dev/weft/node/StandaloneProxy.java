package dev.weft.node;

import dev.weft.datapath.Ipv4;
import dev.weft.flows.Clocks;
import dev.weft.flows.Telemetry;
import dev.weft.flows.TelemetryOptions;
import dev.weft.flows.TelemetrySettings;
import dev.weft.proxy.MeshProxy;
import dev.weft.proxy.ProxyOptions;
import dev.weft.proxy.ProxyOptions.Kind;
import dev.weft.proxy.ProxyOptions.Listen;
import dev.weft.routing.ProxyTables;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/**
 * A node's proxy and telemetry without datapath and control plane: plain listeners on loopback in
 * front of fixed services, with routes, an authorization policy and 1 % of traces sampled. For
 * benchmarks.
 */
public final class StandaloneProxy implements AutoCloseable {
  private static final double SAMPLING = 0.01;

  private final MeshProxy proxy;
  private final Telemetry telemetry;

  private StandaloneProxy(MeshProxy proxy, Telemetry telemetry) {
    this.proxy = proxy;
    this.telemetry = telemetry;
  }

  /** What a backend speaks, and therefore what is sent to it. */
  public enum Speaks {
    /** What the client speaks: HTTP/1.1, or HTTP/2 with prior knowledge. */
    HTTP,
    /** HTTP/1.1; requests in HTTP/2 are translated. */
    HTTP1,
    /** HTTP/2 with prior knowledge. */
    HTTP2
  }

  /**
   * A service in front of one backend.
   *
   * @param name unique; names the service
   * @param port where the proxy listens for it, on 127.0.0.1
   * @param backend port of the backend on 127.0.0.1
   * @param routes HTTPRoutes of the service; the last of them takes every path
   * @param open any method is allowed; otherwise GET and POST
   */
  public record Front(
      String name, int port, int backend, Speaks speaks, int routes, boolean open) {}

  /**
   * A Gateway's HTTPS listener that asks for client certificates, in front of a service.
   *
   * @param port where the proxy listens for it, on 127.0.0.1
   * @param front name of the service
   * @param chain the listener's certificates, leaf first
   * @param key its private key
   * @param clientRoots who may sign clients' certificates
   */
  public record Secure(
      int port,
      String front,
      List<X509Certificate> chain,
      PrivateKey key,
      List<X509Certificate> clientRoots) {}

  /**
   * Starts one event loop in front of these services.
   *
   * @param secure at most one for each service
   * @param otlpEndpoint where telemetry goes; empty for nowhere
   * @throws IOException when a port is taken
   */
  public static StandaloneProxy start(List<Front> fronts, List<Secure> secure, String otlpEndpoint)
      throws IOException {
    List<Listen> listens = new ArrayList<>();
    for (int i = 0; i < fronts.size(); i++) {
      listens.add(listen(fronts.get(i).port(), StandaloneMesh.serviceAddress(i), 80));
    }
    for (int i = 0; i < secure.size(); i++) {
      listens.add(listen(secure.get(i).port(), StandaloneMesh.gatewayAddress(i), 443));
    }
    TelemetrySettings settings = new TelemetrySettings(otlpEndpoint, SAMPLING);
    Telemetry telemetry =
        Telemetry.start(TelemetryOptions.of("standalone", null, settings), Clocks.system());
    ProxyOptions options = ProxyOptions.plain("standalone", listens).withLoops(1);
    MeshProxy proxy =
        MeshProxy.start(
            options,
            _ -> null,
            telemetry.observer(),
            ProxyTables.compile(StandaloneMesh.of(fronts, secure, SAMPLING)));
    return new StandaloneProxy(proxy, telemetry);
  }

  private static Listen listen(int port, Ipv4 destination, int destinationPort) {
    return Listen.plain(
        Kind.OUTBOUND,
        new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port),
        new InetSocketAddress(InetAddress.ofLiteral(destination.toString()), destinationPort));
  }

  @Override
  public void close() {
    proxy.close();
    telemetry.close();
  }
}
