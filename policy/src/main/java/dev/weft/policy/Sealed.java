package dev.weft.policy;

import com.google.protobuf.CodedOutputStream;
import dev.weft.api.v1.Resource;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** Gives a resource the version that its content has (mesh.proto, Resource.version). */
final class Sealed {
  private Sealed() {}

  static Resource of(String name, Resource.Builder content) {
    Resource unversioned = content.setName(name).clearVersion().build();
    return unversioned.toBuilder().setVersion(hash(unversioned)).build();
  }

  private static String hash(Resource resource) {
    byte[] bytes = new byte[resource.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      resource.writeTo(out);
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(Arrays.copyOf(digest, 16));
    } catch (IOException | NoSuchAlgorithmException e) {
      throw new AssertionError("writing to an array of the right size, SHA-256 in every JDK", e);
    }
  }
}
