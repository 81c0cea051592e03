package dev.weft.identity;

import java.io.Serial;

/** A text or certificate field that is no workload identity. The message is safe to log. */
public final class InvalidIdentityException extends IllegalArgumentException {
  @Serial private static final long serialVersionUID = 1;

  InvalidIdentityException(String message) {
    super(message);
  }

  InvalidIdentityException(String message, Throwable cause) {
    super(message, cause);
  }
}
