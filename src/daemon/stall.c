// SPDX-License-Identifier: GPL-2.0-only
/*
 * stall.c - from ticks to stalls.
 */
#include "stall.h"

#include <common/clock.h>
#include <common/text.h>
#include <common/units.h>
#include <p9doorbell/api.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_MIN_NS 1000000ull
/* Names of VMs that a tick asks for. */
#define NAMES_A_TICK 4u
/* Vcores whose last doorbells a tick reads: their rows are large, and stalls may come in crowds. */
#define FREEZES_A_TICK 4u

struct limit {
	char vm[VM_NAME_BYTES];
	uint64_t after_ns;
};

/*
 * Ends of posts: of those after which the guest has had the doorbell, and of those
 * that another post took along, or (stock) may have.
 */
struct ends {
	uint64_t taken, joined;
};

/* A row that is being watched. */
struct slot {
	uint64_t key; /* of the row; 0: free */
	uint32_t row;
	int64_t vm; /* row of its VM; -1: that has no name yet */
	uint64_t after_ns; /* how long it may wait */
	bool fresh; /* not yet looked at */
	bool frozen; /* its stall has a recording */
	struct watch watch;
	uint64_t stamp; /* of the post, in the clock that the kernel has it in: what tells posts apart */
	uint64_t received; /* counter of the row at the first look */
	struct ends ends; /* at the last one */
	uint64_t attempt_ns;	/* of the row, at the last one */
	bool inferred; /* its waits are taken for one */
	struct stall *stall; /* NULL: none so far */
};

struct stalls {
	struct collector *collector;
	uint64_t after_ns;
	uint32_t limits;
	struct limit limit[STALLS_LIMITS];
	struct ends *ended; /* by row, at the last tick */
	const char *tickless;
	uint32_t chosen, cursor;
	uint32_t freezes; /* in this tick */
	struct slot *asked[DOORBELL_LOOKS];
	struct slot slot[DOORBELL_LOOKS];
	uint64_t change, ids, forgotten;
	struct stall kept[STALLS_KEPT];
};

/* ---- limits ---------------------------------------------------------------- */

static const char *limits__add(struct stalls *stalls, const char *text, size_t length)
{
	const char *equal = memchr(text, '=', length);
	struct limit *limit = &stalls->limit[stalls->limits];
	size_t name = equal ? (size_t)(equal - text) : 0;
	const char *value = equal ? equal + 1 : text;
	char copy[32];
	uint64_t after_ns;

	length -= value - text;
	if (length >= sizeof(copy))
		return "a time is expected: 10ms, or guest7=50ms";
	memcpy(copy, value, length);
	copy[length] = 0;
	if (units__parse_ns(copy, &after_ns))
		return "a time is expected, with its unit: 10ms, or guest7=50ms";
	if (after_ns < LIMIT_MIN_NS)
		return "a doorbell may wait for at least 1ms";
	if (!equal) {
		stalls->after_ns = after_ns;
		return NULL;
	}
	if (!name || name >= sizeof(limit->vm))
		return "the name of a VM is expected before '='";
	if (stalls->limits == STALLS_LIMITS)
		return "at most 16 VMs can have a limit of their own";
	memcpy(limit->vm, text, name);
	limit->vm[name] = 0;
	limit->after_ns = after_ns;
	stalls->limits++;
	return NULL;
}

static const char *limits__parse(struct stalls *stalls, const char *text)
{
	const char *why = NULL;

	while (!why && text) {
		const char *comma = strchr(text, ',');

		why = limits__add(stalls, text, comma ? (size_t)(comma - text) : strlen(text));
		text = comma ? comma + 1 : NULL;
	}
	return why;
}

static uint64_t stalls__after(const struct stalls *stalls, const struct doorbell_vm *vm,
			      const char *name)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%u", vm->tgid);
	for (uint32_t i = 0; i < stalls->limits; i++)
		if (!strcmp(stalls->limit[i].vm, name) || !strcmp(stalls->limit[i].vm, pid))
			return stalls->limit[i].after_ns;
	return stalls->after_ns;
}

/* The shortest: nothing younger than half of it is worth a look. */
static uint64_t stalls__soonest(const struct stalls *stalls)
{
	uint64_t soonest_ns = stalls->after_ns;

	for (uint32_t i = 0; i < stalls->limits; i++)
		if (stalls->limit[i].after_ns < soonest_ns)
			soonest_ns = stalls->limit[i].after_ns;
	return soonest_ns;
}

