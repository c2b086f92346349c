# SPDX-License-Identifier: GPL-2.0-only
# about: what a guest may rely on, P1 to P12, each message with its own deadline
# timeout: 600
# needs: vmm delay
# shellcheck shell=sh
#
# Payloads check the promises of the facility one by one: delivery (P1), data (P2),
# wake-up (P3), nothing but merging (P4), re-arming (P5), msgclrp (P6), DPDES never
# 0 for a doorbell that is pending (P7), never 1 for none (P8), migration (P9),
# write-back by the VMM (P10), nesting (P11), isolation (P12). conformance.check
# judges what they say; stock kernels have known faults, which it wants to see.
#
#   P9_CASE=NAMES   only these cases (shell patterns: 'p7-* p8-*')
#   P9_SCALE=N      N times as many rounds; stretch the time-out with --timeout-factor
#   P9_DELAY_NS=N   at every DPDES site of a kernel that has them [1000000]
#   P9_KIND=KIND    judge it as stock or patched, whatever it looks like
#
# Long runs of the DPDES promises, more than 100000 reads without and with delays:
#   lab/run --kernel K --env P9_SCALE=20 --env 'P9_CASE=p7-* p8-*' --timeout-factor 10 conformance
#   lab/run --kernel K --env P9_SCALE=105 --env 'P9_CASE=p7-*-delayed' --timeout-factor 10 conformance

. /lab/suites/lib.sh

scale=${P9_SCALE:-1}
delay_ns=${P9_DELAY_NS:-1000000}
switch=/sys/module/kvm_hv_doorbell/parameters/delay

sites='send.test send.post send.kick send.wake send.ipi entry.cpu entry.check entry.load entry.clear entry.latch
entry.run exit.save exit.hw exit.cpu exit.irq exit.loop block.task block.state block.check block.sched
msgclrp.mid onereg.set'

# NAME ROUNDS ALLOWED and options of vmm. ALLOWED: a finding that stock kernels are
# known for here, or -. The states of a target are in turn unless one is given.
cases='
p1-running-alone        400 -     deliver --smt 2 --param state=0 --param wait=1 --pin spread
p1-running-smt4         400 -     deliver --smt 4 --param state=0
p1-states-smt1          300 -     deliver --smt 1 --vcpus 4
p1-states-smt2          200 -     deliver --smt 2 --vcpus 8
p1-states-smt4          600 -     deliver --smt 4
p1-states-smt8-16vcpus  120 -     deliver --smt 8 --vcpus 16
p1-one-cpu              60  -     deliver --smt 8 --vcpus 16 --pin 0
p2-lwsync               600 -     deliver --smt 4 --param fence=1
p2-merged-lwsync        300 -     merge --smt 4 --param fence=1
p2-third-party          300 -     relay --smt 4
p2-third-party-lwsync   300 -     relay --smt 4 --param fence=1
p3-ceded                600 -     deliver --smt 4 --param state=1 --param pause=200
p3-ceded-one-cpu        200 -     deliver --smt 4 --param state=1 --pin 0
p3-cede-posted          300 -     deliver --smt 4 --param state=4
p3-cede-latched         300 -     deliver --smt 4 --param state=5
p4-merge-smt2           400 -     merge --smt 2 --vcpus 4
p4-merge-smt4           400 -     merge --smt 4
p4-merge-smt8-16vcpus   100 -     merge --smt 8 --vcpus 16
p4-merge-one-cpu        60  -     merge --smt 4 --vcpus 8 --pin 0
p5-rearm                300 -     rearm --smt 4
p5-rearm-16vcpus        60  -     rearm --smt 8 --vcpus 16
p5-rearm-self           600 -     rearm --smt 1 --vcpus 2
p6-clear                600 -     revoke --smt 4
p6-clear-self           600 -     revoke --smt 1 --vcpus 2
p6-clear-merged         300 -     merge --smt 4 --param clears=1
p7-spinning             4   miss  pending --smt 2 --param reads=500
p7-all-read             4   miss  pending --smt 4 --param reads=100 --param readers=8
p7-exiting              4   miss  pending --smt 4 --param reads=200 --param nudge=5
p7-self                 20  -     pending --smt 1 --vcpus 2 --param reads=20
p7-one-cpu              4   miss  pending --smt 2 --vcpus 4 --param reads=50 --pin 0
p8-gone                 20  miss  pending --smt 2 --param reads=2 --param empty=100
p8-gone-all-read        10  miss  pending --smt 8 --vcpus 16 --param reads=1 --param empty=10 --param readers=8
p9-migrate              90  -     migrate --smt 4
p9-migrate-16vcpus      60  -     migrate --smt 8 --vcpus 16
p9-migrate-self         60  -     migrate --smt 1 --vcpus 2
p9-migrate-merged       200 -     merge --smt 4 --param migrate=20000
p10-write-back          200 lost  write-back --smt 4
p12-operands            52  -     operands --smt 4 --vcpus 8
p12-operands-absent     52  -     operands --smt 8 --vcpus 6
p12-refuse              10  -     refuse --smt 1
'

