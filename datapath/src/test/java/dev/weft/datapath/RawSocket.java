package dev.weft.datapath;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;

/** Sockets with the options that the JDK has no name for. Blocking, with a receive timeout. */
@SuppressWarnings("restricted")
final class RawSocket implements AutoCloseable {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option CAPTURE = Linker.Option.captureCallState("errno");
  private static final VarHandle ERRNO =
      Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final ValueLayout.OfInt I = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong L = ValueLayout.JAVA_LONG;
  private static final ValueLayout P = ValueLayout.ADDRESS;
  private static final MethodHandle SOCKET = bind("socket", FunctionDescriptor.of(I, I, I, I));
  private static final MethodHandle OPTION =
      bind("setsockopt", FunctionDescriptor.of(I, I, I, I, P, I));
  private static final MethodHandle BIND = bind("bind", FunctionDescriptor.of(I, I, P, I));
  private static final MethodHandle LISTEN = bind("listen", FunctionDescriptor.of(I, I, I));
  private static final MethodHandle ACCEPT = bind("accept", FunctionDescriptor.of(I, I, P, P));
  private static final MethodHandle CONNECT = bind("connect", FunctionDescriptor.of(I, I, P, I));
  private static final MethodHandle LOCAL = bind("getsockname", FunctionDescriptor.of(I, I, P, P));
  private static final MethodHandle PEER = bind("getpeername", FunctionDescriptor.of(I, I, P, P));
  private static final MethodHandle RECEIVE = bind("recv", FunctionDescriptor.of(L, I, P, L, I));
  private static final MethodHandle SEND = bind("send", FunctionDescriptor.of(L, I, P, L, I));
  private static final MethodHandle CLOSE = bind("close", FunctionDescriptor.of(I, I));

  private static final int SOCK_STREAM = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOL_SOCKET = 1;
  private static final int SO_REUSEADDR = 2;
  private static final int SO_RCVTIMEO = 20;
  private static final int SO_SNDTIMEO = 21;
  private static final int SO_MARK = 36;
  private static final int SOL_IP = 0;
  private static final int IP_TRANSPARENT = 19;
  private static final int IP_BIND_ADDRESS_NO_PORT = 24;
  private static final int IP_LOCAL_PORT_RANGE = 51;
  private static final int MSG_NOSIGNAL = 0x4000;

  private final int fd;

  private RawSocket(int fd) {
    this.fd = fd;
  }

