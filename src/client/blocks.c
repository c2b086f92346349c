/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * blocks.c - what a vcore looks like in text: quantiles, histograms, threads,
 * and who sends to whom. See document.h.
 */
#include "client/document.h"

#include <string.h>

#include "common/text.h"

/* "12.4us - 13.1us  " and the count after the bar. */
#define AXIS_COLUMNS 17u
#define COUNT_COLUMNS 14u
#define BAR_COLUMNS_MAX 60u
#define THREADS_COLUMNS 84u

static const char *count_text(char *text, uint64_t value)
{
	return value == COUNT_UNKNOWN ? "-" : units__format_count(text, value);
}

static const char *ns_text(char *text, uint64_t value_ns, enum units_scale scale)
{
	return value_ns == COUNT_UNKNOWN ? "-" : units__format_ns(text, value_ns, scale);
}

void block__quantile_title(struct document *document)
{
	document__add(document, true, "%-11s %7s %8s %8s %8s %8s %8s %8s", "LATENCY", "COUNT", "mean",
		      "p50", "p90", "p99", "p99.9", "max");
}

void block__quantiles(struct document *document, const char *name, const struct latency *latency,
		      enum units_scale scale)
{
	const uint64_t mean_ns = known_ratio(latency->sum_ns, 1, latency->count);
	char text[7][UNITS_TEXT_BYTES];

	document__add(document, false, "%-11s %7s %8s %8s %8s %8s %8s %8s", name,
		      count_text(text[0], latency->count), ns_text(text[1], mean_ns, scale),
		      ns_text(text[2], latency->p50_ns, scale), ns_text(text[3], latency->p90_ns, scale),
		      ns_text(text[4], latency->p99_ns, scale),
		      ns_text(text[5], latency->p999_ns, scale),
		      ns_text(text[6], latency->max_ns, scale));
}

/*
 * Buckets per bar so that what is not empty takes at most @rows bars. Buckets
 * are log-linear, so a power of two of them is a steady step on a log axis
 * (16: an octave), and bars keep their borders while the data moves.
 */
static uint32_t bucket_step(uint32_t first, uint32_t last, uint32_t rows)
{
	uint32_t step = 1;

	while (last / step - first / step + 1 > (rows ? rows : 1))
		step *= 2;
	return step;
}

static uint64_t bar_count(const uint64_t *bucket, uint32_t from, uint32_t step)
{
	uint64_t count = 0;

	for (uint32_t i = from; i < from + step && i < DOORBELL_HIST_BUCKETS; i++)
		count += bucket[i];
	return count;
}

static void bar_row(struct document *document, uint64_t low_ns, uint64_t high_ns, uint64_t count,
		    uint64_t total, uint64_t full, const struct paper *paper)
{
	unsigned int width = paper->width > AXIS_COLUMNS + COUNT_COLUMNS + 8 ?
				     paper->width - AXIS_COLUMNS - COUNT_COLUMNS :
				     8;
	char low[UNITS_TEXT_BYTES], high[UNITS_TEXT_BYTES], number[UNITS_TEXT_BYTES];
	char bar[4 * BAR_COLUMNS_MAX + 1], padded[4 * BAR_COLUMNS_MAX + 1];
	uint64_t percent = known_ratio(count, 1000, total);

	width = width > BAR_COLUMNS_MAX ? BAR_COLUMNS_MAX : width;
	text__bar(bar, sizeof(bar), count, full, width, paper->utf8);
	text__fit(padded, sizeof(padded), bar, width, TEXT_LEFT, paper->utf8);
	document__add(document, false, "%6s - %6s  %s %5s %3llu.%llu%%",
		      units__format_ns(low, low_ns, UNITS_SCALE_AUTO),
		      units__format_ns(high, high_ns, UNITS_SCALE_AUTO), padded,
		      units__format_count(number, count), (unsigned long long)(percent / 10),
		      (unsigned long long)(percent % 10));
}

void block__histogram(struct document *document, const uint64_t *bucket, const struct paper *paper)
{
	uint32_t first = 0, last = DOORBELL_HIST_BUCKETS - 1, step;
	uint64_t full = 0, total = doorbell_hist__count(bucket);

	if (!total) {
		document__add(document, false, "  no events");
		return;
	}
	while (!bucket[first])
		first++;
	while (!bucket[last])
		last--;
	step = bucket_step(first, last, paper->bar_rows);
	for (uint32_t i = first / step * step; i <= last; i += step) {
		uint64_t count = bar_count(bucket, i, step);

		full = count > full ? count : full;
	}
	for (uint32_t i = first / step * step; i <= last; i += step) {
		uint32_t end = i + step > DOORBELL_HIST_BUCKETS ? DOORBELL_HIST_BUCKETS : i + step;

		bar_row(document, doorbell_hist__low_ns(i), doorbell_hist__low_ns(end),
			bar_count(bucket, i, step), total, full, paper);
	}
}

