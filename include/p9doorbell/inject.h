/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inject.h - what p9doorbell-inject tells its BPF programs, and what they tell it:
 * which race windows of doorbell emulation (sites) are held open, for how long,
 * and how often that happened.
 *
 * How long a pass of a site is held is a pure function of the seed, the site, the
 * vcpu and the number of the pass (doorbell_delay_ns()), so that a plan and its
 * seed are the whole cause of what was injected, in the kernel and in the tests.
 */
#ifndef P9DOORBELL_INJECT_H
#define P9DOORBELL_INJECT_H

#include "histogram.h"

/*
 * The race windows, numbered as the kernel numbers them: enum kvmppc_doorbell_site
 * of kernel-patch. Append only.
 */
enum doorbell_site {
	DOORBELL_SITE_SEND_TEST = 0,	  /* decoded, request not looked at yet */
	DOORBELL_SITE_SEND_POST = 1,	  /* about to post */
	DOORBELL_SITE_SEND_KICK = 2,	  /* posted, about to wake the target */
	DOORBELL_SITE_SEND_WAKE = 3,	  /* woken, about to read its CPU */
	DOORBELL_SITE_SEND_IPI = 4,	  /* read, about to interrupt it */
	DOORBELL_SITE_ENTRY_CPU = 5,	  /* about to set the CPU */
	DOORBELL_SITE_ENTRY_CHECK = 6,	  /* set, interrupts soft-disabled */
	DOORBELL_SITE_ENTRY_LOAD = 7,	  /* about to read the request */
	DOORBELL_SITE_ENTRY_CLEAR = 8,	  /* latched, about to clear the request */
	DOORBELL_SITE_ENTRY_LATCH = 9,	  /* cleared, about to set DPDES */
	DOORBELL_SITE_ENTRY_RUN = 10,	  /* DPDES set, on the way to the guest */
	DOORBELL_SITE_EXIT_SAVE = 11,	  /* DPDES read, about to keep what it said */
	DOORBELL_SITE_EXIT_HW = 12,	  /* kept, about to clear DPDES */
	DOORBELL_SITE_EXIT_CPU = 13,	  /* about to reset the CPU */
	DOORBELL_SITE_EXIT_IRQ = 14,	  /* reset, about to enable interrupts */
	DOORBELL_SITE_EXIT_LOOP = 15,	  /* enabled, about to handle the exit */
	DOORBELL_SITE_BLOCK_TASK = 16,	  /* nothing to do, about to be wakeable */
	DOORBELL_SITE_BLOCK_STATE = 17,	  /* wakeable, about to set the task's state */
	DOORBELL_SITE_BLOCK_CHECK = 18,	  /* set, about to look again */
	DOORBELL_SITE_BLOCK_SCHED = 19,	  /* still nothing, about to sleep */
	DOORBELL_SITE_DPDES_CPU = 20,	  /* read the CPU of a sibling */
	DOORBELL_SITE_DPDES_REQ = 21,	  /* it left the guest, about to read its request */
	DOORBELL_SITE_DPDES_LATCHED = 22, /* no request, about to read its latch */
	DOORBELL_SITE_MSGCLRP_MID = 23,	  /* latch cleared, about to clear the request */
	DOORBELL_SITE_ONEREG_SET = 24,	  /* about to set what user space wants */
	DOORBELL_SITE_NESTED_SAMPLE = 25, /* L1: about to take the doorbell for its L2 */
	DOORBELL_SITE_NESTED_RETURN = 26, /* L1: back, about to correct the latch */
	DOORBELL_SITE_NESTED_SWAP = 27,	  /* L0: about to become the L2, or the L1 again */
	DOORBELL_SITES = 28,
};

#define DOORBELL_SITE_NAMES                                                              \
	{                                                                                \
		"send.test", "send.post", "send.kick", "send.wake", "send.ipi",          \
		"entry.cpu", "entry.check", "entry.load", "entry.clear", "entry.latch",  \
		"entry.run", "exit.save", "exit.hw", "exit.cpu", "exit.irq",             \
		"exit.loop", "block.task", "block.state", "block.check", "block.sched",  \
		"dpdes.cpu", "dpdes.req", "dpdes.latched", "msgclrp.mid", "onereg.set",  \
		"nested.sample", "nested.return", "nested.swap"                          \
	}

