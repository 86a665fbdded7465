/*
 * huge.c - large arrays in huge pages
 */
#include "config.h"

#include "common/huge.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_PAGE ((size_t)2 << 20)
#define HUGE_MIN ((size_t)1 << 20)

/* What is mapped for an array, without the ends that are given back. */
static size_t
mapped_bytes(size_t bytes)
{
	size_t page =
	    bytes < HUGE_MIN ? (size_t)sysconf(_SC_PAGESIZE) : HUGE_PAGE;

	return bytes == 0 ? page : (bytes + page - 1) / page * page;
}

static void *
map(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    /* cppcheck-suppress invalidFunctionArg */
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	/* cppcheck-suppress memleak */
	return p == MAP_FAILED ? NULL : p;
}

static void *
map_aligned(size_t bytes)
{
	uint8_t *p = map(bytes + HUGE_PAGE);
	size_t before;

	if (p == NULL)
		return NULL;
	before = (HUGE_PAGE - (uintptr_t)p % HUGE_PAGE) % HUGE_PAGE;
	if (before > 0)
		(void)munmap(p, before);
	(void)munmap(p + before + bytes, HUGE_PAGE - before);
	/* Refused where there are none: then they are small. */
	(void)madvise(p + before, bytes, MADV_HUGEPAGE);
	/* cppcheck-suppress deallocret */
	return p + before;
}

void *
ocr_huge_alloc(size_t bytes, const char *what, struct ocr_err *err)
{
	void *p = NULL;

	if (bytes <= SIZE_MAX - 2 * HUGE_PAGE)
		p = bytes < HUGE_MIN ? map(mapped_bytes(bytes))
				     : map_aligned(mapped_bytes(bytes));
	if (p == NULL)
		(void)ocr_err_set(err, -OCR_ENOMEM,
		    "%s: %zu MiB of memory are needed", what,
		    (bytes >> 20) + 1);
	return p;
}

void *
ocr_huge_grow(void *p, size_t bytes, size_t more, const char *what,
    struct ocr_err *err)
{
	void *q = ocr_huge_alloc(more, what, err);

	if (q == NULL)
		return NULL;
	memcpy(q, p, bytes);
	ocr_huge_free(p, bytes);
	return q;
}

void
ocr_huge_free(void *p, size_t bytes)
{
	if (p != NULL)
		(void)munmap(p, mapped_bytes(bytes));
}
