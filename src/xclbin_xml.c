/*
 * xclbin_xml.c - EMBEDDED_METADATA read with expat, and written; called by
 * xclbin_write.c, the softcard's device process and ocr-devices
 *
 * There are no documents with a DTD among xclbin files, so one is refused: no
 * entities, and nothing that grows.
 */
#include "config.h"

#include "src/xclbin_xml.h"

#include <expat.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/xclbin_type.h"

#define MAX_DEPTH 64
#define MAX_KERNELS 1024 /* a card has 128 units at most */
#define MAX_UNITS 1024   /* of a kernel */

#define MAX_STREAMS 1024

/* Attributes of our own: what XRT need not know, the card does. */
#define REGISTER "ocrRegister"
#define HOST "ocrHost"
#define MAKER "ocrMaker"

struct reader {
	struct ocr_xmodel *m;
	XML_Parser xml;
	unsigned depth;
	struct ocr_xkernel *kernel; /* that is open, at kernel_depth */
	unsigned kernel_depth;
	struct ocr_xunit *unit; /* the same */
	unsigned unit_depth;
	struct ocr_err err; /* without the line */
};

#define BAD(r, ...) ocr_err_set(&(r)->err, -OCR_EFORMAT, __VA_ARGS__)

/* An attribute's value, or NULL. */
static const char *
find_attr(const char **attrs, const char *name)
{
	for (; attrs[0] != NULL; attrs += 2) {
		if (strcmp(attrs[0], name) == 0)
			return attrs[1];
	}
	return NULL;
}

static bool
is_true(const char **attrs, const char *name)
{
	const char *value = find_attr(attrs, name);

	return value != NULL && strcmp(value, "true") == 0;
}

/* Decimal or 0x; -1: malformed or over max.  Missing or empty is 0. */
static int
get_number(const char **attrs, const char *name, uint64_t max, uint64_t *out)
{
	const char *s = find_attr(attrs, name);
	unsigned base = 10, digit;

	*out = 0;
	if (s == NULL)
		return 0;
	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	}
	for (; *s != '\0'; s++) {
		if (*s >= '0' && *s <= '9')
			digit = (unsigned)(*s - '0');
		else if ((*s | 0x20) >= 'a' && (*s | 0x20) <= 'f')
			digit = (unsigned)((*s | 0x20) - 'a' + 10);
		else
			return -1;
		if (digit >= base || __builtin_mul_overflow(*out, base, out) ||
		    __builtin_add_overflow(*out, digit, out))
			return -1;
	}
	return *out <= max ? 0 : -1;
}

/* Copy a name that others will look up: short, printable, no blanks. */
static bool
get_name(char to[OCR_XKERNEL_NAME], const char *from)
{
	size_t n = from == NULL ? 0 : strlen(from);

	if (n == 0 || n >= OCR_XKERNEL_NAME)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (from[i] <= 0x20 || from[i] >= 0x7f)
			return false;
	}
	memcpy(to, from, n + 1);
	return true;
}

/* Copy text for people, cut and harmless. */
static void
get_text(char to[OCR_XKERNEL_NAME], const char *from)
{
	size_t i;

	for (i = 0; from != NULL && from[i] != '\0' && i < OCR_XKERNEL_NAME - 1;
	     i++)
		to[i] = from[i] >= 0x20 && from[i] < 0x7f ? from[i] : '?';
	to[i] = '\0';
}

static void
begin_kernel(struct reader *r, const char **attrs)
{
	struct ocr_xmodel *m = r->m;
	const char *control = find_attr(attrs, "hwControlProtocol");
	const char *mailbox = find_attr(attrs, "mailbox");
	struct ocr_xkernel *k;

	if (m->n_kernels == MAX_KERNELS) {
		(void)BAD(r, "more than %d kernels", MAX_KERNELS);
		return;
	}
	k = ocr_xmodel_grow(m->kernels, m->n_kernels, sizeof(*k), &r->err);
	if (k == NULL)
		return;
	m->kernels = k;
	k += m->n_kernels++;
	memset(k, 0, sizeof(*k));
	if (!get_name(k->name, find_attr(attrs, "name")))
		(void)BAD(r, "a kernel without a proper name");
	k->is_chained =
	    control != NULL && strcmp(control, "ap_ctrl_chain") == 0;
	k->is_free = control != NULL && strcmp(control, "ap_ctrl_none") == 0;
	k->has_mailbox = mailbox != NULL && strcmp(mailbox, "both") == 0;
	r->kernel = k;
	r->kernel_depth = r->depth;
}

