/*
 * test_images.c - archives, files, lists, fixed records and chunk streams as
 * records
 *
 * Each case writes files into a folder of its own and compares all that comes
 * out, one line a record: "name truth bytes" or "name ! message".
 */
#include "config.h"

#include "src/images.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "common/frame.h"
#include "tests/unit/image_make.h"
#include "tests/unit/tap.h"

struct box {
	char text[65536];
	size_t n;
	size_t n_chunks, n_records, largest;
	int status;
	struct ocr_err err;
};

static void __attribute__((format(printf, 2, 3)))
say(struct box *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	b->n +=
	    (size_t)vsnprintf(b->text + b->n, sizeof(b->text) - b->n, fmt, ap);
	va_end(ap);
	if (b->n >= sizeof(b->text))
		abort();
}

static void
put_file(const char *name, const void *p, size_t n)
{
	FILE *f = fopen(name, "wb");

	if (f == NULL || fwrite(p, 1, n, f) != n || fclose(f) != 0)
		abort();
}

static void
put_gzip(const char *name, const void *p, size_t n)
{
	gzFile f = gzopen(name, "wb");

	if (f == NULL || gzwrite(f, p, (unsigned)n) != (int)n ||
	    gzclose(f) != Z_OK)
		abort();
}

static int
take(struct ocr_room *room, struct ocr_chunk *c, size_t cap,
    struct ocr_err *err)
{
	(void)room;
	(void)err;
	if (cap > c->cap) {
		free(c->data);
		c->data = malloc(cap);
		c->cap = cap;
	}
	return c->data != NULL ? 0 : -OCR_ENOMEM;
}

static void
show(struct box *b, const struct ocr_record *rec)
{
	int n = (int)rec->n_name;

	b->n_records++;
	if (rec->status < 0)
		say(b, "%.*s ! %.*s\n", n, rec->name, (int)rec->n_bytes,
		    (const char *)rec->bytes);
	else
		say(b, "%.*s %d %zu %u\n", n, rec->name, rec->truth,
		    rec->n_bytes, rec->shape.c);
}

/* A payload is copied, so that what is read behind it shows. */
static int
show_chunk(struct box *b, const struct ocr_images *im, struct ocr_chunk *c)
{
	struct ocr_chunk copy;
	struct ocr_records it;
	struct ocr_record rec;
	int r = ocr_chunk_load(c, &b->err);

	copy = *c;
	copy.data = malloc(c->len + 1);
	memcpy(copy.data, c->data, c->len);
	b->n_chunks++;
	b->largest = c->len > b->largest ? c->len : b->largest;
	ocr_records_begin(&it, im, &copy);
	if (r == 0)
		while ((r = ocr_records_next(&it, &rec, &b->err)) > 0)
			show(b, &rec);
	free(copy.data);
	return r;
}

static void
run(struct box *b, const struct ocr_images_opt *opt)
{
	struct ocr_ui ui = {.tool = "test", .verbosity = OCR_QUIET};
	struct ocr_images_opt o = *opt;
	struct ocr_room room = {.take = take, .grow = take};
	struct ocr_chunk c = {.room = &room};
	struct ocr_images *im;
	struct ocr_source *s;
	uint32_t i;
	int r;

	memset(b, 0, sizeof(*b));
	o.ui = &ui;
	c.data = malloc(OCR_CHUNK_MIN_CAP);
	c.cap = OCR_CHUNK_MIN_CAP;
	r = ocr_images_open(&im, &o, &b->err);
	if (r == 0) {
		s = ocr_images_source(im);
		for (;;) {
			ocr_chunk_reset(&c);
			r = s->next(s, &c, &b->err);
			if (r <= 0)
				break;
			if (c.kind == OCR_CHUNK_DATA)
				r = show_chunk(b, im, &c);
			if (r < 0)
				break;
		}
		for (i = 0; i < ocr_images_n_classes(im); i++)
			say(b, "class %u %s\n", i, ocr_images_class(im, i));
	}
	b->status = r;
	ocr_chunk_reset(&c);
	free(c.data);
	ocr_images_free(im);
}

