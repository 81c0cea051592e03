package dev.weft.flows;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.observe.RequestEnd;
import dev.weft.proxy.observe.Side;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutcomeTest {

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // status, grpc, reason, as client, as server, failure, denied
        "200, -1, -, '', '', false, false",
        "304, -1, -, '', '', false, false",
        "404, -1, -, 404, '', false, false",
        "403, -1, -, 403, '', false, false",
        "500, -1, -, 500, 500, true, false",
        "0, -1, -, no_response, no_response, true, false",
        "200, 0, -, '', '', false, false",
        "200, 5, -, NOT_FOUND, '', false, false",
        "200, 7, -, PERMISSION_DENIED, '', false, false",
        "200, 14, -, UNAVAILABLE, UNAVAILABLE, true, false",
        "200, 99, -, UNKNOWN, '', false, false",
        "503, -1, NO_HEALTHY_UPSTREAM, NO_HEALTHY_UPSTREAM, NO_HEALTHY_UPSTREAM, true, false",
        "403, -1, POLICY_DENIED, POLICY_DENIED, POLICY_DENIED, true, true",
        "200, 7, POLICY_DENIED, POLICY_DENIED, POLICY_DENIED, true, true",
        "302, -1, REDIRECT, '', '', false, false",
      })
  void classifies(
      int status,
      int grpc,
      @Nullable String reason,
      String asClient,
      String asServer,
      boolean failure,
      boolean denied) {
    RequestEnd end = new RequestEnd(0, status, grpc, null, 0, 0, 0, reason, null, false, false);
    assertThat(Outcome.errorType(Side.OUTBOUND, end)).isEqualTo(asClient);
    assertThat(Outcome.errorType(Side.GATEWAY, end)).isEqualTo(asServer);
    assertThat(Outcome.isFailure(end)).isEqualTo(failure);
    assertThat(Outcome.isDenied(end)).isEqualTo(denied);
  }
}
