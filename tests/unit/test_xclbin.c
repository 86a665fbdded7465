/*
 * test_xclbin.c - xclbin files: whole, cut at every byte, foreign and hostile
 *
 * The offsets are compared with XRT's own header where configure found it.
 */
#include "config.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef HAVE_XCLBIN_H
#include <xclbin.h>
#endif

#include "common/xclbin.h"
#include "common/xclbin_layout.h"
#include "tests/unit/tap.h"

#define N_SECTIONS 5
#define AT_IP 656 /* behind the section headers */
#define N_IP 4
#define AT_MEM (AT_IP + OCR_IP_FIRST + N_IP * OCR_IP_BYTES)
#define N_MEM 3
#define AT_LINK (AT_MEM + OCR_MEM_FIRST + N_MEM * OCR_MEM_BYTES)
#define N_LINK 3
#define AT_XML (AT_LINK + OCR_LINK_FIRST + N_LINK * OCR_LINK_BYTES)
#define AT_BITS (AT_XML + 8)
#define FILE_BYTES (AT_BITS + 16)

_Static_assert(AT_IP == OCR_AXLF_SECTIONS + N_SECTIONS * OCR_SECTION_BYTES,
    "sections follow their headers");

static void
put(uint8_t *p, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void
put_section(uint8_t *f, int i, uint32_t kind, uint64_t at, uint64_t bytes)
{
	uint8_t *p = f + OCR_AXLF_SECTIONS + i * OCR_SECTION_BYTES;

	put(p + OCR_SECTION_KIND, kind, 4);
	memcpy(p + OCR_SECTION_NAME, "0123456789abcdef", 16); /* no NUL */
	put(p + OCR_SECTION_AT, at, 8);
	put(p + OCR_SECTION_SIZE, bytes, 8);
}

/* Without NUL where it fills the field. */
static void
put_name(uint8_t *p, const char *name, size_t cap)
{
	size_t n = strlen(name);

	memset(p, 0, cap);
	memcpy(p, name, n < cap ? n : cap);
}

static void
put_ip(uint8_t *f, int i, uint32_t type, uint64_t base, const char *name)
{
	uint8_t *p = f + AT_IP + OCR_IP_FIRST + i * OCR_IP_BYTES;

	put(p + OCR_IP_TYPE, type, 4);
	put(p + OCR_IP_PROPERTIES, 0x100, 4);
	put(p + OCR_IP_BASE, base, 8);
	put_name(p + OCR_IP_NAME, name, 64);
}

static void
put_mem(uint8_t *f, int i, uint8_t type, uint64_t kib, const char *tag)
{
	uint8_t *p = f + AT_MEM + OCR_MEM_FIRST + i * OCR_MEM_BYTES;

	p[OCR_MEM_TYPE] = type;
	p[OCR_MEM_USED] = 1;
	put(p + OCR_MEM_SIZE, kib, 8);
	put(p + OCR_MEM_BASE, 0x4000000000, 8);
	put_name(p + OCR_MEM_TAG, tag, 16);
}

static void
put_link(uint8_t *f, int i, uint32_t arg, uint32_t ip, uint32_t mem)
{
	uint8_t *p = f + AT_LINK + OCR_LINK_FIRST + i * OCR_LINK_BYTES;

	put(p + OCR_LINK_ARG, arg, 4);
	put(p + OCR_LINK_IP, ip, 4);
	put(p + OCR_LINK_MEM, mem, 4);
}

/* Units out of order, and an entry that is none. */
static void
make_file(uint8_t f[FILE_BYTES])
{
	memset(f, 0, FILE_BYTES);
	memcpy(f, OCR_AXLF_MAGIC, 8);
	memset(f + 8, 0xff, OCR_AXLF_UNIQUE_ID - 8);
	put(f + OCR_AXLF_LENGTH, FILE_BYTES, 8);
	put(f + OCR_AXLF_MODE, OCR_AXLF_HW_EMU, 2);
	memset(f + OCR_AXLF_PLATFORM, 'p', 64); /* no NUL */
	memcpy(f + OCR_AXLF_UUID, "0123456789abcdef", 16);
	put(f + OCR_AXLF_N_SECTIONS, N_SECTIONS, 4);
	put_section(f, 0, OCR_SECTION_BITSTREAM, AT_BITS, 16);
	put_section(f, 1, OCR_SECTION_IP_LAYOUT, AT_IP, AT_MEM - AT_IP);
	put_section(f, 2, OCR_SECTION_MEM_TOPOLOGY, AT_MEM, AT_LINK - AT_MEM);
	put_section(f, 3, OCR_SECTION_CONNECTIVITY, AT_LINK, AT_XML - AT_LINK);
	put_section(f, 4, OCR_SECTION_METADATA, AT_XML, 6);
	put(f + AT_IP, N_IP, 4);
	put_ip(f, 0, OCR_IP_KERNEL, 0x1810000, "vadd:vadd_2");
	put_ip(f, 1, 3, 0, "ddr4_controller");
	put_ip(f, 2, OCR_IP_KERNEL, UINT64_MAX, "stream:stream_1");
	put_ip(f, 3, OCR_IP_KERNEL, 0x1800000, "vadd:vadd_1");
	put(f + AT_MEM, N_MEM, 4);
	put_mem(f, 0, OCR_MEM_DDR4, 4 << 20, "bank0");
	put_mem(f, 1, OCR_MEM_STREAMING, 7, "stream0");
	put_mem(f, 2, 6, UINT64_MAX, "HBM[31] and more");
	put(f + AT_LINK, N_LINK, 4);
	put_link(f, 0, 0, 0, 0);
	put_link(f, 1, 1, 1, 0); /* of the controller */
	put_link(f, 2, 2, 3, 2);
	memcpy(f + AT_XML, "<a></a", 6);
}

/* Read exactly n bytes as a file. */
static int
read_bytes(struct ocr_xclbin *x, const uint8_t *f, size_t n,
    struct ocr_err *err)
{
	int fd = memfd_create("xclbin", MFD_CLOEXEC), r;

	memset(err, 0, sizeof(*err));
	if (fd < 0 || (n > 0 && write(fd, f, n) != (ssize_t)n))
		abort();
	r = ocr_xclbin_read_fd(x, fd, "x", err);
	close(fd);
	return r;
}

static void
test_whole(void)
{
	const struct ocr_xclbin_unit *u;
	uint8_t f[FILE_BYTES];
	struct ocr_xclbin x;
	struct ocr_err err;

	make_file(f);
	is_int(read_bytes(&x, f, sizeof(f), &err), 0, "a whole file");
	ok(strlen(x.platform) == 64 && x.platform[63] == 'p',
	    "a platform without NUL");
	ok(memcmp(x.uuid, "0123456789abcdef", 16) == 0 && x.mode == 4 &&
		x.is_emulation && x.bytes == FILE_BYTES,
	    "uuid, mode, size");
	is_int((int64_t)x.n_units, 3, "units, without the memory controller");
	u = ocr_xclbin_find_unit(&x, "vadd", 0);
	ok(u != NULL && strcmp(u->name, "vadd_1") == 0 && u->base == 0x1800000,
	    "the first by address");
	u = ocr_xclbin_find_unit(&x, "vadd", 1);
	ok(u != NULL && strcmp(u->name, "vadd_2") == 0 &&
		u->properties == 0x100,
	    "the second");
	ok(ocr_xclbin_find_unit(&x, "vadd", 2) == NULL &&
		ocr_xclbin_find_unit(&x, "vad", 0) == NULL,
	    "no more");
	ok(ocr_xclbin_count_units(&x, "vadd") == 2 &&
		ocr_xclbin_count_units(&x, "stream") == 1 &&
		ocr_xclbin_count_units(&x, "nothing") == 0,
	    "counted by kernel");
	ok(x.units[2].base == UINT64_MAX, "a unit without registers is last");
	ok(x.n_banks == 3 && x.banks[0].bytes == (uint64_t)4 << 30 &&
		x.banks[0].base == 0x4000000000 && x.banks[0].is_used,
	    "a bank");
	ok(x.banks[1].bytes == 0 && x.banks[1].base == 0, "a stream is none");
	ok(x.banks[2].bytes == UINT64_MAX &&
		strcmp(x.banks[2].tag, "HBM[31] and more") == 0,
	    "a size that overflows, a tag without NUL");
	ok(x.n_links == 2 && x.links[0].unit == 1 && x.links[0].bank == 0 &&
		x.links[1].unit == 0 && x.links[1].bank == 2 &&
		x.links[1].arg == 2,
	    "links lead to the units in their new order");
	ok(x.n_sections == 5 &&
		strcmp(x.sections[0].name, "0123456789abcdef") == 0 &&
		x.sections[0].at == AT_BITS && x.sections[0].bytes == 16,
	    "sections");
	ok(x.xml_len == 6 && strcmp(x.xml, "<a></a") == 0, "xml with a NUL");
	ocr_xclbin_release(&x);
	ok(x.units == NULL && x.n_units == 0, "released");
}

static void
test_cut(void)
{
	uint8_t f[FILE_BYTES];
	struct ocr_xclbin x;
	struct ocr_err err;
	size_t n, n_bad = 0, n_open = 0;

	make_file(f);
	for (n = 0; n < sizeof(f); n++) {
		n_bad += read_bytes(&x, f, n, &err) == -OCR_EFORMAT &&
			 strncmp(err.text, "x: not an xclbin file: ", 23) == 0;
		n_open += x.units != NULL || x.xml != NULL;
	}
	is_int((int64_t)n_bad, (int64_t)n, "cut anywhere");
	is_int((int64_t)n_open, 0, "and zeroed");
	/* a length that does not tell */
	put(f + OCR_AXLF_LENGTH, 0, 8);
	n_bad = 0;
	for (n = 0; n < sizeof(f); n++)
		n_bad += read_bytes(&x, f, n, &err) == -OCR_EFORMAT;
	is_int((int64_t)n_bad, (int64_t)n, "cut anywhere, without a length");
}

/* One field of a good file changed. */
static const struct change {
	const char *name, *why; /* why NULL: it is read */
	size_t at;
	uint64_t value;
	size_t bytes;
} changes[] = {
    {"an old file", "it does not begin with 'xclbin2'", 6, '1', 1},
    {"longer than it is", "it ends after 1176 of 1177 bytes", OCR_AXLF_LENGTH,
	FILE_BYTES + 1, 8},
    {"something behind it", NULL, OCR_AXLF_LENGTH, FILE_BYTES - 1, 8},
    {"2^32 sections", "4294967295 sections", OCR_AXLF_N_SECTIONS, UINT32_MAX,
	4},
    {"no sections", NULL, OCR_AXLF_N_SECTIONS, 0, 4},
    {"too many sections", "no room for 65536 sections", OCR_AXLF_N_SECTIONS,
	65536, 4},
    {"sections in the header", "section 0 (kind 0) lies in the header",
	OCR_AXLF_SECTIONS + 24, 640, 8},
    {"a section that overflows", "section 1 (kind 8) goes beyond the end",
	OCR_AXLF_SECTIONS + 40 + 24, UINT64_MAX - 8, 8},
    {"a size that overflows", "section 1 (kind 8) goes beyond the end",
	OCR_AXLF_SECTIONS + 40 + 32, UINT64_MAX, 8},
    {"overlapping sections", NULL, OCR_AXLF_SECTIONS + 24, AT_IP, 8},
    {"no IP_LAYOUT",
	"entry 0 of CONNECTIVITY leads to unit 0 of 0, bank 0 of 3",
	OCR_AXLF_SECTIONS + 40, 99, 4},
    {"a short IP_LAYOUT", "IP_LAYOUT is cut short", OCR_AXLF_SECTIONS + 40 + 32,
	3, 8},
    {"more units than bytes", "IP_LAYOUT says 5 entries in 328 bytes", AT_IP, 5,
	4},
    {"a negative count", "IP_LAYOUT says 4294967295 entries in 328 bytes",
	AT_IP, UINT32_MAX, 4},
    {"banks that overflow", "MEM_TOPOLOGY says 107374183 entries in 128 bytes",
	AT_MEM, 107374183, 4},
    {"no units", "entry 0 of CONNECTIVITY leads to unit 0 of 0, bank 0 of 3",
	AT_IP, 0, 4},
    {"links that overflow", "CONNECTIVITY says 357913942 entries in 40 bytes",
	AT_LINK, 357913942, 4},
    {"a unit that is not there",
	"entry 1 of CONNECTIVITY leads to unit 4 of 4, bank 0 of 3",
	AT_LINK + 4 + 12 + 4, 4, 4},
    {"a bank that is not there",
	"entry 2 of CONNECTIVITY leads to unit 3 of 4, bank 4294967295 of 3",
	AT_LINK + 4 + 24 + 8, UINT32_MAX, 4},
    {"a unit without name", "entry 0 of IP_LAYOUT has no name",
	AT_IP + 8 + OCR_IP_NAME, 0, 1},
    {"no kernel's name", "entry 0 of IP_LAYOUT has no name",
	AT_IP + 8 + OCR_IP_NAME, ':', 1},
    {"a terminal's language", "entry 0 of IP_LAYOUT has no name",
	AT_IP + 8 + OCR_IP_NAME + 2, 0x1b, 1},
    {"another kind of entry", NULL, AT_IP + 8, 7, 4},
};

static void
test_changes(void)
{
	uint8_t f[FILE_BYTES];
	char want[256];
	struct ocr_xclbin x;
	struct ocr_err err;
	int r;

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const struct change *c = &changes[i];

		make_file(f);
		put(f + c->at, c->value, c->bytes);
		r = read_bytes(&x, f, sizeof(f), &err);
		snprintf(want, sizeof(want), "x: not an xclbin file: %s",
		    c->why == NULL ? "" : c->why);
		if (!ok(c->why == NULL
			    ? r == 0
			    : r == -OCR_EFORMAT && strcmp(err.text, want) == 0,
			"%s", c->name))
			diag("%d '%s'", r, err.text);
		ocr_xclbin_release(&x);
	}
}

