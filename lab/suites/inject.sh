# SPDX-License-Identifier: GPL-2.0-only
# about: p9doorbell-inject: each of its safety rules by an attempt to break it, and what it finds
# timeout: 600
# needs: vmm p9doorbelld p9doorbell p9doorbell-inject bpf-progs order
# shellcheck shell=sh
#
# A victim reads DPDES all the time. The observer's median of these reads says
# whether they are delayed, by 1 ms or not at all; what the injector itself counts
# is no witness.
#
#   P9_CASE=NAMES   only these cases (shell patterns)
#   P9_KILLS=N      how often it is killed at some moment [12]

. /lab/suites/lib.sh
. /lab/suites/lib-observer.sh

kills=${P9_KILLS:-12}
allow=/etc/p9doorbell/inject.allow
switch=/sys/module/kvm_hv_doorbell/parameters/delay
stall=/sys/module/rcupdate/parameters/rcu_exp_cpu_stall_timeout
rule='dpdes.req fixed 1ms'
held_ns=1000000
vmm='' # of the victim: vmm_start

cases='no_opt_in dry_run not_named armed second vcpus interrupted killed stopped leased budget_total
budget_second too_long overwritten watchdog command exact finds vanished'

wanted()
{
	for wanted__pattern in ${P9_CASE:-*}; do
		# shellcheck disable=SC2254 # it is a pattern
		case $1 in $wanted__pattern) return 0 ;; esac
	done
	return 1
}

# Median of the victim's DPDES reads from now on, ns; empty if there were none.
median()
{
	p9doorbell hist -J -i 1s -n 1 --kind dpdes_read --vm victim 2>/dev/null |
		sed -n 's/.*"dpdes_read":{[^}]*"p50_ns":\([0-9]*\).*/\1/p'
}

runs()
{
	[ -n "$(median)" ]
}

delayed()
{
	delayed__ns=$(median)
	[ "${delayed__ns:-0}" -ge $held_ns ]
}

# undelayed NAME: nothing is delayed any more, and no program of the injector is left.
undelayed()
{
	undelayed__ns=$(median)
	if [ -z "$undelayed__ns" ] || [ "$undelayed__ns" -ge $held_ns ]; then
		tap_not_ok "$1" "a read of DPDES takes ${undelayed__ns:-no} ns"
	else
		tap_ok "$1" "a read of DPDES takes $undelayed__ns ns"
	fi
}

# Programs that hold: the names of ours which the observer has not.
left_over()
{
	bpf-progs | grep -c '^on_\(plan\|pending\|pending_tr\)$'
}

# How the kernel's switch is; - where there is none.
switch_is()
{
	cat $switch 2>/dev/null || echo -
}

# hold_start OPTION...: returns when it is armed; 1 when it does not get there. hold.json, hold.log.
hold_start()
{
	p9doorbell-inject hold --pid "$vmm" --rule "$rule" --arm --json "$@" >hold.json 2>hold.log 8>&- &
	hold=$!
	wait_until 30 hold_settled
	grep -q armed hold.log
}

hold_settled()
{
	grep -q armed hold.log || ! kill -0 "$hold" 2>/dev/null
}

hold_ended()
{
	! kill -0 "$hold" 2>/dev/null
}

# hold_end SIGNAL: its exit status.
hold_end()
{
	kill "-$1" "$hold"
	hold_status
}

hold_status()
{
	hold__status=0
	wait "$hold" 2>/dev/null || hold__status=$?
	return $hold__status
}

# counted MEMBER: of the report, of its only site or of all of it.
counted()
{
	sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" hold.json
}

# refused NAME PATTERN COMMAND...: exits with 1, names the reason and a remedy, attaches nothing.
refused()
{
	refused__name=$1 refused__pattern=$2 refused__status=0
	shift 2
	"$@" >refused.log 2>&1 || refused__status=$?
	if [ $refused__status = 1 ] && grep -q "$refused__pattern" refused.log && grep -q 'hint:\|at most' refused.log; then
		tap_ok "$refused__name" "$(grep -m 1 "$refused__pattern" refused.log)"
	else
		tap_not_ok "$refused__name" "exit status $refused__status: $(tail -n 1 refused.log)"
		cat refused.log
	fi
}

inject()
{
	p9doorbell-inject hold --pid "$vmm" --arm --for 2s "$@"
}

consent()
{
	rm -rf /etc/p9doorbell
	mkdir -p /etc/p9doorbell
	chmod 755 /etc/p9doorbell
	echo yes >$allow
	chmod 644 $allow
}

case_no_opt_in()
{
	rm -rf /etc/p9doorbell
	refused no-opt-in 'has not opted in' inject --rule "$rule"
	consent
	chmod 666 $allow
	refused no-opt-in/writable "not root's alone" inject --rule "$rule"
	consent
	chown 1000 $allow
	refused no-opt-in/owner "not root's alone" inject --rule "$rule"
	consent
	chmod 777 /etc/p9doorbell
	refused no-opt-in/folder "folder of .* not root's alone" inject --rule "$rule"
	consent
	mv $allow /etc/p9doorbell/other
	ln -s other $allow
	refused no-opt-in/link 'no plain file' inject --rule "$rule"
	consent
}