enum doorbell_shape {
	DOORBELL_SHAPE_FIXED = 0,	/* least_ns */
	DOORBELL_SHAPE_UNIFORM = 1,	/* least_ns .. most_ns */
	DOORBELL_SHAPE_LOG_UNIFORM = 2,	/* the same, each doubling as likely as the other */
};

#define DOORBELL_SURE 1000000u		/* chance_ppm: always */
#define DOORBELL_NO_GATE 0xffffffffu
#define DOORBELL_PASS_ANY ~0ull

/*
 * One rule of a plan. chance_ppm 0: the site is not in the plan.
 * A gated pass (gate_site not DOORBELL_NO_GATE) is held until another vcpu passes that
 * site, for most_ns at most, instead of for a time of its own; in kernels that can only
 * plan delays ahead it is held for most_ns.
 */
struct doorbell_site_rule {
	doorbell_u32 least_ns, most_ns;	/* 1 .. the ceiling of the site */
	doorbell_u32 chance_ppm;	/* of each pass; DOORBELL_SURE: every one */
	doorbell_u32 shape;		/* enum doorbell_shape */
	doorbell_u32 gate_site;		/* enum doorbell_site, or DOORBELL_NO_GATE */
	doorbell_u32 reserved;
	doorbell_u64 vcpus;		/* bit of each vcpu_id below 64 that it is for */
	doorbell_u64 first_pass;	/* passes are counted by vcpu and site, from 0: */
	doorbell_u64 last_pass;		/* first_pass .. last_pass, inclusive; DOORBELL_PASS_ANY: no end */
};

_Static_assert(sizeof(struct doorbell_site_rule) == 48, "shared with BPF");

/* Ceilings that hold whatever a plan says; BPF refuses to go beyond them. */
struct doorbell_budget {
	doorbell_u64 second_ns;		/* injected delay in each second, all CPUs together */
	doorbell_u64 total_ns;		/* injected delay in all */
};

/*
 * How long a site is held at most, by what else waits meanwhile: code that could be
 * preempted, who spins for a lock, or, with interrupts off, everybody who sends an IPI
 * to this CPU. @planned: the kernel waits itself (kernel-patch has the same table); else
 * a probe does, in which nothing is preempted.
 */
DOORBELL_INLINE doorbell_u32 doorbell_site__most_ns(doorbell_u32 site, doorbell_u32 planned)
{
	switch (site) {
	case DOORBELL_SITE_SEND_TEST:
	case DOORBELL_SITE_EXIT_LOOP:
	case DOORBELL_SITE_DPDES_CPU:
	case DOORBELL_SITE_DPDES_REQ:
	case DOORBELL_SITE_DPDES_LATCHED:
	case DOORBELL_SITE_MSGCLRP_MID:
	case DOORBELL_SITE_ONEREG_SET:
	case DOORBELL_SITE_NESTED_SWAP:
		return planned ? 10000000 : 1000000;
	case DOORBELL_SITE_ENTRY_CPU:
	case DOORBELL_SITE_BLOCK_TASK:
	case DOORBELL_SITE_BLOCK_STATE:
	case DOORBELL_SITE_BLOCK_CHECK:
	case DOORBELL_SITE_BLOCK_SCHED:
		return 1000000;
	case DOORBELL_SITE_SEND_POST:
	case DOORBELL_SITE_SEND_KICK:
	case DOORBELL_SITE_SEND_WAKE:
	case DOORBELL_SITE_SEND_IPI:
	case DOORBELL_SITE_ENTRY_CHECK:
		return 100000;
	case DOORBELL_SITE_EXIT_IRQ:	/* a probe of it is the handler of an IPI */
		return planned ? 100000 : 50000;
	case DOORBELL_SITE_ENTRY_RUN:
		return 20000;
	default:			/* interrupts are off */
		return 50000;
	}
}

/* A lease that lasts longer is none. */
#define DOORBELL_LEASE_MOST_NS 10000000000ull

/* What user space asks for, in the memory of its BPF programs. */
struct doorbell_order {
	doorbell_u64 lease_until_ns;	/* of CLOCK_MONOTONIC; past: nothing is held */
	doorbell_u64 seed;
	doorbell_u64 vcpus;		/* of the target: bit of each vcpu_id */
	doorbell_u32 tgid;		/* the target's VMM */
	doorbell_u32 reserved;
	struct doorbell_budget budget;
	struct doorbell_site_rule rule[DOORBELL_SITES];
};

