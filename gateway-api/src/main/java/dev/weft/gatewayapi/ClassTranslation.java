package dev.weft.gatewayapi;

import dev.weft.resources.Condition;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import java.util.List;
import java.util.stream.Stream;

/** GatewayClasses have a status only. */
final class ClassTranslation {

  /** Features of the Gateway API that Weft claims, by name in its order. */
  private static final List<ObjectStatus.Feature> FEATURES =
      Stream.of(
              "GRPCRoute",
              "GRPCRouteNamedRouteRule",
              "Gateway",
              "GatewayAddressEmpty",
              "GatewayFrontendClientCertificateValidation",
              "GatewayFrontendClientCertificateValidationInsecureFallback",
              "GatewayHTTPListenerIsolation",
              "GatewayPort8080",
              "GatewayRouteHostnameIntersectionPrecedence",
              "GatewayStaticAddresses",
              "HTTPRoute",
              "HTTPRoute303RedirectStatusCode",
              "HTTPRoute307RedirectStatusCode",
              "HTTPRoute308RedirectStatusCode",
              "HTTPRouteBackendRequestHeaderModification",
              "HTTPRouteBackendTimeout",
              "HTTPRouteHostRewrite",
              "HTTPRouteMethodMatching",
              "HTTPRouteNamedRouteRule",
              "HTTPRouteParentRefPort",
              "HTTPRoutePathRedirect",
              "HTTPRoutePathRewrite",
              "HTTPRoutePortRedirect",
              "HTTPRouteQueryParamMatching",
              "HTTPRouteRequestTimeout",
              "HTTPRouteResponseHeaderModification",
              "HTTPRouteRetryCodes",
              "HTTPRouteSchemeRedirect",
              "Mesh",
              "MeshClusterIPMatching",
              "MeshConsumerRoute",
              "ReferenceGrant")
          .map(ObjectStatus.Feature::new)
          .toList();

  private ClassTranslation() {}

  /** What is known of a class that Weft serves. */
  record Facts(long generation, boolean parameters) implements StatusFacts {
    @Override
    public List<String> watched() {
      return List.of();
    }

    @Override
    public ObjectStatus render(Programmed programmed) {
      Condition accepted =
          parameters
              ? Condition.no(
                  "Accepted", "InvalidParameters", "Weft takes no parametersRef", generation)
              : Condition.yes("Accepted", "Accepted", "Weft serves this class", generation);
      return new ObjectStatus.OfClass(List.of(accepted), FEATURES);
    }
  }
}
