/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stop.h - the signals that tell a program to end.
 */
#ifndef P9DOORBELL_COMMON_STOP_H
#define P9DOORBELL_COMMON_STOP_H

#include <signal.h>

/*
 * SIGINT, SIGTERM and SIGHUP. The last one not where it is ignored: nohup wants us to go on, and blocked and
 * read from a descriptor it would end us all the same. SIGINT is ignored by every job in the background of a
 * script, which ^C has to end: it may be one that delays guests.
 */
void stop__signals(sigset_t *ret_signals);

#endif /* P9DOORBELL_COMMON_STOP_H */
