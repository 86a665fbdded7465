/*
 * xrt_host.c - a small XRT program for tests/softcard.bats
 *
 *	xrt_host vadd [CARDS]   t_vadd on each unit of each card
 *	xrt_host types          t_types: arguments by value of all sizes
 *	xrt_host count          t_count: its registers while it runs
 *	xrt_host link           t_read to t_write by streams, in host memory
 *	xrt_host own            each unit of t_own_1 to t_own_5 has a run of its
 *	                        own, and another that waits for it
 *	xrt_host hold           load a card, say so, wait for ever
 *
 * XRT's C API is loaded, not linked; $OCR_XCLBIN is the file.  Exit 1 with a
 * line on stderr when something is not as it should be.
 */
#include "config.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/xclbin.h"

#define N 10000
#define COMPLETED 4 /* ERT_CMD_STATE_COMPLETED */
#define TO_CARD 0   /* XCL_BO_SYNC_BO_TO_DEVICE */
#define FROM_CARD 1

struct api {
	void *(*device_open)(unsigned i);
	int (*device_close)(void *d);
	int (*device_load)(void *d, const char *path);
	void *(
	    *kernel_open)(void *d, const unsigned char *uuid, const char *name);
	int (*kernel_close)(void *k);
	int (*kernel_group)(void *k, int arg);
	unsigned (*kernel_offset)(void *k, int arg);
	int (*kernel_read)(void *k, unsigned offset, unsigned *value);
	int (*kernel_write)(void *k, unsigned offset, unsigned value);
	void *(*run_open)(void *k);
	int (*run_set)(void *r, int arg, ...);
	int (*run_start)(void *r);
	int (*run_wait)(void *r, unsigned ms);
	int (*run_close)(void *r);
	void *(*bo_alloc)(void *d, size_t n, uint64_t flags, unsigned grp);
	int (*bo_free)(void *b);
	int (*bo_sync)(void *b, int way, size_t n, size_t at);
	void *(*bo_map)(void *b);
	unsigned (*count)(void);
};

struct host {
	struct api x;
	struct ocr_xclbin file;
	void *device;
};

static void
need(int held, const char *what)
{
	if (held)
		return;
	fprintf(stderr, "xrt_host: %s\n", what);
	_exit(1);
}

static void
load_api(struct api *x)
{
	static const char *const names[] = {"xrtDeviceOpen", "xrtDeviceClose",
	    "xrtDeviceLoadXclbinFile", "xrtPLKernelOpenExclusive",
	    "xrtKernelClose", "xrtKernelArgGroupId", "xrtKernelArgOffset",
	    "xrtKernelReadRegister", "xrtKernelWriteRegister", "xrtRunOpen",
	    "xrtRunSetArg", "xrtRunStart", "xrtRunWaitFor", "xrtRunClose",
	    "xrtBOAlloc", "xrtBOFree", "xrtBOSync", "xrtBOMap"};
	void *lib = dlopen("libxrt_coreutil.so.2", RTLD_NOW | RTLD_GLOBAL);
	unsigned (*enumerate)(void);
	void *f;

	need(lib != NULL, "no XRT");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		f = dlsym(lib, names[i]);
		need(f != NULL, names[i]);
		memcpy((char *)x + i * sizeof(f), &f, sizeof(f));
	}
	/* loads the emulation, which has xclProbe */
	f = dlsym(lib, "_ZN3xrt6system17enumerate_devicesEv");
	need(f != NULL, "enumerate_devices");
	memcpy(&enumerate, &f, sizeof(f));
	(void)enumerate();
	f = dlsym(RTLD_DEFAULT, "xclProbe");
	need(f != NULL, "xclProbe");
	memcpy(&x->count, &f, sizeof(f));
}

/* XRT's own handlers for these would kill our process group. */
static void
load_card(struct host *h, unsigned card)
{
	static const int sigs[] = {SIGSEGV, SIGFPE, SIGABRT, SIGUSR1, SIGCHLD};
	struct sigaction old[5];

	h->device = h->x.device_open(card);
	need(h->device != NULL, "no card");
	for (int i = 0; i < 5; i++)
		sigaction(sigs[i], NULL, &old[i]);
	need(h->x.device_load(h->device, getenv("OCR_XCLBIN")) == 0, "no load");
	for (int i = 0; i < 5; i++)
		sigaction(sigs[i], &old[i], NULL);
}

static void *
open_unit(struct host *h, const char *kernel, size_t i)
{
	const struct ocr_xclbin_unit *u =
	    ocr_xclbin_find_unit(&h->file, kernel, i);
	char name[160];
	void *k;

	need(u != NULL, kernel);
	snprintf(name, sizeof(name), "%s:{%s}", kernel, u->name);
	k = h->x.kernel_open(h->device, h->file.uuid, name);
	need(k != NULL, name);
	return k;
}

static void *
new_buffer(struct host *h, void *kernel, int arg, size_t bytes)
{
	void *b = h->x.bo_alloc(h->device, bytes, 0,
	    (unsigned)h->x.kernel_group(kernel, arg));

	need(b != NULL, "no buffer");
	return b;
}

