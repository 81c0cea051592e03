package dev.weft.gatewayapi;

import dev.weft.resources.Derivation;
import dev.weft.resources.Gateway;
import dev.weft.resources.ObjectMeta;
import dev.weft.resources.Protocol;
import dev.weft.resources.Service;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A Gateway's wish for an address that is a Service's ClusterIP (GEP-5093, routability Cluster). A
 * Service without endpoints asks the API server for one; nodes know the address as the Gateway's.
 *
 * @param service the name of that Service, beside the Gateway
 * @param value the address that must be given; "" for any
 */
record ClusterAddress(Gateway gateway, String service, String value) {

  /** Marks Services that only hold an address: they are nobody's backend. */
  static final String LABEL = "weft.dev/gateway-address";

  private static final int LONGEST = 63;

  /** The wish in one entry of {@code spec.addresses}. */
  static ClusterAddress of(Gateway gateway, int index) {
    String value = gateway.spec().addresses().get(index).value();
    String suffix = value.isEmpty() ? "-cluster-" + index : "-" + value.replaceAll("[.:]", "-");
    String name =
        (gateway.metadata().name() + "-" + gateway.spec().gatewayClassName()).replace('.', '-');
    // Names of Services begin with a letter (RFC 1035).
    String begin = Character.isLetter(name.charAt(0)) ? name : "gw-" + name;
    return new ClusterAddress(
        gateway,
        Infrastructure.shortened(begin, LONGEST - suffix.length())
            + suffix.toLowerCase(Locale.ROOT),
        value);
  }

  /** All such wishes of a Gateway. */
  static Stream<ClusterAddress> all(Gateway gateway) {
    List<ClusterAddress> wishes = new ArrayList<>();
    for (int i = 0; i < gateway.spec().addresses().size(); i++) {
      Gateway.Address address = gateway.spec().addresses().get(i);
      if (address.type().equals("IPAddress") && address.routability().equals("Cluster")) {
        wishes.add(of(gateway, i));
      }
    }
    return wishes.stream();
  }

  static boolean holds(Service service) {
    return service.metadata().labels().containsKey(LABEL);
  }

  /** The address that the API server gave; null as long as it has given none. */
  @Nullable String assigned(Derivation.Reader reader) {
    Service found = reader.object(Service.class, gateway.metadata().namespace(), service);
    if (found == null || !holds(found) || found.headless()) {
      return null;
    }
    String address = found.spec().clusterIP();
    return address.isEmpty() || (!value.isEmpty() && !value.equals(address)) ? null : address;
  }

  /** The Service that asks for it. */
  Service object(ObjectMeta metadata) {
    Map<String, String> labels = new HashMap<>(metadata.labels());
    labels.put(LABEL, "cluster");
    ObjectMeta named =
        new ObjectMeta(
            service,
            metadata.namespace(),
            "",
            Map.copyOf(labels),
            metadata.annotations(),
            0,
            "",
            null,
            null,
            metadata.ownerReferences(),
            Map.of());
    return new Service(
        named,
        new Service.Spec(
            "ClusterIP",
            value,
            List.of(),
            Map.of(),
            ports(),
            "None",
            false,
            "Cluster",
            "Cluster",
            Map.of()),
        Map.of());
  }

  private List<Service.Port> ports() {
    List<Service.Port> ports = new ArrayList<>();
    for (boolean udp : new boolean[] {false, true}) {
      TreeSet<Integer> numbers = new TreeSet<>();
      gateway.spec().listeners().stream()
          .filter(listener -> listener.protocol().equals("UDP") == udp)
          .forEach(listener -> numbers.add(listener.port()));
      for (int number : numbers) {
        ports.add(
            new Service.Port(
                (udp ? "udp-" : "tcp-") + number,
                udp ? Protocol.UDP : Protocol.TCP,
                number,
                null,
                "",
                0));
      }
    }
    return List.copyOf(ports);
  }
}
