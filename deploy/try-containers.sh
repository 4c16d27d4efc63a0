#!/usr/bin/env bash
# Tries the deployment of deploy/compose with real containers. It makes the three images, starts everything on new volumes, makes the
# first key, captions the samples, restarts Redis and a node under load, compares the ledger with the answers, and removes everything
# again. Its names, volumes, networks and ports are its own, so nothing that existed before is touched.
#
# usage: deploy/try-containers.sh [--engine docker|podman] [--stand-in-bases] [--seconds N] [--keep]
#   --engine          the container engine; default: the first of Docker and Podman that answers
#   --stand-in-bases  makes base images from Debian packages first, if no registry can be reached (deploy/stand-in-bases.sh)
#   --seconds N       how long to request captions around each restart (default 10)
#   --keep            leaves everything running at the end and prints where
#
# Needs the .NET SDK, curl, jq, and docker compose or docker-compose.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en

engine='' stand_ins=false seconds=10 keep=false
while [ $# -gt 0 ]; do
  case $1 in
    --engine) engine=${2:?--engine needs a name}; shift ;;
    --stand-in-bases) stand_ins=true ;;
    --seconds) seconds=${2:?--seconds needs a number}; shift ;;
    --keep) keep=true ;;
    *) sed -n '2,/^set/{/^#/!d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2 ;;
  esac
  shift
done

project=imagetotext-try-$$
work=$(mktemp -d)
started=$SECONDS
helpers=()

say() { printf '%4ds  %s\n' $((SECONDS - started)) "$*"; }
fail() { say "FAILED: $*" >&2; exit 1; }
need() { command -v "$1" > /dev/null || { echo "$1 is missing: $2." >&2; exit 2; }; }
secret() { head -c 24 /dev/urandom | base64 | tr -dc 'A-Za-z0-9'; }
free_port() { local port; while port=$((20000 + RANDOM % 12000)); (: < "/dev/tcp/127.0.0.1/$port") 2> /dev/null; do :; done; echo "$port"; }
compose() { "${compose_command[@]}" -p "$project" -f "$work/docker-compose.yaml" -f "$work/try.yaml" --project-directory "$work" "$@"; }
containers() { compose ps -q "$1"; }

finish() {
  local code=$?
  set +e
  if [ $code != 0 ] && [ -f "$work/try.yaml" ]; then
    compose logs --tail 40 --no-color pricing inference gateway redis postgres >&2
  fi
  if [ $code = 0 ] && $keep; then
    say "left running: http://127.0.0.1:$port, secrets in $work/.env; take it down with: ${compose_command[*]} -p $project down -v"
    return
  fi
  if [ -f "$work/try.yaml" ]; then
    compose down -v --timeout 20 > "$work/down.log" 2>&1 && say "taken down, volumes and all" || { cat "$work/down.log" >&2; code=1; }
    "$engine" image rm -f "${images[@]}" > /dev/null 2>&1
  fi
  for helper in "${helpers[@]}"; do kill "$helper" 2> /dev/null; done
  wait 2> /dev/null
  rm -rf "$work"
  exit $code
}
trap finish EXIT

# The engine, and Compose for it.
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "--seconds is '$seconds': it must be a whole number, 1 or more." >&2; exit 2; }
answers() { timeout 10 "$1" info > /dev/null 2>&1; }
if [ -z "$engine" ]; then
  if answers docker; then engine=docker; elif answers podman; then engine=podman; fi
  [ -n "$engine" ] || { echo "Neither Docker nor Podman answers: install one, or start its service." >&2; exit 2; }
fi
answers "$engine" || { echo "$engine does not answer: install it or start its service, or choose the other engine with --engine." >&2; exit 2; }
need dotnet "install the .NET SDK"
need curl "install it"
need jq "install it"
if [ "$engine" = podman ]; then
  need docker-compose "install it: it talks to Podman, too"
  # Its own service, so that Compose can talk to it.
  podman system service --time=0 "unix://$work/podman.sock" > "$work/podman.log" 2>&1 &
  helpers+=($!)
  export DOCKER_HOST=unix://$work/podman.sock
  compose_command=(docker-compose)
  for _ in $(seq 50); do [ -S "$work/podman.sock" ] && break; sleep 0.1; done
