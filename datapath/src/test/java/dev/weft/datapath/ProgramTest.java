package dev.weft.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.datapath.DatapathState.Backend;
import dev.weft.datapath.DatapathState.LocalPod;
import dev.weft.datapath.DatapathState.Mesh;
import dev.weft.datapath.DatapathState.Protocol;
import dev.weft.datapath.DatapathState.ServicePort;
import dev.weft.datapath.DatapathState.ServiceTarget;
import dev.weft.datapath.bpf.BpfCollection;
import dev.weft.datapath.bpf.BpfProgram;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Single packets through single programs: BPF_PROG_TEST_RUN, on the loopback device. */
@Tag("netns")
class ProgramTest {
  private static final int LOOPBACK = 1;
  private static final int OVERLAY = 99;
  private static final int PASS = 0;
  private static final int DROP = 2;
  private static final int REDIRECT = 7;
  private static final Ipv4 POD = Ipv4.parse("10.244.1.5");
  private static final Ipv4 PEER = Ipv4.parse("10.244.2.9");
  private static final Ipv4 NODE = Ipv4.parse("172.31.0.11");
  private static final Ipv4 OTHER_NODE = Ipv4.parse("172.31.0.12");

  /** A Gateway's address where the programs forward. */
  private static final Ipv4 FORWARDED = Ipv4.parse("192.0.2.82");

  private static final int SYN = 2;
  private static final int ACK = 16;
  private static final int RST = 4;

  private static BpfCollection programs;

  @BeforeAll
  static void load() throws Exception {
    ByteBuffer settings = ByteBuffer.allocate(40).order(ByteOrder.nativeOrder());
    settings.put(NODE.toBytes()).put(PodAttachment.GATEWAY.toBytes()).putInt(OVERLAY).putInt(0);
    settings.putShort((short) 15001).putShort((short) 15006).putShort((short) 15008);
    try (InputStream in = Datapath.class.getResourceAsStream("weft.bpf.o")) {
      assertThat(in).isNotNull();
      programs = BpfCollection.load(in.readAllBytes(), settings.array(), Map.of());
    }
    DatapathOptions options =
        new DatapathOptions(
            Path.of("/unused"),
            "lo",
            NODE,
            Prefix.parse("10.244.1.0/24"),
            1450,
            DatapathOptions.ProxyPorts.DEFAULT,
            Optional.empty());
    DatapathState state =
        new DatapathState(
            Map.of(POD, new LocalPod(300, Mesh.NONE, Set.of())),
            Map.of(Prefix.host(PEER), new DatapathState.Peer(301, Mesh.NONE)),
            Set.of(new DatapathState.RemoteNode(OTHER_NODE, Prefix.parse("10.244.2.0/24"))),
            Map.of(
                new ServicePort(FORWARDED, 80, Protocol.TCP),
                ServiceTarget.ofUplink(List.of(new Backend(PEER, 8080)))),
            Set.of(FORWARDED),
            Map.of());
    AttachedPod attached = new AttachedPod("c", "eth0", POD, "lo", LOOPBACK);
    new Maps(programs).apply(MapContents.of(state, List.of(attached), options), state);
  }

  @AfterAll
  static void unload() {
    programs.close();
  }

  private static BpfProgram.Run fromPod(byte[] packet, int mark) {
    return programs.program("from_pod").run(packet, LOOPBACK, mark);
  }

  private static byte[] tcp(Ipv4 source, Ipv4 destination, int flags) {
    return new Packet(Mac.ofPod(POD), source, destination).tcp(41_000, 80, flags);
  }

  @ParameterizedTest
  @CsvSource({"from_pod", "to_pod", "from_overlay", "to_overlay", "from_device"})
  void theVerifierHasRoomLeft(String name) {
    int instructions = programs.program(name).verifiedInstructions();
    System.out.println(name + ": " + instructions + " instructions verified");
    assertThat(instructions).isBetween(1, 100_000);
  }

  @Test
  void sendsToAnotherNode() {
    BpfProgram.Run run = fromPod(tcp(POD, PEER, SYN), 0);
    assertThat(run.verdict()).isEqualTo(REDIRECT);
    byte[] mac = new byte[6];
    run.packet().get(mac);
    assertThat(mac).isEqualTo(Mac.ofOverlay(OTHER_NODE).toBytes());
  }

  /** A pod may write any port into its datagrams, and every sweep of connections reads them. */
  @Test
  void forgetsADatagramFromPort0ToPort0AsAnyOther() {
    byte[] packet = new Packet(Mac.ofPod(POD), POD, PEER).udp(0, 0);
    assertThat(fromPod(packet, 0).verdict()).isEqualTo(REDIRECT);
    assertThat(datagramsTo(PEER)).isPositive();
    new Connections(programs).forget(PEER);
    assertThat(datagramsTo(PEER)).isZero();
  }

