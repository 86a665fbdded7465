/*
 * card_deflate_vitis.c - drivers of AMD's kernels: see card_deflate.h
 *
 * What Vitis' kernels write was read in AMD's sources (Xilinx/Vitis_Libraries,
 * data_compression): L1/include/hw/huffman_encoder.hpp (bitPackingStream) and
 * zlib_compress_details.hpp (multicoreDistributor, multicoreMerger) for
 * 2021, L2/src/zlib_lz77_compress_mm.cpp, zlib_huffman_enc_mm.cpp and
 * L3/src/zlib_old.cpp for 2019.  Every block of input becomes one dynamic
 * block, not final, and an empty stored one (00 00 FF FF) that ends on a byte:
 * exactly a piece of ours, so that nothing has to be opened up again.  AMD's
 * host appends 01 00 00 FF FF and the trailer; that is left to join.h.
 *
 * The kernels' own checksum is not looked at: in->raw_crc is known.
 */
#include "config.h"

#include "src/card_put.h"

#include <string.h>

#define SLACK_BYTES ((size_t)64 << 10) /* bursts go over the end */
#define WORDS_BYTES 4096               /* of a RESULT buffer */
#define N_PARTS_MAX 4

/*
 * Vitis 2019 keeps one table of frequencies for each of its engines, and
 * xilHuffmanKernel looks for those of the fifth (or ninth) block where
 * xilLz77Compress has not put them: a run is as many blocks as there are
 * engines, 4 or 8, at most.
 */
#define PARTS_KIB 256
#define PARTS_MAX_BYTES ((size_t)N_PARTS_MAX * PARTS_KIB << 10)
#define LITLEN_WORDS 1024 /* of a table */
#define DIST_WORDS 64
#define N_ENGINES_MAX 8

struct blocks {
	size_t bytes; /* input is cut into blocks of this length ... */
	/*
	 * ... and a last one that is not longer than this is stored here.  2021
	 * stores up to 64 bytes in pieces of 8, each with a header that tells
	 * the length of all that is left (multicoreMerger): no decoder
	 * reads that.  2019 leaves it to the host (MIN_BLOCK_SIZE).
	 */
	size_t tail_max;
};

static uint32_t
word(const void *map, size_t i)
{
	uint32_t v;

	memcpy(&v, (const uint8_t *)map + i * sizeof(v), sizeof(v));
	return v;
}

static void
set_word(void *map, size_t i, uint32_t v)
{
	memcpy((uint8_t *)map + i * sizeof(v), &v, sizeof(v));
}

/*
 * xilGzipCompBlock(const ap_uint<64> *in, ap_uint<64> *out,
 *     uint32_t *compressd_size, uint32_t *checksumData, uint32_t input_size,
 *     bool checksumType)
 * L2/src/gzip_compress_multicore_mm.cpp.  32 KiB to a block; all of them one
 * behind the other, compressd_size[0] bytes.  checksumType 1: CRC-32.
 */
static const struct ocr_card_arg comp_args[] = {
    {OCR_CARD_BUFFER, 0},
    {OCR_CARD_BUFFER, 1},
    {OCR_CARD_BUFFER, 2},
    {OCR_CARD_BUFFER, 3},
    {OCR_CARD_IN_LEN, 0},
    {OCR_CARD_VALUE, 1},
};
static const struct ocr_card_step comp_steps[] = {
    {.kernel = "xilGzipCompBlock", .args = comp_args, .n_args = 6},
};
static const struct ocr_card_buffer comp_buffers[] = {
    {.kind = OCR_CARD_IN, .in_times = 1, .fixed = SLACK_BYTES},
    {.kind = OCR_CARD_OUT, .out_times = 1, .fixed = SLACK_BYTES},
    {.kind = OCR_CARD_RESULT, .fixed = WORDS_BYTES},
    {.kind = OCR_CARD_RESULT, .fixed = WORDS_BYTES},
};
static const struct blocks comp_blocks = {.bytes = 32768, .tail_max = 64};

/* Bytes that go to the card: not a last block that is too short. */
static size_t
block_bytes(const struct ocr_card_driver *d, const struct ocr_job *job)
{
	const struct blocks *b = d->arg;
	size_t len = ocr_card_raw_bytes(d, job), tail = len % b->bytes;

	return tail <= b->tail_max ? len - tail : len;
}

