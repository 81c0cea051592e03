package dev.weft.routing;

/** What an original destination address and port stand for. */
public sealed interface Target {

  /** A Service's cluster address. */
  record ServiceTarget(ServicePort port) implements Target {}

  /** A Gateway's address. */
  record GatewayTarget(GatewayPort port) implements Target {}

  /** A pod itself: Service routes do not apply. */
  record PodTarget(WorkloadInfo workload, int port) implements Target {}

  /** Nothing that the mesh knows. */
  record UnknownTarget(int address, int port) implements Target {}
}
