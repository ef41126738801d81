#!/bin/sh
# A route of the type `hook`: the entry of a libpq service file says where the side in service is.
#
# usage: libpq_service.sh FILE SERVICE BLUE_HOST:PORT GREEN_HOST:PORT
#
# Applications connect with `service=SERVICE` and PGSERVICEFILE=FILE, and have everything else (dbname, user) in their
# own connection string. They cannot be held: the fence refuses their writes, and their next connection reaches the new side.
set -eu
file=$1 service=$2 blue=$3 green=$4

read -r request
word() { printf '%s\n' "$request" | sed -n "s/.*\"$1\": *\"\([a-z]*\)\".*/\1/p"; }

write_entry() {
    fresh=$(mktemp "$file.XXXXXX")
    # Other services of the file stay as they are.
    [ ! -e "$file" ] || awk -v ours="[$service]" '/^\[/ { skip = ($0 == ours) } !skip' "$file" >"$fresh"
    printf '[%s]\nhost=%s\nport=%s\n' "$service" "${1%:*}" "${1##*:}" >>"$fresh"
    [ ! -e "$file" ] || chmod --reference="$file" "$fresh"
    mv "$fresh" "$file"
}

side_of_entry() {
    now=$(awk -F= -v ours="[$service]" '/^\[/ { in_it = ($0 == ours) }
        in_it && $1 == "host" { host = $2 } in_it && $1 == "port" { port = $2 } END { print host ":" port }' "$file")
    case $now in "$blue") echo '"blue"' ;; "$green") echo '"green"' ;; *) echo null ;; esac
}

case $(word verb) in
observe) printf '{"side": %s, "held": false}\n' "$(side_of_entry)" ;;
switch) case $(word target) in blue) write_entry "$blue" ;; green) write_entry "$green" ;; *) exit 2 ;; esac ;;
*) echo "unknown verb in $request" >&2 && exit 2 ;;
esac
