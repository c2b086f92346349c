// SPDX-License-Identifier: GPL-2.0-only
/*
 * Radix page tables for a guest that runs with relocation on, as operating
 * systems do: every address means itself, in pages of 1 GiB, for the privileged.
 * Interrupts are taken with relocation off and return to it.
 *
 * KVM reads an instruction that it emulates in another way for each of the two,
 * so what an emulation costs depends on it. Power ISA 3.0B, book III, 5.7.8.
 */
#include "../guest/truth.h"
#include "vmm.h"

#include <endian.h>

#define ROOT	(DB_TABLES_ADDR)		/* 2^13 entries, aligned to its size */
#define MIDDLE	(ROOT + 0x10000)		/* 2^9 entries, each for 1 GiB */
#define PROCESS	(MIDDLE + 0x1000)		/* the process table: one page */

#define VALID		(1ull << 63)
#define LEAF		(1ull << 62)
#define REFERENCED	0x100ull
#define CHANGED		0x80ull
#define PRIVILEGED	0x8ull
#define READ		0x4ull
#define WRITE		0x2ull
#define EXECUTE		0x1ull
#define TREE_52_BITS	(0x4000000000000000ull | 0xa0)	/* RTS: 2^(31 + 0b10101) bytes */
#define ROOT_BITS	13
#define MIDDLE_BITS	9
#define TABLE_RADIX	(1ull << 63)		/* PATB_GR: what KVM wants to hear */

static void put(uint8_t *ram, uint64_t addr, uint64_t value)
{
	*(uint64_t *)(ram + addr) = htobe64(value);
}

uint64_t mmu__identity(uint8_t *ram)
{
	put(ram, MIDDLE, VALID | LEAF | REFERENCED | CHANGED | PRIVILEGED | READ | WRITE | EXECUTE);
	put(ram, ROOT, VALID | MIDDLE | MIDDLE_BITS);
	put(ram, PROCESS, TREE_52_BITS | ROOT | ROOT_BITS);
	return TABLE_RADIX | PROCESS;
}
