// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_replay.c - the same lists of steps through lifecycle.h twice: compiled
 * for this machine, and in the BPF of the kernel that is running. What is left
 * behind must be the same, byte for byte. Speaks TAP; exits with 77 where the
 * kernel lets us load no BPF.
 */
#include "check.h"
#include "../bpf/replay.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "replay.skel.h"

#define LISTS 200u

static struct replay native, *bpf;
static struct replay_bpf *object;
static char words[65536]; /* what libbpf has to say, shown only with a failure */

static int remember(enum libbpf_print_level level, const char *format, va_list args)
{
	size_t used = strlen(words);

	if (level != LIBBPF_DEBUG)
		vsnprintf(words + used, sizeof(words) - used, format, args);
	return 0;
}

/* Values with as many zeros as ones at the top, so that every size occurs. */
static uint64_t any_size(struct random *random)
{
	return random__u64(random) >> random__below(random, 64);
}

/* An instruction near those that count: one bit off at most. */
static uint64_t near_miss(struct random *random)
{
	static const uint32_t close[] = { 0x7c00291c, 0x7c00295c, 0x7c702aa6, 0x7c7e6aa6 };
	uint32_t word = close[random__below(random, ARRAY_SIZE(close))];

	return random__percent(random, 50) ? word : word ^ 1u << random__below(random, 32);
}

static uint64_t argument(struct random *random, enum replay_kind kind)
{
	switch (kind) {
	case REPLAY_DECODE:
		return near_miss(random);
	case REPLAY_MESSAGE:
		return random__percent(random, 50) ? 5ull << 27 | random__below(random, 256) :
						     any_size(random);
	case REPLAY_TRAP:
	case REPLAY_EMULATED:
		return random__below(random, DOORBELL_OPS);
	default:
		return any_size(random);
	}
}

static void draw(struct replay *replay, uint64_t seed)
{
	struct random random = random__seeded(seed);
	uint64_t now_ns = 1 + random__below(&random, 1u << 20);

	memset(replay, 0, sizeof(*replay));
	replay->count = 1 + random__below(&random, REPLAY_STEPS);
	for (uint64_t i = 0; i < replay->count; i++) {
		struct replay_step *step = &replay->step[i];

		now_ns += any_size(&random) >> 24;
		step->kind = random__below(&random, REPLAY_KINDS);
		/* An end once in a while: what follows it is a new life of dirty rows. */
		if (step->kind == REPLAY_END && random__percent(&random, 80))
			step->kind = REPLAY_ENTER;
		step->now_ns = now_ns;
		step->vcpu = random__below(&random, REPLAY_VCPUS);
		step->open = random__percent(&random, 50);
		step->argument = argument(&random, step->kind);
	}
}

static void run_native(void)
{
	for (uint32_t i = 0; i < native.count; i++)
		replay__one(&native, i);
}

static int run_bpf(void)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);
	int err = bpf_prog_test_run_opts(bpf_program__fd(object->progs.replay), &options);

	if (err)
		return err;
	/* The loop's length: all steps and the one that ended it. */
	if (options.retval != (native.count < REPLAY_STEPS ? native.count + 1 : REPLAY_STEPS))
		return -ERANGE;
	return 0;
}

/* Parts of a replay, so that a difference has a name. */
#define PART(member)                                                            \
	{                                                                       \
#member, offsetof(struct replay, member), sizeof(native.member) \
	}
static const struct part {
	const char *name;
	size_t offset, size;
} parts[] = {
	PART(count), PART(step), PART(answer), PART(vcpu),
	PART(vcore), PART(gone), PART(hist),   PART(request),
};

/* Return: NULL, or the part that differs. */
static const struct part *difference(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (memcmp((char *)&native + parts[i].offset, (char *)bpf + parts[i].offset,
			   parts[i].size))
			return &parts[i];
	return NULL;
}

static void explain(const struct part *part, uint64_t seed)
{
	const unsigned char *want = (unsigned char *)&native + part->offset;
	const unsigned char *got = (unsigned char *)bpf + part->offset;
	size_t i = 0;

	while (want[i] == got[i])
		i++;
	printf("# seed %" PRIu64 ": %s differs at byte %zu of %zu: native 0x%02x, BPF 0x%02x\n",
	       seed, part->name, i, part->size, want[i], got[i]);
}

/*
 * Whether this kernel takes the smallest program there is. Asked apart: a
 * verifier that refuses ours says EACCES too, and that must not pass as a skip.
 */
static int may_load(void)
{
	const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "nothing", "GPL", nothing,
			       ARRAY_SIZE(nothing), NULL);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* Return: 0, 77 for a skip with its reason said, or 1. */
static int load(void)
{
	int err = may_load();

	if (err) {
		printf("this kernel lets us load no BPF program (%s): needs root or CAP_BPF and CAP_PERFMON\n",
		       strerror(-err));
		return 77;
	}
	libbpf_set_print(remember);
	object = replay_bpf__open();
	err = object ? replay_bpf__load(object) : -errno;
	printf("%sok 1 - the verifier takes the state machine\n", err ? "not " : "");
	if (err) {
		/* The verifier's last words are the ones that count. */
		printf("# %s\n%s\n", strerror(-err),
		       strlen(words) > 3000 ? words + strlen(words) - 3000 : words);
		return 1;
	}
	bpf = mmap(NULL, sizeof(*bpf), PROT_READ | PROT_WRITE, MAP_SHARED,
		   bpf_map__fd(object->maps.replays), 0);
	return bpf == MAP_FAILED;
}

/* Nothing happening twice is no agreement: what the lists must have come across. */
static int is_telling(const struct doorbell_gone *sum)
{
	return sum->posted > 10 * LISTS && sum->consumed > LISTS && sum->cleared > LISTS &&
	       sum->uncertain > LISTS && sum->merged > LISTS && sum->vcpus > LISTS;
}

int main(void)
{
	struct doorbell_gone sum = { 0 };
	unsigned int same = 0;
	int err = load();

	if (err) {
		printf(err == 1 ? "1..1\n" : "");
		return err;
	}
	for (uint64_t seed = 0; seed < LISTS; seed++) {
		draw(&native, seed);
		memcpy(bpf, &native, sizeof(native));
		run_native();
		err = run_bpf();
		if (err)
			printf("# seed %" PRIu64 ": BPF_PROG_TEST_RUN: %s\n", seed, strerror(-err));
		else if (difference())
			explain(difference(), seed);
		else
			same++;
		for (uint32_t i = 0; i < REPLAY_VCPUS; i++)
			doorbell_gone__add(&sum, &native.vcpu[i]);
	}
	printf("%sok 2 - %u of %u lists leave the same behind\n", same == LISTS ? "" : "not ", same,
	       LISTS);
	printf("%sok 3 - the lists are telling\n1..3\n", is_telling(&sum) ? "" : "not ");
	munmap(bpf, sizeof(*bpf));
	replay_bpf__destroy(object);
	return same != LISTS || !is_telling(&sum);
}
