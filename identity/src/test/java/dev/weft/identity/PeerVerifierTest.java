package dev.weft.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weft.identity.PeerRejectedException.Reason;
import io.spiffe.spiffeid.TrustDomain;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PeerVerifierTest {
  private static final Instant NOW = ManualClock.START;

  private final ManualClock clock = new ManualClock();
  private final Mesh mesh = new Mesh(clock);
  private final PeerVerifier verifier = new PeerVerifier(mesh.bundle(), clock);

  @Test
  void acceptsWhatTheMeshSigned() throws Exception {
    X509Certificate[] chain = chain(mesh.svid("web"));

    verifier.checkClientTrusted(chain, "UNKNOWN");
    verifier.checkServerTrusted(chain, "UNKNOWN");

    PeerIdentity peer = PeerIdentity.of(chain);
    assertThat(peer.principal()).isEqualTo("mesh.test/ns/shop/sa/web");
    assertThat(peer.requireOneOf(Set.of(mesh.workload("web").spiffeId()))).isSameAs(peer);
  }

  static Stream<Arguments> forgeries() {
    String web = "spiffe://mesh.test/ns/shop/sa/web";
    return Stream.of(
        forgery(
            Reason.EXPIRED,
            leaf -> leaf.valid(NOW.minus(Duration.ofHours(2)), NOW.minusSeconds(1))),
        forgery(
            Reason.NOT_YET_VALID,
            leaf -> leaf.valid(NOW.plusSeconds(1), NOW.plus(Duration.ofHours(2)))),
        forgery(
            Reason.SEVERAL_URI_NAMES,
            leaf -> leaf.named(Mesh.Leaf.uri(web), Mesh.Leaf.uri("spiffe://mesh.test/ns/a/sa/b"))),
        forgery(
            Reason.SEVERAL_URI_NAMES, leaf -> leaf.named(Mesh.Leaf.uri(web), Mesh.Leaf.uri(web))),
        forgery(
            Reason.NO_URI_NAME,
            leaf -> leaf.named(new GeneralName(GeneralName.dNSName, "web.shop.svc"))),
        forgery(Reason.NO_WORKLOAD_ID, leaf -> leaf.named(Mesh.Leaf.uri("spiffe://mesh.test/web"))),
        forgery(Reason.NO_WORKLOAD_ID, leaf -> leaf.named(Mesh.Leaf.uri("https://mesh.test/"))),
        forgery(
            Reason.OTHER_TRUST_DOMAIN,
            leaf -> leaf.named(Mesh.Leaf.uri("spiffe://other.test/ns/shop/sa/web"))),
        forgery(Reason.WRONG_USAGE, leaf -> leaf.purposes(KeyPurposeId.id_kp_emailProtection)),
        forgery(Reason.WRONG_USAGE, Mesh.Leaf::authority),
        forgery(
            Reason.WRONG_USAGE,
            leaf -> leaf.keyUsage(KeyUsage.digitalSignature | KeyUsage.keyCertSign)),
        forgery(Reason.WRONG_USAGE, leaf -> leaf.keyUsage(KeyUsage.keyEncipherment)));
  }

  @ParameterizedTest
  @MethodSource("forgeries")
  void refusesForgeries(Reason reason, UnaryOperator<Mesh.Leaf> change) {
    assertThat(refusal(chain(mesh.forge(change)))).isEqualTo(reason);
  }

  @Test
  void aCertificateForOneSideIsNoneForTheOther() throws Exception {
    X509Certificate[] serverOnly =
        chain(mesh.forge(leaf -> leaf.purposes(KeyPurposeId.id_kp_serverAuth)));

    verifier.checkServerTrusted(serverOnly, "UNKNOWN");
    assertThat(refusal(serverOnly)).isEqualTo(Reason.WRONG_USAGE);
  }

  @Test
  void refusesAnotherMeshWithOurTrustDomainsName() {
    assertThat(refusal(chain(new Mesh(clock).svid("web")))).isEqualTo(Reason.NOT_TRUSTED);
  }

  @Test
  void refusesAnotherTrustDomain() {
    Mesh other = new Mesh(TrustDomain.parse("other.test"), clock);
    assertThat(refusal(chain(other.svid("web")))).isEqualTo(Reason.OTHER_TRUST_DOMAIN);
  }

  @Test
  void refusesALeafThatAnotherLeafSigned() {
    Svid web = mesh.svid("web");
    var keys = KeyPairs.generate(Mesh.RANDOM);
    // Built by hand: CertificateAuthority.Root refuses a certificate that is no CA's.
    Mesh impostor = new Mesh(clock);
    X509Certificate forged =
        Mesh.Leaf.good(NOW, "spiffe://mesh.test/ns/shop/sa/admin").sign(impostor.root, keys);

    assertThat(refusal(new X509Certificate[] {forged, web.leaf()})).isEqualTo(Reason.NOT_TRUSTED);
  }

  @Test
  void refusesNoChainAndEndlessChains() {
    assertThat(refusal(new X509Certificate[0])).isEqualTo(Reason.NO_CERTIFICATE);
    List<X509Certificate> endless = Collections.nCopies(100, mesh.svid("web").leaf());
    assertThat(refusal(endless.toArray(X509Certificate[]::new))).isEqualTo(Reason.CHAIN_TOO_LONG);
  }

  @Test
  void believesEveryRootOfARotation() {
    Mesh next = new Mesh(clock);
    TrustBundle both =
        new TrustBundle(Mesh.DOMAIN, List.of(mesh.root.certificate(), next.root.certificate()));
    PeerVerifier rotating = new PeerVerifier(both, clock);

    assertThatCode(() -> rotating.checkClientTrusted(chain(mesh.svid("web")), "UNKNOWN"))
        .doesNotThrowAnyException();
    assertThatCode(() -> rotating.checkClientTrusted(chain(next.svid("web")), "UNKNOWN"))
        .doesNotThrowAnyException();
  }

  @Test
  void theWrongWorkloadIsNamedInTheRefusal() throws Exception {
    PeerIdentity peer = PeerIdentity.of(chain(mesh.svid("web")));

    PeerRejectedException e =
        catchThrowableOfType(
            PeerRejectedException.class,
            () -> peer.requireOneOf(Set.of(mesh.workload("orders").spiffeId())));

    assertThat(e.reason()).isEqualTo(Reason.UNEXPECTED_IDENTITY);
    assertThat(e).hasMessageContaining("/sa/web").hasMessageContaining("/sa/orders");
  }

  private Reason refusal(X509Certificate[] chain) {
    PeerRejectedException e =
        catchThrowableOfType(
            PeerRejectedException.class, () -> verifier.checkClientTrusted(chain, "UNKNOWN"));
    assertThat(e).isNotNull();
    return e.reason();
  }

  private static X509Certificate[] chain(Svid svid) {
    return svid.chain().toArray(X509Certificate[]::new);
  }

  private static Arguments forgery(Reason reason, UnaryOperator<Mesh.Leaf> change) {
    return arguments(reason, change);
  }
}
