package dev.weft.identity;

import java.security.cert.X509Certificate;
import java.util.List;

/** What a Gateway's listener asks of its clients' certificates (Gateway API, GEP-91). */
public sealed interface ClientValidation {

  /** Nothing. */
  record None() implements ClientValidation {}

  /**
   * A certificate that one of these roots vouches for ({@code AllowValidOnly}).
   *
   * @param roots at least one
   */
  record Required(List<X509Certificate> roots) implements ClientValidation {
    /** Checks and copies. */
    public Required {
      roots = List.copyOf(roots);
      if (roots.isEmpty()) {
        throw new IllegalArgumentException("validating clients needs at least one root");
      }
    }
  }

  /**
   * A certificate, but whoever has none or a bad one is served too ({@code AllowInsecureFallback}).
   */
  record Optional() implements ClientValidation {}
}
