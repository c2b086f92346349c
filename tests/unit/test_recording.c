// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_recording.c - from the ring of a vcore to a file: what is frozen, what the
 * answer says of it, how many files there are, and what a full disk leaves behind.
 */
#include "check.h"

#include <daemon/recorder.h>
#include <daemon/recording.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

static struct doorbell_vcore vcore;
static struct recording recording;
static struct tables tables;
static uint64_t taken_meanwhile;	/* between the first copy and the second */
static uint32_t copies;

static const struct doorbell_vcore *read_vcore(void *context, uint32_t index)
{
	static struct doorbell_vcore copy;

	(void)context;
	if (index != 5)
		return NULL;
	copy = vcore;
	if (copies++ & 1)
		copy.ended += taken_meanwhile;
	return &copy;
}

static int fresh(void **state)
{
	(void)state;
	memset(&vcore, 0, sizeof(vcore));
	memset(&recording, 0, sizeof(recording));
	tables = (struct tables){ .read_vcore = read_vcore };
	taken_meanwhile = copies = 0;
	return 0;
}

static void ends(uint64_t post_ns, uint64_t end_ns, uint8_t source, uint8_t ending)
{
	const uint64_t stage_ns[DOORBELL_STAGES] = { 1, 2, 3, 4, 5, end_ns - post_ns - 15 };

	doorbell_recorder__put(&vcore, post_ns, end_ns, stage_ns, source, 2, ending);
}

static void freeze(uint32_t want)
{
	recording__freeze(&recording, &tables, 5);
	assert_int_equal(recording.count, want);
	for (uint32_t i = 1; i < recording.count; i++)
		assert_true(recording.record[i].number > recording.record[i - 1].number);
}

static void what_is_new(void **state)
{
	(void)state;
	freeze(0);
	ends(100, 200, 1, DOORBELL_ENDING_CONSUMED);
	freeze(1);
	freeze(1);
	ends(300, 400, 1, DOORBELL_ENDING_CONSUMED);
	freeze(2);
	assert_int_equal(recording.record[1].post_ns, 300);
}

static void no_more_than_there_is_room_for(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		ends(100 * i, 100 * i + 50, 1, DOORBELL_ENDING_CONSUMED);
	freeze(DOORBELL_RECORDS);
	assert_int_equal(recording.record[0].number, 100 - DOORBELL_RECORDS + 1);
	for (uint32_t i = 0; i < 100; i++)
		ends(100 * i, 100 * i + 50, 1, DOORBELL_ENDING_CONSUMED);
	freeze(2 * DOORBELL_RECORDS);
	assert_int_equal(recording.record[2 * DOORBELL_RECORDS - 1].number, 200);
	ends(100, 200, 1, DOORBELL_ENDING_CONSUMED);
	freeze(2 * DOORBELL_RECORDS);
}

/* What others may have been writing while the row was copied is left out. */
static void copied_while_written(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < DOORBELL_RECORDS; i++)
		ends(100 * i, 100 * i + 50, 1, DOORBELL_ENDING_CONSUMED);
	taken_meanwhile = 3;
	freeze(DOORBELL_RECORDS - 3);
	assert_int_equal(recording.record[0].number, 4);
	recording__freeze(&recording, &tables, 6);
	assert_int_equal(recording.count, DOORBELL_RECORDS - 3);
}

static void when_one_ended(void **state)
{
	const uint64_t stage_ns[DOORBELL_STAGES] = { 0 };

	(void)state;
	ends(100, 200, 1, DOORBELL_ENDING_CONSUMED);
	doorbell_recorder__put(&vcore, 100, 300, stage_ns, 1, 3, DOORBELL_ENDING_CONSUMED);
	freeze(2);
	assert_int_equal(recording__end_ns(&recording, 100, 2), 200);
	assert_int_equal(recording__end_ns(&recording, 100, 3), 300);
	assert_int_equal(recording__end_ns(&recording, 101, 2), 0);
}

/* Rows of a kernel with doorbell tracepoints have another clock. */
static void clocks(void **state)
{
	(void)state;
	tables.doorbells = true;
	tables.timebase_begin_ns = 1000;
	ends(100, 200, 1, DOORBELL_ENDING_MERGED);
	ends(0, 200, 1, DOORBELL_ENDING_CLEARED);
	freeze(2);
	assert_int_equal(recording.record[0].post_ns, 1100);
	assert_int_equal(recording.record[0].end_ns, 1200);
	assert_int_equal(recording.record[1].post_ns, 0);
}

