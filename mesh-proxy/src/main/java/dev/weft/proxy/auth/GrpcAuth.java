package dev.weft.proxy.auth;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.weft.api.extauth.Address;
import dev.weft.api.extauth.AttributeContext;
import dev.weft.api.extauth.CheckRequest;
import dev.weft.api.extauth.CheckResponse;
import dev.weft.api.extauth.SocketAddress;
import dev.weft.proxy.http.Names;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.Trailers;
import dev.weft.proxy.observe.Peer;
import dev.weft.routing.AppProtocol;
import dev.weft.routing.ExternalAuth;
import dev.weft.routing.Ipv4;
import dev.weft.routing.LocalReply;
import dev.weft.routing.ServiceKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Asks by Envoy's ext_authz protocol, version 3 (envoy.service.auth.v3.Authorization). Pure. */
record GrpcAuth(ExternalAuth.Protocol.Grpc with) implements AuthProtocol {
  private static final String METHOD = "/envoy.service.auth.v3.Authorization/Check";

  /** A byte for compression, four for the length (gRPC over HTTP/2). */
  private static final int PREFIX = 5;

  private static final int OK = 200;

  @Override
  public boolean http2(AppProtocol service) {
    return true;
  }

  @Override
  public AuthQuestion question(AuthQuestion.About about, ServiceKey service) {
    String authority = service.name() + "." + service.namespace() + ":" + service.port();
    RequestHead head = RequestHead.of("POST", authority, METHOD);
    head.set(Names.CONTENT_TYPE, "application/grpc");
    head.set(Names.TE, "trailers");
    String trace = about.head().get(Names.TRACEPARENT);
    if (trace != null) {
      head.set(Names.TRACEPARENT, trace);
    }
    byte[] message = request(about).toByteArray();
    byte[] framed = new byte[PREFIX + message.length];
    ByteBuffer.wrap(framed).put((byte) 0).putInt(message.length).put(message);
    return new AuthQuestion(head, ByteString.copyFrom(framed));
  }

  private CheckRequest request(AuthQuestion.About about) {
    AuthQuestion.Ends ends = about.ends();
    AttributeContext.Builder attributes =
        AttributeContext.newBuilder()
            .setSource(source(ends.client()))
            .setDestination(
                AttributeContext.Peer.newBuilder()
                    .setAddress(address(Ipv4.text(ends.destination()), about.facts().port()))
                    .setService(ends.service()))
            .setRequest(AttributeContext.Request.newBuilder().setHttp(http(about)));
    String sni = ends.sni();
    if (sni != null) {
      attributes.setTlsSession(AttributeContext.TlsSession.newBuilder().setSni(sni));
    }
    return CheckRequest.newBuilder().setAttributes(attributes).build();
  }

  private static AttributeContext.Peer.Builder source(Peer client) {
    return AttributeContext.Peer.newBuilder()
        .setAddress(address(client.address(), 0))
        .setService(client.workload())
        .setPrincipal(Objects.requireNonNullElse(client.spiffeId(), ""));
  }

  private static Address address(String ip, int port) {
    return Address.newBuilder()
        .setSocketAddress(SocketAddress.newBuilder().setAddress(ip).setPortValue(port))
        .build();
  }

  private AttributeContext.HttpRequest http(AuthQuestion.About about) {
    RequestHead head = about.head();
    ByteString body = about.body();
    AttributeContext.HttpRequest.Builder http =
        AttributeContext.HttpRequest.newBuilder()
            .setId(utf8(Objects.requireNonNullElse(head.get(Names.REQUEST_ID), "")))
            .setMethod(head.method())
            .putAllHeaders(headers(about))
            .setPath(about.facts().pathAndQuery())
            .setHost(about.authority())
            .setScheme(about.facts().scheme())
            .setSize(about.size())
            .setProtocol(head.http2Origin() ? "HTTP/2" : "HTTP/1.1");
    if (body.isValidUtf8()) {
      http.setBodyBytes(body);
    } else {
      http.setRawBody(body);
    }
    return http.build();
  }

  /** All of them include the pseudo-header fields, as Envoy's servers know them. */
  private Map<String, String> headers(AuthQuestion.About about) {
    RequestHead head = about.head();
    Map<String, String> out = new TreeMap<>();
    for (String name : head.names()) {
      if (!name.equals("host") && sent(name)) {
        out.put(name, utf8(String.join(name.equals("cookie") ? "; " : ",", head.all(name))));
      }
    }
    Map<String, String> pseudo =
        Map.of(
            ":authority", about.authority(),
            ":method", head.method(),
            ":path", about.facts().pathAndQuery(),
            ":scheme", about.facts().scheme());
    pseudo.forEach(
        (name, value) -> {
          if (sent(name)) {
            out.put(name, value);
          }
        });
    if (with.headers().contains("host")) {
      out.put("host", about.authority());
    }
    return out;
  }

  private boolean sent(String name) {
    return with.headers().isEmpty() || with.headers().contains(name);
  }

  /** A field's bytes as text: protobuf strings are UTF-8, fields need not be. */
  private static String utf8(String field) {
    ByteString bytes = ByteString.copyFrom(field, StandardCharsets.ISO_8859_1);
    return bytes.isValidUtf8() ? bytes.toStringUtf8() : field;
  }

  @Override
  public AuthVerdict verdict(AuthAnswer answer) {
    Trailers trailers = answer.trailers();
    String status =
        trailers == null ? answer.head().get(Names.GRPC_STATUS) : trailers.get(Names.GRPC_STATUS);
    String type = answer.head().get(Names.CONTENT_TYPE);
    boolean grpc = answer.head().status() == OK && type != null && LocalReply.isGrpc(type);
    if (!grpc || status == null) {
      return new AuthVerdict.Refuse(LocalReply.AUTH_MALFORMED);
    }
    if (!status.equals("0")) {
      return new AuthVerdict.Refuse(LocalReply.AUTH_UNAVAILABLE);
    }
    ByteString body = answer.body();
    if (body.size() < PREFIX
        || body.byteAt(0) != 0
        || body.substring(1, PREFIX).asReadOnlyByteBuffer().getInt() != body.size() - PREFIX) {
      return new AuthVerdict.Refuse(LocalReply.AUTH_MALFORMED);
    }
    try {
      return CheckVerdict.of(CheckResponse.parseFrom(body.substring(PREFIX)));
    } catch (InvalidProtocolBufferException e) {
      return new AuthVerdict.Refuse(LocalReply.AUTH_MALFORMED);
    }
  }
}
