package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.resources.Gateway;
import dev.weft.resources.ListenerSet;
import dev.weft.resources.ResourceParser;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GatewaySpec.listeners and GEP-1713: who gives way. */
class ListenerConflictsTest {

  /** "name PROTOCOL:port hostname, ...". */
  private static List<Gateway.Listener> listeners(String text) {
    StringBuilder yaml = new StringBuilder();
    for (String listener : text.split(", *", -1)) {
      String[] parts = listener.strip().split("[ :]+", -1);
      yaml.append("  - {name: ").append(parts[0]).append(", protocol: ").append(parts[1]);
      yaml.append(", port: ").append(parts[2]);
      yaml.append(parts[1].equals("HTTPS") ? ", tls: {certificateRefs: [{name: c}]}" : "");
      yaml.append(parts.length > 3 ? ", hostname: '" + parts[3] + "'" : "").append("}\n");
    }
    ResourceParser.Parsed parsed =
        ResourceParser.strict()
            .parse(
                "set.yaml",
                "apiVersion: gateway.networking.k8s.io/v1\nkind: ListenerSet\n"
                    + "metadata: {name: s}\nspec:\n  parentRef: {name: g}\n  listeners:\n"
                    + yaml);
    assertThat(parsed.refusals()).isEmpty();
    return ((ListenerSet) parsed.objects().getFirst()).spec().listeners();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // the Gateway's | the first set's | the second set's | refused, with their reasons
        "a HTTP:80 | b HTTP:81 | c HTTP:82 | ``",
        "a HTTP:80 x.com, b HTTP:80 *.x.com, c HTTP:80 | d HTTP:80 y.com | e HTTP:80 *.y.com | ``",
        "a HTTP:80 | b HTTP:80 | c HTTP:80 | 1b HostnameConflict, 2c HostnameConflict",
        "a HTTP:80 x.com | b HTTP:80 y.com | c HTTP:80 y.com | 2c HostnameConflict",
        "a HTTP:80 | b HTTPS:80 x.com | c HTTPS:443 | 1b ProtocolConflict",
        "a HTTP:80 | b HTTPS:80 x.com, c HTTP:80 x.com | d HTTP:81 | 1b ProtocolConflict",
        // inside one object nobody is first
        "a HTTP:80, b HTTPS:80 x.com | c HTTP:81 | d HTTP:82 | 0a ProtocolConflict, 0b ProtocolConflict",
        "a HTTP:80 | b HTTP:81, c HTTPS:81 x.com | d HTTP:82 | 1b ProtocolConflict, 1c ProtocolConflict",
        // what was refused takes no place
        "a HTTP:80, b HTTPS:80 x.com | c HTTP:80 | d HTTP:80 | 0a ProtocolConflict, 0b ProtocolConflict, 2d HostnameConflict",
        "a HTTP:80 | b HTTPS:80 x.com | c HTTP:80 x.com | 1b ProtocolConflict",
        "a NEW:80 | b HTTP:80 | c HTTP:80 | 0a UnsupportedProtocol, 2c HostnameConflict",
      })
  void gatewayThenSets(String gateway, String first, String second, String refused) {
    ListenerConflicts conflicts = new ListenerConflicts();
    Map<String, String> found = new TreeMap<>();
    int place = 0;
    for (String object : List.of(gateway, first, second)) {
      String prefix = String.valueOf(place++);
      conflicts
          .next(listeners(object))
          .forEach((name, refusal) -> found.put(prefix + name, refusal.reason()));
    }

    StringBuilder text = new StringBuilder();
    found.forEach(
        (name, reason) ->
            text.append(text.isEmpty() ? "" : ", ").append(name).append(' ').append(reason));
    assertThat(text).hasToString(refused);
  }

  @Test
  void messagesNameNobodyElse() {
    ListenerConflicts conflicts = new ListenerConflicts();
    conflicts.next(listeners("secret HTTP:80 secret.com"));

    assertThat(conflicts.next(listeners("mine HTTP:80 secret.com, other HTTPS:80 x.com")).values())
        .hasSize(2)
        .allSatisfy(refusal -> assertThat(refusal.message()).doesNotContain("secret"));
  }
}
