package dev.weft.resources;

import dev.weft.resources.Schema.Checked;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.Problem;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A Secret. Its values appear in no message: {@link #toString} leaves them out.
 *
 * @param data base64
 * @param stringData plain; wins over data
 */
public record Secret(
    ObjectMeta metadata,
    @Default("Opaque") String type,
    Map<String, String> data,
    Map<String, String> stringData,
    boolean immutable)
    implements KubeObject, Checked {

  /** The type whose keys are {@link #TLS_CERT} and {@link #TLS_KEY}. */
  public static final String TLS_TYPE = "kubernetes.io/tls";

  public static final String TLS_CERT = "tls.crt";
  public static final String TLS_KEY = "tls.key";

  /** The decoded value of a key, or null; a copy that the caller owns. */
  public byte @Nullable [] value(String key) {
    String plain = stringData.get(key);
    if (plain != null) {
      return plain.getBytes(StandardCharsets.UTF_8);
    }
    String encoded = data.get(key);
    return encoded == null ? null : decode(encoded);
  }

  private static byte[] decode(String encoded) {
    return Base64.getMimeDecoder().decode(encoded);
  }

  @Override
  public List<Problem> problems() {
    List<Problem> found = new ArrayList<>();
    data.forEach(
        (key, encoded) -> {
          try {
            Base64.getDecoder().decode(encoded.replaceAll("\\s", ""));
          } catch (IllegalArgumentException e) {
            found.add(
                new Problem("data." + key, "is not base64; plain text belongs under stringData"));
          }
        });
    return found;
  }

  @Override
  public Secret withMetadata(ObjectMeta value) {
    return new Secret(value, type, data, stringData, immutable);
  }

  @Override
  public String toString() {
    return ref() + " with keys " + data.keySet() + stringData.keySet();
  }
}
