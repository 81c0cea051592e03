# Weft on the cluster, installed the way users install it: definitions, then the chart.
# shellcheck shell=bash

CHART=$WEFT_ROOT/charts/weft

# Weft's image as an archive, once there is one.
WEFT_ARCHIVE=

# Builds it if it is not there yet.
weft_image() {
  "$WEFT_ROOT/build/image" >&2 || die "Weft's image was not built"
  WEFT_ARCHIVE=$WEFT_ROOT/target/image/weft.tar
}

# Gives all nodes the image as it is now; sets CHANGED if one had another.
weft_import() {
  local number before after
  CHANGED=
  node_numbers
  for number in "${NODES[@]}"; do
    before=$(weft_digest "$number")
    node_enter "$number" ctr --namespace k8s.io images import "$WEFT_ARCHIVE" >/dev/null 2>"$LOGS/import.log" || { cat "$LOGS/import.log" >&2; die "node-$number did not take the image"; }
    after=$(weft_digest "$number")
    [[ -z $before || $before == "$after" ]] || CHANGED=1
  done
}

weft_digest() { node_enter "$1" ctr --namespace k8s.io images list "name==$WEFT_IMAGE" 2>/dev/null | awk 'NR == 2 { print $3 }'; }

gateway_api_apply() { kubectl apply --server-side -f "$SUITE/gateway-api.yaml" >/dev/null; }

# gateway_api_await CRD: until the API server serves a kind.
gateway_api_await() {
  kubectl wait --for=create "crd/$1" --timeout=60s >/dev/null && kubectl wait --for=condition=Established "crd/$1" --timeout=60s >/dev/null ||
    die "the API server does not serve the Gateway API: conformance/cluster kubectl get crd"
}

# gateway_api_whole PID: until gateway_api_apply, which runs as PID, has ended and all kinds are served.
gateway_api_whole() {
  wait "$1" || die "the API server did not take the Gateway API's definitions"
  kubectl wait --for=condition=Established crd --all --timeout=60s >/dev/null || die "the API server does not serve the Gateway API: conformance/cluster kubectl get crd"
}

weft_install() {
  outside "$HELM/helm" upgrade --install weft "$CHART" --namespace $WEFT_NAMESPACE --create-namespace \
    --values "$CLUSTER_PARTS/manifests/weft-values.yaml" >"$LOGS/helm.log" 2>&1 || { cat "$LOGS/helm.log" >&2; die "Helm could not install Weft"; }
}

# Ends Weft's pods, so that new ones run the image as it is now.
weft_restart() {
  kubectl -n $WEFT_NAMESPACE rollout restart daemonset,deployment >/dev/null
  weft_await
}

weft_await() {
  local kind
  for kind in daemonset deployment; do
    kubectl -n $WEFT_NAMESPACE rollout status "$kind" --timeout=120s >/dev/null || die "Weft's $kind is not ready: conformance/cluster kubectl -n $WEFT_NAMESPACE get pods"
  done
}

nodes_await() {
  kubectl wait --for=condition=Ready node --all --timeout=120s >/dev/null || die "not all nodes are Ready: conformance/cluster kubectl describe node"
}

dns_install() { kubectl apply -f "$CLUSTER_PARTS/manifests/coredns.yaml" >/dev/null; }

dns_await() {
  kubectl -n kube-system rollout status deployment/coredns --timeout=120s >/dev/null || die "cluster DNS is not ready: conformance/cluster kubectl -n kube-system describe pod"
}
