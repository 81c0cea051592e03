package dev.weft.proxy.http;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Coarse time of an event loop, and the connections that look at it: slow heads, idle connections,
 * and pings cost no timer each. Owned by one event loop.
 */
public final class Ticker {

  /** Something that checks its deadlines a few times a second. */
  public interface Timed {
    /**
     * Looks at the clock.
     *
     * @param now nanoseconds of the proxy's monotonic clock
     */
    void tick(long now);

    /** The place in the ticker's list; owned by the ticker. */
    int tickIndex();

    /** Remembers the place in the ticker's list. */
    void tickIndex(int index);
  }

  private final LongSupplier clock;
  private final List<Timed> members = new ArrayList<>();
  private long now;

  /** A ticker that reads {@code clock} at every {@link #tick}. */
  public Ticker(LongSupplier clock) {
    this.clock = clock;
    this.now = clock.getAsLong();
  }

  /** Nanoseconds at the last tick: at most one tick old. */
  public long coarse() {
    return now;
  }

  /** Exact nanoseconds. */
  public long exact() {
    return clock.getAsLong();
  }

  /** Starts to tick a connection. */
  public void add(Timed member) {
    member.tickIndex(members.size());
    members.add(member);
  }

  /** Forgets a connection; harmless if it is not known. */
  @SuppressWarnings("ReferenceEquality") // a connection is itself
  public void remove(Timed member) {
    int index = member.tickIndex();
    if (index < 0 || index >= members.size() || members.get(index) != member) {
      return;
    }
    Timed last = members.removeLast();
    if (last != member) {
      members.set(index, last);
      last.tickIndex(index);
    }
    member.tickIndex(-1);
  }

  /** How many connections are ticked. */
  public int size() {
    return members.size();
  }

  /** Reads the clock and lets every connection look at it. */
  public void tick() {
    now = clock.getAsLong();
    // Backwards: a member may remove itself, which moves the last one into its place.
    for (int i = members.size() - 1; i >= 0; i--) {
      if (i < members.size()) {
        members.get(i).tick(now);
      }
    }
  }
}
