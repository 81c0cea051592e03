package dev.weft.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.AttachAnswer;
import dev.weft.api.v1.AttachRequest;
import dev.weft.cni.CniInstallation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The C program as a runtime runs it, against the node's own socket. */
class CniPluginTest {
  @TempDir Path directory;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<AttachRequest> requests = new CopyOnWriteArrayList<>();
  private Path socket;

  private record Result(int exit, String output) {}

  @BeforeEach
  void install() {
    socket = directory.resolve("attach.sock");
    new CniInstallation(directory, directory, socket, true).install();
  }

  @AfterEach
  void stop() {
    timer.shutdownNow();
  }

  private AttachServer serve(Function<AttachRequest, AttachAnswer> handler) {
    return AttachServer.start(
        socket,
        request -> {
          requests.add(request);
          return handler.apply(request);
        },
        timer);
  }

  private static AttachAnswer attached(AttachRequest request) {
    return AttachAnswer.newBuilder()
        .setAddress(ByteString.copyFrom(new byte[] {10, (byte) 244, 1, 5}))
        .setPrefixLength(32)
        .setGateway(ByteString.copyFrom(new byte[] {(byte) 169, (byte) 254, 1, 1}))
        .setMac(ByteString.copyFrom(new byte[] {2, 0x66, 10, (byte) 244, 1, 5}))
        .setMtu(1450)
        .setHostInterface("weft0123456789a")
        .build();
  }

  private Result run(String command, String members) throws Exception {
    return runRaw(
        command,
        "{\"cniVersion\":\"1.1.0\",\"name\":\"weft\",\"socket\":\""
            + socket
            + "\""
            + members
            + "}");
  }

  private Result runRaw(String command, String config) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(directory.resolve("weft-cni").toString()).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.put("CNI_COMMAND", command);
    environment.put("CNI_CONTAINERID", "0123abcd");
    environment.put("CNI_NETNS", "/var/run/netns/cni-1");
    environment.put("CNI_IFNAME", "eth0");
    environment.put(
        "CNI_ARGS",
        "IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-0;"
            + "K8S_POD_INFRA_CONTAINER_ID=0123abcd;K8S_POD_UID=u-1");
    Process process = builder.start();
    try (var in = process.getOutputStream()) {
      in.write(config.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It may have refused before it read everything.
      assertThat(e).hasMessageContaining("pipe");
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output.strip());
  }

  @Test
  void addsAPod() throws Exception {
    try (AttachServer _ = serve(CniPluginTest::attached)) {
      Result result = run("ADD", ",\"dns\":{\"nameservers\":[\"10.96.0.10\"]}");

      assertThat(result.output())
          .isEqualTo(
              "{\"cniVersion\":\"1.1.0\",\"interfaces\":[{\"name\":\"weft0123456789a\"},"
                  + "{\"name\":\"eth0\",\"mac\":\"02:66:0a:f4:01:05\",\"mtu\":1450,"
                  + "\"sandbox\":\"/var/run/netns/cni-1\"}],"
                  + "\"ips\":[{\"address\":\"10.244.1.5/32\",\"gateway\":\"169.254.1.1\","
                  + "\"interface\":1}],"
                  + "\"routes\":[{\"dst\":\"0.0.0.0/0\",\"gw\":\"169.254.1.1\"}],"
                  + "\"dns\":{\"nameservers\":[\"10.96.0.10\"]}}");
      assertThat(result.exit()).isZero();
      assertThat(requests)
          .containsExactly(
              AttachRequest.newBuilder()
                  .setAdd(
                      AttachRequest.Add.newBuilder()
                          .setContainerId("0123abcd")
                          .setNetns("/var/run/netns/cni-1")
                          .setInterface("eth0")
                          .setPodNamespace("shop")
                          .setPodName("web-0")
                          .setPodUid("u-1"))
                  .build());
    }
  }

  @Test
  void wordsAnOldResultAsOldRuntimesWantIt() throws Exception {
    try (AttachServer _ = serve(CniPluginTest::attached)) {
      String config = "{\"cniVersion\":\"0.4.0\",\"socket\":\"" + socket + "\"}";
      assertThat(runRaw("ADD", config).output())
          .contains("\"ips\":[{\"version\":\"4\",\"address\"")
          .doesNotContain("mtu");
    }
  }

