/*
 * softcard_card.c - loads an xclbin's parts into a card
 */
#include "config.h"

#include "src/softcard_card.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/crc.h"
#include "common/io.h"
#include "src/softcard_lock.h"
#include "src/xclbin_xml.h"

#define XML_MAX_BYTES ((size_t)64 << 20)
#define OBJECT_MAX_BYTES ((size_t)1 << 30)
#define STREAM_BYTES 4096

/* A whole file in memory. */
struct text {
	char *data;
	size_t len;
};

/* A unit before it is made. */
struct place {
	uint64_t base;
	size_t kernel, unit; /* in the model */
};

int
ocr_softcard_init(struct ocr_softcard *card, struct ocr_err *err)
{
	int r;

	card->program_fd = -1;
	card->done.monitor = ocr_monitor_new();
	if (card->done.monitor == NULL)
		return ocr_err_nomem(err);
	r = ocr_softcard_memory_init(&card->memory, card->options.is_coherent,
	    err);
	if (r < 0)
		ocr_softcard_release(card);
	return r;
}

void
ocr_softcard_release(struct ocr_softcard *card)
{
	ocr_softcard_unload(card);
	ocr_softcard_memory_release(&card->memory);
	ocr_monitor_free(card->done.monitor);
	card->done.monitor = NULL;
}

/* Streams that a function of the object made are its own. */
static void
free_streams(struct ocr_softcard *card)
{
	size_t i;

	for (i = 0; card->streams != NULL && i < card->model.n_streams; i++) {
		if (card->model.streams[i].maker[0] == '\0')
			free(card->streams[i]);
	}
	free(card->streams);
	card->streams = NULL;
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void
ocr_softcard_unload(struct ocr_softcard *card)
{
	int lock_fd;

	while (card->n_units > 0) {
		struct ocr_softcard_unit *u = card->units[--card->n_units];

		lock_fd = ocr_softcard_unit_spec(u)->lock_fd;
		ocr_softcard_unit_free(u);
		close_fd(&lock_fd);
	}
	while (card->n_objects > 0) {
		struct ocr_softcard_object *o =
		    &card->objects[--card->n_objects];

		if (o->handle != NULL)
			dlclose(o->handle);
		close_fd(&o->fd);
	}
	close_fd(&card->program_fd);
	free_streams(card);
	ocr_xmodel_release(&card->model);
	card->model = (struct ocr_xmodel){0};
}

static int
read_file(struct text *t, const char *path, size_t max, struct ocr_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r;
	struct stat st;
	int64_t n;

	if (fd < 0)
		return ocr_err_sys(err, "cannot open '%s'", path);
	if (fstat(fd, &st) < 0) {
		r = ocr_err_sys(err, "cannot read '%s'", path);
		goto out;
	}
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > max) {
		r = ocr_err_set(err, -OCR_EFORMAT,
		    "'%s' is no file of at most %zu bytes", path, max);
		goto out;
	}
	t->data = malloc((size_t)st.st_size + 1);
	if (t->data == NULL) {
		r = ocr_err_nomem(err);
		goto out;
	}
	n = ocr_read_full(fd, t->data, (size_t)st.st_size, path, -1, err);
	r = n < 0 ? (int)n : 0;
	t->len = n < 0 ? 0 : (size_t)n;
out:
	close(fd);
	return r;
}

static int
lock_program(struct ocr_softcard *card, const struct text *xml,
    const struct text *object, struct ocr_err *err)
{
	char program[OCR_SOFTCARD_PROGRAM_BYTES];

	if (card->dir == NULL)
		return 0;
	snprintf(program, sizeof(program), "%08x %08x %zu",
	    (unsigned)ocr_crc32(0, xml->data, xml->len),
	    (unsigned)ocr_crc32(0, object->data, object->len), object->len);
	return ocr_softcard_lock_program(card->dir, card->number, program,
	    &card->program_fd, err);
}

/*
 * The loader takes two files of one name, or of one inode, for the same
 * object, even if the file has changed in between: give it a copy that has
 * neither name nor inode of anything else as long as it is loaded.
 */
