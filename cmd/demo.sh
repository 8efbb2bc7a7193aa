#!/bin/sh
# The main job on the embedded default: a force's records, exported as its records
# system exports them, are imported, checked and looked at; then, where real logs
# stand beside the checkout, sixteen rules over them. What is made goes into bin/demo.
set -u
logs=$1
out=bin/demo
rm -rf "$out" && mkdir -p "$out" || exit 1
say() { printf '\n%s\n' "$*"; }
found() { [ "$1" -le 1 ] || { echo "the demonstration stops here: a command failed with status $1"; exit 1; }; }

say "1. An invented force, as its records system would export it: CSV, with the faults such exports have."
bin/candour northmere "$out/export" --layout sentry || exit 1

say "2. Imported by a mapping (packs/ew-investigation/mappings/sentry.yaml). Rows with a fault are listed and left out."
bin/candour convert "$out/export" --mapping sentry --keep-going --left "$out/left-out.csv" -o "$out/force.jsonl" >"$out/import.txt" 2>&1 || { cat "$out/import.txt"; exit 1; }
echo "$(grep -c '"case"' "$out/force.jsonl") lines of cases, parties and facts in $out/force.jsonl; $(($(wc -l <"$out/left-out.csv") - 1)) rows left out, each with what to do, in $out/left-out.csv."

say "3. Every case checked against every standard, as if somebody had looked every day."
bin/candour backtest "$out/force.jsonl" --as-at 2015-12-31 --top 8
found $?
bin/candour check "$out/force.jsonl" --as-at 2015-12-31 --format csv >"$out/findings.csv"
found $?

say "4. What was wrong with the force is known, because it is invented. Was it found?"
bin/candour northmere "$out/export" --found "$out/findings.csv"
found $?

case=$(awk -F'\t' '$2 == "founding" {print $1; exit}' "$out/export/planted.txt")
say "5. The founding case ($case) is one of the 600: a child of seven, a suspect of thirteen, reported on 18 June 2012."
echo "Its findings by the day on which each would have been raised, the first on the day after the report:"
grep "^$case," "$out/findings.csv" | sort -t, -k9 | awk -F, 'NR <= 6 {print "  " substr($9, 1, 10) "  " $3} END {print "  and " NR - 6 " more"}'

say "6. Why one of them was raised, as one would tell it to a court:"
bin/candour explain "$case" cps-claim-confirmed --in "$out/force.jsonl" --as-at 2015-12-31 || exit 1

bin/candour report "$out/export" --mapping sentry --keep-going --as-at 2015-12-31 --title "Northmere Police (invented)" -o "$out/findings.html" 2>/dev/null
found $?

if [ -n "$logs" ] && [ -d "$logs" ]; then
  say "7. The engine knows nothing of policing: sixteen rules on three public logs of other trades."
  for log in sepsis receipt bpic2020_international; do
    [ -f "$logs/$log.xes.gz" ] || continue
    bin/candour check "$logs/$log.xes.gz" --as-at end --format csv >"$out/$log.csv"
    found $?
    echo "$log:"
    tail -n +2 "$out/$log.csv" | cut -d, -f3,4 | sort | uniq -c
  done
fi

say "Look at $out/findings.html in a browser: what was found, for people. All else is in $out too."
echo "Next: bin/candour --help, and doc/pack-language.md on how a standard is written."
