/* SPDX-License-Identifier: GPL-2.0-only */
/* The JSON writer: commas, escapes, bounds, and that every misuse sticks. */
#include <errno.h>
#include <stdint.h>

#include "common/json.h"
#include "tap.h"

static void writes_a_document(struct json *json)
{
	json__object_begin(json, NULL);
	json__string(json, "a", "x\"\\\n\t\x01\x7f\xc3\xa9\xff\xed\xa0\x80");
	json__u64(json, "b", UINT64_MAX);
	json__i64(json, "c", INT64_MIN);
	json__array_begin(json, "d");
	json__bool(json, NULL, true);
	json__null(json, NULL);
	json__object_begin(json, NULL);
	json__object_end(json);
	json__array_begin(json, NULL);
	json__array_end(json);
	json__decimal(json, NULL, 12345, 3);
	json__decimal(json, NULL, 5, 2);
	json__decimal(json, NULL, 7, 0);
	json__array_end(json);
	json__string(json, "e", NULL);
	json__string_n(json, "f", "\0z", 2);
	json__object_end(json);
}

static const char document[] =
	"{\"a\":\"x\\\"\\\\\\n\\t\\u0001\\u007f\xc3\xa9\\ufffd\\ufffd\\ufffd\\ufffd\","
	"\"b\":18446744073709551615,\"c\":-9223372036854775808,"
	"\"d\":[true,null,{},[],12.345,0.05,7],\"e\":null,\"f\":\"\\u0000z\"}\n";

static void test_bounds(void)
{
	static char exact[sizeof(document)], less[sizeof(document) - 1];
	struct json json;

	json__open_fixed(&json, exact, sizeof(exact));
	writes_a_document(&json);
	tap_u64(json__finish(&json), 0);
	tap_text(exact, document);

	json__open_fixed(&json, less, sizeof(less));
	writes_a_document(&json);
	tap_ok(json__finish(&json) == -ENOSPC);
	tap_ok(strlen(less) < sizeof(less));
	json__reset(&json);
	json__null(&json, NULL);
	tap_u64(json__finish(&json), 0);
	tap_text(less, "null\n");

	json__open(&json, 1u << 20);
	json__array_begin(&json, NULL);
	for (unsigned int i = 0; i < 20000; i++)
		json__u64(&json, NULL, i);
	json__array_end(&json);
	tap_u64(json__finish(&json), 0);
	tap_u64(json.length, strlen(json.text));
	json__close(&json);

	json__open(&json, 5000);
	json__array_begin(&json, NULL);
	for (unsigned int i = 0; i < 20000; i++)
		json__u64(&json, NULL, i);
	json__array_end(&json);
	tap_ok(json__finish(&json) == -ENOSPC);
	json__close(&json);
	json__close(&json);
	json__close(NULL);
}

static void test_misuse(void)
{
	struct json json;

	json__open(&json, 4096);
	json__object_begin(&json, NULL);
	json__u64(&json, NULL, 1);
	json__object_end(&json);
	tap_ok(json__finish(&json) == -EINVAL); /* a member without a key */

	json__reset(&json);
	json__array_begin(&json, NULL);
	json__u64(&json, "key", 1);
	json__array_end(&json);
	tap_ok(json__finish(&json) == -EINVAL); /* a key in an array */

	json__reset(&json);
	json__array_begin(&json, NULL);
	json__object_end(&json);
	tap_ok(json__finish(&json) == -EINVAL);

	json__reset(&json);
	json__object_begin(&json, NULL);
	tap_ok(json__finish(&json) == -EINVAL); /* left open */

	json__reset(&json);
	json__null(&json, NULL);
	json__null(&json, NULL);
	tap_ok(json__finish(&json) == -EINVAL); /* two documents on a line */

	json__reset(&json);
	for (unsigned int i = 0; i <= JSON_DEPTH_MAX; i++)
		json__array_begin(&json, NULL);
	tap_ok(json__finish(&json) == -EINVAL);

	json__reset(&json);
	tap_ok(json__finish(&json) == -EINVAL); /* nothing at all */

	json__reset(&json);
	json__null(&json, NULL);
	json__finish(&json);
	json__null(&json, NULL);
	tap_u64(json__finish(&json), 0);
	tap_text(json.text, "null\nnull\n");
	json__close(&json);
}

int main(void)
{
	struct json json;

	json__open(&json, 4096);
	writes_a_document(&json);
	tap_u64(json__finish(&json), 0);
	tap_text(json.text, document);
	json__close(&json);
	test_bounds();
	test_misuse();
	return tap__end();
}
