#!/usr/bin/env bash
# Installs what Weft needs to build and run: with apt-get where it may, else it says what to install.
# Does nothing, quickly, when everything is there.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

has_candidate() {
  local candidate
  type -P apt-cache >/dev/null || return 1
  candidate=$(apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: //p')
  [[ -n $candidate && $candidate != '(none)' ]]
}

# The package itself, or the distribution's unversioned one (clang-19 → clang).
choose() {
  local plain=${1%-[0-9][0-9]}
  if has_candidate "$1"; then
    REPLY=$1
  elif [[ $plain != "$1" ]] && has_candidate "$plain"; then
    REPLY=$plain
  else
    REPLY=
  fi
}

explain() {
  local entry what package why packages=() unpack_jdk=
  say "Weft needs:"
  for entry in "${MISSING[@]}"; do
    IFS='|' read -r what package why <<<"$entry"
    say "  $what: $why"
    if [[ $what == JDK* ]] && ! has_candidate "$package"; then
      unpack_jdk=1
    else
      packages+=("$package")
    fi
  done
  if ((${#packages[@]})); then
    say "On Debian or Ubuntu: sudo apt-get install -y --no-install-recommends ${packages[*]}"
  fi
  if [[ -n $unpack_jdk ]]; then
    say "JDK $WEFT_JDK: there is no package of it here. Unpack one from https://adoptium.net/temurin/releases/?version=$WEFT_JDK"
    say "under /usr/lib/jvm, or set JAVA_HOME to where it is."
  fi
}

install() {
  local entry what package why packages=()
  say "Installing what Weft needs ..."
  apt-get update -qq >&2 || say "apt-get update failed; trying with the package lists that are here."
  for entry in "${MISSING[@]}"; do
    IFS='|' read -r what package why <<<"$entry"
    choose "$package"
    if [[ -n $REPLY ]]; then
      say "  $REPLY ($why)"
      packages+=("$REPLY")
    fi
  done
  if ((${#packages[@]})); then
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null || return 1
  fi
}

find_missing
((${#MISSING[@]})) || exit 0
if ((EUID == 0)) && type -P apt-get >/dev/null; then
  install || say "apt-get could not install everything."
  find_missing
fi
if ((${#MISSING[@]})); then
  explain
  exit 1
fi
