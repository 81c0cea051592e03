package dev.weft.resources;

/**
 * Gives label sets their numbers: equal labels the same number, from 256 to 2^24 - 1, and for as
 * long as some node may still know it. Both translators are given the same one and ask it from the
 * thread they are called on.
 */
public interface IdentityAllocator {

  /**
   * The number of a label set.
   *
   * @throws IllegalStateException when all numbers are taken
   */
  int numberOf(IdentityLabels labels);
}
