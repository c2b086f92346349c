// SPDX-License-Identifier: GPL-2.0-only
/*
 * ask: asks the daemon what stalls, every so often, over one connection. Answers
 * that tell anything new go to stdout, a line each. At SIGTERM it waits until all
 * stalls have ended, and the last line is what the daemon remembers of them.
 * With "snapshot" it asks for that instead, and each answer goes to stdout.
 *
 *   ask SOCKET EVERY_MS [snapshot]
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define SETTLE_TURNS 150

static volatile sig_atomic_t ending;

static void on_term(int signal)
{
	(void)signal;
	ending = 1;
}

static int dial(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return -1;
	return fd;
}

struct asker {
	FILE *daemon;
	char *line;
	size_t size;
	unsigned long long change;
};

/* A line of the daemon for one of ours, of the type that was asked for. 0 or negative errno. */
static int answer(struct asker *asker, const char *type)
{
	if (getline(&asker->line, &asker->size, asker->daemon) <= 0)
		return -EPIPE;
	return strstr(asker->line, type) ? 0 : -EBADMSG;
}

/* Asks for what changed after @after. */
static int question(struct asker *asker, unsigned long long after)
{
	const char *member;
	int err;

	dprintf(fileno(asker->daemon), "{\"v\":1,\"cmd\":\"stalls\",\"after\":%llu}\n", after);
	err = answer(asker, "\"type\":\"stalls\"");
	if (err)
		return err;
	/* It stands before the stalls, which have members of this name too. */
	member = strstr(asker->line, "\"change\":");
	if (!member)
		return -EBADMSG;
	asker->change = strtoull(member + strlen("\"change\":"), NULL, 10);
	return 0;
}

/* What has happened before us is nobody's business; then whatever is new. */
static int follow(struct asker *asker, struct timespec every)
{
	int err = question(asker, 0);

	while (!err && !ending) {
		nanosleep(&every, NULL);
		err = question(asker, asker->change);
		if (!err && !strstr(asker->line, "\"stalls\":[]"))
			fputs(asker->line, stdout);
	}
	return err;
}

/* Until all has ended, but not for ever. */
static int settle(struct asker *asker, struct timespec every)
{
	int err = 0;

	for (int i = 0; !err && i < SETTLE_TURNS; i++) {
		err = question(asker, 0);
		if (err || !strstr(asker->line, "\"ended_ns\":null"))
			break;
		nanosleep(&every, NULL);
	}
	if (!err)
		fputs(asker->line, stdout);
	return err;
}

static int snapshots(struct asker *asker, struct timespec every)
{
	int err = 0;

	while (!err && !ending) {
		dprintf(fileno(asker->daemon), "{\"v\":1,\"cmd\":\"snapshot\"}\n");
		err = answer(asker, "\"type\":\"snapshot\"");
		if (err)
			break;
		fputs(asker->line, stdout);
		nanosleep(&every, NULL);
	}
	return err;
}

int main(int argc, char **argv)
{
	/* It ends a sleep, and no answer. */
	struct sigaction action = { .sa_handler = on_term, .sa_flags = SA_RESTART };
	struct asker asker = { 0 };
	struct timespec every;
	int fd, err;

	if (argc != 3 && (argc != 4 || strcmp(argv[3], "snapshot"))) {
		fputs("usage: ask SOCKET EVERY_MS [snapshot]\n", stderr);
		return 2;
	}
	every = (struct timespec){ .tv_nsec = strtol(argv[2], NULL, 10) * 1000000 };
	sigaction(SIGTERM, &action, NULL);
	fd = dial(argv[1]);
	asker.daemon = fd < 0 ? NULL : fdopen(fd, "r");
	if (!asker.daemon) {
		fprintf(stderr, "ask: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	if (argc == 4) {
		err = snapshots(&asker, every);
	} else {
		err = follow(&asker, every);
		if (!err)
			err = settle(&asker, every);
	}
	if (err)
		fprintf(stderr, "ask: %s: %s\n", strerror(-err), asker.line ? asker.line : "not a word");
	return err ? 1 : 0;
}
