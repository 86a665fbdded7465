/*
 * xclbin.c - read what an xclbin file holds; called by src and bin
 *
 * The layout is that of struct axlf and its sections in XRT's xclbin.h
 * (Xilinx/XRT, src/runtime_src/core/include/xclbin.h, 2.13 to 2.20), by offset
 * and little-endian, so that XRT is not needed to read a file.
 * tests/unit/test_xclbin.c compares the offsets with that header.
 */
#include "config.h"

#include "common/xclbin.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io.h"
#include "common/xclbin_layout.h"

/* Of a section that is read whole; the largest one known has 1 MB. */
#define MAX_SECTION_BYTES ((uint64_t)64 << 20)

/* One file being read. */
struct reader {
	struct ocr_xclbin *x;
	int fd;
	const char *label;
	struct ocr_err *err;
	uint32_t *unit_of_ip; /* entry of IP_LAYOUT: its unit, or NO_UNIT */
	size_t n_ips;
};

#define NO_UNIT UINT32_MAX

static uint16_t
get16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return le16toh(v);
}

static uint32_t
get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static uint64_t
get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

/* -OCR_EFORMAT "PATH: not an xclbin file: why" */
#define BAD(r, fmt, ...)                                                       \
	ocr_err_set((r)->err, -OCR_EFORMAT, "%s: not an xclbin file: " fmt,    \
	    (r)->label, ##__VA_ARGS__)

/* Text of a field of len bytes, with or without NUL, for people. */
static void
get_text(char *to, const uint8_t *from, size_t len)
{
	size_t i;

	for (i = 0; i < len && from[i] != '\0'; i++)
		to[i] = from[i] >= 0x20 && from[i] < 0x7f ? (char)from[i] : '?';
	to[i] = '\0';
}

/* Copy a word that names something; false: empty, too long, not printable. */
static bool
get_word(char to[OCR_XCLBIN_NAME], const uint8_t *from, size_t len)
{
	if (len == 0 || len >= OCR_XCLBIN_NAME)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (from[i] <= 0x20 || from[i] >= 0x7f)
			return false;
	}
	memcpy(to, from, len);
	to[len] = '\0';
	return true;
}

static int
read_at(struct reader *r, void *buf, size_t len, uint64_t at)
{
	int64_t n = ocr_pread_full(r->fd, buf, len, at, r->label, r->err);

	if (n < 0)
		return (int)n;
	if ((size_t)n < len)
		return BAD(r, "it ends at byte %" PRIu64, at + (uint64_t)n);
	return 0;
}

static int
read_header(struct reader *r, uint32_t *n_sections)
{
	struct ocr_xclbin *x = r->x;
	uint8_t h[OCR_AXLF_SECTIONS];
	uint64_t length;
	int e;

	if (x->bytes < 8)
		return BAD(r, "it is too short");
	e = read_at(r, h, 8, 0);
	if (e < 0)
		return e;
	if (memcmp(h, OCR_AXLF_MAGIC, 7) != 0)
		return BAD(r, "it does not begin with '" OCR_AXLF_MAGIC "'");
	e = read_at(r, h, sizeof(h), 0);
	if (e < 0)
		return e;
	length = get64(h + OCR_AXLF_LENGTH);
	if (length > x->bytes)
		return BAD(r, "it ends after %" PRIu64 " of %" PRIu64 " bytes",
		    x->bytes, length);
	*n_sections = get32(h + OCR_AXLF_N_SECTIONS);
	if (*n_sections > OCR_AXLF_MAX_SECTIONS)
		return BAD(r, "%" PRIu32 " sections", *n_sections);
	x->mode = get16(h + OCR_AXLF_MODE);
	x->is_emulation = x->mode == OCR_AXLF_HW_EMU ||
			  x->mode == OCR_AXLF_SW_EMU ||
			  x->mode == OCR_AXLF_HW_EMU_PR;
	get_text(x->platform, h + OCR_AXLF_PLATFORM, 64);
	memcpy(x->uuid, h + OCR_AXLF_UUID, sizeof(x->uuid));
	return 0;
}

