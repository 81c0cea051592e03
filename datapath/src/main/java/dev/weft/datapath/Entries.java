package dev.weft.datapath;

import dev.weft.datapath.DatapathState.Backend;
import dev.weft.datapath.DatapathState.Mesh;
import dev.weft.datapath.DatapathState.Protocol;
import dev.weft.datapath.DatapathState.ServicePort;
import java.nio.ByteBuffer;

/** Keys and values of the maps: the structs of src/main/c/maps.h and conntrack.h. */
final class Entries {
  static final int FLAG_MESH = 1;
  static final int FLAG_STRICT = 2;
  static final int FLAG_GATEWAY = 4;
  static final int FLAG_L7_INBOUND = 8;
  static final int FLAG_SERVICE = 16;
  static final int FLAG_ANNOUNCED = 32;
  static final int SERVICE_L7 = 1;
  static final int SERVICE_AFFINITY = 2;
  static final int SERVICE_GUARDED = 4;
  static final int SERVICE_UPLINK = 8;
  static final int ISOLATED_INGRESS = 1;
  static final int ISOLATED_EGRESS = 2;

  private Entries() {}

  static int flags(Mesh mesh) {
    return switch (mesh) {
      case NONE -> 0;
      case PERMISSIVE -> FLAG_MESH;
      case STRICT -> FLAG_MESH | FLAG_STRICT;
    };
  }

  /** {@code struct pod}; the MAC follows from the key. */
  record Pod(int device, int identity, int flags, Mac mac) {
    static final Codec<Pod> CODEC =
        Codec.of(
            20,
            (pod, out) ->
                out.putInt(pod.device)
                    .putInt(pod.identity)
                    .putInt(pod.flags)
                    .put(pod.mac.toBytes())
                    .putShort((short) 0),
            in -> {
              int device = in.getInt();
              int identity = in.getInt();
              int flags = in.getInt();
              byte[] mac = new byte[6];
              in.get(mac).getShort();
              return new Pod(device, identity, flags, Mac.of(mac));
            });
  }

  /** {@code struct prefix_key}. */
  static final Codec<Prefix> PREFIX =
      Codec.of(
          8,
          (prefix, out) -> Codec.putAddress(out.putInt(prefix.length()), prefix.network()),
          in -> {
            int length = in.getInt();
            return new Prefix(Codec.getAddress(in), length);
          });

  /** {@code struct peer}; node 0.0.0.0: none. */
  record PeerEntry(int identity, int flags, Ipv4 node) {
    static final Ipv4 NO_NODE = new Ipv4(0);

    static final Codec<PeerEntry> CODEC =
        Codec.of(
            12,
            (peer, out) ->
                Codec.putAddress(out.putInt(peer.identity).putInt(peer.flags), peer.node),
            in -> new PeerEntry(in.getInt(), in.getInt(), Codec.getAddress(in)));
  }

  /** {@code struct service_key}. */
  static final Codec<ServicePort> SERVICE_PORT =
      Codec.of(
          8,
          (service, out) -> {
            Codec.putAddress(out, service.address());
            Codec.putPort(out, service.port());
            out.put((byte) service.protocol().number()).put((byte) 0);
          },
          in -> {
            Ipv4 address = Codec.getAddress(in);
            int port = Codec.getPort(in);
            Protocol protocol = in.get() == Protocol.TCP.number() ? Protocol.TCP : Protocol.UDP;
            in.get();
            return new ServicePort(address, port, protocol);
          });

  /** {@code struct service}. */
  record Service(int flags, int slots, long fingerprint) {
    static final Codec<Service> CODEC =
        Codec.of(
            16,
            (service, out) ->
                out.putInt(service.flags).putInt(service.slots).putLong(service.fingerprint),
            in -> new Service(in.getInt(), in.getInt(), in.getLong()));
  }

  /** {@code struct backend}. */
  static final Codec<Backend> BACKEND =
      Codec.of(
          8,
          (backend, out) -> {
            Codec.putAddress(out, backend.address());
            Codec.putPort(out, backend.port());
            out.putShort((short) 0);
          },
          in -> {
            Ipv4 address = Codec.getAddress(in);
            int port = Codec.getPort(in);
            in.getShort();
            return new Backend(address, port);
          });

  /**
   * {@code struct rule_key}.
   *
   * @param bits how many leading bits count: 72 any protocol, 80 any port, 81 to 96 a port range
   */
  record RuleKey(int bits, int identity, int peer, int direction, int protocol, int port) {
    static final int ANY_PROTOCOL = 72;
    static final int ANY_PORT = 80;
    static final int INGRESS = 0;
    static final int EGRESS = 1;
    static final int EGRESS_SOMEWHERE = 2;

    static final Codec<RuleKey> CODEC =
        Codec.of(
            16,
            (key, out) -> {
              out.putInt(key.bits).putInt(key.identity).putInt(key.peer);
              out.put((byte) key.direction).put((byte) key.protocol);
              Codec.putPort(out, key.port);
            },
            in ->
                new RuleKey(
                    in.getInt(),
                    in.getInt(),
                    in.getInt(),
                    in.get() & 0xff,
                    in.get() & 0xff,
                    Codec.getPort(in)));
  }

  /** {@code struct l7_key}; port 0: every port. */
  record L7Key(Ipv4 address, int port) {
    static final Codec<L7Key> CODEC =
        Codec.of(
            8,
            (key, out) -> {
              Codec.putAddress(out, key.address);
              Codec.putPort(out, key.port);
              out.putShort((short) 0);
            },
            in -> {
              L7Key key = new L7Key(Codec.getAddress(in), Codec.getPort(in));
              in.getShort();
              return key;
            });
  }

  /** {@code struct tuple}. */
  record Tuple(Ipv4 source, Ipv4 destination, int sourcePort, int destinationPort, int protocol) {
    static final Codec<Tuple> CODEC =
        Codec.of(
            16,
            (tuple, out) -> {
              Codec.putAddress(out, tuple.source);
              Codec.putAddress(out, tuple.destination);
              Codec.putPort(out, tuple.sourcePort);
              Codec.putPort(out, tuple.destinationPort);
              out.putInt(tuple.protocol);
            },
            in ->
                new Tuple(
                    Codec.getAddress(in),
                    Codec.getAddress(in),
                    Codec.getPort(in),
                    Codec.getPort(in),
                    in.get() & 0xff));
  }

  /** The part of {@code struct connection} that user space cares for: where the packets go. */
  record Connection(Target target, int flags) {
    static final int REPLY = 1;
    static final int NAT = 2;

    private static final int PORT_AT = 8;

    static Connection read(byte[] value) {
      ByteBuffer in = ByteBuffer.wrap(value);
      Ipv4 address = Codec.getAddress(in);
      int port = Codec.getPort(in.position(PORT_AT));
      return new Connection(new Target(address, port), in.get() & 0xff);
    }

    boolean translatesForward() {
      return (flags & (REPLY | NAT)) == NAT;
    }
  }

  /**
   * Where the packets of a connection go. Packets made it, and may have named any port, 0 as well.
   */
  record Target(Ipv4 address, int port) {
    static Target of(Backend backend) {
      return new Target(backend.address(), backend.port());
    }
  }
}
