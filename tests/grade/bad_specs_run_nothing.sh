#!/bin/sh
# SPDX-License-Identifier: MIT
# Whatever is wrong with a spec or the command line is said in one line that names the place, the value and what would do; the
# status is 125 and no test is run.
# usage: bad_specs_run_nothing.sh MICROVM GUESTS
set -u
microvm=$1
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
failed=0
cp "$2"/hello.elf "$work"
cd "$work" || exit 125

complain() {
    echo "bad_specs_run_nothing: $1" >&2
    cat err out >&2
    failed=1
}

# refused TEXT WORD...: microvm test WORD... ends with 125 and one line that holds TEXT.
refused() {
    text=$1
    shift
    timeout 20 "$microvm" test "$@" </dev/null >out 2>err
    status=$?
    [ "$status" -eq 125 ] || complain "$*: status $status"
    [ "$(wc -l <err)" -eq 1 ] || complain "$*: not one line"
    grep -qF -- "$text" err || complain "$*: nothing of '$text'"
    [ -s out ] && complain "$*: something was run"
}

# bad LINE TEXT: in a test that passes but for it, the line (line 5) is refused with TEXT.
bad() {
    { printf '[test first]\nkernel = hello.elf\n[test second]\nkernel = hello.elf\n'; printf '%s\n' "$1"; } >bad.test
    refused "$2" bad.test
    grep -q '^microvm: bad\.test:5: ' err || complain "$1: it is not about line 5"
}

printf '[test fine]\nkernel = hello.elf\nmemory = 16\n' >good.test
"$microvm" test good.test >out 2>err || complain "the good spec: status $?"

bad 'expcet = x' "unknown key 'expcet'; did you mean expect?"
bad 'nothing-like-it = x' "unknown key 'nothing-like-it'; docs/grading.md"
bad 'kernal = x' 'did you mean kernel?'
bad 'expect' "this is no 'KEY = VALUE'"
bad '= x' "no key before '='"
bad 'expect = ' 'no text to look for'
bad 'expect = "x' 'the closing " is missing'
bad 'expect = "x" y' "'y' follows the closing quote"
bad 'expect = "\q"' '\q is no escape'
bad 'expect = "\x4"' '\x is no escape'
bad 'expect before 5 s = x' "only 'within AMOUNT'"
bad 'expect within = x' "only 'within AMOUNT'"
bad 'expect within 5 = x' "'5' is not an amount"
bad 'expect within 5 parsecs = x' "'5 parsecs' is not an amount"
bad 'expect within 1.5 steps = x' "'1.5 steps' is not an amount"
bad 'expect within 99999999999999999999 s = x' 'is not an amount'
bad 'expect-regex = (' "'(':"
bad 'expect-regex = (a)\1' 'back references'
bad 'expect-regex = ((a{100}){100})' 'repetitions'
bad 'memory counter = 1' 'write: memory ADDRESS'
bad 'memory counter int = 1' "'int' is not one of byte|half|word|long|text"
bad 'memory counter byte = 256' "'256' does not fit into 1 bytes"
bad 'memory counter byte = -129' "'-129' does not fit into 1 bytes"
bad 'memory counter word = 0x' "'0x' is not a number"
bad 'memory 12x word = 1' "'12x' is not a number"
bad 'pixel = 0xff0000' 'write: pixel X Y = 0xRRGGBB'
bad 'pixel 3 = 0xff0000' 'write: pixel X Y'
bad 'pixel 3 -2 = 0xff0000' "'-2' is no place on a screen"
bad 'pixel 8192 2 = 0xff0000' "'8192' is no place on a screen; accepted are 0 to 8191"
bad 'pixel 3 2 = red' "'red' is no colour"
bad 'pixel 3 2 = 0x1000000' "'0x1000000' is no colour; accepted are 0x000000 to 0xffffff"
bad 'framebuffer = wide' "'wide' is not a size in pixels"
bad 'register a9 = 1' "'a9' is no register"
bad 'register x32 = 1' "'x32' is no register"
bad 'register hart 64 a0 = 1' "'64' is not the number of a hart"
bad 'register a0 = 0x10000000000000000' 'not a number of 64 bits'
bad 'input before "x" = y' "only 'after \"TEXT\"'"
bad 'exit = crash' "'crash' is no way to end"
bad 'exit = 3|4' 'only one failure code'
bad 'in-order = true' "'true' is not one of yes|no"
bad 'max-insns = 0' "'0' is not a number of instructions"
bad 'max-insns = 5M' "'5M' is not a number of instructions"
bad 'max-output = 65M' "'65M' is too large"
bad 'points = -1' "'-1' is not a number of points"
bad 'points = 0.0005' "'0.0005' is not a number of points"
bad 'points 5 = 5' "'points' must be followed by '='"
bad 'cpus = 65' '65'
bad 'cpus = ' 'wants a value'
bad 'memory = 1X' "'1X' is not a size"
bad 'example = nothing' "no example 'nothing'"
bad 'example = LIST' 'wants the name of an example'
bad 'disk = x,speed=9' 'speed'
bad 'no-reboot = maybe' "'maybe' is not one of yes|no"
for option in clock=wall timeout-secs=1 net=user hvc=console console=none verbose=1 digest-log=x signature=x; do
    bad "${option%%=*} = ${option#*=}" "--${option%%=*} is an option of run, but not for tests"
