package dev.weft.cli;

import dev.weft.node.StandaloneProxy;
import dev.weft.node.StandaloneProxy.Front;
import dev.weft.node.StandaloneProxy.Secure;
import dev.weft.node.StandaloneProxy.Speaks;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code weft bench-node}: a node's proxy on loopback, for {@code bench/run} and {@code
 * conformance/http/run}.
 */
@Command(
    name = "bench-node",
    hidden = true,
    mixinStandardHelpOptions = true,
    description = "Run a node's proxy on loopback ports in front of backends on loopback.")
final class BenchNodeCommand implements Callable<Integer> {
  @Option(names = "--http1", paramLabel = "PORT", description = "in front of the HTTP/1.1 backend")
  private int http1;

  @Option(names = "--grpc", paramLabel = "PORT", description = "in front of the HTTP/2 backend")
  private int grpc;

  @Option(
      names = "--websocket",
      paramLabel = "PORT",
      description = "in front of the HTTP/1.1 backend; HTTP/2 is translated")
  private int websocket;

  @Option(
      names = "--mtls",
      paramLabel = "PORT",
      description = "mutual TLS in front of the HTTP/1.1 backend; needs --http1 and --certificates")
  private int mtls;

  @Option(
      names = "--certificates",
      paramLabel = "DIR",
      description = "server.pem, server.key (PKCS#8) and ca.pem for --mtls")
  private Path certificates = Path.of(".");

  @Option(
      names = "--http1-backend",
      paramLabel = "PORT",
      description = "of the HTTP/1.1 backend (default: ${DEFAULT-VALUE})")
  private int http1Backend = 9080;

  @Option(
      names = "--grpc-backend",
      paramLabel = "PORT",
      description = "of the HTTP/2 backend (default: ${DEFAULT-VALUE})")
  private int grpcBackend = 9090;

  @Option(names = "--routes", description = "routes of each service (default: ${DEFAULT-VALUE})")
  private int routes = 1;

  @Option(names = "--open", description = "allow every method, not only GET and POST")
  private boolean open;

  @Option(
      names = "--otlp",
      paramLabel = "HOST:PORT",
      description = "where telemetry goes (default: nowhere)")
  private String otlp = "";

  @Override
  public Integer call() throws IOException, InterruptedException, GeneralSecurityException {
    List<Front> fronts = new ArrayList<>();
    if (http1 > 0) {
      fronts.add(new Front("http1", http1, http1Backend, Speaks.HTTP, routes, open));
    }
    if (grpc > 0) {
      fronts.add(new Front("grpc", grpc, grpcBackend, Speaks.HTTP2, routes, open));
    }
    if (websocket > 0) {
      fronts.add(new Front("websocket", websocket, http1Backend, Speaks.HTTP1, routes, open));
    }
    List<Secure> secure = mtls > 0 ? List.of(secure()) : List.of();
    StandaloneProxy proxy = StandaloneProxy.start(fronts, secure, otlp);
    Runtime.getRuntime().addShutdownHook(new Thread(proxy::close, "shutdown"));
    new CountDownLatch(1).await();
    return 0;
  }

  private Secure secure() throws IOException, GeneralSecurityException {
    return new Secure(
        mtls,
        "http1",
        chain(certificates.resolve("server.pem")),
        key(certificates.resolve("server.key")),
        chain(certificates.resolve("ca.pem")));
  }

  private static List<X509Certificate> chain(Path pem) throws IOException, CertificateException {
    try (InputStream in = Files.newInputStream(pem)) {
      return CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
          .map(X509Certificate.class::cast)
          .toList();
    }
  }

  private static PrivateKey key(Path pem) throws IOException, GeneralSecurityException {
    String base64 = Files.readString(pem).replaceAll("-----[A-Z ]+-----", "");
    byte[] pkcs8 = Base64.getMimeDecoder().decode(base64);
    return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
  }
}
