/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * replay.h - a list of steps for the state machine, and what they leave behind:
 * the seam between replay.bpf.c and test_replay.c. The step itself stands here
 * too, so that nothing but the compiler and the machine differs between the two.
 */
#ifndef P9DOORBELL_TESTS_REPLAY_H
#define P9DOORBELL_TESTS_REPLAY_H

#include <p9doorbell/inject.h>
#include <p9doorbell/lifecycle.h>

#define REPLAY_STEPS 2048u
#define REPLAY_VCPUS 4u /* of one vcore */

/* Append only at will: nothing is stored. */
enum replay_kind {
	REPLAY_POST, /* the kernel sets the request, the kick is seen */
	REPLAY_KICK, /* a kick alone, later than its request */
	REPLAY_ENTER,
	REPLAY_CONSUME, /* the kernel clears the request, nobody sees it */
	REPLAY_BOUNCE, /* and sets it again */
	REPLAY_TRAP, /* argument: op */
	REPLAY_CLEAR,
	REPLAY_END,
	REPLAY_DECODE, /* argument: instruction word */
	REPLAY_MESSAGE, /* argument: RB */
	REPLAY_VALUE, /* argument: a latency, into the histogram of its own */
	REPLAY_DELAY, /* argument: a rule and a pass */
	/* With doorbell tracepoints. */
	REPLAY_EMULATED, /* argument: op */
	REPLAY_SENT, /* argument: target thread; open: posted */
	REPLAY_TOOK, /* argument: how long ago it was posted */
	REPLAY_LEFT, /* open: latched */
	REPLAY_DROPPED, /* argument: what */
	REPLAY_BALANCE, /* open: the request is set */
	REPLAY_KINDS,
};

struct replay_step {
	doorbell_u64 now_ns;
	doorbell_u64 argument;
	doorbell_u32 kind; /* enum replay_kind */
	doorbell_u32 vcpu;
	doorbell_u32 open; /* MSR[EE] */
	doorbell_u32 reserved;
};

/* What a step said by itself. */
struct replay_answer {
	doorbell_u64 value;
	struct doorbell_samples samples;
};

struct replay {
	doorbell_u64 count;
	struct replay_step step[REPLAY_STEPS];
	struct replay_answer answer[REPLAY_STEPS];
	struct doorbell_vcpu vcpu[REPLAY_VCPUS];
	struct doorbell_vcore vcore;
	struct doorbell_gone gone;
	struct doorbell_hist hist;
	doorbell_u8 request[8];
};

_Static_assert(sizeof(struct replay_step) == 32, "read by BPF");
_Static_assert(sizeof(struct replay_answer) == 16 + 8 * DOORBELL_LATENCIES, "written by BPF");
_Static_assert(sizeof(struct replay) % 8 == 0, "a map's value");

/* What an entry may find: made up, but the same for both. */
DOORBELL_INLINE struct doorbell_moment replay__moment(const struct replay_step *step)
{
	struct doorbell_moment moment = {
		.now_ns = step->now_ns,
		.left_ns = step->now_ns - (step->argument & 0xfff),
		.arrived_ns = step->argument & 0x1000 ? step->now_ns - (step->argument >> 13 & 0xfff) : 0,
		.account = { step->argument >> 3 & 0xffff, step->argument >> 19 & 7 },
	};

	return moment;
}

DOORBELL_INLINE void replay__posted(struct replay *replay, struct doorbell_vcpu *vcpu,
				    const struct replay_step *step, struct doorbell_samples *samples)
{
	struct doorbell_note note = {
		.from_ns = step->now_ns,
		.to_ns = step->now_ns,
		.account = { step->argument & 0xffff, step->argument >> 16 & 7 },
		.source = step->argument >> 20 & 7,
	};

	doorbell_vcpu__posted(vcpu, &replay->vcore, &note, step->argument >> 24 & 15, samples);
}

/* Translation as observe.bpf.c does it: settle only what is unsettled. */
DOORBELL_INLINE doorbell_u64 replay__enter(struct replay *replay, struct doorbell_vcpu *vcpu,
					   doorbell_u8 *request, const struct replay_step *step,
					   struct doorbell_samples *samples)
{
	struct doorbell_moment moment = replay__moment(step);
	int pending = *request;

	if (vcpu->resuming)
		doorbell_vcpu__resumed(vcpu, &replay->vcore, step->now_ns, samples);
	if (DOORBELL_READ(vcpu->post_ns))
		doorbell_vcpu__settle(vcpu, &replay->vcore, doorbell_vcpu__post(vcpu), pending,
				      &moment, samples);
	doorbell_vcpu__entered(vcpu, pending, step->open, step->argument, step->now_ns);
	return pending;
}

