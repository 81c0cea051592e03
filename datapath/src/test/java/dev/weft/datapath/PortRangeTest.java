package dev.weft.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PortRangeTest {
  @ParameterizedTest
  @CsvSource({"80,80", "8000,8090", "1,65535", "1,1", "65535,65535", "1024,2047", "1,65534", "3,9"})
  void coversExactlyTheRange(int first, int last) {
    List<PortRange> ranges = PortRange.of(first, last);
    assertThat(ranges).hasSizeLessThanOrEqualTo(30);
    assertThat(ranges.stream().flatMapToInt(PortRangeTest::ports).toArray())
        .containsExactly(IntStream.rangeClosed(first, last).toArray());
  }

  @Test
  void oneAlignedBlockIsOneEntry() {
    assertThat(PortRange.of(1024, 2047)).containsExactly(new PortRange(1024, 6));
  }

  private static IntStream ports(PortRange range) {
    return IntStream.range(range.port(), range.port() + (1 << (16 - range.bits())));
  }
}
