/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model.c - see model.h.
 *
 * Rows of two snapshots are matched by VM id and vcore (ids are never used
 * again), threads by number. A row, thread or histogram the earlier snapshot
 * lacks began later, so all it counts belongs to the span.
 */
#include "client/model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t known_sum(uint64_t a, uint64_t b)
{
	uint64_t sum;

	if (a == COUNT_UNKNOWN || b == COUNT_UNKNOWN || __builtin_add_overflow(a, b, &sum))
		return COUNT_UNKNOWN;
	return sum;
}

uint64_t known_difference(uint64_t a, uint64_t b)
{
	if (a == COUNT_UNKNOWN || b == COUNT_UNKNOWN || b > a)
		return COUNT_UNKNOWN;
	return a - b;
}

uint64_t known_less(uint64_t a, uint64_t b)
{
	if (a == COUNT_UNKNOWN || b == COUNT_UNKNOWN)
		return COUNT_UNKNOWN;
	return a > b ? a - b : 0;
}

uint64_t known_ratio(uint64_t value, uint64_t scale, uint64_t by)
{
	unsigned __int128 ratio;

	if (value == COUNT_UNKNOWN || by == COUNT_UNKNOWN || !by)
		return COUNT_UNKNOWN;
	ratio = ((unsigned __int128)value * scale + by / 2) / by;
	return ratio < COUNT_UNKNOWN ? (uint64_t)ratio : COUNT_UNKNOWN - 1;
}

bool hist__difference(const struct snapshot_hist *now, const struct snapshot_hist *before,
		      uint64_t *bucket)
{
	memset(bucket, 0, DOORBELL_HIST_BUCKETS * sizeof(*bucket));
	if (!now->known || (before && !before->known))
		return false;
	for (uint32_t i = 0; i < now->bucket_count; i++)
		bucket[now->buckets[i].index] = now->buckets[i].count;
	for (uint32_t i = 0; before && i < before->bucket_count; i++) {
		const struct snapshot_bucket *old = &before->buckets[i];

		if (bucket[old->index] < old->count)
			return false;
		bucket[old->index] -= old->count;
	}
	return true;
}

void latency__from(struct latency *latency, const struct snapshot_hist *now,
		   const struct snapshot_hist *before, const uint64_t *bucket)
{
	uint64_t max_ns = now->max_ns == COUNT_UNKNOWN ? 0 : now->max_ns, top_ns;

	latency->count = doorbell_hist__count(bucket);
	latency->sum_ns = before ? known_difference(now->sum_ns, before->sum_ns) : now->sum_ns;
	if (!latency->count)
		return;
	latency->p50_ns = doorbell_hist__quantile(bucket, max_ns, 5000);
	latency->p90_ns = doorbell_hist__quantile(bucket, max_ns, 9000);
	latency->p99_ns = doorbell_hist__quantile(bucket, max_ns, 9900);
	latency->p999_ns = doorbell_hist__quantile(bucket, max_ns, 9990);
	top_ns = doorbell_hist__quantile(bucket, 0, 10000);
	/* The maximum of a span is exact when a new one was reached in it, else as good as a bucket. */
	if (max_ns && (!before || (before->max_ns != COUNT_UNKNOWN && max_ns > before->max_ns)))
		latency->max_ns = max_ns;
	else
		latency->max_ns = max_ns && top_ns > max_ns ? max_ns : top_ns;
}

static void latency_of(struct latency *latency, const struct snapshot_vcore *now,
		       const struct snapshot_vcore *before, unsigned int kind)
{
	const struct snapshot_hist *old = before && before->hist[kind].known ? &before->hist[kind] :
									       NULL;
	uint64_t bucket[DOORBELL_HIST_BUCKETS];

	memset(latency, 0xff, sizeof(*latency));
	if (hist__difference(&now->hist[kind], old, bucket))
		latency__from(latency, &now->hist[kind], old, bucket);
}

