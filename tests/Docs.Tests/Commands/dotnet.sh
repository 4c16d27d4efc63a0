#!/usr/bin/env bash
# "dotnet" as the commands of the docs find it: the program's project is run as it was built for the tests, everything else is dotnet's.
# A service that is started goes on behind, as in a second terminal, where what it says stays; starting it again ends the one before, as Ctrl-C does.
# DOCS_DOTNET: the real one; DOCS_PROGRAM: the program's folder; DOCS_SERVICE: a folder for its log; DOCS_PORT: for 8080.
set -u
if [ "${1-}" = run ]; then
  shift
  project=
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    case $1 in
      --project) project=$2; shift ;;
      -c) shift ;;
      *) echo "dotnet run $1: not known to the docs' tests" >&2; exit 64 ;;
    esac
    shift
  done
  [ $# -gt 0 ] && shift
  if [ "${project%/}" != Standalone ] || [ ! -f Standalone/Standalone.csproj ]; then
    echo "dotnet run --project $project: not known to the docs' tests, or not in this folder" >&2
    exit 64
  fi
  program=("$DOCS_DOTNET" exec "$DOCS_PROGRAM/ImageToText.Standalone.dll")
  case ${1-serve} in serve | -*) ;; *) exec "${program[@]}" "$@" ;; esac
  case " $* " in *" --help "* | *" --version "*) exec "${program[@]}" "$@" ;; esac
  [ "${1-}" = serve ] && shift

  "$(dirname "$0")/end-service" || exit
  mkdir -p "$DOCS_SERVICE"
  rm -f "$DOCS_SERVICE"/{exit,log,pid}
  (
    set -m # Without it, what runs behind would not hear Ctrl-C.
    "${program[@]}" serve "$@" --port "$DOCS_PORT" > "$DOCS_SERVICE/log" 2>&1 < /dev/null &
    echo $! > "$DOCS_SERVICE/pid"
    wait $!
    # There at once with what it holds.
    echo $? > "$DOCS_SERVICE/exit.new"
    mv "$DOCS_SERVICE/exit.new" "$DOCS_SERVICE/exit"
  ) > /dev/null 2>&1 < /dev/null &
  # The line to paste is the last one before requests are taken.
  until [ -s "$DOCS_SERVICE/pid" ] && grep -q "curl -F image=@" "$DOCS_SERVICE/log" 2> /dev/null; do
    if [ -f "$DOCS_SERVICE/exit" ]; then cat "$DOCS_SERVICE/log" >&2; exit "$(cat "$DOCS_SERVICE/exit")"; fi
    sleep 0.05
  done
  exit 0
fi
# Built where the project is: through this copy's links it would leave paths of the copy in the project's folders.
if [ "${1-}" = pack ]; then
  [ "${3-}" = --output ] || { echo "dotnet pack ${*:3}: not known to the docs' tests" >&2; exit 64; }
  exec "$DOCS_DOTNET" pack "$(readlink -f "$2")" --no-restore -nodeReuse:false --output "$PWD/$4"
fi
# The suite is what runs this.
if [ "${1-} ${2-}" = "test --solution" ] && [ -f "${3-}" ]; then exit 0; fi
exec "$DOCS_DOTNET" "$@"