/* ---- which rows ------------------------------------------------------------- */

static struct slot *slot__free(struct stalls *stalls)
{
	for (uint32_t i = 0; i < DOORBELL_LOOKS; i++)
		if (!stalls->slot[i].key)
			return &stalls->slot[i];
	return NULL;
}

static bool slot__has(const struct stalls *stalls, uint32_t row)
{
	for (uint32_t i = 0; i < DOORBELL_LOOKS; i++)
		if (stalls->slot[i].key && stalls->slot[i].row == row)
			return true;
	return false;
}

static struct ends row__ends(const struct tables *tables, const struct doorbell_vcpu *row)
{
	uint64_t joined = DOORBELL_READ(row->uncertain);

	if (tables->doorbells)
		joined = DOORBELL_READ(row->merged);
	return (struct ends){
		DOORBELL_READ(row->consumed) + DOORBELL_READ(row->cleared) - joined,
		joined,
	};
}

/*
 * Whether a row is worth a look. A stock kernel's row says since when it waits.
 * With doorbell tracepoints only the kernel knows: then a row qualifies whose
 * posts are open, and of none of which the guest has had the doorbell since the
 * last tick. Where one post follows the other, that is what tells on any kernel.
 */
static bool row__worth(struct stalls *stalls, uint32_t index, uint64_t now_ns)
{
	const struct tables *tables = &stalls->collector->tables;
	const struct doorbell_vcpu *row = &tables->vcpu[index];
	struct ends ended, before = stalls->ended[index];
	uint64_t post_ns;

	if (__atomic_load_n(&row->key, __ATOMIC_ACQUIRE) <= DOORBELL_KEY_BUSY)
		return false;
	ended = row__ends(tables, row);
	stalls->ended[index] = ended;
	if (tables->doorbells)
		return ended.taken == before.taken && doorbell_vcpu__open(row);
	post_ns = DOORBELL_READ(row->post_ns);
	return post_ns && (post_ns + stalls__soonest(stalls) / 2 <= now_ns ||
			   (ended.taken == before.taken && ended.joined != before.joined));
}

uint32_t stalls__choose(struct stalls *stalls, uint64_t now_ns, uint32_t index[DOORBELL_LOOKS])
{
	struct collector *collector = stalls->collector;
	uint32_t count = collector__live(collector);
	struct slot *slot;

	collector__learn(collector, NAMES_A_TICK);
	stalls->chosen = 0;
	for (uint32_t i = 0; i < DOORBELL_LOOKS; i++) {
		if (!stalls->slot[i].key)
			continue;
		index[stalls->chosen] = stalls->slot[i].row;
		stalls->asked[stalls->chosen++] = &stalls->slot[i];
	}
	/* From where the last tick stopped, so that a crowd does not hide who stands behind. */
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = (stalls->cursor + i) % count, row = collector->live[at];

		if (!row__worth(stalls, row, now_ns) || slot__has(stalls, row))
			continue;
		slot = slot__free(stalls);
		if (!slot) {
			stalls->cursor = at;
			break;
		}
		*slot = (struct slot){
			.key = collector->tables.vcpu[row].key, .row = row, .vm = -1, .fresh = true,
		};
		index[stalls->chosen] = row;
		stalls->asked[stalls->chosen++] = slot;
	}
	return stalls->chosen;
}

/* ---- what was seen ------------------------------------------------------------- */

static uint64_t ticks__to_ns(const struct tables *tables, uint64_t ticks)
{
	return (ticks * tables->tb_mult) >> tables->tb_shift;
}

static uint64_t stamp__to_ns(const struct tables *tables, uint64_t ticks)
{
	return ticks ? ticks__to_ns(tables, ticks) + tables->timebase_begin_ns : 0;
}

/*
 * The guest's own clock is saved when it is left: in there it is what it was at the
 * entry, and outside it tells how long after that the guest was left.
 */
static uint64_t row__crossed(const struct tables *tables, const struct doorbell_vcpu *row,
			     const struct doorbell_look *look)
{
	uint64_t enter_ns = DOORBELL_READ(row->enter_ns);
	uint64_t enter_vtb = DOORBELL_READ(row->enter_vtb);

	if (tables->doorbells)
		return stamp__to_ns(tables, look->exit_tb);
	return enter_ns && look->vtb > enter_vtb ?
		       enter_ns + ticks__to_ns(tables, look->vtb - enter_vtb) :
		       enter_ns;
}

