# What every node's containerd begins with: a store in which all images are unpacked, as in a cloud's machine image. It is
# made once for these images and kept in the cache.
# shellcheck shell=bash

# Sets STORE to the folder that holds the store of all images, Weft's among them if there is one.
store_ensure() {
  local archives=("$IMAGES"/*.tar ${WEFT_ARCHIVE:+"$WEFT_ARCHIVE"}) hash began=$SECONDS
  hash=$({ declare -f containerd_config; cat "$CLUSTER_PARTS/store-init"; echo "$CRI"; stat -c '%n %s %Y' "${archives[@]}"; } | sha256sum)
  STORE=$CACHE/store-${hash:0:12}
  [[ ! -d $STORE ]] || return 0
  say "Unpacking images for the nodes"
  # Nodes have links of their own to all that they use.
  rm -rf "$CACHE"/store-*
  mkdir -p "$STORE.new"
  containerd_config >"$STORE.new/containerd.toml"
  PATH=$CRI:$PATH unshare --mount --pid --fork --kill-child --mount-proc --propagation private \
    "$CLUSTER_PARTS/store-init" "$STORE.new/containerd" "$STORE.new/containerd.toml" "${archives[@]}" >"$CACHE/store.log" 2>&1 ||
    { tail -20 "$CACHE/store.log" >&2; die "the images were not unpacked"; }
  mount_points_remove
  rm "$STORE.new"/containerd/*/uuid
  mv "$STORE.new" "$STORE"
  say "  $((SECONDS - began)) s, $(du -sh "$STORE" | cut -f1)"
}

# store_copy FOLDER: a node's own. Nobody writes into what is a link: blobs are named after their hash, and an overlay copies
# up; the databases beside them are copies.
store_copy() {
  local folder=$1 part
  cp -a --link "$STORE/containerd" "$folder"
  for part in "$folder"/*/*.db; do
    cp -a --remove-destination "$STORE/containerd${part#"$folder"}" "$part"
  done
}