# Each oracle is shown one fault of its kind: finding, rounds, workload.
sabotages='
late     6  deliver --smt 2 --param state=0
lost     6  deliver --smt 2 --param state=2
stale    6  deliver --smt 2 --param state=0
asleep   6  deliver --smt 2 --param state=1
slept    6  deliver --smt 2 --param state=5
extra    6  deliver --smt 2 --param state=0
revived  20 revoke --smt 2
miss     2  pending --smt 2
ghost    2  pending --smt 2
value    16 write-back --smt 2
accepted 6  refuse --smt 1
'

# one NAME ROUNDS ALLOWED WORKLOAD OPTION...: into NAME.truth.json, and a line in `ran`.
# $runner is what runs it.
one()
{
	name=$1 rounds=$(($2 * scale)) allowed=$3 workload=$4
	shift 4
	[ "$allowed" = - ] || [ "$kind" != stock ] || set -- "$@" --allow "$allowed"
	begun=$(now_cs)
	status=0
	# shellcheck disable=SC2086 # a runner is words
	$runner vmm run --workload "$workload" --rounds "$rounds" --deadline $((60 * scale)) --timeout 40000 \
		--json "$name.truth.json" "$@" 2>"$name.log" || status=$?
	echo "$name $allowed $status $(($(now_cs) - begun))" >>ran
	[ "$status" = 0 ] || cat "$name.log"
	out "$name.log"
	[ ! -e "$name.truth.json" ] || out "$name.truth.json"
}

# Is there a facility at all? Without it a doorbell instruction is illegal.
facility()
{
	if vmm run --workload deliver --smt 1 --vcpus 1 --rounds 1 --param state=0 --timeout 3000 2>facility.log; then
		tap_ok facility "a doorbell is sent and delivered"
		return
	fi
	tap_not_ok facility "$(tail -n 1 facility.log)"
	tap_say "no doorbell facility: nothing else can be tested"
	exit 0
}

# Patched kernels have the tracepoints of the series.
kernel_kind()
{
	if [ -d /sys/kernel/tracing/events/kvm_hv/kvm_doorbell_send ]; then echo patched; else echo stock; fi
}

each_case()
{
	while read -r name rounds allowed line; do
		# shellcheck disable=SC2086 # a case is words
		if [ -n "$name" ] && wanted "$name"; then one "$name" "$rounds" "$allowed" $line; fi
	done
}

# The DPDES promises once more, with a wait at every step of a read, and each other
# site of the emulation once, for as long as the kernel lets it.
each_case_delayed()
{
	if [ ! -e "$switch" ]; then
		tap_skip delayed "this kernel has no delay sites"
		return
	fi
	runner="delay dpdes.cpu=$delay_ns dpdes.req=$delay_ns dpdes.latched=$delay_ns --"
	each_case <<-END
		p7-spinning-delayed  2 - pending --smt 2 --param reads=200
		p7-all-read-delayed  2 - pending --smt 4 --param reads=20 --param readers=8
		p7-exiting-delayed   2 - pending --smt 2 --param reads=200 --param nudge=5
		p8-gone-delayed      8 - pending --smt 2 --param reads=2 --param empty=50
	END
	for site in $sites; do
		runner="delay $site=$delay_ns --"
		case $site in
		msgclrp.*) set -- 60 - revoke --smt 4 ;;
		onereg.*) set -- 60 - write-back --smt 4 ;;
		# Passed with a doorbell in DPDES only: by a target that masks it, and exits.
		exit.hw) set -- 20 - pending --smt 2 --param reads=20 --param nudge=5 ;;
		block.*) set -- 60 - deliver --smt 4 --param state=1 --param pause=1500 ;;
		# Nothing else may bring the target out of its guest, and sends fall everywhere.
		*) set -- 200 - deliver --smt 2 --pin spread --param state=0 --param wait=1 --param pause=1500 ;;
		esac
		if wanted "delayed-$site"; then one "delayed-$site" "$@"; fi
		# Merges pass neither for sure.
		case $site in onereg.set | exit.hw) continue ;; esac
		if wanted "delayed-$site-merged"; then
			one "delayed-$site-merged" 60 - merge --smt 4 --param clears=1 --param pause=50
		fi
	done
	runner=
}

