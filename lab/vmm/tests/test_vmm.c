// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts of the VMM that need no KVM: options, parameters, the verdict on
 * a guest's truth, its JSON, and the payload loader. Run on any machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../json.h"
#include "../vmm.h"

/* Register ids exist for ppc only: names are all that options.c asks for. */
const struct reg regs[] = { { "DPDES", 1, "" }, { "LPCR", 2, "" }, { NULL, 0, NULL } };

const struct reg *reg__find(const char *name)
{
	for (const struct reg *reg = regs; reg->name; reg++)
		if (!strcasecmp(reg->name, name))
			return reg;
	return NULL;
}

extern const uint8_t payload_elf[];
extern const uint64_t payload_elf_size;
const uint8_t payload_elf[1] = { 0 };
const uint64_t payload_elf_size = 0;

#define MAX_ARGS	32

static int parse(struct options *options, char *error, size_t size, const char *line)
{
	char copy[400], *argv[MAX_ARGS + 1], *save = NULL, *word;
	static char kept[MAX_ARGS][100];
	int argc = 0;

	snprintf(copy, sizeof(copy), "vmm %s", line);
	for (word = strtok_r(copy, " ", &save); word && argc < MAX_ARGS; word = strtok_r(NULL, " ", &save)) {
		snprintf(kept[argc], sizeof(kept[argc]), "%s", word);
		argv[argc] = kept[argc];
		argc++;
	}
	argv[argc] = NULL;
	return options__parse(options, argc, argv, error, size);
}

static void options_good(void **state)
{
	struct options options;
	char error[200] = "";

	(void)state;
	assert_int_equal(parse(&options, error, sizeof(error), "run --workload storm"), 0);
	assert_int_equal(options.smt, 4);
	assert_int_equal(options.vcpus, 4);
	assert_int_equal(options.vms, 1);
	assert_int_equal(options.pin, PIN_NONE);
	assert_int_equal(parse(&options, error, sizeof(error),
			       "run --workload mix --smt 8 --vcpus=16 --vms 2 --rounds 0x10 --seed 7 --pin 1,3-4 --hold "
			       "--param pause=9 --get-reg dpdes --set-reg DPDES=1 --nice 19 --still --hash"), 0);
	assert_int_equal(options.vcpus, 16);
	assert_int_equal(options.rounds, 16);
	assert_int_equal(options.pin, PIN_LIST);
	assert_int_equal(options.pin_count, 3);
	assert_int_equal(options.pin_cpus[1], 3);
	assert_int_equal(options.param[DB_PARAM_PAUSE], 9 * 512);
	assert_true(options.hold);
	assert_true(options.still);
	assert_true(options.hash);
	assert_false(options.relocate);
	assert_int_equal(options.nice, 19);
	assert_int_equal(options.get_count, 1);
	assert_int_equal(options.set_regs[0].value, 1);
	assert_int_equal(parse(&options, error, sizeof(error),
			       "run --workload pending --allow miss --allow lost --stop"), 0);
	assert_true(options.stop);
	assert_int_equal(options.allowed, 1 << DB_FOUND_MISS | 1 << DB_FOUND_LOST);
	assert_int_equal(parse(&options, error, sizeof(error), "--check"), 0);
	assert_int_equal(options.verb, VERB_CHECK);
}

static void options_bad(void **state)
{
	static const char *const lines[] = {
		"", "run", "run --workload nope", "run --workload mix --smt 3", "run --workload mix --smt 16",
		"run --workload mix --vcpus 0", "run --workload mix --vcpus 65", "run --workload mix --rounds -1",
		"run --workload mix --rounds 1x", "run --workload mix --bogus", "run --workload mix --hash --relocate",
		"run --workload mix --seed",
		"run --workload mix extra", "walk --workload mix", "run --workload send --smt 1",
		"run --workload send --vcpus 1", "run --workload mix --param pause", "run --workload mix --param pause=",
		"run --workload mix --param nope=1", "run --workload mix --param self=2", "run --workload mix --pin 1,",
		"run --workload mix --pin 3-1", "run --workload mix --pin x", "run --workload mix --get-reg XYZ",
		"run --workload mix --allow nope", "run --workload relay --smt 2",
		"run --workload mix --set-reg DPDES", "run --workload mix --set-reg DPDES=z", "run --workload mix --json",
	};
	struct options options;
	char error[200];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		error[0] = 0;
		if (!parse(&options, error, sizeof(error), lines[i]))
			fail_msg("accepted: vmm %s", lines[i]);
		assert_true(error[0]);
	}
}

static void cpu_lists(void **state)
{
	int cpus[4];
	uint32_t count;

	(void)state;
	assert_int_equal(cpulist__parse("0-3", cpus, 4, &count), 0);
	assert_int_equal(count, 4);
	assert_int_equal(cpulist__parse("2,0", cpus, 4, &count), 0);
	assert_int_equal(cpus[0], 2);
	assert_int_equal(cpulist__parse("0-4", cpus, 4, &count), -EINVAL);
	assert_int_equal(cpulist__parse("0,1,2,3,4", cpus, 4, &count), -EINVAL);
	assert_int_equal(cpulist__parse("", cpus, 4, &count), -EINVAL);
	assert_int_equal(cpulist__parse("1-", cpus, 4, &count), -EINVAL);
	assert_int_equal(cpulist__parse("99999999999", cpus, 4, &count), -EINVAL);
}