static int
open_object(struct ocr_softcard *card, const struct text *object,
    struct ocr_err *err)
{
	struct ocr_softcard_object *o = &card->objects[card->n_objects];
	char path[OCR_SOFTCARD_PATH_BYTES];
	int r;

	o->handle = NULL;
	o->fd = memfd_create("ocr-softcard-kernels", MFD_CLOEXEC);
	if (o->fd < 0)
		return ocr_err_sys(err, "cannot copy the kernels");
	card->n_objects++;
	r = ocr_write_full(o->fd, object->data, object->len,
	    "a copy of the kernels", err);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/proc/%ld/fd/%d", (long)getpid(), o->fd);
	o->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (o->handle == NULL)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "cannot load the kernels: %s", dlerror());
	return 0;
}

static int
compare_places(const void *a, const void *b)
{
	const struct place *p = a, *q = b;

	return p->base < q->base ? -1 : p->base > q->base;
}

/* All units of the model, by base address.  n_places, or a negative code. */
static int
list_places(const struct ocr_xmodel *m, struct place *places,
    struct ocr_err *err)
{
	const struct ocr_xkernel *k;
	size_t n = 0, i, j;

	for (i = 0; i < m->n_kernels; i++) {
		k = &m->kernels[i];
		for (j = 0; j < k->n_units; j++) {
			if (n == OCR_SOFTCARD_MAX_UNITS)
				return ocr_err_set(err, -OCR_ELIMIT,
				    "more than %d units",
				    OCR_SOFTCARD_MAX_UNITS);
			places[n++] = (struct place){.base = k->units[j].base,
			    .kernel = i,
			    .unit = j};
		}
	}
	qsort(places, n, sizeof(*places), compare_places);
	for (i = 1; i < n; i++) {
		if (places[i].base - places[i - 1].base < OCR_XKERNEL_RANGE &&
		    !m->kernels[places[i].kernel].is_free)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "two units share the registers at 0x%llx",
			    (unsigned long long)places[i].base);
	}
	return (int)n;
}

/* What the kernels at both ends of a stream get a pointer to. */
static int
make_stream(struct ocr_softcard *card, size_t i, struct ocr_err *err)
{
	const char *maker = card->model.streams[i].maker;
	void *(*make)(void) = NULL;

	if (maker[0] == '\0') {
		card->streams[i] = calloc(1, STREAM_BYTES);
		return card->streams[i] == NULL ? ocr_err_nomem(err) : 0;
	}
	*(void **)&make = dlsym(card->objects[0].handle, maker);
	if (make == NULL)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "the shared object has no function '%s'", maker);
	card->streams[i] = make();
	return 0;
}

static int
make_streams(struct ocr_softcard *card, struct ocr_err *err)
{
	size_t n = card->model.n_streams, i;
	int r = 0;

	if (n == 0)
		return 0;
	card->streams = calloc(n, sizeof(*card->streams));
	if (card->streams == NULL)
		return ocr_err_nomem(err);
	for (i = 0; r == 0 && i < n; i++)
		r = make_stream(card, i, err);
	return r;
}

static bool
is_end(const struct ocr_xend *end, const struct ocr_xunit *u,
    const struct ocr_xarg *a)
{
	return strcmp(end->unit, u->name) == 0 &&
	       strcmp(end->arg, a->name) == 0;
}

static int
wire(struct ocr_softcard *card, struct ocr_softcard_wiring *w,
    const struct ocr_xkernel *k, const struct ocr_xunit *u, struct ocr_err *err)
{
	const struct ocr_xmodel *m = &card->model;
	size_t a, i;
	bool has_host = false;

	for (a = 0; a < k->n_args && a < OCR_XKERNEL_MAX_ARGS; a++) {
		w->is_host[a] = ocr_xunit_is_host(u, &k->args[a]);
		has_host |= w->is_host[a];
		for (i = 0; i < m->n_streams; i++) {
			if (is_end(&m->streams[i].from, u, &k->args[a]) ||
			    is_end(&m->streams[i].to, u, &k->args[a]))
				w->streams[a] = card->streams[i];
		}
	}
	return has_host ? ocr_softcard_memory_map_host(&card->memory, err) : 0;
}

