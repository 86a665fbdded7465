/*
 * xclbin_write.c - write an xclbin file; called by ocr-mkxclbin and
 * ocr-softcard
 *
 * The layout is common/xclbin_layout.h.  Sections begin at multiples of 8.
 */
#include "config.h"

#include "src/xclbin_write.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/io.h"
#include "common/xclbin_layout.h"
#include "src/xclbin_xml.h"

#define PLATFORM "xilinx_emu_1_0" /* as emconfig.json has it */
#define BANK_BYTES ((uint64_t)2 << 30)
#define COPY_BYTES ((size_t)256 << 10)

/* Bytes of a section; freed. */
struct section {
	uint32_t kind;
	const char *name;
	uint8_t *data; /* NULL: the shared object */
	uint64_t len;
};

enum { BITS, BANKS, UNITS, LINKS, XML, N_SECTIONS };

struct writer {
	const struct ocr_xmodel *m;
	struct section sections[N_SECTIONS];
	int fd; /* of the shared object */
	struct ocr_err *err;
};

static void
put16(uint8_t *p, uint16_t v)
{
	v = htole16(v);
	memcpy(p, &v, sizeof(v));
}

static void
put32(uint8_t *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof(v));
}

static void
put64(uint8_t *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, sizeof(v));
}

/* A count and n entries; zeroed. */
static int
make_table(struct writer *w, int s, size_t n, size_t first, size_t entry)
{
	struct section *t = &w->sections[s];

	t->len = first + n * entry;
	t->data = calloc(1, t->len);
	if (t->data == NULL)
		return ocr_err_nomem(w->err);
	put32(t->data, (uint32_t)n);
	return 0;
}

static int
make_banks(struct writer *w)
{
	static const struct ocr_xbank plain = {.tag = "bank0",
	    .bytes = BANK_BYTES};
	const struct ocr_xmodel *m = w->m;
	size_t n = m->n_banks > 0 ? m->n_banks : 1;
	const struct ocr_xbank *b = m->n_banks > 0 ? m->banks : &plain;
	uint64_t base = 0;
	int r = make_table(w, BANKS, n, OCR_MEM_FIRST, OCR_MEM_BYTES);

	for (size_t i = 0; r == 0 && i < n; i++, b++) {
		uint8_t *p =
		    w->sections[BANKS].data + OCR_MEM_FIRST + i * OCR_MEM_BYTES;

		p[OCR_MEM_TYPE] = OCR_MEM_DDR4;
		p[OCR_MEM_USED] = 1;
		put64(p + OCR_MEM_SIZE, b->bytes >> 10);
		put64(p + OCR_MEM_BASE, base);
		memcpy(p + OCR_MEM_TAG, b->tag, strlen(b->tag));
		base += b->bytes;
	}
	return r;
}

/* That this argument of this unit is connected to; from *first on. */
static uint32_t
find_banks(const struct ocr_xunit *u, const struct ocr_xarg *a, uint32_t *first)
{
	if (a->kind != OCR_XARG_MEMORY)
		return 0;
	*first = u->has_bank ? u->bank : a->bank;
	return (u->has_bank ? u->last_bank : a->last_bank) - *first + 1;
}

static uint32_t
count_banks(const struct ocr_xunit *u, const struct ocr_xarg *a)
{
	uint32_t first;

	return find_banks(u, a, &first);
}

static size_t
count_units(const struct ocr_xmodel *m, size_t *n_links)
{
	size_t n = 0;

	*n_links = 0;
	for (size_t i = 0; i < m->n_kernels; i++) {
		const struct ocr_xkernel *k = &m->kernels[i];

		n += k->n_units;
		for (size_t u = 0; u < k->n_units; u++) {
			for (size_t a = 0; a < k->n_args; a++)
				*n_links +=
				    count_banks(&k->units[u], &k->args[a]);
		}
	}
	return n;
}

static void
put_unit(uint8_t *p, const struct ocr_xkernel *k, const struct ocr_xunit *u)
{
	size_t n = strlen(k->name);

	put32(p + OCR_IP_TYPE, OCR_IP_KERNEL);
	if (k->is_chained || k->is_free)
		put32(p + OCR_IP_PROPERTIES,
		    (k->is_free ? OCR_IP_CTRL_NONE : OCR_IP_CTRL_CHAIN)
			<< OCR_IP_CONTROL_SHIFT);
	put64(p + OCR_IP_BASE, u->base);
	memcpy(p + OCR_IP_NAME, k->name, n);
	p[OCR_IP_NAME + n] = ':';
	memcpy(p + OCR_IP_NAME + n + 1, u->name, strlen(u->name));
}

