// SPDX-License-Identifier: GPL-2.0-only
/* Judges what the guests say and prints it. */
#include "vmm.h"
#include "json.h"

#include <inttypes.h>

struct field {
	const char *name;
	size_t offset;
	bool fault;	/* anything but 0 fails the VM */
};

#define FIELD(member, fault)	{ #member, offsetof(struct db_truth, member), fault }

static const struct field fields[] = {
	FIELD(deliveries, false),
	FIELD(spurious, false),
	FIELD(merged, false),
	FIELD(cleared, false),
	FIELD(dpdes_reads, false),
	FIELD(dpdes_misses, false),	/* stock kernels have them */
	FIELD(tir_reads, false),
	FIELD(tir_mismatches, false),	/* QEMU does not trap the read */
	FIELD(refused, true),
	FIELD(lost, true),
	FIELD(regressions, true),
	FIELD(early, true),
	FIELD(ghosts, true),
	FIELD(late, true),
	FIELD(timeouts, true),
	FIELD(fatal_vector, true),
	FIELD(decrementers, false),
	FIELD(cedes, false),
	FIELD(exits, false),
	FIELD(ticks, false),
	FIELD(max_ticks, false),
	FIELD(best_ticks, false),
	FIELD(chunk, false),
	FIELD(rounds, false),
	FIELD(messages, false),
	FIELD(held_reads, false),
	FIELD(empty_reads, false),
	FIELD(calls, false),
	FIELD(refusals, false),
	FIELD(wait_ticks, false),
	FIELD(handler_ticks, false),
};

#define FIELD_COUNT	(sizeof(fields) / sizeof(*fields))

static uint64_t field__get(const struct field *field, const struct db_truth *truth)
{
	return *(const uint64_t *)((const char *)truth + field->offset);
}

/* Doorbells sent to a vcpu by the threads of its vcore, itself included. */
static uint64_t sent_to(const struct db_block *block, uint32_t vcpu)
{
	uint32_t smt = block->request.smt, base = vcpu & ~(smt - 1);
	uint64_t sum = 0;

	for (uint32_t source = base; source < base + smt && source < block->request.vcpus; source++)
		sum += block->vcpu[source].truth.sends_to[vcpu - base];
	return sum;
}

/* Who waits for a thread that waits itself is not the one to look at: both are named. */
static void judge_timeout(const struct db_block *block, uint32_t vcpu, char *error, size_t size)
{
	const struct db_truth *truth = &block->vcpu[vcpu].truth;
	uint32_t peer = (vcpu & ~(block->request.smt - 1)) + (uint32_t)truth->timeout_peer;
	bool of_peer = truth->timeout_stage == DB_STAGE_WAIT_DOORBELL || truth->timeout_stage == DB_STAGE_WAIT_PEER;

	if (of_peer && peer < block->request.vcpus)
		snprintf(error, size, "vcpu %" PRIu32 " timed out %s, vcpu %" PRIu32 ", then %s", vcpu,
			 stage__name(truth->timeout_stage), peer, stage__name(block->vcpu[peer].truth.stage));
	else
		snprintf(error, size, "vcpu %" PRIu32 " timed out %s", vcpu, stage__name(truth->timeout_stage));
}

/* Which message, how late, and what its target was doing. */
static bool judge_findings(const struct db_block *block, uint32_t vcpu, char *error, size_t size)
{
	const struct db_truth *truth = &block->vcpu[vcpu].truth;
	const struct db_first *first = &truth->first;
	uint64_t worst = DB_FINDINGS, sum = 0;
	char detail[120];

	for (uint64_t i = 0; i < DB_FINDINGS; i++) {
		if (!truth->found[i] || block->request.allowed >> i & 1)
			continue;
		sum += truth->found[i];
		if (worst == DB_FINDINGS || first->finding == i)
			worst = i;
	}
	if (!sum)
		return true;
	if (first->finding == worst)
		snprintf(detail, sizeof(detail), "number %" PRIu64 " of thread %" PRIu64 ", target %s, after %" PRIu64
			 " us and %" PRIu64 " turns", first->sequence, first->source, state__name(first->state),
			 first->ticks / 512, first->turns);
	else
		snprintf(detail, sizeof(detail), "not the first thing found");
	snprintf(error, size, "vcpu %" PRIu32 ": %s: %s; findings here: %" PRIu64, vcpu, finding__text(worst),
		 detail, sum);
	return false;
}

