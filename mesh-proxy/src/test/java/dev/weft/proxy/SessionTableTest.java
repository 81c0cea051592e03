package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SessionTableTest {
  private final List<String> evicted = new ArrayList<>();
  private final SessionTable<Named> table =
      new SessionTable<>(
          new ProxyOptions.Datagrams(4, 2, 99, Duration.ofNanos(10), Duration.ofNanos(100)));

  private final class Named implements SessionTable.Session {
    private final SessionTable.Key key;

    Named(SessionTable.Key key) {
      this.key = key;
    }

    @Override
    public SessionTable.Key key() {
      return key;
    }

    @Override
    public void evicted() {
      evicted.add(key.address() + ":" + key.port());
    }
  }

  private static SessionTable.Key key(int address, int port) {
    return new SessionTable.Key(address, port, 9, 53);
  }

  private boolean open(int address, int port, long now) {
    if (!table.makeRoom(address)) {
      return false;
    }
    table.add(new Named(key(address, port)), now);
    return true;
  }

  private void converse(int address, int port, long now) {
    table.fromServer(key(address, port), now);
    table.fromClient(key(address, port), now);
  }

  @Test
  void aSourceLosesItsOwnLongestSilent() {
    open(1, 1, 0);
    open(1, 2, 0);
    table.fromClient(key(1, 1), 1);

    assertThat(open(1, 3, 2)).isTrue();

    assertThat(evicted).containsExactly("1:2");
    assertThat(table.size()).isEqualTo(2);
  }

  @Test
  void whenFullTheLongestSilentStrangerMakesRoom() {
    open(1, 1, 0);
    converse(1, 1, 0);
    open(2, 1, 1);
    open(3, 1, 2);
    open(4, 1, 3);
    table.fromClient(key(2, 1), 4);

    assertThat(open(5, 1, 5)).isTrue();
    assertThat(open(6, 1, 5)).isTrue();

    assertThat(evicted).as("1 converses, 2 spoke last").containsExactly("3:1", "4:1");
  }

  @Test
  void conversationsAreNeverEndedForNewcomers() {
    for (int source = 1; source <= 4; source++) {
      open(source, 1, 0);
      converse(source, 1, 1);
    }

    assertThat(open(5, 1, 2)).isFalse();
    assertThat(evicted).isEmpty();
  }

  @Test
  void silenceEndsStrangersBeforeConversations() {
    open(1, 1, 0);
    open(2, 1, 0);
    converse(2, 1, 5);
    open(3, 1, 6);

    table.expire(10);
    assertThat(evicted).containsExactly("1:1");
    table.expire(16);
    assertThat(evicted).containsExactly("1:1", "3:1");
    table.expire(104);
    assertThat(table.size()).isEqualTo(1);
    table.expire(105);
    assertThat(table.size()).isZero();
  }

  @Test
  void anAnswerAloneIsNoConversation() {
    open(1, 1, 0);
    table.fromServer(key(1, 1), 1);

    table.expire(11);

    assertThat(evicted).containsExactly("1:1");
  }

  @Test
  void forgetsEverythingOfARemovedOne() {
    open(1, 1, 0);
    table.remove(key(1, 1));

    assertThat(table.fromClient(key(1, 1), 1)).isNull();
    assertThat(table.all()).isEmpty();
    assertThat(evicted).isEmpty();
    open(1, 2, 1);
    open(1, 3, 1);
    assertThat(evicted).isEmpty();
  }
}