elif docker compose version > /dev/null 2>&1; then
  compose_command=(docker compose)
else
  need docker-compose "install it, or Docker's plugin compose"
  compose_command=(docker-compose)
fi
say "$("$engine" --version), $("${compose_command[@]}" version --short 2> /dev/null)"

# The images, as archives that the SDK makes.
base=()
if $stand_ins; then
  need docker-registry "install it: the SDK takes its base image from a registry"
  deploy/stand-in-bases.sh "$engine" > "$work/stand-ins"
  registry=127.0.0.1:$(free_port)
  printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s/registry}}\nhttp: {addr: "%s"}\n' "$work" "$registry" > "$work/registry.yaml"
  docker-registry serve "$work/registry.yaml" > "$work/registry.log" 2>&1 &
  helpers+=($!)
  for _ in $(seq 50); do curl -fs "http://$registry/v2/" > /dev/null && break; sleep 0.1; done
  aspnet=$(grep /dotnet/aspnet: "$work/stand-ins")
  "$engine" tag "$aspnet" "$registry/${aspnet#*/}"
  if [ "$engine" = podman ]; then
    podman push -q --tls-verify=false "$registry/${aspnet#*/}"
  else
    docker push -q "$registry/${aspnet#*/}" > /dev/null
  fi
  "$engine" image rm "$registry/${aspnet#*/}" > /dev/null
  export DOTNET_CONTAINER_INSECURE_REGISTRIES=$registry
  base=("-p:ContainerBaseImage=$registry/${aspnet#*/}")
  say "stand-ins for: $(tr '\n' ' ' < "$work/stand-ins")"
fi
images=()
declare -A image_of
for service in Gateway:gateway PricingService:pricing InferenceService:inference; do
  name=${service#*:}
  dotnet publish "${service%:*}" -t:PublishContainer -c Release -v quiet "${base[@]}" -p:ContainerImageTag="$project" \
    -p:ContainerArchiveOutputPath="$work/$name.tar.gz" > "$work/publish.log" 2>&1 || { cat "$work/publish.log" >&2; fail "$name could not be published"; }
  image_of[$name]=$("$engine" load -q -i "$work/$name.tar.gz" | tail -n 1 | sed 's/^Loaded image[^:]*: *//')
  images+=("${image_of[$name]}")
  say "image ${image_of[$name]}: $(du -k "$work/$name.tar.gz" | cut -f 1) KiB in the archive"
done

# The deployment as it is published, with secrets, a free port, and two nodes that compute in eight bits (whose weights they write down).
cp deploy/compose/docker-compose.yaml "$work/"
port=$(free_port)
service_token=$(secret) operator_token=$(secret)
cat > "$work/.env" <<END
GATEWAY_IMAGE=${image_of[gateway]}
PRICING_IMAGE=${image_of[pricing]}
INFERENCE_IMAGE=${image_of[inference]}
GATEWAY_PORT=$port
SERVICE_TOKEN=$service_token
OPERATOR_TOKEN=$operator_token
NODE_TOKEN=$(secret)
POSTGRES_PASSWORD=$(secret)
REDIS_PASSWORD=$(secret)
HUB_TOKEN=
PRICE_PER_PIXEL=2.5e-10
END
cat > "$work/try.yaml" <<END
services:
  inference:
    environment:
      Inference__Precision: int8
    deploy:
      replicas: 2
END
dashboard=$(sed -n 's/^ *image: "\(.*aspire-dashboard.*\)"$/\1/p' deploy/compose/docker-compose.yaml)
services=(redis postgres pricing inference gateway)
if ! $stand_ins || "$engine" image inspect "$dashboard" > /dev/null 2>&1; then services=(compose-dashboard "${services[@]}"); fi

if [ "$engine" = podman ] && [ ! -d /run/systemd/system ]; then
  # Podman leaves health checks to systemd's timers, and there is none here.
  while sleep 1; do
    for store in $(podman ps -q --filter "label=com.docker.compose.project=$project" --filter health=starting); do
      podman healthcheck run "$store" > /dev/null 2>&1 || :
    done
  done &
  helpers+=($!)
fi
compose up -d --scale inference=2 "${services[@]}" > "$work/up.log" 2>&1 || { cat "$work/up.log" >&2; fail "Compose could not bring it up"; }
say "up: ${services[*]}"

gateway=http://127.0.0.1:$port
operate=(-fsS -H "Authorization: Bearer $operator_token")
# until_ok SECONDS WHAT COMMAND...: tries until it succeeds.
until_ok() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" > "$work/tried" 2>&1; do
    [ $SECONDS -lt $end ] || { cat "$work/tried" >&2; fail "$what"; }
    sleep 0.5
  done
}
nodes_are() { [ "$(curl "${operate[@]}" "$gateway/operations/nodes" | jq '[.[]? // .nodes[]? | select(.state == "active")] | length')" = "$1" ]; }
until_ok 120 "the gateway never answered an operator" curl "${operate[@]}" "$gateway/operations/nodes"
until_ok 120 "the two nodes never announced themselves" nodes_are 2

