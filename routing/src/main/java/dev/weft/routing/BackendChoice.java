package dev.weft.routing;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a rule sends one request. Instances belong to the rule: picking allocates nothing. */
public sealed interface BackendChoice {

  /**
   * A Service port; {@link ProxyTables#service(ServiceKey)} has its present endpoints.
   *
   * @param request edits for this backend alone, after the rule's
   * @param rewrite path and authority changes for this backend alone, on top of the rule's
   */
  record ToService(
      ServiceKey service,
      HeaderEdits request,
      HeaderEdits response,
      @Nullable Rewrite rewrite,
      List<Mirror> mirrors)
      implements BackendChoice {

    static ToService plain(ServiceKey service) {
      return new ToService(service, HeaderEdits.NONE, HeaderEdits.NONE, null, List.of());
    }
  }

  /** An invalid or forbidden reference, or no backend at all: 500 (gRPC: UNAVAILABLE). */
  record Invalid(String reason) implements BackendChoice {}
}