static void sight__make(const struct tables *tables, const struct doorbell_vcpu *row,
			const struct doorbell_look *look, struct sight *ret_sight)
{
	char *names[] = { ret_sight->look.comm, ret_sight->look.runner };

	*ret_sight = (struct sight){
		.look = *look,
		.crossed_ns = row__crossed(tables, row, look),
		.sync_ns = DOORBELL_READ(row->sync_ns),
		.vtb_ns = ticks__to_ns(tables, look->vtb),
		.clock_ns = look->now_ns - tables->timebase_begin_ns - tables->sched_begin_ns,
	};
	if (look->place >= DOORBELL_PLACES)
		ret_sight->look.place = DOORBELL_PLACE_UNKNOWN;
	for (size_t i = 0; i < 2; i++) {
		char raw[DOORBELL_COMM_BYTES];

		memcpy(raw, names[i], sizeof(raw));
		text__clean(names[i], sizeof(raw), raw, strnlen(raw, sizeof(raw)));
	}
}

/* A doorbell that waits, as far as row and look tell. */
struct waiting {
	uint64_t stamp; /* 0: none does */
	uint64_t posted_ns;
	uint64_t until_ns; /* it has waited until then, for sure */
	uint64_t bounced_ns; /* an entry had it then, without delivering it; 0: none */
};

/*
 * A stock kernel's row knows the last entry with the request. Where the guest has
 * been left since, and the request is there again, that entry did not deliver it;
 * in the guest it may be the one that does. One of an earlier look was not, either.
 */
static uint64_t attempt__bounced(const struct slot *slot, const struct doorbell_look *look,
				 uint64_t post_ns, uint64_t attempt_ns)
{
	/* It may have come after the look, which is not of one instant with the row. */
	if (attempt_ns >= look->now_ns)
		return 0;
	if (look->cpu < 0 && look->request && attempt_ns > post_ns)
		return attempt_ns;
	return slot->attempt_ns > post_ns && attempt_ns > slot->attempt_ns ? slot->attempt_ns : 0;
}

static struct waiting waiting__find(const struct tables *tables, const struct slot *slot,
				    const struct doorbell_vcpu *row,
				    const struct doorbell_look *look)
{
	uint64_t held_ns, post_ns, attempt_ns;

	if (tables->doorbells) {
		held_ns = look->latched == 1 ? DOORBELL_READ(row->held_ns) : 0;
		post_ns = held_ns ? held_ns : ticks__to_ns(tables, look->posted_tb);
		return (struct waiting){ post_ns, post_ns + tables->timebase_begin_ns, look->now_ns,
					 held_ns ? look->now_ns : 0 };
	}
	post_ns = DOORBELL_READ(row->post_ns);
	attempt_ns = DOORBELL_READ(row->attempt_ns);
	if (!post_ns || (!look->request && attempt_ns < post_ns))
		return (struct waiting){ 0 };
	/* In its guest, which has taken it or will bring it back: then we know that it waited until then. */
	return (struct waiting){ post_ns, post_ns, look->request ? look->now_ns : attempt_ns,
				 attempt__bounced(slot, look, post_ns, attempt_ns) };
}

/*
 * Whether a doorbell of another post is still the same wait: whatever has ended
 * since the last look was joined by the next, and the guest has had none. A stock
 * kernel cannot tell that from a guest that takes each of them in one run, but for
 * a guest that had its interrupts off at every look.
 */
static bool slot__goes_on(struct slot *slot, const struct tables *tables,
			  const struct doorbell_look *look, struct ends ends)
{
	if (ends.taken != slot->ends.taken || ends.joined == slot->ends.joined)
		return false;
	if (tables->doorbells)
		return true;
	if (!look->masked || !slot->watch.last.masked)
		return false;
	slot->inferred = true;
	return true;
}

/* "1-3,8": the kernel's own writing, so what is not understood is not there. */
static bool cpus__have(const char *list, uint32_t cpu)
{
	unsigned int first, last;
	int length = 0;

	while (list && sscanf(list, "%u%n", &first, &length) == 1) {
		list += length;
		last = first;
		if (sscanf(list, "-%u%n", &last, &length) == 1)
			list += length;
		if (cpu >= first && cpu <= last)
			return true;
		list += *list == ',';
	}
	return false;
}

