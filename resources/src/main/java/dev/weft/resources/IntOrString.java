package dev.weft.resources;

/** A port by number or by name. */
public sealed interface IntOrString {

  record PortNumber(int value) implements IntOrString {
    @Override
    public String toString() {
      return Integer.toString(value);
    }
  }

  record PortName(String value) implements IntOrString {
    @Override
    public String toString() {
      return value;
    }
  }
}