static void thread_line(struct document *document, const struct row *row,
			const struct snapshot_thread *thread, uint64_t mono_ns)
{
	const struct snapshot_thread *old = vcore__thread(row->before, thread->thread);
	char text[12][UNITS_TEXT_BYTES];
	struct snapshot_counts counts;
	const char *waits = "-", *tid = "-";

	counts__difference(&thread->counts, old ? &old->counts : NULL, &counts);
	if (thread->pending == SNAPSHOT_PENDING_NONE)
		waits = "none";
	else if (thread->pending == SNAPSHOT_PENDING_SINCE)
		waits = ns_text(text[11], known_less(mono_ns, thread->pending_since_ns),
				UNITS_SCALE_AUTO);
	if (thread->tid != COUNT_UNKNOWN) {
		snprintf(text[1], UNITS_TEXT_BYTES, "%llu", (unsigned long long)thread->tid);
		tid = text[1];
	}
	document__add(document, false, "%3llu %5s %7s %5s %5s %5s %5s %5s %5s %5s %5s %5s %6s",
		      (unsigned long long)thread->thread, count_text(text[0], thread->vcpu),
		      tid,
		      count_text(text[2], counts.op[DOORBELL_OP_SEND]),
		      count_text(text[3], counts.op[DOORBELL_OP_CLEAR]),
		      count_text(text[4], counts.op[DOORBELL_OP_READ_DPDES]),
		      count_text(text[5], counts.op[DOORBELL_OP_READ_TIR]),
		      count_text(text[6], counts.ignored), count_text(text[7], counts.received),
		      count_text(text[8], known_less(counts.received, counts.posted)),
		      count_text(text[9], counts.consumed), count_text(text[10], counts.cleared), waits);
}

static void block_threads(struct document *document, const struct row *row, uint64_t mono_ns)
{
	document__add(document, true, "%3s %5s %7s %5s %5s %5s %5s %5s %5s %5s %5s %5s %6s", "THR",
		      "VCPU", "TID", "SEND", "CLEAR", "DPDES", "TIR", "IGNOR", "RECV", "COAL",
		      "TAKEN", "CLRD", "WAITS");
	for (uint32_t i = 0; i < row->now->thread_count; i++)
		thread_line(document, row, &row->now->thread[i], mono_ns);
}

/* What a table of threads by threads says of @from and @to, within the span. */
typedef const char *matrix_cell(char *text, const struct row *row, unsigned int from,
				unsigned int to);

static bool thread_counts(const struct row *row, unsigned int number,
			  struct snapshot_counts *ret_counts)
{
	const struct snapshot_thread *thread = vcore__thread(row->now, number);
	const struct snapshot_thread *old = vcore__thread(row->before, number);

	if (thread)
		counts__difference(&thread->counts, old ? &old->counts : NULL, ret_counts);
	return thread != NULL;
}

static const char *cell_sends(char *text, const struct row *row, unsigned int from, unsigned int to)
{
	struct snapshot_counts counts;

	return thread_counts(row, from, &counts) ? count_text(text, counts.to[to]) : "-";
}

static const char *cell_mean_wait(char *text, const struct row *row, unsigned int from,
				  unsigned int to)
{
	struct snapshot_counts counts;

	if (!thread_counts(row, to, &counts))
		return "-";
	return ns_text(text, known_ratio(counts.from_ns[from], 1, counts.from_consumed[from]),
		       UNITS_SCALE_AUTO);
}

/* One line per sending thread. */
static void matrix(struct document *document, const char *title, const struct row *row,
		   matrix_cell *cell)
{
	char line[16 + DOORBELL_THREADS * 8], text[UNITS_TEXT_BYTES];
	unsigned int threads = 0;

	for (uint32_t i = 0; i < row->now->thread_count; i++)
		for (unsigned int to = 0; to < DOORBELL_THREADS; to++)
			if (row->now->thread[i].counts.to[to] != COUNT_UNKNOWN && to + 1 > threads)
				threads = to + 1;
	snprintf(line, sizeof(line), "%-10s", title);
	for (unsigned int to = 0; to < threads; to++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), " %6u", to);
	document__add(document, true, "%s", line);
	for (uint32_t i = 0; i < row->now->thread_count; i++) {
		unsigned int from = (unsigned int)row->now->thread[i].thread;

		snprintf(line, sizeof(line), "%8u  ", from);
		for (unsigned int to = 0; to < threads; to++)
			snprintf(line + strlen(line), sizeof(line) - strlen(line), " %6s",
				 cell(text, row, from, to));
		document__add(document, false, "%s", line);
	}
}

