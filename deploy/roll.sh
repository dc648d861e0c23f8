#!/bin/sh
# Replace the server's processes while everybody plays on: after an upgrade of the image, a change of .env, or for no
# reason at all. As many new ones are started first; when the proxy has found them all the old ones end, and whoever they
# send away comes back to a new one. If a new one does not begin, it says why and the old ones go on. Then what else is
# ours is replaced where it is out of date: a job that was begun is done by another worker, and speech is away for some
# seconds. Run it again if it was cut short.
#
# Needs compose.postgresql.yaml, where another process takes over the tables of one that ends, or compose.full.yaml.
set -eu
cd "$(dirname "$0")"
if ! docker compose config --services | grep -qx redis; then
  echo "One process alone cannot be replaced unnoticed: set COMPOSE_FILE=compose.postgresql.yaml in deploy/.env." >&2
  exit 64
fi
MOST=300  # questions to the proxy, until we give up
ADDRESSES='{{range .NetworkSettings.Networks}}{{with .IPAddress}}{{printf " %s:\n" .}}{{end}}{{end}}'
ENDING=.rolling  # which processes are to end, until they have

api() {
  docker compose up --detach --no-build --no-deps --no-recreate --scale "api=$1" --wait api
}

new() {
  docker compose ps --all --quiet api | grep -vxF "$old"
}

give_up() {  # give_up WHY
  for container in $(new); do
    docker logs --tail 3 "$container" >&2
    docker rm --force "$container" >/dev/null
  done
  rm $ENDING
  echo "$1, so the old ones go on." >&2
  exit 69
}

# Whether the proxy sends anything to one of some addresses (" 172.18.0.5:"), as far as the answer to one question tells.
finds() {
  docker compose exec -T proxy curl --silent --dump-header - "http://127.0.0.1:8081/process/$2" | grep -qF "$1"
}

await() {
  asked=0
  until finds "$1" $asked; do
    asked=$((asked + 1))
    [ $asked -lt $MOST ] || give_up "The proxy does not find a new process at$1 (docker compose logs proxy)"
    sleep 0.1
  done
}

docker compose run --rm --no-deps -T migrate
if ! docker compose ps --quiet api | grep -qxFf $ENDING 2>/dev/null; then
  docker compose ps --quiet api > $ENDING
fi
old=$(cat $ENDING)
count=$(echo "$old" | wc -l)
api $((2 * count)) || give_up "A new process does not begin"
if [ -n "$(docker compose ps --quiet proxy)" ]; then
  for container in $(new); do
    await "$(docker inspect --format "$ADDRESSES" "$container")"
  done
fi
ending=$(docker compose ps --all --quiet api | grep -xF "$old")
docker stop --time 30 $ending >/dev/null
docker rm $ending >/dev/null
rm $ENDING
api "$count"

set --  # of each that runs, as many as there are
for service in $(docker compose ps --services); do
  case $service in
    backup | mcp | model-init | voice | voice-gpu | voice-worker | voice-worker-gpu | worker)
      set -- "$@" --scale "$service=$(docker compose ps --quiet "$service" | wc -l)" "$service" ;;
  esac
done
if [ $# -gt 0 ]; then
  docker compose up --detach --no-build --no-deps --wait "$@"
fi
