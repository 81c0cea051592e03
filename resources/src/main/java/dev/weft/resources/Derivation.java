package dev.weft.resources;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Values derived from a snapshot, each remembered with what it read. In the next snapshot a value
 * is computed again only when one of the objects or values it read is another one; a value that
 * comes out equal keeps its identity, so that nothing behind it is computed again either. What a
 * change can concern is found from the change, so its cost does not grow with everything else.
 *
 * <p>Seen from outside this is a pure function: results depend on the snapshot only, the previous
 * derivation only saves work. What is remembered goes over to the next derivation: an instance can
 * be asked until there is a next one. Confined to one thread.
 */
public final class Derivation {
  private final Snapshot snapshot;
  private final Memory memory;
  private int computed;

  private Derivation(Snapshot snapshot, Memory memory) {
    this.snapshot = snapshot;
    this.memory = memory;
  }

  /**
   * A question about a snapshot. Implementations are records: equal questions have equal answers.
   *
   * @param <T> the answer, immutable, with a meaningful equals
   */
  public interface Query<T> {
    /** Answers from nothing but the reader. */
    T compute(Reader reader);
  }

  /** Answers questions about a snapshot, with the answers to the previous one at hand. */
  @SuppressWarnings("ReferenceEquality") // the derivation itself owns the memory
  public static Derivation of(Snapshot snapshot, @Nullable Derivation previous) {
    // Where the previous one has been left behind already, what it knew is about another snapshot.
    boolean goesOn = previous != null && previous.memory.owner == previous;
    Memory memory = goesOn && previous != null ? previous.memory : new Memory();
    Derivation derivation = new Derivation(snapshot, memory);
    memory.owner = derivation;
    if (goesOn && previous != null) {
      memory.mark(snapshot, previous.snapshot);
    }
    memory.step++;
    return derivation;
  }

  public Snapshot snapshot() {
    return snapshot;
  }

  /** How many answers had to be computed. */
  public int computed() {
    return computed;
  }

  /** Ends the questions: what nobody asks for any more is let go, from time to time. */
  public void complete() {
    memory.sweepIfWorthwhile();
  }

  /** The answer to a question. */
  @SuppressWarnings("unchecked") // an entry's value was computed by an equal query
  public <T> T get(Query<T> query) {
    Entry entry = entry(query);
    entry.asked = memory.step;
    return (T) entry.present();
  }

  /** Up to date. */
  @SuppressWarnings("ReferenceEquality") // the derivation itself owns the memory
  private Entry entry(Query<?> query) {
    if (memory.owner != this) {
      throw new IllegalStateException("there is a later derivation; ask that one");
    }
    Entry entry = memory.entries.get(query);
    if (entry == null) {
      entry = new Entry(query);
      compute(entry);
      memory.entries.put(query, entry);
    } else {
      refresh(entry);
    }
    return entry;
  }

  @SuppressWarnings("ReferenceEquality") // identity is the point: equal values keep theirs
  private void refresh(Entry entry) {
    if (!entry.stale) {
      return;
    }
    for (Map.Entry<Source, @Nullable Object> read : entry.reads.entrySet()) {
      if (now(read.getKey()) != read.getValue()) {
        compute(entry);
        return;
      }
    }
    entry.stale = false;
  }

  private void compute(Entry entry) {
    computed++;
    Reader reader = new Reader();
    Object value = entry.query.compute(reader);
    if (entry.value == null || !entry.value.equals(value)) {
      entry.value = value;
    }
    memory.replaceReads(entry, reader.reads);
    entry.stale = false;
  }

  private @Nullable Object now(Source source) {
    return switch (source) {
      case Entry entry -> {
        refresh(entry);
        yield entry.value;
      }
      case OnObject(ObjectRef ref) -> snapshot.get(ref);
      case OnNamespace(Kind kind, String namespace) -> snapshot.inNamespaceByName(kind, namespace);
      case OnKind(Kind kind) -> snapshot.ofKind(kind);
      case OnNames(Kind kind) -> snapshot.refs(kind);
    };
  }

