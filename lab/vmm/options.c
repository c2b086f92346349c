// SPDX-License-Identifier: GPL-2.0-only
/* The command line: one table for getopt, for --help and for the checks. */
#include "vmm.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PARAMS	32

struct parser {
	struct options *options;
	const char *workload, *pin;
	const char *params[MAX_PARAMS];
	uint32_t param_count;
	char *error;
	size_t size;
};

enum kind { KIND_U32, KIND_U64, KIND_STRING, KIND_FLAG, KIND_VERB, KIND_CALL };

struct row {
	const char *name, *value, *help;
	enum kind kind;
	size_t offset;
	uint64_t min, max;
	int (*call)(struct parser *parser, const char *value);
	enum verb verb;
};

static int complain(struct parser *parser, const char *what, const char *value)
{
	snprintf(parser->error, parser->size, "%s: %s", what, value);
	return -EINVAL;
}

static int set_workload(struct parser *parser, const char *value)
{
	parser->workload = value;
	return 0;
}

static int set_pin(struct parser *parser, const char *value)
{
	parser->pin = value;
	return 0;
}

static int add_param(struct parser *parser, const char *value)
{
	if (parser->param_count == MAX_PARAMS)
		return complain(parser, "too many parameters", value);
	parser->params[parser->param_count++] = value;
	return 0;
}

static int add_allowed(struct parser *parser, const char *value)
{
	int finding = finding__find(value);

	if (finding < 0)
		return complain(parser, "no such finding (see vmm --list)", value);
	parser->options->allowed |= 1ull << finding;
	return 0;
}

static int add_get_reg(struct parser *parser, const char *value)
{
	struct options *options = parser->options;

	if (!reg__find(value))
		return complain(parser, "no such register (see vmm --list)", value);
	if (options->get_count == MAX_REGS)
		return complain(parser, "too many registers", value);
	options->get_regs[options->get_count++] = reg__find(value)->name;
	return 0;
}

static int add_set_reg(struct parser *parser, const char *value)
{
	struct options *options = parser->options;
	const char *equal = strchr(value, '=');
	char name[32], *end;
	struct reg_set *set;

	if (!equal || equal - value >= (long)sizeof(name) || !equal[1])
		return complain(parser, "--set-reg wants NAME=VALUE", value);
	if (options->set_count == MAX_REGS)
		return complain(parser, "too many registers", value);
	memcpy(name, value, (size_t)(equal - value));
	name[equal - value] = 0;
	if (!reg__find(name))
		return complain(parser, "no such register (see vmm --list)", name);
	set = &options->set_regs[options->set_count++];
	set->name = reg__find(name)->name;
	set->value = strtoull(equal + 1, &end, 0);
	if (*end)
		return complain(parser, "not a number", equal + 1);
	return 0;
}

#define FIELD(member)		.offset = offsetof(struct options, member)
#define RANGE(low, high)	.min = (low), .max = (high)

