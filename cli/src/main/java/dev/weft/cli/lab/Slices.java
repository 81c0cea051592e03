package dev.weft.cli.lab;

import dev.weft.resources.EndpointSlice;
import dev.weft.resources.IntOrString;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectMeta;
import dev.weft.resources.Pod;
import dev.weft.resources.PodSpec;
import dev.weft.resources.Service;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * EndpointSlices of Services from the pods they select: what Kubernetes' endpoint slice controller
 * does. Pure.
 */
final class Slices {
  private Slices() {}

  /**
   * The slices that should exist. Pods whose ports have other numbers under the same names get
   * slices of their own.
   */
  static List<EndpointSlice> of(Collection<Service> services, Collection<Pod> pods) {
    List<EndpointSlice> slices = new ArrayList<>();
    for (Service service : services) {
      if (!service.spec().selector().isEmpty()) {
        slices.addAll(of(service, pods));
      }
    }
    return slices;
  }

  private static List<EndpointSlice> of(Service service, Collection<Pod> pods) {
    Map<List<EndpointSlice.Port>, List<EndpointSlice.Endpoint>> groups = new LinkedHashMap<>();
    pods.stream()
        .filter(pod -> selects(service, pod))
        .sorted(Comparator.comparing(Pod::ref))
        .forEach(
            pod ->
                groups
                    .computeIfAbsent(ports(service, pod), key -> new ArrayList<>())
                    .add(endpoint(service, pod)));
    List<EndpointSlice> slices = new ArrayList<>();
    groups.forEach(
        (ports, endpoints) ->
            slices.add(
                new EndpointSlice(
                    metadata(service, slices.size()), "IPv4", List.copyOf(endpoints), ports)));
    if (slices.isEmpty()) {
      slices.add(new EndpointSlice(metadata(service, 0), "IPv4", List.of(), List.of()));
    }
    return slices;
  }

  private static boolean selects(Service service, Pod pod) {
    return pod.metadata().namespace().equals(service.metadata().namespace())
        && !pod.status().podIP().isEmpty()
        && !pod.finished()
        && pod.metadata().labels().entrySet().containsAll(service.spec().selector().entrySet());
  }

  private static List<EndpointSlice.Port> ports(Service service, Pod pod) {
    List<EndpointSlice.Port> ports = new ArrayList<>();
    for (Service.Port port : service.spec().ports()) {
      Integer number = target(port, pod);
      if (number != null) {
        ports.add(new EndpointSlice.Port(port.name(), port.protocol(), number, port.appProtocol()));
      }
    }
    return List.copyOf(ports);
  }

  private static @Nullable Integer target(Service.Port port, Pod pod) {
    return switch (port.targetPort()) {
      case null -> port.port();
      case IntOrString.PortNumber number -> number.value();
      case IntOrString.PortName name -> {
        PodSpec.ContainerPort named = pod.spec().portNamed(name.value(), port.protocol());
        yield named == null ? null : named.containerPort();
      }
    };
  }

  private static EndpointSlice.Endpoint endpoint(Service service, Pod pod) {
    boolean terminating = pod.metadata().deletionTimestamp() != null;
    boolean serving = pod.ready();
    boolean ready = service.spec().publishNotReadyAddresses() || (serving && !terminating);
    return new EndpointSlice.Endpoint(
        List.of(pod.status().podIP()),
        new EndpointSlice.Conditions(ready, serving, terminating),
        new EndpointSlice.TargetRef(
            Kind.POD.kind(),
            pod.metadata().namespace(),
            pod.metadata().name(),
            pod.metadata().uid(),
            Map.of()),
        pod.spec().nodeName(),
        Map.of());
  }

  private static ObjectMeta metadata(Service service, int index) {
    return ObjectMeta.of(service.metadata().namespace(), service.metadata().name() + "-" + index)
        .withLabels(Map.of(EndpointSlice.SERVICE_NAME_LABEL, service.metadata().name()))
        .withOwnerReferences(
            List.of(
                new ObjectMeta.OwnerReference(
                    Kind.SERVICE.apiVersion(),
                    Kind.SERVICE.kind(),
                    service.metadata().name(),
                    service.metadata().uid(),
                    true,
                    true)));
  }
}
