package dev.weft.gatewayapi;

import dev.weft.resources.Derivation;
import dev.weft.resources.Gateway;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a Gateway is reached.
 *
 * @param given one for each entry of {@code spec.addresses} that is satisfied, in their order
 * @param unsatisfied the other entries, with what is wrong
 * @param refusal a reason of the Gateway API for which the Gateway is not accepted or not
 *     programmed; null when there is none
 */
record GatewayAddresses(
    List<Given> given, List<String> unsatisfied, Backends.@Nullable Refusal refusal) {
  private static final GatewayAddresses NONE = new GatewayAddresses(List.of(), List.of(), null);
  private static final List<Gateway.Address> ANY =
      List.of(new Gateway.Address("IPAddress", "", ""));

  /** What the conformance suite asks for to see that routability is reported (GEP-5093). */
  private static final String SENTINEL = "testing.x-k8s.io/sentinel";

  /**
   * An address.
   *
   * @param routability as it is reported, "" for the ordinary
   */
  record Given(String value, String routability) {}

  /** The addresses of all Gateways that Weft serves, by "namespace/name". */
  record All(Context context) implements Derivation.Query<Map<String, GatewayAddresses>> {
    @Override
    public Map<String, GatewayAddresses> compute(Derivation.Reader reader) {
      List<Gateway> gateways = new ArrayList<>(reader.all(Gateway.class));
      gateways.removeIf(
          gateway ->
              !reader
                  .get(
                      new GatewayView.Of(gateway.metadata().namespace(), gateway.metadata().name()))
                  .ours());
      // Of two Gateways that ask for one address the older gets it.
      gateways.sort(Precedence.OLDEST_FIRST);
      AddressPool pool = context.addresses();
      Map<String, Integer> wishes = new LinkedHashMap<>();
      gateways.forEach(gateway -> wishes.put(Precedence.key(gateway), wishes(gateway)));
      pool.retain(wishes);
      // Those asked for by value first, so that none of them is given to somebody else.
      Map<String, Choice> choices = new LinkedHashMap<>();
      for (Gateway gateway : gateways) {
        Choice choice = new Choice(reader, pool, gateway);
        choice.takeNamed();
        choices.put(Precedence.key(gateway), choice);
      }
      Map<String, GatewayAddresses> all = new LinkedHashMap<>();
      choices.forEach((gateway, choice) -> all.put(gateway, choice.complete()));
      return all;
    }
  }

  /** The addresses of one Gateway. */
  record Of(Context context, String namespace, String name)
      implements Derivation.Query<GatewayAddresses> {
    @Override
    public GatewayAddresses compute(Derivation.Reader reader) {
      return reader.get(new All(context)).getOrDefault(namespace + "/" + name, NONE);
    }
  }

  List<String> usable() {
    return given.stream().map(Given::value).toList();
  }

  private static List<Gateway.Address> entries(Gateway gateway) {
    return gateway.spec().addresses().isEmpty() ? ANY : gateway.spec().addresses();
  }

  /** How many addresses of any value a Gateway wants out of the pool. */
  private static int wishes(Gateway gateway) {
    return (int)
        entries(gateway).stream()
            .filter(address -> address.value().isEmpty() && isFromPool(address))
            .count();
  }

  private static boolean isFromPool(Gateway.Address address) {
    return address.routability().isEmpty() || address.routability().equals(SENTINEL);
  }

  /** One Gateway's entries while they are looked at; confined to one computation. */
  private static final class Choice {
    private final Derivation.Reader reader;
    private final AddressPool pool;
    private final Gateway gateway;
    private final List<Gateway.Address> entries;
    private final Map<Integer, Given> given = new LinkedHashMap<>();
    private final Map<Integer, String> unsatisfied = new LinkedHashMap<>();
    private Backends.@Nullable Refusal refusal;

    private Choice(Derivation.Reader reader, AddressPool pool, Gateway gateway) {
      this.reader = reader;
      this.pool = pool;
      this.gateway = gateway;
      this.entries = entries(gateway);
    }

    private void takeNamed() {
      for (int i = 0; i < entries.size(); i++) {
        Gateway.Address address = entries.get(i);
        if (!address.type().equals("IPAddress")) {
          refusal =
              new Backends.Refusal(
                  "UnsupportedAddress", "addresses of type " + address.type() + " are not known");
          return;
        }
        if (address.routability().equals("Cluster")) {
          takeOfCluster(i, address);
        } else if (!isFromPool(address)) {
          fail(i, "routability " + address.routability() + " is not known");
        } else if (!address.value().isEmpty()) {
          takeNamed(i, address);
        }
      }
    }

    private void takeNamed(int index, Gateway.Address address) {
      if (pool.claim(Precedence.key(gateway), address.value())) {
        given.put(index, new Given(address.value(), address.routability()));
        return;
      }
      String problem =
          address.value()
              + (pool.contains(address.value())
                  ? " is another Gateway's"
                  : " is outside of the Gateways' address range");
      fail(index, problem);
      refusal = new Backends.Refusal("AddressNotUsable", problem);
    }

    private void takeOfCluster(int index, Gateway.Address address) {
      ClusterAddress wish = ClusterAddress.of(gateway, index);
      String found = wish.assigned(reader);
      if (found == null) {
        fail(index, "Service " + wish.service() + " has no ClusterIP" + wanted(address));
      } else {
        given.put(index, new Given(found, "Cluster"));
      }
    }

    private static String wanted(Gateway.Address address) {
      return address.value().isEmpty() ? "" : " " + address.value();
    }

    private void fail(int index, String problem) {
      unsatisfied.put(index, "spec.addresses[" + index + "]: " + problem);
    }

    private GatewayAddresses complete() {
      if (refusal != null && refusal.reason().equals("UnsupportedAddress")) {
        return new GatewayAddresses(List.of(), List.of(refusal.message()), refusal);
      }
      int ordinal = 0;
      for (int i = 0; i < entries.size(); i++) {
        Gateway.Address address = entries.get(i);
        if (address.value().isEmpty() && isFromPool(address)) {
          String any =
              pool.addressOf(gateway.metadata().namespace(), gateway.metadata().name(), ordinal++);
          if (any == null) {
            fail(i, "all addresses are given away");
          } else {
            given.put(i, new Given(any, address.routability()));
          }
        }
      }
      if (refusal == null && given.isEmpty()) {
        refusal =
            new Backends.Refusal("AddressNotAssigned", String.join("; ", unsatisfied.values()));
      }
      List<Given> inOrder =
          given.entrySet().stream()
              .sorted(Map.Entry.comparingByKey())
              .map(Map.Entry::getValue)
              .toList();
      return new GatewayAddresses(inOrder, List.copyOf(unsatisfied.values()), refusal);
    }
  }
}
