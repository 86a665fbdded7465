/*
 * ocr-compress - compress or decompress: files like gzip, or a chunk stream
 */
#include "config.h"

#include "common/cleanup.h"
#include "common/opt.h"
#include "src/compress.h"
#include "src/compress_opt.h"

int
main(int argc, char **argv)
{
	struct ocr_compress_opt opt;
	struct ocr_ui ui = {0};
	struct ocr_shared_opt shared = {0};
	struct ocr_err err = {0};
	int i, status;

	ocr_cleanup_install();
	ocr_compress_opt_init(&opt);
	i = ocr_opt_parse(&ocr_compress_tool, &opt, &ui, &shared, argc, argv,
	    &status);
	if (i < 0)
		return status;
	status = ocr_compress_main(&opt, argv + i, (size_t)(argc - i), &ui,
	    &shared, &err);
	return ocr_opt_exit(&ui, &err, status);
}
