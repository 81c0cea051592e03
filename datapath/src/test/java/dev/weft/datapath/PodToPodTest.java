package dev.weft.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.datapath.FlowEvent.Reason;
import dev.weft.datapath.FlowEvent.Verdict;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("netns")
class PodToPodTest {
  private static Lab lab;
  private static Lab.Pod a;
  private static Lab.Pod b;
  private static Lab.Pod c;
  private static AutoCloseable serverB;
  private static AutoCloseable serverC;

  @BeforeAll
  static void start() throws Exception {
    lab = new Lab();
    a = lab.pod("a", lab.one, 301);
    b = lab.pod("b", lab.one, 302);
    c = lab.pod("c", lab.two, 303);
    serverB = Net.server(b, 8080);
    serverC = Net.server(c, 8080);
  }

  @AfterAll
  static void stop() throws Exception {
    serverB.close();
    serverC.close();
    lab.close();
  }

  @AfterEach
  void reset() throws Exception {
    lab.reset();
  }

  @Test
  void reachesAPodOfTheSameNode() throws Exception {
    assertThat(Net.greeting(Net.of(a), b.address(), 8080)).isEqualTo("b " + a.address());
  }

  @Test
  void reachesAPodOfAnotherNodeAndCarriesItsIdentity() throws Exception {
    assertThat(Net.greeting(Net.of(a), c.address(), 8080)).isEqualTo("c " + a.address());
    await()
        .untilAsserted(
            () ->
                assertThat(lab.two.events)
                    .anySatisfy(
                        event -> {
                          assertThat(event.verdict()).isEqualTo(Verdict.FORWARDED);
                          assertThat(event.source().identity()).isEqualTo(301);
                          assertThat(event.destination())
                              .isEqualTo(new FlowEvent.Party(c.address(), 8080, 303));
                          assertThat(event.reason()).isEqualTo(Reason.NONE);
                        }));
  }
}
