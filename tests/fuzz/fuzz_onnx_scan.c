/*
 * fuzz_onnx_scan.c - model files that another engine is to read: what our own
 * reader takes is refused for what the engine is protected from alone
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "src/onnx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
need(bool held)
{
	if (!held)
		abort();
}

/* No metadata is lost, no node is there. */
static void
check_taken(const struct ocr_onnx_file *f, const struct ocr_net *meta,
    const uint8_t *data, size_t len)
{
	need(meta != NULL && meta->n_nodes == 0);
	need(
	    f->len == len && f->room >= len && memcmp(f->data, data, len) == 0);
	need(memchr(f->lack, '\0', sizeof(f->lack)) != NULL);
}

/* Our own reader would read it. */
static bool
is_read(const uint8_t *data, size_t len)
{
	struct ocr_net *n = NULL;
	struct ocr_err err = {0};
	bool yes =
	    ocr_onnx_parse(&n, data, len, "x", -1, OCR_ONNX_BATCH, &err) == 0;

	ocr_net_free(n);
	return yes;
}

/* A file without a name in a folder of links, none of which is followed. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC), r;
	struct ocr_onnx_file f = {0};
	struct ocr_net *meta = NULL;
	struct ocr_err err = {0};
	char path[64];

	need(fd >= 0 && (size_t)write(fd, data, len) == len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = ocr_onnx_scan(&f, &meta, path, &err);
	need((r < 0) == (err.code != 0) && (r < 0) == (meta == NULL));
	if (r == 0)
		check_taken(&f, meta, data, len);
	else
		need(f.data == NULL);
	if (r < 0 && is_read(data, len))
		need(strstr(err.text, ": external data '") != NULL ||
		     strstr(err.text, "attributes with defaults") != NULL);
	ocr_onnx_file_release(&f);
	ocr_net_free(meta);
	close(fd);
	return 0;
}