static bool judge_vcpu(const struct db_block *block, uint32_t vcpu, char *error, size_t size)
{
	const struct db_truth *truth = &block->vcpu[vcpu].truth;

	if (truth->fatal_vector) {
		snprintf(error, size, "vcpu %" PRIu32 ": interrupt %#" PRIx64 " at %#" PRIx64 ", srr1 %#" PRIx64, vcpu,
			 truth->fatal_vector, truth->fatal_pc, truth->fatal_msr);
		return false;
	}
	if (truth->timeouts) {
		judge_timeout(block, vcpu, error, size);
		return false;
	}
	/* An op that was refused is why its message never came. */
	if (truth->refused) {
		snprintf(error, size, "vcpu %" PRIu32 ": %" PRIu64 " doorbell ops got a program interrupt (srr0 %#" PRIx64
			 " srr1 %#" PRIx64 ")", vcpu, truth->refused, truth->fatal_pc, truth->fatal_msr);
		return false;
	}
	if (!judge_findings(block, vcpu, error, size))
		return false;
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		uint64_t value = field__get(&fields[i], truth);

		if (!fields[i].fault || !value)
			continue;
		snprintf(error, size, "vcpu %" PRIu32 ": %s %" PRIu64, vcpu, fields[i].name, value);
		return false;
	}
	if (truth->stage != DB_STAGE_DONE) {
		snprintf(error, size, "vcpu %" PRIu32 " stopped %s", vcpu, stage__name(truth->stage));
		return false;
	}
	if (truth->deliveries > sent_to(block, vcpu) + block->request.injected) {
		snprintf(error, size, "vcpu %" PRIu32 ": %" PRIu64 " deliveries of %" PRIu64 " doorbells", vcpu,
			 truth->deliveries, sent_to(block, vcpu));
		return false;
	}
	return true;
}

/* What made the others stop. */
static bool is_cause(const struct db_block *block, const struct db_truth *truth)
{
	bool found = false;

	for (uint64_t i = 0; i < DB_FINDINGS && block->request.stop; i++)
		found |= truth->found[i] && !(block->request.allowed >> i & 1);
	return found || truth->timeouts || truth->fatal_vector;
}

/* A cause is looked for first. */
bool truth__judge(const struct db_block *block, char *error, size_t size)
{
	for (uint32_t i = 0; i < block->request.vcpus; i++)
		if (is_cause(block, &block->vcpu[i].truth))
			return judge_vcpu(block, i, error, size);
	for (uint32_t i = 0; i < block->request.vcpus; i++)
		if (!judge_vcpu(block, i, error, size))
			return false;
	return true;
}

static void write_sends(struct json *json, const struct db_truth *truth)
{
	json__open(json, "sends", '{');
	json__u64(json, "valid", truth->sends_valid);
	json__u64(json, "ignored_type", truth->sends_ignored[DB_IGNORED_TYPE]);
	json__u64(json, "ignored_tag", truth->sends_ignored[DB_IGNORED_TAG]);
	json__u64(json, "ignored_absent", truth->sends_ignored[DB_IGNORED_ABSENT]);
	json__open(json, "to", '[');
	for (uint32_t i = 0; i < DB_MAX_THREADS; i++)
		json__u64(json, NULL, truth->sends_to[i]);
	json__close(json, ']');
	json__close(json, '}');
}

static void write_findings(struct json *json, const struct db_truth *truth)
{
	uint64_t sum = 0;

	json__open(json, "found", '{');
	for (uint64_t i = 0; i < DB_FINDINGS; i++) {
		sum += truth->found[i];
		if (truth->found[i])
			json__u64(json, finding__name(i), truth->found[i]);
	}
	json__close(json, '}');
	if (!sum)
		return;
	json__open(json, "first", '{');
	json__string(json, "finding", finding__name(truth->first.finding));
	json__u64(json, "source", truth->first.source);
	json__u64(json, "sequence", truth->first.sequence);
	json__string(json, "target", state__name(truth->first.state));
	json__u64(json, "ticks", truth->first.ticks);
	json__u64(json, "turns", truth->first.turns);
	json__close(json, '}');
}

/* The members of one vcpu's object that come from the guest. */
void truth__json(struct json *json, const struct db_block *block, uint32_t vcpu)
{
	const struct db_truth *truth = &block->vcpu[vcpu].truth;
	uint32_t thread = vcpu & (block->request.smt - 1);

	json__u64(json, "vcore", vcpu / block->request.smt);
	json__u64(json, "thread", thread);
	json__string(json, "stage", stage__name(truth->stage));
	write_sends(json, truth);
	json__u64(json, "received", sent_to(block, vcpu));
	json__open(json, "clears", '{');
	json__u64(json, "valid", truth->clears_valid);
	json__u64(json, "ignored", truth->clears_ignored);
	json__close(json, '}');
	json__u64(json, "dpdes_own", truth->dpdes_bits[thread]);
	json__open(json, "dpdes_bits", '[');
	for (uint32_t i = 0; i < DB_MAX_THREADS; i++)
		json__u64(json, NULL, truth->dpdes_bits[i]);
	json__close(json, ']');
	for (size_t i = 0; i < FIELD_COUNT; i++)
		json__u64(json, fields[i].name, field__get(&fields[i], truth));
	write_findings(json, truth);
}
