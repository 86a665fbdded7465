/*
 * fuzz_frame.c - headers and control texts from an enemy
 *
 * The first byte chooses what the rest is.  A header that is taken must be
 * written again bit for bit; a text that is taken must mean the same when it
 * is written and read again.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/crc.h"
#include "common/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
demand(int held)
{
	if (!held)
		abort();
}

/* So that other fields are reached than chksum. */
static void
fix_chksum(uint8_t *block)
{
	unsigned sum = 0;
	int i;

	memset(block + 148, ' ', 8);
	for (i = 0; i < OCR_FRAME_BYTES; i++)
		sum += block[i];
	snprintf((char *)block + 148, 8, "%06o", sum);
	block[155] = ' ';
}

static void
fuzz_block(const uint8_t *data, size_t len, int is_fixed, int is_link)
{
	uint8_t *block = malloc(OCR_FRAME_BYTES), again[OCR_FRAME_BYTES];
	struct ocr_err err = {0};
	struct ocr_frame f;

	demand(block != NULL);
	memset(block, 0, OCR_FRAME_BYTES);
	memcpy(block, data, len < OCR_FRAME_BYTES ? len : OCR_FRAME_BYTES);
	if (is_fixed)
		fix_chksum(block);
	ocr_frame_is_magic(block, OCR_FRAME_BYTES);
	if ((is_link ? ocr_frame_decode_link(block, &f, &err)
		     : ocr_frame_decode(block, &f, &err)) < 0) {
		demand(err.code == -OCR_EFORMAT && err.text[0] != '\0');
	} else if (f.kind != OCR_FRAME_ZERO) {
		uint32_t crc = ocr_crc32_join(f.head_crc, 0, f.size) ^ f.crc;

		demand(is_link ||
		       (f.kind != OCR_FRAME_PING && f.kind != OCR_FRAME_BLOB &&
			   f.type != OCR_SHARD));
		ocr_frame_encode(&f, crc, again);
		demand(memcmp(block, again, OCR_FRAME_BYTES) == 0);
	}
	free(block);
}

static void
fuzz_begin(const char *text, size_t len)
{
	struct ocr_err err = {0};
	struct ocr_begin b, c;
	char out[1024];
	int n;

	if (ocr_begin_decode(&b, text, len, &err) < 0)
		return;
	n = ocr_begin_encode(&b, out, sizeof(out), &err);
	demand(n > 0 && ocr_begin_decode(&c, out, (size_t)n, &err) == 0);
	demand(b.type == c.type && strcmp(b.id, c.id) == 0 &&
	       strcmp(b.tool, c.tool) == 0 && strcmp(b.codec, c.codec) == 0 &&
	       b.chunk_bytes == c.chunk_bytes && b.has_total == c.has_total &&
	       b.total == c.total && strcmp(b.kernel, c.kernel) == 0 &&
	       strcmp(b.build, c.build) == 0 && b.slots == c.slots &&
	       strcmp(b.devices, c.devices) == 0 &&
	       b.timeout_ms == c.timeout_ms && strcmp(b.blob, c.blob) == 0);
}

/* What it names can be no path, and it means the same again. */
static void
fuzz_shard(const char *text, size_t len)
{
	char out[OCR_SHARD_TEXT_BYTES];
	struct ocr_err err = {0};
	struct ocr_shard s, t;
	int n;

	if (ocr_shard_decode(&s, text, len, &err) < 0)
		return;
	demand(strchr(s.name, '/') == NULL && strstr(s.name, "..") == NULL &&
	       strlen(s.name) <= OCR_SHARD_NAME_BYTES);
	n = ocr_shard_encode(&s, out, sizeof(out), &err);
	demand(n > 0 && ocr_shard_decode(&t, out, (size_t)n, &err) == 0);
	demand(strcmp(s.name, t.name) == 0 && s.bytes == t.bytes &&
	       s.crc == t.crc && s.n_bad == t.n_bad);
}

static void
fuzz_end(const char *text, size_t len)
{
	struct ocr_err err = {0};
	struct ocr_end e, f;
	char out[256];
	int n;

	if (ocr_end_decode(&e, text, len, &err) < 0)
		return;
	n = ocr_end_encode(&e, out, sizeof(out), &err);
	demand(n > 0 && ocr_end_decode(&f, out, (size_t)n, &err) == 0);
	demand(e.is_ok == f.is_ok && e.chunks == f.chunks &&
	       e.bytes == f.bytes && e.has_crc == f.has_crc && e.crc == f.crc);
}

static void
fuzz_origin(const char *text, size_t len)
{
	char *out = malloc(2 * OCR_CONTROL_MAX_BYTES);
	char *again = out + OCR_CONTROL_MAX_BYTES;
	struct ocr_origin *o = NULL, *p = NULL;
	struct ocr_err err = {0};
	int n, m;

	demand(out != NULL);
	if (ocr_origin_decode(&o, text, len, &err) == 0) {
		n = ocr_origin_encode(o, out, OCR_CONTROL_MAX_BYTES, &err);
		/* A name grows when it is written, if it was not so before. */
		if (n != -OCR_ELIMIT) {
			demand(
			    ocr_origin_decode(&p, out, (size_t)n, &err) == 0);
			m = ocr_origin_encode(p, again, OCR_CONTROL_MAX_BYTES,
			    &err);
			demand(n == m && memcmp(out, again, (size_t)n) == 0);
		}
	}
	ocr_origin_unref(o);
	ocr_origin_unref(p);
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *copy;

	if (len < 2)
		return 0;
	/* Of that size exactly, so that a byte too far is seen. */
	copy = malloc(len - 1);
	demand(copy != NULL);
	memcpy(copy, data + 1, len - 1);
	switch (data[0]) {
	case 'b':
		fuzz_begin(copy, len - 1);
		break;
	case 'e':
		fuzz_end(copy, len - 1);
		break;
	case 'h':
		fuzz_shard(copy, len - 1);
		break;
	case 's':
		fuzz_origin(copy, len - 1);
		break;
	default:
		fuzz_block((uint8_t *)copy, len - 1, data[0] & 1, data[0] & 2);
		break;
	}
	free(copy);
	return 0;
}
