package dev.weft.resources;

import dev.weft.resources.Schema.Checked;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.Problem;
import dev.weft.resources.Schema.Range;
import dev.weft.resources.Schema.Size;
import dev.weft.resources.Schema.Text;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a rule's requests go, with a share.
 *
 * @param namespace null: the route's
 * @param port null for kinds other than Service only
 */
public record BackendRef(
    @Default("") @Text(max = 253, pattern = Schema.GROUP) String group,
    @Default("Service") @Text(min = 1, max = 63, pattern = Schema.KIND) String kind,
    @Nullable @Text(min = 1, max = 63, pattern = Schema.DNS_LABEL) String namespace,
    @Text(min = 1, max = 253) String name,
    @Nullable @Range(min = 1, max = 65535) Integer port,
    @Default("1") @Range(min = 0, max = 1_000_000) int weight,
    @Size(max = 16) List<RouteFilter> filters)
    implements Checked {

  @Override
  public List<Problem> problems() {
    return portProblem(group, kind, port);
  }

  static List<Problem> portProblem(String group, String kind, @Nullable Integer port) {
    if (isXBackend(group, kind)) {
      return port == null
          ? List.of()
          : List.of(new Problem("port", "must not be set for an XBackend, which has its own"));
    }
    return group.isEmpty() && kind.equals("Service") && port == null
        ? List.of(new Problem("port", "is required for a Service"))
        : List.of();
  }

  /** Whether it names an XBackend. */
  public boolean isXBackend() {
    return isXBackend(group, kind);
  }

  private static boolean isXBackend(String group, String kind) {
    return group.equals(Kind.X_BACKEND.group()) && kind.equals(Kind.X_BACKEND.kind());
  }

  /** The same without a share: where a copy goes. */
  public record Target(
      @Default("") @Text(max = 253, pattern = Schema.GROUP) String group,
      @Default("Service") @Text(min = 1, max = 63, pattern = Schema.KIND) String kind,
      @Nullable @Text(min = 1, max = 63, pattern = Schema.DNS_LABEL) String namespace,
      @Text(min = 1, max = 253) String name,
      @Nullable @Range(min = 1, max = 65535) Integer port)
      implements Checked {

    @Override
    public List<Problem> problems() {
      return portProblem(group, kind, port);
    }

    /** This target as a backend with all of the share. */
    public BackendRef asBackend() {
      return new BackendRef(group, kind, namespace, name, port, 1, List.of());
    }
  }
}
