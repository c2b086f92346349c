#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/mutants.sh [PATTERN]
#
# Tests of the tests: each line of the table breaks one line of a copy of the
# code, and the unit tests of that file must turn red. Prints TAP: ok for a
# mutant that was found, not ok for one that nobody noticed, or for a line of
# the table that no longer changes anything. With PATTERN, only the mutants
# whose line contains it. A test that is red without any mutant does not count.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

CC=${TEST_CC:-gcc}
LIB=build/test/libcode.a
export TEST_RUNS=3000 TEST_SENDS=500 CMOCKA_MESSAGE_OUTPUT=TAP ASAN_OPTIONS=detect_leaks=0

# file | what is broken | sed expression. In order of the code.
TABLE='
histogram.h | the linear part is four times as long | s/units < DOORBELL_HIST_SUB)/units < 4 * DOORBELL_HIST_SUB)/
histogram.h | beyond the range is the bucket before the last | s/return DOORBELL_HIST_BUCKETS - 1;/return DOORBELL_HIST_BUCKETS - 2;/
histogram.h | the range ends an octave early | s/units >> (DOORBELL_HIST_OCTAVES + DOORBELL_HIST_SUB_BITS)/units >> (DOORBELL_HIST_OCTAVES + DOORBELL_HIST_SUB_BITS - 1)/
histogram.h | a wrong top bit | s/exponent += 8;/exponent += 7;/
histogram.h | another wrong top bit | s/exponent += rest >> 1;/exponent += rest >> 2;/
histogram.h | bounds of twice the value | s/(exponent + DOORBELL_HIST_UNIT_SHIFT)/(exponent + DOORBELL_HIST_UNIT_SHIFT + 1)/
histogram.h | ranks are rounded down | s/permyriad + 9999) /permyriad) /
histogram.h | ranks lose the thousands | s/(count \/ 10000) \* permyriad + //
histogram.h | the event after the rank | s/seen >= rank/seen > rank/
histogram.h | the rank of q = 0 is none | s/rank = 1;/rank = 0;/
histogram.h | no cap at the maximum | s/middle > max_ns ? max_ns : middle/0 ? max_ns : middle/
histogram.h | the low end instead of the middle | s/middle = (doorbell_hist__low_ns(i) + .*/middle = doorbell_hist__low_ns(i);/
histogram.h | the last bucket is not counted | s/i < DOORBELL_HIST_BUCKETS; i++/i < DOORBELL_HIST_BUCKETS - 1; i++/
lifecycle.h | answers stand with no reader | s/	__sync_fetch_and_add(&reader->sync_ns, took_ns);/;/
lifecycle.h | answers are gone with their reader | s/	__sync_fetch_and_add(&gone->sync_ns, vcpu->sync_ns);/;/
inject.h | one value too few of a draw | s/(draw >> 32) \* of >> 32/(draw >> 32) * (of - 1) >> 32/
inject.h | the last doubling is missing | s/		doublings++;/		;/
inject.h | a doubling too many | s/	if (((doorbell_u64)least_ns << (doublings & 31)) < most_ns)/	if (1)/
inject.h | beyond the longest | s/		high_ns = most_ns;/		;/
inject.h | always the low end of a doubling | s/return low_ns + doorbell_draw__below.*/return low_ns;/
inject.h | no end of a doubling | s/(doorbell_u32)(high_ns - low_ns) + 1)/(doorbell_u32)(high_ns - low_ns))/
inject.h | a delay of nothing | s/if (!least_ns || least_ns > most_ns/if (least_ns > most_ns/
inject.h | the least above the most | s/if (!least_ns || least_ns > most_ns/if (!least_ns/
inject.h | vcpu 64 is vcpu 0 | s/vcpu > 63 || !(rule->vcpus >> vcpu & 1)/!(rule->vcpus >> (vcpu \& 63) \& 1)/
inject.h | the pass before the first | s/pass < rule->first_pass/pass + 1 < rule->first_pass/
inject.h | the last pass is left out | s/pass > rule->last_pass/pass >= rule->last_pass/
inject.h | all sites draw the same | s/((doorbell_u64)site << 32 | vcpu) \*/(vcpu) */
inject.h | all vcpus draw the same | s/((doorbell_u64)site << 32 | vcpu) \*/((doorbell_u64)site << 32) */
inject.h | seeds and vcpus are mixed up | s/ \* 0xd1342543de82ef95ull//
inject.h | one of a million too often | s/doorbell_draw__below(draw, DOORBELL_SURE) >= rule/doorbell_draw__below(draw, DOORBELL_SURE) > rule/
inject.h | only short ones are held | s/	draw <<= 32;/	;/
inject.h | a gate of its own time | s/	if (rule->gate_site != DOORBELL_NO_GATE)/	if (0)/
inject.h | uniform without its end | s/most_ns - least_ns + 1)/most_ns - least_ns)/
plan_text.c | zero bytes are blanks | s/if (memchr(word, 0, length))/if (0)/
plan_text.c | words of any length | s/if (length >= reader->longest)/if (0)/
plan_text.c | any word may be long | s/	reader->longest = WORD_BYTES;/	;/
plan_text.c | anything is meant | s/unsigned int least = 3;/unsigned int least = 30;/
plan_text.c | the column of the word | s/reader->column += (unsigned int)(from - reader->word);/;/
plan_text.c | no delay is a delay | s/if (!err && !ns)/if (0)/
plan_text.c | any delay can be borne | s/if (err || ns > most_ns)/if (err)/
plan_text.c | a range backwards | s/rule->least_ns > rule->most_ns)/0)/
plan_text.c | a gate of no time | s/	rule->least_ns = rule->most_ns;/	;/
plan_text.c | a gate for any site | s/rule->gate_site = site;/;/
plan_text.c | four decimals and one | s/if (unit == 1 && at\[1\] != .%.)/if (0)/
plan_text.c | never | s/	if (!ppm)/	if (0)/
plan_text.c | more than always | s/	if (ppm > DOORBELL_SURE)/	if (0)/
plan_text.c | vcpus backwards | s/	if (first > last)/	if (0)/
plan_text.c | the last vcpu of a range is left out | s/for (; first <= last; first++)/for (; first < last; first++)/
plan_text.c | passes backwards | s/if (rule->first_pass > rule->last_pass)/if (0)/
plan_text.c | a clause twice | s/if (\*seen >> i & 1)/if (0)/
plan_text.c | a site twice | s/if (reader->lines\[reader->site\])/if (0)/
plan_text.c | a seed twice | s/if (reader->seed_line)/if (0)/
plan_text.c | a plan of nothing | s/!plan__count(plan)/0/
plan_text.c | a failed plan is left behind | /plan__parse(/,/^}/s/	if (err)$/	if (0)/
plan_text.c | 0.05% is 0.5% | s/%0\*u", (int)digits, rest/%u", rest/
plan_text.c | vcpu 63 is not printed | s/first < VCPUS; first++/first < VCPUS - 1; first++/
plan_text.c | first passes are all | s/else if (rule->first_pass)/else if (0)/
plan_token.c | blanks pass | s/text\[i\] <= . . ||/0 ||/
plan_token.c | any version | s/memcmp(text, VERSION ":", head)/0/
plan_token.c | any checksum | s/memcmp(text + sum_at, want, SUM_DIGITS)/0/
plan_token.c | the length is not summed | s/uint64_t sum = length;/uint64_t sum = 0;/
plan_token.c | columns of the text | s/error->column += (unsigned int)(offset.*/;/
plan_token.c | nothing to repeat | s/if (!err && !plan->has_seed)/if (0)/
strategy.c | values beyond | s/return (uint64_t)((unsigned __int128)draw(draws) \* of >> 64);/return draw(draws) % (of + 1);/
strategy.c | the budget is for one site | s/each_ns = open ? left_ns \/ open : 0;/each_ns = left_ns;/
strategy.c | what is not needed is lost | s/} while (open < before);/} while (0);/
strategy.c | what is new is not tried | s/ || strategy->site\[site\].tried)/ || 1)/
strategy.c | what nobody passes is tried | s/ || !strategy->site\[site\].passes ||/ ||/
strategy.c | never for long | s/if (need_ns(strategy, \&alone, site) > budget_ns(strategy))/if (1)/
strategy.c | for long whatever the budget | s/if (need_ns(strategy, \&alone, site) > budget_ns(strategy))/if (0)/
strategy.c | any new one | s/	return plan.rule\[site\].chance_ppm;/	return 1;/
strategy.c | a new one is not alone | s/site < DOORBELL_SITES ? 0 : draw_below(draws, 3)/draw_below(draws, 3)/
strategy.c | none is tried alone again | s/site < DOORBELL_SITES ? 0 : draw_below(draws, 3)/site < DOORBELL_SITES ? 0 : 1 + draw_below(draws, 2)/
strategy.c | the second side is the first | s/(i >> by \& 1) == which/(i >> by \& 1) == 0/
strategy.c | one side is all | s/members |= nth_vcpu(vcpus, i);/members = vcpus;/
strategy.c | two that are always of one side | s/ > 2 ? draw_below(draws, 2) : 0;/ > 2 ? 0 : 0;/
strategy.c | a side that nobody is of here | s/vcpus \& vcpus_of(strategy, i) ? vcpus : UINT64_MAX/vcpus/
strategy.c | always all vcpus | s/vcpus \& vcpus_of(strategy, i) ? vcpus : UINT64_MAX/UINT64_MAX/
strategy.c | a long hold of those who do not come by | s/		which = !which;/		;/
strategy.c | both sides are slow | s/slow = side(strategy, by, !which);/slow = UINT64_MAX;/
strategy.c | no side is slow | s/slow = side(strategy, by, !which);/slow = 0;/
strategy.c | never many of both sides | s/plan_sides(strategy, draws, plan);/;/
strategy.c | what nobody passes as often as others | s/of_eight = 1;/of_eight = 8;/
strategy.c | what nobody passes is the one as often | s/? SEEN_WEIGHT : 1/? 1 : 1/
strategy.c | what was close no more often | s/of_eight = 6;/of_eight = 4;/
strategy.c | a scale beyond the ceiling is a point | s/least(scale_ns, most_ns \/ 2 + 1)/scale_ns/
strategy.c | the passes of all for a side | s/ \* count_vcpus(vcpus \& plan->rule\[site\].vcpus)/ * count_vcpus(vcpus)/
strategy.c | the budget of all for a side | s/alone.rule\[site\].vcpus = vcpus;/;/
strategy.c | who was seen does not matter | s/return strategy->site\[site\].vcpus ?:/return 0 ?:/
strategy.c | all of the budget, and a half | s/(2 \* UNITS_NS_PER_S)/(UNITS_NS_PER_S \/ 2)/
strategy.c | what is unknown is held always | s/ ? 1 : CAUTIOUS_PPM;/ ? 1 : DOORBELL_SURE;/
strategy.c | a fire too many is wanted | s/ >= 10 \* DOORBELL_SURE;/ >= 0;/
strategy.c | no fire is wanted | s/ >= 10 \* DOORBELL_SURE;/ >= UINT64_MAX;/
strategy.c | a fire where there are fewest | s/ > fires_ppm(strategy, plan, most))/ < fires_ppm(strategy, plan, most))/
strategy.c | beyond the ceiling | s/least(to_ns, ceiling_ns);/to_ns;/
strategy.c | the same scale again | s/(run \* 5 + /(run \/ 99 + /
strategy.c | all sites at each scale | s/number++ == must || draw_below(draws, 2)/1/
strategy.c | a plan of nothing | s/number++ == must || draw_below(draws, 2)/draw_below(draws, 2)/
strategy.c | scores do not matter | s/(least(strategy->site\[site\].score, UINT32_MAX) + 1)/1/
strategy.c | what shows nothing is never tried | s/(least(strategy->site\[site\].score, UINT32_MAX) + 1)/(strategy->site[site].score + (site == 0))/
strategy.c | sites that cannot be held are drawn | s/return strategy->site\[site\].most_ns ? (least(/return 1 ? (least(/
strategy.c | passes of sites that cannot be held | s/strategy->site\[site\].most_ns ? strategy->site\[site\].most_passes : 0/strategy->site[site].most_passes + 1/
strategy.c | the bound of the last run | s/passes += strategy->site\[i\].most_passes;/passes += strategy->site[i].passes;/
strategy.c | always the first vcpu | s/nth_vcpu(vcpus, at % count_vcpus(vcpus))/nth_vcpu(vcpus, 0)/
strategy.c | passes of all vcpus | s/rule->last_pass = at \/ count_vcpus(vcpus)/rule->last_pass = at/
strategy.c | a change point too few | s/wanted = strategy->depth - 1;/wanted = strategy->depth - 2;/
strategy.c | seeds do not matter | s/{ doorbell_mix(strategy->seed) + run }/{ run }/
strategy.c | PCT of nothing | s/if (kind == STRATEGY_PCT \&\& !all_passes(strategy))/if (0)/
strategy.c | the bound of a depth less | s/for (uint32_t i = 1; i < strategy->depth/for (uint32_t i = 2; i < strategy->depth/
strategy.c | odds wrap | s/return odds < UINT64_MAX ? (uint64_t)odds : UINT64_MAX;/return (uint64_t)odds;/
strategy.c | runs are not counted | s/		if (runs & 1)/		if (runs \& 2)/
strategy.c | a scout that holds | s/plan->rule\[i\].chance_ppm = SCOUT_PPM;/;/
strategy.c | who was refused has not passed | s/(count->fires + least(count->refused, count->fires))/(count->fires)/
strategy.c | who is refused for nothing has passed | s/least(count->refused, count->fires)/count->refused/
strategy.c | none is one of those that delay | s/	case STRATEGY_NONE:/	case STRATEGIES + 1:/
oracle.c | lost is stuck | s/	{ "lost", SYMPTOM_LOST },/	{ "lost", SYMPTOM_STUCK },/
oracle.c | the address of a vector is counted | s/if (rows\[i\].symptom == SYMPTOM_CRASH)/if (0)/
oracle.c | sums wrap | s/\*sum = more > UINT64_MAX - \*sum ? UINT64_MAX :/*sum =/
oracle.c | findings are not read | s/if (json_object_object_get_ex(vcpu, "found"/if (0 \&\& json_object_object_get_ex(vcpu, "found"/
oracle.c | negative ones count | s/json_object_get_int64(member) < 0)/0)/
oracle.c | doorbells of the last vcpu only | s/symptoms->doorbells += number/symptoms->doorbells = number/
oracle.c | the last wait, not the longest | s/if (wait_ns > symptoms->longest_ns)/if (1)/
oracle.c | whatever takes no time is late | s/late_after_ns \&\& wait_ns > late_after_ns/wait_ns > late_after_ns/
oracle.c | half a truth counts | s/	if (!err)$/	if (1)/
oracle.c | any object is a truth | s/	if (!vms)$/	if (!vms)\n		return 0;\n	if (0)/
oracle.c | allowed ones weigh | s/if (!(allowed >> i & 1))/if (1)/
oracle.c | a hang is nothing | s/symptoms->count\[SYMPTOM_HANG\]++;/;/
oracle.c | no word twice | s/else if (!oracle__weight(symptoms, 0))/else/
oracle.c | one fire too few will do | s/counts\[site\].fires >= plan->least_fires/counts[site].fires + 1 >= plan->least_fires/
oracle.c | a skip hides a failure | s/	if (oracle__weight(symptoms, allowed))$/	if (status != ORACLE_SKIP \&\& oracle__weight(symptoms, allowed))/
oracle.c | what is mended is known | s/!patched \&\& i < /i < /
oracle.c | always sure | s/\*ret_sure = .*/*ret_sure = true;/
oracle.c | any symptom is a fault | s/if (!symptoms->count\[faults\[i\].symptom\] || /if (/
oracle.c | any site is a fault | s/ || !(held & faults\[i\].sites))/)/
oracle.c | not one delay is enough | s/ || oracle__idle(plan, counts) ? OUTCOME_FEW/ ? OUTCOME_FEW/
oracle.c | what counts passes is a delay | s/plan->rule\[i\].most_ns <= 1)/0)/
compare.c | nothing is known of a run, and it counts | s/ || !doorbell_hist__count(bucket))/)/
compare.c | all are the others | s/doorbell_hist__count(all) - count;/doorbell_hist__count(all);/
compare.c | the distance of one bucket | s/others_below += all\[i\] - one\[i\];/others_below = all[i] - one[i];/
compare.c | as far is not far enough | s/>= found - ROUNDING/> found + ROUNDING/
compare.c | it is none of the cases | s/as_far = 1;/as_far = 0;/
compare.c | the same deal again and again | s/		++\*draw;/		;/
compare.c | seeds do not matter | s/draw = doorbell_mix(seed);/draw = 1;/
compare.c | a run is dealt out twice | s/		order\[from\] = order\[i\];/		;/
compare.c | few runs are many | s/if (comparison->least_chance > level)/if (0)/
compare.c | tests are free | s/COMPARE_ERROR \/ tests;/COMPARE_ERROR;/
campaign.c | a kernel that has complained goes on | s/ \&\& !last->result.symptoms.count\[SYMPTOM_KERNEL\];/;/
campaign.c | found once is found | s/if (!err \&\& campaign->found \&\& !campaign->again_count/if (0 \&\& !campaign->again_count/
gather.c | any plan delays | s/plan->rule\[i\].most_ns > 1)/plan->rule[i].most_ns)/
html.c | attributes end anywhere | s/	case .".:/	case 0:/
html.c | elements begin anywhere | s/	case .<.:/	case 0:/
html.c | any byte will do | s/	text__clean(clean, length + 1, line, length);/	memcpy(clean, line, length), clean[length] = 0;/
html.c | a command is believed | s/		html__word(out, command\[i\]);/		fputs(command[i], out);/
page.c | options are lost | s/	option_ns("--timeout", page->timeout_ns, out);/	;/
page.c | an emulator is believed | s/if (machine->emulated) {/if (0) {/
machine.c | any machine is hardware | s/strstr(machine->model, "qemu") ||/0 ||/
observer.c | a VM that ends takes all along | s/if (doorbell_hist__count(now->bucket\[kind\]) >= /if (1 || /
observer.c | any VM will do | s/if (vm \&\& vm->pid == (uint64_t)pid)/if (vm)/
observer.c | any stall will do | s/if (list.rows\[i\].pid == (uint64_t)pid)/if (1)/
trial.c | nobody looks | s/		if (trial->observed)$/		if (0)/
shrink.c | nothing left | s/return plan__count(&smaller) ? try(shrink, plan, &smaller) : 0;/return try(shrink, plan, \&smaller);/
shrink.c | halves only | s/size = size == 1 ? 1 : size \/ 2;/size = 0;/
shrink.c | no site twice | s/if (size == 1 \&\& !went)/if (size == 1)/
shrink.c | ranges stay | s/	strong.shape = DOORBELL_SHAPE_FIXED;/	;/
shrink.c | chances stay | s/	strong.chance_ppm = DOORBELL_SURE;/	;/
shrink.c | no site is tried alone | s/	err = shrink_to_one(shrink, plan, &first);/	err = 0;/
shrink.c | a plan that does not fail is shrunk | s/	if (failed > 0)$/	if (failed >= 0)/
shrink.c | single passes | s/	strong.last_pass = DOORBELL_PASS_ANY;/	;/
shrink.c | luck is not told | s/	shrink->held = err > 0;/	shrink->held = true;/
shrink.c | chances go | s/	rule->chance_ppm = chance_ppm;/	;/
shrink.c | halved once | s/	while (failed > 0 \&\& /	if (failed > 0 \&\& /
shrink.c | luck is as good | s/held = shrink->careful ? 1 : holds(shrink, plan);/held = 1;/
shrink.c | never careful | s/	if (failed \&\& shrink->careful)/	if (0)/
shrink.c | what does not hold is left as it is | s/	while (!held \&\& lengthen/	while (0 \&\& lengthen/
shrink.c | longer than they were | s/rule->most_ns >= most_ns)/0)/
shrink.c | errors are failures | s/	if (failed < 0)$/	if (0)/
campaign.c | a third is a half | s/return good \/ 3;/return good \/ 2;/
campaign.c | more scouts, though one has failed | s/ \&\& !campaign->any)/)/
campaign.c | delays all the same, though one without has failed | s/(campaign->any \&\& campaign->without.outcome == OUTCOME_BAD)/0/
campaign.c | as usual is news | s/bool failed = weight(campaign, \&run->result) > campaign__usual(campaign)/bool failed = 1/
campaign.c | the last is what is usual | s/if (!campaign->without_runs || weight(campaign, \&result) > campaign__usual(campaign))/if (1)/
campaign.c | a test that may err as often as the one before | s/ \/ ((double)campaign->suspects \* (double)(campaign->suspects + 1))//
campaign.c | any chance will do | s/campaign->found = campaign->chance <= level(campaign);/campaign->found = true;/
campaign.c | what is as usual is repeated | s/if (2 \* as_bad(campaign, weight(campaign, \&result)) > usual_count(campaign))/if (0)/
campaign.c | no runs of the other kind | s/		err = run_without(campaign);$/		;/
campaign.c | once is usual | s/			runs = WITHOUT_RUNS;/			;/
campaign.c | once is enough | s/if (campaign->found \&\& campaign__usual(campaign))/if (0)/
campaign.c | all sites of a plan of one | s/if (!plan__has(campaign->plan, i))/if (0)/
campaign.c | who comes by is not learned | s/vcpus |= result->counts\[i\].vcpus;/vcpus |= 0;/
campaign.c | who was to be held is who comes by | s/if (plan->rule\[i\].vcpus == UINT64_MAX)/if (1)/
campaign.c | passes are not learned | s/learn_passes(\&site\[i\], strategy__passed.*/;/
campaign.c | all runs take as long as the first | s/^	learn_time(campaign, &run->result);/	;/
campaign.c | delays are part of a run | s/held_ns += result->counts\[i\].held_ns;/;/
campaign.c | nothing is left of a run | s/: result->took_ns \/ 2)) \/ 2;/: 0)) \/ 2;/
campaign.c | passes of the first run for good | s/^	site->passes = passes < .*/	site->passes = site->passes ?: passes;/
campaign.c | passes of the last run | s/^	site->passes = passes < .*/	site->passes = passes;/
campaign.c | who was not passed never is | s/^	if (!passes)$/	if (0)/
campaign.c | the most is the last | s/if (result->counts\[i\].passes > campaign->strategy.site\[i\].most_passes)/if (1)/
campaign.c | passes of some are those of all | s/ \&\& rule->vcpus == UINT64_MAX \&\& rule->last_pass/ \&\& rule->last_pass/
campaign.c | one pass is all | s/ \&\& rule->last_pass == DOORBELL_PASS_ANY)/)/
campaign.c | one seed for all | s/campaign->strategy.seed + campaign->count)/campaign->strategy.seed)/
campaign.c | a seed of its own | s/if (!run->plan.has_seed)/if (1)/
campaign.c | all strategies at once | s/campaign->kind == STRATEGIES ? strategy__turn(campaign->count) : campaign->kind/strategy__turn(campaign->count)/
campaign.c | nothing is learned | s/if (plan__has(&run->plan, i) \&\& run->result.counts\[i\].fires)/if (0)/
campaign.c | sites not held learn | s/if (plan__has(&run->plan, i) \&\& run->result.counts\[i\].fires)/if (1)/
campaign.c | fires are not summed | s/sum->fires += more->fires;/;/
campaign.c | any failure is a suspect | s/as_bad(campaign, weight(campaign, result)) <= usual_count(campaign) \/ 10/1/
rank.c | equals are lower | s/equal += other == value;/;/
rank.c | one value twice | s/for (size_t picked = few_count; picked > 0; picked--)/for (size_t picked = 1; picked <= few_count; picked++)/
rank.c | higher, not as high | s/sum >= found ?/sum > found ?/
campaign.c | it goes on | s/return campaign->found || /return /
campaign.c | skipped again and again | s/campaign->outcomes\[OUTCOME_SKIPPED\] ||$/0 ||/
campaign.c | no end of time | s/campaign->took_ns >= campaign->for_ns/0/
campaign.c | no confidence | s/campaign__one_in(campaign->outcomes\[OUTCOME_GOOD\]) >= campaign->one_in/0/
campaign.c | fails anyway is clean | s/ || campaign->without.outcome == OUTCOME_BAD)/)/
campaign.c | inconclusive is clean | s/? CAMPAIGN_CLEAN : CAMPAIGN_INCONCLUSIVE/? CAMPAIGN_CLEAN : CAMPAIGN_CLEAN/
campaign.c | a replay that stops | s/(all || replay->failed == replay->tries)/(replay->failed == replay->tries)/
campaign.c | as usual is a failure | s/ || weight <= usual)/)/
trial.c | its stdout is ours | s/	dup2(STDERR_FILENO, STDOUT_FILENO);/	;/
trial.c | no seed for it | s/	set_number(TRIAL_SEED, seed);/	;/
trial.c | the runs of somebody else | s/		unsetenv(TRIAL_RUN);/		;/
trial.c | its runs are not counted | s/		set_number(TRIAL_RUN, \*trial->before);/		;/
trial.c | it does not wait for us | s/if (read(gate_fd, &byte, 1) != 1)/if (0)/
trial.c | what it started goes on | s/kill(-child->pid, SIGKILL);/kill(child->pid, SIGKILL);/
trial.c | what it started is left as a zombie | s/return err ? err : reap(-child->pid, end_ns, &status);/return err;/
trial.c | the lease is not renewed | s/\*ret_lapsed |= engine__renew(trial->engine) != 0;/;/
trial.c | a lapsed lease is as good as any | s/if (lapsed && result->outcome == OUTCOME_GOOD)/if (0)/
trial.c | it stays armed | s/	engine__disarm(trial->engine);/	;/
trial.c | any exit code is an outcome | s/if (status > 1 && status <= 128/if (0 \&\& status <= 128/
trial.c | the truth of the run before | s/		unlink(trial->truth);/		;/
trial.c | no truth is good truth | s/(err == -ENOENT && status)/(err == -ENOENT)/
trial.c | half a truth is none | s/(status == ORACLE_TIMED_OUT || status > 128)/0/
trial.c | half a truth is enough | s/(status == ORACLE_TIMED_OUT || status > 128)/1/
trial.c | the kernel is not heard | s/bool kernel = result.*/bool kernel = false;/
trial.c | its stdin is ours | s/	dup2(null_fd, STDIN_FILENO);/	;/
trial.c | more in a second than in all | s/if (budget.second_ns > budget.total_ns)/if (0)/
trial.c | each run has all of the budget | s/trial->budget.total_ns -= .*/(void)spent_ns;/
trial.c | without a budget | s/	if (trial->budget.total_ns < LEAST_TOTAL_NS)/	if (0)/
trial.c | no end of time | s/err || trial->stuck ? ORACLE_TIMED_OUT : status/status/
trial.c | what was said before counts | s/	kernel_log__read(&trial->kernel_log, result->kernel_says);$/	;/
kernel_log.c | anywhere in a line | s/!strncmp(text, complaints\[i\], strlen(complaints\[i\]))/strstr(text, complaints[i])/
kernel_log.c | anybody can complain | s/ || strtoul(record, NULL, 10) > 7//
kernel_log.c | the last complaint is told | s/if (!count++)/if (++count)/
kernel_log.c | what stands before the text | s/		return text + 1;/	return record;/;s/	return text + 1;/	return record;/
junit.c | no run without delays is a case | s/campaign->without_runs ? 0 : 1; i <=/1; i <=/
junit.c | the time of those without delays is gone | s/	uint64_t left_ns = .*/	uint64_t left_ns = campaign->took_ns;/
junit.c | any failure is one of the campaign | s/!run || run == found(campaign) ? VERDICT_FAILURE : VERDICT_SKIPPED/VERDICT_FAILURE/
junit.c | the kernel writes XML | s/	html__text(out, result->kernel_says);/	fputs(result->kernel_says, out);/
junit.c | the host writes XML | s/	html__text(out, page->machine->host);/	fputs(page->machine->host, out);/
junit.c | skipped without a word | s/		run_message(campaign, run, out);/		;/
junit.c | what shows nothing is good | s/			       VERDICT_ERROR;/			       VERDICT_PASSED;/
junit.c | numbers as they come | s/run %0\*zu %s/run %*zu %s/
junit.c | no verdict | s/	tell__shown(campaign, out);/	;/
junit.c | no label | s/page->label ?: LABEL/LABEL/
tell.c | all runs without delays have failed | s/%zu of %zu runs of %s failed", failed, of,/%zu of %zu runs of %s failed", of, of,/
tell.c | what a failed try is | s/if (campaign__usual(campaign))$/if (0)/
observer.c | all breaks of all times | s/? breaks - before : 0;/? breaks : 0;/
observer.c | again and again | s/	observer->breaks = breaks;/	;/
observer.c | what there was before | s/err = ask(observer, &observer->breaks);/err = 0;/
lifecycle.h | rb is another field | s/(word >> 11) & 31 }/(word >> 16) \& 31 }/
lifecycle.h | the halves of an SPR swapped | s/((word >> 16) & 31) | ((word >> 6) & 0x3e0)/((word >> 11) \& 31) | ((word >> 11) \& 0x3e0)/
lifecycle.h | any opcode | s/word >> 26 != 31/word >> 26 < 31/
lifecycle.h | XO without its top bit | s/(word >> 1) & 0x3ff/(word >> 1) \& 0x1ff/
lifecycle.h | msgsnd for msgsndp | s/case 142:/case 206:/
lifecycle.h | msgclr for msgclrp | s/case 174:/case 238:/
lifecycle.h | SPR 177 for DPDES | s/spr == 176/spr == 177/
lifecycle.h | SPR 445 for TIR | s/spr == 446/spr == 445/
lifecycle.h | type 13 is 5 too | s/(msg >> 27) & 0x1f) == 5/(msg >> 27) \& 0x7) == 5/
lifecycle.h | six bits of tag | s/msg & 0x7f;/msg \& 0x3f;/
rows.h | the sum stands still | s/__sync_fetch_and_add(&hist->sum_ns, value_ns);/;/
rows.h | the minimum for the maximum | s/i < 4 && value_ns > max/i < 4 \&\& value_ns < max/
rows.h | the sample says 0 | s/samples->ns\[kind\] = value_ns;/samples->ns[kind] = 0;/
rows.h | a sample without its bit | s/samples->mask |= 1u << kind;/;/
lifecycle.h | consumptions are not counted | s/__sync_fetch_and_add(&target->consumed, 1);/;/
stages.h | the older note goes | s/DOORBELL_READ(transit->note\[0\].to_ns) >/DOORBELL_READ(transit->note[0].to_ns) </
stages.h | a note means everything | s/if (post_ns < DOORBELL_READ(note->from_ns) || .*/if (0)/
stages.h | a note of the last instant means nothing | s/post_ns > DOORBELL_READ(note->to_ns)/post_ns >= DOORBELL_READ(note->to_ns)/
stages.h | an old account for a new doorbell | s/	transit->seen.runs = 0;/	;/
stages.h | the stages of the one before | s/DOORBELL_WRITE(transit->stage_ns\[i\], 0);/;/
stages.h | no account is one of 0 runs | s/!seen->runs || !account->runs || account->runs < seen->runs/account->runs < seen->runs/
stages.h | runs backwards | s/ || account->runs < seen->runs//
stages.h | all of the wait counts | s/doorbell__min(account->delay_ns - seen->delay_ns, away_ns)/account->delay_ns - seen->delay_ns/
stages.h | sleep and running are one | s/account->runs - seen->runs == 1 ?/1 ?/
stages.h | in the guest again is a kick | s/again ? DOORBELL_LATENCY_MASKED : DOORBELL_LATENCY_KICK/DOORBELL_LATENCY_KICK/
stages.h | masked from the first | s/again ? DOORBELL_LATENCY_MASKED : DOORBELL_LATENCY_KICK/DOORBELL_LATENCY_MASKED/
stages.h | left before the post | s/doorbell__max(moment->left_ns, from_ns)/moment->left_ns/
stages.h | left after the entry | s/doorbell__min(\(doorbell__max(moment->left_ns, from_ns)\), moment->now_ns)/\1/
stages.h | on a CPU since before it left | s/doorbell__max(moment->arrived_ns, left_ns)/moment->arrived_ns/
stages.h | an unknown clock is an old one | s/if (moment->arrived_ns) {/if (1) {/
stages.h | the account stays that of the post | s/transit->seen = moment->account;/;/
stages.h | an entry twice | s/transit->until_ns = moment->now_ns;/;/
stages.h | no time at all is an event | s/	if (value_ns)/	if (1)/
stages.h | any transit is believed | s/if (sum_ns != request_ns || __sync.*/if (0) {/
stages.h | who has moved on is believed | s/ || __sync_fetch_and_add(&transit->post_ns, 0) != post_ns//
stages.h | pairs the other way round | s/pair\[from\]\[to\]/pair[to][from]/
stages.h | no maximum of a pair | s/doorbell_max__raise(&pair->max_ns, request_ns);/;/
recorder.h | one place for all | s/number & (DOORBELL_RECORDS - 1)\];/number \& 0];/
recorder.h | numbers from 0 | s/&record->number, number + 1/\&record->number, number/
recorder.h | what is being written is read | s/return DOORBELL_READ(vcore->ended) < number + DOORBELL_RECORDS;/return 1;/
recorder.h | what is no more there is read | s/if (__atomic_load_n(&record->number, __ATOMIC_ACQUIRE) != number)/if (0)/
recorder.h | a clear before its post | s/post_ns && end_ns > post_ns ? end_ns - post_ns : 0/end_ns - post_ns/
recorder.h | an unknown post waited for ever | s/= post_ns && end_ns > post_ns ?/= end_ns > post_ns ?/
stages.h | nothing is recorded | s/doorbell_recorder__put(vcore, post_ns, .*/;/
stages.h | an unknown sender is the last one | s/		source = 0;/		;/
lifecycle.h | a clear is not recorded | s/doorbell_recorder__put_cleared(vcore, vcpu->thread, post_ns, vcpu->trap_ns);/;/
lifecycle.h | the clear of a request is not recorded | s/doorbell_recorder__put_cleared(vcore, vcpu->thread, 0, trap_ns);/;/
lifecycle.h | a late stamp is certain | s/vcpu->attempt_ns < post_ns ? DOORBELL_ENDING_UNCERTAIN :/0 ? DOORBELL_ENDING_UNCERTAIN :/
lifecycle.h | merged is consumed | s/moment->now_ns, DOORBELL_ENDING_MERGED, samples/moment->now_ns, DOORBELL_ENDING_CONSUMED, samples/
lifecycle.h | no place is counted | s/__sync_fetch_and_add(&target->found\[found\], 1);/;/
lifecycle.h | own posts are joined | s/post_ns >= trap_ns/post_ns > trap_ns/
lifecycle.h | no wait is cut | s/doorbell_transit__entered(&vcpu->transit, post_ns, moment);/;/
lifecycle.h | what is merged is not cut | s/doorbell_transit__entered(&vcpu->transit, held_ns, moment);/;/
lifecycle.h | a late kick waited for ages | s/attempt_ns > post_ns ? attempt_ns - post_ns : 0/attempt_ns - post_ns/
lifecycle.h | posts are not counted | s/__sync_fetch_and_add(&target->posted, 1);/;/
lifecycle.h | a kick ends no post before it | s/if (!before_ns)/if (1)/
lifecycle.h | posted anew is certain | s/__sync_fetch_and_add(&target->uncertain, 1);/;/
lifecycle.h | another op is the DPDES read | s/vcpu->resuming == DOORBELL_OP_READ_DPDES + 1/vcpu->resuming == DOORBELL_OP_READ_DPDES/
lifecycle.h | an op resumes for ever | s/vcpu->resuming = 0;/;/
lifecycle.h | a trap in the future | s/now_ns > vcpu->trap_ns ? now_ns - vcpu->trap_ns : 0/now_ns - vcpu->trap_ns/
lifecycle.h | an aborted entry consumes | /doorbell_vcpu__settle(/,/^}/s/	if (request) {/	if (0) {/
lifecycle.h | a post ends at every entry again | s/__sync_val_compare_and_swap(&vcpu->post_ns, post_ns, 0) == post_ns/post_ns/
lifecycle.h | no post is seen | /doorbell_vcpu__post(/,/^}/s/return .*/return 0;/
lifecycle.h | every entry is an attempt | s/	if (pending) {/	if (1) {/
lifecycle.h | no entry is an attempt | s/	if (pending) {/	if (0) {/
lifecycle.h | MSR[EE] is always set at the attempt | s/vcpu->attempt_open = open;/vcpu->attempt_open = 1;/
lifecycle.h | ops are not counted | s/vcpu->op\[op\]++;/;/
lifecycle.h | timed without an entry | s/if (!vcpu->enter_ns)/if (0)/
lifecycle.h | the resume of the op before | s/vcpu->resuming = op + 1;/vcpu->resuming = op;/
lifecycle.h | a clear that was overtaken counts | s/if (!post_ns || request ||/if (!post_ns ||/
lifecycle.h | every clear comes after an attempt | s/if (vcpu->attempt_ns >= post_ns \&\& (/if ((/
lifecycle.h | every clear comes before any attempt | s/if (vcpu->attempt_ns >= post_ns \&\& (open/if (0 \&\& (open/
lifecycle.h | MSR[EE] at the trap does not matter | s/(open || vcpu->attempt_open)/(vcpu->attempt_open)/
lifecycle.h | MSR[EE] at the attempt does not matter | s/(open || vcpu->attempt_open)/(open)/
lifecycle.h | a clear of the latched is certain | s/__sync_fetch_and_add(&vcpu->uncertain, 1);/;/
lifecycle.h | a dying vcpu consumes what waits | s/if (post_ns && !request &&/if (post_ns \&\&/
lifecycle.h | what waited is forgotten | s/__sync_fetch_and_add(&gone->pending, doorbell_vcpu__open(vcpu));/;/
lifecycle.h | fewer posts than ends are open | s/return posted > ended ? posted - ended : 0;/return posted - ended;/
lifecycle.h | cleared posts are open | s/ended = DOORBELL_READ(vcpu->consumed) + DOORBELL_READ(vcpu->cleared) +/ended = DOORBELL_READ(vcpu->consumed) +/
lifecycle.h | merged is forgotten | s/__sync_fetch_and_add(&gone->merged, vcpu->merged);/;/
lifecycle.h | a traced DPDES read is like any op | s/op == DOORBELL_OP_READ_DPDES ? DOORBELL_LATENCY_DPDES_READ :/0 ? DOORBELL_LATENCY_DPDES_READ :/
lifecycle.h | every send posts | s/	if (posted)$/	if (1)/
lifecycle.h | a coalesced send is not received | s/__sync_fetch_and_add(&target->received, 1);/if (posted) target->received++;/
lifecycle.h | no bound on the thread | s/if (thread < DOORBELL_THREADS)/if (1)/
lifecycle.h | traced ends are not counted | s/	vcpu->consumed++;/	;/
lifecycle.h | a traced end before its post | s/entry_ns > post_ns ? entry_ns - post_ns : 0/entry_ns - post_ns/
lifecycle.h | the older of two is forgotten | s/	if (!held_ns)$/	if (1)/
lifecycle.h | the older of two stays | s/	vcpu->held_ns = post_ns;/	vcpu->held_ns = held_ns ? held_ns : post_ns;/
lifecycle.h | the older of two is not merged | s/	vcpu->merged++;/	;/
lifecycle.h | latched is taken | s/	if (latched)/	if (0)/
lifecycle.h | one without a post is consumed | s/	if (!held_ns)$/	if (0)/
lifecycle.h | what was taken is still held | s/	vcpu->held_ns = 0;$/	;/
lifecycle.h | a cleared request stays | s/if (what & DOORBELL_CLEARED_REQUEST)/if (0)/
lifecycle.h | a cleared latch stays | s/if (what & DOORBELL_CLEARED_LATCHED && vcpu->held_ns)/if (0)/
lifecycle.h | a latch without a post is cleared | s/if (what & DOORBELL_CLEARED_LATCHED && vcpu->held_ns)/if (what \& DOORBELL_CLEARED_LATCHED)/
lifecycle.h | a waiting request is written off | s/if (posted > known && !DOORBELL_READ(\*request))/if (posted > known)/
lifecycle.h | posts under way are written off | s/if (posted > known && !DOORBELL_READ(\*request))/if (!DOORBELL_READ(*request))/
lifecycle.h | nothing is ever written off | s/	if (posted > known && /	if (0 \&\& /
lifecycle.h | what is held is written off | s/vcpu->dropped + (vcpu->held_ns != 0);/vcpu->dropped;/
lifecycle.h | never out of balance | s/return DOORBELL_READ(vcpu->posted) > doorbell_vcpu__known(vcpu);/return 0;/
lifecycle.h | cleared is added to consumed | s/(&gone->cleared, vcpu->cleared)/(\&gone->consumed, vcpu->cleared)/
symbols.c | any module is kvm_hv | s/return -1;/return SYMBOLS_KVM_HV;/
symbols.c | kvm is kvm_hv | s/strcmp(text, "\[kvm\]")/strncmp(text, "[kvm", 4)/
symbols.c | not sorted | s/qsort(.*/;/
symbols.c | hidden addresses are taken | s/	if (address)/	if (1)/
symbols.c | hidden is the same as absent | s/hidden ? -EPERM : -ENOENT/-ENOENT/
symbols.c | no suffix is known | s/!strncmp(rest, ".isra/!strncmp(rest, ".isrb/
symbols.c | any prefix matches | s/if (strncmp(symbol->name, name, length))/return !strncmp(symbol->name, name, length);\n	if (0)/
symbols.c | modules do not matter | s/symbol\[i\].module == (int)module &&/symbol[i].module >= 0 \&\&/
symbols.c | a range ends in another module | s/next->address > symbol->address && next->module == symbol->module/next->address > symbol->address/
symbols.c | a range is empty at an alias | s/next->address > symbol->address && /1 \&\& /
symbols.c | names lose their end | s/name = strdup(name)/name = strndup(name, 500)/
btf_file.c | any kernel will do | s/if (strcmp(mark, id))/if (0)/
btf_file.c | an id by its beginning | s/if (strcmp(mark, id))/if (strncmp(mark, id, 4))/
btf_file.c | an unmarked file is taken | s/	if (!mark)$/	if (!mark) return 0;\n	if (0)/
btf_file.c | any byte order | s/if (head.magic == MAGIC_SWAPPED)/if (0)/
btf_file.c | names beyond the end | s/ || names + head.names_bytes > size)/)/
btf_file.c | names without an end | s/if (!size || end\[-1\])/if (!size)/
btf_file.c | the first note | s/if (head.type != NOTE_BUILD_ID || head.name_bytes != 4 || memcmp(name, "GNU", 4) ||$/if (/
btf_file.c | notes beyond the end | s/		if (at > end)/		if (0)/
request.c | arrays pass | s/json_type_object))/json_type_object) \&\& 0)/
request.c | any version | s/!= DOORBELL_API_VERSION/< 0/
request.c | a float is a version | s/!json_object_is_type(member, json_type_int))/0)/
request.c | commands by their beginning | s/strcmp(name, names\[kind\])/strncmp(name, names[kind], 4)/
request.c | VM 0 | s/json_object_get_int64(member) <= 0/json_object_get_int64(member) < 0/
request.c | the VM is not read | s/request->vm = json_object_get_int64(member);/;/
request.c | trailing garbage passes | s,root && json_tokener_get_parse_end(tokener) == length,root,
request.c | any text is strict JSON | s/JSON_TOKENER_STRICT/JSON_TOKENER_ALLOW_TRAILING_CHARS/
request.c | no limit of depth | s/json_tokener_new_ex(8)/json_tokener_new_ex(4096)/
request.c | a refusal writes to the request | s/	if (\*ret_why)/	*ret_request = request;\n	if (*ret_why)/
request.c | stalls before 0 | s/json_object_get_int64(member) < 0)/json_object_get_int64(member) < -9)/
request.c | the change is not read | s/request->after = json_object_get_int64(member);/;/
tables.c | an end that is under way is not noticed | s/if (load(&census->ending) == ended)/if (1)/
tables.c | BUSY rows are shown | s/return key > DOORBELL_KEY_BUSY;/return key >= DOORBELL_KEY_BUSY;/
tables.c | a VM is shown whatever is asked | s/(only && seq != only)/0/
tables.c | a vcore is shown whatever is asked | s/(!only || vcore->vm_seq == only)/1/
tables.c | vcores of all VMs are read for one | s/(!only || row->vm_seq == only)/1/
tables.c | a vcore that is leaving is shown | s/vcore->live &&/1 \&\&/
tables.c | a vcore out of the table is noted | s/if (vcore < tables->vcores)/if (1)/
tables.c | a vcpu that has ended is a thread | s/key__live(load(&row->key)) && DOORBELL_READ/DOORBELL_READ/
tables.c | a vcpu of elsewhere is a thread | s/ && DOORBELL_READ(row->vcore) == vcore ? row/ ? row/
tables.c | no birth is noticed | s/	collector->live_count = 0;/	if (collector->live_count)\n		return collector->live_count;/
tables.c | every call walks over all rows | s/if (collector->born == born)/if (0)/
tables.c | all names are asked for at once | s/		most--;/		;/
tables.c | missed programs are not added | s/i == DOORBELL_LOST_PROGRAM ? missed : 0/0/
tables.c | received is posted | s/"posted", row.posted/"posted", row.received/
tables.c | an attempted post waits | s/return row->attempt_ns < row->post_ns ? row->post_ns : 0;/return row->post_ns;/
tables.c | clocks are not told apart | s/row->waits_ns + tables->timebase_begin_ns/row->waits_ns/
tables.c | what waits is unsettled too | s/doorbell_vcpu__open(row) > (row->waits_ns != 0)/doorbell_vcpu__open(row) > 0/
tables.c | merged is 0 where it is unknown | s/	if (tables->doorbells)$/	if (1)/
tables.c | all eight targets | s/i < smt; i++/i < DOORBELL_THREADS; i++/
tables.c | rows are off by one | s/vcore->row\[i\] - 1;/vcore->row[i];/
vm_name.c | guest= is part of the name | s/word += 6;/word += 0;/
vm_name.c | the options are part of the name | s/strcspn(word, ",")/strlen(word)/
tables.c | a name sticks to its slot | s/if (slot->seq != seq)/if (!slot->seq)/
tables.c | empty buckets are shown | s/if (!count)/if (0)/
watch.c | run time stands still | s/look->on_cpu ? less(sight->clock_ns, look->stamp_ns) : 0/0/
watch.c | a wait counts only when it is over | s/look->queued_ns ? less(sight->clock_ns, look->queued_ns) : 0/0/
watch.c | a run of the guest counts only when it is over | s/look.place == DOORBELL_PLACE_GUEST \&\& since_ns/look.place == 99/
watch.c | no request is needed to be stuck | s/	if (!look->request)/	if (0)/
watch.c | it is stuck although it left its guest | s/return !watch->looks || look->vtb == watch->last.vtb;/return true;/
watch.c | once stuck, for ever stuck | s/		watch->stuck_looks = 0;/		;/
watch.c | any instruction reads DPDES | s/look->msgp \&\&$/look->msgp \&\& 1 ||/
watch.c | before the first look everything is known | s/watch->blame_ns\[sight->look.place\] = here_ns;/watch->blame_ns[sight->look.place] = age_ns;/
watch.c | before the first look nothing is known | s/here_ns = least(age_ns, /here_ns = 0 * least(age_ns, /
watch.c | the last bounce counts | s/if (!sight->bounced_ns || watch->bounced_ns)/if (!sight->bounced_ns)/
watch.c | what was before a bounce is forgotten | s/memcpy(watch->before_ns, watch->blame_ns, sizeof(watch->before_ns));/;/
watch.c | more is blamed than there is | s/uint64_t taken_ns = least(value_ns, left_ns);/uint64_t taken_ns = value_ns;/
watch.c | the guest is the host | s/watch__blame(watch, DOORBELL_PLACE_GUEST, guest_ns, left_ns)/watch__blame(watch, DOORBELL_PLACE_HOST, guest_ns, left_ns)/
watch.c | it ran before it waited | s/left_ns = watch__blame(watch, DOORBELL_PLACE_QUEUED, queued_ns, left_ns);/;/
watch.c | any two reads are one | s/sight->look.vtb == watch->last.vtb \&\& //
watch.c | a read that siblings answer is stuck | s/ \&\& sight->sync_ns == watch->sync_ns;/;/
watch.c | siblings take all the time there is | s/least(less(took_ns, watch->early_ns), watch->own_ns)/host_ns/
watch.c | siblings take more time than there is | s/least(less(took_ns, watch->early_ns), watch->own_ns)/less(took_ns, watch->early_ns)/
watch.c | answers are counted again and again | s/	watch->sync_ns = sight->sync_ns;/;/
watch.c | what has not been answered takes no time | s/if (watch__same_read(watch, sight))/if (0)/
watch.c | answers of before the bounce are of after | s/watch->before_answers_ns = watch->answers_ns;/;/
watch.c | an answer lies behind the last look | s/less(took_ns, watch->early_ns), watch->own_ns/less(took_ns, watch->early_ns), host_ns/
watch.c | answers of before the bounce, in what came after | s/^	watch->own_ns = 0;//
watch.c | a read that goes on is counted twice | s/		watch->early_ns += host_ns;/;/
watch.c | with a CPU it is outside of its guest | s/most(look->arrived_ns, /most(look->arrived_ns, 0 * /
watch.c | a missed tick is a deaf CPU | s/#define DEAF_NS 20000000ull/#define DEAF_NS 10000000ull/
watch.c | who sleeps is deaf | s/look->on_cpu ? less(sight->clock_ns, look->stamp_ns) : 0;/less(sight->clock_ns, look->stamp_ns);/
verdict.c | one look is enough | s/#define READY_LOOKS 2u/#define READY_LOOKS 1u/
verdict.c | a stuck look is as good as none | s/facts->watch->stuck_looks >= READY_LOOKS \&\& //
verdict.c | what follows a bounce matters | s/facts->watch->bounced_ns ? facts->watch->before_ns : facts->watch->blame_ns/facts->watch->blame_ns/
verdict.c | the smallest part wins | s/if (part_ns > \*ret_part_ns)/if (part_ns \&\& (!worst || part_ns < *ret_part_ns))/
verdict.c | stopped is no excuse | s/mattered(facts, DOORBELL_PLACE_STOPPED) + //
verdict.c | reads of DPDES are host time too | s/^	       answers_before(facts);$/0;/
verdict.c | who is masked answers for its siblings | s/ - answers_since(facts);/;/
verdict.c | the guest itself takes no time | s/since_bounce(facts, DOORBELL_PLACE_GUEST) +/0 +/
verdict.c | the host takes no time for it | s/since_bounce(facts, DOORBELL_PLACE_HOST) +/answers_ns +/
verdict.c | all answers came after the bounce | s/watch->answers_ns - facts->watch->before_answers_ns/watch->answers_ns/
verdict.c | a read that takes long is a deaf CPU | s/ \&\& 2 \* watch->same_read_looks >= watch->dpdes_looks;/;/
verdict.c | hours are too long for a convoy | s/(unsigned __int128)//
verdict.c | one more is a storm | s/#define STORM_JOINED 16u/#define STORM_JOINED 1u/
verdict.c | deaf for a while is deaf for all of it | s/2 \* deaf_ns >= age_ns(facts)/9 * deaf_ns >= age_ns(facts)/
verdict.c | a kick gets lost for long where there is a tick | s/facts->tickless ? stuck/1 ? stuck/
verdict.c | a cause among others stands out | s/return part_ns >= /return 1 || part_ns >= /
verdict.c | what nobody knows is known | s/ - blame(facts, DOORBELL_PLACE_UNKNOWN)) \/ 2/) \/ 2/
verdict.c | what is inferred is known | s/facts->inferred || //
request.c | a recording of no stall | s/kind == REQUEST_RECORDING \&\& !request->stall/0/
recording.c | what was there is frozen again | s/number = recording->ended;/number = 0;/
recording.c | any number of doorbells | s/number < ended \&\& recording->count < DOORBELL_RECORDING_DOORBELLS/number < ended/
recording.c | what was being written is whole | s/later->ended < recording->record\[i\].number + DOORBELL_RECORDS/1/
recording.c | one clock for all kernels | s/row_ns + tables->timebase_begin_ns/row_ns/
recording.c | what is unknown has a time | s/row_ns \&\& tables->doorbells/tables->doorbells/
recording.c | threads from 1 | s/record->source - 1/record->source/
recorder.c | any file may go | s/return !strcmp(name + i, ".json");/return true;/
recorder.c | the newest go | s/strcmp(entry->d_name, oldest) < 0/strcmp(entry->d_name, oldest) > 0/
recorder.c | one more than is to be kept | s/oldest) > recorder->keep/oldest) > recorder->keep + 1/
recorder.c | what was just written may go | s/recorder__bound(recorder, name)/recorder__bound(recorder, "")/
recorder.c | what is half-written stays | s/		unlinkat(recorder->dir, HALF_WRITTEN, 0);/		;/
recorder.c | everybody may read | s/fchmod(fd, 0600)/fchmod(fd, 0644)/
stall.c | a recording of the one before | s/recording->count = recording->ended = 0;/;/
stall.c | nobody knows at what time it was seen | s/seen_real_ns = clock__real_ns()/seen_real_ns = 0/
stall.c | no doorbells when it appears | s/	if (!slot->frozen)$/	if (0)/
stall.c | no doorbells at its end | s/^		slot__freeze(stalls, slot, row);$/		;/
stall.c | its end is that of the one after | s/^	if (end_ns)$/	if (0)/
stall.c | it ended before it was last seen | s/return end_ns > slot->watch.until_ns ? end_ns : slot->watch.until_ns;/return end_ns;/
stall.c | it ended when it was last seen | s/return end_ns > slot->watch.until_ns ? end_ns : slot->watch.until_ns;/return slot->watch.until_ns;/
recording.c | any thread is the target | s/ \&\& recording->record\[i\].to == thread//
stall.c | what was seen attempted has not ended then | s/known_ns >= slot->watch/known_ns > slot->watch/
stall.c | a tick reads any number of vcores | s/ || stalls->freezes == FREEZES_A_TICK//
stall.c | any stall is the one | s/!stall || stall->id != id/!stall/
stall.c | no limit is too short | s/if (after_ns < LIMIT_MIN_NS)/if (0)/
stall.c | one limit for all | s/		return stalls->limit\[i\].after_ns;/		return stalls->after_ns;/
stall.c | a name may be empty | s/if (!name || name >= sizeof(limit->vm))/if (name >= sizeof(limit->vm))/
stall.c | a name may be long | s/if (!name || name >= sizeof(limit->vm))/if (!name)/
stall.c | any number of limits | s/if (stalls->limits == STALLS_LIMITS)/if (0)/
stall.c | a row is watched twice | s/ || slot__has(stalls, row))/)/
stall.c | the clock of the scheduler is ours | s/ - tables->timebase_begin_ns - tables->sched_begin_ns,/,/
stall.c | the clock of the scheduler begins with the timebase | s/ - tables->sched_begin_ns,/,/
sched_clock.c | the last bound counts | s/!begin_ns || latest_ns < begin_ns ?/1 ?/
sched_clock.c | the first bound counts | s/!begin_ns || latest_ns < begin_ns ?/!begin_ns ?/
sched_clock.c | nothing is the best bound | s/!begin_ns || latest_ns/latest_ns/
sched_clock.c | no record is a record | s/if (!arrived_ns || /if (/
sched_clock.c | arrivals in the future | s/ || now_ns <= arrived_ns)/)/
symbols.c | any module has boot_tb | s/if (words == 2 \&\& /if (/
symbols.c | any variable is boot_tb | s/words == 2 \&\& !strcmp(name, "boot_tb")/words == 2/
law.c | dropped is no end | s/uint64_t ended = consumed + cleared + dropped;/uint64_t ended = consumed + cleared;/
law.c | what waits is forgotten | s/return DOORBELL_READ(row->post_ns) != 0;/return 0;/
law.c | any number of requests wait | s/return open > held ? held + 1 : held;/return open;/
law.c | what is held does not count | s/return open > held ? held + 1 : held;/return open > 0;/
law.c | posts without sends | s/	if (more \&\& /	if (0 \&\& /
law.c | ignored sends have no outcome | s/ + DOORBELL_READ(row->ignored);/;/
law.c | posts in motion are broken | s/before->expected == now.expected \&\&/1 \&\&/
law.c | in motion is broken | s/before->found == now.found;/1;/
law.c | at first sight | s/bool stands = .*/bool stands = true;/
law.c | one of another VM | s/ \&\& before->vm == now.vm//
law.c | told again and again | s/now.expected != now.found \&\& !before->told/now.expected != now.found/
law.c | another vcpu | s/bool of_same = before->key == now.key/bool of_same = 1/
law.c | a part is never looked at | s/laws->tick++ % LAWS_TICKS/laws->tick++ % (LAWS_TICKS - 1)/
law.c | rows by their place | s/if (index % LAWS_TICKS != part)/if (i % LAWS_TICKS != part)/
law.c | more are told than are kept | s/kept = found < LAWS_KEPT ? found : LAWS_KEPT/kept = found/
law.c | dead rows are looked at | s/!row__live(\&row->key) || //
law.c | a vcore with each vcpu | s/if (vcore__first(collector, vcore) == row)/if (1)/
stall.c | the crowd hides who stands behind | s/			stalls->cursor = at;/			;/
stall.c | busy is stuck | s/return ended.taken == before.taken \&\& doorbell_vcpu__open(row);/return doorbell_vcpu__open(row);/
stall.c | a stock guest need not be masked | s/if (!look->masked || !slot->watch.last.masked)/if (0)/
stall.c | a storm is many short waits | s/waiting.stamp \&\& slot__goes_on(slot, tables, look, ends)/0/
stall.c | what goes on behind the look is forgotten | s/		if (slot->fresh)$/		if (1)/
stall.c | the young are looked at | s/post_ns + stalls__soonest(stalls) \/ 2 <= now_ns/post_ns <= now_ns/
stall.c | what was taken waits | s/if (!post_ns || (!look->request \&\& attempt_ns < post_ns))/if (!post_ns)/
stall.c | what was attempted waits on | s/look->request ? look->now_ns : attempt_ns,/look->now_ns,/
stall.c | the entry that may deliver it has not | s/if (look->cpu < 0 \&\& look->request/if (look->request/
stall.c | an entry after the look has bounced | s/if (attempt_ns >= look->now_ns)/if (0)/
stall.c | an earlier entry is forgotten | s/return slot->attempt_ns > post_ns \&\& /return 0 \&\& /
stall.c | nobody answers | s/\.sync_ns = DOORBELL_READ(row->sync_ns),/.sync_ns = 0,/
stall.c | a guest was left when it was entered | s/enter_ns \&\& look->vtb > enter_vtb ?/0 ?/
stall.c | any kernel has the time of the exit in its row | s/return stamp__to_ns(tables, look->exit_tb);/;/
stall.c | what is latched does not wait | s/look->latched == 1 ? DOORBELL_READ(row->held_ns) : 0/0/
stall.c | it ends when it is seen to | s/known_ns >= slot->watch.until_ns \&\&/0 \&\&/
stall.c | what has ended is still watched | s/	slot->key = 0;$/	;/
stall.c | a dead vcpu is watched | s/look->vcpu != slot->key || row->key != slot->key/0/
stall.c | what lasts is forgotten | s/if (stall->ended_ns \&\& (!oldest/if ((!oldest/
stall.c | nothing counts what is forgotten | s/		stalls->forgotten++;/		;/
stall.c | no news at the end | s/		slot->stall->news = true;/		;/
stall.c | all changes are news | s/slot->stall->news = news;/slot->stall->news = true;/
stall.c | names are believed | s/text__clean(names\[i\], sizeof(raw), raw, strnlen(raw, sizeof(raw)));/;/
stall.c | the answer has everything | s/stall->change > after \&\& (!next || stall->id/(!next || stall->id/
safety.c | anybody may opt in | s/return stat->st_uid != owner ||/return/
safety.c | others may write | s/ || stat->st_mode & (S_IWGRP | S_IWOTH)//
safety.c | a group may write | s/(S_IWGRP | S_IWOTH)/S_IWOTH/
safety.c | the folder is not looked at | s/others_may_write(&folder, host->owner)/0/
safety.c | a link is a file | s/lstat(path, &file)/stat(path, \&file)/
safety.c | lockdown of a kind | s/strstr(line, "\[none\]")/!strstr(line, "[confidentiality]")/
safety.c | only the first watchdog | s/value \* watchdogs\[i\].unit_ns >= least_ns/least_ns != UINT64_MAX/
safety.c | a watchdog that is off | s/units__parse_u64(line, 1, 1000000/units__parse_u64(line, 0, 1000000/
safety.c | all that a watchdog waits | s/wish->longest_ns > least_ns \/ SAFETY_MARGIN/wish->longest_ns > least_ns/
safety.c | any lease | s/ || wish->lease_ns > DOORBELL_LEASE_MOST_NS//
safety.c | the whole machine | s/wish->cpus \* UNITS_NS_PER_S \/ 2/wish->cpus * UNITS_NS_PER_S/
safety.c | no budget at all | s/!wish->budget.second_ns || //
safety.c | less in all than in a second | s/wish->budget.total_ns < wish->budget.second_ns/0/
safety.c | the last answer counts | s/		if (!err)$/		if (1)/
safety.c | any namespace | s/strcmp(name, FIRST_NAMESPACE)/0/
safety.c | a kernel without namespaces | s/errno == ENOENT ? say/errno == EPERM ? say/
claim.c | two at a time | s/	if (!fcntl(claim->fd, F_SETLK, &lock))/	if (1)/
claim.c | nothing is noted | s/if (pwrite(claim->fd, &before, 1, 0) != 1)/if (0)/
claim.c | it is put back ever again | s/return ftruncate(claim->fd, 0) ? -errno : 1;/return 1;/
claim.c | who takes it does not tidy up | s/		err = claim__restore(claim);/		err = 0;/
reach.c | any suffix | s/!strcmp(symbols->symbol\[i\].name, name)/!strncmp(symbols->symbol[i].name, name, strlen(name))/
reach.c | of any module | s/symbols->symbol\[i\].module == SYMBOLS_KVM_HV \&\& //
reach.c | the ceilings of a plan | s/way == REACH_WAY_PLAN);/1);/
reach.c | kprobes everywhere | s/way == REACH_WAY_TRAMPOLINE ? "fexit" : "kretprobe"/"kretprobe"/
reach.c | IPIs are always seen | s/		return csd;/		return true;/
target.c | backwards | s/dash + 1 : word, first, 63/dash + 1 : word, 0, 63/
target.c | one too many | s/(63 - last)/(62 - last)/
'

path_of()
{
	case $1 in
	*.h) echo "include/p9doorbell/$1" ;;
	plan*.c | strategy.c | rank.c | compare.c | gather.c | html.c | junit.c | page.c | machine.c | tell.c | kernel_log.c | observer.c | oracle.c | shrink.c | campaign.c | trial.c | safety.c | claim.c | reach.c | target.c)
		echo "src/inject/$1"
		;;
	vm_name.c) echo "src/common/$1" ;;
	*) echo "src/daemon/$1" ;;
	esac
}

tests_of()
{
	case $1 in
	histogram.h) echo test_histogram ;;
	recorder.h) echo test_recorder ;;
	stages.h) echo test_stages test_recorder test_lifecycle_model test_lifecycle_patched ;;
	inject.h) echo test_delay ;;
	plan*) echo test_plan_bad test_plan ;;
	kernel_log.c | observer.c) echo test_trial ;;
	gather.c | html.c | page.c | machine.c) echo test_page ;;
	tell.c) echo test_campaign ;;
	safety.c | claim.c) echo test_inject_safety ;;
	reach.c | target.c) echo test_inject_reach ;;
	lifecycle.h | rows.h) echo test_lifecycle test_lifecycle_model test_lifecycle_patched test_stages test_recorder ;;
	verdict.c) echo test_watch ;;
	vm_name.c) echo test_tables ;;
	stall.c) echo test_stall test_stall_reads ;;
	recorder.c) echo test_recording ;;
	*) echo "test_${1%.c}" ;;
	esac
}

# reds DIR FILE TEST: what is red with the code of DIR. The headers have no
# memory to lose, so they do without sanitizers: it is the compiler that takes time.
reds()
{
	local dir=$1 file=$2 test=$3
	local -a with=()
	case $file in
	*.c) with=('-fsanitize=address,undefined' -fno-sanitize-recover=all "$dir/$(path_of "$file")" "$LIB") ;;
	esac
	if ! "$CC" -std=gnu11 -g0 -O1 -w -D_GNU_SOURCE -I"$dir/include" -I"$dir/src" -Isrc -Itests/unit \
		-o "$dir/$test" "tests/unit/$test.c" "${with[@]}" -lcmocka -ljson-c -pthread 2>"$dir/errors"; then
		echo "does not compile"
		return
	fi
	timeout -k 5 60 "$dir/$test" >"$dir/output" 2>&1 </dev/null || [ $? -lt 124 ] || echo "died: $test"
	# A sanitizer ends the program with the status of a red test, but names none.
	grep -oE 'not ok [0-9]* - .*|runtime error: .*|ERROR: AddressSanitizer: [a-z-]*' "$dir/output" || true
}

# try DIR LINE: one mutant, one line of TAP without its number, in DIR.tap.
try()
{
	local dir=$1 file what expression found test
	exec >"$dir.tap"
	IFS='|' read -r file what expression <<<"$2"
	file=${file// /} what=${what## } what=${what%% }
	# What stands behind the second bar is the expression, bars and all.
	expression=${2#*|*|}
	mkdir -p "$dir/include/p9doorbell" "$dir/src/common" "$dir/src/daemon" "$dir/src/inject"
	cp include/p9doorbell/*.h "$dir/include/p9doorbell/"
	cp src/common/*.[ch] "$dir/src/common/"
	cp src/daemon/*.[ch] "$dir/src/daemon/"
	cp src/inject/*.[ch] "$dir/src/inject/"
	sed -i "${expression# }" "$dir/$(path_of "$file")"
	if cmp -s "$(path_of "$file")" "$dir/$(path_of "$file")"; then
		echo "not ok - $file: $what: changes nothing; the code has moved on"
		return
	fi
	for test in $(tests_of "$file"); do
		found=$(reds "$dir" "$file" "$test" | grep -vxFf "$scratch/red-$test" || true)
		[ -z "$found" ] || break
	done
	case $found in
	'') echo "not ok - $file: $what: nobody noticed" ;;
	*'does not compile'*) echo "not ok - $file: $what: does not compile" ;;
	*) echo "ok - $file: $what # $(head -n 1 <<<"$found" | sed 's/not ok [0-9]* - //')" ;;
	esac
	rm -rf "$dir"
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mapfile -t mutants < <(grep -F -- "${1-}" <<<"$TABLE" | grep '|')
[ ${#mutants[@]} -gt 0 ] || { echo "no mutant matches '${1-}'" >&2; exit 2; }
[ -e $LIB ] || { echo "there is no $LIB: use make code-mutants" >&2; exit 2; }

mkdir "$scratch/base"
cp -r include src "$scratch/base/"
# shellcheck disable=SC2013 # words without blanks
for file in $(printf '%s\n' "${mutants[@]}" | cut -d ' ' -f 1 | sort -u); do
	for test in $(tests_of "$file"); do
		reds "$scratch/base" "$file" "$test" >"$scratch/red-$test"
		sed "s/^/# red without a mutant: $test: /" "$scratch/red-$test"
	done
done

export -f try reds path_of tests_of
export CC LIB scratch
# shellcheck disable=SC2016 # expanded by the inner shell
for i in "${!mutants[@]}"; do
	printf '%s\0%s\0' "$scratch/$i" "${mutants[$i]}"
done | xargs -0 -n 2 -P "$(nproc)" bash -c 'set -euo pipefail; try "$1" "$2"' try

for i in "${!mutants[@]}"; do
	cat "$scratch/$i.tap"
done | awk '{ sub(/ok -/, "ok " NR " -"); print }'
echo "1..${#mutants[@]}"
! cat "$scratch"/*.tap | grep -q '^not ok'
