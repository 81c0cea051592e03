package dev.weft.cli.echo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.grpc.CallOptions;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EchoServerTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable closeable : open.reversed()) {
      closeable.close();
    }
  }

  private EchoServer start(EchoOptions.Behaviour behaviour) throws IOException {
    EchoServer server =
        EchoServer.start(
            new EchoOptions(
                "web-0",
                "v7",
                new EchoOptions.Ports(List.of(0), List.of(0), List.of(0), List.of(0), List.of(0)),
                behaviour,
                null));
    open.add(server);
    return server;
  }

  private static int port(EchoServer server, String protocol) {
    return server.ports().getOrDefault(protocol, List.of()).getFirst();
  }

  private HttpClient client(HttpClient.Version version) {
    HttpClient client = HttpClient.newBuilder().version(version).build();
    open.add(client);
    return client;
  }

  private static HttpRequest.Builder get(int port, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
  }

  private static JsonNode json(HttpResponse<String> answer) throws IOException {
    return JSON.readTree(answer.body());
  }

  @Test
  void saysWhatItWasAskedOverHttp1() throws Exception {
    int port = port(start(EchoOptions.Behaviour.PLAIN), "http");
    HttpResponse<String> answer =
        client(HttpClient.Version.HTTP_1_1)
            .send(
                get(port, "/a/b?c=d")
                    .header("X-One", "1")
                    .POST(HttpRequest.BodyPublishers.ofString("hello"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("x-served-by")).contains("web-0");
    JsonNode body = json(answer);
    assertThat(body.path("protocol").asText()).isEqualTo("HTTP/1.1");
    assertThat(body.path("method").asText()).isEqualTo("POST");
    assertThat(body.path("path").asText()).isEqualTo("/a/b?c=d");
    assertThat(body.path("headers").path("x-one").asText()).isEqualTo("1");
    assertThat(body.path("bodyBytes").asInt()).isEqualTo(5);
    assertThat(body.path("version").asText()).isEqualTo("v7");
    assertThat(body.path("client").asText()).startsWith("127.0.0.1:");
  }

  @Test
  void answersAsAsked() throws Exception {
    int port = port(start(EchoOptions.Behaviour.PLAIN), "http");
    HttpResponse<String> answer =
        client(HttpClient.Version.HTTP_1_1)
            .send(get(port, "/?status=418&size=100").build(), HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(418);
    assertThat(json(answer).path("filler").asText()).hasSize(100);
  }

  @Test
  void answersPipelinedRequestsInOrder() throws Exception {
    int port = port(start(EchoOptions.Behaviour.PLAIN), "http");
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket
          .getOutputStream()
          .write(
              """
              GET /first?latency=100ms HTTP/1.1
              host: x

              GET /second HTTP/1.1
              host: x
              connection: close

              """
                  .replace("\n", "\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      String answers =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertThat(answers.indexOf("/first")).isPositive().isLessThan(answers.indexOf("/second"));
    }
  }

  @Test
  void answersMalformedRequestsWith400() throws Exception {
    int port = port(start(EchoOptions.Behaviour.PLAIN), "http");
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket
          .getOutputStream()
          .write("GET / HTTP/1.1\r\nhost : x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .startsWith("HTTP/1.1 400 ");
    }
  }

  @Test
  void speaksHttp2OverTls() throws Exception {
    int port = port(start(EchoOptions.Behaviour.PLAIN), "tls");
    HttpClient client = HttpClient.newBuilder().sslContext(trusting()).build();
    open.add(client);
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create("https://localhost:" + port + "/t")).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
    assertThat(json(answer).path("tls").asBoolean()).isTrue();
  }

  @Test
  void seesTheServerName() throws Exception {
    int port = port(start(EchoOptions.Behaviour.PLAIN), "tls");
    SSLSocketFactory factory = trusting().getSocketFactory();
    try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), port);
        Socket socket = factory.createSocket(plain, "shop.example.com", port, true)) {
      socket
          .getOutputStream()
          .write(
              """
              GET / HTTP/1.1
              host: x
              connection: close

              """
                  .replace("\n", "\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .contains("\"serverName\":\"shop.example.com\"");
    }
  }

  private static SSLContext trusting() throws GeneralSecurityException {
    SSLContext trusting = SSLContext.getInstance("TLS");
    trusting.init(null, new TrustManager[] {new TrustAll()}, null);
    return trusting;
  }

  @Test
  void failsAsOftenAsItIsTold() throws Exception {
    EchoOptions.Behaviour behaviour =
        new EchoOptions.Behaviour(Duration.ZERO, 0.3, OptionalLong.of(7), 0, List.of());
    HttpClient client = client(HttpClient.Version.HTTP_1_1);
    List<List<Integer>> runs = new ArrayList<>();
    for (int run = 0; run < 2; run++) {
      int port = port(start(behaviour), "http");
      List<Integer> statuses = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        statuses.add(
            client
                .send(get(port, "/").build(), HttpResponse.BodyHandlers.discarding())
                .statusCode());
      }
      runs.add(statuses);
    }
    assertThat(runs.get(0)).isEqualTo(runs.get(1));
    assertThat(runs.get(0).stream().filter(status -> status == 503).count()).isBetween(20L, 40L);
  }

  @Test
  void forwardsWithTheTraceAndAnswersWithTheChain() throws Exception {
    int last = port(start(EchoOptions.Behaviour.PLAIN), "http");
    URI next = URI.create("http://127.0.0.1:" + last + "/pay");
    EchoServer first =
        start(new EchoOptions.Behaviour(Duration.ZERO, 0, OptionalLong.empty(), 0, List.of(next)));
    String parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    HttpResponse<String> answer =
        client(HttpClient.Version.HTTP_1_1)
            .send(
                get(port(first, "http"), "/").header("traceparent", parent).build(),
                HttpResponse.BodyHandlers.ofString());
    JsonNode hop = json(answer).path("chain").path(0);
    assertThat(hop.path("status").asInt()).isEqualTo(200);
    assertThat(hop.path("answer").path("path").asText()).isEqualTo("/pay");
    assertThat(hop.path("answer").path("headers").path("traceparent").asText()).isEqualTo(parent);
  }

  @Test
  void answers502WhereTheNextServiceIsGone() throws Exception {
    int gone;
    try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
      gone = socket.getLocalPort();
    }
    EchoServer first =
        start(
            new EchoOptions.Behaviour(
                Duration.ZERO,
                0,
                OptionalLong.empty(),
                0,
                List.of(URI.create("http://127.0.0.1:" + gone + "/"))));
    HttpResponse<String> answer =
        client(HttpClient.Version.HTTP_1_1)
            .send(get(port(first, "http"), "/").build(), HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(json(answer).path("chain").path(0).path("status").asInt()).isZero();
  }

  @Test
  void speaksGrpc() throws Exception {
    int port = port(start(EchoOptions.Behaviour.PLAIN), "http");
    ManagedChannel channel = channel(port);
    byte[] message = {10, 2, 'h', 'i'};
    byte[] echoed =
        ClientCalls.blockingUnaryCall(
            channel,
            method("weft.echo.v1.Echo/Unary", MethodDescriptor.MethodType.UNARY),
            CallOptions.DEFAULT,
            message);
    assertThat(new String(echoed, StandardCharsets.ISO_8859_1))
        .contains("hi")
        .contains("web-0")
        .contains("v7");
    List<byte[]> streamed = new ArrayList<>();
    ClientCalls.blockingServerStreamingCall(
            channel,
            method("weft.echo.v1.Echo/ServerStream", MethodDescriptor.MethodType.SERVER_STREAMING),
            CallOptions.DEFAULT,
            message)
        .forEachRemaining(streamed::add);
    assertThat(streamed).hasSize(3);
    assertThat(
            ClientCalls.blockingUnaryCall(
                channel,
                method("grpc.health.v1.Health/Check", MethodDescriptor.MethodType.UNARY),
                CallOptions.DEFAULT,
                new byte[0]))
        .containsExactly(8, 1);
    assertThatThrownBy(
            () ->
                ClientCalls.blockingUnaryCall(
                    channel,
                    method("weft.echo.v1.Echo/Nothing", MethodDescriptor.MethodType.UNARY),
                    CallOptions.DEFAULT,
                    message))
        .isInstanceOf(StatusRuntimeException.class)
        .extracting(e -> ((StatusRuntimeException) e).getStatus().getCode())
        .isEqualTo(Status.Code.UNIMPLEMENTED);
  }

  @Test
  void failsGrpcWithUnavailable() throws Exception {
    int port =
        port(
            start(new EchoOptions.Behaviour(Duration.ZERO, 1, OptionalLong.of(1), 0, List.of())),
            "http");
    ManagedChannel channel = channel(port);
    assertThatThrownBy(
            () ->
                ClientCalls.blockingUnaryCall(
                    channel,
                    method("weft.echo.v1.Echo/Unary", MethodDescriptor.MethodType.UNARY),
                    CallOptions.DEFAULT,
                    new byte[0]))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("UNAVAILABLE");
  }

  private ManagedChannel channel(int port) {
    ManagedChannel channel =
        Grpc.newChannelBuilder("127.0.0.1:" + port, InsecureChannelCredentials.create()).build();
    open.add(() -> channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS));
    return channel;
  }

  @Test
  void echoesWebSocketMessages() throws Exception {
    int port = port(start(EchoOptions.Behaviour.PLAIN), "http");
    CompletableFuture<String> received = new CompletableFuture<>();
    WebSocket socket =
        client(HttpClient.Version.HTTP_1_1)
            .newWebSocketBuilder()
            .buildAsync(
                URI.create("ws://127.0.0.1:" + port + "/any/path"),
                new WebSocket.Listener() {
                  @Override
                  public CompletionStage<?> onText(WebSocket ws, CharSequence text, boolean last) {
                    received.complete(text.toString());
                    return WebSocket.Listener.super.onText(ws, text, last);
                  }
                })
            .get(5, TimeUnit.SECONDS);
    socket.sendText("over and over", true);
    assertThat(received.get(5, TimeUnit.SECONDS)).isEqualTo("over and over");
    socket.abort();
  }

  @Test
  void echoesTcpAndSpeaksFirstWhereToldTo() throws Exception {
    EchoServer server = start(EchoOptions.Behaviour.PLAIN);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port(server, "tcp"))) {
      socket.getOutputStream().write("abc".getBytes(StandardCharsets.US_ASCII));
      assertThat(socket.getInputStream().readNBytes(3)).asString().isEqualTo("abc");
    }
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), port(server, "server-first"))) {
      assertThat(new String(socket.getInputStream().readNBytes(17), StandardCharsets.US_ASCII))
          .isEqualTo("220 web-0 ready\r\n");
    }
  }

  @Test
  void echoesDatagrams() throws Exception {
    int port = port(start(EchoOptions.Behaviour.PLAIN), "udp");
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(5_000);
      byte[] message = "ping".getBytes(StandardCharsets.US_ASCII);
      socket.send(
          new DatagramPacket(message, message.length, InetAddress.getLoopbackAddress(), port));
      DatagramPacket answer = new DatagramPacket(new byte[16], 16);
      socket.receive(answer);
      assertThat(new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII))
          .isEqualTo("ping");
    }
  }

  @Test
  void saysWhichPortIsTaken() throws Exception {
    int taken = port(start(EchoOptions.Behaviour.PLAIN), "tcp");
    EchoOptions options =
        new EchoOptions(
            "x",
            "v1",
            new EchoOptions.Ports(List.of(taken), List.of(), List.of(), List.of(), List.of()),
            EchoOptions.Behaviour.PLAIN,
            null);
    assertThatThrownBy(() -> EchoServer.start(options))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("port " + taken);
  }

  private static MethodDescriptor<byte[], byte[]> method(
      String name, MethodDescriptor.MethodType type) {
    return MethodDescriptor.<byte[], byte[]>newBuilder(new Bytes(), new Bytes())
        .setFullMethodName(name)
        .setType(type)
        .build();
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final class TrustAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
