/*
 * test_xclbin_desc.c - descriptions of kernels: types, registers, messages
 */
#include "config.h"

#include <stdlib.h>

#include "src/xclbin_desc.h"
#include "src/xclbin_type.h"
#include "src/xclbin_xml.h"
#include "tests/unit/tap.h"

/* The result for exactly these bytes, so that a read behind them shows. */
static int
parse(struct ocr_xmodel *m, const char *text, struct ocr_err *err)
{
	size_t len = strlen(text);
	char *copy = malloc(len > 0 ? len : 1);
	int r;

	memset(err, 0, sizeof(*err));
	memcpy(copy, text, len);
	r = ocr_xclbin_desc_parse(m, copy, len, "x.desc", err);
	free(copy);
	return r;
}

/* An argument as it is written, and what becomes of it. */
static const struct type {
	const char *arg, *name, *type;
	enum ocr_xarg_kind kind;
	uint32_t bytes;
	bool is_signed, is_float;
} types[] = {
    {"char c", "c", "char", OCR_XARG_SCALAR, 1, (char)-1 < 0, false},
    {"signed char c", "c", "signed char", OCR_XARG_SCALAR, 1, true, false},
    {"unsigned char c", "c", "unsigned char", OCR_XARG_SCALAR, 1, false, false},
    {"short s", "s", "short", OCR_XARG_SCALAR, 2, true, false},
    {"unsigned short int s", "s", "unsigned short int", OCR_XARG_SCALAR, 2,
	false, false},
    {"int i", "i", "int", OCR_XARG_SCALAR, 4, true, false},
    {"unsigned n", "n", "unsigned", OCR_XARG_SCALAR, 4, false, false},
    {"int unsigned n", "n", "int unsigned", OCR_XARG_SCALAR, 4, false, false},
    {"long l", "l", "long", OCR_XARG_SCALAR, sizeof(long), true, false},
    {"unsigned long long l", "l", "unsigned long long", OCR_XARG_SCALAR, 8,
	false, false},
    {"long int unsigned long l", "l", "long int unsigned long", OCR_XARG_SCALAR,
	8, false, false},
    {"int8_t x", "x", "int8_t", OCR_XARG_SCALAR, 1, true, false},
    {"uint8_t x", "x", "uint8_t", OCR_XARG_SCALAR, 1, false, false},
    {"int16_t x", "x", "int16_t", OCR_XARG_SCALAR, 2, true, false},
    {"uint16_t x", "x", "uint16_t", OCR_XARG_SCALAR, 2, false, false},
    {"int32_t x", "x", "int32_t", OCR_XARG_SCALAR, 4, true, false},
    {"const uint32_t x", "x", "const uint32_t", OCR_XARG_SCALAR, 4, false,
	false},
    {"int64_t x", "x", "int64_t", OCR_XARG_SCALAR, 8, true, false},
    {"std::uint64_t x", "x", "std::uint64_t", OCR_XARG_SCALAR, 8, false, false},
    {"uintptr_t x", "x", "uintptr_t", OCR_XARG_SCALAR, sizeof(void *), false,
	false},
    {"size_t x", "x", "size_t", OCR_XARG_SCALAR, sizeof(size_t), false, false},
    {"bool b", "b", "bool", OCR_XARG_SCALAR, 1, false, false},
    {"_Bool b", "b", "_Bool", OCR_XARG_SCALAR, 1, false, false},
    {"float f", "f", "float", OCR_XARG_SCALAR, 4, true, true},
    {"volatile double d", "d", "volatile double", OCR_XARG_SCALAR, 8, true,
	true},
    {"int *p", "p", "int*", OCR_XARG_MEMORY, 8, false, false},
    {"const int*p", "p", "const int*", OCR_XARG_MEMORY, 8, false, false},
    {"int const * const p", "p", "int const* const", OCR_XARG_MEMORY, 8, false,
	false},
    {"float *__restrict__ p", "p", "float* __restrict__", OCR_XARG_MEMORY, 8,
	false, false},
    {"int a[16]", "a", "int*", OCR_XARG_MEMORY, 8, false, false},
    {"const char a[]", "a", "const char*", OCR_XARG_MEMORY, 8, false, false},
    {"int a[N * (2 + 1)]", NULL, NULL, OCR_XARG_MEMORY, 0, false, false},
    {"double a[4][4]", "a", "double*", OCR_XARG_MEMORY, 8, false, false},
    {"struct pixel *p", "p", "struct pixel*", OCR_XARG_MEMORY, 8, false, false},
    {"v_dt *p", "p", "v_dt*", OCR_XARG_MEMORY, 8, false, false},
    {"void *p", "p", "void*", OCR_XARG_MEMORY, 8, false, false},
    {"ap_uint<512> *p", "p", "ap_uint<512>*", OCR_XARG_MEMORY, 8, false, false},
    {"hls::vector<float, 16> *p", "p", "hls::vector<float, 16>*",
	OCR_XARG_MEMORY, 8, false, false},
    {"hls::stream<int> &s", "s", "hls::stream<int>&", OCR_XARG_STREAM, 0, false,
	false},
    {"hls::stream<ap_axiu<32, 0, 0, 0> > &s", "s",
	"hls::stream<ap_axiu<32, 0, 0, 0>>&", OCR_XARG_STREAM, 0, false, false},
    {"hls::stream<float *> &s", "s", "hls::stream<float*>&", OCR_XARG_STREAM, 0,
	false, false},
    {"vec<float *> *p", "p", "vec<float*>*", OCR_XARG_MEMORY, 8, false, false},
    {"int &r", "r", "int&", OCR_XARG_MEMORY, 8, false, false},
    /* by value, but who knows how */
    {"v_dt v", NULL, NULL, OCR_XARG_SCALAR, 0, false, false},
    {"ap_uint<32> v", NULL, NULL, OCR_XARG_SCALAR, 0, false, false},
    {"struct s v", NULL, NULL, OCR_XARG_SCALAR, 0, false, false},
    {"unsigned float v", NULL, NULL, OCR_XARG_SCALAR, 0, false, false},
    {"signed unsigned v", NULL, NULL, OCR_XARG_SCALAR, 0, false, false},
    {"long long long v", NULL, NULL, OCR_XARG_SCALAR, 0, false, false},
    {"short char v", NULL, NULL, OCR_XARG_SCALAR, 0, false, false},
    {"const v", NULL, NULL, OCR_XARG_SCALAR, 0, false, false},
    {"int **p", NULL, NULL, OCR_XARG_MEMORY, 0, false, false},
    {"int *a[4]", NULL, NULL, OCR_XARG_MEMORY, 0, false, false},
    {"void (*f)(int)", NULL, NULL, OCR_XARG_MEMORY, 0, false, false},
    {"int", NULL, NULL, OCR_XARG_SCALAR, 0, false, false},
    {"int *", NULL, NULL, OCR_XARG_SCALAR, 0, false, false},
    {"unsigned int", NULL, NULL, OCR_XARG_SCALAR, 0, false, false},
    {"int 1st", NULL, NULL, OCR_XARG_SCALAR, 0, false, false},
    {"int a::b", NULL, NULL, OCR_XARG_SCALAR, 0, false, false},
    {"int a = 1", NULL, NULL, OCR_XARG_SCALAR, 0, false, false},
    {"...", NULL, NULL, OCR_XARG_SCALAR, 0, false, false},
    {"int a[4] b", NULL, NULL, OCR_XARG_SCALAR, 0, false, false},
    {"int a[4", NULL, NULL, OCR_XARG_SCALAR, 0, false, false},
    {"hls::stream<int &s", NULL, NULL, OCR_XARG_SCALAR, 0, false, false},
    {"x<<<<<<<<<<<<<<<<<<<<<<<<<1>*p", NULL, NULL, OCR_XARG_SCALAR, 0, false,
	false},
};