static const struct row rows[] = {
	{ "workload", "NAME", "what the guests do (required; see vmm --list)", KIND_CALL, .call = set_workload },
	{ "payload", "FILE", "ELF or flat image instead of the payload built in", KIND_STRING, FIELD(payload) },
	{ "vms", "N", "VMs at the same time [1]", KIND_U32, FIELD(vms), RANGE(1, MAX_VMS) },
	{ "vcpus", "N", "vcpus of each VM; ids are consecutive [as --smt]", KIND_U32, FIELD(vcpus), RANGE(1, DB_MAX_VCPUS) },
	{ "smt", "1|2|4|8", "vSMT mode: vcpus of a vcore [4]", KIND_U32, FIELD(smt), RANGE(1, DB_MAX_THREADS) },
	{ "rounds", "N", "rounds per vcpu; SIGUSR1 ends some workloads early [1000]", KIND_U64, FIELD(rounds), RANGE(0, UINT64_MAX) },
	{ "seed", "N", "seed of all random choices [1]", KIND_U64, FIELD(seed), RANGE(0, UINT64_MAX) },
	{ "param", "NAME=VALUE", "parameter of the workload, repeatable (see vmm --list)", KIND_CALL, .call = add_param },
	{ "relocate", NULL, "the guest runs with relocation on, in page tables of its own", KIND_FLAG, FIELD(relocate) },
	{ "hash", NULL, "a hash guest instead of a radix one; it runs with relocation off", KIND_FLAG, FIELD(hash) },
	{ "pin", "LIST|none|spread", "host cpus for the vcpu threads in turn [none]", KIND_CALL, .call = set_pin },
	{ "nice", "N", "niceness of its threads: others come first [0]", KIND_U32, FIELD(nice), RANGE(0, 19) },
	{ "churn", "N", "create, run and destroy the VMs N times [1]", KIND_U32, FIELD(churn), RANGE(1, 1000000) },
	{ "json", "FILE|-", "write the guests' truth", KIND_STRING, FIELD(json) },
	{ "name", "NAME", "name of the VMs in the report [vmm]", KIND_STRING, FIELD(name) },
	{ "deadline", "SECONDS", "stop everything after this time, exit 1 [120]", KIND_U64, FIELD(deadline_s),
	  RANGE(1, 86400) },
	{ "timeout", "MS", "bound of each wait inside a guest [20000]", KIND_U64, FIELD(timeout_ms), RANGE(1, 3600000) },
	{ "hold", NULL,
	  "keep the VMs after they finished until stdin (pipe, terminal) closes or SIGTERM", KIND_FLAG, FIELD(hold) },
	{ "still", NULL, "create the VMs and never run them: no truth, nothing to wait for but --hold", KIND_FLAG,
	  FIELD(still) },
	{ "cue", "COMMAND",
	  "what begins the cause of a stall; it writes a line when it works, and ends by itself. $VCPU_TID: its target",
	  KIND_STRING, FIELD(cue) },
	{ "allow", "FINDING", "count it, but do not fail for it, repeatable (see vmm --list)", KIND_CALL, .call = add_allowed },
	{ "stop", NULL, "the first finding (see vmm --list) ends the run of its VM: doorbells sent are what it took", KIND_FLAG,
	  FIELD(stop) },
	{ "get-reg", "NAME", "ONE_REG to read from each vcpu at the end, repeatable", KIND_CALL, .call = add_get_reg },
	{ "set-reg", "NAME=VALUE", "ONE_REG to set in each vcpu at the start, repeatable", KIND_CALL, .call = add_set_reg },
	{ "check", NULL, "can this machine run the VMs? exit 0 yes, 1 no", KIND_VERB, .verb = VERB_CHECK },
	{ "list", NULL, "list workloads, parameters and registers", KIND_VERB, .verb = VERB_LIST },
	{ "help", NULL, "this text", KIND_VERB, .verb = VERB_HELP },
	{ "version", NULL, "the version", KIND_VERB, .verb = VERB_VERSION },
};

#define ROWS	(sizeof(rows) / sizeof(*rows))

void options__help(FILE *out)
{
	fputs("usage: vmm run --workload NAME [OPTION]...\n"
	      "       vmm --check | --list | --help | --version\n\n"
	      "Runs KVM-HV guests that execute doorbell instructions and report what they did.\n"
	      "Exit status: 0 every guest finished without a fault, 1 not, 2 wrong usage.\n\n", out);
	for (size_t i = 0; i < ROWS; i++)
		fprintf(out, "  --%-10s %-18s %s\n", rows[i].name, rows[i].value ? rows[i].value : "", rows[i].help);
	fputs("\nexamples:\n"
	      "  vmm run --workload ping-pong --vcpus 2 --rounds 10000 --json -\n"
	      "  vmm run --workload mix --vms 2 --vcpus 8 --smt 8 --pin spread --param pause=20\n"
	      "  vmm run --workload ping-pong --smt 2 --rounds 20 --churn 200\n", out);
}

/* "0,2-3" into cpu numbers, in this order. */
int cpulist__parse(const char *text, int *cpus, uint32_t max, uint32_t *count)
{
	unsigned long first, last;
	char *end;

	*count = 0;
	do {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		first = last = strtoul(text, &end, 10);
		if (*end == '-') {
			if (end[1] < '0' || end[1] > '9')
				return -EINVAL;
			last = strtoul(end + 1, &end, 10);
		}
		if (last < first || last >= CPU_SETSIZE || last - first >= max - *count)
			return -EINVAL;
		for (; first <= last; first++)
			cpus[(*count)++] = (int)first;
		text = end + 1;
	} while (*end == ',');
	return *end ? -EINVAL : 0;
}

static int spread(struct options *options)
{
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof(cpus), &cpus))
		return -errno;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &cpus))
			options->pin_cpus[options->pin_count++] = cpu;
	return 0;
}

