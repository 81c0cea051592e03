package dev.weft.flows;

import dev.weft.api.flow.Workload;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What Hubble's filters ask of one end of a flow. Pure. Everything throws {@link
 * IllegalArgumentException} for a text that it cannot honour.
 */
final class EndpointFilters {

  private EndpointFilters() {}

  /**
   * "[namespace/]prefix of a pod's name"; "namespace/" for all of a namespace; no slash means
   * "default".
   */
  static Predicate<Flow.Endpoint> pod(String text) {
    int slash = text.indexOf('/');
    String namespace = slash < 0 ? "default" : text.substring(0, slash);
    String prefix = text.substring(slash + 1);
    return end ->
        (namespace.isEmpty() || end.namespace().equals(namespace))
            && !end.namespace().isEmpty()
            && end.pod().startsWith(prefix);
  }

  /** "[source:]key" or "[source:]key=value"; without a source, of any. */
  static Predicate<Flow.Endpoint> label(String text) {
    if (text.isEmpty() || text.chars().anyMatch(c -> c == '!' || c == '(' || c == ',')) {
      throw new IllegalArgumentException(
          "label filter \"" + text + "\" is not supported: write key or key=value");
    }
    String wanted = text.replace("==", "=");
    boolean anySource = wanted.indexOf(':') < 0;
    boolean anyValue = wanted.indexOf('=') < 0;
    return end -> {
      for (String label : end.labels()) {
        String own = anySource ? label.substring(label.indexOf(':') + 1) : label;
        if (own.equals(wanted) || (anyValue && own.startsWith(wanted + "="))) {
          return true;
        }
      }
      return false;
    };
  }

  static Predicate<Flow.Endpoint> workload(Workload workload) {
    return end ->
        !end.workload().isEmpty()
            && (workload.getName().isEmpty() || end.workload().equals(workload.getName()));
  }

  static Predicate<Flow.Endpoint> port(String text) {
    int port = number(text, 65_535, "port");
    return end -> end.port() == port;
  }

  /** An address, or a prefix such as 10.244.0.0/16. Only literals: nothing is looked up in DNS. */
  static Predicate<Flow.Endpoint> address(String text) {
    int slash = text.indexOf('/');
    byte[] network = literal(slash < 0 ? text : text.substring(0, slash));
    if (network == null) {
      throw new IllegalArgumentException("\"" + text + "\" is not an IP address or prefix");
    }
    int bits =
        slash < 0
            ? network.length * 8
            : number(text.substring(slash + 1), network.length * 8, "prefix");
    return end -> {
      byte[] address = literal(end.address());
      return address != null
          && address.length == network.length
          && sharePrefix(address, network, bits);
    };
  }

  private static boolean sharePrefix(byte[] a, byte[] b, int bits) {
    for (int i = 0; i < bits; i++) {
      int mask = 0x80 >> (i & 7);
      if ((a[i >> 3] & mask) != (b[i >> 3] & mask)) {
        return false;
      }
    }
    return true;
  }

  /** The bytes of a textual address; {@code null} when it is none. */
  private static byte @Nullable [] literal(String address) {
    try {
      InetAddress parsed =
          address.indexOf(':') >= 0
              ? Inet6Address.ofLiteral(address)
              : Inet4Address.ofLiteral(address);
      return parsed.getAddress();
    } catch (IllegalArgumentException e) {
      return null; // a flow without an address is in no network
    }
  }

  /** A number within bounds. */
  static int number(String text, int max, String what) {
    try {
      int number = Integer.parseInt(text);
      if (number >= 0 && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          what + " \"" + text + "\" is not a number from 0 to " + max, e);
    }
    throw new IllegalArgumentException(what + " \"" + text + "\" is not a number from 0 to " + max);
  }
}
