# Namespaces of the network: the outside with its bridge, and one a node, each with one uplink.
# shellcheck shell=bash

network_up() {
  local count=$1 i
  ip netns add $OUTSIDE
  ip -n $OUTSIDE -batch - <<END
link set lo up
link add br0 type bridge
address add $OUTSIDE_ADDRESS/$LINK_BITS dev br0
link set br0 up
END
  for ((i = 1; i <= count; i++)); do
    network_add_node "$i"
  done
}

network_add_node() {
  local number=$1 namespace address
  node_namespace "$number"
  namespace=$REPLY
  node_address "$number"
  address=$REPLY
  ip netns add "$namespace"
  ip link add eth0 netns "$namespace" type veth peer name "node-$number" netns $OUTSIDE
  ip -n $OUTSIDE link set "node-$number" master br0 up
  ip -n "$namespace" -batch - <<END
link set lo up
address add $address/$LINK_BITS dev eth0
link set eth0 up
route add default via $OUTSIDE_ADDRESS
END
  nsenter --net="/run/netns/$namespace" sysctl -qw net.ipv4.ip_forward=1
}

# Ends what runs in the namespaces, whoever started it and whatever is left of an up that failed; with a node's init end
# all of its pods, with a namespace its devices.
network_down() {
  local path pids tries
  for path in /run/netns/k8s-node-* /run/netns/$OUTSIDE; do
    [[ -e $path ]] || continue
    for ((tries = 0; tries < 100; tries++)); do
      pids=$(ip netns pids "${path##*/}")
      [[ -n $pids ]] || break
      # shellcheck disable=SC2086
      kill -KILL $pids 2>/dev/null || true
      sleep 0.05
    done
    ip netns del "${path##*/}"
  done
}