# The first key.
key=$(curl "${operate[@]}" -H 'Content-Type: application/json' -d '{"name":"first"}' "$gateway/operations/keys" | jq -r .secret)
[ -n "$key" ] && [ "$key" != null ] || fail "no key was made"
say "first key made with the operator token"

# caption FILE [HEADER]: one caption; adds "status cost cache" to the file of answers.
caption() {
  local line body=$work/body-$BASHPID
  line=$(curl -s -o "$body" -w '%{http_code} %header{x-cost-usd} %header{x-cache}' -H "Authorization: Bearer $key" ${2:+-H "$2"} \
    -F "image=@$1" "$gateway/image-to-text") || line="000 0 none"
  echo "$line" >> "$work/answers"
  case $line in 200*) ;; *) echo "$line $(cat "$body" 2> /dev/null)" >> "$work/faults" ;; esac
}
touch "$work/answers" "$work/faults"
until_ok 60 "no caption came" eval 'caption samples/cat.png && grep -q ^200 "$work/answers"'
: > "$work/faults"
for picture in samples/*.jpg samples/*.png; do
  caption "$picture"
  caption "$picture"
  say "$(basename "$picture"): $(jq -r .text "$work/body-$$")"
done
hits=$(grep -c ' hit$' "$work/answers") || :
[ "$hits" -ge 6 ] || fail "of 6 pictures asked for again only $hits came from the cache"
say "$(grep -c ^200 "$work/answers") captions, $hits of them from the cache"

# Load: two callers send one new picture after another while something is restarted.
use() {
  local end=$((SECONDS + seconds)) picture
  while [ $SECONDS -lt $end ]; do
    for picture in samples/cat.png samples/rocket.jpg samples/coffee.jpg; do caption "$picture" 'Cache-Control: no-cache'; done
  done
}
# during WHAT COMMAND...: runs it under load; every caption must arrive.
during() {
  local before what=$1 callers=()
  shift
  before=$(wc -l < "$work/answers")
  use & callers+=($!)
  use & callers+=($!)
  sleep $((seconds / 4))
  "$@" > "$work/during.log" 2>&1 || { cat "$work/during.log" >&2; fail "$what"; }
  wait "${callers[@]}"
  say "$what: $(($(wc -l < "$work/answers") - before)) captions asked for meanwhile, $(wc -l < "$work/faults") not delivered"
  [ ! -s "$work/faults" ] || { head -n 5 "$work/faults" >&2; fail "captions were lost"; }
}
during "Redis restarted" "$engine" restart -t 5 "$(containers redis)"
during "a node restarted" "$engine" restart -t 60 "$(containers inference | head -n 1)"
until_ok 60 "the restarted node did not come back" nodes_are 2
during "Redis killed and started" bash -c "'$engine' kill '$(containers redis)' && '$engine' start '$(containers redis)'"
caption samples/cat.png
until_ok 30 "Redis holds nothing after its restart" eval 'caption samples/cat.png && tail -n 1 "$work/answers" | grep -q " hit$"'

# Compares the ledger with the answers, to the last digit (in units of 1e-18 USD).
units() { local whole=${1%%.*} part=''; case $1 in *.*) part=${1#*.} ;; esac; part=$(printf '%-18s' "$part" | tr ' ' 0); echo $((10#$whole * 1000000000000000000 + 10#$part)); }
answered=0 paid=0
while read -r status cost _; do
  if [ "$status" = 200 ]; then
    answered=$((answered + 1))
    paid=$((paid + $(units "$cost")))
  fi
done < "$work/answers"
# Figures are read as text: jq would round them.
total() { sed -E 's/.*"total":\{([^}]*)\}.*/\1/' "$work/usage" | grep -oE "\"$1\":[0-9.]+" | cut -d : -f 2; }
books() {
  curl "${operate[@]}" "$gateway/operations/usage" > "$work/usage" || return
  echo "the ledger has $(total captions) captions for $(total charged_usd) USD, the answers $answered for $paid e-18 USD"
  [ "$(total captions)" = "$answered" ] && [ "$(units "$(total charged_usd)")" = "$paid" ]
}
until_ok 60 "ledger and answers differ" books
say "ledger and answers agree: $answered captions, $(total charged_usd) USD"

