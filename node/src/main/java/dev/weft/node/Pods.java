package dev.weft.node;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.AttachAnswer;
import dev.weft.api.v1.AttachRequest;
import dev.weft.api.v1.AttachedPod;
import dev.weft.datapath.Datapath;
import dev.weft.datapath.DatapathException;
import dev.weft.datapath.Ipv4;
import dev.weft.datapath.PodAttachment;
import dev.weft.datapath.Prefix;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pods of this node: gives them addresses, connects and disconnects them, as CNI 1.1 words it.
 * Confined to the attach thread.
 */
final class Pods {
  private static final Logger log = LoggerFactory.getLogger(Pods.class);

  private final Datapath datapath;
  private final PodRegistry registry;
  private final PodRecords records;
  private final Ipam ipam;
  private final int mtu;
  private final Map<String, AttachedPod> pods = new LinkedHashMap<>();

  Pods(Datapath datapath, PodRegistry registry, PodRecords records, Prefix network, int mtu) {
    this.datapath = datapath;
    this.registry = registry;
    this.records = records;
    this.ipam = new Ipam(network);
    this.mtu = mtu;
  }

  /** Takes over the pods of an earlier process. Those whose namespace is gone are disconnected. */
  List<AttachedPod> adopt() {
    for (AttachedPod pod : records.load()) {
      ipam.adopt(Ipv4.of(pod.getAddress().toByteArray()));
      pods.put(pod.getAdd().getContainerId(), pod);
    }
    sweep();
    return List.copyOf(pods.values());
  }

  /**
   * Disconnects pods whose namespace is gone: a DEL that finds no node process leaves that to us.
   */
  void sweep() {
    for (AttachedPod pod : List.copyOf(pods.values())) {
      if (!Files.exists(Path.of(pod.getAdd().getNetns()))) {
        remove(pod);
      }
    }
  }

  /** Carries out one request. */
  AttachAnswer handle(AttachRequest request) {
    return switch (request.getKindCase()) {
      case ADD -> add(request.getAdd());
      case DEL -> del(request.getDel().getContainerId());
      case CHECK -> check(request.getCheck());
      case STATUS -> AttachAnswer.getDefaultInstance();
      case GC -> gc(Set.copyOf(request.getGc().getContainerIdsList()));
      case KIND_NOT_SET ->
          throw new AttachException(AttachException.INVALID, "an attach request without a kind");
    };
  }

  private AttachAnswer add(AttachRequest.Add add) {
    requirePlausible(add);
    AttachedPod known = pods.get(add.getContainerId());
    Ipv4 address = known == null ? ipam.allocate() : Ipv4.of(known.getAddress().toByteArray());
    try {
      AttachedPod pod = attach(add, address);
      registry.announce(add.getPodNamespace(), add.getPodName(), address);
      records.save(pod);
      pods.put(add.getContainerId(), pod);
      log.info("attached {}/{} as {}", add.getPodNamespace(), add.getPodName(), address);
      return answer(pod);
    } catch (AttachException | DatapathException e) {
      if (known == null) {
        undo(add, address);
      }
      throw e instanceof AttachException
          ? e
          : new AttachException(AttachException.TRY_AGAIN, message(e), e);
    }
  }

  private AttachedPod attach(AttachRequest.Add add, Ipv4 address) {
    PodAttachment wanted =
        new PodAttachment(
            add.getContainerId(), Path.of(add.getNetns()), add.getInterface(), address);
    dev.weft.datapath.AttachedPod attached = datapath.attach(wanted);
    return AttachedPod.newBuilder()
        .setAdd(add)
        .setAddress(ByteString.copyFrom(address.toBytes()))
        .setHostInterface(attached.hostInterface())
        .setMac(ByteString.copyFrom(attached.mac().toBytes()))
        .build();
  }

  private void undo(AttachRequest.Add add, Ipv4 address) {
    try {
      registry.forget(add.getPodNamespace(), add.getPodName());
      datapath.detach(add.getContainerId(), add.getInterface());
    } catch (DatapathException e) {
      log.warn("left something of {}/{} behind", add.getPodNamespace(), add.getPodName(), e);
    } finally {
      ipam.release(address);
    }
  }

  /** DEL succeeds for what is gone already (CNI 1.1 §DEL). */
  private AttachAnswer del(String containerId) {
    AttachedPod pod = pods.get(containerId);
    if (pod != null) {
      remove(pod);
    }
    return AttachAnswer.getDefaultInstance();
  }

  private void remove(AttachedPod pod) {
    AttachRequest.Add add = pod.getAdd();
    datapath.detach(add.getContainerId(), add.getInterface());
    records.delete(add.getContainerId());
    pods.remove(add.getContainerId());
    if (pods.values().stream().noneMatch(other -> isSamePod(add, other.getAdd()))) {
      registry.forget(add.getPodNamespace(), add.getPodName());
    }
    ipam.release(Ipv4.of(pod.getAddress().toByteArray()));
    log.info("detached {}/{}", add.getPodNamespace(), add.getPodName());
  }

  /** A pod gets a new sandbox when its old one ends, and for a moment may have both. */
  private static boolean isSamePod(AttachRequest.Add one, AttachRequest.Add other) {
    return one.getPodNamespace().equals(other.getPodNamespace())
        && one.getPodName().equals(other.getPodName());
  }

  private AttachAnswer check(AttachRequest.Check check) {
    AttachedPod pod = pods.get(check.getContainerId());
    if (pod == null) {
      throw new AttachException(
          AttachException.UNKNOWN_CONTAINER,
          "container " + check.getContainerId() + " is not attached");
    }
    boolean connected =
        datapath.attached().stream().anyMatch(a -> a.containerId().equals(check.getContainerId()));
    if (!connected) {
      throw new AttachException(
          AttachException.TRY_AGAIN,
          "container " + check.getContainerId() + " has lost its device: ADD it again");
    }
    return answer(pod);
  }

  private AttachAnswer gc(Set<String> valid) {
    for (AttachedPod pod : List.copyOf(pods.values())) {
      if (!valid.contains(pod.getAdd().getContainerId())) {
        remove(pod);
      }
    }
    return AttachAnswer.getDefaultInstance();
  }

  private static void requirePlausible(AttachRequest.Add add) {
    if (add.getPodNamespace().isEmpty() || add.getPodName().isEmpty()) {
      throw new AttachException(
          AttachException.INVALID,
          "no pod name: the runtime must pass K8S_POD_NAMESPACE and K8S_POD_NAME");
    }
    if (!Path.of(add.getNetns()).isAbsolute()) {
      throw new AttachException(
          AttachException.INVALID, "netns must be an absolute path, not '" + add.getNetns() + "'");
    }
  }

  private AttachAnswer answer(AttachedPod pod) {
    return AttachAnswer.newBuilder()
        .setAddress(pod.getAddress())
        .setPrefixLength(32)
        .setGateway(ByteString.copyFrom(PodAttachment.GATEWAY.toBytes()))
        .setMac(pod.getMac())
        .setMtu(mtu)
        .setHostInterface(pod.getHostInterface())
        .build();
  }

  private static String message(@Nullable Throwable e) {
    return e == null ? "unknown failure" : String.valueOf(e.getMessage());
  }
}
