package dev.weft.cli.demo;

import dev.weft.api.flow.Flow;
import dev.weft.flows.receiver.ReceivedSpan;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * Act 4: one label makes a namespace strict: only TLS 1.3 crosses between nodes, and a stranger is
 * refused.
 */
final class StrictMtls implements Act {
  private static final String NAMESPACES = "00-namespaces.yaml";
  private static final String PLAIN = "metadata:\n  name: vault\n";
  private static final String STRICT =
      "metadata:\n  name: vault\n  labels:\n    weft.dev/mtls: strict\n";
  private static final int REQUESTS = 5;

  @Override
  public String name() {
    return "mtls";
  }

  @Override
  public Evidence play(Stage stage) throws InterruptedException {
    String address = stage.address(Cast.VAULT);
    String direct = "http://" + address + ":8080/";
    String secret = "secret-" + UUID.randomUUID();
    Evidence.Notes notes = new Evidence.Notes();

    Sniffer before = Sniffer.start(stage, stage.node(2));
    HttpAnswer open = stage.curl(Cast.TELLER, "-H", "x-secret: " + secret, direct);
    int seenBefore = before.stop(stage).occurrences(secret);
    notes.expect(
        open.status() == 200 && seenBefore > 0,
        "the capture does not see plaintext even without the label");

    stage.edit(NAMESPACES, text -> text.replace(PLAIN, STRICT));
    boolean refused =
        stage.await(
            Duration.ofSeconds(5),
            () -> stage.curl(Cast.STRANGER, "--max-time", "0.3", direct).status() == 0);
    notes.expect(refused, "a stranger without identity is let in");

    Sniffer after = Sniffer.start(stage, stage.node(2));
    int answered = 0;
    for (int i = 0; i < REQUESTS; i++) {
      String url = i % 2 == 0 ? direct : "http://vault/";
      answered += stage.curl(Cast.TELLER, "-H", "x-secret: " + secret, url).status() == 200 ? 1 : 0;
    }
    Capture capture = after.stop(stage);
    notes.expect(
        answered == REQUESTS, "only " + answered + " of " + REQUESTS + " requests were answered");
    notes.expect(capture.occurrences(secret) == 0, "plaintext crossed between the nodes");
    notes.expect(capture.encryptedRecords() > 0, "no TLS was seen");
    notes.expect(capture.otherHandshakes() == 0, "TLS below 1.3 was seen");

    List<ReceivedSpan> spans = spans(stage);
    String source = spans.isEmpty() ? "" : spans.getLast().attribute("weft.source.spiffe_id");
    String destination =
        spans.isEmpty() ? "" : spans.getLast().attribute("weft.destination.spiffe_id");
    notes.expect(
        source.endsWith("/ns/vault/sa/teller"), "the source's SPIFFE id is '" + source + "'");
    notes.expect(
        destination.endsWith("/ns/vault/sa/vault"),
        "the destination's SPIFFE id is '" + destination + "'");
    String reason = refusal(stage, address);
    stage.edit(NAMESPACES, text -> text.replace(STRICT, PLAIN));
    notes.expect(reason.equals("AUTH_REQUIRED"), "the flow log's reason is '" + reason + "'");
    notes
        .figure("requests", REQUESTS)
        .figure("plaintext_before", seenBefore)
        .figure("plaintext_after", capture.occurrences(secret))
        .figure("packets", capture.packets().size())
        .figure("tls13_handshakes", capture.tls13Handshakes())
        .figure("other_tls_handshakes", capture.otherHandshakes())
        .figure("encrypted_records", capture.encryptedRecords())
        .figure("source", source)
        .figure("destination", destination)
        .figure("stranger_refused", reason);
    return notes.evidence(
        "plaintext seen %d× before the label, %d× after (%d encrypted records, TLS 1.3 only); %s → %s; a stranger was dropped: %s"
            .formatted(
                seenBefore,
                capture.occurrences(secret),
                capture.encryptedRecords(),
                source,
                destination,
                reason));
  }

  private static List<ReceivedSpan> spans(Stage stage) throws InterruptedException {
    stage.await(Duration.ofSeconds(8), () -> !mutual(stage).isEmpty());
    return mutual(stage);
  }

  private static List<ReceivedSpan> mutual(Stage stage) {
    return stage
        .telemetry()
        .spans(
            span ->
                span.attribute("weft.mtls").equals("true")
                    && span.attribute("weft.destination.spiffe_id").endsWith("/sa/vault")
                    && span.attribute("weft.source.spiffe_id").endsWith("/sa/teller"));
  }

  /** Why the stranger was dropped, from the flow log of whichever node did it. */
  private static String refusal(Stage stage, String vault) throws InterruptedException {
    String stranger = stage.address(Cast.STRANGER);
    for (int tries = 0; tries < 20; tries++) {
      for (int node = 1; node <= 2; node++) {
        List<Flow> drops = FlowLog.drops(stage.node(node), stranger, vault);
        if (!drops.isEmpty()) {
          return FlowLog.reason(drops.getLast());
        }
      }
      stage.pause(Duration.ofMillis(100));
    }
    return "";
  }
}
