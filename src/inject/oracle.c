// SPDX-License-Identifier: GPL-2.0-only
/* oracle.c - see oracle.h. */
#include "inject/oracle.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

/* POWER9's timebase: 512 MHz. */
#define NS_OF_TICKS(ticks) ((ticks) * 125 / 64)
#define MOST_TICKS (UINT64_MAX / 125)
#define TRUTH_DEPTH 16

const struct symptom_row symptom_rows[SYMPTOMS] = {
	[SYMPTOM_LOST] = { "lost", "a doorbell never came" },
	[SYMPTOM_STUCK] = { "stuck", "a doorbell came only when its target did something else, or did not wake it" },
	[SYMPTOM_STALE] = { "stale", "a handler saw data that is older than its doorbell" },
	[SYMPTOM_SPURIOUS] = { "spurious", "an interrupt came that nobody had sent" },
	[SYMPTOM_MISS] = { "miss", "DPDES showed 0 for a doorbell that was pending" },
	[SYMPTOM_GHOST] = { "ghost", "DPDES showed 1 for no doorbell" },
	[SYMPTOM_VALUE] = { "value", "user space got another DPDES than there was" },
	[SYMPTOM_REFUSED] = { "refused", "an instruction was refused that must not be, or was not that must be" },
	[SYMPTOM_CRASH] = { "crash", "the guest took an interrupt that nobody expects, or the command died" },
	[SYMPTOM_HANG] = { "hang", "a wait never ended" },
	[SYMPTOM_LATE] = { "late", "a doorbell came by itself, but late" },
	[SYMPTOM_FAILED] = { "failed", "the command says that it failed" },
	[SYMPTOM_KERNEL] = { "kernel", "the kernel log has a warning, an oops, a lockup or a stall" },
	[SYMPTOM_LAW] = { "law", "p9doorbelld has seen doorbells that begin or end without the other (--observer)" },
};

int symptom__find(const char *name, enum symptom *ret_symptom)
{
	for (enum symptom i = 0; i < SYMPTOMS; i++) {
		if (strcmp(symptom_rows[i].name, name))
			continue;
		*ret_symptom = i;
		return 0;
	}
	return -ENOENT;
}

/* What a vcpu says, and what that is a sign of. */
static const struct sign {
	const char *member;
	enum symptom symptom;
} signs[] = {
	{ "lost", SYMPTOM_LOST },
	{ "late", SYMPTOM_STUCK },	/* a drain that needed an exit */
	{ "regressions", SYMPTOM_STALE },
	{ "early", SYMPTOM_SPURIOUS },
	{ "ghosts", SYMPTOM_SPURIOUS },
	{ "dpdes_misses", SYMPTOM_MISS },
	{ "refused", SYMPTOM_REFUSED },
	{ "timeouts", SYMPTOM_HANG },
	{ "fatal_vector", SYMPTOM_CRASH },
}, findings[] = {
	{ "lost", SYMPTOM_LOST },
	{ "late", SYMPTOM_STUCK },	/* only at the target's own exit */
	{ "asleep", SYMPTOM_STUCK },
	{ "slept", SYMPTOM_STUCK },
	{ "stale", SYMPTOM_STALE },
	{ "extra", SYMPTOM_SPURIOUS },
	{ "revived", SYMPTOM_SPURIOUS },
	{ "miss", SYMPTOM_MISS },
	{ "ghost", SYMPTOM_GHOST },
	{ "value", SYMPTOM_VALUE },
	{ "accepted", SYMPTOM_REFUSED },
};

/* 0 where it is missing, or is no number that could count anything. */
static uint64_t number(struct json_object *object, const char *key)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, key, &member) || !json_object_is_type(member, json_type_int) ||
	    json_object_get_int64(member) < 0)
		return 0;
	return (uint64_t)json_object_get_int64(member);
}

static void add(struct symptoms *symptoms, struct json_object *object, const struct sign *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t *sum = &symptoms->count[rows[i].symptom], more = number(object, rows[i].member);

		/* The address of a vector counts nothing. */
		if (rows[i].symptom == SYMPTOM_CRASH)
			more = more > 0;
		*sum = more > UINT64_MAX - *sum ? UINT64_MAX : *sum + more;
	}
}

static void read_vcpu(struct symptoms *symptoms, struct json_object *vcpu, uint64_t late_after_ns)
{
	uint64_t ticks = number(vcpu, "max_ticks"), wait_ns = NS_OF_TICKS(ticks > MOST_TICKS ? MOST_TICKS : ticks);
	struct json_object *found, *sends;

	add(symptoms, vcpu, signs, sizeof(signs) / sizeof(signs[0]));
	if (json_object_object_get_ex(vcpu, "found", &found) && json_object_is_type(found, json_type_object))
		add(symptoms, found, findings, sizeof(findings) / sizeof(findings[0]));
	if (json_object_object_get_ex(vcpu, "sends", &sends) && json_object_is_type(sends, json_type_object))
		symptoms->doorbells += number(sends, "valid");
	if (wait_ns > symptoms->longest_ns)
		symptoms->longest_ns = wait_ns;
	symptoms->count[SYMPTOM_LATE] += late_after_ns && wait_ns > late_after_ns;
}

/* The objects of an array that is a member; NULL: there is no such array. */
static struct json_object *array(struct json_object *object, const char *key)
{
	struct json_object *member;

	if (!json_object_is_type(object, json_type_object) || !json_object_object_get_ex(object, key, &member) ||
	    !json_object_is_type(member, json_type_array))
		return NULL;
	return member;
}

