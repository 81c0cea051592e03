package dev.weft.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.datapath.DatapathState.Backend;
import dev.weft.datapath.DatapathState.Protocol;
import dev.weft.datapath.DatapathState.ServicePort;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class CodecTest {
  private static final Ipv4 ADDRESS = Ipv4.parse("10.1.2.3");

  private static <T> void assertRoundTrip(Codec<T> codec, T value) {
    byte[] bytes = codec.toBytes(value);
    assertThat(bytes).hasSize(codec.size());
    assertThat(codec.fromBytes(bytes)).isEqualTo(value);
  }

  @Test
  void everyEntryReadsWhatItWrote() {
    assertRoundTrip(Codec.NUMBER, -7);
    assertRoundTrip(Codec.ADDRESS, ADDRESS);
    assertRoundTrip(Entries.PREFIX, Prefix.parse("10.1.0.0/16"));
    assertRoundTrip(Entries.Pod.CODEC, new Entries.Pod(7, 300, 3, Mac.ofPod(ADDRESS)));
    assertRoundTrip(Entries.PeerEntry.CODEC, new Entries.PeerEntry(300, 1, ADDRESS));
    assertRoundTrip(Entries.SERVICE_PORT, new ServicePort(ADDRESS, 65_535, Protocol.UDP));
    assertRoundTrip(Entries.Service.CODEC, new Entries.Service(1, 1021, -5L));
    assertRoundTrip(Entries.BACKEND, new Backend(ADDRESS, 40_000));
    assertRoundTrip(Entries.RuleKey.CODEC, new Entries.RuleKey(96, 1 << 24, 2, 1, 255, 65_535));
    assertRoundTrip(Entries.L7Key.CODEC, new Entries.L7Key(ADDRESS, 0));
    assertRoundTrip(Entries.Tuple.CODEC, new Entries.Tuple(ADDRESS, ADDRESS, 1, 65_535, 6));
  }

  @Test
  void addressesAndPortsTravelInNetworkOrder() {
    assertThat(Entries.BACKEND.toBytes(new Backend(ADDRESS, 0x1f90)))
        .containsExactly(10, 1, 2, 3, 0x1f, 0x90, 0, 0);
  }

  @Test
  void readsFlowEventsAsTheProgramsWriteThem() {
    ByteBuffer record = ByteBuffer.allocate(48).order(ByteOrder.nativeOrder());
    record.putLong(42).put(ADDRESS.toBytes()).put(new byte[] {10, 9, 9, 9}).putInt(0);
    record.put(new byte[] {(byte) 0xc0, 0, 0x1f, (byte) 0x90, 0, 0});
    record.put(new byte[] {6, 1, 2, 1, 2, 0}).putInt(300).putInt(301).putInt(9);
    FlowEvent event = FlowReader.decode(record.flip());
    assertThat(event)
        .isEqualTo(
            new FlowEvent(
                42,
                new FlowEvent.Party(ADDRESS, 0xc000, 300),
                new FlowEvent.Party(Ipv4.parse("10.9.9.9"), 8080, 301),
                null,
                6,
                FlowEvent.Verdict.DROPPED,
                FlowEvent.Reason.POLICY_DENIED,
                DatapathState.Direction.EGRESS,
                9,
                2));
  }

  /** A datagram from or to port 0 must not keep anybody from reading the connections. */
  @Test
  void aConnectionMayLeadToPortZero() {
    byte[] value = new byte[16];
    value[0] = 10;
    value[3] = 7;
    value[10] = Entries.Connection.NAT;
    Entries.Connection connection = Entries.Connection.read(value);

    assertThat(connection.target()).isEqualTo(new Entries.Target(Ipv4.parse("10.0.0.7"), 0));
    assertThat(connection.translatesForward()).isTrue();

    value[8] = (byte) 0x1f;
    value[9] = (byte) 0x90;
    assertThat(Entries.Connection.read(value).target().port()).isEqualTo(8080);
  }
}
