package dev.weft.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.datapath.DatapathState.LocalPod;
import dev.weft.datapath.DatapathState.Mesh;
import dev.weft.datapath.DatapathState.NetworkRules;
import dev.weft.datapath.bpf.BpfCollection;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is in the kernel when an apply ends half way. */
@Tag("netns")
class MapsTest {
  private static final int ROOM_FOR_PODS = 4096;

  private static final DatapathOptions OPTIONS =
      new DatapathOptions(
          Path.of("/unused"),
          "lo",
          Ipv4.parse("172.31.0.11"),
          Prefix.parse("10.244.0.0/16"),
          1450,
          DatapathOptions.ProxyPorts.DEFAULT,
          Optional.empty());

  @Test
  void isolatesAnIdentityBeforeAPodGetsIt() throws Exception {
    try (InputStream in = Datapath.class.getResourceAsStream("weft.bpf.o")) {
      assertThat(in).isNotNull();
      try (BpfCollection programs = BpfCollection.load(in.readAllBytes(), new byte[40], Map.of())) {
        List<AttachedPod> attached = new ArrayList<>();
        Map<Ipv4, LocalPod> pods = new HashMap<>();
        for (int i = 0; i <= ROOM_FOR_PODS; i++) {
          Ipv4 address = new Ipv4(Ipv4.parse("10.244.1.0").bits() + i);
          attached.add(new AttachedPod("c" + i, "eth0", address, "weft" + i, 1));
          pods.put(address, new LocalPod(900, Mesh.NONE, Set.of()));
        }
        DatapathState state =
            new DatapathState(
                pods,
                Map.of(),
                Set.of(),
                Map.of(),
                Set.of(),
                Map.of(900, new NetworkRules(true, true, Set.of())));

        assertThatThrownBy(
                () -> new Maps(programs).apply(MapContents.of(state, attached, OPTIONS), state))
            .isInstanceOf(DatapathException.class);

        assertThat(new TypedMap<>(programs.map("isolation"), Codec.NUMBER, Codec.NUMBER).content())
            .containsOnlyKeys(900);
      }
    }
  }
}
