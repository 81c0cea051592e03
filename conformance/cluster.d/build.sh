# What the cluster runs: Kubernetes, the container runtime, Helm, the suite and their images, built from Go modules and
# kept in the cache under a hash of their sources. Sets KUBE, CRI, HELM, SUITE and IMAGES to the folders.
# shellcheck shell=bash disable=SC2034

build_cluster() {
  local modules=$CLUSTER_PARTS/go
  ensure_built kube "$modules/kube"
  KUBE=$REPLY
  ensure_built cri "$modules/cri"
  CRI=$REPLY
  ensure_built images "$modules/images" "$modules/echo" "$WEFT_ROOT/build/archive.sh"
  IMAGES=$REPLY
  ensure_built helm "$modules/helm"
  HELM=$REPLY
  ensure_built suite "$WEFT_ROOT/conformance/gateway-api"
  SUITE=$REPLY
}

# ensure_built NAME SOURCE...: sets REPLY to the folder that holds what build_NAME makes of these sources.
ensure_built() {
  local name=$1 hash new status began=$SECONDS
  shift
  hash=$({ declare -f "build_$name"; uname -m; echo $KUBERNETES $CONTAINERD $COREDNS $PAUSE; find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 cat; } | sha256sum)
  REPLY=$CACHE/$name-${hash:0:12}
  if [[ ! -d $REPLY ]]; then
    need_build_tools
    say "Building $name (minutes of CPU, once; log: $CACHE/build-$name.log)"
    new=$REPLY.new
    rm -rf "$new"
    mkdir -p "$new"
    # Not in a condition: there set -e would count for nothing.
    set +e
    (set -e; "build_$name" "$new") >"$CACHE/build-$name.log" 2>&1
    status=$?
    set -e
    if ((status)); then
      tail -20 "$CACHE/build-$name.log" >&2
      die "$name was not built"
    fi
    mv "$new" "$REPLY"
    say "  $name: $((SECONDS - began)) s, $(du -sh "$REPLY" | cut -f1)"
  fi
  touch "$REPLY"
  # Of older sources; another working copy may still use what is young.
  find "$CACHE" -maxdepth 1 -name "$name-*" -type d -mtime +14 -exec rm -rf {} +
}

