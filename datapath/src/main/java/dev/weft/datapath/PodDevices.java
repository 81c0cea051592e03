package dev.weft.datapath;

import dev.weft.datapath.bpf.BpfException;
import dev.weft.datapath.bpf.NetNamespace;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Veth pairs between node and pods. Which pod a device belongs to is written into the device's
 * alias, so that a new process finds the pods of an earlier one.
 */
final class PodDevices {
  /** "12: weft0123456789a@if2: … alias weft ID eth0 10.244.1.5". */
  private static final Pattern DEVICE =
      Pattern.compile(
          "^(\\d+): (weft[0-9a-f]{11})@.*\\balias weft (\\S+) (\\S+) ([0-9.]+)\\s*$",
          Pattern.MULTILINE);

  private final DatapathOptions options;

  PodDevices(DatapathOptions options) {
    this.options = options;
  }

  /** The pods of this network namespace. */
  static List<AttachedPod> list() {
    Matcher matcher = DEVICE.matcher(IpCommand.run("-o", "-d", "link", "show", "type", "veth"));
    List<AttachedPod> pods = new ArrayList<>();
    while (matcher.find()) {
      pods.add(
          new AttachedPod(
              matcher.group(3),
              matcher.group(4),
              Ipv4.parse(matcher.group(5)),
              matcher.group(2),
              Integer.parseInt(matcher.group(1))));
    }
    return pods;
  }

  /**
   * Makes the pair and the pod's routes.
   *
   * @param guard called before the first packet can pass, to attach the programs
   */
  AttachedPod connect(PodAttachment pod, Consumer<AttachedPod> guard) {
    String host = pod.hostInterface();
    boolean fresh = NetNamespace.device(host) == 0;
    if (fresh) {
      IpCommand.run(
          "link add %s mtu %d address %s type veth peer name %s mtu %d address %s netns %s"
              .formatted(
                  host,
                  options.podMtu(),
                  Mac.GATEWAY,
                  pod.interfaceName(),
                  options.podMtu(),
                  pod.mac(),
                  pod.netns())
              .split(" "));
    }
    try {
      AttachedPod attached =
          new AttachedPod(
              pod.containerId(),
              pod.interfaceName(),
              pod.address(),
              host,
              NetNamespace.device(host));
      guard.accept(attached);
      nodeSide(attached);
      podSide(pod);
      return attached;
    } catch (DatapathException | BpfException e) {
      if (fresh) {
        disconnect(host);
      }
      throw new DatapathException(
          "attaching "
              + pod.address()
              + " of container "
              + pod.containerId()
              + ": "
              + e.getMessage(),
          e);
    }
  }

  private void nodeSide(AttachedPod pod) {
    String host = pod.hostInterface();
    Sysctl.set("ipv4/conf/" + host + "/rp_filter", "0");
    // Connections of the node itself that an L7 rule must see come back in through this device.
    Sysctl.set("ipv4/conf/" + host + "/accept_local", "1");
    Sysctl.set("ipv6/conf/" + host + "/disable_ipv6", "1");
    IpCommand.run(
        "link",
        "set",
        host,
        "alias",
        "weft " + pod.containerId() + " " + pod.interfaceName() + " " + pod.address(),
        "up");
    IpCommand.batch(
        List.of(
            "neigh replace %s lladdr %s dev %s nud permanent"
                .formatted(pod.address(), pod.mac(), host),
            "route replace %s/32 dev %s scope link src %s"
                .formatted(pod.address(), host, options.nodeAddress())));
  }

  private static void podSide(PodAttachment pod) {
    String device = pod.interfaceName();
    List<String> commands =
        List.of(
            "link set lo up",
            "address replace %s/32 dev %s".formatted(pod.address(), device),
            "link set %s up".formatted(device),
            "neigh replace %s lladdr %s dev %s nud permanent"
                .formatted(PodAttachment.GATEWAY, Mac.GATEWAY, device),
            "route replace %s/32 dev %s scope link".formatted(PodAttachment.GATEWAY, device),
            "route replace default via %s dev %s src %s"
                .formatted(PodAttachment.GATEWAY, device, pod.address()));
    try {
      NetNamespace.call(
          pod.netns(),
          () -> {
            Sysctl.set("ipv6/conf/" + device + "/disable_ipv6", "1");
            IpCommand.batch(commands);
            return true;
          });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DatapathException("interrupted while configuring " + device, e);
    } catch (DatapathException | BpfException e) {
      throw e;
    } catch (Exception e) {
      throw new DatapathException("cannot configure " + device + " inside the pod", e);
    }
  }

  /** Removes a pair; nothing happens when it is gone already. */
  static void disconnect(String host) {
    if (NetNamespace.device(host) != 0) {
      IpCommand.run("link", "del", host);
    }
  }
}
