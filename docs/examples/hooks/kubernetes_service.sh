#!/bin/sh
# A route of the type `hook`: a Service of Kubernetes says where the side in service is.
#
# usage: kubernetes_service.sh NAMESPACE SERVICE BLUE_HOST GREEN_HOST
#
# The Service is of the type ExternalName. The account needs `get` and `patch` on that one Service. Clients follow when they
# look the name up again, after CoreDNS's 5 to 30 s. Where both sides run in the cluster, patch `spec.selector`
# in the same way: then clients need not look up any name again.
set -eu
namespace=$1 service=$2 blue=$3 green=$4

read -r request
word() { printf '%s\n' "$request" | sed -n "s/.*\"$1\": *\"\([a-z]*\)\".*/\1/p"; }

lead_to() {
    kubectl --namespace "$namespace" --request-timeout 5s patch service "$service" --type merge \
        --patch "{\"spec\": {\"externalName\": \"$1\"}}" >/dev/null
}

case $(word verb) in
observe)
    case $(kubectl --namespace "$namespace" --request-timeout 5s get service "$service" \
        --output 'jsonpath={.spec.externalName}') in
    "$blue") side='"blue"' ;; "$green") side='"green"' ;; *) side=null ;;
    esac
    printf '{"side": %s, "held": false}\n' "$side"
    ;;
switch) case $(word target) in blue) lead_to "$blue" ;; green) lead_to "$green" ;; *) exit 2 ;; esac ;;
*) echo "unknown verb in $request" >&2 && exit 2 ;;
esac
