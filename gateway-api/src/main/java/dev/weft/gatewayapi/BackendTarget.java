package dev.weft.gatewayapi;

import dev.weft.resources.BackendRef;
import dev.weft.resources.Derivation;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.Service;
import org.jspecify.annotations.Nullable;

/**
 * What a reference to a backend names.
 *
 * @param port null: the referent's own, which only an XBackend has
 */
record BackendTarget(ObjectRef object, @Nullable Integer port) {

  /** Null for kinds that can be no backend. */
  static @Nullable BackendTarget of(ObjectRef owner, BackendRef ref) {
    String said = ref.namespace();
    String namespace = said == null ? owner.namespace() : said;
    for (Kind kind : new Kind[] {Kind.SERVICE, Kind.X_BACKEND}) {
      if (ref.group().equals(kind.group()) && ref.kind().equals(kind.kind())) {
        return new BackendTarget(new ObjectRef(kind, namespace, ref.name()), ref.port());
      }
    }
    return null;
  }

  String namespace() {
    return object.namespace();
  }

  /** The name under which nodes know it. */
  String service() {
    return object.kind() == Kind.X_BACKEND ? XBackends.serviceName(object.name()) : object.name();
  }

  /** Null when there is none. */
  @Nullable Service find(Derivation.Reader reader) {
    return XBackends.service(reader, namespace(), service());
  }

  /** The number of the port that is meant; null when the reference names none and has to. */
  @Nullable Integer portOf(Service service) {
    return port == null && object.kind() == Kind.X_BACKEND
        ? Integer.valueOf(service.spec().ports().getFirst().port())
        : port;
  }

  @Override
  public String toString() {
    return object.kind().kind() + " " + namespace() + "/" + object.name();
  }
}
