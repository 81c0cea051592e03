package dev.weft.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {
  @Test
  void writesWhatTheCommandPrints() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("text", "a\"b\\c\n\u0001");
    map.put("list", List.of(1, 2.5, true));
    map.put("raw", new Json.Raw("{\"x\":1}"));
    map.put("none", Double.NaN);
    assertThat(Json.of(map))
        .isEqualTo(
            "{\"text\":\"a\\\"b\\\\c\\n\\u0001\",\"list\":[1,2.5,true],\"raw\":{\"x\":1},\"none\":null}");
  }

  @Test
  void refusesWhatHasNoForm() {
    assertThatThrownBy(() -> Json.of(new Object()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no JSON form");
  }
}
