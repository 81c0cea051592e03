package dev.weft.routing;

import dev.weft.api.v1.BackendTls.Validation;

/** How Gateways speak to a Service port (Gateway API, BackendTLSPolicy and XBackend). */
public sealed interface BackendTls {
  /** Whether clients in the mesh do so too, who else speak for themselves. */
  boolean mesh();

  /** What the application speaks, and nothing around it. */
  BackendTls PLAIN = new Plain();

  record Plain() implements BackendTls {
    @Override
    public boolean mesh() {
      return true;
    }
  }

  /**
   * Nothing may be sent: TLS is asked for, and nobody says whom to believe.
   *
   * @param reason for people
   */
  record Refused(String reason, boolean mesh) implements BackendTls {}

  /**
   * TLS with a server that proves who it is. Instances are compared by identity and survive
   * compilations as long as nothing about them changes: whoever has a connection that was made
   * under one has none under another.
   */
  final class Verified implements BackendTls {
    private final Validation validation;
    private final boolean mesh;

    Verified(Validation validation, boolean mesh) {
      this.validation = validation;
      this.mesh = mesh;
    }

    @Override
    public boolean mesh() {
      return mesh;
    }

    /** Whom to ask for, and whom to believe. */
    public Validation validation() {
      return validation;
    }

    @Override
    public String toString() {
      return "TLS with " + validation.getHostname();
    }
  }
}
