package dev.weft.cli;

import dev.weft.cli.lab.LabClock;
import java.io.PrintStream;
import java.util.Locale;

/**
 * Lines for people on standard error; coloured only where a terminal shows them
 * (https://no-color.org is honoured).
 */
public final class Terminal {
  private static final String GREEN = "\u001b[32m";
  private static final String RED = "\u001b[31m";
  private static final String GREY = "\u001b[90m";
  private static final String OFF = "\u001b[0m";

  private final PrintStream out;
  private final boolean colour;
  private final long startedAt = LabClock.nanoTime();

  Terminal(PrintStream out, boolean colour) {
    this.out = out;
    this.colour = colour;
  }

  /** Standard error of this process. */
  // JDK 25 gives null again where no terminal is.
  @SuppressWarnings("SystemConsoleNull")
  public static Terminal ofThisProcess() {
    boolean colour =
        System.console() != null
            && System.getenv("NO_COLOR") == null
            && !"dumb".equals(System.getenv("TERM"));
    return new Terminal(System.err, colour);
  }

  /** A step of something longer. */
  public void progress(String text) {
    out.println(paint(GREY, String.format(Locale.ROOT, "%6s", elapsed()) + "  " + text));
  }

  public void good(String text) {
    out.println(paint(GREEN, "✔ ") + text);
  }

  public void problem(String text) {
    out.println(paint(RED, "✘ ") + text);
  }

  public void note(String text) {
    out.println("  " + text);
  }

  /** Time since the start, for example "3.2 s". */
  public String elapsed() {
    return String.format(Locale.ROOT, "%.1f s", (LabClock.nanoTime() - startedAt) / 1e9);
  }

  private String paint(String code, String text) {
    return colour ? code + text + OFF : text;
  }
}
