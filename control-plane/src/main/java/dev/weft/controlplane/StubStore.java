package dev.weft.controlplane;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An informer's memory that holds no more of an object than the informer asks for: its name, and
 * its version to tell whether it changed. Any thread.
 */
final class StubStore implements ItemStore<GenericKubernetesResource> {
  private final ConcurrentMap<String, GenericKubernetesResource> stubs = new ConcurrentHashMap<>();

  @Override
  public String getKey(GenericKubernetesResource object) {
    return Cache.metaNamespaceKeyFunc(object);
  }

  @Override
  public @Nullable GenericKubernetesResource put(String key, GenericKubernetesResource object) {
    ObjectMeta meta = new ObjectMeta();
    meta.setName(object.getMetadata().getName());
    meta.setNamespace(object.getMetadata().getNamespace());
    meta.setResourceVersion(object.getMetadata().getResourceVersion());
    GenericKubernetesResource stub = new GenericKubernetesResource();
    stub.setMetadata(meta);
    return stubs.put(key, stub);
  }

  @Override
  public @Nullable GenericKubernetesResource remove(String key) {
    return stubs.remove(key);
  }

  @Override
  public Stream<String> keySet() {
    return stubs.keySet().stream();
  }

  @Override
  public Stream<GenericKubernetesResource> values() {
    return stubs.values().stream();
  }

  @Override
  public int size() {
    return stubs.size();
  }

  @Override
  public @Nullable GenericKubernetesResource get(String key) {
    return stubs.get(key);
  }

  /** The informer must hand over each object when it comes: later only its stub is left. */
  @Override
  public boolean isFullState() {
    return false;
  }
}
