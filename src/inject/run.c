// SPDX-License-Identifier: GPL-2.0-only
/*
 * run.c - the verbs run, shrink and replay: a workload of our own, again and again. What
 * one run comes to is decided in trial.c, what to try next in campaign.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/units.h"
#include "inject/junit.h"
#include "inject/page.h"
#include "inject/plan_file.h"
#include "inject/settings.h"
#include "inject/target.h"
#include "inject/tell.h"
#include "inject/trial.h"
#include "p9doorbell/api.h"

struct session {
	const struct settings *settings;
	struct plan plan;
	bool has_plan;
	bool patched;
	struct trial trial;
	struct campaign campaign;
	struct gather gather;	/* --html */
	FILE *junit, *html;	/* NULL: not wanted */
	uint64_t begin_s;
	uint64_t usual;		/* a failure is more than that */
	struct symptoms seen;	/* of the plan that shrinking last found to fail */
	uint64_t again, again_of;	/* how often it did when it was repeated */
};

/* Of a VM of which nothing was said. */
#define LIKELY_VCPUS 0xfu
/* Runs without delays that a page has to compare with. */
#define COMPARED_RUNS 12u
/* Of a plan that shrinking may end with; one of ten may go well. */
#define HOLDS_TRIES 20u

/* "miss,late" */
static int read_allowed(const char *list, uint32_t *ret_allowed)
{
	char word[32];

	*ret_allowed = 0;
	while (list && *list) {
		size_t length = strcspn(list, ",");
		enum symptom symptom;

		snprintf(word, sizeof(word), "%.*s", (int)length, list);
		if (symptom__find(word, &symptom)) {
			log__error("--allow: there is no symptom '%s'", word);
			log__hint("there are those of SYMPTOMS in p9doorbell-inject(8): p9doorbell-inject help --man");
			return -EINVAL;
		}
		*ret_allowed |= 1u << symptom;
		list += length + (list[length] == ',');
	}
	return 0;
}

static int read_strategy(const char *name, enum strategy_kind *ret_kind)
{
	*ret_kind = STRATEGIES;
	if (!name)
		return 0;
	for (enum strategy_kind i = 0; i < STRATEGIES; i++) {
		if (strcmp(name, strategy_names[i]))
			continue;
		*ret_kind = i;
		return 0;
	}
	log__error("--strategy: there is no strategy '%s'", name);
	log__hint("give scale, directed, pct, uniform or none, or leave it out: all that delay in turn");
	return -EINVAL;
}

/* Without one that was given, one that can be given: short. */
static uint64_t any_seed(uint64_t given)
{
	uint32_t seed = 0;

	if (given)
		return given;
	return getrandom(&seed, sizeof(seed), 0) == sizeof(seed) && seed ? seed : 1;
}

/* All sites are watched in all runs: what probes cost is the same with delays and without. */
static int session__try(void *context, const struct plan *plan, struct result *result)
{
	struct session *session = context;
	struct plan watched = *plan;
	int err;

	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		if (plan__has(plan, i) || !session->campaign.strategy.site[i].most_ns)
			continue;
		watched.rule[i] = plan__rule(DOORBELL_SHAPE_FIXED, 1, 1);
		watched.rule[i].chance_ppm = 1;
	}
	err = trial__run(&session->trial, &watched, result);
	if (!err && session->settings->html)
		err = gather__run(&session->gather, &session->trial, plan, result);
	return err;
}

static int session__read(struct session *session, char **command)
{
	const struct settings *settings = session->settings;
	struct trial *trial = &session->trial;
	int err;

	if (!*command) {
		log__error("what is to be run?");
		log__hint("give -- COMMAND that is a VMM, or becomes one by exec");
		return -EINVAL;
	}
	*trial = (struct trial){
		.command = command, .truth = settings->truth, .vcpus = ~0ull, .timeout_ns = settings->timeout_ns,
		.lease_ns = settings->lease_ns, .late_after_ns = settings->late_after_ns, .signal_fd = -1,
		.kernel_log = { -1 },
		.budget = { .second_ns = settings->second_ns, .total_ns = settings->total_ns },
	};
	session->campaign = (struct campaign){
		.try = session__try, .context = session, .most_runs = settings->runs, .for_ns = settings->for_ns,
		.one_in = settings->one_in, .compare_runs = settings->html ? COMPARED_RUNS : 0,
		.strategy = { .seed = any_seed(settings->seed), .depth = (uint32_t)settings->depth,
			      .second_ns = settings->second_ns },
	};
	err = read_allowed(settings->allow, &trial->allowed);
	session->campaign.allowed = trial->allowed;
	session->campaign.any = settings->any;
	if (!err)
		err = read_strategy(settings->strategy, &session->campaign.kind);
	if (!err && settings->vcpus && target__vcpus(settings->vcpus, &trial->vcpus)) {
		log__error("--vcpus: '%s' is no list of vcpus", settings->vcpus);
		log__hint("give numbers and ranges up to 63: 0,2-3");
		err = -EINVAL;
	}
	return err;
}

