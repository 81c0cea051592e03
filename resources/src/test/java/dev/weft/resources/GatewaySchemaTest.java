package dev.weft.resources;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the Gateway API's CRDs and the API server would refuse. */
class GatewaySchemaTest {
  private static List<Refusal> refusals(String kind, String spec) {
    String version =
        switch (kind) {
          case "AuthorizationPolicy", "MeshConfig" -> "weft.dev/v1alpha1";
          case "XBackendTrafficPolicy", "XBackend" -> "gateway.networking.x-k8s.io/v1alpha1";
          case "NetworkPolicy" -> "networking.k8s.io/v1";
          case "Service" -> "v1";
          default -> "gateway.networking.k8s.io/v1";
        };
    String yaml =
        "apiVersion: %s\nkind: %s\nmetadata: {name: default}\nspec: %s\n"
            .formatted(version, kind, spec);
    return ResourceParser.strict().parse("f.yaml", yaml).refusals();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{gatewayClassName: c, listeners: []} | listeners | is required",
        "{gatewayClassName: c, listeners: [{name: a, port: 80, protocol: HTTP}, {name: a, port: 81, protocol: HTTP}]} | listeners[1].name | another listener",
        "{gatewayClassName: c, listeners: [{name: a, port: 80, protocol: HTTP}, {name: b, port: 80, protocol: HTTP}]} | listeners[1] | port, protocol and hostname",
        "{gatewayClassName: c, listeners: [{name: a, port: 80, protocol: HTTP, tls: {certificateRefs: [{name: x}]}}]} | listeners[0].tls | must not be set",
        "{gatewayClassName: c, listeners: [{name: a, port: 80, protocol: HTTPS, tls: {mode: Passthrough}}]} | listeners[0].tls.mode | must be Terminate",
        "{gatewayClassName: c, listeners: [{name: a, port: 80, protocol: HTTPS, tls: {}}]} | listeners[0].tls.certificateRefs | must name a Secret",
        "{gatewayClassName: c, listeners: [{name: a, port: 80, protocol: TCP, hostname: a.b}]} | listeners[0].hostname | must not be set",
        "{gatewayClassName: c, listeners: [{name: a, port: 80, protocol: TLS}]} | listeners[0].tls.mode | must be set",
        "{gatewayClassName: c, listeners: [{name: a, port: 0, protocol: HTTP}]} | listeners[0].port | from 1 to 65535",
        "{gatewayClassName: c, listeners: [{name: a, port: 80, protocol: 'H TTP'}]} | listeners[0].protocol | does not match",
        "{gatewayClassName: c, listeners: [{name: a, port: 80, protocol: HTTP, hostname: 1.*.com}]} | listeners[0].hostname | does not match",
        "{gatewayClassName: c, listeners: [{name: a, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Everywhere}}}]} | listeners[0].allowedRoutes.namespaces.from | not one of All",
        "{listeners: [{name: a, port: 80, protocol: HTTP}]} | gatewayClassName | is required",
        "{gatewayClassName: c, listeners: [{name: a, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: x}], frontendValidation: {}}}]} | listeners[0].tls.frontendValidation | unknown",
        "{gatewayClassName: c, listeners: [{name: a, port: 80, protocol: HTTP}], tls: {frontend: {}}} | tls.frontend.default | is required",
        "{gatewayClassName: c, listeners: [{name: a, port: 80, protocol: HTTP}], tls: {frontend: {default: {}, perPort: [{port: 1}]}}} | tls.frontend.perPort[0].tls | is required",
        "{gatewayClassName: c, listeners: [{name: a, port: 80, protocol: HTTP}], tls: {frontend: {default: {}, perPort: [{port: 1, tls: {}}, {port: 1, tls: {}}]}}} | tls.frontend.perPort[1].port | another entry",
        "{gatewayClassName: c, listeners: [{name: a, port: 80, protocol: HTTP}], tls: {frontend: {default: {validation: {}}}}} | tls.frontend.default.validation.caCertificateRefs | is required",
        "{gatewayClassName: c, listeners: [{name: a, port: 80, protocol: HTTP}], tls: {frontend: {default: {validation: {mode: Never, caCertificateRefs: [{group: '', kind: ConfigMap, name: x}]}}}}} | tls.frontend.default.validation.mode | not one of AllowValidOnly",
      })
  void gateways(String spec, String field, String reason) {
    check("Gateway", spec, field, reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "TCPRoute | {} | rules | is required",
        "TCPRoute | {rules: []} | rules | is required",
        "TCPRoute | {rules: [{}]} | rules[0].backendRefs | is required",
        "TCPRoute | {rules: [{backendRefs: [{name: a}]}]} | rules[0].backendRefs[0].port | is required for a Service",
        "TCPRoute | {rules: [{backendRefs: [{name: a, port: 1, weight: -1}]}]} | rules[0].backendRefs[0].weight | from 0 to 1000000",
        "TCPRoute | {rules: [{backendRefs: [{name: a, port: 1, filters: [{type: CORS, cors: {}}]}]}]} | rules[0].backendRefs[0].filters | must not be set",
        "TCPRoute | {hostnames: [a.b], rules: [{backendRefs: [{name: a, port: 1}]}]} | hostnames | unknown",
        "UDPRoute | {rules: [{name: A_B, backendRefs: [{name: a, port: 1}]}]} | rules[0].name | does not match",
        "UDPRoute | {rules: [{matches: [], backendRefs: [{name: a, port: 1}]}]} | rules[0].matches | unknown",
        "TLSRoute | {hostnames: [a.*], rules: [{backendRefs: [{name: a, port: 1}]}]} | hostnames[0] | does not match",
        "TLSRoute | {hostnames: [a.b, 10.0.0.1], rules: [{backendRefs: [{name: a, port: 1}]}]} | hostnames[1] | not an IP address",
      })
  void l4Routes(String kind, String spec, String field, String reason) {
    check(kind, spec, field, reason);
  }

  @ParameterizedTest
  @CsvSource({"TLSRoute,v1alpha2", "TLSRoute,v1alpha3", "TCPRoute,v1alpha2", "UDPRoute,v1alpha2"})
  void readsL4RoutesOfEarlierVersions(String kind, String version) {
    String yaml =
        """
        apiVersion: gateway.networking.k8s.io/%s
        kind: %s
        metadata: {name: r}
        spec: {parentRefs: [{name: g}], rules: [{backendRefs: [{name: a, port: 1}]}]}
        """
            .formatted(version, kind);

    ResourceParser.Parsed result = ResourceParser.strict().parse("f.yaml", yaml);

    assertThat(result.refusals()).isEmpty();
    assertThat(result.objects())
        .singleElement()
        .isInstanceOfSatisfying(
            L4Route.class, route -> assertThat(route.spec().rules()).hasSize(1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{rules: []} | rules | is required",
        "{rules: [{name: a}, {name: a}]} | rules[1].name | another rule",
        "{rules: [{filters: [{type: RequestRedirect}]}]} | rules[0].filters[0].type | the one field",
        "{rules: [{filters: [{type: RequestRedirect, urlRewrite: {}}]}]} | rules[0].filters[0].type | the one field",
        "{rules: [{filters: [{type: RequestRedirect, requestRedirect: {}}], backendRefs: [{name: a, port: 1}]}]} | rules[0].filters[0] | excludes backendRefs",
        "{rules: [{filters: [{type: RequestRedirect, requestRedirect: {}}, {type: URLRewrite, urlRewrite: {}}]}]} | rules[0].filters[1].type | exclude each other",
        "{rules: [{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {}}, {type: RequestHeaderModifier, requestHeaderModifier: {}}]}]} | rules[0].filters[1].type | once only",
        "{rules: [{filters: [{type: RequestRedirect, requestRedirect: {statusCode: 300}}]}]} | rules[0].filters[0].requestRedirect.statusCode | not one of 301",
        "{rules: [{filters: [{type: RequestRedirect, requestRedirect: {scheme: ftp}}]}]} | rules[0].filters[0].requestRedirect.scheme | not one of http, https",
        "{rules: [{filters: [{type: RequestRedirect, requestRedirect: {hostname: '*.a.com'}}]}]} | rules[0].filters[0].requestRedirect.hostname | does not match",
        "{rules: [{matches: [{path: {type: Exact, value: /a}}], filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}]}]} | rules[0].filters[0] | ReplacePrefixMatch needs",
        "{rules: [{filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplaceFullPath, replacePrefixMatch: /}}}]}]} | rules[0].filters[0].urlRewrite.path.type | the one field",
        "{rules: [{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: 'a b', value: c}]}}]}]} | rules[0].filters[0].requestHeaderModifier.set[0].name | does not match",
        "{rules: [{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: a, value: \"x\\r\\ny: z\"}]}}]}]} | rules[0].filters[0].requestHeaderModifier.set[0].value | control characters",
        "{rules: [{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: a, port: 1}, percent: 101}}]}]} | rules[0].filters[0].requestMirror.percent | from 0 to 100",
        "{rules: [{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: a, port: 1}, percent: 1, fraction: {numerator: 1}}}]}]} | rules[0].filters[0].requestMirror.fraction | beside percent",
        "{rules: [{filters: [{type: ExternalAuth, externalAuth: {protocol: TCP, backendRef: {name: a, port: 1}}}]}]} | rules[0].filters[0].externalAuth.protocol | not one of",
        "{rules: [{filters: [{type: ExternalAuth, externalAuth: {protocol: GRPC, backendRef: {name: a, port: 1}}}]}]} | rules[0].filters[0].externalAuth.grpc | must be set for protocol GRPC alone",
        "{rules: [{filters: [{type: ExternalAuth, externalAuth: {protocol: GRPC, grpc: {}, http: {}, backendRef: {name: a, port: 1}}}]}]} | rules[0].filters[0].externalAuth.http | must be set for protocol HTTP alone",
        "{rules: [{filters: [{type: ExternalAuth, externalAuth: {protocol: HTTP, http: {path: '/a b'}, backendRef: {name: a, port: 1}}}]}]} | rules[0].filters[0].externalAuth.http.path | does not match",
        "{rules: [{filters: [{type: ExternalAuth, externalAuth: {protocol: HTTP, http: {allowedHeaders: ['a:b']}, backendRef: {name: a, port: 1}}}]}]} | rules[0].filters[0].externalAuth.http.allowedHeaders[0] | does not match",
        "{rules: [{filters: [{type: ExternalAuth, externalAuth: {protocol: HTTP, http: {}, forwardBody: {maxSize: -1}, backendRef: {name: a, port: 1}}}]}]} | rules[0].filters[0].externalAuth.forwardBody.maxSize | at least 0",
        "{rules: [{filters: [{type: ExternalAuth, externalAuth: {protocol: HTTP, http: {}}}]}]} | rules[0].filters[0].externalAuth.backendRef | is required",
        "{rules: [{matches: [{method: get}]}]} | rules[0].matches[0].method | not one of GET",
        "{rules: [{matches: [{headers: [{name: a}]}]}]} | rules[0].matches[0].headers[0].value | is required",
        "{rules: [{matches: [{headers: [{name: a, value: b, typ: Exact}]}]}]} | rules[0].matches[0].headers[0].typ | did you mean type",
        "{rules: [{backendRefs: [{name: a, port: 1, weight: -1}]}]} | rules[0].backendRefs[0].weight | from 0",
        "{rules: [{backendRefs: [{group: gateway.networking.x-k8s.io, kind: XBackend, name: a, port: 1}]}]} | rules[0].backendRefs[0].port | must not be set for an XBackend",
        "{parentRefs: [{name: a, port: x}]} | parentRefs[0].port | whole number",
        "{hostnames: [1.2.3.4x_]} | hostnames[0] | does not match",
        "{rules: [{timeouts: {request: 10}}]} | rules[0].timeouts.request | must be a duration",
        "{rules: [{sessionPersistence: {}}]} | rules[0].sessionPersistence.cookie | must be set",
        "{rules: [{sessionPersistence: {type: Header, header: {name: 'a b'}}}]} | rules[0].sessionPersistence.header.name | does not match",
        "{rules: [{sessionPersistence: {idleTimeout: 1s, cookie: {}}}]} | rules[0].sessionPersistence.idleTimeout | unknown field",
        "{rules: [{retry: {attempts: -1}}]} | rules[0].retry.attempts | from 0",
      })
  void httpRoutes(String spec, String field, String reason) {
    check("HTTPRoute", spec, field, reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "GRPCRoute | {rules: [{matches: [{method: {}}]}]} | rules[0].matches[0].method | service or a method",
        "GRPCRoute | {rules: [{matches: [{method: {service: a/b}}]}]} | rules[0].matches[0].method.service | package.Service",
        "GRPCRoute | {rules: [{filters: [{type: URLRewrite, urlRewrite: {}}]}]} | rules[0].filters[0].type | not one that a GRPCRoute takes",
        "ReferenceGrant | {from: [], to: [{group: '', kind: Secret}]} | from | is required",
        "AuthorizationPolicy | {action: BLOCK} | action | not one of ALLOW, DENY, AUDIT",
        "AuthorizationPolicy | {mode: enforce} | mode | not one of Enforce, DryRun",
        "AuthorizationPolicy | {targetRefs: [{kind: Service, name: a}], selector: {}} | selector | beside targetRefs",
        "AuthorizationPolicy | {rules: [{from: [{namespaces: [a]}]}]} | rules[0].from[0].namespaces | unknown field",
        "XBackendTrafficPolicy | {targetRefs: [{kind: Service, name: a}], retryConstraint: {budget: {percent: 101}}} | retryConstraint.budget.percent | from 0 to 100",
        "XBackendTrafficPolicy | {targetRefs: [{kind: Service, name: a}], retryConstraint: {budget: {interval: 2h}}} | retryConstraint.budget.interval | from 1s to 1h",
        "XBackendTrafficPolicy | {targetRefs: [{kind: Service, name: a}], retryConstraint: {minRetryRate: {interval: 0s}}} | retryConstraint.minRetryRate.interval | above 0s",
        "XBackendTrafficPolicy | {targetRefs: [{kind: Service, name: a}], sessionPersistence: {}} | sessionPersistence.cookie | must be set",
        "XBackendTrafficPolicy | {targetRefs: [{kind: Service, name: a}], sessionPersistence: {cookie: {lifetimeType: Permanent}}} | sessionPersistence.absoluteTimeout | is required",
        "XBackendTrafficPolicy | {targetRefs: [{kind: Service, name: a}], sessionPersistence: {cookie: {path: '/;a'}}} | sessionPersistence.cookie.path | neither ;",
        "XBackend | {type: EndpointSelector, endpointSelector: {matchLabels: {a: b}}} | port | is required",
        "XBackend | {type: Other, port: {number: 1}} | type | not one of",
        "XBackend | {type: EndpointSelector, port: {number: 1}} | endpointSelector | must be set for type EndpointSelector",
        "XBackend | {type: EndpointSelector, port: {number: 0}, endpointSelector: {matchLabels: {a: b}}} | port.number | from 1 to 65535",
        "XBackend | {type: EndpointSelector, port: {number: 1}, endpointSelector: {}} | endpointSelector.matchLabels | is required",
        "XBackend | {type: ExternalHostname, port: {number: 1}, externalHostname: {hostname: a.b}, sessionPersistence: {cookie: {}}} | sessionPersistence | EndpointSelector alone",
        "XBackend | {port: {number: 1}, type: EndpointSelector, endpointSelector: {matchLabels: {a: b}}, externalHostname: {hostname: a.b}} | externalHostname | for no other",
        "XBackend | {port: {number: 1}, type: EndpointSelector, endpointSelector: {matchLabels: {a: b}}, protocol: HTTP2} | tls | must not be None",
        "XBackend | {port: {number: 1}, type: EndpointSelector, endpointSelector: {matchLabels: {a: b}}, protocol: H2C, tls: {mode: ServerOnly, validation: {hostname: a.b, wellKnownCACertificates: System}}} | tls | must be None",
        "XBackend | {port: {number: 1}, type: EndpointSelector, endpointSelector: {matchLabels: {a: b}}, tls: {mode: ServerOnly}} | tls.validation | unless the mode is None",
        "XBackend | {port: {number: 1}, type: EndpointSelector, endpointSelector: {matchLabels: {a: b}}, tls: {mode: ServerOnly, clientCertificateRef: {name: c}, validation: {hostname: a.b, wellKnownCACertificates: System}}} | tls.clientCertificateRef | for no other",
        "MeshConfig | {telemetry: {samplingRatio: 1.5}} | telemetry.samplingRatio | from 0 to 1",
        "MeshConfig | {telemetry: {otlpEndpoint: 'http://a'}} | telemetry.otlpEndpoint | does not match",
        "NetworkPolicy | {podSelector: {}, ingress: [{from: [{}]}]} | ingress[0].from[0] | must have",
        "NetworkPolicy | {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0}}]}]} | ingress[0].from[0].ipBlock.cidr | prefix",
        "NetworkPolicy | {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/16]}}]}]} | ingress[0].from[0].ipBlock.except[0] | inside",
        "NetworkPolicy | {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}]}]} | ingress[0].from[0].ipBlock | beside a selector",
        "NetworkPolicy | {podSelector: {}, ingress: [{ports: [{port: http, endPort: 9}]}]} | ingress[0].ports[0].endPort | numeric port",
        "NetworkPolicy | {podSelector: {matchExpressions: [{key: a, operator: In}]}} | podSelector.matchExpressions[0].values | at least one",
        "NetworkPolicy | {podSelector: {}, policyTypes: [ingress]} | policyTypes[0] | not one of Ingress, Egress",
        "Service | {} | ports | at least one port",
        "Service | {ports: [{port: 1}, {port: 2}]} | ports[0].name | is required",
      })
  void others(String kind, String spec, String field, String reason) {
    check(kind, spec, field, reason);
  }

  private static void check(String kind, String spec, String field, String reason) {
    assertThat(refusals(kind, spec))
        .anySatisfy(
            refusal -> {
              assertThat(refusal.field()).isEqualTo("spec." + field);
              assertThat(refusal.reason()).contains(reason);
              assertThat(refusal.line()).isEqualTo(4);
            });
  }

  private static String many(int count, String one) {
    return Collections.nCopies(count, one).stream().collect(Collectors.joining(", ", "[", "]"));
  }

  @Test
  void listsAreBounded() {
    String rule = "{matches: " + many(64, "{}") + "}";
    assertThat(refusals("HTTPRoute", "{rules: " + many(17, "{}") + "}"))
        .extracting(Refusal::reason)
        .containsExactly("must not have more than 16 elements, has 17");
    assertThat(refusals("HTTPRoute", "{rules: " + many(2, rule) + "}")).isEmpty();
    assertThat(refusals("HTTPRoute", "{rules: " + many(3, rule) + "}"))
        .extracting(Refusal::reason)
        .containsExactly("must not have more than 128 matches together");
  }

  @Test
  void defaultsAreThoseOfTheApiServer() {
    String yaml =
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: r}
        spec: {parentRefs: [{name: g}]}
        """;
    HttpRoute route = (HttpRoute) ResourceParser.strict().parse("r", yaml).objects().getFirst();

    assertThat(route.metadata().namespace()).isEqualTo("default");
    assertThat(route.spec().parentRefs().getFirst().isGateway()).isTrue();
    assertThat(route.spec().rules()).hasSize(1);
    assertThat(route.spec().rules().getFirst().matches()).isEmpty();
  }
}
