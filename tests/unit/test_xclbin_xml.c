/*
 * test_xclbin_xml.c - EMBEDDED_METADATA: ours, as v++ writes it, and hostile
 */
#include "config.h"

#include <stdlib.h>

#include "src/xclbin_xml.h"
#include "tests/unit/tap.h"

/* The result for exactly these bytes, so that a read behind them shows. */
static int
read_text(struct ocr_xmodel *m, const char *text, struct ocr_err *err)
{
	size_t len = strlen(text);
	char *copy = malloc(len > 0 ? len : 1);
	int r;

	memset(err, 0, sizeof(*err));
	memcpy(copy, text, len);
	r = ocr_xclbin_xml_read(m, copy, len, err);
	free(copy);
	return r;
}

/* As v++ 2022.1 writes it: other elements around, numbers in its own form. */
static const char foreign[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<project name=\"vadd\">\n"
    " <platform vendor=\"xilinx\" boardid=\"u250\" name=\"gen3x16\">\n"
    "  <device name=\"fpga0\"><core name=\"OCL_REGION_0\" "
    "target=\"bitstream\">\n"
    "   <kernelClocks><clock port=\"KERNEL_CLK\" frequency=\"300.0MHz\"/>"
    "</kernelClocks>\n"
    "   <kernel name=\"krnl_vadd\" language=\"c\" vlnv=\"xilinx.com:hls:1.0\""
    " hwControlProtocol=\"ap_ctrl_chain\">\n"
    "    <module name=\"krnl_vadd\"/>\n"
    "    <port name=\"S_AXI_CONTROL\" mode=\"slave\" range=\"0x1000\"/>\n"
    "    <arg name=\"in1\" addressQualifier=\"1\" id=\"0\" port=\"M_AXI_GMEM0\""
    " size=\"0x8\" offset=\"0x10\" hostOffset=\"0x0\" hostSize=\"0x8\""
    " type=\"void*\"/>\n"
    "    <arg name=\"scale\" addressQualifier=\"0\" id=\"1\" size=\"0x4\""
    " offset=\"0x1C\" hostSize=\"0x4\" type=\"float\"/>\n"
    "    <arg name=\"flag\" addressQualifier=\"0\" id=\"2\" size=\"4\""
    " offset=\"36\" hostSize=\"1\" type=\"uchar\"/>\n"
    "    <arg name=\"s\" addressQualifier=\"4\" id=\"3\" size=\"0x4\""
    " offset=\"0x0\" hostSize=\"0x4\" type=\"stream&lt;int&gt;\"/>\n"
    "    <arg name=\"printf\" addressQualifier=\"1\" id=\"\" size=\"0x8\""
    " offset=\"0x40\" hostSize=\"0x8\" type=\"\"/>\n"
    "    <compileWorkGroupSize x=\"1\" y=\"1\" z=\"1\"/>\n"
    "    <instance name=\"krnl_vadd_1\">"
    "<addrRemap base=\"0x1800000\" port=\"S_AXI_CONTROL\"/></instance>\n"
    "    <instance name=\"krnl_vadd_2\"/>\n"
    "   </kernel>\n"
    "  </core></device></platform>\n"
    "</project>\n";

static void
test_foreign(void)
{
	const struct ocr_xkernel *k;
	struct ocr_xmodel m;
	struct ocr_err err;

	if (!is_int(read_text(&m, foreign, &err), 0, "as v++ writes it")) {
		diag("%s", err.text);
		return;
	}
	k = m.kernels;
	ok(m.n_kernels == 1 && strcmp(k->name, "krnl_vadd") == 0 &&
		k->is_chained,
	    "the kernel");
	ok(k->n_args == 4, "arguments that the host sets");
	ok(k->args[0].kind == OCR_XARG_MEMORY && k->args[0].bytes == 8 &&
		k->args[0].offset == 0x10,
	    "a pointer");
	ok(k->args[1].is_float && k->args[1].offset == 0x1c, "a float");
	ok(k->args[2].bytes == 1 && k->args[2].offset == 36 &&
		!k->args[2].is_signed,
	    "one byte, decimal");
	ok(k->args[3].kind == OCR_XARG_STREAM, "a stream");
	ok(k->n_units == 2 && k->units[0].base == 0x1800000 &&
		k->units[1].base == UINT64_MAX,
	    "units, one without an address");
	ocr_xmodel_release(&m);
}

#define KERNEL(x) "<p><kernel name=\"k\">" x "</kernel></p>"

static const struct {
	const char *text, *why;
} wrong[] = {
    {"", "line 1: no element found"},
    {"<a>", "line 1: no element found"},
    {"\n<a></b>", "line 2: mismatched tag"},
    {"<a/><b/>", "line 1: junk after document element"},
    {"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
	"line 1: a document type declaration"},
    {"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
	"line 1: a document type declaration"},
    {"<a>&b;</a>", "line 1: undefined entity"},
    {"<p><kernel/></p>", "line 1: a kernel without a proper name"},
    {"<p><kernel name=\"\"/></p>", "line 1: a kernel without a proper name"},
    {"<p><kernel name=\"a b\"/></p>", "line 1: a kernel without a proper name"},
    {"<p><kernel name=\"\xc3\xa4\"/></p>",
	"line 1: a kernel without a proper name"},
    {KERNEL("<instance/>"),
	"line 1: a unit of kernel 'k' without a proper name"},
    {KERNEL("<instance name=\"u\"><addrRemap base=\"x\"/></instance>"),
	"line 1: unit 'u' has no proper address"},
    {KERNEL("<instance name=\"u\"><addrRemap base=\"0x10000000000000000\"/>"
	    "</instance>"),
	"line 1: unit 'u' has no proper address"},
    {KERNEL("<arg id=\"1\" size=\"4\"/>"),
	"line 1: argument 1 of kernel 'k' where 0 should be"},
    {KERNEL("<arg id=\"64\" size=\"4\"/>"),
	"line 1: an argument of kernel 'k' makes no sense"},
    {KERNEL("<arg id=\"-1\" size=\"4\"/>"),
	"line 1: an argument of kernel 'k' makes no sense"},
    {KERNEL("<arg id=\"0\" size=\"4\" offset=\"0xfff9\"/>"),
	"line 1: an argument of kernel 'k' makes no sense"},
    {KERNEL("<arg id=\"0\" size=\"4\" addressQualifier=\"5\"/>"),
	"line 1: an argument of kernel 'k' makes no sense"},
    {KERNEL("<arg id=\"0\" name=\"a\" size=\"3\"/>"),
	"line 1: argument 'a' of kernel 'k' has 3 bytes"},
    {KERNEL("<arg id=\"0\" name=\"a\"/>"),
	"line 1: argument 'a' of kernel 'k' has 0 bytes"},
};

static void
test_wrong(void)
{
	struct ocr_xmodel m;
	struct ocr_err err;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int r = read_text(&m, wrong[i].text, &err);

		if (!ok(r == -OCR_EFORMAT && m.kernels == NULL &&
			    strcmp(err.text, wrong[i].why) == 0,
			"wrong: %s", wrong[i].why))
			diag("got %d '%s'", r, err.text);
	}
}

