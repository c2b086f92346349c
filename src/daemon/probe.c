// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe.c - the skeleton's life cycle and the attach plan.
 *
 * The plan is a table in attach order. Order matters: rows are born before
 * anything counts in them, a post (on_kick) is seen before its sender's op
 * (on_run_exit), so a send in flight while we attach can be missed as a whole
 * but never be taken for a coalesced one. With doorbell tracepoints it is a
 * point in time that says what is missed (since_tb), set when all is attached.
 */
#include "probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "observe.skel.h"
#include "plain.skel.h"
#include "sched_clock.h"
#include "timebase.h"
#include "vcpu_files.h"

#define SAMPLES_RING_BYTES (16u << 20)
#define PLAN_ROWS 25

/*
 * Which of the ways to the same events: by tracepoints that a patched kernel has
 * for them, or else by trampolines, or else by kprobes. What needs the kernel's own
 * BTF has another way on a plain kernel, which has none.
 */
enum plan_way {
	BTF,
	PLAIN,
	STOCK,
	STOCK_BTF,
	STOCK_PLAIN,
	STOCK_TRAMPOLINE,
	STOCK_KPROBE,
	PATCHED,
};

struct plan_row {
	const char *program;
	const char *probe;
	const char *how;
	enum plan_way way;
	enum capability_id needs;
	const char *why;
};

static const struct plan_row plan[PLAN_ROWS] = {
	{ "on_created_tr", "kvm_arch_vcpu_create", "fexit", STOCK_TRAMPOLINE, CAPABILITY_LIFETIME,
	  "a vcpu is born" },
	{ "on_create", "kvm_arch_vcpu_create", "kprobe", STOCK_KPROBE, CAPABILITY_LIFETIME,
	  "a vcpu is to be born" },
	{ "on_created", "kvm_arch_vcpu_create", "kretprobe", STOCK_KPROBE, CAPABILITY_LIFETIME,
	  "a vcpu is born" },
	{ "on_destroy_tr", "kvm_arch_vcpu_destroy", "fentry", STOCK_TRAMPOLINE, CAPABILITY_LIFETIME,
	  "a vcpu ends" },
	{ "on_destroy", "kvm_arch_vcpu_destroy", "kprobe", STOCK_KPROBE, CAPABILITY_LIFETIME,
	  "a vcpu ends" },
	{ "on_created_tp", "kvm_hv:kvmppc_vcpu_create", "raw_tp", PATCHED, CAPABILITY_DOORBELLS,
	  "a vcpu is born" },
	{ "on_free", "kvm_hv:kvmppc_vcpu_free", "raw_tp", PATCHED, CAPABILITY_DOORBELLS,
	  "a vcpu ends" },
	{ "on_file", "task_file", "iterator", BTF, CAPABILITY_EXISTING,
	  "vcpus that were there before us" },
	{ "on_fd", "files of VMMs", "pidfd", PLAIN, CAPABILITY_EXISTING,
	  "vcpus that were there before us" },
	{ "on_consume", "kvm_hv:kvm_doorbell_consume", "tp_btf", PATCHED, CAPABILITY_DOORBELLS,
	  "a run of the guest with a doorbell" },
	{ "on_send", "kvm_hv:kvm_doorbell_send", "tp_btf", PATCHED, CAPABILITY_DOORBELLS,
	  "msgsndp, and what came of it" },
	{ "on_clear", "kvm_hv:kvm_doorbell_clear", "tp_btf", PATCHED, CAPABILITY_DOORBELLS,
	  "msgclrp, and what it cleared" },
	{ "on_dpdes_ipi", "kvm_hv:kvm_dpdes_ipi_done", "tp_btf", PATCHED, CAPABILITY_DOORBELLS,
	  "a sync IPI has been handled" },
	{ "on_dpdes_read", "kvm_hv:kvm_dpdes_read", "tp_btf", PATCHED, CAPABILITY_DOORBELLS,
	  "a read of DPDES" },
	{ "on_tir", "kvm_hv:kvm_doorbell_tir", "tp_btf", PATCHED, CAPABILITY_DOORBELLS,
	  "a read of TIR" },
	{ "on_reject", "kvm_hv:kvm_doorbell_reject", "tp_btf", PATCHED, CAPABILITY_DOORBELLS,
	  "an instruction that is refused" },
	{ "on_look", "vcpus", "iterator", PATCHED, CAPABILITY_DOORBELLS,
	  "which doorbells wait, when somebody asks" },
	{ "on_kick_tr", "kvmppc_fast_vcpu_kick_hv", "fentry", STOCK_TRAMPOLINE, CAPABILITY_KICK,
	  "a doorbell is posted" },
	{ "on_kick", "kvmppc_fast_vcpu_kick_hv", "kprobe", STOCK_KPROBE, CAPABILITY_KICK,
	  "a doorbell is posted" },
	{ "on_sync_queue", "csd:csd_queue_cpu", "raw_tp", STOCK_BTF, CAPABILITY_SYNC_IPI,
	  "a sync IPI is queued" },
	{ "on_sync_entry", "csd:csd_function_entry", "raw_tp", STOCK_BTF, CAPABILITY_SYNC_IPI,
	  "a sync IPI is handled" },
	{ "on_sync_run", "kvm_hv:do_nothing", "kprobe", STOCK_PLAIN, CAPABILITY_SYNC_IPI,
	  "a sync IPI is handled" },
	{ "on_sync_call", "smp_call_function_single", "kprobe", STOCK_PLAIN, CAPABILITY_SYNC_IPI,
	  "a sync IPI is queued" },
	{ "on_enter", "kvm_hv:kvm_guest_enter", "tp_btf", STOCK, CAPABILITY_TRACEPOINTS,
	  "guest entry: resume, consumption" },
	{ "on_run_exit", "kvm_hv:kvmppc_run_vcpu_exit", "tp_btf", STOCK, CAPABILITY_TRACEPOINTS,
	  "an emulated instruction" },
};

