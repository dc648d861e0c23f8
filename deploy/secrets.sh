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

derive() {  # derive NAME: what comes in, made of secrets above; written anew when a newer version of this makes it otherwise
  cat > "$folder/.$1"
  if cmp -s "$folder/.$1" "$folder/$1"; then
    rm "$folder/.$1"
    return
  fi
  chmod 0444 "$folder/.$1"
  mv -f "$folder/.$1" "$folder/$1"
  echo "made $folder/$1"
}

chance() {  # 32 random bytes in hexadecimal
  od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

secret() {  # secret NAME: what was kept
  cat "$folder/$1"
}

digest() {  # digest NAME: by which Redis knows it
  secret "$1" | sha256sum | cut -c 1-64
}

chance | keep server_secret
chance | keep postgres_password
chance | keep redis_password
chance | keep watcher_password
chance | keep grafana_password
chance | keep nats_password
chance | keep qdrant_key
chance | keep files_secret
printf taleforge | keep files_key

printf 'postgresql://taleforge:%s@postgres/taleforge' "$(secret postgres_password)" | keep store_url
printf 'redis://:%s@redis:6379/0' "$(secret redis_password)" | keep redis_url
# The server's own keys and channels, and no command that is about the Redis itself, but for `keys`, by which the queues
# of jobs are tidied; the health check may ask for life, and who watches for figures.
derive redis_acl <<END
user default on #$(digest redis_password) ~taleforge* &taleforge* +@all -@dangerous +keys
user probe on nopass -@all +ping
user watcher on #$(digest watcher_password) -@all +ping +info +client|setname +slowlog|len +slowlog|get +latency|latest +latency|histogram
END
derive redis_watcher <<END
{"redis://watcher@redis:6379": "$(secret watcher_password)"}
END
printf 'nats://taleforge:%s@nats:4222' "$(secret nats_password)" | keep nats_url
derive nats_config <<END
port: 4222
http: "127.0.0.1:8222"
max_payload: 8MB
authorization: {users: [{user: taleforge, password: "$(secret nats_password)", permissions: {
  publish: ["taleforge.>", "_INBOX.>"], subscribe: ["taleforge.>", "_INBOX.>"]}}]}
END
derive qdrant_config <<END
service: {api_key: "$(secret qdrant_key)"}
telemetry_disabled: true
END
derive s3_config <<END
{"identities": [{"name": "taleforge", "actions": ["Admin", "Read", "Write", "List", "Tagging"],
  "credentials": [{"accessKey": "$(secret files_key)", "secretKey": "$(secret files_secret)"}]}]}
END
