package dev.weft.routing;

import dev.weft.api.v1.Certificate;
import dev.weft.api.v1.MeshSettings;
import dev.weft.api.v1.ReservedIdentity;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Resource.BodyCase;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Everything a proxy decides with, compiled from one {@link MeshView}. Immutable; any thread. An
 * event loop reads the current tables once at a request's head and keeps them to its end.
 */
public final class ProxyTables {
  private static final int SESSION_KEY_BYTES = 32;

  private final MeshView view;
  private final Settings settings;
  private final Parts parts;
  private final PersistentMap<String, Changes.Refusal> refusals;

  /** What compiles apart; each is reused when nothing it depends on has changed. */
  private record Parts(
      WorkloadIndex workloads,
      EndpointIndex endpoints,
      RouteIndex<CompiledRoute> routes,
      RouteIndex<CompiledL4Route> l4Routes,
      BackendTlsIndex backendTls,
      ServiceIndex services,
      GatewayIndex gateways,
      PersistentMap<String, GatewayCertificate> certificates,
      PersistentMap<Integer, Boolean> nodes,
      PolicyIndex policies,
      NetworkVerdicts network) {}

  private ProxyTables(
      MeshView view,
      Settings settings,
      Parts parts,
      PersistentMap<String, Changes.Refusal> refusals) {
    this.view = view;
    this.settings = settings;
    this.parts = parts;
    this.refusals = refusals;
  }

  /** Of a node that knows nothing yet: every target is unknown. */
  public static ProxyTables empty() {
    Parts parts =
        new Parts(
            WorkloadIndex.EMPTY,
            EndpointIndex.EMPTY,
            RouteIndex.empty(),
            RouteIndex.empty(),
            BackendTlsIndex.EMPTY,
            ServiceIndex.EMPTY,
            GatewayIndex.EMPTY,
            PersistentMap.empty(),
            PersistentMap.empty(),
            PolicyIndex.EMPTY,
            NetworkVerdicts.EMPTY);
    return new ProxyTables(MeshView.empty(), Settings.INITIAL, parts, PersistentMap.empty());
  }

  /**
   * Compiles a view, reusing every part of earlier tables whose input has not changed.
   *
   * <p>Never fails: a resource that cannot be compiled is listed in {@link #refusals}, and its
   * earlier compiled form stays. Where there is none it fails closed: a route answers 500 at its
   * places, a policy denies.
   */
  public static ProxyTables compile(MeshView view, ProxyTables previous) {
    if (view == previous.view) {
      return previous;
    }
    Changes changes = new Changes(previous.view, view, previous.refusals);
    Parts old = previous.parts;
    Settings settings = settings(view, previous);
    WorkloadIndex workloads =
        old.workloads.next(
            changes,
            view,
            settings.trustDomain(),
            !settings.trustDomain().equals(previous.settings.trustDomain()));
    EndpointIndex endpoints = old.endpoints.next(changes, workloads);
    RouteIndex<CompiledRoute> routes = old.routes.next(changes, RouteIndex.HTTP);
    RouteIndex<CompiledL4Route> l4Routes = old.l4Routes.next(changes, RouteIndex.L4);
    BackendTlsIndex backendTls = old.backendTls.next(changes);
    Parts parts =
        new Parts(
            workloads,
            endpoints,
            routes,
            l4Routes,
            backendTls,
            old.services.next(changes, endpoints, routes, backendTls),
            old.gateways.next(changes, new GatewayIndex.Routes(routes, l4Routes)),
            certificates(changes, old.certificates),
            nodes(changes, old.nodes),
            old.policies.next(changes),
            old.network.next(changes, view));
    return new ProxyTables(view, settings, parts, changes.refusals());
  }

  /** Compiles a view from nothing. */
  public static ProxyTables compile(MeshView view) {
    return compile(view, empty());
  }

  @SuppressWarnings("ReferenceEquality") // instances are the versions
  private static Settings settings(MeshView view, ProxyTables previous) {
    Resource resource = view.get("mesh");
    if (resource == previous.view.get("mesh")) {
      return previous.settings;
    }
    if (resource == null) {
      return Settings.INITIAL;
    }
    MeshSettings mesh = resource.getMesh();
    return new Settings(
        mesh.getTrustDomain().isEmpty() ? Settings.INITIAL.trustDomain() : mesh.getTrustDomain(),
        mesh.getRootsList(),
        mesh.getOtlpEndpoint(),
        Math.clamp(mesh.getTraceSampling(), 0.0, 1.0),
        mesh.getReasonHeader(),
        sessionKey(mesh));
  }

  /** A key of another length is none: sessions are then balanced anew. */
  private static @Nullable SecretKey sessionKey(MeshSettings mesh) {
    return mesh.getSessionKey().size() == SESSION_KEY_BYTES
        ? new SecretKeySpec(mesh.getSessionKey().toByteArray(), "AES")
        : null;
  }

