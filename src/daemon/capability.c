// SPDX-License-Identifier: GPL-2.0-only
/*
 * capability.c - the capability table. A probe asks one question and writes
 * what it found into detail; later rows may rely on earlier ones.
 */
#include "capability.h"
#include "vcpu_files.h"

#include <common/log.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/utsname.h>
#include <unistd.h>

#define CAP_SYS_ADMIN_BIT 21
#define CAP_DAC_READ_SEARCH_BIT 2
#define CAP_SYS_PTRACE_BIT 19
#define CAP_PERFMON_BIT 38
#define CAP_BPF_BIT 39

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

struct capability_row {
	const char *name;
	bool required;
	uint32_t after;		/* bits of rows without which there is no use in asking */
	const char *why;
	const char *hint;
	bool (*probe)(struct capabilities *all, struct capability *self);
};

#define AFTER(id) (1u << CAPABILITY_##id)

static void found(struct capability *self, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void found(struct capability *self, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(self->detail, sizeof(self->detail), format, args);
	va_end(args);
}

static bool not_needed(struct capability *self)
{
	found(self, "not needed: doorbells have tracepoints");
	return true;
}

/* Whether this is a kernel without BTF of its own, or taken for one. */
static bool plain(const struct capabilities *all)
{
	return all->btf_file.path[0];
}

/* First line of @path that begins with @prefix, without it; "" where there is none. */
static bool file__line(const char *path, const char *prefix, char *line, int size)
{
	FILE *in = fopen(path, "re");
	bool hit = false;

	while (in && !hit && fgets(line, size, in)) {
		line[strcspn(line, "\n")] = 0;
		hit = !strncmp(line, prefix, strlen(prefix));
	}
	if (in)
		fclose(in);
	return hit;
}

static bool probe_arch(struct capabilities *all, struct capability *self)
{
	struct utsname name;

	(void)all;
	uname(&name);
	found(self, "%s, Linux %.64s", name.machine, name.release);
	return !strcmp(name.machine, "ppc64le");
}

/*
 * Not from /proc/cpuinfo: to tell its frequency, PowerNV asks each CPU by an IPI,
 * which makes it leave its guest.
 */
static bool probe_hypervisor(struct capabilities *all, struct capability *self)
{
	const char *cpu = (const char *)getauxval(AT_BASE_PLATFORM);

	(void)all;
	if (!cpu || strcmp(cpu, "power9")) {
		found(self, "the CPU is no POWER9");
		return false;
	}
	if (access("/sys/firmware/devicetree/base/ibm,opal", F_OK)) {
		found(self, "POWER9, but this kernel runs under another hypervisor");
		return false;
	}
	found(self, "POWER9, bare metal (PowerNV)");
	return true;
}

static unsigned long long effective_capabilities(void)
{
	unsigned long long effective = 0;
	char line[128];

	if (file__line("/proc/self/status", "CapEff:", line, sizeof(line)))
		sscanf(line, "CapEff: %llx", &effective);
	return effective;
}

static bool probe_permission(struct capabilities *all, struct capability *self)
{
	unsigned long long effective = effective_capabilities();

	(void)all;
	/* Module BTF is found by walking all BTF ids: CAP_BPF alone may not. */
	if (effective >> CAP_SYS_ADMIN_BIT & 1) {
		found(self, "CAP_SYS_ADMIN");
		return true;
	}
	found(self, "CAP_SYS_ADMIN missing (CAP_BPF %s, CAP_PERFMON %s)",
	      effective >> CAP_BPF_BIT & 1 ? "there" : "missing",
	      effective >> CAP_PERFMON_BIT & 1 ? "there" : "missing");
	return false;
}

static bool probe_lockdown(struct capabilities *all, struct capability *self)
{
	char line[128];

	(void)all;
	if (!file__line("/sys/kernel/security/lockdown", "", line, sizeof(line))) {
		found(self, "not in use");
		return true;
	}
	found(self, "%s", line);
	return !strstr(line, "[confidentiality]");
}

static bool probe_btf(struct capabilities *all, struct capability *self)
{
	if (!all->btf_asked && !access(KERNEL_BTF, R_OK)) {
		found(self, KERNEL_BTF);
		return true;
	}
	if (!btf_file__find(&all->btf_file, all->btf_asked)) {
		found(self, "%s: some probes are dearer", all->btf_file.why);
		return true;
	}
	found(self, "%s%s", all->btf_asked ? "" : "no " KERNEL_BTF "; ", all->btf_file.why);
	return false;
}

static bool probe_kvm_hv(struct capabilities *all, struct capability *self)
{
	(void)all;
	found(self, "module kvm_hv");
	return !access("/sys/module/kvm_hv", F_OK);
}

static bool probe_kvm_hv_btf(struct capabilities *all, struct capability *self)
{
	if (plain(all)) {
		found(self, "not needed: what its tracepoints tell is fetched");
		return true;
	}
	found(self, "/sys/kernel/btf/kvm_hv");
	return !access("/sys/kernel/btf/kvm_hv", R_OK);
}

static bool probe_symbols(struct capabilities *all, struct capability *self)
{
	int err = symbols__load(&all->symbols);

	if (err == -EPERM)
		found(self, "/proc/kallsyms hides the addresses");
	else if (err)
		found(self, "/proc/kallsyms has no symbols of kvm and kvm_hv");
	else
		found(self, "%zu symbols of kvm and kvm_hv", all->symbols.count);
	return !err;
}

static bool btf__has_tracepoint(const struct btf *btf, const char *name)
{
	char type[96];

	snprintf(type, sizeof(type), "btf_trace_%s", name);
	return btf__find_by_name_kind(btf, type, BTF_KIND_TYPEDEF) > 0;
}

/* Arguments of a tracepoint, or -1: there is none of that name. */
static int btf__tracepoint_args(const struct btf *btf, const char *name)
{
	const struct btf_type *type;
	char typedef_name[96];
	int id;

	snprintf(typedef_name, sizeof(typedef_name), "btf_trace_%s", name);
	id = btf__find_by_name_kind(btf, typedef_name, BTF_KIND_TYPEDEF);
	type = id > 0 ? btf__type_by_id(btf, id) : NULL;
	type = type ? btf__type_by_id(btf, type->type) : NULL;
	type = type && btf_is_ptr(type) ? btf__type_by_id(btf, type->type) : NULL;
	/* The first parameter is the kernel's own. */
	return type && btf_is_func_proto(type) ? btf_vlen(type) - 1 : -1;
}

/* Without BTF a tracepoint is known by the function that calls its programs. */
static bool symbols__has_tracepoint(const struct symbols *symbols, const char *name)
{
	char function[96];

	snprintf(function, sizeof(function), "__traceiter_%s", name);
	return symbols__find(symbols, SYMBOLS_KVM_HV, function);
}

static bool probe_doorbells_plain(struct capabilities *all, struct capability *self)
{
	bool send = symbols__has_tracepoint(&all->symbols, "kvm_doorbell_send");

	if (send)
		found(self, "kvm_hv:kvm_doorbell_send, but no BTF of the kernel's own");
	else
		found(self, "not on this kernel: inferred from what a stock one has");
	return !send;
}

/*
 * What kernel-patch adds. All or nothing: KVM emulates doorbells in other places
 * there, where nothing that is inferred on a stock kernel would be right.
 */
static bool probe_doorbells_btf(struct capabilities *all, struct capability *self)
{
	static const struct {
		const char *name;
		int args;
	} events[] = {
		{ "kvm_doorbell_send", 6 }, { "kvm_doorbell_clear", 5 },
		{ "kvm_doorbell_tir", 4 }, { "kvm_doorbell_reject", 4 },
		{ "kvm_doorbell_consume", 6 }, { "kvm_dpdes_read", 5 },
		{ "kvm_dpdes_ipi_done", 5 }, { "kvmppc_vcpu_create", 1 },
		{ "kvmppc_vcpu_free", 1 },
	};
	const size_t count = sizeof(events) / sizeof(*events);
	struct btf *vmlinux = btf__load_vmlinux_btf();
	struct btf *module = vmlinux ? btf__load_module_btf("kvm_hv", vmlinux) : NULL;
	const char *missing = NULL;
	size_t have = 0;

	for (size_t i = 0; module && i < count; i++)
		if (btf__tracepoint_args(module, events[i].name) == events[i].args)
			have++;
		else
			missing = events[i].name;
	btf__free(module);
	btf__free(vmlinux);
	all->doorbells = have == count;
	if (have && missing)
		found(self, "kvm_hv:%s is missing, or not as we know it; others are there", missing);
	else
		found(self, "%s", have ? "kvm_hv:kvm_doorbell_*, kvm_hv:kvm_dpdes_*: exact; emulate and "
					 "dpdes_read end before the way back into the guest" :
					 "not on this kernel: inferred from what a stock one has");
	return !have || !missing;
}

static bool probe_doorbells(struct capabilities *all, struct capability *self)
{
	return plain(all) ? probe_doorbells_plain(all, self) : probe_doorbells_btf(all, self);
}

static bool probe_tracepoints(struct capabilities *all, struct capability *self)
{
	struct btf *vmlinux = plain(all) ? NULL : btf__load_vmlinux_btf();
	struct btf *module = vmlinux ? btf__load_module_btf("kvm_hv", vmlinux) : NULL;
	bool enter = symbols__has_tracepoint(&all->symbols, "kvm_guest_enter");
	bool leave = symbols__has_tracepoint(&all->symbols, "kvmppc_run_vcpu_exit");

	if (!plain(all)) {
		enter = module && btf__has_tracepoint(module, "kvm_guest_enter");
		leave = module && btf__has_tracepoint(module, "kvmppc_run_vcpu_exit");
	}
	btf__free(module);
	btf__free(vmlinux);
	if (all->doorbells)
		return not_needed(self);
	found(self, "kvm_hv:kvm_guest_enter %s, kvm_hv:kvmppc_run_vcpu_exit %s",
	      enter ? "there" : "missing", leave ? "there" : "missing");
	return enter && leave;
}

/* By a real attachment, to a function that the kernel keeps for this purpose. */
static bool probe_trampoline(struct capabilities *all, struct capability *self)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct bpf_prog_load_opts options = {
		.sz = sizeof(options), .expected_attach_type = BPF_TRACE_FENTRY,
	};
	struct btf *vmlinux = plain(all) ? NULL : btf__load_vmlinux_btf();
	int program = -1, link = -1;

	options.attach_btf_id = vmlinux ? btf__find_by_name_kind(vmlinux, "bpf_fentry_test1",
								 BTF_KIND_FUNC) :
					  0;
	btf__free(vmlinux);
	if (options.attach_btf_id > 0)
		program = bpf_prog_load(BPF_PROG_TYPE_TRACING, "trial", "GPL", nothing, 2, &options);
	if (program >= 0)
		link = bpf_raw_tracepoint_open(NULL, program);
	if (link >= 0)
		close(link);
	if (program >= 0)
		close(program);
	all->trampoline = link >= 0;
	found(self, all->trampoline ? "fentry and fexit" : "not on this kernel: kprobes do the same");
	/* Whether kprobes may is the next question; nothing is lost by them. */
	return true;
}

