/*
 * source_archive.c - the members of archives as chunks, through libarchive
 *
 * libarchive hands out blocks of its own buffers; they are copied once, into
 * the chunk.  It leaves out holes, which become zeros here.
 */
#include "config.h"

#include "src/source_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

static void
warn(const struct ocr_source_archive *s, const char *member)
{
	char why[256];

	ocr_ui_warn(s->ui, "%s: member %s: %s", ocr_origin_label(s->in.file),
	    member, ocr_archive_in_why(&s->in, why, sizeof(why)));
}

/* Names are UTF-8, or bytes that are not in any charset. */
static const char *
entry_name(struct archive_entry *e)
{
	const char *name = archive_entry_pathname(e);

	if (name == NULL)
		name = archive_entry_pathname_utf8(e);
	return name != NULL && name[0] != '\0' ? name : "(no name)";
}

static const char *
entry_hardlink(struct archive_entry *e)
{
	const char *link = archive_entry_hardlink(e);

	return link != NULL ? link : archive_entry_hardlink_utf8(e);
}

static const char *
entry_symlink(struct archive_entry *e)
{
	const char *link = archive_entry_symlink(e);

	return link != NULL ? link : archive_entry_symlink_utf8(e);
}

/* newc gives the data of a file with its last name only, and what is out
 * already under the first one cannot be changed. */
static void
warn_late_data(const struct ocr_source_archive *s)
{
	const char *first = entry_hardlink(s->entry);
	int format = archive_format(s->in.archive);

	if (first == NULL || archive_entry_size(s->entry) <= 0 ||
	    (format != ARCHIVE_FORMAT_CPIO_SVR4_NOCRC &&
		format != ARCHIVE_FORMAT_CPIO_SVR4_CRC))
		return;
	ocr_ui_warn(s->ui, "%s: member %s: has the data of %s, which is empty",
	    ocr_origin_label(s->in.file), entry_name(s->entry), first);
}

/* -1: a device or the like. */
static int
entry_kind(struct archive_entry *e)
{
	/* cpio stores the data with the last name of a file: then it is not
	 * only a link. */
	if (entry_hardlink(e) != NULL && archive_entry_size(e) <= 0)
		return OCR_ORIGIN_HARDLINK;
	switch (archive_entry_filetype(e)) {
	case 0: /* the format has no types */
	case AE_IFREG:
		return OCR_ORIGIN_FILE;
	case AE_IFDIR:
		return OCR_ORIGIN_DIR;
	case AE_IFLNK:
		return OCR_ORIGIN_LINK;
	default:
		return -1;
	}
}

static const char *
entry_link(struct archive_entry *e, int kind)
{
	if (kind == OCR_ORIGIN_HARDLINK)
		return entry_hardlink(e);
	return kind == OCR_ORIGIN_LINK ? entry_symlink(e) : NULL;
}

/* Make s->member out of s->entry. */
static int
member_open(struct ocr_source_archive *s, int kind, struct ocr_err *err)
{
	struct archive_entry *e = s->entry;
	struct ocr_origin *o;

	o = ocr_origin_new(entry_name(e), entry_link(e, kind));
	if (o == NULL)
		return ocr_err_nomem(err);
	o->kind = (enum ocr_origin_kind)kind;
	o->index = s->n_members++;
	o->first_seq = s->seq;
	o->mode = archive_entry_perm(e) & 07777;
	if (kind == OCR_ORIGIN_FILE && archive_entry_size_is_set(e) &&
	    archive_entry_size(e) >= 0) {
		o->has_size = true;
		o->size = (uint64_t)archive_entry_size(e);
	}
	if (archive_entry_mtime_is_set(e)) {
		o->has_mtime = true;
		o->mtime_s = archive_entry_mtime(e);
		o->mtime_ns = (uint32_t)archive_entry_mtime_nsec(e);
	}
	s->member = o;
	s->at = s->block_at = s->block_len = 0;
	s->is_member_ended = kind != OCR_ORIGIN_FILE;
	return 0;
}

/* Not an error: other programs take a tar without its end as it is. */
static int
archive_end(const struct ocr_source_archive *s, struct ocr_err *err)
{
	int r = ocr_archive_in_end(&s->in, err);

	if (r > 0)
		ocr_ui_warn(s->ui,
		    "%s: has no mark of its end: it may be cut off",
		    ocr_origin_label(s->in.file));
	return r < 0 ? r : 0;
}

/* The next member: 1 = s->member is it, 0 = no more. */
static int
member_next(struct ocr_source_archive *s, struct ocr_err *err)
{
	int kind = -1, r;

	while (kind < 0) {
		r = archive_read_next_header(s->in.archive, &s->entry);
		if (r == ARCHIVE_EOF)
			return archive_end(s, err);
		if (r == ARCHIVE_RETRY)
			continue;
		if (r != ARCHIVE_OK && r != ARCHIVE_WARN) {
			s->is_broken = true;
			return ocr_archive_in_fail(&s->in, NULL, err);
		}
		if (r == ARCHIVE_WARN)
			warn(s, entry_name(s->entry));
		kind = entry_kind(s->entry);
		if (kind < 0)
			ocr_ui_warn(s->ui,
			    "%s: member %s: skipped: not a "
			    "file, a directory or a link",
			    ocr_origin_label(s->in.file), entry_name(s->entry));
	}
	warn_late_data(s);
	r = member_open(s, kind, err);
	return r < 0 ? r : 1;
}

static int
fail_order(const struct ocr_source_archive *s, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT,
	    "%s: member %s: its data are not in order",
	    ocr_origin_label(s->in.file), s->member->name);
}

