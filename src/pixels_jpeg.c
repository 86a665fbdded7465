/*
 * pixels_jpeg.c - JPEG by libjpeg-turbo's TurboJPEG, which catches libjpeg's
 * exits itself
 *
 * Of what libjpeg only warns of, harmless things are taken as they come, like
 * viewers do.  The rest is an error: half an image must not get a label.
 */
#include "config.h"

#include "src/pixels_run.h"

#include <string.h>
#include <turbojpeg.h>

/* tjhandle is a void pointer. */
int
ocr_jpeg_new(struct ocr_jpeg **out, struct ocr_err *err)
{
	*out = tjInitDecompress();
	return *out != NULL ? 0 : ocr_err_nomem(err);
}

void
ocr_jpeg_free(struct ocr_jpeg *j)
{
	if (j != NULL)
		tjDestroy(j);
}

static int
fail(struct ocr_jpeg *j, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT, "JPEG: %.200s",
	    tjGetErrorStr2(j));
}

/*
 * Did all of the image come out in spite of what it says?  The error code does
 * not tell: after a warning, errors have that of warnings too.  The text is the
 * error's, or else that of the first warning.
 */
static bool
is_bearable(struct ocr_jpeg *j)
{
	static const char *const texts[] = {"extraneous bytes before marker",
	    "unknown JFIF revision", "Unknown Adobe color transform"};
	const char *text = tjGetErrorStr2(j);
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (strstr(text, texts[i]) != NULL)
			return true;
	return false;
}

/* Is there an end-of-image marker?  After an early warning of another kind
 * libjpeg keeps quiet about the end.  There may be other bytes behind it. */
static bool
has_end(const uint8_t *file, size_t n)
{
	while (n >= 2) {
		if (file[n - 2] == 0xff && file[n - 1] == 0xd9)
			return true;
		n--;
	}
	return false;
}

int
ocr_jpeg_decode(struct ocr_jpeg *j, const uint8_t *file, size_t n, uint32_t c,
    struct ocr_raster *out, struct ocr_err *err)
{
	int w = 0, h = 0, subsamp = 0, space = 0, r;

	if (n > UINT32_MAX / 2)
		return ocr_err_set(err, -OCR_ELIMIT, "JPEG: too large");
	if (!has_end(file, n))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "JPEG: premature end of file");
	if (tjDecompressHeader3(j, file, (unsigned long)n, &w, &h, &subsamp,
		&space) < 0 &&
	    !is_bearable(j))
		return fail(j, err);
	if (w <= 0 || h <= 0)
		return ocr_err_set(err, -OCR_EFORMAT, "JPEG: no size");
	c = c == 1 || space == TJCS_GRAY ? 1 : 3;
	r = ocr_raster_size(out, "JPEG", (uint64_t)w, (uint64_t)h, c, err);
	if (r < 0)
		return r;
	/* A progressive file may have any number of scans, each of which costs
	 * time: at most 500. */
	if (tjDecompress2(j, file, (unsigned long)n, out->data, w, 0, h,
		c == 1 ? TJPF_GRAY : TJPF_RGB, TJFLAG_LIMITSCANS) < 0 &&
	    !is_bearable(j))
		return fail(j, err);
	return 0;
}