  private static PersistentMap<String, GatewayCertificate> certificates(
      Changes changes, PersistentMap<String, GatewayCertificate> old) {
    PersistentMap.Edit<String, GatewayCertificate> edit = old.edit();
    changes.each(
        BodyCase.CERTIFICATE,
        change -> {
          if (change.after() == null) {
            edit.remove(change.name());
            return;
          }
          Certificate certificate = change.after().getCertificate();
          if (certificate.getChainCount() == 0 || certificate.getKey().isEmpty()) {
            throw new IllegalArgumentException("a certificate needs a chain and a key");
          }
          edit.put(
              change.name(),
              new GatewayCertificate(
                  change.name(), certificate.getChainList(), certificate.getKey()));
        });
    return edit.done();
  }

  private static PersistentMap<Integer, Boolean> nodes(
      Changes changes, PersistentMap<Integer, Boolean> old) {
    PersistentMap.Edit<Integer, Boolean> edit = old.edit();
    changes.each(
        BodyCase.NODE,
        change -> {
          int now = change.after() == null ? 0 : Ipv4.of(change.after().getNode().getAddress());
          if (change.before() != null) {
            edit.remove(Ipv4.of(change.before().getNode().getAddress()));
          }
          if (now != 0) {
            edit.put(now, Boolean.TRUE);
          }
        });
    return edit.done();
  }

  /** What these tables were compiled from. */
  public MeshView view() {
    return view;
  }

  /** Mesh-wide settings. */
  public Settings settings() {
    return settings;
  }

  /**
   * Resources that are not in the tables as they are in the view, with the reason: for the nack.
   */
  public Map<String, String> refusals() {
    Map<String, String> reasons = new TreeMap<>();
    refusals.forEach((name, refusal) -> reasons.put(name, refusal.reason()));
    return reasons;
  }

  /**
   * What an original destination stands for.
   *
   * @param address IPv4, host order
   */
  public Target target(int address, int port) {
    ServicePort service = parts.services.at(address, port);
    if (service != null) {
      return new Target.ServiceTarget(service);
    }
    WorkloadInfo workload = workload(address);
    if (workload != null) {
      return new Target.PodTarget(workload, port);
    }
    GatewayPort gateway = parts.gateways.at(address, port);
    return gateway == null
        ? new Target.UnknownTarget(address, port)
        : new Target.GatewayTarget(gateway);
  }

  /**
   * What the original destination of a datagram stands for: a Gateway's port or nothing, because
   * only those come to the proxy.
   *
   * @param address IPv4, host order
   */
  public Target datagramTarget(int address, int port) {
    GatewayPort gateway = parts.gateways.udpAt(address, port);
    return gateway == null
        ? new Target.UnknownTarget(address, port)
        : new Target.GatewayTarget(gateway);
  }

  /** The pod with an address (IPv4, host order). */
  public @Nullable WorkloadInfo workload(int address) {
    return address == 0 ? null : parts.workloads.byAddress().get(address);
  }

  /** A pod by name. */
  public @Nullable WorkloadInfo workload(String namespace, String pod) {
    return parts.workloads.byName().get(namespace + "/" + pod);
  }

  /** A Service port; {@code null} when the mesh has none: 500, as for an invalid backend. */
  public @Nullable ServicePort service(ServiceKey key) {
    return parts.services.byKey().get(key);
  }

  /** The TCP ports of a Gateway by number; empty when the mesh does not know it. */
  public Map<Integer, GatewayPort> gateway(String namespace, String name) {
    GatewayIndex.Ports ports = parts.gateways.byName().get(namespace + "/" + name);
    return ports == null ? Map.of() : ports.tcp();
  }

  /** A certificate; {@code null}: who would show it must refuse the handshake. */
  public @Nullable GatewayCertificate certificate(String name) {
    return parts.certificates.get(name);
  }

  /** Policies on a pod: those of its labels and those of its whole namespace. */
  public Authorizer authorizer(WorkloadInfo destination) {
    return parts.policies.workload(destination.namespace(), destination.identity());
  }

  /** Policies that target a Service. */
  public Authorizer authorizer(ServiceKey service) {
    Map<PolicyIndex.Named, Authorizer> services = parts.policies.byService();
    return services.isEmpty()
        ? Authorizer.UNRESTRICTED
        : services.getOrDefault(
            new PolicyIndex.Named(service.namespace(), service.name()), Authorizer.UNRESTRICTED);
  }

  /** Policies that target a Gateway. */
  public Authorizer authorizer(GatewayPort gateway) {
    Map<PolicyIndex.Named, Authorizer> gateways = parts.policies.byGateway();
    return gateways.isEmpty()
        ? Authorizer.UNRESTRICTED
        : gateways.getOrDefault(
            new PolicyIndex.Named(gateway.namespace(), gateway.gateway()), Authorizer.UNRESTRICTED);
  }

  /** Network policy. */
  public NetworkVerdicts network() {
    return parts.network;
  }

  /** The identity number of any address: a pod's, a node's, a known prefix's, or the world's. */
  public int identityOf(int address) {
    WorkloadInfo workload = workload(address);
    if (workload != null) {
      return workload.identity();
    }
    return parts.nodes.get(address) == null
        ? parts.network.identityOf(address)
        : ReservedIdentity.RESERVED_IDENTITY_REMOTE_NODE_VALUE;
  }
}