/* That are there already. */
static unsigned
count_units(const struct ocr_softcard *card, const struct ocr_xkernel *k)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < card->n_units; i++)
		n += ocr_softcard_unit_spec(card->units[i])->kernel == k;
	return n;
}

static int
add_unit(struct ocr_softcard *card, const struct place *p,
    const struct text *object, struct ocr_err *err)
{
	const struct ocr_xkernel *k = &card->model.kernels[p->kernel];
	struct ocr_softcard_unit_spec spec = {
	    .kernel = k,
	    .name = k->units[p->unit].name,
	    .base = p->base,
	    .card = card->number,
	    .index = (unsigned)card->n_units,
	    .peer = count_units(card, k),
	    .options = &card->options,
	    .memory = &card->memory,
	    .done = &card->done,
	    .ui = &card->ui,
	    .lock_fd = -1,
	};
	int r = 0;

	if (spec.peer == card->n_objects)
		r = open_object(card, object, err);
	if (r < 0)
		return r;
	/* POSIX: the one way from dlsym to a function. */
	*(void **)&spec.fn = dlsym(card->objects[spec.peer].handle, k->name);
	if (spec.fn == NULL)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "the shared object has no function '%s'", k->name);
	r = wire(card, &spec.wiring, k, &k->units[p->unit], err);
	if (r < 0)
		return r;
	/* A free one never ends: other programs' run beside it. */
	if (card->dir != NULL && !k->is_free) {
		r = ocr_softcard_lock_unit(card->dir, card->number, spec.name,
		    &spec.lock_fd, err);
		if (r < 0)
			return r;
	}
	r = ocr_softcard_unit_new(&card->units[card->n_units], &spec, err);
	if (r < 0)
		close_fd(&spec.lock_fd);
	else
		card->n_units++;
	return r;
}

static int
load(struct ocr_softcard *card, const struct text *xml,
    const struct text *object, struct ocr_err *err)
{
	struct place places[OCR_SOFTCARD_MAX_UNITS];
	int n, i, r;

	r = lock_program(card, xml, object, err);
	if (r < 0)
		return r;
	r = ocr_xclbin_xml_read(&card->model, xml->data, xml->len, err);
	if (r < 0)
		return r;
	r = open_object(card, object, err);
	if (r < 0)
		return r;
	n = list_places(&card->model, places, err);
	r = n < 0 ? n : make_streams(card, err);
	for (i = 0; i < n && r >= 0; i++)
		r = add_unit(card, &places[i], object, err);
	return r;
}

int
ocr_softcard_load(struct ocr_softcard *card, const char *xml_path,
    const char *object_path, struct ocr_err *err)
{
	struct text xml = {0}, object = {0};
	int r;

	ocr_softcard_unload(card);
	r = read_file(&xml, xml_path, XML_MAX_BYTES, err);
	if (r == 0)
		r = read_file(&object, object_path, OBJECT_MAX_BYTES, err);
	if (r == 0)
		r = load(card, &xml, &object, err);
	if (r < 0)
		ocr_softcard_unload(card);
	free(xml.data);
	free(object.data);
	return r;
}

struct ocr_softcard_unit *
ocr_softcard_find(const struct ocr_softcard *card, uint64_t address,
    uint64_t *offset)
{
	const struct ocr_softcard_unit_spec *spec;
	size_t i;

	for (i = 0; i < card->n_units; i++) {
		spec = ocr_softcard_unit_spec(card->units[i]);
		if (address >= spec->base &&
		    address - spec->base < OCR_XKERNEL_RANGE) {
			*offset = address - spec->base;
			return card->units[i];
		}
	}
	return NULL;
}

bool
ocr_softcard_is_busy(const struct ocr_softcard *card)
{
	size_t i;

	for (i = 0; i < card->n_units; i++) {
		if (ocr_softcard_unit_is_busy(card->units[i]))
			return true;
	}
	return false;
}