/* What XRT calls addressQualifier: 0 scalar, 1 global, 2 constant, 3 local,
 * 4 stream. */
static void
set_kind(struct ocr_xarg *a, uint64_t qualifier, bool is_shared)
{
	static const char stars[] = "*";
	struct ocr_xtype type;
	size_t n = strlen(a->type);

	ocr_xtype_parse(&type, a->type);
	a->kind = qualifier == 4   ? OCR_XARG_STREAM
		  : qualifier == 0 ? OCR_XARG_SCALAR
				   : OCR_XARG_MEMORY;
	if (a->kind != OCR_XARG_SCALAR) {
		a->bytes = a->kind == OCR_XARG_MEMORY ? 8 : 0;
		return;
	}
	a->is_float = type.is_known && type.is_float;
	a->is_signed = type.is_known && type.is_signed;
	if (!is_shared)
		return;
	a->kind = OCR_XARG_REGISTER;
	if (n + sizeof(stars) <= sizeof(a->type))
		memcpy(a->type + n, stars, sizeof(stars));
}

static bool
is_size(uint64_t n)
{
	return n == 1 || n == 2 || n == 4 || n == 8;
}

static void
begin_arg(struct reader *r, const char **attrs)
{
	struct ocr_xkernel *k = r->kernel;
	uint64_t qualifier, id, offset, size, host_size;
	const char *id_text = find_attr(attrs, "id");
	struct ocr_xarg *a;

	if (id_text == NULL || *id_text == '\0')
		return; /* printf buffers and the like: the host sets them not */
	if (get_number(attrs, "addressQualifier", 4, &qualifier) < 0 ||
	    get_number(attrs, "id", OCR_XKERNEL_MAX_ARGS - 1, &id) < 0 ||
	    get_number(attrs, "offset", OCR_XKERNEL_RANGE - 8, &offset) < 0 ||
	    get_number(attrs, "size", UINT32_MAX, &size) < 0 ||
	    get_number(attrs, "hostSize", UINT32_MAX, &host_size) < 0) {
		(void)BAD(r, "an argument of kernel '%s' makes no sense",
		    k->name);
		return;
	}
	if (id != k->n_args) {
		(void)BAD(r,
		    "argument %" PRIu64 " of kernel '%s' where %zu"
		    " should be",
		    id, k->name, k->n_args);
		return;
	}
	a = ocr_xmodel_grow(k->args, k->n_args, sizeof(*a), &r->err);
	if (a == NULL)
		return;
	k->args = a;
	a += k->n_args++;
	memset(a, 0, sizeof(*a));
	get_text(a->name, find_attr(attrs, "name"));
	get_text(a->type, find_attr(attrs, "type"));
	a->offset = (uint32_t)offset;
	a->bytes = (uint32_t)(is_size(host_size) ? host_size : size);
	set_kind(a, qualifier, is_true(attrs, REGISTER));
	a->is_host = a->kind == OCR_XARG_MEMORY && is_true(attrs, HOST);
	if (a->kind != OCR_XARG_STREAM && !is_size(a->bytes))
		(void)BAD(r,
		    "argument '%s' of kernel '%s' has %" PRIu32 " bytes",
		    a->name, k->name, a->bytes);
}

