# What the parts of conformance/cluster share: versions, names, addresses, places. Sourced after build/lib.sh.
# shellcheck shell=bash disable=SC2034

KUBERNETES=1.37.2
CONTAINERD=2.3.7
COREDNS=1.14.7
PAUSE=3.10.2

CLUSTER_PARTS=$WEFT_ROOT/conformance/cluster.d
CACHE=${WEFT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/weft}/cluster
STATE=$CACHE/state            # of the cluster that is up; `down` leaves the logs
LOGS=$STATE/log
PKI=$STATE/pki
export KUBECONFIG=$STATE/admin.kubeconfig

# The outside is where kubectl, Helm, clients and the suite run: a network namespace with the bridge that the nodes'
# uplinks hang on. Nothing leads out of it. Gateway addresses lie on the same link as the nodes.
OUTSIDE=k8s-outside
OUTSIDE_ADDRESS=10.77.0.1
LINK_BITS=23
GATEWAY_POOL=10.77.1.0/24
GATEWAY_USABLE=10.77.1.2      # for GatewayStaticAddresses: the pool gives its lowest addresses last
GATEWAY_UNUSABLE=192.0.2.1    # TEST-NET-1, in nobody's pool
POD_NETWORK=10.244.0.0/16     # the controller manager gives each node a /24 of it
SERVICE_NETWORK=10.96.0.0/16
API_CLUSTER_IP=10.96.0.1
DNS_CLUSTER_IP=10.96.0.10
CGROUP=weft-cluster
# The kubelet sets these for the whole machine.
KUBELET_SYSCTLS=(vm.overcommit_memory kernel.panic kernel.panic_on_oops)

WEFT_NAMESPACE=weft-system
WEFT_IMAGE=weft.dev/weft:0.1.0

node_name() { REPLY=node-$1; }
node_address() { REPLY=10.77.0.$((10 + $1)); }
# The network namespace of a node.
node_namespace() { REPLY=k8s-node-$1; }
CONTROL_PLANE_ADDRESS=10.77.0.11

# Runs a command in the outside.
outside() { nsenter --net=/run/netns/$OUTSIDE "$@"; }

kubectl() { outside "$KUBE/kubectl" "$@"; }

# step TEXT: a line with the seconds since the command began.
step() { printf '%5.1f s  %s\n' "$(((${EPOCHREALTIME/./} - STARTED) / 100000))e-1" "$*" >&2; }
STARTED=${EPOCHREALTIME/./}

# Leaves nothing but standard input, output and error open: what goes on after this command must hold none of its caller's locks.
close_inherited() {
  local fd
  for fd in /proc/"$BASHPID"/fd/*; do
    fd=${fd##*/}
    ((fd <= 2 || fd == 255)) || exec {fd}>&-
  done
}

# await SECONDS WHAT COMMAND...: until the command succeeds; dies when it does not in time.
await() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || die "$what did not come about; see $LOGS"
    sleep 0.1
  done
}

# node_numbers: sets NODES to the numbers of the nodes that are up.
node_numbers() {
  local name
  NODES=()
  for name in /run/netns/k8s-node-*; do
    [[ -e $name ]] && NODES+=("${name##*-}")
  done
}

is_up() { [[ -e /run/netns/$OUTSIDE ]]; }
