# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Not a suite: how suites start the daemon, ask it, and run payload VMs beside it.

P9_SOCKET=/run/p9doorbell/control.sock

# It answers, or it never will.
observer_settled()
{
	p9doorbell raw hello >/dev/null 2>&1 || ! kill -0 "$observer" 2>/dev/null
}

# observer_start [OPTION...]: returns when it answers; 1 when it does not.
# (It must not hold the fifo of a VM open: fd 8.)
observer_start()
{
	p9doorbelld "$@" 2>>daemon.log 8>&- &
	observer=$!
	if ! wait_until 60 observer_settled || ! p9doorbell raw hello >/dev/null 2>&1; then
		cat daemon.log
		return 1
	fi
}

observer_stop()
{
	kill -TERM "$observer" && wait "$observer"
}

# vmm_start NAME OPTION...: a payload VM that holds when its work is done.
# Its truth is in NAME.truth.json; vmm_holds says whether it has come that far.
vmm_start()
{
	vmm__name=$1
	shift
	rm -f vmm.in
	mkfifo vmm.in
	vmm run --name "$vmm__name" --json "$vmm__name.truth.json" --hold "$@" <vmm.in 2>"$vmm__name.log" &
	vmm=$!
	exec 8>vmm.in
}

vmm_holds()
{
	grep -q holding "$vmm__name.log" || ! kill -0 "$vmm" 2>/dev/null
}

# vmm_end: lets it go; its exit status.
vmm_end()
{
	exec 8>&-
	wait "$vmm"
}