static void
is_all(const struct box *b, const char *want, const char *name)
{
	if (!ok(b->status == 0 && strcmp(b->text, want) == 0, "%s", name))
		diag("status %d (%s), got:\n%s", b->status, b->err.text,
		    b->text);
}

/* One path, or standard input from a file or a pipe. */
enum from { PATH, FILE_IN, PIPE_IN };

static void
run_from(struct box *b, const struct ocr_images_opt *opt, const char *path,
    enum from from)
{
	struct ocr_images_opt o = *opt;
	char *paths[] = {(char *)(uintptr_t)path};
	char command[256];
	FILE *p;

	if (from == PATH) {
		o.paths = paths;
		o.n_paths = 1;
		run(b, &o);
		return;
	}
	fflush(stdout);
	snprintf(command, sizeof(command), "cat '%s'", path);
	p = from == PIPE_IN ? popen(command, "r") : fopen(path, "r");
	if (p == NULL || dup2(fileno(p), STDIN_FILENO) < 0 ||
	    (from == FILE_IN && lseek(STDIN_FILENO, 0, SEEK_SET) < 0))
		abort();
	run(b, &o);
	if (from == PIPE_IN) {
		close(STDIN_FILENO);
		pclose(p);
	} else {
		fclose(p);
	}
}

static struct image_file
small_png(void)
{
	uint8_t *p = image_pixels(4, 3, 3);
	struct image_file f = image_png(p, 4, 3, 12, PNG_COLOR_TYPE_RGB, 8, 0);

	free(p);
	return f;
}

static void
test_archive(void)
{
	static const enum from ways[] = {PATH, FILE_IN, PIPE_IN};
	struct ocr_images_opt o = {.truth = OCR_TRUTH_FOLDER};
	static const char *const classes[] = {"ant", "dog", "cat"};
	struct image_file png = small_png(), tar = {0}, none = {0};
	char want[512];
	struct box b;
	size_t i;

	image_tar_add(&tar, "set/dog/1.png", png.p, png.n);
	image_tar_add(&tar, "set/readme.txt", "hello", 5);
	image_tar_add(&tar, "set/cat/2.PNG", png.p, png.n);
	image_tar_add(&tar, "set/cat/bad.jpg", "hello", 5);
	image_tar_add(&tar, "set/cat/void.png", "", 0);
	image_tar_add(&tar, "set/cat/._x.png", "mac", 3);
	image_tar_add(&tar, "3.png", png.p, png.n);
	image_tar_end(&tar);
	put_file("a.tar", tar.p, tar.n);
	put_gzip("a.tar.gz", tar.p, tar.n);
	for (i = 0; i < 6; i++) {
		const char *path = i < 3 ? "a.tar" : "a.tar.gz";
		const char *label = ways[i % 3] == PATH ? path : "stdin";

		snprintf(want, sizeof(want),
		    "set/dog/1.png 0 %zu 0\nset/cat/2.PNG 1 %zu 0\n"
		    "set/cat/bad.jpg ! %s: member set/cat/bad.jpg: not a "
		    "JPEG, PNG or PPM\n"
		    "set/cat/void.png ! %s: member set/cat/void.png: is "
		    "empty\n3.png -1 %zu 0\nclass 0 cat\nclass 1 dog\n",
		    png.n, png.n, label, label, png.n);
		run_from(&b, &o, path, ways[i % 3]);
		is_all(&b, want, i < 3 ? "a tar" : "a tar.gz");
	}
	o.classes = classes;
	o.n_classes = 3;
	run_from(&b, &o, "a.tar", PATH);
	ok(strstr(b.text, "set/dog/1.png 1 ") != NULL &&
		strstr(b.text, "set/cat/2.PNG 2 ") != NULL,
	    "with the model's classes");
	o.n_classes = 0;
	image_tar_end(&none);
	put_file("none.tar", none.p, none.n);
	run_from(&b, &o, "none.tar", PATH);
	is_all(&b, "none.tar ! none.tar: no images in it (0 other files)\n",
	    "an empty tar");
	put_file("void", "", 0);
	run_from(&b, &o, "void", PATH);
	is_all(&b, "void ! void: is empty\n", "an empty file");
	put_file("cut.tar", tar.p, 512 + 40);
	run_from(&b, &o, "cut.tar", PATH);
	ok(b.n_records == 1 &&
		strstr(b.text, "set/dog/1.png ! cut.tar: ") == b.text,
	    "a cut tar");
	put_file("text", "neither\n", 8);
	run_from(&b, &o, "text", PATH);
	is_all(&b,
	    "text ! text: not an image, an archive, IDX or NPY: see --format\n",
	    "something else");
	image_free(&png);
	image_free(&tar);
	image_free(&none);
}

