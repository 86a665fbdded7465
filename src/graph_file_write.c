/*
 * graph_file_write.c - a graph as an .ocrg file
 *
 * The header has the checksums of all sections, and a pipe is written in order:
 * so they are made first, by all threads.
 */
#include "config.h"

#include "src/graph_file.h"

#include "common/crc.h"
#include "common/io.h"
#include "src/graph_file_layout.h"

#define WRITE_BYTES ((uint64_t)8 << 20)

struct writer {
	const struct ocr_graph *g;
	const struct ocr_crew *crew;
	struct ocr_file_header h;
	struct ocr_file_pieces pieces;
	int fd;
	const char *name;
	uint64_t at; /* in the file */
};

static int
sum_pieces(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct writer *w = arg;
	enum ocr_graph_part part;
	uint64_t at, bytes;

	(void)thread;
	(void)err;
	for (; start < end; start++) {
		part = ocr_file_piece(&w->pieces, &w->h, start, &at, &bytes);
		w->pieces.crcs[start] = ocr_crc32(0,
		    (const uint8_t *)ocr_graph_part(w->g, part) + at,
		    (size_t)bytes);
	}
	return 0;
}

static int
put(struct writer *w, const void *data, uint64_t bytes, struct ocr_err *err)
{
	const volatile int *stop = w->crew->stop;
	const uint8_t *p = data;
	uint64_t len;
	int r = 0;

	for (; r == 0 && bytes > 0; p += len, bytes -= len) {
		if (stop != NULL && __atomic_load_n(stop, __ATOMIC_RELAXED))
			return ocr_err_set(err, -OCR_ECANCEL, "stopped");
		len = bytes < WRITE_BYTES ? bytes : WRITE_BYTES;
		r = ocr_write_full(w->fd, p, (size_t)len, w->name, err);
		w->at += len;
		if (w->crew->meter != NULL) {
			ocr_meter_add(w->crew->meter, len);
			ocr_meter_tick(w->crew->meter);
		}
	}
	return r;
}

static int
put_zeros(struct writer *w, uint64_t to, struct ocr_err *err)
{
	static const uint8_t zeros[65536] = {0};
	uint64_t len;
	int r = 0;

	while (r == 0 && w->at < to) {
		len = to - w->at < sizeof(zeros) ? to - w->at : sizeof(zeros);
		r = put(w, zeros, len, err);
	}
	return r;
}

static int
write_all(struct writer *w, struct ocr_err *err)
{
	int r = put(w, &w->h, sizeof(w->h), err), i;

	for (i = 0; r == 0 && i < OCR_N_PARTS; i++) {
		const struct ocr_file_section *s = &w->h.sections[i];

		if (s->bytes == 0)
			continue;
		r = put_zeros(w, s->at, err);
		if (r == 0)
			r = put(w, ocr_graph_part(w->g, (enum ocr_graph_part)i),
			    s->bytes, err);
	}
	return r;
}

int
ocr_graph_file_write(const struct ocr_graph *g, int fd, const char *name,
    struct ocr_crew *crew, struct ocr_err *err)
{
	struct writer w = {.g = g, .crew = crew, .fd = fd, .name = name};
	int r, i;

	ocr_file_lay_out(&w.h, g, g->is_directed && g->in.offsets != NULL,
	    g->ids != NULL);
	r = ocr_file_pieces_init(&w.pieces, &w.h, err);
	if (r == 0)
		r = ocr_crew_each_phase(crew, "making checksums",
		    w.pieces.first[OCR_N_PARTS], 4, sum_pieces, &w, err);
	for (i = 0; r == 0 && i < OCR_N_PARTS; i++)
		w.h.sections[i].crc32 = ocr_file_section_crc(&w.pieces, &w.h,
		    (enum ocr_graph_part)i);
	w.h.crc32 = ocr_crc32(0, &w.h, offsetof(struct ocr_file_header, crc32));
	ocr_crew_phase(crew, "writing", OCR_METER_BYTES, w.h.bytes);
	if (r == 0)
		r = write_all(&w, err);
	ocr_file_pieces_release(&w.pieces);
	return r;
}
