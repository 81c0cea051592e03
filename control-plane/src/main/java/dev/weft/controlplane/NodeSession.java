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
 * <p>When a node refuses resources, the rest of that update is sent again without them: one object
 * that a node cannot put to use holds up no other. A refused version is not sent again; the next
 * version of the same resource is.
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
  private final Map<String, Refused> refused = new HashMap<>();
  private @Nullable Update inFlight;
  private long nonce;
  private boolean greeted;

  /** Why the node does not hold a version. */
  private record Refused(String version, String reason) {}

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
   * The node has applied an update.
   *
   * @return the names whose state at this node changed
   */
  Set<String> ack(long acked) {
    Update update = inFlight;
    if (update == null || update.getNonce() != acked) {
      return Set.of();
    }
    inFlight = null;
    Set<String> names = new HashSet<>(update.getRemovedList());
    update.getRemovedList().forEach(held::remove);
    for (Resource resource : update.getUpsertedList()) {
      held.put(resource.getName(), resource.getVersion());
      names.add(resource.getName());
    }
    names.forEach(refused::remove);
    advance();
    return names;
  }

  /**
   * The node has refused an update.
   *
   * @return the names whose state at this node changed
   */
  Set<String> nack(Nack nack) {
    Update update = inFlight;
    if (update == null || update.getNonce() != nack.getNonce()) {
      return Set.of();
    }
    inFlight = null;
    Map<String, String> reasons = new HashMap<>();
    for (Refusal refusal : nack.getRefusalsList()) {
      reasons.putIfAbsent(refusal.getResource(), readable(refusal.getReason()));
    }
    Set<String> named = new HashSet<>();
    for (Resource resource : update.getUpsertedList()) {
      String reason = reasons.get(resource.getName());
      if (reason != null) {
        refused.put(resource.getName(), new Refused(resource.getVersion(), reason));
        named.add(resource.getName());
      }
    }
    List<String> sent = names(update);
    if (named.isEmpty()) {
      // Nothing in the update is to blame, so sending it again at once would not help: everything
      // in
      // it counts as refused until it changes or the node comes back.
      String reason = String.join("; ", reasons.values());
      for (Resource resource : update.getUpsertedList()) {
        refused.put(resource.getName(), new Refused(resource.getVersion(), reason));
      }
      pending.addAll(update.getRemovedList());
      return new HashSet<>(sent);
    }
    pending.addAll(sent);
    advance();
    return named;
  }

  /** What this node makes of a resource of the store. */
  Progress progress(String name) {
    Resource wanted = store.get(name);
    String version = wanted == null ? null : wanted.getVersion();
    if (version == null || version.equals(held.get(name))) {
      return new Progress.Done();
    }
    Refused no = refused.get(name);
    return no != null && no.version().equals(version)
        ? new Progress.Refused(node, no.reason())
        : new Progress.Waiting();
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
      if (wanted == null) {
        refused.remove(name);
        if (has != null) {
          removed.add(name);
        }
      } else if (!wanted.getVersion().equals(has) && !isRefused(wanted)) {
        upserted.add(wanted);
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

  private boolean isRefused(Resource wanted) {
    Refused no = refused.get(wanted.getName());
    return no != null && no.version().equals(wanted.getVersion());
  }

  /** One line of bounded length, which can stand in a status and a log. */
  static String readable(String text) {
    String line = text.replaceAll("\\p{Cntrl}", " ");
    return line.length() <= MAX_REASON ? line : line.substring(0, MAX_REASON) + "...";
  }

  private static List<String> names(Update update) {
    List<String> names = new ArrayList<>(update.getRemovedList());
    update.getUpsertedList().forEach(resource -> names.add(resource.getName()));
    return names;
  }
}
