// SPDX-License-Identifier: GPL-2.0-only
/*
 * request.c - what a client asked for. Apart from the socket so that it can be
 * tested and fuzzed without one.
 */
#include "serve.h"

#include <p9doorbell/api.h>

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

static const char *const names[REQUESTS] = {
	[REQUEST_HELLO] = "hello",
	[REQUEST_STATUS] = "status",
	[REQUEST_SNAPSHOT] = "snapshot",
	[REQUEST_STALLS] = "stalls",
	[REQUEST_RECORDING] = "recording",
};

static const char *request__read(struct json_object *root, struct request *request)
{
	struct json_object *member;
	const char *name;
	int kind;

	if (!json_object_is_type(root, json_type_object))
		return "a request is one JSON object per line";
	if (!json_object_object_get_ex(root, "v", &member) ||
	    !json_object_is_type(member, json_type_int))
		return "the member \"v\", the version of the protocol, is missing";
	if (json_object_get_int64(member) != DOORBELL_API_VERSION)
		return "this daemon speaks version 1 of the protocol";
	if (!json_object_object_get_ex(root, "cmd", &member) ||
	    !json_object_is_type(member, json_type_string))
		return "the member \"cmd\" is missing";
	name = json_object_get_string(member);
	for (kind = 0; kind < REQUESTS && strcmp(name, names[kind]); kind++)
		;
	/* A name may hold a NUL, at which strcmp() stops. */
	if (kind == REQUESTS || strlen(name) != (size_t)json_object_get_string_len(member))
		return "unknown \"cmd\": this daemon knows hello, status, snapshot, stalls and recording";
	request->kind = kind;
	if (json_object_object_get_ex(root, "vm", &member)) {
		if (!json_object_is_type(member, json_type_int) ||
		    json_object_get_int64(member) <= 0)
			return "\"vm\" is the positive number of a VM";
		request->vm = json_object_get_int64(member);
	}
	if (json_object_object_get_ex(root, "after", &member)) {
		if (!json_object_is_type(member, json_type_int) ||
		    json_object_get_int64(member) < 0)
			return "\"after\" is the number of a change, 0 or more";
		request->after = json_object_get_int64(member);
	}
	if (json_object_object_get_ex(root, "stall", &member)) {
		if (!json_object_is_type(member, json_type_int) ||
		    json_object_get_int64(member) <= 0)
			return "\"stall\" is the positive id of a stall";
		request->stall = json_object_get_int64(member);
	}
	if (kind == REQUEST_RECORDING && !request->stall)
		return "the member \"stall\", the id of a stall, is missing";
	return NULL;
}

int request__parse(const char *line, size_t length, struct request *ret_request,
		   const char **ret_why)
{
	struct json_tokener *tokener = json_tokener_new_ex(8);
	struct request request = { 0 };
	struct json_object *root;

	if (!tokener) {
		*ret_why = "out of memory";
		return -EINVAL;
	}
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	root = json_tokener_parse_ex(tokener, line, (int)length);
	if (root && json_tokener_get_parse_end(tokener) == length)
		*ret_why = request__read(root, &request);
	else
		*ret_why = "not a JSON object on one line";
	json_object_put(root);
	json_tokener_free(tokener);
	if (*ret_why)
		return -EINVAL;
	*ret_request = request;
	return 0;
}