need_build_tools() {
  type -P go >/dev/null || die "Go is missing: install Go 1.26 or newer and put it on the PATH"
  local packages=()
  type -P gcc >/dev/null || packages+=(gcc libc6-dev)
  type -P pkg-config >/dev/null || packages+=(pkg-config)
  type -P openssl >/dev/null || packages+=(openssl)
  any_file /usr/lib/*/libseccomp.a /usr/lib/libseccomp.a /usr/lib64/libseccomp.a || packages+=(libseccomp-dev)
  ((${#packages[@]})) || return 0
  ((EUID == 0)) && type -P apt-get >/dev/null || die "install ${packages[*]}"
  say "Installing ${packages[*]}"
  apt-get update -qq >&2 || say "apt-get update failed; trying with the package lists that are here."
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null || die "could not install ${packages[*]}"
}

# go_build MODULE ARG...: newer toolchains, which some modules ask for, come through the module proxy.
go_build() {
  local module=$1
  shift
  (cd "$module" && GOTOOLCHAIN=auto GOFLAGS='-mod=readonly -buildvcs=false' CGO_ENABLED=${CGO:-0} go build -trimpath "$@")
}

build_kube() {
  local out=$1 set= package name
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    set+=" -X $package.gitVersion=v$KUBERNETES -X $package.gitMajor=${KUBERNETES%%.*} -X $package.gitMinor=$(cut -d. -f2 <<<"$KUBERNETES")"
    set+=" -X $package.gitTreeState=clean -X $package.gitCommit=unknown -X $package.buildDate=2026-01-01T00:00:00Z"
  done
  go_build "$CLUSTER_PARTS/go/kube" -ldflags "-s -w$set" -o "$out/hyper" .
  for name in etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kubectl; do
    ln -s hyper "$out/$name"
  done
}

build_cri() {
  local out=$1 containerd=github.com/containerd/containerd/v2
  go_build "$CLUSTER_PARTS/go/cri" -tags 'no_btrfs no_devmapper no_zfs no_aufs' -ldflags "-s -w -X $containerd/version.Version=$CONTAINERD" -o "$out/" \
    "$containerd/cmd/containerd" "$containerd/cmd/containerd-shim-runc-v2" "$containerd/cmd/ctr"
  # C code of runc runs before Go's threads do.
  CGO=1 go_build "$CLUSTER_PARTS/go/cri" -tags 'seccomp netgo osusergo' -ldflags '-s -w -linkmode external -extldflags -static' -o "$out/runc" \
    github.com/opencontainers/runc
}

build_helm() {
  go_build "$CLUSTER_PARTS/go/helm" -ldflags '-s -w' -o "$1/helm" helm.sh/helm/v3/cmd/helm
}

# The suite as a program, its tests as a table, and the definitions it goes with.
build_suite() {
  local out=$1 module=$WEFT_ROOT/conformance/gateway-api api
  (cd "$module" && GOTOOLCHAIN=auto GOFLAGS='-mod=readonly -buildvcs=false' CGO_ENABLED=0 go test -c -trimpath -ldflags '-s -w' -o "$out/conformance.test" .)
  go_build "$module" -o "$out/catalog" ./catalog
  "$out/catalog" >"$out/catalog.tsv"
  rm "$out/catalog"
  api=$(cd "$module" && GOTOOLCHAIN=auto go list -m -f '{{.Dir}}' sigs.k8s.io/gateway-api)
  "$KUBE/kubectl" kustomize "$api/config/crd/experimental" >"$out/gateway-api.yaml"
}

# system.tar is what a node cannot do without, suite.tar all the rest.
build_images() {
  local out=$1 bin=$1/bin archive=$1/archive modules=$CLUSTER_PARTS/go root name
  source "$WEFT_ROOT/build/archive.sh"
  mkdir -p "$bin"
  go_build "$modules/images" -ldflags '-s -w' -o "$bin/" ./pause ./coredns sigs.k8s.io/gateway-api-conformance-images/echo-basic
  go_build "$modules/echo" -ldflags '-s -w' -o "$bin/" istio.io/istio/pkg/test/echo/cmd/client istio.io/istio/pkg/test/echo/cmd/server
  (cd "$bin" && apt-get -qq download busybox-static && dpkg -x busybox-static_*.deb busybox)

  root=$out/pause-root
  install -D "$bin/pause" "$root/pause"
  archive_add "$archive" '{"Entrypoint":["/pause"],"User":"65535:65535"}' "registry.k8s.io/pause:$PAUSE" -- "$root"

  root=$out/coredns-root
  install -D "$bin/coredns" "$root/coredns"
  archive_add "$archive" '{"Entrypoint":["/coredns"],"User":"65532:65532","WorkingDir":"/"}' "registry.k8s.io/coredns/coredns:v$COREDNS" -- "$root"

  archive_write "$archive" "$out/system.tar"

  # One program answers to both tags that the suite's manifests name.
  root=$out/basic-root
  install -D "$bin/echo-basic" "$root/echo-basic"
  name=registry.k8s.io/gateway-api/conformance/echo-basic
  archive_add "$archive" '{"Entrypoint":["/echo-basic"],"User":"65532:65532"}' "$name:v0.1.0" "$name:v0.2.0" -- "$root"

  root=$out/advanced-root
  install -D --target-directory "$root/usr/local/bin" "$bin/client" "$bin/server"
  openssl req -x509 -newkey rsa:2048 -nodes -keyout "$root/cert.key" -out "$root/cert.crt" -days 3650 \
    -subj /CN=echo -addext subjectAltName=DNS:server.default.svc
  chmod 644 "$root/cert.key"
  install -d -m 1777 "$root/tmp"
  archive_add "$archive" '{"Entrypoint":["/usr/local/bin/server"],"User":"1338","Env":["PATH=/usr/local/bin"]}' \
    registry.k8s.io/gateway-api/conformance/echo-advanced:v0.1.0 -- "$root"

  root=$out/busybox-root
  install -D "$bin/busybox/bin/busybox" "$root/bin/busybox"
  for name in $("$root/bin/busybox" --list); do
    [[ $name == busybox ]] || ln -s busybox "$root/bin/$name"
  done
  install -d -m 1777 "$root/tmp"
  archive_add "$archive" '{"Cmd":["/bin/sh"],"Env":["PATH=/bin"]}' docker.io/library/busybox:1.35.0 -- "$root"

  archive_write "$archive" "$out/suite.tar"
  rm -rf "$bin" "$out"/*-root
}
