package dev.weft.controlplane;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.MeshSettings;
import dev.weft.api.v1.Resource;
import dev.weft.identity.CertificateAuthority;
import dev.weft.identity.Certificates;
import dev.weft.resources.MeshConfig;
import dev.weft.resources.Snapshot;
import dev.weft.resources.Translation;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The mesh's settings: what users say in MeshConfig, and what only the certificate authority knows.
 */
final class MeshTranslator implements Translating {
  private static final Logger LOG = LoggerFactory.getLogger(MeshTranslator.class);
  static final String NAME = "mesh";

  /** What MeshConfig's field holds when the user left it out. */
  private static final String UNSAID = "cluster.local";

  private final CertificateAuthority authority;
  private @Nullable Resource last;
  private String warnedOf = "";

  MeshTranslator(CertificateAuthority authority) {
    this.authority = authority;
  }

  @Override
  public Translation<Resource> translate(Snapshot snapshot) {
    Resource now = settings(snapshot.get(MeshConfig.class, "", MeshConfig.NAME));
    warnOfTrustDomain(snapshot.get(MeshConfig.class, "", MeshConfig.NAME));
    boolean same = now.equals(last);
    last = now;
    return new Translation<>(same ? Map.of() : Map.of(NAME, now), Map.of(), List.of());
  }

  /** Certificates carry the trust domain, so it cannot change while the process runs. */
  private void warnOfTrustDomain(@Nullable MeshConfig config) {
    String ours = authority.trustDomain().getName();
    String wanted = config == null ? ours : config.spec().trustDomain();
    boolean said = !wanted.equals(UNSAID);
    if (said && !wanted.equals(ours) && !wanted.equals(warnedOf)) {
      LOG.warn(
          "MeshConfig asks for trust domain {}, but this control plane signs for {}: start it with"
              + " --trust-domain {}",
          wanted,
          ours,
          wanted);
    }
    warnedOf = wanted;
  }

  private Resource settings(@Nullable MeshConfig config) {
    MeshSettings.Builder settings =
        MeshSettings.newBuilder()
            .setTrustDomain(authority.trustDomain().getName())
            .setSessionKey(ByteString.copyFrom(authority.derive("session persistence")));
    for (X509Certificate root : authority.roots()) {
      settings.addRoots(ByteString.copyFrom(Certificates.toDer(root)));
    }
    if (config != null) {
      settings
          .setOtlpEndpoint(config.spec().telemetry().otlpEndpoint())
          .setTraceSampling(config.spec().telemetry().samplingRatio())
          .setReasonHeader(config.spec().reasonHeader());
    }
    return Resource.newBuilder().setName(NAME).setMesh(settings).build();
  }
}
