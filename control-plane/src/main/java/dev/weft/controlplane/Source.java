package dev.weft.controlplane;

import java.io.IOException;

/** Where objects come from: a folder in the lab, an API server in a cluster. */
interface Source extends Runnable, AutoCloseable {

  /**
   * Reads everything there is once and hands over the first view; call it before {@link #run}.
   *
   * @throws IOException if that is not possible, and waiting would not help
   */
  void scan() throws IOException;

  /** Follows what changes until closed. */
  @Override
  void run();

  /** Ends {@link #run}, and a {@link #scan} that still waits. Any thread. */
  @Override
  void close();
}
