package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.Hello;
import dev.weft.api.v1.Nack;
import dev.weft.api.v1.Refusal;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Update;
import dev.weft.api.v1.Workload;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NodeSessionTest {
  private final MeshStore store = new MeshStore();
  private final Rollout rollout = new Rollout();
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
    hello(Map.of("mesh", version("mesh")));

    assertThat(sent).hasSize(1);
    assertThat(last().getUpsertedCount() + last().getRemovedCount()).isZero();
    assertThat(last().getComplete()).isTrue();
    assertThat(rollout.of("mesh")).isEqualTo(new Progress.Done());
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
    assertThat(session.backlog()).isEqualTo(1);
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
    rollout.takeNews();
    session.nack(nack("httproute/shop/bad", "no such filter"));

    assertThat(rollout.takeNews()).containsExactlyInAnyOrder("mesh", "httproute/shop/bad");
    assertThat(rollout.of("mesh")).isEqualTo(new Progress.Done());
    assertThat(rollout.of("httproute/shop/bad"))
        .isEqualTo(new Progress.Refused("n1", "no such filter"));
    assertThat(sent).hasSize(1);

    // Every answer names all that is refused, also when the update was about something else.
    change(session, "mesh", 2);
    assertThat(names(last())).containsExactly("mesh");
    session.nack(nack("httproute/shop/bad", "no such filter"));
    assertThat(rollout.of("mesh")).isEqualTo(new Progress.Done());
    assertThat(rollout.of("httproute/shop/bad")).isInstanceOf(Progress.Refused.class);

    change(session, "httproute/shop/bad", 2);
    assertThat(rollout.of("httproute/shop/bad")).isEqualTo(new Progress.Waiting());
    assertThat(names(last())).containsExactly("httproute/shop/bad");
    session.ack(last().getNonce());
    assertThat(rollout.of("httproute/shop/bad")).isEqualTo(new Progress.Done());
  }

  @Test
  void aReturningNodeSaysAgainWhatItRefuses() {
    set("httproute/shop/bad", 1);
    NodeSession session = hello(Map.of("httproute/shop/bad", version("httproute/shop/bad")));
    assertThat(last().getUpsertedList()).isEmpty();

    session.nack(nack("httproute/shop/bad", "no such filter"));
    assertThat(rollout.takeNews()).containsExactly("httproute/shop/bad");
    assertThat(rollout.of("httproute/shop/bad")).isInstanceOf(Progress.Refused.class);
  }

  @Test
  void whatBecomesUsableBecauseOfAnotherIsDone() {
    set("gateway/shop/g", 1);
    NodeSession session = hello(Map.of());
    session.nack(nack("gateway/shop/g", "its certificate is missing"));
    change(session, "certificate/shop/c", 1);

    session.ack(last().getNonce());
    assertThat(rollout.takeNews())
        .containsExactlyInAnyOrder("certificate/shop/c", "gateway/shop/g");
    assertThat(rollout.of("gateway/shop/g")).isEqualTo(new Progress.Done());
  }

  @Test
  void aRefusalThatBlamesNothingBlamesTheUpdate() {
    set("mesh", 1);
    set("service/shop/s", 1);
    NodeSession session = hello(Map.of("service/shop/s", version("service/shop/s")));
    session.nack(nack("", "disk\nfull " + "x".repeat(10_000)));

    assertThat(rollout.of("service/shop/s")).isEqualTo(new Progress.Done());
    assertThat(rollout.of("mesh"))
        .isInstanceOfSatisfying(
            Progress.Refused.class,
            no -> assertThat(no.reason()).startsWith("disk full x").hasSizeLessThan(1100));
  }

  @Test
  void answersToNothingAreIgnored() {
    set("mesh", 1);
    NodeSession session = hello(Map.of());

    session.ack(77);
    session.nack(Nack.newBuilder().setNonce(77).build());
    assertThat(rollout.of("mesh")).isEqualTo(Progress.WAITING);
    session.ack(1);
    assertThat(rollout.of("mesh")).isEqualTo(Progress.DONE);
    rollout.takeNews();
    session.ack(1);
    assertThat(rollout.takeNews()).isEmpty();
  }

  @Test
  void anAnswerThatCameTooLateIsNotTheLastWord() {
    set("mesh", 1);
    NodeSession session = hello(Map.of("mesh", version("mesh")));
    session.ack(1);
    change(session, "mesh", 2);
    change(session, "mesh", 1);
    assertThat(rollout.of("mesh")).as("it still holds the first").isEqualTo(Progress.DONE);

    session.ack(2);
    assertThat(rollout.of("mesh")).as("it holds the second").isEqualTo(Progress.WAITING);
    assertThat(last().getUpserted(0).getVersion()).isEqualTo(version("mesh"));
    session.ack(3);
    assertThat(rollout.of("mesh")).isEqualTo(Progress.DONE);
  }

  @Test
  void ofManyNodesTheLastOneDecidesAndARefusalShowsAtOnce() {
    set("mesh", 1);
    set("service/shop/s", 1);
    NodeSession one = hello("n1", Map.of());
    NodeSession two = hello("n2", Map.of());
    rollout.takeNews();

    one.ack(1);
    assertThat(rollout.takeNews()).isEmpty();
    two.nack(nack("service/shop/s", "no"));
    assertThat(rollout.takeNews()).containsExactlyInAnyOrder("mesh", "service/shop/s");
    assertThat(rollout.of("mesh")).isEqualTo(Progress.DONE);
    assertThat(rollout.of("service/shop/s")).isEqualTo(new Progress.Refused("n2", "no"));

    two.end();
    assertThat(rollout.takeNews()).containsExactly("service/shop/s");
    assertThat(rollout.of("service/shop/s")).isEqualTo(Progress.DONE);
  }

  @Test
  void nobodyWaitsForANodeThatIsGone() {
    set("mesh", 1);
    hello("n1", Map.of("mesh", version("mesh"))).ack(1);
    NodeSession slow = hello("n2", Map.of());
    assertThat(rollout.of("mesh")).isEqualTo(Progress.WAITING);

    slow.end();

    assertThat(rollout.of("mesh")).isEqualTo(Progress.DONE);
  }

  private NodeSession hello(Map<String, String> held) {
    return hello("n1", held);
  }

  private NodeSession hello(String node, Map<String, String> held) {
    NodeSession session =
        new NodeSession(
            Hello.newBuilder().setNode(node).putAllHeld(held).build(), store, rollout, sent::add);
    session.start();
    return session;
  }

  private Map<String, String> set(String name, int content) {
    Workload body = Workload.newBuilder().setUid("u" + content).build();
    Resource resource = Resource.newBuilder().setName(name).setWorkload(body).build();
    return store.apply(Map.of(name, resource));
  }

  private void change(NodeSession session, String name, int content) {
    session.changed(set(name, content));
  }

  private void remove(NodeSession session, String name) {
    session.changed(store.apply(Collections.singletonMap(name, null)));
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
