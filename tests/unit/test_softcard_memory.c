/*
 * test_softcard_memory.c - device memory, apart from the host's and shared
 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "src/softcard_memory.h"
#include "tests/unit/child.h"

#define MIB ((uint64_t)1 << 20)

/* What XRT does with the file's name. */
static uint8_t *
map_host(const struct ocr_softcard_memory *m, uint64_t at)
{
	char path[OCR_SOFTCARD_PATH_BYTES];
	uint8_t *p;
	int fd;

	ocr_softcard_memory_path(m, path);
	fd = open(path, O_CREAT | O_RDWR, 0666);
	p = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    (off_t)at);
	close(fd);
	return p;
}

static int
touch(void *arg)
{
	struct rlimit none = {0};

	setrlimit(RLIMIT_CORE, &none);
	return *(volatile uint8_t *)arg;
}

static void
test_bounds(const struct ocr_softcard_memory *m)
{
	struct child c;

	ok(ocr_softcard_memory_at(m, 0, 8 * MIB) == m->base, "all of it");
	ok(ocr_softcard_memory_at(m, 8 * MIB, 0) != NULL, "nothing at its end");
	ok(ocr_softcard_memory_at(m, 0, 8 * MIB + 1) == NULL, "too long");
	ok(ocr_softcard_memory_at(m, 8 * MIB + 1, 0) == NULL, "behind it");
	ok(ocr_softcard_memory_at(m, UINT64_MAX, 2) == NULL, "wraps around");
	ok(ocr_softcard_memory_at(m, 2, UINT64_MAX) == NULL, "wraps around");
	ok(ocr_softcard_memory_pointer(m, 4096) == m->base + 4096, "a pointer");
	child_run(&c, touch, ocr_softcard_memory_pointer(m, 8 * MIB));
	ok(c.status != 0, "the end cannot be read");
	child_run(&c, touch, ocr_softcard_memory_pointer(m, UINT64_MAX - 7));
	ok(c.status != 0, "nor can what is far away");
	child_run(&c, touch, m->base - 1);
	ok(c.status != 0, "nor can what is before it");
	child_run(&c, touch, m->base + 8 * MIB - 1);
	is_int(c.status, 0, "the last byte can");
}

static void
test_discrete(void)
{
	struct ocr_softcard_memory m;
	struct ocr_err err = {0};
	uint8_t *host;

	is_int(ocr_softcard_memory_init(&m, false, &err), 0, "discrete");
	ok(ocr_softcard_memory_at(&m, 0, 1) == NULL, "no bytes yet");
	is_int(ocr_softcard_memory_grow(&m, 4 * MIB - 5, &err), 0, "grow");
	ok(ocr_softcard_memory_at(&m, 4 * MIB - 1, 1) != NULL, "whole pages");
	ocr_softcard_memory_write(&m, 65536, (const uint8_t *)"abc", 3);
	is_int(ocr_softcard_memory_grow(&m, 8 * MIB, &err), 0, "grow again");
	is_int(ocr_softcard_memory_grow(&m, MIB, &err), 0, "never shrink");
	is_mem(m.base + 65536, "abc", 3, "contents stay");
	test_bounds(&m);
	host = map_host(&m, 65536);
	is_mem(host, "\0\0\0", 3, "the host does not see it");
	host[0] = 'x';
	is_mem(m.base + 65536, "abc", 3, "nor the device what the host writes");
	munmap(host, 65536);
	host = map_host(&m, ((uint64_t)2 << 30) - 65536);
	host[65535] = 1;
	ok(host[65535] == 1, "the host has 2 GiB");
	munmap(host, 65536);
	is_int(ocr_softcard_memory_grow(&m, UINT64_MAX - 100, &err),
	    -OCR_ELIMIT, "too much");
	ok(m.bytes == 8 * MIB, "is as it was");
	ocr_softcard_memory_release(&m);
	ocr_softcard_memory_release(&m);
}

static void
test_coherent(void)
{
	struct ocr_softcard_memory m;
	struct ocr_err err = {0};
	uint8_t *host, data[256];
	int i;

	is_int(ocr_softcard_memory_init(&m, true, &err), 0, "coherent");
	is_int(ocr_softcard_memory_grow(&m, 4 * MIB, &err), 0, "grow");
	host = map_host(&m, 65536);
	host[0] = 'x';
	ok(m.base[65536] == 'x', "the device sees what the host writes");
	m.base[65537] = 'y';
	ok(host[1] == 'y', "and the other way round");
	is_int(ocr_softcard_memory_grow(&m, 8 * MIB, &err), 0, "grow again");
	ok(m.base[65536] == 'x' && m.base[65537] == 'y', "contents stay");
	test_bounds(&m);
	for (i = 0; i < 256; i++)
		data[i] = (uint8_t)i;
	ocr_softcard_memory_write(&m, 65536 + 3, data, sizeof(data));
	is_mem(host + 3, data, sizeof(data), "bytes from elsewhere arrive");
	munmap(host, 65536);
	ocr_softcard_memory_release(&m);
}

/* Lines that have not changed are not written: here they cannot be. */
static int
write_same(void *arg)
{
	struct ocr_softcard_memory *m = arg;
	uint8_t data[8192] = {0};

	mprotect(m->base, 4096, PROT_READ);
	data[4096] = 1;
	ocr_softcard_memory_write(m, 0, data, sizeof(data));
	return m->base[4096] == 1 ? 0 : 1;
}

static void
test_same(void)
{
	struct ocr_softcard_memory m;
	struct ocr_err err = {0};
	struct child c;

	is_int(ocr_softcard_memory_init(&m, true, &err), 0, "coherent");
	is_int(ocr_softcard_memory_grow(&m, MIB, &err), 0, "grow");
	child_run(&c, write_same, &m);
	is_int(c.status, 0, "what is the same is not written");
	ocr_softcard_memory_release(&m);
}

int
main(void)
{
	test_discrete();
	test_coherent();
	test_same();
	return done();
}