static int
read_sections(struct reader *r, uint32_t n)
{
	struct ocr_xclbin *x = r->x;
	uint64_t end = OCR_AXLF_SECTIONS + (uint64_t)n * OCR_SECTION_BYTES;
	uint8_t *table = NULL;
	int e;

	if (n == 0)
		return 0;
	if (end > x->bytes)
		return BAD(r, "no room for %" PRIu32 " sections", n);
	table = malloc((size_t)n * OCR_SECTION_BYTES);
	x->sections = calloc(n, sizeof(*x->sections));
	if (table == NULL || x->sections == NULL) {
		free(table);
		return ocr_err_nomem(r->err);
	}
	e = read_at(r, table, (size_t)n * OCR_SECTION_BYTES, OCR_AXLF_SECTIONS);
	for (uint32_t i = 0; e == 0 && i < n; i++) {
		const uint8_t *h = table + (size_t)i * OCR_SECTION_BYTES;
		struct ocr_xclbin_section *s = &x->sections[i];

		s->kind = get32(h + OCR_SECTION_KIND);
		get_text(s->name, h + OCR_SECTION_NAME, 16);
		s->at = get64(h + OCR_SECTION_AT);
		s->bytes = get64(h + OCR_SECTION_SIZE);
		if (s->bytes == 0) /* absent */
			s->at = 0;
		else if (s->at > x->bytes || s->bytes > x->bytes - s->at)
			e = BAD(r,
			    "section %" PRIu32 " (kind %" PRIu32
			    ") goes beyond the end",
			    i, s->kind);
		else if (s->at < end)
			e = BAD(r,
			    "section %" PRIu32 " (kind %" PRIu32
			    ") lies in the header",
			    i, s->kind);
	}
	x->n_sections = e == 0 ? n : 0;
	free(table);
	return e;
}

/*
 * Load the first section of a kind whole, with a NUL behind it; NULL and 0 if
 * there is none.
 */
static int
load_section(struct reader *r, uint32_t kind, uint8_t **out, size_t *len)
{
	const struct ocr_xclbin_section *s;
	size_t i = 0, n = r->x->n_sections;
	int e;

	*out = NULL;
	*len = 0;
	while (i < n &&
	       (r->x->sections[i].kind != kind || r->x->sections[i].bytes == 0))
		i++;
	if (i == n)
		return 0;
	s = &r->x->sections[i];
	if (s->bytes > MAX_SECTION_BYTES)
		return BAD(r,
		    "section %zu (kind %" PRIu32 ") has %" PRIu64 " bytes", i,
		    kind, s->bytes);
	*out = malloc((size_t)s->bytes + 1);
	if (*out == NULL)
		return ocr_err_nomem(r->err);
	e = read_at(r, *out, (size_t)s->bytes, s->at);
	if (e < 0) {
		free(*out);
		*out = NULL;
		return e;
	}
	(*out)[s->bytes] = '\0';
	*len = (size_t)s->bytes;
	return 0;
}

/*
 * Load a section that is a count and entries of a fixed size.  Returns the
 * count, which is checked against the section's size; *out is NULL for 0.
 */
static int64_t
load_table(struct reader *r, uint32_t kind, size_t first, size_t entry,
    uint8_t **out)
{
	const char *name = kind == OCR_SECTION_IP_LAYOUT      ? "IP_LAYOUT"
			   : kind == OCR_SECTION_MEM_TOPOLOGY ? "MEM_TOPOLOGY"
							      : "CONNECTIVITY";
	uint32_t n;
	size_t len;
	int e = load_section(r, kind, out, &len);

	if (e < 0 || *out == NULL)
		return e;
	n = len < 4 ? UINT32_MAX : get32(*out);
	if (n == 0 || (len >= first && n <= (len - first) / entry)) {
		if (n != 0)
			return n;
		free(*out);
		*out = NULL;
		return 0;
	}
	free(*out);
	*out = NULL;
	if (len < 4)
		return BAD(r, "%s is cut short", name);
	return BAD(r, "%s says %" PRIu32 " entries in %zu bytes", name, n, len);
}

