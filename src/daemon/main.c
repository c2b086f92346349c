// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - p9doorbelld: options, one instance at a time, one event loop.
 */
#include "capability.h"
#include "law.h"
#include "look.h"
#include "probe.h"
#include "recorder.h"
#include "serve.h"
#include "stall.h"

#include <common/clock.h>
#include <common/log.h>
#include <common/options.h>
#include <common/units.h>
#include <p9doorbell/api.h>

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>
#include <unistd.h>

struct settings {
	const char *run_dir;
	const char *samples;
	const char *without;
	const char *btf;
	const char *stall_after;
	const char *record_dir;
	uint64_t vms, vcores, vcpus, record_keep;
	bool doctor, look, json, help, version, verbose;
};

#define AT(member) offsetof(struct settings, member)

static const struct option_row rows[] = {
	{ "run-dir", 'r', OPTION_TEXT, 1, AT(run_dir), 0, 0, "DIR", NULL,
	  "Directory of the control socket and the lock; default /run/p9doorbell." },
	{ "vcpus", 0, OPTION_U64, 1, AT(vcpus), 16, 65536, "N", NULL,
	  "Room for vcpus, rounded up to a power of two, 1 KiB each; default 4096." },
	{ "vcores", 0, OPTION_U64, 1, AT(vcores), 16, 65536, "N", NULL,
	  "Rows for vcores, rounded up to a power of two, 44 KiB each; default 1024." },
	{ "vms", 0, OPTION_U64, 1, AT(vms), 16, 65536, "N", NULL,
	  "Room for VMs, rounded up to a power of two, 128 bytes each; default 256." },
	{ "record-samples", 0, OPTION_TEXT, 1, AT(samples), 0, 0, "FILE", NULL,
	  "Write every single latency to FILE (VM, vcore, kind, ns). For checking the histograms; "
	  "costs an event per doorbell." },
	{ "without", 0, OPTION_TEXT, 1, AT(without), 0, 0, "CAPABILITY", NULL,
	  "Do as if the kernel lacked an optional capability (see --doctor): fewer probes, less to see." },
	{ "btf", 0, OPTION_TEXT, 1, AT(btf), 0, 0, "FILE", NULL,
	  "BTF of this kernel, made by scripts/btf, in place of its own or of what is installed for it; "
	  "none: take nothing." },
	{ "stall-after", 0, OPTION_TEXT, 1, AT(stall_after), 0, 0, "TIME", NULL,
	  "How long a doorbell may wait until it is a stall, by default and by VM (name or pid): "
	  "10ms, or 10ms,guest7=50ms. Default 10ms." },
	{ "record-dir", 0, OPTION_TEXT, 1, AT(record_dir), 0, 0, "DIR", NULL,
	  "Write each stall and the doorbells around it to a file in DIR: a recording, for p9doorbell "
	  "recording --file. Default: none." },
	{ "record-keep", 0, OPTION_U64, 1, AT(record_keep), 1, 65536, "N", NULL,
	  "Recordings in that directory at most, 20 KiB each; the oldest go. Default 64." },
	{ "look", 0, OPTION_FLAG, 1, AT(look), 0, 0, NULL, NULL,
	  "Look once at every vcpu of this machine, print what is seen as JSON, then exit. Attaches "
	  "to nothing; needs no other daemon and disturbs none." },
	{ "doctor", 0, OPTION_FLAG, 1, AT(doctor), 0, 0, NULL, NULL,
	  "Say what this machine can show and what to do about the rest, then exit: 0 all, "
	  "1 degraded, 2 unusable." },
	{ "json", 'J', OPTION_FLAG, 1, AT(json), 0, 0, NULL, NULL,
	  "With --doctor: as JSON. (--look always is.)" },
	{ "verbose", 'v', OPTION_FLAG, 1, AT(verbose), 0, 0, NULL, NULL, "Say what libbpf says." },
	{ "help", 'h', OPTION_FLAG, 1, AT(help), 0, 0, NULL, NULL, "This help." },
	{ "version", 'V', OPTION_FLAG, 1, AT(version), 0, 0, NULL, NULL, "The version." },
};

