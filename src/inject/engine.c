// SPDX-License-Identifier: GPL-2.0-only
/*
 * engine.c - the skeleton's life, and what is loaded for a plan: only what it needs,
 * attached as long as it is armed.
 */
#include "engine.h"

#include "claim.h"
#include "daemon/capability.h"
#include "reach.h"
#include "safety.h"

#include <common/clock.h>
#include <common/log.h>
#include <common/units.h>

#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inject.skel.h"

#define LIBBPF_HINT "--verbose shows what libbpf says"
#define PROGRAMS 23
#define SITE(name) (1u << DOORBELL_SITE_##name)
#define SENDS (SITE(SEND_KICK) | SITE(SEND_WAKE) | SITE(SEND_IPI))
/* Where the passing vcpu is known by its thread, which has to be learned. */
#define BY_THREAD (SENDS | SITE(DPDES_CPU) | SITE(DPDES_REQ) | SITE(EXIT_IRQ))
#define ALL ((1u << DOORBELL_SITES) - 1)

/* Which of the ways a program is for. */
enum program_way {
	PLANNED = 1 << REACH_WAY_PLAN,
	KPROBE = 1 << REACH_WAY_KPROBE,
	TRAMPOLINE = 1 << REACH_WAY_TRAMPOLINE,
	STOCK = KPROBE | TRAMPOLINE,
};

static const struct program_row {
	const char *name;
	enum program_way way;
	uint32_t site;		/* the one that it is at: nowhere, if that cannot be reached */
	uint32_t sites;		/* those that need it: loaded if one is in the plan */
} programs[PROGRAMS] = {
	{ "on_plan", PLANNED, DOORBELL_SITE_SEND_TEST, ALL },
	{ "on_enter", STOCK, DOORBELL_SITE_ENTRY_CHECK, SITE(ENTRY_CHECK) | BY_THREAD },
	{ "on_exit", STOCK, DOORBELL_SITE_EXIT_LOOP, SITE(EXIT_LOOP) },
	{ "on_sync", STOCK, DOORBELL_SITE_EXIT_IRQ, SITE(EXIT_IRQ) },
	{ "on_blocked", STOCK, DOORBELL_SITE_BLOCK_SCHED, SITE(BLOCK_SCHED) },
	{ "on_run", KPROBE, DOORBELL_SITE_ENTRY_CPU, SITE(ENTRY_CPU) },
	{ "on_run_tr", TRAMPOLINE, DOORBELL_SITE_ENTRY_CPU, SITE(ENTRY_CPU) },
	{ "on_kick", KPROBE, DOORBELL_SITE_SEND_KICK, SENDS },
	{ "on_kick_tr", TRAMPOLINE, DOORBELL_SITE_SEND_KICK, SENDS },
	{ "on_woken", KPROBE, DOORBELL_SITE_SEND_WAKE, SITE(SEND_WAKE) },
	{ "on_woken_tr", TRAMPOLINE, DOORBELL_SITE_SEND_WAKE, SITE(SEND_WAKE) },
	{ "on_ipi", KPROBE, DOORBELL_SITE_SEND_IPI, SITE(SEND_IPI) },
	{ "on_ipi_tr", TRAMPOLINE, DOORBELL_SITE_SEND_IPI, SITE(SEND_IPI) },
	{ "on_call", KPROBE, DOORBELL_SITE_DPDES_CPU, SITE(DPDES_CPU) },
	{ "on_call_tr", TRAMPOLINE, DOORBELL_SITE_DPDES_CPU, SITE(DPDES_CPU) },
	{ "on_pending", KPROBE, DOORBELL_SITE_DPDES_REQ, SITE(DPDES_REQ) },
	{ "on_pending_tr", TRAMPOLINE, DOORBELL_SITE_DPDES_REQ, SITE(DPDES_REQ) },
	{ "on_timer", KPROBE, DOORBELL_SITE_BLOCK_TASK, SITE(BLOCK_TASK) },
	{ "on_timer_tr", TRAMPOLINE, DOORBELL_SITE_BLOCK_TASK, SITE(BLOCK_TASK) },
	{ "on_check", KPROBE, DOORBELL_SITE_BLOCK_CHECK, SITE(BLOCK_CHECK) },
	{ "on_check_tr", TRAMPOLINE, DOORBELL_SITE_BLOCK_CHECK, SITE(BLOCK_CHECK) },
	{ "on_set", KPROBE, DOORBELL_SITE_ONEREG_SET, SITE(ONEREG_SET) },
	{ "on_set_tr", TRAMPOLINE, DOORBELL_SITE_ONEREG_SET, SITE(ONEREG_SET) },
};