/* "kernel:unit"; one without a colon is called like its kernel. */
static bool
get_unit_name(struct ocr_xclbin_unit *u, const uint8_t name[OCR_XCLBIN_NAME])
{
	size_t len = strnlen((const char *)name, OCR_XCLBIN_NAME);
	const uint8_t *colon = memchr(name, ':', len);
	size_t n = colon == NULL ? len : (size_t)(colon - name);

	if (!get_word(u->kernel, name, n))
		return false;
	if (colon == NULL)
		return get_word(u->name, name, n);
	return get_word(u->name, colon + 1, len - n - 1);
}

/* By base address, and by place in the file where that is the same. */
static int
compare_units(const void *a, const void *b)
{
	const struct ocr_xclbin_unit *u = a, *v = b;

	if (u->base != v->base)
		return u->base < v->base ? -1 : 1;
	return u->ip < v->ip ? -1 : u->ip > v->ip;
}

static int
read_units(struct reader *r)
{
	struct ocr_xclbin *x = r->x;
	uint8_t *table;
	int64_t n = load_table(r, OCR_SECTION_IP_LAYOUT, OCR_IP_FIRST,
	    OCR_IP_BYTES, &table);
	int e = 0;

	if (n <= 0)
		return (int)n;
	r->n_ips = (size_t)n;
	r->unit_of_ip = malloc(r->n_ips * sizeof(*r->unit_of_ip));
	x->units = calloc(r->n_ips, sizeof(*x->units));
	if (r->unit_of_ip == NULL || x->units == NULL)
		e = ocr_err_nomem(r->err);
	for (size_t i = 0; e == 0 && i < r->n_ips; i++) {
		const uint8_t *p = table + OCR_IP_FIRST + i * OCR_IP_BYTES;
		struct ocr_xclbin_unit *u = &x->units[x->n_units];

		r->unit_of_ip[i] = NO_UNIT;
		if (get32(p + OCR_IP_TYPE) != OCR_IP_KERNEL)
			continue;
		u->ip = (uint32_t)i;
		u->properties = get32(p + OCR_IP_PROPERTIES);
		u->base = get64(p + OCR_IP_BASE);
		if (!get_unit_name(u, p + OCR_IP_NAME))
			e = BAD(r, "entry %zu of IP_LAYOUT has no name", i);
		x->n_units++;
	}
	free(table);
	if (e < 0)
		return e;
	qsort(x->units, x->n_units, sizeof(*x->units), compare_units);
	for (size_t i = 0; i < x->n_units; i++)
		r->unit_of_ip[x->units[i].ip] = (uint32_t)i;
	return 0;
}

static int
read_banks(struct reader *r)
{
	struct ocr_xclbin *x = r->x;
	uint8_t *table;
	int64_t n = load_table(r, OCR_SECTION_MEM_TOPOLOGY, OCR_MEM_FIRST,
	    OCR_MEM_BYTES, &table);

	if (n <= 0)
		return (int)n;
	x->banks = calloc((size_t)n, sizeof(*x->banks));
	if (x->banks == NULL) {
		free(table);
		return ocr_err_nomem(r->err);
	}
	x->n_banks = (size_t)n;
	for (size_t i = 0; i < x->n_banks; i++) {
		const uint8_t *p = table + OCR_MEM_FIRST + i * OCR_MEM_BYTES;
		struct ocr_xclbin_bank *b = &x->banks[i];
		uint64_t kib = get64(p + OCR_MEM_SIZE);

		b->type = p[OCR_MEM_TYPE];
		b->is_used = p[OCR_MEM_USED] != 0;
		get_text(b->tag, p + OCR_MEM_TAG, 16);
		if (b->type == OCR_MEM_STREAMING ||
		    b->type == OCR_MEM_STREAMING_CONNECTION)
			continue; /* routes of a switch, no memory */
		b->base = get64(p + OCR_MEM_BASE);
		b->bytes = kib > UINT64_MAX >> 10 ? UINT64_MAX : kib << 10;
	}
	free(table);
	return 0;
}

