/*
 * outputs.c - names and fates of results, see outputs.h
 */
#include "config.h"

#include "src/outputs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Suffixes that gzip knows, and what stands in their place afterwards. */
static const struct {
	const char *suffix, *instead;
} known_suffixes[] = {
    {".gz", ""},
    {".tgz", ".tar"},
    {".taz", ".tar"},
    {"-gz", ""},
    {".z", ""},
    {"-z", ""},
    {"_z", ""},
    {".bgz", ""},
    {".bgzf", ""},
};

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* Does path end in suffix, with something before it? */
static bool
has_suffix(const char *path, const char *suffix)
{
	size_t len = strlen(base_name(path)), n = strlen(suffix);

	return n > 0 && len > n && strcmp(path + strlen(path) - n, suffix) == 0;
}

/* The suffix that path has, NULL if none; *instead is what replaces it. */
static const char *
find_suffix(const struct ocr_outputs_opt *opt, const char *path,
    const char **instead)
{
	size_t i;

	*instead = "";
	if (has_suffix(path, opt->suffix))
		return opt->suffix;
	for (i = 0; i < sizeof(known_suffixes) / sizeof(*known_suffixes); i++)
		if (has_suffix(path, known_suffixes[i].suffix)) {
			*instead = known_suffixes[i].instead;
			return known_suffixes[i].suffix;
		}
	return NULL;
}

/* Path of the result beside the input; to be freed.  NULL: no memory. */
static char *
result_path(const struct ocr_outputs_opt *opt, const char *path,
    const char *stored_name)
{
	const char *instead = "", *suffix;
	size_t n = strlen(path);
	char *out = NULL;

	if (opt->mode == OCR_OUTPUTS_COMPRESS) {
		if (asprintf(&out, "%s%s", path, opt->suffix) < 0)
			return NULL;
		return out;
	}
	if (opt->is_name_used && stored_name != NULL) {
		stored_name = base_name(stored_name);
		if (*stored_name != '\0' && strcmp(stored_name, ".") != 0 &&
		    strcmp(stored_name, "..") != 0) {
			n = (size_t)(base_name(path) - path);
			if (asprintf(&out, "%.*s%s", (int)n, path,
				stored_name) < 0)
				return NULL;
			return out;
		}
	}
	suffix = find_suffix(opt, path, &instead);
	if (suffix != NULL)
		n -= strlen(suffix);
	if (asprintf(&out, "%.*s%s", (int)n, path, instead) < 0)
		return NULL;
	return out;
}

int
ocr_outputs_init(struct ocr_outputs *o, const struct ocr_outputs_opt *opt,
    struct ocr_ui *ui, struct ocr_err *err)
{
	*o = (struct ocr_outputs){.opt = opt, .ui = ui};
	if (opt->mode == OCR_OUTPUTS_TEST || !opt->is_single)
		return 0;
	o->has_single = true;
	o->single.is_synced = opt->is_synced;
	o->single.is_partial_kept = opt->is_partial_kept;
	return ocr_output_open(&o->single, opt->path,
	    opt->is_forced ? OCR_EXISTS_REPLACE : OCR_EXISTS_ERROR, err);
}

static bool
is_stdin(const struct ocr_origin *origin)
{
	return strcmp(origin->name, "-") == 0;
}

int
ocr_outputs_begin(struct ocr_outputs *o, struct ocr_origin *origin,
    const char *name, int64_t mtime_s, struct ocr_err *err)
{
	const struct ocr_outputs_opt *opt = o->opt;
	char *path;
	int r;

	o->origin = ocr_origin_ref(origin);
	o->out = NULL;
	o->is_discarding = opt->mode == OCR_OUTPUTS_TEST;
	if (o->is_discarding)
		return 0;
	if (!o->has_single && is_stdin(origin)) {
		r = ocr_output_open(&o->single, NULL, OCR_EXISTS_ERROR, err);
		if (r < 0)
			goto fail;
		o->has_single = true;
	}
	if (opt->is_single || is_stdin(origin)) {
		o->out = &o->single;
		o->n_started = o->out->n_bytes;
		return 0;
	}
	if (opt->is_name_used && mtime_s > 0) {
		origin->mtime_s = mtime_s;
		origin->mtime_ns = 0;
		origin->has_mtime = true;
	}
	path = result_path(opt, origin->name, name);
	if (path == NULL) {
		r = ocr_err_nomem(err);
		goto fail;
	}
	o->file = (struct ocr_output){
	    .is_synced = opt->is_synced,
	    .is_partial_kept = opt->is_partial_kept,
	};
	r = ocr_output_open(&o->file, path,
	    opt->is_forced ? OCR_EXISTS_REPLACE : OCR_EXISTS_ERROR, err);
	free(path);
	if (r < 0)
		goto fail;
	o->out = &o->file;
	o->n_started = 0;
	return 0;
fail:
	o->is_discarding = true;
	return r;
}

int
ocr_outputs_write(struct ocr_outputs *o, const void *buf, size_t len,
    struct ocr_err *err)
{
	if (o->is_discarding)
		return 0;
	return ocr_output_write(o->out, buf, len, err);
}

