package dev.weft.proxy;

import static org.awaitility.Awaitility.await;

import dev.weft.identity.CertificateAuthority;
import dev.weft.identity.CertificateRequest;
import dev.weft.identity.CsrRefusedException;
import dev.weft.identity.Scheduler;
import dev.weft.identity.SignedCertificate;
import dev.weft.identity.SvidContexts;
import dev.weft.identity.SvidManager;
import dev.weft.identity.SvidSource;
import dev.weft.identity.SvidStore;
import dev.weft.identity.WorkloadIdentity;
import io.spiffe.spiffeid.SpiffeId;
import io.spiffe.spiffeid.TrustDomain;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/** Real certificates of service accounts in the namespace "default". */
final class TestIdentities implements SvidSource, AutoCloseable {
  private static final SecureRandom RANDOM = new SecureRandom();

  /** The mesh's CA. */
  record Ca(TrustDomain domain, CertificateAuthority authority) {
    static Ca of(String trustDomain, InstantSource clock) {
      TrustDomain domain = TrustDomain.parse(trustDomain);
      CertificateAuthority.Settings settings =
          new CertificateAuthority.Settings(Duration.ofHours(1), clock, RANDOM);
      CertificateAuthority.Root root = CertificateAuthority.createRoot(domain, settings);
      return new Ca(domain, new CertificateAuthority(domain, root, List.of(), settings));
    }

    CompletionStage<SignedCertificate> sign(byte[] csr) {
      try {
        return CompletableFuture.completedFuture(authority.sign(CertificateRequest.parse(csr)));
      } catch (CsrRefusedException e) {
        return CompletableFuture.failedFuture(e);
      }
    }
  }

  private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
  private final SvidManager manager;

  TestIdentities(Ca ca, InstantSource clock, String... accounts) {
    manager = new SvidManager(ca::sign, Scheduler.of(executor), clock, RANDOM, SvidStore.none());
    Set<WorkloadIdentity> all = new HashSet<>();
    for (String account : accounts) {
      all.add(new WorkloadIdentity(ca.domain(), "default", account));
    }
    manager.identities(all);
    await().until(() -> all.stream().allMatch(one -> manager.current(one.spiffeId()) != null));
  }

  @Override
  public @Nullable SvidContexts current(SpiffeId id) {
    return manager.current(id);
  }

  @Override
  public void close() {
    manager.close();
    executor.execute(executor::shutdownNow); // renewals are due in hours
  }
}
