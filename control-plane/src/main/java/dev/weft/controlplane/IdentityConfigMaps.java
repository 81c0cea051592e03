package dev.weft.controlplane;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Identity numbers in ConfigMaps of Weft's namespace, 8,192 numbers in each: at 53 bytes a number
 * that is 434 kB of the 1 MiB that one may hold, and most meshes need one. A save writes only those
 * that changed, and only onto the version that this process knows: a leader that has been deposed
 * without noticing can give no number away.
 *
 * <p>A save comes with every new set of labels, so at most as often as workloads are created, and
 * one save takes all that came together. Confined to the mesh thread.
 */
final class IdentityConfigMaps implements IdentityNumbers.Store {
  private static final String PREFIX = "weft-identities-";
  private static final String LABEL = "weft.dev/identities";
  private static final String NUMBERS = "numbers";
  private static final String NEXT = "next";
  private static final int EACH = 8192;

  private final KubernetesClient client;
  private final String namespace;

  /** As the server holds them, by index. */
  private final Map<Integer, ConfigMap> kept = new HashMap<>();

  IdentityConfigMaps(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
  }

  @Override
  public IdentityNumbers.@Nullable Saved load() throws IOException {
    List<ConfigMap> maps =
        client.configMaps().inNamespace(namespace).withLabel(LABEL).list().getItems();
    SortedMap<Integer, String> keys = new TreeMap<>();
    int next = 0;
    for (ConfigMap map : maps) {
      try {
        int index = Integer.parseInt(map.getMetadata().getName().substring(PREFIX.length()));
        keys.putAll(IdentityFile.parse(entry(map, NUMBERS).lines().toList()));
        next = Math.max(next, Integer.parseInt(entry(map, NEXT)));
        kept.put(index, map);
      } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
        throw new IOException(
            ("ConfigMap %s/%s is damaged: restore it, or delete all with the label %s and restart"
                    + " every node")
                .formatted(namespace, map.getMetadata().getName(), LABEL),
            e);
      }
    }
    return maps.isEmpty() ? null : new IdentityNumbers.Saved(next, keys);
  }

  private static String entry(ConfigMap map, String key) {
    Map<String, String> data = map.getData();
    String text = data == null ? null : data.get(key);
    if (text == null) {
      throw new IllegalArgumentException("no " + key);
    }
    return text;
  }

  @Override
  public void save(IdentityNumbers.Saved saved) throws IOException {
    TreeSet<Integer> indexes = new TreeSet<>(kept.keySet());
    saved.keys().keySet().forEach(number -> indexes.add(number / EACH));
    for (int index : indexes) {
      String text = IdentityFile.text(saved.keys().subMap(index * EACH, (index + 1) * EACH));
      ConfigMap before = kept.get(index);
      if (before == null || !text.equals(before.getData().get(NUMBERS))) {
        try {
          kept.put(index, write(index, before, text, saved.next()));
        } catch (KubernetesClientException e) {
          throw new IOException(PREFIX + index + ": " + e.getMessage(), e);
        }
      }
    }
  }

  private ConfigMap write(int index, @Nullable ConfigMap before, String numbers, int next) {
    ConfigMap map =
        new ConfigMapBuilder()
            .withNewMetadata()
            .withName(PREFIX + index)
            .withNamespace(namespace)
            .addToLabels(LABEL, "")
            .withResourceVersion(before == null ? null : before.getMetadata().getResourceVersion())
            .endMetadata()
            .withData(Map.of(NUMBERS, numbers, NEXT, Integer.toString(next)))
            .build();
    var resource = client.configMaps().inNamespace(namespace).resource(map);
    return before == null ? resource.create() : resource.update();
  }
}
