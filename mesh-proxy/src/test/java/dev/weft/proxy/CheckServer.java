package dev.weft.proxy;

import dev.weft.api.extauth.AuthorizationGrpc;
import dev.weft.api.extauth.CheckRequest;
import dev.weft.api.extauth.CheckResponse;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** A real ext_authz server, which remembers what it was asked. */
final class CheckServer implements AutoCloseable {
  final List<CheckRequest> asked = new CopyOnWriteArrayList<>();
  private final Server server;

  /** Answers with what the function gives. */
  static CheckServer answering(Function<CheckRequest, CheckResponse> answer) throws IOException {
    return new CheckServer(request -> Optional.of(answer.apply(request)));
  }

  /** Never answers. */
  static CheckServer silent() throws IOException {
    return new CheckServer(_ -> Optional.empty());
  }

  private CheckServer(Function<CheckRequest, Optional<CheckResponse>> answer) throws IOException {
    server =
        NettyServerBuilder.forAddress(Meshes.at("127.0.0.1", 0))
            .addService(
                new AuthorizationGrpc.AuthorizationImplBase() {
                  @Override
                  public void check(CheckRequest request, StreamObserver<CheckResponse> to) {
                    asked.add(request);
                    answer
                        .apply(request)
                        .ifPresent(
                            response -> {
                              to.onNext(response);
                              to.onCompleted();
                            });
                  }
                })
            .build()
            .start();
  }

  InetSocketAddress address() {
    return Meshes.at("127.0.0.1", server.getPort());
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
