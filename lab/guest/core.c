// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine under the workloads: interrupts, waits that always end,
 * barriers, and the doorbell ops with their bookkeeping.
 *
 * A message is a sequence number in the target's mailbox, stored before the
 * msgsndp that announces it; the handler remembers the newest it saw. Main
 * code and handler write different counters, so none needs an atomic.
 */
#include "guest.h"

#define POLL_TICKS	(100 * TICKS_PER_US)	/* a flag in memory wakes nobody: look again */
#define DRAIN_TICKS	(2000000 * TICKS_PER_US)
#define REFUSED_LIMIT	1000
#define SRR1_ILLEGAL	0x80000ull
#define SRR1_PRIVILEGED	0x40000ull

enum { MESSAGE_SERVER = 5 };

static uint64_t message(uint64_t type, uint64_t tag)
{
	return type << 27 | tag;
}

uint64_t param(enum db_param which)
{
	return block()->request.param[which];
}

uint64_t random_below(uint64_t limit)
{
	uint64_t x = me->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	me->random = x;
	return limit ? (x * 2685821657736338717ull >> 32) % limit : 0;
}

struct db_vcpu *peer(uint32_t thread)
{
	return &block()->vcpu[me->base + thread];
}

bool aborted(void)
{
	return READ_ONCE(block()->shared.abort) != 0;
}

/* Somebody may sleep for seconds: wake them all, so that the report comes at once. */
void abort_all(void)
{
	WRITE_ONCE(block()->shared.abort, 1);
	sync();
	for (uint32_t i = 0; i < block()->request.vcpus; i++) {
		me->truth.exits++;
		hypercall(H_PROD, (long)i);
	}
	/* A service of the VMM may wait for a message that is not sent any more. */
	hypercall(DB_HCALL_SENT);
}

static void __attribute__((noreturn)) done(long code)
{
	for (;;)
		hypercall(DB_HCALL_DONE, code);
}

/* The compiler calls it to clear what is larger than a few words. */
void *memset(void *to, int value, size_t size);
void *memset(void *to, int value, size_t size)
{
	volatile uint8_t *bytes = to;

	while (size--)
		*bytes++ = (uint8_t)value;
	return to;
}

/* --- interrupts ------------------------------------------------------- */

static void doorbell(void)
{
	struct db_truth *truth = &me->truth;
	uint64_t fresh = 0;
	bool newer = false;

	truth->deliveries++;
	truth->early += me->masked;
	truth->ghosts += me->expect_none;
	for (uint32_t source = 0; source < me->threads; source++) {
		uint64_t newest = me->letters ? message__newest(source) : READ_ONCE(me->mailbox[source]);
		uint64_t known = me->seen[source];

		truth->regressions += newest < known;
		if (newest <= known)
			continue;
		newer = true;
		WRITE_ONCE(me->seen[source], newest);
		/* What a clear may have taken was counted there. */
		if (known < me->excused[source])
			known = me->excused[source];
		fresh += newest > known ? newest - known : 0;
	}
	truth->spurious += !newer;
	truth->merged += fresh ? fresh - 1 : 0;
	if (me->holding == DB_HOLDING_STALL)
		stall__handler();
	else if (me->holding)
		message__hold_handler();
}

static void fatal(const struct frame *frame)
{
	me->truth.fatal_vector = frame->vector;
	me->truth.fatal_pc = frame->srr0;
	me->truth.fatal_msr = frame->srr1;
	me->truth.stage = DB_STAGE_FATAL;
	abort_all();
	done(1);
}

/* A program interrupt: the hypervisor refused the instruction. Step over it and go on counting. */
static void refused(struct frame *frame)
{
	frame->srr0 += 4;
	if (me->refusing && frame->srr1 & (SRR1_ILLEGAL | SRR1_PRIVILEGED)) {
		me->truth.refusals++;
		return;
	}
	if (!me->truth.refused++) {
		me->truth.fatal_pc = frame->srr0 - 4;
		me->truth.fatal_msr = frame->srr1;
	}
	if (me->truth.refused > REFUSED_LIMIT)
		fatal(frame);
}

void interrupt(struct frame *frame);
void interrupt(struct frame *frame)
{
	switch (frame->vector) {
	case 0x700:
		refused(frame);
		break;
	case 0x900:
		decrementer__set(UINT64_MAX);
		me->truth.decrementers++;
		break;
	case 0xa00:
		doorbell();
		break;
	default:
		fatal(frame);
	}
}

/* --- time ------------------------------------------------------------- */

/*
 * A turn of a busy wait. QEMU keeps a hypervisor doorbell from a guest whose
 * MSR[EE] is off, so a masked spinner would hold up a DPDES read of a sibling
 * until the host's next tick: it leaves now and then, yielding to whom it
 * waits for.
 */
void spin(uint32_t thread)
{
	uint64_t now, nudge = param(DB_PARAM_NUDGE);

	relax();
	if (!me->masked || !nudge)
		return;
	now = timebase();
	if (now - me->nudged < nudge)
		return;
	me->truth.exits++;
	hypercall(H_CONFER, (long)(me->base + thread), 0l);
	me->nudged = timebase();
}

