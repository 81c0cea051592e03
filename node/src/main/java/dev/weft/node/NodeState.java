package dev.weft.node;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.MeshSettings;
import dev.weft.api.v1.Refusal;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Tracing;
import dev.weft.api.v1.Update;
import dev.weft.api.v1.Workload;
import dev.weft.datapath.Datapath;
import dev.weft.datapath.DatapathException;
import dev.weft.datapath.Ipv4;
import dev.weft.flows.Telemetry;
import dev.weft.flows.TelemetrySettings;
import dev.weft.identity.SvidManager;
import dev.weft.routing.MeshView;
import dev.weft.routing.ProxyTables;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this node knows of the mesh, and the one place that brings it to the proxy, the programs,
 * the certificates and telemetry. Confined to the config thread, but for {@link PodRegistry}'s
 * methods, which hand over to it.
 */
final class NodeState implements ConfigApplier, PodRegistry {
  private static final Logger log = LoggerFactory.getLogger(NodeState.class);

  /** Applying takes milliseconds; more means that the config thread is stuck. */
  private static final int APPLY_SECONDS = 10;

  /** Between the control plane's version of a workload and the address this node gave it. */
  private static final char OWN_WORD = '+';

  private final String node;
  private final ConfigLog disk;
  private final Parts parts;
  private final Programs programs;
  private final ScheduledExecutorService config;

  private MeshView mesh = MeshView.empty();
  private volatile ProxyTables tables = ProxyTables.empty();
  private Map<Tracing, String> traceReceivers = Map.of();
  private String settingsProblem = "";
  private final Map<String, Ipv4> addresses = new HashMap<>();
  private final Map<String, CompletableFuture<Void>> awaited = new HashMap<>();

  /** What the state is brought to. */
  record Parts(
      Datapath datapath, Consumer<ProxyTables> proxy, SvidManager svids, Telemetry telemetry) {}

  NodeState(String node, ConfigLog disk, Parts parts, ScheduledExecutorService config) {
    this.node = node;
    this.disk = disk;
    this.parts = parts;
    this.programs = new Programs(node, parts.datapath(), parts.svids(), config);
    this.config = config;
  }

  /**
   * Begins with what an earlier process knew, on the config thread. Knowing nothing, it leaves the
   * programs alone: pinned rules are worth more than none.
   */
  void restore(ProxyTables known, Map<String, Ipv4> pods) {
    addresses.putAll(pods);
    List<Resource> resources = new ArrayList<>();
    known.view().forEach(resources::add);
    if (!resources.isEmpty()) {
      mesh = known.view();
      tables = known;
      bring(Update.newBuilder().addAllUpserted(resources).build())
          .forEach(r -> log.warn("refused {}: {}", r.getResource(), r.getReason()));
      programs.claimAfterWaiting();
    }
  }

  /** The present tables, for readers on other threads. */
  ProxyTables tables() {
    return tables;
  }

  @Override
  public Map<String, String> held() {
    Map<String, String> held = new HashMap<>();
    mesh.forEach(r -> held.put(r.getName(), toldVersion(r)));
    return held;
  }

  @Override
  public List<String> away() {
    return Announcers.away(mesh);
  }

  /** Done when this node answers for no Gateway address. */
  CompletableFuture<Void> silent() {
    return programs.silent();
  }

  /** Whether other nodes can answer for Gateways' addresses. */
  boolean othersAnswer() {
    return Announcers.able(mesh).stream().anyMatch(other -> !other.equals(node));
  }

  @Override
  public List<Refusal> apply(Update update) {
    boolean claimed = update.getComplete() && programs.claim();
    List<Refusal> refusals = bring(update);
    if (claimed && !touchesDatapath(update)) {
      programs.bring(mesh);
    }
    disk.append(update, this::told);
    return refusals;
  }

  /** Everything the control plane told, without what this node added. */
  private List<Resource> told() {
    List<Resource> told = new ArrayList<>();
    mesh.forEach(r -> told.add(r.toBuilder().setVersion(toldVersion(r)).build()));
    return told;
  }

  private static String toldVersion(Resource resource) {
    int own = resource.getVersion().indexOf(OWN_WORD);
    return own < 0 ? resource.getVersion() : resource.getVersion().substring(0, own);
  }

  /**
   * The proxy learns first, so that no connection is handed to a proxy that does not know its
   * target.
   */
  private List<Refusal> bring(Update update) {
    List<Resource> upserted =
        update.getUpsertedList().stream().map(this::withLocalAddress).toList();
    mesh = mesh.with(upserted, update.getRemovedList());
    tables = ProxyTables.compile(mesh, tables);
    parts.proxy().accept(tables);
    if (touchesDatapath(update) || !programs.problem().isEmpty()) {
      programs.bring(mesh);
    }
    settings(update).ifPresent(this::configure);
    tellTraces();
    upserted.forEach(this::answerWaiting);
    return refusals();
  }

  /** Everything held that cannot be put to use now, as {@code Nack} words it. */
  private List<Refusal> refusals() {
    List<Refusal> refusals = new ArrayList<>();
    tables.refusals().forEach((name, reason) -> refusals.add(refusal(name, reason)));
    if (!settingsProblem.isEmpty()) {
      refusals.add(refusal("mesh", settingsProblem));
    }
    if (!programs.problem().isEmpty()) {
      // No resource of this name is held: the control plane blames what it has just sent.
      refusals.add(refusal("programs", programs.problem()));
    }
    return refusals;
  }

