#!/bin/sh
# SPDX-License-Identifier: MIT
# What compilers call by themselves is there, with and without a libgcc, and does what it should.
# usage: functions_that_compilers_call_are_added_and_right.sh MICROVM
set -u
microvm=$1
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 125
unset CC
failed=0
cat >main.c <<'EOF'
typedef unsigned long u64;
void *memcpy(void *to, const void *from, u64 n);
void *memmove(void *to, const void *from, u64 n);
void *memset(void *to, int byte, u64 n);
int memcmp(const void *a, const void *b, u64 n);
u64 __bswapdi2(u64);
unsigned __bswapsi2(unsigned);
int __popcountdi2(u64), __paritydi2(u64), __clzdi2(u64), __ctzdi2(u64), __ffsdi2(u64);

static unsigned char a[64], b[64];
static unsigned wrong;

static void put(const char *s)
{
    while (*s)
        *(volatile char *)0x10000000 = *s++;
}

static void check(int right, const char *name)
{
    if (!right) {
        put(name);
        put(" is wrong\n");
        wrong++;
    }
}

static void check_bits(u64 x)
{
    int ones = 0, highest = -1, lowest = 64;
    u64 swapped = 0;
    for (int i = 0; i < 64; i++) {
        if (!(x >> i & 1))
            continue;
        ones++;
        highest = i;
        lowest = i < lowest ? i : lowest;
        swapped |= 1ul << (56 - (i & 56) + (i & 7));
    }
    check(__popcountdi2(x) == ones, "popcount");
    check(__paritydi2(x) == (ones & 1), "parity");
    check(__bswapdi2(x) == swapped, "bswap of 64 bits");
    check(__bswapsi2((unsigned)x) == (unsigned)(__bswapdi2(x << 32)), "bswap of 32 bits");
    check(__ffsdi2(x) == (x == 0 ? 0 : lowest + 1), "ffs");
    if (x != 0) {
        check(__clzdi2(x) == 63 - highest, "clz");
        check(__ctzdi2(x) == lowest, "ctz");
    }
}

static void fill(void)
{
    for (int i = 0; i < 64; i++) {
        a[i] = (unsigned char)i;
        b[i] = 0xaa;
    }
}

static void check_memory(void)
{
    for (u64 n = 0; n < 20; n++) {
        fill();
        check(memcpy(b + 3, a + 5, n) == b + 3, "memcpy's result");
        for (u64 i = 0; i < 64; i++)
            check(b[i] == (i - 3 < n ? i + 2 : 0xaa), "memcpy");
        check(memcmp(b + 3, a + 5, n) == 0, "memcmp of equals");
        fill();
        check(memset(b + 1, 0x1f0, n) == b + 1, "memset's result");
        for (u64 i = 0; i < 64; i++)
            check(b[i] == (i - 1 < n ? 0xf0 : 0xaa), "memset");
        for (int shift = -4; shift <= 4; shift++) {
            fill();
            check(memmove(a + 10 + shift, a + 10, n) == a + 10 + shift, "memmove's result");
            for (u64 i = 0; i < 64; i++)
                check(a[i] == (i - 10 - shift < n ? i - shift : i), "memmove");
        }
    }
    fill();
    b[0] = 0x80;
    check(memcmp(a, b, 1) < 0 && memcmp(b, a, 1) > 0, "memcmp of bytes above 127");
}

int main(void)
{
    u64 x = 1;
    check_memory();
    check_bits(0);
    check_bits(-1ul);
    for (int i = 0; i < 64; i++, x = x * 6364136223846793005ul + 1442695040888963407ul) {
        check_bits(1ul << i);
        check_bits(-1ul >> i);
        check_bits(x);
    }
    put(wrong ? "" : "all right\n");
    return 0;
}
EOF
tried=0
for compiler in riscv64-unknown-elf-gcc riscv64-linux-gnu-gcc clang-19; do
    command -v $compiler >/dev/null || continue
    tried=$((tried + 1))
    "$microvm" build --cc $compiler --run -- --strict </dev/null >out 2>err
    [ "$(cat out)" = 'all right' ] && [ ! -s err ] || { echo "$compiler:"; cat out err; failed=1; }
done
[ $tried -gt 0 ] || { echo "no compiler for RISC-V"; exit 77; }
exit $failed
