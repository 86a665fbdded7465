/*
 * merge_archive.c - see merge_archive.h
 *
 * An archive wants the size of a member before its data.  ocr/source says it,
 * but a stage in between may have changed the data; so it is believed where
 * the first chunk is all of the member or a full one, else the member is
 * spooled.  Set-ID bits are left out: there are no owners in a stream, and
 * root would become the owner of such a program.
 */
#include "config.h"

#include "src/merge_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "src/member_name.h"
#include "src/member_set.h"
#include "src/spool.h"

/* libarchive copies this much to fill its block; the rest goes past it. */
#define BLOCK_BYTES 65536

struct ocr_merge_archive {
	struct archive *archive;
	struct archive_entry *entry; /* of the open member; NULL: none open */
	struct ocr_output *out;
	struct ocr_ui *ui;
	enum ocr_merge_to to;
	uint64_t chunk_bytes;
	/* Sources that have not had their turn: [head, n), by index. */
	struct ocr_origin **waiting;
	size_t head, n_waiting, cap_waiting;
	uint64_t next_index; /* lower ones have had theirs */
	/* The open member. */
	struct ocr_origin *origin;
	bool is_header_out;
	uint64_t size, n_bytes; /* is_header_out: promised, written */
	struct ocr_spool spool;
	struct ocr_member_set members;
	locale_t locale;        /* for names, or 0 */
	bool is_given_up;       /* nothing more is written */
	struct ocr_err out_err; /* why the write callback failed */
};

/* libarchive's word on what went wrong, or ours if it was the output. */
static int
fail(struct ocr_merge_archive *a, struct ocr_err *err)
{
	const char *why = archive_error_string(a->archive);

	if (a->out_err.code != 0)
		return ocr_err_set(err, a->out_err.code, "%s", a->out_err.text);
	return ocr_err_set(err,
	    archive_errno(a->archive) == ENOMEM ? -OCR_ENOMEM : -OCR_EFORMAT,
	    "cannot write the archive: %s", why != NULL ? why : "?");
}

static la_ssize_t
write_out(struct archive *archive, void *ctx, const void *buf, size_t len)
{
	struct ocr_merge_archive *a = ctx;

	if (a->is_given_up ||
	    ocr_output_write(a->out, buf, len, &a->out_err) < 0) {
		archive_set_error(archive, EIO, "%s", a->out_err.text);
		return -1;
	}
	return (la_ssize_t)len;
}

static int
set_format(struct ocr_merge_archive *a)
{
	int r;

	if (a->to == OCR_TO_ZIP)
		r = archive_write_set_format_zip(a->archive);
	else
		r = archive_write_set_format_pax_restricted(a->archive);
	if (r == ARCHIVE_OK)
		r = archive_write_set_bytes_per_block(a->archive, BLOCK_BYTES);
	if (r == ARCHIVE_OK)
		r = archive_write_set_bytes_in_last_block(a->archive, 1);
	if (r == ARCHIVE_OK)
		r = archive_write_open2(a->archive, a, NULL, write_out, NULL,
		    NULL);
	return r;
}

int
ocr_merge_archive_open(struct ocr_merge_archive **out_a,
    const struct ocr_merge_archive_opt *opt, struct ocr_output *out,
    struct ocr_ui *ui, struct ocr_err *err)
{
	struct ocr_merge_archive *a = calloc(1, sizeof(*a));
	int r = 0;

	*out_a = NULL;
	if (a == NULL)
		return ocr_err_nomem(err);
	a->out = out;
	a->ui = ui;
	a->to = opt->to;
	a->spool.dir = opt->spool_dir;
	a->spool.memory_bytes = opt->spool_bytes;
	a->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	a->archive = archive_write_new();
	if (a->archive == NULL)
		r = ocr_err_nomem(err);
	else if (set_format(a) != ARCHIVE_OK)
		r = fail(a, err);
	if (r < 0) {
		ocr_merge_archive_free(a);
		return r;
	}
	*out_a = a;
	return 0;
}

void
ocr_merge_archive_begin(struct ocr_merge_archive *a, uint64_t chunk_bytes)
{
	a->chunk_bytes = chunk_bytes;
	a->next_index = 0;
}

