package dev.weft.node;

import io.grpc.CallCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The node's connection to the control plane: TLS to its root, a bearer token on every call. */
final class ControlPlaneChannel {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  /** An update carries what changed; the first one everything: 5,000 routes are about 5 MB. */
  private static final int MAX_MESSAGE = 64 << 20;

  private ControlPlaneChannel() {}

  /**
   * Connects lazily, and after every failure again, to one of the replicas that there are then. The
   * trust file must exist; the token is read for each call.
   */
  @SuppressWarnings("deprecation") // The registry that replaces it is shared by the whole JVM.
  static ManagedChannel open(
      NodeOptions.ControlPlane controlPlane, Supplier<List<InetSocketAddress>> replicas) {
    try {
      return NettyChannelBuilder.forTarget(ReplicaResolver.SCHEME + ":///control-plane")
          .nameResolverFactory(new ReplicaResolver(replicas, controlPlane.name()))
          .sslContext(
              GrpcSslContexts.forClient().trustManager(controlPlane.trust().toFile()).build())
          .intercept(new TokenInterceptor(new Token(controlPlane.token())))
          .maxInboundMessageSize(MAX_MESSAGE)
          // Notices a control plane that vanished without a word within half a minute.
          .keepAliveTime(20, TimeUnit.SECONDS)
          .keepAliveTimeout(10, TimeUnit.SECONDS)
          .build();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot trust the control plane: " + controlPlane.trust() + " is not readable as PEM", e);
    }
  }

  private record TokenInterceptor(CallCredentials credentials)
      implements io.grpc.ClientInterceptor {
    @Override
    public <Q, A> io.grpc.ClientCall<Q, A> interceptCall(
        io.grpc.MethodDescriptor<Q, A> method, io.grpc.CallOptions options, io.grpc.Channel next) {
      return next.newCall(method, options.withCallCredentials(credentials));
    }
  }

  /** Reads the token anew for each call: it may be rotated under a running node. */
  private static final class Token extends CallCredentials {
    private final Path file;

    private Token(Path file) {
      this.file = file;
    }

    @Override
    public void applyRequestMetadata(RequestInfo info, Executor executor, MetadataApplier applier) {
      executor.execute(
          () -> {
            try {
              Metadata headers = new Metadata();
              headers.put(AUTHORIZATION, "Bearer " + Files.readString(file).strip());
              applier.apply(headers);
            } catch (IOException e) {
              applier.fail(
                  Status.UNAUTHENTICATED
                      .withDescription("cannot read this node's token at " + file)
                      .withCause(e));
            }
          });
    }
  }
}
