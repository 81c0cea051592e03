# etcd, API server, controller manager and scheduler: processes of node 1's network and cgroup, as its host processes.
# shellcheck shell=bash

# run_on_node_1 NAME COMMAND...: in the background, output to the log of that name.
run_on_node_1() {
  local name=$1
  shift
  (
    close_inherited
    cgroup_enter "$CGROUP/node-1/control-plane"
    exec nsenter --net=/run/netns/k8s-node-1 setsid "$@"
  ) >"$LOGS/$name.log" 2>&1 </dev/null &
}

api_server_start() {
  cgroup_make "$CGROUP/node-1"
  cgroup_make "$CGROUP/node-1/control-plane"
  run_on_node_1 etcd "$KUBE/etcd" --name weft --data-dir "$STATE/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
    --initial-cluster weft=http://127.0.0.1:2380
  run_on_node_1 kube-apiserver "$KUBE/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 \
    --bind-address=0.0.0.0 --secure-port=6443 --advertise-address=$CONTROL_PLANE_ADDRESS \
    --service-cluster-ip-range=$SERVICE_NETWORK --allow-privileged=true \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
    --client-ca-file="$PKI/ca.crt" --tls-cert-file="$PKI/apiserver.crt" --tls-private-key-file="$PKI/apiserver.key" \
    --kubelet-client-certificate="$PKI/apiserver-kubelet.crt" --kubelet-client-key="$PKI/apiserver-kubelet.key" \
    --kubelet-certificate-authority="$PKI/ca.crt" --kubelet-preferred-address-types=InternalIP \
    --requestheader-client-ca-file="$PKI/ca.crt" --requestheader-allowed-names=front-proxy-client \
    --requestheader-extra-headers-prefix=X-Remote-Extra- --requestheader-group-headers=X-Remote-Group --requestheader-username-headers=X-Remote-User \
    --proxy-client-cert-file="$PKI/front-proxy.crt" --proxy-client-key-file="$PKI/front-proxy.key" \
    --service-account-issuer=https://kubernetes.default.svc.cluster.local \
    --service-account-key-file="$PKI/service-account.pub" --service-account-signing-key-file="$PKI/service-account.key"
}

api_server_ready() {
  outside curl -sf -o /dev/null --max-time 2 --cacert "$PKI/ca.crt" "https://$CONTROL_PLANE_ADDRESS:6443/readyz"
}

controllers_start() {
  local config=$STATE/controller-manager.kubeconfig
  run_on_node_1 kube-controller-manager "$KUBE/kube-controller-manager" --leader-elect=false \
    --kubeconfig="$config" --authentication-kubeconfig="$config" --authorization-kubeconfig="$config" \
    --use-service-account-credentials=true --service-account-private-key-file="$PKI/service-account.key" --root-ca-file="$PKI/ca.crt" \
    --cluster-signing-cert-file="$PKI/ca.crt" --cluster-signing-key-file="$PKI/ca.key" \
    --allocate-node-cidrs=true --cluster-cidr=$POD_NETWORK --node-cidr-mask-size=24 --service-cluster-ip-range=$SERVICE_NETWORK
  config=$STATE/scheduler.kubeconfig
  run_on_node_1 kube-scheduler "$KUBE/kube-scheduler" --leader-elect=false \
    --kubeconfig="$config" --authentication-kubeconfig="$config" --authorization-kubeconfig="$config"
}