static const struct verb_row verbs[] = {
	{ .name = "", .bit = 1, .arguments = "[OPTIONS]",
	  .summary = "observe the doorbells of KVM guests and serve what is seen",
	  .details = "Attaches BPF programs to KVM-HV, aggregates per vcore, and answers on a UNIX socket. "
		     "Nothing is pinned: when the daemon ends, in whatever way, every program is gone.",
	  .examples = "p9doorbelld\tobserve, until SIGTERM\n"
		      "p9doorbelld --doctor\twhat can this machine show?\n" },
};

static const struct option_set options = {
	.program = "p9doorbelld",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(*rows),
	.verbs = verbs,
	.verb_count = 1,
};

/*
 * What a kind of work costs, in CPU time of this thread, which is the daemon's only
 * one: waits for a CPU, for which others answer, are not in it. Where time is the
 * instruction count (lab/run --mode icount), so is this, interrupts included.
 */
struct work {
	uint64_t count, sum_ns, max_ns;
};

struct daemon {
	struct settings settings;
	struct capabilities capabilities;
	struct probe *probe;
	struct collector collector;
	struct stalls *stalls;
	struct laws *laws;
	char tickless[4096];	/* CPUs that may do without a tick: a list as the kernel writes it */
	uint64_t told;		/* change up to which stalls have been logged */
	struct recorder *recorder;	/* NULL: there is no --record-dir */
	int record_trouble;	/* the errno that was complained about last; 0: all is well */
	struct server *server;
	uint64_t start_ns;
	struct work tick, answer;	/* answer: each step of it, for any client */
	int lock_fd, epoll_fd, signal_fd, timer_fd;
};

static int print_foreign(enum libbpf_print_level level, const char *format, va_list args)
{
	log__foreign(level == LIBBPF_WARN ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG, "libbpf", format,
		     args);
	return 0;
}

static uint32_t power_of_two(uint64_t value)
{
	uint32_t power = 1;

	while (power < value)
		power <<= 1;
	return power;
}

static int doctor(const struct settings *settings)
{
	struct capabilities capabilities;
	struct json json;
	int verdict;

	capabilities__probe(&capabilities, CAPABILITIES_ALL, settings->btf);
	verdict = capabilities__verdict(&capabilities);
	if (settings->json) {
		json__open(&json, 1u << 20);
		json__object_begin(&json, NULL);
		json__u64(&json, "v", DOORBELL_API_VERSION);
		json__string(&json, "type", "doctor");
		json__u64(&json, "verdict", verdict);
		capabilities__write(&capabilities, &json);
		json__object_end(&json);
		json__print(&json, stdout);
	} else {
		capabilities__print(&capabilities, stdout);
	}
	capabilities__free(&capabilities);
	return verdict;
}

static int look(const struct settings *settings)
{
	struct capabilities capabilities;
	struct json json;
	int err;

	capabilities__probe(&capabilities, CAPABILITIES_TO_LOOK, settings->btf);
	/* That there is no vcpu, and that none can be found, are not the same. */
	if (capabilities__verdict(&capabilities) == 2 || !capabilities.row[CAPABILITY_EXISTING].ok) {
		capabilities__log_missing(&capabilities, 1u << CAPABILITY_EXISTING);
		capabilities__free(&capabilities);
		return 1;
	}
	json__open(&json, 64u << 20);
	err = look__all(&capabilities, &json);
	if (!err)
		err = json__finish(&json);
	if (!err)
		fputs(json.text, stdout);
	else
		log__fail(err, "p9doorbelld --doctor says what this kernel lacks", "cannot look");
	json__close(&json);
	capabilities__free(&capabilities);
	return err ? 1 : 0;
}