/* Room for one more: free, or the one that ended first. NULL: all of them last. */
static struct stall *stalls__room(struct stalls *stalls)
{
	struct stall *oldest = NULL;

	for (uint32_t i = 0; i < STALLS_KEPT; i++) {
		struct stall *stall = &stalls->kept[i];

		if (!stall->id)
			return stall;
		if (stall->ended_ns && (!oldest || stall->ended_ns < oldest->ended_ns))
			oldest = stall;
	}
	if (oldest)
		stalls->forgotten++;
	return oldest;
}

static struct stall *stall__new(struct stalls *stalls, const struct doorbell_vcpu *row,
				uint32_t vm, uint64_t now_ns)
{
	struct stall *stall = stalls__room(stalls);
	struct recording *recording;

	if (!stall)
		return NULL;
	recording = stall->recording ? stall->recording : malloc(sizeof(*recording));
	if (recording)
		recording->count = recording->ended = 0;
	*stall = (struct stall){
		.recording = recording,
		.id = ++stalls->ids,
		.vm = row->vm_seq,
		.tgid = stalls->collector->tables.vm[vm].tgid,
		.vcore = row__number(row),
		.vcpu = row->vcpu_id,
		.thread = row->thread,
		.seen_ns = now_ns,
		.seen_real_ns = clock__real_ns(),
	};
	snprintf(stall->name, sizeof(stall->name), "%s", collector__name(stalls->collector, vm));
	return stall;
}

/* Whose it is, and how long it may wait. Return: false where that is not known yet. */
static bool slot__identify(struct stalls *stalls, struct slot *slot, const struct doorbell_vcpu *row)
{
	struct collector *collector = stalls->collector;

	if (slot->vm >= 0)
		return true;
	slot->vm = collector__find_vm(collector, row->vm_seq);
	if (slot->vm < 0)
		return false;
	slot->after_ns = stalls__after(stalls, &collector->tables.vm[slot->vm],
				       collector__name(collector, slot->vm));
	return true;
}

/* Return: false where it has to be done later, or cannot be. */
static bool slot__freeze(struct stalls *stalls, const struct slot *slot, const struct doorbell_vcpu *row)
{
	if (!slot->stall->recording || stalls->freezes == FREEZES_A_TICK)
		return false;
	stalls->freezes++;
	recording__freeze(slot->stall->recording, &stalls->collector->tables,
			  DOORBELL_READ(row->vcore));
	return true;
}

static void slot__judge(struct stalls *stalls, struct slot *slot, const struct doorbell_vcpu *row,
			uint64_t now_ns)
{
	struct verdict_facts facts = {
		.watch = &slot->watch,
		.joined = DOORBELL_READ(row->received) - slot->received,
		.tickless = cpus__have(stalls->tickless, slot->watch.last.task_cpu),
		.inferred = slot->inferred,
	};
	bool news = !slot->stall;

	if (!slot__identify(stalls, slot, row))
		return;
	facts.after_ns = slot->after_ns;
	if (news) {
		if (!verdict__ready(&facts))
			return;
		slot->stall = stall__new(stalls, row, slot->vm, now_ns);
		if (!slot->stall)
			return;
	}
	slot->stall->news = news;
	slot->stall->verdict = verdict__judge(&facts, slot->stall->why);
	slot->stall->joined = facts.joined;
	slot->stall->watch = slot->watch;
	if (!slot->frozen)
		slot->frozen = slot__freeze(stalls, slot, row);
	slot->stall->change = ++stalls->change;
}

/*
 * When it ended, as far as that is on record. A stock kernel's row knows its last
 * attempt too, which may be another doorbell's by now. 0: nothing tells.
 */
static uint64_t slot__end_ns(const struct slot *slot, const struct tables *tables,
			     const struct doorbell_vcpu *row)
{
	uint64_t posted_ns = slot->stamp + (tables->doorbells ? tables->timebase_begin_ns : 0);
	uint64_t end_ns = 0;

	if (slot->stall->recording)
		end_ns = recording__end_ns(slot->stall->recording, posted_ns, slot->stall->thread);
	/* No look is of one instant: the last one may have seen the request while it was being taken. */
	if (end_ns)
		return end_ns > slot->watch.until_ns ? end_ns : slot->watch.until_ns;
	return DOORBELL_READ(row->attempt_ns);
}

