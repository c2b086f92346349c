# SPDX-License-Identifier: GPL-2.0-only
# about: p9doorbell-inject: each of its safety rules by an attempt to break it, and what it finds
# timeout: 600
# needs: vmm p9doorbelld p9doorbell p9doorbell-inject bpf-progs order
# shellcheck shell=sh
#
# A victim reads DPDES all the time. The observer says how long the fastest of these
# reads take, and so whether all are delayed, by 1 ms, or not; what the injector itself
# counts is no witness. inject.check judges its reports, and the table of sites in the README.
#
#   P9_CASE=NAMES   only these cases (shell patterns)
#   P9_KILLS=N      how often it is killed before it is armed, and as often after [3]

. /lab/suites/lib.sh
. /lab/suites/lib-observer.sh

kills=${P9_KILLS:-3}
allow=/etc/p9doorbell/inject.allow
switch=/sys/module/kvm_hv_doorbell/parameters/delay
held_ns=1000000
# The reader is vcpu 0. Its exits, as each can hold only once: in a kernel that has to be told beforehand, the budget
# is for all that a plan could hold, and would be at its end before a second is.
rule='exit.loop fixed 1ms vcpus 0'
vmm='' # of the victim: vmm_start

cases='no_opt_in refusals dry_run not_named too_long armed others killed overwritten budget_total budget_second
command sites gate finds vanished'

# histogram VM OPTION...: of its DPDES reads, a bucket a line: from, to, reads.
histogram()
{
	histogram__vm=$1
	shift
	p9doorbell hist -J --kind dpdes_read --vm "$histogram__vm" "$@" 2>/dev/null |
		sed -n 's/.*"dpdes_read":{[^}]*"buckets":\[\[\([^}]*\)\]\].*/\1/p' | sed 's/\],\[/\n/g'
}

# reads VM: it does, from now on; how fast is in the file window.
reads()
{
	histogram "$1" -i 400ms -n 1 >window
	[ -s window ]
}

# fastest: what the fastest quarter of the victim's reads takes at most from now on, ns; empty: it reads no more.
# Other reads may be slow because the machine is.
fastest()
{
	wait_until 10 reads victim
	awk -F, '{ end[NR] = $2; count[NR] = $3; all += $3 }
		END { for (i = 1; i <= NR; i++) if ((seen += count[i]) * 4 >= all) { print end[i]; exit } }' window
}

# How often the victim has read.
all_reads()
{
	histogram victim | awk -F, '{ all += $3 } END { print all + 0 }'
}

read_on__enough()
{
	[ "$(all_reads)" -ge "$read_on__until" ]
}

# read_on NAME: the victim reads 400 times more, however long that takes.
read_on()
{
	read_on__until=$(($(all_reads) + 400))
	wait_until 60 read_on__enough || tap_not_ok "$1/reads" "of 400 reads there are $(($(all_reads) - read_on__until)) too few"
}

delayed()
{
	delayed__ns=$(fastest)
	[ "${delayed__ns:-0}" -ge $held_ns ]
}

# undelayed NAME: the victim reads as if nobody were there.
undelayed()
{
	undelayed__ns=$(fastest)
	if [ -z "$undelayed__ns" ] || [ "$undelayed__ns" -ge $held_ns ]; then
		tap_not_ok "$1" "a read of DPDES takes ${undelayed__ns:-no} ns"
	else
		tap_ok "$1" "a read of DPDES takes $undelayed__ns ns"
	fi
}

# No program but the observer's is loaded.
nothing_left()
{
	bpf-progs >programs.now
	cmp -s programs programs.now
}

# gone NAME: nothing is left of it; what the kernel frees later it does soon.
gone()
{
	if wait_until 10 nothing_left; then
		tap_ok "$1" "no program of it is loaded"
	else
		tap_not_ok "$1" "still loaded: $(bpf-progs | tr '\n' ' ')"
	fi
}

# How the kernel's switch is; - where there is none.
switch_is()
{
	cat $switch 2>/dev/null || echo -
}

# hold_start OPTION...: returns when it is armed; 1 when it does not get there. hold.json, hold.log.
# The budget of a second is for all reads in it; and a machine that stands still does not end the lease.
hold_start()
{
	rm -f hold.log # what is in it now is of the one before
	: >hold.log
	# shellcheck disable=SC2086 # a dry run has none
	p9doorbell-inject hold --pid "$whom" --rule "$rule" --per-second 1s --lease 10s --json $arm "$@" >hold.json 2>hold.log 8>&- &
	hold=$!
	wait_until 30 hold_settled
	grep -q 'armed\|counting' hold.log
}

