/* SPDX-License-Identifier: MIT */
/* The compiler's own spellings, all of them: nothing else in the tree may use an attribute or a builtin directly. */
#ifndef MICROVM_BASE_COMPILER_H
#define MICROVM_BASE_COMPILER_H

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))
#define COLD __attribute__((cold, noinline))
#define UNUSED __attribute__((unused))
#define PRINTF_FORMAT(string, first) __attribute__((format(printf, string, first)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* The type of an expression: of a library's function, from its header. */
#define TYPE_OF(a) __typeof__(a)

/* 128-bit integers, which C17 does not name. */
typedef __int128 int128;
typedef unsigned __int128 uint128;

#define count_leading_zeros64(a) ((a) == 0 ? 64u : (unsigned)__builtin_clzll(a))
#define count_trailing_zeros64(a) ((a) == 0 ? 64u : (unsigned)__builtin_ctzll(a))
#define count_leading_zeros32(a) ((a) == 0 ? 32u : (unsigned)__builtin_clz(a))
#define count_trailing_zeros32(a) ((a) == 0 ? 32u : (unsigned)__builtin_ctz(a))
#define count_ones64(a) ((unsigned)__builtin_popcountll(a))
#define swap_bytes64(a) ((uint64_t)__builtin_bswap64(a))

/* Tells the processor that a loop waits for another one's store. */
#if defined(__x86_64__)
#define spin_pause() __builtin_ia32_pause()
#else
#define spin_pause() ((void)0)
#endif

/* 1 in builds whose sanitizers make system calls of their own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RUNS_UNDER_A_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define RUNS_UNDER_A_SANITIZER 1
#endif
#endif
#ifndef RUNS_UNDER_A_SANITIZER
#define RUNS_UNDER_A_SANITIZER 0
#endif

/* TAIL: a call in tail position that must become a jump. clang guarantees it; gcc makes it one at -O2,
 * and a build check looks at the handlers' code. */
#if defined(__clang__)
#define TAIL __attribute__((musttail)) return
#else
#define TAIL return
#endif

#endif
