package dev.weft.controlplane;

import dev.weft.identity.CaFolder;
import dev.weft.identity.CertificateAuthority;
import dev.weft.resources.ResourceParser;
import io.spiffe.spiffeid.TrustDomain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A control plane at home in folders: the lab's. */
final class FolderHome implements Home {
  /** A change and the nodes' answers to it make one look at the statuses. */
  private static final Duration STATUS_DELAY = Duration.ofMillis(15);

  private final Path folder;
  private final Path own;
  private final Path statusFolder;
  private final TrustDomain trustDomain;
  private final List<String> namedNodes;

  FolderHome(ControlPlaneOptions.Place.Folder place, TrustDomain trustDomain) throws IOException {
    this.folder = place.folder();
    this.own = place.run().resolve("control-plane");
    this.statusFolder = place.run().resolve("status");
    this.trustDomain = trustDomain;
    this.namedNodes = place.nodes();
    Files.createDirectories(own);
  }

  @Override
  public CertificateAuthority authority(CertificateAuthority.Settings settings) throws IOException {
    return CaFolder.open(own, trustDomain, settings);
  }

  @Override
  public NodeTokens tokens() throws IOException {
    TokenStore tokens = new TokenStore(own.resolve("tokens"), new SecureRandom());
    for (String node : namedNodes) {
      tokens.ensure(node);
    }
    return new Named(tokens, Set.copyOf(namedNodes));
  }

  /** Nodes that were named at the start are nodes whether there is an object or not. */
  private record Named(TokenStore tokens, Set<String> nodes) implements NodeTokens {
    @Override
    public @Nullable String node(String token) {
      return tokens.node(token);
    }

    @Override
    public Set<String> retain(Set<String> more) {
      Set<String> all = new HashSet<>(nodes);
      all.addAll(more);
      return tokens.retain(all);
    }
  }

  @Override
  public IdentityNumbers.Store numbers() {
    return new IdentityFile(own.resolve("identities"));
  }

  @Override
  public Map<String, String> gatewayAddresses() throws IOException {
    return GatewayAddresses.of(statusFolder);
  }

  @Override
  public StatusSink statuses(ScheduledExecutorService thread) throws IOException {
    StatusWriter writer =
        new StatusWriter(
            statusFolder,
            InstantSource.system(),
            task ->
                thread.schedule(
                    Tasks.logged(task), STATUS_DELAY.toMillis(), TimeUnit.MILLISECONDS));
    writer.open();
    return writer;
  }

  @Override
  public GeneratedSink generated(ScheduledExecutorService thread) {
    return GeneratedSink.NOWHERE;
  }

  @Override
  public Duration settling() {
    return Duration.ZERO;
  }

  @Override
  public Source source(Consumer<View> consumer) throws IOException {
    return new FolderSource(folder, ResourceParser.strict(), FolderSource.Timing.DEFAULT, consumer);
  }
}
