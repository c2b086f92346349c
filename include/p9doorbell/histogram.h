/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * histogram.h - the one latency histogram of the project, log-linear, in ns.
 *
 * The same few lines decide the bucket of a value in BPF (inside the kernel),
 * in the daemon, in the client and in the tests, so a live number and a
 * replayed number cannot differ. No allocation, no floating point in the part
 * that BPF compiles, no clock.
 *
 * Layout: values are first divided by DOORBELL_HIST_UNIT_NS. The first
 * DOORBELL_HIST_SUB buckets are one unit wide; from there on each power of two
 * is cut into DOORBELL_HIST_SUB buckets of equal width. A value beyond the
 * last bucket is counted in the last one; the exact maximum is kept apart.
 *
 * Error: a quantile is reported as the middle of its bucket. For values of at
 * least DOORBELL_HIST_SUB units (256 ns) the relative error is at most
 * DOORBELL_HIST_ERROR_PPM (1/32, 3.13 %), below that the absolute error is at
 * most half a unit (8 ns).
 */
#ifndef P9DOORBELL_HISTOGRAM_H
#define P9DOORBELL_HISTOGRAM_H

#ifdef __bpf__
typedef unsigned char doorbell_u8;
typedef unsigned int doorbell_u32;
typedef int doorbell_i32;
typedef unsigned long long doorbell_u64;
/* A call costs the doorbell path more than the lines it would share. */
#define DOORBELL_INLINE static inline __attribute__((always_inline))
/* What others write at the same time: read and written once, whole, in no order. */
#define DOORBELL_READ(x) (*(const volatile __typeof__(x) *)&(x))
#define DOORBELL_WRITE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))
/* The compiler forgets where @x came from: what is tested next is what is used. */
#define DOORBELL_HIDE(x) asm volatile("" : "+r"(x))
#else
#include <stdint.h>
typedef uint8_t doorbell_u8;
typedef uint32_t doorbell_u32;
typedef int32_t doorbell_i32;
typedef uint64_t doorbell_u64;
#define DOORBELL_INLINE static inline
#define DOORBELL_READ(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define DOORBELL_WRITE(x, value) __atomic_store_n(&(x), (value), __ATOMIC_RELAXED)
#define DOORBELL_HIDE(x) ((void)(x))
#endif

#define DOORBELL_HIST_UNIT_SHIFT 4u
#define DOORBELL_HIST_UNIT_NS (1u << DOORBELL_HIST_UNIT_SHIFT)
#define DOORBELL_HIST_SUB_BITS 4u
#define DOORBELL_HIST_SUB (1u << DOORBELL_HIST_SUB_BITS)
/* Octaves above the linear part: 256 ns .. 2^36 ns (68.7 s). */
#define DOORBELL_HIST_OCTAVES 28u
#define DOORBELL_HIST_BUCKETS (DOORBELL_HIST_SUB * (DOORBELL_HIST_OCTAVES + 1u))
#define DOORBELL_HIST_ERROR_PPM 31300u

/*
 * One histogram as it lies in the shared map.
 * bucket[i]: events, written by BPF with relaxed atomic adds.
 * sum_ns:    sum of all values, ns. max_ns: largest value ever, ns.
 * The number of events is the sum of the buckets: it is not kept twice.
 */
struct doorbell_hist {
	doorbell_u64 sum_ns;
	doorbell_u64 max_ns;
	doorbell_u64 bucket[DOORBELL_HIST_BUCKETS];
};

_Static_assert(DOORBELL_HIST_BUCKETS == 464, "bucket ids are wire format");
_Static_assert(sizeof(struct doorbell_hist) == 3728, "shared with BPF by mmap");

/*
 * Position of the top bit of what is not 0 and below 2^32, without a count-leading-zeros:
 * BPF has none. Hidden, or the compiler makes two branches of each, one for either variable.
 */
DOORBELL_INLINE doorbell_u64 doorbell__log2(doorbell_u64 rest)
{
	doorbell_u64 exponent = 0;

	if (rest >> 16) {
		rest >>= 16;
		exponent += 16;
		DOORBELL_HIDE(rest);
	}
	if (rest >> 8) {
		rest >>= 8;
		exponent += 8;
		DOORBELL_HIDE(rest);
	}
	if (rest >> 4) {
		rest >>= 4;
		exponent += 4;
		DOORBELL_HIDE(rest);
	}
	if (rest >> 2) {
		rest >>= 2;
		exponent += 2;
		DOORBELL_HIDE(rest);
	}
	exponent += rest >> 1;
	return exponent;
}

