# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What a suite of the lab has at hand. Suites are run by busybox sh in the emulated
# machine; they say `. /lab/suites/lib.sh` first. A result has a NAME without
# blanks, unique in its suite; lab/run makes it SUITE/KERNEL/NAME.
#
# In the environment: P9_SUITE, P9_KERNEL, P9_MODE (multi or icount), P9_SHARE
# (payloads in $P9_SHARE/guest), P9_BTF (yes, no, unknown: what lab/kernels.conf says
# of this kernel), and what --env gave. Volumes are in /volumes/NAME.
# A suite's working folder is private and starts empty.

# tap__line TEXT: to lab/run, and into the log among what the suite printed.
tap__line()
{
	printf '%s\n' "$1" >&7
	printf '%s\n' "$1"
}

# tap_ok NAME [DETAIL...], tap_not_ok NAME [DETAIL...], tap_skip NAME REASON...
tap_ok()
{
	tap__name=$1
	shift
	tap__line "ok $tap__name${*:+ - $*}"
}

tap_not_ok()
{
	tap__name=$1
	shift
	tap__line "not ok $tap__name${*:+ - $*}"
}

tap_skip()
{
	tap__name=$1
	shift
	tap__line "ok $tap__name # SKIP $*"
}

# tap_is NAME GOT WANT [DETAIL...]
tap_is()
{
	tap__name=$1 tap__got=$2 tap__want=$3
	shift 3
	if [ "$tap__got" = "$tap__want" ]; then
		tap_ok "$tap__name" "$*${*:+: }$tap__got"
	else
		tap_not_ok "$tap__name" "$*${*:+: }got '$tap__got', want '$tap__want'"
	fi
}

# tap_run NAME COMMAND...: ok when it exits with 0; the end of what it said if not.
tap_run()
{
	tap__name=$1
	shift
	if "$@" >"tap_run.$$" 2>&1; then
		tap_ok "$tap__name" "$(tail -n 1 "tap_run.$$")"
	else
		tap__rc=$?
		tap_not_ok "$tap__name" "'$*' exited with $tap__rc"
		tail -n 20 "tap_run.$$" | while read -r tap__text; do tap_say "$tap__text"; done
	fi
	cat "tap_run.$$"
	rm -f "tap_run.$$"
}

# tap_say TEXT...: shown beside the results.
tap_say()
{
	tap__line "# $*"
}

# wanted NAME [PATTERNS]: P9_CASE, shell patterns, says which cases are run; without it PATTERNS, or all.
wanted()
{
	set -f
	# shellcheck disable=SC2086 # patterns are words
	set -- "$1" ${P9_CASE:-${2:-*}}
	set +f
	wanted__name=$1
	shift
	for wanted__pattern; do
		# shellcheck disable=SC2254 # it is a pattern
		case $wanted__name in $wanted__pattern) return 0 ;; esac
	done
	return 1
}

# have PROGRAM
have()
{
	command -v "$1" >/dev/null
}

# out FILE...: brings files (or folders) out, into the folder of this suite.
out()
{
	cp -r "$@" "$P9_OUT/"
}

# Seconds since boot, in hundredths, as an integer.
now_cs()
{
	# No leading zero, which would make it octal.
	awk '{ printf "%d\n", $1 * 100 + 0.5 }' /proc/uptime
}

# wait_until DEADLINE_S COMMAND...: until it succeeds; 1 when time is up.
wait_until()
{
	tap__end=$(($(now_cs) + $1 * 100))
	shift
	until "$@"; do
		[ "$(now_cs)" -lt "$tap__end" ] || return 1
		sleep 0.05
	done
}

# What the kernel says between these two is deliberate.
expect_begin()
{
	echo "<6>p9doorbell-lab: expect begin $*" >/dev/kmsg
}

expect_end()
{
	echo "<6>p9doorbell-lab: expect end" >/dev/kmsg
}
