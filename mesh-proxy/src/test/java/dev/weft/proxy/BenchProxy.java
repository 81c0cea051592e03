package dev.weft.proxy;

import dev.weft.api.v1.AppProtocol;
import dev.weft.proxy.observe.ProxyObserver;
import dev.weft.routing.ProxyTables;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A bare proxy for quick measurements by hand: HTTP/1.1 and HTTP/2. */
final class BenchProxy {
  private BenchProxy() {}

  /**
   * With a base port: listens on base + 1 and base + 2, servers are at 9080 and 9090 plus the
   * offset.
   */
  public static void main(String[] arguments) throws Exception {
    int base = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 8600;
    int offset = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 0;
    InetSocketAddress web = Meshes.at("10.96.0.1", 80);
    InetSocketAddress grpc = Meshes.at("10.96.0.2", 80);
    ProxyOptions options =
        ProxyOptions.plain(
                "bench",
                List.of(
                    ProxyOptions.Listen.plain(
                        ProxyOptions.Kind.OUTBOUND, Meshes.at("127.0.0.1", base + 1), web),
                    ProxyOptions.Listen.plain(
                        ProxyOptions.Kind.OUTBOUND, Meshes.at("127.0.0.1", base + 2), grpc)))
            .withLoops(1);
    try (MeshProxy proxy =
        MeshProxy.start(options, id -> null, ProxyObserver.none(), ProxyTables.empty())) {
      proxy.apply(
          new Meshes()
              .service(
                  "web",
                  "10.96.0.1",
                  80,
                  AppProtocol.APP_PROTOCOL_HTTP,
                  Meshes.at("127.0.0.1", 9080 + offset))
              .service(
                  "grpc",
                  "10.96.0.2",
                  80,
                  AppProtocol.APP_PROTOCOL_HTTP2,
                  Meshes.at("127.0.0.1", 9090 + offset))
              .tables());
      System.out.println("listening on " + proxy.addresses());
      new CountDownLatch(1).await();
    }
  }
}
