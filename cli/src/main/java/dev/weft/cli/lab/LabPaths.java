package dev.weft.cli.lab;

import java.nio.file.Path;

/** Where a running lab keeps its files; all of it is gone after the lab. */
public record LabPaths(Path run) {
  /** What an API server would hold, one object a file. */
  public Path objects() {
    return run.resolve("objects");
  }

  /** Files on their way into a watched folder. */
  public Path drafts() {
    return run.resolve("drafts");
  }

  /** Statuses that the control plane writes. */
  public Path status() {
    return run.resolve("status");
  }

  /** The control plane's CA, tokens and identities. */
  public Path controlPlane() {
    return run.resolve("control-plane");
  }

  /** The root certificate that nodes trust. */
  Path trust() {
    return controlPlane().resolve("ca.pem");
  }

  /** The token that a node shows to the control plane. */
  Path token(LabNode node) {
    return controlPlane().resolve("tokens").resolve(node.name());
  }

  /** A node process's folder. */
  public Path node(LabNode node) {
    return run.resolve(node.name());
  }

  /** Unix socket on which a node process attaches pods. */
  public Path attachSocket(LabNode node) {
    return node(node).resolve("attach.sock");
  }

  /** Output of the node and control-plane processes, and of every container. */
  public Path logs() {
    return run.resolve("logs");
  }

  /** Log of a process by its name. */
  public Path log(String process) {
    return logs().resolve(process + ".log");
  }

  /** Log of a pod's container. */
  public Path log(String namespace, String pod, String container) {
    return logs().resolve("pods").resolve(namespace + "_" + pod + "_" + container + ".log");
  }

  /** Programs that are first on the path of every container. */
  public Path bin() {
    return run.resolve("bin");
  }

  /** BPF file system for the nodes' pins. */
  public Path bpf() {
    return run.resolve("bpf");
  }

  /** Process id and start time of the running lab. */
  public Path pid() {
    return run.resolve("lab.pid");
  }

  /** Processes that the lab started, one "pid start-time name" a line. */
  public Path children() {
    return run.resolve("lab.children");
  }

  /** Present once the lab is ready. */
  public Path ready() {
    return run.resolve("lab.ready");
  }
}
