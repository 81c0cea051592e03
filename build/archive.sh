# Container images without a registry or an engine: docker archives, which ctr, docker and podman read. Source it.
# shellcheck shell=bash

# Every file of an image has this time (2026-01-01), so that the same content is the same image.
ARCHIVE_TIME=1767225600

# archive_add DIR CONFIG TAG... -- ROOT...: adds an image with one layer for each tree ROOT, whose files belong to root,
# to the archive that grows in DIR. CONFIG is the "config" object of an OCI image, as JSON: entry point, user, environment.
archive_add() {
  local dir=$1 config=$2 tags=() layers=() diffs=() arch root digest
  shift 2
  while [[ $1 != -- ]]; do
    tags+=("\"$1\"")
    shift
  done
  shift
  mkdir -p "$dir"
  for root; do
    tar --create --file "$dir/layer" --directory "$root" --format gnu --sort name --mtime "@$ARCHIVE_TIME" \
      --owner 0 --group 0 --numeric-owner .
    digest=$(sha256sum "$dir/layer")
    digest=${digest%% *}
    mv "$dir/layer" "$dir/$digest.tar"
    layers+=("\"$digest.tar\"")
    diffs+=("\"sha256:$digest\"")
  done
  case $(uname -m) in
    x86_64) arch=amd64 ;;
    aarch64) arch=arm64 ;;
    *) arch=$(uname -m) ;;
  esac
  printf '{"architecture":"%s","os":"linux","created":"%s","config":%s,"rootfs":{"type":"layers","diff_ids":[%s]}}' \
    "$arch" "$(date --utc --date "@$ARCHIVE_TIME" +%FT%TZ)" "$config" "$(archive_join "${diffs[@]}")" >"$dir/config"
  digest=$(sha256sum "$dir/config")
  digest=${digest%% *}
  mv "$dir/config" "$dir/$digest.json"
  printf '{"Config":"%s.json","RepoTags":[%s],"Layers":[%s]}\n' \
    "$digest" "$(archive_join "${tags[@]}")" "$(archive_join "${layers[@]}")" >>"$dir/images"
}

# archive_write DIR FILE: ends the archive that archive_add made in DIR and moves it to FILE.
archive_write() {
  local dir=$1 file=$2 images
  mapfile -t images <"$dir/images"
  printf '[%s]' "$(archive_join "${images[@]}")" >"$dir/manifest.json"
  rm "$dir/images"
  (cd "$dir" && tar --create --file "$file.new" --format gnu --sort name --mtime "@$ARCHIVE_TIME" --owner 0 --group 0 --numeric-owner -- *)
  rm -rf "$dir"
  mv "$file.new" "$file"
}

archive_join() {
  local IFS=,
  printf '%s' "$*"
}
