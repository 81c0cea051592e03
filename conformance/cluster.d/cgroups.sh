# A cgroup for each node in every hierarchy, version 1 and 2, below weft-cluster; a node sees its own as the root.
# shellcheck shell=bash

# Sets HIERARCHIES to the mount points of all cgroup hierarchies.
find_hierarchies() {
  mapfile -t HIERARCHIES < <(awk '$3 ~ /^cgroup2?$/ { print $2 }' /proc/self/mounts)
}

cgroups_up() {
  local hierarchy group controller
  find_hierarchies
  cgroup_make $CGROUP
  # The whole cluster is one to the scheduler, and would get no more of a busy machine than any one process outside.
  for hierarchy in "${HIERARCHIES[@]}"; do
    [[ ! -e $hierarchy/$CGROUP/cpu.shares ]] || echo 8192 >"$hierarchy/$CGROUP/cpu.shares"
  done
  # Version 2 hands controllers down by name.
  for hierarchy in "${HIERARCHIES[@]}"; do
    [[ -e $hierarchy/cgroup.controllers ]] || continue
    for group in "$hierarchy" "$hierarchy/$CGROUP"; do
      for controller in $(<"$group/cgroup.controllers"); do
        echo "+$controller" >"$group/cgroup.subtree_control"
      done
    done
  done
}

# cgroup_make PATH: makes the cgroup, whose parent exists, in all hierarchies.
cgroup_make() {
  local path=$1 hierarchy file parent
  for hierarchy in "${HIERARCHIES[@]}"; do
    mkdir -p "$hierarchy/$path"
    parent=$(dirname "$hierarchy/$path")
    # Version 1 starts a cpuset empty, and empty it takes no process.
    for file in cpuset.cpus cpuset.mems; do
      if [[ ! -e $hierarchy/cgroup.controllers && -e $parent/$file ]]; then
        cat "$parent/$file" >"$hierarchy/$path/$file"
      fi
    done
  done
}

# cgroup_enter PATH: moves the calling process there.
cgroup_enter() {
  local hierarchy
  for hierarchy in "${HIERARCHIES[@]}"; do
    echo "$BASHPID" >"$hierarchy/$1/cgroup.procs"
  done
}

cgroups_down() {
  local hierarchy
  find_hierarchies
  for hierarchy in "${HIERARCHIES[@]}"; do
    [[ -d $hierarchy/$CGROUP ]] || continue
    # The kernel takes a moment to let go of a process that has ended.
    await 10 "an empty $hierarchy/$CGROUP" find "$hierarchy/$CGROUP" -depth -type d -exec rmdir {} +
  done
}