/* n times a text between two others; to be freed. */
static char *
repeat(const char *before, const char *text, const char *after, size_t n)
{
	size_t len = strlen(text), at = strlen(before);
	char *s = malloc(at + n * len + strlen(after) + 1);

	memcpy(s, before, at);
	for (size_t i = 0; i < n; i++, at += len)
		memcpy(s + at, text, len);
	strcpy(s + at, after);
	return s;
}

static void
expect(const char *name, char *text, int want, const char *why)
{
	struct ocr_xmodel m;
	struct ocr_err err;
	int r = read_text(&m, text, &err);

	if (!ok(r == want && strcmp(err.text, why) == 0, "%s", name))
		diag("got %d '%s'", r, err.text);
	ocr_xmodel_release(&m);
	free(text);
}

static void
test_limits(void)
{
	expect("deep", repeat("", "<a>", "", 100000), -OCR_EFORMAT,
	    "line 1: more than 64 levels");
	expect("kernels", repeat("<p>", "<kernel name=\"k\"/>", "</p>", 1025),
	    -OCR_EFORMAT, "line 1: more than 1024 kernels");
	expect("as many kernels",
	    repeat("<p>", "<kernel name=\"k\"/>", "</p>", 1024), 0, "");
	expect("units",
	    repeat("<p><kernel name=\"k\">", "<instance name=\"u\"/>",
		"</kernel></p>", 1025),
	    -OCR_EFORMAT, "line 1: more than 1024 units");
	expect("long text", repeat("<p>", "0123456789abcdef", "</p>", 100000),
	    0, "");
	expect("a long attribute",
	    repeat("<p><kernel name=\"", "0123456789", "\"/></p>", 7),
	    -OCR_EFORMAT, "line 1: a kernel without a proper name");
	expect("a NUL at the end",
	    repeat("<p><kernel name=\"k\"/></p>", "", "", 0), 0, "");
}

