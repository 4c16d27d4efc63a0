#!/usr/bin/env bash
# Measures the engine on a GPU and writes one table: f16 encoder, decoder step, captions per second at 1, 8, 64 and 256 callers, memory,
# with and without CUDA graphs, and transformers in f16 with SDPA on the same folders, if Python has it.
# usage: bench/gpu.sh                    builds the GPU variant from NuGet packages and measures it
#        bench/gpu.sh --pack FOLDER [--lean]
#                                        makes a self-contained build for a machine without registries, in parts under 64 MiB;
#                                        --lean: without ONNX Runtime's CUDA libraries, for a machine that has them (--runtime)
#        bench/gpu.sh --from FOLDER [--runtime FOLDER]
#                                        puts these parts together and measures; --runtime: a folder with ONNX Runtime's CUDA libraries,
#                                        plain or as .xz, which replace those in the build
# BENCH_GPU_OPTIONS holds further options of 'bench gpu', such as --short. Results: artifacts/results/gpu.json and gpu.md, written after
# each row of the table. At the end it says how to put them into docs/performance.md.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$here"
shapes=(blip-base blip-large vit-gpt2)
part=60M

fail() { echo "bench/gpu.sh: $*" >&2; exit 1; }

build() { # FOLDER
  dotnet publish bench/Bench -c Release -p:Gpu=true -r linux-x64 --self-contained true -o "$1"
}

find_gpu() {
  if ! command -v nvidia-smi > /dev/null || ! gpu=$(nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader 2> /dev/null) || [ -z "$gpu" ]; then
    echo "There is no NVIDIA GPU here (nvidia-smi is missing or finds none): nothing is measured."
    exit 0
  fi
  gpu=$(head -1 <<< "$gpu")
  echo "GPU: $gpu"
}

mode=build from= runtime= lean=
while [ $# -gt 0 ]; do
  case "$1" in
    --pack) [ $# -gt 1 ] || fail "--pack wants a folder."; mode=pack from=$2; shift 2 ;;
    --from) [ $# -gt 1 ] || fail "--from wants the folder that --pack made."; mode=from from=$2; shift 2 ;;
    --lean) lean=yes; shift ;;
    --runtime) [ $# -gt 1 ] || fail "--runtime wants a folder."; runtime=$2; shift 2 ;;
    *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done

if [ $mode = pack ]; then
  mkdir -p "$from"
  from=$(cd "$from" && pwd)
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  build "$work/bench"
  # The package brings Windows' libraries along.
  find "$work/bench" -name 'onnxruntime*.dll' -delete
  # CUDA's libraries are most of it.
  [ -z "$lean" ] || find "$work/bench" -name 'libonnxruntime*.so*' -delete
  # Parts of an earlier, longer archive would be taken for parts of this one.
  rm -f "$from"/bench.tar.xz.*
  tar -C "$work" -c bench | xz -T0 -3 | split -b $part - "$from/bench.tar.xz."
  (cd "$from" && sha256sum bench.tar.xz.* > SHA256SUMS)
  echo "$from holds the build in $(find "$from" -name 'bench.tar.xz.*' | wc -l) part(s)." \
    "There: bench/gpu.sh --from FOLDER${lean:+ --runtime FOLDER}"
  exit 0
fi

find_gpu
program=artifacts/gpu-bench
rm -rf "$program"
if [ $mode = from ]; then
  [ -f "$from/SHA256SUMS" ] || fail "$from has no SHA256SUMS: make it with bench/gpu.sh --pack."
  (cd "$from" && sha256sum --quiet -c SHA256SUMS) || fail "a part in $from is damaged: copy it again."
  mkdir -p "$program"
  cat "$from"/bench.tar.xz.* | tar -x -J -C "$program" --strip-components=1
else
  command -v dotnet > /dev/null || fail "the .NET SDK is missing: take a build that was made elsewhere, with --from."
  build "$program"
fi

if [ -n "$runtime" ]; then
  find "$program" -name 'libonnxruntime*.so*' -delete
  for file in "$runtime"/libonnxruntime*; do
    name=$(basename "$file" .xz)
    case "$file" in
      *.xz) xz -dc "$file" > "$program/$name" ;;
      *) cp "$file" "$program/$name" ;;
    esac
    case "$name" in libonnxruntime.so.*) ln -sf "$name" "$program/libonnxruntime.so" ;; esac
  done
fi

folders=()
for shape in "${shapes[@]}"; do
  # A folder that an earlier run has left unfinished is made whole.
  "$program/ImageToText.Bench" random-model "$shape" "artifacts/$shape"
  folders+=("artifacts/$shape")
done
# shellcheck disable=SC2086
"$program/ImageToText.Bench" gpu "${folders[@]}" --device "$gpu" ${BENCH_GPU_OPTIONS:-}
echo "To put the table into docs/performance.md, where this repository is:"
echo "  cp artifacts/results/gpu.json bench/results/"
echo "  dotnet run -c Release --project bench/Bench -- report --from bench/results"
