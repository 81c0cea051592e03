package dev.weft.cli.train;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.weft.identity.CaPem;
import dev.weft.identity.CertificateAuthority;
import dev.weft.identity.ServerCredential;
import io.spiffe.spiffeid.TrustDomain;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * So much of an API server that a client of it loads all its classes: it keeps what is written, by
 * path, lists that, and tells watches that all of it changed. Nothing is checked. It ends with the
 * process: a control plane still gives its lease back while that ends.
 */
final class StubApiServer {
  private static final Pattern NAME = Pattern.compile("\"name\"\\s*:\\s*\"([^\"]+)\"");
  private static final Pattern NAMESPACED = Pattern.compile("(.*)/namespaces/[^/]+/([^/]+)/[^/]+");
  private static final Pattern DISCOVERY = Pattern.compile("/api/v1|/apis/[^/]+/[^/]+");
  private static final Pattern SELECTOR = Pattern.compile("labelSelector=([^=&]+)");
  private static final String METADATA = "\"metadata\":{";

  private final HttpsServer server;
  private final CountDownLatch never = new CountDownLatch(1);
  private final Map<String, String> objects = new ConcurrentSkipListMap<>();
  private final String resources;

  /**
   * Starts on loopback.
   *
   * @param trust where the roots of its certificate are written
   * @param resources what every version of every group is said to have: the items of an
   *     APIResourceList
   */
  StubApiServer(Path trust, String resources) throws IOException {
    this.resources = resources;
    server = HttpsServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
    try {
      server.setHttpsConfigurator(new HttpsConfigurator(tls(trust)));
    } catch (GeneralSecurityException e) {
      throw new IOException("this JDK cannot serve TLS with a certificate of ECDSA P-256", e);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  String url() {
    return "https://127.0.0.1:" + server.getAddress().getPort();
  }

  /** Keeps an object as if somebody had written it. */
  void put(String path, String json) {
    objects.put(path, versioned(json));
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String query = String.valueOf(exchange.getRequestURI().getQuery());
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    try (exchange) {
      switch (exchange.getRequestMethod()) {
        case "GET" -> {
          if (query.contains("watch=true")) {
            watch(exchange, path);
          } else {
            read(exchange, path, label(query));
          }
        }
        case "POST" -> {
          Matcher name = NAME.matcher(body);
          written(exchange, name.find() ? path + "/" + name.group(1) : path, 201, body);
        }
        case "PUT", "PATCH" -> written(exchange, path, 200, body);
        default -> write(exchange, 404, status(404));
      }
    }
  }

  /** The key that a list asks for; empty for all objects. */
  private static String label(String query) {
    Matcher selector = SELECTOR.matcher(query);
    return selector.find() ? selector.group(1) : "";
  }

  private void read(HttpExchange exchange, String path, String label) throws IOException {
    String object = objects.get(path);
    if (object != null) {
      write(exchange, 200, object);
    } else if (DISCOVERY.matcher(path).matches()) {
      write(
          exchange,
          200,
          "{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\",\"resources\":[" + resources + "]}");
    } else if (isCollection(path)) {
      String items = in(path).filter(each -> each.contains(label)).collect(Collectors.joining(","));
      write(
          exchange,
          200,
          "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"1\"},\"items\":["
              + items
              + "]}");
    } else {
      write(exchange, 404, status(404));
    }
  }

  /** Objects are one level deeper than their collection, below a namespace or not. */
  private static boolean isCollection(String path) {
    int depth = path.split("/", -1).length - (path.startsWith("/api/") ? 3 : 4);
    return depth == (path.contains("/namespaces/") ? 3 : 1);
  }

  private Stream<String> in(String collection) {
    return objects.entrySet().stream()
        .filter(each -> isIn(collection, each.getKey()))
        .map(Map.Entry::getValue);
  }

  private static boolean isIn(String collection, String path) {
    Matcher namespaced = NAMESPACED.matcher(path);
    return path.substring(0, path.lastIndexOf('/')).equals(collection)
        || (namespaced.matches()
            && (namespaced.group(1) + "/" + namespaced.group(2)).equals(collection));
  }

  private void watch(HttpExchange exchange, String path) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, 0);
    for (String each : in(path).toList()) {
      // An event is one line.
      String event = "{\"type\":\"MODIFIED\",\"object\":" + each.replace('\n', ' ') + "}\n";
      exchange.getResponseBody().write(event.getBytes(StandardCharsets.UTF_8));
    }
    exchange.getResponseBody().flush();
    try {
      never.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void written(HttpExchange exchange, String path, int status, String body)
      throws IOException {
    String object = versioned(body);
    if (!path.endsWith("/status")) {
      objects.put(path, object);
    }
    write(exchange, status, object);
  }

  private static String versioned(String json) {
    return json.contains("\"resourceVersion\"")
        ? json
        : json.replaceFirst(
            Pattern.quote(METADATA),
            Matcher.quoteReplacement(METADATA + "\"resourceVersion\":\"1\",\"uid\":\"train\","));
  }

  private static String status(int code) {
    return "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"code\":"
        + code
        + "}";
  }

  private static void write(HttpExchange exchange, int status, String json) throws IOException {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private static SSLContext tls(Path trust) throws IOException, GeneralSecurityException {
    SecureRandom random = new SecureRandom();
    CertificateAuthority.Settings settings =
        new CertificateAuthority.Settings(Duration.ofHours(1), InstantSource.system(), random);
    TrustDomain domain = TrustDomain.parse("cluster.local");
    CaPem pem = CaPem.create(domain, settings);
    Files.writeString(trust, pem.certificates());
    ServerCredential credential;
    try {
      credential = pem.open(domain, settings).issueServer(List.of(), List.of("127.0.0.1"));
    } catch (CaPem.Damaged e) {
      throw new IOException("an authority that was made just now", e);
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "server",
        credential.key(),
        new char[0],
        credential.chain().toArray(X509Certificate[]::new));
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, random);
    return context;
  }
}
