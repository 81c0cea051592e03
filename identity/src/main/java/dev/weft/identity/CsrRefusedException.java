package dev.weft.identity;

import java.io.Serial;

/** A certificate request that the CA does not sign, ever. The message is safe to log. */
public final class CsrRefusedException extends Exception {
  @Serial private static final long serialVersionUID = 1;

  CsrRefusedException(String message) {
    super(message);
  }

  CsrRefusedException(String message, Throwable cause) {
    super(message, cause);
  }
}
