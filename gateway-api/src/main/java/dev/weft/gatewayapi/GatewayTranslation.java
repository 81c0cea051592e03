package dev.weft.gatewayapi;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Resource;
import dev.weft.resources.Cidr;
import dev.weft.resources.Derivation;
import dev.weft.resources.Gateway;
import dev.weft.resources.GatewayTls;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One Gateway of a class that Weft serves.
 *
 * @param resource null when no listener can serve
 * @param certificates names of the certificates that its listeners need, with their resources
 */
record GatewayTranslation(@Nullable Resource resource, List<Resource> certificates, Facts facts) {

  /** Translates one Gateway. */
  record Of(Context context, String namespace, String name)
      implements Derivation.Query<GatewayTranslation> {
    @Override
    public GatewayTranslation compute(Derivation.Reader reader) {
      Gateway gateway = reader.object(Gateway.class, namespace, name);
      if (gateway == null) {
        throw new IllegalArgumentException(namespace + "/" + name + " is not in the snapshot");
      }
      GatewayView view = reader.get(new GatewayView.Of(namespace, name));
      Map<String, Integer> attached = reader.get(new AttachedRoutes.OnGateway(namespace, name));
      List<ListenerFacts> listeners = new ArrayList<>();
      Set<Resource> certificates = new LinkedHashSet<>();
      for (int i = 0; i < view.listeners().size(); i++) {
        GatewayView.Listener listener = view.listeners().get(i);
        Certificates found = certificates(reader, gateway, gateway.spec().listeners().get(i));
        certificates.addAll(found.usable);
        listeners.add(
            new ListenerFacts(
                listener,
                attached.getOrDefault(listener.name(), 0),
                found.usable.stream().map(Resource::getName).toList(),
                found.refusal,
                ClientCertificates.of(reader, gateway, gateway.spec().listeners().get(i))));
      }
      GatewayAddresses addresses = reader.get(new GatewayAddresses.Of(context, namespace, name));
      Facts facts =
          new Facts(
              "gateway/" + namespace + "/" + name,
              gateway.metadata().generation(),
              refusal(gateway, addresses),
              addresses,
              List.copyOf(listeners),
              insecure(gateway),
              withoutEffect(gateway));
      return new GatewayTranslation(
          facts.serves() ? resource(namespace, name, facts) : null,
          facts.serves() ? List.copyOf(certificates) : List.of(),
          facts);
    }
  }

  /** Why the Gateway as a whole is not accepted; null when it is. */
  private static Backends.@Nullable Refusal refusal(Gateway gateway, GatewayAddresses addresses) {
    Gateway.Infrastructure infrastructure = gateway.spec().infrastructure();
    if (infrastructure != null && infrastructure.parametersRef() != null) {
      return new Backends.Refusal("InvalidParameters", "Weft takes no parametersRef");
    }
    GatewayTls tls = gateway.spec().tls();
    if (tls != null && !tls.carried().isEmpty()) {
      return new Backends.Refusal("Invalid", "spec.tls.backend is not done; remove it");
    }
    Backends.Refusal address = addresses.refusal();
    return address != null && address.reason().equals("UnsupportedAddress") ? address : null;
  }

  private static boolean insecure(Gateway gateway) {
    GatewayTls tls = gateway.spec().tls();
    GatewayTls.Frontend frontend = tls == null ? null : tls.frontend();
    return frontend != null && frontend.anyInsecure();
  }

  /** What the Gateway asks for that is neither done nor a reason to refuse it. */
  private static List<String> withoutEffect(Gateway gateway) {
    List<String> fields = new ArrayList<>();
    gateway.spec().carried().keySet().forEach(field -> fields.add("spec." + field));
    if (gateway.spec().addresses().stream().anyMatch(address -> !address.carried().isEmpty())) {
      fields.add("spec.addresses.routability");
    }
    for (Gateway.Listener listener : gateway.spec().listeners()) {
      Gateway.Tls tls = listener.tls();
      if (tls != null && !tls.options().isEmpty()) {
        fields.add("tls.options of listener " + listener.name());
      }
    }
    return List.copyOf(fields);
  }

  /** The certificates of one listener that can be used, and the first one that cannot. */
  private record Certificates(List<Resource> usable, Backends.@Nullable Refusal refusal) {}