# Checks which user the services run as and where they could write.
for service in pricing inference gateway; do
  for container in $(containers $service); do
    "$engine" inspect "$container" > "$work/inspect"
    [ "$(jq -r '.[0].Config.User' "$work/inspect")" = 1654 ] || fail "$service is not user 1654"
    [ "$(jq -r '.[0].HostConfig.ReadonlyRootfs' "$work/inspect")" = true ] || fail "$service could write to its root file system"
    pid=$(jq -r '.[0].State.Pid' "$work/inspect")
    if [ -r "/proc/$pid/mounts" ] && [ "$(id -u)" = 0 ]; then
      grep -qE '^[^ ]+ / [^ ]+ ro[, ]' "/proc/$pid/mounts" || fail "$service has a root file system that is not read-only"
      grep -qE '^Uid:\s+1654\s' "/proc/$pid/status" || fail "$service runs as another user"
      grep -qE '^CapEff:\s+0+$' "/proc/$pid/status" || fail "$service has capabilities"
    fi
  done
done
say "every service runs as user 1654, without capabilities, on a read-only root"
if [ "${services[0]}" = compose-dashboard ]; then
  dashboard_port=$(compose port compose-dashboard 18888 | cut -d : -f 2)
  until_ok 30 "the dashboard does not answer" curl -fsS -o /dev/null "http://127.0.0.1:$dashboard_port/login"
  say "the dashboard answers"
fi
for path in metrics health alive; do
  status=$(curl -s -o /dev/null -w '%{http_code}' "$gateway/$path")
  [ "$status" = 404 ] || fail "/$path answers $status at the published port"
done
say "health and metrics are not at the published port"
written() { "$engine" cp "$(containers "$1" | head -n 1):/app/data" - | tar -t | grep -E "$2" | head -n 1; }
[ -n "$(written gateway 'journal')" ] || fail "the gateway wrote nothing to its volume"
[ -n "$(written inference 'int8/.*safetensors$')" ] || fail "the node wrote nothing to its volume"
say "volumes were written to: $(written gateway journal), $(written inference 'int8/.*safetensors$')"

# The key and the ledger must outlive all containers.
compose stop > /dev/null 2>&1
compose start > /dev/null 2>&1 || compose up -d --scale inference=2 "${services[@]}" > /dev/null 2>&1
until_ok 120 "the nodes did not come back" nodes_are 2
until_ok 60 "the key or the ledger is not what it was" books
: > "$work/faults"
until_ok 30 "the key no longer works" eval 'caption samples/cat.png && tail -n 1 "$work/answers" | grep -q ^200'
say "stopped and started: key and ledger are as they were"
say "all is well"
