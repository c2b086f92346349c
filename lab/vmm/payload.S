/* SPDX-License-Identifier: GPL-2.0-only */
/* The payload inside the VMM, so that one static binary is all a test needs. */
	.section .rodata
	.balign	64
	.globl	payload_elf, payload_elf_size
payload_elf:
	.incbin	PAYLOAD_ELF
1:
	.balign	8
payload_elf_size:
	.quad	1b - payload_elf
	.section .note.GNU-stack, "", @progbits
