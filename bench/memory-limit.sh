#!/usr/bin/env bash
# Captions many pictures of mixed sizes by a service that may take 2 GiB of memory and no swap, 8 at once, and keeps the figures.
# Usage: bench/memory-limit.sh [FOLDER_OF_JPEG_PHOTOS] [COUNT] [MIB]
# The limit is a control group's, which takes root. Where none can be made, the memory is only watched, and the result says so.
set -euo pipefail
cd "$(dirname "$0")/.."
photos="${1:-samples}"
count="${2:-10000}"
mib="${3:-2048}"
work="$(mktemp -d)"
group=""
service=""
cleanup() {
    if [[ -n "$service" ]]; then
        kill "$service" 2>/dev/null || true
        wait "$service" 2>/dev/null || true
    fi
    if [[ -n "$group" ]]; then
        rmdir "$group" || true
    fi
    rm -rf "$work"
}
trap cleanup EXIT

dotnet build Standalone -c Release -p:WarningLevel=0 -v quiet >&2
dotnet build bench/Bench -c Release -p:WarningLevel=0 -v quiet >&2

# Makes a group of processes that together may take so much memory, page cache included.
limit() {
    local parent="$1" most="$2" swap="$3" made="$1/imagetotext-$$"
    [[ -f "$parent/cgroup.procs" ]] && mkdir "$made" 2>/dev/null || return 1
    if [[ ! -f "$made/$most" ]] || ! echo "$4" 2>/dev/null >"$made/$most"; then
        rmdir "$made"
        return 1
    fi
    echo "$5" 2>/dev/null >"$made/$swap" || true
    group="$made"
}
bytes=$((mib << 20))
enforced=()
if limit /sys/fs/cgroup memory.max memory.swap.max "$bytes" 0 ||
    limit /sys/fs/cgroup/memory memory.limit_in_bytes memory.memsw.limit_in_bytes "$bytes" "$bytes"; then
    enforced=(--enforced)
else
    echo "No control group can be made here: the memory is watched, not limited." >&2
fi

(
    if [[ -n "$group" ]]; then
        echo "$BASHPID" >"$group/cgroup.procs"
    fi
    exec dotnet exec Standalone/bin/Release/net10.0/ImageToText.Standalone.dll serve --port 0 --data "$work/data"
) >"$work/out" 2>"$work/err" &
service=$!

address=""
for _ in $(seq 240); do
    address="$(grep -ohE 'http://(127\.0\.0\.1|localhost|\[::1\]):[0-9]+' "$work/out" "$work/err" | head -n 1 || true)"
    if [[ -n "$address" ]] && curl -fsS "$address/health" >"$work/health" 2>/dev/null; then
        break
    fi
    kill -0 "$service" 2>/dev/null || { tail -n 20 "$work/err" "$work/out" >&2; exit 1; }
    sleep 0.5
done

dotnet run -c Release --no-build --project bench/Bench -- memory-limit --address "$address" --process "$service" \
    --limit-mib "$mib" "${enforced[@]}" --photos "$photos" --captions "$count" --results bench/results
