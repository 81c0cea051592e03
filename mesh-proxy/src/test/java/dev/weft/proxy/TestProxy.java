package dev.weft.proxy;

import dev.weft.identity.SvidSource;
import dev.weft.proxy.observe.ConnectionEvent;
import dev.weft.proxy.observe.ProxyObserver;
import dev.weft.proxy.observe.RequestEnd;
import dev.weft.proxy.observe.RequestObservation;
import dev.weft.proxy.observe.RequestStart;
import dev.weft.routing.ProxyTables;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A proxy of a node "here" whose one listener stands for 10.96.0.1:80, and what it observed. */
final class TestProxy implements AutoCloseable {
  static final String VIP = "10.96.0.1";

  /** One request as observed. */
  record Seen(RequestStart start, RequestEnd end) {}

  final List<Seen> seen = new CopyOnWriteArrayList<>();
  final List<ConnectionEvent> connections = new CopyOnWriteArrayList<>();
  final MeshProxy proxy;

  TestProxy(Meshes mesh) throws IOException {
    this(mesh, options -> options);
  }

  TestProxy(Meshes mesh, UnaryOperator<ProxyOptions> change) throws IOException {
    this(
        mesh,
        change.apply(
            ProxyOptions.plain(
                    "here",
                    List.of(
                        ProxyOptions.Listen.plain(
                            ProxyOptions.Kind.OUTBOUND,
                            Meshes.at("127.0.0.1", 0),
                            Meshes.at(VIP, 80))))
                .withLoops(1)),
        id -> null);
  }

  TestProxy(Meshes mesh, ProxyOptions options, SvidSource identities) throws IOException {
    proxy = MeshProxy.start(options, identities, new Recorder(), ProxyTables.empty());
    proxy.apply(mesh.tables());
  }

  private final class Recorder implements ProxyObserver {
    @Override
    public RequestObservation begin(RequestStart start) {
      return new RequestObservation() {
        @Override
        public @Nullable String traceparent() {
          return null;
        }

        @Override
        public void end(RequestEnd end) {
          seen.add(new Seen(start, end));
        }
      };
    }

    @Override
    public void connection(ConnectionEvent event) {
      connections.add(event);
    }
  }

  InetSocketAddress address() {
    return proxy.addresses().getFirst();
  }

  RawClient client() throws IOException {
    return new RawClient(address());
  }

  /** Whether a connection ends without a byte; the reset may come before connect() returns. */
  boolean refuses() throws IOException {
    try (RawClient client = client()) {
      String rest = client.rest();
      return rest.isEmpty() || rest.equals("<reset>");
    } catch (java.net.SocketException reset) {
      return true;
    }
  }

  @Override
  public void close() {
    proxy.close();
  }
}