static void
test_files(void)
{
	struct image_file png = small_png();
	char one[] = "d/cat/1.png", two[] = "missing", three[] = "d/dog/2.png",
	     four[] = "d", *paths[] = {one, two, three, four};
	struct ocr_images_opt o = {.paths = paths, .n_paths = 3};
	char want[512];
	struct box b;

	if (mkdir("d", 0700) < 0 || mkdir("d/cat", 0700) < 0 ||
	    mkdir("d/dog", 0700) < 0)
		abort();
	put_file("d/cat/1.png", png.p, png.n);
	put_file("d/dog/2.png", png.p, png.n);
	put_file("d/notes", "text", 4);
	put_file("d/dog/bad.jpg", "text", 4);
	put_file("d/dog/.keep", "", 0);
	snprintf(want, sizeof(want),
	    "d/cat/1.png -1 %zu 0\nmissing ! cannot open missing: No such "
	    "file or directory\nd/dog/2.png -1 %zu 0\n",
	    png.n, png.n);
	run(&b, &o);
	is_all(&b, want, "files, and one that is not there");
	o.paths = paths + 3;
	o.n_paths = 1;
	run(&b, &o);
	is_all(&b, "d ! d: is a directory: -r takes the images in it\n",
	    "a folder is not asked for");
	o.is_recursive = true;
	o.truth = OCR_TRUTH_FOLDER;
	run(&b, &o);
	snprintf(want, sizeof(want),
	    "d/cat/1.png 0 %zu 0\nd/dog/2.png 1 %zu 0\nd/dog/bad.jpg 1 4 0\n"
	    "class 0 cat\nclass 1 dog\n",
	    png.n, png.n);
	is_all(&b, want, "a folder: images and what claims to be one");
	put_file("list", "d/dog/2.png\td\n\nd/cat/1.png\tc\nmissing\n", 38);
	o = (struct ocr_images_opt){.files_from = "list",
	    .truth = OCR_TRUTH_COLUMN};
	run(&b, &o);
	snprintf(want, sizeof(want),
	    "d/dog/2.png 0 %zu 0\nd/cat/1.png 1 %zu 0\nmissing ! cannot open "
	    "missing: No such file or directory\nclass 0 c\nclass 1 d\n",
	    png.n, png.n);
	is_all(&b, want, "a list, with classes");
	o.paths = paths;
	o.n_paths = 1;
	run(&b, &o);
	is_int(b.status, -OCR_EUSAGE, "a list and files");
	image_free(&png);
}