  private static long datagramsTo(Ipv4 address) {
    return programs.map("other_connections").keys().stream()
        .map(Entries.Tuple.CODEC::fromBytes)
        .filter(tuple -> tuple.destination().equals(address) && tuple.destinationPort() == 0)
        .count();
  }

  @Test
  void leavesTheWorldToTheStack() {
    assertThat(fromPod(tcp(POD, Ipv4.parse("192.0.2.1"), SYN), 0).verdict()).isEqualTo(PASS);
  }

  @Test
  void dropsForeignSources() {
    assertThat(fromPod(tcp(PEER, POD, SYN), 0).verdict()).isEqualTo(DROP);
    byte[] foreignMac =
        new Packet(Mac.ofPod(PEER), POD, Ipv4.parse("192.0.2.1")).tcp(41_000, 80, SYN);
    assertThat(fromPod(foreignMac, 0).verdict()).isEqualTo(DROP);
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1", "0.0.0.1", "224.0.0.1", "255.255.255.255"})
  void dropsDestinationsThatAreNeverRouted(String destination) {
    assertThat(fromPod(tcp(POD, Ipv4.parse(destination), SYN), 0).verdict()).isEqualTo(DROP);
  }

  @ParameterizedTest
  @CsvSource({"15001", "15006", "15008"})
  void keepsPodsFromTheProxysOwnDoors(int port) {
    byte[] packet = new Packet(Mac.ofPod(POD), POD, NODE).tcp(41_000, port, SYN);
    assertThat(fromPod(packet, 0).verdict()).isEqualTo(DROP);
  }

  @ParameterizedTest
  @CsvSource({"172.31.0.11,8472,2", "172.31.0.12,8472,2", "172.31.0.12,53,0", "192.0.2.1,8472,0"})
  void keepsPodsFromMakingFramesOfTheOverlay(String destination, int port, int verdict) {
    byte[] packet = new Packet(Mac.ofPod(POD), POD, Ipv4.parse(destination)).udp(41_000, port);
    assertThat(fromPod(packet, 0).verdict()).isEqualTo(verdict);
  }

  @Test
  void aStrictPodWaitsForWhoIsNotKnownYet() {
    TypedMap<Ipv4, Entries.Pod> pods =
        new TypedMap<>(programs.map("pods"), Codec.ADDRESS, Entries.Pod.CODEC);
    Entries.Pod pod = Objects.requireNonNull(pods.content().get(POD));
    Ipv4 nobody = Ipv4.parse("10.244.2.10");
    try {
      pods.put(
          POD,
          new Entries.Pod(
              pod.device(), pod.identity(), Entries.FLAG_MESH | Entries.FLAG_STRICT, pod.mac()));
      assertThat(fromPod(tcp(POD, nobody, SYN), 0).verdict()).isEqualTo(DROP);
      assertThat(fromPod(tcp(POD, PEER, SYN), 0).verdict())
          .as("known, and outside of the mesh")
          .isEqualTo(REDIRECT);
    } finally {
      pods.put(POD, pod);
    }
    assertThat(fromPod(tcp(POD, nobody, SYN), 0).verdict()).isEqualTo(REDIRECT);
  }

  @Test
  void dropsFragmentsOptionsAndTruncatedHeaders() {
    byte[] fragment = tcp(POD, PEER, SYN);
    fragment[20] = 0x20;
    assertThat(fromPod(fragment, 0).verdict()).isEqualTo(DROP);
    byte[] later = tcp(POD, PEER, SYN);
    later[21] = 8;
    assertThat(fromPod(later, 0).verdict()).isEqualTo(DROP);
    byte[] options = tcp(POD, PEER, SYN);
    options[14] = 0x46;
    assertThat(fromPod(options, 0).verdict()).isEqualTo(DROP);
    byte[] truncated = Arrays.copyOf(tcp(POD, PEER, SYN), 14 + 20 + 6);
    assertThat(fromPod(truncated, 0).verdict()).isEqualTo(DROP);
  }

  @Test
  void dropsOtherProtocolsButArp() {
    byte[] ipv6 = tcp(POD, PEER, SYN);
    ipv6[12] = (byte) 0x86;
    ipv6[13] = (byte) 0xdd;
    assertThat(fromPod(ipv6, 0).verdict()).isEqualTo(DROP);
    byte[] arp = tcp(POD, PEER, SYN);
    arp[12] = 0x08;
    arp[13] = 0x06;
    assertThat(fromPod(arp, 0).verdict()).isEqualTo(PASS);
  }

  @Test
  void answersALateSegmentWithAReset() {
    byte[] segment = new Packet(Mac.ofPod(POD), POD, POD).tcp(80, 61_005, ACK);
    BpfProgram.Run run = fromPod(segment, 0);
    assertThat(run.verdict()).isEqualTo(REDIRECT);
    Packet.assertReset(run.packet(), RST, Packet.ACKNOWLEDGED, 0);
  }

  private static void gateway(Ipv4 gateway, Ipv4 former) {
    TypedMap<Prefix, Entries.PeerEntry> prefixes =
        new TypedMap<>(programs.map("prefixes"), Entries.PREFIX, Entries.PeerEntry.CODEC);
    prefixes.put(Prefix.host(gateway), new Entries.PeerEntry(2, Entries.FLAG_GATEWAY, former));
  }

  /** From outside, for a Gateway that the other node answered for before. */
  private static BpfProgram.Run fromDevice(int flags, int ttl) {
    Ipv4 gateway = Ipv4.parse("192.0.2.81");
    gateway(gateway, OTHER_NODE);
    Packet packet = new Packet(Mac.ofPod(POD), Ipv4.parse("198.51.100.1"), gateway);
    return programs.program("from_device").run(packet.tcp(41_000, 80, flags, ttl), LOOPBACK, 0);
  }

  @Test
  void handsOnASegmentOfAConnectionThatItDoesNotKnow() {
    BpfProgram.Run run = fromDevice(ACK, 64);
    assertThat(run.verdict()).isEqualTo(REDIRECT);
    assertThat(run.packet().get(14 + 8)).as("life left").isEqualTo((byte) 1);
    assertThat(run.packet().get(34 + 13)).isEqualTo((byte) ACK);
    Packet.assertHeaderChecksum(run.packet());
  }

  @Test
  void handsNothingOnTwice() {
    Packet.assertReset(fromDevice(ACK, 1).packet(), RST, Packet.ACKNOWLEDGED, 0);
  }

  @Test
  void handsNoNewConnectionOn() {
    Packet.assertReset(fromDevice(SYN, 64).packet(), RST | ACK, 0, Packet.SEQUENCE + 1);
  }

  @Test
  void aSegmentThatFindsItsConnectionHereHasALifeAgain() {
    Packet packet = new Packet(Mac.ofPod(POD), Ipv4.parse("198.51.100.2"), FORWARDED);
    BpfProgram program = programs.program("from_device");
    assertThat(program.run(packet.tcp(41_000, 80, SYN), LOOPBACK, 0).verdict()).isEqualTo(REDIRECT);
    ByteBuffer sent = program.run(packet.tcp(41_000, 80, ACK, 1), LOOPBACK, 0).packet();
    assertThat(sent.get(14 + 8)).as("life left").isEqualTo((byte) 64);
    assertThat(sent.getInt(14 + 16)).isEqualTo(PEER.bits());
    Packet.assertHeaderChecksum(sent);
  }

  @Test
  void answersASynForTheAbsentProxyWithAReset() {
    Ipv4 gateway = Ipv4.parse("192.0.2.80");
    gateway(gateway, Entries.PeerEntry.NO_NODE);
    BpfProgram.Run run = fromPod(tcp(POD, gateway, SYN), 0);
    assertThat(run.verdict()).isEqualTo(REDIRECT);
    Packet.assertReset(run.packet(), RST | ACK, 0, Packet.SEQUENCE + 1);
  }

  @Test
  void limitsTheEventsOfDropsAndCountsTheRest() {
    DatapathStats before = Counters.read(programs.map("stats"));
    byte[] spoofed = tcp(PEER, POD, SYN);
    for (int i = 0; i < 5000; i++) {
      fromPod(spoofed, 0);
    }
    DatapathStats after = Counters.read(programs.map("stats"));
    assertThat(after.packets(FlowEvent.Reason.SPOOFED) - before.packets(FlowEvent.Reason.SPOOFED))
        .isEqualTo(5000);
    assertThat(after.limitedEvents()).isGreaterThan(before.limitedEvents());
  }

  @Test
  void countsEventsThatFindTheRingFull() {
    Packet packet = new Packet(Mac.ofPod(POD), POD, PEER);
    for (int port = 1; port <= 25_000; port++) {
      fromPod(packet.tcp(port, 80, SYN), 0);
    }
    assertThat(Counters.read(programs.map("stats")).lostEvents()).isPositive();
  }

  @Test
  void neverAnswersAReset() {
    byte[] segment = new Packet(Mac.ofPod(POD), POD, POD).tcp(80, 61_005, RST | ACK);
    assertThat(fromPod(segment, 0).verdict()).isEqualTo(DROP);
  }
}
