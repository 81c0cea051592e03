package dev.weft.controlplane;

import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows all objects of one kind for ever: after a lost connection it goes on where it was, after
 * an expired watch it lists again and notices what was deleted meanwhile. Nothing is handed over
 * before the first list is whole.
 *
 * <p>The informer calls the handler one event at a time.
 */
final class KindWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KindWatch.class);

  /** So many objects come in one answer; all of a kind at once could be more than memory. */
  private static final long PAGE = 500;

  /** Secrets that no object of the Gateway API can reference are not even transferred. */
  private static final List<String> OTHER_SECRETS =
      List.of(
          "helm.sh/release.v1",
          "kubernetes.io/service-account-token",
          "kubernetes.io/dockerconfigjson",
          "kubernetes.io/dockercfg",
          "kubernetes.io/basic-auth",
          "kubernetes.io/ssh-auth",
          "bootstrap.kubernetes.io/token");

  private final Kind kind;
  private final Ears ears;
  private final SharedIndexInformer<GenericKubernetesResource> informer;
  private final CompletableFuture<Void> listed = new CompletableFuture<>();

  private volatile boolean closed;

  /** What came before the first list was whole; null afterwards. */
  private @Nullable Map<ObjectRef, Change> first = new LinkedHashMap<>();

  /** Who hears of what. */
  record Ears(Inbox inbox, ObservedStatuses statuses, Outages outages) {}

  KindWatch(KubernetesClient client, Kind kind, ResourceDefinitionContext context, Ears ears) {
    this.kind = kind;
    this.ears = ears;
    var all = client.genericKubernetesResources(context).inAnyNamespace();
    if (kind == Kind.SECRET) {
      var filter = all.withNewFilter();
      for (String type : OTHER_SECRETS) {
        filter = filter.withoutField("type", type);
      }
      this.informer = filter.endFilter().withLimit(PAGE).runnableInformer(0);
    } else {
      this.informer = all.withLimit(PAGE).runnableInformer(0);
    }
    informer.itemStore(new StubStore());
    informer.exceptionHandler(this::retry);
    informer.addEventHandler(new Handler());
  }

  void start() {
    informer.start();
  }

  Kind kind() {
    return kind;
  }

  /** Completes when the first list has been handed over. */
  CompletableFuture<Void> listed() {
    return listed;
  }

  @Override
  public void close() {
    closed = true;
    informer.stop();
  }

  private boolean retry(boolean started, Throwable problem) {
    String news = ears.outages().failed(kind, String.valueOf(problem.getMessage()));
    if (!news.isEmpty() && !closed) {
      LOG.warn("{}", news);
    }
    return true;
  }

  private void changed(GenericKubernetesResource raw, boolean there) {
    ObjectRef ref = KubernetesObjects.ref(kind, raw);
    Change change = there ? KubernetesObjects.read(kind, raw) : new Change.Gone();
    if (there) {
      ears.statuses().seen(ref, raw);
    } else {
      ears.statuses().gone(ref);
    }
    if (first != null) {
      first.put(ref, change);
    } else {
      ears.inbox().put(ref, change);
    }
  }

  /** What the informer calls. */
  private final class Handler implements ResourceEventHandler<GenericKubernetesResource> {
    @Override
    public void onAdd(GenericKubernetesResource added) {
      changed(added, true);
    }

    @Override
    public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource now) {
      changed(now, true);
    }

    @Override
    public void onDelete(GenericKubernetesResource last, boolean unknownLast) {
      changed(last, false);
    }

    @Override
    public void onList(String version, boolean empty) {
      String news = ears.outages().listed(kind);
      if (!news.isEmpty()) {
        LOG.info("{}", news);
      }
      if (first != null) {
        ears.inbox().putAll(first);
        first = null;
        listed.complete(null);
      }
    }
  }
}
