/*
 * compress.h - ocr-compress as a function
 */
#ifndef OCR_COMPRESS_H
#define OCR_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/host_opt.h"
#include "common/meter.h"
#include "common/opt.h"
#include "common/team.h"
#include "common/ui.h"
#include "src/deflate.h"
#include "src/outputs.h"

enum ocr_compress_input {
	OCR_INPUT_AUTO =
	    0,            /* standard input is recognised by its first bytes */
	OCR_INPUT_RAW,    /* --raw: never a chunk stream */
	OCR_INPUT_STREAM, /* --stream: nothing else */
};

struct ocr_compress_opt {
	struct ocr_deflate_opt deflate;
	struct ocr_outputs_opt outputs;
	enum ocr_compress_input input;
	bool is_list;             /* -l */
	bool is_recursive;        /* -r */
	bool is_name_stored;      /* -N */
	bool is_rsyncable;        /* --rsyncable */
	struct ocr_team_opt team; /* -j, -D, --xclbin ... */
	struct ocr_host_opt host; /* --hosts ... */
	uint64_t memory_bytes;    /* --memory; 0 = by the number of threads */
	uint64_t limit_bytes;     /* --limit; 0 = none */
};

/*
 * Compress, decompress, test or list paths[0..n_paths), or standard input if
 * there are none, with progress and stats.  Returns the exit status; an error
 * that ended the run is in err, what concerned single inputs has been said.
 */
int ocr_compress_main(const struct ocr_compress_opt *opt, char **paths,
    size_t n_paths, struct ocr_ui *ui, const struct ocr_shared_opt *shared,
    struct ocr_err *err);

#endif
