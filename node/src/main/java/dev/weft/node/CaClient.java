package dev.weft.node;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.protobuf.ByteString;
import dev.weft.api.v1.CertificateAuthorityGrpc;
import dev.weft.api.v1.SignRequest;
import dev.weft.api.v1.SignResponse;
import dev.weft.identity.CertificateSigner;
import dev.weft.identity.Certificates;
import dev.weft.identity.SignedCertificate;
import io.grpc.Channel;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** Has certificates signed by the control plane. */
final class CaClient implements CertificateSigner {
  private static final int PATIENCE_SECONDS = 10;

  private final CompletionStage<? extends Channel> channel;

  /**
   * @param channel may come later than the first request
   */
  CaClient(CompletionStage<? extends Channel> channel) {
    this.channel = channel;
  }

  @Override
  public CompletionStage<SignedCertificate> sign(byte[] csr) {
    return channel.thenCompose(open -> sign(open, csr));
  }

  private static CompletionStage<SignedCertificate> sign(Channel channel, byte[] csr) {
    CompletableFuture<SignedCertificate> answer = new CompletableFuture<>();
    Futures.addCallback(
        CertificateAuthorityGrpc.newFutureStub(channel)
            .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
            .sign(SignRequest.newBuilder().setCsr(ByteString.copyFrom(csr)).build()),
        new FutureCallback<>() {
          @Override
          public void onSuccess(SignResponse response) {
            try {
              answer.complete(
                  new SignedCertificate(
                      certificates(response.getChainList()),
                      certificates(response.getRootsList())));
            } catch (CertificateException e) {
              answer.completeExceptionally(e);
            }
          }

          @Override
          public void onFailure(Throwable failure) {
            answer.completeExceptionally(failure);
          }
        },
        MoreExecutors.directExecutor());
    return answer;
  }

  static List<X509Certificate> certificates(List<ByteString> ders) throws CertificateException {
    return Certificates.fromDer(ders.stream().map(ByteString::toByteArray).toList());
  }
}
