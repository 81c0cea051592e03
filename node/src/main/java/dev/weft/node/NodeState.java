package dev.weft.node;

import dev.weft.api.v1.MeshSettings;
import dev.weft.api.v1.Refusal;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Tracing;
import dev.weft.api.v1.Update;
import dev.weft.datapath.Datapath;
import dev.weft.datapath.DatapathException;
import dev.weft.datapath.Ipv4;
import dev.weft.flows.Telemetry;
import dev.weft.flows.TelemetrySettings;
import dev.weft.identity.SvidManager;
import dev.weft.routing.MeshView;
import dev.weft.routing.ProxyTables;
import java.security.cert.CertificateException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this node knows of the mesh, and the one place that brings it to the proxy, the programs,
 * the certificates and telemetry. Confined to the config thread.
 */
final class NodeState implements ConfigApplier {
  private static final Logger log = LoggerFactory.getLogger(NodeState.class);

  private final String node;
  private final ConfigLog disk;
  private final Parts parts;
  private final Programs programs;
  private final LocalPods pods;

  private MeshView mesh = MeshView.empty();
  private volatile ProxyTables tables = ProxyTables.empty();
  private Map<Tracing, String> traceReceivers = Map.of();
  private String settingsProblem = "";
  private String identitiesProblem = "";

  /** What the state is brought to. */
  record Parts(
      Datapath datapath, Consumer<ProxyTables> proxy, SvidManager svids, Telemetry telemetry) {}

  NodeState(String node, ConfigLog disk, Parts parts, ScheduledExecutorService config) {
    this.node = node;
    this.disk = disk;
    this.parts = parts;
    this.programs = new Programs(node, parts.datapath(), config);
    this.pods = new LocalPods(node, config, name -> mesh.get(name), this::renew);
  }

  /**
   * Begins with what an earlier process knew, on the config thread. Knowing nothing, it leaves the
   * programs alone: pinned rules are worth more than none.
   */
  void restore(ProxyTables known, Map<String, Ipv4> adopted) {
    pods.adopt(adopted);
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

  /** Where pods of this node are made known. */
  PodRegistry pods() {
    return pods;
  }

  /** The present tables, for readers on other threads. */
  ProxyTables tables() {
    return tables;
  }

  @Override
  public Map<String, String> held() {
    Map<String, String> held = new HashMap<>();
    mesh.forEach(r -> held.put(r.getName(), LocalPods.toldVersion(r)));
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
    mesh.forEach(r -> told.add(r.toBuilder().setVersion(LocalPods.toldVersion(r)).build()));
    return told;
  }

  /**
   * The proxy learns first, so that no connection is handed to a proxy that does not know its
   * target.
   */
  private List<Refusal> bring(Update update) {
    List<Resource> upserted = update.getUpsertedList().stream().map(pods::withOwnWord).toList();
    mesh = mesh.with(upserted, update.getRemovedList());
    tables = ProxyTables.compile(mesh, tables);
    parts.proxy().accept(tables);
    settings(update).ifPresent(this::configure);
    if (touchesDatapath(update)) {
      identify();
    }
    if (touchesDatapath(update) || !programs.problem().isEmpty()) {
      programs.bring(mesh);
    }
    tellTraces();
    upserted.forEach(pods::brought);
    return refusals();
  }

  private void identify() {
    try {
      parts.svids().identities(LocalIdentities.of(mesh, node));
      identitiesProblem = "";
    } catch (IllegalArgumentException e) {
      identitiesProblem = "no certificates for new identities: " + e.getMessage();
    }
  }

  /** Everything held that cannot be put to use now, as {@code Nack} words it. */
  private List<Refusal> refusals() {
    List<Refusal> refusals = new ArrayList<>();
    tables.refusals().forEach((name, reason) -> refusals.add(refusal(name, reason)));
    if (!settingsProblem.isEmpty()) {
      refusals.add(refusal("mesh", settingsProblem));
    }
    if (!identitiesProblem.isEmpty()) {
      refusals.add(refusal("identities", identitiesProblem));
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

  private static Optional<MeshSettings> settings(Update update) {
    return update.getUpsertedList().stream()
        .filter(Resource::hasMesh)
        .map(Resource::getMesh)
        .findFirst();
  }

  /** Before identities are told: their certificates are judged by these roots. */
  private void configure(MeshSettings settings) {
    try {
      if (settings.getRootsCount() > 0) {
        parts.svids().roots(CaClient.certificates(settings.getRootsList()));
      }
      parts
          .telemetry()
          .reconfigure(
              new TelemetrySettings(settings.getOtlpEndpoint(), settings.getTraceSampling()));
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

  /** A resource counts in another form: this node knows better. */
  private void renew(Resource resource) {
    bring(Update.newBuilder().addUpserted(resource).build());
    if (!programs.problem().isEmpty()) {
      throw new DatapathException(programs.problem());
    }
  }
}