static void answer(void **state)
{
	static const char expected[] =
		"{\"doorbells\":["
		"{\"number\":1,\"posted_ns\":100,\"ended_ns\":200,\"from\":6,\"to\":2,"
		"\"ending\":\"uncertain\",\"stages\":{\"kick\":1,\"wake\":2,\"runqueue\":3,\"enter\":4,"
		"\"masked\":5,\"unplaced\":85}},"
		"{\"number\":2,\"posted_ns\":null,\"ended_ns\":15,\"from\":null,\"to\":2,"
		"\"ending\":\"unknown\",\"stages\":{\"kick\":1,\"wake\":2,\"runqueue\":3,\"enter\":4,"
		"\"masked\":5,\"unplaced\":0}}]}\n";
	struct json json;

	(void)state;
	ends(100, 200, 7, DOORBELL_ENDING_UNCERTAIN);
	ends(0, 15, 0, DOORBELL_ENDINGS + 3);
	freeze(2);
	json__open(&json, 1 << 16);
	json__object_begin(&json, NULL);
	recording__write(&recording, &json);
	json__object_end(&json);
	assert_int_equal(json__finish(&json), 0);
	assert_string_equal(json.text, expected);
	json__reset(&json);
	json__object_begin(&json, NULL);
	recording__write(NULL, &json);
	json__object_end(&json);
	assert_int_equal(json__finish(&json), 0);
	assert_string_equal(json.text, "{\"doorbells\":null}\n");
	json__close(&json);
}

/* ---- files ------------------------------------------------------------------- */

static char folder[] = "recordings-test-XXXXXX", dir[64];

static void path_of(char path[128], const char *name)
{
	snprintf(path, 128, "%s/%s", dir, name);
}

