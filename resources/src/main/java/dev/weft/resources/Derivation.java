package dev.weft.resources;

import dev.weft.resources.DerivationMemory.Entry;
import dev.weft.resources.DerivationMemory.OnCount;
import dev.weft.resources.DerivationMemory.OnKind;
import dev.weft.resources.DerivationMemory.OnNames;
import dev.weft.resources.DerivationMemory.OnNamespace;
import dev.weft.resources.DerivationMemory.OnObject;
import dev.weft.resources.DerivationMemory.Source;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
  private final DerivationMemory memory;
  private int computed;
  private boolean recounted;

  private Derivation(Snapshot snapshot, DerivationMemory memory) {
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

  /**
   * How often objects name something, kept up to date from what changes: nobody who asks how many
   * routes a listener has is asked again because a route says something else. Implementations are
   * records.
   *
   * @param <K> what is named; a record
   */
  public interface Tally<K> {
    /** Of which kinds the objects are. */
    List<Kind> kinds();

    /** What an object names; must not read counts. */
    Query<? extends Set<K>> keysOf(ObjectRef object);
  }

  /**
   * One question for each object of some kinds. Implementations are records.
   *
   * @param <T> the answer
   */
  public interface Each<T> {
    /** Of which kinds the objects are. */
    List<Kind> kinds();

    /** What is asked about an object. */
    Query<T> of(ObjectRef object);
  }

  /**
   * An answer that is not what it was.
   *
   * @param before null: there was none
   * @param after null: its object is gone
   */
  public record Change<T>(@Nullable T before, @Nullable T after) {}

  /** Answers questions about a snapshot, with the answers to the previous one at hand. */
  @SuppressWarnings("ReferenceEquality") // the derivation itself owns the memory
  public static Derivation of(Snapshot snapshot, @Nullable Derivation previous) {
    // Where the previous one has been left behind already, what it knew is about another snapshot.
    boolean goesOn = previous != null && previous.memory.owner == previous;
    DerivationMemory memory = goesOn && previous != null ? previous.memory : new DerivationMemory();
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
    recount();
    Entry entry = entry(query);
    entry.asked = memory.step;
    return (T) entry.present();
  }

  /**
   * The answers that are not what they were when this was last called, here or in an earlier
   * derivation that this one goes on from; the first time all of them. When a computation fails,
   * nothing counts as told.
   */
  @SuppressWarnings({"unchecked", "ReferenceEquality"}) // see get; equal answers keep identity
  public <T> Map<ObjectRef, Change<T>> changes(Each<T> each) {
    recount();
    EachMemory memory = eachMemory(each);
    Map<ObjectRef, @Nullable Entry> due = new LinkedHashMap<>();
    for (ObjectRef object : memory.members.due()) {
      due.put(object, snapshot.get(object) == null ? null : entry(each.of(object)));
    }
    Map<ObjectRef, Change<T>> changes = new LinkedHashMap<>();
    due.forEach(
        (object, entry) -> {
          T before = (T) memory.told(object);
          T after = entry == null ? null : (T) entry.present();
          if (before != after) {
            changes.put(object, new Change<>(before, after));
          }
          memory.tell(object, entry);
        });
    return changes;
  }

  private EachMemory eachMemory(Each<?> each) {
    EachMemory known = memory.eaches.get(each);
    if (known != null) {
      return known;
    }
    EachMemory fresh = new EachMemory(memory.members(each.kinds(), snapshot));
    memory.eaches.put(each, fresh);
    return fresh;
  }

  /** Up to date. */
  private Entry entry(Query<?> query) {
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

  /** Before anybody asks: an answer that read a count does not know yet that it is stale. */
  @SuppressWarnings("ReferenceEquality") // the derivation itself owns the memory
  private void recount() {
    if (memory.owner != this) {
      throw new IllegalStateException("there is a later derivation; ask that one");
    }
    if (!recounted) {
      memory.tallies.forEach(this::recount);
      recounted = true;
    }
  }

  private void recount(Tally<?> tally, TallyMemory counted) {
    for (ObjectRef object : counted.members.due()) {
      Entry entry = snapshot.get(object) == null ? null : entry(tally.keysOf(object));
      Set<?> keys = entry == null ? null : (Set<?>) entry.present();
      counted.members.settle(object, entry);
      counted.replace(object, keys, key -> memory.mark(new OnCount(tally, key)));
    }
  }

  private TallyMemory counted(Tally<?> tally) {
    TallyMemory known = memory.tallies.get(tally);
    if (known != null) {
      return known;
    }
    TallyMemory counted = new TallyMemory(memory.members(tally.kinds(), snapshot));
    recount(tally, counted);
    memory.tallies.put(tally, counted);
    return counted;
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
      case OnCount(Tally<?> tally, Object key) -> counted(tally).count(key);
    };
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

    /** How many objects name a key. */
    public <K> int count(Tally<K> tally, K key) {
      Integer number = (Integer) note(new OnCount(tally, key));
      return number == null ? 0 : number;
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
