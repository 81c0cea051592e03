package dev.weft.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ReferenceCounted;
import io.spiffe.spiffeid.SpiffeId;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SvidManagerTest {
  private final ManualClock clock = new ManualClock();
  private final ManualScheduler scheduler = new ManualScheduler(clock);
  private final Mesh mesh = new Mesh(clock);
  private final WorkloadIdentity web = mesh.workload("web");
  private final SpiffeId id = web.spiffeId();
  private final List<Instant> asked = new ArrayList<>();
  private final List<SvidContexts> seen = new ArrayList<>();
  private CertificateSigner signer = this::signByMesh;
  private final MemoryStore store = new MemoryStore();
  private final SvidManager manager = manager();

  @AfterEach
  void everythingIsFreed() {
    manager.close();
    assertThat(manager.current(id)).isNull();
    for (SvidContexts contexts : seen) {
      assertThat(references(contexts)).containsExactly(0, 0);
    }
  }

  @Test
  void fetchesWhatIsLocalAndWithdrawsWhatIsGone() {
    assertThat(manager.current(id)).isNull();

    manager.identities(Set.of(web, mesh.workload("orders")));
    SvidContexts contexts = current();
    assertThat(contexts.svid().spiffeId()).isEqualTo(id);
    assertThat(contexts.bundle().roots()).containsExactly(mesh.root.certificate());
    assertThat(asked).hasSize(2);

    manager.identities(Set.of(web));
    assertThat(manager.current(mesh.workload("orders").spiffeId())).isNull();
    assertThat(current()).isSameAs(contexts);
    assertThat(asked).hasSize(2);
  }

  @Test
  void renewsAtHalfLifeWithANewKey() {
    manager.identities(Set.of(web));
    SvidContexts first = current();
    Duration half = Duration.between(clock.instant(), first.svid().renewAt());
    assertThat(half).isBetween(Duration.ofMinutes(715), Duration.ofMinutes(725));

    scheduler.advance(half.minusSeconds(1));
    assertThat(current()).isSameAs(first);
    scheduler.advance(Duration.ofSeconds(1));

    SvidContexts second = current();
    assertThat(second).isNotSameAs(first);
    assertThat(second.svid().key()).isNotEqualTo(first.svid().key());
    // A task that has just read the old ones may still use them.
    assertThat(references(first)).containsExactly(1, 1);
    scheduler.advance(PublishedContexts.RETIREMENT);
    assertThat(references(first)).containsExactly(0, 0);
    assertThat(references(second)).containsExactly(1, 1);
  }

  @Test
  void rotationTouchesNoOpenConnection() throws Exception {
    try (Wire wire = new Wire()) {
      manager.identities(Set.of(web));
      SvidContexts first = current();
      Wire.Connection old =
          wire.connect(() -> first.server().newHandler(ByteBufAllocator.DEFAULT), first.client());
      assertThat(old.clientFailure()).isNull();

      scheduler.advance(Duration.ofHours(12));
      scheduler.advance(PublishedContexts.RETIREMENT);
      SvidContexts second = current();
      assertThat(second).isNotSameAs(first);
      old.send("still here");
      await().until(() -> old.received().get().equals("still here"));
      assertThat(references(first)).containsExactly(1, 1); // the connection's own

      Wire.Connection fresh =
          wire.connect(() -> second.server().newHandler(ByteBufAllocator.DEFAULT), second.client());
      assertThat(fresh.clientFailure()).isNull();
      assertThat(fresh.clientTls().engine().getSession().getPeerCertificates()[0])
          .isEqualTo(second.svid().leaf());
      old.close();
      fresh.close();
      await().untilAsserted(() -> assertThat(references(first)).containsExactly(0, 0));
    }
  }

  @Test
  void keepsTheOldOneWhileRenewalFailsAndWithdrawsItWhenExpired() {
    manager.identities(Set.of(web));
    SvidContexts first = current();
    signer = csr -> CompletableFuture.failedFuture(new IllegalStateException("unreachable"));

    scheduler.advance(Duration.ofHours(23));
    assertThat(current()).isSameAs(first);
    List<Duration> waits = waits();
    assertThat(waits.get(1)).isBetween(Duration.ofMillis(400), Duration.ofMillis(600));
    assertThat(waits.get(2)).isBetween(Duration.ofMillis(800), Duration.ofMillis(1200));
    assertThat(waits.getLast()).isBetween(Duration.ofMinutes(2), Duration.ofMinutes(3));

    scheduler.advance(Duration.ofHours(1).plusSeconds(1));
    assertThat(manager.current(id)).isNull();

    signer = this::signByMesh;
    scheduler.advance(Duration.ofMinutes(3));
    assertThat(current().svid().notAfter()).isAfter(clock.instant());
  }

  @Test
  void expiryCountsEvenIfTheTimerIsLate() {
    manager.identities(Set.of(web));
    current();
    clock.advance(Duration.ofHours(25));

    assertThat(manager.current(id)).isNull();
  }

  @Test
  void believesNoCertificateOfSomebodyElse() {
    signer = csr -> CompletableFuture.completedFuture(signFor(csr, "orders"));
    manager.identities(Set.of(web));
    assertThat(manager.current(id)).isNull();

    signer = this::signByMesh;
    scheduler.advance(Duration.ofSeconds(1));
    assertThat(current().svid().spiffeId()).isEqualTo(id);
  }

  @Test
  void believesNoCertificateForAnotherKey() {
    Svid other = mesh.svid("web");
    signer =
        csr ->
            CompletableFuture.completedFuture(
                new SignedCertificate(other.chain(), mesh.authority.roots()));
    manager.identities(Set.of(web));

    assertThat(manager.current(id)).isNull();
  }

  @Test
  void aSignerThatThrowsIsAskedAgain() {
    signer =
        csr -> {
          throw new IllegalStateException("no channel");
        };
    manager.identities(Set.of(web));
    assertThat(manager.current(id)).isNull();

    signer = this::signByMesh;
    scheduler.advance(Duration.ofSeconds(1));
    current();
  }

  @Test
  void lateAnswersForGoneIdentitiesAreDropped() {
    CompletableFuture<SignedCertificate> late = new CompletableFuture<>();
    List<byte[]> csrs = new ArrayList<>();
    signer =
        csr -> {
          csrs.add(csr);
          return late;
        };
    manager.identities(Set.of(web));
    manager.identities(Set.of());
    late.complete(signFor(csrs.getFirst(), "web"));

    assertThat(manager.current(id)).isNull();
  }

  @Test
  void newRootsRebuildContextsAroundTheSameCertificate() {
    manager.identities(Set.of(web));
    SvidContexts first = current();
    Mesh next = new Mesh(clock);
    var both = List.of(mesh.root.certificate(), next.root.certificate());

    manager.roots(both);
    SvidContexts second = current();
    assertThat(second.bundle().roots()).isEqualTo(both);
    assertThat(second.svid()).isEqualTo(first.svid());
    assertThat(asked).hasSize(1);

    manager.roots(both);
    assertThat(current()).isSameAs(second);
  }

  @Test
  void aRootThatIsBelievedNoMoreIsReasonForAnotherCertificate() {
    manager.identities(Set.of(web));
    current();
    Mesh next = new Mesh(clock);
    signer = csr -> signBy(next, csr);

    manager.roots(List.of(next.root.certificate()));
    scheduler.advance(Duration.ofSeconds(1));
    assertThat(current().svid().leaf().getIssuerX500Principal())
        .isEqualTo(next.root.certificate().getSubjectX500Principal());
    assertThat(asked).hasSize(2);
  }

  @Test
  void anAnswerWithAnotherRootIsAskedForOnce() {
    manager.identities(Set.of(web));
    SvidContexts first = current();
    Mesh next = new Mesh(clock);
    signer = csr -> signBy(next, csr);

    scheduler.advance(Duration.between(clock.instant(), first.svid().renewAt()));
    assertThat(current().bundle().roots()).isEqualTo(next.authority.roots());
    scheduler.advance(Duration.ofMinutes(5));
    assertThat(asked).hasSize(2);
  }

  @Test
  void believesNoCertificateOfARootThatIsNotNamed() {
    Mesh other = new Mesh(clock);
    signer =
        csr ->
            signByMesh(csr)
                .thenApply(
                    signed -> new SignedCertificate(signed.chain(), other.authority.roots()));
    manager.identities(Set.of(web));

    assertThat(manager.current(id)).isNull();
  }

  @Test
  void goesOnWithWhatAnEarlierProcessKept() {
    manager.identities(Set.of(web));
    Svid kept = current().svid();
    assertThat(store.kept).containsExactly(Map.entry(id, kept));
    manager.close();
    assertThat(store.kept).hasSize(1);

    signer = csr -> CompletableFuture.failedFuture(new IllegalStateException("unreachable"));
    SvidManager second = manager();
    second.roots(mesh.authority.roots());
    second.identities(Set.of(web));
    SvidContexts contexts = Objects.requireNonNull(second.current(id));
    seen.add(contexts);
    assertThat(contexts.svid()).isEqualTo(kept);
    assertThat(asked).hasSize(1);
    second.close();

    // One that was not verified yet, as far as is known, is so from now on.
    store.verified.clear();
    second = manager();
    second.roots(mesh.authority.roots());
    second.identities(Set.of(web));
    seen.add(Objects.requireNonNull(second.current(id)));
    assertThat(asked).hasSize(1);
    assertThat(store.verified.keySet())
        .extracting(VerifiedChain::role)
        .containsExactly(VerifiedChain.Role.OWN);

    // The timers of an earlier process are the next one's.
    signer = this::signByMesh;
    scheduler.advance(Duration.between(clock.instant(), kept.renewAt()));
    SvidContexts renewed = Objects.requireNonNull(second.current(id));
    seen.add(renewed);
    assertThat(renewed.svid()).isNotEqualTo(kept).isEqualTo(store.kept.get(id));

    second.identities(Set.of());
    assertThat(store.kept).isEmpty();
    second.close();
  }

  @Test
  void leavesAloneWhatPeersWouldRefuse() {
    manager.identities(Set.of(web));
    current();
    manager.close();

    SvidManager unknowing = manager();
    unknowing.identities(Set.of(web));
    assertThat(asked).as("no roots are known yet").hasSize(2);
    seen.add(Objects.requireNonNull(unknowing.current(id)));
    unknowing.close();

    Mesh next = new Mesh(clock);
    signer = csr -> signBy(next, csr);
    SvidManager elsewhere = manager();
    elsewhere.roots(next.authority.roots());
    elsewhere.identities(Set.of(web));
    assertThat(asked).as("another root").hasSize(3);
    seen.add(Objects.requireNonNull(elsewhere.current(id)));
    elsewhere.close();

    store.kept.put(id, next.svid("orders"));
    SvidManager mistaken = manager();
    mistaken.roots(next.authority.roots());
    mistaken.identities(Set.of(web));
    assertThat(asked).as("of somebody else").hasSize(4);
    seen.add(Objects.requireNonNull(mistaken.current(id)));
    mistaken.close();

    clock.advance(Duration.ofHours(25));
    SvidManager late = manager();
    late.roots(next.authority.roots());
    late.identities(Set.of(web));
    assertThat(asked).as("expired").hasSize(5);
    seen.add(Objects.requireNonNull(late.current(id)));
    late.close();
  }

  private SvidManager manager() {
    return new SvidManager(csr -> ask(csr), scheduler, clock, Mesh.RANDOM, store);
  }

  private static final class MemoryStore implements SvidStore {
    final Map<SpiffeId, Svid> kept = new HashMap<>();
    final Map<VerifiedChain, Instant> verified = new HashMap<>();
    private List<X509Certificate> roots = List.of();

    @Override
    public @Nullable Svid load(SpiffeId id) {
      return kept.get(id);
    }

    @Override
    public void keep(Svid svid) {
      kept.put(svid.spiffeId(), svid);
    }

    @Override
    public void retain(Set<SpiffeId> ids) {
      kept.keySet().retainAll(ids);
    }

    @Override
    public Map<VerifiedChain, Instant> verified(List<X509Certificate> of, Instant now) {
      if (!of.equals(roots)) {
        roots = of;
        verified.clear();
      }
      return verified;
    }

    @Override
    public void keep(VerifiedChain chain, Instant until) {
      verified.put(chain, until);
    }
  }

  private SvidContexts current() {
    SvidContexts contexts = Objects.requireNonNull(manager.current(id));
    if (!seen.contains(contexts)) {
      seen.add(contexts);
    }
    return contexts;
  }

  private List<Duration> waits() {
    List<Duration> waits = new ArrayList<>();
    for (int i = 1; i < asked.size(); i++) {
      waits.add(Duration.between(asked.get(i - 1), asked.get(i)));
    }
    return waits;
  }

  private CompletionStage<SignedCertificate> ask(byte[] csr) {
    asked.add(clock.instant());
    return signer.sign(csr);
  }

  private CompletionStage<SignedCertificate> signByMesh(byte[] csr) {
    return signBy(mesh, csr);
  }

  private static CompletionStage<SignedCertificate> signBy(Mesh by, byte[] csr) {
    try {
      return CompletableFuture.completedFuture(by.authority.sign(CertificateRequest.parse(csr)));
    } catch (CsrRefusedException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** A confused CA: certifies the key, but for another account. */
  private SignedCertificate signFor(byte[] csr, String account) {
    try {
      CertificateRequest request = CertificateRequest.parse(csr);
      return mesh.authority.sign(
          new CertificateRequest(mesh.workload(account), request.publicKey()));
    } catch (CsrRefusedException e) {
      throw new AssertionError(e);
    }
  }

  private static List<Integer> references(@Nullable SvidContexts contexts) {
    Objects.requireNonNull(contexts);
    return List.of(
        ((ReferenceCounted) contexts.server()).refCnt(),
        ((ReferenceCounted) contexts.client()).refCnt());
  }
}
