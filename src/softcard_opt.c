/*
 * softcard_opt.c - the options of ocr-softcard; called by bin through opt.c
 */
#include "config.h"

#include <string.h>

#include "src/softcard_run.h"

enum {
	KEY_CARDS = OCR_OPT_LONG,
	KEY_CORRUPT,
	KEY_CUS,
	KEY_FAIL,
	KEY_HANG,
	KEY_KEEP,
	KEY_KERNELS,
	KEY_LATENCY,
	KEY_MEMORY,
	KEY_RATE,
	KEY_TRACE,
	KEY_WRONG,
	KEY_XCLBIN,
};

static const struct ocr_opt opts[] = {
    {KEY_CARDS, "cards", "N", "so many cards (default 1)"},
    {KEY_CUS, "cus", "N",
	"so many compute units of each kernel on each card (default: as "
	"described)"},
    {KEY_XCLBIN, "xclbin", "FILE", "offer this file in OCR_XCLBIN"},
    {KEY_KERNELS, "kernels", "DESCRIPTION",
	"make an xclbin of it, as ocr-mkxclbin does, and offer that"},
    {KEY_MEMORY, "memory", "discrete|coherent",
	"whether a card's memory is its own (default) or the host's"},
    {KEY_RATE, "rate", "SIZE", "each unit works on SIZE bytes a second"},
    {KEY_LATENCY, "latency", "TIME",
	"each run and each access to a register takes TIME (like 50us)"},
    {KEY_FAIL, "fail", "CU:N", "from run N on unit CU does nothing"},
    {KEY_HANG, "hang", "CU:N", "from run N on unit CU never ends"},
    {KEY_CORRUPT, "corrupt", "CU:N",
	"from run N on a byte of its output flips"},
    {KEY_WRONG, "wrong", "CU:N", "from run N on its lengths are wrong"},
    {KEY_KEEP, "keep", NULL, "leave the directory of the run, and name it"},
    {KEY_TRACE, "trace", NULL, "write what XRT asks of the cards to stderr"},
    {0, NULL, NULL, NULL},
};

/* "50us" in nanoseconds. */
static int
get_time(const char *text, uint64_t *ns, struct ocr_err *err)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {{"ns", 1}, {"us", 1000}, {"ms", 1000000},
	    {"s", 1000000000}};
	size_t n = strspn(text, "0123456789");
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++) {
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(text[i] - '0'), &v))
			n = 0;
	}
	for (size_t i = 0; n > 0 && i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text + n, units[i].name) == 0 &&
		    !__builtin_mul_overflow(v, units[i].ns, ns) &&
		    *ns <= 3600 * UINT64_C(1000000000))
			return 0;
	}
	return ocr_err_set(err, -OCR_EUSAGE,
	    "--latency: '%s' is not a time (like 500ns, 50us, 2ms, 1s)", text);
}

static int
add_file(struct ocr_softcard_opt *o, const char *path, bool is_description,
    struct ocr_err *err)
{
	if (o->n_files == OCR_SOFTCARD_MAX_FILES)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "more than %d of --xclbin and --kernels",
		    OCR_SOFTCARD_MAX_FILES);
	o->files[o->n_files].path = path;
	o->files[o->n_files++].is_description = is_description;
	return 0;
}

static int
set_memory(struct ocr_softcard_opt *o, const char *arg, struct ocr_err *err)
{
	o->device.is_coherent = strcmp(arg, "coherent") == 0;
	if (o->device.is_coherent || strcmp(arg, "discrete") == 0)
		return 0;
	return ocr_err_set(err, -OCR_EUSAGE,
	    "--memory: '%s' is not discrete or coherent", arg);
}

static int
set_count(const char *what, const char *arg, unsigned max, unsigned *to,
    struct ocr_err *err)
{
	uint64_t n = 0;
	int r = ocr_opt_number(what, arg, 1, max, &n, err);

	*to = (unsigned)n;
	return r;
}

static int
set(void *ctx, int key, const char *arg, struct ocr_err *err)
{
	struct ocr_softcard_opt *o = ctx;

	switch (key) {
	case KEY_CARDS:
		return set_count("--cards", arg, OCR_SOFTCARD_MAX_CARDS,
		    &o->n_cards, err);
	case KEY_CUS:
		return set_count("--cus", arg, OCR_XMODEL_MAX_UNITS,
		    &o->n_units, err);
	case KEY_XCLBIN:
		return add_file(o, arg, false, err);
	case KEY_KERNELS:
		return add_file(o, arg, true, err);
	case KEY_MEMORY:
		return set_memory(o, arg, err);
	case KEY_RATE:
		return ocr_opt_size("--rate", arg, &o->device.bytes_per_s, err);
	case KEY_LATENCY:
		return get_time(arg, &o->device.latency_ns, err);
	case KEY_FAIL:
		return ocr_softcard_options_add_fault(&o->device,
		    OCR_SOFTCARD_FAIL, arg, err);
	case KEY_HANG:
		return ocr_softcard_options_add_fault(&o->device,
		    OCR_SOFTCARD_HANG, arg, err);
	case KEY_CORRUPT:
		return ocr_softcard_options_add_fault(&o->device,
		    OCR_SOFTCARD_CORRUPT, arg, err);
	case KEY_WRONG:
		return ocr_softcard_options_add_fault(&o->device,
		    OCR_SOFTCARD_WRONG, arg, err);
	case KEY_KEEP:
		o->is_kept = true;
		break;
	case KEY_TRACE:
		o->device.has_trace = true;
		break;
	}
	return 0;
}

const struct ocr_tool ocr_softcard_tool = {
    .name = "ocr-softcard",
    .usage = "[-qv] [--cards=N] [--cus=N] [--xclbin=FILE] "
	     "[--kernels=DESCRIPTION] [--memory=discrete|coherent] "
	     "[--rate=SIZE] [--latency=TIME] [--fail=CU:N] [--hang=CU:N] "
	     "[--corrupt=CU:N] [--wrong=CU:N] [--keep] [--trace] "
	     "-- COMMAND [ARG...]",
    .about = "Run COMMAND on a machine that has FPGA cards, as far as it can "
	     "tell: the Xilinx Runtime's software emulation with a device "
	     "process of our own.",
    .opts = opts,
    .stops_at_operand = true,
    .set = set,
};
