// SPDX-License-Identifier: GPL-2.0-only
/* stop.c - see stop.h. */
#include "common/stop.h"

void stop__signals(sigset_t *ret_signals)
{
	struct sigaction hangup;

	sigemptyset(ret_signals);
	sigaddset(ret_signals, SIGINT);
	sigaddset(ret_signals, SIGTERM);
	if (!sigaction(SIGHUP, NULL, &hangup) && hangup.sa_handler != SIG_IGN)
		sigaddset(ret_signals, SIGHUP);
}