/* Whoever can say how it went. A log that cannot be read, or a daemon that was not asked for, is no reason to stop. */
static int open_witnesses(const struct settings *settings, struct trial *trial)
{
	const char *path = settings->observer ? settings->observer : DOORBELL_API_SOCKET;
	int err = kernel_log__open(&trial->kernel_log, KERNEL_LOG);

	if (err)
		log__info("the kernel log is not judged: %s: %s", KERNEL_LOG, strerror(-err));
	err = observer__open(path, &trial->observer);
	if (!err || !settings->observer)
		return 0;
	return log__fail(err, "start p9doorbelld, or leave --observer out", "%s", path);
}

/* What this kernel can do. */
static int session__open(struct session *session)
{
	struct strategy *strategy = &session->campaign.strategy;
	struct trial *trial = &session->trial;
	int err = engine__open(&trial->engine);

	if (err)
		return err;
	/* The VM is not there yet, so that is no more than what was said. */
	strategy->vcpus = trial->vcpus == ~0ull ? LIKELY_VCPUS : trial->vcpus;
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		const struct engine_site *site = engine__site(trial->engine, i);

		strategy->site[i].most_ns = site->reach == ENGINE_REACH_NONE ? 0 : site->most_ns;
		session->patched |= site->reach == ENGINE_REACH_PLAN;
	}
	if (session->has_plan)
		session->campaign.plan = &session->plan;
	session->begin_s = clock__real_ns() / UNITS_NS_PER_S;
	err = open_witnesses(session->settings, trial);
	if (session->settings->html && trial->observer)
		trial->observed = &session->gather.observed;
	return err ? err : trial__open(trial);
}

static void session__close(struct session *session)
{
	trial__close(&session->trial);
	kernel_log__close(&session->trial.kernel_log);
	observer__close(session->trial.observer);
	gather__free(&session->gather);
	campaign__free(&session->campaign);
	engine__close(session->trial.engine);
}

/* An exit code of what went wrong, which has been logged. */
static int failure(int err)
{
	switch (err) {
	case -EINVAL:
	case -EPERM:
	case -EACCES:
	case -EBUSY:
	case -ERANGE:
		return CAMPAIGN_NEVER;
	default:
		return CAMPAIGN_INCONCLUSIVE;
	}
}

/* What would be done, and what is in the way of it. */
static int session__say(struct session *session)
{
	struct strategy *strategy = &session->campaign.strategy;
	enum strategy_kind kind = session->campaign.kind;
	struct plan plan = session->plan;
	int err;

	if (!session->has_plan)
		strategy__plan(strategy, kind == STRATEGIES ? strategy__turn(0) : kind, 0, &plan);
	printf("%s, with:\n", session->trial.command[0]);
	plan__print(&plan, stdout);
	puts("nothing has been run or delayed: that takes --arm");
	err = engine__may(session->trial.engine, &plan, &session->trial.budget, session->trial.lease_ns);
	/* Nothing was shown: who has forgotten --arm must not take it for a good kernel. */
	return err ? failure(err) : CAMPAIGN_INCONCLUSIVE;
}

static void tell_one(void *context, const struct campaign *campaign)
{
	const struct session *session = context;

	if (session->settings->json)
		return;
	if (campaign->count == 1)
		tell__without(campaign, stdout);
	tell__run(campaign, stdout);
}