static void
run_vadd(struct host *h, size_t unit)
{
	void *k = open_unit(h, "t_vadd", unit), *r = h->x.run_open(k), *b[3];
	unsigned *p[3];

	for (int i = 0; i < 3; i++) {
		b[i] = new_buffer(h, k, i, N * sizeof(unsigned));
		p[i] = h->x.bo_map(b[i]);
		for (unsigned j = 0; j < N; j++)
			p[i][j] = i < 2 ? j * (unsigned)(i + 1) : 7;
		h->x.bo_sync(b[i], TO_CARD, N * sizeof(unsigned), 0);
		need(h->x.run_set(r, i, b[i]) == 0, "argument");
	}
	need(h->x.run_set(r, 3, N) == 0, "argument");
	need(h->x.run_start(r) == 0, "start");
	need(h->x.run_wait(r, 5000) == COMPLETED, "not done");
	h->x.bo_sync(b[2], FROM_CARD, N * sizeof(unsigned), 0);
	for (unsigned j = 0; j < N; j++)
		need(p[2][j] == 3 * j, "wrong sum");
	h->x.run_close(r);
	for (int i = 0; i < 3; i++)
		h->x.bo_free(b[i]);
	h->x.kernel_close(k);
}

static void
vadd(struct host *h, unsigned n_cards)
{
	size_t n = ocr_xclbin_count_units(&h->file, "t_vadd");

	need(h->x.count() == n_cards, "another number of cards");
	for (unsigned c = 0; c < n_cards; c++) {
		load_card(h, c);
		for (size_t i = 0; i < n; i++)
			run_vadd(h, i);
		h->x.device_close(h->device);
	}
	printf("%u cards, %zu units each: all sums right\n", n_cards, n);
}

static void
types(struct host *h)
{
	void *k, *r, *b;
	double *p;

	load_card(h, 0);
	k = open_unit(h, "t_types", 0);
	r = h->x.run_open(k);
	b = new_buffer(h, k, 5, 5 * sizeof(*p));
	p = h->x.bo_map(b);
	need(h->x.run_set(r, 0, 200) == 0 && h->x.run_set(r, 1, -300) == 0 &&
		 h->x.run_set(r, 2, UINT64_C(1) << 40) == 0 &&
		 h->x.run_set(r, 3, 0.5) == 0 &&
		 h->x.run_set(r, 4, 1e100) == 0 && h->x.run_set(r, 5, b) == 0,
	    "argument");
	need(h->x.run_start(r) == 0 && h->x.run_wait(r, 5000) == COMPLETED,
	    "not done");
	h->x.bo_sync(b, FROM_CARD, 5 * sizeof(*p), 0);
	printf("%g %g %g %g %g\n", p[0], p[1], p[2], p[3], p[4]);
	h->x.run_close(r);
	h->x.bo_free(b);
	h->x.kernel_close(k);
	h->x.device_close(h->device);
}

static void
count(struct host *h)
{
	unsigned start = 0, end = 0, *p, at_start, at_end, n = 0;
	void *k, *r, *b;

	load_card(h, 0);
	k = open_unit(h, "t_count", 0);
	r = h->x.run_open(k);
	b = new_buffer(h, k, 2, N * sizeof(*p));
	p = h->x.bo_map(b);
	memset(p, 0, N * sizeof(*p));
	h->x.bo_sync(b, TO_CARD, N * sizeof(*p), 0);
	at_start = h->x.kernel_offset(k, 0);
	at_end = h->x.kernel_offset(k, 1);
	need(h->x.run_set(r, 0, 5) == 0 && h->x.run_set(r, 1, N) == 0 &&
		 h->x.run_set(r, 2, b) == 0 && h->x.run_start(r) == 0,
	    "start");
	while (start < 10)
		need(h->x.kernel_read(k, at_start, &start) == 0, "register");
	need(h->x.kernel_read(k, at_end, &end) == 0 && end == N, "end");
	need(h->x.kernel_write(k, at_end, 500) == 0, "register");
	need(h->x.run_wait(r, 20000) == COMPLETED, "not done");
	need(h->x.kernel_read(k, at_start, &end) == 0, "register");
	h->x.bo_sync(b, FROM_CARD, N * sizeof(*p), 0);
	for (unsigned i = 0; i < N; i++)
		n += p[i] == i + 1;
	printf("offsets 0x%x 0x%x; stopped at %u, %u done\n", at_start, at_end,
	    end, n);
	h->x.run_close(r);
	h->x.bo_free(b);
	h->x.kernel_close(k);
	h->x.device_close(h->device);
}

/* Start a kernel on this buffer, n words of it. */
static void *
start_on(struct host *h, void *kernel, void *buffer, unsigned n)
{
	void *r = h->x.run_open(kernel);

	need(h->x.run_set(r, 0, buffer) == 0 && h->x.run_set(r, 1, n) == 0 &&
		 h->x.run_start(r) == 0,
	    "start");
	return r;
}

