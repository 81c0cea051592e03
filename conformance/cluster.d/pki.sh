# The cluster's authority, its certificates and kubeconfigs.
# shellcheck shell=bash

pki_make() {
  local count=$1 i
  mkdir -p "$PKI"
  quiet openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$PKI/ca.key" -out "$PKI/ca.crt" -days 3650 -subj /CN=weft-cluster
  quiet openssl ecparam -name prime256v1 -genkey -noout -out "$PKI/service-account.key"
  quiet openssl ec -in "$PKI/service-account.key" -pubout -out "$PKI/service-account.pub"
  certificate apiserver /CN=kube-apiserver "IP:127.0.0.1,IP:$CONTROL_PLANE_ADDRESS,IP:$API_CLUSTER_IP,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local"
  certificate apiserver-kubelet /O=system:masters/CN=kube-apiserver-kubelet-client
  certificate front-proxy /CN=front-proxy-client
  certificate admin /O=system:masters/CN=kubernetes-admin
  kubeconfig admin
  certificate controller-manager /CN=system:kube-controller-manager
  kubeconfig controller-manager
  certificate scheduler /CN=system:kube-scheduler
  kubeconfig scheduler
  for ((i = 1; i <= count; i++)); do
    node_address "$i"
    certificate "node-$i" "/O=system:nodes/CN=system:node:node-$i" "DNS:node-$i,IP:$REPLY"
    kubeconfig "node-$i"
  done
}

quiet() { "$@" 2>/dev/null || die "failed: $*"; }

# certificate NAME SUBJECT [ALTERNATIVE NAMES]
certificate() {
  quiet openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$PKI/$1.key" -out "$PKI/$1.csr" -subj "$2"
  printf '%s\n' keyUsage=digitalSignature extendedKeyUsage=clientAuth,serverAuth ${3:+"subjectAltName=$3"} >"$PKI/$1.ext"
  quiet openssl x509 -req -in "$PKI/$1.csr" -CA "$PKI/ca.crt" -CAkey "$PKI/ca.key" -CAcreateserial -out "$PKI/$1.crt" -days 3650 -extfile "$PKI/$1.ext"
  rm "$PKI/$1.csr" "$PKI/$1.ext"
}

# kubeconfig NAME: for the holder of that certificate.
kubeconfig() {
  cat >"$STATE/$1.kubeconfig" <<END
apiVersion: v1
kind: Config
clusters: [{name: weft, cluster: {server: "https://$CONTROL_PLANE_ADDRESS:6443", certificate-authority-data: $(base64 -w0 "$PKI/ca.crt")}}]
users: [{name: $1, user: {client-certificate-data: $(base64 -w0 "$PKI/$1.crt"), client-key-data: $(base64 -w0 "$PKI/$1.key")}}]
contexts: [{name: weft, context: {cluster: weft, user: $1}}]
current-context: weft
END
  chmod 600 "$STATE/$1.kubeconfig"
}
