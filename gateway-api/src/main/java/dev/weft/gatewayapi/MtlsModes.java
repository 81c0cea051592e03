package dev.weft.gatewayapi;

import dev.weft.api.v1.MtlsMode;
import dev.weft.resources.Derivation;
import dev.weft.resources.Namespace;
import java.util.Locale;

/** How namespaces take part in mutual TLS. */
final class MtlsModes {
  private MtlsModes() {}

  /** The mode of one namespace; permissive when it says nothing. */
  record Of(String namespace) implements Derivation.Query<MtlsMode> {
    @Override
    public MtlsMode compute(Derivation.Reader reader) {
      Namespace object = reader.object(Namespace.class, "", namespace);
      String said =
          object == null
              ? "permissive"
              : object.metadata().labels().getOrDefault(Namespace.MTLS_LABEL, "permissive");
      return switch (said.toLowerCase(Locale.ROOT)) {
        case "permissive" -> MtlsMode.MTLS_MODE_PERMISSIVE;
        case "disabled" -> MtlsMode.MTLS_MODE_DISABLED;
        // A misspelt "strict" must not leave a namespace open; the parser refuses it in files, an
        // API server does not.
        default -> MtlsMode.MTLS_MODE_STRICT;
      };
    }
  }
}