  private static Certificates certificates(
      Derivation.Reader reader, Gateway gateway, Gateway.Listener listener) {
    Gateway.Tls tls = listener.tls();
    if (!listener.protocol().equals("HTTPS")) {
      return new Certificates(List.of(), null);
    }
    if (tls == null || tls.certificateRefs().isEmpty()) {
      return new Certificates(
          List.of(), new Backends.Refusal("InvalidCertificateRef", "tls names no certificate"));
    }
    List<Resource> usable = new ArrayList<>();
    Backends.Refusal refusal = null;
    for (Gateway.SecretRef ref : tls.certificateRefs()) {
      Backends.Refusal problem = certificate(reader, gateway.ref(), ref, usable);
      refusal = refusal == null ? problem : refusal;
    }
    return new Certificates(List.copyOf(usable), refusal);
  }

  private static Backends.@Nullable Refusal certificate(
      Derivation.Reader reader, ObjectRef gateway, Gateway.SecretRef ref, List<Resource> usable) {
    if (!ref.group().isEmpty() || !ref.kind().equals("Secret")) {
      return new Backends.Refusal("InvalidCertificateRef", "certificates must be Secrets");
    }
    String said = ref.namespace();
    String namespace = said == null ? gateway.namespace() : said;
    if (!Grants.allow(reader, gateway, "Secret", namespace, ref.name())) {
      return new Backends.Refusal(
          "RefNotPermitted",
          "no ReferenceGrant in " + namespace + " allows Secret " + namespace + "/" + ref.name());
    }
    CertificateTranslation translated =
        reader.get(new CertificateTranslation.Of(namespace, ref.name()));
    Resource resource = translated.resource();
    if (resource == null) {
      return new Backends.Refusal("InvalidCertificateRef", translated.problem());
    }
    usable.add(resource);
    return null;
  }

  private static Resource resource(String namespace, String name, Facts facts) {
    dev.weft.api.v1.Gateway.Builder made =
        dev.weft.api.v1.Gateway.newBuilder().setNamespace(namespace).setName(name);
    for (String address : facts.addresses().usable()) {
      byte[] bytes = Cidr.ipv4(address);
      if (bytes != null) {
        made.addAddresses(ByteString.copyFrom(bytes));
      }
    }
    for (ListenerFacts listener : facts.listeners()) {
      if (listener.serves()) {
        made.addListeners(
            dev.weft.api.v1.Gateway.Listener.newBuilder()
                .setName(listener.view().name())
                .setProtocol(
                    listener.https()
                        ? dev.weft.api.v1.Gateway.Protocol.PROTOCOL_HTTPS
                        : dev.weft.api.v1.Gateway.Protocol.PROTOCOL_HTTP)
                .setPort(listener.view().port())
                .setHostname(listener.view().hostname())
                .addAllCertificates(listener.certificates())
                .addAllClientRoots(listener.clients().roots())
                .setClientOptional(listener.clients().optional()));
      }
    }
    return Sealed.of(facts.resource(), Resource.newBuilder().setGateway(made));
  }

  /**
   * One listener.
   *
   * @param certificates resource names
   * @param unresolved the first certificate that cannot be used; null when all can
   * @param clients what is asked of clients
   */
  record ListenerFacts(
      GatewayView.Listener view,
      int attachedRoutes,
      List<String> certificates,
      Backends.@Nullable Refusal unresolved,
      ClientCertificates clients) {

    boolean https() {
      return view.protocol().equals("HTTPS");
    }

    boolean accepted() {
      return view.refusal() == null && !clients.unusable();
    }

    /** Whether nodes can do something with it. */
    boolean serves() {
      return accepted() && (!https() || !certificates.isEmpty());
    }
  }

  /**
   * What is known of a Gateway.
   *
   * @param refusal why it is not accepted as a whole; null when it is
   * @param insecure whether it lets clients in whose certificates are not valid
   * @param withoutEffect fields that Weft does not do
   */
  record Facts(
      String resource,
      long generation,
      Backends.@Nullable Refusal refusal,
      GatewayAddresses addresses,
      List<ListenerFacts> listeners,
      boolean insecure,
      List<String> withoutEffect)
      implements StatusFacts {

    boolean serves() {
      return refusal == null
          && !addresses.usable().isEmpty()
          && listeners.stream().anyMatch(ListenerFacts::serves);
    }

    @Override
    public List<String> watched() {
      return List.of(resource);
    }

    @Override
    public ObjectStatus render(Programmed programmed) {
      return GatewayStatus.render(this, programmed);
    }
  }
}