  private static MethodHandle bind(String name, FunctionDescriptor type) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type, CAPTURE);
  }

  /** A transparent listener on 127.0.0.1, as the proxy's. */
  static RawSocket listener(int port) throws IOException {
    RawSocket socket = open();
    socket.option(SOL_SOCKET, SO_REUSEADDR, 1);
    socket.bindTo(new Ipv4(0x7f000001), port);
    try (Arena arena = Arena.ofConfined()) {
      call("listen", LISTEN.invoke(arena.allocate(8), socket.fd, 64), arena);
      return socket;
    } catch (Throwable t) {
      throw failed(t);
    }
  }

  /** A connection as the proxy makes it: a pod's address, a port from 61000 on, a mark. */
  static RawSocket upstream(Ipv4 source, int mark, Ipv4 destination, int port) throws IOException {
    RawSocket socket = open();
    socket.option(SOL_SOCKET, SO_MARK, mark);
    socket.option(SOL_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    socket.option(SOL_IP, IP_LOCAL_PORT_RANGE, (65_535 << 16) | 61_000);
    socket.bindTo(source, 0);
    return socket.connect(destination, port);
  }

  /**
   * A socket for datagrams as the proxy makes it, connected.
   *
   * @param sourcePort 0: any
   * @param mark 0: none
   */
  static RawSocket datagrams(Ipv4 source, int sourcePort, int mark, Ipv4 destination, int port)
      throws IOException {
    RawSocket socket = open(SOCK_DGRAM);
    socket.option(SOL_SOCKET, SO_REUSEADDR, 1);
    socket.option(SOL_SOCKET, SO_MARK, mark);
    socket.bindTo(source, sourcePort);
    return socket.connect(destination, port);
  }

  private RawSocket connect(Ipv4 destination, int port) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(8);
      call("connect", CONNECT.invoke(errno, fd, address(arena, destination, port), 16), errno);
      return this;
    } catch (Throwable t) {
      close();
      throw failed(t);
    }
  }

  private static RawSocket open() throws IOException {
    return open(SOCK_STREAM);
  }

  private static RawSocket open(int type) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(8);
      RawSocket socket =
          new RawSocket((int) call("socket", SOCKET.invoke(errno, 2, type, 0), errno));
      socket.option(SOL_IP, IP_TRANSPARENT, 1);
      socket.timeout(SO_RCVTIMEO);
      socket.timeout(SO_SNDTIMEO);
      return socket;
    } catch (Throwable t) {
      throw failed(t);
    }
  }

  private void timeout(int name) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(8);
      MemorySegment value = arena.allocateFrom(L, 2L, 0L);
      call("setsockopt", OPTION.invoke(errno, fd, SOL_SOCKET, name, value, 16), errno);
    } catch (Throwable t) {
      throw failed(t);
    }
  }

  private void option(int level, int name, int value) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(8);
      call(
          "setsockopt",
          OPTION.invoke(errno, fd, level, name, arena.allocateFrom(I, value), 4),
          errno);
    } catch (Throwable t) {
      throw failed(t);
    }
  }

  private void bindTo(Ipv4 address, int port) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(8);
      call("bind", BIND.invoke(errno, fd, address(arena, address, port), 16), errno);
    } catch (Throwable t) {
      throw failed(t);
    }
  }

  /** The next connection; fails after two seconds without one. */
  RawSocket accept() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(8);
      return new RawSocket(
          (int)
              call(
                  "accept",
                  ACCEPT.invoke(errno, fd, MemorySegment.NULL, MemorySegment.NULL),
                  errno));
    } catch (Throwable t) {
      throw failed(t);
    }
  }

  /** "address:port" of this side; for a redirected connection its original destination. */
  String local() throws IOException {
    return name(LOCAL);
  }

  /** "address:port" of the other side. */
  String peer() throws IOException {
    return name(PEER);
  }

  private String name(MethodHandle which) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(8);
      MemorySegment address = arena.allocate(16, 8);
      call("getname", which.invoke(errno, fd, address, arena.allocateFrom(I, 16)), errno);
      byte[] bytes = address.asSlice(4, 4).toArray(ValueLayout.JAVA_BYTE);
      int port =
          ((address.get(ValueLayout.JAVA_BYTE, 2) & 0xff) << 8)
              | (address.get(ValueLayout.JAVA_BYTE, 3) & 0xff);
      return Ipv4.of(bytes) + ":" + port;
    } catch (Throwable t) {
      throw failed(t);
    }
  }

  void send(String text) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(8);
      byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
      call(
          "send",
          SEND.invoke(
              errno,
              fd,
              arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes),
              (long) bytes.length,
              MSG_NOSIGNAL),
          errno);
    } catch (Throwable t) {
      throw failed(t);
    }
  }

  /** One packet's worth of text. */
  String receive() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(8);
      MemorySegment buffer = arena.allocate(4096);
      long length = call("recv", RECEIVE.invoke(errno, fd, buffer, 4095L, 0), errno);
      return new String(
          buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII);
    } catch (Throwable t) {
      throw failed(t);
    }
  }

  private static MemorySegment address(Arena arena, Ipv4 address, int port) {
    MemorySegment segment = arena.allocate(16, 8);
    segment.set(ValueLayout.JAVA_SHORT, 0, (short) 2);
    segment.set(ValueLayout.JAVA_BYTE, 2, (byte) (port >>> 8));
    segment.set(ValueLayout.JAVA_BYTE, 3, (byte) port);
    MemorySegment.copy(address.toBytes(), 0, segment, ValueLayout.JAVA_BYTE, 4, 4);
    return segment;
  }

  private static long call(String what, Object result, Object errno) throws IOException {
    long value = ((Number) result).longValue();
    if (value < 0) {
      int error = errno instanceof MemorySegment segment ? (int) ERRNO.get(segment, 0L) : 0;
      throw new IOException(what + " failed with errno " + error);
    }
    return value;
  }

  private static IOException failed(Throwable t) {
    return t instanceof IOException e ? e : new IOException(t);
  }

  @Override
  public void close() {
    try (Arena arena = Arena.ofConfined()) {
      int result = (int) CLOSE.invoke(arena.allocate(8), fd);
      if (result < 0) {
        throw new IllegalStateException("close failed");
      }
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }
}
