package dev.weft.proxy.auth;

import dev.weft.proxy.http.Names;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.routing.AppProtocol;
import dev.weft.routing.ExternalAuth;
import dev.weft.routing.HeaderEdits;
import dev.weft.routing.LocalReply;
import dev.weft.routing.ServiceKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Asks by the request itself: its method, path and host, and 200 says yes (HTTPAuthConfig). Pure.
 */
record HttpAuth(ExternalAuth.Protocol.Http with) implements AuthProtocol {
  private static final int OK = 200;
  private static final int REDIRECTION = 300;

  @Override
  public boolean http2(AppProtocol service) {
    return service == AppProtocol.HTTP2;
  }

  @Override
  public AuthQuestion question(AuthQuestion.About about, ServiceKey service) {
    RequestHead asked = about.head();
    RequestHead head =
        RequestHead.of(asked.method(), about.authority(), target(about.facts().pathAndQuery()));
    for (String name : asked.names()) {
      boolean wanted =
          Names.AUTHORIZATION.contentEquals(name) || with.requestHeaders().contains(name);
      if (wanted && !AuthFields.reserved(name)) {
        asked.all(name).forEach(value -> head.add(name, value));
      }
    }
    head.set(Names.CONTENT_LENGTH, Integer.toString(about.body().size()));
    return new AuthQuestion(head, about.body());
  }

  /** {@code OPTIONS *} has no path that a prefix could precede. */
  private String target(String target) {
    return target.startsWith("/") || with.pathPrefix().isEmpty()
        ? with.pathPrefix() + target
        : with.pathPrefix();
  }

  @Override
  public AuthVerdict verdict(AuthAnswer answer) {
    int status = answer.head().status();
    List<AuthVerdict.Field> fields = new ArrayList<>();
    if (!read(answer.head(), fields)) {
      return new AuthVerdict.Refuse(LocalReply.AUTH_MALFORMED);
    }
    if (status == OK) {
      return new AuthVerdict.Pass(edits(fields), HeaderEdits.NONE);
    }
    // A client would take a refusal with another 2xx for a success.
    return status < REDIRECTION
        ? new AuthVerdict.Refuse(LocalReply.AUTH_DENIED)
        : new AuthVerdict.Deny(status, fields, answer.body());
  }

  /** Whether all fields are well-formed; the ones that may be passed on are collected. */
  private static boolean read(ResponseHead head, List<AuthVerdict.Field> fields) {
    for (String each : head.names()) {
      String name = AuthFields.name(each);
      if (name == null) {
        return false;
      }
      for (String text : head.all(each)) {
        String value = AuthFields.value(text);
        if (value == null) {
          return false;
        }
        if (!AuthFields.reserved(name)) {
          fields.add(new AuthVerdict.Field(name, value));
        }
      }
    }
    return true;
  }

  private HeaderEdits edits(List<AuthVerdict.Field> fields) {
    HeaderEdits.Builder edits = new HeaderEdits.Builder();
    Set<String> wanted = with.responseHeaders();
    String last = "";
    for (AuthVerdict.Field field : fields) {
      String name = field.name();
      if (wanted.isEmpty() ? AuthFields.ofBody(name) : !wanted.contains(name)) {
        continue;
      }
      if (name.equals(last)) {
        edits.add(name, field.value());
      } else {
        edits.set(name, field.value()); // what the client wrote there does not count
      }
      last = name;
    }
    return edits.build();
  }
}
