package dev.weft.controlplane;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.CertificateAuthorityGrpc;
import dev.weft.api.v1.SignRequest;
import dev.weft.api.v1.SignResponse;
import dev.weft.identity.CertificateAuthority;
import dev.weft.identity.CertificateRequest;
import dev.weft.identity.Certificates;
import dev.weft.identity.CsrRefusedException;
import dev.weft.identity.SignedCertificate;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Signs certificates for the identities that live on the calling node, and for no others. */
final class CaService extends CertificateAuthorityGrpc.CertificateAuthorityImplBase {
  private static final Logger LOG = LoggerFactory.getLogger(CaService.class);

  private final CertificateAuthority authority;
  private final Supplier<NodeIdentities> identities;

  /**
   * The service.
   *
   * @param identities the present ones; called on any thread
   */
  CaService(CertificateAuthority authority, Supplier<NodeIdentities> identities) {
    this.authority = authority;
    this.identities = identities;
  }

  @Override
  public void sign(SignRequest request, StreamObserver<SignResponse> answer) {
    String node = NodeAuthentication.NODE.get();
    try {
      CertificateRequest csr = CertificateRequest.parse(request.getCsr().toByteArray());
      if (!identities.get().allows(node, csr.workload())) {
        LOG.warn("node {} asked for {}, which does not live there", node, csr.workload());
        answer.onError(
            Status.PERMISSION_DENIED
                .withDescription(
                    "no pod with identity " + csr.workload() + " is scheduled on node " + node)
                .asRuntimeException());
        return;
      }
      SignedCertificate signed = authority.sign(csr);
      SignResponse.Builder response = SignResponse.newBuilder();
      signed.chain().forEach(c -> response.addChain(ByteString.copyFrom(Certificates.toDer(c))));
      signed.roots().forEach(c -> response.addRoots(ByteString.copyFrom(Certificates.toDer(c))));
      LOG.info("signed {} for node {}", csr.workload(), node);
      answer.onNext(response.build());
      answer.onCompleted();
    } catch (CsrRefusedException e) {
      LOG.warn("refused a certificate request of node {}: {}", node, e.getMessage());
      answer.onError(Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asRuntimeException());
    }
  }
}
