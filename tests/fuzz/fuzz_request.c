// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_request.c - any bytes as the line of a client. Beyond not crashing: the
 * answer is one of the two, a refusal has a reason and leaves the request
 * alone, and what was accepted is accepted again when written plainly.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/serve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[REQUESTS] = { "hello", "status", "snapshot", "stalls", "recording" };

static void must(int good)
{
	if (!good)
		abort();
}

static void must_survive_a_round_trip(const struct request *request)
{
	struct request again = { .kind = REQUESTS };
	const char *why = NULL;
	char line[128];
	int length;

	length = snprintf(line, sizeof(line), "{\"v\":1,\"cmd\":\"%s\"", names[request->kind]);
	if (request->vm)
		length += snprintf(line + length, sizeof(line) - length, ",\"vm\":%" PRIu64,
				   request->vm);
	if (request->after)
		length += snprintf(line + length, sizeof(line) - length, ",\"after\":%" PRIu64,
				   request->after);
	if (request->stall)
		length += snprintf(line + length, sizeof(line) - length, ",\"stall\":%" PRIu64,
				   request->stall);
	length += snprintf(line + length, sizeof(line) - length, "}");
	must(!request__parse(line, length, &again, &why));
	must(again.kind == request->kind && again.vm == request->vm &&
	     again.after == request->after && again.stall == request->stall);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request request = { .kind = REQUESTS, .vm = 7, .after = 9, .stall = 11 };
	const char *why = NULL;
	int err = request__parse((const char *)data, size, &request, &why);

	must(err == 0 || err == -EINVAL);
	if (err) {
		must(why && *why && request.kind == REQUESTS && request.vm == 7 &&
		     request.after == 9 && request.stall == 11);
		return 0;
	}
	must(request.kind < REQUESTS && request.vm <= INT64_MAX && request.after <= INT64_MAX &&
	     request.stall <= INT64_MAX);
	must_survive_a_round_trip(&request);
	return 0;
}