static int resolve_pin(struct parser *parser)
{
	struct options *options = parser->options;
	const char *pin = parser->pin;
	int err;

	if (!pin || !strcmp(pin, "none"))
		return 0;
	if (!strcmp(pin, "spread")) {
		options->pin = PIN_SPREAD;
		err = spread(options);
	} else {
		options->pin = PIN_LIST;
		err = cpulist__parse(pin, options->pin_cpus, sizeof(options->pin_cpus) / sizeof(int),
				     &options->pin_count);
	}
	return err ? complain(parser, "not a cpu list", pin) : 0;
}

static int resolve_workload(struct parser *parser)
{
	struct options *options = parser->options;
	uint32_t threads;

	if (!parser->workload)
		return complain(parser, "run wants", "--workload NAME (see vmm --list)");
	options->workload = workload__find(parser->workload);
	if (!options->workload)
		return complain(parser, "no such workload (see vmm --list)", parser->workload);
	if (options->smt & (options->smt - 1))
		return complain(parser, "--smt is", "1, 2, 4 or 8");
	if (options->hash && options->relocate)
		return complain(parser, "no tables are made for", "--hash with --relocate");
	if (!options->vcpus)
		options->vcpus = options->smt;
	threads = options->vcpus < options->smt ? options->vcpus : options->smt;
	if (threads < options->workload->min_threads)
		return complain(parser, "needs --smt 2 and --vcpus 2 at least", parser->workload);
	request__defaults(options->param, options->workload);
	for (uint32_t i = 0; i < parser->param_count; i++) {
		int err = request__set_param(options->param, parser->params[i]);

		if (err == -ENOENT)
			return complain(parser, "no such parameter (see vmm --list)", parser->params[i]);
		if (err == -ERANGE)
			return complain(parser, "out of range (see vmm --list)", parser->params[i]);
		if (err)
			return complain(parser, "--param wants NAME=NUMBER", parser->params[i]);
	}
	return 0;
}

static int apply_number(struct parser *parser, const struct row *row, const char *value)
{
	uint64_t number;
	char *end;

	errno = 0;
	number = strtoull(value, &end, 0);
	if (errno || *end || *value < '0' || *value > '9')
		return complain(parser, "not a number", value);
	if (number < row->min || number > row->max) {
		snprintf(parser->error, parser->size, "--%s: %s is not in %" PRIu64 "..%" PRIu64, row->name, value,
			 row->min, row->max);
		return -EINVAL;
	}
	if (row->kind == KIND_U32)
		*(uint32_t *)((char *)parser->options + row->offset) = (uint32_t)number;
	else
		*(uint64_t *)((char *)parser->options + row->offset) = number;
	return 0;
}

static int apply(struct parser *parser, const struct row *row, const char *value)
{
	char *field = (char *)parser->options + row->offset;

	switch (row->kind) {
	case KIND_U32:
	case KIND_U64:
		return apply_number(parser, row, value);
	case KIND_STRING:
		*(const char **)field = value;
		return 0;
	case KIND_FLAG:
		*(bool *)field = true;
		return 0;
	case KIND_VERB:
		parser->options->verb = row->verb;
		return 0;
	case KIND_CALL:
		return row->call(parser, value);
	}
	return -EINVAL;
}

static int scan(struct parser *parser, int argc, char **argv)
{
	struct option longs[ROWS + 1] = { 0 };
	int index, c, err;

	for (size_t i = 0; i < ROWS; i++)
		longs[i] = (struct option){ rows[i].name, rows[i].value ? required_argument : no_argument, NULL, 'x' };
	opterr = 0;
	optind = 0;	/* start again, also when a test parses many lines */
	while ((c = getopt_long(argc, argv, "", longs, &index)) != -1) {
		if (c != 'x')
			return complain(parser, "no such option, or its value is missing", argv[optind - 1]);
		err = apply(parser, &rows[index], optarg);
		if (err)
			return err;
	}
	return 0;
}

int options__parse(struct options *options, int argc, char **argv, char *error, size_t size)
{
	struct parser parser = { .options = options, .error = error, .size = size };
	int err;

	*options = (struct options){
		.verb = VERB_RUN, .name = "vmm", .vms = 1, .smt = 4, .churn = 1,
		.rounds = 1000, .seed = 1, .deadline_s = 120, .timeout_ms = 20000,
	};
	err = scan(&parser, argc, argv);
	if (err || options->verb != VERB_RUN)
		return err;
	if (optind != argc - 1 || strcmp(argv[optind], "run"))
		return complain(&parser, "usage", "vmm run --workload NAME [OPTION]... (see vmm --help)");
	err = resolve_workload(&parser);
	return err ? err : resolve_pin(&parser);
}
