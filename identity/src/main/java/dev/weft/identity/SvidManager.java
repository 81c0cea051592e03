package dev.weft.identity;

import dev.weft.identity.VerifiedChain.Role;
import io.spiffe.exception.X509SvidException;
import io.spiffe.spiffeid.SpiffeId;
import io.spiffe.svid.x509svid.X509Svid;
import java.io.ByteArrayOutputStream;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificates of a node: for every local identity it makes a key, has it signed, builds TLS
 * contexts, renews in the middle of a certificate's life with a new key, and withdraws what has
 * expired (so a connection is refused rather than made with a bad certificate).
 *
 * <p>A failed renewal is tried again after 0.5 s, twice as long each time up to 150 s, each ±20 %,
 * while the old certificate goes on serving. A rotation touches no open connection: connections
 * hold their own reference to the contexts they began with. What an earlier process of the node
 * kept is used while it is valid and the mesh still believes its root.
 *
 * <p>Everything but {@link #current} runs on the {@link Scheduler}'s one thread, which owns all
 * state; the public methods may be called from any thread. {@code current} reads one concurrent
 * map.
 */
public final class SvidManager implements SvidSource, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(SvidManager.class);

  private final CertificateSigner signer;
  private final Scheduler scheduler;
  private final InstantSource clock;
  private final SecureRandom random;
  private final SvidStore store;

  private final PublishedContexts published;
  private final Map<SpiffeId, Entry> entries = new HashMap<>();
  private @Nullable List<X509Certificate> roots;
  private @Nullable Verifier verifier;
  private boolean reconciled;
  private boolean closed;

  /** What judges peers, and by which roots: one for all identities. */
  private record Verifier(TrustBundle bundle, RememberingTrust trust) {}

  /** One local identity. Confined to the scheduler's thread. */
  private static final class Entry {
    final WorkloadIdentity workload;
    int failures;

    /** Distinguishes this request from those before it, whose late answers don't count. */
    int attempt;

    Entry(WorkloadIdentity workload) {
      this.workload = workload;
    }
  }

  /**
   * A manager with no identities yet.
   *
   * @param signer asked on the scheduler's thread; may answer on any
   * @param scheduler the thread that owns this object
   * @param clock what "expired" and "half of its life" mean
   * @param random for keys and jitter
   * @param store used on the scheduler's thread
   */
  public SvidManager(
      CertificateSigner signer,
      Scheduler scheduler,
      InstantSource clock,
      SecureRandom random,
      SvidStore store) {
    this.signer = signer;
    this.scheduler = scheduler;
    this.clock = clock;
    this.random = random;
    this.store = store;
    this.published = new PublishedContexts(scheduler);
  }

  @Override
  public @Nullable SvidContexts current(SpiffeId id) {
    SvidContexts contexts = published.get(id);
    // The timer that withdraws it may be late, for example after the machine slept.
    return contexts == null || clock.instant().isAfter(contexts.svid().notAfter())
        ? null
        : contexts;
  }

  /**
   * Sets which identities live here. New ones that an earlier process kept are there at once,
   * others are asked for; gone ones are withdrawn.
   */
  public void identities(Set<WorkloadIdentity> local) {
    Set<WorkloadIdentity> wanted = Set.copyOf(local);
    scheduler.execute(() -> reconcile(wanted));
  }

  /**
   * Sets the mesh's roots when the control plane changes them between renewals. Contexts are
   * rebuilt around the certificates at hand.
   */
  public void roots(List<X509Certificate> trusted) {
    List<X509Certificate> copy = List.copyOf(trusted);
    scheduler.execute(() -> trust(copy));
  }

  /**
   * Withdraws everything and frees the contexts. Call it when no connection is accepted any more.
   */
  @Override
  public void close() {
    scheduler.execute(
        () -> {
          closed = true;
          List.copyOf(entries.keySet()).forEach(this::remove);
          published.close();
        });
  }

  private void reconcile(Set<WorkloadIdentity> wanted) {
    if (closed) {
      return;
    }
    Set<SpiffeId> ids = new HashSet<>();
    for (WorkloadIdentity workload : wanted) {
      SpiffeId id = workload.spiffeId();
      ids.add(id);
      if (!entries.containsKey(id)) {
        Entry entry = new Entry(workload);
        entries.put(id, entry);
        if (!resume(id, entry)) {
          request(id, entry);
        }
      }
    }
    boolean fewer = !reconciled;
    reconciled = true;
    for (SpiffeId id : List.copyOf(entries.keySet())) {
      if (!ids.contains(id)) {
        remove(id);
        fewer = true;
      }
    }
    if (fewer) {
      store.retain(ids);
    }
  }

  /**
   * Goes on with what an earlier process kept; false if that is nothing that peers would accept.
   * Its signatures are checked while it is used already: it was ours, and peers check them too.
   */
  private boolean resume(SpiffeId id, Entry entry) {
    List<X509Certificate> trusted = roots;
    if (trusted == null) {
      return false;
    }
    Svid kept = store.load(id);
    if (kept == null) {
      return false;
    }
    try {
      peers(id, trusted).inspect(kept.chain()).requireOneOf(Set.of(id));
      publish(id, kept, trusted);
    } catch (PeerRejectedException e) {
      LOG.info("{} is asked for anew: {}", kept, e.getMessage());
      return false;
    } catch (SSLException | IllegalArgumentException e) {
      LOG.warn("the certificate kept of {} cannot be used: another is asked for", id);
      return false;
    }
    LOG.info("certificate of {} kept, valid until {}", id, kept.notAfter());
    scheduleRenewal(id, entry, kept);
    review(id, entry, kept, trusted);
    return true;
  }

  /** Unless an earlier process has. Aside: the first signature takes a cold JVM 100 ms. */
  private void review(SpiffeId id, Entry entry, Svid kept, List<X509Certificate> trusted) {
    RememberingTrust trust = verifier(new TrustBundle(id.getTrustDomain(), trusted)).trust();
    if (trust.remembers(Role.OWN, kept.certificates())) {
      return;
    }
    scheduler.aside(
        () -> {
          boolean believed = isBelieved(id, kept, trusted);
          scheduler.execute(() -> reviewed(id, entry, kept, believed ? trust : null));
        });
  }

  private void reviewed(SpiffeId id, Entry entry, Svid kept, @Nullable RememberingTrust believing) {
    if (believing != null) {
      believing.remember(Role.OWN, kept.certificates());
    } else if (entries.get(id) == entry && published.shows(id, kept)) {
      published.withdraw(id);
      request(id, entry);
    }
  }

  private boolean isBelieved(SpiffeId id, Svid svid, List<X509Certificate> trusted) {
    try {
      judge(id, svid, trusted);
      return true;
    } catch (PeerRejectedException e) {
      LOG.info("{} is asked for anew: {}", svid, e.getMessage());
      return false;
    }
  }

  /** What any peer that believes these roots would say. */
  private void judge(SpiffeId id, Svid svid, List<X509Certificate> trusted)
      throws PeerRejectedException {
    peers(id, trusted).judge(svid.chain()).requireOneOf(Set.of(id));
  }

  private PeerVerifier peers(SpiffeId id, List<X509Certificate> trusted) {
    return new PeerVerifier(new TrustBundle(id.getTrustDomain(), trusted), clock);
  }

  private void remove(SpiffeId id) {
    entries.remove(id);
    published.withdraw(id);
  }

  private void request(SpiffeId id, Entry entry) {
    int attempt = ++entry.attempt;
    KeyPair keys = KeyPairs.generate(random);
    byte[] csr = CertificateRequest.create(entry.workload, keys, random);
    ask(csr)
        .whenComplete(
            (signed, failure) ->
                scheduler.execute(
                    () -> {
                      if (!isCurrent(id, entry, attempt)) {
                        return;
                      }
                      if (failure != null) {
                        failed(id, entry, failure);
                      } else {
                        accept(id, entry, keys, signed);
                      }
                    }));
  }

  private CompletionStage<SignedCertificate> ask(byte[] csr) {
    try {
      return signer.sign(csr);
    } catch (RuntimeException e) {
      return CompletableFuture.failedStage(e);
    }
  }

  private void accept(SpiffeId id, Entry entry, KeyPair keys, SignedCertificate signed) {
    try {
      Svid svid = check(id, keys, signed);
      publish(id, svid, signed.roots());
      trust(signed.roots());
      verifier(new TrustBundle(id.getTrustDomain(), signed.roots()))
          .trust()
          .remember(Role.OWN, svid.certificates());
      store.keep(svid);
      entry.failures = 0;
      LOG.info("certificate of {} valid until {}", id, svid.notAfter());
      scheduleRenewal(id, entry, svid);
    } catch (X509SvidException
        | PeerRejectedException
        | SSLException
        | IllegalArgumentException e) {
      failed(id, entry, e);
    }
  }

  private void scheduleRenewal(SpiffeId id, Entry entry, Svid svid) {
    Duration wait = Duration.between(clock.instant(), svid.renewAt());
    requestAfter(wait.isNegative() ? Retries.FIRST : wait, id, entry);
    scheduler.schedule(
        Duration.between(clock.instant(), svid.notAfter()).plusMillis(1),
        () -> {
          if (published.shows(id, svid)) {
            LOG.error("certificate of {} has expired: its connections are refused", id);
            published.withdraw(id);
          }
        });
  }

  private boolean isCurrent(SpiffeId id, Entry entry, int attempt) {
    return !closed && entries.get(id) == entry && entry.attempt == attempt;
  }

  private void failed(SpiffeId id, Entry entry, Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    Duration wait = Retries.after(entry.failures++, random.nextDouble());
    LOG.warn(
        "no certificate for {} yet, next try in {} ms: {}", id, wait.toMillis(), cause.toString());
    requestAfter(wait, id, entry);
  }

  private void requestAfter(Duration wait, SpiffeId id, Entry entry) {
    int attempt = entry.attempt;
    scheduler.schedule(
        wait,
        () -> {
          if (isCurrent(id, entry, attempt)) {
            request(id, entry);
          }
        });
  }

  /** Believes no answer that peers would refuse: it would only break connections later. */
  private Svid check(SpiffeId id, KeyPair keys, SignedCertificate signed)
      throws X509SvidException, PeerRejectedException {
    ByteArrayOutputStream ders = new ByteArrayOutputStream();
    signed.chain().forEach(certificate -> ders.writeBytes(Certificates.toDer(certificate)));
    // Checks leaf and intermediates against the X509-SVID profile.
    X509Svid parsed = X509Svid.parseRaw(ders.toByteArray(), keys.getPrivate().getEncoded());
    if (!parsed.getLeaf().getPublicKey().equals(keys.getPublic())) {
      throw new IllegalArgumentException("the CA certified another key than ours");
    }
    Svid svid = new Svid(id, signed.chain(), keys.getPrivate());
    judge(id, svid, signed.roots());
    return svid;
  }

  private void trust(List<X509Certificate> trusted) {
    if (closed || trusted.equals(roots)) {
      return;
    }
    roots = trusted;
    for (Map.Entry<SpiffeId, SvidContexts> each : published.all().entrySet()) {
      if (each.getValue().bundle().roots().equals(trusted)) {
        continue;
      }
      Svid svid = each.getValue().svid();
      try {
        publish(each.getKey(), svid, trusted);
      } catch (SSLException | IllegalArgumentException e) {
        LOG.error("cannot use the mesh's new roots for {}", each.getKey(), e);
      }
      Entry entry = entries.get(each.getKey());
      if (entry != null && !isBelieved(each.getKey(), svid, trusted)) {
        // Every node of the mesh finds that out at once.
        requestAfter(Retries.after(0, random.nextDouble()), each.getKey(), entry);
      }
    }
  }

  private void publish(SpiffeId id, Svid svid, List<X509Certificate> trusted) throws SSLException {
    TrustBundle bundle = new TrustBundle(id.getTrustDomain(), trusted);
    published.put(id, TlsContexts.of(svid, bundle, verifier(bundle).trust()));
  }

  private Verifier verifier(TrustBundle bundle) {
    Verifier present = verifier;
    if (present != null && present.bundle().equals(bundle)) {
      return present;
    }
    Verifier next =
        new Verifier(
            bundle,
            new RememberingTrust(
                new PeerVerifier(bundle, clock),
                clock,
                store.verified(bundle.roots(), clock.instant()),
                (chain, until) -> scheduler.execute(() -> keep(bundle, chain, until))));
    verifier = next;
    return next;
  }

  /** Connections of before a change of roots go on with those that they began with. */
  private void keep(TrustBundle bundle, VerifiedChain chain, Instant until) {
    if (verifier != null && verifier.bundle().equals(bundle)) {
      store.keep(chain, until);
    }
  }
}