/* Every row must be reachable, and every default must be inside its own bounds. */
static void tables(void **state)
{
	uint64_t values[32];
	char line[80];

	(void)state;
	for (const struct workload *workload = workloads; workload->name; workload++) {
		assert_ptr_equal(workload__find(workload->name), workload);
		request__defaults(values, workload);
		assert_true(values[DB_PARAM_CHUNK] > 0 && values[DB_PARAM_BURST] > 0);
	}
	for (const struct param *param = params; param->name; param++) {
		assert_in_range(param->def, param->min, param->max);
		snprintf(line, sizeof(line), "%s=%llu", param->name, (unsigned long long)param->max);
		assert_int_equal(request__set_param(values, line), 0);
		assert_int_equal(values[param->id], param->max * param->scale);
		snprintf(line, sizeof(line), "%s=%llu", param->name, (unsigned long long)param->max + 1);
		assert_int_equal(request__set_param(values, line), -ERANGE);
	}
	for (uint64_t stage = 0; stage < DB_STAGE_COUNT; stage++)
		assert_non_null(stage__name(stage));
	assert_string_equal(stage__name(DB_STAGE_COUNT), "nowhere known");
}

/* Two threads of one vcore, thread 0 sent three doorbells to thread 1. */
static struct db_block *good_block(void)
{
	struct db_block *block = calloc(1, sizeof(*block));

	assert_non_null(block);
	block->request.vcpus = 2;
	block->request.smt = 2;
	block->vcpu[0].truth.stage = DB_STAGE_DONE;
	block->vcpu[1].truth.stage = DB_STAGE_DONE;
	block->vcpu[0].truth.sends_valid = 3;
	block->vcpu[0].truth.sends_to[1] = 3;
	block->vcpu[1].truth.deliveries = 2;
	return block;
}

static void verdicts(void **state)
{
	struct db_block *block = good_block();
	char error[240] = "";

	(void)state;
	assert_true(truth__judge(block, error, sizeof(error)));
	block->vcpu[1].truth.deliveries = 3;
	assert_true(truth__judge(block, error, sizeof(error)));
	block->vcpu[1].truth.deliveries = 4;
	assert_false(truth__judge(block, error, sizeof(error)));
	assert_string_equal(error, "vcpu 1: 4 deliveries of 3 doorbells");
	block->request.injected = 1;
	assert_true(truth__judge(block, error, sizeof(error)));
	block->vcpu[0].truth.lost = 1;
	assert_false(truth__judge(block, error, sizeof(error)));
	assert_non_null(strstr(error, "lost 1"));
	/* A timeout explains the rest, so it is named even when a lower vcpu has a fault too. */
	block->vcpu[1].truth.timeouts = 1;
	block->vcpu[1].truth.timeout_stage = DB_STAGE_WAIT_DOORBELL;
	assert_false(truth__judge(block, error, sizeof(error)));
	assert_string_equal(error, "vcpu 1 timed out waiting for a doorbell of a peer, vcpu 0, then done");
	free(block);
}

/* Which message, how late, and what its target was doing; what is allowed is only counted. */
static void findings(void **state)
{
	struct db_block *block = good_block();
	struct db_truth *truth = &block->vcpu[1].truth;
	char error[240] = "";

	(void)state;
	truth->found[DB_FOUND_LATE] = 2;
	truth->first = (struct db_first){ .finding = DB_FOUND_LATE, .source = 1, .sequence = 17,
					  .state = DB_STATE_CEDED, .ticks = 512 * 90, .turns = 300 };
	assert_false(truth__judge(block, error, sizeof(error)));
	assert_non_null(strstr(error, "vcpu 1: a message came only by an exit"));
	assert_non_null(strstr(error, "number 17 of thread 1, target ceded, after 90 us and 300 turns; findings here: 2"));
	block->request.allowed = 1 << DB_FOUND_LATE;
	assert_true(truth__judge(block, error, sizeof(error)));
	truth->found[DB_FOUND_MISS] = 3;
	assert_false(truth__judge(block, error, sizeof(error)));
	assert_non_null(strstr(error, "DPDES shows 0: not the first thing found; findings here: 3"));
	/* What was refused explains what never came. */
	truth->refused = 1;
	assert_false(truth__judge(block, error, sizeof(error)));
	assert_non_null(strstr(error, "1 doorbell ops got a program interrupt"));
	for (int i = 0; i < DB_FINDINGS; i++)
		assert_int_equal(finding__find(finding__name((uint64_t)i)), i);
	assert_int_equal(finding__find("nope"), -1);
	free(block);
}