/* One observer per machine: two would count every probe's cost twice and agree on nothing. */
static int daemon__lock(struct daemon *daemon)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[256];

	/* Whatever the umask: the group has to get at the socket. */
	if (!mkdir(daemon->settings.run_dir, 0755) ? chmod(daemon->settings.run_dir, 0755) : errno != EEXIST)
		return log__fail(errno, "create it, or choose another with --run-dir",
				 "cannot create %s", daemon->settings.run_dir);
	snprintf(path, sizeof(path), "%s/p9doorbelld.lock", daemon->settings.run_dir);
	daemon->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (daemon->lock_fd < 0)
		return log__fail(errno, "run p9doorbelld as root", "cannot open %s", path);
	if (!fcntl(daemon->lock_fd, F_SETLK, &lock))
		return 0;
	if (errno != EAGAIN && errno != EACCES)
		return log__fail(errno, NULL, "cannot lock %s", path);
	fcntl(daemon->lock_fd, F_GETLK, &lock);
	log__error("another p9doorbelld is running: pid %d", (int)lock.l_pid);
	log__hint("use it (p9doorbell status), or stop it first: kill %d", (int)lock.l_pid);
	return -EBUSY;
}

static void write_head(struct json *json, const char *type)
{
	json__object_begin(json, NULL);
	json__u64(json, "v", DOORBELL_API_VERSION);
	json__string(json, "type", type);
	json__string(json, "daemon", "p9doorbelld");
	json__string(json, "version", P9DOORBELL_VERSION);
	json__u64(json, "pid", getpid());
}

static void write_table(struct json *json, const char *name, uint32_t used, uint32_t size)
{
	json__object_begin(json, name);
	json__u64(json, "used", used);
	json__u64(json, "size", size);
	json__object_end(json);
}

static void work__add(struct work *work, uint64_t begin_ns)
{
	uint64_t took_ns = clock__cpu_ns() - begin_ns;

	work->count++;
	work->sum_ns += took_ns;
	if (took_ns > work->max_ns)
		work->max_ns = took_ns;
}

static void write_work(struct json *json, const char *name, const struct work *work)
{
	json__object_begin(json, name);
	json__u64(json, "count", work->count);
	json__u64(json, "sum_ns", work->sum_ns);
	json__u64(json, "max_ns", work->max_ns);
	json__object_end(json);
}

/* Memory of this process that is there, mapped tables included; 0: the kernel does not say. */
static uint64_t rss_bytes(void)
{
	unsigned long long pages = 0;
	FILE *in = fopen("/proc/self/statm", "re");

	if (in && fscanf(in, "%*u %llu", &pages) != 1)
		pages = 0;
	if (in)
		fclose(in);
	return pages * sysconf(_SC_PAGESIZE);
}

static void write_cost(const struct daemon *daemon, struct json *json)
{
	uint64_t rss = rss_bytes();

	json__u64(json, "memory_bytes", probe__memory_bytes(daemon->probe));
	if (rss)
		json__u64(json, "rss_bytes", rss);
	else
		json__null(json, "rss_bytes");
	json__u64(json, "cpu_ns", clock__cpu_ns());
	json__object_begin(json, "work");
	write_work(json, "tick", &daemon->tick);
	write_work(json, "answer", &daemon->answer);
	json__object_end(json);
}

static void write_status(const struct daemon *daemon, struct json *json)
{
	const struct tables *tables = &daemon->collector.tables;
	struct utsname name;

	uname(&name);
	write_head(json, "status");
	json__u64(json, "uptime_ns", clock__mono_ns() - daemon->start_ns);
	json__object_begin(json, "host");
	json__string(json, "kernel", name.release);
	json__string(json, "arch", name.machine);
	json__u64(json, "page_size", sysconf(_SC_PAGESIZE));
	json__object_end(json);
	json__bool(json, "attached", true);
	probe__write_plan(daemon->probe, json);
	capabilities__write(&daemon->capabilities, json);
	json__object_begin(json, "tables");
	write_table(json, "vms", tables__used_vms(tables), tables->vms);
	write_table(json, "vcores", tables__used_vcores(tables), tables->vcores);
	write_table(json, "vcpus", tables__used_vcpus(tables), tables->vcpus);
	json__object_end(json);
	write_cost(daemon, json);
	tables__write_lost(tables, json, probe__missed(daemon->probe));
	laws__write(daemon->laws, json);
	if (daemon->recorder)
		recorder__write_status(daemon->recorder, json);
	json__object_end(json);
}

