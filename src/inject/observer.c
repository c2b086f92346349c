// SPDX-License-Identifier: GPL-2.0-only
/* observer.c - see observer.h. */
#include "inject/observer.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>

#include "client/transport.h"
#include "common/log.h"

struct observer {
	struct transport transport;
	uint64_t breaks;	/* known so far */
	bool gone;
};

/* "laws":{"breaks":N} of a status. Return: 0, -EBADMSG. */
static int read_breaks(const char *line, uint64_t *ret_breaks)
{
	struct json_object *root = json_tokener_parse(line), *laws, *breaks;
	int err = -EBADMSG;

	if (root && json_object_is_type(root, json_type_object) && json_object_object_get_ex(root, "laws", &laws) &&
	    json_object_is_type(laws, json_type_object) && json_object_object_get_ex(laws, "breaks", &breaks) &&
	    json_object_is_type(breaks, json_type_int) && json_object_get_int64(breaks) >= 0) {
		*ret_breaks = (uint64_t)json_object_get_int64(breaks);
		err = 0;
	}
	json_object_put(root);
	return err;
}

static int ask(struct observer *observer, uint64_t *ret_breaks)
{
	size_t length;
	char *line;
	int err = transport__ask(&observer->transport, "status", &line, &length);

	return err ? err : read_breaks(line, ret_breaks);
}

int observer__open(const char *path, struct observer **ret_observer)
{
	struct observer *observer = calloc(1, sizeof(*observer));
	int err;

	if (!observer)
		return -ENOMEM;
	transport__init(&observer->transport);
	err = transport__connect(&observer->transport, path);
	if (!err)
		err = ask(observer, &observer->breaks);
	if (err)
		observer__close(observer);
	else
		*ret_observer = observer;
	return err;
}

void observer__close(struct observer *observer)
{
	if (!observer)
		return;
	transport__close(&observer->transport);
	free(observer);
}

uint64_t observer__breaks(struct observer *observer)
{
	uint64_t before, breaks;
	int err;

	if (!observer || observer->gone)
		return 0;
	err = ask(observer, &breaks);
	if (err) {
		observer->gone = true;
		log__fail(err, "start it again, and the campaign", "p9doorbelld does not answer any more: runs go on without it");
		return 0;
	}
	before = observer->breaks;
	observer->breaks = breaks;
	return breaks > before ? breaks - before : 0;
}
