// SPDX-License-Identifier: GPL-2.0-only
/*
 * init of the real Linux guest: load first, then the truth.
 *
 * Runs as pid 1 of a Debian kernel, makes the kernel send IPIs (a Linux guest
 * with XICS sends each IPI between SMT siblings as one msgsndp), and prints what
 * the guest itself counted, one JSON object a line with the prefix P9GUEST.
 *
 * A count that still moves cannot be compared with an observer. So the two lines
 * that matter, "base" and "final", are printed PARKED: every CPU but 0 is offline,
 * CPU 0 has nobody left to send to, and the counts stand still until power-off.
 * Offline CPUs vanish from /proc/interrupts, so their counts are read from kernel
 * memory through /proc/kcore, at the address the build took from the kernel's BTF;
 * that reader is checked against /proc/interrupts each time all CPUs are online.
 *
 * Kernel command line, all optional:
 *   p9.name=NAME            repeated in each line
 *   p9.phases=LIST          of ring, shootdown, migrate, idle
 *   p9.secs=S               length of one phase
 *   p9.loop=1               repeat the phases until the console says "stop"
 *   p9.total=S              repeat them for S seconds
 *   p9.doorbells=N          repeat them until N doorbells were delivered under load
 *   p9.base=1               park, print "base" and wait for "go" before the load
 *   p9.hold=1               stay parked after "final" until the console says "off"
 *   p9.trace=1              count sends by (source, target) with a kprobe histogram
 *   p9.dbl=HEX p9.percpu=HEX   irq_stat.doorbell_irqs and __per_cpu_offset
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#define MAX_CPUS	16
#define TRACING		"/sys/kernel/tracing/"
#define SEND_EVENT	TRACING "events/p9/send/"

struct options {
	char name[32];
	char phases[128];
	double phase_s;
	double total_s;
	uint64_t doorbells;
	bool loop, base, hold, trace;
	uint64_t dbl_addr, percpu_addr;
};

/* One row of /proc/interrupts, by CPU number; an offline CPU has no column. */
struct irq_row {
	uint64_t count[MAX_CPUS];
	bool found;
};

struct interrupts {
	struct irq_row dbl, ipi, loc, spu;
};

struct sends {
	uint64_t to[MAX_CPUS][MAX_CPUS];
	uint64_t missed;
	bool valid;
};

struct phase {
	const char *name;
	const char *unit;
	void *(*worker)(void *cpu);	/* one pinned thread per CPU from first_cpu on */
	int first_cpu;
	void (*step)(struct phase *p);	/* what CPU 0's thread does again and again */
	uint64_t work;
	double spent_s;
};

static struct options opt = { .name = "guest", .phases = "ring,shootdown,migrate", .phase_s = 2 };
static int nr_cpus;
static bool stop_asked;		/* "stop" was read from the console */
static bool workers_stop;
static char trouble[160];	/* first thing that makes the truth inexact; empty: exact */

static void complain(const char *fmt, ...)
{
	va_list ap;

	if (trouble[0])
		return;
	va_start(ap, fmt);
	vsnprintf(trouble, sizeof(trouble), fmt, ap);
	va_end(ap);
}

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int read_text(const char *path, char *buf, size_t size)
{
	ssize_t got, total = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	buf[0] = 0;
	if (fd < 0)
		return -errno;
	while ((got = read(fd, buf + total, size - 1 - (size_t)total)) > 0)
		total += got;
	close(fd);
	buf[total] = 0;
	return got < 0 ? -EIO : (int)total;
}

static int write_text(const char *path, const char *text)
{
	int ret = 0, fd = open(path, O_WRONLY | O_CLOEXEC | O_APPEND);

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		complain("cannot run on cpu %d: %s", cpu, strerror(errno));
}

/* ---- options ---------------------------------------------------------- */

