#!/bin/sh
# SPDX-License-Identifier: MIT
# Every form of report of a class with each kind of verdict is the one in reports/ (but for the moment at which a guest that goes
# nowhere was stopped), is what its readers take, and lets nothing through that harms a terminal. --write writes them anew.
# usage: reports_are_as_written.sh MICROVM GUESTS [--write]
set -u
microvm=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
failed=0

complain() {
    echo "reports_are_as_written: $1" >&2
    failed=1
}

# Durations as 0.
without_times() {
    sed 's/([0-9.]* s)$/(0 s)/; s/duration_ms: [0-9.]*/duration_ms: 0/; s/ time="[0-9.]*"/ time="0"/
        s/"guest_seconds":[0-9.]*,"instructions":[0-9]*/"guest_seconds":0,"instructions":0/' "$1"
}

cp "$2"/*.elf "$here/class.test" "$work"
cd "$work" || exit 125
"$microvm" test --jobs 3 --format tap=class.tap --format junit=class.junit --format json=class.json \
    --format gradescope=class.gradescope --output class.text class.test
[ $? -eq 1 ] || complain "the status is not 1"
for form in text tap junit json gradescope; do
    without_times "class.$form" >shown
    [ "${3-}" = --write ] && cp shown "$here/reports/class.$form"
    diff -u "$here/reports/class.$form" shown || complain "$form differs"
    LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" "class.$form" && complain "$form has control characters"
    "$microvm" test --format "$form" class.test >one
    cmp -s one "class.$form" || complain "$form is another when it is the only one"
done

sed '0,/^$/s//engine = switch/' class.test >other.test
mv other.test class.test
"$microvm" test --format json class.test | cmp - class.json || complain "another engine comes to another report"

perl -MTAP::Parser -e '
    my $parser = TAP::Parser->new({source => $ARGV[0]});
    $parser->run;
    exit($parser->parse_errors || $parser->tests_run != 12 || $parser->failed != 7);
' class.tap || complain "the TAP is not what Perl's parser takes"
if command -v python3 >/dev/null; then
    python3 -c '
import json, xml.etree.ElementTree as tree
results = [json.loads(line) for line in open("class.json")]
suite = tree.parse("class.junit").getroot().find("testsuite")
grades = json.load(open("class.gradescope"))["tests"]
assert len(results) == 13 and len(suite) == 12 and len(grades) == 12
for result, case, grade in zip(results, suite, grades):
    passed = result["verdict"] == "passed"
    assert result["test"] == case.get("name") == grade["name"]
    assert passed == (case.find("failure") is None and case.find("error") is None) == (grade["status"] == "passed")
    assert result["points"] == grade["score"] and result["points_max"] == grade["max_score"]
    assert float(case.get("time")) == result["guest_seconds"]
' || complain "JSON, JUnit and Gradescope do not agree"
fi
exit $failed