#define WANTED                                                                                \
	(1u << CAPABILITY_ARCH | 1u << CAPABILITY_HYPERVISOR | 1u << CAPABILITY_PERMISSION |     \
	 1u << CAPABILITY_LOCKDOWN | 1u << CAPABILITY_BTF | 1u << CAPABILITY_KVM_HV |            \
	 1u << CAPABILITY_KVM_HV_BTF | 1u << CAPABILITY_SYMBOLS | 1u << CAPABILITY_DOORBELLS |   \
	 1u << CAPABILITY_TRACEPOINTS | 1u << CAPABILITY_TRAMPOLINE | 1u << CAPABILITY_KPROBES | \
	 1u << CAPABILITY_SYNC_IPI)

struct engine {
	struct inject_bpf *skel;
	uint32_t sites;			/* that it is loaded for */
	struct bpf_link *link[PROGRAMS];
	struct capabilities capabilities;
	enum reach_way way;
	struct reach reach;
	struct claim claim;
	uint64_t lease_ns;
	bool armed;
};

static const struct safety_host this_host = { "", 0 };

/* Once it has been loaded. */
static struct bpf_program *engine__program(const struct engine *engine, size_t row)
{
	return bpf_object__find_program_by_name(engine->skel->obj, programs[row].name);
}

/* From now on nobody else injects. Somebody who was killed could not put the switch back. */
static int engine__claim(struct engine *engine, pid_t *ret_pid)
{
	bool tidied;
	int err;

	err = claim__take(&engine->claim, CLAIM_RUN_DIR, CLAIM_SWITCH, &tidied, ret_pid);
	if (tidied)
		log__info("an injector had been killed: " CLAIM_SWITCH " is what it was before it");
	return err;
}

static int engine__choose(struct engine *engine)
{
	const struct capabilities *capabilities = &engine->capabilities;

	capabilities__probe(&engine->capabilities, WANTED, NULL);
	if (capabilities__verdict(capabilities) == 2) {
		capabilities__log_missing(capabilities, 0);
		/* Another kernel will not change who asks. */
		return capabilities->row[CAPABILITY_PERMISSION].ok ? -ENOTSUP : -EPERM;
	}
	if (capabilities->doorbells && access(CLAIM_SWITCH, F_OK)) {
		log__error("this kernel has kernel-patch, but no delays");
		log__hint("build it with CONFIG_KVM_BOOK3S_HV_DOORBELL_DELAY=y");
		return -ENOTSUP;
	}
	engine->way = capabilities->doorbells  ? REACH_WAY_PLAN :
		      capabilities->trampoline ? REACH_WAY_TRAMPOLINE :
						 REACH_WAY_KPROBE;
	reach__find(&engine->reach, engine->way, &capabilities->symbols,
		    capabilities->row[CAPABILITY_SYNC_IPI].ok &&
			    !capabilities->btf_file.path[0]);
	return 0;
}

static bool program__wanted(const struct engine *engine, const struct program_row *row, uint32_t sites)
{
	return row->way >> engine->way & 1 && engine->reach.site[row->site].reach && row->sites & sites;
}

/* What these sites need, and not before one is armed: what is refused has not even been loaded. */
static int engine__load(struct engine *engine, uint32_t sites)
{
	struct bpf_object_open_opts options = { .sz = sizeof(options) };
	int err = 0;

	if (engine->skel && engine->sites == sites)
		return 0;
	inject_bpf__destroy(engine->skel);
	engine->sites = sites;
	if (engine->capabilities.btf_file.path[0])
		options.btf_custom_path = engine->capabilities.btf_file.path;
	engine->skel = inject_bpf__open_opts(&options);
	if (!engine->skel)
		return log__fail(errno, LIBBPF_HINT, "cannot open the BPF programs");
	engine->skel->rodata->sync_func =
		symbols__find(&engine->capabilities.symbols, SYMBOLS_KVM_HV, "do_nothing");
	for (size_t i = 0; !err && i < PROGRAMS; i++)
		err = bpf_program__set_autoload(engine__program(engine, i),
						program__wanted(engine, &programs[i], sites));
	if (!err)
		err = inject_bpf__load(engine->skel);
	if (!err)
		return 0;
	inject_bpf__destroy(engine->skel);
	engine->skel = NULL;
	return log__fail(err, LIBBPF_HINT, "cannot load the BPF programs");
}

