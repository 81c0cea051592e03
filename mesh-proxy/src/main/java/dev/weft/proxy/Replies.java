package dev.weft.proxy;

import dev.weft.proxy.auth.AuthFields;
import dev.weft.proxy.auth.AuthVerdict;
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
    return grpc(reply.grpcStatus(), reply.grpcMessage());
  }

  private static ResponseHead grpc(int status, String message) {
    ResponseHead head = ResponseHead.of(200);
    head.set(Names.CONTENT_TYPE, "application/grpc");
    head.set(Names.GRPC_STATUS, Integer.toString(status));
    head.set(Names.GRPC_MESSAGE, message);
    return head;
  }

  /** What a rule answers itself. */
  static ResponseHead of(Plan.Answer answer) {
    ResponseHead head = ResponseHead.of(answer.status());
    if (answer.location() != null) {
      head.set(Names.LOCATION, answer.location());
    }
    answer.response().apply(new HeadSink(head));
    return head;
  }

  /** What an external authorization answers a gRPC client: its fields and only trailers. */
  static ResponseHead grpc(AuthVerdict.Deny deny) {
    ResponseHead head = grpc(grpcStatusOf(deny.status()), LocalReply.AUTH_DENIED.grpcMessage());
    for (AuthVerdict.Field field : deny.fields()) {
      if (!AuthFields.ofBody(field.name()) && !field.name().startsWith("grpc-")) {
        head.add(field.name(), field.value());
      }
    }
    return head;
  }

  /** What it answers any other client. */
  static ResponseHead of(AuthVerdict.Deny deny, int length) {
    ResponseHead head = ResponseHead.of(deny.status());
    deny.fields().forEach(field -> head.add(field.name(), field.value()));
    if (length > 0) {
      head.set(Names.CONTENT_LENGTH, Integer.toString(length));
    }
    return head;
  }

  /** Whether an answer never has a body (RFC 9110 §6.4.1). */
  static boolean bodiless(int status) {
    return status == 204 || status == 205 || status == 304;
  }

  /** gRPC, "HTTP to gRPC Status Code Mapping". */
  static int grpcStatusOf(int status) {
    return switch (status) {
      case 400 -> 13;
      case 401 -> 16;
      case 403 -> 7;
      case 404 -> 12;
      case 429, 502, 503, 504 -> 14;
      default -> 2;
    };
  }

  /** What a client hears of an attempt that failed for good. */
  static LocalReply of(Failure failure) {
    return switch (failure) {
      case CONNECT, CONNECT_TIMEOUT -> LocalReply.CONNECT_FAILED;
      case UNTRUSTED -> LocalReply.UNTRUSTED_PEER;
      case REFUSED, STALE, RESET -> LocalReply.UPSTREAM_RESET;
      case MALFORMED -> LocalReply.UPSTREAM_MALFORMED;
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
}
