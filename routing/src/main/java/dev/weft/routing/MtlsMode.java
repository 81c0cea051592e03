package dev.weft.routing;

/** How a pod takes part in mutual TLS (namespace label {@code weft.dev/mtls}). */
public enum MtlsMode {
  /** Not part of the mesh: neither offers nor speaks HBONE. */
  DISABLED,
  /** Accepts both plaintext and HBONE; is spoken to over HBONE. */
  PERMISSIVE,
  /** Accepts HBONE only. */
  STRICT;

  /**
   * What the control plane wrote; a value this version does not know is treated as the strictest.
   */
  static MtlsMode of(dev.weft.api.v1.MtlsMode mode) {
    return switch (mode) {
      case MTLS_MODE_DISABLED -> DISABLED;
      case MTLS_MODE_PERMISSIVE, MTLS_MODE_UNSPECIFIED -> PERMISSIVE;
      case MTLS_MODE_STRICT, UNRECOGNIZED -> STRICT;
    };
  }
}
