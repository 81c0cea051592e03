package dev.weft.cli.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.resources.EndpointSlice;
import dev.weft.resources.Pod;
import dev.weft.resources.Service;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlicesTest {
  private static final Service WEB =
      Objects.one(
          Service.class,
          """
          apiVersion: v1
          kind: Service
          metadata: {name: web, namespace: shop}
          spec:
            clusterIP: 10.96.0.10
            selector: {app: web}
            ports:
              - {name: http, port: 80, targetPort: http}
              - {name: admin, port: 90, targetPort: 9000}
          """);

  private static Pod pod(String name, int port) {
    return Objects.one(
            Pod.class,
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: %s, namespace: shop, labels: {app: web}}
            spec:
              nodeName: node-1
              containers:
                - name: c
                  command: [run]
                  ports: [{name: http, containerPort: %d}]
            """
                .formatted(name, port))
        .withStatus(Pod.Status.of("Running", "10.244.1." + port % 100, true));
  }

  @Test
  void listsReadyPodsWithTheirPorts() {
    List<EndpointSlice> slices = Slices.of(List.of(WEB), List.of(pod("a", 8001), pod("b", 8001)));
    assertThat(slices).hasSize(1);
    EndpointSlice slice = slices.getFirst();
    assertThat(slice.serviceName()).isEqualTo("web");
    assertThat(slice.endpoints()).hasSize(2).allMatch(endpoint -> endpoint.conditions().ready());
    assertThat(slice.ports().stream().map(EndpointSlice.Port::port)).containsExactly(8001, 9000);
  }

  @Test
  void keepsPodsWithOtherPortNumbersApart() {
    assertThat(Slices.of(List.of(WEB), List.of(pod("a", 8001), pod("b", 8002)))).hasSize(2);
  }

  @Test
  void takesTerminatingPodsOutButSaysThatTheyServe() {
    Pod pod = pod("a", 8001);
    Pod leaving = pod.withMetadata(pod.metadata().withDeletionTimestamp(Instant.EPOCH));
    EndpointSlice.Conditions conditions =
        Slices.of(List.of(WEB), List.of(leaving)).getFirst().endpoints().getFirst().conditions();
    assertThat(conditions.ready()).isFalse();
    assertThat(conditions.serves()).isTrue();
    assertThat(conditions.terminating()).isTrue();
  }

  @Test
  void leavesOutPodsWithoutAddressAndOfOtherLabels() {
    Pod pending = pod("a", 8001).withStatus(Pod.PENDING);
    assertThat(Slices.of(List.of(WEB), List.of(pending)).getFirst().endpoints()).isEmpty();
  }

  @Test
  void namesServicesInHostsFiles() {
    Pod pod = pod("a", 8001);
    assertThat(HostsFile.of(pod, List.of(WEB), List.of(pod)))
        .isEqualTo(
            """
            127.0.0.1 localhost
            10.244.1.1 a
            10.96.0.10 web.shop.svc.cluster.local web.shop.svc web.shop web
            """);
  }
}
