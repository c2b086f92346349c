/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reported.h - a campaign against a simulated kernel, and all that a report of it is made from; what
 * comes from outside is hostile.
 */
#ifndef P9DOORBELL_TESTS_REPORTED_H
#define P9DOORBELL_TESTS_REPORTED_H

#include "simulated.h"

#include <ctype.h>
#include <stdlib.h>

#include "inject/page.h"

#define HOSTILE "</pre><script>alert('\"&\x1b[31m\xff')</script>"

static struct simulated kernel;
static struct campaign campaign;
static struct gather gather;
static struct machine machine;
static struct page page;
static char *const command[] = { "vmm", "run", "--name", HOSTILE, "it's", NULL };

static int fresh(void **state)
{
	(void)state;
	kernel = (struct simulated){ .passes = 250, .needs_ns = 30000, .symptom = SYMPTOM_MISS };
	campaign = simulated__campaign(&kernel, 20);
	machine = (struct machine){ "host", "6.12.107", "ppc64le", "9006-22P", false };
	page = (struct page){
		.campaign = &campaign, .gather = &gather, .machine = &machine, .version = "1", .command = command,
		.second_ns = 500000000, .total_ns = 60000000000, .lease_ns = 2000000000,
	};
	return 0;
}

static int done(void **state)
{
	(void)state;
	campaign__free(&campaign);
	gather__free(&gather);
	memset(&gather, 0, sizeof(gather));
	return 0;
}

/* Each element has its end, where XML wants it; no byte is one that XML has not. */
static void must_be_whole(const char *text)
{
	char open[32][16], name[16];
	unsigned int depth = 0;

	for (const char *at = text; *at; at++) {
		check(*at == '\n' || *at == '\t' || (unsigned char)*at >= ' ', "control character %d", *at);
		if (*at == '&')
			check(at[1] == '#' || isalpha((unsigned char)at[1]), "a bare & in '%.40s'", at);
		if (*at != '<' || at[1] == '!' || at[1] == '?')
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(at + 1, " \n/>"), at + 1);
		if (at[1] == '/') {
			snprintf(name, sizeof(name), "%.*s", (int)strcspn(at + 2, " \n>"), at + 2);
			check(depth && !strcmp(open[depth - 1], name), "</%s> ends <%s>", name, depth ? open[depth - 1] : "");
			depth--;
		} else if (strchr(at, '>')[-1] != '/') {
			assert_true(depth < ARRAY_SIZE(open));
			strcpy(open[depth++], name);
		}
	}
	assert_int_equal(depth, 0);
}

/* What a writer writes is whole. */
static char *report_of(void (*write)(const struct page *page, FILE *out))
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	write(&page, out);
	fclose(out);
	assert_int_equal(strlen(text), length);
	must_be_whole(text);
	return text;
}

static void find_f3(void)
{
	kernel.sites = 1u << DOORBELL_SITE_DPDES_REQ;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_true(campaign.found);
}

#endif /* P9DOORBELL_TESTS_REPORTED_H */