static int
read_links(struct reader *r)
{
	struct ocr_xclbin *x = r->x;
	uint8_t *table;
	int64_t n = load_table(r, OCR_SECTION_CONNECTIVITY, OCR_LINK_FIRST,
	    OCR_LINK_BYTES, &table);
	int e = 0;

	if (n <= 0)
		return (int)n;
	x->links = calloc((size_t)n, sizeof(*x->links));
	if (x->links == NULL)
		e = ocr_err_nomem(r->err);
	for (size_t i = 0; e == 0 && i < (size_t)n; i++) {
		const uint8_t *p = table + OCR_LINK_FIRST + i * OCR_LINK_BYTES;
		struct ocr_xclbin_link *l = &x->links[x->n_links];
		uint32_t ip = get32(p + OCR_LINK_IP);

		l->arg = get32(p + OCR_LINK_ARG);
		l->bank = get32(p + OCR_LINK_MEM);
		if (ip >= r->n_ips || l->bank >= x->n_banks)
			e = BAD(r,
			    "entry %zu of CONNECTIVITY leads to unit %" PRIu32
			    " of %zu, bank %" PRIu32 " of %zu",
			    i, ip, r->n_ips, l->bank, x->n_banks);
		else if (r->unit_of_ip[ip] != NO_UNIT) {
			l->unit = r->unit_of_ip[ip];
			x->n_links++;
		}
	}
	free(table);
	return e;
}

static int
read_xml(struct reader *r)
{
	uint8_t *text;
	int e = load_section(r, OCR_SECTION_METADATA, &text, &r->x->xml_len);

	r->x->xml = (char *)text;
	return e;
}

static int
read_all(struct reader *r)
{
	uint32_t n_sections = 0;
	struct stat st;
	int e;

	if (fstat(r->fd, &st) < 0)
		return ocr_err_sys(r->err, "cannot read %s", r->label);
	if (!S_ISREG(st.st_mode))
		return BAD(r, "it is not a regular file");
	r->x->bytes = (uint64_t)st.st_size;
	e = read_header(r, &n_sections);
	if (e == 0)
		e = read_sections(r, n_sections);
	if (e == 0)
		e = read_units(r);
	if (e == 0)
		e = read_banks(r);
	if (e == 0)
		e = read_links(r);
	if (e == 0)
		e = read_xml(r);
	return e;
}

int
ocr_xclbin_read_fd(struct ocr_xclbin *x, int fd, const char *label,
    struct ocr_err *err)
{
	struct reader r = {.x = x, .fd = fd, .label = label, .err = err};
	int e;

	memset(x, 0, sizeof(*x));
	e = read_all(&r);
	free(r.unit_of_ip);
	if (e < 0)
		ocr_xclbin_release(x);
	return e;
}

int
ocr_xclbin_read(struct ocr_xclbin *x, const char *path, struct ocr_err *err)
{
	int fd, e;

	memset(x, 0, sizeof(*x));
	/* Not blocking: a fifo is refused, not waited for. */
	do
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return ocr_err_sys(err, "cannot open %s", path);
	e = ocr_xclbin_read_fd(x, fd, path, err);
	close(fd);
	return e;
}

void
ocr_xclbin_release(struct ocr_xclbin *x)
{
	free(x->units);
	free(x->banks);
	free(x->links);
	free(x->sections);
	free(x->xml);
	memset(x, 0, sizeof(*x));
}

size_t
ocr_xclbin_count_units(const struct ocr_xclbin *x, const char *kernel)
{
	size_t n = 0;

	for (size_t i = 0; i < x->n_units; i++)
		n += strcmp(x->units[i].kernel, kernel) == 0;
	return n;
}

const struct ocr_xclbin_unit *
ocr_xclbin_find_unit(const struct ocr_xclbin *x, const char *kernel, size_t i)
{
	for (size_t u = 0; u < x->n_units; u++) {
		if (strcmp(x->units[u].kernel, kernel) == 0 && i-- == 0)
			return &x->units[u];
	}
	return NULL;
}
