package dev.weft.controlplane;

import dev.weft.api.v1.Hello;
import dev.weft.api.v1.Nack;
import dev.weft.api.v1.Refusal;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Update;
import java.util.ArrayList;
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
  private final Rollout rollout;
  private final Consumer<Update> out;

  /**
   * What the node holds under the names of which it does not hold what the store has: a version, or
   * none. All other names are as in the store, so a thousand nodes that are up to date cost
   * nothing.
   */
  private final Map<String, String> behind = new HashMap<>();

  /** Why the node cannot put to use what it holds, by name. */
  private final Map<String, String> refused = new HashMap<>();

  private @Nullable Update inFlight;
  private long nonce;
  private boolean greeted;
  private boolean heard;

  /**
   * A session with a node that has just said hello; nothing is sent yet.
   *
   * @param rollout told how far the node has come
   * @param out sends an update; called on the mesh thread
   */
  NodeSession(Hello hello, MeshStore store, Rollout rollout, Consumer<Update> out) {
    this.node = hello.getNode();
    this.store = store;
    this.rollout = rollout;
    this.out = out;
    Map<String, String> held = hello.getHeldMap();
    store.names().forEach(name -> hold(name, held.getOrDefault(name, MeshStore.NONE)));
    held.forEach(this::hold);
  }

  String node() {
    return node;
  }

  /** Sends what is due, if the node is ready for it. The first update is sent even if empty. */
  void start() {
    advance();
  }

  /**
   * Some resources are not what they were.
   *
   * @param before the versions that they had
   */
  void changed(Map<String, String> before) {
    before.forEach((name, version) -> hold(name, behind.getOrDefault(name, version)));
    advance();
  }

  /** The node has applied an update and can put to use all that it holds. */
  void ack(long acked) {
    answered(acked, List.of());
  }

  /** The node has applied an update, but not everything it holds is of use. */
  void nack(Nack nack) {
    answered(nack.getNonce(), nack.getRefusalsList());
  }

  /** The node is gone: nobody waits for it any more. */
  void end() {
    behind.keySet().forEach(name -> rollout.moved(name, Progress.WAITING, Progress.DONE));
    refused.keySet().stream()
        .filter(name -> !behind.containsKey(name))
        .forEach(name -> rollout.moved(name, progress(name), Progress.DONE));
  }

  /** Whether the node has answered an update: what it holds is known, and what it makes of it. */
  boolean heard() {
    return heard;
  }

  /** Whether the node's last answer held this too. */
  boolean hasSaid(Refusal refusal) {
    return readable(refusal.getReason()).equals(refused.get(refusal.getResource()));
  }

  private void answered(long answered, List<Refusal> refusals) {
    Update update = inFlight;
    if (update == null || update.getNonce() != answered) {
      return;
    }
    inFlight = null;
    heard = true;
    update.getRemovedList().forEach(name -> hold(name, MeshStore.NONE));
    update.getUpsertedList().forEach(resource -> hold(resource.getName(), resource.getVersion()));
    refuse(reasons(update, refusals));
    advance();
  }

  private Map<String, String> reasons(Update update, List<Refusal> refusals) {
    Map<String, String> reasons = new HashMap<>();
    for (Refusal refusal : refusals) {
      if (holds(refusal.getResource())) {
        reasons.putIfAbsent(refusal.getResource(), readable(refusal.getReason()));
      }
    }
    if (reasons.isEmpty() && !refusals.isEmpty()) {
      // It blames nothing that it holds, so what it was just sent is all there is to blame.
      String reason = readable(refusals.getFirst().getReason());
      update.getUpsertedList().forEach(resource -> reasons.put(resource.getName(), reason));
    }
    return reasons;
  }

  private boolean holds(String name) {
    return !behind.getOrDefault(name, store.version(name)).equals(MeshStore.NONE);
  }

  /** What the node makes of a resource. */
  private Progress progress(String name) {
    if (behind.containsKey(name)) {
      return Progress.WAITING;
    }
    String reason = refused.get(name);
    return reason == null ? Progress.DONE : new Progress.Refused(node, reason);
  }

  private void hold(String name, String version) {
    Progress before = progress(name);
    if (version.equals(store.version(name))) {
      behind.remove(name);
    } else {
      behind.put(name, version);
    }
    rollout.moved(name, before, progress(name));
  }

  private void refuse(Map<String, String> reasons) {
    Set<String> names = new HashSet<>(refused.keySet());
    names.addAll(reasons.keySet());
    for (String name : names) {
      Progress before = progress(name);
      String reason = reasons.get(name);
      if (reason == null) {
        refused.remove(name);
      } else {
        refused.put(name, reason);
      }
      rollout.moved(name, before, progress(name));
    }
  }

  /** Names that the node is behind with; for the bound on memory. */
  int backlog() {
    return behind.size();
  }

  private void advance() {
    if (inFlight != null || (behind.isEmpty() && greeted)) {
      return;
    }
    greeted = true;
    List<Resource> upserted = new ArrayList<>();
    List<String> removed = new ArrayList<>();
    for (String name : behind.keySet()) {
      Resource wanted = store.get(name);
      if (wanted == null) {
        removed.add(name);
      } else {
        upserted.add(wanted);
      }
    }
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