done
bad '[test first]' "there is a test 'first' already, in line 1"
bad '[test]' "'[test]' is no section"
bad '[tset x]' "'[tset ...]' is no section"
bad '[test x' 'the closing ] is missing'
bad '[test x] y' "'y' follows the closing ]"
bad '[defaults]' '[defaults] stands once, before the first test'
bad "[test $(head -c 101 /dev/zero | tr '\0' x)]" "a test's name has 1 to 100 bytes"

printf '[test a]\nkernel = hello.elf\npoints = 1\npoints = 2\n' >bad.test
refused "bad.test:4: 'points' is given twice, first in line 3" bad.test
printf '[test a]\nexpect = x\n' >bad.test
refused "bad.test:1: the test 'a' has no kernel" bad.test
printf '[test a]\nkernel = hello.elf\nstop-when-met = yes\n' >bad.test
refused "bad.test:1: the test 'a' has stop-when-met, but no expect" bad.test
printf 'kernel = hello.elf\n' >bad.test
refused "bad.test:1: 'kernel' stands before any section" bad.test
printf '[defaults]\nmemory = 16\n' >bad.test
refused 'bad.test:2: there is no test' bad.test
printf '[defaults]\nexpect-regex = (\n[test a]\nkernel = hello.elf\n' >bad.test
refused 'bad.test:2:' bad.test
printf '[test \033[2J]\n' >bad.test
refused 'bad.test:1: ' bad.test
: >bad.test
refused 'there is no test' bad.test
printf '[test a]\0\n' >bad.test
refused 'this is no text' bad.test
head -c 1048577 /dev/zero | tr '\0' '#' >bad.test
refused 'has 1048576 bytes at most' bad.test
printf '[test a]\nkernel = hello.elf\n' >bad.test
head -c 6000 /dev/zero | sed 's/\x0/expect = x\n/g' >>bad.test
refused 'bad.test:502: a section has 500 lines at most' bad.test

refused "spec 'no.test': No such file" no.test
refused "spec '.': Is a directory" .
refused 'which tests?'
refused 'No such file' good.test no.test
refused "unknown option '--job'; did you mean --jobs?" --job 2 good.test
refused "--jobs: 'x' is not a number from 1 to 256" --jobs x good.test
for shard in 0/4 5/4 x 1 1/ /1 1/2/3 -1/2; do
    refused "--shard: '$shard' is not K/N" --shard "$shard" good.test
done
refused "--format: 'xml' is not one of text|tap|junit|json|gradescope" --format xml good.test
refused "a file's name is missing" --format junit= good.test
refused 'only one format may go to standard output' --format tap --format json good.test
refused "cannot write the report 'no/such': No such file" --format json=no/such good.test
refused 'no test has such a name and tag' --only nothing good.test
refused 'no test has such a name and tag' --tag nothing good.test
refused '--output: wants an argument' good.test --output
if [ -w /dev/full ]; then
    "$microvm" test --output /dev/full good.test >out 2>err
    [ $? -eq 125 ] || complain "a full disk for the report: status $?"
    "$microvm" test good.test >/dev/full 2>err
    [ $? -eq 125 ] || complain "a full standard output: status $?"
fi
exit $failed
