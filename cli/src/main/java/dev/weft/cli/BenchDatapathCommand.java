package dev.weft.cli;

import dev.weft.datapath.Ipv4;
import dev.weft.node.StandaloneDatapath;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code weft bench-datapath}: a node's programs and a few pods, for {@code bench/run}. */
@Command(
    name = "bench-datapath",
    hidden = true,
    mixinStandardHelpOptions = true,
    description =
        "Attach pods to this network namespace, say 'ready', and go on until standard input ends.")
final class BenchDatapathCommand implements Callable<Integer> {
  @Option(
      names = "--run",
      required = true,
      paramLabel = "DIR",
      description = "a BPF file system is mounted below it")
  private Path run = Path.of("");

  @Option(
      names = "--uplink",
      paramLabel = "DEVICE",
      description = "device of the underlay (default: ${DEFAULT-VALUE})")
  private String uplink = "uplink";

  @Option(
      names = "--address",
      paramLabel = "IP",
      description = "address of that device (default: ${DEFAULT-VALUE})")
  private String address = "10.250.8.1";

  @Option(
      names = "--pod",
      required = true,
      paramLabel = "NETNS=IP",
      description = "a pod to attach; repeatable")
  private Map<String, String> pods = new LinkedHashMap<>();

  @Override
  public Integer call() throws IOException {
    Map<Path, Ipv4> wanted = new LinkedHashMap<>();
    pods.forEach((netns, ip) -> wanted.put(Path.of(netns), Ipv4.parse(ip)));
    try (StandaloneDatapath _ =
        StandaloneDatapath.start(run.resolve("bpf"), uplink, Ipv4.parse(address), wanted)) {
      System.out.println("ready");
      int end = System.in.read();
      return end < 0 ? 0 : 1;
    }
  }
}
