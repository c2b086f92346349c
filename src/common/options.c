/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * options.c - see options.h. getopt_long() does the scanning; what it complains
 * about is said in our own words, with the option's row as the remedy.
 */
#include "common/options.h"
#include "common/log.h"
#include "common/units.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <string.h>

#define OPTIONS_MAX 48u
#define HELP_INDENT 26u
#define HELP_COLUMNS 79u
/* Values of getopt's `val` for rows; beyond every letter. */
#define ROW_BASE 1000

const struct verb_row *options__verb(const struct option_set *set, const char *name)
{
	for (size_t i = 0; i < set->verb_count; i++)
		if (!strcmp(set->verbs[i].name, name))
			return &set->verbs[i];
	return NULL;
}

static const struct option_row *row_of_letter(const struct option_set *set, uint32_t bit, int letter)
{
	for (size_t i = 0; i < set->row_count; i++)
		if (letter && set->rows[i].letter == letter && set->rows[i].verbs & bit)
			return &set->rows[i];
	return NULL;
}

static int store(const struct option_row *row, const char *text, void *settings)
{
	char *value = (char *)settings + row->offset;
	char low[UNITS_TEXT_BYTES], high[UNITS_TEXT_BYTES];
	uint64_t number = 0;
	int err = 0;

	switch (row->type) {
	case OPTION_FLAG:
		*(bool *)value = true;
		return 0;
	case OPTION_TEXT:
		*(const char **)value = text;
		return 0;
	case OPTION_NS:
		err = units__parse_ns(text, &number);
		if (!err && (number < row->min || number > row->max)) {
			log__error("--%s: '%s' is out of range", row->name, text);
			log__hint("give %s to %s",
				  units__exact_ns(low, row->min), units__exact_ns(high, row->max));
			return -EINVAL;
		}
		if (err) {
			log__error("--%s: '%s' is no duration", row->name, text);
			log__hint("%s", units__parse_hint(err));
			return -EINVAL;
		}
		break;
	case OPTION_U64:
		err = units__parse_u64(text, row->min, row->max, &number);
		if (err) {
			log__error("--%s: '%s' is not a number from %llu to %llu", row->name, text,
				   (unsigned long long)row->min, (unsigned long long)row->max);
			return -EINVAL;
		}
		break;
	}
	*(uint64_t *)value = number;
	return 0;
}

/* getopt's view of the rows of one verb. */
static void scanner(const struct option_set *set, uint32_t bit, struct option *longs, char *letters)
{
	size_t count = 0;

	*letters++ = ':';
	for (size_t i = 0; i < set->row_count && count < OPTIONS_MAX; i++) {
		const struct option_row *row = &set->rows[i];

		if (!(row->verbs & bit))
			continue;
		longs[count++] = (struct option){
			.name = row->name,
			.has_arg = row->type == OPTION_FLAG ? no_argument : required_argument,
			.val = ROW_BASE + (int)i,
		};
		if (!row->letter)
			continue;
		*letters++ = row->letter;
		if (row->type != OPTION_FLAG)
			*letters++ = ':';
	}
	longs[count] = (struct option){ 0 };
	*letters = '\0';
}

static void hint_help(const struct option_set *set, const struct verb_row *verb)
{
	log__hint("see: %s%s%s --help", set->program, *verb->name ? " " : "", verb->name);
}

static int complain(const struct option_set *set, const struct verb_row *verb, int code, char **argv)
{
	const char *given = optind > 0 ? argv[optind - 1] : "";

	if (code == ':')
		log__error("option '%s' needs a value", given);
	else if (optopt && optopt < ROW_BASE)
		log__error("unknown option '-%c'", optopt);
	else
		log__error("option '%s' is unknown or ambiguous, or takes no value", given);
	hint_help(set, verb);
	return -EINVAL;
}

/* Whose usage names no argument takes none: one that was let go by would seem to have been heeded. */
static int check_rest(const struct option_set *set, const struct verb_row *verb, int argc, char **argv)
{
	if (optind >= argc || strcmp(verb->arguments, "[OPTIONS]"))
		return 0;
	log__error("unexpected argument '%s'", argv[optind]);
	hint_help(set, verb);
	return -EINVAL;
}

int options__parse(const struct option_set *set, const struct verb_row *verb, int argc, char **argv,
		   void *settings, int *ret_rest)
{
	struct option longs[OPTIONS_MAX + 1];
	char letters[2 * OPTIONS_MAX + 2];
	const struct option_row *row;
	int code, err;

	scanner(set, verb->bit, longs, letters);
	opterr = 0;
	optind = 0; /* glibc: start anew */
	for (;;) {
		code = getopt_long(argc, argv, letters, longs, NULL);
		if (code < 0)
			break;
		if (code == '?' || code == ':')
			return complain(set, verb, code, argv);
		row = code >= ROW_BASE ? &set->rows[code - ROW_BASE] :
					 row_of_letter(set, verb->bit, code);
		err = row ? store(row, optarg, settings) : -EINVAL;
		if (err)
			return err;
	}
	*ret_rest = optind;
	return check_rest(set, verb, argc, argv);
}

