package dev.weft.gatewayapi;

import dev.weft.api.v1.Resource;
import dev.weft.resources.Derivation;
import dev.weft.resources.GatewayClass;
import dev.weft.resources.IdentityLabels;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.Output;
import dev.weft.resources.Service;
import dev.weft.resources.XMesh;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What each object becomes, by its kind. */
record Outputs(Context context) implements Derivation.Each<Output<Resource>> {

  @Override
  public List<Kind> kinds() {
    EnumSet<Kind> kinds =
        EnumSet.of(
            Kind.NODE,
            Kind.POD,
            Kind.SERVICE,
            Kind.X_BACKEND,
            Kind.GATEWAY_CLASS,
            Kind.GATEWAY,
            Kind.X_MESH,
            Kind.BACKEND_TRAFFIC_POLICY,
            Kind.BACKEND_TLS_POLICY,
            Kind.TELEMETRY_POLICY);
    kinds.addAll(RouteObject.KINDS);
    return List.copyOf(kinds);
  }

  @Override
  public Derivation.Query<Output<Resource>> of(ObjectRef object) {
    return new Of(context, object);
  }

  /** What one object becomes. */
  record Of(Context context, ObjectRef object) implements Derivation.Query<Output<Resource>> {
    @Override
    public Output<Resource> compute(Derivation.Reader reader) {
      return new Making(context, object, reader).make();
    }
  }

  /** An output on its way; confined to one computation. */
  private static final class Making {
    private final Context context;
    private final ObjectRef object;
    private final String namespace;
    private final String name;
    private final Derivation.Reader reader;
    private final Output.Builder<Resource> output = new Output.Builder<>();

    Making(Context context, ObjectRef object, Derivation.Reader reader) {
      this.context = context;
      this.object = object;
      this.namespace = object.namespace();
      this.name = object.name();
      this.reader = reader;
    }

    Output<Resource> make() {
      switch (object.kind()) {
        case NODE -> add(reader.get(new NodeTranslation.Of(name)).resource());
        case POD -> pod();
        case SERVICE -> service();
        case X_BACKEND -> xBackend();
        case GATEWAY_CLASS -> gatewayClass();
        case X_MESH -> mesh();
        case GATEWAY -> gateway();
        case BACKEND_TRAFFIC_POLICY ->
            output.facts(object, reader.get(new TrafficTranslation.FactsOf(namespace, name)));
        case BACKEND_TLS_POLICY -> backendTls();
        case TELEMETRY_POLICY -> telemetry();
        default -> route();
      }
      return output.build();
    }

    private void add(@Nullable Resource resource) {
      if (resource != null) {
        output.resource(resource.getName(), resource);
      }
    }

    private void pod() {
      WorkloadTranslation workload =
          reader.get(new WorkloadTranslation.Of(context, namespace, name));
      Resource resource = workload.resource();
      IdentityLabels identity = workload.identity();
      if (resource != null && identity != null) {
        int number = resource.getWorkload().getIdentity();
        add(reader.get(new IdentityTranslation.Of(identity, number)).resource());
        add(resource);
      }
    }

    private void service() {
      Service service = reader.object(Service.class, namespace, name);
      if (service != null
          && !service.spec().type().equals("ExternalName")
          && !ClusterAddress.holds(service)) {
        add(reader.get(new ServiceTranslation.Of(namespace, name)).resource());
        add(reader.get(new EndpointsTranslation.Of(namespace, name)).resource());
        add(reader.get(new TrafficTranslation.Of(object)).resource());
        add(reader.get(new BackendTlsTranslation.Of(namespace, name)).resource());
      }
    }

    private void xBackend() {
      XBackendTranslation made = reader.get(new XBackendTranslation.Of(namespace, name));
      if (made.refusal() == null) {
        made.resources().forEach(this::add);
        add(reader.get(new XBackendEndpoints.Of(namespace, name)).resource());
        add(reader.get(new TrafficTranslation.Of(object)).resource());
      }
      XBackendFacts said = reader.get(new XBackendFacts.Of(namespace, name));
      if (!said.ancestors().isEmpty()) {
        output.facts(object, said);
      }
    }

    private void gatewayClass() {
      GatewayClass each = reader.object(GatewayClass.class, "", name);
      if (each != null && GatewayView.isOurs(each)) {
        output.facts(
            object,
            new ClassTranslation.Facts(
                each.metadata().generation(),
                each.spec().parametersRef() != null,
                Features.GATEWAY,
                reader.get(new BundleVersions.Of())));
      }
    }

    private void mesh() {
      XMesh each = reader.object(XMesh.class, "", name);
      if (each != null && each.spec().controllerName().equals(GatewayClass.WEFT_CONTROLLER)) {
        output.facts(
            object,
            new ClassTranslation.Facts(
                each.metadata().generation(),
                each.spec().parametersRef() != null,
                Features.MESH,
                null));
      }
    }

    private void gateway() {
      if (!reader.get(new GatewayView.Of(namespace, name)).ours()) {
        return;
      }
      GatewayTranslation made = reader.get(new GatewayTranslation.Of(context, namespace, name));
      made.certificates().forEach(this::add);
      add(made.resource());
      output.generated(reader.get(new Infrastructure.Of(namespace, name)).objects());
      output.facts(object, made.facts());
      reader
          .get(new ListenerSetFacts.Of(context, namespace, name))
          .forEach(set -> output.facts(set.set().set(), set));
    }

    private void backendTls() {
      BackendTlsFacts made = reader.get(new BackendTlsFacts.Of(namespace, name));
      if (!made.ancestors().isEmpty()) {
        output.facts(object, made);
      }
    }

    private void telemetry() {
      TelemetryFacts made = reader.get(new TelemetryFacts.Of(namespace, name));
      if (!made.targets().isEmpty()) {
        output.facts(object, made);
      }
    }

    private void route() {
      RouteTranslation made = reader.get(new RouteTranslation.Of(object));
      add(made.resource());
      if (!made.facts().parents().isEmpty()) {
        output.facts(object, made.facts());
      }
    }
  }
}
