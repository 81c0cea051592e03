package dev.weft.cli.demo;

/** An act could not be played; the message says what went wrong where. */
public final class StageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public StageException(String message) {
    super(message);
  }

  public StageException(String message, Throwable cause) {
    super(message, cause);
  }
}