void pause_ticks(uint64_t ticks)
{
	uint64_t start = timebase();

	while (timebase() - start < ticks)
		relax();
}

void mask(void)
{
	ee_off();
	WRITE_ONCE(me->masked, 1);
	me->nudged = timebase();
}

void unmask(void)
{
	WRITE_ONCE(me->masked, 0);
	ee_on();
}

/* Sleep in the hypervisor until an interrupt, or for ticks. It turns MSR[EE] on. */
void cede(uint64_t ticks)
{
	decrementer__set(ticks);
	me->truth.cedes++;
	hypercall(H_CEDE);
}

/* The cheapest exit: KVM handles "yield to whoever" without doing anything. */
void confer(void)
{
	me->truth.exits++;
	hypercall(H_CONFER, -1l, 0l);
}

void timed_out(enum db_stage stage, uint32_t thread)
{
	me->truth.timeouts++;
	me->truth.timeout_stage = stage;
	me->truth.timeout_peer = thread;
	abort_all();
}

struct wait {
	const uint64_t *value;
	uint64_t want;
	enum db_wait how;
	enum db_stage stage;
	uint32_t thread;	/* waited for, for the report */
	uint64_t poll_ticks;	/* longest sleep; 0: a doorbell wakes us */
	uint64_t timeout_ticks;
};

static bool reached(const struct wait *wait)
{
	return READ_ONCE(*wait->value) >= wait->want;
}

static bool wait_loop(const struct wait *wait)
{
	uint64_t start = timebase(), spin_ticks = param(DB_PARAM_SPIN);
	uint64_t passed = 0, sleep_ticks;
	bool found = true;

	while (!reached(wait)) {
		passed = timebase() - start;
		if (aborted() || passed > wait->timeout_ticks) {
			found = false;
			break;
		}
		if (wait->how == DB_WAIT_SPIN || (wait->how == DB_WAIT_HYBRID && passed < spin_ticks)) {
			spin(wait->thread);
			continue;
		}
		sleep_ticks = wait->timeout_ticks - passed + 1;
		if (wait->poll_ticks && wait->poll_ticks < sleep_ticks)
			sleep_ticks = wait->poll_ticks;
		/* With EE off no doorbell can fall between this look and the sleep. */
		ee_off();
		if (reached(wait))
			ee_on();
		else
			cede(sleep_ticks);
	}
	passed = timebase() - start;
	if (wait->stage == DB_STAGE_WAIT_DOORBELL && passed > me->truth.max_ticks)
		me->truth.max_ticks = passed;
	if (!found && !aborted())
		timed_out(wait->stage, wait->thread);
	/* What the writer of the value stored before it is ours to see now. */
	sync();
	return found;
}

static bool wait_in_stage(struct wait *wait)
{
	uint64_t before = me->truth.stage;
	bool found;

	me->truth.stage = wait->stage;
	if (!wait->timeout_ticks)
		wait->timeout_ticks = block()->request.timeout_ticks;
	found = wait_loop(wait);
	if (found)
		me->truth.stage = before;
	return found;
}

bool wait_doorbell(uint32_t source, uint64_t sequence, enum db_wait how)
{
	struct wait wait = {
		.value = &me->seen[source], .want = sequence, .how = how,
		.stage = DB_STAGE_WAIT_DOORBELL, .thread = source,
	};

	return wait_in_stage(&wait);
}

/* Masked vcpus must not cede: H_CEDE turns MSR[EE] on. They spin. */
bool wait_flag(uint32_t thread, const uint64_t *flag, uint64_t value, enum db_wait how)
{
	struct wait wait = {
		.value = flag, .want = value, .how = me->masked ? DB_WAIT_SPIN : how,
		.stage = DB_STAGE_WAIT_PEER, .thread = thread, .poll_ticks = POLL_TICKS,
	};

	return wait_in_stage(&wait);
}

bool wait_peer(uint32_t thread, const uint64_t *flag, uint64_t value)
{
	return wait_flag(thread, flag, value, DB_WAIT_HYBRID);
}

/* All threads of this vcore have come this far; what they stored before is seen behind it. */
bool meet(void)
{
	uint64_t number = me->meetings + 1;

	sync();
	WRITE_ONCE(me->meetings, number);
	for (uint32_t thread = 0; thread < me->threads; thread++)
		if (!wait_peer(thread, &peer(thread)->meetings, number))
			return false;
	return true;
}

static bool barrier(enum db_stage stage)
{
	struct db_shared *shared = &block()->shared;
	struct wait wait = {
		.value = &shared->arrived, .how = DB_WAIT_HYBRID, .stage = stage,
		.want = ++me->barriers * block()->request.vcpus, .poll_ticks = POLL_TICKS,
		.timeout_ticks = block()->request.deadline_ticks,
	};

	sync();
	__atomic_fetch_add(&shared->arrived, 1, __ATOMIC_RELAXED);
	return wait_in_stage(&wait);
}

/* --- the ops ---------------------------------------------------------- */

