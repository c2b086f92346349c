# SPDX-License-Identifier: GPL-2.0-only
# about: how soon a mutant kernel is found out: without delays, and by each strategy of the injector
# timeout: 2400
# needs: vmm p9doorbell-inject
# shellcheck shell=sh
#
# lab/scoreboard runs this on each kernel of lab/mutants/table. What a kernel breaks
# says which workloads are run, for each column the same; nothing else is known of it.
#
#   P9_BREAKS=PROMISES  as in the table: P1,P3; all: workloads of all promises in turn
#   P9_CONTROL=1        nothing may be found
#   P9_COLUMNS=NAMES    none, uniform, pct, directed, default [all of them]
#   P9_FOR=TIME         how long default may take [10m]
#   P9_OTHERS_FOR=TIME  how long each other column may take [60s]

. /lab/suites/lib.sh

breaks=${P9_BREAKS:-all}
columns=${P9_COLUMNS:-none uniform pct directed default}
[ "$breaks" != all ] || breaks=P1,P2,P3,P4,P5,P6,P7,P8,P9,P10,P12

mkdir -p /etc/p9doorbell
chmod 755 /etc/p9doorbell
echo yes >/etc/p9doorbell/inject.allow
chmod 644 /etc/p9doorbell/inject.allow

# The promises of the suite conformance, by workloads that hold the kernel to them.
promises='
P1  deliver --smt 2 --pin spread --param state=0 --param wait=1 --param pause=1500 --rounds 60
P1  deliver --smt 2 --pin spread --rounds 100
P1  merge --smt 4 --param clears=1 --param pause=50 --rounds 40
P2  relay --smt 4 --rounds 100
P3  deliver --smt 2 --pin spread --param state=1 --param pause=20 --rounds 100
P3  deliver --smt 2 --pin spread --param state=1 --param pause=200 --rounds 100
P3  deliver --smt 2 --pin spread --rounds 100
P4  merge --smt 4 --rounds 60
P5  rearm --smt 2 --pin spread --rounds 100
P6  revoke --smt 2 --pin spread --rounds 100
P7  pending --smt 2 --pin spread --param reads=20 --rounds 20
P7  pending --smt 2 --pin spread --param reads=40 --param nudge=5 --rounds 10
P8  pending --smt 2 --pin spread --param reads=2 --param empty=40 --param pause=2000 --rounds 10
P8  pending --smt 2 --pin spread --param reads=20 --param nudge=5 --rounds 10
P9  migrate --smt 2 --pin spread --rounds 20
P10 write-back --smt 2 --pin spread --rounds 60
P12 operands --smt 2 --vcpus 4 --rounds 26
P12 operands --smt 4 --vcpus 3 --rounds 26
'

# The workloads of a run; which one, its seed says.
printf '%s\n' "$promises" | awk -v breaks=",$breaks," 'index(breaks, "," $1 ",") { sub(/^P[0-9]* */, ""); print }' |
	sort -u >workloads
cat >workload <<'END'
#!/bin/sh
number=$((P9DOORBELL_SEED % $(wc -l <workloads) + 1))
# shellcheck disable=SC2046 # options are words
exec vmm run --workload $(sed -n "${number}p" workloads) --timeout 15000 --deadline 40 --seed "$P9DOORBELL_SEED" \
	--json truth.json
END
chmod 755 workload

# column NAME: into NAME.json
column()
{
	limit=${P9_OTHERS_FOR:-60s} strategy=$1 status=0
	[ "$1" != default ] || limit=${P9_FOR:-10m}
	set -- "$1" --arm --any --json --for "$limit" --total 20m --truth truth.json --seed "${P9_SEED:-1}"
	name=$1
	shift
	[ "$strategy" = default ] || set -- "$@" --strategy "$strategy"
	p9doorbell-inject run "$@" -- ./workload >"$name.json" 2>"$name.err" || status=$?
	out "$name.json" "$name.err"
	judge "$name" "$status"
}

# judge COLUMN STATUS: the campaign has to find a mutant, nothing may find anything on a control.
judge()
{
	shown=$(sed -n 's/.*"took_ns":\([0-9]*\)[0-9]\{6\},"doorbells":\([0-9]*\),"usual".*/\1 ms, \2 doorbells/p' "$1.json")
	case $2:${P9_CONTROL:+control}:$1 in
	1::*) tap_ok "$1" "killed in $shown" ;;
	0::default) tap_not_ok "$1" "survives $shown" ;;
	0:*) tap_ok "$1" "survives $shown" ;;
	*) tap_not_ok "$1" "exit status $2 in $shown: $(tail -n 1 "$1.err")" ;;
	esac
}

tap_say "workloads: $(tr '\n' ';' <workloads)"
for name in $columns; do column "$name"; done
rm -rf /etc/p9doorbell
