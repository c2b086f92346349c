/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stop.h - the signals that tell a program to end.
 */
#ifndef P9DOORBELL_COMMON_STOP_H
#define P9DOORBELL_COMMON_STOP_H

#include <signal.h>

/*
 * SIGINT, SIGTERM and SIGHUP, but none that is ignored: who began us, nohup say, or a shell in the
 * background, wants us to go on. Blocked and read from a descriptor, it would end us all the same.
 */
void stop__signals(sigset_t *ret_signals);

#endif /* P9DOORBELL_COMMON_STOP_H */
