#!/bin/sh
# A route of the type `hook`: a name in the DNS says where the side in service is (RFC 2136, such as BIND, Knot, PowerDNS).
#
# usage: dns.sh SERVER[#PORT] KEYFILE NAME TTL BLUE_HOST GREEN_HOST     with names that end in a dot
#
# NAME is a CNAME to one of the two. Clients follow when they look it up again: keep TTL at a few seconds, and make
# sure that no driver or resolver caches it longer (a JVM: networkaddress.cache.ttl). Clients cannot be held.
set -eu
server=$1 key=$2 name=$3 ttl=$4 blue=$5 green=$6
host=${server%#*} port=53
case $server in *#*) port=${server#*#} ;; esac

read -r request
word() { printf '%s\n' "$request" | sed -n "s/.*\"$1\": *\"\([a-z]*\)\".*/\1/p"; }

lead_to() {
    printf 'server %s %s\nupdate delete %s CNAME\nupdate add %s %s CNAME %s\nsend\n' \
        "$host" "$port" "$name" "$name" "$ttl" "$1" | nsupdate -t 5 -k "$key"
}

case $(word verb) in
observe)
    # Ask the server itself: a cache may still have the old answer.
    case $(dig +short +time=2 +tries=2 -p "$port" "@$host" "$name" CNAME) in
    "$blue") side='"blue"' ;; "$green") side='"green"' ;; *) side=null ;;
    esac
    printf '{"side": %s, "held": false}\n' "$side"
    ;;
switch) case $(word target) in blue) lead_to "$blue" ;; green) lead_to "$green" ;; *) exit 2 ;; esac ;;
*) echo "unknown verb in $request" >&2 && exit 2 ;;
esac
