/*
 * xclbin_xml.h - EMBEDDED_METADATA: kernels, their arguments and units, in XML
 *
 * Where XRT looks for them (core/common/xclbin_parser.cpp of 2.13): elements
 * kernel, arg, port, instance and addrRemap below project/platform/device/core.
 * XRT ignores attributes that it does not know, so one of our own,
 * ocrRegister, marks an argument that is a register (OCR_XARG_REGISTER); for
 * XRT it is a scalar.
 */
#ifndef OCR_XCLBIN_XML_H
#define OCR_XCLBIN_XML_H

#include <stddef.h>

#include "common/err.h"
#include "src/xclbin_kernel.h"

/*
 * Read kernels, arguments and units; banks and object stay empty, for they
 * are in other sections.  The text is untrusted.  -OCR_EFORMAT "line 3: why";
 * m is zeroed when it fails.
 */
int ocr_xclbin_xml_read(struct ocr_xmodel *m, const char *xml, size_t len,
    struct ocr_err *err);

/* The XML of m, with a NUL behind its *len bytes, to be freed; NULL: no
 * memory. */
char *ocr_xclbin_xml_write(const struct ocr_xmodel *m, size_t *len);

#endif