static void answer(void *context, const struct request *request, struct json *json)
{
	struct daemon *daemon = context;

	switch (request->kind) {
	case REQUEST_HELLO:
		write_head(json, "hello");
		json__object_end(json);
		break;
	case REQUEST_STATUS:
		write_status(daemon, json);
		break;
	case REQUEST_STALLS:
		stalls__write(daemon->stalls, json, request->after);
		break;
	case REQUEST_RECORDING:
		if (stalls__write_recording(daemon->stalls, json, request->stall))
			server__refuse(json, "not-found", "no such stall is remembered",
				       "p9doorbell stalls shows those that are");
		break;
	default:
		if (probe__look(daemon->probe, &daemon->collector.tables))
			log__warning("cannot look which doorbells wait");
		collector__snapshot(&daemon->collector, json, request->vm,
				    probe__missed(daemon->probe));
	}
}

static int daemon__watch(struct daemon *daemon)
{
	struct itimerspec period = { { 0, STALLS_TICK_NS }, { 0, STALLS_TICK_NS } };
	struct epoll_event event = { .events = EPOLLIN };
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	daemon->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	daemon->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	daemon->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (daemon->signal_fd < 0 || daemon->timer_fd < 0 || daemon->epoll_fd < 0 ||
	    timerfd_settime(daemon->timer_fd, 0, &period, NULL))
		return -errno;
	event.data.ptr = &daemon->signal_fd;
	if (epoll_ctl(daemon->epoll_fd, EPOLL_CTL_ADD, daemon->signal_fd, &event))
		return -errno;
	event.data.ptr = &daemon->timer_fd;
	if (epoll_ctl(daemon->epoll_fd, EPOLL_CTL_ADD, daemon->timer_fd, &event))
		return -errno;
	return 0;
}

static int daemon__listen(struct daemon *daemon)
{
	char path[256];
	int err;

	err = daemon__watch(daemon);
	if (err)
		return log__fail(err, NULL, "cannot set up the event loop");
	snprintf(path, sizeof(path), "%s/control.sock", daemon->settings.run_dir);
	err = server__open(path, DOORBELL_API_GROUP, daemon->epoll_fd, answer, daemon,
			   &daemon->server);
	if (err < 0)
		return log__fail(err, NULL, "cannot listen on %s", path);
	if (err) {
		log__warning("there is no group " DOORBELL_API_GROUP ": only root can connect");
		log__hint("groupadd --system " DOORBELL_API_GROUP ", then restart p9doorbelld");
	}
	return 0;
}

static int daemon__stalls(struct daemon *daemon)
{
	const char *why;
	FILE *in;
	int err;

	in = fopen("/sys/devices/system/cpu/nohz_full", "re");
	if (!in || !fgets(daemon->tickless, sizeof(daemon->tickless), in))
		daemon->tickless[0] = 0;
	if (in)
		fclose(in);
	err = stalls__open(&daemon->collector, daemon->settings.stall_after, daemon->tickless,
			   &daemon->stalls, &why);
	if (!why)
		return err;
	log__error("--stall-after %s: %s", daemon->settings.stall_after, why);
	log__hint("p9doorbelld --help");
	return err;
}

static int daemon__open_recorder(struct daemon *daemon)
{
	const struct settings *settings = &daemon->settings;
	int err;

	if (!settings->record_dir)
		return 0;
	err = recorder__open(settings->record_dir, settings->record_keep, DOORBELL_API_GROUP, &daemon->recorder);
	return err ? log__fail(err, "give a directory that can be written: --record-dir DIR",
			       "cannot record to %s", settings->record_dir) :
		     0;
}

