package dev.weft.controlplane;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes can answer for Gateways' addresses, judged by their streams alone. Immutable and
 * pure; moments are nanoseconds of a clock that only goes forward.
 *
 * <p>A stream that breaks is no dead node: what is back within {@link #BLIP} has not been away.
 * Where most are missing at once it is this control plane that fell out, or it has just begun: then
 * nodes have {@link #RETURN} to come back, one after the other, and no address moves meanwhile. A
 * node that was given up has to stay for {@link #STEADY} before it counts again, so that one that
 * crashes over and over does not move its addresses to and fro.
 *
 * @param nodes those that were heard of
 */
record Attendance(Map<String, Standing> nodes) {
  /** A node whose stream broke dials again after 0.1 s, and a healthy control plane answers. */
  static final Duration BLIP = Duration.ofSeconds(2);

  /** A node notices a vanished control plane after 30 s, and may then try an address in vain. */
  static final Duration RETURN = Duration.ofSeconds(60);

  static final Duration STEADY = Duration.ofSeconds(10);

  static final Attendance NOBODY = new Attendance(Map.of());

  Attendance {
    nodes = Map.copyOf(nodes);
  }

  /** What is known of a node. */
  sealed interface Standing {

    /** It is connected, and has put to use what it was told. */
    record Present() implements Standing {}

    /** It is not connected, but still counts for as long as it may take to come back. */
    record Missing(long since, Duration patience) implements Standing {
      private long due() {
        return since + patience.toNanos();
      }
    }

    /** It was missing for too long. */
    record Lost() implements Standing {}

    /** It was lost, and is there again. */
    record Returning(long since) implements Standing {
      private long due() {
        return since + STEADY.toNanos();
      }
    }

    /** It has said that it ends. */
    record Leaving() implements Standing {}
  }

  /** What an earlier control plane thought: these nodes count, although they are yet to come. */
  Attendance remembering(Set<String> able, long now) {
    Map<String, Standing> next = new HashMap<>(nodes);
    able.forEach(node -> next.putIfAbsent(node, new Standing.Missing(now, RETURN)));
    return new Attendance(next);
  }

  /** A node has opened a stream. */
  Attendance greeted(String node) {
    return switch (nodes.get(node)) {
      case Standing.Missing _ -> with(node, new Standing.Present());
      // Another process of that node: the one that left is over.
      case Standing.Leaving _ -> with(node, null);
      case Standing.Present _ -> this;
      case Standing.Lost _ -> this;
      case Standing.Returning _ -> this;
      case null -> this;
    };
  }

  /** A node has answered an update. */
  Attendance answered(String node, long now) {
    return switch (nodes.get(node)) {
      case null -> with(node, new Standing.Present());
      case Standing.Missing _ -> with(node, new Standing.Present());
      case Standing.Lost _ -> with(node, new Standing.Returning(now));
      case Standing.Present _ -> this;
      case Standing.Returning _ -> this;
      case Standing.Leaving _ -> this;
    };
  }

  /** A node has said that it ends. */
  Attendance leaving(String node) {
    return with(node, new Standing.Leaving());
  }

  /** A node's stream is over. */
  Attendance gone(String node, long now) {
    return switch (nodes.get(node)) {
      case Standing.Present _ -> with(node, new Standing.Missing(now, BLIP)).patient();
      case Standing.Returning _ -> with(node, new Standing.Lost());
      case Standing.Leaving _ -> with(node, null);
      case Standing.Missing _ -> this;
      case Standing.Lost _ -> this;
      case null -> this;
    };
  }

  /** Only these are in the mesh; of others nothing is kept once their stream is over. */
  Attendance within(Set<String> members) {
    Map<String, Standing> next = new HashMap<>(nodes);
    next.entrySet()
        .removeIf(
            entry ->
                !members.contains(entry.getKey())
                    && (entry.getValue() instanceof Standing.Missing
                        || entry.getValue() instanceof Standing.Lost));
    return next.size() == nodes.size() ? this : new Attendance(next);
  }

  /**
   * What has come due by now. A missing node is given up only while there is one to take over from
   * it.
   */
  Attendance at(long now) {
    boolean takers = anyPresent();
    Map<String, Standing> next = new HashMap<>(nodes);
    next.replaceAll(
        (_, standing) ->
            switch (standing) {
              case Standing.Missing missing when takers && missing.due() - now <= 0 ->
                  new Standing.Lost();
              case Standing.Returning back when back.due() - now <= 0 -> new Standing.Present();
              case Standing.Missing _ -> standing;
              case Standing.Returning _ -> standing;
              case Standing.Present _ -> standing;
              case Standing.Lost _ -> standing;
              case Standing.Leaving _ -> standing;
            });
    return next.equals(nodes) ? this : new Attendance(next);
  }

  /** When {@link #at} will change something next, if nothing happens before. */
  OptionalLong due() {
    boolean takers = anyPresent();
    return nodes.values().stream()
        .flatMapToLong(
            standing ->
                switch (standing) {
                  case Standing.Missing missing when takers -> LongStream.of(missing.due());
                  case Standing.Returning back -> LongStream.of(back.due());
                  case Standing.Missing _ -> LongStream.empty();
                  case Standing.Present _ -> LongStream.empty();
                  case Standing.Lost _ -> LongStream.empty();
                  case Standing.Leaving _ -> LongStream.empty();
                })
        .min();
  }

  /** The nodes that can answer. */
  Set<String> able() {
    Set<String> able = new HashSet<>();
    nodes.forEach(
        (node, standing) -> {
          if (standing instanceof Standing.Present || standing instanceof Standing.Missing) {
            able.add(node);
          }
        });
    return able;
  }

  /** The nodes that have said that they end, and have not ended yet. */
  Set<String> leaving() {
    return nodes.entrySet().stream()
        .filter(entry -> entry.getValue() instanceof Standing.Leaving)
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  private boolean anyPresent() {
    return nodes.values().stream().anyMatch(Standing.Present.class::isInstance);
  }

  /** Where more are missing than present, all who are missing are given time. */
  private Attendance patient() {
    long present = nodes.values().stream().filter(Standing.Present.class::isInstance).count();
    if (present * 2 >= able().size()) {
      return this;
    }
    Map<String, Standing> next = new HashMap<>(nodes);
    next.replaceAll(
        (_, standing) ->
            standing instanceof Standing.Missing missing
                ? new Standing.Missing(missing.since(), RETURN)
                : standing);
    return new Attendance(next);
  }

  private Attendance with(String node, @Nullable Standing standing) {
    Map<String, Standing> next = new HashMap<>(nodes);
    if (standing == null) {
      next.remove(node);
    } else {
      next.put(node, standing);
    }
    return new Attendance(next);
  }
}
