#!/bin/sh
# A route of the type `hook`: a service in Consul's catalog says where the side in service is.
#
# usage: consul.sh URL SERVICE BLUE_HOST:PORT GREEN_HOST:PORT     CONSUL_HTTP_TOKEN, where ACLs are on, in the environment
#
# The service is an external one, registered under a node of its own name. Where Patroni registers its clusters in Consul,
# SERVICE is an additional one, and applications use SERVICE.service.consul instead of either cluster's own name.
set -eu
url=$1 service=$2 blue=$3 green=$4

read -r request
word() { printf '%s\n' "$request" | sed -n "s/.*\"$1\": *\"\([a-z]*\)\".*/\1/p"; }

ask() { # the token comes by standard input, so that no command line shows it
    printf 'header = "X-Consul-Token: %s"\n' "${CONSUL_HTTP_TOKEN:-}" |
        curl --silent --show-error --fail --max-time 5 --config - "$@"
}

lead_to() {
    ask --output /dev/null --request PUT --url "$url/v1/catalog/register" --data "{
        \"Node\": \"$service\", \"Address\": \"${1%:*}\", \"SkipNodeUpdate\": false,
        \"Service\": {\"Service\": \"$service\", \"Address\": \"${1%:*}\", \"Port\": ${1##*:}}}"
}

value() { printf '%s' "$answer" | sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",}]*\).*/\1/p"; }

case $(word verb) in
observe)
    answer=$(ask --url "$url/v1/catalog/service/$service" | tr -d '\n')
    case "$(value ServiceAddress):$(value ServicePort)" in
    "$blue") side='"blue"' ;; "$green") side='"green"' ;; *) side=null ;;
    esac
    printf '{"side": %s, "held": false}\n' "$side"
    ;;
switch) case $(word target) in blue) lead_to "$blue" ;; green) lead_to "$green" ;; *) exit 2 ;; esac ;;
*) echo "unknown verb in $request" >&2 && exit 2 ;;
esac
