package dev.weft.controlplane;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;

/** Lets only nodes in, and says which one calls. */
final class NodeAuthentication implements ServerInterceptor {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final String SCHEME = "Bearer ";

  /** The calling node; set in every call that gets through. */
  static final Context.Key<String> NODE = Context.key("weft-node");

  private final NodeTokens tokens;

  NodeAuthentication(NodeTokens tokens) {
    this.tokens = tokens;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    String header = headers.get(AUTHORIZATION);
    String node =
        header != null && header.startsWith(SCHEME)
            ? tokens.node(header.substring(SCHEME.length()))
            : null;
    if (node == null) {
      call.close(
          Status.UNAUTHENTICATED.withDescription("send this node's bearer token"), new Metadata());
      return new ServerCall.Listener<>() {};
    }
    return Contexts.interceptCall(Context.current().withValue(NODE, node), call, headers, next);
  }
}
