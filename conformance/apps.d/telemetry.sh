# A real OpenTelemetry Collector on the cluster receives what an XTelemetryPolicy points at it.
# shellcheck shell=bash

# spans: those of podinfo's Gateway that the Collector has written, one JSON object a line.
spans() {
  kubectl -n telemetry logs deployment/collector | jq -c --raw-input 'fromjson? | .resourceSpans[]?
    | select(any(.resource.attributes[]; .key == "service.name" and .value.stringValue == "podinfo-gateway")) | .scopeSpans[].spans[]'
}

spans_are() { (($(spans | wc -l) >= $1)); }

telemetry_check() {
  local total=100 good
  kubectl apply -f "$APPS/manifests/telemetry.yaml" >/dev/null
  kubectl -n telemetry rollout status deployment/collector --timeout=120s >/dev/null || die "the Collector did not start: conformance/cluster kubectl -n telemetry describe pods"
  # The Gateway tells the Collector from the moment it knows where that is.
  await 60 "the first span" telemetry_probe
  outside curl -s --max-time 5 -A apps-check -o /dev/null "http://$ADDRESS/version?[1-$total]"
  await 30 "the spans of $total requests" telemetry_complete "$total"
  good=$(spans | jq -c 'select(.name == "shown" and .kind == 2 and (.parentSpanId // "") == "")
    | select(any(.attributes[]; .key == "weft.check" and .value.stringValue == "apps"))
    | select(any(.attributes[]; .key == "weft.caller" and .value.stringValue == "apps-check"))
    | select(any(.attributes[]; .key == "http.response.status_code" and .value.intValue == "200"))' | wc -l)
  check "XTelemetryPolicy" "$good spans of $total requests at the Collector, with the name, service and attributes asked for" "$((good == total))"
}

telemetry_probe() {
  outside curl -s --max-time 5 -A probe -o /dev/null "http://$ADDRESS/version" && spans_are 1
}

telemetry_complete() { (($(spans | grep -c apps-check) >= $1)); }
