package dev.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.api.v1.Retry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryPolicyTest {
  private final RetryPolicy policy =
      RetryPolicy.of(
          Retry.newBuilder().setAttempts(3).addCodes(503).addCodes(500).setBackoffMs(100).build());

  @ParameterizedTest
  @CsvSource({
    "connect, POST,   true",
    "connect, GET,    true",
    "broken,  GET,    true",
    "broken,  HEAD,   true",
    "broken,  PUT,    true",
    "broken,  DELETE, true",
    "broken,  POST,   false",
    "broken,  PATCH,  false",
    "broken,  get,    false",
    "timeout, GET,    true",
    "timeout, POST,   false",
    "503,     POST,   true",
    "500,     GET,    true",
    "502,     GET,    false",
    "200,     GET,    false",
    "grpc14,  POST,   true",
    "grpc8,   POST,   false",
    "grpc4,   POST,   false",
    "grpc2,   POST,   false",
  })
  void retriesWhatIsSafeOrAskedFor(String failure, String method, boolean retried) {
    assertThat(policy.decide(failure(failure), method, 0, 0) instanceof RetryDecision.RetryAfter)
        .isEqualTo(retried);
    assertThat(RetryPolicy.NONE.decide(failure(failure), method, 0, 0))
        .isInstanceOf(RetryDecision.GiveUp.class);
  }

  private static AttemptFailure failure(String name) {
    if (name.startsWith("grpc")) {
      return new AttemptFailure.AnsweredGrpc(Integer.parseInt(name.substring(4)));
    }
    return switch (name) {
      case "connect" -> new AttemptFailure.NotProcessed();
      case "broken" -> new AttemptFailure.Broken();
      case "timeout" -> new AttemptFailure.TimedOut();
      default -> new AttemptFailure.Answered(Integer.parseInt(name));
    };
  }

  @Test
  void noAttemptsAreNoPolicy() {
    assertThat(RetryPolicy.of(Retry.newBuilder().addCodes(503).build())).isSameAs(RetryPolicy.NONE);
  }

  @Test
  void givesUpAfterTheLastAttempt() {
    assertThat(policy.decide(new AttemptFailure.NotProcessed(), "GET", 2, 0))
        .isInstanceOf(RetryDecision.RetryAfter.class);
    assertThat(policy.decide(new AttemptFailure.NotProcessed(), "GET", 3, 0))
        .isInstanceOf(RetryDecision.GiveUp.class);
  }

  @Test
  void waitsLongerEachTimeWithJitter() {
    assertThat(policy.decide(new AttemptFailure.Answered(503), "GET", 0, 0))
        .isEqualTo(new RetryDecision.RetryAfter(100));
    assertThat(policy.decide(new AttemptFailure.Answered(503), "GET", 0, 50))
        .isEqualTo(new RetryDecision.RetryAfter(150));
    assertThat(policy.decide(new AttemptFailure.Answered(503), "GET", 2, 0))
        .isEqualTo(new RetryDecision.RetryAfter(400));
    assertThat(policy.decide(new AttemptFailure.Answered(503), "GET", 2, -1))
        .isInstanceOfSatisfying(
            RetryDecision.RetryAfter.class,
            after -> assertThat(after.millis()).isBetween(400L, 600L));
  }

  @Test
  void refusesCodesThatAreNoFailures() {
    assertThatThrownBy(
            () -> RetryPolicy.of(Retry.newBuilder().setAttempts(1).addCodes(200).build()))
        .hasMessageContaining("200");
  }

  @Test
  void boundsTheWait() {
    RetryPolicy slow =
        RetryPolicy.of(Retry.newBuilder().setAttempts(100).setBackoffMs(Long.MAX_VALUE).build());

    assertThat(slow.decide(new AttemptFailure.NotProcessed(), "GET", 99, -1))
        .isInstanceOfSatisfying(
            RetryDecision.RetryAfter.class,
            after -> assertThat(after.millis()).isBetween(1L, 3_600_000L));
  }
}
