package dev.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LocalReplyTest {

  @ParameterizedTest
  @CsvSource({
    "application/grpc,              true",
    "application/grpc+proto,        true",
    "application/grpc;charset=x,    true",
    "application/grpc-web,          true",
    "Application/GRPC,              true",
    "application/grpcx,             false",
    "application/json,              false",
    "application/grp,               false",
  })
  void knowsGrpc(String type, boolean expected) {
    assertThat(LocalReply.isGrpc(type)).isEqualTo(expected);
  }

  @Test
  void speaksToBothKindsOfClients() {
    assertThat(LocalReply.NO_ROUTE.status()).isEqualTo(404);
    assertThat(LocalReply.NO_ROUTE.grpcStatus()).isEqualTo(12);
    LocalReply invalid = LocalReply.invalidBackend("50% of é");
    assertThat(invalid.status()).isEqualTo(500);
    assertThat(invalid.grpcStatus()).isEqualTo(14);
    assertThat(invalid.grpcMessage()).isEqualTo("50%25 of %C3%A9");
  }
}
