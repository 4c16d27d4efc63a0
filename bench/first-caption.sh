#!/usr/bin/env bash
# Seconds from the start of 'serve' to its first caption (the starter, samples/cat.png), and to its second.
# Usage: bench/first-caption.sh FOLDER [RUNS], where FOLDER holds the built or published program.
set -euo pipefail
folder=${1:?FOLDER with ImageToText.Standalone.dll}
runs=${2:-5}
port=${PORT:-18080}
image=$folder/samples/cat.png
data=$(mktemp -d)
url=http://127.0.0.1:$port/image-to-text

for run in $(seq "$runs"); do
  start=$(date +%s%N)
  dotnet exec "$folder/ImageToText.Standalone.dll" serve --port "$port" --data "$data" > /dev/null &
  server=$!
  trap 'rm -rf "$data"; kill "$server" 2> /dev/null || true' EXIT
  until answer=$(curl -sf -F image=@"$image" "$url"); do
    kill -0 "$server" || exit 1
    sleep 0.01
  done
  first=$(date +%s%N)
  curl -sf -F image=@"$image" "$url" > /dev/null
  second=$(date +%s%N)
  echo "run $run: first caption after $(((first - start) / 1000000)) ms, second in $(((second - first) / 1000000)) ms: $answer"
  kill "$server"
  wait "$server" || true
done
