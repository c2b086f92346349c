# SPDX-License-Identifier: GPL-2.0-only
# about: p9doorbell-inject run, shrink and replay: finds F3 on stock kernels by itself, and nothing on patched ones
# timeout: 600
# needs: vmm p9doorbell-inject p9doorbelld p9doorbell
# shellcheck shell=sh
#
# The default campaign, which knows nothing of the workload, against DPDES reads of a
# doorbell that is held pending. Also with a workload that no delay can break. And what
# only other witnesses than the guest can tell: the kernel, and p9doorbelld (on the kernel
# mutant-6.12-forget-clear, and there nothing else).
#
#   P9_CASE=NAMES   only these cases (shell patterns); shrinks and replays need the one before
#   P9_FOR=TIME     how long a campaign may take [120s; unbreakable: 20s]
#   P9_TRIES=N      how often the plan is repeated [20]

. /lab/suites/lib.sh
. /lab/suites/lib-observer.sh

allow=/etc/p9doorbell/inject.allow
kind=stock
[ -e /sys/module/kvm_hv_doorbell/parameters/delay ] && kind=patched

mkdir -p /etc/p9doorbell
chmod 755 /etc/p9doorbell
echo yes >$allow
chmod 644 $allow

# A dot would end a package in a viewer.
label=$(echo "$P9_KERNEL" | tr . _)

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