static void options__parse(struct options *o)
{
	char line[2048], *save = NULL, *word;

	read_text("/proc/cmdline", line, sizeof(line));
	for (word = strtok_r(line, " \n", &save); word; word = strtok_r(NULL, " \n", &save)) {
		char *value = strchr(word, '=');

		if (strncmp(word, "p9.", 3) || !value)
			continue;
		*value++ = 0;
		word += 3;
		if (!strcmp(word, "name"))
			snprintf(o->name, sizeof(o->name), "%s", value);
		else if (!strcmp(word, "phases"))
			snprintf(o->phases, sizeof(o->phases), "%s", value);
		else if (!strcmp(word, "secs"))
			o->phase_s = atof(value);
		else if (!strcmp(word, "total"))
			o->total_s = atof(value);
		else if (!strcmp(word, "doorbells"))
			o->doorbells = strtoull(value, NULL, 10);
		else if (!strcmp(word, "loop"))
			o->loop = atoi(value);
		else if (!strcmp(word, "base"))
			o->base = atoi(value);
		else if (!strcmp(word, "hold"))
			o->hold = atoi(value);
		else if (!strcmp(word, "trace"))
			o->trace = atoi(value);
		else if (!strcmp(word, "dbl"))
			o->dbl_addr = strtoull(value, NULL, 16);
		else if (!strcmp(word, "percpu"))
			o->percpu_addr = strtoull(value, NULL, 16);
		else
			complain("unknown option p9.%s", word);
	}
}

/* ---- console: one command a line --------------------------------------- */

/*
 * Reads what is there, up to the deadline, and says whether the line WORD came.
 * A "stop" is remembered whenever it comes.
 */
static bool console__wait(const char *word, int wait_ms)
{
	static char line[64];
	static size_t used;
	struct pollfd pfd = { .fd = 0, .events = POLLIN };
	char c;

	while (poll(&pfd, 1, wait_ms) > 0 && read(0, &c, 1) == 1) {
		if (c != '\n' && c != '\r') {
			if (used < sizeof(line) - 1)
				line[used++] = c;
			continue;
		}
		line[used] = 0;
		used = 0;
		if (!strcmp(line, "stop"))
			stop_asked = true;
		if (!strcmp(line, word))
			return true;
	}
	return false;
}

/* No echo: a line of ours must never be torn by the echo of a command. */
static void console__prepare(void)
{
	struct termios t;

	setvbuf(stdout, NULL, _IOFBF, 16384);
	if (!tcgetattr(0, &t)) {
		t.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
		tcsetattr(0, TCSANOW, &t);
	}
}

/* ---- what the guest counted -------------------------------------------- */

static void parse_row(struct irq_row *row, char *text, const int *cpu_of_column, int columns)
{
	int i;

	if (row->found)		/* LOC comes twice: the first one is the tick */
		return;
	for (i = 0; i < columns; i++)
		row->count[cpu_of_column[i]] = strtoull(text, &text, 10);
	row->found = true;
}

static void interrupts__read(struct interrupts *irqs)
{
	int cpu_of_column[MAX_CPUS], columns = 0, cpu;
	char *save = NULL, *line, *word, *colon;
	static char text[32768];

	memset(irqs, 0, sizeof(*irqs));
	if (read_text("/proc/interrupts", text, sizeof(text)) <= 0) {
		complain("cannot read /proc/interrupts");
		return;
	}
	line = strtok_r(text, "\n", &save);
	for (word = line; (word = strstr(word, "CPU")) && columns < MAX_CPUS;) {
		cpu = (int)strtol(word + 3, &word, 10);
		if (cpu < MAX_CPUS)
			cpu_of_column[columns++] = cpu;
	}
	while ((line = strtok_r(NULL, "\n", &save))) {
		colon = strchr(line, ':');
		if (!colon)
			continue;
		if (strstr(line, "DBL:"))
			parse_row(&irqs->dbl, colon + 1, cpu_of_column, columns);
		else if (strstr(line, "LOC:"))
			parse_row(&irqs->loc, colon + 1, cpu_of_column, columns);
		else if (strstr(line, "SPU:"))
			parse_row(&irqs->spu, colon + 1, cpu_of_column, columns);
		else if (strlen(line) > 4 && !strcmp(line + strlen(line) - 4, " IPI"))
			parse_row(&irqs->ipi, colon + 1, cpu_of_column, columns);
	}
}

/* Reads kernel memory at a virtual address: finds its segment in /proc/kcore. */
static int kcore__read(uint64_t addr, void *to, size_t size)
{
	int i, ret = -ENOENT, fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	Elf64_Ehdr eh;
	Elf64_Phdr ph;

	if (fd < 0)
		return -errno;
	if (pread(fd, &eh, sizeof(eh), 0) != sizeof(eh))
		goto out;
	for (i = 0; i < eh.e_phnum; i++) {
		off_t at = (off_t)(eh.e_phoff + (uint64_t)i * sizeof(ph));

		if (pread(fd, &ph, sizeof(ph), at) != sizeof(ph))
			goto out;
		if (ph.p_type != PT_LOAD || addr < ph.p_vaddr ||
		    addr + size > ph.p_vaddr + ph.p_memsz)
			continue;
		at = (off_t)(ph.p_offset + addr - ph.p_vaddr);
		ret = pread(fd, to, size, at) == (ssize_t)size ? 0 : -EIO;
		goto out;
	}
out:
	close(fd);
	return ret;
}

