#!/bin/sh
# Make a password for each user of users.acl: FOLDER/users.acl for the server, which holds SHA-256 sums
# alone, and FOLDER/redis_url_USER for the workers (REDIS_URL_FILE). What is there is not replaced.
# A launcher hands its own address to the workers it starts: it takes the user `fleet`.
#   deploy/acl/make-secrets.sh deploy/secrets valkey:6379
set -eu
umask 077
folder=$1 address=$2
template=$(dirname "$0")/users.acl
if [ -e "$folder/users.acl" ]; then
  echo "$folder/users.acl is there: remove it to make new passwords" >&2
  exit 1
fi
mkdir -p "$folder"
cp "$template" "$folder/users.acl.new"
for user in extract match detect fleet launcher reader; do
  password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
  sum=$(printf %s "$password" | sha256sum | cut -d' ' -f1)
  sed -i "s/#@$user@/#$sum/" "$folder/users.acl.new"
  printf 'redis://%s:%s@%s/0' "$user" "$password" "$address" >"$folder/redis_url_$user"
  chmod 444 "$folder/redis_url_$user"  # read by the containers' user; the folder is closed to others
done
chmod 444 "$folder/users.acl.new"
mv "$folder/users.acl.new" "$folder/users.acl"