/* The files there are, in order, with a blank behind each. */
static const char *files(void)
{
	static char text[4096];
	struct dirent **entries;
	int count = scandir(dir, &entries, NULL, alphasort);

	text[0] = 0;
	for (int i = 0; i < count; i++) {
		if (strcmp(entries[i]->d_name, ".") && strcmp(entries[i]->d_name, "..")) {
			strcat(text, entries[i]->d_name);
			strcat(text, " ");
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return text;
}

/* 2026-11-22 03:00:00 UTC */
#define BEGIN_NS (1795316400ull * 1000000000)

static struct recorder *open_recorder(uint64_t keep)
{
	struct recorder *recorder = NULL;

	assert_int_equal(recorder__open(dir, keep, "no such group", &recorder), 0);
	return recorder;
}

static void expect_status(const struct recorder *recorder, const char *counts)
{
	struct json json;

	json__open(&json, 1 << 16);
	json__object_begin(&json, NULL);
	recorder__write_status(recorder, &json);
	json__object_end(&json);
	check(strstr(json.text, counts), "%s, not %s", json.text, counts);
	json__close(&json);
}

static int new_dir(void **state)
{
	(void)state;
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(dir, sizeof(dir), "%s/in", folder);
	return 0;
}

static int remove_dir(void **state)
{
	char path[128], *name, *names = strdup(files());

	(void)state;
	for (name = strtok(names, " "); name; name = strtok(NULL, " ")) {
		path_of(path, name);
		unlink(path);
	}
	free(names);
	rmdir(dir);
	return rmdir(folder);
}

static void the_newest_are_kept(void **state)
{
	struct recorder *recorder = open_recorder(2);
	char path[128];
	int other;

	(void)state;
	path_of(path, "00000000T000000.000Z-stall-0.json.old");
	other = open(path, O_WRONLY | O_CREAT, 0600);
	close(other);
	assert_int_equal(recorder__save(recorder, 9, BEGIN_NS + 5000000, "one\n", 4), 0);
	assert_int_equal(recorder__save(recorder, 10, BEGIN_NS + 6000000, "two\n", 4), 0);
	assert_int_equal(recorder__save(recorder, 9, BEGIN_NS + 5000000, "one again\n", 10), 0);
	expect_status(recorder, "\"keep\":2,\"written\":3,\"failed\":0,\"removed\":0}");
	assert_int_equal(recorder__save(recorder, 11, BEGIN_NS + 1007000000, "three\n", 6), 0);
	expect_status(recorder, "\"keep\":2,\"written\":4,\"failed\":0,\"removed\":1}");
	/* Nothing is touched that is not ours. */
	assert_string_equal(files(), "00000000T000000.000Z-stall-0.json.old "
				     "20261122T030000.006Z-stall-10.json "
				     "20261122T030001.007Z-stall-11.json ");
	recorder__close(recorder);
	recorder = open_recorder(1);
	expect_status(recorder, "\"removed\":1}");
	recorder__close(recorder);
}

/* What was just written stays, whatever the others are called. */
static void the_clock_is_set_back(void **state)
{
	const uint64_t day_ns = 86400ull * 1000000000;
	struct recorder *recorder = open_recorder(2);

	(void)state;
	assert_int_equal(recorder__save(recorder, 1, BEGIN_NS, "one\n", 4), 0);
	assert_int_equal(recorder__save(recorder, 2, BEGIN_NS, "two\n", 4), 0);
	assert_int_equal(recorder__save(recorder, 3, BEGIN_NS - day_ns, "three\n", 6), 0);
	assert_string_equal(files(), "20261121T030000.000Z-stall-3.json 20261122T030000.000Z-stall-2.json ");
	recorder__close(recorder);
}

/* Who may read what is in it can get at it, with the umask of the unit. */
static void the_umask(void **state)
{
	mode_t before = umask(077);
	struct stat stat_of;

	(void)state;
	recorder__close(open_recorder(2));
	umask(before);
	assert_int_equal(stat(dir, &stat_of), 0);
	assert_int_equal(stat_of.st_mode & 0777, 0750);
}

static void a_file_is_replaced(void **state)
{
	struct recorder *recorder = open_recorder(2);
	char path[128], text[32] = "";
	struct stat stat_of;
	int file;

	(void)state;
	assert_int_equal(recorder__save(recorder, 1, BEGIN_NS, "long text\n", 10), 0);
	assert_int_equal(recorder__save(recorder, 1, BEGIN_NS, "short\n", 6), 0);
	path_of(path, "20261122T030000.000Z-stall-1.json");
	file = open(path, O_RDONLY);
	assert_int_equal(read(file, text, sizeof(text)), 6);
	assert_int_equal(fstat(file, &stat_of), 0);
	/* There is no such group here: root alone. */
	assert_int_equal(stat_of.st_mode & 0777, 0600);
	close(file);
	assert_string_equal(text, "short\n");
	recorder__close(recorder);
}

/* As a full disk: what there was stays, and nothing half is left. */
static void a_full_disk(void **state)
{
	struct recorder *recorder = open_recorder(2);
	struct rlimit before, limit;

	(void)state;
	assert_int_equal(recorder__save(recorder, 1, BEGIN_NS, "all\n", 4), 0);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = 5;
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_int_equal(recorder__save(recorder, 1, BEGIN_NS, "too much\n", 9), -EFBIG);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_string_equal(files(), "20261122T030000.000Z-stall-1.json ");
	expect_status(recorder, "\"written\":1,\"failed\":1,");
	recorder__close(recorder);
}

static void no_directory(void **state)
{
	struct recorder *recorder = NULL;

	(void)state;
	strcat(dir, "/x/y");
	assert_int_equal(recorder__open(dir, 1, "no such group", &recorder), -ENOENT);
	assert_null(recorder);
	dir[strlen(dir) - 4] = 0;
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup(test, fresh)
#define FILES(test) cmocka_unit_test_setup_teardown(test, new_dir, remove_dir)
	const struct CMUnitTest tests[] = {
		TEST(what_is_new),
		TEST(no_more_than_there_is_room_for),
		TEST(copied_while_written),
		TEST(when_one_ended),
		TEST(clocks),
		TEST(answer),
		FILES(the_newest_are_kept), FILES(the_clock_is_set_back), FILES(the_umask),
		FILES(a_file_is_replaced),
		FILES(a_full_disk),
		FILES(no_directory),
	};
#undef TEST
#undef FILES

	return cmocka_run_group_tests(tests, NULL, NULL);
}
