package dev.weft.flows;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.weft.flows.receiver.OtlpReceiver;
import dev.weft.proxy.observe.ProxyObserver;
import dev.weft.proxy.observe.RequestEnd;
import dev.weft.proxy.observe.RequestObservation;
import dev.weft.proxy.observe.RequestStart;
import dev.weft.proxy.observe.Side;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a request that is not sampled costs the event loop. Only bytes are asserted; time is printed
 * for people.
 */
class ObservationCostTest {
  private static final int ROUNDS = 300_000;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private OtlpReceiver receiver;
  private Telemetry telemetry;

  @BeforeEach
  void start() throws IOException {
    receiver = OtlpReceiver.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    TelemetrySettings settings = new TelemetrySettings("127.0.0.1:" + receiver.port(), 0);
    telemetry = Telemetry.start(TelemetryOptions.of("node-a", null, settings), Clocks.system());
  }

  @AfterEach
  void stop() {
    telemetry.close();
    receiver.close();
  }

  @Test
  void joinedButUnsampled() {
    String unsampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    // One observation object: header, four references and a long.
    assertThat(bytesPerRequest("joined, unsampled", unsampled)).isLessThanOrEqualTo(48);
  }

  @Test
  void startedHereButUnsampled() {
    // The observation, and a string of 55 characters with the array it is made from.
    assertThat(bytesPerRequest("started, unsampled", null)).isLessThanOrEqualTo(48 + 72 + 24 + 72);
  }

  @Test
  void exportOff() {
    telemetry.reconfigure(TelemetrySettings.OFF);
    assertThat(bytesPerRequest("export off", null)).isLessThanOrEqualTo(48);
  }

  private long bytesPerRequest(String what, @Nullable String traceparent) {
    ProxyObserver observer = telemetry.observer();
    RequestStart start = Requests.get(Side.OUTBOUND, "/orders/7", traceparent);
    RequestEnd end = Requests.ok();
    long used = 0;
    for (int warmup = 0; warmup < 3; warmup++) {
      used += run(observer, start, end);
    }
    long thread = Thread.currentThread().threadId();
    long allocated = THREADS.getThreadAllocatedBytes(thread);
    long cpu = THREADS.getCurrentThreadCpuTime();
    used += run(observer, start, end);
    long nanos = (THREADS.getCurrentThreadCpuTime() - cpu) / ROUNDS;
    long bytes = (THREADS.getThreadAllocatedBytes(thread) - allocated) / ROUNDS;
    System.out.println("begin and end, " + what + ": " + nanos + " ns, " + bytes + " bytes");
    assertThat(used).isNotNegative();
    return bytes;
  }

  /** Returns something that depends on the observations, so that they are really made. */
  private static long run(ProxyObserver observer, RequestStart start, RequestEnd end) {
    long length = 0;
    for (int i = 0; i < ROUNDS; i++) {
      RequestObservation request = observer.begin(start);
      CharSequence traceparent = request.traceparent();
      length += traceparent == null ? 0 : traceparent.length();
      request.end(end);
    }
    return length;
  }
}