static void
test_cifar(void)
{
	struct ocr_images_opt o = {.form = OCR_IMAGES_CIFAR10,
	    .truth = OCR_TRUTH_RECORD,
	    .chunk_records = 2};
	static uint8_t p[3 * 3073 + 1];
	struct ocr_image_rows rows;
	struct ocr_err err = {0};
	struct box b;

	p[0] = 4;
	p[3073] = 9;
	p[2 * 3073] = 1;
	put_file("c.bin", p, 3 * 3073);
	put_file("c1.bin", p, 3 * 3073 + 1);
	run_from(&b, &o, "c.bin", PATH);
	is_all(&b, "c.bin:0 4 3072 3\nc.bin:1 9 3072 3\nc.bin:2 1 3072 3\n",
	    "CIFAR-10");
	is_int((int64_t)b.n_chunks, 2, "two records to a chunk");
	run_from(&b, &o, "c.bin", PIPE_IN);
	is_all(&b, "stdin:0 4 3072 3\nstdin:1 9 3072 3\nstdin:2 1 3072 3\n",
	    "from a pipe");
	run_from(&b, &o, "c1.bin", PATH);
	is_all(&b, "c1.bin ! c1.bin: 1 bytes behind 3 records of 3073\n",
	    "a byte too many");
	run_from(&b, &o, "c1.bin", PIPE_IN);
	is_all(&b,
	    "stdin:0 4 3072 3\nstdin:1 9 3072 3\nstdin:2 1 3072 3\n"
	    "- ! stdin: 1 bytes behind 3 records of 3073\n",
	    "a byte too many at the end of a pipe");
	is_int(ocr_image_rows_open(&rows, "c.bin", &o, &err), 1, "mapped");
	ok(rows.n == 3 && ocr_image_row_truth(&rows, 1) == 9 &&
		ocr_image_row(&rows, 1) == rows.data + 3074,
	    "by number");
	ocr_image_rows_close(&rows);
}

static void
make_idx(const char *images, const char *labels, uint32_t n, uint32_t n_labels)
{
	uint8_t p[16 + 5 * 6] = {0, 0, 8, 3, 0, 0, 0, (uint8_t)n, 0, 0, 0, 2, 0,
	    0, 0, 3};
	uint8_t l[16] = {0, 0, 8, 1, 0, 0, 0, (uint8_t)n_labels, 7, 6, 5, 4, 3};

	put_gzip(images, p, 16 + n * 6);
	put_file(labels, l, 8 + n_labels);
}

static void
test_idx(void)
{
	struct ocr_images_opt o = {.truth = OCR_TRUTH_RECORD};
	struct ocr_image_rows rows;
	struct ocr_err err = {0};
	struct box b;

	make_idx("t-images-idx3.gz", "t-labels-idx1.gz", 3, 3);
	make_idx("u-images-idx3.gz", "u-labels-idx1.gz", 3, 2);
	run_from(&b, &o, "t-images-idx3.gz", PATH);
	is_all(&b,
	    "t-images-idx3.gz:0 7 6 1\nt-images-idx3.gz:1 6 6 1\n"
	    "t-images-idx3.gz:2 5 6 1\n",
	    "IDX in gzip, its labels beside it");
	run_from(&b, &o, "u-images-idx3.gz", PATH);
	is_all(&b,
	    "u-images-idx3.gz ! u-labels-idx1.gz: 2 labels for the 3 images "
	    "of u-images-idx3.gz\n",
	    "too few labels");
	run_from(&b, &o, "t-images-idx3.gz", PIPE_IN);
	is_all(&b,
	    "- ! stdin: is in gzip: decompress it first (ocr-compress -d)\n",
	    "from a pipe it has to be plain");
	is_int(ocr_image_rows_open(&rows, "t-images-idx3.gz", &o, &err), 1,
	    "mapped");
	ok(rows.n == 3 && rows.shape.h == 2 && rows.shape.w == 3 &&
		ocr_image_row_truth(&rows, 2) == 5,
	    "by number");
	ocr_image_rows_close(&rows);
	is_int(ocr_image_rows_open(&rows, "u-images-idx3.gz", &o, &err),
	    -OCR_EFORMAT, "too few labels: not mapped");
	put_file("l.txt", "3\n1\r\n2", 6);
	o.truth_path = "l.txt";
	run_from(&b, &o, "t-images-idx3.gz", PATH);
	ok(strstr(b.text, "idx3.gz:1 1 ") != NULL, "labels as text");
	put_file("l.txt", "3\ncat\n2\n", 8);
	run_from(&b, &o, "t-images-idx3.gz", PATH);
	is_all(&b, "t-images-idx3.gz ! l.txt: line 2: not a class number\n",
	    "labels that are none");
	put_file("v-images-idx3",
	    "\0\0\10\3\377\377\377\377\0\0\0\2\0\0\0\3abcdef", 22);
	o.truth = OCR_TRUTH_NONE;
	run_from(&b, &o, "v-images-idx3", PATH);
	is_all(&b,
	    "v-images-idx3 ! v-images-idx3: ends after 1 of 4294967295 "
	    "images\n",
	    "a count that is not true");
	run_from(&b, &o, "v-images-idx3", PIPE_IN);
	is_all(&b,
	    "stdin:0 -1 6 1\n- ! stdin: ends after 1 of 4294967295 images\n",
	    "from a pipe");
}

