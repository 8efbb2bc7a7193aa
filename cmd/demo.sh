#!/bin/sh
# The main job on the embedded default: the founding case, then, where real logs
# stand beside the checkout, sixteen rules over them.
set -u
case=packs/ew-investigation/examples/case-01.jsonl
logs=$1
echo "The founding case: a child of seven, a suspect of thirteen, 2012. What would have been raised, and on which day:"
echo
bin/candour check "$case" --as-at '2012-12-04 12:00'
[ $? -le 1 ] || exit 1
echo
echo "Why the prosecutor's finding was raised:"
echo
bin/candour explain c1 cps-claim-confirmed --in "$case" --as-at '2012-12-04 12:00' || exit 1
if [ -n "$logs" ] && [ -d "$logs" ]; then
  for log in sepsis receipt bpic2020_international; do
    [ -f "$logs/$log.xes.gz" ] || continue
    echo
    echo "Rules on a real log of another trade ($log):"
    bin/candour check "$logs/$log.xes.gz" --as-at end --format csv >"bin/$log.csv"
    [ $? -le 1 ] || exit 1
    tail -n +2 "bin/$log.csv" | cut -d, -f3,4 | sort | uniq -c
  done
  echo
  echo "The rows are in bin/*.csv."
fi
echo
echo "Next: bin/candour --help, and doc/pack-language.md on how a standard is written."
