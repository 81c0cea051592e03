package dev.weft.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weft.datapath.DatapathOptions.ProxyPorts;
import dev.weft.datapath.DatapathState.Allow;
import dev.weft.datapath.DatapathState.Backend;
import dev.weft.datapath.DatapathState.Direction;
import dev.weft.datapath.DatapathState.NetworkRules;
import dev.weft.datapath.DatapathState.Protocol;
import dev.weft.datapath.DatapathState.ServicePort;
import dev.weft.datapath.DatapathState.ServiceTarget;
import dev.weft.datapath.FlowEvent.Reason;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("netns")
class RestartTest {
  private static Lab lab;
  private static Lab.Pod a;
  private static Lab.Pod b;
  private static Lab.Pod c;
  private static AutoCloseable serverB;
  private static AutoCloseable serverC;

  @BeforeAll
  static void start() throws Exception {
    lab = new Lab();
    a = lab.pod("a", lab.one, 301);
    b = lab.pod("b", lab.one, 302);
    c = lab.pod("c", lab.two, 303);
    serverB = Net.server(b, 8080);
    serverC = Net.server(c, 8080);
  }

  @AfterAll
  static void stop() throws Exception {
    serverB.close();
    serverC.close();
    lab.close();
  }

  @AfterEach
  void backToNothing() throws Exception {
    lab.reset();
  }

  private static final Ipv4 VIP = Ipv4.parse("10.96.0.40");

  @Test
  void losesNothingWhileTheProcessIsGone() throws Exception {
    lab.services.put(
        new ServicePort(VIP, 80, Protocol.TCP),
        new ServiceTarget(false, false, List.of(new Backend(c.address(), 8080))));
    lab.rules.put(
        302, new NetworkRules(true, false, Set.of(new Allow(Direction.INGRESS, 303, 0, 0, 0))));
    lab.apply();
    try (SocketChannel local = Net.connect(Net.of(c), b.address(), 8080);
        SocketChannel service = Net.connect(Net.of(a), VIP, 80)) {
      assertThat(Net.line(local)).startsWith("b ");
      assertThat(Net.line(service)).startsWith("c ");
      for (Lab.Node node : List.of(lab.one, lab.two)) {
        node.datapath.close();
        assertThat(Net.echo(service, "nobody is here")).isEqualTo("nobody is here");
        assertThat(Net.echo(local, "nor here")).isEqualTo("nor here");
        assertThat(Net.greeting(Net.of(a), VIP, 80)).startsWith("c ");
        assertThat(Net.greeting(Net.of(a), b.address(), 8080)).isEqualTo("TIMEOUT");
        node.reopen();
        assertThat(Net.echo(service, "back")).isEqualTo("back");
        assertThat(Net.echo(local, "again")).isEqualTo("again");
      }
      assertThat(lab.apply()).as("entries written after a restart").isZero();
      assertThat(Net.echo(service, "applied")).isEqualTo("applied");
      assertThat(Net.greeting(Net.of(a), b.address(), 8080)).isEqualTo("TIMEOUT");
      Lab.awaitDrop(lab.one, Reason.POLICY_DENIED, b.address());
    }
  }

  @Test
  void carriesAStreamAcrossManyRestarts() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    try (SocketChannel stream = Net.connect(Net.of(a), c.address(), 8080)) {
      assertThat(Net.line(stream)).startsWith("c ");
      CompletableFuture<Integer> echoes =
          CompletableFuture.supplyAsync(
              () -> {
                int count = 0;
                try {
                  while (!stop.get()) {
                    assertThat(Net.echo(stream, "number " + count)).isEqualTo("number " + count);
                    count++;
                  }
                } catch (java.io.IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
                return count;
              });
      for (int i = 0; i < 5; i++) {
        lab.one.datapath.close();
        lab.one.reopen();
        lab.apply();
      }
      stop.set(true);
      assertThat(echoes.get()).isPositive();
    }
  }

