package dev.weft.datapath;

/** Something the kernel or the machine refused. The message names the step and what to do. */
public final class DatapathException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public DatapathException(String message) {
    super(message);
  }

  public DatapathException(String message, Throwable cause) {
    super(message, cause);
  }
}