struct probe {
	struct observe_bpf *skel;
	struct bpf_link *link[PLAN_ROWS];
	struct ring_buffer *ring;
	FILE *samples;
	struct tables tables;
	struct doorbell_vcore *vcore;	/* the row that was read last */
	const struct doorbell_look *looks;
	size_t vm_bytes, vcore_bytes, vcpu_bytes, looks_bytes;
	const struct capabilities *capabilities;
	struct bpf_link *look;	/* of on_look, or NULL: doorbells have no tracepoints */
};

static const char *step = "nothing";

const char *probe__step(void)
{
	return step;
}

static struct bpf_program *probe__program(const struct probe *probe, size_t row)
{
	return bpf_object__find_program_by_name(probe->skel->obj, plan[row].program);
}

/* Whether this is the way on this kernel, be the capability there or not. */
static bool plan_way__fits(enum plan_way way, const struct capabilities *capabilities)
{
	bool trampoline = capabilities->trampoline, stock = !capabilities->doorbells;
	bool plain = capabilities->btf_file.path[0];

	switch (way) {
	case BTF:
		return !plain;
	case PLAIN:
		return plain;
	case STOCK:
		return stock;
	case STOCK_BTF:
		return stock && !plain;
	case STOCK_PLAIN:
		return stock && plain;
	case STOCK_TRAMPOLINE:
		return stock && trampoline;
	case STOCK_KPROBE:
		return stock && !trampoline;
	case PATCHED:
		return !stock;
	}
	return false;
}

static bool plan_row__fits(const struct plan_row *row, const struct capabilities *capabilities)
{
	return capabilities->row[row->needs].ok && plan_way__fits(row->way, capabilities);
}