/* It has come to its end: between the last look and this one. */
static void slot__end(struct stalls *stalls, struct slot *slot, const struct doorbell_vcpu *row,
		      const struct sight *sight)
{
	uint64_t end_ns = sight->look.now_ns, known_ns;

	if (slot->stall) {
		slot__freeze(stalls, slot, row);
		known_ns = slot__end_ns(slot, &stalls->collector->tables, row);
		if (known_ns >= slot->watch.until_ns && known_ns < end_ns)
			end_ns = known_ns;
		watch__end(&slot->watch, sight, end_ns);
		slot__judge(stalls, slot, row, sight->look.now_ns);
		slot->stall->ended_ns = end_ns;
		slot->stall->news = true;
	}
	slot->key = 0;
}

static void slot__take(struct stalls *stalls, struct slot *slot, const struct doorbell_look *look)
{
	const struct tables *tables = &stalls->collector->tables;
	const struct doorbell_vcpu *row = &tables->vcpu[slot->row];
	struct waiting waiting;
	struct sight sight;
	struct ends ends;

	/* Its vcpu has ended: nobody will ever know more. */
	if (look->vcpu != slot->key || row->key != slot->key) {
		if (slot->stall) {
			slot->stall->ended_ns = slot->watch.until_ns;
			slot->stall->news = true;
			slot->stall->change = ++stalls->change;
		}
		slot->key = 0;
		return;
	}
	ends = row__ends(tables, row);
	waiting = waiting__find(tables, slot, row, look);
	slot->attempt_ns = DOORBELL_READ(row->attempt_ns);
	sight__make(tables, row, look, &sight);
	sight.bounced_ns = waiting.bounced_ns;
	if (!slot->fresh && waiting.stamp && slot__goes_on(slot, tables, look, ends)) {
		slot->stamp = waiting.stamp;
		sight.bounced_ns = waiting.until_ns;
	}
	slot->ends = ends;
	if (!slot->fresh && waiting.stamp != slot->stamp) {
		slot__end(stalls, slot, row, &sight);
		return;
	}
	if (!waiting.stamp || waiting.posted_ns > look->now_ns) {
		/* A wait that goes on by a post since the look: the next look sees it. */
		if (slot->fresh)
			slot->key = 0;
		return;
	}
	if (slot->fresh) {
		watch__begin(&slot->watch, waiting.posted_ns, &sight);
		slot->stamp = waiting.stamp;
		slot->received = DOORBELL_READ(row->received);
		slot->fresh = false;
	} else {
		watch__continue(&slot->watch, &sight, waiting.until_ns);
	}
	slot__judge(stalls, slot, row, look->now_ns);
}

void stalls__take(struct stalls *stalls, const struct doorbell_look *look)
{
	stalls->freezes = 0;
	for (uint32_t i = 0; i < stalls->chosen; i++)
		slot__take(stalls, stalls->asked[i], &look[i]);
}

/* ---- answers ---------------------------------------------------------------------- */

uint64_t stalls__change(const struct stalls *stalls)
{
	return stalls->change;
}

const struct stall *stalls__next(const struct stalls *stalls, uint64_t *change)
{
	const struct stall *next = NULL;

	for (uint32_t i = 0; i < STALLS_KEPT; i++) {
		const struct stall *stall = &stalls->kept[i];

		if (stall->id && stall->change > *change && (!next || stall->change < next->change))
			next = stall;
	}
	if (next)
		*change = next->change;
	return next;
}

static void write_evidence(struct json *json, const struct stall *stall)
{
	const struct doorbell_look *look = &stall->watch.last;

	json__object_begin(json, "evidence");
	look__write(json, look);
	json__u64(json, "looks", stall->watch.looks);
	json__u64(json, "bounced", stall->watch.bounced_ns != 0);
	json__u64(json, "joined", stall->joined);
	json__u64(json, "answers_ns", stall->watch.answers_ns);
	json__object_end(json);
}

