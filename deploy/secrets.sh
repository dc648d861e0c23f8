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

make() {  # make NAME: 32 random bytes in hexadecimal, written whole or not at all
  [ -s "$folder/$1" ] && return
  od -An -N32 -tx1 /dev/urandom | tr -d ' \n' > "$folder/.$1"
  chmod 0444 "$folder/.$1"
  mv "$folder/.$1" "$folder/$1"
  echo "made $folder/$1"
}

make server_secret
