/*
 * repair_list.c - see repair_list.h
 */
#include "config.h"

#include "src/repair_list.h"

#include <stddef.h>

#include "common/huge.h"
#include "common/thread.h"

/* The list is made of parts, each twice as long as all before it. */
#define FIRST_PART ((uint64_t)1 << 16)

#define EMPTY 0 /* else 1 + the vertex, 64 bits */

static uint64_t
part_start(size_t p)
{
	return p == 0 ? 0 : FIRST_PART << (p - 1);
}

static size_t
part_of(uint64_t item)
{
	size_t p = 0;

	while (p + 1 < OCR_REPAIR_PARTS && item >= part_start(p + 1))
		p++;
	return p;
}

static size_t
part_bytes(size_t p)
{
	return (size_t)((part_start(p + 1) - part_start(p)) * sizeof(uint64_t));
}

/* The list's part p; made if it is not there. */
static _Atomic uint64_t *
get_part(struct ocr_repair_list *l, size_t p, struct ocr_err *err)
{
	_Atomic uint64_t *part =
	    atomic_load_explicit(&l->parts[p], memory_order_acquire);

	if (part != NULL)
		return part;
	if (part_start(p + 1) > SIZE_MAX / sizeof(*part)) {
		(void)ocr_err_nomem(err);
		return NULL;
	}
	ocr_monitor_enter(l->monitor);
	part = atomic_load_explicit(&l->parts[p], memory_order_acquire);
	if (part == NULL) {
		part = ocr_huge_alloc(part_bytes(p), "list of changes", err);
		atomic_store_explicit(&l->parts[p], part, memory_order_release);
	}
	ocr_monitor_leave(l->monitor);
	return part;
}

int
ocr_repair_list_write(struct ocr_repair_list *l, uint64_t item, uint32_t v,
    struct ocr_err *err)
{
	size_t p = part_of(item);
	_Atomic uint64_t *part = get_part(l, p, err);

	if (part == NULL) {
		atomic_store(&l->has_failed, 1);
		return -OCR_ENOMEM;
	}
	atomic_store_explicit(&part[item - part_start(p)], (uint64_t)v + 1,
	    memory_order_release);
	return 0;
}

int
ocr_repair_list_read(struct ocr_repair_list *l, uint64_t item, uint32_t *v,
    struct ocr_err *err)
{
	size_t p = part_of(item);
	_Atomic uint64_t *part = get_part(l, p, err), *at;
	uint64_t entry;

	if (part == NULL)
		return -OCR_ENOMEM;
	at = &part[item - part_start(p)];
	while (
	    (entry = atomic_load_explicit(at, memory_order_acquire)) == EMPTY) {
		if (atomic_load(&l->has_failed))
			return -OCR_ECANCEL;
		ocr_cpu_relax();
	}
	atomic_store_explicit(at, EMPTY, memory_order_relaxed);
	*v = (uint32_t)(entry - 1);
	return 0;
}

int
ocr_repair_list_init(struct ocr_repair_list *l, struct ocr_err *err)
{
	l->monitor = ocr_monitor_new();
	return l->monitor == NULL ? ocr_err_nomem(err) : 0;
}

void
ocr_repair_list_release(struct ocr_repair_list *l)
{
	size_t i;

	for (i = 0; i < OCR_REPAIR_PARTS; i++)
		ocr_huge_free((void *)atomic_load(&l->parts[i]), part_bytes(i));
	ocr_monitor_free(l->monitor);
	l->monitor = NULL;
}
