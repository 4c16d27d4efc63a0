#!/usr/bin/env bash
# Captions many pictures into sidecars, kills the command three times on the way, and checks that every file is whole and that none was
# written twice.
# Usage: bench/folder-kills.sh FOLDER_OF_PHOTOS [COUNT]
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
photos="${1:?Name a folder of photos.}"
count="${2:-10000}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

dotnet build "$root/Standalone" -c Release -p:WarningLevel=0 -v quiet >&2
tool="$root/Standalone/bin/Release/net10.0/ImageToText.Standalone"

mkdir "$work/pictures"
copied=0
round=0
while ((copied < count)); do
    round=$((round + 1))
    mkdir "$work/pictures/$round"
    for photo in "$photos"/*; do
        ((copied < count)) || break
        cp "$photo" "$work/pictures/$round/"
        copied=$((copied + 1))
    done
done

caption=("$tool" caption "$work/pictures" --sidecar .txt --skip-existing --max-new-tokens 12)
state() { find "$work/pictures" -name '*.txt' -printf '%p %i %T@ %s\n' | sort; }
number() { find "$work/pictures" -name '*.txt' | wc -l; }

state >"$work/before"
for kill in 1 2 3; do
    "${caption[@]}" >>"$work/out" 2>>"$work/err" &
    running=$!
    goal=$((count * kill / 4))
    while (($(number) < goal)) && kill -0 "$running" 2>/dev/null; do
        sleep 0.2
    done
    kill -KILL "$running" || true
    wait "$running" 2>/dev/null || true
    state >"$work/after"
    # Files from before the kill must be untouched.
    comm -23 "$work/before" "$work/after" >>"$work/rewritten"
    cp "$work/after" "$work/before"
    echo "killed with $(number) of $count written"
done

"${caption[@]}" >>"$work/out" 2>>"$work/err"
state >"$work/after"
comm -23 "$work/before" "$work/after" >>"$work/rewritten"

broken=0
while IFS= read -r -d '' file; do
    # Exactly one line of text, with its line break.
    if [[ "$(wc -l <"$file")" -ne 1 || "$(wc -c <"$file")" -lt 2 ]]; then
        broken=$((broken + 1))
    fi
done < <(find "$work/pictures" -name '*.txt' -print0)
others="$(find "$work/pictures" -type f ! -name '*.txt' ! -name '*.jpg' ! -name '*.jpeg' ! -name '*.png' | wc -l)"
echo "written: $(number) of $count; broken: $broken; written twice: $(wc -l <"$work/rewritten"); left over: $others"
[[ "$(number)" -eq "$count" && "$broken" -eq 0 && ! -s "$work/rewritten" && "$others" -eq 0 ]]
