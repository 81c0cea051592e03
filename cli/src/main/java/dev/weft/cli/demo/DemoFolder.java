package dev.weft.cli.demo;

import dev.weft.cli.echo.SelfSigned;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.CertificateEncodingException;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/** A copy of examples/demo that the acts may edit, with the Secrets that the Gateway needs. */
public final class DemoFolder {
  private static final List<String> HOSTS = List.of("shop.example.com", "admin.example.com");

  private DemoFolder() {}

  /**
   * Copies the manifests and makes certificates.
   *
   * @param scratch gets the certificates, for curl to trust
   */
  public static void prepare(Path examples, Path manifests, Path scratch) {
    try (Stream<Path> files = Files.list(examples)) {
      Files.createDirectories(manifests);
      Files.createDirectories(scratch);
      for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).toList()) {
        Files.copy(
            file,
            manifests.resolve(String.valueOf(file.getFileName())),
            StandardCopyOption.REPLACE_EXISTING);
      }
      for (String host : HOSTS) {
        secret(host, manifests, scratch);
      }
    } catch (IOException e) {
      throw new StageException(
          "cannot copy the manifests from " + examples + ": " + e.getMessage(), e);
    }
  }

  /** Certificate of one of the Gateway's hosts. */
  static Path certificate(Path scratch, String host) {
    return scratch.resolve(host + ".pem");
  }

  private static void secret(String host, Path manifests, Path scratch) throws IOException {
    SelfSigned made = SelfSigned.create(List.of(host));
    try {
      String chain = pem("CERTIFICATE", made.certificate().getEncoded());
      String key = pem("PRIVATE KEY", made.key().getEncoded());
      Files.writeString(certificate(scratch, host), chain);
      Files.writeString(
          manifests.resolve("61-secret-" + host + ".yaml"),
          """
          apiVersion: v1
          kind: Secret
          metadata:
            name: %s
            namespace: shop
          type: kubernetes.io/tls
          data:
            tls.crt: %s
            tls.key: %s
          """
              .formatted(host.replace('.', '-'), base64(chain), base64(key)));
    } catch (CertificateEncodingException e) {
      throw new IOException("cannot encode a certificate", e);
    }
  }

  private static String pem(String label, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }
}
