package dev.weft.routing;

import static dev.weft.routing.Fixtures.endpoints;
import static dev.weft.routing.Fixtures.http;
import static dev.weft.routing.Fixtures.match;
import static dev.weft.routing.Fixtures.route;
import static dev.weft.routing.Fixtures.rule;
import static dev.weft.routing.Fixtures.service;
import static dev.weft.routing.Fixtures.toListener;
import static dev.weft.routing.Fixtures.toService;
import static dev.weft.routing.Fixtures.workload;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.Resource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What one changed resource costs in a mesh of 5,000 Services, pods and routes; the figures go to
 * the test's output.
 */
class UpdateCostTest {
  private static final int SIZE = 5000;

  @Test
  void costFollowsTheChange() {
    List<Resource> resources = new ArrayList<>();
    for (int i = 0; i < SIZE; i++) {
      String name = "s" + i;
      resources.add(workload("shop", name + "-0", address(10, i), 256 + i));
      resources.add(service("shop", name, address(11, i), 80));
      resources.add(endpoints("shop", name, 80, name + "-0 " + address(10, i) + " 8080"));
      resources.add(serviceRoute(i, 0));
      resources.add(edgeRoute(i, 0));
    }
    resources.add(
        Fixtures.gateway(
            "infra",
            "edge",
            "172.31.255.1",
            Fixtures.listener("l", Gateway.Protocol.PROTOCOL_HTTP, 80, "")));
    MeshView view = MeshView.empty().with(resources, List.of());
    long start = System.nanoTime();
    ProxyTables tables = ProxyTables.compile(view);
    double whole = (System.nanoTime() - start) / 1e6;

    double store =
        best(
            n ->
                view.with(List.of(workload("shop", "s1-0", address(10, 1), 70_000 + n)), List.of())
                    .size());
    double pod = update(tables, n -> workload("shop", "s1-0", address(10, 1), 70_000 + n));
    double own = update(tables, n -> serviceRoute(7, n));
    double edge = update(tables, n -> edgeRoute(7, n));
    System.out.printf(
        "%d resources: whole %.0f ms; view of one change %.3f ms; tables after one pod %.3f ms, one Service route %.3f ms,"
            + " one of %d routes of a Gateway %.3f ms%n",
        view.size(), whole, store, pod, own, SIZE, edge);

    assertThat(pod).as("one pod, milliseconds").isLessThan(5);
    assertThat(own).as("one Service route, milliseconds").isLessThan(5);
    assertThat(edge).as("one Gateway route, milliseconds").isLessThan(50);
  }

  private static String address(int first, int number) {
    return first + ".1." + number / 250 + "." + number % 250;
  }

  private static Resource serviceRoute(int number, int change) {
    return route(
        http("shop", "r" + number, rule("r", match("prefix:/" + change)))
            .addAttachments(toService("shop", "s" + number, 80, "")));
  }

  private static Resource edgeRoute(int number, int change) {
    return route(
        http("shop", "e" + number, rule("e", match("prefix:/" + change)))
            .addAttachments(toListener("infra", "edge", "l", "h" + number + ".example.com")));
  }

  private interface Change {
    Resource at(int round);
  }

  private interface Work {
    int run(int round);
  }

  private static double update(ProxyTables tables, Change change) {
    return best(
        round -> {
          MeshView next = tables.view().with(List.of(change.at(round + 1)), List.of());
          return ProxyTables.compile(next, tables).refusals().size();
        });
  }

  private static double best(Work work) {
    double best = Double.MAX_VALUE;
    for (int round = 0; round < 50; round++) {
      long start = System.nanoTime();
      work.run(round);
      best = Math.min(best, (System.nanoTime() - start) / 1e6);
    }
    return best;
  }
}
