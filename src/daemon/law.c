// SPDX-License-Identifier: GPL-2.0-only
/*
 * law.c - see law.h.
 */
#include "law.h"

#include <common/json.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The two sides. While they stay the same, nothing has come in. */
struct balance {
	uint64_t key, vm;	/* of the row; a key is an address, and some time that of another VM's */
	uint64_t expected, found;
	bool told;
};

struct laws {
	struct collector *collector;
	struct balance *vcpu, *vcore;	/* by row, of the last look */
	uint32_t tick;
	uint64_t rounds, breaks;
	uint32_t kept;
	struct broken broken[LAWS_KEPT];
};

int laws__open(struct collector *collector, struct laws **ret_laws)
{
	struct laws *laws = calloc(1, sizeof(*laws));

	if (!laws)
		return -ENOMEM;
	laws->collector = collector;
	laws->vcpu = calloc(collector->tables.vcpus, sizeof(*laws->vcpu));
	laws->vcore = calloc(collector->tables.vcores, sizeof(*laws->vcore));
	if (!laws->vcpu || !laws->vcore) {
		laws__close(laws);
		return -ENOMEM;
	}
	*ret_laws = laws;
	return 0;
}

void laws__close(struct laws *laws)
{
	if (!laws)
		return;
	free(laws->vcpu);
	free(laws->vcore);
	free(laws);
}

static bool row__live(const uint64_t *key)
{
	return __atomic_load_n(key, __ATOMIC_ACQUIRE) > DOORBELL_KEY_BUSY;
}

/* Posts that wait, by the row itself. */
static uint64_t row__waiting(const struct tables *tables, const struct doorbell_vcpu *row,
			     uint64_t open)
{
	uint64_t held = DOORBELL_READ(row->held_ns) != 0;

	if (!tables->doorbells)
		return DOORBELL_READ(row->post_ns) != 0;
	/* Beside what the guest was left with, one request: the kernel alone knows whether it is there. */
	return open > held ? held + 1 : held;
}

static struct balance posts_of(const struct tables *tables, const struct doorbell_vcpu *row)
{
	uint64_t consumed = DOORBELL_READ(row->consumed), cleared = DOORBELL_READ(row->cleared);
	uint64_t dropped = DOORBELL_READ(row->dropped), posted = DOORBELL_READ(row->posted);
	uint64_t ended = consumed + cleared + dropped;

	return (struct balance){
		.key = row->key,
		.vm = row->vm_seq,
		.expected = posted,
		.found = ended + row__waiting(tables, row, posted > ended ? posted - ended : 0),
	};
}

/* The first vcpu of a vcore: by it the vcore is known. */
static const struct doorbell_vcpu *vcore__first(const struct collector *collector, uint32_t vcore)
{
	const struct doorbell_vcpu *row = NULL;

	for (uint32_t i = 0; !row && i < DOORBELL_THREADS; i++)
		row = collector__thread(collector, vcore, i);
	return row;
}

static struct balance sends_of(const struct collector *collector, uint32_t vcore, const struct doorbell_vcpu *first)
{
	struct balance balance = { .key = first->key, .vm = first->vm_seq };
	bool more = false, gone = false;

	for (uint32_t i = 0; i < DOORBELL_THREADS; i++) {
		const struct doorbell_vcpu *row = collector__thread(collector, vcore, i);

		if (!row) {
			gone |= collector->threads[vcore][i] != 0;
			continue;
		}
		balance.expected += DOORBELL_READ(row->op[DOORBELL_OP_SEND]);
		balance.found += DOORBELL_READ(row->received) + DOORBELL_READ(row->ignored);
		more |= DOORBELL_READ(row->posted) > DOORBELL_READ(row->received);
	}
	/* What it had sent and received went with it. */
	if (gone)
		balance.found = balance.expected;
	/* More posts than sends: that is no balance either. */
	if (more && balance.expected == balance.found)
		balance.found++;
	return balance;
}

/* Whether @now differs and has stood still since @before, and nobody was told. */
static bool balance__breaks(struct balance *before, struct balance now)
{
	bool of_same = before->key == now.key && before->vm == now.vm;
	bool stands = of_same && before->expected == now.expected && before->found == now.found;
	bool breaks = stands && now.expected != now.found && !before->told;

	now.told = breaks || (of_same && before->told);
	*before = now;
	return breaks;
}