static void
test_types(void)
{
	char text[256];
	struct ocr_xmodel m;
	struct ocr_err err;
	bool held;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		const struct type *t = &types[i];
		const struct ocr_xarg *a;
		int r;

		snprintf(text, sizeof(text), "kernel void k(%s)", t->arg);
		r = parse(&m, text, &err);
		a = r == 0 ? &m.kernels[0].args[0] : NULL;
		held = t->name == NULL
			   ? r == -OCR_EFORMAT &&
				 strncmp(err.text, "x.desc:1: ", 10) == 0
			   : r == 0 && strcmp(a->name, t->name) == 0 &&
				 strcmp(a->type, t->type) == 0 &&
				 a->kind == t->kind && a->bytes == t->bytes &&
				 a->is_signed == t->is_signed &&
				 a->is_float == t->is_float;
		if (!ok(held, "%s", t->arg))
			diag("%d '%s' %s %s kind %d bytes %u", r, err.text,
			    r == 0 ? a->name : "", r == 0 ? a->type : "",
			    r == 0 ? (int)a->kind : -1, r == 0 ? a->bytes : 0);
		ocr_xmodel_release(&m);
	}
}

/* The whole language in one text. */
static const char everything[] =
    "# a comment\n"
    "object sub/vadd.so # another\n"
    "bank DDR[0] 2G\r\n"
    "\tbank\tHBM[31]\t256M\n"
    "kernel extern \"C\" void vadd( // C++\n"
    "	const uint32_t *a,	/* memory\n"
    "	                           still */\n"
    "	const uint32_t *b, # here too\n"
    "	uint32_t *out, int n) ; # behind\n"
    "connect a b HBM[31]\n"
    "units 3\n"
    "kernel void range(volatile uint32_t *start, volatile uint64_t *end,\n"
    "    uint8_t byte, uint64_t wide, float f, hls::stream<int> &s,\n"
    "    double *x)\n"
    "register start end\n"
    "chain\n"
    "unit left bank HBM[31]\n"
    "unit right\n"
    "kernel void nothing(void)\n"
    "kernel\n"
    "void nothing_at_all()";

