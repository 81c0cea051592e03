package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.weft.resources.Kind;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Without a rule of the chart a kind that the control plane follows is refused to it. */
class ChartRulesTest {
  private static final Path RULES = Path.of("../charts/weft/files/control-plane-rules.yaml");

  private record Rule(List<String> apiGroups, List<String> resources, List<String> verbs) {}

  private static Set<String> verbs(String group, String resource) throws Exception {
    List<Rule> rules = new YAMLMapper().readValue(RULES.toFile(), new TypeReference<>() {});
    Set<String> verbs = new HashSet<>();
    rules.stream()
        .filter(rule -> rule.apiGroups().contains(group) && rule.resources().contains(resource))
        .forEach(rule -> verbs.addAll(rule.verbs()));
    return verbs;
  }

  private static String plural(Kind kind) {
    String name = kind.kind().toLowerCase(Locale.ROOT);
    if (name.endsWith("cy")) {
      return name.substring(0, name.length() - 1) + "ies";
    }
    return name + (name.endsWith("s") || name.endsWith("sh") ? "es" : "s");
  }

  /** Deployments are the lab's. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "DEPLOYMENT")
  void everyKindMayBeFollowed(Kind kind) throws Exception {
    assertThat(verbs(kind.group(), plural(kind))).contains("list", "watch").doesNotContain("*");
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "GATEWAY_CLASS",
        "X_MESH",
        "GATEWAY",
        "LISTENER_SET",
        "HTTP_ROUTE",
        "GRPC_ROUTE",
        "TLS_ROUTE",
        "TCP_ROUTE",
        "UDP_ROUTE",
        "BACKEND_TLS_POLICY",
        "BACKEND_TRAFFIC_POLICY",
        "TELEMETRY_POLICY",
        "X_BACKEND",
        "AUTHORIZATION_POLICY"
      })
  void everyStatusMayBeWritten(Kind kind) throws Exception {
    assertThat(verbs(kind.group(), plural(kind) + "/status")).containsExactly("patch");
  }
}