static void
begin_unit(struct reader *r, const char **attrs)
{
	struct ocr_xkernel *k = r->kernel;
	struct ocr_xunit *u;

	if (k->n_units == MAX_UNITS) {
		(void)BAD(r, "more than %d units", MAX_UNITS);
		return;
	}
	u = ocr_xmodel_grow(k->units, k->n_units, sizeof(*u), &r->err);
	if (u == NULL)
		return;
	k->units = u;
	u += k->n_units++;
	memset(u, 0, sizeof(*u));
	u->base = UINT64_MAX; /* until addrRemap says it */
	u->has_bank = find_attr(attrs, HOST) != NULL;
	u->is_host = is_true(attrs, HOST);
	if (!get_name(u->name, find_attr(attrs, "name")))
		(void)BAD(r, "a unit of kernel '%s' without a proper name",
		    k->name);
	r->unit = u;
	r->unit_depth = r->depth;
}

static void
begin_remap(struct reader *r, const char **attrs)
{
	if (get_number(attrs, "base", UINT64_MAX, &r->unit->base) < 0)
		(void)BAD(r, "unit '%s' has no proper address", r->unit->name);
}

/* A stream between units; other connections have no part of ours. */
static void
begin_stream(struct reader *r, const char **attrs)
{
	const char *maker = find_attr(attrs, MAKER);
	struct ocr_xmodel *m = r->m;
	struct ocr_xstream *s;

	if (maker == NULL)
		return;
	if (m->n_streams == MAX_STREAMS) {
		(void)BAD(r, "more than %d streams", MAX_STREAMS);
		return;
	}
	s = ocr_xmodel_grow(m->streams, m->n_streams, sizeof(*s), &r->err);
	if (s == NULL)
		return;
	m->streams = s;
	s += m->n_streams++;
	memset(s, 0, sizeof(*s));
	if (!get_name(s->from.unit, find_attr(attrs, "srcInst")) ||
	    !get_name(s->from.arg, find_attr(attrs, "srcPort")) ||
	    !get_name(s->to.unit, find_attr(attrs, "dstInst")) ||
	    !get_name(s->to.arg, find_attr(attrs, "dstPort")) ||
	    (*maker != '\0' && !get_name(s->maker, maker)))
		(void)BAD(r, "a stream without proper names");
}

static void XMLCALL
on_start(void *ctx, const char *name, const char **attrs)
{
	struct reader *r = ctx;

	if (++r->depth > MAX_DEPTH)
		(void)BAD(r, "more than %d levels", MAX_DEPTH);
	else if (strcmp(name, "kernel") == 0 && r->kernel == NULL)
		begin_kernel(r, attrs);
	else if (strcmp(name, "connection") == 0 && r->kernel == NULL)
		begin_stream(r, attrs);
	else if (r->kernel == NULL || r->err.code != 0)
		return;
	else if (strcmp(name, "arg") == 0 && r->depth == r->kernel_depth + 1)
		begin_arg(r, attrs);
	else if (strcmp(name, "instance") == 0 && r->unit == NULL)
		begin_unit(r, attrs);
	else if (strcmp(name, "addrRemap") == 0 && r->unit != NULL)
		begin_remap(r, attrs);
	if (r->err.code != 0)
		XML_StopParser(r->xml, XML_FALSE);
}

static void XMLCALL
on_end(void *ctx, const char *name)
{
	struct reader *r = ctx;

	(void)name;
	if (r->unit != NULL && r->depth == r->unit_depth)
		r->unit = NULL;
	if (r->kernel != NULL && r->depth == r->kernel_depth)
		r->kernel = NULL;
	r->depth--;
}

static void XMLCALL
on_doctype(void *ctx, const char *name, const char *sysid, const char *pubid,
    int has_subset)
{
	struct reader *r = ctx;

	(void)name;
	(void)sysid;
	(void)pubid;
	(void)has_subset;
	(void)BAD(r, "a document type declaration");
	XML_StopParser(r->xml, XML_FALSE);
}