static void write_stall(struct json *json, const struct stall *stall)
{
	static const char *const verdicts[DOORBELL_VERDICTS] = DOORBELL_VERDICT_NAMES;
	static const char *const places[DOORBELL_PLACES] = DOORBELL_PLACE_NAMES;
	const struct watch *watch = &stall->watch;

	json__object_begin(json, NULL);
	json__u64(json, "id", stall->id);
	json__u64(json, "change", stall->change);
	json__u64(json, "vm", stall->vm);
	json__u64(json, "pid", stall->tgid);
	json__string(json, "name", stall->name);
	json__u64(json, "vcore", stall->vcore);
	json__u64(json, "vcpu", stall->vcpu);
	json__u64(json, "thread", stall->thread);
	json__u64(json, "tid", watch->last.tid);
	json__u64(json, "posted_ns", watch->posted_ns);
	json__u64(json, "seen_ns", stall->seen_ns);
	if (stall->ended_ns)
		json__u64(json, "ended_ns", stall->ended_ns);
	else
		json__null(json, "ended_ns");
	json__u64(json, "age_ns", watch->until_ns - watch->posted_ns);
	json__string(json, "verdict", verdicts[stall->verdict]);
	json__string(json, "why", stall->why);
	json__object_begin(json, "blame");
	for (uint32_t i = 0; i < DOORBELL_PLACES; i++)
		json__u64(json, places[i], watch->blame_ns[i]);
	json__object_end(json);
	write_evidence(json, stall);
	json__object_end(json);
}

/* By id, which is the order in which they appeared: there are few, so the search is plain. */
static const struct stall *stalls__by_id(const struct stalls *stalls, uint64_t id, uint64_t after)
{
	const struct stall *next = NULL;

	for (uint32_t i = 0; i < STALLS_KEPT; i++) {
		const struct stall *stall = &stalls->kept[i];

		if (stall->id > id && stall->change > after && (!next || stall->id < next->id))
			next = stall;
	}
	return next;
}

void stalls__write(const struct stalls *stalls, struct json *json, uint64_t after)
{
	const struct stall *stall;

	json__object_begin(json, NULL);
	json__u64(json, "v", DOORBELL_API_VERSION);
	json__string(json, "type", "stalls");
	json__u64(json, "mono_ns", clock__mono_ns());
	json__u64(json, "real_ns", clock__real_ns());
	json__u64(json, "change", stalls->change);
	json__u64(json, "after_ns", stalls->after_ns);
	json__u64(json, "forgotten", stalls->forgotten);
	json__array_begin(json, "stalls");
	for (uint64_t id = 0; (stall = stalls__by_id(stalls, id, after)); id = stall->id)
		write_stall(json, stall);
	json__array_end(json);
	json__object_end(json);
}

int stalls__write_recording(const struct stalls *stalls, struct json *json, uint64_t id)
{
	const struct stall *stall = stalls__by_id(stalls, id - 1, 0);

	if (!stall || stall->id != id)
		return -ENOENT;
	json__object_begin(json, NULL);
	json__u64(json, "v", DOORBELL_API_VERSION);
	json__string(json, "type", "recording");
	json__u64(json, "mono_ns", clock__mono_ns());
	json__u64(json, "real_ns", clock__real_ns());
	json__u64(json, "after_ns", stalls->after_ns);
	json__array_begin(json, "stalls");
	write_stall(json, stall);
	json__array_end(json);
	recording__write(stall->recording, json);
	json__object_end(json);
	return 0;
}

/* ---- life ----------------------------------------------------------------------- */

int stalls__open(struct collector *collector, const char *limits, const char *tickless,
		 struct stalls **ret_stalls, const char **ret_why)
{
	struct stalls *stalls = calloc(1, sizeof(*stalls));

	*ret_why = NULL;
	if (!stalls)
		return -ENOMEM;
	stalls->collector = collector;
	stalls->after_ns = STALLS_AFTER_NS;
	stalls->tickless = tickless;
	*ret_why = limits ? limits__parse(stalls, limits) : NULL;
	if (*ret_why) {
		stalls__close(stalls);
		return -EINVAL;
	}
	stalls->ended = calloc(collector->tables.vcpus, sizeof(*stalls->ended));
	if (!stalls->ended) {
		stalls__close(stalls);
		return -ENOMEM;
	}
	*ret_stalls = stalls;
	return 0;
}

void stalls__close(struct stalls *stalls)
{
	if (!stalls)
		return;
	for (uint32_t i = 0; i < STALLS_KEPT; i++)
		free(stalls->kept[i].recording);
	free(stalls->ended);
	free(stalls);
}
