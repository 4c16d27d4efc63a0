#!/usr/bin/env bash
# Captions many photos as batches, kills the services on the way, and checks that each item has one result and one charge.
# serve: the whole service in one process with SQLite, killed three times. network: gateway, node and pricing service in processes of
# their own with PostgreSQL; each of them is killed, and PostgreSQL is restarted.
# Usage: bench/job-kills.sh FOLDER_OF_PHOTOS [COUNT] [serve|network]
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
photos="$(cd "${1:?Name a folder of photos.}" && pwd)"
count="${2:-100000}"
kind="${3:-serve}"
configuration="${CONFIGURATION:-Release}"
port="${PORT:-18080}"
work="$(mktemp -d)"
each=1000
declare -A running=()
address="http://127.0.0.1:$port"

end() {
    for name in "${!running[@]}"; do kill -KILL "${running[$name]}" 2>/dev/null || true; done
    [[ -d "$work/postgres" ]] && as_postgres "$postgres/pg_ctl" -D "$work/postgres" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap end EXIT

# PostgreSQL doesn't run as root.
as_postgres() { if [[ $EUID -eq 0 ]]; then su postgres -c "$(printf '%q ' "$@")"; else "$@"; fi; }
postgres="$(dirname "$(ls /usr/lib/postgresql/*/bin/pg_ctl 2>/dev/null | tail -1 || command -v pg_ctl)")"

# With NO_BUILD, what was built before is run.
build() { [[ -n "${NO_BUILD:-}" ]] || for project in "$@"; do dotnet build "$root/$project" -c "$configuration" -v quiet >&2; done; }
start() { # NAME PROJECT ENVIRONMENT... -- ARGUMENTS...
    local name="$1" project="$2" settings=()
    shift 2
    while [[ "$1" != -- ]]; do settings+=("$1"); shift; done
    shift
    env "${settings[@]}" "$root/$project/bin/$configuration/net10.0/ImageToText.$project" "$@" >>"$work/$name.log" 2>&1 &
    running[$name]=$!
}
# As whoever keeps services running would do.
revive() { for service in "${services[@]}"; do kill -0 "${running[$service]}" 2>/dev/null || "start_$service"; done; }
stop() { kill -KILL "${running[$1]}"; wait "${running[$1]}" 2>/dev/null || true; unset "running[$1]"; }

if [[ "$kind" == serve ]]; then
    build Standalone
    services=(serve)
    start_serve() {
        start serve Standalone Gateway__Cache__Enabled=false Inference__Cache__Enabled=false -- serve --port "$port" --data "$work/data"
    }
    token() { cat "$work/data/operator-token"; }
    ledger="$address/pricing"
    plan=(serve serve serve)
else
    build PricingService InferenceService Gateway
    services=(pricing node gateway)
    secret="$(head -c 24 /dev/urandom | base64 | tr -d '+/=')"
    mkdir "$work/postgres" "$work/jobs"
    [[ $EUID -eq 0 ]] && chown postgres "$work" "$work/postgres"
    as_postgres "$postgres/initdb" -D "$work/postgres" -U postgres -A trust >/dev/null
    start_database() {
        as_postgres "$postgres/pg_ctl" -D "$work/postgres" -w -l "$work/postgres/log" -o "-p $((port + 1)) -k $work/postgres" start >/dev/null
    }
    start_database
    books="Host=127.0.0.1;Port=$((port + 1));Username=postgres;Database=postgres"
    start_pricing() {
        start pricing PricingService "ConnectionStrings__pricing=$books" "Pricing__Access__ServiceToken=$secret-s" \
            "Pricing__Access__OperatorToken=$secret-o" Pricing__Registry__DefaultModelId=starter -- --urls="http://127.0.0.1:$((port + 2))"
    }
    start_node() {
        start node InferenceService "AUTH_TOKEN=$secret-n" "Inference__Registration__PricingAddress=http://127.0.0.1:$((port + 2))" \
            "Inference__Registration__PricingToken=$secret-s" "Inference__Registration__Address=http://127.0.0.1:$((port + 3))" \
            "Inference__Registration__NodeId=node" "Inference__StarterFolder=$root/models/starter" -- --urls="http://127.0.0.1:$((port + 3))"
    }
    start_gateway() {
        start gateway Gateway "Gateway__Pricing__Address=http://127.0.0.1:$((port + 2))" "Gateway__Pricing__Token=$secret-s" \
            "ConnectionStrings__jobs=$books" "Gateway__DataDirectory=$work/gateway" "Gateway__Admission__Anonymous=Loopback" \
            -- --urls="$address"
    }
    token() { echo "$secret-o"; }
    ledger="http://127.0.0.1:$((port + 2))"
    plan=(gateway node pricing database)
fi

ready() { until curl -sf "$address/models" | jq -e '.. | strings | select(. == "starter")' >/dev/null 2>&1; do sleep 0.5; done; }
for service in "${services[@]}"; do "start_$service"; done
ready

mapfile -t names < <(ls "$photos")
lines=$((count < each ? count : each))
lines=$((lines < ${#names[@]} ? lines : ${#names[@]}))
for photo in "${names[@]:0:lines}"; do
    base64 -w0 "$photos/$photo" | jq -Rc --arg id "$photo" '{custom_id: $id, method: "POST", url: "/v1/chat/completions",
      body: {messages: [{role: "user", content: [{type: "image_url", image_url: {url: ("data:image/jpeg;base64," + .)}}]}]}}'
done >"$work/library.jsonl"
file="$(curl -sf -F purpose=batch -F "file=@$work/library.jsonl" "$address/v1/files" | jq -r .id)"
batches=()
for ((begun = 0; begun + lines <= count; begun += lines)); do
    batches+=("$(jq -n --arg file "$file" '{input_file_id: $file, endpoint: "/v1/chat/completions", completion_window: "30d"}' |
        curl -sf --json @- "$address/v1/batches" | jq -r .id)")
done
count=$((${#batches[@]} * lines))
# Looking costs the services time, too.
look=$((count > 10000 ? 5 : 1))
began=$(date +%s)

# While a service is away, nothing is known, and nothing counts as done.
state() {
    local after="" page="$work/batches"
    while curl -sf -m 30 "$address/v1/batches?limit=100$after" >"$page" && jq -c '.data[]' "$page" && jq -e .has_more "$page" >/dev/null; do
        after="&after=$(jq -r .last_id "$page")"
    done | jq -s '{done: (map(.request_counts.completed) | add // 0), ended: (map(select(.status == "completed")) | length)}'
}
step=0
for victim in "${plan[@]}"; do
    step=$((step + 1))
    goal=$((count * step / (${#plan[@]} + 1)))
    while (($(state | jq .done) < goal)); do
        revive
        sleep "$look"
    done
    echo "$victim is killed with at least $goal of $count done"
    if [[ "$victim" == database ]]; then
        as_postgres "$postgres/pg_ctl" -D "$work/postgres" -m fast -w stop >/dev/null
        sleep 5
        start_database
    else
        stop "$victim"
        "start_$victim"
    fi
done
while (($(state | jq .ended) < ${#batches[@]})); do
    revive
    sleep "$look"
done
took=$(($(date +%s) - began))

for batch in "${batches[@]}"; do
    output="$(curl -sf "$address/v1/batches/$batch" | jq -r .output_file_id)"
    curl -sf "$address/v1/files/$output/content" | jq -r .response.request_id
done | sort >"$work/results"

# Records reach the ledger a moment after the answer.
charged() {
    local after=0
    : >"$work/page-ids"
    while [[ "$after" != null ]]; do
        curl -sf -H "Authorization: Bearer $(token)" "$ledger/usage/records?after=$after" >"$work/page" || return 1
        jq -r '.entries[].record.request_id' "$work/page" >>"$work/page-ids"
        after="$(jq .next "$work/page")"
    done
    sort "$work/page-ids" >"$work/charges"
}
: >"$work/charges"
for _ in $(seq 60); do
    revive
    charged || true
    (($(wc -l <"$work/charges") >= count)) && break
    sleep 1
done
echo "$count items in $took s, $(jq -n "$count / $took * 10 | round / 10") items/s; results: $(uniq "$work/results" | wc -l); charges:" \
    "$(wc -l <"$work/charges"), different: $(uniq "$work/charges" | wc -l)"
[[ "$(uniq "$work/results" | wc -l)" -eq "$count" ]] && cmp "$work/results" "$work/charges"
