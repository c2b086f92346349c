/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm_model.h - KVM's doorbell protocol for one target vcpu, small and faithful,
 * in front of the state machine of lifecycle.h. The model knows what the kernel
 * hides: which doorbell the guest took. So tests can hold the observer's numbers
 * against the truth over any interleaving of senders, entries and exits.
 *
 * Order of things as in arch/powerpc/kvm/book3s_hv.c and book3s_hv_p9_entry.c
 * (6.1 to 7.3): the tracepoint of an entry, then an abort or the consumption
 * (request -> DPDES), the guest, then the exit that puts a DPDES which is still
 * set back into the request. A sender sets the request and kicks afterwards.
 */
#ifndef P9DOORBELL_TESTS_KVM_MODEL_H
#define P9DOORBELL_TESTS_KVM_MODEL_H

#include "stages.h"

#include <p9doorbell/lifecycle.h>

#define MODEL_KICKS 4u

/* Which races a run may contain. */
enum model_races {
	MODEL_LATE_KICK = 1, /* anything may happen between a set request and its kick */
	MODEL_LATE_SEND = 2, /* a send falls between a tracepoint and the act it stands for */
	MODEL_CLEARS = 4, /* the guest executes msgclrp */
	MODEL_TWINS = 8, /* two senders find the request clear at once, and both kick */
};

enum model_state {
	MODEL_HOST,
	MODEL_ENTERING, /* traced, not yet consumed */
	MODEL_GUEST,
	MODEL_CLEARING, /* msgclrp emulated, not yet traced */
};

struct model {
	struct random random;
	unsigned int races;
	enum model_state state;
	uint8_t request, dpdes, ee;
	unsigned int kicks; /* requests set whose kick is still to come */
	uint64_t now_ns;

	/* The observer's. */
	struct doorbell_vcpu *row;
	struct doorbell_vcore *vcore;
	uint64_t samples; /* request latencies that it reported */

	/* The truth: a post ends as one of these, or waits. */
	uint64_t posted, delivered, cleared, merged;
	uint64_t coalesced, aborted, bounced;
};

static inline void model__note(struct model *model, const struct doorbell_samples *samples)
{
	model->samples += samples->mask >> DOORBELL_LATENCY_REQUEST & 1;
}

static inline void model__kick(struct model *model)
{
	const struct doorbell_note note = note__random(&model->random, model->now_ns);
	struct doorbell_samples samples = { 0 };

	model->kicks--;
	doorbell_vcpu__posted(model->row, model->vcore, &note, 0, &samples);
	model__note(model, &samples);
}

static inline void model__send(struct model *model)
{
	if (model->request) {
		model->coalesced++;
		return;
	}
	if (model->kicks + 2 > MODEL_KICKS)
		return;
	model->request = 1;
	model->posted++;
	model->kicks++;
	if ((model->races & MODEL_TWINS) && random__percent(&model->random, 10)) {
		model->posted++;
		model->merged++;
		model->kicks++;
	}
	while (!(model->races & MODEL_LATE_KICK) && model->kicks)
		model__kick(model);
}

/* What on_enter of observe.bpf.c does. */
static inline void model__trace_enter(struct model *model)
{
	struct doorbell_samples samples = { 0 };
	const struct doorbell_moment moment = moment__random(&model->random, model->now_ns);
	int pending = model->request;

	if (model->row->post_ns)
		doorbell_vcpu__settle(model->row, model->vcore, doorbell_vcpu__post(model->row),
				      pending, &moment, &samples);
	model__note(model, &samples);
	doorbell_vcpu__entered(model->row, pending, model->ee, 0, model->now_ns);
	model->state = MODEL_ENTERING;
}

/* DPDES, back from the guest, becomes a request again, alone or with a newer one. */
static inline void model__exit(struct model *model)
{
	if (model->dpdes && model->request)
		model->merged++;
	else if (model->dpdes)
		model->bounced++;
	model->request |= model->dpdes;
	model->dpdes = 0;
	model->state = MODEL_HOST;
}

static inline void model__deliver(struct model *model)
{
	if (!model->dpdes || !model->ee)
		return;
	model->dpdes = 0;
	model->delivered++;
}

static inline void model__enter_guest(struct model *model)
{
	model->dpdes = model->request;
	model->request = 0;
	model->state = MODEL_GUEST;
	/* A host interrupt may come before the first instruction, MSR[EE] or not. */
	if (random__percent(&model->random, 10))
		model__exit(model);
	else
		model__deliver(model);
}

static inline void model__guest(struct model *model)
{
	unsigned int dice = random__below(&model->random, 100);

	if (dice < 40) {
		model->ee ^= 1;
		model__deliver(model);
	} else if (dice < 55 && (model->races & MODEL_CLEARS)) {
		model__exit(model);
		model->cleared += model->request;
		model->request = 0;
		model->state = MODEL_CLEARING;
	} else {
		model__exit(model);
	}
}

/* What on_run_exit does after a msgclrp. */
static inline void model__trace_clear(struct model *model)
{
	struct doorbell_samples samples = { 0 };

	doorbell_vcpu__cleared(model->row, model->vcore, doorbell_vcpu__post(model->row),
			       model->request, model->ee, &samples);
	model__note(model, &samples);
	model->state = MODEL_HOST;
}

/* The target's next step. */
static inline void model__target(struct model *model)
{
	switch (model->state) {
	case MODEL_HOST:
		model__trace_enter(model);
		break;
	case MODEL_ENTERING:
		if (random__percent(&model->random, 30)) {
			model->aborted++;
			model->state = MODEL_HOST;
		} else {
			model__enter_guest(model);
		}
		break;
	case MODEL_GUEST:
		model__guest(model);
		break;
	case MODEL_CLEARING:
		model__trace_clear(model);
		break;
	}
}

/* Whoever moves next: a sender, a kick that is due, or the target. */
static inline void model__step(struct model *model)
{
	int between = model->state == MODEL_ENTERING || model->state == MODEL_CLEARING;

	model->now_ns += 1 + random__below(&model->random, 1000);
	if (random__percent(&model->random, 30) && (!between || (model->races & MODEL_LATE_SEND)))
		model__send(model);
	else if (model->kicks && random__percent(&model->random, 40))
		model__kick(model);
	else
		model__target(model);
}

/* No more sends: kicks arrive, the guest takes what waits, the observer sees the next entry. */
static inline void model__quiesce(struct model *model)
{
	model->races &= ~MODEL_CLEARS;
	for (int i = 0; i < 8 || model->request || model->dpdes || model->kicks; i++) {
		model->now_ns += 100;
		if (model->kicks)
			model__kick(model);
		if (model->state == MODEL_GUEST) {
			model->ee = 1;
			model__deliver(model);
			model__exit(model);
		} else {
			model__target(model);
		}
	}
	while (model->state != MODEL_HOST)
		model__target(model);
	model->now_ns += 100;
	model__trace_enter(model);
}

#endif /* P9DOORBELL_TESTS_KVM_MODEL_H */