/**
 * doorbell_hist__index() - the bucket of a value.
 * @value_ns: latency in ns, any value.
 *
 * Return: bucket number, 0 .. DOORBELL_HIST_BUCKETS - 1.
 */
DOORBELL_INLINE doorbell_u64 doorbell_hist__index(doorbell_u64 value_ns)
{
	doorbell_u64 units = value_ns >> DOORBELL_HIST_UNIT_SHIFT;
	doorbell_u64 exponent, beyond;

	if (units < DOORBELL_HIST_SUB)
		return units;
	/* Hidden, or the compiler compares with a constant that takes five instructions. */
	beyond = units >> (DOORBELL_HIST_OCTAVES + DOORBELL_HIST_SUB_BITS);
	DOORBELL_HIDE(beyond);
	if (beyond)
		return DOORBELL_HIST_BUCKETS - 1;

	exponent = doorbell__log2(units) - DOORBELL_HIST_SUB_BITS;
	return (exponent << DOORBELL_HIST_SUB_BITS) + (units >> exponent);
}

#ifndef __bpf__
/**
 * doorbell_hist__low_ns() - lowest value of a bucket, ns.
 * @index: 0 .. DOORBELL_HIST_BUCKETS; the latter gives the end of the range.
 */
static inline doorbell_u64 doorbell_hist__low_ns(doorbell_u32 index)
{
	doorbell_u32 exponent;

	if (index < 2 * DOORBELL_HIST_SUB)
		return (doorbell_u64)index << DOORBELL_HIST_UNIT_SHIFT;
	exponent = (index >> DOORBELL_HIST_SUB_BITS) - 1;
	return (doorbell_u64)(DOORBELL_HIST_SUB + (index & (DOORBELL_HIST_SUB - 1)))
	       << (exponent + DOORBELL_HIST_UNIT_SHIFT);
}

/**
 * doorbell_hist__count() - number of events in @bucket (DOORBELL_HIST_BUCKETS of them).
 */
static inline doorbell_u64 doorbell_hist__count(const doorbell_u64 *bucket)
{
	doorbell_u64 count = 0;

	for (doorbell_u32 i = 0; i < DOORBELL_HIST_BUCKETS; i++)
		count += bucket[i];
	return count;
}

/**
 * doorbell_hist__quantile() - a quantile of a histogram.
 * @bucket: DOORBELL_HIST_BUCKETS counters (cumulative, or the difference of two looks).
 * @max_ns: largest value, ns: caps the answer, so p99.9 never exceeds max. 0: unknown.
 * @permyriad: the quantile in 1/10000: 5000 = p50, 9990 = p99.9; 10000 = the maximum.
 *
 * The event of rank ceil(count * q) decides (nearest rank).
 * Return: ns, the middle of the bucket of that event; 0 when the histogram is empty
 * (test the count first: an empty histogram has no quantile).
 */
static inline doorbell_u64 doorbell_hist__quantile(const doorbell_u64 *bucket, doorbell_u64 max_ns,
						   doorbell_u32 permyriad)
{
	doorbell_u64 count = doorbell_hist__count(bucket), rank, seen = 0, middle;
	doorbell_u32 i;

	if (!count)
		return 0;
	if (max_ns && permyriad >= 10000)
		return max_ns;
	rank = (count / 10000) * permyriad + ((count % 10000) * permyriad + 9999) / 10000;
	if (!rank)
		rank = 1;
	for (i = 0; i < DOORBELL_HIST_BUCKETS - 1; i++) {
		seen += bucket[i];
		if (seen >= rank)
			break;
	}
	middle = (doorbell_hist__low_ns(i) + doorbell_hist__low_ns(i + 1)) / 2;
	return max_ns && middle > max_ns ? max_ns : middle;
}
#endif /* !__bpf__ */

#endif /* P9DOORBELL_HISTOGRAM_H */