static void
test_everything(void)
{
	static const uint32_t offsets[] = {0x10, 0x18, 0x24, 0x2c, 0x38, 0,
	    0x40};
	struct ocr_xmodel m;
	struct ocr_err err;
	const struct ocr_xkernel *k;
	size_t n_wrong = 0;

	if (!is_int(parse(&m, everything, &err), 0, "everything")) {
		diag("%s", err.text);
		return;
	}
	ok(m.n_kernels == 4 && strcmp(m.object, "sub/vadd.so") == 0,
	    "kernels, object");
	ok(m.n_banks == 2 && strcmp(m.banks[1].tag, "HBM[31]") == 0 &&
		m.banks[0].bytes == (uint64_t)2 << 30,
	    "banks");
	k = &m.kernels[0];
	ok(strcmp(k->name, "vadd") == 0 && k->n_args == 4 && k->n_units == 3 &&
		!k->is_chained && strcmp(k->units[2].name, "vadd_3") == 0,
	    "vadd");
	ok(k->args[0].offset == 0x10 && k->args[1].offset == 0x1c &&
		k->args[2].offset == 0x28 && k->args[3].offset == 0x34,
	    "its registers");
	ok(k->args[0].bank == 1 && k->args[1].bank == 1 && k->args[2].bank == 0,
	    "its banks");
	k = &m.kernels[1];
	for (size_t i = 0; i < 7; i++)
		n_wrong += k->args[i].offset != offsets[i];
	is_int((int64_t)n_wrong, 0, "registers of all sizes");
	ok(k->args[0].kind == OCR_XARG_REGISTER && k->args[0].bytes == 4 &&
		k->args[1].kind == OCR_XARG_REGISTER && k->args[1].bytes == 8,
	    "shared registers");
	ok(k->is_chained && k->n_units == 2 && k->units[0].has_bank &&
		k->units[0].bank == 1 && !k->units[1].has_bank,
	    "chain, units with names");
	ok(m.kernels[0].units[0].base == 0x1800000 &&
		m.kernels[3].units[0].base == 0x1860000,
	    "addresses");
	ok(m.kernels[2].n_args == 0 && m.kernels[3].n_args == 0 &&
		strcmp(m.kernels[3].units[0].name, "nothing_at_all_1") == 0,
	    "no arguments");
	ocr_xmodel_release(&m);
}