/* Before anything is run: what took hours must not end at a name. @path: NULL: nobody wants it. */
static int open_report(const char *path, FILE **ret_out)
{
	*ret_out = path ? fopen(path, "we") : NULL;
	return path && !*ret_out ? log__fail(errno, "give a name where files can be written", "cannot write %s", path) : 0;
}

static int write_report(const struct session *session, FILE *out, const char *path,
			void (*write)(const struct page *page, FILE *out))
{
	const struct settings *settings = session->settings;
	struct machine machine;
	struct page page = {
		.campaign = &session->campaign, .gather = &session->gather, .machine = &machine,
		.version = P9DOORBELL_VERSION, .label = settings->label, .patched = session->patched,
		.command = session->trial.command, .truth = session->trial.truth,
		.vcpus = settings->vcpus, .allow = settings->allow,
		.observer = session->trial.observer, .kernel_log = session->trial.kernel_log.fd >= 0,
		.real_s = session->begin_s, .second_ns = settings->second_ns, .total_ns = settings->total_ns,
		.lease_ns = settings->lease_ns, .late_after_ns = settings->late_after_ns,
		.timeout_ns = settings->timeout_ns,
	};

	if (!out)
		return 0;
	machine__read(&machine, "");
	write(&page, out);
	return fclose(out) ? log__fail(errno, NULL, "cannot write %s", path) : 0;
}

/* What was planned has to be possible here, or each run would show nothing, without a word. */
static int session__may(const struct session *session)
{
	const struct trial *trial = &session->trial;

	return session->has_plan ? engine__may(trial->engine, &session->plan, &trial->budget, trial->lease_ns) : 0;
}

/* What there is by then is told, whatever ended it. */
static int run_armed(struct session *session)
{
	const struct settings *settings = session->settings;
	struct campaign *campaign = &session->campaign;
	int err = session__may(session), told;

	if (!err && (open_report(settings->junit, &session->junit) || open_report(settings->html, &session->html)))
		err = -EINVAL;
	if (err)
		return failure(err);
	campaign->tell = tell_one;
	session->trial.before = &campaign->count;
	if (!settings->json)
		puts("KTAP version 1");
	err = campaign__run(campaign);
	told = write_report(session, session->junit, settings->junit, junit__write);
	if (write_report(session, session->html, settings->html, page__write))
		told = -EIO;
	if (!settings->json)
		tell__campaign(campaign, session->patched, stdout);
	else if (tell__json(campaign, session->patched, stdout))
		told = log__fail(-EIO, "tell less: --runs or --for", "cannot print the campaign as JSON");
	/* A budget, or somebody, that says enough is no failure. */
	if (err && err != -EDQUOT && err != -EINTR)
		return failure(err);
	/* Nor does a full disk make a failure that was found none. */
	return told && !campaign->found ? CAMPAIGN_INCONCLUSIVE : campaign__status(campaign);
}

int verb_run(const void *data, int count, char **arguments)
{
	struct session session = { .settings = data };
	int status, err;

	(void)count;
	err = session__read(&session, arguments);
	session.has_plan = session.settings->plan || session.settings->rule;
	if (!err && session.has_plan)
		err = plan_file__read(session.settings->plan, session.settings->rule, &session.plan);
	if (err)
		return CAMPAIGN_NEVER;
	err = session__open(&session);
	if (err)
		status = failure(err);
	else
		status = session.settings->arm ? run_armed(&session) : session__say(&session);
	session__close(&session);
	return status;
}

/* TOKEN COMMAND... */
static int session__read_token(struct session *session, int count, char **arguments)
{
	struct plan_error error;
	int err = session__read(session, arguments + (count > 0));

	if (err)
		return err;
	session->has_plan = true;
	if (!plan__parse_token(&session->plan, arguments[0], strlen(arguments[0]), &error))
		return session__open(session);
	log__error("token, column %u: %s", error.column, error.message);
	return -EINVAL;
}

/*
 * What shrinking asks for: it fails each time. Where that happens without delays too, a smaller plan has to
 * do half of what the strongest one so far adds to it.
 */
