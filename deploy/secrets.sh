#!/bin/sh
# Make the secrets that compose.yaml hands to the containers, each once: run it again and nothing changes.
#
# A container reads such a file as it lies, with its owner and mode, and as a user who is none of this machine. So each
# file can be read by all, and the folder around it can be entered by its owner alone.
set -eu
folder=$(cd "$(dirname "$0")" && pwd)/secrets
umask 077
mkdir -p "$folder"
chmod 0700 "$folder"

keep() {  # keep NAME: what comes in, unless it is there already; written whole or not at all
  if [ -s "$folder/$1" ]; then
    cat > /dev/null
    return
  fi
  cat > "$folder/.$1"
  chmod 0444 "$folder/.$1"
  mv "$folder/.$1" "$folder/$1"
  echo "made $folder/$1"
}

chance() {  # 32 random bytes in hexadecimal
  od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

chance | keep server_secret
chance | keep postgres_password
chance | keep redis_password
chance | keep grafana_password
password=$(cat "$folder/redis_password")
printf 'redis://:%s@redis:6379/0' "$password" | keep redis_url
# The server's own keys and channels, and no command that is about the Redis itself; the health check may ask for life.
printf 'user default on #%s ~taleforge* &taleforge* +@all -@dangerous\nuser probe on nopass -@all +ping\n' \
  "$(printf %s "$password" | sha256sum | cut -c 1-64)" | keep redis_acl
printf 'postgresql://taleforge:%s@postgres/taleforge' "$(cat "$folder/postgres_password")" | keep store_url
