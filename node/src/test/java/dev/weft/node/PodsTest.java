package dev.weft.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.weft.api.v1.AttachAnswer;
import dev.weft.api.v1.AttachRequest;
import dev.weft.datapath.Ipv4;
import dev.weft.datapath.Prefix;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodsTest {
  private static final Prefix NETWORK = Prefix.parse("10.244.1.0/29");

  @TempDir Path directory;

  private final FakeDatapath datapath = new FakeDatapath();
  private final FakeRegistry registry = new FakeRegistry();

  @Test
  void attachesAndAnnouncesAPod() {
    Pods pods = pods();

    AttachAnswer answer = pods.handle(add("c1", "web-0"));

    assertThat(Ipv4.of(answer.getAddress().toByteArray())).isEqualTo(Ipv4.parse("10.244.1.2"));
    assertThat(answer.getPrefixLength()).isEqualTo(32);
    assertThat(answer.getMtu()).isEqualTo(1450);
    assertThat(datapath.pods).containsKey("c1");
    assertThat(registry.announced).containsEntry("shop/web-0", Ipv4.parse("10.244.1.2"));
  }

  @Test
  void repeatsItsAnswer() {
    Pods pods = pods();

    assertThat(pods.handle(add("c1", "web-0"))).isEqualTo(pods.handle(add("c1", "web-0")));
    assertThat(pods.handle(check("c1")).getAddress())
        .isEqualTo(pods.handle(add("c1", "web-0")).getAddress());
  }

  @Test
  void leavesNothingBehindWhenThePodCannotBeAnnounced() {
    Pods pods = pods();
    registry.refusing = true;

    assertThatExceptionOfType(AttachException.class)
        .isThrownBy(() -> pods.handle(add("c1", "web-0")));

    assertThat(datapath.pods).isEmpty();
    assertThat(pods().adopt()).isEmpty();
  }

  @Test
  void givesBackTheAddressOfAFailedPod() {
    Pods pods = pods();
    datapath.broken = true;
    for (int i = 0; i < 20; i++) {
      assertThatExceptionOfType(AttachException.class)
          .isThrownBy(() -> pods.handle(add("c1", "web-0")))
          .withMessage("no veth");
    }

    datapath.broken = false;
    assertThat(pods.handle(add("c1", "web-0")).getError()).isEmpty();
  }

  @Test
  void detachesAndForgets() {
    Pods pods = pods();
    pods.handle(add("c1", "web-0"));

    pods.handle(del("c1"));
    pods.handle(del("c1"));

    assertThat(datapath.pods).isEmpty();
    assertThat(registry.announced).isEmpty();
    assertThatExceptionOfType(AttachException.class)
        .isThrownBy(() -> pods.handle(check("c1")))
        .satisfies(e -> assertThat(e.code()).isEqualTo(AttachException.UNKNOWN_CONTAINER));
  }

  @Test
  void adoptsThePodsOfAnEarlierProcessAndDropsTheirGhosts() {
    Pods first = pods();
    first.handle(add("c1", "web-0"));
    first.handle(add("c2", "web-1", "/no/such/namespace"));

    Pods second = pods();

    assertThat(second.adopt())
        .singleElement()
        .satisfies(p -> assertThat(p.getAdd().getContainerId()).isEqualTo("c1"));
    assertThat(second.handle(add("c3", "web-2")).getAddress())
        .isNotEqualTo(second.handle(add("c1", "web-0")).getAddress());
    assertThat(datapath.pods).containsOnlyKeys("c1", "c3");
  }

  @Test
  void sweepsPodsWhoseNamespaceIsGone() {
    Pods pods = pods();
    pods.handle(add("c1", "web-0"));
    pods.handle(add("c2", "web-1", "/no/such/namespace"));

    pods.sweep();

    assertThat(datapath.pods).containsOnlyKeys("c1");
    assertThat(registry.announced).containsOnlyKeys("shop/web-0");
  }

  @Test
  void remembersAPodWhileItsNewSandboxIsThere() {
    Pods pods = pods();
    pods.handle(add("old", "web-0"));
    Ipv4 fresh = Ipv4.of(pods.handle(add("new", "web-0")).getAddress().toByteArray());

    pods.handle(del("old"));
    assertThat(registry.announced).containsEntry("shop/web-0", fresh);

    pods.handle(del("new"));
    assertThat(registry.announced).isEmpty();
  }

  @Test
  void collectsGarbage() {
    Pods pods = pods();
    pods.handle(add("c1", "web-0"));
    pods.handle(add("c2", "web-1"));

    pods.handle(
        AttachRequest.newBuilder()
            .setGc(AttachRequest.Gc.newBuilder().addContainerIds("c2"))
            .build());

    assertThat(datapath.pods).containsOnlyKeys("c2");
  }

  @Test
  void refusesRequestsThatMakeNoSense() {
    Pods pods = pods();

    assertThatExceptionOfType(AttachException.class)
        .isThrownBy(() -> pods.handle(AttachRequest.getDefaultInstance()));
    assertThatExceptionOfType(AttachException.class).isThrownBy(() -> pods.handle(add("c1", "")));
    assertThatExceptionOfType(AttachException.class)
        .isThrownBy(() -> pods.handle(add("c1", "web-0", "relative")));
    assertThat(datapath.pods).isEmpty();
  }

  private Pods pods() {
    return new Pods(datapath, registry, new PodRecords(directory), NETWORK, 1450);
  }

  private static AttachRequest add(String container, String pod) {
    return add(container, pod, "/proc/self/ns/net");
  }

  private static AttachRequest add(String container, String pod, String netns) {
    return AttachRequest.newBuilder()
        .setAdd(
            AttachRequest.Add.newBuilder()
                .setContainerId(container)
                .setNetns(netns)
                .setInterface("eth0")
                .setPodNamespace("shop")
                .setPodName(pod))
        .build();
  }

  private static AttachRequest del(String container) {
    return AttachRequest.newBuilder()
        .setDel(AttachRequest.Del.newBuilder().setContainerId(container))
        .build();
  }

  private static AttachRequest check(String container) {
    return AttachRequest.newBuilder()
        .setCheck(AttachRequest.Check.newBuilder().setContainerId(container))
        .build();
  }

  private static final class FakeRegistry implements PodRegistry {
    private final Map<String, Ipv4> announced = new HashMap<>();
    private boolean refusing;

    @Override
    public void awaitKnown(String namespace, String pod, Duration patience) {}

    @Override
    public void announce(String namespace, String pod, Ipv4 address) {
      if (refusing) {
        throw new AttachException(AttachException.TRY_AGAIN, "not known");
      }
      announced.put(namespace + "/" + pod, address);
    }

    @Override
    public void forget(String namespace, String pod) {
      announced.remove(namespace + "/" + pod);
    }
  }
}