/* An NPY file of version 1 with n zeros. */
static void
put_npy(const char *name, const char *dict, size_t n)
{
	static uint8_t p[65536];
	size_t len = strlen(dict);

	memcpy(p, "\x93NUMPY\1\0", 8);
	p[8] = (uint8_t)(len + 1);
	p[9] = 0;
	memcpy(p + 10, dict, len);
	p[10 + len] = '\n';
	put_file(name, p, 11 + len + n);
}

static void
is_npy(const char *dict, size_t n, const char *want)
{
	struct ocr_images_opt o = {0};
	struct box b;

	put_npy("x.npy", dict, n);
	run_from(&b, &o, "x.npy", PATH);
	is_all(&b, want, dict);
}

static void
test_npy(void)
{
	is_npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 4, 5, "
	       "3), }",
	    120, "x.npy:0 -1 60 3\nx.npy:1 -1 60 3\n");
	is_npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 3, 4, "
	       "5), }",
	    60, "x.npy:0 -1 60 3\n");
	is_npy("{'shape':(1,4,5),'fortran_order':False,'descr':'|u1'}", 20,
	    "x.npy:0 -1 20 1\n");
	is_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 4, 5), "
	       "}",
	    80, "x.npy ! x.npy: its numbers are <f4, not bytes (u1)\n");
	is_npy("{'descr': '|u1', 'fortran_order': True, 'shape': (1, 4, 5), }",
	    20, "x.npy ! x.npy: is in Fortran's order\n");
	is_npy("{'descr': '|u1', 'fortran_order': False, 'shape': (9, 4, 5), "
	       "}",
	    20, "x.npy ! x.npy: ends after 1 of 9 images\n");
	is_npy("{'descr': '|u1', 'fortran_order': False, 'shape': "
	       "(18446744073709551615, 4, 5), }",
	    20, "x.npy ! x.npy: malformed or structured NPY header\n");
	is_npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 20), }",
	    40,
	    "x.npy ! x.npy: rows of 20 bytes: say what an image is, with "
	    "--shape\n");
	is_npy("{'descr': [('a', '<f4')], 'fortran_order': False}", 20,
	    "x.npy ! x.npy: malformed or structured NPY header\n");
	put_file("x.npy", "\x93NUMPY\1\0\377\377{", 11);
	is_npy("{'descr': '|u1', 'fortran_order': False, 'shape': (0, 4, 5), "
	       "}",
	    0, "");
}

static void
test_raw(void)
{
	struct ocr_images_opt o = {.form = OCR_IMAGES_RAW,
	    .shape = {.c = 1, .h = 4, .w = 5}};
	static uint8_t p[60] = {0x1f, 0x8b, 8};
	struct ocr_image_rows rows;
	struct ocr_err err = {0};
	struct box b;

	put_file("r.raw", p, 60);
	run_from(&b, &o, "r.raw", FILE_IN);
	is_all(&b, "stdin:0 -1 20 1\nstdin:1 -1 20 1\nstdin:2 -1 20 1\n",
	    "raw bytes, though they begin like gzip");
	is_int(ocr_image_rows_open(&rows, "r.raw", &o, &err), 0,
	    "those come as chunks");
	o.shape.c = 0;
	run_from(&b, &o, "r.raw", PATH);
	is_int(b.status, -OCR_EUSAGE, "raw bytes without a shape");
}

