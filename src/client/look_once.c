/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * look_once.c - the verb snapshot: one look at every vcpu. No daemon takes part: the
 * program p9doorbelld looks and ends, so it works when the daemon is what is in
 * doubt, and leaves nothing behind.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "client/daemon_program.h"
#include "client/look_list.h"
#include "client/settings.h"
#include "client/wait.h"
#include "common/log.h"
#include "common/text.h"

static int show(const struct settings *settings, const char *text, size_t length)
{
	struct look_list list;
	struct answer answer;
	int err = look_list__parse(&list, &answer, text, length);

	if (err == -EREMOTEIO) {
		log__error("p9doorbelld --look refused: %s", answer.why);
		if (*answer.hint)
			log__hint("%s", answer.hint);
	} else if (err) {
		log__fail(err, "is p9doorbelld of the same release? Then this is a bug: report it with "
			       "the output of: p9doorbelld --look --json",
			  "a broken answer of p9doorbelld --look: %s", answer.why);
	}
	if (!err && settings->vm)
		look_list__only(&list, settings->vm);
	if (!err && settings->json) {
		err = look_list__print_json(&list, &answer, stdout);
		if (err)
			log__fail(err, NULL, "cannot write the JSON of this look");
	} else if (!err) {
		look_list__sort(&list);
		look_list__print(&list, text__locale_utf8(), stdout);
	}
	look_list__free(&list);
	answer__close(&answer);
	return err ? err : wait__flush();
}

/* It has said why on stderr: say only whose words those were. */
static int failed(const char *path, int status)
{
	if (WIFSIGNALED(status))
		log__error("%s --look was ended by signal %d", path, WTERMSIG(status));
	else
		log__error("%s --look failed, exit status %d: see what it said", path,
			   WEXITSTATUS(status));
	return -EREMOTEIO;
}

int verb_snapshot(const void *data, int count, char **arguments)
{
	const struct settings *settings = data;
	char *path, *text = NULL;
	size_t length;
	int err, status;

	(void)count;
	(void)arguments;
	path = daemon_program__find();
	if (!path) {
		log__error("there is no p9doorbelld, neither beside p9doorbell nor in PATH: it is what "
			   "looks");
		log__hint("install the package p9doorbelld on the host to be observed");
		return EXIT_ERROR;
	}
	err = daemon_program__read(path, "--look", &text, &length, &status);
	if (err)
		log__fail(err, NULL, "cannot run %s --look", path);
	else if (status)
		err = failed(path, status);
	else
		err = show(settings, text, length);
	free(text);
	free(path);
	return err ? EXIT_ERROR : EXIT_OK;
}