/* A code may make data longer, a match of three bytes takes up to 44 bits, and
 * nothing keeps the kernel inside of its buffer: AMD's hosts double, too. */
static size_t
block_out_bytes(const struct ocr_card_driver *d, size_t in_len)
{
	(void)d;
	return 2 * in_len + SLACK_BYTES;
}

static size_t
comp_fill(const struct ocr_card_driver *d, const struct ocr_kernel *k,
    const struct ocr_job *job, void *const *maps)
{
	size_t len = block_bytes(d, job);

	(void)k;
	memcpy(maps[0], job->in->data, len);
	set_word(maps[2], 0, 0);
	set_word(maps[3], 0, UINT32_MAX); /* the CRC's seed */
	return len;
}

static size_t
comp_used(const struct ocr_card_driver *d, const struct ocr_job *job,
    void *const *maps, size_t out_cap)
{
	size_t n = word(maps[2], 0);

	(void)d;
	(void)job;
	return n > 0 && n <= out_cap ? n : SIZE_MAX;
}

static int
comp_finish(const struct ocr_card_driver *d, const struct ocr_kernel *k,
    struct ocr_job *job, void *const *maps, size_t used, struct ocr_err *err)
{
	size_t done = block_bytes(d, job);
	struct ocr_card_put p;

	ocr_card_put_begin(&p, k, job);
	ocr_card_put_bytes(&p, maps[1], used);
	if (done < job->in->len)
		ocr_card_put_stored(&p, done, job->in->len - done);
	return ocr_card_put_end(&p, err);
}

const struct ocr_card_driver ocr_card_vitis_block = {
    .name = "Vitis 2021 gzip",
    .steps = comp_steps,
    .n_steps = 1,
    .buffers = comp_buffers,
    .n_buffers = 4,
    .max_in_bytes = (size_t)16 << 20,
    .arg = &comp_blocks,
    .out_bytes = block_out_bytes,
    .in_bytes = block_bytes,
    .fill = comp_fill,
    .used = comp_used,
    .finish = comp_finish,
};

/*
 * xilLz77Compress(in, out, compressd_size, in_block_size, dyn_ltree_freq,
 *     dyn_dtree_freq, block_size_in_kb, input_size), then
 * xilHuffmanKernel(in, dyn_ltree_freq, dyn_dtree_freq, out, in_block_size,
 *     compressd_size, block_size_in_kb, input_size)
 *
 * The first takes the length of each block from in_block_size; tokens of 4
 * bytes go to 4 times its place, how many bytes of them to compressd_size.
 * The second gets that same buffer under the name of in_block_size, writes its
 * own lengths into it, and never looks at its compressd_size.  Block i of the
 * output begins where block i of the input did: what has grown lies over the
 * beginning of the next one, so both are stored.
 */
enum {
	PAIR_IN,
	PAIR_TOKENS,
	PAIR_SIZES,
	PAIR_LENS,
	PAIR_LITLEN,
	PAIR_DIST,
	PAIR_OUT,
	N_PAIR
};

