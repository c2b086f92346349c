/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * render_json.h - views as JSON lines; the schema stands in the
 * man page, section JSON. Times are integer ns, unknown is null, members are
 * only ever added within a schema version.
 */
#ifndef P9DOORBELL_CLIENT_RENDER_JSON_H
#define P9DOORBELL_CLIENT_RENDER_JSON_H

#include "client/columns.h"
#include "client/session.h"
#include "common/json.h"

#define RENDER_JSON_VERSION 1
#define RENDER_JSON_BYTES (256u << 20)

/* The first line: what follows and how it was made. @verb: "top" or "hist". */
void render_json__header(struct json *json, const char *verb, const struct host *host,
			 uint64_t interval_ns, bool cumulative, const struct column *sort,
			 bool reverse);
void render_json__top(struct json *json, const struct view *view, uint64_t iteration);
/* @kinds: bit mask of enum doorbell_latency. */
void render_json__hist(struct json *json, const struct view *view, uint64_t iteration,
		       uint32_t kinds);

#endif /* P9DOORBELL_CLIENT_RENDER_JSON_H */
