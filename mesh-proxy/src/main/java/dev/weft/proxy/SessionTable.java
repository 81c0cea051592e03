package dev.weft.proxy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Sessions of clients that send datagrams, by both ends. Bounded: a source that opens too many
 * loses the one of its own that was silent for longest, and when the table is full whoever has not
 * been heard from since the first answer makes room, the longest silent first. So neither a busy
 * source nor a flood with forged addresses ends conversations of others. Owned by one event loop.
 */
final class SessionTable<S extends SessionTable.Session> {

  /**
   * Both ends of a session as the client sees them.
   *
   * @param address IPv4 of the client in host order
   * @param gateway IPv4 that it sends to
   */
  record Key(int address, int port, int gateway, int gatewayPort) {}

  /** What the table holds. */
  interface Session {
    Key key();

    /** Is not in the table any more. */
    void evicted();
  }

  private final ProxyOptions.Datagrams limits;
  private final Map<Key, Entry<S>> entries = new HashMap<>();
  private final LinkedHashMap<Key, Entry<S>> fresh = new LinkedHashMap<>(16, 0.75f, true);
  private final LinkedHashMap<Key, Entry<S>> assured = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<Integer, LinkedHashMap<Key, Entry<S>>> sources = new HashMap<>();

  SessionTable(ProxyOptions.Datagrams limits) {
    this.limits = limits;
  }

  private static final class Entry<S> {
    private final S session;
    private boolean answered;
    private boolean assured;
    private long used;

    private Entry(S session, long now) {
      this.session = session;
      this.used = now;
    }
  }

  int size() {
    return entries.size();
  }

  /** The session that a client's datagram belongs to. */
  @Nullable S fromClient(Key key, long now) {
    Entry<S> entry = entries.get(key);
    if (entry == null) {
      return null;
    }
    if (entry.answered && !entry.assured) {
      entry.assured = true;
      fresh.remove(key);
      assured.put(key, entry);
    }
    touch(key, entry, now);
    return entry.session;
  }

  /** The server said something. */
  void fromServer(Key key, long now) {
    Entry<S> entry = entries.get(key);
    if (entry != null) {
      entry.answered = true;
      touch(key, entry, now);
    }
  }

  private void touch(Key key, Entry<S> entry, long now) {
    entry.used = now;
    (entry.assured ? assured : fresh).get(key);
    LinkedHashMap<Key, Entry<S>> own = sources.get(key.address);
    if (own != null) {
      own.get(key);
    }
  }

  /**
   * Makes room for a session of this source.
   *
   * @return false: there is none
   */
  boolean makeRoom(int address) {
    LinkedHashMap<Key, Entry<S>> own = sources.get(address);
    if (own != null && own.size() >= limits.perSource()) {
      evict(own.firstEntry().getValue());
    } else if (entries.size() >= limits.sessions()) {
      if (fresh.isEmpty()) {
        return false;
      }
      evict(fresh.firstEntry().getValue());
    }
    return true;
  }

  /** Takes a session that {@link #makeRoom} made room for. */
  void add(S session, long now) {
    Key key = session.key();
    Entry<S> entry = new Entry<>(session, now);
    entries.put(key, entry);
    fresh.put(key, entry);
    sources.computeIfAbsent(key.address, _ -> new LinkedHashMap<>(4, 0.75f, true)).put(key, entry);
  }

  /** Forgets a session; harmless if it is not known. */
  void remove(Key key) {
    Entry<S> entry = entries.remove(key);
    if (entry == null) {
      return;
    }
    (entry.assured ? assured : fresh).remove(key);
    LinkedHashMap<Key, Entry<S>> own = sources.get(key.address);
    if (own != null) {
      own.remove(key);
      if (own.isEmpty()) {
        sources.remove(key.address);
      }
    }
  }

  private void evict(Entry<S> entry) {
    remove(entry.session.key());
    entry.session.evicted();
  }

  /**
   * Ends what has been silent for too long.
   *
   * @param now monotonic nanoseconds
   */
  void expire(long now) {
    expire(fresh, now - limits.unanswered().toNanos());
    expire(assured, now - limits.idle().toNanos());
  }

  /** Ends what has been silent since then, whatever it is. */
  void expireAll(long before) {
    expire(fresh, before);
    expire(assured, before);
  }

  private void expire(SequencedMap<Key, Entry<S>> byUse, long before) {
    List<Entry<S>> over = new ArrayList<>(0);
    for (Iterator<Entry<S>> eldest = byUse.values().iterator(); eldest.hasNext(); ) {
      Entry<S> entry = eldest.next();
      if (entry.used - before > 0) {
        break;
      }
      over.add(entry);
    }
    over.forEach(this::evict);
  }

  /** All of them, in no particular order. */
  List<S> all() {
    return entries.values().stream().map(entry -> entry.session).toList();
  }
}
