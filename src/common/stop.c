// SPDX-License-Identifier: GPL-2.0-only
/* stop.c - see stop.h. */
#include "common/stop.h"

#include <stddef.h>

void stop__signals(sigset_t *ret_signals)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action;

	sigemptyset(ret_signals);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!sigaction(numbers[i], NULL, &action) && action.sa_handler != SIG_IGN)
			sigaddset(ret_signals, numbers[i]);
}
