package dev.weft.gatewayapi;

import dev.weft.api.v1.Resource;
import dev.weft.resources.BackendTlsPolicy;
import dev.weft.resources.BackendTrafficPolicy;
import dev.weft.resources.Derivation;
import dev.weft.resources.Gateway;
import dev.weft.resources.GatewayClass;
import dev.weft.resources.IdentityAllocator;
import dev.weft.resources.IdentityLabels;
import dev.weft.resources.KubeObject;
import dev.weft.resources.Node;
import dev.weft.resources.ObjectMeta;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Pod;
import dev.weft.resources.Programmed;
import dev.weft.resources.Service;
import dev.weft.resources.Snapshot;
import dev.weft.resources.TelemetryPolicy;
import dev.weft.resources.Translation;
import dev.weft.resources.XMesh;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes nodes, identities, workloads, certificates, services, endpoints, traffic and TLS settings,
 * gateways and routes out of a snapshot, and the statuses of the objects behind them.
 *
 * <p>Pure but for the allocator and the pool, which answer the same question always the same. Call
 * it from one thread.
 */
public final class Translator {
  private final Context context;
  private final StatusCache statuses = new StatusCache();

  public Translator(IdentityAllocator identities, AddressPool addresses) {
    this.context = new Context(identities, addresses);
  }

  /**
   * Translates a snapshot.
   *
   * @param previous what this translator made of an earlier snapshot: only what changed since is
   *     translated again; null to start afresh. The result is the same either way
   */
  public Translation<Resource> translate(
      Snapshot snapshot, @Nullable Translation<Resource> previous) {
    Derivation derivation =
        Derivation.of(snapshot, previous instanceof Translated last ? last.derivation : null);
    Translated translated = new Translated(derivation, statuses);
    translated.addNodesAndPods(snapshot, context);
    translated.addServices(snapshot);
    translated.addTraffic(snapshot);
    translated.addGateways(snapshot, context);
    translated.addRoutes(snapshot);
    translated.addBackendTls(snapshot);
    translated.addTelemetry(snapshot);
    derivation.complete();
    return translated;
  }

  /** The result; filled by one call of translate and only read afterwards. */
  static final class Translated implements Translation<Resource> {
    private final Derivation derivation;
    private final StatusCache statuses;
    private final Map<String, Resource> resources = new LinkedHashMap<>();
    private final Map<ObjectRef, StatusFacts> facts = new LinkedHashMap<>();
    private final List<KubeObject> generated = new ArrayList<>();

    private Translated(Derivation derivation, StatusCache statuses) {
      this.derivation = derivation;
      this.statuses = statuses;
    }

    @Override
    public Map<String, Resource> resources() {
      return Collections.unmodifiableMap(resources);
    }

    @Override
    public Map<ObjectRef, ObjectStatus> statuses(Programmed programmed) {
      return statuses.render(facts, programmed);
    }

    @Override
    public List<KubeObject> generated() {
      return Collections.unmodifiableList(generated);
    }

    /** How many answers the translation had to compute. */
    int computed() {
      return derivation.computed();
    }

    private void add(@Nullable Resource resource) {
      if (resource != null) {
        resources.put(resource.getName(), resource);
      }
    }

    private void addNodesAndPods(Snapshot snapshot, Context context) {
      snapshot
          .all(Node.class)
          .forEach(
              node ->
                  add(derivation.get(new NodeTranslation.Of(node.metadata().name())).resource()));
      Map<String, Resource> workloads = new LinkedHashMap<>();
      Map<IdentityLabels, Integer> identities = new LinkedHashMap<>();
      snapshot
          .all(Pod.class)
          .forEach(
              pod -> {
                ObjectMeta meta = pod.metadata();
                WorkloadTranslation workload =
                    derivation.get(
                        new WorkloadTranslation.Of(context, meta.namespace(), meta.name()));
                Resource resource = workload.resource();
                IdentityLabels identity = workload.identity();
                if (resource != null && identity != null) {
                  workloads.put(resource.getName(), resource);
                  identities.put(identity, resource.getWorkload().getIdentity());
                }
              });
      identities.forEach(
          (labels, number) ->
              add(derivation.get(new IdentityTranslation.Of(labels, number)).resource()));
      resources.putAll(workloads);
    }