static void
test_chunks(void)
{
	struct ocr_images_opt o = {.chunk_bytes = 1000};
	struct image_file png = small_png(), tar = {0};
	uint8_t *p = image_pixels(40, 40, 3);
	struct image_file large = image_ppm(p, 40, 40, 3);
	struct box b;
	int i;

	for (i = 0; i < 40; i++)
		image_tar_add(&tar, i == 20 ? "l.ppm" : "s.png",
		    i == 20 ? large.p : png.p, i == 20 ? large.n : png.n);
	image_tar_end(&tar);
	put_file("many.tar", tar.p, tar.n);
	run_from(&b, &o, "many.tar", PATH);
	is_int((int64_t)b.n_records, 40, "all records");
	ok(b.largest > large.n && b.largest < large.n + 100,
	    "a large one has a chunk of its own");
	ok(b.n_chunks > 4 && b.n_chunks < 20, "small ones share them (%zu)",
	    b.n_chunks);
	free(p);
	image_free(&png);
	image_free(&tar);
	image_free(&large);
}

/* Streams are made by the project's own tool, where it has been built. */
static void
test_stream(void)
{
	static const char make[] =
	    "command -v ocr-split > command && "
	    "ocr-split -r 3073 c.bin > good.ocr && ocr-split -s 4096 c.bin > "
	    "cut.ocr && ocr-split d/cat/1.png > image.ocr && "
	    "ocr-split -s 32 d/cat/1.png > half.ocr";
	struct ocr_images_opt o = {.form = OCR_IMAGES_CIFAR10,
	    .truth = OCR_TRUTH_RECORD};
	struct box b;

	if (system(make) != 0) {
		skip(7, "no ocr-split");
		return;
	}
	run_from(&b, &o, "good.ocr", PIPE_IN);
	is_all(&b, "c.bin:0 4 3072 3\nc.bin:1 9 3072 3\nc.bin:2 1 3072 3\n",
	    "a chunk stream of records");
	run_from(&b, &o, "good.ocr", FILE_IN);
	is_int(b.status, 0, "from a file");
	run_from(&b, &o, "cut.ocr", PIPE_IN);
	is_int(b.status, -OCR_EFORMAT, "a chunk that cuts a record");
	ok(strcmp(b.err.text,
	       "chunk 0 (at byte 0 of c.bin) cuts a record of 3073 bytes: use "
	       "ocr-split -r 3073") == 0,
	    "is refused by name: %s", b.err.text);
	o = (struct ocr_images_opt){0};
	run_from(&b, &o, "image.ocr", PIPE_IN);
	ok(b.status == 0 && strstr(b.text, "d/cat/1.png -1 ") == b.text,
	    "an image is a chunk");
	run_from(&b, &o, "half.ocr", PIPE_IN);
	is_int(b.status, -OCR_EFORMAT, "a part of an image");
	ok(strcmp(b.err.text,
	       "chunk 0 (at byte 0 of d/cat/1.png) is a part of a file: "
	       "make larger chunks (ocr-split -s), or say "
	       "--format=cifar10 or raw") == 0,
	    "is refused by name: %s", b.err.text);
}

static void
test_table(void)
{
	static uint8_t p[64] = {255, 255, 255, 255, 1};
	struct ocr_images_opt o = {0};
	struct ocr_chunk c = {.data = p, .len = 64};
	struct ocr_images *im;
	struct ocr_records it;
	struct ocr_record rec;
	struct ocr_err err = {0};

	if (ocr_images_open(&im, &o, &err) < 0)
		abort();
	ocr_records_begin(&it, im, &c);
	is_int(ocr_records_next(&it, &rec, &err), -OCR_EFORMAT,
	    "a table that is none");
	memset(p, 0, sizeof(p));
	p[0] = 8;
	p[16] = 1;
	p[20] = p[24] = 3;
	err.code = 0;
	ocr_records_begin(&it, im, &c);
	is_int(ocr_records_next(&it, &rec, &err), -OCR_EFORMAT,
	    "pixels that are too few for their shape");
	ocr_images_free(im);
}

int
main(void)
{
	char dir[] = "/tmp/ocr-images-XXXXXX";
	char command[64];

	if (mkdtemp(dir) == NULL || chdir(dir) < 0)
		return 1;
	test_archive();
	test_files();
	test_cifar();
	test_idx();
	test_npy();
	test_raw();
	test_chunks();
	test_stream();
	test_table();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	if (chdir("/") < 0 || system(command) != 0)
		return 1;
	return done();
}
