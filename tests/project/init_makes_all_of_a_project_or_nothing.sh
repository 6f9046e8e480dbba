#!/bin/sh
# SPDX-License-Identifier: MIT
# microvm init overwrites nothing, says what it does not like in one line, leaves nothing behind then, and copes with odd names.
# usage: init_makes_all_of_a_project_or_nothing.sh MICROVM
set -u
microvm=$(realpath "$1")
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
mkdir "$work/in" && cd "$work/in" || exit 125
failed=0

complain() {
    echo "$1"
    cat "$work/out" "$work/err"
    failed=1
}

# refuse TEXT WORD...: microvm init WORD... ends with 125 and one line that holds TEXT, and the folder is as it was.
refuse() {
    text=$1
    shift
    find . | sort >"$work/before"
    "$microvm" init "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    [ "$status" -eq 125 ] || complain "$*: status $status"
    [ "$(wc -l <"$work/err")" -eq 1 ] || complain "$*: not one line"
    grep -qF -- "$text" "$work/err" || complain "$*: nothing of '$text'"
    find . | sort | diff "$work/before" - || complain "$*: something was made"
}

# accept TITLE WORD...: a project whose README has this title.
accept() {
    title=$1
    shift
    "$microvm" init "$@" >"$work/out" 2>"$work/err" </dev/null || complain "$*: refused"
    grep -qxF "# $title" "$1/README.md" || complain "$*: README.md is not of '$title'"
    [ -f "$1/.vscode/launch.json" ] && [ -f "$1/.gdbinit" ] && [ -f "$1/kernel.test" ] || complain "$*: a file is missing"
    [ "$(find "$1" -name '.microvm*' | wc -l)" -eq 0 ] || complain "$*: something is left behind"
}

mkdir full empty 'empty too' && echo mine >full/README.md && echo mine >file && ln -s nowhere dangling && ln -s empty link
refuse 'wants an argument' x --template
refuse 'to be called' --rust
refuse "'full' is there already and is not empty" full
refuse "'full' is there already" full/
refuse "'file' is there already and is no folder" file
refuse "'dangling' is there already" dangling
refuse 'is not empty' .
refuse 'is not empty' ..
refuse 'is not empty' full/../full
refuse "the folder 'no': No such file or directory" no/where
refuse 'Not a directory' file/x
refuse "'-x' begins with a dash; if the folder is to be called so, write ./-x" -x
refuse 'two names given' my os
refuse "there is no template 'hello-wold'; did you mean hello-world" x --template hello-wold
refuse 'there is no template' x --template ../minimal-kernel
refuse '--rust is --template rust-kernel' x --rust --template hello-world
refuse '--list makes nothing' --list x
refuse "unknown option '--templete'; did you mean --template" x --templete y
refuse 'control character' "$(printf 'a\nb')"
refuse 'wants a name' ''
refuse 'File name too long' "$(head -c 300 /dev/zero | tr '\0' a)"
refuse 'too long' "$(head -c 5000 /dev/zero | tr '\0' a)"
[ "$(cat full/README.md file)" = 'mine
mine' ] || complain "a file was changed"

# A disk that is full in the middle; here a file's greatest size stands for it.
(trap '' XFSZ && ulimit -f 1 && refuse 'File too large; nothing was made' x && exit $failed) || failed=1
(trap '' XFSZ && ulimit -f 1 && refuse 'File too large; nothing was made' empty && exit $failed) || failed=1
if [ "$(id -u)" -ne 0 ]; then
    mkdir closed && chmod 555 closed
    refuse 'Permission denied' closed/x
    refuse 'Permission denied' closed
fi

accept my-os my-os
grep -q '^    cd my-os$' "$work/out" || complain "does not say cd"
accept 'my first os' 'my first os'
grep -q "^    cd 'my first os'\$" "$work/out" || complain "the name is not quoted for the shell"
accept "it's \"mine\" \$(id) \\ @NAME@ é" "it's \"mine\" \$(id) \\ @NAME@ é"
cd_line=$(grep '^    cd ' "$work/out")
sh -euc "$cd_line && [ -f kernel.test ]" || complain "the line '$cd_line' does not lead there"
accept -x ./-x
accept in-a-folder full/in-a-folder
accept slashes slashes//
accept empty empty
accept 'empty too' 'empty too/'
rm -rf empty && mkdir empty
accept empty link
[ -L link ] || complain "a link was replaced"
mkdir here && cd here && accept here . && [ "$(ls -A | wc -l)" -ge 10 ] || complain "not made in the present folder"
grep -q '    cd ' "$work/out" && complain "cd . is no use"
cd ..
(umask 027 && "$microvm" init masked >/dev/null && [ "$(stat -c %a masked masked/.vscode masked/kernel.ld | tr '\n' ' ')" = '750 750 640 ' ]) ||
    complain "the umask is not kept"

# The line with PATH is there if it is needed.
mkdir "$work/bin" && ln -s "$microvm" "$work/bin/microvm"
PATH=$work/bin:/usr/bin:/bin "$microvm" init on-path >"$work/out"
grep -q 'PATH=' "$work/out" && complain "PATH is printed for nothing"
PATH=/usr/bin:/bin "$microvm" init off-path >"$work/out"
[ -x /usr/bin/microvm ] || [ -x /bin/microvm ] || (
    PATH=/usr/bin:/bin
    eval "$(grep '^    PATH=' "$work/out")"
    command -v microvm >/dev/null
) || complain "the line with PATH does not help"
exit $failed
