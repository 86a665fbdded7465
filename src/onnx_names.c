/*
 * onnx_names.c - tensors by name
 *
 * FNV-1a and open addressing.  Names are chosen by the file: one that makes all
 * of them collide costs time alone, and no more than its square.
 */
#include "config.h"

#include "src/onnx_names.h"

#include <stdlib.h>
#include <string.h>

static uint32_t
hash(const char *name)
{
	uint32_t h = 2166136261U;

	for (; *name != '\0'; name++)
		h = (h ^ (uint8_t)*name) * 16777619U;
	return h;
}

int
ocr_onnx_names_init(struct ocr_onnx_names *names, uint64_t n,
    struct ocr_err *err)
{
	uint64_t slots = 16;

	while (slots < 2 * n)
		slots *= 2;
	if (slots <= UINT32_MAX)
		names->slots = calloc((size_t)slots, sizeof(*names->slots));
	names->n_slots = (uint32_t)slots;
	return names->slots == NULL ? ocr_err_nomem(err) : 0;
}

/* Where the name is, or a free slot. */
static uint32_t
slot_of(const struct ocr_onnx_names *names, const struct ocr_net *n,
    const char *name)
{
	uint32_t at = hash(name) & (names->n_slots - 1);

	while (names->slots[at] != 0 &&
	       strcmp(n->tensors[names->slots[at] - 1].name, name) != 0)
		at = (at + 1) & (names->n_slots - 1);
	return at;
}

uint32_t
ocr_onnx_names_find(const struct ocr_onnx_names *names, const struct ocr_net *n,
    const char *name)
{
	uint32_t t = names->slots[slot_of(names, n, name)];

	return t == 0 ? OCR_NO_TENSOR : t - 1;
}

int64_t
ocr_onnx_names_add(struct ocr_onnx_names *names, struct ocr_net *n,
    const char *name, struct ocr_err *err)
{
	uint32_t slot = slot_of(names, n, name);
	int64_t t;

	if (names->slots[slot] != 0)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: '%.80s' is made twice", n->file, name);
	name = ocr_net_strdup(n, name, err);
	if (name == NULL)
		return -OCR_ENOMEM;
	t = ocr_net_add_tensor(n, name, err);
	if (t >= 0)
		names->slots[slot] = (uint32_t)t + 1;
	return t;
}
