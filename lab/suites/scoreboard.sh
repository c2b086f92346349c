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
#   P9_MUST=1           default has to find it
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

# The promises of the suite conformance, by workloads that hold the kernel to them: promise, rounds, workload.
# A campaign begins with 40 short runs, then they have four times as many rounds, and from the 400th on sixteen times:
# what one costs is the least that anything can cost to find, and what is hard to find wants many doorbells. Who waits
# for a peer with its 4096 ignored operands, held at each, waits longest.
promises='
P1  12 deliver --smt 2 --pin spread --param state=0 --param wait=1 --param pause=1500
P1  24 deliver --smt 2 --pin spread
P1  8  merge --smt 4 --param clears=1 --param pause=50
P2  24 relay --smt 4
P3  24 deliver --smt 2 --pin spread --param state=1 --param pause=20
P3  24 deliver --smt 2 --pin spread --param state=1 --param pause=200
P3  24 deliver --smt 2 --pin spread
P4  8  merge --smt 4
P5  24 rearm --smt 2 --pin spread
P6  24 revoke --smt 2 --pin spread
P7  6  pending --smt 2 --pin spread --param reads=20
P7  3  pending --smt 2 --pin spread --param reads=40 --param nudge=5
P8  4  pending --smt 2 --pin spread --param reads=2 --param empty=40 --param pause=2000
P8  4  pending --smt 2 --pin spread --param reads=20 --param nudge=5
P9  6  migrate --smt 2 --pin spread
P10 16 write-back --smt 2 --pin spread
P12 26 operands --smt 2 --vcpus 4 --timeout 50000 --deadline 55
P12 26 operands --smt 4 --vcpus 3 --timeout 50000 --deadline 55
'

# The workloads of a run; which one, its seed says. It ends at the first finding: doorbells are counted up to there.
printf '%s\n' "$promises" | awk -v breaks=",$breaks," 'index(breaks, "," $1 ",") { sub(/^P[0-9]* */, ""); print }' |
	sort -u >workloads
cat >workload <<'END'
#!/bin/sh
number=$((P9DOORBELL_SEED % $(wc -l <workloads) + 1))
# shellcheck disable=SC2046 # options are words
set -- $(sed -n "${number}p" workloads)
rounds=$1
[ "${P9DOORBELL_RUN:-40}" -lt 40 ] || rounds=$(($1 * 4))
[ "${P9DOORBELL_RUN:-40}" -lt 400 ] || rounds=$(($1 * 16))
shift
exec vmm run --stop --rounds $rounds --seed "$P9DOORBELL_SEED" --timeout 15000 --deadline 40 --json truth.json --workload "$@"
END
chmod 755 workload

# column NAME: into NAME.json
column()
{
	limit=${P9_OTHERS_FOR:-60s} strategy=$1 status=0
	[ "$1" != default ] || limit=${P9_FOR:-10m}
	set -- "$1" --arm --any --json --for "$limit" --timeout 90s --total 20m --truth truth.json --seed "${P9_SEED:-1}"
	name=$1
	shift
	[ "$strategy" = default ] || set -- "$@" --strategy "$strategy"
	p9doorbell-inject run "$@" -- ./workload >"$name.json" 2>"$name.err" || status=$?
	out "$name.json" "$name.err"
	judge "$name" "$status"
}

# judge COLUMN STATUS: nothing may find anything on a control, and default has to find what is of the SC class.
judge()
{
	shown=$(sed -n 's/.*"took_ns":\([0-9]*\)[0-9]\{6\},"doorbells":\([0-9]*\),"usual".*/\1 ms, \2 doorbells/p' "$1.json")
	case $2:${P9_CONTROL:+control}${P9_MUST:+must}:$1 in
	1::* | 1:must:*) tap_ok "$1" "killed in $shown" ;;
	0:must:default) tap_not_ok "$1" "survives $shown" ;;
	0:*) tap_ok "$1" "survives $shown" ;;
	*) tap_not_ok "$1" "exit status $2 in $shown: $(tail -n 1 "$1.err")" ;;
	esac
}

tap_say "workloads: $(tr '\n' ';' <workloads)"
for name in $columns; do column "$name"; done
rm -rf /etc/p9doorbell
