package dev.weft.cli.demo;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an act saw.
 *
 * @param ok whether it is what Weft promises
 * @param correct whether it is, but for how long things took: tests ask this, for a busy machine is
 *     no fault
 * @param summary one line for people
 * @param figures for machines: numbers, texts, lists
 * @param details more lines for people, such as a trace's tree; may be empty
 */
public record Evidence(
    boolean ok,
    boolean correct,
    String summary,
    Map<String, Object> figures,
    List<String> details) {
  public Evidence {
    figures = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(figures));
    details = List.copyOf(details);
  }

  /** Collects figures and complaints while an act is played. Confined to the act's thread. */
  static final class Notes {
    private final Map<String, Object> figures = new LinkedHashMap<>();
    private final List<String> details = new ArrayList<>();
    private final List<String> complaints = new ArrayList<>();
    private final List<String> late = new ArrayList<>();

    Notes figure(String name, Object value) {
      figures.put(name, value);
      return this;
    }

    Notes detail(String line) {
      details.add(line);
      return this;
    }

    /** Something that has to be true. */
    Notes expect(boolean holds, String otherwise) {
      if (!holds) {
        complaints.add(otherwise);
      }
      return this;
    }

    /** Something that has to be quick enough. */
    Notes expectInTime(boolean holds, String otherwise) {
      if (!holds) {
        late.add(otherwise);
      }
      return this;
    }

    /** The evidence; the complaints take the summary's place if there are any. */
    Evidence evidence(String summary) {
      List<String> all = new ArrayList<>(complaints);
      all.addAll(late);
      String line = all.isEmpty() ? summary : String.join("; ", all) + " (" + summary + ")";
      return new Evidence(all.isEmpty(), complaints.isEmpty(), line, figures, details);
    }
  }
}