  @Test
  void passesOnWhyTheNodeProcessRefuses() throws Exception {
    try (AttachServer _ =
        serve(
            r -> {
              throw new AttachException(AttachException.TRY_AGAIN, "no free \"address\"");
            })) {
      for (String command : List.of("ADD", "DEL", "STATUS")) {
        Result result = run(command, "");
        assertThat(result.output())
            .isEqualTo(
                "{\"cniVersion\":\"1.1.0\",\"code\":11,\"msg\":\"no free \\\"address\\\"\"}");
        assertThat(result.exit()).isEqualTo(1);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"ADD,11", "CHECK,11", "GC,11", "STATUS,50"})
  void saysThatTheNodeProcessIsAway(String command, int code) throws Exception {
    Result result = run(command, ",\"prevResult\":{},\"cni.dev/valid-attachments\":[]");
    assertThat(result.output()).contains("\"code\":" + code).contains("does not answer");
    assertThat(result.exit()).isEqualTo(1);
  }

  @Test
  void letsAPodGoWhileTheNodeProcessIsAway() throws Exception {
    assertThat(run("DEL", "")).isEqualTo(new Result(0, ""));
    Files.createFile(socket); // a stale one: nobody listens
    assertThat(run("DEL", "")).isEqualTo(new Result(0, ""));
  }

  @Test
  void deletesAPod() throws Exception {
    try (AttachServer _ = serve(_ -> AttachAnswer.getDefaultInstance())) {
      assertThat(run("DEL", "")).isEqualTo(new Result(0, ""));
      assertThat(requests.getFirst().getDel().getContainerId()).isEqualTo("0123abcd");
    }
  }

  @Test
  void checksAPodAgainstTheResultThatTheRuntimeRemembers() throws Exception {
    try (AttachServer _ = serve(CniPluginTest::attached)) {
      String right = ",\"prevResult\":{\"ips\":[{\"address\":\"10.244.1.5/32\"}]}";
      assertThat(run("CHECK", right)).isEqualTo(new Result(0, ""));
      String wrong = ",\"prevResult\":{\"ips\":[{\"address\":\"10.244.1.6/32\"}]}";
      assertThat(run("CHECK", wrong).output()).contains("\"code\":100").contains("10.244.1.5");
      assertThat(run("CHECK", "").output()).contains("\"code\":7");
    }
  }

  @Test
  void collectsGarbage() throws Exception {
    try (AttachServer _ = serve(_ -> AttachAnswer.getDefaultInstance())) {
      String valid =
          ",\"cni.dev/valid-attachments\":[{\"containerID\":\"a\",\"ifname\":\"eth0\"},"
              + "{\"ifname\":\"eth0\",\"containerID\":\"b\"}]";
      assertThat(run("GC", valid)).isEqualTo(new Result(0, ""));
      assertThat(requests.getFirst().getGc().getContainerIdsList()).containsExactly("a", "b");
      assertThat(run("GC", "").output()).contains("\"code\":7");
      assertThat(run("GC", ",\"cni.dev/valid-attachments\":[{}]").output()).contains("\"code\":7");
      assertThat(requests).hasSize(1);
    }
  }

  @Test
  void namesItsVersions() throws Exception {
    assertThat(runRaw("VERSION", "{\"cniVersion\":\"1.0.0\"}"))
        .isEqualTo(
            new Result(
                0,
                "{\"cniVersion\":\"1.0.0\",\"supportedVersions\":[\"0.4.0\",\"1.0.0\",\"1.1.0\"]}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ADD|{\"cniVersion\":\"0.3.1\"}|1",
        "ADD|{}|1",
        "ADD|{\"cniVersion\":\"1.1.0\"|6",
        "ADD|[]|6",
        "ADD|{\"cniVersion\":\"1.1.0\"} x|6",
        "ADD|{\"cniVersion\":\"1.1.0\",\"socket\":7}|7",
        "ADD|{\"cniVersion\":\"1.1.0\",\"socket\":\"/a\\u0000\"}|7",
        "MOVE|{\"cniVersion\":\"1.1.0\"}|4",
      })
  void refusesWhatItCannotMakeSenseOf(String command, String config, int code) throws Exception {
    Result result = runRaw(command, config);
    assertThat(result.output()).contains("\"code\":" + code + ",");
    assertThat(result.exit()).isEqualTo(1);
  }

  @Test
  void refusesWhatIsTooLongOrTooDeep() throws Exception {
    assertThat(runRaw("ADD", "{\"a\":\"" + "x".repeat(1 << 20) + "\"}").output())
        .contains("\"code\":6,");
    assertThat(runRaw("ADD", "[".repeat(100_000)).output()).contains("\"code\":6,");
    assertThat(run("ADD", ",\"socket\":\"/" + "x".repeat(200) + "\"").output())
        .contains("\"code\":7,");
  }

  @Test
  void survivesEveryMutilatedConfiguration() throws Exception {
    String whole =
        "{\"cniVersion\":\"1.1.0\",\"a\":[1,-2.5e+3,true,null,{\"b\\n\\u00e9\":\"\\\\\"}],"
            + "\"prevResult\":{\"ips\":[{\"address\":\"10.244.1.5/32\"}]},\"socket\":\"/nowhere\"}";
    Random random = new Random(7);
    List<Integer> exits = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      StringBuilder text = new StringBuilder(whole);
      for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
        int at = random.nextInt(text.length());
        if (random.nextBoolean()) {
          text.deleteCharAt(at);
        } else {
          text.setCharAt(at, "\"\\{}[],:0u\u0001".charAt(random.nextInt(11)));
        }
      }
      exits.add(runRaw("CHECK", text.toString()).exit());
    }
    assertThat(exits).containsOnly(1);
  }

  @Test
  void refusesAnAnswerThatIsNone() throws Exception {
    try (AttachServer _ =
        serve(
            _ ->
                attached(requests.getFirst()).toBuilder()
                    .clearMac()
                    .setMac(ByteString.copyFrom(new byte[3]))
                    .build())) {
      assertThat(run("ADD", "").output()).contains("\"code\":11,").contains("3 bytes");
    }
  }
}
