package dev.weft.routing;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A request of a test. */
record TestRequest(
    String method,
    String scheme,
    String host,
    int port,
    String pathAndQuery,
    Map<String, String> headers)
    implements RequestFacts {

  static TestRequest get(String host, String pathAndQuery, String... headers) {
    return of("GET", host, pathAndQuery, headers);
  }

  static TestRequest of(String method, String host, String pathAndQuery, String... headers) {
    Map<String, String> map = new TreeMap<>();
    for (int i = 0; i < headers.length; i += 2) {
      map.put(headers[i], headers[i + 1]);
    }
    return new TestRequest(method, "http", host, 80, pathAndQuery, map);
  }

  TestRequest at(String newScheme, int newPort) {
    return new TestRequest(method, newScheme, host, newPort, pathAndQuery, headers);
  }

  @Override
  public int pathLength() {
    return Paths.pathLength(pathAndQuery);
  }

  @Override
  public @Nullable CharSequence header(String name) {
    return headers.get(name);
  }
}