/*
 * A kprobe on the entry of a function goes through ftrace_regs_caller, which on
 * powerpc restores r13, the address of the CPU's own data. On a preemptible kernel
 * a thread can move to another CPU in between and comes back with the data of the
 * old one: the kernel dies soon (seen on 7.2: "stack-protector: Kernel stack is
 * corrupted"). So no kprobes there; trampolines leave r13 alone.
 */
static bool probe_kprobes(struct capabilities *all, struct capability *self)
{
	struct utsname name;

	if (all->doorbells)
		return not_needed(self);
	uname(&name);
	if (all->trampoline) {
		found(self, "not needed: trampolines do their work");
		return true;
	}
	if (strstr(name.version, "PREEMPT")) {
		found(self, "a preemptible kernel does not survive them on powerpc");
		return false;
	}
	found(self, "kprobe event source");
	return !access("/sys/bus/event_source/devices/kprobe/type", R_OK);
}

static bool probe_kick(struct capabilities *all, struct capability *self)
{
	static const char *const holders[] = {
		"kvmppc_emulate_doorbell_instr",	/* where a compiler did not inline it */
		"kvmppc_handle_exit_hv",
	};
	bool kick = symbols__find(&all->symbols, SYMBOLS_KVM_HV, "kvmppc_fast_vcpu_kick_hv");

	if (all->doorbells)
		return not_needed(self);
	for (size_t i = 0; i < sizeof(holders) / sizeof(*holders); i++)
		if (!symbols__range(&all->symbols, SYMBOLS_KVM_HV, holders[i], &all->emulate)) {
			found(self, "kvmppc_fast_vcpu_kick_hv %s, called from %s",
			      kick ? "there" : "missing", holders[i]);
			return kick;
		}
	found(self, "no function that holds the emulation");
	return false;
}