void options__wrap(FILE *out, const char *text, unsigned int column, unsigned int indent)
{
	while (*text) {
		size_t word = strcspn(text, " ");

		if (column > indent && column + 1 + word > HELP_COLUMNS) {
			fputc('\n', out);
			column = 0;
		}
		if (column < indent)
			fprintf(out, "%*s", (int)(indent - column), "");
		else if (column > indent)
			fputc(' ', out);
		column = (column < indent ? indent : column + (column > indent)) + (unsigned int)word;
		fprintf(out, "%.*s", (int)word, text);
		text += word;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void help_row(const struct option_row *row, FILE *out)
{
	char head[80];
	int length;

	length = snprintf(head, sizeof(head), "  %c%c%s --%s%s%s", row->letter ? '-' : ' ',
			  row->letter ? row->letter : ' ', row->letter ? "," : " ", row->name,
			  row->argument ? " " : "", row->argument ? row->argument : "");
	fputs(head, out);
	if (length >= (int)HELP_INDENT) {
		fputc('\n', out);
		length = 0;
	}
	options__wrap(out, row->help, (unsigned int)length, HELP_INDENT);
}

static void help_examples(const char *examples, FILE *out)
{
	while (*examples) {
		size_t line = strcspn(examples, "\n");
		size_t command = strcspn(examples, "\t");

		fprintf(out, "  %.*s\n      %.*s\n", (int)command, examples,
			(int)(line - command - 1), examples + command + 1);
		examples += line + 1;
	}
}

void options__help(const struct option_set *set, const struct verb_row *verb, FILE *out)
{
	fprintf(out, "Usage: %s%s%s %s\n", set->program, *verb->name ? " " : "", verb->name,
		verb->arguments);
	if (verb->summary)
		fprintf(out, "\n%s.\n", verb->summary);
	if (verb->details) {
		fputc('\n', out);
		options__wrap(out, verb->details, 0, 0);
	}
	fputs("\nOptions:\n", out);
	for (size_t i = 0; i < set->row_count; i++)
		if (set->rows[i].verbs & verb->bit)
			help_row(&set->rows[i], out);
	if (verb->examples) {
		fputs("\nExamples:\n", out);
		help_examples(verb->examples, out);
	}
}

void options__overview(const struct option_set *set, FILE *out)
{
	for (size_t i = 0; i < set->verb_count; i++)
		if (set->verbs[i].summary)
			fprintf(out, "  %-10s %s\n", set->verbs[i].name, set->verbs[i].summary);
}

static void usage(const struct option_set *set, FILE *out)
{
	fprintf(out, "Usage: %s VERB [OPTIONS]\n\n%s\n\nVerbs:\n", set->program, set->about);
	options__overview(set, out);
	fprintf(out, "\n%s VERB --help tells more.\n", set->program);
}

static bool is_one_of(const char *text, const char *const *names)
{
	while (*names && strcmp(*names, text))
		names++;
	return *names;
}

const struct verb_row *options__choose(const struct option_set *set, int argc, char **argv, int *ret_status)
{
	static const char *const help[] = { "-h", "--help", NULL }, *const version[] = { "-V", "--version", NULL };
	const struct verb_row *verb;
	int wrong = set->wrong ?: 1;

	*ret_status = argc < 2 ? wrong : 0;
	if (argc < 2) {
		usage(set, stderr);
		return NULL;
	}
	if (is_one_of(argv[1], help) || (!strcmp(argv[1], "help") && argc == 2)) {
		usage(set, stdout);
		return NULL;
	}
	if (is_one_of(argv[1], version)) {
		printf("%s " P9DOORBELL_VERSION "\n", set->program);
		return NULL;
	}
	verb = options__verb(set, argv[1]);
	if (!verb) {
		log__error(*argv[1] == '-' ? "a verb comes first, before '%s'" : "unknown verb '%s'",
			   argv[1]);
		log__hint("see: %s --help", set->program);
		*ret_status = wrong;
	}
	return verb;
}

/* roff: a leading dot or quote and every backslash and dash need an escape. */
static void roff(FILE *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length && text[i]; i++) {
		if (text[i] == '\\')
			fputs("\\e", out);
		else if (text[i] == '-')
			fputs("\\-", out);
		else if (!i && (text[i] == '.' || text[i] == '\''))
			fprintf(out, "\\&%c", text[i]);
		else
			fputc(text[i], out);
	}
}

void options__roff(FILE *out, const char *text)
{
	roff(out, text, strlen(text));
}

static void man_option(const struct option_row *row, FILE *out)
{
	fputs(".TP\n", out);
	if (row->letter)
		fprintf(out, "\\fB\\-%c\\fR, ", row->letter);
	fputs("\\fB\\-\\-", out);
	roff(out, row->name, strlen(row->name));
	fputs("\\fR", out);
	if (row->argument)
		fprintf(out, " \\fI%s\\fR", row->argument);
	fputc('\n', out);
	roff(out, row->help, strlen(row->help));
	fputc('\n', out);
}

static void man_examples(const struct verb_row *verb, FILE *out)
{
	const char *at = verb->examples;

	while (at && *at) {
		size_t line = strcspn(at, "\n");
		size_t command = strcspn(at, "\t");

		fputs(".TP\n.B ", out);
		roff(out, at, command);
		fputc('\n', out);
		roff(out, at + command + 1, line - command - 1);
		fputc('\n', out);
		at += line + 1;
	}
}

static bool man_verb(const struct verb_row *verb, uint32_t mask)
{
	return verb->summary && verb->bit & mask;
}

void options__man(const struct option_set *set, uint32_t mask, FILE *out)
{
	fputs(".SH COMMANDS\n", out);
	for (size_t i = 0; i < set->verb_count; i++) {
		const struct verb_row *verb = &set->verbs[i];

		if (!man_verb(verb, mask))
			continue;
		fprintf(out, ".TP\n\\fB%s\\fR %s\n", verb->name, verb->arguments);
		roff(out, verb->summary, strlen(verb->summary));
		fputs(".\n", out);
		if (verb->details) {
			roff(out, verb->details, strlen(verb->details));
			fputc('\n', out);
		}
	}
	fputs(".SH OPTIONS\n", out);
	for (size_t i = 0; i < set->row_count; i++) {
		const struct option_row *row = &set->rows[i];
		const char *comma = "";

		if (!(row->verbs & mask))
			continue;
		man_option(row, out);
		if ((row->verbs & mask) == mask)
			continue;
		fputs("(", out);
		for (size_t v = 0; v < set->verb_count; v++) {
			if (!man_verb(&set->verbs[v], mask) || !(set->verbs[v].bit & row->verbs))
				continue;
			fprintf(out, "%s%s", comma, set->verbs[v].name);
			comma = ", ";
		}
		fputs(")\n", out);
	}
	fputs(".SH EXAMPLES\n", out);
	for (size_t i = 0; i < set->verb_count; i++)
		if (man_verb(&set->verbs[i], mask))
			man_examples(&set->verbs[i], out);
}

static void complete_names(const struct option_set *set, FILE *out)
{
	for (size_t i = 0; i < set->verb_count; i++)
		if (set->verbs[i].summary)
			fprintf(out, "%s ", set->verbs[i].name);
}

static void complete_verb(const struct option_set *set, const struct verb_row *verb, FILE *out)
{
	fprintf(out, "\t\t%s) words=\"", verb->name);
	for (size_t i = 0; i < set->row_count; i++) {
		const struct option_row *row = &set->rows[i];

		if (!(row->verbs & verb->bit))
			continue;
		fprintf(out, "--%s ", row->name);
		if (row->letter)
			fprintf(out, "-%c ", row->letter);
	}
	if (!strcmp(verb->name, "help"))
		complete_names(set, out);
	fputs("\" ;;\n", out);
}

/* What comes behind an option that takes a value: its words, or else what bash thinks of, a file. */
static void complete_value(const struct option_row *row, FILE *out)
{
	if (row->type == OPTION_FLAG)
		return;
	fprintf(out, "\t\t--%s", row->name);
	if (row->letter)
		fprintf(out, "|-%c", row->letter);
	if (row->words) {
		fputs(") words=\"", out);
		row->words(out);
		fputs("\" ;;\n", out);
	} else {
		fputs(") return ;;\n", out);
	}
}

void options__complete(const struct option_set *set, FILE *out)
{
	fprintf(out, "# bash completion for %s, made from its option table\n_%s_complete() {\n",
		set->program, set->program);
	fputs("\tlocal current=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
	      "\tlocal verb=\"${COMP_WORDS[1]}\" words=\"\"\n"
	      "\t[[ ${COMP_WORDS[0]##*/} == *-top ]] && verb=top\n"
	      "\tCOMPREPLY=()\n"
	      "\t[[ \" ${COMP_WORDS[*]:0:COMP_CWORD} \" != *' -- '* ]] || return 0\n"
	      "\tcase \"$before\" in\n", out);
	for (size_t i = 0; i < set->row_count; i++)
		complete_value(&set->rows[i], out);
	fputs("\tesac\n\tif [[ -z $words && $COMP_CWORD == 1 && $verb != top ]]; then\n\t\twords=\"", out);
	complete_names(set, out);
	fputs("--help --version\"\n\tfi\n\t[[ -n $words ]] || case \"$verb\" in\n", out);
	for (size_t i = 0; i < set->verb_count; i++)
		if (set->verbs[i].summary)
			complete_verb(set, &set->verbs[i], out);
	fprintf(out, "\tesac\n\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n}\n"
		"complete -o default -F _%s_complete %s", set->program, set->program);
	/* Which is also run by the name of its verb. */
	if (options__verb(set, "top"))
		fprintf(out, " %s-top", set->program);
	fputc('\n', out);
}
