package dev.weft.node;

import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.Status;
import io.grpc.StatusOr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Names the replicas of the control plane, beginning with another one each time the channel asks
 * anew: one that answers but does not lead holds a node up once.
 */
final class ReplicaResolver extends NameResolverProvider {
  static final String SCHEME = "weft";

  private final Supplier<List<InetSocketAddress>> replicas;
  private final String name;
  private final AtomicInteger asked = new AtomicInteger();

  ReplicaResolver(Supplier<List<InetSocketAddress>> replicas, String name) {
    this.replicas = replicas;
    this.name = name;
  }

  @Override
  protected boolean isAvailable() {
    return true;
  }

  @Override
  protected int priority() {
    return 5;
  }

  @Override
  public String getDefaultScheme() {
    return SCHEME;
  }

  @Override
  public Collection<Class<? extends SocketAddress>> getProducedSocketAddressTypes() {
    return Set.of(InetSocketAddress.class);
  }

  @Override
  public NameResolver newNameResolver(URI target, NameResolver.Args args) {
    return new Resolver();
  }

  /** The replicas in this turn's order. */
  static <T> List<T> turned(List<T> replicas, int turn) {
    List<T> turned = new ArrayList<>(replicas);
    Collections.rotate(turned, -Math.floorMod(turn, replicas.size()));
    return turned;
  }

  private final class Resolver extends NameResolver {
    private @Nullable Listener2 listener;

    @Override
    public String getServiceAuthority() {
      return name;
    }

    @Override
    public void start(Listener2 channel) {
      listener = channel;
      answer(channel);
    }

    /** The channel asks when a replica failed it: the others may be elsewhere by now. */
    @Override
    public void refresh() {
      Listener2 channel = listener;
      if (channel != null) {
        answer(channel);
      }
    }

    /** On a thread of its own: a host's name may take seconds. */
    private void answer(Listener2 channel) {
      Thread.ofVirtual().name("resolve").start(() -> channel.onResult(resolve()));
    }

    private ResolutionResult resolve() {
      List<EquivalentAddressGroup> groups = new ArrayList<>();
      String problem = "";
      for (InetSocketAddress replica : turned(replicas.get(), asked.getAndIncrement())) {
        try {
          for (InetAddress address : InetAddress.getAllByName(replica.getHostString())) {
            groups.add(
                new EquivalentAddressGroup(new InetSocketAddress(address, replica.getPort())));
          }
        } catch (UnknownHostException e) {
          problem = "no address for the control plane's host " + replica.getHostString();
        }
      }
      return ResolutionResult.newBuilder()
          .setAddressesOrError(
              groups.isEmpty()
                  ? StatusOr.fromStatus(Status.UNAVAILABLE.withDescription(problem))
                  : StatusOr.fromValue(groups))
          .build();
    }

    @Override
    public void shutdown() {
      // Nothing is held between two questions.
    }
  }
}
