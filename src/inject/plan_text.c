// SPDX-License-Identifier: GPL-2.0-only
/*
 * plan_text.c - plans as text, see plan.h and p9doorbell-plan(5). A line is words:
 * a site, its delay, then clauses in any order. Whatever is wrong, the error stands
 * at the word, and says what would be right.
 */
#include "inject/plan.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "common/text.h"
#include "common/units.h"

#define WORD_BYTES 64u
#define LIST_BYTES 160u		/* of 64 vcpus, at its worst */
#define VCPUS 64u

/* One line, read word by word. */
struct reader {
	struct plan *plan;
	struct plan_error *error;
	const char *start, *at, *end;	/* of the line */
	unsigned int line;
	unsigned int column;		/* of the word read last, or of what is missing */
	char word[LIST_BYTES];		/* empty: the line is over */
	size_t longest;			/* word, with its NUL */
	enum doorbell_site site;
	unsigned int lines[DOORBELL_SITES], seed_line; /* where each was said; 0: not so far */
};

static int wrong(struct reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int wrong(struct reader *reader, const char *format, ...)
{
	char text[sizeof(reader->error->message)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	reader->error->line = reader->line;
	reader->error->column = reader->column;
	text__clean(reader->error->message, sizeof(reader->error->message), text, strlen(text));
	return -EINVAL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next word; none before a comment or the end of the line. */
static int next(struct reader *reader)
{
	const char *word;
	size_t length;

	while (reader->at < reader->end && is_blank(*reader->at))
		reader->at++;
	word = reader->at;
	reader->column = (unsigned int)(word - reader->start) + 1;
	reader->word[0] = 0;
	if (word == reader->end || *word == '#')
		return 0;
	while (reader->at < reader->end && !is_blank(*reader->at))
		reader->at++;
	length = (size_t)(reader->at - word);
	if (memchr(word, 0, length))
		return wrong(reader, "a plan is text, and this has a zero byte in it: give the right file");
	if (length >= reader->longest)
		return wrong(reader, "no word of a plan is that long: put blanks between words");
	memcpy(reader->word, word, length);
	reader->word[length] = 0;
	return 0;
}

/* The next word, which has to be there. */
static int want(struct reader *reader, const char *what, const char *example)
{
	int err = next(reader);

	if (err || reader->word[0])
		return err;
	return wrong(reader, "the line ends where %s should stand, as in '%s'", what, example);
}

/* Edits from @a to @b, which is in small letters: some added, removed or replaced. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[WORD_BYTES], length = (unsigned int)strlen(b);

	for (unsigned int j = 0; j <= length; j++)
		row[j] = j;
	for (unsigned int i = 1; *a; a++, i++) {
		unsigned int corner = row[0];

		row[0] = i;
		for (unsigned int j = 1; j <= length; j++) {
			unsigned int best = corner + (tolower((unsigned char)*a) != b[j - 1]);

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[length];
}

/* Which of @names @word must have meant; NULL: any. */
static const char *meant(const char *word, const char *const *names, size_t count)
{
	unsigned int least = 3;
	const char *best = NULL;

	for (size_t i = 0; i < count; i++) {
		unsigned int edits = distance(word, names[i]);

		if (edits >= least)
			continue;
		least = edits;
		best = names[i];
	}
	return best;
}

static int find_site(struct reader *reader, enum doorbell_site *ret_site)
{
	const char *guess;

	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		if (strcmp(reader->word, plan_sites[i]))
			continue;
		*ret_site = i;
		return 0;
	}
	guess = meant(reader->word, plan_sites, DOORBELL_SITES);
	if (guess)
		return wrong(reader, "there is no site '%s': did you mean '%s'?", reader->word, guess);
	return wrong(reader, "there is no site '%s': 'p9doorbell-inject sites' lists them", reader->word);
}

/* A delay that this site can bear, from the word's part that begins at @from. */
static int parse_delay(struct reader *reader, const char *from, uint32_t *ret_ns)
{
	uint32_t most_ns = doorbell_site__most_ns(reader->site, 1);
	char most[UNITS_TEXT_BYTES];
	uint64_t ns;
	int err;

	reader->column += (unsigned int)(from - reader->word);
	err = units__parse_ns(from, &ns);
	if (err == -EINVAL && !*from)
		return wrong(reader, "a time is missing here: write two, as in 1us..10us");
	if (err && err != -ERANGE)
		return wrong(reader, "'%s': %s", from, units__parse_hint(err));
	if (!err && !ns)
		return wrong(reader, "%s delays nothing: take 1ns or more, or leave the site out", from);
	if (err || ns > most_ns)
		return wrong(reader, "%s is too long, as others wait meanwhile: %s is held for %s at most", from,
			     plan_sites[reader->site], units__exact_ns(most, most_ns));
	*ret_ns = (uint32_t)ns;
	reader->column -= (unsigned int)(from - reader->word);
	return 0;
}

static int parse_fixed(struct reader *reader, struct doorbell_site_rule *rule)
{
	int err = want(reader, "a time", "fixed 50us");

	if (!err && strstr(reader->word, ".."))
		return wrong(reader, "'fixed' takes one time: write 'uniform %s' for a range", reader->word);
	if (!err)
		err = parse_delay(reader, reader->word, &rule->least_ns);
	rule->most_ns = rule->least_ns;
	return err;
}

/* "1us..10ms" */
static int parse_range(struct reader *reader, struct doorbell_site_rule *rule)
{
	char *dots;
	int err;

	err = want(reader, "a range of times", "uniform 1us..10us");
	if (err)
		return err;
	dots = strstr(reader->word, "..");
	if (!dots)
		return wrong(reader, "'%s' is no range: write two times, as in 1us..10us, or 'fixed %s'",
			     reader->word, reader->word);
	*dots = 0;
	err = parse_delay(reader, reader->word, &rule->least_ns);
	if (!err)
		err = parse_delay(reader, dots + 2, &rule->most_ns);
	if (!err && rule->least_ns > rule->most_ns)
		return wrong(reader, "the range runs backwards: write %s..%s", dots + 2, reader->word);
	return err;
}

/* "until SITE timeout TIME" */
static int parse_gate(struct reader *reader, struct doorbell_site_rule *rule)
{
	enum doorbell_site site = 0;
	int err;

	err = want(reader, "a site", "until entry.latch timeout 1ms");
	if (!err)
		err = find_site(reader, &site);
	if (!err)
		err = want(reader, "'timeout' and a time", "until entry.latch timeout 1ms");
	if (!err && strcmp(reader->word, "timeout"))
		return wrong(reader, "'%s' stands where 'timeout' and a time should, as in 'timeout 1ms'", reader->word);
	if (!err)
		err = want(reader, "a time", "timeout 1ms");
	if (!err)
		err = parse_delay(reader, reader->word, &rule->most_ns);
	rule->gate_site = site;
	rule->least_ns = rule->most_ns;
	return err;
}

/* By enum doorbell_shape, and what is no shape. */
static const struct shape {
	const char *name;
	enum doorbell_shape shape;
	int (*parse)(struct reader *reader, struct doorbell_site_rule *rule);
} shapes[] = {
	{ "fixed", DOORBELL_SHAPE_FIXED, parse_fixed },
	{ "uniform", DOORBELL_SHAPE_UNIFORM, parse_range },
	{ "log-uniform", DOORBELL_SHAPE_LOG_UNIFORM, parse_range },
	{ "until", DOORBELL_SHAPE_FIXED, parse_gate },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* "50%", "0.25%" */
static int parse_chance(struct reader *reader, struct doorbell_site_rule *rule)
{
	uint32_t ppm = 0, unit = 0;
	const char *at = reader->word;

	for (; (*at >= '0' && *at <= '9' && ppm < DOORBELL_SURE * 10) || (*at == '.' && !unit); at++) {
		if (*at == '.') {
			unit = 1000;
			continue;
		}
		ppm = unit ? ppm + (uint32_t)(*at - '0') * unit : ppm * 10 + (uint32_t)(*at - '0') * 10000;
		if (unit == 1 && at[1] != '%')
			return wrong(reader, "'%s' is too fine: a chance has four decimals at most, as in 0.0001%%",
				     reader->word);
		unit /= 10;
	}
	if (at == reader->word || strcmp(at, "%") || at[-1] == '.')
		return wrong(reader, "'%s' is no chance: write a percentage, as in 50%% or 0.25%%", reader->word);
	if (!ppm)
		return wrong(reader, "a chance of 0%% never delays: leave the site out");
	if (ppm > DOORBELL_SURE)
		return wrong(reader, "'%s' is more than always: write 100%%, or leave the chance out", reader->word);
	rule->chance_ppm = ppm;
	return 0;
}

/* Digits up to @most at @at, which goes on behind them. */
static bool parse_digits(const char **at, uint64_t most, uint64_t *ret_value)
{
	char digits[LIST_BYTES];
	size_t length = strspn(*at, "0123456789");

	memcpy(digits, *at, length);
	digits[length] = 0;
	*at += length;
	return !units__parse_u64(digits, 0, most, ret_value);
}

/* "0,2-3" */
static int parse_vcpus(struct reader *reader, struct doorbell_site_rule *rule)
{
	const char *at = reader->word;
	uint64_t first, last;

	rule->vcpus = 0;
	for (;; at++) {
		if (!parse_digits(&at, VCPUS - 1, &first))
			break;
		last = first;
		if (*at == '-') {
			at++;
			if (!parse_digits(&at, VCPUS - 1, &last))
				break;
		}
		if (first > last)
			return wrong(reader, "vcpus %s runs backwards: write the smaller number first", reader->word);
		for (; first <= last; first++)
			rule->vcpus |= 1ull << first;
		if (!*at)
			return 0;
		if (*at != ',')
			break;
	}
	return wrong(reader, "'%s' is no list of vcpus: write numbers from 0 to %u, as in 0,2-3", reader->word,
		     VCPUS - 1);
}

/* "17", "17-20", "17-" */
static int parse_passes(struct reader *reader, struct doorbell_site_rule *rule)
{
	const char *at = reader->word;
	bool good;

	good = parse_digits(&at, DOORBELL_PASS_ANY - 1, &rule->first_pass);
	rule->last_pass = rule->first_pass;
	if (good && *at == '-') {
		at++;
		rule->last_pass = DOORBELL_PASS_ANY;
		good = !*at || parse_digits(&at, DOORBELL_PASS_ANY - 1, &rule->last_pass);
	}
	if (!good || *at)
		return wrong(reader, "'%s' are no passes: write numbers from 0, as in 17, 17-20 or 17-", reader->word);
	if (rule->first_pass > rule->last_pass)
		return wrong(reader, "passes %s runs backwards: write the smaller number first", reader->word);
	return 0;
}

static int parse_at_least(struct reader *reader, struct doorbell_site_rule *rule)
{
	(void)rule;
	if (!units__parse_u64(reader->word, 1, PLAN_FIRES_MOST, &reader->plan->least_fires[reader->site]))
		return 0;
	return wrong(reader, "'%s' is no number of delays: write one from 1 to %llu", reader->word,
		     (unsigned long long)PLAN_FIRES_MOST);
}

static const struct clause {
	const char *name;
	const char *what, *example;	/* that follows */
	size_t longest;
	int (*parse)(struct reader *reader, struct doorbell_site_rule *rule);
} clauses[] = {
	{ "chance", "a percentage", "chance 50%", WORD_BYTES, parse_chance },
	{ "vcpus", "a list of vcpus", "vcpus 0,2-3", LIST_BYTES, parse_vcpus },
	{ "passes", "a range of passes", "passes 17-20", WORD_BYTES, parse_passes },
	{ "at-least", "a number", "at-least 20", WORD_BYTES, parse_at_least },
};
#define CLAUSES (sizeof(clauses) / sizeof(clauses[0]))

static int parse_shape(struct reader *reader, struct doorbell_site_rule *rule)
{
	const char *names[SHAPES], *guess;

	for (size_t i = 0; i < SHAPES; i++) {
		names[i] = shapes[i].name;
		if (strcmp(reader->word, names[i]))
			continue;
		*rule = plan__rule(shapes[i].shape, 0, 0);
		return shapes[i].parse(reader, rule);
	}
	guess = meant(reader->word, names, SHAPES);
	if (guess)
		return wrong(reader, "there is no delay '%s': did you mean '%s'?", reader->word, guess);
	return wrong(reader, "'%s' is no kind of delay: write fixed, uniform, log-uniform or until", reader->word);
}

static int parse_argument(struct reader *reader, const struct clause *clause, struct doorbell_site_rule *rule)
{
	int err;

	reader->longest = clause->longest;
	err = want(reader, clause->what, clause->example);
	reader->longest = WORD_BYTES;
	return err ? err : clause->parse(reader, rule);
}

static int parse_clause(struct reader *reader, struct doorbell_site_rule *rule, uint32_t *seen)
{
	const char *names[CLAUSES], *guess;

	for (size_t i = 0; i < CLAUSES; i++) {
		names[i] = clauses[i].name;
		if (strcmp(reader->word, names[i]))
			continue;
		if (*seen >> i & 1)
			return wrong(reader, "'%s' stands twice in this line: keep one", names[i]);
		*seen |= 1u << i;
		return parse_argument(reader, &clauses[i], rule);
	}
	guess = meant(reader->word, names, CLAUSES);
	if (guess)
		return wrong(reader, "'%s' is not understood: did you mean '%s'?", reader->word, guess);
	return wrong(reader, "'%s' is not understood: chance, vcpus, passes or at-least may follow a delay, one rule a line",
		     reader->word);
}

static int parse_rule(struct reader *reader)
{
	struct doorbell_site_rule *rule;
	uint32_t seen = 0;
	int err;

	err = find_site(reader, &reader->site);
	if (err)
		return err;
	if (reader->lines[reader->site])
		return wrong(reader, "%s has a rule already, in line %u: a site has one, so put both into it",
			     reader->word, reader->lines[reader->site]);
	reader->lines[reader->site] = reader->line;
	rule = &reader->plan->rule[reader->site];
	err = want(reader, "a delay", "dpdes.req log-uniform 1us..10us");
	if (!err)
		err = parse_shape(reader, rule);
	while (!err) {
		err = next(reader);
		if (err || !reader->word[0])
			break;
		err = parse_clause(reader, rule, &seen);
	}
	return err;
}

static int parse_seed(struct reader *reader)
{
	int err;

	if (reader->seed_line)
		return wrong(reader, "there is a seed already, in line %u: keep one", reader->seed_line);
	reader->seed_line = reader->line;
	err = want(reader, "a number", "seed 42");
	if (err)
		return err;
	if (units__parse_u64(reader->word, 0, UINT64_MAX, &reader->plan->seed))
		return wrong(reader, "'%s' is no seed: write a number from 0 to %llu", reader->word,
			     (unsigned long long)UINT64_MAX);
	reader->plan->has_seed = true;
	err = next(reader);
	if (!err && reader->word[0])
		return wrong(reader, "'%s' is too much behind a seed: put it into a line of its own", reader->word);
	return err;
}

static int parse_line(struct reader *reader)
{
	int err = next(reader);

	if (err || !reader->word[0])
		return err;
	return strcmp(reader->word, "seed") ? parse_rule(reader) : parse_seed(reader);
}

int plan__parse(struct plan *plan, const char *text, size_t length, struct plan_error *error)
{
	struct reader reader = { .plan = plan, .error = error, .line = 1, .column = 1, .longest = WORD_BYTES };
	const char *end = text + length;
	int err = 0;

	memset(plan, 0, sizeof(*plan));
	if (length >= PLAN_TEXT_BYTES)
		err = wrong(&reader, "this is %zu bytes long, and no plan is longer than %u: give the right file", length,
			    PLAN_TEXT_BYTES - 1);
	while (!err && text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));

		reader.start = reader.at = text;
		reader.end = newline ? newline : end;
		err = parse_line(&reader);
		text = reader.end + 1;
		reader.line++;
	}
	if (!err && !plan__count(plan)) {
		reader.line -= reader.line > 1;
		err = wrong(&reader, "there is no rule in it, so nothing would be delayed: add one, as in 'dpdes.req fixed 50us'");
	}
	if (err)
		memset(plan, 0, sizeof(*plan));
	return err;
}

static void print_vcpus(uint64_t vcpus, FILE *out)
{
	const char *comma = "";

	for (unsigned int first = 0; first < VCPUS; first++) {
		unsigned int last = first;

		if (!(vcpus >> first & 1))
			continue;
		while (last < VCPUS - 1 && vcpus >> (last + 1) & 1)
			last++;
		fprintf(out, last > first ? "%s%u-%u" : "%s%u", comma, first, last);
		comma = ",";
		first = last;
	}
}

static void print_delay(const struct doorbell_site_rule *rule, FILE *out)
{
	char least[UNITS_TEXT_BYTES], most[UNITS_TEXT_BYTES];

	units__exact_ns(least, rule->least_ns);
	units__exact_ns(most, rule->most_ns);
	if (rule->gate_site != DOORBELL_NO_GATE)
		fprintf(out, "until %s timeout %s", plan_sites[rule->gate_site], most);
	else if (rule->shape == DOORBELL_SHAPE_FIXED)
		fprintf(out, "fixed %s", least);
	else
		fprintf(out, "%s %s..%s", shapes[rule->shape].name, least, most);
}

static void print_chance(uint32_t ppm, FILE *out)
{
	unsigned int rest = ppm % 10000, digits = 4;

	fprintf(out, " chance %u", ppm / 10000);
	for (; rest && !(rest % 10); rest /= 10)
		digits--;
	if (rest)
		fprintf(out, ".%0*u", (int)digits, rest);
	fputc('%', out);
}

static void print_rule(const struct plan *plan, enum doorbell_site site, FILE *out)
{
	const struct doorbell_site_rule *rule = &plan->rule[site];

	fprintf(out, "%s ", plan_sites[site]);
	print_delay(rule, out);
	if (rule->chance_ppm != DOORBELL_SURE)
		print_chance(rule->chance_ppm, out);
	if (rule->vcpus != ~0ull) {
		fputs(" vcpus ", out);
		print_vcpus(rule->vcpus, out);
	}
	if (rule->first_pass == rule->last_pass)
		fprintf(out, " passes %llu", (unsigned long long)rule->first_pass);
	else if (rule->last_pass != DOORBELL_PASS_ANY)
		fprintf(out, " passes %llu-%llu", (unsigned long long)rule->first_pass,
			(unsigned long long)rule->last_pass);
	else if (rule->first_pass)
		fprintf(out, " passes %llu-", (unsigned long long)rule->first_pass);
	if (plan->least_fires[site])
		fprintf(out, " at-least %llu", (unsigned long long)plan->least_fires[site]);
	fputc('\n', out);
}

void plan__print(const struct plan *plan, FILE *out)
{
	if (plan->has_seed)
		fprintf(out, "seed %llu\n", (unsigned long long)plan->seed);
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		if (plan__has(plan, i))
			print_rule(plan, i, out);
}
