package dev.weft.controlplane;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Identity numbers in one file. */
record IdentityFile(Path file) implements IdentityNumbers.Store {
  private static final String HEADER = "weft identities 2";
  private static final String NEXT = "next\t";

  @Override
  public IdentityNumbers.@Nullable Saved load() throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      return null;
    }
    try {
      if (lines.size() < 2 || !lines.get(0).equals(HEADER)) {
        throw new IllegalArgumentException("no header");
      }
      int next = Integer.parseInt(lines.get(1).substring(NEXT.length()));
      return new IdentityNumbers.Saved(next, parse(lines.subList(2, lines.size())));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new IOException(
          file + " is damaged: restore it, or remove it and restart every node", e);
    }
  }

  @Override
  public void save(IdentityNumbers.Saved saved) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    AtomicFiles.writeDurably(file, HEADER + "\n" + NEXT + saved.next() + "\n" + text(saved.keys()));
  }

  /** One line a number. */
  static String text(SortedMap<Integer, String> keys) {
    StringBuilder text = new StringBuilder();
    keys.forEach((number, key) -> text.append(number).append('\t').append(key).append('\n'));
    return text.toString();
  }

  /**
   * The same read back.
   *
   * @throws IllegalArgumentException or IndexOutOfBoundsException when a line holds none
   */
  static SortedMap<Integer, String> parse(Iterable<String> lines) {
    SortedMap<Integer, String> keys = new TreeMap<>();
    for (String line : lines) {
      int tab = line.indexOf('\t');
      int number = Integer.parseInt(line.substring(0, tab));
      if (keys.put(number, line.substring(tab + 1)) != null) {
        throw new IllegalArgumentException("twice: " + number);
      }
    }
    return keys;
  }
}