int engine__open(struct engine **ret_engine)
{
	struct engine *engine = calloc(1, sizeof(*engine));
	pid_t pid;
	int err;

	if (!engine)
		return log__fail(ENOMEM, NULL, "cannot begin");
	engine->claim.fd = -1;
	err = engine__choose(engine);
	if (err) {
		engine__close(engine);
		return err;
	}
	/* For what it tidies up. Who has it is asked when it matters. */
	engine__claim(engine, &pid);
	claim__release(&engine->claim);
	*ret_engine = engine;
	return 0;
}

const struct engine_site *engine__site(const struct engine *engine, enum doorbell_site site)
{
	return &engine->reach.site[site];
}

/* The sites that have a rule, and those that a gate waits for. */
static uint32_t plan__sites(const struct plan *plan)
{
	uint32_t sites = 0;

	for (uint32_t i = 0; i < DOORBELL_SITES; i++) {
		const struct doorbell_site_rule *rule = &plan->rule[i];

		if (!plan__has(plan, i))
			continue;
		sites |= 1u << i;
		if (rule->gate_site < DOORBELL_SITES)
			sites |= 1u << rule->gate_site;
	}
	return sites;
}

static int site__may(const struct engine *engine, const struct plan *plan, uint32_t id)
{
	const struct engine_site *site = &engine->reach.site[id];
	char most[UNITS_TEXT_BYTES], want[UNITS_TEXT_BYTES];

	if (!site->reach) {
		log__error("%s cannot be held on this kernel: %s", plan_sites[id], site->where);
		log__hint("leave it out (p9doorbell-inject sites shows those that can), or boot a "
			  "kernel with kernel-patch");
		return -EOPNOTSUPP;
	}
	if (!plan__has(plan, id) || plan->rule[id].most_ns <= site->most_ns)
		return 0;
	log__error("%s must not be held for %s", plan_sites[id],
		   units__format_ns(want, plan->rule[id].most_ns, UNITS_SCALE_AUTO));
	log__hint("plan %s at most there", units__format_ns(most, site->most_ns, UNITS_SCALE_AUTO));
	/* Another kernel may let it be held for longer: one that waits itself. */
	return -EOPNOTSUPP;
}

int engine__may(const struct engine *engine, const struct plan *plan,
		const struct doorbell_budget *budget, uint64_t lease_ns)
{
	struct safety_wish wish = {
		.lease_ns = lease_ns, .budget = *budget, .cpus = sysconf(_SC_NPROCESSORS_ONLN),
	};
	struct safety_answer answer[SAFETY_IDS];
	uint32_t sites = plan__sites(plan);
	int err, first = 0;

	for (uint32_t i = 0; i < DOORBELL_SITES; i++) {
		err = sites >> i & 1 ? site__may(engine, plan, i) : 0;
		first = first ? first : err;
		if (plan__has(plan, i) && plan->rule[i].most_ns > wish.longest_ns)
			wish.longest_ns = plan->rule[i].most_ns;
	}
	err = safety__ask(&this_host, &wish, answer);
	for (int i = 0; i < SAFETY_IDS; i++) {
		if (!answer[i].err)
			continue;
		log__error("%s: %s", safety__name(i), answer[i].detail);
		log__hint("%s", safety__remedy(i));
	}
	return first ? first : err;
}

/* What BPF reads, and what it counts, from the beginning. */
static void engine__order(struct engine *engine, const struct plan *plan,
			  const struct engine_target *target, const struct doorbell_budget *budget)
{
	struct doorbell_order *order = &engine->skel->bss->order;

	memset(&engine->skel->bss->counts, 0, sizeof(engine->skel->bss->counts));
	memset(&engine->skel->bss->late, 0, sizeof(engine->skel->bss->late));
	memset(&engine->skel->bss->spent, 0, sizeof(engine->skel->bss->spent));
	memset(&engine->skel->bss->vcpus, 0, sizeof(engine->skel->bss->vcpus));
	*order = (struct doorbell_order){
		.seed = plan->seed, .vcpus = target->vcpus, .tgid = target->pid, .budget = *budget,
	};
	memcpy(order->rule, plan->rule, sizeof(order->rule));
}

