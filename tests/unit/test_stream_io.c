/*
 * test_stream_io.c - whole chunk streams, written and read
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/crc.h"
#include "common/io.h"
#include "common/sink_stream.h"
#include "common/source_stream.h"
#include "common/thread.h"
#include "tests/unit/tap.h"

/* A stream as bytes. */
struct bytes {
	uint8_t *p;
	size_t len;
};

static int
room_take(struct ocr_room *room, struct ocr_chunk *c, size_t cap,
    struct ocr_err *err)
{
	(void)room;
	if (cap <= c->cap)
		return 0;
	free(c->data);
	c->data = malloc(cap);
	c->cap = c->data != NULL ? cap : 0;
	return c->data != NULL ? 0 : ocr_err_nomem(err);
}

static struct ocr_room room = {.take = room_take};

static void
chunk_init(struct ocr_chunk *c)
{
	struct ocr_err err = {0};

	memset(c, 0, sizeof(*c));
	c->room = &room;
	room_take(&room, c, OCR_CHUNK_MIN_CAP, &err);
}

static void
chunk_free(struct ocr_chunk *c)
{
	ocr_chunk_reset(c);
	free(c->data);
}

/* A chunk that holds text. */
static void
chunk_say(struct ocr_chunk *c, uint64_t seq, uint64_t at, const char *text)
{
	ocr_chunk_reset(c);
	c->seq = seq;
	c->at = at;
	c->len = strlen(text);
	memcpy(c->data, text, c->len);
}

static struct ocr_output
output_to(int fd)
{
	return (struct ocr_output){.fd = fd, .cleanup_slot = -1, .name = "out"};
}

static struct ocr_begin
begin_of(enum ocr_type type)
{
	return (struct ocr_begin){
	    .type = type,
	    .id = "0123456789abcdef0123456789abcdef",
	    .tool = "ocr-test 0.1.0",
	};
}

static int
put(struct ocr_sink_stream *s, struct ocr_chunk *c, struct ocr_err *err)
{
	struct ocr_job job = {.in = c, .out = c};

	return s->sink.put(&s->sink, &job, err);
}

static struct bytes
slurp(int fd)
{
	struct bytes b = {.len = (size_t)lseek(fd, 0, SEEK_END)};
	struct ocr_err err = {0};

	b.p = malloc(b.len + 1);
	if (ocr_pread_full(fd, b.p, b.len, 0, "memfd", &err) < 0)
		b.len = 0;
	return b;
}

/* The usual sample: a source with two chunks, then a second source. */
static struct bytes
sample(enum ocr_type type)
{
	struct ocr_origin *o = ocr_origin_new("dir/a name", NULL);
	int fd = memfd_create("sample", MFD_CLOEXEC);
	struct ocr_output out = output_to(fd);
	struct ocr_begin begin = begin_of(type);
	struct ocr_sink_stream s;
	struct ocr_chunk c;
	struct ocr_err err = {0};
	struct bytes b;
	int r = 0, i;

	chunk_init(&c);
	o->mode = 0640;
	r |= ocr_sink_stream_open(&s, &out, &begin, &err);
	c.kind = OCR_CHUNK_ORIGIN;
	ocr_chunk_set_origin(&c, o);
	r |= put(&s, &c, &err);
	for (i = 0; i < 2; i++) {
		chunk_say(&c, (uint64_t)i, (uint64_t)i * 5, &"hello"[i]);
		c.type = type;
		c.has_raw = type != OCR_RAW;
		c.raw_len = type != OCR_RAW ? 10 : c.len;
		c.raw_crc = 0x1234;
		ocr_chunk_set_origin(&c, o);
		r |= put(&s, &c, &err);
	}
	ocr_chunk_reset(&c);
	c.kind = OCR_CHUNK_ORIGIN;
	ocr_origin_unref(o);
	o = ocr_origin_new("b", "target");
	o->kind = OCR_ORIGIN_LINK;
	ocr_chunk_set_origin(&c, o);
	r |= put(&s, &c, &err);
	r |= ocr_sink_stream_finish(&s, 1, &err);
	if (r != 0)
		diag("sample: %s", err.text);
	ocr_sink_stream_release(&s);
	ocr_origin_unref(o);
	chunk_free(&c);
	b = slurp(fd);
	close(fd);
	return b;
}

/* What a reader made of a stream. */
struct result {
	int code; /* of open or next */
	struct ocr_err err;
	int n_chunks, n_origins, n_failed, n_damaged, n_streams;
	int n_more; /* of next() after it has returned 0 */
	size_t len; /* of data */
	char data[256];
};

static void
take_chunk(struct result *r, struct ocr_chunk *c)
{
	struct ocr_err err = {0};

	if (c->kind == OCR_CHUNK_ORIGIN) {
		r->n_origins++;
		return;
	}
	r->n_chunks++;
	r->n_failed += c->type == OCR_ERROR;
	if (c->type == OCR_REF)
		return;
	if (ocr_chunk_load(c, &err) < 0) {
		r->n_damaged++;
		return;
	}
	if (c->len < sizeof(r->data) - r->len) {
		memcpy(r->data + r->len, c->data, c->len);
		r->len += c->len;
	}
}