static int daemon__attach(struct daemon *daemon)
{
	/* Twice the room: see DOORBELL_PROBES. */
	const struct probe_settings settings = {
		.vms = 2 * power_of_two(daemon->settings.vms),
		.vcores = power_of_two(daemon->settings.vcores),
		.vcpus = 2 * power_of_two(daemon->settings.vcpus),
		.samples = daemon->settings.samples,
	};
	struct tables tables;
	int err;

	capabilities__probe(&daemon->capabilities, CAPABILITIES_ALL, daemon->settings.btf);
	if (daemon->settings.without &&
	    capabilities__drop(&daemon->capabilities, daemon->settings.without)) {
		log__error("there is no optional capability '%s'", daemon->settings.without);
		log__hint("p9doorbelld --doctor lists them");
		return -EINVAL;
	}
	if (capabilities__verdict(&daemon->capabilities) == 2) {
		capabilities__log_missing(&daemon->capabilities, 0);
		return -ENOTSUP;
	}
	err = probe__open(&settings, &daemon->capabilities, &daemon->probe);
	if (err)
		return log__fail(err, "p9doorbelld --doctor says what this kernel lacks; "
				 "--verbose shows what libbpf says", "%s failed", probe__step());
	probe__tables(daemon->probe, &tables);
	if (collector__open(&daemon->collector, &tables) ||
	    laws__open(&daemon->collector, &daemon->laws))
		return -ENOMEM;
	return daemon__stalls(daemon);
}

/* One line when a stall appears, one when it has ended; what it is in between is on the socket. */
static void stall__log(const struct stall *stall)
{
	const struct watch *watch = &stall->watch;
	char age[UNITS_TEXT_BYTES];

	units__format_ns(age, watch->until_ns - watch->posted_ns, UNITS_SCALE_AUTO);
	if (!stall->ended_ns)
		log__warning("stall %llu: %s/%u vcpu %u: a doorbell waits for %s so far: %s",
			     (unsigned long long)stall->id, stall->name, stall->tgid, stall->vcpu,
			     age, stall->why);
	else
		log__info("stall %llu: %s/%u vcpu %u: ended after %s: %s",
			  (unsigned long long)stall->id, stall->name, stall->tgid, stall->vcpu, age,
			  stall->why);
}

/* A disk that is full is said once, and costs no more than the recordings. */
static void daemon__record(struct daemon *daemon, const struct stall *stall)
{
	struct json json;
	int err;

	json__open(&json, 1u << 20);
	stalls__write_recording(daemon->stalls, &json, stall->id);
	err = json__finish(&json);
	if (!err)
		err = recorder__save(daemon->recorder, stall->id, stall->seen_real_ns, json.text, json.length);
	json__close(&json);
	if (err && err != daemon->record_trouble)
		log__fail(err, "see to it that there is room; all else goes on",
			  "cannot record stall %llu in %s", (unsigned long long)stall->id,
			  daemon->settings.record_dir);
	if (!err && daemon->record_trouble)
		log__info("stalls are recorded again");
	daemon->record_trouble = err;
}

static void daemon__tell(struct daemon *daemon, const struct stall *stall)
{
	stall__log(stall);
	if (daemon->recorder)
		daemon__record(daemon, stall);
}

static void daemon__find_stalls(struct daemon *daemon)
{
	const struct doorbell_look *look;
	uint32_t index[DOORBELL_LOOKS];
	const struct stall *stall;
	uint32_t count;
	int err;

	count = stalls__choose(daemon->stalls, clock__mono_ns(), index);
	if (!count)
		return;
	err = probe__look_at(daemon->probe, index, count, &look);
	if (err) {
		log__fail(err, NULL, "cannot look at what waits");
		return;
	}
	stalls__take(daemon->stalls, look);
	while ((stall = stalls__next(daemon->stalls, &daemon->told)))
		if (stall->news)
			daemon__tell(daemon, stall);
}

static uint64_t daemon__lost(const struct daemon *daemon)
{
	uint64_t lost = probe__missed(daemon->probe);

	for (uint32_t i = 0; i < DOORBELL_LOSTS; i++)
		lost += __atomic_load_n(&daemon->collector.tables.lost[i], __ATOMIC_RELAXED);
	return lost;
}

/* What does not balance is a bug, unless something was lost, and is said once. */
static void tell_broken(void *context, const struct broken *broken)
{
	const uint64_t *lost = context;

	if (broken->law == LAW_POSTS)
		log__error("VM %llu vcpu %u: %s", (unsigned long long)broken->vm, broken->vcpu, broken->why);
	else
		log__error("VM %llu vcore %u: %s", (unsigned long long)broken->vm, broken->vcore, broken->why);
	if (*lost)
		log__hint("%llu events are known to be lost: p9doorbell status says by what cause",
			  (unsigned long long)*lost);
	else
		log__hint("nothing is known to be lost: this is a bug, in the kernel or in "
			  "p9doorbell. Please report it with: p9doorbell raw status");
}

