/*
 * xclbin_path.c - see xclbin_path.h
 */
#include "config.h"

#include "common/xclbin_path.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/xclbin_layout.h"

static int
add_file(struct ocr_xclbin_path *p, const char *path, struct ocr_ui *ui,
    struct ocr_err *err)
{
	struct ocr_err why = {0};
	struct ocr_xclbin x;
	void *files, *paths;
	char *copy;

	if (ocr_xclbin_read(&x, path, &why) < 0) {
		if (ui != NULL)
			ocr_ui_warn(ui, "%s", why.text);
		return 0;
	}
	files = realloc(p->files, (p->n + 1) * sizeof(*p->files));
	if (files != NULL)
		p->files = files;
	paths = realloc(p->paths, (p->n + 1) * sizeof(*p->paths));
	if (paths != NULL)
		p->paths = paths;
	copy = strdup(path);
	if (files == NULL || paths == NULL || copy == NULL) {
		free(copy);
		ocr_xclbin_release(&x);
		return ocr_err_nomem(err);
	}
	p->files[p->n] = x;
	p->paths[p->n++] = copy;
	return 0;
}

static int
has_ending(const struct dirent *e)
{
	static const char ending[] = ".xclbin";
	size_t len = strlen(e->d_name), n = sizeof(ending) - 1;

	return len > n && strcmp(e->d_name + len - n, ending) == 0;
}

static int
add_dir(struct ocr_xclbin_path *p, const char *dir, struct ocr_ui *ui,
    struct ocr_err *err)
{
	struct dirent **list;
	int n = scandir(dir, &list, has_ending, alphasort), r = 0;
	char *path;

	if (n < 0)
		return ocr_err_sys(err, "cannot read '%s'", dir);
	for (int i = 0; i < n; i++) {
		if (r == 0 &&
		    asprintf(&path, "%s/%s", dir, list[i]->d_name) < 0) {
			r = ocr_err_nomem(err);
		} else if (r == 0) {
			r = add_file(p, path, ui, err);
			free(path);
		}
		free(list[i]);
	}
	free(list);
	return r;
}

int
ocr_xclbin_path_add(struct ocr_xclbin_path *p, const char *text,
    struct ocr_ui *ui, struct ocr_err *err)
{
	struct stat st;
	char *path;
	size_t n;
	int r = 0;

	for (; r == 0 && *text != '\0'; text += n + (text[n] == ':')) {
		n = strcspn(text, ":");
		if (n == 0)
			continue;
		path = strndup(text, n);
		if (path == NULL)
			return ocr_err_nomem(err);
		if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
			r = add_dir(p, path, ui, err);
		else
			r = add_file(p, path, ui, err);
		free(path);
	}
	return r;
}

void
ocr_xclbin_path_release(struct ocr_xclbin_path *p)
{
	for (size_t i = 0; i < p->n; i++) {
		ocr_xclbin_release(&p->files[i]);
		free(p->paths[i]);
	}
	free(p->files);
	free(p->paths);
	*p = (struct ocr_xclbin_path){0};
}

/* "xilinx_u250" of "xilinx_u250_gen3x16_xdma_shell_4_1": the card and the file
 * name the rest each in its way.  0: there is no such part. */
static size_t
board_len(const char *name)
{
	const char *first = strchr(name, '_');
	const char *second = first == NULL ? NULL : strchr(first + 1, '_');

	return second == NULL ? 0 : (size_t)(second - name);
}

static bool
is_hw_emu(const struct ocr_xclbin *x)
{
	return x->mode == OCR_AXLF_HW_EMU || x->mode == OCR_AXLF_HW_EMU_PR;
}

bool
ocr_xclbin_fits(const struct ocr_xclbin *x, const struct ocr_device *d,
    char *why, size_t n)
{
	size_t len = board_len(d->label);

	if (x->is_emulation != d->is_emulated)
		snprintf(why, n, "is for %s",
		    x->is_emulation ? "emulation" : "hardware");
	else if (d->is_emulated && is_hw_emu(x) != d->is_hw_emu)
		snprintf(why, n, "is for %s emulation",
		    is_hw_emu(x) ? "hardware" : "software");
	else if (!d->is_emulated && len > 0 && board_len(x->platform) > 0 &&
		 strncmp(d->label, x->platform, len + 1) != 0)
		snprintf(why, n, "is for %s", x->platform);
	else
		return true;
	return false;
}
