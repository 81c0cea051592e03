package dev.weft.gatewayapi;

import dev.weft.resources.Derivation;
import dev.weft.resources.Gateway;
import dev.weft.resources.KubeObject;
import dev.weft.resources.ObjectMeta;
import dev.weft.resources.ServiceAccount;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the cluster must hold for a Gateway (GEP-1762). Weft serves Gateways on every node, so a
 * Gateway needs no pods of its own: a ServiceAccount stands for it, with the labels and annotations
 * of {@code spec.infrastructure}, and other objects can be attached to it by them. Addresses of the
 * cluster's Services come from Services ({@link ClusterAddress}).
 */
record Infrastructure(List<KubeObject> objects) {
  static final String GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name";
  static final String CLASS_NAME = "gateway.networking.k8s.io/gateway-class-name";

  private static final int LONGEST_LABEL = 63;
  private static final int LONGEST_NAME = 253;

  /** The objects of one Gateway that Weft serves. */
  record Of(String namespace, String name) implements Derivation.Query<Infrastructure> {
    @Override
    public Infrastructure compute(Derivation.Reader reader) {
      Gateway gateway = reader.object(Gateway.class, namespace, name);
      if (gateway == null || gateway.metadata().deletionTimestamp() != null) {
        return new Infrastructure(List.of());
      }
      ObjectMeta metadata = metadata(gateway);
      List<KubeObject> objects = new ArrayList<>();
      objects.add(new ServiceAccount(metadata, Map.of()));
      ClusterAddress.all(gateway).forEach(wish -> objects.add(wish.object(metadata)));
      return new Infrastructure(List.copyOf(objects));
    }
  }

  private static ObjectMeta metadata(Gateway gateway) {
    ObjectMeta owner = gateway.metadata();
    String className = gateway.spec().gatewayClassName();
    Gateway.Infrastructure wanted = gateway.spec().infrastructure();
    Map<String, String> labels = new TreeMap<>(wanted == null ? Map.of() : wanted.labels());
    labels.put(GATEWAY_NAME, shortened(owner.name(), LONGEST_LABEL));
    labels.put(CLASS_NAME, shortened(className, LONGEST_LABEL));
    labels.put(ObjectMeta.MANAGED_BY_LABEL, ObjectMeta.MANAGED_BY_WEFT);
    return new ObjectMeta(
        shortened(owner.name() + "-" + className, LONGEST_NAME),
        owner.namespace(),
        "",
        Map.copyOf(labels),
        wanted == null ? Map.of() : wanted.annotations(),
        0,
        "",
        null,
        null,
        List.of(
            new ObjectMeta.OwnerReference(
                gateway.kind().apiVersion(), "Gateway", owner.name(), owner.uid(), true, false)),
        Map.of());
  }

  /**
   * A name that fits. One that is too long ends in the hash of the whole, so that two long names
   * with the same beginning stay two.
   */
  static String shortened(String name, int longest) {
    if (name.length() <= longest) {
      return name;
    }
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
      String hash = HexFormat.of().formatHex(digest, 0, 5);
      String begin = name.substring(0, longest - hash.length() - 1);
      // A name's part must not end in a dot or a dash before the next one begins.
      return begin.replaceAll("[^a-z0-9]+$", "") + "-" + hash;
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("SHA-256 in every JDK", e);
    }
  }
}