static int engine__attach(struct engine *engine)
{
	for (size_t i = 0; i < PROGRAMS; i++) {
		struct bpf_program *program = engine__program(engine, i);

		if (!bpf_program__autoload(program))
			continue;
		engine->link[i] = bpf_program__attach(program);
		if (!engine->link[i])
			return log__fail(errno, LIBBPF_HINT, "cannot attach %s", programs[i].name);
	}
	return 0;
}

static void engine__detach(struct engine *engine)
{
	for (size_t i = 0; i < PROGRAMS; i++) {
		bpf_link__destroy(engine->link[i]);
		engine->link[i] = NULL;
	}
}

static void engine__lease(struct engine *engine, uint64_t until_ns)
{
	__atomic_store_n(&engine->skel->bss->order.lease_until_ns, until_ns, __ATOMIC_RELEASE);
}

static int engine__begin(struct engine *engine, const struct engine_target *target)
{
	pid_t pid = 0;
	int err;

	if (target->pid <= 0 || (kill(target->pid, 0) && errno == ESRCH))
		return log__fail(ESRCH, "is the VM still running?", "process %d", target->pid);
	err = engine__claim(engine, &pid);
	if (err == -EBUSY) {
		log__error("another p9doorbell-inject is at work: pid %d", (int)pid);
		log__hint("wait for it, or stop it: kill %d", (int)pid);
	} else if (err) {
		log__fail(err, "run p9doorbell-inject as root", "cannot lock in " CLAIM_RUN_DIR);
	}
	engine->armed = !err;
	return err;
}

int engine__arm(struct engine *engine, const struct plan *plan, const struct engine_target *target,
		const struct doorbell_budget *budget, uint64_t lease_ns)
{
	int err = engine__may(engine, plan, budget, lease_ns ? lease_ns : DOORBELL_LEASE_MOST_NS);

	if (!err)
		err = engine__begin(engine, target);
	if (err)
		return err;
	err = engine__load(engine, plan__sites(plan));
	if (!err) {
		engine__order(engine, plan, target, budget);
		err = engine__attach(engine);
	}
	if (!err && engine->way == REACH_WAY_PLAN) {
		err = claim__switch_on(&engine->claim);
		if (err)
			log__fail(err, "run p9doorbell-inject as root", "cannot write " CLAIM_SWITCH);
	}
	if (err) {
		engine__disarm(engine);
		return err;
	}
	engine->lease_ns = lease_ns;
	engine__lease(engine, lease_ns ? clock__mono_ns() + lease_ns : 0);
	return 0;
}

int engine__renew(struct engine *engine)
{
	uint64_t now_ns = clock__mono_ns();

	if (!engine->lease_ns)
		return 0;
	if (now_ns >= engine->skel->bss->order.lease_until_ns)
		return -ETIMEDOUT;
	engine__lease(engine, now_ns + engine->lease_ns);
	return 0;
}

void engine__disarm(struct engine *engine)
{
	if (!engine->armed)
		return;
	if (engine->skel) {
		engine__lease(engine, 0);
		engine__detach(engine);
	}
	claim__switch_back(&engine->claim);
	claim__release(&engine->claim);
	engine->armed = false;
}

void engine__read(struct engine *engine, struct doorbell_site_count *counts)
{
	memcpy(counts, engine->skel->bss->counts, sizeof(engine->skel->bss->counts));
}

const struct doorbell_hist *engine__late(const struct engine *engine, enum doorbell_site site)
{
	return &engine->skel->bss->late[site];
}

uint64_t engine__spent_ns(const struct engine *engine)
{
	return __atomic_load_n(&engine->skel->bss->spent.total_ns, __ATOMIC_RELAXED);
}

void engine__close(struct engine *engine)
{
	if (!engine)
		return;
	engine__disarm(engine);
	inject_bpf__destroy(engine->skel);
	capabilities__free(&engine->capabilities);
	free(engine);
}
