package dev.weft.gatewayapi;

import dev.weft.resources.ObjectStatus;
import java.util.List;
import java.util.stream.Stream;

/**
 * What Weft can do, by the names that the Gateway API gives to what its conformance suite checks. A
 * name stands here as soon as it is true; statuses need them sorted.
 */
final class Features {

  /** Advertised in GatewayClasses. */
  static final List<ObjectStatus.Feature> GATEWAY =
      sorted(
          "BackendTLSPolicy",
          "BackendTLSPolicySANValidation",
          "ClusterTrustBundle",
          "GRPCRoute",
          "GRPCRouteNamedRouteRule",
          "GRPCRouteRequestHeaderModifier",
          "Gateway",
          "GatewayAddressEmpty",
          "GatewayAddressRoutability",
          "GatewayAddressRoutabilityCluster",
          "GatewayBackendClientCertificate",
          "GatewayFrontendClientCertificateValidation",
          "GatewayFrontendClientCertificateValidationInsecureFallback",
          "GatewayHTTPListenerIsolation",
          "GatewayHTTPSListenerDetectMisdirectedRequests",
          "GatewayInfrastructure",
          "GatewayPort8080",
          "GatewayRouteHostnameIntersectionPrecedence",
          "GatewayStaticAddresses",
          "HTTPRoute",
          "HTTPRoute303RedirectStatusCode",
          "HTTPRoute307RedirectStatusCode",
          "HTTPRoute308RedirectStatusCode",
          "HTTPRouteBackendProtocolH2C",
          "HTTPRouteBackendProtocolWebSocket",
          "HTTPRouteBackendRequestHeaderModification",
          "HTTPRouteBackendTimeout",
          "HTTPRouteBackendURLRewrite",
          "HTTPRouteCORS",
          "HTTPRouteDestinationPortMatching",
          "HTTPRouteHostRewrite",
          "HTTPRouteMethodMatching",
          "HTTPRouteNamedRouteRule",
          "HTTPRouteParentRefPort",
          "HTTPRoutePathRedirect",
          "HTTPRoutePathRewrite",
          "HTTPRoutePortRedirect",
          "HTTPRouteQueryParamMatching",
          "HTTPRouteRequestMirror",
          "HTTPRouteRequestMultipleMirrors",
          "HTTPRouteRequestPercentageMirror",
          "HTTPRouteRequestTimeout",
          "HTTPRouteResponseHeaderModification",
          "HTTPRouteRetryCodes",
          "HTTPRouteRetryConnectionError",
          "HTTPRouteSchemeRedirect",
          "ListenerSet",
          "ReferenceGrant",
          "TCPRoute",
          "TLSRoute",
          "TLSRouteModeMixed",
          "TLSRouteModeTerminate",
          "UDPRoute");

  /** Advertised in XMeshes: the suite wants no mesh in a GatewayClass. */
  static final List<ObjectStatus.Feature> MESH =
      sorted(
          "GRPCRoute",
          "HTTPRoute",
          "Mesh",
          "MeshClusterIPMatching",
          "MeshConsumerRoute",
          "MeshHTTPRouteBackendRequestHeaderModification",
          "MeshHTTPRouteNamedRouteRule",
          "MeshHTTPRouteQueryParamMatching",
          "MeshHTTPRouteRedirectPath",
          "MeshHTTPRouteRedirectPort",
          "MeshHTTPRouteRewritePath",
          "MeshHTTPRouteSchemeRedirect");

  private Features() {}

  private static List<ObjectStatus.Feature> sorted(String... names) {
    return Stream.of(names).sorted().map(ObjectStatus.Feature::new).toList();
  }
}