/* Names that fill their field. */
static void
test_names(void)
{
	static const struct {
		const char *name, *kernel, *unit;
	} cases[] = {
	    {"k23456789012345678901234567890123456789012345678901234567890123:",
		NULL, NULL},
	    {"k2345678901234567890123456789012345678901234567890123456789012:u",
		"k234567890123456789012345678901234567890123456789012345678901"
		"2",
		"u"},
	    {"k:u3456789012345678901234567890123456789012345678901234567890123",
		"k",
		"u345678901234567890123456789012345678901234567890123456789012"
		"3"},
	    {"k234567890123456789012345678901234567890123456789012345678901234",
		NULL, NULL},
	    {"old", "old", "old"},
	    {"a:b:c", "a", "b:c"},
	    {"a:", NULL, NULL},
	};
	uint8_t f[FILE_BYTES];
	struct ocr_xclbin x;
	struct ocr_err err;
	int r;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_file(f);
		put_ip(f, 3, OCR_IP_KERNEL, 0, cases[i].name);
		r = read_bytes(&x, f, sizeof(f), &err);
		ok(cases[i].kernel == NULL
			? r == -OCR_EFORMAT
			: r == 0 &&
			      strcmp(x.units[0].kernel, cases[i].kernel) == 0 &&
			      strcmp(x.units[0].name, cases[i].unit) == 0,
		    "name %zu", i);
		ocr_xclbin_release(&x);
	}
}

