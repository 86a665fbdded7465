/*
 * softcard_fields.c - the fields that the requests of XRT's emulation share
 */
#include "config.h"

#include "src/softcard_fields.h"

#include <string.h>

/* LOAD's field 8: { 7: size }. */
static void
add_bank(struct ocr_softcard_fields *fields, const struct ocr_wire_field *bank)
{
	struct ocr_wire w = {.p = bank->data, .end = bank->data + bank->len};
	struct ocr_wire_field f;

	while (ocr_wire_next(&w, &f) == OCR_WIRE_FIELD) {
		if (f.number == 7 && __builtin_add_overflow(fields->bank_bytes,
					 f.value, &fields->bank_bytes))
			fields->bank_bytes = UINT64_MAX;
	}
}

/* Numbers stay, bytes are no longer there. */
static void
forget_bytes(struct ocr_softcard_fields *fields)
{
	size_t i;

	for (i = 0; i < OCR_SOFTCARD_N_FIELDS; i++) {
		fields->f[i].data = NULL;
		fields->f[i].len = 0;
	}
}

/* Pass over the bytes of f that have not been read. */
static int
pass_over(struct ocr_softcard_link *l, struct ocr_softcard_request *q,
    const struct ocr_wire_field *f, struct ocr_err *err)
{
	uint64_t here = (uint64_t)(q->wire.end - f->data);
	int r = ocr_softcard_link_take(l, q, NULL, f->len - here, err);

	return r < 0 ? r : ocr_softcard_link_refill(l, q, err);
}

int
ocr_softcard_fields_take(struct ocr_softcard_fields *fields,
    struct ocr_softcard_link *l, struct ocr_softcard_request *q,
    struct ocr_err *err)
{
	enum ocr_wire_got got;
	struct ocr_wire_field f;
	int r;

	*fields = (struct ocr_softcard_fields){0};
	while ((got = ocr_wire_next(&q->wire, &f)) == OCR_WIRE_FIELD ||
	       got == OCR_WIRE_PART) {
		if (got == OCR_WIRE_PART) {
			forget_bytes(fields);
			r = pass_over(l, q, &f, err);
			if (r < 0)
				return r;
		} else if (f.number < OCR_SOFTCARD_N_FIELDS) {
			fields->f[f.number] = f;
		} else if (f.number == 8 && f.data != NULL) {
			add_bank(fields, &f);
		}
	}
	fields->is_good = got == OCR_WIRE_END && q->wire.rest == 0;
	return 0;
}

bool
ocr_softcard_fields_path(const struct ocr_wire_field *f, char path[PATH_MAX])
{
	if (f->len >= PATH_MAX || (f->len > 0 && f->data == NULL))
		return false;
	if (f->len > 0)
		memcpy(path, f->data, f->len);
	path[f->len] = '\0';
	return strlen(path) == f->len;
}

void
ocr_softcard_answer_begin(struct ocr_softcard_answer *a)
{
	ocr_wire_begin(&a->head);
	a->data = NULL;
	a->len = 0;
}

/* In every response field 1 says whether it went well, or how many bytes
 * went; where XRT insists on bytes too, they are field 2. */
void
ocr_softcard_answer_refuse(struct ocr_softcard_answer *a)
{
	ocr_softcard_answer_begin(a);
	ocr_wire_put(&a->head, 1, 0);
	ocr_wire_put_bytes(&a->head, 2, "", 0);
}

void
ocr_softcard_answer(struct ocr_softcard_answer *a, bool is_yes)
{
	if (is_yes)
		ocr_wire_put(&a->head, 1, 1);
	else
		ocr_softcard_answer_refuse(a);
}
