package dev.weft.cli;

import dev.weft.cli.lab.Lab;
import dev.weft.cli.lab.LabListener;
import dev.weft.cli.lab.LabOptions;
import dev.weft.cli.lab.LabView;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Sees to it that a lab is gone when this process ends, whichever way it ends short of SIGKILL. */
public final class LabHolder {
  private final Path run;
  private final @Nullable Path work;
  private final AtomicReference<@Nullable Lab> lab = new AtomicReference<>();
  private final AtomicBoolean begun = new AtomicBoolean();

  private LabHolder(Path run, @Nullable Path work) {
    this.run = run;
    this.work = work;
  }

  /**
   * Registers the shutdown hook.
   *
   * @param work a folder that goes with the lab, or null
   */
  public static LabHolder install(Path run, @Nullable Path work) {
    LabHolder holder = new LabHolder(run, work);
    Runtime.getRuntime().addShutdownHook(new Thread(holder::end, "lab-down"));
    return holder;
  }

  /** Brings the lab up. */
  public Lab up(LabOptions options, LabListener listener) throws Lab.RefusedException {
    begun.set(true);
    Lab started = Lab.up(options, listener);
    lab.set(started);
    return started;
  }

  private void end() {
    Lab running = lab.get();
    if (running != null) {
      running.close();
    } else if (begun.get()) {
      // Stopped half way up: nobody owns the pieces yet.
      LabView.removeOwn(run);
    }
    if (work != null) {
      LabView.removeTree(work);
    }
  }
}
