// SPDX-License-Identifier: GPL-2.0-only
/*
 * inject.bpf.c - the injector: holds race windows of doorbell emulation open. Unlike
 * all else here it exists to disturb a guest, so it is not of the observer: another
 * program loads it (p9doorbell-inject), and the rules of scripts/check for what cannot
 * change a guest are not for it, but one of its own: it can wait, and nothing else.
 *
 * A kernel is stock or patched; of the other half nothing is loaded.
 */
#include "inject_patched.bpf.h"
#include "inject_stock.bpf.h"

char LICENSE[] SEC("license") = "GPL";
