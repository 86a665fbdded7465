/*
 * compress_opt.c - option table of ocr-compress: gzip's, pigz's -p, and ours
 */
#include "config.h"

#include "src/compress_opt.h"

#include <string.h>

#include "common/host_opt.h"
#include "common/team_opt.h"
#include "src/coder.h"

enum {
	KEY_FORMAT = OCR_OPT_LONG,
	KEY_KEEP_PARTIAL,
	KEY_LIMIT,
	KEY_MEMORY,
	KEY_RAW,
	KEY_RSYNCABLE,
	KEY_STREAM,
	KEY_SYNCHRONOUS,
};

static const struct ocr_opt opts[] = {
    {'0', NULL, NULL, NULL},
    {'1', "fast", NULL, "compress faster"},
    {'2', NULL, NULL, NULL},
    {'3', NULL, NULL, NULL},
    {'4', NULL, NULL, NULL},
    {'5', NULL, NULL, NULL},
    {'6', NULL, NULL, "default; levels go from -0 (store) to -12"},
    {'7', NULL, NULL, NULL},
    {'8', NULL, NULL, NULL},
    {'9', "best", NULL, "compress better"},
    {'a', "ascii", NULL, NULL},
    {'c', "stdout", NULL, "write to standard output, keep inputs"},
    {'c', "to-stdout", NULL, NULL},
    {'d', "decompress", NULL, "decompress"},
    {'d', "uncompress", NULL, NULL},
    {'f', "force", NULL, "replace outputs, follow links, use terminals"},
    {KEY_FORMAT, "format", "NAME", "gzip (one member), members or bgzf"},
    {'p', "processes", "N", "same as -j"},
    {'k', "keep", NULL, "keep inputs"},
    {KEY_KEEP_PARTIAL, "keep-partial", NULL,
	"keep an output that is not complete"},
    {'l', "list", NULL, "list sizes and names in compressed files"},
    {KEY_LIMIT, "limit", "SIZE", "stop when the output gets larger (-d)"},
    {KEY_MEMORY, "memory", "SIZE", "for chunks in flight"},
    {'n', "no-name", NULL, "do not store or restore name and time (default)"},
    {'N', "name", NULL, "store or restore name and time"},
    {'o', "output", "FILE", "write everything to FILE"},
    {KEY_RAW, "raw", NULL, "standard input is no chunk stream"},
    {'r', "recursive", NULL, "descend into directories"},
    {KEY_RSYNCABLE, "rsyncable", NULL, "cut where the data says so"},
    {'s', "size", "SIZE", "chunk size (default 1M)"},
    {KEY_STREAM, "stream", NULL, "standard input must be a chunk stream"},
    {'S', "suffix", "SUF", "suffix of compressed files (default .gz)"},
    {KEY_SYNCHRONOUS, "synchronous", NULL, "flush outputs to the disk"},
    {'t', "test", NULL, "check compressed files"},
    OCR_TEAM_OPT_ROWS,
    OCR_HOST_OPT_ROWS,
    {0, NULL, NULL, NULL},
};

static int
set_format(struct ocr_compress_opt *o, const char *arg, struct ocr_err *err)
{
	if (strcmp(arg, "gzip") == 0)
		o->deflate.format = OCR_DEFLATE;
	else if (strcmp(arg, "members") == 0)
		o->deflate.format = OCR_MEMBERS;
	else if (strcmp(arg, "bgzf") == 0)
		o->deflate.format = OCR_BGZF;
	else
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--format: '%s' is not gzip, members or bgzf", arg);
	return 0;
}

static int
set_size(struct ocr_compress_opt *o, uint64_t size, struct ocr_err *err)
{
	if (size > OCR_CHUNK_MAX_BYTES)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--size: a chunk has at most 1G");
	o->deflate.chunk_bytes = (uint32_t)size;
	return 0;
}

static int
set_suffix(struct ocr_compress_opt *o, const char *arg, struct ocr_err *err)
{
	if (*arg == '\0' || strlen(arg) > OCR_SUFFIX_MAX ||
	    strchr(arg, '/') != NULL)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--suffix: '%s' is not a suffix", arg);
	o->outputs.suffix = arg;
	return 0;
}

static int
set(void *ctx, int key, const char *arg, struct ocr_err *err)
{
	struct ocr_compress_opt *o = ctx;
	struct ocr_outputs_opt *out = &o->outputs;
	uint64_t n = 0;
	int r = 0;

	switch (key) {
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
	case '8':
	case '9':
		r = ocr_opt_number("level",
		    arg != NULL  ? arg
		    : key == '1' ? "1"
				 : "9",
		    0, OCR_LEVEL_MAX, &n, err);
		o->deflate.level = (int)n;
		break;
	case 'c':
		out->is_single = true;
		break;
	case 'd':
		out->mode = OCR_OUTPUTS_DECOMPRESS;
		break;
	case 'f':
		out->is_forced = true;
		break;
	case 'k':
		out->is_kept = true;
		break;
	case 'l':
		o->is_list = true;
		break;
	case 'n':
	case 'N':
		o->is_name_stored = out->is_name_used = key == 'N';
		break;
	case 'o':
		out->is_single = true;
		out->path = arg;
		break;
	case 'r':
		o->is_recursive = true;
		break;
	case 's':
		r = ocr_opt_size("--size", arg, &n, err);
		if (r == 0)
			r = set_size(o, n, err);
		break;
	case 'S':
		r = set_suffix(o, arg, err);
		break;
	case 't':
		out->mode = OCR_OUTPUTS_TEST;
		break;
	case KEY_FORMAT:
		r = set_format(o, arg, err);
		break;
	case KEY_KEEP_PARTIAL:
		out->is_partial_kept = true;
		break;
	case KEY_LIMIT:
		r = ocr_opt_size("--limit", arg, &o->limit_bytes, err);
		break;
	case KEY_MEMORY:
		r = ocr_opt_size("--memory", arg, &o->memory_bytes, err);
		break;
	case KEY_RAW:
		o->input = OCR_INPUT_RAW;
		break;
	case KEY_RSYNCABLE:
		o->is_rsyncable = true;
		break;
	case KEY_STREAM:
		o->input = OCR_INPUT_STREAM;
		break;
	case KEY_SYNCHRONOUS:
		out->is_synced = true;
		break;
	default:
		r = ocr_team_opt_set(&o->team, key, arg, err);
		if (r > 0)
			r = ocr_host_opt_set(&o->host, key, arg, err);
		break;
	}
	return r;
}

const struct ocr_tool ocr_compress_tool = {
    .name = "ocr-compress",
    .usage = "[-0123456789cdfklnNqrtv] [-D LIST] [-j N] [-o FILE] [-s SIZE] "
	     "[-S SUF] "
	     "[--format=NAME] [FILE...]",
    .about = "Compress or decompress like gzip, on every core; a chunk "
	     "stream on standard input becomes a stream of compressed chunks.",
    .opts = opts,
    .set = set,
};

void
ocr_compress_opt_init(struct ocr_compress_opt *o)
{
	*o = (struct ocr_compress_opt){
	    .deflate =
		{
		    .level = OCR_LEVEL_DEFAULT,
		    .format = OCR_DEFLATE,
		    .chunk_bytes = OCR_CHUNK_BYTES,
		},
	    .outputs = {.suffix = ".gz"},
	};
}
