package dev.weft.controlplane;

import dev.weft.resources.IdentityAllocator;
import dev.weft.resources.IdentityLabels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Gives numbers to sets of labels, the same ones for ever: packets on their way, pinned maps and
 * other nodes know only the numbers. Kept in one file, which is written before a new number is told
 * to anybody ({@link #save}).
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
  private static final int END = 1 << 24;

  private static final String HEADER = "weft identities 1";

  /**
   * Unused numbers are kept until there are so many entries: a pod that comes back finds its own.
   */
  private static final int KEEP = 16_384;

  private final Path file;
  private final Map<String, Integer> numbers = new HashMap<>();
  private final Map<Integer, String> keys = new HashMap<>();
  private int next = FIRST;
  private int limit = KEEP;
  private boolean dirty;

  /**
   * Opens the allocator.
   *
   * @throws IOException if the file is there but cannot be understood: going on would give numbers
   *     out twice
   */
  IdentityNumbers(Path file) throws IOException {
    this.file = file;
    load();
  }

  @Override
  public int numberOf(IdentityLabels labels) {
    StringBuilder key = new StringBuilder(escaped(labels.namespace()));
    key.append('\t').append(escaped(labels.serviceAccount()));
    new TreeMap<>(labels.labels())
        .forEach(
            (name, value) ->
                key.append('\t').append(escaped(name)).append('=').append(escaped(value)));
    return number(key.toString());
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

  /** Writes what is new to disk. Call it before a new number leaves the process. */
  void save() throws IOException {
    if (!dirty) {
      return;
    }
    StringBuilder text = new StringBuilder(HEADER).append('\n');
    text.append("next\t").append(next).append('\n');
    new TreeMap<>(keys)
        .forEach((number, key) -> text.append(number).append('\t').append(key).append('\n'));
    Files.createDirectories(file.toAbsolutePath().getParent());
    AtomicFiles.writeDurably(file, text.toString());
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

  private void load() throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      return;
    }
    try {
      if (lines.size() < 2 || !lines.get(0).equals(HEADER)) {
        throw new IllegalArgumentException("no header");
      }
      next = Integer.parseInt(lines.get(1).substring("next\t".length()));
      if (next < FIRST || next >= END) {
        throw new IllegalArgumentException("the next number is " + next);
      }
      for (String line : lines.subList(2, lines.size())) {
        int tab = line.indexOf('\t');
        int number = Integer.parseInt(line.substring(0, tab));
        String key = line.substring(tab + 1);
        if (number < FIRST
            || number >= END
            || keys.containsKey(number)
            || numbers.containsKey(key)) {
          throw new IllegalArgumentException("a number or its labels twice: " + number);
        }
        put(number, key);
      }
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new IOException(
          file + " is damaged: restore it, or remove it and restart every node", e);
    }
  }
}
