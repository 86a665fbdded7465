/*
 * archive_in.c - feed libarchive; called by source_archive.c
 */
#include "config.h"

#include "src/archive_in.h"

#include <archive.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/io.h"

#define READ_BYTES ((size_t)256 << 10)

/* Nothing here starts a program or opens another file. */
static int (*const supported[])(struct archive *) = {
    archive_read_support_filter_bzip2,
    archive_read_support_filter_compress,
    archive_read_support_filter_gzip,
    archive_read_support_filter_lz4,
    archive_read_support_filter_lzip,
    archive_read_support_filter_lzma,
    archive_read_support_filter_rpm,
    archive_read_support_filter_uu,
    archive_read_support_filter_xz,
    archive_read_support_filter_zstd,
    archive_read_support_format_7zip,
    archive_read_support_format_ar,
    archive_read_support_format_cab,
    archive_read_support_format_cpio,
    archive_read_support_format_iso9660,
    archive_read_support_format_lha,
    archive_read_support_format_rar,
    archive_read_support_format_rar5,
    archive_read_support_format_tar,
    archive_read_support_format_warc,
    archive_read_support_format_xar,
    archive_read_support_format_zip,
};

static la_ssize_t
read_some(struct archive *a, void *ctx, const void **out)
{
	struct ocr_archive_in *in = ctx;
	const struct ocr_origin *o = in->file;
	int64_t n;

	*out = in->buf;
	if (in->n_head > 0) {
		*out = in->head;
		n = (int64_t)in->n_head;
		in->n_head = 0;
		in->at += (uint64_t)n;
		return n;
	}
	if (o->is_seekable)
		n = ocr_pread_full(o->fd, in->buf, READ_BYTES,
		    o->fd_base + in->at, ocr_origin_label(o), &in->err);
	else
		n = ocr_read_some(o->fd, in->buf, READ_BYTES,
		    ocr_origin_label(o), in->cancel_fd, &in->err);
	if (n < 0) {
		archive_set_error(a, EIO, "%s", in->err.text);
		return ARCHIVE_FATAL;
	}
	in->at += (uint64_t)n;
	return n;
}

static la_int64_t
skip_some(struct archive *a, void *ctx, la_int64_t n)
{
	struct ocr_archive_in *in = ctx;
	uint64_t rest;

	(void)a;
	if (!in->file->is_seekable || n <= 0 || in->at >= in->file->size)
		return 0;
	/* Not beyond the end: there libarchive has to find that out. */
	rest = in->file->size - in->at;
	n = (uint64_t)n < rest ? n : (la_int64_t)rest;
	in->at += (uint64_t)n;
	return n;
}

static la_int64_t
seek_to(struct archive *a, void *ctx, la_int64_t offset, int whence)
{
	struct ocr_archive_in *in = ctx;
	int64_t base = whence == SEEK_CUR   ? (int64_t)in->at
		       : whence == SEEK_END ? (int64_t)in->file->size
					    : 0;
	int64_t at;

	(void)a;
	if (__builtin_add_overflow(base, offset, &at) || at < 0)
		return ARCHIVE_FATAL;
	in->at = (uint64_t)at;
	return at;
}

const char *
ocr_archive_in_why(const struct ocr_archive_in *in, char *buf, size_t n)
{
	const char *why = archive_error_string(in->archive);
	int first;

	if (why == NULL || why[0] == '\0')
		return "cannot be read";
	/* libarchive blames its caller: 7-Zip's directory is at the end. */
	if (!in->file->is_seekable && strstr(why, "seek") != NULL)
		return "this kind of archive needs a regular file";
	first = (unsigned char)why[0];
	if (islower((unsigned char)why[1]))
		first = tolower(first);
	snprintf(buf, n, "%c%s", first, why + 1);
	return buf;
}

int
ocr_archive_in_fail(const struct ocr_archive_in *in, const char *member,
    struct ocr_err *err)
{
	const char *name = ocr_origin_label(in->file), *why;
	char buf[256];

	if (in->err.code != 0)
		return ocr_err_set(err, in->err.code, "%s", in->err.text);
	why = ocr_archive_in_why(in, buf, sizeof(buf));
	if (member != NULL)
		return ocr_err_set(err, -OCR_EFORMAT, "%s: member %s: %s", name,
		    member, why);
	return ocr_err_set(err, -OCR_EFORMAT, "%s: %s", name, why);
}

int
ocr_archive_in_end(const struct ocr_archive_in *in, struct ocr_err *err)
{
	struct archive *a = in->archive;
	la_int64_t end = archive_read_header_position(a);

	/* The mark is zeros behind the last member: have any been read? */
	if ((archive_format(a) & ARCHIVE_FORMAT_BASE_MASK) !=
		ARCHIVE_FORMAT_TAR ||
	    archive_filter_bytes(a, 0) > end)
		return 0;
	if (archive_filter_code(a, 0) == ARCHIVE_FILTER_NONE &&
	    in->at > (uint64_t)end)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: is cut off: it ends within the header of a member",
		    ocr_origin_label(in->file));
	return 1;
}

int
ocr_archive_in_open_head(struct ocr_archive_in *in, struct ocr_origin *file,
    const uint8_t *head, size_t n_head, int cancel_fd, struct ocr_err *err)
{
	size_t i;

	*in = (struct ocr_archive_in){.file = file,
	    .head = head,
	    .n_head = n_head,
	    .cancel_fd = cancel_fd};
	in->buf = malloc(READ_BYTES);
	in->archive = archive_read_new();
	if (in->buf == NULL || in->archive == NULL)
		return ocr_err_nomem(err);
	for (i = 0; i < sizeof(supported) / sizeof(*supported); i++)
		if (supported[i](in->archive) == ARCHIVE_FATAL)
			return ocr_archive_in_fail(in, NULL, err);
	archive_read_set_callback_data(in->archive, in);
	archive_read_set_read_callback(in->archive, read_some);
	archive_read_set_skip_callback(in->archive, skip_some);
	if (file->is_seekable)
		archive_read_set_seek_callback(in->archive, seek_to);
	if (archive_read_open1(in->archive) != ARCHIVE_OK)
		return ocr_archive_in_fail(in, NULL, err);
	return 0;
}

int
ocr_archive_in_open(struct ocr_archive_in *in, struct ocr_origin *file,
    int cancel_fd, struct ocr_err *err)
{
	return ocr_archive_in_open_head(in, file, NULL, 0, cancel_fd, err);
}

void
ocr_archive_in_close(struct ocr_archive_in *in)
{
	archive_read_free(in->archive);
	free(in->buf);
	ocr_origin_unref(in->file);
	*in = (struct ocr_archive_in){0};
}
