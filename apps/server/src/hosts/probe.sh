#!/bin/sh
# Tries, from where an agent's commands run, what a sandbox has to refuse, and prints one `name=value` line for each try.
# It changes nothing: a mount that is allowed is an empty one over a folder of its own, and is taken away again.
#
# Arguments: `file=PATH` (may be given again) is read, one byte of it; `port=N` of 127.0.0.1 is connected to;
# `word=TEXT` is looked for in the environments of all processes.

status() { sed -n "s/^$1:[[:space:]]*//p" /proc/self/status; }
say() { echo "$1=$2"; }
try() { name=$1; shift; if "$@" >/dev/null 2>&1; then say "$name" yes; else say "$name" no; fi; }

mounts() {
  dir=$(mktemp -d) || return 1
  mount -t tmpfs none "$dir" && { umount "$dir"; rmdir "$dir"; return 0; }
  rmdir "$dir"
  return 1
}

say uid "$(id -u)"
say user "$(id -un 2>/dev/null)"
for set in CapInh CapPrm CapEff CapBnd CapAmb; do say "$set" "$(status "$set")"; done
say no_new_privs "$(status NoNewPrivs)"
try mounts mounts
try makes_user_namespace unshare --user true
try writes_proc_sys test -w /proc/sys/kernel/core_pattern
try writes_system test -w /usr
# The brackets keep the pattern from finding the process that looks for it.
try sees_server grep -qaE 'apps/server/src/[m]ain\.ts' /proc/[0-9]*/cmdline
say max_processes "$(sed -n 's/^Max processes *\([^ ]*\).*/\1/p' /proc/self/limits)"
say tmp_kib "$(df -Pk /tmp | awk 'NR == 2 { print $2 }')"
say shm_kib "$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $2 }')"
for argument in "$@"; do
  value=${argument#*=}
  case $argument in
    file=*) try "reads:$value" head -c 1 "$value" ;;
    port=*) try connects bash -c ": < /dev/tcp/127.0.0.1/$value" ;;
    word=*) try finds_word grep -qaF -- "$value" /proc/[0-9]*/environ ;;
  esac
done