static int probe__configure(struct probe *probe, const struct probe_settings *settings,
			    const struct capabilities *capabilities)
{
	struct doorbell_config *config =
		(struct doorbell_config *)&probe->skel->rodata->config;
	const struct symbols *symbols = &capabilities->symbols;
	int err;

	config->emulate_start = capabilities->emulate.start;
	config->emulate_end = capabilities->emulate.end;
	config->sync_func = symbols__find(symbols, SYMBOLS_KVM_HV, "do_nothing");
	config->vcpu_fops = symbols__find(symbols, SYMBOLS_KVM, "kvm_vcpu_fops");
	if (capabilities->row[CAPABILITY_SCHED_CLOCK].ok)
		config->boot_tb = symbols->boot_tb;
	config->vm_mask = settings->vms - 1;
	config->vcore_mask = settings->vcores - 1;
	config->vcpu_mask = settings->vcpus - 1;
	config->record_samples = settings->samples != NULL;
	err = timebase__read(&config->tb_mult, &config->tb_shift);
	if (!err)
		err = bpf_map__set_max_entries(probe->skel->maps.vms, settings->vms);
	if (!err)
		err = bpf_map__set_max_entries(probe->skel->maps.vcores, settings->vcores);
	if (!err)
		err = bpf_map__set_max_entries(probe->skel->maps.vcpus, settings->vcpus);
	if (!err)
		err = bpf_map__set_max_entries(probe->skel->maps.threads, settings->vcpus);
	if (!err && plan_way__fits(STOCK_PLAIN, capabilities))
		err = bpf_map__set_max_entries(probe->skel->maps.handled, libbpf_num_possible_cpus());
	if (!err && plan_way__fits(STOCK_PLAIN, capabilities))
		err = bpf_map__set_max_entries(probe->skel->maps.syncs, settings->vcpus);
	if (!err && settings->samples)
		err = bpf_map__set_max_entries(probe->skel->maps.ring, SAMPLES_RING_BYTES);
	for (size_t i = 0; !err && i < PLAN_ROWS; i++)
		err = bpf_program__set_autoload(probe__program(probe, i),
						plan_row__fits(&plan[i], capabilities));
	return err;
}

static int table__map(struct bpf_map *map, size_t row_bytes, uint32_t rows, void **ret_table,
		      size_t *ret_bytes)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t bytes = (row_bytes * rows + page - 1) / page * page;
	void *table = mmap(NULL, bytes, PROT_READ, MAP_SHARED, bpf_map__fd(map), 0);

	if (table == MAP_FAILED)
		return -errno;
	*ret_table = table;
	*ret_bytes = bytes;
	return 0;
}

static const struct doorbell_vcore *read_vcore(void *context, uint32_t index)
{
	const struct probe *probe = context;
	int fd = bpf_map__fd(probe->skel->maps.vcores);

	return bpf_map_lookup_elem(fd, &index, probe->vcore) ? NULL : probe->vcore;
}

static int probe__map(struct probe *probe, const struct probe_settings *settings)
{
	struct tables *tables = &probe->tables;
	void *vm, *vcpu, *looks;
	int err;

	err = table__map(probe->skel->maps.vms, sizeof(*tables->vm), settings->vms, &vm,
			 &probe->vm_bytes);
	if (err)
		return err;
	tables->vm = vm;
	err = table__map(probe->skel->maps.vcpus, sizeof(*tables->vcpu), settings->vcpus, &vcpu,
			 &probe->vcpu_bytes);
	if (err)
		return err;
	tables->vcpu = vcpu;
	err = table__map(probe->skel->maps.looks, sizeof(*probe->looks), DOORBELL_LOOKS, &looks,
			 &probe->looks_bytes);
	if (err)
		return err;
	probe->looks = looks;
	probe->vcore = calloc(1, sizeof(*probe->vcore));
	if (!probe->vcore)
		return -ENOMEM;
	probe->vcore_bytes = sizeof(*probe->vcore) * settings->vcores;
	tables->read_vcore = read_vcore;
	tables->context = probe;
	tables->vms = settings->vms;
	tables->vcores = settings->vcores;
	tables->vcpus = settings->vcpus;
	tables->lost = (const uint64_t *)probe->skel->bss->lost;
	tables->gone = &probe->skel->bss->gone;
	tables->census = &probe->skel->bss->census;
	tables->tb_mult = probe->skel->rodata->config.tb_mult;
	tables->tb_shift = probe->skel->rodata->config.tb_shift;
	return 0;
}

static int sample__write(void *context, void *data, size_t size)
{
	static const char *const names[] = DOORBELL_LATENCY_NAMES;
	const struct doorbell_sample *sample = data;
	struct probe *probe = context;

	if (size < sizeof(*sample) || sample->kind >= DOORBELL_LATENCIES)
		return 0;
	if (fprintf(probe->samples, "%" PRIu64 " %u %s %" PRIu64 "\n", sample->vm_seq,
		    sample->vcore, names[sample->kind], sample->value_ns) < 0)
		return -errno;
	return 0;
}