/* The DBL count of each CPU, online or not. */
static int doorbells__read(uint64_t *count)
{
	uint64_t offset;
	uint32_t value;
	int cpu, ret;

	if (!opt.dbl_addr || !opt.percpu_addr)
		return -ENODATA;
	for (cpu = 0; cpu < nr_cpus; cpu++) {
		ret = kcore__read(opt.percpu_addr + 8 * (uint64_t)cpu, &offset, sizeof(offset));
		if (!ret)
			ret = kcore__read(opt.dbl_addr + offset, &value, sizeof(value));
		if (ret)
			return ret;
		count[cpu] = value;
	}
	return 0;
}

/* All CPUs online: the memory reader must agree with /proc/interrupts. */
static void doorbells__check(void)
{
	struct interrupts before, after;
	uint64_t count[MAX_CPUS];
	int cpu, ret;

	interrupts__read(&before);
	ret = doorbells__read(count);
	interrupts__read(&after);
	if (ret) {
		complain("cannot read doorbell counts from kernel memory: %s", strerror(-ret));
		return;
	}
	for (cpu = 0; cpu < nr_cpus; cpu++)
		if (count[cpu] < before.dbl.count[cpu] || count[cpu] > after.dbl.count[cpu])
			complain("cpu %d: kernel memory says %llu doorbells, /proc/interrupts %llu to %llu",
				 cpu, (unsigned long long)count[cpu],
				 (unsigned long long)before.dbl.count[cpu],
				 (unsigned long long)after.dbl.count[cpu]);
}

static int sends__start(void)
{
	int ret;

	mount("tracefs", TRACING, "tracefs", 0, NULL);
	ret = write_text(TRACING "kprobe_events", "p:p9/send dbell_or_ic_cause_ipi target=%gpr3:u32\n");
	if (!ret)
		ret = write_text(SEND_EVENT "trigger", "hist:keys=common_cpu,target\n");
	return ret;
}

static void sends__read(struct sends *s)
{
	unsigned int from, to;
	unsigned long long hits, missed;
	static char text[32768];
	char *save = NULL, *line;

	memset(s, 0, sizeof(*s));
	if (!opt.trace || read_text(SEND_EVENT "hist", text, sizeof(text)) <= 0)
		return;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "{ common_cpu: %u, target: %u } hitcount: %llu", &from, &to, &hits) == 3 &&
		    from < MAX_CPUS && to < MAX_CPUS)
			s->to[from][to] = hits;
	if (read_text(TRACING "kprobe_profile", text, sizeof(text)) > 0 &&
	    sscanf(text, " p9/send %llu %llu", &hits, &missed) == 2)
		s->missed = missed;
	s->valid = true;
}

/* ---- the lines ---------------------------------------------------------- */

static void print_counts(const char *key, const uint64_t *count)
{
	int i;

	printf("\"%s\":[", key);
	for (i = 0; i < nr_cpus; i++)
		printf("%s%llu", i ? "," : "", (unsigned long long)count[i]);
	printf("],");
}

static void print_sends(void)
{
	struct sends s;
	int i, j;

	sends__read(&s);
	if (!s.valid)
		return;
	printf("\"sends_missed\":%llu,\"sends\":[", (unsigned long long)s.missed);
	for (i = 0; i < nr_cpus; i++) {
		for (j = 0; j < nr_cpus; j++)
			printf("%s%llu", j ? "," : i ? ",[" : "[", (unsigned long long)s.to[i][j]);
		printf("]");
	}
	printf("],");
}

static void line__begin(const char *at)
{
	printf("\nP9GUEST {\"v\":1,\"name\":\"%s\",\"at\":\"%s\",", opt.name, at);
}

static void line__end(void)
{
	printf("\"uptime_s\":%.2f}\n", now_s());
	fflush(stdout);
	tcdrain(1);
}

