package dev.weft.controlplane;

import dev.weft.api.v1.Hello;
import dev.weft.api.v1.Nack;
import dev.weft.api.v1.Refusal;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Update;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one node up to date over one stream. At most one update is on its way; what changes
 * meanwhile is remembered by name only, so a slow node costs no more memory than the mesh has
 * names, and it gets the latest content, not the history.
 *
 * <p>A node applies every update whole, and says which of all the resources that it holds it cannot
 * put to use: one bad object holds up no other, and what becomes usable because of another one is
 * told too.
 *
 * <p>Confined to the mesh thread.
 */
final class NodeSession {
  /** Kubernetes allows a condition's message 32 KiB; a reader stops much earlier. */
  private static final int MAX_REASON = 1024;

  private final String node;
  private final MeshStore store;
  private final Consumer<Update> out;

  /** What the node has said it holds, name to version. */
  private final Map<String, String> held;

  private final Set<String> pending = new HashSet<>();

  /** Why the node cannot put to use what it holds, by name. */
  private final Map<String, String> refused = new HashMap<>();

  private @Nullable Update inFlight;
  private long nonce;
  private boolean greeted;
  private boolean heard;

  /**
   * A session with a node that has just said hello; nothing is sent yet.
   *
   * @param out sends an update; called on the mesh thread
   */
  NodeSession(Hello hello, MeshStore store, Consumer<Update> out) {
    this.node = hello.getNode();
    this.store = store;
    this.out = out;
    this.held = new HashMap<>(hello.getHeldMap());
    pending.addAll(store.names());
    pending.addAll(held.keySet());
  }

  String node() {
    return node;
  }

  /** Sends what is due, if the node is ready for it. The first update is sent even if empty. */
  void start() {
    advance();
  }

  /** Some resources are not what they were. */
  void changed(Collection<String> names) {
    pending.addAll(names);
    advance();
  }

  /**
   * The node has applied an update and can put to use all that it holds.
   *
   * @return the names whose state at this node changed
   */
  Set<String> ack(long acked) {
    return answered(acked, List.of());
  }

  /**
   * The node has applied an update, but not everything it holds is of use.
   *
   * @return the names whose state at this node changed
   */
  Set<String> nack(Nack nack) {
    return answered(nack.getNonce(), nack.getRefusalsList());
  }

  /** Whether the node has answered an update: what it holds is known, and what it makes of it. */
  boolean heard() {
    return heard;
  }

  /** Whether the node's last answer held this too. */
  boolean hasSaid(Refusal refusal) {
    return readable(refusal.getReason()).equals(refused.get(refusal.getResource()));
  }

  private Set<String> answered(long answered, List<Refusal> refusals) {
    Update update = inFlight;
    if (update == null || update.getNonce() != answered) {
      return Set.of();
    }
    inFlight = null;
    heard = true;
    Set<String> changed = new HashSet<>(update.getRemovedList());
    update.getRemovedList().forEach(held::remove);
    for (Resource resource : update.getUpsertedList()) {
      held.put(resource.getName(), resource.getVersion());
      changed.add(resource.getName());
    }
    changed.addAll(refused.keySet());
    refused.clear();
    for (Refusal refusal : refusals) {
      if (held.containsKey(refusal.getResource())) {
        refused.putIfAbsent(refusal.getResource(), readable(refusal.getReason()));
      }
    }
    if (refused.isEmpty() && !refusals.isEmpty()) {
      // It blames nothing that it holds, so what it was just sent is all there is to blame.
      String reason = readable(refusals.getFirst().getReason());
      update.getUpsertedList().forEach(resource -> refused.put(resource.getName(), reason));
    }
    changed.addAll(refused.keySet());
    advance();
    return changed;
  }

  /** What this node makes of a resource of the store. */
  Progress progress(String name) {
    Resource wanted = store.get(name);
    if (wanted != null && !wanted.getVersion().equals(held.get(name))) {
      return new Progress.Waiting();
    }
    String reason = refused.get(name);
    return reason == null ? new Progress.Done() : new Progress.Refused(node, reason);
  }

  /** Names that are remembered to be sent; for the bound on memory. */
  int backlog() {
    return pending.size();
  }

  private void advance() {
    if (inFlight != null || (pending.isEmpty() && greeted)) {
      return;
    }
    List<Resource> upserted = new ArrayList<>();
    List<String> removed = new ArrayList<>();
    for (String name : pending) {
      Resource wanted = store.get(name);
      String has = held.get(name);
      if (wanted != null && !wanted.getVersion().equals(has)) {
        upserted.add(wanted);
      } else if (wanted == null && has != null) {
        removed.add(name);
      }
    }
    pending.clear();
    if (upserted.isEmpty() && removed.isEmpty() && greeted) {
      return;
    }
    greeted = true;
    upserted.sort(ResourceVersions.ORDER);
    removed.sort(ResourceVersions.REMOVAL_ORDER);
    Update update =
        Update.newBuilder()
            .setNonce(++nonce)
            .addAllUpserted(upserted)
            .addAllRemoved(removed)
            .setComplete(true)
            .build();
    inFlight = update;
    out.accept(update);
  }

  /** One line of bounded length, which can stand in a status and a log. */
  static String readable(String text) {
    String line = text.replaceAll("\\p{Cntrl}", " ");
    return line.length() <= MAX_REASON ? line : line.substring(0, MAX_REASON) + "...";
  }
}