static int probe__record(struct probe *probe, const struct probe_settings *settings)
{
	if (!settings->samples)
		return 0;
	probe->samples = fopen(settings->samples, "we");
	if (!probe->samples)
		return -errno;
	probe->ring = ring_buffer__new(bpf_map__fd(probe->skel->maps.ring), sample__write, probe,
				       NULL);
	return probe->ring ? 0 : -errno;
}

/* Runs an iterator program to its end; what it finds goes into the tables. */
static int iterator__run(struct bpf_link *link)
{
	int fd = bpf_iter_create(bpf_link__fd(link)), err = 0;
	char text[64];
	ssize_t got;

	if (fd < 0)
		return -errno;
	do {
		got = read(fd, text, sizeof(text));
	} while (got > 0 || (got < 0 && errno == EAGAIN));
	if (got < 0)
		err = -errno;
	close(fd);
	return err;
}

int probe__look(const struct probe *probe, struct tables *tables)
{
	if (!probe->look)
		return 0;
	tables->doorbells = true;
	tables->timebase_begin_ns = timebase__begin_ns(tables->tb_mult, tables->tb_shift);
	return iterator__run(probe->look);
}

/* By this thread, which has just been woken and got its CPU. */
static int clock__estimate(const struct probe *probe, struct tables *tables)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);
	int err = bpf_prog_test_run_opts(bpf_program__fd(probe->skel->progs.on_clock), &options);
	uint64_t now_ns = (timebase__now() * tables->tb_mult) >> tables->tb_shift;

	if (!err)
		tables->sched_begin_ns = sched_clock__bound(tables->sched_begin_ns,
							    probe->skel->bss->sched_arrived_ns, now_ns);
	return err;
}

int probe__tell_clock(const struct probe *probe, struct tables *tables)
{
	uint64_t begin_ns;
	int err;

	tables->timebase_begin_ns = timebase__begin_ns(tables->tb_mult, tables->tb_shift);
	err = probe->skel->bss->sched_begin_tb ? 0 : clock__estimate(probe, tables);
	begin_ns = tables->sched_begin_ns;
	/* Rows of a kernel with doorbell tracepoints have the timebase for their clock. */
	if (begin_ns && !probe->look)
		begin_ns += tables->timebase_begin_ns;
	__atomic_store_n(&probe->skel->bss->sched_begin_ns, begin_ns, __ATOMIC_RELAXED);
	return err;
}

int probe__look_at(const struct probe *probe, const uint32_t *index, uint32_t count,
		   const struct doorbell_look **ret_look)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);

	if (count > DOORBELL_LOOKS)
		return -EINVAL;
	memcpy(probe->skel->bss->look_rows, index, count * sizeof(*index));
	probe->skel->bss->look_count = count;
	*ret_look = probe->looks;
	return bpf_prog_test_run_opts(bpf_program__fd(probe->skel->progs.on_look_at), &options);
}

static int vcpu_file__take(void *context, int fd, uint32_t pid)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);
	const struct probe *probe = context;

	probe->skel->bss->vcpu_fd = fd;
	probe->skel->bss->vcpu_tgid = pid;
	return bpf_prog_test_run_opts(bpf_program__fd(probe->skel->progs.on_fd), &options);
}

static struct bpf_link *plan_row__attach(const struct probe *probe, struct bpf_program *program,
					 const struct plan_row *row)
{
	union bpf_iter_link_info info = { .map.map_fd = bpf_map__fd(probe->skel->maps.vcpus) };
	const struct bpf_iter_attach_opts options = {
		.sz = sizeof(options), .link_info = &info, .link_info_len = sizeof(info),
	};

	/* A module's function, whose name stands more than once in the kernel. */
	if (!strcmp(row->how, "kprobe") && strchr(row->probe, ':'))
		return bpf_program__attach_kprobe(program, false, row->probe);
	if (strcmp(row->program, "on_look"))
		return bpf_program__attach(program);
	return bpf_program__attach_iter(program, &options);
}

