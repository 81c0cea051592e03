package dev.weft.node;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Workload;
import dev.weft.datapath.DatapathException;
import dev.weft.datapath.Ipv4;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What this node says of its own pods beside what the control plane tells: the addresses it gave
 * them, and who waits for one to be known. The control plane learns a pod's address from the
 * runtime, after this node: until then ours counts. Confined to the config thread, but for {@link
 * PodRegistry}'s methods, which hand over to it.
 */
final class LocalPods implements PodRegistry {
  /** Applying takes milliseconds; more means that the config thread is stuck. */
  private static final Duration APPLY_PATIENCE = Duration.ofSeconds(10);

  /** Between the control plane's version of a workload and the address this node gave it. */
  private static final char OWN_WORD = '+';

  private final String node;
  private final Executor config;
  private final Function<String, @Nullable Resource> known;
  private final Consumer<Resource> renew;
  private final Map<String, Ipv4> addresses = new HashMap<>();
  private final Map<String, CompletableFuture<Void>> awaited = new HashMap<>();

  /**
   * No pods yet.
   *
   * @param known resources by name, on the config thread
   * @param renew takes a resource in once more, on the config thread
   */
  LocalPods(
      String node,
      Executor config,
      Function<String, @Nullable Resource> known,
      Consumer<Resource> renew) {
    this.node = node;
    this.config = config;
    this.known = known;
    this.renew = renew;
  }

  /** Takes over the addresses that an earlier process gave, by "namespace/name". */
  void adopt(Map<String, Ipv4> pods) {
    addresses.putAll(pods);
  }

  /** A resource with this node's word on it. */
  Resource withOwnWord(Resource told) {
    Ipv4 address = isLocal(told) ? addresses.get(key(told.getWorkload())) : null;
    if (address == null) {
      return told;
    }
    Workload.Builder workload =
        told.getWorkload().toBuilder().setAddress(ByteString.copyFrom(address.toBytes()));
    return told.toBuilder()
        .setVersion(toldVersion(told) + OWN_WORD + address)
        .setWorkload(workload)
        .build();
  }

  /** The control plane's version of a resource. */
  static String toldVersion(Resource resource) {
    int own = resource.getVersion().indexOf(OWN_WORD);
    return own < 0 ? resource.getVersion() : resource.getVersion().substring(0, own);
  }

  /** A resource has been brought to all that must know it. */
  void brought(Resource resource) {
    CompletableFuture<Void> waiting =
        isLocal(resource) ? awaited.remove(key(resource.getWorkload())) : null;
    if (waiting != null) {
      waiting.complete(null);
    }
  }

  private boolean isLocal(Resource resource) {
    return resource.hasWorkload() && resource.getWorkload().getNode().equals(node);
  }

  private static String key(Workload workload) {
    return workload.getNamespace() + "/" + workload.getName();
  }

  @Override
  public void awaitKnown(String namespace, String pod, Duration patience) {
    String key = namespace + "/" + pod;
    CompletableFuture<Void> told = new CompletableFuture<>();
    config.execute(
        () -> {
          Resource resource = known.apply("workload/" + key);
          if (resource != null && isLocal(resource)) {
            told.complete(null);
          } else {
            awaited
                .computeIfAbsent(key, _ -> new CompletableFuture<>())
                .thenRun(() -> told.complete(null));
          }
        });
    await(
        told,
        patience,
        "the control plane has not told this node of pod "
            + key
            + "; is it running and is the pod scheduled here?");
  }

  @Override
  public void announce(String namespace, String pod, Ipv4 address) {
    String key = namespace + "/" + pod;
    onConfig(
        () -> {
          addresses.put(key, address);
          Resource resource = known.apply("workload/" + key);
          if (resource != null) {
            renew.accept(resource);
          }
        },
        "the node process could not take in pod " + key);
  }

  @Override
  public void forget(String namespace, String pod) {
    String key = namespace + "/" + pod;
    onConfig(
        () -> {
          addresses.remove(key);
          awaited.remove(key);
        },
        "the node process could not forget pod " + key);
  }

  private void onConfig(Runnable work, String problem) {
    await(CompletableFuture.runAsync(work, config), APPLY_PATIENCE, problem);
  }

  private static void await(CompletableFuture<Void> done, Duration patience, String problem) {
    try {
      done.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new AttachException(AttachException.TRY_AGAIN, problem, e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      String detail = cause instanceof DatapathException ? ": " + cause.getMessage() : "";
      throw new AttachException(AttachException.TRY_AGAIN, problem + detail, cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AttachException(AttachException.TRY_AGAIN, "interrupted: " + problem, e);
    }
  }
}
