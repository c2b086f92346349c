/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * options.h - options and verbs as tables.
 *
 * One row per option: parsing, --help, the man page and shell completion all
 * come from it. An option belongs to the verbs whose bits it carries; a program
 * without verbs uses one verb row with an empty name.
 */
#ifndef P9DOORBELL_COMMON_OPTIONS_H
#define P9DOORBELL_COMMON_OPTIONS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum option_type {
	OPTION_FLAG = 0,	/* bool */
	OPTION_TEXT = 1,	/* const char * */
	OPTION_NS = 2,		/* uint64_t, a duration with its unit, within min..max */
	OPTION_U64 = 3,		/* uint64_t, within min..max */
};

struct option_row {
	const char *name;	/* long name without dashes */
	char letter;		/* 0: none */
	enum option_type type;
	uint32_t verbs;		/* bit of each verb that takes it; 0: hidden from all help */
	size_t offset;		/* of the value in the program's settings */
	uint64_t min, max;	/* OPTION_NS, OPTION_U64 */
	const char *argument;	/* its name in the help; NULL for flags */
	void (*words)(FILE *out); /* space separated words for completion, or NULL */
	const char *help;	/* one sentence or two, no newline */
};

struct verb_row {
	const char *name;
	uint32_t bit;
	const char *arguments;	/* in its usage; "[OPTIONS]": it is called with none */
	const char *summary;	/* one line; NULL: hidden */
	const char *details;	/* a paragraph, or NULL */
	const char *examples;	/* "COMMAND\tmeaning\n" each, or NULL */
	int wrong;		/* exit code of wrong usage, where 1 means something else; 0: 1 */
	/* @count arguments are left after the options. Returns the exit code. */
	int (*run)(const void *settings, int count, char **arguments);
};

struct option_set {
	const char *program;
	const char *about;	/* what it does, a line: of programs with verbs */
	const struct option_row *rows;
	size_t row_count;
	const struct verb_row *verbs;
	size_t verb_count;
	int wrong;		/* exit code where there is no such verb; 0: 1 */
};

/**
 * options__parse() - the options of one verb into @settings.
 * @argc, @argv: argv[0] is the verb (or program).
 * @ret_rest: index of the first argument that is no option; @argc where @verb takes none.
 *
 * Logs what is wrong, with a remedy.
 * Return: 0 or -EINVAL.
 */
int options__parse(const struct option_set *set, const struct verb_row *verb, int argc, char **argv,
		   void *settings, int *ret_rest);

/**
 * options__choose() - the verb of a command line; --help and --version of the program are answered here.
 * @argv: as main() has it.
 *
 * Return: NULL when there is nothing more to do: *@ret_status is 0, or that of wrong usage, which was logged.
 */
const struct verb_row *options__choose(const struct option_set *set, int argc, char **argv, int *ret_status);

const struct verb_row *options__verb(const struct option_set *set, const char *name);

/* --help of one verb. */
void options__help(const struct option_set *set, const struct verb_row *verb, FILE *out);
/* The list of verbs. */
void options__overview(const struct option_set *set, FILE *out);
/* roff: the verbs @mask names as COMMANDS, OPTIONS and EXAMPLES sections. */
void options__man(const struct option_set *set, uint32_t mask, FILE *out);
/* @text, with what roff would take for its own escaped. */
void options__roff(FILE *out, const char *text);
/* A bash completion script. */
void options__complete(const struct option_set *set, FILE *out);

/* @text word-wrapped at 80 columns, each line indented. @column: where the cursor stands. */
void options__wrap(FILE *out, const char *text, unsigned int column, unsigned int indent);

#endif /* P9DOORBELL_COMMON_OPTIONS_H */
