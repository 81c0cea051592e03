package dev.weft.resources;

import dev.weft.resources.Schema.Checked;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.OneOf;
import dev.weft.resources.Schema.Problem;
import dev.weft.resources.Schema.Range;
import dev.weft.resources.Schema.Size;
import dev.weft.resources.Schema.Text;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks somebody whether a request may pass (HTTPExternalAuthFilter, GEP-1494).
 *
 * @param grpc set for protocol GRPC alone
 * @param http set for protocol HTTP alone
 * @param forwardBody null: the body is not sent along
 */
public record ExternalAuth(
    @OneOf({"GRPC", "HTTP"}) String protocol,
    BackendRef.Target backendRef,
    @Nullable Grpc grpc,
    @Nullable Http http,
    @Nullable ForwardBody forwardBody)
    implements Checked {

  /**
   * Envoy's ext_authz protocol.
   *
   * @param allowedHeaders of the request that are sent; empty: all
   */
  public record Grpc(
      @Size(max = 64) @Text(min = 1, max = 256, pattern = Schema.HEADER_NAME)
          List<String> allowedHeaders) {}

  /**
   * A request to which 200 says yes.
   *
   * @param path goes before the request's own
   * @param allowedHeaders sent beside those that always are
   * @param allowedResponseHeaders of the answer that are copied into the request; empty: all
   */
  public record Http(
      @Default("")
          @Text(max = 1024, pattern = "|(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+")
          String path,
      @Size(max = 64) @Text(min = 1, max = 256, pattern = Schema.HEADER_NAME)
          List<String> allowedHeaders,
      @Size(max = 64) @Text(min = 1, max = 256, pattern = Schema.HEADER_NAME)
          List<String> allowedResponseHeaders) {}

  /**
   * How much of a body is sent along.
   *
   * @param maxSize bytes; a larger body is refused; 0: none is sent
   */
  public record ForwardBody(@Default("0") @Range(min = 0) int maxSize) {}

  @Override
  public List<Problem> problems() {
    if ((grpc != null) != protocol.equals("GRPC")) {
      return List.of(new Problem("grpc", "must be set for protocol GRPC alone"));
    }
    return (http != null) == protocol.equals("HTTP")
        ? List.of()
        : List.of(new Problem("http", "must be set for protocol HTTP alone"));
  }
}
