package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.Hello;
import dev.weft.api.v1.Nack;
import dev.weft.api.v1.Refusal;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Update;
import dev.weft.api.v1.Workload;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NodeSessionTest {
  private final MeshStore store = new MeshStore();
  private final Map<String, Resource> mesh = new HashMap<>();
  private final List<Update> sent = new ArrayList<>();

  @Test
  void aNewNodeGetsEverythingInOrder() {
    set("httproute/shop/a", 1);
    set("gateway/shop/g", 1);
    set("endpoints/shop/s", 1);
    set("service/shop/s", 1);
    set("certificate/shop/c", 1);
    set("workload/shop/w", 1);
    set("identity/256", 1);
    set("node/n", 1);
    set("mesh", 1);
    set("authorization/shop/a", 1);
    set("networkrules/256", 1);
    set("traffic/shop/t", 1);
    hello(Map.of());

    assertThat(names(last()))
        .containsExactly(
            "mesh",
            "node/n",
            "identity/256",
            "workload/shop/w",
            "certificate/shop/c",
            "service/shop/s",
            "endpoints/shop/s",
            "traffic/shop/t",
            "networkrules/256",
            "authorization/shop/a",
            "gateway/shop/g",
            "httproute/shop/a");
    assertThat(last().getComplete()).isTrue();
  }

  @Test
  void aNodeThatHoldsEverythingGetsAnEmptyUpdate() {
    set("mesh", 1);
    NodeSession session = hello(Map.of("mesh", version("mesh")));

    assertThat(sent).hasSize(1);
    assertThat(last().getUpsertedCount() + last().getRemovedCount()).isZero();
    assertThat(last().getComplete()).isTrue();
    assertThat(session.progress("mesh")).isEqualTo(new Progress.Done());
  }

  @Test
  void aReturningNodeGetsDifferencesOnly() {
    set("mesh", 1);
    set("service/shop/s", 1);
    hello(Map.of("mesh", version("mesh"), "service/shop/s", "old", "workload/shop/gone", "x"));

    assertThat(names(last())).containsExactly("service/shop/s");
    assertThat(last().getRemovedList()).containsExactly("workload/shop/gone");
  }

  @Test
  void removalsGoInReverse() {
    Map<String, String> held = new HashMap<>();
    for (String name :
        List.of("service/shop/s", "httproute/shop/a", "workload/shop/w", "gateway/shop/g")) {
      held.put(name, "1");
    }
    hello(held);

    assertThat(last().getRemovedList())
        .containsExactly("httproute/shop/a", "gateway/shop/g", "service/shop/s", "workload/shop/w");
  }

  @Test
  void oneChangedRouteSendsOneResource() {
    for (int i = 0; i < 100; i++) {
      set("httproute/shop/r" + i, 1);
    }
    NodeSession session = hello(Map.of());
    session.ack(last().getNonce());
    change(session, "httproute/shop/r7", 2);

    assertThat(names(last())).containsExactly("httproute/shop/r7");
  }

  @Test
  void changesMergeWhileAnUpdateIsOnItsWay() {
    set("mesh", 1);
    NodeSession session = hello(Map.of());
    for (int round = 2; round < 1000; round++) {
      change(session, "mesh", round);
      change(session, "service/shop/s", round);
    }
    remove(session, "service/shop/s");

    assertThat(sent).hasSize(1);
    assertThat(session.backlog()).isEqualTo(2);
    session.ack(1);
    assertThat(sent).hasSize(2);
    assertThat(names(last())).containsExactly("mesh");
    assertThat(last().getUpserted(0).getVersion()).isEqualTo(version("mesh"));
    assertThat(last().getRemovedList()).isEmpty();
  }

  @Test
  void aChangeThatIsTakenBackIsNotSent() {
    set("mesh", 1);
    NodeSession session = hello(Map.of());
    change(session, "mesh", 2);
    change(session, "mesh", 1);
    session.ack(1);

    assertThat(sent).hasSize(1);
  }

  @Test
  void aRefusedResourceHoldsUpNoOther() {
    set("mesh", 1);
    set("httproute/shop/bad", 1);
    NodeSession session = hello(Map.of());
    assertThat(session.nack(nack("httproute/shop/bad", "no such filter")))
        .containsExactlyInAnyOrder("mesh", "httproute/shop/bad");

    assertThat(session.progress("mesh")).isEqualTo(new Progress.Done());
    assertThat(session.progress("httproute/shop/bad"))
        .isEqualTo(new Progress.Refused("n1", "no such filter"));
    assertThat(sent).hasSize(1);

    // Every answer names all that is refused, also when the update was about something else.
    change(session, "mesh", 2);
    assertThat(names(last())).containsExactly("mesh");
    session.nack(nack("httproute/shop/bad", "no such filter"));
    assertThat(session.progress("mesh")).isEqualTo(new Progress.Done());
    assertThat(session.progress("httproute/shop/bad")).isInstanceOf(Progress.Refused.class);

    change(session, "httproute/shop/bad", 2);
    assertThat(session.progress("httproute/shop/bad")).isEqualTo(new Progress.Waiting());
    assertThat(names(last())).containsExactly("httproute/shop/bad");
    session.ack(last().getNonce());
    assertThat(session.progress("httproute/shop/bad")).isEqualTo(new Progress.Done());
  }

  @Test
  void aReturningNodeSaysAgainWhatItRefuses() {
    set("httproute/shop/bad", 1);
    NodeSession session = hello(Map.of("httproute/shop/bad", version("httproute/shop/bad")));
    assertThat(last().getUpsertedList()).isEmpty();

    assertThat(session.nack(nack("httproute/shop/bad", "no such filter")))
        .containsExactly("httproute/shop/bad");
    assertThat(session.progress("httproute/shop/bad")).isInstanceOf(Progress.Refused.class);
  }

  @Test
  void whatBecomesUsableBecauseOfAnotherIsDone() {
    set("gateway/shop/g", 1);
    NodeSession session = hello(Map.of());
    session.nack(nack("gateway/shop/g", "its certificate is missing"));
    change(session, "certificate/shop/c", 1);

    assertThat(session.ack(last().getNonce()))
        .containsExactlyInAnyOrder("certificate/shop/c", "gateway/shop/g");
    assertThat(session.progress("gateway/shop/g")).isEqualTo(new Progress.Done());
  }

  @Test
  void aRefusalThatBlamesNothingBlamesTheUpdate() {
    set("mesh", 1);
    set("service/shop/s", 1);
    NodeSession session = hello(Map.of("service/shop/s", version("service/shop/s")));
    session.nack(nack("", "disk\nfull " + "x".repeat(10_000)));

    assertThat(session.progress("service/shop/s")).isEqualTo(new Progress.Done());
    assertThat(session.progress("mesh"))
        .isInstanceOfSatisfying(
            Progress.Refused.class,
            no -> assertThat(no.reason()).startsWith("disk full x").hasSizeLessThan(1100));
  }

  @Test
  void answersToNothingAreIgnored() {
    set("mesh", 1);
    NodeSession session = hello(Map.of());

    assertThat(session.ack(77)).isEmpty();
    assertThat(session.nack(Nack.newBuilder().setNonce(77).build())).isEmpty();
    assertThat(session.progress("mesh")).isEqualTo(new Progress.Waiting());
    assertThat(session.ack(1)).containsExactly("mesh");
    assertThat(session.ack(1)).isEmpty();
  }

  private NodeSession hello(Map<String, String> held) {
    NodeSession session =
        new NodeSession(
            Hello.newBuilder().setNode("n1").putAllHeld(held).build(), store, sent::add);
    session.start();
    return session;
  }

  private void set(String name, int content) {
    Workload body = Workload.newBuilder().setUid("u" + content).build();
    mesh.put(
        name,
        ResourceVersions.versioned(Resource.newBuilder().setName(name).setWorkload(body).build()));
    store.replace(mesh);
  }

  private void change(NodeSession session, String name, int content) {
    set(name, content);
    session.changed(List.of(name));
  }

  private void remove(NodeSession session, String name) {
    mesh.remove(name);
    session.changed(store.replace(mesh));
  }

  private String version(String name) {
    Resource resource = store.get(name);
    assertThat(resource).isNotNull();
    return resource.getVersion();
  }

  private Nack nack(String name, String reason) {
    return Nack.newBuilder()
        .setNonce(last().getNonce())
        .addRefusals(Refusal.newBuilder().setResource(name).setReason(reason))
        .build();
  }

  private Update last() {
    return sent.getLast();
  }

  private static List<String> names(Update update) {
    return update.getUpsertedList().stream().map(Resource::getName).toList();
  }
}
