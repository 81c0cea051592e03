package dev.weft.cli.fleet;

import io.grpc.CallCredentials;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Nodes of a mesh as far as the control plane can see: each with a connection, a token and a
 * configuration stream of its own. Sends nothing but acknowledgements.
 */
public final class Fleet implements AutoCloseable {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  /** The first update carries everything. */
  private static final int MAX_MESSAGE = 64 << 20;

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final List<FleetNode> nodes = new ArrayList<>();
  private final FleetCounts counts;

  private Fleet(FleetCounts counts) {
    this.counts = counts;
  }

  /**
   * Connects a fleet.
   *
   * @param trust PEM of the control plane's root
   * @param tokens folder with a file for each node, named like it
   * @param names of the nodes
   * @param clock monotonic, nanoseconds
   * @param report gets events: complete, arrived, lost; from any thread
   * @throws IOException if a file cannot be read
   */
  public static Fleet connect(
      InetSocketAddress controlPlane,
      Path trust,
      Path tokens,
      List<String> names,
      LongSupplier clock,
      Consumer<Map<String, Object>> report)
      throws IOException {
    Fleet fleet = new Fleet(new FleetCounts(names.size(), clock, report));
    try {
      SslContext tls = GrpcSslContexts.forClient().trustManager(trust.toFile()).build();
      for (String name : names) {
        String token = Files.readString(tokens.resolve(name)).strip();
        fleet.nodes.add(new FleetNode(name, fleet.channel(controlPlane, tls, token), fleet.counts));
      }
    } catch (IOException e) {
      fleet.close();
      throw e;
    }
    fleet.nodes.forEach(FleetNode::start);
    return fleet;
  }

  /** Sums since the start: complete, lost, updates, resources, bytes. Any thread. */
  public Map<String, Object> sums() {
    return counts.sums();
  }

  private ManagedChannel channel(InetSocketAddress controlPlane, SslContext tls, String token) {
    return NettyChannelBuilder.forAddress(controlPlane)
        .sslContext(tls)
        .eventLoopGroup(loops)
        .channelType(EpollSocketChannel.class)
        .directExecutor()
        .maxInboundMessageSize(MAX_MESSAGE)
        .intercept(new Bearer(token))
        .build();
  }

  @Override
  public void close() {
    nodes.forEach(FleetNode::close);
    loops.shutdownGracefully();
  }

  private record Bearer(String token) implements ClientInterceptor {
    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(
        MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
      return next.newCall(method, options.withCallCredentials(new Credentials(token)));
    }
  }

  private static final class Credentials extends CallCredentials {
    private final String token;

    Credentials(String token) {
      this.token = token;
    }

    @Override
    public void applyRequestMetadata(RequestInfo info, Executor executor, MetadataApplier applier) {
      Metadata headers = new Metadata();
      headers.put(AUTHORIZATION, "Bearer " + token);
      applier.apply(headers);
    }
  }
}