/* Names that XML cannot hold as they are. */
static void
test_escapes(void)
{
	struct ocr_xarg arg = {.name = "a&<>\"'\n\x7f",
	    .type = "x<y>*",
	    .kind = OCR_XARG_MEMORY,
	    .bytes = 8,
	    .offset = 0x10};
	struct ocr_xunit unit = {.name = "u&<>\"'", .base = 1};
	struct ocr_xkernel kernel = {.name = "k&<>\"'",
	    .args = &arg,
	    .n_args = 1,
	    .units = &unit,
	    .n_units = 1};
	struct ocr_xmodel m = {.kernels = &kernel, .n_kernels = 1}, n;
	struct ocr_err err = {0};
	size_t len = 0;
	char *xml = ocr_xclbin_xml_write(&m, &len);

	is_int((int64_t)len, (int64_t)strlen(xml), "its length");
	is_int(ocr_xclbin_xml_read(&n, xml, len + 1, &err), 0,
	    "escaped, and a NUL behind it");
	ok(n.n_kernels == 1 && strcmp(n.kernels[0].name, kernel.name) == 0 &&
		strcmp(n.kernels[0].units[0].name, unit.name) == 0 &&
		strcmp(n.kernels[0].args[0].name, "a&<>\"'??") == 0 &&
		strcmp(n.kernels[0].args[0].type, arg.type) == 0,
	    "and read again");
	ocr_xmodel_release(&n);
	free(xml);
}

/* What XRT would take for something else: see put_type. */
static void
test_types(void)
{
	struct ocr_xarg args[] = {
	    {.name = "a",
		.type = "const float",
		.kind = OCR_XARG_SCALAR,
		.bytes = 4,
		.offset = 0x10},
	    {.name = "b",
		.type = "const volatile float*",
		.kind = OCR_XARG_REGISTER,
		.bytes = 4,
		.offset = 0x18},
	    {.name = "c",
		.type = "bool",
		.kind = OCR_XARG_SCALAR,
		.bytes = 1,
		.offset = 0x20},
	    {.name = "d",
		.type = "const int*",
		.kind = OCR_XARG_MEMORY,
		.bytes = 8,
		.offset = 0x28},
	};
	struct ocr_xkernel kernel = {.name = "k", .args = args, .n_args = 4};
	struct ocr_xmodel m = {.kernels = &kernel, .n_kernels = 1};
	size_t len;
	char *xml = ocr_xclbin_xml_write(&m, &len);

	ok(strstr(xml, "<arg name=\"a\" addressQualifier=\"0\" id=\"0\""
		       " port=\"S_AXI_CONTROL\" size=\"0x4\" offset=\"0x10\""
		       " hostOffset=\"0x0\" hostSize=\"0x4\""
		       " type=\"float\"/>") != NULL,
	    "a float is called float");
	ok(strstr(xml, "<arg name=\"b\" addressQualifier=\"0\" id=\"1\""
		       " port=\"S_AXI_CONTROL\" size=\"0x4\" offset=\"0x18\""
		       " hostOffset=\"0x0\" hostSize=\"0x4\" type=\"float\""
		       " ocrRegister=\"true\"/>") != NULL,
	    "a register is a scalar");
	ok(strstr(xml, " size=\"0x4\" offset=\"0x20\" hostOffset=\"0x0\""
		       " hostSize=\"0x1\" type=\"bool\"/>") != NULL,
	    "a byte has a whole register");
	ok(strstr(xml, "<arg name=\"d\" addressQualifier=\"1\" id=\"3\""
		       " port=\"M_AXI_GMEM\"") != NULL &&
		strstr(xml, "type=\"const int*\"") != NULL,
	    "memory stays const");
	free(xml);
}

int
main(void)
{
	test_foreign();
	test_wrong();
	test_limits();
	test_escapes();
	test_types();
	return done();
}
