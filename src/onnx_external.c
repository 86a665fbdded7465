/*
 * onnx_external.c - data of constants in files of the model's folder
 *
 * A model from a stranger must not read /etc/passwd into its scores: no
 * absolute names, no "..", no links on the way.
 */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io.h"
#include "src/onnx_impl.h"

/* Constants may share bytes of a file: it does not bound their sum. */
#define MAX_EXTERNAL ((uint64_t)8 << 30)

struct place {
	const char *file;
	uint64_t at, len;
	bool has_len;
};

/* Open one part of the path after the other; closes nothing but its own. */
static int
open_below(int folder, const char *path)
{
	int fd = folder, next;
	size_t len;
	char part[256];
	bool is_last;

	for (;;) {
		len = strcspn(path, "/");
		is_last = path[len] == '\0';
		next = -1;
		if (len > 0 && len < sizeof(part)) {
			memcpy(part, path, len);
			part[len] = '\0';
			if (strcmp(part, "..") != 0)
				next = openat(fd, part,
				    O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
					O_CLOEXEC |
					(is_last ? 0 : O_DIRECTORY));
		}
		if (fd != folder)
			close(fd);
		if (is_last || next < 0)
			return next;
		fd = next;
		path += len + 1;
	}
}

static bool
parse_number(uint64_t *out, const char *text)
{
	*out = 0;
	if (*text == '\0')
		return false;
	for (; *text >= '0' && *text <= '9'; text++) {
		if (*out > UINT64_MAX / 16)
			return false;
		*out = *out * 10 + (uint64_t)(*text - '0');
	}
	return *text == '\0';
}

static int
find_place(struct place *p, const struct ocr_onnx *x,
    const Onnx__TensorProto *from, struct ocr_err *err)
{
	const char *key, *value;
	bool is_good = true;
	size_t i;

	for (i = 0; i < from->n_external_data; i++) {
		key = from->external_data[i]->key;
		value = from->external_data[i]->value;
		if (key == NULL || value == NULL)
			continue;
		if (strcmp(key, "location") == 0)
			p->file = value;
		else if (strcmp(key, "offset") == 0)
			is_good = is_good && parse_number(&p->at, value);
		else if (strcmp(key, "length") == 0)
			p->has_len = is_good =
			    is_good && parse_number(&p->len, value);
	}
	if (p->file == NULL || !is_good)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: constant '%.80s': bad place of external data", x->file,
		    from->name == NULL ? "" : from->name);
	return 0;
}

static int
refuse(const struct ocr_onnx *x, const char *file, const char *why,
    struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT, "%s: external data '%.80s': %s",
	    x->file, file, why);
}

int
ocr_onnx_external_check(const struct ocr_onnx *x, const Onnx__TensorProto *from,
    bool *is_outside, struct ocr_err *err)
{
	const Onnx__StringStringEntryProto *e;
	struct stat st;
	bool is_good;
	size_t i;
	int fd;

	/* Whoever reads it may take another location than the last, or not ask
	 * for data_location. */
	*is_outside = from->n_external_data > 0;
	for (i = 0; i < from->n_external_data; i++) {
		e = from->external_data[i];
		if (e->key == NULL || strcmp(e->key, "location") != 0)
			continue;
		fd = -1;
		/* Names with a star are addresses in memory to ONNX Runtime. */
		if (x->folder >= 0 && e->value != NULL &&
		    strchr(e->value, '*') == NULL)
			fd = open_below(x->folder, e->value);
		is_good = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
		if (fd >= 0)
			close(fd);
		if (!is_good)
			return refuse(x, e->value == NULL ? "" : e->value,
			    "no such file below the model's folder", err);
	}
	return 0;
}

int
ocr_onnx_external(struct ocr_onnx *x, const Onnx__TensorProto *from, void **to,
    uint64_t len, struct ocr_err *err)
{
	struct place p = {0};
	struct stat st;
	int64_t got = 0;
	int fd = -1, r = find_place(&p, x, from, err);

	if (r < 0)
		return r;
	if (x->folder >= 0)
		fd = open_below(x->folder, p.file);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		r = refuse(x, p.file, "no such file below the model's folder",
		    err);
	} else if ((p.has_len && p.len != len) || p.at > (uint64_t)st.st_size ||
		   len > (uint64_t)st.st_size - p.at) {
		r = refuse(x, p.file, "another size than the constant has",
		    err);
	} else if (len > MAX_EXTERNAL - x->n_external) {
		r = refuse(x, p.file, "more than 8 GiB in all", err);
	} else {
		x->n_external += len;
		*to = ocr_net_alloc(x->net, len, err);
		if (*to != NULL)
			got = ocr_pread_full(fd, *to, (size_t)len, p.at, p.file,
			    err);
		if (*to == NULL || got < 0)
			r = *to == NULL ? -OCR_ENOMEM : (int)got;
		else if (got != (int64_t)len)
			r = refuse(x, p.file, "it got shorter", err);
	}
	if (fd >= 0)
		close(fd);
	return r;
}
