#!/usr/bin/env bash
# Ends the service that a page started, as a service manager does, and fails if it does not exit cleanly.
[ -f "$DOCS_SERVICE/pid" ] || exit 0
if [ ! -f "$DOCS_SERVICE/exit" ]; then
  kill -TERM "$(cat "$DOCS_SERVICE/pid")"
  until [ -f "$DOCS_SERVICE/exit" ]; do sleep 0.05; done
fi
code=$(cat "$DOCS_SERVICE/exit")
[ "$code" = 0 ] || { cat "$DOCS_SERVICE/log" >&2; echo "The service ended with $code." >&2; }
rm -f "$DOCS_SERVICE/pid"
exit "$code"