static void say_boot(void)
{
	char text[8192], siblings[64] = "", *mmu, *end;
	struct interrupts irqs;
	struct utsname u;

	uname(&u);
	read_text("/proc/cpuinfo", text, sizeof(text));
	mmu = strstr(text, "MMU");
	mmu = mmu ? strchr(mmu, ':') + 2 : text;
	mmu[strcspn(mmu, "\n")] = 0;
	read_text("/sys/devices/system/cpu/cpu0/topology/thread_siblings_list", siblings,
		  sizeof(siblings));
	end = siblings + strcspn(siblings, "\n");
	*end = 0;
	interrupts__read(&irqs);
	line__begin("boot");
	printf("\"kernel\":\"%s\",\"page_size\":%ld,\"cpus\":%d,\"cpu0_siblings\":\"%s\",\"mmu\":\"%s\",",
	       u.release, sysconf(_SC_PAGESIZE), nr_cpus, siblings, mmu);
	print_counts("dbl", irqs.dbl.count);
	print_counts("ipi", irqs.ipi.count);
	line__end();
}

static void say_phase(const struct phase *p, uint64_t work, double spent_s)
{
	struct interrupts irqs;

	interrupts__read(&irqs);
	line__begin("phase");
	printf("\"phase\":\"%s\",\"%s\":%llu,\"spent_s\":%.2f,", p->name, p->unit,
	       (unsigned long long)work, spent_s);
	print_counts("dbl", irqs.dbl.count);
	print_counts("ipi", irqs.ipi.count);
	print_counts("loc", irqs.loc.count);
	print_counts("spu", irqs.spu.count);
	line__end();
}

/* ---- parking ------------------------------------------------------------- */

static int cpu__set_online(int cpu, bool online)
{
	char path[64];
	int ret;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
	ret = write_text(path, online ? "1" : "0");
	if (ret)
		complain("cpu %d does not go %s: %s", cpu, online ? "online" : "offline", strerror(-ret));
	return ret;
}

static void say_parked(const char *at, const struct phase *phases)
{
	uint64_t count[MAX_CPUS] = { 0 };
	struct interrupts open_irqs;
	const struct phase *p;
	double start_s;
	int cpu, ret;

	doorbells__check();
	interrupts__read(&open_irqs);
	start_s = now_s();
	pin(0);
	for (cpu = nr_cpus - 1; cpu > 0; cpu--)
		cpu__set_online(cpu, false);
	ret = doorbells__read(count);
	if (ret)
		memcpy(count, open_irqs.dbl.count, sizeof(count));
	line__begin(at);
	printf("\"exact\":%s,\"trouble\":\"%s\",\"cpus\":%d,\"park_s\":%.2f,",
	       trouble[0] ? "false" : "true", trouble, nr_cpus, now_s() - start_s);
	print_counts("dbl", count);
	print_counts("dbl_before_park", open_irqs.dbl.count);
	print_counts("ipi_before_park", open_irqs.ipi.count);
	print_sends();
	for (p = phases; p->name; p++)
		if (p->work)
			printf("\"%s\":%llu,", p->unit, (unsigned long long)p->work);
	line__end();
}

static void unpark(void)
{
	int cpu;

	for (cpu = 1; cpu < nr_cpus; cpu++)
		cpu__set_online(cpu, true);
}

/* ---- load ---------------------------------------------------------------- */

static struct ring_slot {
	int token;
	uint64_t hops;
} __attribute__((aligned(128))) ring[MAX_CPUS];

static long futex(int *word, int op, int value, const struct timespec *timeout)
{
	return syscall(SYS_futex, word, op, value, timeout, NULL, 0);
}

static bool stopped(void)
{
	return __atomic_load_n(&workers_stop, __ATOMIC_RELAXED);
}

static void *ring_worker(void *arg)
{
	const struct timespec patience = { .tv_nsec = 50000000 };	/* sees stopped() in time */
	struct ring_slot *me = &ring[(long)arg], *next = &ring[((long)arg + 1) % nr_cpus];

	pin((int)(long)arg);
	while (!stopped()) {
		if (!__atomic_load_n(&me->token, __ATOMIC_ACQUIRE)) {
			futex(&me->token, FUTEX_WAIT_PRIVATE, 0, &patience);
			continue;
		}
		__atomic_store_n(&me->token, 0, __ATOMIC_RELEASE);
		__atomic_store_n(&next->token, 1, __ATOMIC_RELEASE);
		futex(&next->token, FUTEX_WAKE_PRIVATE, 1, NULL);
		me->hops++;
	}
	return NULL;
}

static void ring_step(struct phase *p)
{
	int i;
	uint64_t hops = 0;

	if (!p->work) {
		__atomic_store_n(&ring[0].token, 1, __ATOMIC_RELEASE);
		futex(&ring[0].token, FUTEX_WAKE_PRIVATE, 1, NULL);
	}
	usleep(20000);
	for (i = 0; i < nr_cpus; i++)
		hops += ring[i].hops;
	p->work = hops + 1;	/* never 0 again: the token is put in once */
}