/* Everything in the file is a byte of something else's: no crash, and a
 * reason. */
static void
test_flips(void)
{
	uint8_t f[FILE_BYTES];
	struct ocr_xclbin x;
	struct ocr_err err;
	size_t n_wrong = 0;

	for (size_t i = 0; i < 8 * sizeof(f); i++) {
		int r;

		make_file(f);
		f[i / 8] ^= (uint8_t)(1 << i % 8);
		r = read_bytes(&x, f, sizeof(f), &err);
		n_wrong += r != 0 && (r != -OCR_EFORMAT || err.text[0] == 0);
		n_wrong += r != 0 && x.n_units != 0;
		ocr_xclbin_release(&x);
	}
	is_int((int64_t)n_wrong, 0, "each bit turned");
}

static void
test_files(void)
{
	struct ocr_err err = {0};
	struct ocr_xclbin x;
	char name[] = "/tmp/test_xclbin.XXXXXX";
	int fd = mkstemp(name);

	is_int(ocr_xclbin_read(&x, "/nonexistent/x", &err), -OCR_EIO,
	    "no file");
	ok(strcmp(err.text,
	       "cannot open /nonexistent/x: No such file or directory") == 0,
	    "and it says so");
	ocr_err_clear(&err);
	is_int(ocr_xclbin_read(&x, "/", &err), -OCR_EFORMAT, "a directory");
	ocr_err_clear(&err);
	is_int(ocr_xclbin_read(&x, "/dev/null", &err), -OCR_EFORMAT,
	    "a device");
	ok(strcmp(err.text,
	       "/dev/null: not an xclbin file: it is not a regular file") == 0,
	    "and it says so");
	ocr_err_clear(&err);
	unlink(name);
	close(fd);
	if (mkfifo(name, 0600) == 0)
		is_int(ocr_xclbin_read(&x, name, &err), -OCR_EFORMAT,
		    "a fifo is not waited for");
	unlink(name);
}

