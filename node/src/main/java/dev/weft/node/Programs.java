package dev.weft.node;

import dev.weft.datapath.Datapath;
import dev.weft.datapath.DatapathException;
import dev.weft.datapath.DatapathState;
import dev.weft.datapath.Ipv4;
import dev.weft.routing.MeshView;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the mesh to the programs. What they could not be told is told again with the next change,
 * and after a while without one: the control plane sends nothing twice.
 *
 * <p>After its start a node claims no Gateway address before the control plane has spoken, since
 * others may have taken its addresses while it was away; with no control plane to be heard it
 * claims what it last knew to be its own. Confined to the config thread.
 */
final class Programs {
  private static final Logger log = LoggerFactory.getLogger(Programs.class);

  /** How long the programs may lack what is known, when nothing else changes. */
  private static final Duration CATCH_UP = Duration.ofSeconds(5);

  /** How long a node that has just started waits for the control plane. */
  static final Duration HEARKEN = Duration.ofSeconds(5);

  /**
   * Nobody confirms a broadcast, and some neighbours heed none right after another: say it again.
   */
  private static final Duration AGAIN = Duration.ofMillis(1_200);

  private static final int TIMES = 2;

  private final String node;
  private final Datapath datapath;
  private final ScheduledExecutorService config;

  private MeshView mesh = MeshView.empty();
  private String problem = "";
  private boolean claims;
  private Set<Ipv4> announced = Set.of();
  private CompletableFuture<Void> silent = CompletableFuture.completedFuture(null);

  Programs(String node, Datapath datapath, ScheduledExecutorService config) {
    this.node = node;
    this.datapath = datapath;
    this.config = config;
  }

  /** Why the programs are behind; empty: they are not. */
  String problem() {
    return problem;
  }

  /** Lets the node answer for the addresses that are its own, if the control plane keeps silent. */
  void claimAfterWaiting() {
    later(
        HEARKEN,
        () -> {
          if (claim()) {
            bring(mesh);
          }
        });
  }

  /**
   * The node answers for the addresses that are its own, from {@link #bring} on.
   *
   * @return whether it did not before
   */
  boolean claim() {
    boolean first = !claims;
    claims = true;
    return first;
  }

  /** Done when the node answers for no address. */
  CompletableFuture<Void> silent() {
    return silent;
  }

  /** Tells the programs; what they do not take is their {@link #problem}. */
  void bring(MeshView now) {
    mesh = now;
    boolean first = problem.isEmpty();
    try {
      DatapathState state = DatapathStates.of(mesh, node);
      apply(claims ? state : state.silent());
      problem = "";
    } catch (DatapathException | IllegalArgumentException e) {
      problem = "the programs go on with what they had: " + e.getMessage();
      if (first) {
        log.error("the programs are behind", e);
        later(CATCH_UP, this::catchUp);
      }
    }
  }

  private void catchUp() {
    if (!problem.isEmpty()) {
      problem = "";
      bring(mesh);
    }
  }

  private void apply(DatapathState state) {
    datapath.apply(state);
    Set<Ipv4> taken = new HashSet<>(state.announced());
    taken.removeAll(announced);
    announced = state.announced();
    for (int i = 1; i <= TIMES && !taken.isEmpty(); i++) {
      later(AGAIN.multipliedBy(i), () -> datapath.announce(taken));
    }
    if (announced.isEmpty()) {
      silent.complete(null);
    } else if (silent.isDone()) {
      silent = new CompletableFuture<>();
    }
  }

  private void later(Duration wait, Runnable task) {
    config.schedule(task, wait.toMillis(), TimeUnit.MILLISECONDS);
  }
}
