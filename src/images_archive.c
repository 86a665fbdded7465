/*
 * images_archive.c - the members of an archive as records
 *
 * source_archive.h reads it; here each member is put together in one buffer,
 * whose pages are touched only as far as members go.  What is no image and does
 * not claim to be one is left out.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/images_state.h"

/* The archive source asks for the largest member. */
static int
take(struct ocr_room *room, struct ocr_chunk *c, size_t cap,
    struct ocr_err *err)
{
	(void)room;
	(void)c;
	(void)cap;
	return cap <= c->cap ? 0 : ocr_err_nomem(err);
}

static int
give(void *ctx, struct ocr_origin **o, struct ocr_err *err)
{
	struct ocr_images *im = ctx;

	(void)err;
	if (im->is_given)
		return 0;
	im->is_given = true;
	*o = ocr_origin_ref(im->origin);
	return 1;
}

int
ocr_images_open_archive(struct ocr_images *im, struct ocr_err *err)
{
	if (im->member.data == NULL) {
		im->room = (struct ocr_room){.take = take, .grow = take};
		im->member.data = malloc(OCR_IMAGES_FILE_MAX);
		if (im->member.data == NULL)
			return ocr_err_nomem(err);
		im->member.cap = OCR_IMAGES_FILE_MAX;
		im->member.room = &im->room;
	}
	ocr_source_archive_init(&im->archive, OCR_IMAGES_FILE_MAX, im->opt.ui,
	    give, im);
	im->archive.head = im->head + im->n_head - im->n_unread;
	im->archive.n_head = im->n_unread;
	im->n_unread = 0;
	im->is_given = im->is_empty = false;
	im->n_images = im->n_failed = im->n_others = 0;
	im->at = OCR_AT_ARCHIVE;
	return 0;
}

/* Nobody said that it is an archive: that was what was left. */
static void
say_form(const struct ocr_images *im, struct ocr_err *why)
{
	const char *name = im->origin->name;

	if (im->opt.form != OCR_IMAGES_AUTO ||
	    strstr(why->text, "unrecognized archive format") == NULL)
		return;
	ocr_err_clear(why);
	ocr_err_set(why, -OCR_EFORMAT, "%.200s: %s",
	    ocr_origin_label(im->origin),
	    ocr_images_is_named(name)
		? "not a JPEG, PNG or PPM"
		: "not an image, an archive, IDX or NPY: see --format");
}

static int
fail(struct ocr_images *im, struct ocr_err *why, struct ocr_err *err)
{
	const struct ocr_origin *o = im->member.origin;

	im->n_failed++;
	if (o == NULL)
		say_form(im, why);
	return ocr_images_item_error(im, o != NULL ? o->name : im->origin->name,
	    why, err);
}

static int
fail_member(struct ocr_images *im, const char *name, const char *what,
    struct ocr_err *err)
{
	struct ocr_err why = {0};

	im->n_failed++;
	ocr_err_set(&why, -OCR_EFORMAT, "%.150s: member %.200s: %s",
	    ocr_origin_label(im->origin), name, what);
	return ocr_images_item_error(im, name, &why, err);
}

/* A member's bytes are there: 1 = item, 0 = it is none. */
static int
take_member(struct ocr_images *im, struct ocr_err *err)
{
	const struct ocr_chunk *c = &im->member;
	const char *name = c->origin->name;
	int r;

	if (c->at > 0) /* of one that was too large */
		return 0;
	if (ocr_pixels_sniff(c->data, c->len) == OCR_PIXELS_UNKNOWN) {
		if (ocr_images_is_named(name))
			return fail_member(im, name, "not a JPEG, PNG or PPM",
			    err);
		im->n_others++;
		return 0;
	}
	if (c->len == OCR_IMAGES_FILE_MAX)
		return fail_member(im, name, "too large", err);
	r = ocr_images_item(im, name, err);
	if (r < 0)
		return r;
	im->item.rec.bytes = c->data;
	im->item.rec.n_bytes = c->len;
	im->n_images++;
	return 1;
}

/* Of the member before, no byte came. */
static int
leave_member(struct ocr_images *im, struct ocr_err *err)
{
	bool is_empty = im->is_empty;
	int r = 0;

	im->is_empty = false;
	if (is_empty && im->last->kind == OCR_ORIGIN_FILE) {
		if (ocr_images_is_named(im->last->name))
			r = fail_member(im, im->last->name, "is empty", err);
		else
			im->n_others++;
	}
	ocr_origin_unref(im->last);
	im->last = NULL;
	return r;
}

static int
end(struct ocr_images *im, struct ocr_err *err)
{
	struct ocr_err why = {0};
	bool is_all_else = im->n_images == 0 && im->n_failed == 0;

	ocr_source_archive_release(&im->archive);
	im->at = OCR_AT_INPUTS;
	if (is_all_else) {
		ocr_err_set(&why, -OCR_EFORMAT,
		    "%.200s: no images in it (%" PRIu64 " other files)",
		    ocr_origin_label(im->origin), im->n_others);
		return ocr_images_item_error(im, im->origin->name, &why, err);
	}
	if (im->n_others > 0)
		ocr_ui_note(im->opt.ui,
		    "%s: left out %" PRIu64 " files that are no images",
		    ocr_origin_label(im->origin), im->n_others);
	return 0;
}

int
ocr_images_read_archive(struct ocr_images *im, struct ocr_err *err)
{
	struct ocr_source *s = &im->archive.source;
	struct ocr_chunk *c = &im->member;
	struct ocr_err why = {0};
	int r = 0;

	s->cancel_fd = im->source.cancel_fd;
	while (r == 0) {
		ocr_chunk_reset(c);
		r = s->next(s, c, &why);
		if (r < 0)
			return ocr_err_set(err, r, "%s", why.text);
		if (r == 0) {
			r = leave_member(im, err);
			return r != 0 ? r : end(im, err);
		}
		if (c->kind == OCR_CHUNK_ORIGIN) {
			r = leave_member(im, err);
			im->last = ocr_origin_ref(c->origin);
			im->is_empty = true;
			continue;
		}
		im->is_empty = false;
		if (c->type == OCR_ERROR) {
			ocr_err_set(&why, c->code, "%.*s", (int)c->len,
			    (const char *)c->data);
			r = fail(im, &why, err);
		} else {
			r = take_member(im, err);
		}
	}
	return r;
}