static unsigned
count_right(const unsigned *p)
{
	unsigned n = 0;

	for (unsigned i = 0; i < N; i++)
		n += p[i] == i + 2;
	return n;
}

/* Nothing is copied: XRT knows such buffers as host_only. */
static void
run_linked(struct host *h)
{
	void *k[2], *r[2], *b[2];
	unsigned *p[2], at_once;

	load_card(h, 0);
	k[0] = open_unit(h, "t_read", 0);
	k[1] = open_unit(h, "t_write", 0);
	for (int i = 0; i < 2; i++) {
		b[i] = new_buffer(h, k[i], 0, N * sizeof(unsigned));
		p[i] = h->x.bo_map(b[i]);
		for (unsigned j = 0; j < N; j++)
			p[i][j] = i == 0 ? j : 0;
	}
	for (int i = 2; i-- > 0;)
		r[i] = start_on(h, k[i], b[i], N);
	for (int i = 0; i < 2; i++)
		need(h->x.run_wait(r[i], 20000) == COMPLETED, "not done");
	at_once = count_right(p[1]);
	h->x.bo_sync(b[1], FROM_CARD, N * sizeof(unsigned), 0);
	printf("%u right, after a sync %u\n", at_once, count_right(p[1]));
	for (int i = 0; i < 2; i++) {
		h->x.run_close(r[i]);
		h->x.bo_free(b[i]);
		h->x.kernel_close(k[i]);
	}
	h->x.device_close(h->device);
}

/* A run on a unit of t_own_N. */
struct own {
	void *kernel, *run[2], *buffer[2];
};

static void
start_own(struct host *h, struct own *o, const struct ocr_xclbin_unit *u)
{
	char name[160];

	snprintf(name, sizeof(name), "%s:{%s}", u->kernel, u->name);
	o->kernel = h->x.kernel_open(h->device, h->file.uuid, name);
	need(o->kernel != NULL, name);
	for (int i = 0; i < 2; i++) {
		o->buffer[i] = new_buffer(h, o->kernel, 1, 4096);
		o->run[i] = h->x.run_open(o->kernel);
		need(h->x.run_set(o->run[i], 0, 20) == 0 &&
			 h->x.run_set(o->run[i], 1, o->buffer[i]) == 0,
		    "argument");
	}
	for (int i = 0; i < 2; i++)
		need(h->x.run_start(o->run[i]) == 0, "start");
}

/* How many of both runs were on another unit. */
static unsigned
end_own(struct host *h, struct own *o, const struct ocr_xclbin_unit *u)
{
	unsigned kernel = 0, unit = 0, n = 0, *p;

	need(sscanf(u->name, "t_own_%u_%u", &kernel, &unit) == 2, u->name);
	for (int i = 0; i < 2; i++) {
		need(h->x.run_wait(o->run[i], 20000) == COMPLETED, "not done");
		p = h->x.bo_map(o->buffer[i]);
		h->x.bo_sync(o->buffer[i], FROM_CARD, 4096, 0);
		n += p[0] != kernel || p[1] != unit - 1;
		h->x.run_close(o->run[i]);
		h->x.bo_free(o->buffer[i]);
	}
	h->x.kernel_close(o->kernel);
	return n;
}

static void
own(struct host *h)
{
	size_t n_units = h->file.n_units;
	struct own *o = calloc(n_units, sizeof(*o));
	unsigned n = 0;

	need(o != NULL, "no memory");
	load_card(h, 0);
	for (size_t i = 0; i < n_units; i++)
		start_own(h, &o[i], &h->file.units[i]);
	for (size_t i = 0; i < n_units; i++)
		n += end_own(h, &o[i], &h->file.units[i]);
	h->x.device_close(h->device);
	free(o);
	printf("%zu units, %u of %zu runs elsewhere\n", n_units, n,
	    2 * n_units);
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "",
		   *path = getenv("OCR_XCLBIN");
	struct ocr_err err = {0};
	struct host h = {.device = NULL};

	need(path != NULL, "no OCR_XCLBIN");
	need(ocr_xclbin_read(&h.file, path, &err) == 0, err.text);
	load_api(&h.x);
	if (strcmp(what, "vadd") == 0)
		vadd(&h, argc > 2 ? (unsigned)atoi(argv[2]) : 1);
	else if (strcmp(what, "types") == 0)
		types(&h);
	else if (strcmp(what, "count") == 0)
		count(&h);
	else if (strcmp(what, "link") == 0)
		run_linked(&h);
	else if (strcmp(what, "own") == 0)
		own(&h);
	else if (strcmp(what, "hold") == 0) {
		load_card(&h, 0);
		puts("ready");
		fflush(stdout);
		for (;;)
			pause();
	} else
		need(0, "what?");
	ocr_xclbin_release(&h.file);
	fflush(stdout);
	_exit(0); /* XRT's destructors are not safe */
}
