package dev.weft.node;

import dev.weft.datapath.Ipv4;
import java.time.Duration;

/** What the attach side asks of the configuration side. */
interface PodRegistry {

  /**
   * Waits until the control plane has told of the pod. Blocks; never call it from the attach or the
   * config thread.
   *
   * @throws AttachException try again later, when the control plane does not know the pod in time
   */
  void awaitKnown(String namespace, String pod, Duration patience);

  /**
   * Makes tables and maps know the pod by this address; they do when this returns. From then on the
   * pod may run: no packet of it is treated as a stranger's. Blocks for the config thread.
   *
   * @throws AttachException try again later, when that fails
   */
  void announce(String namespace, String pod, Ipv4 address);

  /** Takes back what {@link #announce} said of a pod; the control plane's word counts again. */
  void forget(String namespace, String pod);
}
