#!/bin/sh
# Replace the server's processes while everybody plays on: after an upgrade of the image, a change of .env, or for no
# reason at all. As many new ones are started first; when the proxy has found them all the old ones end, and whoever they
# send away comes back to a new one. Run it again if it was cut short.
#
# Needs compose.postgresql.yaml, where another process takes over the tables of one that ends.
set -eu
cd "$(dirname "$0")"
if ! docker compose config --services | grep -qx redis; then
  echo "One process alone cannot be replaced unnoticed: set COMPOSE_FILE=compose.postgresql.yaml in deploy/.env." >&2
  exit 64
fi
MOST=300  # questions to the proxy, until we give up
ADDRESSES='{{range .NetworkSettings.Networks}}{{with .IPAddress}}{{printf " %s:\n" .}}{{end}}{{end}}'

api() {
  docker compose up --detach --no-build --no-deps --no-recreate --scale "api=$1" --wait api
}

# Whether the proxy sends anything to one of some addresses (" 172.18.0.5:"), as far as the answer to one question tells.
finds() {
  docker compose exec -T proxy curl --silent --dump-header - "http://127.0.0.1:8081/process/$2" | grep -qF "$1"
}

await() {
  asked=0
  until finds "$1" $asked; do
    asked=$((asked + 1))
    if [ $asked -eq $MOST ]; then
      echo "The proxy does not find a new process at$1 so the old ones go on. Look at: docker compose logs proxy" >&2
      exit 69
    fi
    sleep 0.1
  done
}

docker compose run --rm --no-deps -T migrate
old=$(docker compose ps --quiet api)
count=$(echo "$old" | wc -l)
api $((2 * count))
if [ -n "$(docker compose ps --quiet proxy)" ]; then
  for container in $(docker compose ps --quiet api | grep -vxF "$old"); do
    await "$(docker inspect --format "$ADDRESSES" "$container")"
  done
fi
docker stop --time 30 $old >/dev/null
docker rm $old >/dev/null
api "$count"