/* An estimate has to wait for a tick: this thread has had its CPU for who knows how long. */
static int probe__read_clock(struct probe *probe)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);
	int err = bpf_prog_test_run_opts(bpf_program__fd(probe->skel->progs.on_clock), &options);
	uint64_t begin_tb = probe->skel->bss->sched_begin_tb;
	struct tables *tables = &probe->tables;

	if (err || !begin_tb)
		return err;
	tables->sched_begin_ns = (begin_tb * tables->tb_mult) >> tables->tb_shift;
	return probe__tell_clock(probe, tables);
}

static int probe__attach(struct probe *probe)
{
	int err;

	for (size_t i = 0; i < PLAN_ROWS; i++) {
		struct bpf_program *program = probe__program(probe, i);

		err = 0;
		if (!bpf_program__autoload(program))
			continue;
		step = plan[i].probe;
		if (!strcmp(plan[i].how, "pidfd")) {
			err = vcpu_files__each(vcpu_file__take, probe);
			if (err)
				return err;
			continue;
		}
		probe->link[i] = plan_row__attach(probe, program, &plan[i]);
		if (!probe->link[i])
			return -errno;
		if (!strcmp(plan[i].program, "on_look"))
			probe->look = probe->link[i];
		else if (!strcmp(plan[i].how, "iterator"))
			err = iterator__run(probe->link[i]);
		if (err)
			return err;
	}
	step = "reading the scheduler's clock";
	err = probe__read_clock(probe);
	if (err)
		return err;
	step = "looking for what waits";
	/* Before, too: what waits now may be cleared before the look behind it comes to it. */
	err = probe__look(probe, &probe->tables);
	if (err)
		return err;
	probe->skel->data->since_tb = timebase__now();
	return probe__look(probe, &probe->tables);
}

/* plain.bpf.c is observe.bpf.c with other reads, so its skeleton has the same members. */
#define SAME(member)                                                                     \
	_Static_assert(offsetof(struct observe_bpf, member) == offsetof(struct plain_bpf, member), \
		       "the two objects differ in more than their reads")
SAME(maps.bss);
SAME(progs.on_fd);
SAME(progs.on_look_at);
SAME(bss);
_Static_assert(sizeof(*((struct observe_bpf *)0)->bss) == sizeof(*((struct plain_bpf *)0)->bss),
	       "the two objects differ in their variables");

static int object__open(const struct capabilities *capabilities, struct observe_bpf **ret_skel)
{
	struct bpf_object_open_opts options = {
		.sz = sizeof(options), .btf_custom_path = capabilities->btf_file.path,
	};

	*ret_skel = options.btf_custom_path[0] ? (void *)plain_bpf__open_opts(&options) :
						 observe_bpf__open();
	return *ret_skel ? 0 : -errno;
}

int probe__open(const struct probe_settings *settings, const struct capabilities *capabilities,
		struct probe **ret_probe)
{
	struct probe *probe = calloc(1, sizeof(*probe));
	int err = -ENOMEM;

	if (!probe)
		return err;
	step = "opening the BPF object";
	probe->capabilities = capabilities;
	err = object__open(capabilities, &probe->skel);
	if (err)
		goto out;
	step = "configuring the BPF object";
	err = probe__configure(probe, settings, capabilities);
	if (err)
		goto out;
	step = "loading the BPF programs";
	err = observe_bpf__load(probe->skel);
	if (err)
		goto out;
	step = "mapping the tables";
	err = probe__map(probe, settings);
	if (err)
		goto out;
	step = "opening the file of samples";
	err = probe__record(probe, settings);
	if (err)
		goto out;
	err = probe__attach(probe);
	if (err)
		goto out;
	*ret_probe = probe;
	return 0;
out:
	probe__close(probe);
	return err;
}

