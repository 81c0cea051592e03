# Other people's programs that the checks use, built from Go modules and kept in the cache under a hash of their sources.
# shellcheck shell=bash disable=SC2034

APPS=$WEFT_ROOT/conformance/apps.d

# podinfo says which version it is; the second image differs in nothing else.
PODINFO=6.9.2
PODINFO_NEXT=6.9.3
COLLECTOR=0.161.0

build_podinfo() {
  local out=$1 module=$APPS/go/podinfo archive=$1/archive version root source
  source "$WEFT_ROOT/build/archive.sh"
  # A module has no folder before it was downloaded, which a first build does.
  source=$(cd "$module" && GOTOOLCHAIN=auto go mod download -json github.com/stefanprodan/podinfo | sed -n 's/^\t"Dir": "\(.*\)",*$/\1/p')
  [[ -d $source/ui ]] || die "podinfo's sources were not downloaded"
  for version in $PODINFO $PODINFO_NEXT; do
    root=$out/root-$version
    mkdir -p "$root/home/app" "$root/usr/local/bin"
    go_build "$module" -ldflags "-s -w -X github.com/stefanprodan/podinfo/pkg/version.VERSION=$version" \
      -o "$root/home/app/podinfo" github.com/stefanprodan/podinfo/cmd/podinfo
    go_build "$module" -ldflags '-s -w' -o "$root/usr/local/bin/podcli" github.com/stefanprodan/podinfo/cmd/podcli
    cp -r "$source/ui" "$root/home/app/"
    chmod -R u+w,go+rX "$root"
    archive_add "$archive" '{"Cmd":["./podinfo"],"User":"100:101","WorkingDir":"/home/app","Env":["PATH=/usr/local/bin:/bin"]}' \
      "ghcr.io/stefanprodan/podinfo:$version" -- "$root"
  done
  archive_write "$archive" "$out/images.tar"
  cp -r "$source/kustomize" "$out/kustomize"
  chmod -R u+w "$out/kustomize"
  rm -rf "$out"/root-*
}

build_collector() {
  local out=$1 archive=$1/archive root=$1/root
  source "$WEFT_ROOT/build/archive.sh"
  go_build "$WEFT_ROOT/conformance/otel/collector" -ldflags '-s -w' -o "$out/otelcol" .
  install -D "$out/otelcol" "$root/otelcol"
  archive_add "$archive" '{"Entrypoint":["/otelcol"],"User":"10001:10001"}' "weft.dev/conformance/otelcol:$COLLECTOR" -- "$root"
  archive_write "$archive" "$out/images.tar"
  rm -rf "$root"
}

build_hubble() { go_build "$APPS/go/hubble" -ldflags '-s -w' -o "$1/hubble" github.com/cilium/cilium/hubble; }
