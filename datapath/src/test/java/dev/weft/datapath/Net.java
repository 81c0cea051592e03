package dev.weft.datapath;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;

/** Servers and clients inside pods. */
final class Net {
  private static final int TIMEOUT_MILLIS = 1500;

  private Net() {}

  /** How a connection attempt ended. */
  enum Failure {
    RESET,
    TIMEOUT,
    UNREACHABLE
  }

  /** Makes sockets in a namespace. */
  interface Place {
    <T> T in(Callable<T> work) throws Exception;
  }

  static Place of(Lab.Pod pod) {
    return new Place() {
      @Override
      public <T> T in(Callable<T> work) throws Exception {
        return pod.in(work);
      }
    };
  }

  static Place of(Lab.Node node) {
    return new Place() {
      @Override
      public <T> T in(Callable<T> work) throws Exception {
        return node.in(work);
      }
    };
  }

  /** A server that greets with "name peer-address", then sends back what it gets. */
  static AutoCloseable server(Lab.Pod pod, int port) throws Exception {
    return server(pod.name(), of(pod), port);
  }

  static AutoCloseable server(String name, Place place, int port) throws Exception {
    ServerSocketChannel server =
        place.in(
            () ->
                ServerSocketChannel.open(StandardProtocolFamily.INET)
                    .bind(new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), port), 128));
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                while (true) {
                  SocketChannel client = server.accept();
                  Thread.ofVirtual().start(() -> serve(name, client));
                }
              } catch (AsynchronousCloseException e) {
                return;
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    return server;
  }

  private static void serve(String name, SocketChannel client) {
    try (client) {
      InetSocketAddress peer = (InetSocketAddress) client.getRemoteAddress();
      client.write(text(name + " " + peer.getAddress().getHostAddress() + "\n"));
      ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
      while (client.read(buffer.clear()) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          client.write(buffer);
        }
      }
    } catch (ClosedChannelException e) {
      return;
    } catch (IOException e) {
      // The client went away: a test may do that.
      return;
    }
  }

  private static ByteBuffer text(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** Opens a connection. */
  static SocketChannel connect(Place from, Ipv4 to, int port) throws Exception {
    SocketChannel channel = from.in(() -> SocketChannel.open(StandardProtocolFamily.INET));
    try {
      channel
          .socket()
          .connect(
              new InetSocketAddress(InetAddress.ofLiteral(to.toString()), port), TIMEOUT_MILLIS);
      channel.socket().setSoTimeout(TIMEOUT_MILLIS);
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** The greeting of the server that a connection reaches, or how the attempt failed. */
  static String greeting(Place from, Ipv4 to, int port) throws Exception {
    try (SocketChannel channel = connect(from, to, port)) {
      return line(channel);
    } catch (SocketTimeoutException e) {
      return Failure.TIMEOUT.name();
    } catch (NoRouteToHostException e) {
      return Failure.UNREACHABLE.name();
    } catch (ConnectException e) {
      return Failure.RESET.name();
    } catch (IOException e) {
      if (e.getMessage() != null && e.getMessage().contains("reset")) {
        return Failure.RESET.name();
      }
      if (e.getMessage() != null && e.getMessage().contains("unreachable")) {
        return Failure.UNREACHABLE.name();
      }
      throw e;
    }
  }

  /** The next line, by a read with a timeout. */
  static String line(SocketChannel channel) throws IOException {
    StringBuilder line = new StringBuilder();
    int next = channel.socket().getInputStream().read();
    while (next >= 0 && next != '\n') {
      line.append((char) next);
      next = channel.socket().getInputStream().read();
    }
    return line.toString();
  }

  /** Sends a line over a connection to an echo server; what came back. */
  static String echo(SocketChannel channel, String line) throws IOException {
    channel.write(text(line + "\n"));
    return line(channel);
  }

  /** A datagram server that answers "name peer-address". */
  static AutoCloseable datagrams(Lab.Pod pod, int port) throws Exception {
    return datagrams(pod.name(), of(pod), port);
  }

  /** A socket for datagrams of the namespace that the caller is in. */
  static DatagramChannel bound(String address, int port) throws IOException {
    return DatagramChannel.open(StandardProtocolFamily.INET)
        .bind(new InetSocketAddress(InetAddress.ofLiteral(address), port));
  }

  static AutoCloseable datagrams(String name, Place place, int port) throws Exception {
    DatagramChannel server = place.in(() -> bound("0.0.0.0", port));
    Thread.ofVirtual()
        .start(
            () -> {
              ByteBuffer buffer = ByteBuffer.allocate(2048);
              try {
                while (true) {
                  InetSocketAddress peer = (InetSocketAddress) server.receive(buffer.clear());
                  server.send(text(name + " " + peer.getAddress().getHostAddress()), peer);
                }
              } catch (AsynchronousCloseException e) {
                return;
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    return server;
  }

  /** Sends a datagram from a connected socket; the answer, or TIMEOUT. */
  static String ask(DatagramChannel channel) throws IOException {
    channel.write(text("?"));
    channel.socket().setSoTimeout(TIMEOUT_MILLIS);
    java.net.DatagramPacket answer = new java.net.DatagramPacket(new byte[256], 256);
    try {
      channel.socket().receive(answer);
    } catch (SocketTimeoutException e) {
      return Failure.TIMEOUT.name();
    }
    return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII);
  }

  static InetSocketAddress socketAddress(Ipv4 address, int port) throws IOException {
    return new InetSocketAddress(InetAddress.ofLiteral(address.toString()), port);
  }

  /** A connected datagram socket. */
  static DatagramChannel datagramClient(Place from, Ipv4 to, int port) throws Exception {
    return from.in(
        () ->
            DatagramChannel.open(StandardProtocolFamily.INET)
                .connect(new InetSocketAddress(InetAddress.ofLiteral(to.toString()), port)));
  }
}
