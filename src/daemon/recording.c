// SPDX-License-Identifier: GPL-2.0-only
/*
 * recording.c - from the ring of a vcore to an answer.
 */
#include "recording.h"

static uint64_t mono_ns(const struct tables *tables, uint64_t row_ns)
{
	return row_ns && tables->doorbells ? row_ns + tables->timebase_begin_ns : row_ns;
}

/*
 * A copy of the row has been made while others wrote, and in which order nobody says.
 * A second one tells how far they were when the first had been made: what they had not
 * come to then is whole.
 */
static void recording__drop_torn(struct recording *recording, uint32_t from,
				 const struct doorbell_vcore *later)
{
	uint32_t count = from;

	for (uint32_t i = from; i < recording->count; i++)
		if (later && later->ended < recording->record[i].number + DOORBELL_RECORDS)
			recording->record[count++] = recording->record[i];
	recording->count = count;
}

void recording__freeze(struct recording *recording, const struct tables *tables, uint32_t index)
{
	const struct doorbell_vcore *vcore = tables->read_vcore(tables->context, index);
	uint64_t ended = vcore ? vcore->ended : 0, number = recording->ended;
	struct doorbell_record record;
	uint32_t from = recording->count;

	if (ended > DOORBELL_RECORDS && number < ended - DOORBELL_RECORDS)
		number = ended - DOORBELL_RECORDS;
	while (number < ended && recording->count < DOORBELL_RECORDING_DOORBELLS) {
		if (!doorbell_recorder__read(vcore, ++number, &record))
			continue;
		record.post_ns = mono_ns(tables, record.post_ns);
		record.end_ns = mono_ns(tables, record.end_ns);
		recording->record[recording->count++] = record;
	}
	if (ended > recording->ended)
		recording->ended = ended;
	recording__drop_torn(recording, from, tables->read_vcore(tables->context, index));
}

uint64_t recording__end_ns(const struct recording *recording, uint64_t posted_ns, uint32_t thread)
{
	for (uint32_t i = recording->count; i-- > 0;)
		if (recording->record[i].post_ns == posted_ns && recording->record[i].to == thread)
			return recording->record[i].end_ns;
	return 0;
}

static void write_instant(struct json *json, const char *key, uint64_t instant_ns)
{
	if (instant_ns)
		json__u64(json, key, instant_ns);
	else
		json__null(json, key);
}

static void write_doorbell(struct json *json, const struct doorbell_record *record)
{
	static const char *const endings[DOORBELL_ENDINGS] = DOORBELL_ENDING_NAMES;
	static const char *const latencies[DOORBELL_LATENCIES] = DOORBELL_LATENCY_NAMES;

	json__object_begin(json, NULL);
	json__u64(json, "number", record->number);
	write_instant(json, "posted_ns", record->post_ns);
	write_instant(json, "ended_ns", record->end_ns);
	if (record->source)
		json__u64(json, "from", record->source - 1);
	else
		json__null(json, "from");
	json__u64(json, "to", record->to);
	json__string(json, "ending", endings[record->ending < DOORBELL_ENDINGS ? record->ending : 0]);
	json__object_begin(json, "stages");
	for (uint32_t i = 0; i < DOORBELL_STAGES; i++)
		json__u64(json, latencies[DOORBELL_STAGE_FIRST + i], record->stage_ns[i]);
	json__object_end(json);
	json__object_end(json);
}

void recording__write(const struct recording *recording, struct json *json)
{
	if (!recording) {
		json__null(json, "doorbells");
		return;
	}
	json__array_begin(json, "doorbells");
	for (uint32_t i = 0; i < recording->count; i++)
		write_doorbell(json, &recording->record[i]);
	json__array_end(json);
}
