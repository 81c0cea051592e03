# podinfo from its own manifests: strict mutual TLS, a split of 90 to 10, and a rolling update under load.
# shellcheck shell=bash

# podinfo_deploy: the application as its author deploys it, and once more as the next version.
podinfo_deploy() {
  local dir=$WORK/podinfo
  mkdir -p "$dir"/{base,next}
  cp "$PODINFO_FILES"/kustomize/* "$dir/base/"
  cat >"$dir/next/kustomization.yaml" <<END
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../base]
nameSuffix: -next
labels:
  - pairs: {app: podinfo-next}
    includeSelectors: true
images:
  - name: ghcr.io/stefanprodan/podinfo
    newTag: $PODINFO_NEXT
END
  kubectl apply -f "$APPS/manifests/podinfo.yaml" >/dev/null
  kubectl -n podinfo apply -k "$dir/base" >/dev/null
  kubectl -n podinfo apply -k "$dir/next" >/dev/null
  kubectl -n podinfo rollout status deployment --timeout=120s >/dev/null || die "podinfo did not start: conformance/cluster kubectl -n podinfo describe pods"
  kubectl -n podinfo wait --for=condition=Ready pod/client --timeout=60s >/dev/null
  kubectl -n strangers wait --for=condition=Ready pod/stranger --timeout=60s >/dev/null
  kubectl -n podinfo wait --for=condition=Programmed gateway/podinfo --timeout=60s >/dev/null || die "the Gateway is not programmed"
  ADDRESS=$(kubectl -n podinfo get gateway podinfo -o jsonpath='{.status.addresses[0].value}')
  await 30 "an answer of podinfo" outside curl -sf --max-time 2 "http://$ADDRESS/version"
}

# versions: of the answers on standard input, one line each.
versions() { sed -n 's/.*"version": *"\([^"]*\)".*/\1/p'; }

podinfo_split() {
  local total=2000 next
  outside curl -s --max-time 5 "http://$ADDRESS/version?[1-$total]" | versions >"$WORK/versions"
  next=$(grep -cx "$PODINFO_NEXT" "$WORK/versions" || true)
  check "split" "$(wc -l <"$WORK/versions") of $total answered, $next by the next version (90 to 10 asked for)" \
    "$(($(wc -l <"$WORK/versions") == total && next >= total * 7 / 100 && next <= total * 13 / 100))"
}

# mesh_requests COUNT RATE: asks podinfo from inside the mesh, each time on a new connection; prints the status of each answer.
mesh_requests() {
  kubectl -n podinfo exec client -- client --count "$1" --qps "$2" --new-connection-per-request http://podinfo:9898/version 2>&1 |
    sed -n 's/^\[[0-9]*\] StatusCode=//p'
}

# podinfo_capture: sets PLAIN and SEALED to what of 25 requests from inside the mesh can be read between the nodes, and to
# the encrypted records there.
podinfo_capture() {
  local file=$WORK/between.pcap pid i
  : >"$WORK/tcpdump.log"
  nsenter --net=/run/netns/$OUTSIDE tcpdump -i br0 --immediate-mode -U -w "$file" "net 10.77.0.0/27 and not host $OUTSIDE_ADDRESS and (udp or port 15008)" 2>"$WORK/tcpdump.log" &
  pid=$!
  await 10 "the capture" grep -q 'listening on' "$WORK/tcpdump.log"
  mesh_requests 25 100 | grep -x 200 >/dev/null || die "the client in the mesh had no answer"
  kill "$pid"
  wait "$pid" || true
  PLAIN=$({ grep -ao 'GET /version' "$file" || true; } | wc -l)
  # Records of application data, TLS 1.2 on the wire (RFC 8446 §5.2).
  SEALED=$({ LC_ALL=C grep -aoP '\x17\x03\x03' "$file" || true; } | wc -l)
}

# podinfo_mode MODE CONDITION: a label takes effect a moment after it was written.
podinfo_mode() {
  local tries
  kubectl label namespace podinfo --overwrite "weft.dev/mtls=$1" >/dev/null
  for ((tries = 0; tries < 20; tries++)); do
    podinfo_capture
    if (($2)); then
      return
    fi
  done
}

podinfo_mtls() {
  local before target pod refused
  podinfo_mode disabled 'PLAIN > 0'
  before=$PLAIN
  podinfo_mode strict 'PLAIN == 0'
  podinfo_capture
  check "mtls strict" "requests readable between the nodes: $before before, $PLAIN after; $SEALED encrypted records" \
    "$((before > 0 && PLAIN == 0 && SEALED > 0))"
  target=$(kubectl -n podinfo get pods -l app=podinfo -o jsonpath='{range .items[?(@.spec.nodeName=="node-2")]}{.status.podIP} {end}')
  [[ -n $target ]] || die "no podinfo pod is on node-2"
  pod=${target%% *}
  refused=$(kubectl -n strangers exec stranger -- client --timeout 3s "http://$pod:9898/version" 2>&1 | sed -n 's/.*\(StatusCode=.*\|reset.*\|refused.*\|timeout.*\|deadline exceeded.*\)/\1/p' | head -1 || true)
  check "stranger" "without mutual TLS from the other node: ${refused:-no answer}" "$([[ $refused != StatusCode=200* && -n $refused ]] && echo 1 || echo 0)"
}

# Batches of 300 until told to stop; what was asked and not answered counts as failed.
mesh_load() {
  local answered
  : >"$WORK/mesh.codes"
  while [[ ! -e $WORK/stop ]]; do
    mesh_requests 300 100 >"$WORK/batch"
    answered=$(wc -l <"$WORK/batch")
    cat "$WORK/batch" >>"$WORK/mesh.codes"
    for ((; answered < 300; answered++)); do
      echo failed >>"$WORK/mesh.codes"
    done
  done
}

podinfo_load() {
  local i
  LOADS=()
  for i in 1 2 3; do
    # Line by line: what curl has not written when it is ended would be missing.
    nsenter --net=/run/netns/$OUTSIDE stdbuf -oL curl -s --max-time 10 -o /dev/null -w '%{http_code}\n' "http://$ADDRESS/version?[1-10000000]" >"$WORK/gateway-$i.codes" 2>/dev/null &
    LOADS+=($!)
  done
  mesh_load &
  MESH_LOAD=$!
}

podinfo_unload() {
  local pid
  touch "$WORK/stop"
  wait "$MESH_LOAD" || true
  for pid in "${LOADS[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  cat "$WORK"/gateway-*.codes >"$WORK/gateway.codes"
}

podinfo_update() {
  local name total bad shown began=$SECONDS
  podinfo_load
  await 20 "the load" test -s "$WORK/mesh.codes"
  kubectl -n podinfo set image deployment/podinfo "podinfod=ghcr.io/stefanprodan/podinfo:$PODINFO_NEXT" >/dev/null
  kubectl -n podinfo rollout status deployment/podinfo --timeout=180s >/dev/null || die "the rolling update did not end"
  shown=$(outside curl -s "http://$ADDRESS/version?[1-200]" | versions | sort | uniq -c | xargs)
  podinfo_unload
  for name in gateway mesh; do
    total=$(wc -l <"$WORK/$name.codes")
    bad=$(grep -vcx 200 "$WORK/$name.codes" || true)
    check "update ($name)" "$bad of $total requests failed in $((SECONDS - began)) s" "$((total > 100 && bad == 0))"
  done
  check "updated" "answers afterwards: $shown" "$([[ $shown == "200 $PODINFO_NEXT" ]] && echo 1 || echo 0)"
}

podinfo_check() {
  podinfo_split
  podinfo_mtls
  podinfo_update
}