static bool probe_lifetime(struct capabilities *all, struct capability *self)
{
	if (all->doorbells)
		return not_needed(self);
	found(self, "kvm_arch_vcpu_create, kvm_arch_vcpu_destroy");
	return symbols__find(&all->symbols, SYMBOLS_KVM, "kvm_arch_vcpu_create") &&
	       symbols__find(&all->symbols, SYMBOLS_KVM, "kvm_arch_vcpu_destroy");
}

static bool probe_existing(struct capabilities *all, struct capability *self)
{
	if (plain(all)) {
		uint64_t effective = effective_capabilities();
		bool trace = effective >> CAP_SYS_PTRACE_BIT & 1, search = effective >> CAP_DAC_READ_SEARCH_BIT & 1;
		int err = vcpu_files__may();

		found(self, "files of the VMMs: CAP_SYS_PTRACE %s, CAP_DAC_READ_SEARCH %s, pidfd_getfd: %s",
		      trace ? "there" : "missing", search ? "there" : "missing", err ? strerror(-err) : "works");
		return trace && search && !err;
	}
	found(self, "kvm_vcpu_fops and a BPF iterator over open files");
	return symbols__find(&all->symbols, SYMBOLS_KVM, "kvm_vcpu_fops");
}

static bool probe_sync_ipi(struct capabilities *all, struct capability *self)
{
	struct btf *vmlinux = plain(all) ? NULL : btf__load_vmlinux_btf();
	bool csd = vmlinux && btf__has_tracepoint(vmlinux, "csd_queue_cpu") &&
		   btf__has_tracepoint(vmlinux, "csd_function_entry");
	bool func = symbols__find(&all->symbols, SYMBOLS_KVM_HV, "do_nothing");

	btf__free(vmlinux);
	if (all->doorbells)
		return not_needed(self);
	if (plain(all)) {
		found(self, "kprobes on smp_call_function_single and do_nothing of kvm_hv, which is %s",
		      func ? "there" : "missing");
		return func;
	}
	found(self, "csd tracepoints %s, do_nothing of kvm_hv %s", csd ? "there" : "missing",
	      func ? "there" : "missing");
	return csd && func;
}