void counts__difference(const struct snapshot_counts *now, const struct snapshot_counts *before,
			struct snapshot_counts *ret_counts)
{
	const uint64_t *from = (const uint64_t *)before, *to = (const uint64_t *)now;
	uint64_t *counts = (uint64_t *)ret_counts;

	_Static_assert(sizeof(*now) == (DOORBELL_OPS + 3 * DOORBELL_THREADS + DOORBELL_PLACES + 7) *
					       sizeof(uint64_t),
		       "nothing but counters in struct snapshot_counts");
	for (size_t i = 0; i < sizeof(*now) / sizeof(uint64_t); i++)
		counts[i] = before ? known_difference(to[i], from[i]) : to[i];
}

const struct snapshot_thread *vcore__thread(const struct snapshot_vcore *vcore, uint64_t thread)
{
	for (uint32_t i = 0; vcore && i < vcore->thread_count; i++)
		if (vcore->thread[i].thread == thread)
			return &vcore->thread[i];
	return NULL;
}

static void facts_add(struct facts *facts, const struct snapshot_counts *counts)
{
	for (unsigned int i = 0; i < DOORBELL_OPS; i++)
		facts->op[i] = known_sum(facts->op[i], counts->op[i]);
	facts->posted = known_sum(facts->posted, counts->posted);
	facts->coalesced = known_sum(facts->coalesced, known_less(counts->received, counts->posted));
	facts->ignored = known_sum(facts->ignored, counts->ignored);
	facts->consumed = known_sum(facts->consumed, counts->consumed);
	facts->cleared = known_sum(facts->cleared, counts->cleared);
	facts->uncertain = known_sum(facts->uncertain, counts->uncertain);
	facts->sync_ipis = known_sum(facts->sync_ipis, counts->sync_ipis);
}

/* Posts of a vcore that neither ended nor wait, as far as one look can tell. */
static uint64_t unended_of(const struct snapshot_vcore *vcore)
{
	uint64_t posted = 0, ended = 0;

	for (uint32_t i = 0; i < vcore->thread_count; i++) {
		const struct snapshot_thread *thread = &vcore->thread[i];

		if (thread->pending == SNAPSHOT_PENDING_UNKNOWN)
			return COUNT_UNKNOWN;
		posted = known_sum(posted, thread->counts.posted);
		ended = known_sum(ended, thread->counts.consumed);
		ended = known_sum(ended, thread->counts.cleared);
		ended = known_sum(ended, thread->pending == SNAPSHOT_PENDING_SINCE);
		if (thread->unsettled != COUNT_UNKNOWN)
			ended = known_sum(ended, thread->unsettled);
	}
	return known_less(posted, ended);
}

static void pending_of(struct row *row, uint64_t mono_ns)
{
	row->pending = row->now->thread_count ? 0 : COUNT_UNKNOWN;
	row->oldest_ns = COUNT_UNKNOWN;
	for (uint32_t i = 0; i < row->now->thread_count; i++) {
		const struct snapshot_thread *thread = &row->now->thread[i];
		uint64_t age_ns;

		if (thread->pending == SNAPSHOT_PENDING_UNKNOWN)
			row->pending = COUNT_UNKNOWN;
		if (thread->pending != SNAPSHOT_PENDING_SINCE)
			continue;
		row->pending = known_sum(row->pending, 1);
		age_ns = known_less(mono_ns, thread->pending_since_ns);
		if (row->oldest_ns == COUNT_UNKNOWN || age_ns > row->oldest_ns)
			row->oldest_ns = age_ns;
	}
}

static uint64_t span_of(const struct row *row, const struct snapshot *now,
			const struct snapshot *before)
{
	uint64_t since_ns = row->vm ? row->vm->since_ns : COUNT_UNKNOWN;

	if (before && (row->before || since_ns == COUNT_UNKNOWN || since_ns < before->mono_ns))
		since_ns = before->mono_ns;
	return known_difference(now->mono_ns, since_ns);
}