  /** Something that can be read. */
  private sealed interface Source {}

  private record OnObject(ObjectRef ref) implements Source {}

  private record OnNamespace(Kind kind, String namespace) implements Source {}

  private record OnKind(Kind kind) implements Source {}

  private record OnNames(Kind kind) implements Source {}

  /** An answer, the identities of what it was computed from, and who was computed from it. */
  private static final class Entry implements Source {
    final Query<?> query;
    final Set<Entry> readers = new HashSet<>();
    @Nullable Object value;
    Map<Source, @Nullable Object> reads = Map.of();

    /** Something behind it changed; whether it matters is looked at when somebody asks. */
    boolean stale;

    /** The step in which it was last asked for from outside. */
    long asked;

    Entry(Query<?> query) {
      this.query = query;
    }

    Object present() {
      return Objects.requireNonNull(value, "an answer is never null");
    }
  }

  /** All answers; owned by the last derivation. An entry is stale only if all its readers are. */
  private static final class Memory {
    private static final int SMALL = 1_000;

    final Map<Query<?>, Entry> entries = new HashMap<>();
    final Map<Source, Set<Entry>> readers = new HashMap<>();
    @Nullable Derivation owner;
    long step;
    private int kept;

    void mark(Snapshot now, Snapshot before) {
      now.eachChange(
          before,
          kind -> mark(new OnKind(kind)),
          kind -> mark(new OnNames(kind)),
          (kind, namespace) -> mark(new OnNamespace(kind, namespace)),
          ref -> mark(new OnObject(ref)));
    }

    private void mark(Source source) {
      Deque<Entry> due = new ArrayDeque<>(readers.getOrDefault(source, Set.of()));
      while (!due.isEmpty()) {
        Entry entry = due.pop();
        if (!entry.stale) {
          entry.stale = true;
          due.addAll(entry.readers);
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
      entries.values().stream().filter(entry -> entry.asked == step).forEach(due::add);
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
  }

  /** How many answers are remembered; for the bound on memory. */
  int remembered() {
    return memory.entries.size();
  }

  /** What a question may read; everything read is remembered. Used by one computation. */
  public final class Reader {
    private final Map<Source, @Nullable Object> reads = new LinkedHashMap<>();

    private Reader() {}

    private @Nullable Object note(Source source) {
      Object now = now(source);
      reads.put(source, now);
      return now;
    }

    /** An object, or null; remembered either way. */
    public <T extends KubeObject> @Nullable T object(Class<T> type, String namespace, String name) {
      return type.cast(note(new OnObject(new ObjectRef(Kind.of(type), namespace, name))));
    }

    /** The objects of a kind in a namespace. */
    public <T extends KubeObject> List<T> inNamespace(Class<T> type, String namespace) {
      note(new OnNamespace(Kind.of(type), namespace));
      return snapshot.inNamespace(type, namespace).toList();
    }

    /** All the objects of a kind. */
    public <T extends KubeObject> List<T> all(Class<T> type) {
      note(new OnKind(Kind.of(type)));
      return snapshot.all(type).toList();
    }

    /** Which objects of a kind there are, whatever they say. */
    public List<ObjectRef> refs(Kind kind) {
      note(new OnNames(kind));
      return snapshot.refs(kind);
    }

    /** The answer to another question. */
    @SuppressWarnings("unchecked") // see Derivation.get
    public <T> T get(Query<T> query) {
      Entry entry = entry(query);
      reads.put(entry, entry.value);
      return (T) entry.present();
    }

    /** The answers to several questions. */
    public <T> List<T> getAll(Stream<? extends Query<T>> queries) {
      List<T> answers = new ArrayList<>();
      queries.forEach(query -> answers.add(get(query)));
      return answers;
    }
  }
}