case_dry_run()
{
	tap_is dry-run "$(p9doorbell-inject hold --pid "$vmm" --rule "$rule" | tail -n 1)" \
		'nothing has been delayed: that takes --arm'
	tap_is dry-run/programs "$(left_over)" 0
	undelayed dry-run/undelayed
}

case_not_named()
{
	refused not-named 'whose doorbells' p9doorbell-inject hold --arm --rule "$rule"
	refused not-named/no-vm 'has no VM' p9doorbell-inject hold --arm --pid 1 --rule "$rule"
	refused not-named/unknown 'no VM is called' p9doorbell-inject hold --arm --vm nobody --rule "$rule"
	tap_run not-named/by-name p9doorbell-inject hold --vm victim --rule "$rule"
}

# The witness sees a delay, and the switch is as it was when it is over.
case_armed()
{
	before=$(switch_is)
	if hold_start && delayed; then
		tap_ok armed "a read of DPDES takes $delayed__ns ns"
	else
		tap_not_ok armed "$(tail -n 1 hold.log), a read of DPDES takes ${delayed__ns:-no} ns"
	fi
	hold_end INT
	tap_is armed/exit $? 0
	tap_is armed/switch "$(switch_is)" "$before"
	tap_is armed/programs "$(left_over)" 0
	undelayed armed/undelayed
}

case_second()
{
	hold_start || tap_not_ok second/first "$(tail -n 1 hold.log)"
	refused second "another p9doorbell-inject is at work: pid $hold" inject --rule "$rule"
	hold_end TERM
	tap_is second/exit $? 0
	hold_start && tap_ok second/after "the next one may"
	hold_end TERM
}

# Only who is named: the reader is vcpu 0.
case_vcpus()
{
	hold_start --vcpus 1-63 --for 2s || tap_not_ok vcpus/armed "$(tail -n 1 hold.log)"
	undelayed vcpus/undelayed
	hold_status
	tap_is vcpus "$(counted fires)" 0 "fires, of vcpus that do not read"
}

case_interrupted()
{
	for signal in INT TERM HUP; do
		hold_start && delayed
		hold_end $signal
		tap_is "interrupted/$signal" "$? $(left_over)" "0 0" "exit status, programs"
	done
	undelayed interrupted
}

# At any moment: while it loads, attaches, arms, holds, disarms.
case_killed()
{
	before=$(switch_is)
	i=0
	while [ $i -lt "$kills" ]; do
		i=$((i + 1))
		p9doorbell-inject hold --pid "$vmm" --rule "$rule" --arm --for 500ms >/dev/null 2>&1 8>&- &
		hold=$!
		sleep "0.$((i * 17 % 100 / 10))$((i * 17 % 10))"
		kill -KILL $hold 2>/dev/null
		wait $hold
	done
	hold_start && delayed
	tap_ok killed/armed "a read of DPDES takes $delayed__ns ns"
	hold_end KILL
	undelayed killed
	tap_is killed/programs "$(left_over)" 0
	p9doorbell-inject sites >/dev/null 2>next.log
	tap_is killed/switch "$(switch_is)" "$before"
	if [ "$before" = - ] || grep -q 'had been killed' next.log; then
		tap_ok killed/told "$(cat next.log)"
	else
		tap_not_ok killed/told "the next one says nothing of it"
	fi
}

# Nobody renews the lease; whoever comes back too late does not get it back.
case_stopped()
{
	hold_start --lease 300ms && delayed
	kill -STOP "$hold"
	sleep 1.5 # the lease, and the second of a plan that the kernel has got already
	undelayed stopped
	kill -CONT "$hold"
	wait_until 10 hold_ended
	hold_status
	tap_is stopped/exit $? 1
	grep -q 'lease has ended' hold.log || tap_not_ok stopped/told "$(tail -n 1 hold.log)"
	undelayed stopped/after
}

# BPF takes no lease of an hour.
case_leased()
{
	hold_start --for 3s
	kill -STOP "$hold"
	order "$vmm" lease 3600000000000
	sleep 1.5
	undelayed leased
	kill -CONT "$hold"
	hold_status
}

case_budget_total()
{
	hold_start --per-second 20ms --total 50ms --for 6s || tap_not_ok budget-total/armed "$(tail -n 1 hold.log)"
	hold_status
	spent=$(counted spent_ns) more=$(counted refused)
	if [ "$spent" -le 50000000 ] && [ "$spent" -gt 0 ] && [ "$more" -gt 0 ]; then
		tap_ok budget-total "$spent ns of 50000000, $(counted fires) fires, $more refused"
	else
		tap_not_ok budget-total "$spent ns of 50000000, $more refused"
	fi
}

case_budget_second()
{
	hold_start --per-second 20ms --for 3s || tap_not_ok budget-second/armed "$(tail -n 1 hold.log)"
	hold_status
	fires=$(counted fires) more=$(counted refused)
	# Three seconds, and a bit of a fourth and a fifth.
	if [ "$fires" -le 100 ] && [ "$fires" -ge 20 ] && [ "$more" -gt 0 ]; then
		tap_ok budget-second "$fires fires of 1 ms in 3 s with 20 ms in each, $more refused"
	else
		tap_not_ok budget-second "$fires fires of 1 ms in 3 s with 20 ms in each, $more refused"
	fi
	refused budget-second/all 'in each second, of at most' inject --rule "$rule" --per-second 3000s --total 3000s
}

