# SPDX-License-Identifier: GPL-2.0-only
# about: why a doorbell waits, said while it does: each verdict by a real cause of its own
# timeout: 600
# smp: 3
# needs: vmm p9doorbelld p9doorbell ask deaf freeze hog pulse
# shellcheck shell=sh
#
# In each case a doorbell is made to wait by one cause, which the guest itself can
# tell (how long, from msgsndp to the interrupt); meanwhile the daemon is asked what
# stalls. verdicts.check judges: the right verdict, in time, while it lasted, and
# no other. The controls are healthy: nothing may stall there.
#
# A CPU of the emulated machine that stood still is a cause of its own. `pulse`
# sees that; such a run is brought out and said, but not judged, and there is
# another one for it, up to three times as many as were asked for. A healthy run
# that did not stall for all that is judged.
#
#   P9_RUNS=N       each case N times [2]
#   P9_CASE=NAMES   only these cases (shell patterns)
#   P9_AFTER_MS=N   what waits longer is a stall [50]: an emulated machine on a busy one is slow by itself
#   P9_HOLD_MS=N    how long a cause lasts [400]

. /lab/suites/lib.sh
. /lab/suites/lib-observer.sh

runs=${P9_RUNS:-2}
after_ms=${P9_AFTER_MS:-50}
hold_ms=${P9_HOLD_MS:-400}
hold_us=$((hold_ms * 1000))

# NAME | verdict, or - | ms that a doorbell may wait | what begins the cause | options of vmm.
# All is on CPU 0 but the target.
cases="
lost                | lost       | $after_ms |                            | stall --smt 2 --pin 0,1 --param wait=2 --param tick=$hold_us
late-sched-running  | late-sched | $after_ms | hog 1 $hold_ms             | stall --smt 2 --pin 0,1
late-sched-ceded    | late-sched | $after_ms | hog 1 $hold_ms             | stall --smt 2 --pin 0,1 --param wait=2
late-host-asleep    | late-host  | $after_ms |                            | stall --smt 2 --pin 0,1 --param cause=2
late-host-busy      | late-host  | $after_ms |                            | stall --smt 2 --pin 0,1 --param cause=3
late-host-stopped   | late-host  | $after_ms | freeze \$VCPU_TID $hold_ms | stall --smt 2 --pin 0,1
late-guest          | late-guest | $after_ms |                            | stall --smt 2 --pin 0,1 --param cause=1 --param nudge=0
late-guest-exiting  | late-guest | $after_ms |                            | stall --smt 2 --pin 0,1 --param cause=1 --param nudge=2000
late-csd-reader     | late-csd   | $after_ms | deaf \$VCPU_TID $hold_ms   | stall --smt 4 --vcpus 3 --pin 0,1,2 --param cause=6
late-csd-target     | late-csd   | $after_ms | deaf \$VCPU_TID $hold_ms   | stall --smt 2 --pin 0,1 --param nudge=1000
storm               | storm      | $after_ms |                            | stall --smt 8 --pin 0,1,0,0,0,0,0,0 --param cause=4 --param spin=5000 --param nudge=500
convoy              | convoy     | $after_ms |                            | stall --smt 4 --vcpus 3 --pin 0,1,2 --param cause=5 --param reads=150
control-ping-pong   | -          | $after_ms |                            | ping-pong --smt 2 --pin 0,1 --rounds 1500
control-ceded       | -          | $after_ms |                            | ceded --smt 2 --pin 0,1 --rounds 500
control-masked      | -          | $after_ms |                            | masked --smt 2 --pin 0,1 --rounds 500
control-storm       | -          | $after_ms |                            | storm --smt 2 --pin 0,1 --rounds 1500
control-mix         | -          | $after_ms |                            | mix --smt 2 --pin 0,1 --rounds 1500
control-idle        | -          | $after_ms |                            | idle --smt 2 --pin 0,1 --rounds 30
"

