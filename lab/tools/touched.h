/* SPDX-License-Identifier: GPL-2.0-only */
/* What `touched` counts; shared with its BPF program. */
#ifndef P9DOORBELL_LAB_TOOLS_TOUCHED_H
#define P9DOORBELL_LAB_TOOLS_TOUCHED_H

/* What may disturb a vcpu from outside. */
enum touch {
	TOUCH_KICK = 0,		/* KVM's function that kicks a vcpu, of any VM */
	TOUCH_IPI = 1,		/* an IPI to the CPU */
	TOUCH_SIGNAL = 2,	/* a signal to a thread of the VMM */
	TOUCH_WAKE = 3,		/* a wake-up of the vcpu's thread */
	TOUCH_IOCTL = 4,	/* an ioctl of KVM, by who is no thread of the VMM */
	TOUCH_TRACE = 5,	/* ptrace() of anybody */
	TOUCHES = 6,
};

#define TOUCH_NAMES { "kicks", "ipis", "signals", "wakes", "kvm_ioctls", "ptraces" }

/* By whom. */
enum toucher {
	TOUCHER_OBSERVER = 0,	/* a thread whose name begins with p9doorbell, on its own account */
	TOUCHER_OTHER = 1,	/* anybody else, interrupts among them */
	TOUCHERS = 2,
};

#define TOUCHER_NAMES { "observer", "other" }

/* Exits of the guest by their vector, in steps of 0x20 up to 0xfff. */
#define TOUCHED_VECTORS 128

#endif
