# SPDX-License-Identifier: GPL-2.0-only
# about: the host changes under load: CPUs go off and on, threads move, modules are reloaded, the daemon restarts
# timeout: 300
# smp: 3
# needs: vmm p9doorbelld p9doorbell ask
# shellcheck shell=sh
#
# While doorbells ring, what they ring on changes again and again. After each case
# the VMs hold still and the observer's numbers have to be the guests' own; all
# along a client takes snapshots, in which nothing may ever go backwards.
# change.check judges both.
#
#   P9_CASE=NAMES  only these (shell patterns)
#   P9_TURNS=N     how often it changes [12]

. /lab/suites/lib.sh
. /lab/suites/lib-observer.sh

turns=${P9_TURNS:-12}

# watch_begin LIFE, watch_end: one life of the daemon, whose snapshots become a series of their own.
watch_begin()
{
	life=$1
	observer_start --stall-after 200ms || tap_not_ok "$life/daemon" "$(tail -n 1 daemon.log)"
	ask $P9_SOCKET 10 snapshot >"$life.series.jsonl" 2>ask.log 8>&- &
	asking=$!
}

watch_end()
{
	kill -TERM "$asking"
	wait "$asking" || tap_not_ok "$life/asked" "$(tail -n 1 ask.log)"
	p9doorbell raw snapshot >>"$life.series.jsonl"
	out "$life.series.jsonl"
}

# cpu N 0|1: off or on.
cpu()
{
	echo "$2" >"/sys/devices/system/cpu/cpu$1/online" || tap_not_ok "$name/cpu$1" "does not go to $2"
}

# What changes in a turn, by the name of the case.
plug()
{
	cpu $((turn % 2 + 1)) 0
	cpu $((turn % 2 + 1)) 1
}

# Each thread to another set of CPUs, two in one of three turns to the same.
move()
{
	for task in "/proc/$vmm/task/"*; do
		masks=$((masks + 1))
		taskset -p $((masks * 5 % 7 + 1)) "${task##*/}" >/dev/null 2>&1
	done
}

both()
{
	cpu 2 0
	move
	cpu 2 1
}

# vmm_enough: it works until it is told.
vmm_enough()
{
	kill -USR1 "$vmm"
	wait_until 60 vmm_holds || tap_say "$name: does not finish"
}

# working FILE: each vcpu of it has sent; what is seen of it goes into FILE.
working()
{
	p9doorbell raw snapshot >"$1"
	grep -q "\"name\":\"$name\"" "$1" && sed 's/.*"vcores"//' "$1" | grep '"send":[1-9]' | grep -qv '"send":0,'
}

# one NAME CHANGE OPTION...: a VM at work, and CHANGE again and again.
one()
{
	name=$1 change=$2 turn=0 masks=0
	shift 2
	vmm_start "$name" --rounds 1000000000 "$@"
	wait_until 20 working "$name.snapshot.json" || tap_not_ok "$name/works" "nothing is counted"
	while [ "$turn" -lt "$turns" ]; do
		"$change"
		turn=$((turn + 1))
	done
	vmm_enough
	p9doorbell raw snapshot >"$name.snapshot.json"
	if vmm_end; then
		tap_ok "$name/changes" "$change, $turn times"
	else
		tap_not_ok "$name/vmm" "$(tail -n 1 "$name.log")"
	fi
	out "$name.truth.json" "$name.snapshot.json"
}

# The VMs themselves come and go; what they leave behind is in the sums.
churn()
{
	name=churn turn=0 masks=0
	p9doorbell raw snapshot >churn.before.json
	vmm run --workload mix --smt 4 --vcpus 8 --rounds 30 --churn 60 --json churn.truth.json 2>churn.log &
	vmm=$!
	while kill -0 "$vmm" 2>/dev/null; do
		both
		turn=$((turn + 1))
	done
	if wait "$vmm"; then tap_ok churn/changes "$turn times"; else tap_not_ok churn/vmm "$(tail -n 1 churn.log)"; fi
	p9doorbell raw snapshot >churn.after.json
	out churn.truth.json churn.before.json churn.after.json
}

# Under one daemon.
changes()
{
	watch_begin changes
	if wanted hotplug; then one hotplug plug --workload mix --smt 4 --vcpus 8; fi
	if wanted pinned; then one pinned plug --workload mix --smt 4 --pin 0,1,2; fi
	if wanted migration; then one migration move --workload mix --smt 8; fi
	if wanted both; then one both both --workload storm --smt 4 --vcpus 8; fi
	if wanted churn; then churn; fi
	watch_end
	observer_stop || tap_not_ok daemon-exit "exit status $?"
}

# A doorbell that waits long enough to be shown.
stall()
{
	vmm run --name stall --workload stall --smt 2 --rounds 1 --param cause=1 --param nudge=0 --param hold=400000 2>stall.log ||
		tap_not_ok "$life/stall" "$(tail -n 1 stall.log)"
}

shown()
{
	[ "$(grep -c late-guest stalls.txt)" -ge "$1" ]
}

# In the middle of work one daemon is killed, and the next one is started; clients are there all along.
restart()
{
	name=restart
	watch_begin first
	p9doorbell stalls --follow >stalls.txt 2>stalls.log 8>&- &
	following=$!
	p9doorbell top -J -i 100ms >top.jsonl 2>top.log 8>&- &
	topping=$!
	stall
	wait_until 20 shown 1 || tap_not_ok restart/first-stall "never shown"
	vmm_start restart --workload mix --smt 4 --vcpus 8 --rounds 1000000000
	wait_until 20 working restart.first.json || tap_not_ok restart/first-works "nothing is counted"
	watch_end
	kill -KILL "$observer"
	wait "$observer" 2>/dev/null
	watch_begin second
	wait_until 20 working restart.second.json || tap_not_ok restart/second-works "nothing is counted"
	vmm_enough
	p9doorbell raw snapshot >restart.second.json
	vmm_end || tap_not_ok restart/vmm "$(tail -n 1 restart.log)"
	stall
	wait_until 20 shown 3 || tap_not_ok restart/second-stall "never shown"
	watch_end
	kill -TERM "$topping" "$following"
	wait "$topping"
	tap_is restart/top-goes-on $? 0 "exit status"
	wait "$following"
	tap_is restart/stalls-go-on $? 2 "exit status"
	out restart.*.json restart.truth.json top.jsonl top.log stalls.txt stalls.log
}

# refuses MODULE: as long as it is observed.
refuses()
{
	if rmmod "$1" 2>rmmod.log; then
		tap_not_ok "reload/refuses-$1" "it is gone from under the observer"
	else
		tap_ok "reload/refuses-$1" "$(cat rmmod.log)"
	fi
}

reload()
{
	for module in kvm_hv kvm; do
		tap_run "reload/unload-$module-$1" rmmod $module
	done
	for module in kvm kvm_hv; do
		tap_run "reload/load-$module-$1" insmod /lib/modules/$module.ko
	done
}

if wanted hotplug || wanted pinned || wanted migration || wanted both || wanted churn; then changes; fi
# An observer holds the module whose numbers it shows, so they cannot be those of one that is gone.
if wanted restart; then
	restart
	refuses kvm_hv
	refuses kvm
	p9doorbell raw snapshot >>second.series.jsonl
	out second.series.jsonl
	observer_stop || tap_not_ok daemon-exit "exit status $?"
fi
if wanted reload; then
	for time in once twice; do
		reload $time
		watch_begin reloaded-$time
		one reload-$time move --workload mix --smt 4
		watch_end
		observer_stop || tap_not_ok daemon-exit "exit status $?"
	done
fi
out daemon.log