/* An estimate serves for all that is shown, if not to the nanosecond: so nothing is missing. */
static bool probe_sched_clock(struct capabilities *all, struct capability *self)
{
	if (all->symbols.boot_tb)
		found(self, "exact, by boot_tb of the kernel");
	else
		found(self, "estimated: the kernel hides boot_tb (no CONFIG_KALLSYMS_ALL)");
	return true;
}

static bool probe_jit(struct capabilities *all, struct capability *self)
{
	char line[32] = "";

	(void)all;
	/* The file may be missing in a network namespace: then nothing is known. */
	if (!file__line("/proc/sys/net/core/bpf_jit_enable", "", line, sizeof(line))) {
		found(self, "unknown");
		return true;
	}
	found(self, "net.core.bpf_jit_enable = %s", line);
	return strcmp(line, "0");
}

static const struct capability_row table[CAPABILITIES] = {
	[CAPABILITY_ARCH] = {
		"arch", true, 0,
		"only ppc64le has KVM-HV, whose doorbells these are",
		"run p9doorbelld on the POWER9 host; p9doorbell can look at it from there only",
		probe_arch,
	},
	[CAPABILITY_HYPERVISOR] = {
		"hypervisor", true, AFTER(ARCH),
		"POWER9 KVM-HV emulates msgsndp; other CPUs and guests do not need to",
		"run p9doorbelld on a bare-metal POWER9 host",
		probe_hypervisor,
	},
	[CAPABILITY_PERMISSION] = {
		"permission", true, 0,
		"loading BPF programs and finding the BTF of a module",
		"run p9doorbelld as root (the systemd unit does)",
		probe_permission,
	},
	[CAPABILITY_LOCKDOWN] = {
		"lockdown", true, 0,
		"lockdown=confidentiality forbids BPF to read kernel memory",
		"boot without lockdown=confidentiality (integrity is fine)",
		probe_lockdown,
	},
	[CAPABILITY_BTF] = {
		"btf", true, 0,
		"BPF finds kernel fields by their BTF",
		"boot a kernel with CONFIG_DEBUG_INFO_BTF=y (Debian's 6.12 and later), or make BTF for "
		"this one from its debug package and give it with --btf: scripts/btf --help",
		probe_btf,
	},
	[CAPABILITY_KVM_HV] = {
		"kvm_hv", true, AFTER(HYPERVISOR),
		"the doorbell emulation lives in this module",
		"modprobe kvm-hv (on a machine that may run HV guests)",
		probe_kvm_hv,
	},
	[CAPABILITY_KVM_HV_BTF] = {
		"kvm_hv_btf", true, AFTER(KVM_HV) | AFTER(BTF),
		"the tracepoints of guest entry and exit are described there",
		"boot a kernel with CONFIG_DEBUG_INFO_BTF_MODULES=y",
		probe_kvm_hv_btf,
	},
	[CAPABILITY_SYMBOLS] = {
		"symbols", true, AFTER(KVM_HV),
		"telling a doorbell's kick from any other kick",
		"run as root, or set kernel.kptr_restrict to 1 and give CAP_SYSLOG",
		probe_symbols,
	},
	[CAPABILITY_DOORBELLS] = {
		"doorbells", true, AFTER(KVM_HV_BTF),
		"exact numbers, and no cost where no doorbell is",
		"use the p9doorbelld that belongs to this kernel's patches, and CONFIG_DEBUG_INFO_BTF=y",
		probe_doorbells,
	},
	[CAPABILITY_TRACEPOINTS] = {
		"tracepoints", true, AFTER(KVM_HV_BTF),
		"guest entries and emulated instructions",
		"use a kernel with the kvm_hv tracepoints (3.19 and later) and their BTF",
		probe_tracepoints,
	},
	[CAPABILITY_TRAMPOLINE] = {
		"trampoline", false, AFTER(BTF) | AFTER(PERMISSION),
		"cheaper probes than kprobes, and the only safe ones on a preemptible kernel",
		"boot a kernel with BTF",
		probe_trampoline,
	},
	[CAPABILITY_KPROBES] = {
		"kprobes", true, 0,
		"posted doorbells, birth and death of vcpus",
		"boot a kernel with CONFIG_KPROBE_EVENTS=y and without full preemption, or one "
		"with BPF trampolines (6.13 and later)",
		probe_kprobes,
	},
	[CAPABILITY_KICK] = {
		"kick", true, AFTER(SYMBOLS),
		"a kick by the emulation is a posted doorbell",
		"report this kernel: its compiler left no function to probe",
		probe_kick,
	},
	[CAPABILITY_LIFETIME] = {
		"lifetime", true, AFTER(SYMBOLS),
		"rows come and go with their vcpus",
		"report this kernel: the functions have other names",
		probe_lifetime,
	},
	[CAPABILITY_EXISTING] = {
		"existing", false, AFTER(SYMBOLS),
		"VMs that were started before the daemon",
		"boot a kernel with CONFIG_KALLSYMS_ALL=y (without BTF: allow CAP_SYS_PTRACE, "
		"CAP_DAC_READ_SEARCH and pidfd_getfd, see p9doorbelld.service), or start the daemon before the VMs",
		probe_existing,
	},
	[CAPABILITY_SYNC_IPI] = {
		"sync_ipi", false, AFTER(SYMBOLS) | AFTER(BTF),
		"sync IPIs of DPDES reads",
		"use Linux 6.5 or later: it has the csd tracepoints",
		probe_sync_ipi,
	},
	[CAPABILITY_SCHED_CLOCK] = {
		"sched_clock", false, AFTER(SYMBOLS),
		"stages of a doorbell, and where the time of a stall went, without an estimate in them",
		"boot a kernel with CONFIG_KALLSYMS_ALL=y",
		probe_sched_clock,
	},
	[CAPABILITY_JIT] = {
		"jit", false, 0,
		"without it each probe costs ten times as much",
		"sysctl net.core.bpf_jit_enable=1",
		probe_jit,
	},
};