  @Test
  void takesOverTheProgramsOfTheFormerProcess() throws Exception {
    lab.rules.put(
        302, new NetworkRules(true, false, Set.of(new Allow(Direction.INGRESS, 303, 0, 0, 0))));
    lab.apply();
    Map<Path, Object> before = programs();
    lab.one.datapath.close();
    lab.one.events.clear();
    assertThat(Net.greeting(Net.of(a), b.address(), 8080)).isEqualTo("TIMEOUT");
    lab.one.reopen();
    assertThat(programs()).isEqualTo(before);
    Lab.awaitDrop(lab.one, Reason.POLICY_DENIED, b.address()); // of while nobody was there
  }

  @Test
  void swapsProgramsOfOtherSettingsUnderAStream() throws Exception {
    try (SocketChannel stream = Net.connect(Net.of(a), c.address(), 8080)) {
      assertThat(Net.line(stream)).startsWith("c ");
      Map<Path, Object> before = programs();
      for (ProxyPorts ports : List.of(new ProxyPorts(15011, 15016, 15018), ProxyPorts.DEFAULT)) {
        lab.one.datapath.close();
        lab.one.options = with(lab.one.options, ports);
        lab.one.reopen();
        assertThat(programs()).hasSize(1).isNotEqualTo(before);
        assertThat(Net.echo(stream, "still here")).isEqualTo("still here");
        before = programs();
      }
    }
  }

  @Test
  void loadsAgainWhatIsNotWhole() throws Exception {
    Path pins = lab.one.options.pinPath().resolve("v2/programs");
    Map<Path, Object> before = programs();
    Files.createDirectories(pins.resolve("unfinished/half"));
    Files.delete(onlyOne(pins).resolve("events"));
    lab.one.datapath.close();
    lab.one.reopen();
    assertThat(programs()).hasSize(1).isNotEqualTo(before);
    assertThat(onlyOne(pins).resolve("events")).exists();
    assertThat(Net.greeting(Net.of(a), c.address(), 8080)).startsWith("c ");
  }

  /** Where programs are pinned, and the number of the file that pins one of them. */
  private static Map<Path, Object> programs() throws Exception {
    Map<Path, Object> found = new HashMap<>();
    try (Stream<Path> each = Files.list(lab.one.options.pinPath().resolve("v2/programs"))) {
      for (Path programs : each.toList()) {
        found.put(programs, Files.getAttribute(programs.resolve("from_pod"), "unix:ino"));
      }
    }
    return found;
  }

  private static Path onlyOne(Path directory) throws Exception {
    try (Stream<Path> each = Files.list(directory)) {
      return each.filter(path -> path.getFileName().toString().length() == 64)
          .findFirst()
          .orElseThrow();
    }
  }

  private static DatapathOptions with(DatapathOptions options, ProxyPorts ports) {
    return new DatapathOptions(
        options.pinPath(),
        options.uplink(),
        options.nodeAddress(),
        options.podNetwork(),
        options.podMtu(),
        ports,
        options.cgroup());
  }

  @Test
  void findsThePodsOfTheFormerProcess() throws Exception {
    List<AttachedPod> before = lab.one.datapath.attached();
    lab.one.datapath.close();
    lab.one.reopen();
    assertThat(lab.one.datapath.attached()).containsExactlyInAnyOrderElementsOf(before);
    assertThat(before).extracting(AttachedPod::address).contains(a.address(), b.address());
  }

  @Test
  void removesThePinsOfAnotherLayoutOnly() throws Exception {
    Path other = Files.createDirectories(lab.one.options.pinPath().resolve("v1/links"));
    Path strange = Files.createDirectories(lab.one.options.pinPath().resolve("vx"));
    lab.one.datapath.close();
    lab.one.reopen();
    assertThat(other).doesNotExist();
    assertThat(other.getParent()).doesNotExist();
    assertThat(strange).exists();
    Files.delete(strange);
    assertThat(Net.greeting(Net.of(a), b.address(), 8080)).startsWith("b ");
  }