/* Remove the input, but only if its name still means the file we read. */
static void
remove_input(struct ocr_outputs *o)
{
	struct stat by_name, by_fd;
	const char *path = o->origin->name;

	if (lstat(path, &by_name) < 0 || fstat(o->origin->fd, &by_fd) < 0)
		return;
	/* With -f the name may be a link: it goes, its target stays. */
	if (S_ISREG(by_name.st_mode) && (by_name.st_dev != by_fd.st_dev ||
					    by_name.st_ino != by_fd.st_ino)) {
		ocr_ui_warn(o->ui,
		    "%s: not removed: it was replaced while it "
		    "was read",
		    path);
		return;
	}
	if (unlink(path) < 0)
		ocr_ui_warn(o->ui, "cannot remove %s: %m", path);
}

/* gzip's -v line: how much smaller the compressed side is. */
static void
say_done(struct ocr_outputs *o, uint64_t in_bytes, uint64_t out_bytes)
{
	const struct ocr_outputs_opt *opt = o->opt;
	uint64_t raw = in_bytes, packed = out_bytes;
	double saved;

	if (opt->mode == OCR_OUTPUTS_TEST) {
		ocr_ui_note(o->ui, "%s: ok", ocr_origin_label(o->origin));
		return;
	}
	if (opt->mode == OCR_OUTPUTS_DECOMPRESS) {
		raw = out_bytes;
		packed = in_bytes;
	}
	saved = raw > 0 ? 100.0 - 100.0 * (double)packed / (double)raw : 0;
	if (o->out == &o->file)
		ocr_ui_note(o->ui, "%s: %.1f%% -- %s %s", o->origin->name,
		    saved, opt->is_kept ? "created" : "replaced with",
		    o->file.path);
	else
		ocr_ui_note(o->ui, "%s: %.1f%%", ocr_origin_label(o->origin),
		    saved);
}

int
ocr_outputs_end(struct ocr_outputs *o, bool is_ok, uint64_t in_bytes,
    struct ocr_err *err)
{
	uint64_t n = o->out != NULL ? o->out->n_bytes - o->n_started : 0;
	bool is_removed = false;
	int r = 0;

	if (o->origin == NULL)
		return 0;
	if (!is_ok || (o->is_discarding && o->opt->mode != OCR_OUTPUTS_TEST)) {
		o->n_failed++;
		if (o->out == &o->file)
			ocr_output_abort(&o->file);
		goto out;
	}
	if (o->out == &o->file) {
		ocr_output_set_meta(&o->file, o->origin);
		/* Commit frees the path that say_done() prints. */
		say_done(o, in_bytes, n);
		is_removed = !o->opt->is_kept && !o->file.is_stdout;
		r = ocr_output_commit(&o->file, err);
	} else {
		say_done(o, in_bytes, n);
	}
	if (r < 0)
		o->n_failed++;
	else if (is_removed)
		remove_input(o);
	o->n_bytes += o->out == &o->file ? n : 0;
out:
	o->out = NULL;
	ocr_origin_unref(o->origin);
	o->origin = NULL;
	return r;
}

int
ocr_outputs_finish(struct ocr_outputs *o, bool is_ok, struct ocr_err *err)
{
	int r = 0;

	if (o->origin != NULL)
		ocr_outputs_end(o, false, 0, err);
	if (!o->has_single)
		return 0;
	o->n_bytes += o->single.n_bytes;
	if (is_ok)
		r = ocr_output_commit(&o->single, err);
	else
		ocr_output_abort(&o->single);
	o->has_single = false;
	return r;
}

static int
skip(struct ocr_ui *ui, const char *path, const char *why)
{
	ocr_ui_warn(ui, "%s: skipped: %s", path, why);
	return 0;
}

int
ocr_outputs_accept(const struct ocr_outputs_opt *opt, struct ocr_ui *ui,
    const char *path, int fd)
{
	const char *instead, *suffix;
	struct stat st;

	if (opt->is_single || opt->mode == OCR_OUTPUTS_TEST ||
	    strcmp(path, "-") == 0)
		return 1;
	suffix = find_suffix(opt, path, &instead);
	if (opt->mode == OCR_OUTPUTS_COMPRESS && suffix != NULL &&
	    !opt->is_forced) {
		ocr_ui_warn(ui, "%s: skipped: it already has the suffix %s",
		    path, suffix);
		return 0;
	}
	if (opt->mode == OCR_OUTPUTS_DECOMPRESS && suffix == NULL)
		return skip(ui, path, "unknown suffix");
	if (opt->is_forced)
		return 1;
	if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		return skip(ui, path, "it is a symbolic link");
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return skip(ui, path, "not a regular file");
	if (st.st_nlink > 1 && !opt->is_kept) {
		ocr_ui_warn(ui, "%s: skipped: it has %lu other link%s", path,
		    (unsigned long)st.st_nlink - 1, st.st_nlink > 2 ? "s" : "");
		return 0;
	}
	return 1;
}
