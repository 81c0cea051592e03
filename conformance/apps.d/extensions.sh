# What the Gateway API has and its suite does not test: sessions with one pod of each Service, external authorization, and an XBackend.
# shellcheck shell=bash

# asked HOST ARG...: curl at podinfo's Gateway under another host name.
asked() { outside curl -s --max-time 5 -H "Host: $1" "${@:2}"; }

# pods: of the answers on standard input, how many different ones.
pods() { sed -n 's/.*"hostname": *"\([^"]*\)".*/\1/p' | sort -u | wc -l; }

code_is() { [[ $(asked asked.example -o /dev/null -w '%{http_code}' "http://$ADDRESS/$1") == "$2" ]]; }

extensions_check() {
  local total=200 with without codes shown accepted
  kubectl apply -f "$APPS/manifests/extensions.yaml" >/dev/null
  await 30 "the routes" code_is 200 200
  asked session.example -c "$WORK/jar" -o /dev/null "http://$ADDRESS/"
  with=$(asked session.example -b "$WORK/jar" -c "$WORK/jar" "http://$ADDRESS/?[1-$total]" | pods)
  without=$(asked session.example "http://$ADDRESS/?[1-$total]" | pods)
  check "sessionPersistence" "$total requests to two Services with the cookie at $with pods, without it at $without" "$((with == 2 && without >= with))"
  codes=$(asked asked.example -o /dev/null -w '%{http_code} ' "http://$ADDRESS/{200,401,403,503}")
  check "ExternalAuth" "where the service says 200, 401, 403, 503 the client hears ${codes% }" "$([[ $codes == "200 401 403 503 " ]] && echo 1 || echo 0)"
  shown=$(asked selected.example "http://$ADDRESS/version?[1-$total]" | versions | sort | uniq -c | xargs)
  accepted=$(kubectl -n podinfo get xbackend next -o jsonpath='{.status.ancestors[*].conditions[?(@.type=="Accepted")].status}')
  check "XBackend" "answers of the pods it selects: $shown; Accepted: $accepted" "$([[ $shown == "$total $PODINFO_NEXT" && $accepted == True ]] && echo 1 || echo 0)"
}
