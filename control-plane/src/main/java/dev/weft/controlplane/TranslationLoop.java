package dev.weft.controlplane;

import dev.weft.api.v1.Resource;
import dev.weft.resources.Kind;
import dev.weft.resources.KubeObject;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Refusal;
import dev.weft.resources.Snapshot;
import dev.weft.resources.StatusFacts;
import dev.weft.resources.Translation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns snapshots into resources for nodes and statuses for users. Snapshots that come faster than
 * they can be translated are skipped but for the last. A snapshot that cannot be translated leaves
 * everything as it was.
 *
 * <p>{@link #submit} may be called from any thread; everything else is confined to the mesh thread.
 */
final class TranslationLoop {
  private static final Logger LOG = LoggerFactory.getLogger(TranslationLoop.class);

  /** Kinds that generated objects come from, and their own: somebody may have changed those. */
  private static final Set<Kind> BEHIND_GENERATED =
      Set.of(Kind.GATEWAY, Kind.GATEWAY_CLASS, Kind.SERVICE_ACCOUNT, Kind.SERVICE);

  private final Parts parts;
  private final MeshStore store = new MeshStore();
  private final AtomicReference<@Nullable View> due = new AtomicReference<>();

  private Snapshot snapshot = Snapshot.empty();
  private Set<Refusal> refusals = Set.of();
  private boolean begun;

  /** What translators have said and nobody has been told yet: a later step failed. */
  private final Map<String, @Nullable Resource> resourcesDue = new HashMap<>();

  private final Map<ObjectRef, @Nullable StatusFacts> factsDue = new HashMap<>();

  private final Statuses statuses = new Statuses();
  private boolean statusesDue;
  private boolean statusesHeld = true;
  private boolean statusesBegun;

  /**
   * What the loop works with.
   *
   * @param mesh the mesh thread
   * @param later the same after a while: to try again what did not work
   * @param translators in the order in which their resources are looked at
   * @param numbers saved before a resource with a new one leaves
   * @param changes told which kinds of object have changed, after their resources are in the store
   * @param statuses where statuses go
   * @param generated where generated objects go
   */
  record Parts(
      Executor mesh,
      Executor later,
      List<Translating> translators,
      IdentityNumbers numbers,
      Consumer<Change> changes,
      StatusSink statuses,
      GeneratedSink generated) {}

  /**
   * A step from one snapshot to the next.
   *
   * @param kinds of the objects that changed
   * @param before names of the resources that changed, with the versions that they had
   */
  record Change(Snapshot snapshot, Set<Kind> kinds, Map<String, String> before) {}

  TranslationLoop(Parts parts) {
    this.parts = parts;
  }

  /** The resources. On the mesh thread. */
  MeshStore store() {
    return store;
  }

  /** Takes what the source sees now. */
  void submit(View view) {
    if (due.getAndSet(view) == null) {
      parts.mesh().execute(this::translate);
    }
  }

  /**
   * Lets statuses be written. Until then those of an earlier control plane know more: it has heard
   * the nodes.
   */
  void releaseStatuses() {
    if (statusesHeld) {
      statusesHeld = false;
      publishStatuses();
    }
  }

  /** Resources' progress at the nodes may have changed. */
  void progressed(Collection<String> names, ProgressSource progress) {
    for (String name : names) {
      statuses.progressed(name, store.get(name) == null ? null : progress.of(name));
    }
    publishStatuses();
  }

  /** How far a resource has come at the nodes. */
  @FunctionalInterface
  interface ProgressSource {
    Progress of(String name);
  }

  private void translate() {
    View view = due.getAndSet(null);
    if (view == null) {
      return;
    }
    report(view.refusals());
    Snapshot next = view.snapshot();
    Set<Kind> kinds = new HashSet<>();
    next.changedSince(snapshot).forEach(ref -> kinds.add(ref.kind()));
    if (kinds.isEmpty() && begun) {
      return;
    }
    try {
      List<KubeObject> generated = new ArrayList<>();
      for (Translating translator : parts.translators()) {
        Translation<Resource> translation = translator.translate(next);
        resourcesDue.putAll(translation.resources());
        factsDue.putAll(translation.facts());
        generated.addAll(translation.generated());
      }
      parts.numbers().forgetUnused(this::identities);
      parts.numbers().save();
      Map<String, String> before = store.apply(resourcesDue);
      statuses.learn(factsDue);
      resourcesDue.clear();
      factsDue.clear();
      snapshot = next;
      begun = true;
      parts.changes().accept(new Change(next, Set.copyOf(kinds), before));
      if (!Collections.disjoint(kinds, BEHIND_GENERATED)) {
        parts.generated().update(next, generated);
      }
      publishStatuses();
    } catch (IOException e) {
      LOG.warn(
          "identity numbers cannot be kept; the last state stays, next try soon: {}", e.toString());
      if (due.compareAndSet(null, view)) {
        parts.later().execute(this::translate);
      }
    } catch (RuntimeException | Error e) {
      LOG.error("this state of the mesh cannot be translated; the last one stays", e);
    }
  }

  /** Numbers that nodes know or are about to be told. */
  private Set<Integer> identities() {
    Set<Integer> numbers = new HashSet<>();
    Stream.concat(store.all().stream(), resourcesDue.values().stream())
        .filter(resource -> resource != null && resource.hasIdentity())
        .forEach(resource -> numbers.add(resource.getIdentity().getNumber()));
    return numbers;
  }

  /** Says each refusal once. */
  private void report(List<Refusal> now) {
    Set<Refusal> all = Set.copyOf(now);
    for (Refusal refusal : all) {
      if (!refusals.contains(refusal)) {
        LOG.warn("refused {}", refusal);
      }
    }
    refusals = all;
  }

  /** A burst of acknowledgements makes one look at the statuses. */
  private void publishStatuses() {
    if (!statusesDue && !statusesHeld) {
      statusesDue = true;
      parts.mesh().execute(this::statuses);
    }
  }

  private void statuses() {
    statusesDue = false;
    Map<ObjectRef, @Nullable ObjectStatus> changes = statuses.take();
    if (!changes.isEmpty() || !statusesBegun) {
      statusesBegun = true;
      parts.statuses().update(changes);
    }
  }
}