static int
parse(struct reader *r, const char *xml, size_t len)
{
	/* some writers count the NUL in */
	while (len > 0 && xml[len - 1] == '\0')
		len--;
	if (len > INT_MAX)
		return BAD(r, "%zu bytes", len);
	if (XML_Parse(r->xml, xml, (int)len, 1) == XML_STATUS_OK)
		return 0;
	if (r->err.code != 0)
		return r->err.code;
	if (XML_GetErrorCode(r->xml) == XML_ERROR_NO_MEMORY)
		return ocr_err_nomem(&r->err);
	return BAD(r, "%s", XML_ErrorString(XML_GetErrorCode(r->xml)));
}

int
ocr_xclbin_xml_read(struct ocr_xmodel *m, const char *xml, size_t len,
    struct ocr_err *err)
{
	struct reader r = {.m = m};
	unsigned long line;
	int e;

	memset(m, 0, sizeof(*m));
	r.xml = XML_ParserCreate(NULL);
	if (r.xml == NULL)
		return ocr_err_nomem(err);
	XML_SetUserData(r.xml, &r);
	XML_SetElementHandler(r.xml, on_start, on_end);
	XML_SetStartDoctypeDeclHandler(r.xml, on_doctype);
	e = parse(&r, xml, len);
	line = XML_GetCurrentLineNumber(r.xml);
	XML_ParserFree(r.xml);
	if (e == 0)
		return 0;
	ocr_xmodel_release(m);
	if (e == -OCR_ENOMEM)
		return ocr_err_nomem(err);
	return ocr_err_set(err, e, "line %lu: %s", line, r.err.text);
}

/* Text within quotes. */
static void
put_text(FILE *f, const char *s)
{
	static const char special[] = "&<>\"'";
	static const char *const entity[] = {"&amp;", "&lt;", "&gt;", "&quot;",
	    "&apos;"};

	for (; *s != '\0'; s++) {
		const char *at = strchr(special, *s);

		if (at != NULL)
			fputs(entity[at - special], f);
		else if ((unsigned char)*s >= 0x20 && *s != 0x7f)
			putc(*s, f);
		else
			putc('?', f);
	}
}

static void
put_attr(FILE *f, const char *name, const char *value)
{
	fprintf(f, " %s=\"", name);
	put_text(f, value);
	putc('"', f);
}

/*
 * The type as XRT wants it.  It takes an argument of type "float" or "double"
 * as such, any other number by its size; "int*", "uint*" and "float*" are
 * special to it, so a register loses its star and all lose const.
 */
static void
put_type(FILE *f, const struct ocr_xarg *a)
{
	static const char *const quals[] = {"const ", "volatile "};
	char type[OCR_XKERNEL_NAME];
	size_t n;

	memcpy(type, a->type, sizeof(type));
	for (size_t i = 0; i < 2 && a->kind != OCR_XARG_MEMORY; i++) {
		size_t len = strlen(quals[i]);
		char *at = strstr(type, quals[i]);

		if (at != NULL)
			memmove(at, at + len, strlen(at + len) + 1);
	}
	n = strlen(type);
	if (a->kind == OCR_XARG_REGISTER && n > 0 &&
	    (type[n - 1] == '*' || type[n - 1] == '&'))
		type[n - 1] = '\0';
	put_attr(f, "type", type);
}

static void
put_arg(FILE *f, const struct ocr_xarg *a, size_t id)
{
	bool is_memory = a->kind == OCR_XARG_MEMORY;
	int qualifier = is_memory ? 1 : a->kind == OCR_XARG_STREAM ? 4 : 0;
	uint32_t size = a->bytes < 4 ? 4 : a->bytes; /* whole registers */

	fputs("     <arg", f);
	put_attr(f, "name", a->name);
	fprintf(f, " addressQualifier=\"%d\" id=\"%zu\"", qualifier, id);
	if (a->kind == OCR_XARG_STREAM)
		put_attr(f, "port", a->name);
	else
		put_attr(f, "port", is_memory ? "M_AXI_GMEM" : "S_AXI_CONTROL");
	fprintf(f,
	    " size=\"0x%" PRIx32 "\" offset=\"0x%" PRIx32
	    "\" hostOffset=\"0x0\" hostSize=\"0x%" PRIx32 "\"",
	    size, a->offset, a->bytes == 0 ? 4 : a->bytes);
	put_type(f, a);
	if (a->kind == OCR_XARG_REGISTER)
		fputs(" " REGISTER "=\"true\"", f);
	if (is_memory && a->is_host)
		fputs(" " HOST "=\"true\"", f);
	fputs("/>\n", f);
}

