#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Debian mounts two folders: it copies a tree from the one that it may only read, packs, unpacks, moves and links in the other, and the host
# finds the same there; what it may not do it is refused. The replay prints the same with no folder at hand, and a machine that was
# saved in the middle of writing goes on with its open files.
. "$(dirname -- "$0")/lib.sh"
devices=$cache/guests/devices.cpio.gz
[[ -r $devices ]] || die "no $devices: run scripts/guests first"
mkdir -p "$work/in" "$work/folder"
cp -r "$root/src/base" "$root/src/virtio" "$work/in/"
ln -s ../secret "$work/in/virtio/out"
echo secret >"$work/secret"
mkfifo "$work/in/fifo"

mount_both() {
    cat <<'EOI'
modprobe -a virtio_mmio 9pnet_virtio 9p; PS1=; stty -echo
mkdir /in /out; options=trans=virtio,version=9p2000.L,msize=512000
mount -t 9p -o $options share /in && mount -t 9p -o $options second /out && echo both are mounted
EOI
}
{
    mount_both
    cat <<'EOI'
rm /in/fifo; echo x >/in/new; mknod /out/null c 1 3; mkfifo /out/fifo; cat /in/virtio/out
cp -r /in/base /in/virtio /out/
tar cf /out/all.tar -C /in base virtio && mkdir /out/unpacked && tar xf /out/all.tar -C /out/unpacked && echo unpacked
diff -r /out/base /out/unpacked/base && diff -r /in/base /out/base && echo all the same
cd /out; mkdir -p a/b/c; echo deep >a/b/c/f; mv a/b a/d; cat a/d/c/f; ln a/d/c/f linked; ln -s d/c a/link; cat a/link/f
exec 5<>open; echo first >&5; rm open; echo second >&5; cat open; head -c 100000 /dev/urandom >noise; md5sum noise
chmod 4750 linked; chown 5:5 linked; touch -d '2001-02-03 04:05:06' linked; ls -l linked | cut -c1-10
i=0; while [ $i -lt 200 ]; do echo $i >n$i; mv n$i m$i; i=$((i + 1)); done; ls | grep -c '^m'; rm m*
dd if=/dev/zero of=big bs=64k count=200 conv=fsync 2>/dev/null; echo end >>big; wc -c big; cd /; umount /out && echo it is unmounted
poweroff -f
EOI
} >"$work/commands"
"$MICROVM" run "$image" --initrd "$devices" --cmdline quiet --share "$work/in" --share "$work/folder,rw,tag=second" -vv \
    --record "$work/recording" <"$work/commands" >"$work/out" 2>"$work/err"
for line in 'both are mounted' 'fifo.: Read-only file system' '/in/new: Read-only file system' \
    '/out/null: Operation not permitted' '/out/fifo: Operation not permitted' '/in/virtio/out.: No such file' unpacked 'all the same' \
    '^deep' '^-rwxr-x---' '^200' '13107204 big' 'it is unmounted'; do
    want "$line"
done
[[ $(grep -c '^deep' "$work/out") == 2 ]] || die 'the link does not lead to the file'
diff -r "$work/in/base" "$work/folder/unpacked/base" || die 'the host finds something else'
[[ $(md5sum <"$work/folder/noise" | cut -c1-32) == $(sed -n 's/^\([0-9a-f]\{32\}\)  noise.*/\1/p' "$work/out") ]] ||
    die 'the host reads something else than the guest'
[[ $(stat -c '%a %u %Y' "$work/folder/linked") == "750 $(id -u) 981173106" ]] || die "linked: $(stat "$work/folder/linked")"
[[ -p $work/in/fifo && ! -e $work/folder/open && $(readlink "$work/folder/a/link") == d/c ]] || die 'names went astray'

rm -r "$work/folder"
mv "$work/in" "$work/gone"
mv "$work/out" "$work/first"
digest=$(grep 'state digest' "$work/err") || die 'the run has no digest'
boot --replay "$work/recording" -vv || die "the replay failed: $(cat "$work/err")"
cmp "$work/first" "$work/out" || die 'the replay printed something else'
grep -qxF -- "$digest" "$work/err" || die "the replay ended in another state: $(cat "$work/err")"
[[ ! -e $work/folder && ! -e $work/in ]] || die 'the replay made files'

mkdir "$work/in" "$work/both"
{
    mount_both
    cat <<'EOI'
cd /out; exec 5>log; i=0; while [ $i -lt 400 ]; do echo line $i >&5; [ $i -eq 100 ] && echo half"way"; i=$((i + 1)); done
exec 5>&-; md5sum log; poweroff -f
EOI
} >"$work/commands"
"$MICROVM" run "$image" --initrd "$devices" --cmdline quiet --share "$work/in" --share "$work/both,rw,tag=second" --clock virtual \
    --save-snapshot "$work/saved" --at-output halfway <"$work/commands" >"$work/out" 2>"$work/err"
want '  log'
grep '  log' "$work/out" >"$work/sum"
for ((i = 0; i < 102; i++)); do echo "line $i"; done >"$work/both/log" # about as it was then
sed -n '$p' "$work/commands" >"$work/rest"
"$MICROVM" run --load-snapshot "$work/saved" --share "$work/in" --share "$work/both,rw,tag=second" <"$work/rest" >"$work/out" \
    2>"$work/err" || die "the saved machine failed: $(cat "$work/err")"
grep '  log' "$work/out" | cmp - "$work/sum" || die 'the open file was written differently'
