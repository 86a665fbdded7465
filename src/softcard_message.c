/*
 * softcard_message.c - requests of XRT's emulation, one function each
 *
 * Field numbers are those of rpc_messages.proto.
 */
#include "config.h"

#include "src/softcard_message.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/softcard_copy.h"
#include "src/softcard_fields.h"

/* Where XRT does not say how much memory there is. */
#define DEFAULT_MEMORY_BYTES ((uint64_t)4 << 30)

static void
complain(struct ocr_softcard_session *s, const struct ocr_err *why)
{
	ocr_ui_warn(&s->card->ui, "card %u: %s", s->card->number, why->text);
}

static void
unload(struct ocr_softcard_session *s)
{
	s->poll.held = NULL;
	ocr_softcard_unload(s->card);
}

static void
load(struct ocr_softcard_session *s, const struct ocr_softcard_fields *fields,
    struct ocr_softcard_answer *a)
{
	char xml[PATH_MAX], object[PATH_MAX];
	struct ocr_err why = {0};
	int r;

	if (!ocr_softcard_fields_path(&fields->f[1], xml) ||
	    !ocr_softcard_fields_path(&fields->f[2], object)) {
		ocr_softcard_answer_refuse(a);
		return;
	}
	unload(s);
	r = ocr_softcard_memory_grow(&s->card->memory,
	    fields->bank_bytes == 0 ? DEFAULT_MEMORY_BYTES : fields->bank_bytes,
	    &why);
	/* No xclbin: the program wants memory before it loads one. */
	if (r == 0 && xml[0] != '\0')
		r = ocr_softcard_load(s->card, xml, object, &why);
	if (r < 0)
		complain(s, &why);
	ocr_softcard_answer(a, r == 0);
}

static void
alloc(struct ocr_softcard_session *s, const struct ocr_softcard_fields *fields,
    struct ocr_softcard_answer *a)
{
	char path[OCR_SOFTCARD_PATH_BYTES];
	struct ocr_err why = {0};

	if (ocr_softcard_memory_at(&s->card->memory, fields->f[1].value,
		fields->f[2].value) == NULL ||
	    ocr_softcard_buffers_add(&s->buffers, fields->f[1].value,
		fields->f[2].value, &why) < 0) {
		ocr_softcard_answer_refuse(a);
		return;
	}
	ocr_softcard_memory_path(&s->card->memory, path);
	ocr_wire_put(&a->head, 1, 1);
	ocr_wire_put_bytes(&a->head, 2, path, strlen(path));
}

/* An access takes the latency that was asked for. */
static void
pause_ns(uint64_t ns)
{
	struct timespec t = {.tv_sec = (time_t)(ns / 1000000000),
	    .tv_nsec = (long)(ns % 1000000000)};

	if (ns > 0)
		nanosleep(&t, NULL);
}

/* The buffers that a unit has just got as memory of the host's. */
static void
mark_host(struct ocr_softcard_session *s, struct ocr_softcard_unit *u)
{
	const struct ocr_softcard_unit_spec *spec = ocr_softcard_unit_spec(u);
	uint32_t low, high;
	size_t i;

	for (i = 0; i < spec->kernel->n_args; i++) {
		uint64_t offset = spec->kernel->args[i].offset;

		if (spec->wiring.is_host[i] &&
		    ocr_softcard_unit_read(u, offset, &low) &&
		    ocr_softcard_unit_read(u, offset + 4, &high))
			ocr_softcard_buffers_mark(&s->buffers,
			    (uint64_t)high << 32 | low);
	}
}

static void
write_registers(struct ocr_softcard_session *s, uint64_t base, uint64_t offset,
    const struct ocr_wire_field *data, struct ocr_softcard_answer *a)
{
	uint64_t from;
	struct ocr_softcard_unit *u = ocr_softcard_find(s->card, base, &from);
	bool is_good = u != NULL && data->data != NULL &&
		       !__builtin_add_overflow(from, offset, &from) &&
		       ocr_softcard_unit_write(u, from, data->data, data->len);

	if (is_good)
		mark_host(s, u);
	ocr_softcard_answer(a, is_good);
}

static void
read_register(struct ocr_softcard_session *s, uint64_t base, uint64_t offset,
    uint64_t len, struct ocr_softcard_answer *a)
{
	uint64_t from;
	struct ocr_softcard_unit *u = ocr_softcard_find(s->card, base, &from);
	uint32_t value;

	if (u == NULL || len != sizeof(value) ||
	    __builtin_add_overflow(from, offset, &from) ||
	    !ocr_softcard_unit_read(u, from, &value)) {
		ocr_softcard_answer_refuse(a);
		return;
	}
	ocr_wire_put(&a->head, 1, 1);
	ocr_wire_put_bytes(&a->head, 2, &value, sizeof(value));
}

