package dev.weft.cli.load;

/** Where load goes. Confined to one event loop. */
interface LoadTarget {
  /** How one exchange went. */
  interface Done {
    /**
     * Called once an exchange.
     *
     * @param answer HTTP status, or what a TCP echo did: "ok"; for failures the error
     * @param servedBy who answered, "" if unknown
     */
    void done(boolean ok, String answer, String servedBy);
  }

  /** Begins one exchange. */
  void send(Done done);

  /** Closes all connections. */
  void close();
}