static void
put_link(uint8_t *p, uint32_t arg, uint32_t ip, uint32_t bank)
{
	put32(p + OCR_LINK_ARG, arg);
	put32(p + OCR_LINK_IP, ip);
	put32(p + OCR_LINK_MEM, bank);
}

/* IP_LAYOUT and CONNECTIVITY, units in the order of their addresses. */
static int
make_units(struct writer *w)
{
	const struct ocr_xmodel *m = w->m;
	size_t n_links, n = count_units(m, &n_links);
	uint8_t *unit, *link;
	uint32_t index = 0;

	if (make_table(w, UNITS, n, OCR_IP_FIRST, OCR_IP_BYTES) < 0 ||
	    make_table(w, LINKS, n_links, OCR_LINK_FIRST, OCR_LINK_BYTES) < 0)
		return w->err->code;
	unit = w->sections[UNITS].data + OCR_IP_FIRST;
	link = w->sections[LINKS].data + OCR_LINK_FIRST;
	for (size_t i = 0; i < m->n_kernels; i++) {
		const struct ocr_xkernel *k = &m->kernels[i];

		for (size_t u = 0; u < k->n_units; u++, index++) {
			put_unit(unit, k, &k->units[u]);
			unit += OCR_IP_BYTES;
			for (size_t a = 0; a < k->n_args; a++) {
				uint32_t bank = 0;
				uint32_t left = find_banks(&k->units[u],
				    &k->args[a], &bank);

				for (; left > 0; left--, bank++) {
					put_link(link, (uint32_t)a, index,
					    bank);
					link += OCR_LINK_BYTES;
				}
			}
		}
	}
	return 0;
}

static int
make_xml(struct writer *w)
{
	struct section *s = &w->sections[XML];
	size_t len;

	s->data = (uint8_t *)ocr_xclbin_xml_write(w->m, &len);
	s->len = len;
	return s->data == NULL ? ocr_err_nomem(w->err) : 0;
}

/* Open the shared object; -OCR_EFORMAT if it is something else. */
static int
open_object(struct writer *w)
{
	const char *path = w->m->object;
	uint8_t head[sizeof(Elf32_Ehdr)] = {0};
	struct stat st;
	uint16_t type;
	int64_t n;

	if (path == NULL)
		return ocr_err_set(w->err, -OCR_EFORMAT,
		    "the description names no object");
	do
		w->fd =
		    open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	while (w->fd < 0 && errno == EINTR);
	if (w->fd < 0 || fstat(w->fd, &st) < 0)
		return ocr_err_sys(w->err, "cannot open %s", path);
	if (S_ISREG(st.st_mode)) {
		n = ocr_pread_full(w->fd, head, sizeof(head), 0, path, w->err);
		if (n < 0)
			return (int)n;
	}
	memcpy(&type, head + offsetof(Elf32_Ehdr, e_type), sizeof(type));
	if (memcmp(head, ELFMAG, SELFMAG) != 0 || type != ET_DYN)
		return ocr_err_set(w->err, -OCR_EFORMAT,
		    "%s: not a shared object", path);
	w->sections[BITS].len = (uint64_t)st.st_size;
	return 0;
}

static uint64_t
padded(uint64_t len)
{
	return (len + 7) & ~UINT64_C(7);
}

/* 16 random bytes, in the form that RFC 4122 wants of them. */
static int
make_uuid(struct writer *w, uint8_t *to)
{
	if (getrandom(to, 16, 0) != 16)
		return ocr_err_sys(w->err, "cannot get random bytes");
	to[6] = (uint8_t)((to[6] & 0x0f) | 0x40);
	to[8] = (uint8_t)((to[8] & 0x3f) | 0x80);
	return 0;
}

