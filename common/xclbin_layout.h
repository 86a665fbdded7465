/*
 * xclbin_layout.h - offsets in an xclbin file; for xclbin.c and its writer
 *
 * struct axlf and its sections in XRT's xclbin.h (Xilinx/XRT,
 * src/runtime_src/core/include/xclbin.h, 2.13 to 2.20); little-endian.  In
 * names as there: axlf, axlf_header, axlf_section_header, ip_data, mem_data,
 * connection.  tests/unit/test_xclbin.c compares them with that header.
 */
#ifndef OCR_XCLBIN_LAYOUT_H
#define OCR_XCLBIN_LAYOUT_H

#define OCR_AXLF_MAGIC "xclbin2"
#define OCR_AXLF_MAX_SECTIONS 0x10000
#define OCR_AXLF_HW_EMU 4 /* enum XCLBIN_MODE */
#define OCR_AXLF_SW_EMU 5
#define OCR_AXLF_HW_EMU_PR 6

/* axlf, with axlf_header in it */
#define OCR_AXLF_SIGNATURE 8    /* m_signature_length */
#define OCR_AXLF_RESERVED 12    /* ff, up to m_uniqueId */
#define OCR_AXLF_UNIQUE_ID 296  /* u64 */
#define OCR_AXLF_LENGTH 304     /* u64 */
#define OCR_AXLF_TIME 312       /* u64 */
#define OCR_AXLF_MAJOR 330      /* u8 */
#define OCR_AXLF_MINOR 331      /* u8 */
#define OCR_AXLF_MODE 332       /* u16 */
#define OCR_AXLF_PLATFORM 352   /* char[64], m_platformVBNV */
#define OCR_AXLF_UUID 416       /* 16 bytes */
#define OCR_AXLF_N_SECTIONS 448 /* u32 */
#define OCR_AXLF_SECTIONS 456

/* axlf_section_header */
#define OCR_SECTION_BYTES 40
#define OCR_SECTION_KIND 0  /* u32 */
#define OCR_SECTION_NAME 4  /* char[16] */
#define OCR_SECTION_AT 24   /* u64 */
#define OCR_SECTION_SIZE 32 /* u64 */

/* enum axlf_section_kind */
#define OCR_SECTION_BITSTREAM 0
#define OCR_SECTION_METADATA 2 /* EMBEDDED_METADATA */
#define OCR_SECTION_MEM_TOPOLOGY 6
#define OCR_SECTION_CONNECTIVITY 7
#define OCR_SECTION_IP_LAYOUT 8

/* ip_layout: a count (u32), then ip_data */
#define OCR_IP_FIRST 8
#define OCR_IP_BYTES 80
#define OCR_IP_TYPE 0       /* u32 */
#define OCR_IP_PROPERTIES 4 /* u32 */
#define OCR_IP_BASE 8       /* u64 */
#define OCR_IP_NAME 16      /* char[64] */
#define OCR_IP_KERNEL 1     /* enum IP_TYPE */
#define OCR_IP_CONTROL_SHIFT 8
#define OCR_IP_CTRL_CHAIN 1 /* enum IP_CONTROL; 0 is AP_CTRL_HS */
#define OCR_IP_CTRL_NONE 2

/* mem_topology: a count (u32), then mem_data */
#define OCR_MEM_FIRST 8
#define OCR_MEM_BYTES 40
#define OCR_MEM_TYPE 0  /* u8 */
#define OCR_MEM_USED 1  /* u8 */
#define OCR_MEM_SIZE 8  /* u64, KiB */
#define OCR_MEM_BASE 16 /* u64 */
#define OCR_MEM_TAG 24  /* char[16] */
#define OCR_MEM_DDR4 1  /* enum MEM_TYPE */
#define OCR_MEM_STREAMING 3
#define OCR_MEM_STREAMING_CONNECTION 9

/* connectivity: a count (u32), then connection */
#define OCR_LINK_FIRST 4
#define OCR_LINK_BYTES 12
#define OCR_LINK_ARG 0 /* u32 */
#define OCR_LINK_IP 4  /* u32, index in ip_layout */
#define OCR_LINK_MEM 8 /* u32, index in mem_topology */

#endif
