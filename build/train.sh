#!/bin/sh
# Makes the caches of loaded and linked classes (JEP 483, 514) that take a third off the start of every process: one for the
# node, one for the control plane of a lab, one for what talks to an API server, one for all other commands.
#   train.sh PLACE OUT WORK BPF MANIFESTS COMMAND...
# PLACE is lab, which has no API server, or image, where no lab runs; OUT/<part>.aot and OUT/<part>.log are written; WORK is an
# empty folder; BPF is "" or a BPF file system, for root in a network namespace of its own; COMMAND... is how `weft` is run.
# Without a cache everything works, only later.
place=$1 out=$2 work=$3 bpf=$4 manifests=$5
shift 5
case $place in
  lab) parts='node control-plane weft' ;;
  *) parts='node cluster weft' ;;
esac
if [ -n "$bpf" ]; then
  ip link set lo up
  ip link add uplink type veth peer name nowhere
  ip address add 192.0.2.1/24 dev uplink
  ip link set uplink up
  ip netns add train
  ip -n train link set lo up
fi
for part in $parts; do
  # What the data path learns from a few training requests would make the second compiler build worse code for the life of
  # a node than what it learns from real traffic: no method profiles.
  WEFT_JAVA_OPTS="-XX:AOTCacheOutput=$out/$part.aot -Xlog:disable -XX:+UnlockDiagnosticVMOptions -XX:-AOTRecordTraining -XX:TieredStopAtLevel=1" \
    "$@" train ${bpf:+--bpf "$bpf"} --work "$work" "$part" "$manifests" >"$out/$part.log" 2>&1 ||
    echo "warning: $part was not trained, and will start later than it could; see $out/$part.log" >&2 &
done
wait