int
ocr_merge_archive_add(struct ocr_merge_archive *a, struct ocr_origin *o,
    struct ocr_err *err)
{
	size_t i = a->n_waiting;

	if (o->index < a->next_index)
		return 0;
	while (i > a->head && a->waiting[i - 1]->index > o->index)
		i--;
	if (i > a->head && a->waiting[i - 1]->index == o->index)
		return 0;
	if (a->n_waiting == a->cap_waiting) {
		size_t cap = 2 * a->cap_waiting + 16;
		struct ocr_origin **w =
		    reallocarray(a->waiting, cap, sizeof(struct ocr_origin *));

		if (w == NULL)
			return ocr_err_nomem(err);
		a->waiting = w;
		a->cap_waiting = cap;
	}
	memmove(a->waiting + i + 1, a->waiting + i,
	    (a->n_waiting - i) * sizeof(struct ocr_origin *));
	a->waiting[i] = ocr_origin_ref(o);
	a->n_waiting++;
	return 0;
}

/* Is this the name in UTF-8?  In the locale of names. */
static bool
is_text(const char *name)
{
	return name == NULL || mbstowcs(NULL, name, 0) != (size_t)-1;
}

/*
 * pax and zip want names in UTF-8 and can mark those that are not.  libarchive
 * takes bytes for what the locale says, so the locale says the truth for each
 * member; it warns of names that it only marks, which is as it should be.
 */
static int
write_header(struct ocr_merge_archive *a, struct ocr_err *err)
{
	struct archive_entry *e = a->entry;
	locale_t old = (locale_t)0;
	bool is_utf8 = false;
	int r;

	if (a->locale != (locale_t)0) {
		old = uselocale(a->locale);
		is_utf8 = is_text(archive_entry_pathname(e)) &&
			  is_text(archive_entry_symlink(e)) &&
			  is_text(archive_entry_hardlink(e));
		if (!is_utf8)
			uselocale(old);
	}
	r = archive_write_header(a->archive, e);
	if (a->locale != (locale_t)0)
		uselocale(old);
	if (a->out_err.code != 0 || (r != ARCHIVE_OK && r != ARCHIVE_WARN))
		return fail(a, err);
	if (r == ARCHIVE_WARN && is_utf8)
		ocr_ui_warn(a->ui, "%s: %s", archive_entry_pathname(e),
		    archive_error_string(a->archive));
	return 0;
}

static int
write_data(void *ctx, const void *data, size_t len, struct ocr_err *err)
{
	struct ocr_merge_archive *a = ctx;
	la_ssize_t n;

	if (len == 0)
		return 0;
	n = archive_write_data(a->archive, data, len);
	if (n < 0)
		return fail(a, err);
	a->n_bytes += len;
	if ((size_t)n < len)
		a->n_bytes = a->size + 1; /* more than promised */
	return 0;
}

/* The size is known now. */
static int
write_file_header(struct ocr_merge_archive *a, uint64_t size,
    struct ocr_err *err)
{
	a->is_header_out = true;
	a->size = size;
	a->n_bytes = 0;
	archive_entry_set_size(a->entry, (int64_t)size);
	return write_header(a, err);
}

/* End the open member, if there is one. */
static int
close_member(struct ocr_merge_archive *a, struct ocr_err *err)
{
	int r = 0;

	if (a->entry == NULL)
		return 0;
	if (!a->is_header_out) {
		r = write_file_header(a, a->spool.len, err);
		if (r == 0)
			r = ocr_spool_drain(&a->spool, write_data, a, err);
	}
	if (r == 0 && a->n_bytes != a->size)
		r = ocr_err_set(err, -OCR_EFORMAT,
		    "%s: its data is not the %" PRIu64
		    " bytes that ocr/source says",
		    archive_entry_pathname(a->entry), a->size);
	if (r == 0 && archive_write_finish_entry(a->archive) != ARCHIVE_OK)
		r = fail(a, err);
	archive_entry_free(a->entry);
	a->entry = NULL;
	ocr_origin_unref(a->origin);
	a->origin = NULL;
	return r;
}