/* A sparse file says that its XML has a gigabyte. */
static void
test_huge(void)
{
	uint8_t f[FILE_BYTES];
	struct ocr_xclbin x;
	struct ocr_err err = {0};
	int fd = memfd_create("xclbin", MFD_CLOEXEC);

	make_file(f);
	put_section(f, 4, OCR_SECTION_METADATA, AT_XML, (uint64_t)1 << 30);
	if (fd < 0 || write(fd, f, sizeof(f)) != (ssize_t)sizeof(f) ||
	    ftruncate(fd, (off_t)2 << 30) < 0)
		abort();
	is_int(ocr_xclbin_read_fd(&x, fd, "x", &err), -OCR_EFORMAT, "huge xml");
	ok(strcmp(err.text, "x: not an xclbin file: section 4 (kind 2) has"
			    " 1073741824 bytes") == 0,
	    "and it says so");
	close(fd);
}

#ifdef HAVE_XCLBIN_H
#define SAME(ours, theirs) is_int(ours, (int64_t)(theirs), #ours)
#define HEADER(field)                                                          \
	(offsetof(struct axlf, m_header) + offsetof(struct axlf_header, field))

static void
test_layout(void)
{
	SAME(OCR_AXLF_SIGNATURE, offsetof(struct axlf, m_signature_length));
	SAME(OCR_AXLF_UNIQUE_ID, offsetof(struct axlf, m_uniqueId));
	SAME(OCR_AXLF_LENGTH, HEADER(m_length));
	SAME(OCR_AXLF_TIME, HEADER(m_timeStamp));
	SAME(OCR_AXLF_MAJOR, HEADER(m_versionMajor));
	SAME(OCR_AXLF_MINOR, HEADER(m_versionMinor));
	SAME(OCR_AXLF_MODE, HEADER(m_mode));
	SAME(OCR_AXLF_PLATFORM, HEADER(m_platformVBNV));
	SAME(OCR_AXLF_UUID, HEADER(uuid));
	SAME(OCR_AXLF_N_SECTIONS, HEADER(m_numSections));
	SAME(OCR_AXLF_SECTIONS, offsetof(struct axlf, m_sections));
	SAME(OCR_AXLF_HW_EMU, XCLBIN_HW_EMU);
	SAME(OCR_AXLF_SW_EMU, XCLBIN_SW_EMU);
	SAME(OCR_AXLF_HW_EMU_PR, XCLBIN_HW_EMU_PR);
	SAME(OCR_SECTION_BYTES, sizeof(struct axlf_section_header));
	SAME(OCR_SECTION_KIND,
	    offsetof(struct axlf_section_header, m_sectionKind));
	SAME(OCR_SECTION_NAME,
	    offsetof(struct axlf_section_header, m_sectionName));
	SAME(OCR_SECTION_AT,
	    offsetof(struct axlf_section_header, m_sectionOffset));
	SAME(OCR_SECTION_SIZE,
	    offsetof(struct axlf_section_header, m_sectionSize));
	SAME(OCR_SECTION_BITSTREAM, BITSTREAM);
	SAME(OCR_SECTION_METADATA, EMBEDDED_METADATA);
	SAME(OCR_SECTION_MEM_TOPOLOGY, MEM_TOPOLOGY);
	SAME(OCR_SECTION_CONNECTIVITY, CONNECTIVITY);
	SAME(OCR_SECTION_IP_LAYOUT, IP_LAYOUT);
	SAME(OCR_IP_FIRST, offsetof(struct ip_layout, m_ip_data));
	SAME(OCR_IP_BYTES, sizeof(struct ip_data));
	SAME(OCR_IP_TYPE, offsetof(struct ip_data, m_type));
	SAME(OCR_IP_PROPERTIES, offsetof(struct ip_data, properties));
	SAME(OCR_IP_BASE, offsetof(struct ip_data, m_base_address));
	SAME(OCR_IP_NAME, offsetof(struct ip_data, m_name));
	SAME(OCR_IP_KERNEL, IP_KERNEL);
	SAME(OCR_IP_CONTROL_SHIFT, IP_CONTROL_SHIFT);
	SAME(OCR_IP_CTRL_CHAIN, AP_CTRL_CHAIN);
	SAME(OCR_IP_CTRL_NONE, AP_CTRL_NONE);
	SAME(OCR_MEM_FIRST, offsetof(struct mem_topology, m_mem_data));
	SAME(OCR_MEM_BYTES, sizeof(struct mem_data));
	SAME(OCR_MEM_TYPE, offsetof(struct mem_data, m_type));
	SAME(OCR_MEM_USED, offsetof(struct mem_data, m_used));
	SAME(OCR_MEM_SIZE, offsetof(struct mem_data, m_size));
	SAME(OCR_MEM_BASE, offsetof(struct mem_data, m_base_address));
	SAME(OCR_MEM_TAG, offsetof(struct mem_data, m_tag));
	SAME(OCR_MEM_DDR4, MEM_DDR4);
	SAME(OCR_MEM_STREAMING, MEM_STREAMING);
	SAME(OCR_MEM_STREAMING_CONNECTION, MEM_STREAMING_CONNECTION);
	SAME(OCR_LINK_FIRST, offsetof(struct connectivity, m_connection));
	SAME(OCR_LINK_BYTES, sizeof(struct connection));
	SAME(OCR_LINK_ARG, offsetof(struct connection, arg_index));
	SAME(OCR_LINK_IP, offsetof(struct connection, m_ip_layout_index));
	SAME(OCR_LINK_MEM, offsetof(struct connection, mem_data_index));
}
#else
static void
test_layout(void)
{
	skip(1, "XRT's headers are not installed");
}
#endif

int
main(void)
{
	test_layout();
	test_whole();
	test_cut();
	test_changes();
	test_names();
	test_flips();
	test_files();
	test_huge();
	return done();
}