    private void addServices(Snapshot snapshot) {
      snapshot
          .all(Service.class)
          .filter(service -> !service.spec().type().equals("ExternalName"))
          .filter(service -> !ClusterAddress.holds(service))
          .forEach(
              service -> {
                String namespace = service.metadata().namespace();
                String name = service.metadata().name();
                add(derivation.get(new ServiceTranslation.Of(namespace, name)).resource());
                add(derivation.get(new EndpointsTranslation.Of(namespace, name)).resource());
                add(derivation.get(new TrafficTranslation.Of(namespace, name)).resource());
                add(derivation.get(new BackendTlsTranslation.Of(namespace, name)).resource());
              });
    }

    private void addTraffic(Snapshot snapshot) {
      snapshot
          .all(BackendTrafficPolicy.class)
          .forEach(
              policy ->
                  facts.put(
                      policy.ref(),
                      derivation.get(
                          new TrafficTranslation.FactsOf(
                              policy.metadata().namespace(), policy.metadata().name()))));
    }

    private void addTelemetry(Snapshot snapshot) {
      snapshot
          .all(TelemetryPolicy.class)
          .forEach(
              policy -> {
                TelemetryFacts made =
                    derivation.get(
                        new TelemetryFacts.Of(
                            policy.metadata().namespace(), policy.metadata().name()));
                if (!made.targets().isEmpty()) {
                  facts.put(policy.ref(), made);
                }
              });
    }

    private void addBackendTls(Snapshot snapshot) {
      snapshot
          .all(BackendTlsPolicy.class)
          .forEach(
              policy -> {
                BackendTlsFacts made =
                    derivation.get(
                        new BackendTlsFacts.Of(
                            policy.metadata().namespace(), policy.metadata().name()));
                if (!made.ancestors().isEmpty()) {
                  facts.put(policy.ref(), made);
                }
              });
    }

    private void addGateways(Snapshot snapshot, Context context) {
      snapshot
          .all(XMesh.class)
          .filter(mesh -> mesh.spec().controllerName().equals(GatewayClass.WEFT_CONTROLLER))
          .forEach(
              each ->
                  facts.put(
                      each.ref(),
                      new ClassTranslation.Facts(
                          each.metadata().generation(),
                          each.spec().parametersRef() != null,
                          Features.MESH)));
      snapshot
          .all(GatewayClass.class)
          .filter(GatewayView::isOurs)
          .forEach(
              each ->
                  facts.put(
                      each.ref(),
                      new ClassTranslation.Facts(
                          each.metadata().generation(),
                          each.spec().parametersRef() != null,
                          Features.GATEWAY)));
      snapshot
          .all(Gateway.class)
          .forEach(
              gateway -> {
                String namespace = gateway.metadata().namespace();
                String name = gateway.metadata().name();
                if (derivation.get(new GatewayView.Of(namespace, name)).ours()) {
                  GatewayTranslation made =
                      derivation.get(new GatewayTranslation.Of(context, namespace, name));
                  made.certificates().forEach(this::add);
                  add(made.resource());
                  generated.addAll(
                      derivation.get(new Infrastructure.Of(namespace, name)).objects());
                  facts.put(gateway.ref(), made.facts());
                  derivation
                      .get(new ListenerSetFacts.Of(context, namespace, name))
                      .forEach(set -> facts.put(set.set().set(), set));
                }
              });
    }

    private void addRoutes(Snapshot snapshot) {
      RouteObject.KINDS.forEach(
          kind -> snapshot.all(kind.type()).forEach(route -> addRoute(route.ref())));
    }

    private void addRoute(ObjectRef route) {
      RouteTranslation made = derivation.get(new RouteTranslation.Of(route));
      add(made.resource());
      if (!made.facts().parents().isEmpty()) {
        facts.put(route, made.facts());
      }
    }
  }
}