case_too_long()
{
	refused too-long 'dpdes.req' inject --rule 'dpdes.req fixed 10s'
	[ "$(switch_is)" != - ] || refused too-long/probe 'must not be held' inject --rule 'dpdes.req fixed 5ms'
	refused too-long/lease 'out of range' inject --rule "$rule" --lease 1h
}

# Ten seconds (as many as fit) are written behind its back.
case_overwritten()
{
	hold_start --for 4s || tap_not_ok overwritten/armed "$(tail -n 1 hold.log)"
	order "$vmm" dpdes.req 4000000000
	sleep 1.2
	undelayed overwritten
	hold_status
	more=$(counted refused)
	[ "$more" -gt 0 ] || tap_not_ok overwritten/refused "$more refused"
}

case_watchdog()
{
	if ! [ -w $stall ]; then
		tap_skip watchdog "this kernel has no $stall"
		return
	fi
	before=$(cat $stall)
	echo 50 >$stall
	refused watchdog 'leaves room for a hold of' inject --rule "$rule"
	echo "$before" >$stall
}

# The command is the VMM; its exit status is ours.
case_command()
{
	status=0
	p9doorbell-inject hold --arm --rule "$rule" -- sh -c 'exit 7' 2>command.log || status=$?
	tap_is command $status 7
	status=0
	p9doorbell-inject hold --arm --rule "$rule" -- nobody-there 2>command.log || status=$?
	tap_is command/none $status 127
	status=0
	rm $allow
	p9doorbell-inject hold --arm --rule "$rule" -- sh -c 'exit 7' 2>command.log || status=$?
	tap_is command/ours $status 125
	consent
}

# What was asked for and what it became.
case_exact()
{
	hold_start --for 3s || tap_not_ok exact/armed "$(tail -n 1 hold.log)"
	hold_status
	cp hold.json exact.json
	out exact.json
	fires=$(counted fires) wanted=$(counted wanted_ns) held=$(counted held_ns)
	of=$(sed 's/.*"buckets":\[\(.*\)\]}.*/\1/; s/\],\[/\n/g; s/[][]//g' hold.json | awk -F, '{ n += $3 } END { print n + 0 }')
	tap_is exact/histogram "$of" "$fires" "fires in the histogram"
	if [ "$fires" -gt 0 ] && [ "$wanted" = $((fires * held_ns)) ] && [ $((held + fires * 4)) -ge "$wanted" ]; then
		tap_ok exact "$fires fires, $wanted ns wanted, $held ns held"
	else
		tap_not_ok exact "$fires fires, $wanted ns wanted, $held ns held"
	fi
}

# F3: a stock kernel misses doorbells in DPDES, and more so when it is slow to look.
case_finds()
{
	p9doorbell-inject hold --arm --rule "$rule" --per-second 1s -- vmm run --workload pending --smt 2 --rounds 2 \
		--param reads=200 --allow miss --json found.json 2>found.log || tap_not_ok finds/run "$(tail -n 1 found.log)"
	out found.json found.log
	miss=$(sed -n 's/.*"miss":\([0-9]*\).*/\1/p' found.json)
	tap_say "without the injector: a tenth of these at most"
	if [ "$(switch_is)" = - ] && [ "${miss:-0}" -ge 100 ]; then
		tap_ok finds "$miss of 400 reads of DPDES miss a doorbell that is pending"
	elif [ "$(switch_is)" != - ] && [ "${miss:-0}" = 0 ]; then
		tap_ok finds "0 of 400 reads of DPDES miss a doorbell that is pending"
	else
		tap_not_ok finds "${miss:-0} of 400 reads of DPDES miss a doorbell that is pending"
	fi
}

# The last one: there is no victim any more.
case_vanished()
{
	hold_start && delayed
	kill -KILL "$vmm"
	wait_until 10 hold_ended || tap_not_ok vanished/ends "it goes on"
	hold_status
	tap_is vanished $? 1
	grep -q 'the VM has ended' hold.log || tap_not_ok vanished/told "$(tail -n 1 hold.log)"
	tap_is vanished/programs "$(left_over)" 0
}

consent
observer_start || tap_not_ok daemon "$(tail -n 1 daemon.log)"
vmm_start victim --workload pending --smt 2 --pin spread --rounds 1000000 --param reads=1000 --deadline 600 --allow miss
wait_until 60 runs || tap_not_ok victim "does not read"
p9doorbell-inject sites >sites.txt 2>sites.log || tap_not_ok sites "$(tail -n 1 sites.log)"
tap_ok sites "$(tail -n 1 sites.txt)"
out sites.txt
for name in $cases; do
	if wanted "$name"; then "case_$name"; fi
done
observer_stop || tap_not_ok daemon-exit "exit status $?"
rm -rf /etc/p9doorbell