static const struct {
	const char *text, *why;
} wrong[] = {
    {"", "x.desc: there is no kernel"},
    {"# nothing\n\n", "x.desc: there is no kernel"},
    {"kernal void f()", "x.desc:1: 'kernal' is not a word of this language"},
    {"\n\nobject", "x.desc:3: object needs one file name"},
    {"object a b", "x.desc:1: object needs one file name"},
    {"object a\nobject b", "x.desc:2: a second object"},
    {"bank x", "x.desc:1: bank needs a tag and a size"},
    {"bank x 2Q", "x.desc:1: bank: '2Q' is not a size (like 64K, 1M, 1G)"},
    {"bank x 0", "x.desc:1: bank: '0' is not a size (like 64K, 1M, 1G)"},
    {"bank x 100", "x.desc:1: bank: '100' is not a multiple of 1K up to 256T"},
    {"bank x 512T",
	"x.desc:1: bank: '512T' is not a multiple of 1K up to 256T"},
    {"bank 1234567890123456 1G",
	"x.desc:1: the bank's tag has more than 15 characters"},
    {"bank x 1G\nbank x 1G", "x.desc:2: bank 'x' is there twice"},
    {"bank x[1] 1G\nbank x[0:1] 1G", "x.desc:2: bank 'x[1]' is there twice"},
    {"bank x[0:256] 1G", "x.desc:1: more than 256 banks"},
    {"bank 123456789[0:1234567] 1G",
	"x.desc:1: the bank's tag has more than 15 characters"},
    {"bank x[0] 1G\nkernel void f(int *a)\nconnect a x[0:1]",
	"x.desc:3: there is no bank 'x[1]'"},
    {"bank x[0] 1G\nkernel void f(int *a)\nconnect a x[1:0]",
	"x.desc:3: there is no bank 'x[1:0]'"},
    {"bank x[1] 1G\nbank x[0] 1G\nkernel void f(int *a)\nconnect a x[0:1]",
	"x.desc:4: the banks 'x[0:1]' are not in this order"},
    {"free", "x.desc:1: 'free' before the first kernel"},
    {"kernel void f(int a)\nfree 1", "x.desc:2: free stands alone"},
    {"kernel void f(int a)\nmailbox 1", "x.desc:2: mailbox stands alone"},
    {"kernel void f(int a)\nfree",
	"x.desc: kernel 'f' is free and has no registers: 'a' must be a"
	" stream"},
    {"stream a.b", "x.desc:1: stream needs two ends, and perhaps a function"},
    {"stream a.b a", "x.desc:1: 'a' is not UNIT.ARGUMENT"},
    {"stream a.b a.1", "x.desc:1: 'a.1' is not UNIT.ARGUMENT"},
    {"stream a.b b.a x-y", "x.desc:1: 'x-y' is not a name"},
    {"kernel void f(stream<int> &a, int *b)\nstream f_1.a f_1.b",
	"x.desc: there is no stream 'f_1.b'"},
    {"kernel void f(stream<int> &a)\nstream f_1.a f_2.a",
	"x.desc: there is no stream 'f_2.a'"},
    {"kernel void f(stream<int> &a)\nstream f_1.a f_1.a",
	"x.desc: stream 'f_1.a' is connected twice"},
    {"units 2", "x.desc:1: 'units' before the first kernel"},
    {"chain", "x.desc:1: 'chain' before the first kernel"},
    {"kernel void f(int a)\nunits 0",
	"x.desc:2: units: '0' is not a number from 1 to 128"},
    {"kernel void f(int a)\nunits 129",
	"x.desc:2: units: '129' is not a number from 1 to 128"},
    {"kernel void f(int a)\nunits 100\nkernel void g(int a)\nunits 29",
	"x.desc: more than 128 units"},
    {"kernel void f(int a)\nunits a b-c", "x.desc:2: 'b-c' is not a name"},
    {"kernel void f(int a)\nunits a a", "x.desc: unit 'a' is there twice"},
    {"kernel void f(int a)\nunits u\nkernel void g(int a)\nunits u",
	"x.desc: unit 'u' is there twice"},
    {"kernel void f(int a)\nunits 2\nunits 2",
	"x.desc:3: kernel 'f' has its units already"},
    {"kernel void f(int a)\nunit a bank", "x.desc:2: unit needs a name, and"
					  " 'bank TAG' if it has one"},
    {"kernel void f(int a)\nunit a bank x", "x.desc:2: there is no bank 'x'"},
    {"kernel void f(int a)\nunit "
     "u23456789012345678901234567890123456789012345678901234567890123",
	"x.desc: "
	"'f:u23456789012345678901234567890123456789012345678901234567890123'"
	" has more than 63 characters"},
    {"kernel void f(int a)\nchain 1", "x.desc:2: chain stands alone"},
    {"kernel void f(int a)\nregister", "x.desc:2: register needs arguments"},
    {"kernel void f(int a)\nregister b",
	"x.desc:2: kernel 'f' has no argument 'b'"},
    {"kernel void f(int a)\nregister a",
	"x.desc:2: argument 'a' is not a pointer to a number: a kernel cannot"
	" share it as a register"},
    {"kernel void f(void *a)\nregister a",
	"x.desc:2: argument 'a' is not a pointer to a number: a kernel cannot"
	" share it as a register"},
    {"bank x 1G\nkernel void f(int a)\nconnect a x",
	"x.desc:3: argument 'a' is not in memory"},
    {"kernel void f(int *a)\nconnect a",
	"x.desc:2: connect needs arguments and a bank's tag"},
    {"kernel void f(int a)\nkernel void f(int a)",
	"x.desc:2: kernel 'f' is there twice"},
    {"kernel int f(int a)",
	"x.desc:1: 'int' where 'void' should be: a kernel returns nothing"},
    {"kernel extern C void f(int a)", "x.desc:1: 'C' where \"C\" should be"},
    {"kernel void (int a)", "x.desc:1: '(' where the kernel's name should be"},
    {"kernel void f", "x.desc:1: the description ends where '(' should be"},
    {"kernel void ns::f(int a)", "x.desc:1: 'ns::f' is not a name"},
    {"kernel void f(int a,\n\n int b",
	"x.desc:3: the description ends where ',' or ')' should be"},
    {"kernel void f(int a,\nint)", "x.desc:2: argument 2 has no name"},
    {"kernel void f(int a,)", "x.desc:1: argument 2 has no type"},
    {"kernel void f(,)", "x.desc:1: argument 1 has no type"},
    {"kernel void f(void, int a)", "x.desc:1: argument 1 has no name"},
    {"kernel void f(int a, int a)", "x.desc:1: argument 'a' is there twice"},
    {"kernel void f(int **a)",
	"x.desc:1: argument 'a' is a pointer to a pointer"},
    {"kernel void f(vec a)",
	"x.desc:1: argument 'a': 'vec' cannot be passed by value"},
    {"kernel void f(int a) int g", "x.desc:1: something behind the prototype"},
    {"kernel void f(int a);\n\x80", "x.desc:2: byte 0x80 in a word"},
    {"kernel void f(int \x80)",
	"x.desc:1: byte 0x80 where ',' or ')' should be"},
    {"kernel void f(int a) /* no end",
	"x.desc:1: something behind the prototype"},
};