/* A rule, some of them good, as everything else of a step. */
DOORBELL_INLINE doorbell_u64 replay__delay(const struct replay_step *step)
{
	struct doorbell_site_rule rule = {
		.least_ns = step->argument & 0xffff,
		.most_ns = step->argument >> 4 & 0xffffffff,
		.chance_ppm = step->now_ns & (DOORBELL_SURE | 0xfffff),
		.shape = step->argument >> 36 & 3,
		.gate_site = step->open && step->argument >> 38 & 1 ? DOORBELL_SITE_SEND_KICK : DOORBELL_NO_GATE,
		.vcpus = step->argument >> 39 | 1,
		.last_pass = DOORBELL_PASS_ANY,
	};

	return doorbell_delay_ns(&rule, step->argument, step->kind, step->vcpu, step->now_ns);
}

/* The steps that look at no row. */
DOORBELL_INLINE doorbell_u64 replay__pure(struct replay *replay, const struct replay_step *step)
{
	struct doorbell_insn insn;

	switch (step->kind) {
	case REPLAY_DECODE:
		insn = doorbell_insn__decode((doorbell_u32)step->argument);
		return insn.op << 8 | insn.rb;
	case REPLAY_MESSAGE:
		return doorbell_msg__thread(step->argument) << 1 |
		       doorbell_msg__valid(step->argument);
	case REPLAY_VALUE:
		doorbell_hist__add(&replay->hist, step->argument);
		return doorbell_hist__index(step->argument);
	case REPLAY_DELAY:
		return replay__delay(step);
	}
	return ~0ull;
}

/* The steps of a kernel with doorbell tracepoints. */
DOORBELL_INLINE doorbell_u64 replay__traced(struct replay *replay, struct doorbell_vcpu *vcpu,
					    const struct replay_step *step,
					    struct doorbell_samples *samples)
{
	struct doorbell_moment moment = replay__moment(step);
	doorbell_u64 request = step->open;

	switch (step->kind) {
	case REPLAY_EMULATED:
		doorbell_vcpu__emulated(vcpu, &replay->vcore, step->argument & 7, step->now_ns,
					samples);
		return 0;
	case REPLAY_SENT:
		doorbell_vcpu__sent(vcpu, &replay->vcpu[step->argument & (REPLAY_VCPUS - 1)],
				    step->argument & (DOORBELL_THREADS - 1), step->open);
		return 0;
	case REPLAY_TOOK:
		return doorbell_vcpu__took(vcpu, &replay->vcore, step->now_ns - step->argument,
					   &moment, samples);
	case REPLAY_LEFT:
		doorbell_vcpu__left(vcpu, &replay->vcore, &moment, step->open, samples);
		return doorbell_vcpu__open(vcpu);
	case REPLAY_DROPPED:
		doorbell_vcpu__dropped(vcpu, &replay->vcore, step->argument & 3, step->now_ns);
		return 0;
	case REPLAY_BALANCE:
		if (doorbell_vcpu__unbalanced(vcpu))
			doorbell_vcpu__balance(vcpu, &request);
		return vcpu->cleared;
	}
	return replay__pure(replay, step);
}

DOORBELL_INLINE doorbell_u64 replay__do(struct replay *replay, const struct replay_step *step,
					struct doorbell_samples *samples)
{
	doorbell_u32 index = step->vcpu & (REPLAY_VCPUS - 1);
	struct doorbell_vcpu *vcpu = &replay->vcpu[index];
	doorbell_u8 *request = &replay->request[index];

	switch (step->kind) {
	case REPLAY_POST:
		*request = 1;
		replay__posted(replay, vcpu, step, samples);
		return 0;
	case REPLAY_KICK:
		replay__posted(replay, vcpu, step, samples);
		return 0;
	case REPLAY_ENTER:
		return replay__enter(replay, vcpu, request, step, samples);
	case REPLAY_CONSUME:
		*request = 0;
		return 0;
	case REPLAY_BOUNCE:
		*request = 1;
		return 0;
	case REPLAY_TRAP:
		/* The mask changes nothing but what the verifier knows. */
		return doorbell_vcpu__trapped(vcpu, step->argument & 7, step->now_ns);
	case REPLAY_CLEAR:
		*request = 0;
		doorbell_vcpu__cleared(vcpu, &replay->vcore, doorbell_vcpu__post(vcpu), 0,
				       step->open, samples);
		return 0;
	case REPLAY_END:
		doorbell_vcpu__ended(vcpu, &replay->vcore, *request, samples);
		doorbell_gone__add(&replay->gone, vcpu);
		return 0;
	}
	return replay__traced(replay, vcpu, step, samples);
}

DOORBELL_INLINE void replay__one(struct replay *replay, doorbell_u32 number)
{
	struct doorbell_samples samples = { 0 };
	struct replay_answer *answer;

	if (number >= REPLAY_STEPS)
		return;
	answer = &replay->answer[number];
	answer->value = replay__do(replay, &replay->step[number], &samples);
	answer->samples = samples;
}

#endif /* P9DOORBELL_TESTS_REPLAY_H */
