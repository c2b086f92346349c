// SPDX-License-Identifier: GPL-2.0-only
/* Puts a payload into guest memory: an ELF file, or a flat image for address 0. */
#include "vmm.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* payload.S */
extern const uint8_t payload_elf[];
extern const uint64_t payload_elf_size;

/* A flat image starts at its reset vector. */
#define IMAGE_ENTRY	0x100

static int load_segment(uint8_t *ram, const uint8_t *file, size_t size, const Elf64_Phdr *phdr)
{
	if (phdr->p_type != PT_LOAD || !phdr->p_memsz)
		return 0;
	if (phdr->p_filesz > phdr->p_memsz || phdr->p_offset > size ||
	    phdr->p_filesz > size - phdr->p_offset)
		return -ENOEXEC;
	if (phdr->p_paddr > DB_BLOCK_ADDR || phdr->p_memsz > DB_BLOCK_ADDR - phdr->p_paddr)
		return -E2BIG;
	memcpy(ram + phdr->p_paddr, file + phdr->p_offset, phdr->p_filesz);
	return 0;
}

static int load_elf(uint8_t *ram, const uint8_t *file, size_t size, uint64_t *entry)
{
	Elf64_Phdr phdr;
	Elf64_Ehdr ehdr;
	int err = 0;

	if (size < sizeof(ehdr))
		return -ENOEXEC;
	memcpy(&ehdr, file, sizeof(ehdr));
	if (ehdr.e_ident[EI_CLASS] != ELFCLASS64 || ehdr.e_ident[EI_DATA] != ELFDATA2LSB ||
	    ehdr.e_machine != EM_PPC64 || ehdr.e_phentsize != sizeof(phdr))
		return -ENOEXEC;
	if (ehdr.e_phoff > size || ehdr.e_phnum * sizeof(phdr) > size - ehdr.e_phoff)
		return -ENOEXEC;
	for (unsigned int i = 0; !err && i < ehdr.e_phnum; i++) {
		memcpy(&phdr, file + ehdr.e_phoff + i * sizeof(phdr), sizeof(phdr));
		err = load_segment(ram, file, size, &phdr);
	}
	*entry = ehdr.e_entry;
	return err;
}

static int load_image(uint8_t *ram, const uint8_t *file, size_t size, uint64_t *entry)
{
	if (size >= SELFMAG && !memcmp(file, ELFMAG, SELFMAG))
		return load_elf(ram, file, size, entry);
	if (size > DB_BLOCK_ADDR)
		return -E2BIG;
	memcpy(ram, file, size);
	*entry = IMAGE_ENTRY;
	return 0;
}

static int load_file(uint8_t *ram, const char *path, uint64_t *entry)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	struct stat st;
	void *map;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st)) {
		err = -errno;
	} else if (!st.st_size) {
		err = -ENOEXEC;
	} else {
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (map == MAP_FAILED) {
			err = -errno;
		} else {
			err = load_image(ram, map, (size_t)st.st_size, entry);
			munmap(map, (size_t)st.st_size);
		}
	}
	close(fd);
	return err;
}

int payload__load(uint8_t *ram, const char *path, uint64_t *entry, char *error, size_t size)
{
	int err;

	if (path)
		err = load_file(ram, path, entry);
	else
		err = load_elf(ram, payload_elf, payload_elf_size, entry);
	if (err)
		snprintf(error, size, "payload %s: %s", path ? path : "(built in)", strerror(-err));
	return err;
}
