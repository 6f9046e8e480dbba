#!/bin/sh
# SPDX-License-Identifier: MIT
# mkfs.sh IMAGE FILE...: makes IMAGE, a disk of 256 sectors with a tinyfs that holds the files.
set -e
image=$1
shift

# A number as COUNT bytes, the lowest first: little_endian NUMBER COUNT
little_endian() {
    number=$1
    for _ in $(seq "$2"); do
        printf "\\$(printf %03o $((number % 256)))"
        number=$((number / 256))
    done
}

# Standard input goes to byte OFFSET of the image.
put_at() {
    dd of="$image" bs=1 seek="$1" conv=notrunc status=none
}

rm -f "$image"
truncate -s $((256 * 512)) "$image"
printf tinyfs01 | put_at 0
for sector in 0 1 2; do                 # these three are no file's: their chains end at once
    little_endian 1 2 | put_at $((512 + 2 * sector))
done

free=3
entry=1024
for file; do
    size=$(wc -c <"$file")
    count=$(((size + 511) / 512))
    first=$((count ? free : 1))
    printf %.23s "$(basename "$file")" | put_at $entry
    { little_endian "$size" 4; little_endian $first 4; } | put_at $((entry + 24))
    put_at $((512 * free)) <"$file"
    while [ $count -gt 0 ]; do          # each sector names the next, the last one says 1
        count=$((count - 1))
        little_endian $((count ? free + 1 : 1)) 2 | put_at $((512 + 2 * free))
        free=$((free + 1))
    done
    entry=$((entry + 32))
done