static int
put_header(struct writer *w, struct ocr_output *out)
{
	uint8_t h[OCR_AXLF_SECTIONS + N_SECTIONS * OCR_SECTION_BYTES] = {0};
	uint64_t at = sizeof(h), now = (uint64_t)time(NULL);

	_Static_assert(sizeof(h) % 8 == 0, "sections are aligned");
	memcpy(h, OCR_AXLF_MAGIC, sizeof(OCR_AXLF_MAGIC));
	/* no signature */
	memset(h + OCR_AXLF_SIGNATURE, 0xff,
	    OCR_AXLF_UNIQUE_ID - OCR_AXLF_SIGNATURE);
	put64(h + OCR_AXLF_UNIQUE_ID, now);
	put64(h + OCR_AXLF_TIME, now);
	h[OCR_AXLF_MAJOR] = 2;
	h[OCR_AXLF_MINOR] = 13;
	put16(h + OCR_AXLF_MODE, OCR_AXLF_SW_EMU);
	memcpy(h + OCR_AXLF_PLATFORM, PLATFORM, sizeof(PLATFORM));
	if (make_uuid(w, h + OCR_AXLF_UUID) < 0)
		return w->err->code;
	put32(h + OCR_AXLF_N_SECTIONS, N_SECTIONS);
	for (int i = 0; i < N_SECTIONS; i++) {
		const struct section *s = &w->sections[i];
		uint8_t *p = h + OCR_AXLF_SECTIONS + i * OCR_SECTION_BYTES;

		put32(p + OCR_SECTION_KIND, s->kind);
		memcpy(p + OCR_SECTION_NAME, s->name, strlen(s->name));
		put64(p + OCR_SECTION_AT, at);
		put64(p + OCR_SECTION_SIZE, s->len);
		at += padded(s->len);
	}
	put64(h + OCR_AXLF_LENGTH, at);
	return ocr_output_write(out, h, sizeof(h), w->err);
}

static int
put_object(struct writer *w, struct ocr_output *out)
{
	uint64_t len = w->sections[BITS].len, done = 0;
	const char *path = w->m->object;
	uint8_t *buf = malloc(COPY_BYTES);
	int64_t n;
	int r = 0;

	if (buf == NULL)
		return ocr_err_nomem(w->err);
	while (r == 0 && done < len) {
		n = ocr_pread_full(w->fd, buf,
		    len - done < COPY_BYTES ? (size_t)(len - done) : COPY_BYTES,
		    done, path, w->err);
		if (n == 0)
			r = ocr_err_set(w->err, -OCR_EIO,
			    "%s: it became shorter while it was read", path);
		else
			r = n < 0
				? (int)n
				: ocr_output_write(out, buf, (size_t)n, w->err);
		done += n > 0 ? (uint64_t)n : 0;
	}
	free(buf);
	return r;
}

static int
put_sections(struct writer *w, struct ocr_output *out)
{
	static const uint8_t zeros[8] = {0};
	int r = 0;

	for (int i = 0; r == 0 && i < N_SECTIONS; i++) {
		const struct section *s = &w->sections[i];

		r = s->data == NULL
			? put_object(w, out)
			: ocr_output_write(out, s->data, s->len, w->err);
		if (r == 0)
			r = ocr_output_write(out, zeros,
			    padded(s->len) - s->len, w->err);
	}
	return r;
}

int
ocr_xclbin_write(const struct ocr_xmodel *m, const char *path,
    enum ocr_output_exists exists, struct ocr_err *err)
{
	struct writer w = {.m = m,
	    .fd = -1,
	    .err = err,
	    .sections = {
		[BITS] = {OCR_SECTION_BITSTREAM, "kernels", NULL, 0},
		[BANKS] = {OCR_SECTION_MEM_TOPOLOGY, "banks", NULL, 0},
		[UNITS] = {OCR_SECTION_IP_LAYOUT, "units", NULL, 0},
		[LINKS] = {OCR_SECTION_CONNECTIVITY, "links", NULL, 0},
		[XML] = {OCR_SECTION_METADATA, "xml", NULL, 0},
	    }};
	struct ocr_output out = {.fd = -1, .cleanup_slot = -1};
	int r = open_object(&w);

	if (r == 0)
		r = make_banks(&w);
	if (r == 0)
		r = make_units(&w);
	if (r == 0)
		r = make_xml(&w);
	if (r == 0)
		r = ocr_output_open(&out, path, exists, err);
	if (r == 0)
		r = put_header(&w, &out);
	if (r == 0)
		r = put_sections(&w, &out);
	if (r == 0)
		r = ocr_output_commit(&out, err);
	ocr_output_abort(&out);
	for (int i = 0; i < N_SECTIONS; i++)
		free(w.sections[i].data);
	if (w.fd >= 0)
		close(w.fd);
	return r;
}