static int read_vms(struct symptoms *symptoms, struct json_object *root, uint64_t late_after_ns)
{
	struct json_object *vms = array(root, "vms"), *vcpus;

	if (!vms)
		return -EBADMSG;
	for (size_t i = 0; i < json_object_array_length(vms); i++) {
		vcpus = array(json_object_array_get_idx(vms, i), "vcpus");
		if (!vcpus)
			return -EBADMSG;
		for (size_t v = 0; v < json_object_array_length(vcpus); v++) {
			struct json_object *vcpu = json_object_array_get_idx(vcpus, v);

			if (!json_object_is_type(vcpu, json_type_object))
				return -EBADMSG;
			read_vcpu(symptoms, vcpu, late_after_ns);
		}
	}
	return 0;
}

int oracle__read(struct symptoms *symptoms, const char *text, size_t length, uint64_t late_after_ns)
{
	struct json_tokener *tokener = json_tokener_new_ex(TRUTH_DEPTH);
	struct symptoms sum = *symptoms;
	struct json_object *root;
	int err;

	if (!tokener)
		return -ENOMEM;
	root = length <= INT32_MAX ? json_tokener_parse_ex(tokener, text, (int)length) : NULL;
	err = root ? read_vms(&sum, root, late_after_ns) : -EBADMSG;
	if (!err)
		*symptoms = sum;
	json_object_put(root);
	json_tokener_free(tokener);
	return err;
}

uint64_t oracle__weight(const struct symptoms *symptoms, uint32_t allowed)
{
	uint64_t weight = 0;

	for (enum symptom i = 0; i < SYMPTOMS; i++)
		if (!(allowed >> i & 1))
			weight = symptoms->count[i] > UINT64_MAX - weight ? UINT64_MAX : weight + symptoms->count[i];
	return weight;
}

void oracle__ended(struct symptoms *symptoms, int status)
{
	if (status == 0 || status == ORACLE_SKIP)
		return;
	if (status == ORACLE_TIMED_OUT)
		symptoms->count[SYMPTOM_HANG]++;
	else if (status > 128)
		symptoms->count[SYMPTOM_CRASH]++;
	else if (!oracle__weight(symptoms, 0))
		symptoms->count[SYMPTOM_FAILED]++;
}

enum doorbell_site oracle__few(const struct plan *plan, const struct doorbell_site_count *counts)
{
	enum doorbell_site site = 0;

	while (site < DOORBELL_SITES && counts[site].fires >= plan->least_fires[site])
		site++;
	return site;
}

bool oracle__idle(const struct plan *plan, const struct doorbell_site_count *counts)
{
	bool any = false, fired = false;

	/* A nanosecond is there to count passes. */
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		if (!plan__has(plan, i) || plan->rule[i].most_ns <= 1)
			continue;
		any = true;
		fired |= counts[i].fires > 0;
	}
	return any && !fired;
}

enum outcome oracle__judge(const struct symptoms *symptoms, int status, uint32_t allowed,
			   const struct plan *plan, const struct doorbell_site_count *counts)
{
	/* What was seen is so, however it ended. */
	if (oracle__weight(symptoms, allowed))
		return OUTCOME_BAD;
	if (status == ORACLE_SKIP)
		return OUTCOME_SKIPPED;
	return oracle__few(plan, counts) < DOORBELL_SITES || oracle__idle(plan, counts) ? OUTCOME_FEW : OUTCOME_GOOD;
}

#define AT(site) (1u << DOORBELL_SITE_##site)
#define ENTRY (AT(ENTRY_CPU) | AT(ENTRY_CHECK) | AT(ENTRY_LOAD) | AT(ENTRY_CLEAR) | AT(ENTRY_LATCH) | AT(ENTRY_RUN))
#define EXIT (AT(EXIT_SAVE) | AT(EXIT_HW) | AT(EXIT_CPU) | AT(EXIT_IRQ) | AT(EXIT_LOOP))

/* Of stock kernels; the numbers are those of kernel-patch/README.md. */
static const struct fault faults[] = {
	{ "F3", SYMPTOM_MISS, AT(DPDES_CPU) | AT(DPDES_REQ) | ENTRY | EXIT,
	  "a read of DPDES misses a doorbell that is pending all the time, because it looks for the request while the "
	  "target takes that into its guest, where nobody else can see it" },
	{ "F4", SYMPTOM_LOST, AT(ONEREG_SET),
	  "when user space writes back the DPDES that it read, a doorbell sent in between is erased" },
	{ "F5", SYMPTOM_LOST, AT(NESTED_SAMPLE),
	  "on its way into a nested guest, L1 clears a request that came after it had looked" },
	{ "F6", SYMPTOM_LOST, AT(NESTED_RETURN),
	  "on its way out of a nested guest, L1 overwrites a request that came meanwhile" },
	{ "F7", SYMPTOM_LOST, AT(NESTED_SWAP),
	  "while an L2 runs, a doorbell for its L1 goes to the L2 instead" },
};

const struct fault *fault__find(const struct symptoms *symptoms, const struct plan *plan, bool patched,
				bool *ret_sure)
{
	for (size_t i = 0; !patched && i < sizeof(faults) / sizeof(faults[0]); i++) {
		uint32_t held = 0;

		for (enum doorbell_site site = 0; site < DOORBELL_SITES; site++)
			held |= (uint32_t)plan__has(plan, site) << site;
		if (!symptoms->count[faults[i].symptom] || !(held & faults[i].sites))
			continue;
		*ret_sure = !(held & ~faults[i].sites);
		return &faults[i];
	}
	return NULL;
}