_Static_assert(sizeof(struct doorbell_order) == 48 + 28 * 48, "shared with BPF");

/* Everything injected so far at one site. */
struct doorbell_site_count {
	doorbell_u64 passes;		/* by the target's vcpus while armed */
	doorbell_u64 fires;		/* of these held */
	doorbell_u64 refused;		/* wanted by the plan, not held: budget or lease */
	doorbell_u64 wanted_ns;		/* sum over fires of what was asked for */
	doorbell_u64 held_ns;		/* sum of what it became */
	doorbell_u64 gates;		/* gated fires that the other side ended, not the timeout */
	doorbell_u64 vcpus;		/* bit of each vcpu_id that was held */
};

_Static_assert(sizeof(struct doorbell_site_count) == 56, "shared with BPF");

/* splitmix64: every output bit depends on every input bit. Source: Steele et al., OOPSLA 2014. */
DOORBELL_INLINE doorbell_u64 doorbell_mix(doorbell_u64 x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

/* @of values, each as likely as the other: 0 .. @of - 1, of the upper half of @draw. */
DOORBELL_INLINE doorbell_u32 doorbell_draw__below(doorbell_u64 draw, doorbell_u32 of)
{
	return (doorbell_u32)((draw >> 32) * of >> 32);
}

/*
 * From @least_ns to @most_ns, which is reached in so many doublings: one of them is drawn,
 * then a value in it. The last one may be cut short by @most_ns.
 */
DOORBELL_INLINE doorbell_u64 doorbell_draw__log_uniform(doorbell_u32 least_ns, doorbell_u32 most_ns,
							doorbell_u64 draw, doorbell_u64 draw_in_it)
{
	doorbell_u32 doublings = (doorbell_u32)(doorbell__log2(most_ns) - doorbell__log2(least_ns));
	doorbell_u64 low_ns, high_ns;

	if (((doorbell_u64)least_ns << (doublings & 31)) < most_ns)
		doublings++;
	low_ns = (doorbell_u64)least_ns << (doorbell_draw__below(draw, doublings) & 31);
	high_ns = low_ns << 1;
	if (high_ns > most_ns)
		high_ns = most_ns;
	return low_ns + doorbell_draw__below(draw_in_it, (doorbell_u32)(high_ns - low_ns) + 1);
}

/**
 * doorbell_delay_ns() - how long one pass of a site is held.
 * @vcpu: vcpu_id. @pass: how often this vcpu passed this site before.
 *
 * Return: 0: not at all; else from rule->least_ns to rule->most_ns, of a gated pass the
 * timeout, rule->most_ns. A rule with least_ns 0 or above most_ns holds nothing.
 */
DOORBELL_INLINE doorbell_u64 doorbell_delay_ns(const struct doorbell_site_rule *rule, doorbell_u64 seed,
					       doorbell_u32 site, doorbell_u32 vcpu, doorbell_u64 pass)
{
	doorbell_u32 least_ns = rule->least_ns, most_ns = rule->most_ns;
	doorbell_u64 draw, draw_in_it;

	if (!least_ns || least_ns > most_ns || vcpu > 63 || !(rule->vcpus >> vcpu & 1))
		return 0;
	if (pass < rule->first_pass || pass > rule->last_pass)
		return 0;
	/* Spread first, or seed 0 at vcpu 1 would be seed 1 at vcpu 0. Any odd number of 64 bits does. */
	draw = ((doorbell_u64)site << 32 | vcpu) * 0xd1342543de82ef95ull;
	draw = doorbell_mix(doorbell_mix(seed ^ draw) + pass);
	if (doorbell_draw__below(draw, DOORBELL_SURE) >= rule->chance_ppm)
		return 0;
	/* The lower half has not decided anything yet. */
	draw <<= 32;
	draw_in_it = doorbell_mix(draw);
	if (rule->gate_site != DOORBELL_NO_GATE)
		return most_ns;
	if (rule->shape == DOORBELL_SHAPE_UNIFORM)
		return least_ns + doorbell_draw__below(draw_in_it, most_ns - least_ns + 1);
	if (rule->shape == DOORBELL_SHAPE_LOG_UNIFORM)
		return doorbell_draw__log_uniform(least_ns, most_ns, draw, draw_in_it);
	return least_ns;
}

#endif /* P9DOORBELL_INJECT_H */