static void
test_wrong(void)
{
	struct ocr_xmodel m;
	struct ocr_err err;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int r = parse(&m, wrong[i].text, &err);

		if (!ok(r == -OCR_EFORMAT && m.n_kernels == 0 &&
			    strcmp(err.text, wrong[i].why) == 0,
			"wrong: %s", wrong[i].why))
			diag("got %d '%s'", r, err.text);
		if (r == 0)
			ocr_xmodel_release(&m);
	}
	is_int(ocr_xclbin_desc_parse(&m, "object\0a", 8, "x", &err),
	    -OCR_EFORMAT, "a NUL byte");
}

/* As many arguments as there may be, and one more. */
static void
test_many(void)
{
	char text[4096];
	struct ocr_xmodel m;
	struct ocr_err err;
	size_t n;
	int i;

	n = (size_t)snprintf(text, sizeof(text), "kernel void f(");
	for (i = 0; i < OCR_XKERNEL_MAX_ARGS; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%sint a%d",
		    i > 0 ? ", " : "", i);
	memcpy(text + n, ")", 2);
	is_int(parse(&m, text, &err), 0, "as many arguments as may be");
	ocr_xmodel_release(&m);
	memcpy(text + n, ", int b)", 9);
	is_int(parse(&m, text, &err), -OCR_EFORMAT, "one more");
	ok(strcmp(err.text, "x.desc:1: more than 64 arguments") == 0,
	    "and it says so");
}

