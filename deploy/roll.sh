#!/bin/sh
# Replace the server's processes one after the other while everybody plays on: after an upgrade of the image, a change of
# .env, or for no reason at all. Run it again if it was cut short.
#
# Needs compose.postgresql.yaml, where another process takes over the tables of one that ends.
set -eu
cd "$(dirname "$0")"
if ! docker compose config --services | grep -qx redis; then
  echo "One process alone cannot be replaced unnoticed: set COMPOSE_FILE=compose.postgresql.yaml in deploy/.env." >&2
  exit 64
fi

docker compose run --rm --no-deps -T migrate
old=$(docker compose ps --quiet api)
count=$(echo "$old" | wc -l)
api() {
  docker compose up --detach --no-build --no-deps --no-recreate --scale "api=$1" --wait api
}
api $((2 * count))
for container in $old; do
  docker stop --time 30 "$container" >/dev/null
  docker rm "$container" >/dev/null
done
api "$count"