  private static Refusal refusal(String resource, String reason) {
    return Refusal.newBuilder().setResource(resource).setReason(reason).build();
  }

  /**
   * Routes but those of datagrams, certificates and settings are the proxy's alone; skipping the
   * programs keeps an edit cheap.
   */
  private static boolean touchesDatapath(Update update) {
    return update.getUpsertedList().stream().anyMatch(r -> touchesDatapath(r.getName()))
        || update.getRemovedList().stream().anyMatch(NodeState::touchesDatapath);
  }

  private static boolean touchesDatapath(String resource) {
    int slash = resource.indexOf('/');
    return switch (slash < 0 ? resource : resource.substring(0, slash)) {
      case "httproute", "grpcroute", "tlsroute", "tcproute", "certificate", "traffic", "identity" ->
          false;
      default -> true;
    };
  }

  /**
   * The control plane learns a pod's address from the runtime, after this node: until then ours
   * counts.
   */
  private Resource withLocalAddress(Resource resource) {
    if (!resource.hasWorkload()) {
      return resource;
    }
    Workload workload = resource.getWorkload();
    Ipv4 address = addresses.get(workload.getNamespace() + "/" + workload.getName());
    if (address == null || !workload.getNode().equals(node)) {
      return resource;
    }
    return resource.toBuilder()
        .setVersion(toldVersion(resource) + OWN_WORD + address)
        .setWorkload(workload.toBuilder().setAddress(ByteString.copyFrom(address.toBytes())))
        .build();
  }

  private static Optional<MeshSettings> settings(Update update) {
    return update.getUpsertedList().stream()
        .filter(Resource::hasMesh)
        .map(Resource::getMesh)
        .findFirst();
  }

  private void configure(MeshSettings settings) {
    try {
      if (settings.getRootsCount() > 0) {
        parts.svids().roots(CaClient.certificates(settings.getRootsList()));
      }
      parts
          .telemetry()
          .reconfigure(
              new TelemetrySettings(settings.getOtlpEndpoint(), settings.getTraceSampling()));
      parts.svids().identities(LocalIdentities.of(mesh, node));
      settingsProblem = "";
    } catch (CertificateException | IllegalArgumentException e) {
      settingsProblem = String.valueOf(e.getMessage());
    }
  }

  /** Receivers come and go with their pods. */
  private void tellTraces() {
    Map<Tracing, String> now = TraceReceivers.of(mesh, tables, node);
    if (!now.equals(traceReceivers)) {
      traceReceivers = now;
      parts.telemetry().gateways(now);
    }
  }

  private void answerWaiting(Resource resource) {
    if (resource.hasWorkload() && resource.getWorkload().getNode().equals(node)) {
      CompletableFuture<Void> waiting =
          awaited.remove(
              resource.getWorkload().getNamespace() + "/" + resource.getWorkload().getName());
      if (waiting != null) {
        waiting.complete(null);
      }
    }
  }

  @Override
  public void awaitKnown(String namespace, String pod, Duration patience) {
    CompletableFuture<Void> known = new CompletableFuture<>();
    config.execute(
        () -> {
          if (knows(namespace, pod)) {
            known.complete(null);
          } else {
            awaited
                .computeIfAbsent(namespace + "/" + pod, _ -> new CompletableFuture<>())
                .thenRun(() -> known.complete(null));
          }
        });
    await(
        known,
        patience,
        "the control plane has not told this node of pod "
            + namespace
            + "/"
            + pod
            + "; is it running and is the pod scheduled here?");
  }

  private boolean knows(String namespace, String pod) {
    Resource resource = mesh.get("workload/" + namespace + "/" + pod);
    return resource != null && resource.getWorkload().getNode().equals(node);
  }

  @Override
  public void announce(String namespace, String pod, Ipv4 address) {
    String key = namespace + "/" + pod;
    await(
        onConfig(
            () -> {
              addresses.put(key, address);
              refresh("workload/" + key);
            }),
        Duration.ofSeconds(APPLY_SECONDS),
        "the node process could not take in pod " + key);
  }

  @Override
  public void forget(String namespace, String pod) {
    String key = namespace + "/" + pod;
    await(
        onConfig(
            () -> {
              addresses.remove(key);
              awaited.remove(key);
            }),
        Duration.ofSeconds(APPLY_SECONDS),
        "the node process could not forget pod " + key);
  }

  private void refresh(String name) {
    Resource resource = mesh.get(name);
    if (resource != null) {
      bring(Update.newBuilder().addUpserted(resource).build());
      if (!programs.problem().isEmpty()) {
        throw new DatapathException(programs.problem());
      }
    }
  }

  private CompletableFuture<Void> onConfig(Runnable work) {
    return CompletableFuture.runAsync(work, config);
  }

  private static void await(CompletableFuture<Void> done, Duration patience, String problem) {
    try {
      done.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new AttachException(AttachException.TRY_AGAIN, problem, e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      String detail = cause instanceof DatapathException ? ": " + cause.getMessage() : "";
      throw new AttachException(AttachException.TRY_AGAIN, problem + detail, cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AttachException(AttachException.TRY_AGAIN, "interrupted: " + problem, e);
    }
  }
}