static void
test_units(void)
{
	struct ocr_xmodel m;
	struct ocr_err err;
	struct ocr_xkernel *k;

	(void)parse(&m, "kernel void f(int a)\nunits left right", &err);
	k = ocr_xmodel_find(&m, "f");
	ok(k != NULL && ocr_xmodel_find(&m, "g") == NULL, "found by name");
	ok(ocr_xkernel_set_units(k, 3, &err) == 0 &&
		strcmp(k->units[1].name, "right") == 0 &&
		strcmp(k->units[2].name, "f_3") == 0,
	    "one more unit");
	ok(ocr_xmodel_finish(&m, &err) == 0 && k->units[2].base == 0x1820000,
	    "has its address");
	ok(ocr_xkernel_set_units(k, 1, &err) == 0 && k->n_units == 1,
	    "fewer units");
	ok(ocr_xkernel_set_units(k, 0, &err) == -OCR_EFORMAT &&
		ocr_xkernel_set_units(k, 129, &err) == -OCR_EFORMAT,
	    "none, too many");
	ocr_xmodel_release(&m);
}

/* What is written as XML comes back the same. */
static bool
is_same(const struct ocr_xmodel *a, const struct ocr_xmodel *b)
{
	if (a->n_kernels != b->n_kernels)
		return false;
	for (size_t i = 0; i < a->n_kernels; i++) {
		const struct ocr_xkernel *k = &a->kernels[i];
		const struct ocr_xkernel *l = &b->kernels[i];

		if (strcmp(k->name, l->name) != 0 || k->n_args != l->n_args ||
		    k->n_units != l->n_units ||
		    k->is_chained != l->is_chained ||
		    k->is_free != l->is_free ||
		    k->has_mailbox != l->has_mailbox)
			return false;
		for (size_t j = 0; j < k->n_args; j++) {
			const struct ocr_xarg *x = &k->args[j];
			const struct ocr_xarg *y = &l->args[j];

			if (strcmp(x->name, y->name) != 0 ||
			    x->kind != y->kind || x->bytes != y->bytes ||
			    x->offset != y->offset ||
			    x->is_float != y->is_float ||
			    x->is_signed != y->is_signed)
				return false;
		}
		for (size_t j = 0; j < k->n_units; j++) {
			if (strcmp(k->units[j].name, l->units[j].name) != 0 ||
			    k->units[j].base != l->units[j].base)
				return false;
			for (size_t g = 0; g < k->n_args; g++) {
				if (ocr_xunit_is_host(&k->units[j],
					&k->args[g]) !=
				    ocr_xunit_is_host(&l->units[j],
					&l->args[g]))
					return false;
			}
		}
	}
	return a->n_streams == b->n_streams &&
	       (a->n_streams == 0 ||
		   memcmp(a->streams, b->streams,
		       a->n_streams * sizeof(*a->streams)) == 0);
}

