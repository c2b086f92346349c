/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Vectors, entry and the doorbell instructions of a payload. Everything else
 * is C: a vector saves what C may clobber, calls interrupt(), and returns.
 *
 * r13 always points to this vcpu's struct db_vcpu and r1 to a valid stack.
 */
#include "truth.h"

	.machine power9
	.abiversion 2

/* Frame of an interrupt; struct frame in guest.h has the same layout. */
#define FRAME_REDZONE	288		/* ELFv2: below r1, owned by the interrupted code */
#define FRAME_GPR	32
#define FRAME_CR	(FRAME_GPR + 14 * 8)
#define FRAME_LR	(FRAME_CR + 8)
#define FRAME_CTR	(FRAME_CR + 16)
#define FRAME_XER	(FRAME_CR + 24)
#define FRAME_SRR0	(FRAME_CR + 32)
#define FRAME_SRR1	(FRAME_CR + 40)
#define FRAME_VECTOR	(FRAME_CR + 48)
#define FRAME_SIZE	(FRAME_REDZONE + FRAME_CR + 64)

	.macro SAVE from to
	.if \to - \from + 1
	std	\from, FRAME_GPR + \from * 8(1)
	SAVE	"(\from + 1)" \to
	.endif
	.endm

	.macro LOAD from to
	.if \to - \from + 1
	ld	\from, FRAME_GPR + \from * 8(1)
	LOAD	"(\from + 1)" \to
	.endif
	.endm

	.macro VECTOR number
	.org	\number
	stdu	1, -FRAME_SIZE(1)
	std	3, FRAME_GPR + 3 * 8(1)
	li	3, \number
	b	common
	.endm

	.section .vectors, "ax"
	.globl	vectors
vectors:
	.org	0x100		/* reset: where the vcpus of a flat image start */
	b	_start
	VECTOR	0x200
	VECTOR	0x300
	VECTOR	0x380
	VECTOR	0x400
	VECTOR	0x480
	VECTOR	0x500
	VECTOR	0x600
	VECTOR	0x700
	VECTOR	0x800
	VECTOR	0x900
	VECTOR	0x980
	VECTOR	0xa00
	VECTOR	0xc00
	VECTOR	0xd00
	VECTOR	0xe00
	VECTOR	0xe20
	VECTOR	0xe40
	VECTOR	0xe60
	VECTOR	0xe80
	VECTOR	0xf00
	VECTOR	0xf20
	VECTOR	0xf40
	VECTOR	0xf60
	VECTOR	0xf80
	.org	0x1000

	.text
common:
	std	3, FRAME_VECTOR(1)
	SAVE	0, 2
	SAVE	4, 12
	mfcr	3
	std	3, FRAME_CR(1)
	mflr	3
	std	3, FRAME_LR(1)
	mfctr	3
	std	3, FRAME_CTR(1)
	mfxer	3
	std	3, FRAME_XER(1)
	mfsrr0	3
	std	3, FRAME_SRR0(1)
	mfsrr1	3
	std	3, FRAME_SRR1(1)
	mr	3, 1
	bl	interrupt
	nop
	ld	3, FRAME_SRR1(1)
	mtsrr1	3
	ld	3, FRAME_SRR0(1)
	mtsrr0	3
	ld	3, FRAME_XER(1)
	mtxer	3
	ld	3, FRAME_CTR(1)
	mtctr	3
	ld	3, FRAME_LR(1)
	mtlr	3
	ld	3, FRAME_CR(1)
	mtcr	3
	LOAD	0, 0
	LOAD	2, 12
	addi	1, 1, FRAME_SIZE
	rfid

/* All vcpus start here: r3 = vcpu id, MSR = SF | RI | LE. */
	.globl	_start
_start:
	lis	2, .TOC.@ha
	addi	2, 2, .TOC.@l
	lis	1, DB_STACKS_ADDR@h
	ori	1, 1, DB_STACKS_ADDR@l
	addi	4, 3, 1
	mulli	4, 4, DB_STACK_SIZE
	add	1, 1, 4
	li	0, 0
	stdu	0, -64(1)
	bl	guest_main
	nop
1:	b	1b

/* hypercall(nr, a, b, c, d): the first result; everything volatile may be gone. */
	.globl	hypercall
	.type	hypercall, @function
hypercall:
	mflr	0
	std	0, 16(1)
	sc	1
	ld	0, 16(1)
	mtlr	0
	blr

/* A msgsndp amid a block: QEMU 10 gives the hypervisor the instruction before it. */
	.globl	db_msgsndp_amid
	.type	db_msgsndp_amid, @function
db_msgsndp_amid:
	nop
	nop
	.long	0x7c00011c | (3 << 11)
	blr

/* Instructions of the hypervisor. */
	.globl	db_mtspr_dpdes, db_msgsnd, db_msgclr
	.type	db_mtspr_dpdes, @function
	.type	db_msgsnd, @function
	.type	db_msgclr, @function
db_mtspr_dpdes:
	mtspr	176, 3
	blr
db_msgsnd:
	.long	0x7c00019c | (3 << 11)	/* msgsnd r3 */
	blr
db_msgclr:
	.long	0x7c0001dc | (3 << 11)	/* msgclr r3 */
	blr

/*
 * The four instructions KVM emulates, alone on their page. QEMU raises their
 * facility interrupt with a stale NIP unless the instruction starts a block. A
 * call from another page does that; a breakpoint anywhere in this page makes
 * every instruction a block of its own, so nothing depends on the former.
 */
	.section .doorbell, "ax"
	.balign	4096
	.globl	doorbell_page, db_msgsndp, db_msgclrp, db_read_dpdes, db_read_tir
	.type	db_msgsndp, @function
	.type	db_msgclrp, @function
	.type	db_read_dpdes, @function
	.type	db_read_tir, @function
doorbell_page:
db_msgsndp:
	.long	0x7c00011c | (3 << 11)	/* msgsndp r3 */
	blr
db_msgclrp:
	.long	0x7c00015c | (3 << 11)	/* msgclrp r3 */
	blr
db_read_dpdes:
	mfspr	3, 176
	blr
db_read_tir:
	mfspr	3, 446
	blr
	.balign	4096