void capabilities__probe(struct capabilities *all, uint32_t wanted, const char *btf)
{
	uint32_t missing = 0;

	*all = (struct capabilities){ .btf_asked = btf };
	for (int i = 0; i < CAPABILITIES; i++) {
		struct capability *self = &all->row[i];

		/* One cause is one message: what follows from it is not asked. */
		self->asked = !(table[i].after & missing) && wanted >> i & 1;
		self->ok = !(wanted >> i & 1);
		if (self->asked)
			self->ok = table[i].probe(all, self);
		else
			found(self, "not asked%s", self->ok ? "" : ": see above");
		if (!self->ok)
			missing |= 1u << i;
	}
}

int capabilities__drop(struct capabilities *all, const char *name)
{
	for (int i = 0; i < CAPABILITIES; i++) {
		if (table[i].required || strcmp(table[i].name, name))
			continue;
		all->row[i].ok = false;
		found(&all->row[i], "declined by --without");
		/* What would do their work has to be there, and may not be safe. */
		if (i == CAPABILITY_TRAMPOLINE && all->trampoline) {
			all->trampoline = false;
			all->row[CAPABILITY_KPROBES].ok = probe_kprobes(all, &all->row[CAPABILITY_KPROBES]);
		}
		return 0;
	}
	return -ENOENT;
}