static int always_fails(void *context, const struct plan *plan)
{
	struct session *session = context;
	uint64_t tries = session->settings->tries, usual = campaign__usual(&session->campaign), half;
	struct replay replay = { 0 };
	int err = replay__run(&replay, session__try, session, plan, tries, session->usual, false,
			      session->trial.allowed);

	if (err || replay.failed < tries)
		return err;
	session->seen = replay.symptoms;
	half = usual ? usual + (replay.weight / tries - usual) / 2 : 0;
	session->usual = half > session->usual ? half : session->usual;
	return 1;
}

/* Of one that did: whoever repeats it is to see it nine times of ten. */
static int mostly_fails(void *context, const struct plan *plan)
{
	struct session *session = context;
	struct replay replay = { 0 };
	int err = 0;

	while (!err && replay.tries < HOLDS_TRIES && replay.tries - replay.failed <= HOLDS_TRIES / 10)
		err = replay__run(&replay, session__try, session, plan, replay.tries + 1, session->usual, true,
				  session->trial.allowed);
	if (err)
		return err;
	session->again = replay.failed;
	session->again_of = replay.tries;
	session->seen = replay.symptoms;
	printf("#   again: %llu of %llu\n", (unsigned long long)replay.failed, (unsigned long long)replay.tries);
	return replay.tries - replay.failed <= HOLDS_TRIES / 10;
}

static void tell_try(void *context, const struct plan *plan, bool failed)
{
	(void)context;
	printf("# %s: %u sites: ", failed ? "fails" : "does not fail", plan__count(plan));
	plan__print_token(plan, stdout);
	putchar('\n');
	fflush(stdout);
}

static int shrink_armed(struct session *session)
{
	struct shrink shrink = {
		.fails = always_fails, .holds = mostly_fails, .tell = tell_try, .context = session
	};
	int err = session__may(session);

	if (!err)
		err = campaign__scout(&session->campaign);
	if (err)
		return failure(err);
	tell__without(&session->campaign, stdout);
	session->usual = campaign__usual(&session->campaign);
	err = shrink__plan(&shrink, &session->plan);
	if (!err) {
		printf("# the plan as it stands does not fail here %llu times in a row\n",
		       (unsigned long long)session->settings->tries);
		return CAMPAIGN_INCONCLUSIVE;
	}
	printf("# %u plans tried\n", shrink.tries);
	if (err < 0)
		puts("# not done; as small as it has become:");
	else if (!shrink.held)
		printf("# nothing was found that fails nine times of ten: this one failed %llu times of %llu\n",
		       (unsigned long long)session->again, (unsigned long long)session->again_of);
	tell__failure(&session->plan, &session->seen, session->patched, stdout);
	return err < 0 ? failure(err) : CAMPAIGN_CLEAN;
}

static int replay_armed(struct session *session)
{
	const struct campaign *campaign = &session->campaign;
	struct replay replay = { 0 };
	int err = session__may(session);

	if (!err)
		err = campaign__scout(&session->campaign);
	if (err)
		return failure(err);
	err = replay__run(&replay, session__try, session, &session->plan, session->settings->tries,
			  campaign__usual(campaign), true, campaign->allowed);
	/* What there is by then is told, as by run. */
	if (err && err != -EDQUOT && err != -EINTR)
		return failure(err);
	if (session->settings->json) {
		tell__replay_json(campaign, &replay, &session->plan, session->patched, stdout);
	} else {
		tell__replay(campaign, &replay, stdout);
		tell__failure(&session->plan, &replay.symptoms, session->patched, stdout);
	}
	/* One that fails without delays, too, is no good kernel. */
	if (replay.failed || campaign->without.outcome == OUTCOME_BAD)
		return CAMPAIGN_FAILED;
	return replay.outcomes[OUTCOME_GOOD] ? CAMPAIGN_CLEAN : CAMPAIGN_INCONCLUSIVE;
}

static int with_token(const void *data, int count, char **arguments, int (*armed)(struct session *session))
{
	struct session session = { .settings = data };
	int err = session__read_token(&session, count, arguments), status;

	if (err)
		status = failure(err);
	else
		status = session.settings->arm ? armed(&session) : session__say(&session);
	session__close(&session);
	return status;
}

int verb_shrink(const void *data, int count, char **arguments)
{
	return with_token(data, count, arguments, shrink_armed);
}

int verb_replay(const void *data, int count, char **arguments)
{
	return with_token(data, count, arguments, replay_armed);
}