void probe__close(struct probe *probe)
{
	if (!probe)
		return;
	/* Backwards: what counts goes before what the counts lie in. */
	for (size_t i = PLAN_ROWS; i-- > 0;)
		bpf_link__destroy(probe->link[i]);
	if (probe->samples) {
		probe__drain(probe);
		fclose(probe->samples);
	}
	ring_buffer__free(probe->ring);
	if (probe->tables.vm)
		munmap(probe->tables.vm, probe->vm_bytes);
	if (probe->tables.vcpu)
		munmap(probe->tables.vcpu, probe->vcpu_bytes);
	if (probe->looks)
		munmap((void *)probe->looks, probe->looks_bytes);
	free(probe->vcore);
	observe_bpf__destroy(probe->skel);
	free(probe);
}

void probe__tables(const struct probe *probe, struct tables *ret_tables)
{
	*ret_tables = probe->tables;
}

/*
 * Runs that never were: the program was busy on that CPU, or BPF as a whole was. Where
 * tracepoints and trampolines leave preemption on (Linux 7.x), that may be another
 * vcpu's thread that lost the CPU in it.
 */
static uint64_t program__missed(const struct bpf_program *program)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);

	if (bpf_program__fd(program) < 0 ||
	    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
		return 0;
	return info.recursion_misses;
}

/*
 * Kprobe hits that found another kprobe at work on that CPU (Linux 6.7 and
 * later tell). bpf_link_info.perf_event.kprobe.missed, newer than our headers.
 */
static uint64_t link__missed(const struct bpf_link *link)
{
	struct {
		uint32_t type, id, prog_id, pad0;
		uint32_t event_type, pad1;
		uint64_t func_name;
		uint32_t name_len, offset;
		uint64_t addr, missed, cookie;
	} info = { 0 };
	struct {
		uint32_t fd, size;
		uint64_t info;
	} attr = { bpf_link__fd(link), sizeof(info), (uintptr_t)&info };

	if (syscall(__NR_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)))
		return 0;
	return info.missed;
}

static uint64_t row__missed(const struct probe *probe, size_t row)
{
	uint64_t missed;

	if (!probe->link[row])
		return 0;
	missed = program__missed(probe__program(probe, row));
	/*
	 * A kprobe is skipped when it is hit by an interrupt of another kprobe's
	 * handler. What we look for happens in threads, never there; only a
	 * kretprobe can miss it, by having too few instances.
	 */
	if (!strcmp(plan[row].how, "kretprobe"))
		missed += link__missed(probe->link[row]);
	return missed;
}

uint64_t probe__missed(const struct probe *probe)
{
	uint64_t missed = 0;

	/* What on_sync_queue misses is counted by on_sync_entry, exactly. */
	for (size_t i = 0; i < PLAN_ROWS; i++)
		if (strcmp(plan[i].program, "on_sync_queue"))
			missed += row__missed(probe, i);
	return missed;
}

uint64_t probe__memory_bytes(const struct probe *probe)
{
	return probe->vm_bytes + probe->vcore_bytes + probe->vcpu_bytes;
}

int probe__drain(struct probe *probe)
{
	int got;

	if (!probe->ring)
		return 0;
	got = ring_buffer__consume(probe->ring);
	if (got >= 0 && fflush(probe->samples))
		got = -errno;
	return got < 0 ? got : 0;
}

/* The same program is attached in another way on a plain kernel. */
static const char *row__how(const struct probe *probe, size_t row)
{
	enum bpf_prog_type type = bpf_program__type(probe__program(probe, row));

	return type == BPF_PROG_TYPE_RAW_TRACEPOINT ? "raw_tp" : plan[row].how;
}

void probe__write_plan(const struct probe *probe, struct json *json)
{
	json__array_begin(json, "plan");
	for (size_t i = 0; i < PLAN_ROWS; i++) {
		/* All that was loaded is attached. */
		bool attached = bpf_program__fd(probe__program(probe, i)) >= 0;

		/* The way that was not taken is no news; what cannot be shown is. */
		if (!attached && !plan_way__fits(plan[i].way, probe->capabilities))
			continue;
		json__object_begin(json, NULL);
		json__string(json, "probe", plan[i].probe);
		json__string(json, "program", plan[i].program);
		json__string(json, "how", row__how(probe, i));
		json__bool(json, "attached", attached);
		json__u64(json, "missed", row__missed(probe, i));
		json__string(json, "why", plan[i].why);
		json__object_end(json);
	}
	json__array_end(json);
}
