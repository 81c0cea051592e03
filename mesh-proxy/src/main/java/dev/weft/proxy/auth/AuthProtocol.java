package dev.weft.proxy.auth;

import dev.weft.routing.AppProtocol;
import dev.weft.routing.ExternalAuth;
import dev.weft.routing.ServiceKey;

/** How an external authorization is asked, and how its answer is read. Pure. */
public sealed interface AuthProtocol permits GrpcAuth, HttpAuth {

  /** The one that is asked for. */
  static AuthProtocol of(ExternalAuth.Protocol protocol) {
    return switch (protocol) {
      case ExternalAuth.Protocol.Grpc grpc -> new GrpcAuth(grpc);
      case ExternalAuth.Protocol.Http http -> new HttpAuth(http);
    };
  }

  /** Whether the Service is spoken to by HTTP/2. */
  boolean http2(AppProtocol service);

  /** What is sent. */
  AuthQuestion question(AuthQuestion.About about, ServiceKey service);

  /** What an answer means; nothing of it is believed before it has been looked at. */
  AuthVerdict verdict(AuthAnswer answer);
}
