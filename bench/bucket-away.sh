#!/usr/bin/env bash
# Captions the photos of a bucket as a job while the bucket's server is away for a minute in the middle, and checks that each photo has
# one result, one text file and one charge. The server is s3rver, of npm: run 'npm ci' in tests/Clients first.
# Usage: bench/bucket-away.sh FOLDER_OF_PHOTOS [COUNT]
# BUCKET_FAULT=kill (the default): its server refuses connections. BUCKET_FAULT=stop: it takes them, and doesn't answer.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
photos="$(cd "${1:?Name a folder of photos.}" && pwd)"
count="${2:-400}"
fault="${BUCKET_FAULT:-kill}"
configuration="${CONFIGURATION:-Release}"
port="${PORT:-18080}"
work="$(mktemp -d)"
address="http://127.0.0.1:$port"
bucket="http://127.0.0.1:$((port + 1))"
away=65
# The only ones that s3rver takes; it also takes requests without any.
export AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER
server="" service=""

end() {
    for process in $server $service; do kill -KILL "$process" 2>/dev/null || true; done
    rm -rf "$work"
}
trap end EXIT

start_bucket() {
    # It names the pages of a listing by an old cipher. In a session of its own, it stays stopped until it is told to go on.
    setsid node --openssl-legacy-provider "$root/tests/Clients/node_modules/s3rver/bin/s3rver.js" --directory "$work/s3" --address 127.0.0.1 \
        --port "$((port + 1))" --no-vhost-buckets --silent --configure-bucket pictures >>"$work/s3.log" 2>&1 &
    server=$!
    disown
    until curl -s -o /dev/null "$bucket"; do sleep 0.2; done
}
# With NO_BUILD, what was built before is run.
[[ -n "${NO_BUILD:-}" ]] || dotnet build "$root/Standalone" -c "$configuration" -v quiet >&2

mkdir "$work/s3"
start_bucket
mapfile -t names < <(ls "$photos" | head -n "$count")
count=${#names[@]}
for name in "${names[@]}"; do curl -sf -T "$photos/$name" "$bucket/pictures/photos/$name"; done

env Gateway__Cache__Enabled=false Inference__Cache__Enabled=false \
    Gateway__OpenBuckets__Buckets__0__{Name=library,Bucket=pictures,Prefix=photos/,PathStyle=true,Sidecars=true} \
    Gateway__OpenBuckets__Buckets__0__ServiceUrl="$bucket" \
    "$root/Standalone/bin/$configuration/net10.0/ImageToText.Standalone" serve --port "$port" --data "$work/data" >>"$work/serve.log" 2>&1 &
service=$!
disown
until curl -sf "$address/models" | jq -e '.. | strings | select(. == "starter")' >/dev/null 2>&1; do sleep 0.5; done

job="$(curl -sf --json '{"bucket": "library", "sidecars": true, "results_key": "captions.jsonl"}' "$address/jobs" | jq -r .id)"
began=$(date +%s)
state() { curl -sf "$address/jobs/$job"; }
until (($(state | jq .pictures.captioned) >= count / 4)); do sleep 0.2; done

gone=$(date +%s)
if [[ "$fault" == stop ]]; then
    kill -STOP "$server"
else
    kill -KILL "$server"
fi
echo "the bucket is away ($fault) with $(state | jq .pictures.captioned) of $count done"
while (($(date +%s) - gone < away)); do
    sleep 10
    echo "after $(($(date +%s) - gone)) s: $(state | jq -c '[.status, .pictures.captioned, .pictures.failed, .pause.reason]')"
done
missed=$(($(date +%s) - gone))
if [[ "$fault" == stop ]]; then kill -CONT "$server"; else start_bucket; fi
until [[ "$(state | jq -r .ended_at)" != null ]]; do sleep 0.5; done
took=$(($(date +%s) - began))

results="$work/results"
curl -sf "$bucket/pictures/photos/captions.jsonl" >"$results"
jq -r 'select(.status == 200) | .request_id' "$results" | sort >"$work/ids"
jq -r 'select(.status == 200) | "\(.picture | sub("^library/"; "") | sub("[.][^.]*$"; ".txt")) \(.result.text)"' "$results" |
    sort >"$work/captions"
# The files are as s3rver keeps them.
(cd "$work/s3/pictures/photos" && for file in *.txt._S3rver_object; do echo "${file%._S3rver_object} $(cat "$file")"; done) |
    sort >"$work/texts"
# Records reach the ledger a moment after the answer.
for _ in $(seq 60); do
    after=0
    : >"$work/page-ids"
    while [[ "$after" != null ]]; do
        curl -sf -H "Authorization: Bearer $(cat "$work/data/operator-token")" "$address/pricing/usage/records?after=$after" >"$work/page"
        jq -r '.entries[].record.request_id' "$work/page" >>"$work/page-ids"
        after="$(jq .next "$work/page")"
    done
    sort "$work/page-ids" >"$work/charges"
    (($(wc -l <"$work/charges") >= count)) && break
    sleep 1
done
echo "$count photos in $took s, of which the bucket was away for $missed s; results: $(uniq "$work/ids" | wc -l);" \
    "text files: $(wc -l <"$work/texts"); charges: $(wc -l <"$work/charges"), different: $(uniq "$work/charges" | wc -l)"
[[ "$(uniq "$work/ids" | wc -l)" -eq "$count" ]] && cmp "$work/ids" "$work/charges" && cmp "$work/captions" "$work/texts"
