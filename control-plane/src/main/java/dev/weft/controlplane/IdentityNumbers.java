package dev.weft.controlplane;

import dev.weft.resources.IdentityAllocator;
import dev.weft.resources.IdentityLabels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives numbers to sets of labels, the same ones for ever: packets on their way, pinned maps and
 * other nodes know only the numbers. They are kept in a {@link Store}, which is written before a
 * new number is told to anybody ({@link #save}).
 *
 * <p>Numbers are 256 to 2^24 - 1; those of prefixes lie above and are the policy translator's. A
 * number that nothing uses any more is given out again only after all the others have been.
 *
 * <p>Confined to the mesh thread.
 */
final class IdentityNumbers implements IdentityAllocator {
  /** Below are the reserved identities. */
  static final int FIRST = 256;

  /** The first number that does not fit into a VNI. */
  static final int END = 1 << 24;

  /**
   * Unused numbers are kept until there are so many entries: a pod that comes back finds its own.
   */
  private static final int KEEP = 16_384;

  private final Store store;
  private final Map<String, Integer> numbers = new HashMap<>();
  private final SortedMap<Integer, String> keys = new TreeMap<>();
  private int next = FIRST;
  private int limit = KEEP;
  private boolean dirty;

  /** Where numbers outlive the process. */
  interface Store {

    /**
     * What was saved last; null when nothing ever was.
     *
     * @throws IOException if it is there but cannot be read or understood: going on would give
     *     numbers out twice
     */
    @Nullable Saved load() throws IOException;

    /**
     * Keeps everything, durably.
     *
     * @throws IOException if it is not kept
     */
    void save(Saved saved) throws IOException;
  }

  /**
   * All numbers.
   *
   * @param next the one to try first for the next set of labels
   * @param keys what each number stands for: a hash, so that no entry is longer than another,
   *     whatever labels hold; no copy
   */
  record Saved(int next, SortedMap<Integer, String> keys) {}

  /**
   * Opens the allocator.
   *
   * @throws IOException as {@link Store#load}
   */
  IdentityNumbers(Store store) throws IOException {
    this.store = store;
    Saved saved = store.load();
    if (saved != null) {
      take(saved);
    }
  }

  @Override
  public int numberOf(IdentityLabels labels) {
    StringBuilder key = new StringBuilder(escaped(labels.namespace()));
    key.append('\t').append(escaped(labels.serviceAccount()));
    new TreeMap<>(labels.labels())
        .forEach(
            (name, value) ->
                key.append('\t').append(escaped(name)).append('=').append(escaped(value)));
    return number(hash(key.toString()));
  }

  /** Text that holds no separator of the file, different for different texts. */
  private static String escaped(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c <= ' ' || c == '=' || c == '\\' || Character.isISOControl(c)) {
        out.append('\\').append((int) c).append('\\');
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  private static String hash(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
  }

  /** Keeps what is new. Call it before a new number leaves the process. */
  void save() throws IOException {
    if (!dirty) {
      return;
    }
    store.save(new Saved(next, Collections.unmodifiableSortedMap(keys)));
    dirty = false;
  }

  /**
   * Forgets numbers that are not in use, once there are many of them.
   *
   * @param inUse every number that the mesh uses now; asked only then
   */
  void forgetUnused(Supplier<Set<Integer>> inUse) {
    if (keys.size() <= limit) {
      return;
    }
    Set<Integer> used = inUse.get();
    limit = Math.max(KEEP, 2 * used.size());
    for (Iterator<Map.Entry<Integer, String>> i = keys.entrySet().iterator(); i.hasNext(); ) {
      Map.Entry<Integer, String> entry = i.next();
      if (!used.contains(entry.getKey())) {
        numbers.remove(entry.getValue());
        i.remove();
        dirty = true;
      }
    }
  }

  private int number(String key) {
    Integer known = numbers.get(key);
    if (known != null) {
      return known;
    }
    int number = free();
    put(number, key);
    dirty = true;
    return number;
  }

  private void put(int number, String key) {
    numbers.put(key, number);
    keys.put(number, key);
  }

  private int free() {
    for (int tries = FIRST; tries < END; tries++) {
      int number = next;
      next = number + 1 == END ? FIRST : number + 1;
      if (!keys.containsKey(number)) {
        return number;
      }
    }
    throw new IllegalStateException("all identity numbers are in use");
  }

  private void take(Saved saved) throws IOException {
    if (saved.next() < FIRST || saved.next() >= END) {
      throw damaged("the next number is " + saved.next());
    }
    next = saved.next();
    for (Map.Entry<Integer, String> entry : saved.keys().entrySet()) {
      int number = entry.getKey();
      if (number < FIRST || number >= END || numbers.containsKey(entry.getValue())) {
        throw damaged("a number that cannot be, or its labels twice: " + number);
      }
      put(number, entry.getValue());
    }
  }

  private static IOException damaged(String why) {
    return new IOException(
        "the identity numbers are damaged ("
            + why
            + "): restore them, or remove them and restart every node");
  }
}