/* XRT looks for the address of every unit, so a free one has a remap, too. */
static void
put_unit(FILE *f, const struct ocr_xunit *u)
{
	fputs("     <instance", f);
	put_attr(f, "name", u->name);
	if (u->has_bank)
		put_attr(f, HOST, u->is_host ? "true" : "false");
	fprintf(f,
	    ">\n      <addrRemap base=\"0x%" PRIx64
	    "\" port=\"S_AXI_CONTROL\"/>\n     </instance>\n",
	    u->base);
}

static void
put_stream(FILE *f, const struct ocr_xstream *s)
{
	fputs("    <connection srcType=\"kernel\"", f);
	put_attr(f, "srcInst", s->from.unit);
	put_attr(f, "srcPort", s->from.arg);
	fputs(" dstType=\"kernel\"", f);
	put_attr(f, "dstInst", s->to.unit);
	put_attr(f, "dstPort", s->to.arg);
	put_attr(f, MAKER, s->maker);
	fputs("/>\n", f);
}

static void
put_kernel(FILE *f, const struct ocr_xkernel *k)
{
	fputs("    <kernel", f);
	put_attr(f, "name", k->name);
	fprintf(f,
	    " language=\"c\" type=\"pl\" hwControlProtocol=\"ap_ctrl_%s\"%s>\n",
	    k->is_free      ? "none"
	    : k->is_chained ? "chain"
			    : "hs",
	    k->has_mailbox ? " mailbox=\"both\" countedAutoRestart=\"1\"" : "");
	fputs("     <port name=\"M_AXI_GMEM\" mode=\"master\""
	      " range=\"0xFFFFFFFFFFFFFFFF\" dataWidth=\"512\""
	      " portType=\"addressable\" base=\"0x0\"/>\n"
	      "     <port name=\"S_AXI_CONTROL\" mode=\"slave\""
	      " range=\"0x10000\" dataWidth=\"32\""
	      " portType=\"addressable\" base=\"0x0\"/>\n",
	    f);
	for (size_t i = 0; i < k->n_args; i++)
		put_arg(f, &k->args[i], i);
	for (size_t i = 0; i < k->n_units; i++)
		put_unit(f, &k->units[i]);
	fputs("    </kernel>\n", f);
}

char *
ocr_xclbin_xml_write(const struct ocr_xmodel *m, size_t *len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, len);
	bool is_bad;

	if (f == NULL)
		return NULL;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<project name=\"ocr-mkxclbin\">\n"
	      " <platform vendor=\"xilinx\" boardid=\"emu\" name=\"emu\""
	      " featureRomTime=\"0\">\n"
	      "  <version major=\"1\" minor=\"0\"/>\n"
	      "  <device name=\"fpga0\" fpgaDevice=\"emu:0:0\""
	      " addrWidth=\"64\">\n"
	      "   <core name=\"OCL_REGION_0\" target=\"csim\""
	      " type=\"clc_region\">\n"
	      "    <kernelClocks>\n"
	      "     <clock port=\"KERNEL_CLK\" frequency=\"300.0MHz\"/>\n"
	      "    </kernelClocks>\n",
	    f);
	for (size_t i = 0; i < m->n_kernels; i++)
		put_kernel(f, &m->kernels[i]);
	for (size_t i = 0; i < m->n_streams; i++)
		put_stream(f, &m->streams[i]);
	fputs("   </core>\n  </device>\n </platform>\n</project>\n", f);
	is_bad = ferror(f) != 0;
	if (fclose(f) != 0 || is_bad) {
		free(text);
		return NULL;
	}
	return text;
}
