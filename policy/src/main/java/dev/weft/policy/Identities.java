package dev.weft.policy;

import dev.weft.resources.Derivation;
import dev.weft.resources.IdentityLabels;
import dev.weft.resources.Namespace;
import dev.weft.resources.Pod;
import dev.weft.resources.PodSpec;
import dev.weft.resources.Protocol;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Every identity that some Pod has now, with what policies can ask about it. Does not change when
 * another Pod with the labels of one that is there comes or goes.
 */
record Identities(Map<IdentityLabels, Member> byLabels) {

  /**
   * One identity.
   *
   * @param namespaceLabels of its namespace
   * @param ports numbers that its Pods have for a port's name and protocol
   */
  record Member(
      IdentityLabels labels,
      int number,
      Map<String, String> namespaceLabels,
      Map<PortName, Set<Integer>> ports) {}

  record PortName(String name, Protocol protocol) {}

  Collection<Member> members() {
    return byLabels.values();
  }

  /**
   * One of them.
   *
   * @param member null when no Pod has the labels
   */
  record Lookup(@Nullable Member member) {}

  /** Looks for one, and does not care about the others. */
  record Of(Context context, IdentityLabels labels) implements Derivation.Query<Lookup> {
    @Override
    public Lookup compute(Derivation.Reader reader) {
      return new Lookup(reader.get(new All(context)).byLabels().get(labels));
    }
  }

  /** Looks at all Pods. */
  record All(Context context) implements Derivation.Query<Identities> {
    @Override
    public Identities compute(Derivation.Reader reader) {
      Map<IdentityLabels, Map<PortName, Set<Integer>>> found = new LinkedHashMap<>();
      for (Pod pod : reader.all(Pod.class)) {
        if (pod.networked()) {
          addPorts(
              pod,
              found.computeIfAbsent(IdentityLabels.of(pod, reader), labels -> new HashMap<>()));
        }
      }
      Map<IdentityLabels, Member> members = new LinkedHashMap<>();
      found.forEach(
          (labels, ports) ->
              members.put(
                  labels,
                  new Member(
                      labels,
                      context.identities().numberOf(labels),
                      namespaceLabels(reader, labels.namespace()),
                      Collections.unmodifiableMap(ports))));
      return new Identities(Collections.unmodifiableMap(members));
    }
  }

  private static void addPorts(Pod pod, Map<PortName, Set<Integer>> ports) {
    for (PodSpec.Container container : pod.spec().containers()) {
      for (PodSpec.ContainerPort port : container.ports()) {
        if (!port.name().isEmpty()) {
          ports
              .computeIfAbsent(new PortName(port.name(), port.protocol()), name -> new TreeSet<>())
              .add(port.containerPort());
        }
      }
    }
  }

  private static Map<String, String> namespaceLabels(Derivation.Reader reader, String namespace) {
    Namespace object = reader.object(Namespace.class, "", namespace);
    Map<String, String> labels = new HashMap<>();
    if (object != null) {
      labels.putAll(object.metadata().labels());
    }
    // Every API server adds this label.
    labels.put(Namespace.NAME_LABEL, namespace);
    return Map.copyOf(labels);
  }
}
