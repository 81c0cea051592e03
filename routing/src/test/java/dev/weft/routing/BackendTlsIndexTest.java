package dev.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.BackendTls.Port;
import dev.weft.api.v1.BackendTls.Validation;
import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Service;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BackendTlsIndexTest {
  private static final String NAME = "backendtls/shop/web";

  private static Port.Builder verified(int port, String hostname) {
    return Port.newBuilder()
        .setPort(port)
        .setValidation(
            Validation.newBuilder()
                .setHostname(hostname)
                .addRoots(ByteString.copyFromUtf8("root")));
  }

  private static Resource policy(Port.Builder... ports) {
    dev.weft.api.v1.BackendTls.Builder made =
        dev.weft.api.v1.BackendTls.newBuilder().setNamespace("shop").setService("web");
    for (Port.Builder port : ports) {
      made.addPorts(port);
    }
    return Resource.newBuilder().setName(NAME).setBackendTls(made).build();
  }

  private static Resource service(int... ports) {
    Service.Builder made = Service.newBuilder().setNamespace("shop").setName("web");
    for (int port : ports) {
      made.addPorts(Service.Port.newBuilder().setPort(port));
    }
    return Resource.newBuilder().setName("service/shop/web").setService(made).build();
  }

  private static ProxyTables with(ProxyTables before, Resource... resources) {
    return ProxyTables.compile(before.view().with(List.of(resources), List.of()), before);
  }

  private static BackendTls at(ProxyTables tables, int port) {
    ServicePort found = tables.service(new ServiceKey("shop", "web", port));
    assertThat(found).isNotNull();
    return found.tls();
  }

  @Test
  void aPortWithoutAnEntryOfItsOwnHasTheServices() {
    ProxyTables tables =
        with(
            ProxyTables.empty(),
            service(80, 443),
            policy(verified(0, "all"), verified(443, "one")));

    assertThat(at(tables, 80)).hasToString("TLS with all");
    assertThat(at(tables, 443)).hasToString("TLS with one");
    assertThat(at(with(tables, service(80, 443, 8443)), 8443))
        .as("a port that came later")
        .isSameAs(at(tables, 80));
  }

  @Test
  void whatIsEqualStaysTheSameInstance() {
    ProxyTables before =
        with(
            ProxyTables.empty(),
            service(80, 443),
            policy(verified(80, "one"), verified(443, "two")));
    ProxyTables after = with(before, policy(verified(443, "two"), verified(80, "other")));

    assertThat(at(after, 443)).isSameAs(at(before, 443));
    assertThat(at(after, 80)).isNotSameAs(at(before, 80)).hasToString("TLS with other");
    assertThat(at(with(after, policy(verified(80, "one"), verified(443, "two"))), 80))
        .as("what has been another policy in between")
        .isNotSameAs(at(before, 80));
  }

  @Test
  void aServiceThatComesAfterItsPolicyObeysIt() {
    ProxyTables policy = with(ProxyTables.empty(), policy(verified(0, "all")));

    assertThat(at(with(policy, service(80)), 80)).hasToString("TLS with all");
  }

  @Test
  void aPolicyThatIsGoneLeavesPlaintext() {
    ProxyTables before = with(ProxyTables.empty(), service(80), policy(verified(0, "all")));
    ProxyTables after = ProxyTables.compile(before.view().with(List.of(), List.of(NAME)), before);

    assertThat(at(after, 80)).isSameAs(BackendTls.PLAIN);
  }

  @Test
  void aPolicyThatCannotBeCompiledSendsNothingUnlessAnEarlierFormStands() {
    List<Port.Builder> bad = new ArrayList<>();
    bad.add(Port.newBuilder());
    bad.add(Port.newBuilder().setValidation(Validation.newBuilder().setHostname("a")));
    bad.add(Port.newBuilder().setValidation(Validation.newBuilder().setSystemRoots(true)));
    bad.add(
        verified(0, "a")
            .setValidation(
                Validation.newBuilder()
                    .setHostname("a")
                    .setSystemRoots(true)
                    .addRoots(ByteString.copyFromUtf8("root"))));
    for (Port.Builder port : bad) {
      ProxyTables none = with(ProxyTables.empty(), service(80), policy(port));
      assertThat(none.refusals()).containsKey(NAME);
      assertThat(at(none, 80)).isInstanceOf(BackendTls.Refused.class);
      assertThat(at(with(none, policy(verified(0, "all"))), 80)).hasToString("TLS with all");

      ProxyTables good = with(ProxyTables.empty(), service(80), policy(verified(0, "all")));
      assertThat(at(with(good, policy(port)), 80)).isSameAs(at(good, 80));
    }
  }

  @Test
  void endpointsThatChangeKeepIt() {
    ProxyTables before = with(ProxyTables.empty(), service(80), policy(verified(0, "all")));
    ProxyTables after =
        with(
            before,
            Resource.newBuilder()
                .setName("endpoints/shop/web")
                .setEndpoints(Endpoints.newBuilder().setNamespace("shop").setService("web"))
                .build());

    assertThat(at(after, 80)).isSameAs(at(before, 80));
  }
}
