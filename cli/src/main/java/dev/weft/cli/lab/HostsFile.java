package dev.weft.cli.lab;

import dev.weft.resources.Pod;
import dev.weft.resources.Service;
import java.util.Collection;
import java.util.Comparator;

/**
 * The hosts file of a pod, which stands in for cluster DNS: the names of every Service as the DNS
 * specification of Kubernetes has them ({@code <service>.<namespace>.svc.cluster.local}) with the
 * search path applied. Pure.
 */
final class HostsFile {
  private static final String DOMAIN = ".svc.cluster.local";

  private HostsFile() {}

  /** Text of the file for one pod. */
  static String of(Pod pod, Collection<Service> services, Collection<Pod> pods) {
    StringBuilder text = new StringBuilder("127.0.0.1 localhost\n");
    if (!pod.status().podIP().isEmpty()) {
      text.append(pod.status().podIP()).append(' ').append(pod.metadata().name()).append('\n');
    }
    String own = pod.metadata().namespace();
    services.stream()
        .sorted(Comparator.comparing(Service::ref))
        .forEach(service -> append(text, own, service, pods));
    return text.toString();
  }

  private static void append(
      StringBuilder text, String own, Service service, Collection<Pod> pods) {
    if (!service.headless()) {
      if (!service.spec().clusterIP().isEmpty()) {
        line(text, own, service, service.spec().clusterIP());
      }
      return;
    }
    pods.stream()
        .filter(
            pod ->
                pod.metadata().namespace().equals(service.metadata().namespace())
                    && pod.ready()
                    && pod.metadata().deletionTimestamp() == null
                    && !service.spec().selector().isEmpty()
                    && pod.metadata()
                        .labels()
                        .entrySet()
                        .containsAll(service.spec().selector().entrySet()))
        .sorted(Comparator.comparing(Pod::ref))
        .forEach(pod -> line(text, own, service, pod.status().podIP()));
  }

  private static void line(StringBuilder text, String own, Service service, String address) {
    String name = service.metadata().name();
    String namespace = service.metadata().namespace();
    text.append(address).append(' ').append(name).append('.').append(namespace).append(DOMAIN);
    text.append(' ').append(name).append('.').append(namespace).append(".svc");
    text.append(' ').append(name).append('.').append(namespace);
    if (namespace.equals(own)) {
      text.append(' ').append(name);
    }
    text.append('\n');
  }
}