static void
test_round(void)
{
	struct ocr_xmodel m, n;
	struct ocr_err err;
	size_t len;
	char *xml;

	if (parse(&m, everything, &err) < 0)
		return;
	xml = ocr_xclbin_xml_write(&m, &len);
	is_int(ocr_xclbin_xml_read(&n, xml, len, &err), 0, "xml is read");
	ok(is_same(&m, &n), "and says the same");
	ok(strcmp(n.kernels[0].args[0].type, "const uint32_t*") == 0 &&
		strcmp(n.kernels[1].args[0].type, "uint32_t*") == 0,
	    "types");
	ocr_xmodel_release(&m);
	ocr_xmodel_release(&n);
	free(xml);
}

/* What other people's linker files say: ranges of banks, the host's memory,
 * streams, units that always run. */
static const char linked[] = "bank HBM[0:31] 256M\n"
			     "bank HOST[0] 1G\n"
			     "kernel void f(int *a, int *b, int *c,\n"
			     "    hls::stream<int> &out)\n"
			     "connect a HBM[4:7]\n"
			     "connect b HOST[0]\n"
			     "unit f_1\n"
			     "unit f_2 bank HOST[0]\n"
			     "unit f_3 bank HBM[30:31]\n"
			     "kernel void g(hls::stream<int> &in,\n"
			     "    hls::stream<int> &out)\n"
			     "free\n"
			     "kernel void h(hls::stream<int> &in, int &n)\n"
			     "register n\n"
			     "chain\n"
			     "mailbox\n"
			     "stream f_1.out g_1.in make_stream\n"
			     "stream g_1.out h_1.in\n";

static void
test_linked(void)
{
	struct ocr_xmodel m, n;
	struct ocr_err err;
	const struct ocr_xkernel *k;
	const struct ocr_xunit *unit;
	size_t len;
	char *xml;

	if (!is_int(parse(&m, linked, &err), 0, "a linked design")) {
		diag("%s", err.text);
		return;
	}
	k = &m.kernels[0];
	ok(m.n_banks == 33 && strcmp(m.banks[31].tag, "HBM[31]") == 0,
	    "a range of banks");
	ok(k->args[0].bank == 4 && k->args[0].last_bank == 7 &&
		k->units[2].bank == 30 && k->units[2].last_bank == 31,
	    "connected to a range");
	ok(!ocr_xunit_is_host(&k->units[0], &k->args[0]) &&
		ocr_xunit_is_host(&k->units[0], &k->args[1]) &&
		ocr_xunit_is_host(&k->units[1], &k->args[0]) &&
		!ocr_xunit_is_host(&k->units[2], &k->args[1]),
	    "memory of the host");
	ok(m.kernels[1].is_free && m.kernels[1].units[0].base == UINT64_MAX &&
		m.kernels[2].units[0].base == 0x1830000,
	    "a free unit has no address");
	ok(m.kernels[2].has_mailbox && m.kernels[2].args[1].offset == 0x20,
	    "a mailbox is before the arguments");
	ok(m.n_streams == 2 && strcmp(m.streams[0].maker, "make_stream") == 0 &&
		ocr_xmodel_find_end(&m, &m.streams[1].to, &unit) ==
		    &m.kernels[2].args[0] &&
		unit == &m.kernels[2].units[0],
	    "streams");
	xml = ocr_xclbin_xml_write(&m, &len);
	is_int(ocr_xclbin_xml_read(&n, xml, len, &err), 0, "its xml is read");
	ok(is_same(&m, &n), "and says the same of it");
	ocr_xmodel_release(&m);
	ocr_xmodel_release(&n);
	free(xml);
}

int
main(void)
{
	test_types();
	test_everything();
	test_wrong();
	test_many();
	test_units();
	test_round();
	test_linked();
	return done();
}