static const struct ocr_card_arg lz77_args[] = {
    {OCR_CARD_BUFFER, PAIR_IN},
    {OCR_CARD_BUFFER, PAIR_TOKENS},
    {OCR_CARD_BUFFER, PAIR_SIZES},
    {OCR_CARD_BUFFER, PAIR_LENS},
    {OCR_CARD_BUFFER, PAIR_LITLEN},
    {OCR_CARD_BUFFER, PAIR_DIST},
    {OCR_CARD_VALUE, PARTS_KIB},
    {OCR_CARD_IN_LEN, 0},
};
static const struct ocr_card_arg huffman_args[] = {
    {OCR_CARD_BUFFER, PAIR_TOKENS},
    {OCR_CARD_BUFFER, PAIR_LITLEN},
    {OCR_CARD_BUFFER, PAIR_DIST},
    {OCR_CARD_BUFFER, PAIR_OUT},
    {OCR_CARD_BUFFER, PAIR_SIZES},
    {OCR_CARD_BUFFER, PAIR_LENS},
    {OCR_CARD_VALUE, PARTS_KIB},
    {OCR_CARD_IN_LEN, 0},
};
static const struct ocr_card_step pair_steps[] = {
    {.kernel = "xilLz77Compress", .args = lz77_args, .n_args = 8},
    {.kernel = "xilHuffmanKernel", .args = huffman_args, .n_args = 8},
};
static const struct ocr_card_buffer pair_buffers[N_PAIR] = {
    [PAIR_IN] = {.kind = OCR_CARD_IN, .in_times = 1, .fixed = SLACK_BYTES},
    [PAIR_TOKENS] = {.kind = OCR_CARD_SCRATCH,
	.in_times = 4,
	.fixed = SLACK_BYTES},
    [PAIR_SIZES] = {.kind = OCR_CARD_RESULT, .fixed = WORDS_BYTES},
    [PAIR_LENS] = {.kind = OCR_CARD_RESULT, .fixed = WORDS_BYTES},
    [PAIR_LITLEN] = {.kind = OCR_CARD_SCRATCH,
	.fixed = sizeof(uint32_t) * LITLEN_WORDS * N_ENGINES_MAX},
    [PAIR_DIST] = {.kind = OCR_CARD_SCRATCH,
	.fixed = sizeof(uint32_t) * DIST_WORDS * N_ENGINES_MAX},
    [PAIR_OUT] = {.kind = OCR_CARD_OUT, .out_times = 1, .fixed = SLACK_BYTES},
};
static const struct blocks pair_blocks = {
    .bytes = (size_t)PARTS_KIB << 10,
    .tail_max = 256, /* MIN_BLOCK_SIZE has had several values */
};

/* Length of block i of in_len bytes. */
static size_t
part_len(const struct blocks *b, size_t i, size_t in_len)
{
	size_t left = in_len - i * b->bytes;

	return left < b->bytes ? left : b->bytes;
}

static size_t
pair_fill(const struct ocr_card_driver *d, const struct ocr_kernel *k,
    const struct ocr_job *job, void *const *maps)
{
	const struct blocks *b = d->arg;
	size_t len = block_bytes(d, job), i;

	(void)k;
	memcpy(maps[PAIR_IN], job->in->data, len);
	for (i = 0; i * b->bytes < len; i++) {
		set_word(maps[PAIR_LENS], i, (uint32_t)part_len(b, i, len));
		set_word(maps[PAIR_SIZES], i, 0);
	}
	return len;
}

static size_t
pair_used(const struct ocr_card_driver *d, const struct ocr_job *job,
    void *const *maps, size_t out_cap)
{
	const struct blocks *b = d->arg;
	size_t len = block_bytes(d, job), end = 0, size, i;

	for (i = 0; i * b->bytes < len; i++) {
		size = word(maps[PAIR_SIZES], i);
		if (size == 0)
			return SIZE_MAX;
		end = i * b->bytes + (size < b->bytes ? size : b->bytes);
	}
	return end <= out_cap ? end : SIZE_MAX;
}

static int
pair_finish(const struct ocr_card_driver *d, const struct ocr_kernel *k,
    struct ocr_job *job, void *const *maps, size_t used, struct ocr_err *err)
{
	const struct blocks *b = d->arg;
	size_t len = block_bytes(d, job), at, n, size, i;
	bool is_over = false, was_over;
	struct ocr_card_put p;

	ocr_card_put_begin(&p, k, job);
	for (i = 0; i * b->bytes < len; i++) {
		at = i * b->bytes;
		n = part_len(b, i, len);
		/* Read once: the map may be memory of the card. */
		size = word(maps[PAIR_SIZES], i);
		was_over = is_over;
		is_over = size > b->bytes;
		if (was_over || size > n || at > used || size > used - at)
			ocr_card_put_stored(&p, at, n);
		else
			ocr_card_put_bytes(&p, (uint8_t *)maps[PAIR_OUT] + at,
			    size);
	}
	if (len < job->in->len)
		ocr_card_put_stored(&p, len, job->in->len - len);
	return ocr_card_put_end(&p, err);
}

const struct ocr_card_driver ocr_card_vitis_pair = {
    .name = "Vitis 2019 gzip",
    .steps = pair_steps,
    .n_steps = 2,
    .buffers = pair_buffers,
    .n_buffers = N_PAIR,
    .max_in_bytes = PARTS_MAX_BYTES,
    .arg = &pair_blocks,
    .out_bytes = block_out_bytes,
    .in_bytes = block_bytes,
    .fill = pair_fill,
    .used = pair_used,
    .finish = pair_finish,
};