static void block_pairs(struct document *document, const struct row *row)
{
	matrix(document, "SENDS \\ TO", row, cell_sends);
	document__add(document, false, "%s", "");
	matrix(document, "WAIT \\ TO", row, cell_mean_wait);
}

/* Where the targets were when a doorbell was posted to them: one line per target. */
static void block_found(struct document *document, const struct row *row)
{
	char line[16 + DOORBELL_PLACES * 9], text[UNITS_TEXT_BYTES];

	snprintf(line, sizeof(line), "%-10s", "FOUND IN");
	for (unsigned int place = 1; place < DOORBELL_PLACES; place++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), " %7s",
			 snapshot_place_names[place]);
	document__add(document, true, "%s", line);
	for (uint32_t i = 0; i < row->now->thread_count; i++) {
		struct snapshot_counts counts;

		if (!thread_counts(row, (unsigned int)row->now->thread[i].thread, &counts))
			continue;
		snprintf(line, sizeof(line), "%8llu  ",
			 (unsigned long long)row->now->thread[i].thread);
		for (unsigned int place = 1; place < DOORBELL_PLACES; place++)
			snprintf(line + strlen(line), sizeof(line) - strlen(line), " %7s",
				 count_text(text, counts.found[place]));
		document__add(document, false, "%s", line);
	}
}

static void block_kind(struct document *document, const struct row *row, unsigned int kind,
		       const struct paper *paper)
{
	const struct snapshot_hist *old = NULL;
	uint64_t bucket[DOORBELL_HIST_BUCKETS];

	if (row->before && row->before->hist[kind].known)
		old = &row->before->hist[kind];
	document__add(document, true, "%s: %s", snapshot_kind_names[kind], snapshot_kind_help[kind]);
	if (hist__difference(&row->now->hist[kind], old, bucket))
		block__histogram(document, bucket, paper);
	else
		document__add(document, false, "  not observed");
	document__add(document, false, "%s", "");
}

/* What a reader asks first comes first: he may see only so many lines. */
static const unsigned int kind_order[] = {
	DOORBELL_LATENCY_REQUEST,
	DOORBELL_LATENCY_EMULATE,
	DOORBELL_LATENCY_DPDES_READ,
	DOORBELL_LATENCY_SYNC_IPI,
};

#define KINDS_DRAWN (sizeof(kind_order) / sizeof(kind_order[0]))

static void two_columns(struct document *document, const struct row *row, const struct paper *paper)
{
	struct paper half = *paper;

	half.width = paper->width / 2 - 2;
	for (unsigned int i = 0; i < KINDS_DRAWN; i += 2) {
		struct document right = { 0 };
		size_t from = document->count;

		block_kind(document, row, kind_order[i], &half);
		block_kind(&right, row, kind_order[i + 1], &half);
		document__beside(document, from, &right, paper->width / 2, paper->utf8);
		document__free(&right);
	}
}

void block__vcore(struct document *document, const struct row *row, uint64_t mono_ns,
		  const struct paper *paper)
{
	struct document pairs = { 0 };
	size_t from;

	block__quantile_title(document);
	for (unsigned int kind = 0; kind < DOORBELL_LATENCIES; kind++)
		block__quantiles(document, snapshot_kind_names[kind], &row->latency[kind],
				 paper->scale);
	document__add(document, false, "%s", "");
	if (paper->width < 2 * 70) {
		block_kind(document, row, kind_order[0], paper);
		from = document->count;
	} else {
		two_columns(document, row, paper);
		from = document->count;
	}
	block_threads(document, row, mono_ns);
	block_pairs(&pairs, row);
	if (paper->width >= THREADS_COLUMNS + 70) {
		document__beside(document, from, &pairs, THREADS_COLUMNS, paper->utf8);
	} else {
		document__add(document, false, "%s", "");
		document__beside(document, document->count, &pairs, 0, paper->utf8);
	}
	document__free(&pairs);
	document__add(document, false, "%s", "");
	block_found(document, row);
	document__add(document, false, "%s", "");
	for (unsigned int i = 1; paper->width < 2 * 70 && i < KINDS_DRAWN; i++)
		block_kind(document, row, kind_order[i], paper);
}
