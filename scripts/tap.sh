# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# TAP of a script: a line a result, the count at the end. Wants lib.sh.

results=0 failures=0

# ok NAME; not_ok NAME [<DETAILS]
ok()
{
	printf 'ok %d - %s\n' $((++results)) "$1"
}

not_ok()
{
	failures=$((failures + 1))
	printf 'not ok %d - %s\n' $((++results)) "$1"
	sed 's/^/#   /'
}

# verdict NAME FILE: well when FILE is empty, else that is why not.
verdict()
{
	if [ -s "$2" ]; then
		not_ok "$1" <"$2"
	else
		ok "$1"
	fi
}

# The last line; its status is the script's.
tap_end()
{
	printf '1..%d\n' "$results"
	[ "$failures" = 0 ]
}
