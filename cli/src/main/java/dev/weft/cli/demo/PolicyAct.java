package dev.weft.cli.demo;

import dev.weft.api.flow.Flow;
import dev.weft.flows.receiver.ReceivedLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Act 5: a NetworkPolicy drops in eBPF; an AuthorizationPolicy decides on method, path, caller,
 * condition and gRPC method.
 */
final class PolicyAct implements Act {
  private static final String POLICY = "31-orders-policy.yaml";
  private static final String ORDERS = "http://orders/orders";
  private static final String PERMISSION_DENIED = "7";

  @Override
  public String name() {
    return "policy";
  }

  @Override
  public Evidence play(Stage stage) throws InterruptedException {
    Evidence.Notes notes = new Evidence.Notes();
    network(stage, notes);
    http(stage, notes);
    grpc(stage, notes);
    dryRun(stage, notes);
    return notes.evidence(
        "eBPF dropped a client of the database (POLICY_DENIED); frontend GET /orders 200, DELETE 403, stranger 403, denied drill 403; gRPC Unary OK, ServerStream PERMISSION_DENIED; dry-run let pass and recorded");
  }

  private static void network(Stage stage, Evidence.Notes notes) throws InterruptedException {
    LoadReport allowed =
        stage.load(Cast.FRONTEND, "tcp://db:5432", "--rate", "20", "--duration", "200ms");
    LoadReport dropped =
        stage.load(
            Cast.CLIENT,
            "tcp://db:5432",
            "--rate",
            "20",
            "--duration",
            "200ms",
            "--timeout",
            "700ms");
    String client = stage.address(Cast.CLIENT);
    String db = stage.address(Cast.DB);
    String reason = "";
    for (int tries = 0; tries < 20 && reason.isEmpty(); tries++) {
      for (int node = 1; node <= 2 && reason.isEmpty(); node++) {
        List<Flow> drops = FlowLog.drops(stage.node(node), client, db);
        reason = drops.isEmpty() ? "" : FlowLog.reason(drops.getLast());
      }
      stage.pause(Duration.ofMillis(50));
    }
    notes
        .figure("allowed_connections", allowed.sent() - allowed.failed())
        .figure("dropped_connections", dropped.failed())
        .figure("drop_reason", reason);
    notes.expect(
        allowed.failed() == 0, "who may reach the database could not: " + allowed.answers());
    notes.expect(dropped.failed() == dropped.sent(), "who may not reach the database did");
    notes.expect(reason.equals("POLICY_DENIED"), "the flow log's reason is '" + reason + "'");
  }

  private static void http(Stage stage, Evidence.Notes notes) {
    HttpAnswer get = stage.curl(Cast.FRONTEND, ORDERS);
    HttpAnswer delete = stage.curl(Cast.FRONTEND, "-X", "DELETE", ORDERS);
    HttpAnswer other = stage.curl(Cast.CLIENT, ORDERS);
    HttpAnswer drill = stage.curl(Cast.FRONTEND, "-H", "x-drill: yes", ORDERS);
    notes
        .figure("frontend_get", get.status())
        .figure("frontend_delete", delete.status())
        .figure("client_get", other.status())
        .figure("denied_condition", drill.status());
    notes.expect(get.status() == 200, "the frontend's GET got " + get.brief());
    notes.expect(delete.status() == 403, "the frontend's DELETE got " + delete.brief());
    notes.expect(other.status() == 403, "the client's GET got " + other.brief());
    notes.expect(drill.status() == 403, "deny does not win: " + drill.brief());
  }

  private static void grpc(Stage stage, Evidence.Notes notes) {
    String unary = grpcStatus(stage, "Unary");
    String stream = grpcStatus(stage, "ServerStream");
    notes.figure("grpc_unary", unary).figure("grpc_server_stream", stream);
    notes.expect(unary.equals("0"), "gRPC Unary got " + unary);
    notes.expect(stream.equals(PERMISSION_DENIED), "gRPC ServerStream got " + stream);
  }

  /**
   * The grpc-status of a call that sends {@code payload: "hi"}; what curl says if there is none.
   */
  private static String grpcStatus(Stage stage, String method) {
    try {
      // Frame: not compressed, 4 bytes; message: field 1, 2 bytes, "hi".
      Path message = Files.createTempFile(stage.scratch(), "grpc", ".bin");
      Files.write(message, new byte[] {0, 0, 0, 0, 4, 0x0a, 2, 'h', 'i'});
      HttpAnswer answer =
          stage.curl(
              Cast.CLIENT,
              "--http2-prior-knowledge",
              "-H",
              "content-type: application/grpc",
              "-H",
              "te: trailers",
              "--data-binary",
              "@" + message,
              "http://orders:9090/weft.echo.v1.Echo/" + method);
      String status = answer.header("grpc-status");
      return status.isEmpty() ? "no grpc-status, " + answer.brief() : status;
    } catch (IOException e) {
      throw new StageException("cannot write a gRPC message", e);
    }
  }

  private static void dryRun(Stage stage, Evidence.Notes notes) throws InterruptedException {
    stage.edit(POLICY, text -> text.replace("action: DENY", "action: DENY\n  mode: DryRun"));
    boolean passes =
        stage.await(
            Duration.ofSeconds(5),
            () -> stage.curl(Cast.FRONTEND, "-H", "x-drill: yes", ORDERS).status() == 200);
    boolean recorded = stage.await(Duration.ofSeconds(8), () -> !dryRunRecords(stage).isEmpty());
    stage.edit(POLICY, text -> text.replace("action: DENY\n  mode: DryRun", "action: DENY"));
    notes.figure("dry_run_passes", passes).figure("dry_run_recorded", recorded);
    notes.expect(passes, "a dry-run policy still refuses");
    notes.expect(recorded, "a dry-run refusal leaves no audit record");
  }

  private static List<ReceivedLog> dryRunRecords(Stage stage) {
    return stage
        .telemetry()
        .logs(
            log ->
                log.event().equals("weft.audit")
                    && log.attribute("weft.policy.dry_run_denied").equals("true"));
  }
}
