#!/bin/sh
# A route of the type `hook`: the target of an Amazon RDS Proxy is the side in service.
#
# usage: rds_proxy.sh PROXY BLUE_INSTANCE GREEN_INSTANCE     credentials and region as the AWS CLI finds them
#
# A target group takes one instance. The calls return at once; the proxy needs some more seconds to connect to the new
# instance, and its clients wait or fail meanwhile. Both calls may be repeated.
set -eu
proxy=$1 blue=$2 green=$3

read -r request
word() { printf '%s\n' "$request" | sed -n "s/.*\"$1\": *\"\([a-z]*\)\".*/\1/p"; }

targets() {
    aws rds describe-db-proxy-targets --db-proxy-name "$proxy" --output text \
        --query 'Targets[].RdsResourceId'
}

lead_to() {
    case " $(targets) " in *" $2 "*)
        aws rds deregister-db-proxy-targets --db-proxy-name "$proxy" --db-instance-identifiers "$2" >/dev/null ;;
    esac
    case " $(targets) " in *" $1 "*) ;; *)
        aws rds register-db-proxy-targets --db-proxy-name "$proxy" --db-instance-identifiers "$1" >/dev/null ;;
    esac
}

case $(word verb) in
observe)
    case $(targets) in "$blue") side='"blue"' ;; "$green") side='"green"' ;; *) side=null ;; esac
    printf '{"side": %s, "held": false}\n' "$side"
    ;;
switch)
    case $(word target) in blue) lead_to "$blue" "$green" ;; green) lead_to "$green" "$blue" ;; *) exit 2 ;; esac ;;
*) echo "unknown verb in $request" >&2 && exit 2 ;;
esac