static void *spin_worker(void *arg)
{
	pin((int)(long)arg);
	while (!stopped())
		__asm__ volatile("" ::: "memory");
	return NULL;
}

/* Both IPI the CPUs that run threads of this mm: one for the barrier, some for the TLB. */
static void shootdown_step(struct phase *p)
{
	static char *area;
	const size_t size = 1 << 16;
	size_t i;

	if (!area) {
		area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
	}
	syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
	for (i = 0; i < size; i += 4096)
		area[i] = 1;
	mprotect(area, size, PROT_READ);
	mprotect(area, size, PROT_READ | PROT_WRITE);
	madvise(area, size, MADV_DONTNEED);
	p->work++;
}

static void migrate_step(struct phase *p)
{
	pin((int)(p->work++ % (uint64_t)nr_cpus));
}

static void idle_step(struct phase *p)
{
	usleep(100000);
	p->work++;
}

static struct phase phases[] = {
	{ .name = "ring", .unit = "ring_hops", .worker = ring_worker, .step = ring_step },
	{ .name = "shootdown", .unit = "shootdown_rounds", .worker = spin_worker, .first_cpu = 1,
	  .step = shootdown_step },
	{ .name = "migrate", .unit = "migrations", .step = migrate_step },
	{ .name = "idle", .unit = "idle_ticks", .step = idle_step },
	{ 0 },
};

static struct phase *phase__find(const char *name)
{
	struct phase *p;

	for (p = phases; p->name; p++)
		if (!strcmp(p->name, name))
			return p;
	complain("no phase %s", name);
	return NULL;
}

static void phase__run(struct phase *p, double until_s)
{
	pthread_t thread[MAX_CPUS];
	double start_s = now_s();
	uint64_t work = p->work;
	long cpu;

	if (until_s > start_s + opt.phase_s)
		until_s = start_s + opt.phase_s;
	__atomic_store_n(&workers_stop, false, __ATOMIC_RELAXED);
	for (cpu = p->first_cpu; p->worker && cpu < nr_cpus; cpu++)
		if (pthread_create(&thread[cpu], NULL, p->worker, (void *)cpu))
			abort();
	while (now_s() < until_s && !stop_asked) {
		p->step(p);
		console__wait("stop", 0);
	}
	__atomic_store_n(&workers_stop, true, __ATOMIC_RELAXED);
	for (cpu = p->first_cpu; p->worker && cpu < nr_cpus; cpu++)
		pthread_join(thread[cpu], NULL);
	pin(0);
	say_phase(p, p->work - work, now_s() - start_s);
}

static uint64_t doorbells_delivered(void)
{
	struct interrupts irqs;
	uint64_t sum = 0;
	int cpu;

	interrupts__read(&irqs);
	for (cpu = 0; cpu < nr_cpus; cpu++)
		sum += irqs.dbl.count[cpu];
	return sum;
}

/* A count, not a time, makes a test see as much on a slow machine as on a fast one. */
static bool load__again(double end_s, uint64_t at_start)
{
	if (stop_asked || now_s() >= end_s)
		return false;
	return opt.loop || opt.total_s > 0 || doorbells_delivered() - at_start < opt.doorbells;
}

static void load(void)
{
	const double end_s = opt.total_s > 0 ? now_s() + opt.total_s : 1e18;
	const uint64_t at_start = doorbells_delivered();
	char list[sizeof(opt.phases)], *save, *name;
	struct phase *p;

	do {
		strcpy(list, opt.phases);
		for (name = strtok_r(list, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
			p = phase__find(name);
			if (!p || stop_asked || now_s() >= end_s)
				return;
			phase__run(p, end_s);
		}
	} while (load__again(end_s, at_start));
}

static void prepare(void)
{
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	console__prepare();
	options__parse(&opt);
	nr_cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
	if (nr_cpus > MAX_CPUS) {
		complain("%d cpus, only %d are counted", nr_cpus, MAX_CPUS);
		nr_cpus = MAX_CPUS;
	}
	pin(0);
	say_boot();
	if (opt.trace && sends__start())
		complain("cannot count sends with a kprobe");
}

int main(void)
{
	prepare();
	if (opt.base) {
		say_parked("base", phases);
		while (!console__wait("go", -1))
			;
		unpark();
	}
	load();
	say_parked("final", phases);
	while (opt.hold && !console__wait("off", -1))
		;
	sync();
	reboot(RB_POWER_OFF);
	return 1;	/* pid 1 gone: the kernel panics, which is the loud end wanted here */
}
