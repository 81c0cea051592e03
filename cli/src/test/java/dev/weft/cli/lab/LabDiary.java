package dev.weft.cli.lab;

import dev.weft.resources.Refusal;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps all that a lab tells, for a test to look at and to show when it fails. Any thread. */
public final class LabDiary implements LabListener {
  private final List<String> entries = new CopyOnWriteArrayList<>();
  private final List<String> refusals = new CopyOnWriteArrayList<>();

  /** Everything, in order. */
  public List<String> entries() {
    return entries;
  }

  /** What the folder was refused for. */
  public List<String> refusals() {
    return refusals;
  }

  @Override
  public void progress(String text) {
    entries.add(text);
  }

  @Override
  public void event(String text) {
    entries.add(text);
  }

  @Override
  public void refused(List<Refusal> all) {
    all.forEach(refusal -> refusals.add(refusal.toString()));
    entries.add("refused: " + all);
  }

  @Override
  public void taken(int objects) {
    entries.add("took " + objects);
  }
}
