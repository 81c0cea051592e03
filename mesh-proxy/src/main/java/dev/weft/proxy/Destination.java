package dev.weft.proxy;

import dev.weft.routing.AppProtocol;
import dev.weft.routing.BackendTls;
import dev.weft.routing.EndpointSet;
import dev.weft.routing.HeaderEdits;
import dev.weft.routing.RetryPolicy;
import dev.weft.routing.ServicePort;
import org.jspecify.annotations.Nullable;

/**
 * Where a request goes, after the route has been read.
 *
 * @param service the Service whose retry budget counts; {@code null} for a pod itself
 * @param response edits of the rule
 * @param backendResponse edits of the backend
 * @param attemptMillis limit of an attempt; 0: none
 * @param session the client's with an endpoint; {@code null}: any endpoint will do
 */
record Destination(
    AppProtocol appProtocol,
    EndpointSet endpoints,
    @Nullable ServicePort service,
    HeaderEdits response,
    HeaderEdits backendResponse,
    RetryPolicy retry,
    long attemptMillis,
    @Nullable Session session) {

  /** How Gateways speak to it. */
  BackendTls tls() {
    return service == null ? BackendTls.PLAIN : service.tls();
  }

  boolean clientIpAffinity() {
    return service != null && service.clientIpAffinity();
  }

  /** Whether the budget has room for another retry. */
  boolean grantRetry(ProxyLoop loop) {
    return service == null
        || loop.budgets()
            .grant(service.key(), service.retryBudget(), loop.tools().ticker().coarse());
  }

  /** Whether a retry that the budget has no room for is answered with 503 (GEP-3388). */
  boolean budgetAsked() {
    return service != null && service.retryBudget().asked();
  }

  /** The request begins to count. */
  void begin(ProxyLoop loop) {
    if (service != null && retry != RetryPolicy.NONE) {
      loop.budgets().begin(service.key(), service.retryBudget(), loop.tools().ticker().coarse());
    }
  }

  /** A pod that was addressed itself: no routes, no retries. */
  static Destination pod(EndpointSet pod) {
    return new Destination(
        AppProtocol.SNIFFED,
        pod,
        null,
        HeaderEdits.NONE,
        HeaderEdits.NONE,
        RetryPolicy.NONE,
        0,
        null);
  }
}
