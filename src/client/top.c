/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * top.c - the verb top: checks the command line, then the screen, or lines on
 * stdout when that is wanted or nobody could see a screen.
 */
#include "client/top.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client/lines.h"
#include "client/render_json.h"
#include "client/wait.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"

int filter__compile(regex_t *regex, const char *text, char why[SNAPSHOT_WHY_BYTES])
{
	int code = regcomp(regex, text, REG_EXTENDED | REG_ICASE | REG_NOSUB);

	if (!code)
		return 0;
	regerror(code, regex, why, SNAPSHOT_WHY_BYTES);
	return -EINVAL;
}

static int open_filter(struct top *top)
{
	const struct settings *settings = top->settings;
	char why[SNAPSHOT_WHY_BYTES];

	top->filter.vm = settings->vm;
	top->filter.vcores = settings->vcore;
	if (settings->vcore && filter__check_vcores(settings->vcore)) {
		log__error("--vcore: '%s' is no list of vcores", settings->vcore);
		log__hint("give numbers and ranges: --vcore 0,2-3");
		return -EINVAL;
	}
	if (!settings->filter)
		return 0;
	if (filter__compile(&top->regex, settings->filter, why)) {
		log__error("--filter: '%s' is no regular expression: %s", settings->filter, why);
		log__hint("extended regular expressions as in grep -E; escape ( [ * + ? with \\");
		return -EINVAL;
	}
	top->has_regex = true;
	top->filter.name = &top->regex;
	return 0;
}

int top__open(struct top *top, const struct settings *settings)
{
	const char *sort = settings->sort ? settings->sort : COLUMN_DEFAULT_SORT;

	memset(top, 0, sizeof(*top));
	top->settings = settings;
	top->interval_ns = settings->interval_ns ? settings->interval_ns : INTERVAL_DEFAULT_NS;
	top->end_ns = settings->duration_ns ? clock__mono_ns() + settings->duration_ns : UINT64_MAX;
	top->cumulative = settings->cumulative;
	top->reverse = settings->reverse;
	top->utf8 = text__locale_utf8() && !settings->ascii;
	top->sort = column__find(sort);
	if (!top->sort) {
		log__error("--sort: there is no column '%s'", sort);
		log__hint("see the columns: p9doorbell top --sort help");
		return -EINVAL;
	}
	return open_filter(top);
}

void top__close(struct top *top)
{
	if (top->has_regex)
		regfree(&top->regex);
	top->has_regex = false;
}

static unsigned int batch_width(void)
{
	const char *text = getenv("COLUMNS");
	struct winsize size;
	uint64_t width;

	if (text && !units__parse_u64(text, 20, 1000, &width))
		return (unsigned int)width;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col >= 20)
		return size.ws_col;
	return 0;
}

static void show_top(const struct batch *batch, const struct view *view, uint64_t iteration)
{
	const struct top *top = batch->top;

	if (batch->json)
		render_json__top(batch->json, view, iteration);
	else
		lines__print(view, batch_width(), top->utf8, stdout);
}

int verb_top(const void *data, int count, char **arguments)
{
	const struct settings *settings = data;
	struct json json = { 0 };
	struct top top;
	int code = EXIT_ERROR;

	(void)count;
	(void)arguments;
	if (settings->sort && !strcmp(settings->sort, "help")) {
		columns__help(stdout);
		return EXIT_OK;
	}
	if (top__open(&top, settings))
		goto out;
	if (!settings->batch && !settings->json && isatty(STDOUT_FILENO) && isatty(STDIN_FILENO)) {
		code = screen__run(&top);
	} else {
		struct batch batch = { .top = &top, .show = show_top, .schema = "top" };

		json__open(&json, RENDER_JSON_BYTES);
		batch.json = settings->json ? &json : NULL;
		code = batch__run(&batch);
		json__close(&json);
	}
out:
	top__close(&top);
	return code;
}
