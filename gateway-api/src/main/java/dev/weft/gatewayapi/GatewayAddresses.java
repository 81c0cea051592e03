package dev.weft.gatewayapi;

import dev.weft.resources.Derivation;
import dev.weft.resources.Gateway;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where a Gateway is reached.
 *
 * @param usable in the order asked for
 * @param refusal a reason of the Gateway API when there is something wrong, null when not
 */
record GatewayAddresses(List<String> usable, Backends.@Nullable Refusal refusal) {
  private static final GatewayAddresses NONE = new GatewayAddresses(List.of(), null);

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
      pool.retain(
          gateways.stream()
              .filter(GatewayAddresses::wantsAny)
              .map(Precedence::key)
              .collect(Collectors.toSet()));
      // Those asked for by value first, so that none of them is given to somebody else.
      Map<String, GatewayAddresses> asked = new LinkedHashMap<>();
      gateways.forEach(gateway -> asked.put(Precedence.key(gateway), asked(pool, gateway)));
      Map<String, GatewayAddresses> all = new LinkedHashMap<>();
      gateways.forEach(
          gateway ->
              all.put(
                  Precedence.key(gateway), complete(pool, gateway, asked.getOrDefault(Precedence.key(gateway), NONE))));
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

  private static boolean wantsAny(Gateway gateway) {
    return gateway.spec().addresses().isEmpty()
        || gateway.spec().addresses().stream().anyMatch(address -> address.value().isEmpty());
  }

  private static GatewayAddresses asked(AddressPool pool, Gateway gateway) {
    Set<String> usable = new LinkedHashSet<>();
    Backends.Refusal refusal = null;
    for (Gateway.Address address : gateway.spec().addresses()) {
      if (!address.type().equals("IPAddress")) {
        return new GatewayAddresses(
            List.of(),
            new Backends.Refusal(
                "UnsupportedAddress", "addresses of type " + address.type() + " are not known"));
      }
      if (!address.value().isEmpty()) {
        if (pool.claim(Precedence.key(gateway), address.value())) {
          usable.add(address.value());
        } else {
          refusal =
              new Backends.Refusal(
                  "AddressNotUsable",
                  address.value()
                      + (pool.contains(address.value())
                          ? " is another Gateway's"
                          : " is outside of the Gateways' address range"));
        }
      }
    }
    return new GatewayAddresses(List.copyOf(usable), refusal);
  }

  private static GatewayAddresses complete(
      AddressPool pool, Gateway gateway, GatewayAddresses asked) {
    Backends.Refusal refusal = asked.refusal();
    boolean unsupported = refusal != null && refusal.reason().equals("UnsupportedAddress");
    if (unsupported || !wantsAny(gateway)) {
      return asked;
    }
    String given = pool.addressOf(gateway.metadata().namespace(), gateway.metadata().name());
    if (given == null) {
      return new GatewayAddresses(
          asked.usable(),
          new Backends.Refusal("AddressNotAssigned", "all addresses are given away"));
    }
    Set<String> usable = new LinkedHashSet<>(asked.usable());
    usable.add(given);
    return new GatewayAddresses(List.copyOf(usable), refusal);
  }
}
