package dev.weft.gatewayapi;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Tracing;
import dev.weft.resources.Cidr;
import dev.weft.resources.Derivation;
import dev.weft.resources.Gateway;
import dev.weft.resources.GatewayTls;
import dev.weft.resources.ListenerSet;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import dev.weft.resources.StatusFacts;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One Gateway of a class that Weft serves, with its ListenerSets.
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
      Facts facts = facts(reader, gateway);
      Set<Resource> certificates = new LinkedHashSet<>();
      if (facts.serves()) {
        facts.all().forEach(listener -> certificates.addAll(listener.certificates()));
        if (facts.shown().resource() != null) {
          certificates.add(facts.shown().resource());
        }
      }
      return new GatewayTranslation(
          facts.serves()
              ? resource(
                  namespace,
                  name,
                  facts,
                  reader.get(new TelemetryTranslation.Of(namespace, name)).tracing())
              : null,
          List.copyOf(certificates),
          facts);
    }

    private Facts facts(Derivation.Reader reader, Gateway gateway) {
      GatewayView view = reader.get(new GatewayView.Of(namespace, name));
      Listeners listeners = new Listeners(reader, gateway);
      List<ListenerFacts> own =
          listeners.of(gateway.ref(), gateway.spec().listeners(), view.listeners());
      List<SetFacts> sets = new ArrayList<>();
      for (ListenerSets.Member member :
          reader.get(new ListenerSets.Of(namespace, name)).members()) {
        ListenerSet set =
            reader.object(ListenerSet.class, member.set().namespace(), member.set().name());
        if (set != null) {
          sets.add(
              new SetFacts(
                  member.set(),
                  set.metadata().generation(),
                  member.allowed(),
                  listeners.of(member.set(), set.spec().listeners(), member.listeners())));
        }
      }
      GatewayAddresses addresses = reader.get(new GatewayAddresses.Of(context, namespace, name));
      return TlsOverlaps.marked(
          new Facts(
              "gateway/" + namespace + "/" + name,
              gateway.metadata().generation(),
              refusal(gateway, addresses),
              addresses,
              own,
              List.copyOf(sets),
              shown(reader, gateway),
              new Remarks(
                  insecure(gateway), DefaultGateways.isDefault(gateway), withoutEffect(gateway))));
    }
  }

  /** Looks at the listeners of one object after the other. */
  private record Listeners(Derivation.Reader reader, Gateway gateway) {

    List<ListenerFacts> of(
        ObjectRef owner, List<Gateway.Listener> listeners, List<ListenerView> views) {
      List<ListenerFacts> facts = new ArrayList<>();
      for (int i = 0; i < views.size(); i++) {
        ListenerView view = views.get(i);
        facts.add(
            ListenerFacts.of(
                reader,
                owner,
                gateway,
                listeners.get(i),
                view,
                AttachedRoutes.on(
                    reader,
                    gateway.metadata().namespace(),
                    gateway.metadata().name(),
                    view.key())));
      }
      return List.copyOf(facts);
    }
  }

  /** Why the Gateway as a whole is not accepted; null when it is. */
  private static Backends.@Nullable Refusal refusal(Gateway gateway, GatewayAddresses addresses) {
    Gateway.Infrastructure infrastructure = gateway.spec().infrastructure();
    if (infrastructure != null && infrastructure.parametersRef() != null) {
      return new Backends.Refusal("InvalidParameters", "Weft takes no parametersRef");
    }
    Backends.Refusal address = addresses.refusal();
    return address != null && address.reason().equals("UnsupportedAddress") ? address : null;
  }

  private static CertificateRef shown(Derivation.Reader reader, Gateway gateway) {
    GatewayTls tls = gateway.spec().tls();
    GatewayTls.Backend backend = tls == null ? null : tls.backend();
    Gateway.SecretRef ref = backend == null ? null : backend.clientCertificateRef();
    return ref == null
        ? CertificateRef.NONE
        : CertificateRef.resolve(reader, gateway.ref(), ref, "InvalidClientCertificateRef");
  }

  private static boolean insecure(Gateway gateway) {
    GatewayTls tls = gateway.spec().tls();
    GatewayTls.Frontend frontend = tls == null ? null : tls.frontend();
    return frontend != null && frontend.anyInsecure();
  }

  /** What the Gateway asks for that is neither done nor a reason to refuse it. */
  private static List<String> withoutEffect(Gateway gateway) {
    List<String> fields = new ArrayList<>();
    for (Gateway.Listener listener : gateway.spec().listeners()) {
      Gateway.Tls tls = listener.tls();
      if (tls != null && !tls.options().isEmpty()) {
        fields.add("tls.options of listener " + listener.name());
      }
    }
    return List.copyOf(fields);
  }

  private static Resource resource(
      String namespace, String name, Facts facts, @Nullable Tracing tracing) {
    dev.weft.api.v1.Gateway.Builder made =
        dev.weft.api.v1.Gateway.newBuilder().setNamespace(namespace).setName(name);
    for (String address : facts.addresses().usable()) {
      byte[] bytes = Cidr.ipv4(address);
      if (bytes != null) {
        made.addAddresses(ByteString.copyFrom(bytes));
      }
    }
    if (facts.shown().resource() != null) {
      made.setBackendCertificate(facts.shown().resource().getName());
    }
    if (tracing != null) {
      made.setTracing(tracing);
    }
    facts
        .all()
        .filter(ListenerFacts::serves)
        .forEach(listener -> made.addListeners(listener(listener)));
    return Resource.newBuilder().setName(facts.resource()).setGateway(made).build();
  }

  private static dev.weft.api.v1.Gateway.Listener.Builder listener(ListenerFacts listener) {
    ListenerProtocol protocol = listener.view().protocol();
    return dev.weft.api.v1.Gateway.Listener.newBuilder()
        .setName(listener.view().key())
        .setProtocol(
            protocol == null
                ? dev.weft.api.v1.Gateway.Protocol.PROTOCOL_UNSPECIFIED
                : protocol.resource())
        .setPort(listener.view().port())
        .setHostname(listener.view().hostname())
        .addAllCertificates(listener.certificates().stream().map(Resource::getName).toList())
        .addAllAuths(listener.filters().auths())
        .addAllClientRoots(listener.clients().roots())
        .setClientOptional(listener.clients().optional());
  }

  /**
   * What else its status says.
   *
   * @param insecure whether it lets clients in whose certificates are not valid
   * @param isDefault whether routes attach to it without naming it
   * @param withoutEffect fields that Weft does not do
   */
  record Remarks(boolean insecure, boolean isDefault, List<String> withoutEffect) {}

  /**
   * What is known of a ListenerSet.
   *
   * @param allowed whether the Gateway takes it
   * @param listeners empty when it does not
   */
  record SetFacts(ObjectRef set, long generation, boolean allowed, List<ListenerFacts> listeners) {
    boolean serves() {
      return listeners.stream().anyMatch(ListenerFacts::serves);
    }
  }

  /**
   * What is known of a Gateway.
   *
   * @param refusal why it is not accepted as a whole; null when it is
   * @param listeners its own
   * @param sets the ListenerSets that name it, in precedence
   * @param shown what it shows to backends
   */
  record Facts(
      String resource,
      long generation,
      Backends.@Nullable Refusal refusal,
      GatewayAddresses addresses,
      List<ListenerFacts> listeners,
      List<SetFacts> sets,
      CertificateRef shown,
      Remarks remarks)
      implements StatusFacts {

    /** Its own listeners, then those of its sets. */
    Stream<ListenerFacts> all() {
      return Stream.concat(
          listeners.stream(), sets.stream().flatMap(set -> set.listeners().stream()));
    }

    boolean serves() {
      return refusal == null
          && !addresses.usable().isEmpty()
          && all().anyMatch(ListenerFacts::serves);
    }

    Facts withListeners(List<ListenerFacts> own, List<SetFacts> others) {
      return new Facts(resource, generation, refusal, addresses, own, others, shown, remarks);
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