static void daemon__hold_laws(struct daemon *daemon)
{
	uint32_t found = laws__tick(daemon->laws), more;
	uint64_t lost = found ? daemon__lost(daemon) : 0;

	more = laws__each(daemon->laws, found, tell_broken, &lost);
	if (more)
		log__error("as much is wrong with %u more at the same time", more);
}

static int daemon__tick(struct daemon *daemon)
{
	uint64_t expirations;
	int err;

	if (read(daemon->timer_fd, &expirations, sizeof(expirations)) < 0)
		return 0;
	err = probe__tell_clock(daemon->probe, &daemon->collector.tables);
	if (err)
		log__fail(err, NULL, "cannot read the scheduler's clock");
	else
		daemon__find_stalls(daemon);
	daemon__hold_laws(daemon);
	server__tick(daemon->server, clock__mono_ns());
	return probe__drain(daemon->probe);
}

static int daemon__loop(struct daemon *daemon)
{
	struct epoll_event event;
	uint64_t begin_ns;
	int got, err;

	for (;;) {
		got = epoll_wait(daemon->epoll_fd, &event, 1, -1);
		if (got < 0 && errno != EINTR)
			return log__fail(errno, NULL, "epoll_wait");
		if (got <= 0)
			continue;
		if (event.data.ptr == &daemon->signal_fd)
			return 0;
		begin_ns = clock__cpu_ns();
		if (event.data.ptr != &daemon->timer_fd) {
			server__event(daemon->server, event.data.ptr, event.events);
			work__add(&daemon->answer, begin_ns);
			continue;
		}
		err = daemon__tick(daemon);
		work__add(&daemon->tick, begin_ns);
		if (err)
			return log__fail(err, "is the disk full?", "cannot write samples");
	}
}

static int observe(const struct settings *settings)
{
	struct daemon daemon = {
		.settings = *settings,
		.start_ns = clock__mono_ns(),
		.lock_fd = -1, .epoll_fd = -1, .signal_fd = -1, .timer_fd = -1,
	};
	int err;

	/* A large answer is given back to the kernel, and not kept for the next one. */
	mallopt(M_MMAP_THRESHOLD, 128 << 10);
	err = daemon__lock(&daemon);
	if (!err)
		err = daemon__open_recorder(&daemon);
	if (!err)
		err = daemon__attach(&daemon);
	/* So is what finding and loading took. */
	malloc_trim(0);
	if (!err)
		err = daemon__listen(&daemon);
	if (!err) {
		log__info("observing; socket %s/control.sock", settings->run_dir);
		err = daemon__loop(&daemon);
	}
	server__close(daemon.server);
	laws__close(daemon.laws);
	stalls__close(daemon.stalls);
	recorder__close(daemon.recorder);
	probe__close(daemon.probe);
	capabilities__free(&daemon.capabilities);
	collector__close(&daemon.collector);
	return err ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct settings settings = {
		.run_dir = "/run/p9doorbell", .vms = 256, .vcores = 1024, .vcpus = 4096, .record_keep = 64,
	};
	int rest, status = 0;

	log__init("p9doorbelld", LOG_LEVEL_INFO);
	if (options__parse(&options, verbs, argc, argv, &settings, &rest))
		return 1;
	if (settings.verbose)
		log__init("p9doorbelld", LOG_LEVEL_DEBUG);
	libbpf_set_print(print_foreign);
	if (settings.help)
		options__help(&options, verbs, stdout);
	else if (settings.version)
		puts("p9doorbelld " P9DOORBELL_VERSION);
	else if (settings.doctor)
		status = doctor(&settings);
	else if (settings.look)
		status = look(&settings);
	else
		return observe(&settings);
	/* The verdict of a doctor who was not heard is the worst. */
	return log__flush() ? (settings.doctor ? 2 : 1) : status;
}
