// SPDX-License-Identifier: GPL-2.0-only
/*
 * order: changes what a running p9doorbell-inject has asked its BPF programs for,
 * behind its back. How a suite proves that what they refuse does not depend on what
 * user space believes.
 *
 *   order PID SITE NS     that site is to be held for NS, at every pass; PID: of the target's VMM
 *   order PID lease NS    the lease ends in so many ns
 *   order PID lease       only says in how many it ends; 0: it has
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <p9doorbell/inject.h>

static const char *const sites[DOORBELL_SITES] = DOORBELL_SITE_NAMES;

static int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

/* The memory of the injector's variables, mapped; NULL: that map is another one. */
static char *map_variables(uint32_t id, size_t *ret_size)
{
	struct bpf_map_info info = { 0 };
	union bpf_attr attr = { .map_id = id };
	void *memory = MAP_FAILED;
	int fd = bpf(BPF_MAP_GET_FD_BY_ID, &attr);

	if (fd < 0)
		return NULL;
	attr = (union bpf_attr){ .info = { .bpf_fd = fd, .info_len = sizeof(info),
					   .info = (uintptr_t)&info } };
	if (!bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) && !strncmp(info.name, "inject", 6) &&
	    strstr(info.name, ".bss"))
		memory = mmap(NULL, info.value_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	*ret_size = info.value_size;
	return memory == MAP_FAILED ? NULL : memory;
}

/* It is where it looks like one for this target. */
static struct doorbell_order *find_order(uint32_t tgid)
{
	union bpf_attr attr = { 0 };
	size_t size;

	while (!bpf(BPF_MAP_GET_NEXT_ID, &attr)) {
		uint32_t id = attr.next_id;
		char *memory = map_variables(id, &size);

		for (size_t i = 0; memory && i + sizeof(struct doorbell_order) <= size; i += 8) {
			struct doorbell_order *order = (void *)(memory + i);

			if (order->tgid == tgid && !order->reserved && order->vcpus && order->budget.second_ns &&
			    order->budget.total_ns >= order->budget.second_ns)
				return order;
		}
		attr = (union bpf_attr){ .start_id = id };
	}
	return NULL;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int say_lease(const struct doorbell_order *order)
{
	uint64_t now = now_ns(), until = order->lease_until_ns;

	printf("%llu\n", (unsigned long long)(until > now ? until - now : 0));
	return 0;
}

static int change(struct doorbell_order *order, const char *what, uint64_t ns)
{
	if (!strcmp(what, "lease")) {
		order->lease_until_ns = now_ns() + ns;
		return 0;
	}
	for (int i = 0; i < DOORBELL_SITES; i++) {
		if (strcmp(what, sites[i]))
			continue;
		order->rule[i].chance_ppm = 0;
		order->rule[i].least_ns = order->rule[i].most_ns = (uint32_t)ns;
		order->rule[i].chance_ppm = DOORBELL_SURE;
		return 0;
	}
	fprintf(stderr, "order: %s: no such site\n", what);
	return 2;
}

int main(int argc, char **argv)
{
	bool ask = argc == 3 && !strcmp(argv[2], "lease");
	struct doorbell_order *order;

	if (argc != 4 && !ask) {
		fputs("usage: order PID SITE|lease NS, order PID lease\n", stderr);
		return 2;
	}
	order = find_order((uint32_t)strtoul(argv[1], NULL, 10));
	if (!order) {
		fputs("order: nobody injects into that process\n", stderr);
		return 1;
	}
	return ask ? say_lease(order) : change(order, argv[2], strtoull(argv[3], NULL, 10));
}