# A campaign beside p9doorbelld, and its page: whole, and with the histograms that only the daemon has.
observed()
{
	observer_start || tap_not_ok "$name/daemon" "$(tail -n 1 daemon.log)"
	pending run --arm --observer "$P9_SOCKET" --html page.html "$@"
	observer_stop || tap_not_ok "$name/daemon-exit" "exit status $?"
	out page.html
	tap_is "$name/whole" "$(tail -n 1 page.html)" '</html>'
	tap_is "$name/compared" "$(grep -c '<h3>dpdes_read</h3>' page.html)" 1
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

# judge NAME STATUS CONDITION...: the case has ended so, and CONDITION holds; then `detail` says what was shown.
judge()
{
	judge__name=$1 judge__want=$2
	shift 2
	if [ "$status" = "$judge__want" ] && "$@"; then
		tap_ok "$judge__name" "$(detail)"
	else
		tap_not_ok "$judge__name" "exit status $status: $(detail)"
		tail -n 12 "$log" | while read -r line; do tap_say "$line"; done
		tail -n 4 "$log.err" | while read -r line; do tap_say "$line"; done
	fi
}

# says PATTERN: so does the log.
says()
{
	grep -q "$1" "$log"
}

dry_run()
{
	pending run
	tap_is dry-run "$(tail -n 1 "$log")" 'nothing has been run or delayed: that takes --arm'
	tap_is dry-run/exit $status 125
	[ ! -e truth.json ] || tap_not_ok dry-run/ran "it has run"
}

finds()
{
	begin=$(now_cs)
	observed --for "${P9_FOR:-120s}" --junit junit.xml --label "$label"
	out junit.xml
	detail() { echo "$((($(now_cs) - begin) / 100)) s: $(grep '^not ok' "$log" | tail -n 1)"; }
	judge finds 1 says '^# this is .*F3:'
	tap_is finds/page "$(grep -cF "$(token finds.txt)" page.html)" 2 "its token, and how to repeat it"
	# What a viewer shows of it is enough to go on with.
	p9doorbell-inject replay "$(token junit.xml)" -- true >replay.log 2>&1
	tap_is finds/token $? 125 "a replay that is not armed shows nothing"
}

one_site()
{
	[ "$(sites "$log" | wc -l)" = 1 ]
}

shrinks()
{
	begin=$(now_cs)
	pending shrink --arm --tries 5 --total 10m "$(token finds.txt)"
	detail() { echo "$((($(now_cs) - begin) / 100)) s: $(sed -n '/plans tried/,$s/^#   \([a-z]*\.[a-z]* .*\)/\1/p' "$log")"; }
	judge shrinks 0 one_site
	tap_is names "$(grep -c '^# this is F3: a read of DPDES misses' "$log")" 1
}

nine_of_ten()
{
	rate=$(sed -n 's/.* tries failed, \([0-9]*\)%$/\1/p' "$log")
	[ "${rate:-0}" -ge 90 ]
}

replays()
{
	pending replay --arm --tries "${P9_TRIES:-20}" --total 10m "$(token shrinks.txt)"
	detail() { sed -n 's/^# \(without\)/\1/p; /tries failed/p' "$log" | tr '\n' ' '; }
	judge replays 1 nine_of_ten
}

# What a campaign that found nothing is worth.
worth()
{
	sed -n 's/^# \([0-9]* runs:.*\)/\1/p; s/^# \(with 95.*\)/\1/p' "$log" | tr '\n' ' '
}

mended()
{
	observed --for "${P9_FOR:-120s}" --junit junit.xml --label "$label"
	out junit.xml
	detail() { worth; }
	judge mended 0 says '95% confidence'
}

unbreakable()
{
	inject run --arm --for "${P9_FOR:-20s}" --truth truth.json -- \
		vmm run --workload ping-pong --smt 2 --rounds 100 --json truth.json
	detail() { worth; }
	judge unbreakable 0 says '95% confidence'
}

# A plan for a site that nobody passes shows nothing, and says so.
inconclusive()
{
	pending run --arm -n 2 --allow miss --rule 'onereg.set fixed 1us at-least 1'
	detail() { grep -m 1 inconclusive: "$log"; }
	judge inconclusive 125 says '^# no run was disturbed enough'
}

# errs PATTERN: so does what went wrong.
errs()
{
	grep -q "$1" "$log.err"
}

# What delays may take in all is soon taken: that ends a campaign, and is no error of whoever gave it.
used_up()
{
	pending run --arm -n 200 --allow miss --total 600ms --rule 'dpdes.req fixed 1ms'
	detail() { grep -m 1 'used up' "$log.err"; }
	judge used_up 0 errs 'used up what was allowed'
}

# What no plan of this kernel can hold is said before anything is run.
unreachable()
{
	pending run --arm -n 1 --rule 'entry.load fixed 10us'
	detail() { grep -m 1 'cannot be held' "$log.err"; }
	judge unreachable 125 errs 'entry.load cannot be held on this kernel'
}

# A VMM that does not end when it is killed: of two that read one open file the first waits for news, and the other
# for the first, where no signal ends it. The injector ends all the same, and says so, also when no other run follows.
stuck()
{
	exec 5</proc/kmsg
	dd of=/dev/null <&5 2>/dev/null &
	first=$!
	inject run --arm --any --timeout 2s --rule 'dpdes.req fixed 1us' -- sh -c 'exec dd of=/dev/null <&5'
	kill -KILL $first
	exec 5<&-
	detail() { grep -m 1 'does not end' "$log.err"; }
	judge stuck 1 errs 'does not end, though it was killed'
}

kernel_alone()
{
	says '^# without delays, 0 of 1 runs' && says '^not ok 1 - plan: kernel [0-9]*;' &&
		says '^# the kernel says: INFO: task dd:[0-9]* blocked for more than'
}

# The kernel complains during the second run, and says so. During the first one somebody else does.
kernel()
{
	cat >kernel.sh <<-'END'
		. /lab/suites/lib.sh
		# Of two that read one open file the first waits for news, and the other for the first: that is no
		# sleep that a signal ends, so a kernel that looks for hung tasks finds it.
		complained() { dmesg | grep -q 'INFO: task dd:.* blocked for more than'; }
		if [ -e again ]; then
			echo 1 >/proc/sys/kernel/hung_task_timeout_secs
			exec 3</proc/kmsg
			dd of=/dev/null <&3 2>/dev/null &
			dd of=/dev/null <&3 2>/dev/null &
			wait_until 30 complained
		else
			: >again
			echo '<4>WARNING: says a program' >/dev/kmsg
		fi
		exec vmm run --workload ping-pong --smt 2 --rounds 20 --json /dev/null
	END
	before=$(cat /proc/sys/kernel/hung_task_timeout_secs)
	expect_begin "a task that hangs"
	inject run --arm -n 1 --rule 'dpdes.req fixed 1us' -- sh kernel.sh
	echo "$before" >/proc/sys/kernel/hung_task_timeout_secs
	expect_end
	detail() { sed -n 's/^# \(the kernel says.*\)/\1/p' "$log"; }
	judge kernel 1 kernel_alone
}

# A doorbell that is consumed more than once has more ends than beginnings. That counts when it stands still, so the
# VM is stopped until p9doorbelld has said so; it has done its work then.
law()
{
	cat >law.sh <<-'END'
		. /lab/suites/lib.sh
		breaks() { p9doorbell raw status | sed -n 's/.*"breaks":\([0-9]*\).*/\1/p'; }
		more() { [ "$(breaks)" -gt "$before" ]; }
		# One may be consumed before it is counted as posted.
		too_many() {
			p9doorbell raw snapshot | grep -o '"posted":[0-9]*,"consumed":[0-9]*' |
				awk -F '[:,]' '$4 > $2 + 1 { found = 1 } END { exit !found }'
		}
		before=$(breaks)
		{
			wait_until 20 too_many
			kill -STOP $$
			wait_until 20 more
			kill -KILL $$
		} &
		# Its timer brings it out of the guest and back, with the same doorbell again, whoever waits for whom.
		exec vmm run --workload mix --smt 2 --rounds 1000000 --param tick=2000 --json /dev/null
	END
	observer_start || tap_not_ok law/daemon "$(tail -n 1 daemon.log)"
	inject run --arm -n 1 --allow crash --observer "$P9_SOCKET" --rule 'dpdes.req fixed 1us' -- sh law.sh
	p9doorbell raw status >status.json
	out status.json daemon.log
	detail() { grep '^not ok' "$log"; }
	judge law 1 says '^not ok 1 - plan: .*law [0-9]'
	observer_stop || tap_not_ok law/daemon-exit "exit status $?"
}

usage()
{
	inject run --arm
	tap_is usage/command $status 128
	inject replay --arm p9d1:seed_1:dpdes.req_fixed_1us:00000000 -- true
	tap_is usage/token $status 128 "$(head -n 1 "$log.err")"
	inject rnu --arm -- true
	tap_is usage/verb $status 128
	inject hold --nonsense -- true
	tap_is usage/hold $status 125
	inject sites nonsense
	tap_is usage/sites $status 1
	rm $allow
	pending run --arm -n 1
	tap_is no-opt-in $status 128 "$(head -n 1 "$log.err")"
	echo yes >$allow
}

cases='dry_run finds shrinks replays unbreakable inconclusive used_up unreachable stuck kernel usage'
[ $kind = stock ] || cases='dry_run mended unbreakable inconclusive used_up stuck kernel usage'
case $P9_KERNEL in mutant-*-forget-clear) cases='law' ;; esac
for name in $cases; do
	if wanted "$name"; then "$name"; fi
done
rm -rf /etc/p9doorbell
