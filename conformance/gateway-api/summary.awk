# awk -f summary.awk -v profiles=A,B catalog.tsv LOG: what a run of the suite came to: a line for each profile, one for
# the tests that no profile counts, and the failed tests with the first lines of why.

BEGIN { FS = "\t" }

FNR == NR {
  order[++tests] = $1
  counted[$1] = $3
  next
}

# The test that the following lines belong to.
/^=== (RUN|CONT|NAME) / {
  split($0, words, /  +/)
  split(words[2], path, "/")
  current = path[2]
  next
}

/^ *--- (PASS|FAIL|SKIP): TestConformance\/[^\/ ]+ \(/ {
  split($0, words, /[ \/]+/)
  for (i in words) if (words[i] == "TestConformance") result[words[i + 1]] = substr(words[i - 1], 1, 4)
  next
}

# testify's report of a failure: the error goes on until the next field.
/^ *\t*Error Trace:/ { error = 0; next }
/^ *\t*Error: / { error = 1; sub(/^[ \t]*Error:[ \t]*/, ""); tell($0); next }
/^ *\t*Messages: / { sub(/^[ \t]*Messages:[ \t]*/, ""); tell($0); error = 0; next }
/^ *\t*Test: / { error = 0; next }
error { sub(/^[ \t]+/, ""); if ($0 != "") tell($0); next }

# What a failed test said last is its reason when it gave no other.
current != "" && /^ +[a-z_]+\.go:[0-9]+: / { sub(/^ +/, ""); last[current] = $0 }

function tell(text) {
  if (lines[current]++ < 4) why[current] = why[current] "      " substr(text, 1, 220) "\n"
}

END {
  for (i = 1; i <= tests; i++) {
    name = order[i]
    outcome = result[name]
    if (outcome == "PASS") passed++
    if (outcome == "FAIL") failed++
    n = split(counted[name], in_profiles, ",")
    for (j = 1; j <= n; j++) {
      split(in_profiles[j], level, "=")
      key = in_profiles[j]
      all[key]++
      if (outcome == "PASS") good[key]++
    }
  }
  n = split(profiles, names, ",")
  for (i = 1; i <= n; i++) {
    printf "%-13s core %d/%d", names[i], good[names[i] "=core"], all[names[i] "=core"]
    if (all[names[i] "=extended"]) printf ", extended %d/%d", good[names[i] "=extended"], all[names[i] "=extended"]
    print ""
  }
  if (all["-"]) printf "%-13s %d/%d\n", "no profile", good["-"], all["-"]
  printf "%-13s %d of %d passed, %d failed, %d not run\n", "tests", passed, tests, failed, tests - passed - failed
  for (i = 1; i <= tests; i++) {
    name = order[i]
    if (result[name] != "FAIL") continue
    printf "\nFAILED %s\n%s", name, why[name] == "" ? "      " last[name] "\n" : why[name]
  }
}
