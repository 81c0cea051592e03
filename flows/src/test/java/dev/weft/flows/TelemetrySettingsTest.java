package dev.weft.flows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TelemetrySettingsTest {

  @ParameterizedTest
  @CsvSource({
    "172.31.0.1:4317, 172.31.0.1, 4317",
    "collector.observability.svc:4317, collector.observability.svc, 4317",
    "[fd00::1]:4317, [fd00::1], 4317",
  })
  void takesHostAndPort(String endpoint, String host, int port) {
    TelemetrySettings settings = new TelemetrySettings(endpoint, 0.5);
    assertThat(settings.exports()).isTrue();
    assertThat(settings.endpoint().getHost()).isEqualTo(host);
    assertThat(settings.endpoint().getPort()).isEqualTo(port);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "collector",
        ":4317",
        "collector:",
        "collector:0",
        "collector:65536",
        "collector:4317/v1",
        "a@b:4317",
        "http://collector:4317",
        "col lector:4317",
        "collector:4317?x",
        "collector:4317#x",
        "\n:1",
      })
  void refusesEverythingElse(String endpoint) {
    assertThatThrownBy(() -> new TelemetrySettings(endpoint, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("host:port");
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.01, 1.01, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesRatiosThatAreNone(double ratio) {
    assertThatThrownBy(() -> new TelemetrySettings("", ratio))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("between 0 and 1");
  }

  @Test
  void anEmptyEndpointSwitchesExportOff() {
    assertThat(new TelemetrySettings("", 1).exports()).isFalse();
  }
}
