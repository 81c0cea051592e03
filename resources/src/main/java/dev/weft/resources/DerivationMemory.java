package dev.weft.resources;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that derivations remember, with who read what. Owned by the last {@link Derivation} and
 * confined to its thread. An entry is stale only if all its readers are.
 */
final class DerivationMemory {
  private static final int SMALL = 1_000;

  final Map<Derivation.Query<?>, Entry> entries = new HashMap<>();
  final Map<Source, Set<Entry>> readers = new HashMap<>();
  final Map<Derivation.Tally<?>, TallyMemory> tallies = new HashMap<>();
  final Map<Derivation.Each<?>, EachMemory> eaches = new HashMap<>();
  private final List<Members> members = new ArrayList<>();
  @Nullable Derivation owner;
  long step;
  private int kept;

  void mark(Snapshot now, Snapshot before) {
    now.eachChange(
        before,
        kind -> mark(new OnKind(kind)),
        kind -> mark(new OnNames(kind)),
        (kind, namespace) -> mark(new OnNamespace(kind, namespace)),
        ref -> {
          mark(new OnObject(ref));
          members.forEach(each -> each.changed(ref));
        });
  }

  /** The objects of some kinds, all of them due. */
  Members members(Collection<Kind> kinds, Snapshot snapshot) {
    List<ObjectRef> objects = kinds.stream().flatMap(kind -> snapshot.refs(kind).stream()).toList();
    Members fresh = new Members(EnumSet.copyOf(kinds), objects);
    members.add(fresh);
    return fresh;
  }

  void mark(Source source) {
    Deque<Entry> due = new ArrayDeque<>(readers.getOrDefault(source, Set.of()));
    while (!due.isEmpty()) {
      Entry entry = due.pop();
      if (!entry.stale) {
        entry.stale = true;
        due.addAll(entry.readers);
        entry.memberships.forEach(Members.Membership::isDue);
      }
    }
  }

  void replaceReads(Entry entry, Map<Source, @Nullable Object> reads) {
    Map<Source, @Nullable Object> before = entry.reads;
    entry.reads = reads;
    for (Source source : reads.keySet()) {
      if (!before.containsKey(source)) {
        readersOf(source).add(entry);
      }
    }
    for (Source source : before.keySet()) {
      if (!reads.containsKey(source)) {
        forget(source, entry);
      }
    }
  }

  private Set<Entry> readersOf(Source source) {
    return source instanceof Entry other
        ? other.readers
        : readers.computeIfAbsent(source, key -> new HashSet<>());
  }

  private void forget(Source source, Entry reader) {
    Set<Entry> all = readersOf(source);
    all.remove(reader);
    if (all.isEmpty() && !(source instanceof Entry)) {
      readers.remove(source);
    }
  }

  /** Looking at everything is paid for by as many answers that have come since the last time. */
  void sweepIfWorthwhile() {
    if (entries.size() > 2 * kept + SMALL) {
      sweep();
    }
  }

  private void sweep() {
    Set<Entry> needed = new HashSet<>();
    Deque<Entry> due = new ArrayDeque<>();
    entries.values().stream()
        .filter(entry -> entry.asked == step || !entry.memberships.isEmpty())
        .forEach(due::add);
    while (!due.isEmpty()) {
      Entry entry = due.pop();
      if (needed.add(entry)) {
        for (Source source : entry.reads.keySet()) {
          if (source instanceof Entry other) {
            due.push(other);
          }
        }
      }
    }
    List<Entry> gone = new ArrayList<>();
    entries.values().stream().filter(entry -> !needed.contains(entry)).forEach(gone::add);
    for (Entry entry : gone) {
      entries.remove(entry.query);
      entry.reads.keySet().forEach(source -> forget(source, entry));
    }
    kept = entries.size();
  }

  /** Something that can be read. */
  sealed interface Source {}

  record OnObject(ObjectRef ref) implements Source {}

  record OnNamespace(Kind kind, String namespace) implements Source {}

  record OnKind(Kind kind) implements Source {}

  record OnNames(Kind kind) implements Source {}

  record OnCount(Derivation.Tally<?> tally, Object key) implements Source {}

  /** An answer, the identities of what it was computed from, and who was computed from it. */
  static final class Entry implements Source {
    final Derivation.Query<?> query;
    final Set<Entry> readers = new HashSet<>();
    final List<Members.Membership> memberships = new ArrayList<>(0);
    @Nullable Object value;
    Map<Source, @Nullable Object> reads = Map.of();

    /** Something behind it changed; whether it matters is looked at when somebody asks. */
    boolean stale;

    /** The step in which it was last asked for from outside. */
    long asked;

    Entry(Derivation.Query<?> query) {
      this.query = query;
    }

    Object present() {
      return Objects.requireNonNull(value, "an answer is never null");
    }
  }
}
