package dev.weft.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.HttpRoute;
import dev.weft.api.v1.MeshSettings;
import dev.weft.api.v1.MtlsMode;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Update;
import dev.weft.api.v1.Workload;
import dev.weft.datapath.Ipv4;
import dev.weft.flows.Clocks;
import dev.weft.flows.Telemetry;
import dev.weft.flows.TelemetryOptions;
import dev.weft.flows.TelemetrySettings;
import dev.weft.identity.CertificateAuthority;
import dev.weft.identity.CertificateRequest;
import dev.weft.identity.CertificateSigner;
import dev.weft.identity.CsrRefusedException;
import dev.weft.identity.Scheduler;
import dev.weft.identity.SignedCertificate;
import dev.weft.identity.SvidContexts;
import dev.weft.identity.SvidFolder;
import dev.weft.identity.SvidManager;
import dev.weft.identity.SvidStore;
import dev.weft.identity.WorkloadIdentity;
import dev.weft.routing.MeshView;
import dev.weft.routing.ProxyTables;
import io.spiffe.spiffeid.SpiffeId;
import io.spiffe.spiffeid.TrustDomain;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeStateTest {
  private static final Ipv4 ADDRESS = Ipv4.parse("10.244.1.2");

  @TempDir Path directory;

  private final ScheduledExecutorService config = Executors.newSingleThreadScheduledExecutor();
  private final FakeDatapath datapath = new FakeDatapath();
  private final List<ProxyTables> published = new ArrayList<>();
  private final Telemetry telemetry =
      Telemetry.start(TelemetryOptions.of("n1", null, TelemetrySettings.OFF), Clocks.system());
  private final SvidManager svids = svids(NodeStateTest::noCa, SvidStore.none());

  @AfterEach
  void stop() {
    telemetry.close();
    config.shutdownNow();
  }

  @Test
  void bringsAnUpdateToProxyAndDatapath() {
    NodeState state = state();

    apply(state, update(mesh(), workload("web-0", "1")));

    assertThat(published).hasSize(1);
    assertThat(datapath.applied).hasSize(1);
    assertThat(onConfig(state::held))
        .containsOnly(Map.entry("mesh", "1"), Map.entry("workload/shop/web-0", "1"));
  }

  @Test
  void leavesTheProgramsAloneWhenOnlyRoutesChange() {
    NodeState state = state();
    apply(state, update(mesh()));
    int before = datapath.applied.size();

    apply(
        state,
        update(
            Resource.newBuilder()
                .setName("httproute/shop/web")
                .setVersion("1")
                .setHttpRoute(HttpRoute.newBuilder().setNamespace("shop").setName("web"))
                .build()));

    assertThat(datapath.applied).hasSize(before);
    assertThat(published).hasSize(2);
  }

  @Test
  void knowsAPodByItsAddressBeforeTheControlPlaneDoes() {
    NodeState state = state();
    apply(state, update(mesh(), workload("web-0", "1")));
    state.pods().awaitKnown("shop", "web-0", Duration.ofSeconds(5));

    state.pods().announce("shop", "web-0", ADDRESS);

    assertThat(state.tables().workload(ADDRESS.bits())).isNotNull();
    assertThat(datapath.applied.getLast().pods()).containsOnlyKeys(ADDRESS);
    assertThat(onConfig(state::held))
        .as("the control plane's version")
        .containsEntry("workload/shop/web-0", "1");

    apply(state, update(workload("web-0", "2")));
    assertThat(datapath.applied.getLast().pods())
        .as("still, after its next word")
        .containsOnlyKeys(ADDRESS);
  }

  @Test
  void tellsWhoWaitsForAPodThatNobodyKnows() {
    NodeState state = state();

    assertThatExceptionOfType(AttachException.class)
        .isThrownBy(() -> state.pods().awaitKnown("shop", "ghost", Duration.ofMillis(20)))
        .withMessageContaining("shop/ghost");
  }

  @Test
  void wakesWhoWaitsForAPod() {
    NodeState state = state();
    CompletableFuture<Void> waiting =
        CompletableFuture.runAsync(
            () -> state.pods().awaitKnown("shop", "web-0", Duration.ofSeconds(10)));

    apply(state, update(workload("web-0", "1")));

    assertThat(waiting).succeedsWithin(Duration.ofSeconds(10));
  }

  @Test
  void goesOnFromItsLastGoodStateAndPods() {
    apply(state(), update(mesh(), workload("web-0", "1")));

    NodeState again = state();

    assertThat(onConfig(again::held))
        .containsOnly(Map.entry("mesh", "1"), Map.entry("workload/shop/web-0", "1"));
    again.pods().announce("shop", "web-0", ADDRESS);
    assertThat(datapath.applied.getLast().pods()).containsOnlyKeys(ADDRESS);
  }

  @Test
  void refusesSettingsItCannotUse() {
    Resource broken =
        mesh().toBuilder().setMesh(mesh().getMesh().toBuilder().setOtlpEndpoint("no port")).build();

    NodeState state = state();

    assertThat(onConfig(() -> state.apply(update(broken))))
        .singleElement()
        .satisfies(r -> assertThat(r.getReason()).contains("no port"));
    assertThat(onConfig(() -> state.apply(update(workload("web-0", "1")))))
        .as("as long as it lasts")
        .hasSize(1);
    Resource mended = mesh().toBuilder().setVersion("3").build();
    assertThat(onConfig(() -> state.apply(update(mended)))).isEmpty();
  }

  @Test
  void anIdentityThatCannotBeIsRefusedAndTheProgramsGoOn() {
    NodeState state = state();
    Resource good = workload("web-0", "1");
    Resource bad =
        good.toBuilder()
            .setWorkload(good.getWorkload().toBuilder().setServiceAccount("no/name"))
            .build();

    assertThat(onConfig(() -> state.apply(update(mesh(), bad))))
        .singleElement()
        .satisfies(r -> assertThat(r.getReason()).contains("no certificates"));
    assertThat(datapath.applied).hasSize(1);
    assertThat(onConfig(() -> state.apply(update(workload("web-0", "2"))))).isEmpty();
  }

  @Test
  void tellsTheProgramsAgainWhatTheyDidNotTake() {
    NodeState state = state();
    apply(state, update(mesh()));
    datapath.full = true;

    assertThat(onConfig(() -> state.apply(update(workload("web-0", "1")))))
        .singleElement()
        .satisfies(r -> assertThat(r.getReason()).contains("no room in map rules"));
    assertThat(onConfig(state::held))
        .as("or the control plane would send it for ever")
        .containsKey("workload/shop/web-0");
    assertThatExceptionOfType(AttachException.class)
        .as("a pod that the programs do not know must not run")
        .isThrownBy(() -> state.pods().announce("shop", "web-0", ADDRESS))
        .withMessageContaining("no room");
    datapath.full = false;

    apply(state, Update.newBuilder().setComplete(true).build());
    assertThat(datapath.applied.getLast().pods()).containsOnlyKeys(ADDRESS);
  }

  @Test
  void tellsTheProgramsAgainWithoutAChange() {
    NodeState state = state();
    datapath.full = true;
    onConfig(() -> state.apply(update(mesh(), workload("web-0", "1"))));
    datapath.full = false;

    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(onConfig(() -> datapath.applied)).isNotEmpty());
  }

  @Test
  void answersForGatewaysWhenTheControlPlaneHasSpoken() {
    NodeState state = state();
    apply(state, update(mesh(), gateway(), AnnouncersTest.node("n1")));
    assertThat(datapath.applied.getLast().gateways()).containsExactly(ADDRESS);
    assertThat(datapath.applied.getLast().announced()).as("it may know more").isEmpty();

    apply(state, Update.newBuilder().setComplete(true).build());

    assertThat(datapath.applied.getLast().announced()).containsExactly(ADDRESS);
    assertThat(onConfig(state::silent)).isNotDone();
    assertThat(onConfig(state::othersAnswer)).isFalse();
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> assertThat(datapath.repeated).containsExactly(Set.of(ADDRESS), Set.of(ADDRESS)));
  }

  @Test
  void answersForWhatItKnowsWhenThereIsNoControlPlane() {
    apply(state(), update(mesh(), gateway(), AnnouncersTest.node("n1")));

    state();

    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> onConfig(() -> List.copyOf(datapath.applied)), applied -> !applied.isEmpty());
    assertThat(datapath.applied.getLast().announced()).containsExactly(ADDRESS);
  }

  @Test
  void isSilentWhenItIsAway() {
    NodeState state = state();
    Update all =
        update(mesh(), gateway(), AnnouncersTest.node("n1"), AnnouncersTest.node("n2")).toBuilder()
            .setComplete(true)
            .build();
    apply(state, all.toBuilder().addUpserted(AnnouncersTest.away("n2")).build());
    CompletableFuture<Void> silent = onConfig(state::silent);
    assertThat(silent).isNotDone();

    apply(state, update(AnnouncersTest.away("n1")));

    assertThat(datapath.applied.getLast().announced()).isEmpty();
    assertThat(datapath.applied.getLast().gateways()).containsExactly(ADDRESS);
    assertThat(silent).isDone();
    assertThat(onConfig(state::othersAnswer)).isTrue();
    assertThat(onConfig(state::away)).containsExactly("n1");
  }

  @Test
  void speaksForItsPodsWithWhatItKept() throws Exception {
    TrustDomain domain = TrustDomain.parse("cluster.local");
    CertificateAuthority.Settings settings =
        new CertificateAuthority.Settings(
            Duration.ofHours(1), InstantSource.system(), new SecureRandom());
    CertificateAuthority.Root root = CertificateAuthority.createRoot(domain, settings);
    CertificateAuthority ca = new CertificateAuthority(domain, root, List.of(), settings);
    MeshSettings.Builder trusting = mesh().getMesh().toBuilder();
    trusting.addRoots(ByteString.copyFrom(root.certificate().getEncoded()));
    SpiffeId web = new WorkloadIdentity(domain, "shop", "web").spiffeId();
    SvidStore store = SvidFolder.open(directory.resolve("svids"));
    SvidManager first = svids(csr -> signed(ca, csr), store);
    apply(
        state(first), update(mesh().toBuilder().setMesh(trusting).build(), workload("web-0", "1")));
    SvidContexts asked = Awaitility.await().until(() -> first.current(web), Objects::nonNull);

    SvidManager second = svids(NodeStateTest::noCa, store);
    state(second);

    assertThat(onConfig(() -> second.current(web)))
        .isNotNull()
        .satisfies(kept -> assertThat(kept.svid().leaf()).isEqualTo(asked.svid().leaf()));
    first.close();
    second.close();
  }

  private SvidManager svids(CertificateSigner signer, SvidStore store) {
    return new SvidManager(
        signer, Scheduler.of(config), InstantSource.system(), new SecureRandom(), store);
  }

  private static CompletionStage<SignedCertificate> noCa(byte[] csr) {
    return CompletableFuture.failedFuture(new IllegalStateException("no CA here"));
  }

  private static CompletionStage<SignedCertificate> signed(CertificateAuthority ca, byte[] csr) {
    try {
      return CompletableFuture.completedFuture(ca.sign(CertificateRequest.parse(csr)));
    } catch (CsrRefusedException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static Resource gateway() {
    return Resource.newBuilder()
        .setName("gateway/shop/edge")
        .setVersion("1")
        .setGateway(
            Gateway.newBuilder()
                .setNamespace("shop")
                .setName("edge")
                .addAddresses(ByteString.copyFrom(ADDRESS.toBytes())))
        .build();
  }

  private NodeState state() {
    return state(svids);
  }

  private NodeState state(SvidManager certificates) {
    ConfigLog.Opened disk = ConfigLog.open(directory.resolve("config"));
    NodeState state =
        new NodeState(
            "n1",
            disk.log(),
            new NodeState.Parts(datapath, published::add, certificates, telemetry),
            config);
    onConfig(
        () -> {
          state.restore(
              ProxyTables.compile(MeshView.empty().with(disk.resources(), List.of())), Map.of());
          published.clear();
          datapath.applied.clear();
          return state;
        });
    return state;
  }

  private void apply(NodeState state, Update update) {
    assertThat(onConfig(() -> state.apply(update))).isEmpty();
  }

  private <T> T onConfig(java.util.concurrent.Callable<T> work) {
    try {
      return config.submit(work).get();
    } catch (ExecutionException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static Update update(Resource... resources) {
    return Update.newBuilder().addAllUpserted(List.of(resources)).build();
  }

  private static Resource mesh() {
    return Resource.newBuilder()
        .setName("mesh")
        .setVersion("1")
        .setMesh(MeshSettings.newBuilder().setTrustDomain("cluster.local"))
        .build();
  }

  private static Resource workload(String pod, String version) {
    return Resource.newBuilder()
        .setName("workload/shop/" + pod)
        .setVersion(version)
        .setWorkload(
            Workload.newBuilder()
                .setNamespace("shop")
                .setName(pod)
                .setServiceAccount("web")
                .setNode("n1")
                .setIdentity(300)
                .setMtls(MtlsMode.MTLS_MODE_PERMISSIVE))
        .build();
  }
}