/* What all kinds of members have. */
static int
make_entry(struct ocr_merge_archive *a, struct ocr_origin *o, const char *name,
    struct ocr_err *err)
{
	a->entry = archive_entry_new();
	if (a->entry == NULL)
		return ocr_err_nomem(err);
	a->origin = ocr_origin_ref(o);
	a->is_header_out = false;
	a->size = a->n_bytes = 0;
	archive_entry_set_pathname(a->entry, name);
	archive_entry_set_perm(a->entry, o->mode & 0777);
	archive_entry_set_filetype(a->entry, AE_IFREG);
	/* A time_t of 32 bits ends in 2038. */
	if (o->has_mtime && (time_t)o->mtime_s == o->mtime_s)
		archive_entry_set_mtime(a->entry, (time_t)o->mtime_s,
		    o->mtime_ns);
	else
		archive_entry_set_mtime(a->entry, 0, 0);
	return 0;
}

/* A member without data: complete with its header. */
static int
write_bare(struct ocr_merge_archive *a, struct ocr_err *err)
{
	int r;

	if (archive_entry_filetype(a->entry) != AE_IFREG)
		archive_entry_set_size(a->entry, 0);
	a->is_header_out = true;
	r = write_header(a, err);
	return r < 0 ? r : close_member(a, err);
}

/* Why a link cannot be a member, or NULL; *target: as it is stored. */
static const char *
check_link(struct ocr_merge_archive *a, const struct ocr_origin *o,
    const char *name, const char **target, struct ocr_err *err, int *r)
{
	*target = o->link;
	if (o->kind == OCR_ORIGIN_LINK)
		return ocr_member_link_stays(name, o->link)
			   ? NULL
			   : "its target is outside";
	if (a->to == OCR_TO_ZIP)
		return "zip has no hard links";
	*target = ocr_member_name(o->link);
	if (*target == NULL)
		return "its target is not in the archive";
	*r = ocr_member_set_has(&a->members, *target, err);
	return *r == 0 ? "its target is not in the archive" : NULL;
}

static int
add_link(struct ocr_merge_archive *a, struct ocr_origin *o, const char *name,
    struct ocr_err *err)
{
	const char *target, *why;
	int r = 0;

	why = check_link(a, o, name, &target, err, &r);
	if (why != NULL)
		ocr_ui_warn(a->ui, "%s: link to %s left out: %s", name, o->link,
		    why);
	if (why != NULL || r < 0)
		return r;
	r = make_entry(a, o, name, err);
	if (r < 0)
		return r;
	if (o->kind == OCR_ORIGIN_HARDLINK) {
		archive_entry_set_hardlink(a->entry, target);
		archive_entry_set_size(a->entry, 0);
	} else {
		archive_entry_set_filetype(a->entry, AE_IFLNK);
		archive_entry_set_symlink(a->entry, target);
	}
	r = write_bare(a, err);
	if (r < 0)
		return r;
	return ocr_member_set_add(&a->members, name, o->kind == OCR_ORIGIN_LINK,
	    err);
}

/* A file stays open for its chunks; all others are complete. */
static int
add_member(struct ocr_merge_archive *a, struct ocr_origin *o, const char *name,
    struct ocr_err *err)
{
	int r;

	if (o->kind == OCR_ORIGIN_LINK || o->kind == OCR_ORIGIN_HARDLINK)
		return add_link(a, o, name, err);
	r = make_entry(a, o, name, err);
	if (r == 0 && o->kind == OCR_ORIGIN_DIR) {
		archive_entry_set_filetype(a->entry, AE_IFDIR);
		r = write_bare(a, err);
	}
	return r < 0 ? r : ocr_member_set_add(&a->members, name, false, err);
}

/* The next source has its turn.  Links and directories that cannot be stored
 * are left out with a warning; a file has data, so that is an error. */
static int
begin_member(struct ocr_merge_archive *a, struct ocr_origin *o,
    struct ocr_err *err)
{
	bool is_file = o->kind == OCR_ORIGIN_FILE;
	const char *name = ocr_member_name(o->name), *why = NULL;
	int r = close_member(a, err);

