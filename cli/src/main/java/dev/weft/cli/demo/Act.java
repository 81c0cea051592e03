package dev.weft.cli.demo;

/** One act of the demo. Stateless: everything it needs is on the stage. */
public interface Act {
  /** Short name, as in {@code --only} and in JSON. */
  String name();

  /**
   * Plays the act.
   *
   * @return what was seen, and whether it was what Weft promises
   * @throws StageException if the act cannot be played at all
   */
  Evidence play(Stage stage) throws InterruptedException;
}