/* Read it all: n_head bytes as the head, which is of that size exactly and
 * gone after open, the rest from fd. */
static struct result
read_from(int fd, const uint8_t *head, size_t n_head)
{
	struct ocr_source_stream s;
	struct result r = {.n_streams = 1};
	struct ocr_chunk c;
	uint8_t *copy = malloc(n_head + (n_head == 0));

	chunk_init(&c);
	if (n_head > 0)
		memcpy(copy, head, n_head);
	r.code = ocr_source_stream_open(&s, fd, "x", copy, n_head, &r.err);
	free(copy);
	while (r.code >= 0) {
		ocr_chunk_reset(&c);
		r.code = s.source.next(&s.source, &c, &r.err);
		if (r.code > 0) {
			take_chunk(&r, &c);
			continue;
		}
		if (r.code < 0)
			break;
		r.n_more |= s.source.next(&s.source, &c, &r.err);
		r.code = ocr_source_stream_more(&s, &r.err);
		if (r.code == 0)
			break;
		r.n_streams++;
	}
	ocr_source_stream_release(&s);
	chunk_free(&c);
	return r;
}

static struct result
read_split(struct bytes b, size_t n_head)
{
	int fd = memfd_create("stream", MFD_CLOEXEC);
	struct ocr_err err = {0};
	struct result r;

	ocr_write_full(fd, b.p + n_head, b.len - n_head, "memfd", &err);
	lseek(fd, 0, SEEK_SET);
	r = read_from(fd, b.p, n_head);
	close(fd);
	return r;
}

static int null_fd;

/* No system call but one at the end of the input. */
static struct result
read_bytes(struct bytes b)
{
	return read_from(null_fd, b.p, b.len);
}

static void
is_good(struct result r, int n_chunks, const char *data, const char *name)
{
	if (!ok(r.code == 0 && r.n_chunks == n_chunks && r.n_damaged == 0 &&
		    r.len == strlen(data) && memcmp(r.data, data, r.len) == 0,
		"%s", name))
		diag("%d %s; %d chunks, '%.*s'", r.code, r.err.text, r.n_chunks,
		    (int)r.len, r.data);
}

static void
is_bad(struct result r, const char *why)
{
	if (!ok(r.code == -OCR_EFORMAT && strcmp(r.err.text, why) == 0, "%s",
		why))
		diag("%d '%s' after %d chunks", r.code, r.err.text, r.n_chunks);
}

