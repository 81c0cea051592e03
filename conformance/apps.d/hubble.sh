# The stock hubble command line against the nodes' flow service.
# shellcheck shell=bash

hubble() { outside "$HUBBLE/hubble" --server "$1:4244" "${@:2}"; }

hubble_check() {
  local node flows dropped status
  node_numbers
  for number in "${NODES[@]}"; do
    node_address "$number"
    node=$REPLY
    status=$(hubble "$node" status 2>&1 | xargs) || true
    check "hubble status" "node-$number: $status" "$([[ $status == *Ok* ]] && echo 1 || echo 0)"
  done
  node_address 2
  node=$REPLY
  kubectl -n podinfo exec client -- client --count 5 http://podinfo:9898/version >/dev/null
  flows=$(hubble "$node" observe --last 500 --output json | jq -r 'select(.flow.source.namespace == "podinfo" or .flow.destination.namespace == "podinfo") | .flow.verdict' | sort | uniq -c | xargs)
  check "hubble observe" "flows of podinfo on node-2: ${flows:-none}" "$([[ $flows == *FORWARDED* ]] && echo 1 || echo 0)"
  dropped=$(hubble "$node" observe --last 1000 --verdict DROPPED --output json | jq -r 'select(.flow.source.namespace == "strangers") | .flow.drop_reason_desc' | sort | uniq -c | xargs)
  check "hubble observe --verdict DROPPED" "of the stranger: ${dropped:-none}" "$([[ -n $dropped ]] && echo 1 || echo 0)"
}
