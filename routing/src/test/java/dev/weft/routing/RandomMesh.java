package dev.weft.routing;

import static dev.weft.routing.Fixtures.decide;
import static dev.weft.routing.Fixtures.endpoints;
import static dev.weft.routing.Fixtures.gateway;
import static dev.weft.routing.Fixtures.http;
import static dev.weft.routing.Fixtures.listener;
import static dev.weft.routing.Fixtures.match;
import static dev.weft.routing.Fixtures.route;
import static dev.weft.routing.Fixtures.rule;
import static dev.weft.routing.Fixtures.service;
import static dev.weft.routing.Fixtures.toListener;
import static dev.weft.routing.Fixtures.toService;
import static dev.weft.routing.Fixtures.workload;

import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.HttpRoute;
import dev.weft.api.v1.MeshSettings;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.TrafficSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random edits of a small mesh, and what its tables say in text. */
final class RandomMesh {
  private RandomMesh() {}

  static MeshView edit(MeshView view, Random random) {
    List<Resource> upserted = new ArrayList<>();
    List<String> removed = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      Resource resource = resource(random);
      if (random.nextInt(3) == 0) {
        removed.add(resource.getName());
      } else {
        upserted.add(resource);
      }
    }
    return view.with(upserted, removed);
  }

  private static Resource resource(Random random) {
    int n = random.nextInt(4);
    return switch (random.nextInt(7)) {
      // Addresses belong to one object each: who owns a shared one would depend on the order.
      case 0 ->
          workload("shop", "p-" + n, "10.0.0." + (n * 10 + random.nextInt(10)), random.nextInt(3));
      case 1 ->
          service(
              "shop",
              "s" + n,
              "10.96.0." + (n * 10 + random.nextInt(10)),
              80,
              81 + random.nextInt(2));
      case 2 ->
          endpoints(
              "shop",
              "s" + n,
              80,
              "p-" + random.nextInt(4) + " 10.0.0." + random.nextInt(40) + " 8080");
      case 3 ->
          gateway(
              "shop",
              "g" + n,
              "172.31.0." + (n * 10 + random.nextInt(10)),
              listener(
                  "l",
                  Gateway.Protocol.PROTOCOL_HTTP,
                  80 + random.nextInt(2),
                  random.nextBoolean() ? "" : "*.com"));
      case 4 ->
          Resource.newBuilder()
              .setName("traffic/shop/s" + n)
              .setVersion(String.valueOf(random.nextInt()))
              .setTraffic(
                  TrafficSettings.newBuilder()
                      .setServiceNamespace("shop")
                      .setServiceName("s" + n)
                      .setRetryBudgetPercent(random.nextInt(100)))
              .build();
      case 5 ->
          Resource.newBuilder()
              .setName("mesh")
              .setVersion(String.valueOf(random.nextInt()))
              .setMesh(MeshSettings.newBuilder().setTrustDomain(random.nextBoolean() ? "a" : "b"))
              .build();
      default -> {
        HttpRoute.Builder route =
            http("shop", "r" + n, rule("r" + n, match("prefix:/" + random.nextInt(3))));
        for (int i = random.nextInt(3); i >= 0; i--) {
          route.addAttachments(
              random.nextBoolean()
                  ? toService(
                      "shop",
                      "s" + random.nextInt(4),
                      random.nextInt(2) * 80,
                      random.nextBoolean() ? "" : "c")
                  : toListener(
                      "shop",
                      "g" + random.nextInt(4),
                      "l",
                      random.nextBoolean() ? "a.com" : "*.com"));
        }
        yield route(route);
      }
    };
  }

  static String describe(ProxyTables tables) {
    StringBuilder out = new StringBuilder();
    for (int host = 0; host < 40; host++) {
      out.append(tables.target(Ipv4.parse("10.0.0." + host), 1)).append('\n');
      for (int port = 80; port < 83; port++) {
        if (tables.target(Ipv4.parse("10.96.0." + host), port)
            instanceof Target.ServiceTarget(ServicePort found)) {
          out.append(found.retryBudget())
              .append(found.key())
              .append(host)
              .append(found.endpoints())
              .append(workloads(found));
          out.append(decisions(found.routes("c")))
              .append(decisions(found.routes("d")))
              .append('\n');
        }
        if (tables.target(Ipv4.parse("172.31.0." + host), port)
            instanceof Target.GatewayTarget(GatewayPort found)) {
          out.append(found).append(host).append(found.listeners().getFirst().hostname());
          out.append(decisions(found.listeners().getFirst().routes())).append('\n');
        }
      }
    }
    return out.append(tables.refusals()).toString();
  }

  private static List<String> workloads(ServicePort port) {
    return port.endpoints().list().stream()
        .map(endpoint -> String.valueOf(endpoint.workload()))
        .toList();
  }

  private static String decisions(RouteTable table) {
    StringBuilder out = new StringBuilder();
    for (String host : List.of("a.com", "b.com", "x")) {
      for (int path = 0; path < 3; path++) {
        out.append(decide(table, TestRequest.get(host, "/" + path))).append(' ');
      }
    }
    return out.toString();
  }
}