static void row_build(struct row *row, const struct snapshot_vcore *vcore,
		      const struct snapshot *now, const struct snapshot *before)
{
	uint64_t unended_before;

	memset(row, 0, sizeof(*row));
	row->now = vcore;
	row->vm = snapshot__vm(now, vcore->vm);
	row->before = before ? snapshot__vcore(before, vcore->vm, vcore->vcore) : NULL;
	row->span_ns = span_of(row, now, before);
	for (uint32_t i = 0; i < vcore->thread_count; i++) {
		const struct snapshot_thread *old = vcore__thread(row->before,
								  vcore->thread[i].thread);
		struct snapshot_counts counts;

		counts__difference(&vcore->thread[i].counts, old ? &old->counts : NULL, &counts);
		facts_add(&row->facts, &counts);
	}
	if (!vcore->thread_count)
		memset(&row->facts, 0xff, sizeof(row->facts));
	pending_of(row, now->mono_ns);
	row->unended = vcore->thread_count ? unended_of(vcore) : COUNT_UNKNOWN;
	unended_before = row->before ? unended_of(row->before) : row->unended;
	if (row->unended != COUNT_UNKNOWN && unended_before < row->unended)
		row->unended = unended_before;
	for (unsigned int kind = 0; kind < DOORBELL_LATENCIES; kind++)
		latency_of(&row->latency[kind], vcore, row->before, kind);
}

static void total_add(struct view *view, const struct row *row)
{
	const uint64_t *from = (const uint64_t *)&row->facts;
	uint64_t *to = (uint64_t *)&view->total;

	for (size_t i = 0; i < sizeof(row->facts) / sizeof(uint64_t); i++)
		to[i] = known_sum(to[i], from[i]);
	view->total_pending = known_sum(view->total_pending, row->pending);
}

/*
 * A VM that went away within the span moved its counts into "gone"; what it had
 * before the span must be taken off again, or its whole life would count as now.
 */
static void total_gone(struct view *view, const struct snapshot *now, const struct snapshot *before)
{
	struct facts gone = { 0 }, was = { 0 };

	for (unsigned int i = 0; i < DOORBELL_OPS; i++)
		gone.op[i] = before ? known_difference(now->gone_op[i], before->gone_op[i]) :
				      now->gone_op[i];
	gone.posted = before ? known_difference(now->gone_posted, before->gone_posted) :
			       now->gone_posted;
	gone.coalesced = before ? known_difference(now->gone_coalesced, before->gone_coalesced) :
				  now->gone_coalesced;
	gone.ignored = before ? known_difference(now->gone_ignored, before->gone_ignored) :
				now->gone_ignored;
	for (size_t i = 0; before && i < before->vcore_count; i++) {
		const struct snapshot_vcore *old = &before->vcores[i];

		if (snapshot__vcore(now, old->vm, old->vcore))
			continue;
		for (uint32_t t = 0; t < old->thread_count; t++)
			facts_add(&was, &old->thread[t].counts);
	}
	for (unsigned int i = 0; i < DOORBELL_OPS; i++)
		view->total.op[i] = known_sum(view->total.op[i],
					      known_difference(gone.op[i], was.op[i]));
	view->total.posted = known_sum(view->total.posted,
				       known_difference(gone.posted, was.posted));
	view->total.coalesced = known_sum(view->total.coalesced,
					  known_difference(gone.coalesced, was.coalesced));
	view->total.ignored = known_sum(view->total.ignored,
					known_difference(gone.ignored, was.ignored));
}

void vm__label(char *buffer, size_t size, uint64_t id, uint64_t pid, const char *name)
{
	if (*name && pid != COUNT_UNKNOWN)
		snprintf(buffer, size, "%s/%llu", name, (unsigned long long)pid);
	else if (*name)
		snprintf(buffer, size, "%s", name);
	else if (pid != COUNT_UNKNOWN)
		snprintf(buffer, size, "vm/%llu", (unsigned long long)pid);
	else if (id != COUNT_UNKNOWN)
		snprintf(buffer, size, "vm %llu", (unsigned long long)id);
	else
		snprintf(buffer, size, "vm -");
}