/* Get the next block, if there is one, and its place in the member. */
static int
block_next(struct ocr_source_archive *s, struct ocr_err *err)
{
	const void *p = NULL;
	la_int64_t at = 0;
	size_t len = 0;
	int r = archive_read_data_block(s->in.archive, &p, &len, &at);

	if (r == ARCHIVE_EOF) {
		s->is_member_ended = true;
		/* Behind the last block there may be a hole: tar says so. */
		if (s->member->has_size && (uint64_t)at == s->member->size)
			s->block_at = (uint64_t)at;
		return 0;
	}
	/* A warning here is about wrong data: "ZIP bad CRC". */
	if (r != ARCHIVE_OK && r != ARCHIVE_RETRY) {
		s->is_broken = r == ARCHIVE_FATAL;
		return ocr_archive_in_fail(&s->in, s->member->name, err);
	}
	if (r == ARCHIVE_RETRY || len == 0)
		return 0;
	if (at < 0 || (uint64_t)at < s->at)
		return fail_order(s, err);
	s->block = p;
	s->block_len = len;
	s->block_at = (uint64_t)at;
	return 0;
}

/* Fill c from the hole before the block, and from the block. */
static void
chunk_append(struct ocr_source_archive *s, struct ocr_chunk *c, size_t cap)
{
	uint64_t hole = s->block_at > s->at ? s->block_at - s->at : 0;
	size_t n = cap - c->len;

	if (hole > 0) {
		n = hole < n ? (size_t)hole : n;
		memset(c->data + c->len, 0, n);
	} else {
		n = s->block_len < n ? s->block_len : n;
		memcpy(c->data + c->len, s->block, n);
		s->block += n;
		s->block_len -= n;
	}
	c->len += n;
	s->at += n;
}

/* 1 = c holds data of the member, 0 = it has no more. */
static int
member_read(struct ocr_source_archive *s, struct ocr_chunk *c,
    struct ocr_err *err)
{
	int r = 0;

	if (s->is_member_ended && s->block_len == 0 && s->block_at <= s->at)
		return 0;
	if (s->at == 0 && archive_entry_is_data_encrypted(s->entry))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: member %s: is encrypted", ocr_origin_label(s->in.file),
		    s->member->name);
	c->raw_len = s->chunk_bytes;
	r = ocr_chunk_take(c, s->chunk_bytes, err);
	while (r == 0 && c->len < s->chunk_bytes) {
		if (s->block_len > 0 || s->block_at > s->at)
			chunk_append(s, c, s->chunk_bytes);
		else if (s->is_member_ended)
			break;
		else
			r = block_next(s, err);
	}
	c->raw_len = c->len;
	return r < 0 ? r : c->len > 0;
}

static void
member_close(struct ocr_source_archive *s)
{
	ocr_origin_unref(s->member);
	s->member = NULL;
}

/* The next member of this or another archive, in c; 0 = none left. */
static int
announce(struct ocr_source_archive *s, struct ocr_chunk *c, struct ocr_err *err)
{
	struct ocr_origin *file = NULL;
	int r = 0;

	while (r == 0) {
		if (s->in.file == NULL) {
			r = s->next_origin(s->ctx, &file, err);
			if (r <= 0)
				return r;
			s->is_broken = false;
			r = ocr_archive_in_open_head(&s->in, file, s->head,
			    s->n_head, s->source.cancel_fd, err);
			s->n_head = 0;
			if (r < 0)
				break;
		}
		r = member_next(s, err);
		if (r == 0)
			ocr_archive_in_close(&s->in);
	}
	if (r < 0) {
		ocr_archive_in_close(&s->in);
		return r;
	}
	c->kind = OCR_CHUNK_ORIGIN;
	ocr_chunk_set_origin(c, s->member);
	return 1;
}

static int
next(struct ocr_source *source, struct ocr_chunk *c, struct ocr_err *err)
{
	struct ocr_source_archive *s = (struct ocr_source_archive *)source;
	struct ocr_err why = {0};
	int r = 0;

	c->seq = s->seq;
	if (s->member != NULL) {
		c->at = s->at;
		ocr_chunk_set_origin(c, s->member);
		r = member_read(s, c, &why);
		if (r <= 0)
			member_close(s);
		if (r < 0 && s->is_broken)
			ocr_archive_in_close(&s->in);
	}
	if (r == 0) {
		ocr_chunk_reset(c);
		c->seq = s->seq;
		r = announce(s, c, &why);
	}
	if (r == -OCR_ECANCEL || r == -OCR_ENOMEM || r == -OCR_ELIMIT)
		return ocr_err_set(err, r, "%s", why.text);
	if (r < 0) {
		ocr_chunk_set_error(c, &why);
		r = 1;
	}
	if (r > 0 && c->kind == OCR_CHUNK_DATA)
		s->seq++;
	return r;
}

void
ocr_source_archive_init(struct ocr_source_archive *s, size_t chunk_bytes,
    struct ocr_ui *ui,
    int (*next_origin)(void *ctx, struct ocr_origin **o, struct ocr_err *err),
    void *ctx)
{
	*s = (struct ocr_source_archive){
	    .source = {.next = next, .cancel_fd = -1},
	    .next_origin = next_origin,
	    .ctx = ctx,
	    .ui = ui,
	    .chunk_bytes = chunk_bytes,
	};
	/* Without this locale, names are what the user's makes of them. */
	s->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (s->locale != (locale_t)0)
		s->old_locale = uselocale(s->locale);
}

void
ocr_source_archive_release(struct ocr_source_archive *s)
{
	member_close(s);
	ocr_archive_in_close(&s->in);
	if (s->locale != (locale_t)0) {
		uselocale(s->old_locale);
		freelocale(s->locale);
		s->locale = (locale_t)0;
	}
}
