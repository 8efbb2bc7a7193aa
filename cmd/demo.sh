#!/bin/sh
# The main job on the embedded default: a force's records, exported as its records
# system exports them, are imported into a record that a witness cosigns, checked and looked
# at; a case is handed out as a bundle that anyone can verify; then, where real logs stand
# beside the checkout, sixteen rules over them. What is made goes into bin/demo.
set -u
logs=$1
out=bin/demo
rm -rf "$out" && mkdir -p "$out" || exit 1
say() { printf '\n%s\n' "$*"; }
found() { [ "$1" -le 1 ] || { echo "the demonstration stops here: a command failed with status $1"; exit 1; }; }
stops() { [ "$1" -eq 0 ] || { echo "the demonstration stops here: a command failed with status $1"; exit 1; }; }

say "1. An invented force, as its records system would export it: CSV, with the faults such exports have."
bin/candour northmere "$out/export" --layout sentry || exit 1

say "2. The watchdog runs a witness; the force begins a record that the witness is to cosign."
bin/candour witness init "$out/watchdog" --name watchdog.invalid/w1 --operator watchdog >"$out/watchdog.txt"
stops $?
key=$(grep -o 'watchdog,watchdog.invalid.*' "$out/watchdog.txt")
port=8791
bin/candour init "$out/northmere" --body northmere --operator northmere-police --witness "$key,http://127.0.0.1:$port" >/dev/null
stops $?
bin/candour witness add "$out/watchdog" "$out/northmere/policy.txt" --name "Northmere Police (invented)" >/dev/null
stops $?
bin/candour witness serve "$out/watchdog" --listen "127.0.0.1:$port" >"$out/witness.log" 2>&1 &
witness=$!
trap 'kill $witness 2>/dev/null' EXIT INT TERM
echo "The record is in $out/northmere, its keys beside it in $out/northmere.keys, the witness in $out/watchdog."

say "3. Imported by a mapping (packs/ew-investigation/mappings/sentry.yaml). Rows with a fault are listed and left out."
bin/candour import "$out/northmere" "$out/export" --mapping sentry --keep-going --left "$out/left-out.csv" 2>"$out/import.txt"
stops $?
echo "$(($(wc -l <"$out/left-out.csv") - 1)) rows left out, each with what to do, in $out/left-out.csv."
bin/candour cosign "$out/northmere"
stops $?
bin/candour verify "$out/northmere"
stops $?

say "4. Every case checked against every standard, as if somebody had looked every day."
bin/candour backtest "$out/northmere" --as-at 2015-12-31 --top 8
found $?
bin/candour check "$out/northmere" --as-at 2015-12-31 --format csv >"$out/findings.csv"
found $?

say "5. What was wrong with the force is known, because it is invented. Was it found?"
bin/candour northmere "$out/export" --found "$out/findings.csv"
found $?

case=$(awk -F'\t' '$2 == "founding" {print $1; exit}' "$out/export/planted.txt")
say "6. The founding case ($case) is one of the 600: a child of seven, a suspect of thirteen, reported on 18 June 2012."
echo "Its findings by the day on which each would have been raised, the first on the day after the report:"
grep "^$case," "$out/findings.csv" | sort -t, -k9 | awk -F, 'NR <= 6 {print "  " substr($9, 1, 10) "  " $3} END {print "  and " NR - 6 " more"}'

say "7. Why one of them was raised, as one would tell it to a court:"
bin/candour explain "$case" cps-claim-confirmed --in "$out/northmere" --as-at 2015-12-31 || exit 1

say "8. The case is handed out, with what was told about third parties withheld."
bin/candour bundle "$out/northmere" "$case" -o "$out/case.zip" --for 'the family' --purpose 'a demonstration' \
  --withhold 'given.*,third-party,an invented authority' --withhold 'f.reason,third-party,an invented authority'
stops $?

say "9. Anyone can verify it, offline, with the policy that came by another way. In Go:"
bin/candour-verify -policy "$out/northmere/policy.txt" "$out/case.zip"
stops $?
say "   and with the second verifier, in JavaScript, written from doc/format.md alone:"
if command -v node >/dev/null; then
  node web/verify/cli.mjs --policy "$out/northmere/policy.txt" "$out/case.zip"
  stops $?
else
  echo "node is not here; in a browser: web/verify/index.html"
fi

say "10. One bit of it is flipped. What do they say?"
cp "$out/case.zip" "$out/flipped.zip"
at=$(($(wc -c <"$out/flipped.zip") / 3))
old=$(od -An -tu1 -j "$at" -N 1 "$out/flipped.zip" | tr -d ' ')
printf "$(printf '\\%03o' $((old ^ 1)))" | dd of="$out/flipped.zip" bs=1 seek="$at" conv=notrunc 2>/dev/null
bin/candour-verify -policy "$out/northmere/policy.txt" "$out/flipped.zip"
[ $? -eq 1 ] || { echo "the demonstration stops here: a flipped bit was not found"; exit 1; }
if command -v node >/dev/null; then
  node web/verify/cli.mjs --policy "$out/northmere/policy.txt" "$out/flipped.zip"
  [ $? -eq 1 ] || { echo "the demonstration stops here: a flipped bit was not found"; exit 1; }
fi

bin/candour report "$out/northmere" --as-at 2015-12-31 --title "Northmere Police (invented)" -o "$out/findings.html" 2>/dev/null
found $?

if [ -n "$logs" ] && [ -d "$logs" ]; then
  say "11. The engine knows nothing of policing: sixteen rules on three public logs of other trades."
  for log in sepsis receipt bpic2020_international; do
    [ -f "$logs/$log.xes.gz" ] || continue
    bin/candour check "$logs/$log.xes.gz" --as-at end --format csv >"$out/$log.csv"
    found $?
    echo "$log:"
    tail -n +2 "$out/$log.csv" | cut -d, -f3,4 | sort | uniq -c
  done
fi

say "Look at $out/findings.html in a browser: what was found, for people; and open $out/case.zip: read.html in it is the case. All else is in $out too."
echo "Next: bin/candour --help, doc/operating.md on how a record is run, and doc/pack-language.md on how a standard is written."
