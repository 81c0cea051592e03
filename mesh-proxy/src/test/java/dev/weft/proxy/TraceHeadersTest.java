package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.AppProtocol;
import dev.weft.proxy.observe.ConnectionEvent;
import dev.weft.proxy.observe.ProxyObserver;
import dev.weft.proxy.observe.RequestEnd;
import dev.weft.proxy.observe.RequestObservation;
import dev.weft.proxy.observe.RequestStart;
import dev.weft.routing.ProxyTables;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("StringConcatToTextBlock") // line ends are part of the protocol
class TraceHeadersTest {
  private static final String OURS = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  /** Goes on with a trace of its own. */
  private static final class Tracing implements ProxyObserver {
    @Override
    public RequestObservation begin(RequestStart start) {
      return new RequestObservation() {
        @Override
        public String traceparent() {
          return OURS;
        }

        @Override
        public void end(RequestEnd end) {}
      };
    }

    @Override
    public void connection(ConnectionEvent event) {}
  }

  @ParameterizedTest
  @CsvSource({
    "00-0af7651916cd43dd8448eb211c80319c-1111111111111111-01, a=b",
    "00-ffffffffffffffffffffffffffffffff-1111111111111111-01, null",
    "00-broken, null",
    "none, null"
  })
  void tracestateStaysWithItsTrace(String traceparent, String tracestate) throws Exception {
    try (TestServer server =
        TestServer.http1(
            (self, request) ->
                request.reply(
                    200,
                    request.head().get("traceparent") + " " + request.head().get("tracestate")))) {
      Meshes mesh =
          new Meshes()
              .service("web", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_HTTP, server.address());
      ProxyOptions.Listen listen =
          ProxyOptions.Listen.plain(
              ProxyOptions.Kind.OUTBOUND, Meshes.at("127.0.0.1", 0), Meshes.at(TestProxy.VIP, 80));
      try (MeshProxy proxy =
          MeshProxy.start(
              ProxyOptions.plain("here", List.of(listen)),
              id -> null,
              new Tracing(),
              ProxyTables.empty())) {
        proxy.apply(mesh.tables());
        String header = traceparent.equals("none") ? "" : "traceparent: " + traceparent + "\r\n";
        try (RawClient client = new RawClient(proxy.addresses().getFirst())) {
          assertThat(
                  client
                      .send("GET / HTTP/1.1\r\nHost: web\r\ntracestate: a=b\r\n" + header + "\r\n")
                      .answer())
              .endsWith(OURS + " " + tracestate);
        }
      }
    }
  }
}
