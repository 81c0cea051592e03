# The JVM's arguments, for ./weft and for the launcher in Weft's image. POSIX sh, sourced.
# shellcheck shell=sh

# jvm_cache COMMAND ARG...: sets jvm_cache to the name of the cache of loaded classes that fits; empty for none. See train.sh.
jvm_cache() {
  case "${1:-} ${2:-}" in
    'train '*) jvm_cache= ;;
    'node '* | 'bench-node '* | 'bench-datapath '*) jvm_cache=node ;;
    'bootstrap '* | 'control-plane --kubernetes') jvm_cache=cluster ;;
    'control-plane '* | 'bench-fleet '*) jvm_cache=control-plane ;;
    *) jvm_cache=weft ;;
  esac
}

# jvm_options COMMAND: sets jvm_options, one word each.
jvm_options() {
  # Netty's events for Java's flight recorder would set that up at the first buffer, which takes as long as a JVM itself.
  jvm_options='--enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -Dio.netty.jfr.enabled=false'
  # What serves for long waits with the second compiler for ten times the usual counts: what a start runs that often would take a
  # third of the start's CPU, and what is hot gets there within its first seconds.
  jvm_later='-XX:Tier4InvocationThreshold=50000 -XX:Tier4MinInvocationThreshold=6000'
  jvm_later="$jvm_later -XX:Tier4CompileThreshold=150000 -XX:Tier4BackEdgeThreshold=400000"
  case ${1:-} in
    node | bench-node | bench-datapath)
      # The data path makes little garbage: the collector with the least memory of its own. The old generation is what 10,000 routes
      # need twice, once before and once after a change. What the compilers have freed goes back to the kernel, which is 20 MB.
      jvm_options="$jvm_options -Xms48m -Xmx68m -Xmn16m -XX:MaxDirectMemorySize=96m -XX:TrimNativeHeapInterval=5000"
      # With a heap below 512 MB Netty's event loops would share their buffers by locks and atomics, which is 3 % of a request.
      jvm_options="$jvm_options -Dio.netty.allocator.lowMemory=false -Dio.netty.leakDetection.level=disabled $jvm_later" ;;
    control-plane)
      jvm_options="$jvm_options -Xms32m -Xmx192m $jvm_later" ;;
    train) ;;
    lab | demo)
      # Keeps the latest 50,000 spans.
      jvm_options="$jvm_options -XX:TieredStopAtLevel=1 -Xms32m -Xmx256m" ;;
    echo)
      jvm_options="$jvm_options -XX:TieredStopAtLevel=1 -Xms16m -Xmx64m" ;;
    *)
      # Over before the second compiler would pay.
      jvm_options="$jvm_options -XX:TieredStopAtLevel=1 -Xms16m -Xmx128m" ;;
  esac
}
