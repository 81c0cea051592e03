# What conformance/cluster status says.
# shellcheck shell=bash

cluster_status() {
  local format=$1 up=false api=false nodes= weft= dns=
  if is_up && [[ -r $STATE/programs ]]; then
    up=true
    source "$STATE/programs"
    if api_server_ready; then
      api=true
      # One line a node: name, Ready, address, pod network.
      nodes=$(kubectl get nodes -o jsonpath='{range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status} {.status.addresses[?(@.type=="InternalIP")].address} {.spec.podCIDR}{"\n"}{end}')
      # One line a workload: kind, name, ready, wanted.
      weft=$(kubectl -n $WEFT_NAMESPACE get daemonset,deployment -o jsonpath='{range .items[*]}{.kind} {.metadata.name} {.status.numberReady}{.status.readyReplicas} {.status.desiredNumberScheduled}{.spec.replicas}{"\n"}{end}' 2>/dev/null | awk 'NF == 3 { $4 = $3; $3 = 0 } 1')
      dns=$(kubectl -n kube-system get deployment coredns -o jsonpath='{.status.readyReplicas}' 2>/dev/null || true)
    fi
  fi
  if [[ $format == json ]]; then
    printf '{"up":%s,"apiServer":%s,"nodes":[%s],"weft":[%s],"dns":%s}\n' $up $api \
      "$(awk 'NF { printf "%s{\"name\":\"%s\",\"ready\":%s,\"address\":\"%s\",\"podNetwork\":\"%s\"}", s, $1, $2 == "True" ? "true" : "false", $3, $4; s = "," }' <<<"$nodes")" \
      "$(awk 'NF { printf "%s{\"kind\":\"%s\",\"name\":\"%s\",\"ready\":%d,\"wanted\":%d}", s, $1, $2, $3, $4; s = "," }' <<<"$weft")" \
      "$([[ ${dns:-0} -gt 0 ]] && echo true || echo false)"
  elif [[ $up == false ]]; then
    echo "down"
  elif [[ $api == false ]]; then
    echo "half up: the API server does not answer; logs are in $LOGS, conformance/cluster down ends it"
  else
    awk 'NF { printf "%-16s %-9s %s, pods %s\n", $1, $2 == "True" ? "Ready" : "NotReady", $3, $4 ? $4 : "none yet" }' <<<"$nodes"
    awk 'NF { printf "%-16s %d of %d ready\n", tolower($1) " " $2, $3, $4 }' <<<"$weft"
    [[ -n $weft ]] || echo "Weft is not installed: conformance/cluster weft"
    if [[ ${dns:-0} -gt 0 ]]; then echo "cluster DNS      ready"; else echo "cluster DNS      not ready"; fi
  fi
  [[ $up == true && $api == true ]]
}