static struct broken *laws__keep(struct laws *laws, enum law law, const struct balance *balance,
				 const struct doorbell_vcpu *row)
{
	struct broken *broken = &laws->broken[laws->kept++ % LAWS_KEPT];

	laws->breaks++;
	*broken = (struct broken){
		.law = law,
		.vm = row->vm_seq,
		.vcore = row__number(row),
		.expected = balance->expected,
		.found = balance->found,
	};
	return broken;
}

static uint32_t vcpu__hold(struct laws *laws, uint32_t index)
{
	const struct tables *tables = &laws->collector->tables;
	const struct doorbell_vcpu *row = &tables->vcpu[index];
	struct broken *broken;

	if (!balance__breaks(&laws->vcpu[index], posts_of(tables, row)))
		return 0;
	broken = laws__keep(laws, LAW_POSTS, &laws->vcpu[index], row);
	broken->vcpu = row->vcpu_id;
	snprintf(broken->why, sizeof(broken->why),
		 "%" PRIu64 " doorbells were posted to it, of which %" PRIu64
		 " have ended or wait", broken->expected, broken->found);
	return 1;
}

/* @first: vcore__first() of it. */
static uint32_t vcore__hold(struct laws *laws, uint32_t index, const struct doorbell_vcpu *first)
{
	struct broken *broken;

	if (!balance__breaks(&laws->vcore[index], sends_of(laws->collector, index, first)))
		return 0;
	broken = laws__keep(laws, LAW_SENDS, &laws->vcore[index], first);
	snprintf(broken->why, sizeof(broken->why),
		 "it sent %" PRIu64 " doorbells, of which %" PRIu64 " have an outcome",
		 broken->expected, broken->found);
	return 1;
}

uint32_t laws__tick(struct laws *laws)
{
	struct collector *collector = laws->collector;
	const struct tables *tables = &collector->tables;
	uint32_t part = laws->tick++ % LAWS_TICKS, broken = 0, count = collector__live(collector);

	/* By its row: by its place among those that live, a birth before it would have it looked at twice. */
	for (uint32_t i = 0; i < count; i++) {
		uint32_t index = collector->live[i];
		const struct doorbell_vcpu *row = &tables->vcpu[index];
		uint32_t vcore;

		if (index % LAWS_TICKS != part)
			continue;
		vcore = DOORBELL_READ(row->vcore);
		if (!row__live(&row->key) || vcore >= tables->vcores)
			continue;
		broken += vcpu__hold(laws, index);
		if (vcore__first(collector, vcore) == row)
			broken += vcore__hold(laws, vcore, row);
	}
	laws->rounds += part == LAWS_TICKS - 1;
	return broken;
}

const struct broken *laws__broken(const struct laws *laws, uint32_t back)
{
	if (back >= laws->kept || back >= LAWS_KEPT)
		return NULL;
	return &laws->broken[(laws->kept - 1 - back) % LAWS_KEPT];
}

uint32_t laws__each(const struct laws *laws, uint32_t found, laws_tell *tell, void *context)
{
	uint32_t kept = found < LAWS_KEPT ? found : LAWS_KEPT;

	for (uint32_t back = kept; back--;)
		tell(context, laws__broken(laws, back));
	return found - kept;
}

void laws__write(const struct laws *laws, struct json *json)
{
	static const char *const names[LAWS] = { "sends", "posts" };
	const struct broken *broken;

	json__object_begin(json, "laws");
	json__u64(json, "rounds", laws->rounds);
	json__u64(json, "breaks", laws->breaks);
	json__array_begin(json, "broken");
	for (uint32_t back = 0; (broken = laws__broken(laws, back)); back++) {
		json__object_begin(json, NULL);
		json__string(json, "law", names[broken->law]);
		json__u64(json, "vm", broken->vm);
		json__u64(json, "vcore", broken->vcore);
		if (broken->law == LAW_POSTS)
			json__u64(json, "vcpu", broken->vcpu);
		else
			json__null(json, "vcpu");
		json__u64(json, "expected", broken->expected);
		json__u64(json, "found", broken->found);
		json__string(json, "why", broken->why);
		json__object_end(json);
	}
	json__array_end(json);
	json__object_end(json);
}
