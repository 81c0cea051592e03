package dev.weft.cli.lab;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Addresses of Services, 10.96.0.0/16; a Service keeps its address as long as it exists. Confined
 * to the lab's thread.
 */
final class ClusterIps {
  private static final String PREFIX = "10.96.";

  /**
   * The first ten are left free, as Kubernetes leaves its lower band to those who choose an address
   * themselves.
   */
  private static final int FIRST = 10;

  private static final int LAST = 65_534;

  private final Map<String, String> byService = new HashMap<>();
  private final Set<String> taken = new TreeSet<>();

  /**
   * The address of a Service.
   *
   * @param wanted the address that its YAML asks for; "" for any
   * @throws LabException if another Service has it, or none is left
   */
  String allocate(String service, String wanted) {
    @Nullable String own = byService.get(service);
    if (own != null && (wanted.isEmpty() || wanted.equals(own))) {
      return own;
    }
    if (!wanted.isEmpty() && taken.contains(wanted)) {
      throw new LabException("clusterIP " + wanted + " belongs to another Service");
    }
    String address = wanted.isEmpty() ? free() : wanted;
    release(service);
    byService.put(service, address);
    taken.add(address);
    return address;
  }

  /** Gives the address of a Service back. */
  void release(String service) {
    String address = byService.remove(service);
    if (address != null) {
      taken.remove(address);
    }
  }

  private String free() {
    for (int i = FIRST; i <= LAST; i++) {
      String address = PREFIX + (i >> 8) + "." + (i & 255);
      if (!taken.contains(address)) {
        return address;
      }
    }
    throw new LabException("no clusterIP is left in 10.96.0.0/16");
  }
}
