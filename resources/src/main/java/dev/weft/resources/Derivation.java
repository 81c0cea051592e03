package dev.weft.resources;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Values derived from a snapshot, each remembered with what it read. In the next snapshot a value
 * is computed again only when one of the objects or values it read is another one; a value that
 * comes out equal keeps its identity, so that nothing behind it is computed again either.
 *
 * <p>Seen from outside this is a pure function: results depend on the snapshot only, the previous
 * derivation only saves work. An instance is filled by one thread and then only read.
 */
public final class Derivation {
  private final Snapshot snapshot;
  private final Map<Query<?>, Entry> entries = new HashMap<>();
  private @Nullable Derivation previous;
  private int computed;

  /** Kinds of which nothing changed since the previous snapshot: their reads need no look. */
  private final Set<Kind> unchanged;

  private Derivation(Snapshot snapshot, @Nullable Derivation previous) {
    this.snapshot = snapshot;
    this.previous = previous;
    this.unchanged = previous == null ? Set.of() : unchanged(snapshot, previous.snapshot);
  }

  @SuppressWarnings("ReferenceEquality") // snapshots share what did not change
  private static Set<Kind> unchanged(Snapshot now, Snapshot before) {
    Set<Kind> kinds = EnumSet.noneOf(Kind.class);
    for (Kind kind : Kind.values()) {
      if (now.ofKind(kind) == before.ofKind(kind)) {
        kinds.add(kind);
      }
    }
    return kinds;
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
  public static Derivation of(Snapshot snapshot, @Nullable Derivation previous) {
    return new Derivation(snapshot, previous);
  }

  public Snapshot snapshot() {
    return snapshot;
  }

  /** How many answers had to be computed. */
  public int computed() {
    return computed;
  }

  /** Ends the questions: what the previous derivation held and nobody asked for is let go. */
  public void complete() {
    previous = null;
  }

  /** The answer to a question. */
  @SuppressWarnings("unchecked") // an entry's value was computed by an equal query
  public <T> T get(Query<T> query) {
    return (T) entry(query).value;
  }

  private Entry entry(Query<?> query) {
    Entry known = entries.get(query);
    if (known != null) {
      return known;
    }
    Entry old = previous == null ? null : previous.entries.get(query);
    Entry entry = old != null && stillHolds(old) ? old : compute(query, old);
    entries.put(query, entry);
    return entry;
  }

  @SuppressWarnings("ReferenceEquality") // identity is the point: equal values keep theirs
  private boolean stillHolds(Entry old) {
    for (Map.Entry<Dependency, @Nullable Object> read : old.reads.entrySet()) {
      Dependency dependency = read.getKey();
      Kind kind = dependency.kind();
      if ((kind == null || !unchanged.contains(kind)) && dependency.now(this) != read.getValue()) {
        return false;
      }
    }
    return true;
  }

  private Entry compute(Query<?> query, @Nullable Entry old) {
    computed++;
    Reader reader = new Reader();
    Object value = query.compute(reader);
    return new Entry(old != null && old.value.equals(value) ? old.value : value, reader.reads);
  }

  /** An answer and the identities of what it was computed from. */
  private record Entry(Object value, Map<Dependency, @Nullable Object> reads) {}

  /** Something that was read, and how to read it now. */
  private sealed interface Dependency {
    @Nullable Object now(Derivation derivation);

    /** The only kind of object it looks at; null when it may look at several. */
    @Nullable Kind kind();
  }

  private record OnObject(ObjectRef ref) implements Dependency {
    @Override
    public Kind kind() {
      return ref.kind();
    }

    @Override
    public @Nullable Object now(Derivation derivation) {
      return derivation.snapshot.get(ref);
    }
  }

  private record OnNamespace(Kind kind, String namespace) implements Dependency {
    @Override
    public Object now(Derivation derivation) {
      return derivation.snapshot.inNamespaceByName(kind, namespace);
    }
  }

  private record OnKind(Kind kind) implements Dependency {
    @Override
    public Object now(Derivation derivation) {
      return derivation.snapshot.ofKind(kind);
    }
  }

  private record OnQuery(Query<?> query) implements Dependency {
    @Override
    public @Nullable Kind kind() {
      return null;
    }

    @Override
    public Object now(Derivation derivation) {
      return derivation.entry(query).value;
    }
  }

  /** What a question may read; everything read is remembered. Used by one computation. */
  public final class Reader {
    private final Map<Dependency, @Nullable Object> reads = new LinkedHashMap<>();

    private Reader() {}

    private @Nullable Object note(Dependency dependency) {
      Object now = dependency.now(Derivation.this);
      reads.put(dependency, now);
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

    /** The answer to another question. */
    @SuppressWarnings("unchecked") // see Derivation.get
    public <T> T get(Query<T> query) {
      return (T) java.util.Objects.requireNonNull(note(new OnQuery(query)));
    }

    /** The answers to several questions. */
    public <T> List<T> getAll(Stream<? extends Query<T>> queries) {
      List<T> answers = new ArrayList<>();
      queries.forEach(query -> answers.add(get(query)));
      return answers;
    }
  }
}
