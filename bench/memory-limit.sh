#!/usr/bin/env bash
# Captions many pictures of mixed sizes in a process that may take 2 GiB of memory and no swap, and shows the most that it took.
# Usage: bench/memory-limit.sh FOLDER_OF_PHOTOS [COUNT] [MIB]
# The limit is a control group's: of systemd where it runs, otherwise made by hand, which takes root.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
photos="${1:?Name a folder of photos, small and large.}"
count="${2:-10000}"
mib="${3:-2048}"
work="$(mktemp -d)"
group=""
cleanup() {
    rm -rf "$work"
    if [[ -n "$group" ]]; then
        rmdir "$group" || true
    fi
}
trap cleanup EXIT

dotnet build "$root/Standalone" -c Release -p:WarningLevel=0 -v quiet >&2
tool="$root/Standalone/bin/Release/net10.0/ImageToText.Standalone"

# Links, so that large photos take no room.
mkdir "$work/pictures"
linked=0
round=0
while ((linked < count)); do
    round=$((round + 1))
    mkdir "$work/pictures/$round"
    for photo in "$(realpath "$photos")"/*; do
        ((linked < count)) || break
        ln -s "$photo" "$work/pictures/$round/"
        linked=$((linked + 1))
    done
done

# Runs a command within the limit.
limited() {
    local user=()
    ((EUID == 0)) || user=(--user)
    if systemd-run "${user[@]}" --scope --quiet true 2>/dev/null; then
        systemd-run "${user[@]}" --scope --quiet -p "MemoryMax=${mib}M" -p MemorySwapMax=0 "$@"
        return
    fi

    if [[ -f /sys/fs/cgroup/cgroup.controllers ]]; then
        group="/sys/fs/cgroup/imagetotext-$$"
        mkdir "$group"
        echo "${mib}M" >"$group/memory.max"
        echo 0 >"$group/memory.swap.max" 2>/dev/null || true
    else
        group="/sys/fs/cgroup/memory/imagetotext-$$"
        mkdir "$group"
        echo "${mib}M" >"$group/memory.limit_in_bytes"
        echo "${mib}M" >"$group/memory.memsw.limit_in_bytes" 2>/dev/null || true
    fi

    (
        echo "$BASHPID" >"$group/cgroup.procs"
        exec "$@"
    )
}

# The most resident memory stands in the process's own account, to be read before it ends.
limited "$tool" caption "$work/pictures" --jsonl "$work/captions.jsonl" --max-new-tokens 12 >"$work/out" 2>"$work/err" &
running=$!
peak=0
while kill -0 "$running" 2>/dev/null; do
    for process in $(pgrep -f "^$tool caption $work/pictures" || true); do
        now="$(awk '/^VmHWM/ { print $2 }' "/proc/$process/status" 2>/dev/null || true)"
        ((${now:-0} > peak)) && peak="$now"
    done
    sleep 1
done
status=0
wait "$running" || status=$?

written="$(wc -l <"$work/captions.jsonl")"
echo "$written of $count captioned, exit code $status, at most $((peak / 1024)) MiB of $mib MiB resident"
if ((status != 0 || written != count)); then
    tail -n 5 "$work/err" >&2
    exit 1
fi