void capabilities__free(struct capabilities *all)
{
	symbols__free(&all->symbols);
}

int capabilities__verdict(const struct capabilities *all)
{
	int verdict = 0;

	for (int i = 0; i < CAPABILITIES; i++)
		if (!all->row[i].ok && verdict < 2)
			verdict = table[i].required ? 2 : 1;
	return verdict;
}

void capabilities__print(const struct capabilities *all, FILE *out)
{
	static const char *const verdict[] = {
		"everything can be shown",
		"usable, some things cannot be shown",
		"not usable",
	};

	for (int i = 0; i < CAPABILITIES; i++) {
		const struct capability_row *row = &table[i];
		const char *state = !all->row[i].asked ? "-" :
				    all->row[i].ok     ? "ok" :
				    row->required      ? "MISSING" :
							 "missing";

		fprintf(out, "%-8s %-12s %s\n", state, row->name, all->row[i].detail);
		if (all->row[i].asked && !all->row[i].ok)
			fprintf(out, "%21s needed for: %s\n%21s do: %s\n", "", row->why, "", row->hint);
	}
	fprintf(out, "%s\n", verdict[capabilities__verdict(all)]);
}

void capabilities__log_missing(const struct capabilities *all, uint32_t more)
{
	for (int i = 0; i < CAPABILITIES; i++) {
		if (all->row[i].ok || !all->row[i].asked || !(table[i].required || more >> i & 1))
			continue;
		log__error("%s is missing: %s (needed for: %s)", table[i].name, all->row[i].detail,
			   table[i].why);
		log__hint("%s", table[i].hint);
	}
}

void capabilities__write(const struct capabilities *all, struct json *json)
{
	json__array_begin(json, "capabilities");
	for (int i = 0; i < CAPABILITIES; i++) {
		json__object_begin(json, NULL);
		json__string(json, "name", table[i].name);
		json__bool(json, "ok", all->row[i].ok);
		json__bool(json, "asked", all->row[i].asked);
		json__bool(json, "required", table[i].required);
		json__string(json, "what", all->row[i].detail);
		json__string(json, "why", table[i].why);
		json__string(json, "hint", table[i].hint);
		json__object_end(json);
	}
	json__array_end(json);
}
