/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * main.c - p9doorbell-inject, the program that disturbs guests on purpose, to find
 * out whether their doorbells survive it. Finds the verb and runs it.
 */
#include <locale.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "common/log.h"
#include "inject/settings.h"

#define NAME "p9doorbell-inject"

static int print_foreign(enum libbpf_print_level level, const char *format, va_list args)
{
	log__foreign(level == LIBBPF_WARN ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG, "libbpf", format,
		     args);
	return 0;
}

/* Exit code of wrong usage. Those of hold are another program's only where it runs one. */
static int wrong(const struct verb_row *verb, int argc, char **argv)
{
	bool command = false;

	for (int i = 0; i < argc; i++)
		command |= !strcmp(argv[i], "--");
	return verb->wrong && (command || verb->wrong != EXIT_OURS) ? verb->wrong : EXIT_ERROR;
}

static int run(const struct verb_row *verb, int argc, char **argv)
{
	struct settings settings = {
		.lease_ns = 2000000000, .second_ns = 500000000, .total_ns = 60000000000,
		.timeout_ns = 60000000000, .depth = 2, .tries = 3,
	};
	int rest;

	if (options__parse(&cli, verb, argc, argv, &settings, &rest))
		return wrong(verb, argc, argv);
	if (settings.help) {
		options__help(&cli, verb, stdout);
		return EXIT_OK;
	}
	if (settings.version) {
		puts(NAME " " P9DOORBELL_VERSION);
		return EXIT_OK;
	}
	if (settings.verbose)
		log__init(NAME, LOG_LEVEL_DEBUG);
	return verb->run(&settings, argc - rest, argv + rest);
}

int main(int argc, char **argv)
{
	const struct verb_row *verb;
	int status;

	setlocale(LC_CTYPE, "");
	log__init(NAME, LOG_LEVEL_INFO);
	libbpf_set_print(print_foreign);
	verb = options__choose(&cli, argc, argv, &status);
	if (!verb)
		return status;
	status = run(verb, argc - 1, argv + 1);
	return status == EXIT_OK && log__flush() ? wrong(verb, argc, argv) : status;
}
