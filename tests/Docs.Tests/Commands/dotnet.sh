#!/usr/bin/env bash
# "dotnet" for the docs' commands: runs the program's project as built for the tests and passes everything else to the real dotnet.
# A started service continues in the background, as in a second terminal, and logs to a file. Starting it again ends the earlier one, as Ctrl-C does.
# DOCS_DOTNET: the real dotnet; DOCS_PROGRAM: the program's folder; DOCS_CONFIGURATION: of its build; DOCS_SERVICE: a folder for its log;
# DOCS_PORT: replaces 8080.
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
    # Appears at once with its content.
    echo $? > "$DOCS_SERVICE/exit.new"
    mv "$DOCS_SERVICE/exit.new" "$DOCS_SERVICE/exit"
  ) > /dev/null 2>&1 < /dev/null &
  # The line to paste is the last one before the service accepts requests.
  until [ -s "$DOCS_SERVICE/pid" ] && grep -q "curl -F image=@" "$DOCS_SERVICE/log" 2> /dev/null; do
    if [ -f "$DOCS_SERVICE/exit" ]; then cat "$DOCS_SERVICE/log" >&2; exit "$(cat "$DOCS_SERVICE/exit")"; fi
    sleep 0.05
  done
  exit 0
fi
# Pack what was built for the tests, in the project's real folder: through this copy's links, its paths would stay in the project's folders.
if [ "${1-}" = pack ]; then
  [ "${3-}" = --output ] || { echo "dotnet pack ${*:3}: not known to the docs' tests" >&2; exit 64; }
  exec "$DOCS_DOTNET" pack "$(readlink -f "$2")" --no-build --configuration "$DOCS_CONFIGURATION" -nodeReuse:false --output "$PWD/$4"
fi
if [ "${1-}" = build ]; then
  echo "dotnet build: not known to the docs' tests; mark the block 'not run: takes minutes'" >&2
  exit 64
fi
# The suite itself runs this.
if [ "${1-} ${2-}" = "test --solution" ] && [ -f "${3-}" ]; then exit 0; fi
exec "$DOCS_DOTNET" "$@"
