package dev.weft.controlplane;

import dev.weft.api.v1.Resource;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import dev.weft.resources.Refusal;
import dev.weft.resources.Snapshot;
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
  private List<Translation<Resource>> translations = List.of();
  private final Set<String> acked = new HashSet<>();
  private final Map<String, String> refused = new HashMap<>();
  private boolean statusesDue;
  private boolean statusesHeld = true;

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
   * @param names of the resources that changed
   */
  record Change(Snapshot snapshot, Set<Kind> kinds, Set<String> names) {}

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
      acked.remove(name);
      refused.remove(name);
      if (store.get(name) != null) {
        switch (progress.of(name)) {
          case Progress.Done _ -> acked.add(name);
          case Progress.Refused no -> refused.put(name, no.node() + ": " + no.reason());
          case Progress.Waiting _ -> {}
        }
      }
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
    if (kinds.isEmpty() && !translations.isEmpty()) {
      return;
    }
    try {
      List<Translation<Resource>> results = new ArrayList<>();
      Map<String, Resource> resources = HashMap.newHashMap(store.names().size());
      for (Translating translator : parts.translators()) {
        Translation<Resource> result = translator.translate(next);
        results.add(result);
        resources.putAll(result.resources());
      }
      parts.numbers().forgetUnused(() -> identities(resources));
      parts.numbers().save();
      Set<String> names = store.replace(resources);
      snapshot = next;
      translations = List.copyOf(results);
      parts.changes().accept(new Change(next, Set.copyOf(kinds), names));
      if (!Collections.disjoint(kinds, BEHIND_GENERATED)) {
        parts
            .generated()
            .update(next, results.stream().flatMap(result -> result.generated().stream()).toList());
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

  private static Set<Integer> identities(Map<String, Resource> resources) {
    Set<Integer> numbers = new HashSet<>();
    for (Resource resource : resources.values()) {
      if (resource.hasIdentity()) {
        numbers.add(resource.getIdentity().getNumber());
      }
    }
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
    Programmed programmed = new Programmed(acked, refused);
    List<Translation<Resource>> present = translations;
    parts
        .statuses()
        .update(
            () -> {
              Map<ObjectRef, ObjectStatus> all = new HashMap<>();
              present.forEach(translation -> all.putAll(translation.statuses(programmed)));
              return all;
            });
  }
}
