# Shared by ./weft, ./verify and build/setup.sh. Source it; it prints nothing when all is well.
# shellcheck shell=bash

set -euo pipefail

WEFT_ROOT=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
WEFT_JDK=25

say() { printf '%s\n' "$*" >&2; }

die() {
  say "weft: $*"
  exit 1
}

# Sets REPLY to the major version of the JDK at $1; empty if there is none.
jdk_major() {
  local line
  REPLY=
  [[ -x $1/bin/javac ]] || return 0
  if [[ -r $1/release ]]; then
    while IFS= read -r line; do
      if [[ $line == JAVA_VERSION=* ]]; then
        line=${line#*\"}
        REPLY=${line%%[^0-9]*}
        return 0
      fi
    done <"$1/release"
  fi
  line=$("$1/bin/javac" -version 2>&1) || return 0
  line=${line#javac }
  REPLY=${line%%[^0-9]*}
}

# Exports JAVA_HOME: the caller's if it is new enough, else the oldest that is new enough.
find_jdk() {
  local home best= best_major= on_path
  if [[ -n ${JAVA_HOME:-} ]]; then
    jdk_major "$JAVA_HOME"
    if [[ -n $REPLY ]] && ((REPLY >= WEFT_JDK)); then
      export JAVA_HOME
      return 0
    fi
  fi
  on_path=$(type -P javac || true)
  if [[ -n $on_path ]]; then
    on_path=$(readlink -f "$on_path")
    on_path=${on_path%/bin/javac}
  fi
  for home in /usr/lib/jvm/* /opt/java/* /opt/jdk* "${HOME:-/nonexistent}"/.sdkman/candidates/java/* ${on_path:+"$on_path"}; do
    [[ -d $home ]] || continue
    jdk_major "$home"
    [[ -n $REPLY ]] && ((REPLY >= WEFT_JDK)) || continue
    if [[ -z $best ]] || ((REPLY < best_major)); then
      best=$home
      best_major=$REPLY
    fi
  done
  [[ -n $best ]] || return 1
  export JAVA_HOME=$best
}

# Sets REPLY to a clang that knows the BPF target; empty if there is none.
find_clang() {
  local name
  for name in clang-19 clang-20 clang-21 clang-18 clang-17 clang-16 clang-15 clang; do
    if REPLY=$(type -P "$name"); then
      return 0
    fi
  done
  REPLY=
}

any_file() {
  local file
  for file; do
    [[ -e $file ]] && return 0
  done
  return 1
}

# Sets MISSING to lines "what|package|why". Looks at files only, so that it costs a few milliseconds.
find_missing() {
  MISSING=()
  find_jdk || MISSING+=("JDK $WEFT_JDK|openjdk-$WEFT_JDK-jdk-headless|builds and runs Weft")
  find_clang
  [[ -n $REPLY ]] || MISSING+=("clang|clang-19|compiles the eBPF programs")
  any_file /usr/lib/llvm-*/bin/llvm-strip || type -P llvm-strip >/dev/null || MISSING+=("llvm-strip|llvm-19|strips the eBPF programs")
  [[ -r /usr/include/bpf/bpf_helpers.h ]] || MISSING+=("bpf_helpers.h|libbpf-dev|header of the eBPF programs")
  [[ -r /usr/include/linux/bpf.h ]] || MISSING+=("linux/bpf.h|linux-libc-dev|header of the eBPF programs")
  any_file /usr/lib/*/libbpf.so.1 /usr/lib64/libbpf.so.1 /usr/lib/libbpf.so.1 /usr/local/lib*/libbpf.so.1 \
    || MISSING+=("libbpf.so.1|libbpf1|loads the eBPF programs")
  type -P ip >/dev/null || [[ -x /usr/sbin/ip || -x /sbin/ip ]] || MISSING+=("ip|iproute2|makes network namespaces and devices")
  type -P tcpdump >/dev/null || [[ -x /usr/sbin/tcpdump || -x /usr/bin/tcpdump ]] || MISSING+=("tcpdump|tcpdump|shows that traffic is encrypted")
  type -P curl >/dev/null || MISSING+=("curl|curl|client of the demo")
  type -P ps >/dev/null || MISSING+=("ps|procps|looks at processes")
  type -P flock >/dev/null && type -P nsenter >/dev/null || MISSING+=("flock, nsenter|util-linux|enters network namespaces")
}

# Installs or names what is missing; returns at once if nothing is.
ensure_setup() {
  case ":$PATH:" in
    *:/usr/sbin:*) ;;
    *) export PATH=$PATH:/usr/sbin:/sbin ;;
  esac
  find_missing
  if ((${#MISSING[@]})); then
    "$WEFT_ROOT/build/setup.sh" </dev/null >&2 || exit 1
    find_missing
  fi
}

# A JDK with its own list of authorities does not know those of the machine; Debian keeps a list for Java.
trust_machine_cas() {
  local list=/etc/ssl/certs/java/cacerts
  if [[ -r $list && ! $list -ef $JAVA_HOME/lib/security/cacerts && ${MAVEN_OPTS:-} != *trustStore* ]]; then
    export MAVEN_OPTS="${MAVEN_OPTS:-} -Djavax.net.ssl.trustStore=$list"
  fi
}

# run_maven LOG ARG...: the whole output goes to LOG, one line per module and every error to stderr.
run_maven() {
  local log=$1
  shift
  mkdir -p "${log%/*}"
  trust_machine_cas
  (cd "$WEFT_ROOT" && ./mvnw -B -ntp -Dstyle.color=never "$@" </dev/null 2>&1) | tee "$log" | awk '
    /^\[INFO\] Building .*\[[0-9]+\/[0-9]+\]$/ {
      place = $NF; sub(/^\[INFO\] Building /, ""); sub(/ [^ ]+ +\[[0-9\/]+\]$/, "")
      printf "  %-8s %s\n", place, $0
    }
    /^\[(INFO|WARNING|ERROR)\] Tests run:.*[0-9]$/ { sub(/^\[[A-Z]+\] /, ""); print "           " $0 }
    /^\[ERROR\]/ && !/^\[ERROR\] +(at |\tat )|re-run Maven|For more information|cwiki.apache|Re-run Maven|^\[ERROR\] *$/ && !/Tests run:/ {
      if (!seen[$0]++ && ++errors <= 60) print "  " $0
    }
    # with -Werror a warning is what stops the compiler
    /^\[WARNING\] .*\.java:\[/ && ++warnings <= 40 { print "  " $0 }
    { fflush() }' >&2
  return "${PIPESTATUS[0]}"
}
