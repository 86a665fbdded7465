/*
 * softcard_memory.c - device memory as a reserved stretch of addresses
 */
#include "config.h"

#include "src/softcard_memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What XRT maps of the host's file, whatever the size of the card. */
#define HOST_FILE_BYTES ((uint64_t)2 << 30)

/* Addresses are taken once, so that device memory can grow where it is; only
 * what is used takes memory. */
#define RESERVED_BYTES ((size_t)1 << (sizeof(size_t) > 4 ? 36 : 29))
#define GUARD_BYTES ((size_t)1 << 20)
#define LINE_BYTES 64

int
ocr_softcard_memory_init(struct ocr_softcard_memory *m, bool is_coherent,
    struct ocr_err *err)
{
	void *p;
	int r;

	*m = (struct ocr_softcard_memory){.is_coherent = is_coherent};
	m->fd = memfd_create("ocr-softcard", MFD_CLOEXEC);
	if (m->fd < 0)
		return ocr_err_sys(err, "cannot make the host's memory");
	p = mmap(NULL, RESERVED_BYTES + 2 * GUARD_BYTES, PROT_NONE,
	    /* no file: it must be -1 */
	    /* cppcheck-suppress invalidFunctionArg */
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED) {
		r = ocr_err_sys(err, "cannot make the device's memory");
		goto out;
	}
	m->base = (uint8_t *)p + GUARD_BYTES;
	if (ftruncate(m->fd, (off_t)HOST_FILE_BYTES) == 0)
		return 0;
	r = ocr_err_sys(err, "cannot make 2 GiB of host memory");
out:
	ocr_softcard_memory_release(m);
	return r;
}

/* Make [0, bytes) the host's file.  Private memory beneath is lost, but then
 * there is none. */
static int
map_file(struct ocr_softcard_memory *m, uint64_t bytes)
{
	void *p;

	if (bytes > HOST_FILE_BYTES && ftruncate(m->fd, (off_t)bytes) < 0)
		return -1;
	p = mmap(m->base, (size_t)bytes, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_FIXED, m->fd, 0);
	if (p == MAP_FAILED)
		return -1;
	m->base = p;
	return 0;
}

int
ocr_softcard_memory_grow(struct ocr_softcard_memory *m, uint64_t bytes,
    struct ocr_err *err)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	int r;

	if (bytes <= m->bytes)
		return 0;
	if (bytes > RESERVED_BYTES)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "%" PRIu64 " bytes of device memory: a softcard has at "
		    "most %zu",
		    bytes, RESERVED_BYTES);
	bytes = (bytes + page - 1) / page * page;
	r = m->is_coherent
		? map_file(m, bytes)
		: mprotect(m->base, (size_t)bytes, PROT_READ | PROT_WRITE);
	if (r < 0)
		return ocr_err_sys(err,
		    "cannot make %" PRIu64 " bytes of device memory", bytes);
	m->bytes = bytes;
	return 0;
}

void
ocr_softcard_memory_release(struct ocr_softcard_memory *m)
{
	if (m->base != NULL)
		munmap(m->base - GUARD_BYTES, RESERVED_BYTES + 2 * GUARD_BYTES);
	if (m->host != NULL)
		munmap(m->host, (size_t)m->host_bytes);
	if (m->fd > 0)
		close(m->fd);
	*m = (struct ocr_softcard_memory){0};
}

uint8_t *
ocr_softcard_memory_at(const struct ocr_softcard_memory *m, uint64_t at,
    uint64_t len)
{
	if (at > m->bytes || len > m->bytes - at)
		return NULL;
	return m->base + at;
}

void *
ocr_softcard_memory_pointer(const struct ocr_softcard_memory *m, uint64_t at)
{
	return m->base + (at < m->bytes ? at : m->bytes);
}

/*
 * In coherent mode the bytes are there already, unless they come from memory
 * of the host's own (xrtBOAllocUserPtr).  Lines that are the same are not
 * written: a kernel may be changing them right now.
 */
static void
write_changed(uint8_t *to, const uint8_t *data, size_t len)
{
	size_t n;

	for (; len > 0; len -= n, data += n, to += n) {
		n = LINE_BYTES - (uintptr_t)to % LINE_BYTES;
		if (n > len)
			n = len;
		if (memcmp(to, data, n) != 0)
			memcpy(to, data, n);
	}
}

void
ocr_softcard_memory_write(struct ocr_softcard_memory *m, uint64_t at,
    const uint8_t *data, size_t len)
{
	if (m->is_coherent)
		write_changed(m->base + at, data, len);
	else
		memcpy(m->base + at, data, len);
}

int
ocr_softcard_memory_map_host(struct ocr_softcard_memory *m, struct ocr_err *err)
{
	/* 32-bit machines have no room for all of it. */
	uint64_t n =
	    HOST_FILE_BYTES < RESERVED_BYTES ? HOST_FILE_BYTES : RESERVED_BYTES;
	void *p;

	if (m->is_coherent || m->host != NULL)
		return 0;
	p = mmap(NULL, (size_t)n, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
	if (p == MAP_FAILED)
		return ocr_err_sys(err, "cannot map the host's memory");
	m->host = p;
	m->host_bytes = n;
	return 0;
}

uint8_t *
ocr_softcard_memory_host_at(const struct ocr_softcard_memory *m, uint64_t at,
    uint64_t len)
{
	if (m->is_coherent)
		return ocr_softcard_memory_at(m, at, len);
	if (at > m->host_bytes || len > m->host_bytes - at)
		return NULL;
	return m->host + at;
}

void *
ocr_softcard_memory_host_pointer(const struct ocr_softcard_memory *m,
    uint64_t at)
{
	uint8_t *p = ocr_softcard_memory_host_at(m, at, 1);

	return p != NULL ? p : m->base + m->bytes;
}

void
ocr_softcard_memory_to_host(const struct ocr_softcard_memory *m, uint64_t at,
    uint64_t len)
{
	uint8_t *from = ocr_softcard_memory_at(m, at, len);

	if (m->host != NULL && from != NULL && at <= m->host_bytes &&
	    len <= m->host_bytes - at)
		write_changed(m->host + at, from, (size_t)len);
}

void
ocr_softcard_memory_path(const struct ocr_softcard_memory *m,
    char path[OCR_SOFTCARD_PATH_BYTES])
{
	snprintf(path, OCR_SOFTCARD_PATH_BYTES, "/proc/%ld/fd/%d",
	    (long)getpid(), m->fd);
}
