/*
 * k_deflate_hw.c - k_deflate as v++ compiles it, as hw_k_deflate
 *
 * For test_k_deflate: hardware searches every position and keeps several
 * copies of the window; its bytes have to be those of the software.
 */
#define K_DEFLATE_HW 1
#define k_deflate hw_k_deflate
#define k_deflate_scan_init hw_k_deflate_scan_init
#define k_deflate_scan_block hw_k_deflate_scan_block

#include "kernels/k_deflate.c"
#include "kernels/k_deflate_scan.c"