static void
carry_out(struct ocr_softcard_session *s, const struct ocr_softcard_request *q,
    const struct ocr_softcard_fields *fields, struct ocr_softcard_answer *a)
{
	const struct ocr_wire_field *f = fields->f;

	switch (q->message) {
	case OCR_WIRE_CLOSE:
		s->is_closed = f[3].value != 0;
		if (!s->is_closed)
			unload(s);
		ocr_softcard_answer(a, true);
		break;
	case OCR_WIRE_LOAD:
		load(s, fields, a);
		break;
	case OCR_WIRE_ALLOC:
		alloc(s, fields, a);
		break;
	case OCR_WIRE_FREE:
		ocr_softcard_buffers_remove(&s->buffers, f[1].value);
		ocr_softcard_answer(a, true);
		break;
	case OCR_WIRE_SET_ENVIRONMENT:
	case OCR_WIRE_SETUP:
		ocr_softcard_answer(a, true);
		break;
	case OCR_WIRE_FROM_CARD:
		ocr_softcard_copy_from(&s->card->memory, &s->buffers, fields,
		    a);
		break;
	case OCR_WIRE_COPY_TO_FILE:
		ocr_softcard_copy_to_file(&s->card->memory, fields, a);
		break;
	case OCR_WIRE_COPY_FROM_FILE:
		ocr_softcard_copy_from_file(&s->card->memory, fields, a);
		break;
	case OCR_WIRE_WRITE:
		write_registers(s, f[2].value, 0, &f[4], a);
		break;
	case OCR_WIRE_READ:
		read_register(s, f[2].value, 0, f[3].value, a);
		break;
	case OCR_WIRE_WRITE_WORD:
		pause_ns(s->card->options.latency_ns);
		write_registers(s, f[1].value, f[2].value, &f[3], a);
		break;
	case OCR_WIRE_READ_WORD:
		pause_ns(s->card->options.latency_ns);
		read_register(s, f[1].value, f[2].value, f[3].value, a);
		break;
	default:
		ocr_softcard_answer_refuse(a);
		break;
	}
}

/* One line, with the numbers of its fields and their values or lengths. */
static void
trace(struct ocr_softcard_session *s, const struct ocr_softcard_request *q,
    const struct ocr_softcard_fields *fields)
{
	const struct ocr_wire_field *f;
	char line[OCR_SOFTCARD_N_FIELDS * 40] = "";
	size_t n = 0;
	int i;

	for (i = 0; i < OCR_SOFTCARD_N_FIELDS; i++) {
		f = &fields->f[i];
		if (f->data != NULL)
			n += (size_t)snprintf(line + n, sizeof(line) - n,
			    " %d:(%" PRIu64 ")", i, f->len);
		else if (f->number != 0)
			n += (size_t)snprintf(line + n, sizeof(line) - n,
			    " %d:0x%" PRIx64, i, f->value);
	}
	ocr_ui_note(&s->card->ui, "card %u: %s%s", s->card->number,
	    ocr_wire_message_name(q->message), line);
}

int
ocr_softcard_message(struct ocr_softcard_session *s,
    struct ocr_softcard_request *q, struct ocr_err *err)
{
	struct ocr_softcard_answer a;
	struct ocr_softcard_fields fields;
	int r;

	ocr_softcard_answer_begin(&a);
	if (q->message == OCR_WIRE_TO_CARD)
		r = ocr_softcard_copy_to(&s->card->memory, s->link, q, &fields,
		    &a, err);
	else
		r = ocr_softcard_fields_take(&fields, s->link, q, err);
	if (r == 0)
		r = ocr_softcard_link_take(s->link, q, NULL, q->wire.rest, err);
	if (r < 0)
		return r;
	if (s->card->options.has_trace)
		trace(s, q, &fields);
	ocr_softcard_poll(&s->poll, s->card, q->message, fields.f[2].value);
	if (!fields.is_good)
		ocr_softcard_answer_refuse(&a);
	else if (q->message != OCR_WIRE_TO_CARD)
		carry_out(s, q, &fields, &a);
	return ocr_softcard_link_answer(s->link, &a.head, a.data, a.len, err);
}