	if (r == 0 && name != NULL)
		r = ocr_member_set_leads_out(&a->members, name, err);
	if (r < 0)
		return r;
	if (name == NULL)
		why = "no name for a member";
	else if (r > 0)
		why = "leads through a link of the archive";
	if (why != NULL && is_file)
		return ocr_err_set(err, -OCR_EFORMAT, "%s: %s", o->name, why);
	if (why != NULL) {
		ocr_ui_warn(a->ui, "%s: left out: %s", o->name, why);
		return 0;
	}
	if (name != o->name)
		ocr_ui_warn(a->ui, "%s: stored as %s", o->name, name);
	if (is_file && strcmp(name, "-") == 0)
		name = "stdin";
	return add_member(a, o, name, err);
}

/* All sources up to the one that chunk 'seq' belongs to. */
static int
begin_members(struct ocr_merge_archive *a, uint64_t seq, struct ocr_err *err)
{
	struct ocr_origin *o;
	int r = 0;

	while (r == 0 && a->head < a->n_waiting &&
	       a->waiting[a->head]->first_seq <= seq) {
		o = a->waiting[a->head++];
		a->next_index = o->index + 1;
		r = begin_member(a, o, err);
		ocr_origin_unref(o);
	}
	if (a->head == a->n_waiting)
		a->head = a->n_waiting = 0;
	return r;
}

/* A chunk in a stream that announces no source. */
static int
begin_unannounced(struct ocr_merge_archive *a, const struct ocr_chunk *c,
    struct ocr_err *err)
{
	struct ocr_origin *o = c->origin;

	if (o == NULL || o->kind != OCR_ORIGIN_FILE || o->index < a->next_index)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "chunk %" PRIu64 " belongs to no file", c->seq);
	a->next_index = o->index + 1;
	return begin_member(a, o, err);
}

/* Can the member's size be believed, seeing its first chunk? */
static bool
is_size_right(const struct ocr_merge_archive *a, const struct ocr_chunk *c)
{
	const struct ocr_origin *o = a->origin;

	if (!o->has_size || o->size > INT64_MAX)
		return false;
	return o->size == c->len ||
	       (o->size > c->len && c->len == a->chunk_bytes);
}

int
ocr_merge_archive_put(struct ocr_merge_archive *a, const struct ocr_chunk *c,
    struct ocr_err *err)
{
	int r = begin_members(a, c->seq, err);

	if (r == 0 && a->entry == NULL)
		r = begin_unannounced(a, c, err);
	if (r == 0 && !a->is_header_out && a->spool.len == 0 &&
	    is_size_right(a, c))
		r = write_file_header(a, a->origin->size, err);
	if (r < 0)
		return r;
	if (a->is_header_out)
		return write_data(a, c->data, c->len, err);
	return ocr_spool_put(&a->spool, c->data, c->len, err);
}

int
ocr_merge_archive_end(struct ocr_merge_archive *a, struct ocr_err *err)
{
	int r = begin_members(a, UINT64_MAX, err);

	return r < 0 ? r : close_member(a, err);
}

int
ocr_merge_archive_close(struct ocr_merge_archive *a, struct ocr_err *err)
{
	if (archive_write_close(a->archive) != ARCHIVE_OK)
		return fail(a, err);
	return 0;
}

void
ocr_merge_archive_free(struct ocr_merge_archive *a)
{
	size_t i;

	if (a == NULL)
		return;
	for (i = a->head; i < a->n_waiting; i++)
		ocr_origin_unref(a->waiting[i]);
	free(a->waiting);
	archive_entry_free(a->entry);
	ocr_origin_unref(a->origin);
	if (a->archive != NULL) {
		/* Free would end the archive; archive_write_fail() would stop
		 * that, but then it loses memory (libarchive 3.6). */
		a->is_given_up = true;
		archive_write_free(a->archive);
	}
	if (a->locale != (locale_t)0)
		freelocale(a->locale);
	ocr_member_set_release(&a->members);
	ocr_spool_release(&a->spool);
	free(a);
}
