/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vm_name.h - what people call a VM, by the process of its VMM.
 */
#ifndef P9DOORBELL_COMMON_VM_NAME_H
#define P9DOORBELL_COMMON_VM_NAME_H

#include <stdint.h>

#define VM_NAME_BYTES 64

/*
 * "-name guest=NAME,..." or "-name NAME" of QEMU, else the name of the process; "?": there is
 * none. Harmless: see text__clean().
 */
void vm_name__read(uint32_t tgid, char name[VM_NAME_BYTES]);

#endif /* P9DOORBELL_COMMON_VM_NAME_H */
