package dev.weft.proxy;

import dev.weft.proxy.http.Failure;
import dev.weft.proxy.http.Names;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.routing.LocalReply;
import dev.weft.routing.Plan;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;

/** Answers that the proxy makes itself. Pure. */
final class Replies {
  private Replies() {}

  /** For HTTP clients: a status and a line of text. */
  static ResponseHead http(LocalReply reply) {
    ResponseHead head = ResponseHead.of(reply.status());
    head.set(Names.CONTENT_TYPE, "text/plain; charset=utf-8");
    head.set(Names.CONTENT_LENGTH, Integer.toString(ByteBufUtil.utf8Bytes(reply.message()) + 1));
    return head;
  }

  /** The line of text. */
  static ByteBuf text(LocalReply reply) {
    return ByteBufUtil.writeUtf8(UnpooledByteBufAllocator.DEFAULT, reply.message() + "\n");
  }

  /** For gRPC clients: only trailers, in the place of the head. */
  static ResponseHead grpc(LocalReply reply) {
    ResponseHead head = ResponseHead.of(200);
    head.set(Names.CONTENT_TYPE, "application/grpc");
    head.set(Names.GRPC_STATUS, Integer.toString(reply.grpcStatus()));
    head.set(Names.GRPC_MESSAGE, reply.grpcMessage());
    return head;
  }

  /** What a rule answers itself. */
  static ResponseHead of(Plan.Answer answer) {
    ResponseHead head = ResponseHead.of(answer.status());
    if (answer.location() != null) {
      head.set(Names.LOCATION, answer.location());
    }
    answer.response().apply(new ResponseSink(head));
    return head;
  }

  /** What a client hears of an attempt that failed for good. */
  static LocalReply of(Failure failure) {
    return switch (failure) {
      case CONNECT, CONNECT_TIMEOUT -> LocalReply.CONNECT_FAILED;
      case UNTRUSTED -> UNTRUSTED;
      case REFUSED, STALE, RESET -> LocalReply.UPSTREAM_RESET;
      case MALFORMED -> MALFORMED;
      case TIMEOUT -> LocalReply.BACKEND_TIMEOUT;
    };
  }

  /** The number of a {@code grpc-status} field; 2 (UNKNOWN) if it is none. */
  static int grpcStatus(String value) {
    if (value.isEmpty() || value.length() > 2) {
      return 2;
    }
    int status = 0;
    for (int i = 0; i < value.length(); i++) {
      int digit = value.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return 2;
      }
      status = status * 10 + digit;
    }
    return status;
  }

  private static final LocalReply UNTRUSTED =
      new LocalReply(503, 14, "UNTRUSTED_PEER", "the endpoint could not prove who it is");
  private static final LocalReply MALFORMED =
      new LocalReply(502, 14, "UPSTREAM_MALFORMED", "the endpoint's answer was not understood");
}
