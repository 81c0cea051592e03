package dev.weft.datapath;

final class KernelDatapath {
  private KernelDatapath() {}

  @SuppressWarnings("DoNotCallSuggester")
  static Datapath open(DatapathOptions options) {
    throw new DatapathException("the programs are being written; options were " + options);
  }
}
