/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * main.c - p9doorbell, the program people and scripts look through. Finds the
 * verb and runs it; started as p9doorbell-top it is the verb top.
 */
#include <locale.h>
#include <string.h>

#include "client/settings.h"
#include "common/log.h"
#include "p9doorbell/api.h"

static void usage(FILE *out)
{
	fputs("Usage: p9doorbell VERB [OPTIONS]\n\n"
	      "Shows the doorbells (msgsndp) of KVM guests on POWER9.\n\nVerbs:\n", out);
	options__overview(&cli, out);
	fputs("\np9doorbell VERB --help tells more.\n", out);
}

static bool is(const char *text, const char *letter, const char *name)
{
	return text && (!strcmp(text, letter) || !strcmp(text, name));
}

static int run(const struct verb_row *verb, int argc, char **argv)
{
	struct settings settings = { .socket = DOORBELL_API_SOCKET };
	int rest;

	if (options__parse(&cli, verb, argc, argv, &settings, &rest))
		return EXIT_ERROR;
	if (settings.help) {
		options__help(&cli, verb, stdout);
		return EXIT_OK;
	}
	if (settings.version) {
		puts("p9doorbell " P9DOORBELL_VERSION);
		return EXIT_OK;
	}
	return verb->run(&settings, argc - rest, argv + rest);
}

int main(int argc, char **argv)
{
	const char *slash = argc ? strrchr(argv[0], '/') : NULL;
	const char *self = slash ? slash + 1 : argc ? argv[0] : "";
	const struct verb_row *verb;

	setlocale(LC_CTYPE, "");
	log__init("p9doorbell", LOG_LEVEL_INFO);
	if (!strcmp(self, "p9doorbell-top"))
		return run(options__verb(&cli, "top"), argc, argv);
	if (argc < 2) {
		usage(stderr);
		return EXIT_ERROR;
	}
	if (is(argv[1], "-h", "--help") || (!strcmp(argv[1], "help") && argc == 2)) {
		usage(stdout);
		return EXIT_OK;
	}
	if (is(argv[1], "-V", "--version")) {
		puts("p9doorbell " P9DOORBELL_VERSION);
		return EXIT_OK;
	}
	verb = options__verb(&cli, argv[1]);
	if (!verb) {
		log__error(*argv[1] == '-' ? "a verb comes first, before '%s'" : "unknown verb '%s'",
			   argv[1]);
		log__hint("see: p9doorbell --help");
		return EXIT_ERROR;
	}
	return run(verb, argc - 1, argv + 1);
}
