package dev.weft.controlplane;

import com.google.protobuf.CodedOutputStream;
import dev.weft.api.v1.Resource;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;

/** Versions of resources, and the order in which nodes get them. */
final class ResourceVersions {
  /**
   * The length that makes accidental equality impossible and a Hello of 10,000 names still small.
   */
  private static final int VERSION_BYTES = 16;

  /** What is needed by others comes first; the order of ARCHITECTURE.md. */
  static final Comparator<Resource> ORDER =
      Comparator.<Resource>comparingInt(resource -> rank(resource.getName()))
          .thenComparing(Resource::getName);

  /** What needs others goes first. */
  static final Comparator<String> REMOVAL_ORDER =
      Comparator.<String>comparingInt(ResourceVersions::rank)
          .reversed()
          .thenComparing(Comparator.naturalOrder());

  private ResourceVersions() {}

  /** The resource with its version, which depends on its content only. */
  static Resource versioned(Resource resource) {
    Resource bare = resource.toBuilder().clearVersion().build();
    byte[] bytes = new byte[bare.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      bare.writeTo(out);
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      String version = HexFormat.of().formatHex(Arrays.copyOf(hash, VERSION_BYTES));
      return bare.toBuilder().setVersion(version).build();
    } catch (IOException e) {
      throw new IllegalStateException("an array of the right size took no message", e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
  }

  /** Rank by the kind in a resource's name; a kind nobody knows comes last. */
  private static int rank(String name) {
    int slash = name.indexOf('/');
    return switch (slash < 0 ? name : name.substring(0, slash)) {
      case "mesh" -> 0;
      case "node", "away" -> 1;
      case "identity", "cidr" -> 2;
      case "workload" -> 3;
      // Before the Services: a Service is never spoken to in plaintext that asks for TLS.
      case "certificate", "backendtls" -> 4;
      case "service" -> 5;
      case "endpoints" -> 6;
      case "traffic" -> 7;
      case "networkrules" -> 8;
      case "authorization" -> 9;
      case "gateway" -> 10;
      case "httproute", "grpcroute", "tlsroute", "tcproute", "udproute" -> 11;
      default -> 12;
    };
  }
}