void op_send(uint32_t thread)
{
	WRITE_ONCE(peer(thread)->mailbox[me->thread], ++me->sent[thread]);
	sync();
	db_msgsndp(message(MESSAGE_SERVER, thread));
	me->truth.sends_valid++;
	me->truth.sends_to[thread]++;
}

static uint64_t wrong_type(void)
{
	uint64_t type = random_below(31);

	return type < MESSAGE_SERVER ? type : type + 1;
}

/* A vcore whose threads all exist has no absent one: its vcpus send a bad tag instead. */
void op_send_ignored(enum db_ignored kind)
{
	uint32_t smt = block()->request.smt;
	uint64_t type = MESSAGE_SERVER, tag = 0;

	if (kind == DB_IGNORED_ABSENT && me->threads == smt)
		kind = DB_IGNORED_TAG;
	if (kind == DB_IGNORED_TYPE) {
		type = wrong_type();
		tag = random_below(smt);
	} else if (kind == DB_IGNORED_TAG) {
		tag = smt + random_below(128 - smt);
	} else {
		tag = me->threads + random_below(smt - me->threads);
	}
	db_msgsndp(message(type, tag));
	me->truth.sends_ignored[kind]++;
}

/*
 * A send whose msgsndp came before the clear stored its mailbox before that,
 * so what the mailboxes hold afterwards bounds what the clear may have taken.
 */
void op_clear(void)
{
	db_msgclrp(message(MESSAGE_SERVER, 0));
	sync();
	me->truth.clears_valid++;
	for (uint32_t source = 0; source < me->threads; source++) {
		uint64_t newest = READ_ONCE(me->mailbox[source]);
		uint64_t known = READ_ONCE(me->seen[source]);

		if (known < me->excused[source])
			known = me->excused[source];
		if (newest > known)
			me->truth.cleared += newest - known;
		if (newest > me->excused[source])
			me->excused[source] = newest;
	}
}

void op_clear_ignored(void)
{
	db_msgclrp(message(wrong_type(), 0));
	me->truth.clears_ignored++;
}

uint64_t op_read_dpdes(void)
{
	uint64_t value = db_read_dpdes();

	me->truth.dpdes_reads++;
	for (uint32_t thread = 0; thread < DB_MAX_THREADS; thread++)
		me->truth.dpdes_bits[thread] += value >> thread & 1;
	return value;
}

void op_read_tir(void)
{
	uint64_t value = db_read_tir();

	me->truth.tir_reads++;
	me->truth.tir_mismatches += value != me->thread;
}

/* --- life of a vcpu --------------------------------------------------- */

static uint32_t unseen(void)
{
	uint32_t count = 0;

	for (uint32_t source = 0; source < me->threads; source++) {
		uint64_t newest = READ_ONCE(me->mailbox[source]);

		if (READ_ONCE(me->seen[source]) < newest && me->excused[source] < newest)
			count++;
	}
	return count;
}

/*
 * Nobody sends any more. A doorbell still on its way must arrive by its own
 * kick; if it needs an exit of ours it was late, and if that does not bring
 * it either it is lost. After the exit nothing can be pending.
 */
static void drain(void)
{
	uint64_t start = timebase();

	me->truth.stage = DB_STAGE_DRAIN;
	ee_on();
	while (unseen() && timebase() - start < DRAIN_TICKS)
		relax();
	me->truth.late += unseen() != 0;
	confer();
	me->truth.lost += unseen();
}

static void vcpu__init(uint32_t id)
{
	const struct db_request *request = &block()->request;
	uint32_t left;

	me = &block()->vcpu[id];
	me->id = id;
	me->thread = id & (request->smt - 1);
	me->base = id - me->thread;
	left = request->vcpus - me->base;
	me->threads = left < request->smt ? left : request->smt;
	/* Any odd multiplier that keeps vcpus and VMs apart; the state must not be 0. */
	me->random = (request->seed + 1) * 0x9e3779b97f4a7c15ull ^
		     ((uint64_t)request->vm << 32 | (id + 1)) * 0xbf58476d1ce4e5b9ull;
	if (!me->random)
		me->random = 1;
	me->letters = request->workload >= DB_DELIVER && request->workload < DB_STEP;
	decrementer__set(UINT64_MAX);
}

void guest_main(uint32_t id);
void guest_main(uint32_t id)
{
	uint64_t start;

	vcpu__init(id);
	if (block()->request.magic != DB_MAGIC)
		done(2);
	ee_on();
	barrier(DB_STAGE_START);
	me->truth.stage = DB_STAGE_WORK;
	start = timebase();
	if (!aborted())
		workload__run();
	if (!me->truth.ticks)
		me->truth.ticks = timebase() - start;
	if (me->masked)
		unmask();
	/* An aborted run is judged by its timeout, or by what was found: nothing settles any more. */
	if (!aborted() && barrier(DB_STAGE_END)) {
		drain();
		barrier(DB_STAGE_LEAVE);
	}
	if (!aborted())
		me->truth.stage = DB_STAGE_DONE;
	ee_off();
	done(aborted());
}