# Two VMs on the same CPUs: what one sends, the other must not get.
strangers()
{
	wanted p12-strangers || return 0
	vmm run --workload listen --smt 4 --vcpus 8 --rounds 1000000000 --param tick=500 --json strangers.truth.json \
		2>strangers.log &
	listener=$!
	one p12-strangers 200 - merge --smt 4 --vcpus 8
	kill -USR1 "$listener"
	status=0
	wait "$listener" || status=$?
	echo "p12-listener - $status 0" >>ran
	mv strangers.truth.json p12-listener.truth.json
	mv strangers.log p12-listener.log
	out p12-listener.truth.json p12-listener.log
}

# An oracle that cannot see a fault proves nothing.
oracles()
{
	number=0
	while read -r finding rounds line; do
		[ -n "$finding" ] || continue
		number=$((number + 1))
		wanted "oracle-$finding" || continue
		# shellcheck disable=SC2086 # a case is words
		vmm run --rounds "$rounds" --param "sabotage=$number" --json sabotage.json --workload $line 2>sabotage.log
		if grep -q "\"found\":{[^}]*\"$finding\"" sabotage.json; then
			tap_ok "oracle-$finding" "$(sed -n 's/^vmm: vm0: //p' sabotage.log | tail -n 1)"
		else
			tap_not_ok "oracle-$finding" "a deliberate fault was not seen: $(tail -n 1 sabotage.log)"
		fi
	done
}

# stop FINDING WORKLOAD OPTION...: with --stop the first fault is the last one, and all leave at once.
stop()
{
	name=stop-$1 finding=$1
	shift
	wanted "$name" || return 0
	number=$(echo "$sabotages" | awk -v finding="$finding" 'NF { number++ } $1 == finding { print number }')
	begun=$(now_cs)
	vmm run --stop --smt 4 --rounds 1000000 --param "sabotage=$number" --json sabotage.json --workload "$@" 2>sabotage.log
	took=$(($(now_cs) - begun))
	# Two vcpus may find theirs at the same time, each its own.
	found=$(grep -o '"found":{[^}]\+}' sabotage.json | sort -u)
	if [ $took -lt 1000 ] && [ "$found" = "\"found\":{\"$finding\":1}" ]; then
		tap_ok "$name" "in $took cs: $(sed -n 's/^vmm: vm0: //p' sabotage.log | head -n 1)"
	else
		tap_not_ok "$name" "in $took cs: $found; $(tail -n 1 sabotage.log)"
	fi
}

# What QEMU cannot show (a read of TIR does not trap there) the kernel's own tests do.
kunit()
{
	results=/sys/kernel/debug/kunit/kvm-hv-doorbell/results
	if [ ! -e "$results" ]; then
		tap_skip kunit "this kernel was built without its KUnit tests, so TIR is untested: QEMU does not trap it"
		return
	fi
	cp "$results" kunit.txt
	out kunit.txt
	# The suite's own line is not indented; its tests are, parameters of a test more so.
	sed -n 's/^    \(ok\|not ok\) [0-9]* \([^ ]*\)\(.*\)/\1 kunit-\2\3/p' kunit.txt >kunit.tap
	[ -s kunit.tap ] || tap_not_ok kunit "no results in $results"
	while read -r line; do tap__line "$line"; done <kunit.tap
}

runner=''
kind=stock
facility
kind=${P9_KIND:-$(kernel_kind)}
tap_say "this is a $kind kernel"
echo "$kind" >kind
out kind
: >ran
each_case <<-END
	$cases
END
each_case_delayed
strangers
wanted p11-nesting && tap_skip p11-nesting "not applicable here: a guest of a guest gets no doorbell on this emulator"
oracles <<-END
	$sabotages
END
# One that there would be in each round; and one while others sleep.
stop miss pending
stop asleep deliver --param state=1
[ -n "${P9_CASE-}" ] || kunit
out ran
