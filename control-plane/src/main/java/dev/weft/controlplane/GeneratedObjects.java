package dev.weft.controlplane;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.weft.resources.Kind;
import dev.weft.resources.KubeObject;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ResourceWriter;
import dev.weft.resources.Snapshot;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies generated objects to an API server, server-side and with Weft's controller as field
 * manager: what others add to an object stays, what Weft wanted once and no longer wants goes.
 *
 * <p>Requests are made on the thread it is given, one after the other: they are few, a handful for
 * each Gateway that comes, goes or changes its metadata.
 */
final class GeneratedObjects implements GeneratedSink {
  private static final Logger LOG = LoggerFactory.getLogger(GeneratedObjects.class);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final KubernetesClient client;
  private final ScheduledExecutorService thread;
  private final AtomicReference<@Nullable Work> due = new AtomicReference<>();

  /** What was applied and has not been seen in the cluster yet. */
  private final Map<ObjectRef, KubeObject> applied = new HashMap<>();

  private final Set<ObjectRef> told = new HashSet<>();

  private record Work(Snapshot snapshot, List<KubeObject> wanted) {}

  /**
   * A writer.
   *
   * @param thread one thread, which the requests block
   */
  GeneratedObjects(KubernetesClient client, ScheduledExecutorService thread) {
    this.client = client;
    this.thread = thread;
  }

  @Override
  public void update(Snapshot snapshot, List<KubeObject> wanted) {
    if (due.getAndSet(new Work(snapshot, List.copyOf(wanted))) == null) {
      thread.execute(Tasks.logged(this::work));
    }
  }

  private void work() {
    Work work = due.getAndSet(null);
    if (work == null) {
      return;
    }
    GeneratedPlan plan = GeneratedPlan.of(work.snapshot(), work.wanted());
    told.retainAll(plan.occupied());
    plan.occupied().stream()
        .filter(told::add)
        .forEach(ref -> LOG.warn("{} is somebody else's; it is left as it is", ref));
    boolean done = true;
    for (KubeObject object : plan.apply()) {
      done &= object.equals(applied.get(object.ref())) || apply(object);
    }
    for (ObjectRef ref : plan.delete()) {
      done &= delete(ref);
    }
    Set<ObjectRef> unseen = new HashSet<>();
    plan.apply().forEach(object -> unseen.add(object.ref()));
    applied.keySet().retainAll(unseen);
    if (!done && due.compareAndSet(null, work)) {
      thread.schedule(Tasks.logged(this::work), PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private boolean apply(KubeObject object) {
    Map<String, Object> json =
        ObservedStatuses.JSON.convertValue(
            ResourceWriter.toJson(object), new TypeReference<Map<String, Object>>() {});
    GenericKubernetesResource body =
        ObservedStatuses.JSON.convertValue(json, GenericKubernetesResource.class);
    try {
      client
          .genericKubernetesResources(context(object.kind()))
          .inNamespace(object.metadata().namespace())
          .resource(body)
          .patch(ServerSideApply.AS_WEFT, body);
      applied.put(object.ref(), object);
      return true;
    } catch (KubernetesClientException e) {
      LOG.warn("{} cannot be applied, trying on: {}", object.ref(), e.getMessage());
      return false;
    }
  }

  private boolean delete(ObjectRef ref) {
    try {
      client
          .genericKubernetesResources(context(ref.kind()))
          .inNamespace(ref.namespace())
          .withName(ref.name())
          .delete();
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return true;
      }
      LOG.warn("{} cannot be deleted, trying on: {}", ref, e.getMessage());
      return false;
    }
  }

  private static ResourceDefinitionContext context(Kind kind) {
    return new ResourceDefinitionContext.Builder()
        .withGroup(kind.group())
        .withVersion(kind.apiVersion())
        .withKind(kind.kind())
        .withPlural(kind.kind().toLowerCase(java.util.Locale.ROOT) + "s")
        .withNamespaced(true)
        .build();
  }
}
