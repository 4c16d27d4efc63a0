#!/usr/bin/env bash
# Makes the packages: the libraries, and the command line as a tool for each system.
# usage: deploy/pack.sh FOLDER [MSBUILD-OPTION...]    for example: deploy/pack.sh artifacts/packages -p:Version=1.2.3
set -euo pipefail
[ $# -gt 0 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# A folder of its own, since packing restores packages that other builds don't have.
for project in ImageHeaders Captioning Contracts Client Standalone; do
  dotnet pack "$project" --artifacts-path "$PWD/artifacts/pack" --output "$folder" "$@"
done
