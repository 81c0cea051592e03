package dev.weft.controlplane;

import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Work on threads that must outlive a mistake. */
final class Tasks {
  private static final Logger LOG = LoggerFactory.getLogger(Tasks.class);

  private Tasks() {}

  /**
   * A mistake in one task is told, and the tasks after it run: pools would keep it to themselves.
   */
  static Executor logged(Executor executor) {
    return task -> executor.execute(logged(task));
  }

  /** The same for a task that is handed over in another way. */
  static Runnable logged(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException | Error e) {
        LOG.error("a step failed; what came before stays", e);
      }
    };
  }
}
