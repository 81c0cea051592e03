package dev.weft.cli;

import dev.weft.cli.lab.LabListener;
import dev.weft.resources.Refusal;
import java.util.List;

/** Tells on standard error what the lab does. */
public final class LabProgress implements LabListener {
  private final Terminal terminal;

  public LabProgress(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public void progress(String text) {
    terminal.progress(text);
  }

  @Override
  public void event(String text) {
    terminal.problem(text);
  }

  @Override
  public void refused(List<Refusal> refusals) {
    refusals.forEach(refusal -> terminal.problem(refusal.toString()));
    terminal.problem("nothing of it was taken");
  }

  @Override
  public void taken(int objects) {
    terminal.progress("took " + objects + " objects");
  }
}
