# A node: namespaces for network, mounts, processes, host name and cgroups, in which containerd and the kubelet run.
# shellcheck shell=bash

node_start() {
  local number=$1 dir namespace
  dir=$STATE/node-$number
  node_namespace "$number"
  namespace=$REPLY
  mkdir -p "$dir"/{kubelet,pods,containers,cni-conf,cni-bin,opt-containerd}
  store_copy "$dir/containerd"
  containerd_config >"$dir/containerd.toml"
  kubelet_config "$number" >"$dir/kubelet.yaml"
  echo "nameserver $OUTSIDE_ADDRESS" >"$dir/resolv.conf"
  cgroup_make "$CGROUP/node-$number"
  cgroup_make "$CGROUP/node-$number/init"
  node_address "$number"
  (
    close_inherited
    cgroup_enter "$CGROUP/node-$number"
    export NODE=node-$number ADDRESS=$REPLY DIR=$dir LOGS NODE_KUBECONFIG=$STATE/node-$number.kubeconfig KUBE CRI
    export HIERARCHY_PATHS="${HIERARCHIES[*]}"
    unset KUBECONFIG
    # The cgroup that it is in now becomes the root of the node's.
    exec setsid unshare --cgroup "$CLUSTER_PARTS/node-init" enter "$CGROUP/node-$number" "/run/netns/$namespace"
  ) >"$LOGS/node-$number.log" 2>&1 </dev/null &
  echo $! >"$dir/pid"
}

# What nodes mounted folders of their own over; only what is empty goes.
mount_points_remove() {
  rmdir /var/lib/kubelet /var/lib/containerd /var/log/pods /var/log/containers /etc/cni/net.d /etc/cni /opt/cni/bin /opt/cni /opt/containerd 2>/dev/null || true
}

# node_enter NUMBER COMMAND...: runs the command as a process of the node.
node_enter() {
  local parent=none init=
  [[ ! -e $STATE/node-$1/pid ]] || parent=$(<"$STATE/node-$1/pid")
  [[ ! -e /proc/$parent/task/$parent/children ]] || init=$(<"/proc/$parent/task/$parent/children")
  [[ -n $init ]] || die "node-$1 does not run"
  find_hierarchies
  (
    cgroup_enter "$CGROUP/node-$1/init"
    shift
    PATH=$CRI:$KUBE:$PATH exec nsenter --target "${init%% *}" --mount --pid --net --uts --cgroup -- "$@"
  )
}

containerd_config() {
  cat <<END
version = 3
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = [
  "io.containerd.nri.v1.nri", "io.containerd.snapshotter.v1.blockfile", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.erofs",
  "io.containerd.differ.v1.erofs", "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing",
]
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "registry.k8s.io/pause:$PAUSE"
[plugins."io.containerd.cri.v1.runtime"]
  enable_selinux = false
  # Without CAP_SYS_RESOURCE no score may be lowered.
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/opt/cni/bin"]
    conf_dir = "/etc/cni/net.d"
    # No plugin but Weft's on these nodes.
    use_internal_loopback = true
  [plugins."io.containerd.cri.v1.runtime".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
        BinaryName = "$CRI/runc"
        SystemdCgroup = false
END
}

kubelet_config() {
  cat <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
cgroupDriver: cgroupfs
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $PKI/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $PKI/node-$1.crt
tlsPrivateKeyFile: $PKI/node-$1.key
clusterDNS: [$DNS_CLUSTER_IP]
clusterDomain: cluster.local
resolvConf: $STATE/node-$1/resolv.conf
failSwapOn: false
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
serializeImagePulls: false
maxPods: 250
syncFrequency: 10s
nodeStatusUpdateFrequency: 5s
enableControllerAttachDetach: false
END
}
