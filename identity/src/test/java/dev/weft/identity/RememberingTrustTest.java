package dev.weft.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RememberingTrustTest {
  private Instant now = InstantSource.system().instant();
  private final Mesh mesh = new Mesh(InstantSource.system());
  private final Judge judge = new Judge();
  private final RememberingTrust trust = new RememberingTrust(judge, () -> now);

  @Test
  void asksOnceForAChainAndARole() throws Exception {
    X509Certificate[] chain = chain("web");

    trust.checkClientTrusted(chain, "UNKNOWN");
    trust.checkClientTrusted(chain.clone(), "UNKNOWN");
    assertThat(judge.asked).containsExactly("client");

    trust.checkServerTrusted(chain, "UNKNOWN");
    assertThat(judge.asked).as("the other side of TLS").containsExactly("client", "server");

    trust.checkClientTrusted(chain("web"), "UNKNOWN");
    assertThat(judge.asked).as("another certificate of the same name").hasSize(3);
  }

  @Test
  void forgetsWhenACertificateEnds() throws Exception {
    X509Certificate[] chain = chain("web");
    trust.checkClientTrusted(chain, "UNKNOWN");

    now = chain[0].getNotAfter().toInstant().minusMillis(1);
    trust.checkClientTrusted(chain, "UNKNOWN");
    assertThat(judge.asked).hasSize(1);

    now = chain[0].getNotAfter().toInstant();
    judge.refusing = true;
    assertThatThrownBy(() -> trust.checkClientTrusted(chain, "UNKNOWN"))
        .isInstanceOf(CertificateException.class);
  }

  @Test
  void goesOnWithWhatAnotherKnew() throws Exception {
    Map<VerifiedChain, Instant> kept = new HashMap<>();
    X509Certificate[] chain = chain("web");
    new RememberingTrust(judge, () -> now, Map.of(), kept::put)
        .checkClientTrusted(chain, "UNKNOWN");
    assertThat(kept).hasSize(1);

    RememberingTrust next = new RememberingTrust(judge, () -> now, kept, (known, until) -> {});
    next.checkClientTrusted(chain, "UNKNOWN");
    assertThat(judge.asked).hasSize(1);
    next.checkServerTrusted(chain, "UNKNOWN");
    assertThat(judge.asked).hasSize(2);
  }

  @Test
  void remembersNoRefusal() throws Exception {
    judge.refusing = true;
    assertThatThrownBy(() -> trust.checkClientTrusted(chain("web"), "UNKNOWN"))
        .isInstanceOf(CertificateException.class);
    assertThatThrownBy(() -> trust.checkClientTrusted(new X509Certificate[0], "UNKNOWN"))
        .isInstanceOf(CertificateException.class);

    judge.refusing = false;
    trust.checkClientTrusted(chain("web"), "UNKNOWN");
    assertThat(judge.asked).hasSize(3);
  }

  private X509Certificate[] chain(String account) {
    return mesh.svid(account).chain().toArray(X509Certificate[]::new);
  }

  private static final class Judge extends X509ExtendedTrustManager {
    private final List<String> asked = new ArrayList<>();
    private boolean refusing;

    private void judge(String role) throws CertificateException {
      asked.add(role);
      if (refusing) {
        throw new CertificateException("no");
      }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      judge("client");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      judge("server");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
        throws CertificateException {
      judge("client");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
        throws CertificateException {
      judge("server");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
        throws CertificateException {
      judge("client");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
        throws CertificateException {
      judge("server");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
