package dev.weft.cli.lab;

import dev.weft.resources.Refusal;
import java.util.List;

/** What a lab tells while it runs. Called on the lab's threads. */
public interface LabListener {
  /** A step of coming up. */
  void progress(String text);

  /** Something happened to a pod or a process. */
  void event(String text);

  /** The folder changed, and was refused: the last good state stays. */
  void refused(List<Refusal> refusals);

  /** The folder changed, and was taken. */
  void taken(int objects);
}
