package dev.weft.node;

/** An attach request that could not be carried out; the code is CNI 1.1's. */
final class AttachException extends RuntimeException {
  /** CNI 1.1 §Error: the container is not known. */
  static final int UNKNOWN_CONTAINER = 3;

  /** CNI 1.1 §Error: invalid environment or network configuration. */
  static final int INVALID = 7;

  /** CNI 1.1 §Error: a transient condition. */
  static final int TRY_AGAIN = 11;

  /** CNI 1.1 §STATUS: the plugin is not available. */
  static final int NOT_AVAILABLE = 50;

  private static final long serialVersionUID = 1L;

  private final int code;

  AttachException(int code, String message) {
    super(message);
    this.code = code;
  }

  AttachException(int code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  int code() {
    return code;
  }
}
