/*
 * standin_vitis.h - what AMD's gzip kernels look like to a host program
 *
 * Functions with the names, arguments and habits of kernels of the Vitis
 * Libraries (Xilinx/Vitis_Libraries, data_compression), written from reading
 * their sources, for the softcard and for tests: they stand for silicon that we
 * do not have.  What they put out is deflate data in the same shape, not the
 * same bytes.  Nothing in ocr-* calls them; they are an object of their own,
 * octoray-vitis.so, described by kernels/vitis.desc.
 *
 * Habits that a driver has to know, all of them kept:
 *	- results come in blocks that are not final and end in 00 00 FF FF;
 *	  bursts write behind the end;
 *	- xilGzipCompBlock stores a last block of up to 64 bytes so that no
 *	  decoder can read it;
 *	- checksumData is a register: seed ~0, result not inverted;
 *	- xilHuffmanKernel writes its lengths to in_block_size, block i to where
 *	  block i of the input was, over the next one if it has grown; and it
 *	  is right for as many blocks as there are engines, 4 here;
 *	- xilGzipMM2S and xilGzipS2MM with the same number are wired to each
 *	  other: neither ends alone.
 */
#ifndef OCR_STANDIN_VITIS_H
#define OCR_STANDIN_VITIS_H

#include <stdbool.h>
#include <stdint.h>

/* L2/src/gzip_compress_multicore_mm.cpp */
void xilGzipCompBlock(const uint64_t *in, uint64_t *out,
    uint32_t *compressd_size, uint32_t *checksumData, uint32_t input_size,
    bool checksumType);

/* L2/src/zlib_lz77_compress_mm.cpp, zlib_huffman_enc_mm.cpp */
void xilLz77Compress(const void *in, void *out, uint32_t *compressd_size,
    uint32_t *in_block_size, uint32_t *dyn_ltree_freq, uint32_t *dyn_dtree_freq,
    uint32_t block_size_in_kb, uint32_t input_size);
void xilHuffmanKernel(void *in, uint32_t *dyn_ltree_freq,
    uint32_t *dyn_dtree_freq, void *out, uint32_t *in_block_size,
    uint32_t *compressd_size, uint32_t block_size_in_kb, uint32_t input_size);

/* L2/tests/src/gzip_dm_mm2s.cpp, gzip_dm_s2mm.cpp, with xilDecompress between
 * them, which has no registers */
void xilGzipMM2S(void *in, uint32_t inputSize, uint32_t last);
void xilGzipS2MM(void *out, uint32_t *encoded_size, uint32_t *status_flag,
    uint32_t read_block_size);

#endif
