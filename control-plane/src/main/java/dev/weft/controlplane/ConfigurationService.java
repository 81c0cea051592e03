package dev.weft.controlplane;

import dev.weft.api.v1.ConfigurationGrpc;
import dev.weft.api.v1.Hello;
import dev.weft.api.v1.Nack;
import dev.weft.api.v1.NodeMessage;
import dev.weft.api.v1.Update;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configuration streams of all nodes. gRPC's threads only hand over to the mesh thread, which
 * owns everything here and is the only one that writes to streams.
 */
final class ConfigurationService extends ConfigurationGrpc.ConfigurationImplBase {
  private static final Logger LOG = LoggerFactory.getLogger(ConfigurationService.class);

  /** Of one answer; statuses tell all of them. */
  private static final int MAX_LOGGED = 10;

  private final MeshStore store;
  private final Executor mesh;
  private final Consumer<Collection<String>> progressed;
  private final Rollout rollout = new Rollout();
  private final Announcing announcing;
  private final Map<String, Stream> streams = new HashMap<>();
  private boolean closed;

  /**
   * The service.
   *
   * @param mesh the mesh thread
   * @param progressed told on the mesh thread which resources' progress has changed
   * @param announcing told who comes and goes
   */
  ConfigurationService(
      MeshStore store,
      Executor mesh,
      Consumer<Collection<String>> progressed,
      Announcing announcing) {
    this.store = store;
    this.mesh = mesh;
    this.progressed = progressed;
    this.announcing = announcing;
  }

  @Override
  public StreamObserver<NodeMessage> stream(StreamObserver<Update> out) {
    ServerCallStreamObserver<Update> call = (ServerCallStreamObserver<Update>) out;
    Stream stream = new Stream(NodeAuthentication.NODE.get(), call);
    // A message is asked for when the one before has been worked on: a node cannot fill our memory.
    call.disableAutoRequest();
    // With a handler set, writing to a stream whose node has gone does nothing instead of throwing.
    call.setOnCancelHandler(() -> mesh.execute(stream::gone));
    call.request(1);
    return stream;
  }

  /**
   * Resources of the store have changed. On the mesh thread; whoever calls asks for their progress.
   *
   * @param before their names, with the versions that they had
   */
  void changed(Map<String, String> before) {
    for (Stream stream : List.copyOf(streams.values())) {
      if (stream.session != null) {
        stream.session.changed(before);
      }
    }
    rollout.takeNews();
  }

  /** How far a resource has come at all connected nodes; waiting while none is connected. */
  Progress progress(String name) {
    return streams.isEmpty() ? Progress.WAITING : rollout.of(name);
  }

  /** Whether all these nodes are connected and have answered. On the mesh thread. */
  boolean heard(Set<String> nodes) {
    return nodes.stream()
        .map(streams::get)
        .allMatch(stream -> stream != null && stream.session != null && stream.session.heard());
  }

  /** Names of the connected nodes. On the mesh thread. */
  Set<String> nodes() {
    return Set.copyOf(streams.keySet());
  }

  /** Ends the streams of all other nodes. On the mesh thread. */
  void retain(Set<String> nodes) {
    for (Stream stream : List.copyOf(streams.values())) {
      if (!nodes.contains(stream.node)) {
        stream.end(Status.UNAUTHENTICATED, "node " + stream.node + " is no longer in the mesh");
      }
    }
  }

  /** Ends all streams; nodes come back when there is a control plane again. On the mesh thread. */
  void close() {
    closed = true;
    List.copyOf(streams.values())
        .forEach(stream -> stream.end(Status.UNAVAILABLE, "the control plane is stopping"));
  }

  /** One node's stream. Everything but the gRPC callbacks is confined to the mesh thread. */
  private final class Stream implements StreamObserver<NodeMessage> {
    private final String node;
    private final ServerCallStreamObserver<Update> out;
    private @Nullable NodeSession session;
    private boolean ended;

    Stream(String node, ServerCallStreamObserver<Update> out) {
      this.node = node;
      this.out = out;
    }

    @Override
    public void onNext(NodeMessage message) {
      mesh.execute(
          () -> {
            try {
              receive(message);
            } catch (RuntimeException e) {
              // Otherwise the node would wait for ever for an answer to what it said.
              LOG.error("a message of node {} could not be worked on", node, e);
              end(Status.INTERNAL, "the message could not be worked on; connect again");
            }
            out.request(1);
          });
    }

    @Override
    public void onError(Throwable failure) {
      mesh.execute(this::gone);
    }

    @Override
    public void onCompleted() {
      mesh.execute(
          () -> {
            if (!ended) {
              gone();
              out.onCompleted();
            }
          });
    }

    private void receive(NodeMessage message) {
      if (ended) {
        return;
      }
      NodeSession open = session;
      switch (message.getKindCase()) {
        case HELLO -> hello(message.getHello());
        case ACK -> {
          if (open == null) {
            end(Status.INVALID_ARGUMENT, "say hello first");
          } else {
            open.ack(message.getAck().getNonce());
            progressed.accept(rollout.takeNews());
            announcing.answered(node);
          }
        }
        case NACK -> {
          if (open == null) {
            end(Status.INVALID_ARGUMENT, "say hello first");
          } else {
            refused(open, message.getNack());
            announcing.answered(node);
          }
        }
        case LEAVING -> announcing.leaving(node);
        case KIND_NOT_SET -> end(Status.INVALID_ARGUMENT, "a message of no known kind");
      }
    }

    private void hello(Hello hello) {
      if (closed) {
        end(Status.UNAVAILABLE, "the control plane is stopping");
      } else if (session != null) {
        end(Status.INVALID_ARGUMENT, "hello is said once");
      } else if (!hello.getNode().equals(node)) {
        end(Status.PERMISSION_DENIED, "the token is that of node " + node);
      } else {
        Stream earlier = streams.get(node);
        if (earlier != null) {
          earlier.end(Status.ABORTED, "node " + node + " has opened another stream");
        }
        announcing.greeted(hello);
        boolean first = streams.isEmpty();
        NodeSession fresh = new NodeSession(hello, store, rollout, out::onNext);
        session = fresh;
        streams.put(node, this);
        LOG.info("node {} is connected, holding {} resources", node, hello.getHeldCount());
        fresh.start();
        Set<String> news = rollout.takeNews();
        progressed.accept(first ? store.names() : news);
      }
    }

    private void refused(NodeSession open, Nack nack) {
      nack.getRefusalsList().stream()
          .filter(refusal -> !open.hasSaid(refusal))
          .limit(MAX_LOGGED)
          .forEach(
              refusal ->
                  LOG.warn(
                      "node {} refuses {}: {}",
                      node,
                      NodeSession.readable(refusal.getResource()),
                      NodeSession.readable(refusal.getReason())));
      open.nack(nack);
      progressed.accept(rollout.takeNews());
    }

    private void gone() {
      if (!ended) {
        ended = true;
        forget();
        LOG.info("node {} is gone", node);
      }
    }

    private void end(Status status, String reason) {
      if (!ended) {
        ended = true;
        forget();
        out.onError(status.withDescription(reason).asRuntimeException());
      }
    }

    private void forget() {
      if (streams.remove(node, this) && session != null) {
        session.end();
        announcing.gone(node);
        Set<String> news = rollout.takeNews();
        // With no node left, what the last one held stays true until something changes.
        if (!streams.isEmpty()) {
          progressed.accept(news);
        }
      }
    }
  }
}