/* The first finding made all leave: who found it is the one to look at. */
static void stopped_at_finding(void **state)
{
	struct db_block *block = good_block();
	char error[240] = "";

	(void)state;
	block->vcpu[0].truth.stage = DB_STAGE_WORK;
	block->vcpu[1].truth.stage = DB_STAGE_WORK;
	block->vcpu[1].truth.found[DB_FOUND_MISS] = 1;
	assert_false(truth__judge(block, error, sizeof(error)));
	assert_string_equal(error, "vcpu 0 stopped at work");
	block->request.stop = 1;
	assert_false(truth__judge(block, error, sizeof(error)));
	assert_non_null(strstr(error, "vcpu 1: a doorbell is pending, and DPDES shows 0"));
	block->request.allowed = 1 << DB_FOUND_MISS;
	assert_false(truth__judge(block, error, sizeof(error)));
	assert_string_equal(error, "vcpu 0 stopped at work");
	free(block);
}

static void unfinished(void **state)
{
	struct db_block *block = good_block();
	char error[240] = "";

	(void)state;
	block->vcpu[1].truth.stage = DB_STAGE_NONE;
	assert_false(truth__judge(block, error, sizeof(error)));
	assert_string_equal(error, "vcpu 1 stopped before its first instruction");
	block->vcpu[1].truth.fatal_vector = 0x300;
	assert_false(truth__judge(block, error, sizeof(error)));
	assert_non_null(strstr(error, "interrupt 0x300"));
	free(block);
}

static void json_text(void **state)
{
	char *text = NULL;
	size_t size = 0;
	struct json json = { .out = open_memstream(&text, &size) };

	(void)state;
	json__open(&json, NULL, '{');
	json__string(&json, "a\"b", "c\\\n\xc3");
	json__string(&json, "n", NULL);
	json__open(&json, "l", '[');
	json__close(&json, ']');
	json__open(&json, "m", '[');
	json__u64(&json, NULL, UINT64_MAX);
	json__bool(&json, NULL, true);
	json__close(&json, ']');
	json__close(&json, '}');
	fclose(json.out);
	assert_string_equal(text, "{\"a\\\"b\":\"c\\\\\\u000a\\u00c3\",\"n\":null,\"l\":[],"
				  "\"m\":[18446744073709551615,true]}");
	free(text);
}

static int load(uint8_t *ram, const void *data, size_t size, uint64_t *entry)
{
	int fd = memfd_create("payload", 0), err;
	char path[40], error[200];

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = payload__load(ram, path, entry, error, sizeof(error));
	close(fd);
	return err;
}

struct image {
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr;
	uint8_t data[8];
};

static struct image good_image(void)
{
	struct image image = {
		.ehdr = { .e_machine = EM_PPC64, .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1,
			  .e_phoff = offsetof(struct image, phdr), .e_entry = 0x1234 },
		.phdr = { .p_type = PT_LOAD, .p_offset = offsetof(struct image, data), .p_paddr = 0x100,
			  .p_filesz = 8, .p_memsz = 16 },
		.data = "payload",
	};

	memcpy(image.ehdr.e_ident, ELFMAG, SELFMAG);
	image.ehdr.e_ident[EI_CLASS] = ELFCLASS64;
	image.ehdr.e_ident[EI_DATA] = ELFDATA2LSB;
	return image;
}

static void payloads(void **state)
{
	uint8_t *ram = calloc(1, DB_BLOCK_ADDR);
	struct image image = good_image();
	uint64_t entry = 0;

	(void)state;
	assert_non_null(ram);
	assert_int_equal(load(ram, &image, sizeof(image), &entry), 0);
	assert_int_equal(entry, 0x1234);
	assert_string_equal((char *)ram + 0x100, "payload");
	assert_int_equal(load(ram, "flat", 4, &entry), 0);
	assert_int_equal(entry, 0x100);
	assert_int_equal(load(ram, "", 0, &entry), -ENOEXEC);
	assert_int_equal(load(ram, ELFMAG, SELFMAG, &entry), -ENOEXEC);
	image.phdr.p_paddr = DB_BLOCK_ADDR - 15;
	assert_int_equal(load(ram, &image, sizeof(image), &entry), -E2BIG);
	image.phdr.p_paddr = UINT64_MAX - 4;
	assert_int_equal(load(ram, &image, sizeof(image), &entry), -E2BIG);
	image = good_image();
	image.phdr.p_offset = UINT64_MAX - 4;
	assert_int_equal(load(ram, &image, sizeof(image), &entry), -ENOEXEC);
	image = good_image();
	image.ehdr.e_phnum = 2000;
	assert_int_equal(load(ram, &image, sizeof(image), &entry), -ENOEXEC);
	image = good_image();
	image.ehdr.e_machine = EM_X86_64;
	assert_int_equal(load(ram, &image, sizeof(image), &entry), -ENOEXEC);
	free(ram);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_good), cmocka_unit_test(options_bad), cmocka_unit_test(cpu_lists),
		cmocka_unit_test(tables),	cmocka_unit_test(verdicts),    cmocka_unit_test(unfinished),
		cmocka_unit_test(findings),	cmocka_unit_test(json_text),	cmocka_unit_test(payloads),
		cmocka_unit_test(stopped_at_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