# What is run without P9_CASE.
usual='late-* storm convoy control-*'
case $P9_KERNEL in
mutant-*-no-wake)
	# It loses wake-ups: no place for what sleeps.
	usual='lost late-guest control-masked control-storm'
	;;
debian-6.1)
	tap_skip late-csd "nothing keeps a CPU deaf here: BPF programs with a callback do not load"
	usual='late-[!c]* storm convoy control-*'
	;;
esac

# stood_still NAME: so long that it shows, at once or bit by bit. CPU 0 alone counts where others have to.
stood_still()
{
	awk -v still="$((after_ms * 1000000))" -v name="$1" '
		name ~ /^late-csd/ && $1 != 0 { next }
		{
			if ($2 - end[$1] > still)
				sum[$1] = 0
			sum[$1] += $3 - $2
			end[$1] = $3
			if (2 * sum[$1] > still)
				found = 1
		}
		END { exit !found }' "$1.late"
}

# one NAME VERDICT AFTER_MS CUE WORKLOAD OPTION...: into NAME.*, and a line in `ran`; 1 when a CPU stood still.
one()
{
	name=$1 verdict=$2 after=$3 cue=$4 workload=$5 status=0 disturbed=0
	shift 5
	[ "$workload" != stall ] || set -- --rounds 1 --param "hold=$hold_us" "$@"
	[ -z "$cue" ] || set -- --cue "$cue" "$@"
	before=$(wc -l <late)
	if [ "$observed" = yes ]; then
		ask $P9_SOCKET 20 >"$name.stalls.jsonl" 2>"$name.ask.log" 8>&- &
		asking=$!
	fi
	vmm_start "$name" --workload "$workload" --deadline 60 "$@" --name "${name%-*}"
	wait_until 60 vmm_holds || tap_say "$name: does not finish"
	if [ "$observed" = yes ]; then
		kill -TERM "$asking"
		wait "$asking" || tap_not_ok "$name/asked" "$(tail -n 1 "$name.ask.log")"
		out "$name.stalls.jsonl"
	fi
	vmm_end || status=$?
	[ "$status" = 0 ] || cat "$name.log"
	tail -n +$((before + 1)) late >"$name.late"
	if stood_still "$name"; then disturbed=1; fi
	echo "$name $verdict $after $status $disturbed" >>ran
	out "$name.log" "$name.late"
	[ ! -e "$name.truth.json" ] || out "$name.truth.json"
	return "$disturbed"
}

# many NAME VERDICT AFTER_MS CUE OPTION...: until there are as many undisturbed runs as were asked for.
many()
{
	many__name=$1 good=0 run=0
	shift
	while [ "$good" -lt "$runs" ] && [ "$run" -lt $((runs * 3)) ]; do
		run=$((run + 1))
		if one "$many__name-$run" "$@"; then good=$((good + 1)); fi
	done
}

each_case()
{
	while IFS='|' read -r name verdict after cue line; do
		# shellcheck disable=SC2086 # words that may have blanks around them
		set -- $name $verdict $after
		# shellcheck disable=SC2086,SC2116 # a case is words
		if [ $# = 3 ] && wanted "$1" "$usual"; then many "$1" "$2" "$3" "$(echo $cue)" $line; fi
	done
}

# The target has CPU 1 for itself, so that who has it instead is the cause.
taskset -p 1 $$ >/dev/null
observed=no
if p9doorbelld --help | grep -q -- --stall-after; then
	observed=yes
	observer_start --stall-after "${after_ms}ms" || tap_not_ok daemon "$(tail -n 1 daemon.log)"
else
	tap_say "this daemon has no verdicts: only the causes are tested"
fi
echo "$hold_ms $observed" >settings
: >ran
pulse $((after_ms / 8)) 0 1 2 >late &
pulsing=$!
each_case <<-END
	$cases
END
kill "$pulsing"
if [ "$observed" = yes ]; then
	p9doorbell raw status >status.json
	observer_stop || tap_not_ok daemon-exit "exit status $?"
	out status.json daemon.log
fi
out ran settings
