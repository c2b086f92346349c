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

static int run(const struct verb_row *verb, int argc, char **argv)
{
	struct settings settings = { .socket = DOORBELL_API_SOCKET };
	int rest;

	if (options__parse(&cli, verb, argc, argv, &settings, &rest))
		return verb->wrong ?: EXIT_ERROR;
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
	int status;

	setlocale(LC_CTYPE, "");
	log__init("p9doorbell", LOG_LEVEL_INFO);
	if (!strcmp(self, "p9doorbell-top")) {
		status = run(options__verb(&cli, "top"), argc, argv);
	} else {
		verb = options__choose(&cli, argc, argv, &status);
		status = verb ? run(verb, argc - 1, argv + 1) : status;
	}
	return status == EXIT_OK && log__flush() ? EXIT_ERROR : status;
}
