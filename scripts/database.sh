#!/bin/sh
# Makes the role and the database of Wangge on a PostgreSQL server of your own; run it as that server's superuser.
# The role is an ordinary one; only the extension needs the superuser.
#
#   WANGGE_PASSWORD=… scripts/database.sh -h db.example.org -U postgres
set -eu
: "${WANGGE_PASSWORD:?set it to the password that the role shall have}"
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --set=password="$WANGGE_PASSWORD" --dbname=postgres "$@" <<'SQL'
CREATE ROLE wangge LOGIN PASSWORD :'password';
CREATE DATABASE wangge OWNER wangge TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';
\connect wangge
CREATE EXTENSION postgis;
SQL
