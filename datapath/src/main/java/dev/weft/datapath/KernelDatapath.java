package dev.weft.datapath;

final class KernelDatapath {
  private KernelDatapath() {}
  static Datapath open(DatapathOptions options) {
    throw new DatapathException("not yet: " + options);
  }
}