hold_settled()
{
	grep -q 'armed\|counting' hold.log || hold_ended
}

hold_ended()
{
	! kill -0 "$hold" 2>/dev/null
}

# holds NAME OPTION...: it is armed, and the victim is delayed.
holds()
{
	holds__name=$1 delayed__ns=''
	shift
	if hold_start "$@" && delayed; then
		tap_ok "$holds__name" "a read of DPDES takes $delayed__ns ns"
	else
		tap_not_ok "$holds__name" "$(tail -n 1 hold.log), a read of DPDES takes ${delayed__ns:-no} ns"
	fi
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

# counted MEMBER: of the report, of its only site or of all of it; -1: there is no report.
counted()
{
	sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" hold.json | grep . || echo -1
}

# keep NAME: the report, to be judged outside.
keep()
{
	cp hold.json "$1.held.json"
	out "$1.held.json"
}

# refused NAME PATTERN COMMAND...: exits with 1, names the reason and a remedy, attaches nothing.
refused()
{
	refused__name=$1 refused__pattern=$2 refused__status=0
	shift 2
	"$@" >refused.log 2>&1 || refused__status=$?
	if [ $refused__status = 1 ] && grep -q "$refused__pattern" refused.log &&
		grep -q 'hint:\|at most' refused.log && ! grep -q armed refused.log; then
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
}

# reason NAME PATTERN: one of those that are in refused.log.
reason()
{
	if grep -q "$2" refused.log; then
		tap_ok "refusals/$1" "$(grep -m 1 "$2" refused.log)"
	else
		tap_not_ok "refusals/$1" "nothing is said of it"
	fi
}

# What else this host may have against it, seen by the injector alone; all is said at once. Each by itself: a unit test.
case_refusals()
{
	security='' namespace='' status=0
	echo 50 >stall
	echo 'none [integrity] confidentiality' >lockdown
	[ ! -d /sys/kernel/security ] || security='mount -t tmpfs none /sys/kernel/security && cp lockdown /sys/kernel/security'
	[ ! -e /proc/self/ns/pid ] || namespace='-p -f'
	# shellcheck disable=SC2086 # two words or none
	unshare -m $namespace sh -c "
		mount --bind stall /sys/module/rcupdate/parameters/rcu_exp_cpu_stall_timeout && ${security:-true} &&
		exec p9doorbell-inject hold --arm --rule '$rule' --per-second 3000s --total 3000s -- touch ran" \
		>refused.log 2>&1 || status=$?
	cat refused.log
	tap_is refusals $status 125
	tap_is refusals/command "$(ls ran 2>/dev/null)" '' "what the command did"
	reason budget 'in each second, of at most'
	reason watchdog 'rcu_exp_cpu_stall_timeout leaves room for a hold of 500us'
	if [ -n "$security" ]; then
		reason lockdown '\[integrity\]'
	else
		tap_skip refusals/lockdown "this kernel has no /sys/kernel/security"
	fi
	if [ -n "$namespace" ]; then
		reason namespace "not the host's"
	else
		tap_skip refusals/namespace "this kernel has no pid namespaces"
	fi
}

# It counts what comes by, and holds nothing.
case_dry_run()
{
	before=$(switch_is)
	arm=''
	hold_start --for 1h || tap_not_ok dry-run/counts "$(tail -n 1 hold.log)"
	arm=--arm
	undelayed dry-run/undelayed
	hold_end TERM
	tap_is dry-run/exit $? 0
	tap_is dry-run "$(counted fires)" 0 fires
	if [ "$(counted refused)" -gt 0 ] && [ "$(counted refused)" -lt "$(counted passes)" ]; then
		tap_ok dry-run/counts "$(counted passes) passes, $(counted refused) of which --arm would hold"
	else
		tap_not_ok dry-run/counts "$(counted passes) passes, $(counted refused) of which --arm would hold"
	fi
	tap_is dry-run/switch "$(switch_is)" "$before"
	gone dry-run/gone
}

case_not_named()
{
	refused not-named 'whose doorbells' p9doorbell-inject hold --arm --rule "$rule"
	refused not-named/no-vm 'has no VM' p9doorbell-inject hold --arm --pid 1 --rule "$rule"
	refused not-named/unknown 'no VM is called' p9doorbell-inject hold --arm --vm nobody --rule "$rule"
	tap_run not-named/by-name p9doorbell-inject hold --vm victim --rule "$rule"
}

# The witness sees a delay while it lasts; one injector at a time; each signal is an orderly end.
case_armed()
{
	before=$(switch_is)
	for signal in INT TERM; do
		holds "armed/$signal"
		[ $signal != TERM ] ||
			refused second "another p9doorbell-inject is at work: pid $hold" inject --rule "$rule"
		hold_end $signal
		tap_is "armed/$signal/exit" $? 0
		gone "armed/$signal/gone"
	done
	tap_is armed/switch "$(switch_is)" "$before"
	undelayed armed/undelayed
}

# Only the vcpus that are named, and only the VM that is.
case_others()
{
	hold_start --vcpus 1-63 --rule 'dpdes.req fixed 1ms' || tap_not_ok others/vcpus/armed "$(tail -n 1 hold.log)"
	undelayed others/vcpus
	hold_end TERM
	tap_is others/vcpus/fires "$(counted fires)" 0 "of vcpus that do not read"
	vmm run --name other --workload mix --smt 2 --pin spread --nice 19 --rounds 1000000000 --deadline 600 \
		--param pause=20000 --param w-dpdes=1000 >other.log 2>&1 8>&- &
	whom=$!
	wait_until 30 reads other || tap_not_ok others/vm/reads "$(tail -n 1 other.log)"
	hold_start || tap_not_ok others/vm/armed "$(tail -n 1 hold.log)"
	undelayed others/vm
	hold_end TERM
	if [ "$(counted fires)" -gt 0 ]; then
		tap_ok others/vm/fires "$(counted fires) of the other VM"
	else
		tap_not_ok others/vm/fires "none of the other VM"
	fi
	kill -KILL "$whom"
	wait "$whom" 2>/dev/null
	whom=$vmm
}

# killed_after COMMAND...: as soon as that has succeeded.
killed_after()
{
	: >hold.log
	p9doorbell-inject hold --pid "$vmm" --rule "$rule" --arm --for 500ms >hold.json 2>hold.log 8>&- &
	hold=$!
	"$@"
	kill -KILL $hold 2>/dev/null
	wait $hold 2>/dev/null
	if [ -s hold.json ]; then
		ended=$((ended + 1))
	elif grep -q armed hold.log; then
		armed=$((armed + 1))
	fi
	! grep -q 'at work' hold.log || tap_not_ok "killed/$1/$i/claim" "$(grep 'at work' hold.log)"
	wait_until 10 nothing_left || tap_not_ok "killed/$1/$i/left" "after $*"
}

# cs N: no wait for anything: this is the moment.
cs()
{
	sleep "$(($1 / 100)).$(($1 % 100 / 10))$(($1 % 10))"
}

armed_and()
{
	wait_until 30 hold_settled
	cs "$1"
}

# At any moment of its life: while it asks, loads, attaches, holds, disarms.
case_killed()
{
	before=$(switch_is) armed=0 ended=0 i=0 begin=$(now_cs)
	inject --rule "$rule" --for 1ms >/dev/null 2>&1
	life=$(($(now_cs) - begin))
	while [ $i -lt "$kills" ]; do
		i=$((i + 1))
		killed_after cs $((life * i / kills))
		killed_after armed_and $((60 * i / kills))
	done
	tap_ok killed/moments "$((2 * kills)) of them: armed at $armed, over at $ended"
	undelayed killed/moments-undelayed
	holds killed/armed
	hold_end KILL
	gone killed
	undelayed killed/undelayed
	p9doorbell-inject sites >/dev/null 2>next.log
	tap_is killed/switch "$(switch_is)" "$before"
	if [ "$before" = - ] || grep -q 'had been killed' next.log; then
		tap_ok killed/told "$(cat next.log)"
	else
		tap_not_ok killed/told "the next one says nothing of it"
	fi
}

lapsed()
{
	[ "$(order "$vmm" lease)" = 0 ]
}

# What BPF refuses whatever user space has written into its order: four seconds (as many as fit), and a lease
# of an hour. And when nobody renews the lease any more, that ends it; who comes back too late does not get it back.
case_overwritten()
{
	holds overwritten/delayed --lease 2s
	order "$vmm" exit.loop 4000000000 || tap_not_ok overwritten/order "is not found"
	undelayed overwritten/too-long
	order "$vmm" exit.loop $held_ns
	delayed || tap_not_ok overwritten/again "a read of DPDES takes ${delayed__ns:-no} ns"
	kill -STOP "$hold"
	left_ns=$(order "$vmm" lease)
	if [ "$left_ns" -le 2000000000 ] && wait_until 3 lapsed; then
		tap_ok stopped/lapses "in $left_ns ns"
	else
		tap_not_ok stopped/lapses "not in 3 s; it had $left_ns ns"
	fi
	undelayed stopped/undelayed
	order "$vmm" lease 3600000000000
	undelayed stopped/too-long
	order "$vmm" lease 0
	kill -CONT "$hold"
	wait_until 10 hold_ended || kill -KILL "$hold"
	hold_status
	tap_is stopped/exit $? 1
	grep -q 'lease has ended' hold.log || tap_not_ok stopped/told "$(tail -n 1 hold.log)"
	[ "$(counted refused)" -gt 0 ] || tap_not_ok stopped/report "$(cat hold.json)"
	undelayed stopped/after
}

case_budget_total()
{
	hold_start --per-second 200ms --total 200ms || tap_not_ok budget-total/armed "$(tail -n 1 hold.log)"
	read_on budget-total
	hold_end TERM || tap_not_ok budget-total/exit "$? $(tail -n 1 hold.log)"
	keep budget-total
	spent=$(counted spent_ns) fires=$(counted fires) more=$(counted refused)
	if [ "$spent" = 200000000 ] && [ "$fires" = 200 ] && [ "$more" -gt 0 ]; then
		tap_ok budget-total "$fires fires of 1 ms, $spent ns of 200000000, $more refused"
	else
		tap_not_ok budget-total "$fires fires of 1 ms, $spent ns of 200000000, $more refused"
	fi
	undelayed budget-total/undelayed
}

case_budget_second()
{
	hold_start --per-second 20ms || tap_not_ok budget-second/armed "$(tail -n 1 hold.log)"
	undelayed budget-second/undelayed
	read_on budget-second
	hold_end TERM || tap_not_ok budget-second/exit "$? $(tail -n 1 hold.log)"
	# Begun seconds; it was armed just before it said so.
	seconds=$(($(date +%s) - $(stat -c %Y hold.log) + 3))
	fires=$(counted fires) more=$(counted refused)
	if [ "$fires" -le $((20 * seconds)) ] && [ "$fires" -ge 20 ] && [ "$more" -gt 0 ]; then
		tap_ok budget-second "$fires fires of 1 ms in $seconds s with 20 ms in each, $more refused"
	else
		tap_not_ok budget-second "$fires fires of 1 ms in $seconds s with 20 ms in each, $more refused"
	fi
}

case_too_long()
{
	refused too-long 'dpdes.req' inject --rule 'dpdes.req fixed 10s'
	[ "$(switch_is)" != - ] || refused too-long/probe 'must not be held' inject --rule 'dpdes.req fixed 5ms'
	refused too-long/lease 'out of range' inject --rule "$rule" --lease 1h
}

# The command is the VMM; its exit status is ours.
case_command()
{
	status=0
	p9doorbell-inject hold --arm --rule "$rule" -- sh -c 'exit 7' 2>command.log || status=$?
	tap_is command $status 7
	status=0
	rm $allow
	p9doorbell-inject hold --arm --rule "$rule" -- sh -c 'exit 7' 2>command.log || status=$?
	tap_is command/ours $status 125
	consent
}

# site_run NAME PLAN WORKLOAD OPTION...: hold.json.
site_run()
{
	site__name=$1 site__plan=$2 site__workload=$3
	shift 3
	p9doorbell-inject hold --arm --plan "$site__plan" --per-second 1s --json -- \
		vmm run --workload "$site__workload" --smt 2 --pin spread --json /dev/null "$@" >site.log 2>hold.log ||
		tap_not_ok "$site__name/run" "exit status $?: $(tail -n 1 hold.log)"
	grep '^{' hold.log >hold.json
}

# All that this kernel can hold are held, half of the time. In a mix it is rare that a guest is left with a doorbell
# it has not taken, or read by others while it runs.
case_sites()
{
	rare='^dpdes\|^exit.hw\|^exit.irq'
	awk '$3 == "plan" || $3 == "probe" { print $1, "fixed 20us chance 50%" }' sites.txt >all.plan
	grep -v "$rare" all.plan >sites.plan
	site_run sites sites.plan mix --rounds 700 --param pause=200 --param tick=2000 --param w-mask=20
	keep sites
	grep "$rare" all.plan >reads.plan
	site_run reads reads.plan pending --rounds 2 --param reads=100 --allow miss
	keep reads
	echo 'onereg.set fixed 1ms' >set.plan
	site_run set set.plan write-back --rounds 20 --allow lost
	keep set
}

# A gate: who reads waits until its sibling comes by on its way back into the guest. What has to be told beforehand
# is held for all of the time.
case_gate()
{
	echo 'dpdes.req until entry.check timeout 1ms' >gate.plan
	site_run gate gate.plan pending --rounds 2 --param reads=50 --allow miss
	fires=$(counted fires) gates=$(counted gates) held=$(counted held_ns)
	tap_is gate/vcpus "$(counted vcpus)" 1 "of vcpu 0, which reads"
	if [ "$(switch_is)" = - ]; then
		# How long that took says nothing: its CPU may have been away in the middle of it.
		right=$((gates > 0))
	else
		right=$((gates == 0 && fires > 0 && held >= fires * held_ns))
	fi
	if [ $right = 1 ]; then
		tap_ok gate "$gates of $fires holds were ended by the other side, $held ns held"
	else
		tap_not_ok gate "$gates of $fires holds were ended by the other side, $held ns held"
	fi
}

# misses NAME COMMAND...: of 400 reads of DPDES, with COMMAND in front of the VMM; in missed.
misses()
{
	misses__name=$1
	shift
	"$@" vmm run --workload pending --smt 2 --rounds 2 --param reads=200 --allow miss --json "$misses__name.json" \
		2>"$misses__name.log" || tap_not_ok "$misses__name/run" "$(tail -n 1 "$misses__name.log")"
	out "$misses__name.json" "$misses__name.log"
	tap_is "$misses__name/reads" "$(sed -n 's/.*"held_reads":\([1-9][0-9]*\).*/\1/p' "$misses__name.json")" 400
	missed=$(sed -n 's/.*"miss":\([0-9]*\).*/\1/p' "$misses__name.json")
	missed=${missed:-0}
}

# F3: a stock kernel misses doorbells in DPDES, and more so when it is slow to look. The busier this machine is, the
# less it takes without us.
case_finds()
{
	misses finds-undelayed env
	without=$missed
	misses finds p9doorbell-inject hold --arm --rule 'dpdes.req fixed 1ms' --per-second 1s --
	if [ "$(switch_is)" = - ]; then
		right=$((missed >= 20 && missed >= 3 * without))
	else
		right=$((missed == 0))
	fi
	if [ $right = 1 ]; then
		tap_ok finds "$missed of 400 reads of DPDES miss a doorbell that is pending, without the injector $without"
	else
		tap_not_ok finds "$missed of 400 reads of DPDES miss a doorbell that is pending, without the injector $without"
	fi
}

# The last one: there is no victim any more.
case_vanished()
{
	holds vanished/delayed
	kill -KILL "$vmm"
	wait_until 10 hold_ended || {
		tap_not_ok vanished/ends "it goes on"
		kill -KILL "$hold"
	}
	hold_status
	tap_is vanished $? 1
	grep -q 'the VM has ended' hold.log || tap_not_ok vanished/told "$(tail -n 1 hold.log)"
	[ "$(counted fires)" -gt 0 ] || tap_not_ok vanished/report "$(cat hold.json)"
	gone vanished/gone
}

consent
observer_start || tap_not_ok daemon "$(tail -n 1 daemon.log)"
# Others come first, or each start of the injector takes seconds; its guest waits as long as that takes.
vmm_start victim --workload pending --smt 2 --pin spread --nice 5 --rounds 1000000 --param reads=1000 --deadline 600 \
	--timeout 600000 --allow miss
whom=$vmm arm=--arm
bpf-progs >programs
wait_until 60 reads victim || tap_not_ok victim "does not read"
p9doorbell-inject sites >sites.txt 2>sites.log || tap_not_ok sites "$(tail -n 1 sites.log)"
tap_ok sites "$(tail -n 1 sites.txt)"
out sites.txt
ran=''
for name in $cases; do
	if wanted "$name"; then
		ran="$ran $name"
		"case_$name"
	fi
done
[ -n "$ran" ] || tap_not_ok cases "none is called '${P9_CASE-}'"
kill -KILL "$vmm" 2>/dev/null
observer_stop || tap_not_ok daemon-exit "exit status $?"
rm -rf /etc/p9doorbell