void row__label(const struct row *row, char *buffer, size_t size)
{
	vm__label(buffer, size, row->now->vm, row->vm ? row->vm->pid : COUNT_UNKNOWN,
		  row->vm ? row->vm->name : "");
}

/* One "3" or "3-7" of a list; moves @list behind it. */
static int list_item(const char **list, uint64_t *ret_low, uint64_t *ret_high)
{
	const char *at = *list;
	uint64_t value[2] = { 0, 0 };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (*at < '0' || *at > '9')
			return -EINVAL;
		for (; *at >= '0' && *at <= '9'; at++) {
			value[i] = value[i] * 10 + (uint64_t)(*at - '0');
			if (value[i] > SNAPSHOT_COUNT_MAX)
				return -EINVAL;
		}
		if (i || *at != '-')
			break;
		at++;
	}
	*ret_low = value[0];
	*ret_high = i ? value[1] : value[0];
	if (*ret_high < *ret_low || (*at && (*at != ',' || !at[1])))
		return -EINVAL;
	*list = at + (*at == ',');
	return 0;
}

int filter__check_vcores(const char *list)
{
	uint64_t low, high;
	int err = *list ? 0 : -EINVAL;

	while (!err && *list)
		err = list_item(&list, &low, &high);
	return err;
}

static bool in_list(const char *list, uint64_t value)
{
	uint64_t low, high;

	while (*list && !list_item(&list, &low, &high))
		if (value >= low && value <= high)
			return true;
	return false;
}

static bool number_is(uint64_t value, const char *text)
{
	char number[24];

	snprintf(number, sizeof(number), "%llu", (unsigned long long)value);
	return value != COUNT_UNKNOWN && !strcmp(number, text);
}

bool vm__is(const char *wanted, uint64_t id, uint64_t pid, const char *name)
{
	return number_is(id, wanted) || number_is(pid, wanted) || !strcmp(name, wanted);
}

static bool matches(const struct filter *filter, const struct row *row)
{
	char label[2 * SNAPSHOT_NAME_BYTES], text[3 * SNAPSHOT_NAME_BYTES];

	if (!filter)
		return true;
	if (filter->vcores && !in_list(filter->vcores, row->now->vcore))
		return false;
	if (filter->vm && !vm__is(filter->vm, row->now->vm, row->vm ? row->vm->pid : COUNT_UNKNOWN,
				  row->vm ? row->vm->name : ""))
		return false;
	if (!filter->name)
		return true;
	row__label(row, label, sizeof(label));
	snprintf(text, sizeof(text), "%s %llu", label, (unsigned long long)row->now->vcore);
	return !regexec(filter->name, text, 0, NULL, 0);
}

int view__build(struct view *view, const struct snapshot *now, const struct snapshot *before,
		const struct filter *filter)
{
	struct row row;

	memset(view, 0, sizeof(*view));
	view->rows = calloc(now->vcore_count ? now->vcore_count : 1, sizeof(*view->rows));
	if (!view->rows)
		return -ENOMEM;
	view->now = now;
	view->before = before;
	view->span_ns = before ? known_difference(now->mono_ns, before->mono_ns) : COUNT_UNKNOWN;
	for (size_t i = 0; i < now->vcore_count; i++) {
		row_build(&row, &now->vcores[i], now, before);
		/* Rows come by VM id: a new id is a new VM. */
		view->vms += !i || now->vcores[i - 1].vm != now->vcores[i].vm;
		total_add(view, &row);
		if (!matches(filter, &row)) {
			view->hidden++;
			continue;
		}
		view->rows[view->count++] = row;
	}
	total_gone(view, now, before);
	view->lost = now->cause_count ? 0 : COUNT_UNKNOWN;
	for (uint32_t i = 0; i < now->cause_count; i++)
		view->lost = known_sum(view->lost, now->lost[i].count);
	return 0;
}

void view__free(struct view *view)
{
	if (!view)
		return;
	free(view->rows);
	memset(view, 0, sizeof(*view));
}