static void
test_round_trip(void)
{
	static const size_t heads[] = {1, 10, 511, 512, 513, 1024, 2000};
	struct bytes b = sample(OCR_RAW);
	struct result r;
	size_t i;

	r = read_bytes(b);
	is_good(r, 2, "helloello", "raw chunks");
	is_int(r.n_origins, 2, "two sources");
	is_int(r.n_more, 0, "next() after the end says the same");
	for (i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		is_good(read_split(b, heads[i]), 2, "helloello", "with a head");
	free(b.p);
	b = sample(OCR_BGZF);
	is_good(read_bytes(b), 2, "helloello", "compressed chunks");
	free(b.p);
}

static void
test_cut(void)
{
	struct bytes b = sample(OCR_DEFLATE);
	size_t len = b.len, i;
	int n_missed = 0, n_wrong = 0;

	for (i = 0; i < len; i++) {
		struct result r = read_bytes((struct bytes){b.p, i});

		n_missed += r.code == 0;
		n_wrong += r.code != -OCR_EFORMAT;
	}
	is_int(n_missed, 0, "every cut of a stream is seen");
	is_int(n_wrong, 0, "and is a fault of the stream");

	is_bad(read_bytes((struct bytes){b.p, 0}), "x: not a chunk stream");
	is_bad(read_bytes((struct bytes){b.p, 9}), "x: not a chunk stream");
	is_bad(read_bytes((struct bytes){b.p, 100}),
	    "x: stream is cut at byte 100 (after 0 chunks)");
	is_bad(read_bytes((struct bytes){b.p, 515}),
	    "x: stream is cut at byte 515 (after 0 chunks)");
	/* begin and source are 1024 bytes each, so are the chunks */
	is_bad(read_bytes((struct bytes){b.p, 2048 + 512 + 3}),
	    "x: stream is cut at byte 2563 (after 0 chunks)");
	is_bad(read_bytes((struct bytes){b.p, 2048 + 512 + 6}),
	    "x: stream is cut at byte 2566 (after 1 chunks)");
	is_bad(read_bytes((struct bytes){b.p, 4096}),
	    "x: stream ends without ocr/end (after 2 chunks): its writer "
	    "failed");
	is_bad(read_bytes((struct bytes){b.p, len - 1}),
	    "x: stream is cut at byte 7167 (after 2 chunks)");
	is_bad(read_bytes((struct bytes){b.p, len - 512}),
	    "x: stream is cut at byte 6656 (after 2 chunks)");
	free(b.p);
}

static void
test_flips(void)
{
	struct bytes b = sample(OCR_RAW);
	int n_missed = 0;
	size_t i;

	for (i = 0; i < b.len * 8; i++) {
		struct result r;

		b.p[i / 8] ^= (uint8_t)(1 << i % 8);
		r = read_bytes(b);
		n_missed += r.code >= 0 && r.n_damaged == 0;
		b.p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	is_int(n_missed, 0, "every flipped bit of a stream is seen");
	b.p[512] = 'V';
	is_bad(read_bytes(b),
	    "x: ocr/begin is damaged: its checksum does not match");
	b.p[512] = 'v';
	b.p[1023] = 1;
	is_bad(read_bytes(b), "x: padding before byte 1024 is not zero");
	b.p[1023] = 0;
	b.p[1030] ^= 1;
	is_bad(read_bytes(b),
	    "x: bad header at byte 1024: header checksum does not match");
	b.p[1030] ^= 1;
	b.p[b.len - 1] = 1;
	is_bad(read_bytes(b), "x: no zero blocks after ocr/end");
	free(b.p);
}

static struct bytes
join(struct bytes a, struct bytes b)
{
	struct bytes c = {malloc(a.len + b.len + 1), a.len + b.len};

	memcpy(c.p, a.p, a.len);
	memcpy(c.p + a.len, b.p, b.len);
	return c;
}

static void
test_tail(void)
{
	static uint8_t zeros[20480];
	struct bytes a = sample(OCR_RAW), b = sample(OCR_DEFLATE), c, d;
	struct result r;

	c = join(a, (struct bytes){zeros, sizeof(zeros)});
	is_good(read_bytes(c), 2, "helloello", "zero padding after the end");
	d = join(c, b);
	r = read_bytes(d);
	is_good(r, 4, "helloellohelloello", "a stream after it");
	is_int(r.n_streams, 2, "makes two streams");
	free(d.p);
	is_good(read_bytes((struct bytes){c.p, c.len - 100}), 2, "helloello",
	    "padding of any length");
	c.p[a.len + 700] = 'x';
	is_bad(read_bytes(c), "x: garbage after the stream at byte 7680");
	is_bad(read_bytes((struct bytes){c.p, a.len + 800}),
	    "x: garbage after the stream at byte 7680");
	free(c.p);
	c = join(a, b);
	is_int(read_bytes(c).n_streams, 2, "two streams without padding");
	is_bad(read_bytes((struct bytes){c.p, a.len + 600}),
	    "x: stream is cut at byte 7768 (after 0 chunks)");
	is_bad(read_bytes((struct bytes){c.p, a.len + 300}),
	    "x: garbage after the stream at byte 7168");
	free(c.p);
	free(a.p);
	free(b.p);
}

/* Streams that no sink writes. */
static void
add(struct bytes *b, enum ocr_frame_kind kind, enum ocr_type type,
    const char *text)
{
	struct ocr_frame f = {
	    .kind = kind,
	    .size = strlen(text),
	    .type = type,
	    .name = "x",
	    .code = "io",
	    .stage = "y",
	    .raw_len = 5,
	};
	size_t n = OCR_FRAME_BYTES + f.size + ocr_frame_padding(f.size);

	b->p = realloc(b->p, b->len + n);
	memset(b->p + b->len, 0, n);
	if (kind != OCR_FRAME_ZERO) {
		ocr_frame_encode(&f, ocr_crc32(0, text, f.size), b->p + b->len);
		memcpy(b->p + b->len + OCR_FRAME_BYTES, text, f.size);
	}
	b->len += n;
}

#define BEGIN_REF "version=1\ntype=ref\nid=0123456789abcdef0123456789abcdef\n"
#define BEGIN "version=1\ntype=raw\nid=0123456789abcdef0123456789abcdef\n"

/* A stream with these entries between begin and end. */
static void
stream_is(const char *entries, const char *end, const char *why)
{
	struct bytes b = {0};
	struct result r;

	add(&b, OCR_FRAME_BEGIN, OCR_RAW, BEGIN);
	for (; *entries != '\0'; entries++) {
		if (*entries == 'b')
			add(&b, OCR_FRAME_BEGIN, OCR_RAW, BEGIN);
		else if (*entries == 'z')
			add(&b, OCR_FRAME_ZERO, OCR_RAW, "");
		else if (*entries == 's')
			add(&b, OCR_FRAME_SOURCE, OCR_RAW, "index=0\n");
		else if (*entries == 'e')
			add(&b, OCR_FRAME_CHUNK, OCR_ERROR, "why");
		else if (*entries == 'f')
			add(&b, OCR_FRAME_CHUNK, OCR_REF, "");
		else
			add(&b, OCR_FRAME_CHUNK, OCR_RAW, "hello");
	}
	add(&b, OCR_FRAME_END, OCR_RAW, end);
	add(&b, OCR_FRAME_ZERO, OCR_RAW, "");
	add(&b, OCR_FRAME_ZERO, OCR_RAW, "");
	r = read_bytes(b);
	if (why[0] != '\0')
		is_bad(r, why);
	else
		ok(r.code == 0, "%s: good", entries);
	free(b.p);
}

static void
test_order(void)
{
	struct bytes b = {0};

	stream_is("", "status=ok\nchunks=0\nbytes=0\n", "");
	stream_is("r", "status=ok\nchunks=1\nbytes=5\n", "");
	stream_is("rf", "", "x: chunk 0 has type ref in a stream of type raw");
	stream_is("r", "status=ok\nchunks=2\nbytes=5\n",
	    "x: ocr/end counts 2 chunks, but 1 came");
	stream_is("rr", "status=ok\nchunks=2\nbytes=5\n",
	    "x: ocr/end counts 5 bytes, but 10 came");
	stream_is("r", "status=failed\nchunks=1\nbytes=5\n",
	    "x: incomplete: an earlier stage failed (status=failed)");
	stream_is("re", "status=failed\nchunks=2\nbytes=5\n",
	    "x: incomplete: an earlier stage failed (status=failed)");
	stream_is("re", "status=ok\nchunks=2\nbytes=5\n",
	    "x: ocr/end says ok, but 1 chunks failed");
	stream_is("", "status=ok\n", "x: ocr/end: no chunks");
	stream_is("b", "", "x: a second ocr/begin at byte 1024");
	stream_is("s", "", "x: ocr/source: no first");
	stream_is("rz", "",
	    "x: stream ends without ocr/end (after 1 chunks): "
	    "its writer failed");

	add(&b, OCR_FRAME_CHUNK, OCR_RAW, "hello");
	is_bad(read_bytes(b), "x: not a chunk stream");
	b.len = 0;
	add(&b, OCR_FRAME_BEGIN, OCR_RAW, "version=2\n\n\n\xff");
	is_bad(read_bytes(b),
	    "x: stream version 2: this program reads version 1");
	b.len = 0;
	add(&b, OCR_FRAME_BEGIN, OCR_RAW, BEGIN);
	add(&b, OCR_FRAME_END, OCR_RAW, "status=ok\nchunks=0\nbytes=0\n");
	is_bad(read_bytes(b), "x: stream is cut at byte 2048 (after 0 chunks)");
	add(&b, OCR_FRAME_ZERO, OCR_RAW, "");
	add(&b, OCR_FRAME_BEGIN, OCR_RAW, BEGIN);
	is_bad(read_bytes(b), "x: no zero blocks after ocr/end");
	free(b.p);
}

/* A chunk without any ocr/source, and one that is not what it was. */
static void
test_chunk_fields(void)
{
	struct bytes b = {0};
	struct ocr_source_stream s;
	struct ocr_chunk c;
	struct ocr_err err = {0};

	chunk_init(&c);
	add(&b, OCR_FRAME_BEGIN, OCR_RAW, BEGIN);
	add(&b, OCR_FRAME_CHUNK, OCR_RAW, "hello");
	ocr_source_stream_open(&s, null_fd, "x", b.p, b.len, &err);
	is_int(s.source.next(&s.source, &c, &err), 1, "a chunk without source");
	ok(c.kind == OCR_CHUNK_DATA && c.type == OCR_RAW &&
		c.load == OCR_LOAD_CHECK && !c.has_raw && c.raw_len == 5 &&
		c.len == 5 && c.origin != NULL &&
		strcmp(c.origin->name, "-") == 0,
	    "belongs to '-'");
	ok(ocr_chunk_load(&c, &err) == 0 && c.has_raw && c.raw_len == 5 &&
		c.raw_crc == ocr_crc32(0, "hello", 5),
	    "load makes it known");
	ocr_chunk_reset(&c);
	ocr_source_stream_release(&s);
	b.len = 0;
	add(&b, OCR_FRAME_BEGIN, OCR_RAW, BEGIN_REF);
	add(&b, OCR_FRAME_CHUNK, OCR_REF, "");
	ocr_source_stream_open(&s, null_fd, "x", b.p, b.len, &err);
	is_int(s.source.next(&s.source, &c, &err), 1, "a reference");
	ok(c.type == OCR_REF && c.load == OCR_LOAD_OPEN && c.len == 5 &&
		c.raw_len == 5 && !c.has_raw,
	    "says what to open");
	ocr_source_stream_release(&s);
	free(b.p);
	chunk_free(&c);
}

/* next() must not wait for what follows a chunk, and stop when told. */
static void
test_waiting(void)
{
	struct bytes b = sample(OCR_RAW);
	struct ocr_source_stream s;
	struct ocr_chunk c;
	struct ocr_err err = {0};
	uint64_t one = 1;
	int p[2], cancel = eventfd(0, EFD_CLOEXEC), r;

	if (pipe2(p, O_CLOEXEC) < 0 || cancel < 0)
		return;
	chunk_init(&c);
	ocr_write_full(p[1], b.p, 2048 + 512 + 5, "pipe", &err);
	r = ocr_source_stream_open(&s, p[0], "x", NULL, 0, &err);
	s.source.cancel_fd = cancel;
	if (r == 0)
		r = s.source.next(&s.source, &c, &err);
	ok(r == 1 && c.kind == OCR_CHUNK_ORIGIN, "ocr/source from a pipe");
	ocr_chunk_reset(&c);
	is_int(s.source.next(&s.source, &c, &err), 1,
	    "a chunk is there before its padding");
	is_mem(c.data, "hello", 5, "and complete");
	ocr_chunk_reset(&c);
	r = write(cancel, &one, sizeof(one)) < 0;
	is_int(s.source.next(&s.source, &c, &err), -OCR_ECANCEL,
	    "cancel_fd ends a wait");
	ocr_source_stream_release(&s);
	close(p[0]);
	close(p[1]);
	close(cancel);
	free(b.p);
	chunk_free(&c);
}

/* A file of n bytes that are not all the same. */
static int
file_of(size_t n)
{
	int fd = memfd_create("file", MFD_CLOEXEC);
	uint8_t *p = malloc(n);
	struct ocr_err err = {0};
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 2654435761u >> 13);
	ocr_write_full(fd, p, n, "file", &err);
	free(p);
	return fd;
}

#define FILE_BYTES ((size_t)700001)
#define FILE_BASE 1000

/* One writer thread: a file in ranges of 'step' bytes to fd. */
struct range_writer {
	int file, fd;
	size_t step, claimed; /* the file's size as the writer thinks */
	int code;
	struct ocr_err err;
	struct ocr_end end;
};

static void
write_ranges(void *arg)
{
	struct range_writer *w = arg;
	struct ocr_origin *o = ocr_origin_new("file", NULL);
	struct ocr_output out = output_to(w->fd);
	struct ocr_begin begin = begin_of(OCR_RAW);
	struct ocr_sink_stream s;
	struct ocr_chunk c;
	size_t at;

	o->fd = w->file;
	o->is_seekable = true;
	o->fd_base = FILE_BASE;
	chunk_init(&c);
	w->code = ocr_sink_stream_open(&s, &out, &begin, &w->err);
	for (at = 0; w->code == 0 && at < w->claimed; at += w->step) {
		ocr_chunk_reset(&c);
		c.load = OCR_LOAD_PREAD;
		c.at = at;
		c.seq = at / w->step;
		c.len = w->claimed - at < w->step ? w->claimed - at : w->step;
		ocr_chunk_set_origin(&c, o);
		w->code = ocr_chunk_take(&c, c.len, &w->err);
		if (w->code == 0)
			w->code = put(&s, &c, &w->err);
	}
	w->code = ocr_sink_stream_finish(&s, w->code == 0, &w->err);
	w->end = s.end;
	ocr_sink_stream_release(&s);
	chunk_free(&c);
	ocr_origin_unref(o); /* closes the file */
	close(w->fd);
}

/* Payloads of the stream at fd, joined, must be the file's bytes. */
static void
compare_ranges(int fd, struct bytes file, const char *name)
{
	struct ocr_source_stream s;
	struct ocr_chunk c;
	struct ocr_err err = {0};
	size_t at = FILE_BASE;
	uint32_t crc = 0;
	int r, same = 1;

	chunk_init(&c);
	r = ocr_source_stream_open(&s, fd, "x", NULL, 0, &err);
	while (r >= 0 && (ocr_chunk_reset(&c),
			     r = s.source.next(&s.source, &c, &err)) > 0) {
		r = ocr_chunk_load(&c, &err);
		same &= at + c.len <= file.len && c.at == at - FILE_BASE &&
			memcmp(file.p + at, c.data, c.len) == 0;
		at += c.len;
		crc = ocr_crc32(crc, c.data, c.len);
	}
	if (!ok(r == 0 && same && at == file.len, "%s", name))
		diag("%d %s; %zu bytes", r, err.text, at);
	ok(s.end.has_crc && s.end.crc == crc, "%s: crc32", name);
	ocr_source_stream_release(&s);
	chunk_free(&c);
}

static void
test_ranges(size_t step)
{
	struct range_writer w = {.step = step,
	    .claimed = FILE_BYTES - FILE_BASE};
	struct ocr_thread *thread = NULL;
	struct ocr_err err = {0};
	struct bytes file;
	int p[2], copy;

	w.file = file_of(FILE_BYTES);
	file = slurp(w.file);
	if (pipe2(p, O_CLOEXEC) < 0)
		return;
	w.fd = p[1];
	ocr_thread_start(&thread, write_ranges, &w, &err);
	compare_ranges(p[0], file, "ranges of a file to a pipe");
	ocr_thread_join(thread);
	is_int(w.code, 0, "no error there");
	close(p[0]);

	w.file = file_of(FILE_BYTES);
	w.fd = memfd_create("stream", MFD_CLOEXEC);
	copy = dup(w.fd);
	write_ranges(&w);
	lseek(copy, 0, SEEK_SET);
	compare_ranges(copy, file, "ranges of a file to a file");
	close(copy);
	free(file.p);
}

static void
test_shrunk(void)
{
	struct range_writer w = {.step = 1 << 20, .claimed = 1000};
	struct result r;
	int fd = memfd_create("stream", MFD_CLOEXEC);

	w.fd = dup(fd);
	w.file = file_of(FILE_BASE + 999);
	write_ranges(&w);
	is_int(w.code, -OCR_EFORMAT, "a file that shrank is a failure");
	ok(strcmp(w.err.text, "file: file shrank while it was read") == 0,
	    "with its name");
	lseek(fd, 0, SEEK_SET);
	r = read_from(fd, NULL, 0);
	is_bad(r, "x: incomplete: an earlier stage failed (status=failed)");
	is_int(r.n_failed, 1, "in a well formed stream");
	is_mem(r.data, "file: file shrank while it was read", r.len,
	    "that tells why");
	close(fd);
}

/* The reader goes away while a chunk is written. */
static void
test_closed_between(void)
{
	struct ocr_begin begin = begin_of(OCR_RAW);
	struct ocr_sink_stream s;
	struct ocr_output out;
	struct ocr_chunk c;
	struct ocr_err err = {0};
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		return;
	out = output_to(p[1]);
	chunk_init(&c);
	is_int(ocr_sink_stream_open(&s, &out, &begin, &err), 0, "a pipe");
	close(p[0]);
	chunk_say(&c, 0, 0, "hello");
	is_int(put(&s, &c, &err), -OCR_EPIPE, "that is closed");
	ocr_err_clear(&err);
	is_int(ocr_sink_stream_finish(&s, 0, &err), -OCR_EFORMAT,
	    "gets no end");
	ok(strcmp(err.text, "out: the chunk stream is not complete") == 0,
	    "for it is broken");
	ocr_sink_stream_release(&s);
	chunk_free(&c);
	close(p[1]);
}

/* A stream that a test fills by hand. */
struct fixture {
	int fd;
	struct ocr_output out;
	struct ocr_sink_stream s;
	struct ocr_chunk c;
	struct ocr_err err;
};

static void
fixture_open(struct fixture *f)
{
	struct ocr_begin begin = begin_of(OCR_RAW);

	memset(f, 0, sizeof(*f));
	f->fd = memfd_create("stream", MFD_CLOEXEC);
	f->out = output_to(f->fd);
	chunk_init(&f->c);
	ocr_sink_stream_open(&f->s, &f->out, &begin, &f->err);
}

static struct result
fixture_read(struct fixture *f)
{
	struct bytes b = slurp(f->fd);
	struct result r = read_bytes(b);

	free(b.p);
	close(f->fd);
	ocr_sink_stream_release(&f->s);
	chunk_free(&f->c);
	return r;
}

static void
test_failed_jobs(void)
{
	struct fixture f;
	struct ocr_job job = {.status = -OCR_EFORMAT};
	struct result r;

	fixture_open(&f);
	job.in = job.out = &f.c;
	ocr_err_set(&job.err, -OCR_EFORMAT, "chunk 3 is bad");
	f.c.seq = 3;
	is_int(f.s.sink.put(&f.s.sink, &job, &f.err), 0, "a failed job");
	ocr_err_clear(&job.err);
	ocr_err_set(&job.err, -OCR_EIO, "chunk 4 too");
	is_int(f.s.sink.put(&f.s.sink, &job, &f.err), 0, "another one");
	job.status = -OCR_ECANCEL;
	is_int(f.s.sink.put(&f.s.sink, &job, &f.err), 0, "and one not begun");
	job.status = 0;
	f.c.seq = 6;
	is_int(f.s.sink.put(&f.s.sink, &job, &f.err), 0,
	    "and what is done behind it");
	is_int((int64_t)f.s.end.chunks, 2, "... are left out");
	is_int(ocr_sink_stream_finish(&f.s, 1, &f.err), -OCR_EFORMAT,
	    "make the run fail");
	ok(strcmp(f.err.text, "chunk 3 is bad") == 0, "with the first reason");
	r = fixture_read(&f);
	is_bad(r, "x: incomplete: an earlier stage failed (status=failed)");
	is_int(r.n_failed, 2, "two error chunks");
	is_mem(r.data, "chunk 3 is badchunk 4 too", 25, "with their texts");

	fixture_open(&f);
	is_int(ocr_sink_stream_finish(&f.s, 0, &f.err), -OCR_EFORMAT,
	    "a run that failed elsewhere");
	is_bad(fixture_read(&f),
	    "x: incomplete: an earlier stage failed (status=failed)");
}

/* What a source leaves for others to load, without a kernel in between. */
static void
test_passing(void)
{
	struct fixture f;
	struct result r;

	fixture_open(&f);
	chunk_say(&f.c, 0, 0, "hello");
	f.c.load = OCR_LOAD_CHECK;
	f.c.head_crc = 5;
	f.c.frame_crc = ocr_crc32_join(5, ocr_crc32(0, "hello", 5), 5);
	is_int(put(&f.s, &f.c, &f.err), 0, "an unchecked chunk");
	chunk_say(&f.c, 1, 5, "hellO");
	f.c.load = OCR_LOAD_CHECK;
	is_int(put(&f.s, &f.c, &f.err), 0, "a damaged chunk");
	chunk_say(&f.c, 2, 10, "bad\x1b[31m\nnews");
	f.c.type = OCR_ERROR;
	is_int(put(&f.s, &f.c, &f.err), 0, "an error chunk");
	is_int(f.s.n_failed, 2, "two of them failed");
	is_int(ocr_sink_stream_finish(&f.s, 1, &f.err), -OCR_EFORMAT,
	    "so the run fails");
	ok(strcmp(f.err.text, "chunk 1 (at byte 5 of stdin) is damaged: its "
			      "checksum does not match") == 0,
	    "and tells which");
	r = fixture_read(&f);
	ok(r.n_chunks == 3 && r.n_failed == 2 && r.n_damaged == 0,
	    "the stream is well formed");
	ok(r.len > 12 && memcmp(r.data + r.len - 13, "bad?[31m?news", 13) == 0,
	    "control characters of a message do not pass");
}

/* References pass without being opened; their header is all there is. */
static void
test_refs(void)
{
	struct ocr_begin begin = begin_of(OCR_REF);
	struct ocr_origin *o = ocr_origin_new("/does/not/exist", NULL);
	struct fixture f;
	struct bytes b;
	struct result r;
	int i;

	memset(&f, 0, sizeof(f));
	f.fd = memfd_create("stream", MFD_CLOEXEC);
	f.out = output_to(f.fd);
	chunk_init(&f.c);
	ocr_sink_stream_open(&f.s, &f.out, &begin, &f.err);
	for (i = 0; i < 2; i++) {
		ocr_chunk_reset(&f.c);
		f.c.type = OCR_REF;
		f.c.load = OCR_LOAD_OPEN;
		f.c.seq = (uint64_t)i;
		f.c.at = (uint64_t)i << 20;
		f.c.len = f.c.raw_len = 1 << 20;
		ocr_chunk_set_origin(&f.c, o);
		is_int(put(&f.s, &f.c, &f.err), 0, "a reference");
	}
	ocr_origin_unref(o);
	is_int(ocr_sink_stream_finish(&f.s, 1, &f.err), 0, "makes a stream");
	ok(f.s.end.bytes == 2 << 20 && !f.s.end.has_crc, "without a crc32");
	b = slurp(f.fd);
	is_int((int64_t)b.len, 1024 + 512 + 512 + 1024 + 1024,
	    "and without payloads");
	/* Two digits of its CRC change places: the sum stays the same. */
	i = 1024 + 265 + 6;
	while (b.p[i] == b.p[i + 1])
		i++;
	b.p[i] ^= b.p[i + 1];
	b.p[i + 1] ^= b.p[i];
	b.p[i] ^= b.p[i + 1];
	is_bad(read_bytes(b),
	    "x: chunk 0 is damaged: its checksum does not match");
	free(b.p);
	r = fixture_read(&f);
	is_int(r.n_chunks, 2, "that can be read");
}

/* Who said first that a chunk failed, and what kind of failure it was. */
static void
test_stages(void)
{
	struct fixture f;
	struct ocr_source_stream s;
	struct ocr_err err = {0};
	struct ocr_chunk c;
	struct bytes b;

	fixture_open(&f);
	chunk_say(&f.c, 0, 0, "no");
	f.c.type = OCR_ERROR;
	f.c.code = -OCR_EDEVICE;
	strcpy(f.c.stage, "ocr-first");
	put(&f.s, &f.c, &f.err);
	ocr_err_set(&err, -OCR_EIO, "a disk");
	f.c.seq = 1;
	ocr_chunk_set_error(&f.c, &err);
	put(&f.s, &f.c, &f.err);
	ocr_sink_stream_finish(&f.s, 1, &f.err);
	b = slurp(f.fd);
	ok(memcmp(b.p + 1024 + 157, "type=error code=device stage=ocr-first",
	       39) == 0,
	    "code and stage of an earlier failure");
	ok(memcmp(b.p + 2048 + 157, "type=error code=io stage=ocr-test", 34) ==
		0,
	    "code and stage of our own");
	chunk_init(&c);
	ocr_err_clear(&err);
	ocr_source_stream_open(&s, null_fd, "x", b.p, b.len, &err);
	ok(s.source.next(&s.source, &c, &err) == 1 && c.code == -OCR_EDEVICE &&
		strcmp(c.stage, "ocr-first") == 0 &&
		ocr_chunk_load(&c, &err) == 0 && c.len == 2,
	    "and read again");
	ocr_source_stream_release(&s);
	chunk_free(&c);
	free(b.p);
	fixture_read(&f);
}

static void
test_long_message(void)
{
	struct fixture f;
	struct result r;
	char text[1001];

	memset(text, 'x', 1000);
	text[1000] = '\0';
	fixture_open(&f);
	chunk_say(&f.c, 0, 0, text);
	f.c.type = OCR_ERROR;
	is_int(put(&f.s, &f.c, &f.err), 0, "a long message is cut");
	ocr_sink_stream_finish(&f.s, 1, &f.err);
	r = fixture_read(&f);
	is_int(r.n_failed, 1, "and passed on");
	ok(strspn(f.err.text, "x") == sizeof(f.err.text) - 1, "to its end");
}

static void
crc_of(const char *order, int has_crc)
{
	struct fixture f;
	const char *p;

	fixture_open(&f);
	for (p = order; *p != '\0'; p++) {
		char text[2] = {*p, '\0'};

		chunk_say(&f.c, (uint64_t)(*p - '0'), 0, text);
		put(&f.s, &f.c, &f.err);
	}
	is_int(ocr_sink_stream_finish(&f.s, 1, &f.err), 0, order);
	is_int(f.s.end.has_crc, has_crc, "crc32 only in the order of SEQ");
	if (has_crc)
		ok(f.s.end.crc == ocr_crc32(0, order, strlen(order)),
		    "over all bytes");
	is_good(fixture_read(&f), (int)strlen(order), order, "any order");
}

static void
test_limits(void)
{
	struct fixture f;

	fixture_open(&f);
	chunk_say(&f.c, OCR_FRAME_SEQ_MAX, 0, "x");
	is_int(put(&f.s, &f.c, &f.err), 0, "the last number");
	f.c.seq++;
	is_int(put(&f.s, &f.c, &f.err), -OCR_ELIMIT, "one too many");
	ocr_err_clear(&f.err);
	chunk_say(&f.c, 0, INT64_MAX, "x");
	is_int(put(&f.s, &f.c, &f.err), -OCR_ELIMIT, "an offset too large");
	ocr_err_clear(&f.err);
	chunk_say(&f.c, 0, 0, "x");
	f.c.len = OCR_CHUNK_MAX_BYTES + 1;
	is_int(put(&f.s, &f.c, &f.err), -OCR_ELIMIT, "a chunk too large");
	f.c.len = 0;
	ocr_err_clear(&f.err);
	is_int(put(&f.s, &f.c, &f.err), 0, "an empty chunk");
	is_int(ocr_sink_stream_finish(&f.s, 1, &f.err), 0,
	    "the stream is fine");
	is_good(fixture_read(&f), 2, "x", "and can be read");
}

static void
test_write_errors(void)
{
	struct ocr_begin begin = begin_of(OCR_RAW);
	struct ocr_output out = output_to(open("/dev/full", O_WRONLY));
	struct ocr_sink_stream s;
	struct ocr_err err = {0};
	int p[2];

	if (out.fd < 0) {
		skip(2, "no /dev/full");
	} else {
		is_int(ocr_sink_stream_open(&s, &out, &begin, &err), -OCR_EIO,
		    "a full disk");
		ok(strcmp(err.text, "cannot write to out: "
				    "No space left on device") == 0,
		    "says so");
		ocr_sink_stream_release(&s);
		close(out.fd);
	}
	if (pipe2(p, O_CLOEXEC) < 0)
		return;
	close(p[0]);
	out = output_to(p[1]);
	ocr_err_clear(&err);
	is_int(ocr_sink_stream_open(&s, &out, &begin, &err), -OCR_EPIPE,
	    "nobody reads");
	ocr_sink_stream_release(&s);
	close(p[1]);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	test_round_trip();
	test_cut();
	test_flips();
	test_tail();
	test_order();
	test_chunk_fields();
	test_waiting();
	test_ranges(4096);
	test_ranges(100003);
	test_ranges(1 << 20);
	test_shrunk();
	test_closed_between();
	test_failed_jobs();
	test_passing();
	test_refs();
	test_stages();
	test_long_message();
	crc_of("0123", 1);
	crc_of("0259", 1);
	crc_of("1023", 0);
	crc_of("0012", 0);
	test_limits();
	test_write_errors();
	close(null_fd);
	return done();
}
