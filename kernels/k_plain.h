/*
 * k_plain.h - the plain shape of a kernel: bytes in, bytes out
 *
 *   void k_NAME(const uint8_t *in, uint32_t in_len,
 *       uint8_t *out, uint32_t out_cap, uint32_t *out_len);
 *
 * Reads in[0..in_len) and writes out[0..out_cap), which do not overlap, and
 * *out_len: the bytes of result, or K_PLAIN_FAILED with out's contents
 * undefined.  The same function is compiled for the CPU, called by the
 * softcard, and built by v++ (xclbin.sh), where its arguments are registers
 * of an AXI4-Lite slave.  Offsets as Vitis HLS lays them out, every argument
 * followed by a reserved word:
 *
 *   argument   group id   offset       bits  memory port
 *   (control)             0x00         32    ap_start 0, ap_done 1, ap_idle 2
 *   (interrupts)          0x04..0x0c   32    enable, which, status
 *   in         0          0x10, 0x14   64    gmem0, read
 *   in_len     1          0x1c         32
 *   out        2          0x24, 0x28   64    gmem1, written
 *   out_cap    3          0x30         32
 *   out_len    4          0x38, 0x3c   64    gmem1, one word written
 *
 * Addresses need no alignment but that of out_len: 4.
 */
#ifndef K_PLAIN_H
#define K_PLAIN_H

#include <stdint.h>

#define K_PLAIN_FAILED UINT32_MAX

#endif
