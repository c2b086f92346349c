# SPDX-License-Identifier: GPL-2.0-only
# about: p9doorbell-inject run, shrink and replay: finds F3 on stock kernels by itself, and nothing on patched ones
# timeout: 600
# needs: vmm p9doorbell-inject
# shellcheck shell=sh
#
# The default campaign, which knows nothing of the workload, against DPDES reads of a
# doorbell that is held pending. Also with a workload that no delay can break.
#
#   P9_CASE=NAMES   only these cases (shell patterns); shrinks and replays need the one before
#   P9_FOR=TIME     how long a campaign may take [120s; patched: 60s, unbreakable: 20s]
#   P9_TRIES=N      how often the plan is repeated [20]

. /lab/suites/lib.sh

allow=/etc/p9doorbell/inject.allow
kind=stock
[ -e /sys/module/kvm_hv_doorbell/parameters/delay ] && kind=patched

mkdir -p /etc/p9doorbell
chmod 755 /etc/p9doorbell
echo yes >$allow
chmod 644 $allow

# inject VERB OPTION... -- WORKLOAD...: its exit status is in $status, what it says in $log, by case.
inject()
{
	log=$name.txt status=0
	p9doorbell-inject "$@" >"$log" 2>"$log.err" || status=$?
	out "$log" "$log.err"
}

pending()
{
	# shellcheck disable=SC2016 # expanded in each run
	inject "$@" --truth truth.json -- sh -c \
		'exec vmm run --workload pending --smt 2 --pin spread --rounds 20 --param reads=20 --seed "$P9DOORBELL_SEED" --json truth.json'
}

token()
{
	sed -n 's/^# token: //p' "$1" | tail -n 1
}

# One line a site, behind what is known of it.
sites()
{
	sed -n '/plans tried/,$s/^#   \([a-z]*\.[a-z]*\) .*/\1/p' "$1"
}

say_log()
{
	tail -n 12 "$log" | while read -r line; do tap_say "$line"; done
	tail -n 4 "$log.err" | while read -r line; do tap_say "$line"; done
}

dry_run()
{
	pending run
	tap_is dry-run "$(tail -n 1 "$log")" 'nothing has been run or delayed: that takes --arm'
	[ ! -e truth.json ] || tap_not_ok dry-run/ran "it has run"
}

finds()
{
	begin=$(now_cs)
	pending run --arm --for "${P9_FOR:-120s}" --junit junit.xml
	took="$((($(now_cs) - begin) / 100)) s"
	out junit.xml
	if [ $status = 1 ] && grep -q '^# this is .*F3:' "$log"; then
		tap_ok finds "$took: $(grep '^not ok' "$log" | tail -n 1)"
	else
		tap_not_ok finds "exit status $status after $took"
		say_log
	fi
}

shrinks()
{
	begin=$(now_cs)
	pending shrink --arm --total 10m "$(token finds.txt)"
	took="$((($(now_cs) - begin) / 100)) s"
	if [ $status = 0 ] && [ "$(sites "$log" | wc -l)" = 1 ]; then
		tap_ok shrinks "$took: $(sed -n '/plans tried/,$s/^#   \([a-z]*\.[a-z]* .*\)/\1/p' "$log")"
	else
		tap_not_ok shrinks "exit status $status after $took, sites: $(sites "$log" | tr '\n' ' ')"
		say_log
	fi
	tap_is names "$(grep -c '^# this is F3: a read of DPDES misses' "$log")" 1
}

replays()
{
	pending replay --arm --tries "${P9_TRIES:-20}" --total 10m "$(token shrinks.txt)"
	rate=$(sed -n 's/.* tries failed, \([0-9]*\)%$/\1/p' "$log")
	if [ $status = 1 ] && [ "${rate:-0}" -ge 90 ]; then
		tap_ok replays "$(grep 'tries failed' "$log"); $(sed -n 's/^# \(without\)/\1/p' "$log")"
	else
		tap_not_ok replays "exit status $status, ${rate:-no}%"
		say_log
	fi
}

mended()
{
	pending run --arm --for "${P9_FOR:-60s}" --junit junit.xml
	out junit.xml
	clean mended
	tap_is mended/junit "$(grep -c '<failure' junit.xml)" 0 "failures"
}

# clean NAME: the campaign before has found nothing, and says what that is worth.
clean()
{
	if [ "$status" = 0 ] && grep -q '95% confidence' "$log"; then
		tap_ok "$1" "$(sed -n 's/^# \([0-9]* runs:.*\)/\1/p; s/^# \(with 95.*\)/\1/p' "$log" | tr '\n' ' ')"
	else
		tap_not_ok "$1" "exit status $status"
		say_log
	fi
}

unbreakable()
{
	inject run --arm --for "${P9_FOR:-20s}" --truth truth.json -- \
		vmm run --workload ping-pong --smt 2 --rounds 100 --json truth.json
	clean unbreakable
}

# A plan for a site that nobody passes shows nothing, and says so.
inconclusive()
{
	pending run --arm -n 2 --allow miss --rule 'onereg.set fixed 1us at-least 1'
	if [ $status = 125 ] && grep -q '^# no run was disturbed enough' "$log"; then
		tap_ok inconclusive "$(grep -m 1 inconclusive: "$log")"
	else
		tap_not_ok inconclusive "exit status $status"
		say_log
	fi
}

usage()
{
	inject run --arm
	tap_is usage/command $status 128
	inject replay --arm p9d1:seed_1:dpdes.req_fixed_1us:00000000 -- true
	tap_is usage/token $status 128 "$(head -n 1 "$log.err")"
	rm $allow
	pending run --arm -n 1
	tap_is no-opt-in $status 128 "$(head -n 1 "$log.err")"
	echo yes >$allow
}

cases='dry_run finds shrinks replays unbreakable inconclusive usage'
[ $kind = stock ] || cases='dry_run mended unbreakable inconclusive usage'
for name in $cases; do
	if wanted "$name"; then "$name"; fi
done
rm -rf /etc/p9doorbell
