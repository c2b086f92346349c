// SPDX-License-Identifier: GPL-2.0-only
/*
 * reach.c - see reach.h. What a stock kernel has no place for is inlined, or runs
 * where it does not let itself be traced.
 */
#include "reach.h"

#include <stdio.h>
#include <string.h>

enum reach_kind {
	REACH_NOTHING = 0,	/* through: why not */
	REACH_EVENT = 1,	/* a tracepoint of kvm_hv */
	REACH_CSD = 2,		/* one of smp_call_function_single() */
	REACH_ENTRY = 3,	/* where a function of kvm_hv begins */
	REACH_KERNEL = 4,	/* where one of the kernel itself begins */
	REACH_RETURN = 5,	/* where one of the kernel itself ends */
};

static const struct reach_row {
	enum reach_kind kind;
	const char *through;
} rows[DOORBELL_SITES] = {
	[DOORBELL_SITE_SEND_TEST] = { REACH_NOTHING, "inlined" },
	[DOORBELL_SITE_SEND_POST] = { REACH_NOTHING, "inlined" },
	[DOORBELL_SITE_SEND_KICK] = { REACH_ENTRY, "kvmppc_fast_vcpu_kick_hv" },
	[DOORBELL_SITE_SEND_WAKE] = { REACH_RETURN, "rcuwait_wake_up" },
	[DOORBELL_SITE_SEND_IPI] = { REACH_ENTRY, "kvmppc_ipi_thread" },
	[DOORBELL_SITE_ENTRY_CPU] = { REACH_ENTRY, "kvmppc_update_vpas" },
	[DOORBELL_SITE_ENTRY_CHECK] = { REACH_EVENT, "kvm_guest_enter" },
	[DOORBELL_SITE_ENTRY_LOAD] = { REACH_NOTHING, "not traced" },
	[DOORBELL_SITE_ENTRY_CLEAR] = { REACH_NOTHING, "not traced" },
	[DOORBELL_SITE_ENTRY_LATCH] = { REACH_NOTHING, "not traced" },
	[DOORBELL_SITE_ENTRY_RUN] = { REACH_NOTHING, "not traced" },
	[DOORBELL_SITE_EXIT_SAVE] = { REACH_NOTHING, "not traced" },
	[DOORBELL_SITE_EXIT_HW] = { REACH_NOTHING, "not traced" },
	[DOORBELL_SITE_EXIT_CPU] = { REACH_NOTHING, "inlined" },
	[DOORBELL_SITE_EXIT_IRQ] = { REACH_CSD, "csd_function_entry" },
	[DOORBELL_SITE_EXIT_LOOP] = { REACH_EVENT, "kvm_guest_exit" },
	[DOORBELL_SITE_BLOCK_TASK] = { REACH_ENTRY, "kvmppc_set_timer" },
	[DOORBELL_SITE_BLOCK_STATE] = { REACH_NOTHING, "inlined" },
	[DOORBELL_SITE_BLOCK_CHECK] = { REACH_ENTRY, "kvmppc_vcpu_check_block" },
	[DOORBELL_SITE_BLOCK_SCHED] = { REACH_EVENT, "kvmppc_vcore_blocked" },
	[DOORBELL_SITE_DPDES_CPU] = { REACH_KERNEL, "smp_call_function_single" },
	[DOORBELL_SITE_DPDES_REQ] = { REACH_ENTRY, "kvmppc_doorbell_pending" },
	[DOORBELL_SITE_DPDES_LATCHED] = { REACH_NOTHING, "has no latch" },
	[DOORBELL_SITE_MSGCLRP_MID] = { REACH_NOTHING, "inlined" },
	[DOORBELL_SITE_ONEREG_SET] = { REACH_ENTRY, "kvmppc_set_one_reg_hv" },
	[DOORBELL_SITE_NESTED_SAMPLE] = { REACH_NOTHING, "not traced" },
	[DOORBELL_SITE_NESTED_RETURN] = { REACH_NOTHING, "not traced" },
	[DOORBELL_SITE_NESTED_SWAP] = { REACH_NOTHING, "inlined" },
};

/* What the probe is called that stands there; NULL: nothing does. */
static const char *probe_name(enum reach_kind kind, enum reach_way way)
{
	switch (kind) {
	case REACH_EVENT:
	case REACH_CSD:
		return "raw_tp";
	case REACH_ENTRY:
	case REACH_KERNEL:
		return way == REACH_WAY_TRAMPOLINE ? "fentry" : "kprobe";
	case REACH_RETURN:
		return way == REACH_WAY_TRAMPOLINE ? "fexit" : "kretprobe";
	case REACH_NOTHING:
		break;
	}
	return NULL;
}

/* By its very name: probes find no function that bears a compiler's suffix. */
static bool has_function(const struct symbols *symbols, const char *name)
{
	for (size_t i = 0; i < symbols->count; i++)
		if (symbols->symbol[i].module == SYMBOLS_KVM_HV && !strcmp(symbols->symbol[i].name, name))
			return true;
	return false;
}

static bool is_there(const struct reach_row *row, const struct symbols *symbols, bool csd)
{
	if (row->kind == REACH_CSD)
		return csd;
	return row->kind != REACH_ENTRY || !symbols || has_function(symbols, row->through);
}

void reach__find(struct reach *reach, enum reach_way way, const struct symbols *symbols, bool csd)
{
	for (uint32_t i = 0; i < DOORBELL_SITES; i++) {
		const char *probe = probe_name(rows[i].kind, way);
		struct engine_site *site = &reach->site[i];
		char *where = reach->where[i];

		site->reach = ENGINE_REACH_NONE;
		site->most_ns = doorbell_site__most_ns(i, way == REACH_WAY_PLAN);
		site->where = where;
		if (way == REACH_WAY_PLAN) {
			site->reach = ENGINE_REACH_PLAN;
			snprintf(where, REACH_WHERE_BYTES, "kvm_doorbell_plan");
		} else if (!probe) {
			snprintf(where, REACH_WHERE_BYTES, "%s", rows[i].through);
		} else if (!is_there(&rows[i], symbols, csd)) {
			snprintf(where, REACH_WHERE_BYTES, "no %s in this kernel", rows[i].through);
		} else {
			site->reach = ENGINE_REACH_PROBE;
			snprintf(where, REACH_WHERE_BYTES, "%s %s", probe, rows[i].through);
		}
	}
}
