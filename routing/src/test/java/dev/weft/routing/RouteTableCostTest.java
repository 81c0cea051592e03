package dev.weft.routing;

import static dev.weft.routing.Fixtures.http;
import static dev.weft.routing.Fixtures.match;
import static dev.weft.routing.Fixtures.rule;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.weft.api.v1.HttpRoute;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What matching costs; the figures go to the test's output. */
class RouteTableCostTest {
  private static final int ROUNDS = 60;
  private static final int REQUESTS = 20_000;

  private final TestRequest[] requests = new TestRequest[1000];
  private int sink;

  @Test
  void aThousandRoutesCostWhatOneDoes() {
    for (int i = 0; i < requests.length; i++) {
      requests[i] = TestRequest.get("shop.example.com", "/api/items/0/detail?page=3");
    }
    RouteTable one = table(1);
    RouteTable thousand = table(1000);
    double[] best = best(one, thousand);
    for (int i = 0; i < requests.length; i++) {
      requests[i] = TestRequest.get("shop.example.com", "/api/items/" + i + "/detail?page=3");
    }
    double[] spread = best(one, thousand);

    System.out.printf(
        "match: 1 route %.1f ns, 1000 routes %.1f ns (x %.2f); requests spread over all routes %.1f ns%n",
        best[0], best[1], best[1] / best[0], spread[1]);
    assertThat(best[1] / best[0]).as("1000 routes against 1").isLessThan(1.5);
  }

  @Test
  void matchingAllocatesNothing() {
    for (int i = 0; i < requests.length; i++) {
      requests[i] = TestRequest.get("shop.example.com", "/api/items/" + i + "/detail?page=3");
    }
    RouteTable table = table(1000);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    run(table);
    run(table);
    long before = threads.getCurrentThreadAllocatedBytes();
    run(table);
    long bytes = threads.getCurrentThreadAllocatedBytes() - before;

    assertThat(bytes / REQUESTS).isZero();
  }

  /** Interleaved, best of many: the machine's noise hits both alike. */
  private double[] best(RouteTable one, RouteTable thousand) {
    double[] best = {Double.MAX_VALUE, Double.MAX_VALUE};
    for (int round = 0; round < ROUNDS; round++) {
      best[0] = Math.min(best[0], run(one));
      best[1] = Math.min(best[1], run(thousand));
    }
    return best;
  }

  private double run(RouteTable table) {
    long start = System.nanoTime();
    for (int i = 0; i < REQUESTS; i++) {
      if (table.route(requests[i % requests.length]) instanceof Route.Matched matched) {
        sink += matched.prefixLength();
      }
    }
    assertThat(sink).isNotZero();
    return (System.nanoTime() - start) / (double) REQUESTS;
  }

  private static RouteTable table(int routes) {
    List<HttpRoute.Builder> builders = new ArrayList<>();
    for (int i = 0; i < routes; i++) {
      builders.add(
          http(
                  "shop",
                  "r" + i,
                  rule("r", match("prefix:/api/items/" + i), match("exact:/health/" + i)))
              .addAttachments(Fixtures.toListener("s", "g", "l", "shop.example.com")));
    }
    return Fixtures.table(builders.toArray(new HttpRoute.Builder[0]));
  }
}
