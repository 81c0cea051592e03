package dev.weft.resources;

/** A transport protocol as Kubernetes names it. */
public enum Protocol {
  TCP(6),
  UDP(17),
  SCTP(132);

  private final int number;

  Protocol(int number) {
    this.number = number;
  }

  /** The IANA protocol number. */
  public int number() {
    return number;
  }
}
