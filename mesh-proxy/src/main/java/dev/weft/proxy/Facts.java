package dev.weft.proxy;

import dev.weft.proxy.http.RequestHead;
import dev.weft.routing.AuthorizationFacts;
import dev.weft.routing.HeaderSink;
import dev.weft.routing.Hosts;
import dev.weft.routing.Paths;
import dev.weft.routing.RequestFacts;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request's head as matchers, policies and edits see it; nothing is copied. Confined to its event
 * loop.
 */
final class Facts implements RequestFacts, AuthorizationFacts, HeaderSink {
  private final Origin origin;
  private final RequestHead head;
  private final String host;
  private final String target;
  private final int pathLength;

  private Facts(Origin origin, RequestHead head, String host, String target) {
    this.origin = origin;
    this.head = head;
    this.host = host;
    this.target = target;
    this.pathLength = Paths.pathLength(target);
  }

  /** Facts in normal form; {@code null}: answer 400. The head is brought into that form as well. */
  static @Nullable Facts of(Origin origin, RequestHead head) {
    String authority = head.authority();
    String host = authority.isEmpty() ? "" : Hosts.host(authority);
    String target = Paths.normalise(head.target());
    if (host == null || target == null) {
      return null;
    }
    if (!target.equals(head.target())) {
      head.target(target);
    }
    return new Facts(origin, head, host, target);
  }

  @Override
  public String method() {
    return head.method();
  }

  @Override
  public String pathAndQuery() {
    return target;
  }

  @Override
  public int pathLength() {
    return pathLength;
  }

  @Override
  public String host() {
    return host;
  }

  @Override
  public String scheme() {
    return origin.scheme();
  }

  @Override
  public int port() {
    return origin.port();
  }

  @Override
  public @Nullable CharSequence header(String name) {
    String first = head.get(name);
    if (first == null) {
      return null;
    }
    List<String> all = head.all(name);
    return all.size() == 1 ? first : String.join(",", all);
  }

  @Override
  public boolean has(String name) {
    return head.get(name) != null;
  }

  @Override
  public void set(String name, String value) {
    if (name.equals("host")) {
      head.authority(value);
    } else {
      head.set(name, value);
    }
  }

  @Override
  public void add(String name, String value) {
    HeadSink.add(head, name, value);
  }

  @Override
  public void remove(String name) {
    if (!name.equals("host")) {
      head.remove(name);
    }
  }

  @Override
  public @Nullable String principal() {
    return origin.principal();
  }

  @Override
  public @Nullable String namespace() {
    return origin.namespace();
  }

  @Override
  public @Nullable String serviceAccount() {
    return origin.serviceAccount();
  }

  @Override
  public int sourceAddress() {
    return origin.sourceAddress();
  }

  @Override
  public int destinationPort() {
    return origin.port();
  }

  @Override
  public @Nullable String sni() {
    return origin.sni();
  }

  @Override
  public RequestFacts request() {
    return this;
  }
}