  @Test
  void attachingTwiceIsAdoption() throws Exception {
    AttachedPod first =
        lab.one.datapath.attached().stream()
            .filter(pod -> pod.address().equals(a.address()))
            .findFirst()
            .orElseThrow();
    assertThat(lab.one.in(() -> lab.one.datapath.attach(a.attachment()))).isEqualTo(first);
    assertThat(Net.greeting(Net.of(a), b.address(), 8080)).startsWith("b ");
  }

  @Test
  void refusesAnAddressThatIsTaken() {
    PodAttachment thief = new PodAttachment("thief", b.netns(), "eth1", a.address());
    assertThatThrownBy(() -> lab.one.in(() -> lab.one.datapath.attach(thief)))
        .isInstanceOf(DatapathException.class)
        .hasMessageContaining(a.address() + " belongs to container id-a");
  }

  @Test
  void namesTheStepThatFailsAndLeavesNothing() throws Exception {
    PodAttachment nowhere =
        new PodAttachment(
            "nowhere", Path.of("/run/netns/wdp-none"), "eth0", Ipv4.parse("10.231.1.200"));
    assertThatThrownBy(() -> lab.one.in(() -> lab.one.datapath.attach(nowhere)))
        .isInstanceOf(DatapathException.class)
        .hasMessageContaining("wdp-none");
    assertThat(lab.one.in(() -> IpCommand.run("link", "show")))
        .doesNotContain(nowhere.hostInterface());
    assertThat(lab.one.datapath.attached())
        .extracting(AttachedPod::containerId)
        .doesNotContain("nowhere");
  }

  @Test
  void detachingForgetsDevicePinsAndConnections() throws Exception {
    Lab.Pod passing = lab.pod("p", lab.one, 304);
    AutoCloseable server = Net.server(passing, 8080);
    assertThat(Net.greeting(Net.of(a), passing.address(), 8080)).startsWith("p ");
    String device = passing.attachment().hostInterface();
    lab.one.in(
        () -> {
          lab.one.datapath.detach("id-p", "eth0");
          lab.one.datapath.detach("id-p", "eth0");
          return true;
        });
    server.close();
    assertThat(lab.one.in(() -> IpCommand.run("link", "show"))).doesNotContain(device);
    try (Stream<Path> pins = Files.list(lab.one.options.pinPath().resolve("v2/links"))) {
      assertThat(pins).noneMatch(pin -> pin.getFileName().toString().startsWith(device));
    }
    assertThat(Net.greeting(Net.of(a), passing.address(), 8080)).isEqualTo("UNREACHABLE");
    lab.one.in(() -> lab.one.datapath.attach(passing.attachment()));
    try (AutoCloseable again = Net.server(passing, 8080)) {
      assertThat(again).isNotNull();
      assertThat(Net.greeting(Net.of(a), passing.address(), 8080)).startsWith("p ");
    }
  }

  @Test
  void countsWhatItDidAcrossRestarts() throws Exception {
    assertThat(Net.greeting(Net.of(a), b.address(), 8080)).startsWith("b ");
    long before = lab.one.datapath.stats().packets(Reason.NONE);
    assertThat(before).isPositive();
    lab.one.datapath.close();
    lab.one.reopen();
    await()
        .untilAsserted(
            () ->
                assertThat(lab.one.datapath.stats().packets(Reason.NONE))
                    .isGreaterThanOrEqualTo(before));
  }

  @Test
  void needsABpfFileSystem() {
    DatapathOptions elsewhere =
        new DatapathOptions(
            Path.of("/proc"),
            "eth0",
            lab.one.options.nodeAddress(),
            lab.one.options.podNetwork(),
            1450,
            DatapathOptions.ProxyPorts.DEFAULT,
            Optional.empty());
    assertThatThrownBy(() -> lab.one.in(() -> Datapath.open(elsewhere)))
        .isInstanceOf(DatapathException.class)
        .hasMessageContaining("mount -t bpf");
  }
}
