/*
 * test_softcard_device.c - the device process, driven as XRT drives it
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include "common/io.h"
#include "src/xclbin_xml.h"
#include "tests/unit/child.h"
#include "tests/unit/softcard_peer.h"

#define MIB ((size_t)1 << 20)
#define VADD_1 0x1800000
#define VADD_2 0x1810000
#define RANGE_1 0x1820000
#define CRASH_1 0x1830000
#define WHICH_1 0x1840000
#define WHICH_2 0x1850000

struct test {
	char dir[256], xml[300], object[300];
};

static struct ocr_xarg
arg(enum ocr_xarg_kind kind, const char *name, uint32_t offset)
{
	struct ocr_xarg a = {.kind = kind,
	    .offset = offset,
	    .bytes = kind == OCR_XARG_MEMORY ? 8 : 4};

	snprintf(a.name, sizeof(a.name), "%s", name);
	snprintf(a.type, sizeof(a.type), "%s",
	    kind == OCR_XARG_SCALAR ? "uint32_t" : "uint32_t*");
	return a;
}

/* The description of softcard_kernels.c, as the shim leaves it in a file. */
static void
write_xml(const char *path)
{
	struct ocr_xarg vadd[] = {arg(OCR_XARG_MEMORY, "a", 0x10),
	    arg(OCR_XARG_MEMORY, "b", 0x1c), arg(OCR_XARG_MEMORY, "out", 0x28),
	    arg(OCR_XARG_SCALAR, "n", 0x34)};
	struct ocr_xarg range[] = {arg(OCR_XARG_REGISTER, "start", 0x10),
	    arg(OCR_XARG_REGISTER, "end", 0x18)};
	struct ocr_xarg out[] = {arg(OCR_XARG_MEMORY, "out", 0x10)};
	struct ocr_xunit units[] = {{.name = "vadd_1", .base = VADD_1},
	    {.name = "vadd_2", .base = VADD_2},
	    {.name = "range_1", .base = RANGE_1},
	    {.name = "crash_1", .base = CRASH_1},
	    {.name = "which_1", .base = WHICH_1},
	    {.name = "which_2", .base = WHICH_2}};
	struct ocr_xkernel kernels[] = {{.name = "vadd",
					    .args = vadd,
					    .n_args = 4,
					    .units = units,
					    .n_units = 2},
	    {.name = "range",
		.args = range,
		.n_args = 2,
		.units = units + 2,
		.n_units = 1},
	    {.name = "crash",
		.args = out,
		.n_args = 1,
		.units = units + 3,
		.n_units = 1},
	    {.name = "which",
		.args = out,
		.n_args = 1,
		.units = units + 4,
		.n_units = 2}};
	struct ocr_xmodel m = {.kernels = kernels, .n_kernels = 4};
	size_t len;
	char *xml = ocr_xclbin_xml_write(&m, &len);
	FILE *f = fopen(path, "w");

	if (xml == NULL || f == NULL || fwrite(xml, 1, len, f) != len ||
	    fclose(f) != 0) {
		printf("Bail out! cannot write %s\n", path);
		exit(1);
	}
	free(xml);
}

/* Over the same file, so that its inode stays. */
static void
copy_object(const char *name, const char *to)
{
	const char *top = getenv("top_builddir");
	char command[900];

	snprintf(command, sizeof(command), "cat '%s/tests/unit/%s' > '%s'",
	    top == NULL ? "." : top, name, to);
	if (system(command) != 0)
		printf("Bail out! no %s\n", name);
}

static void
set_up(struct test *t)
{
	child_mkdir(t->dir);
	snprintf(t->xml, sizeof(t->xml), "%s/xmltmp", t->dir);
	snprintf(t->object, sizeof(t->object), "%s/dltmp", t->dir);
	write_xml(t->xml);
	copy_object("softcard_kernels.so", t->object);
	setenv("OCR_SOFTCARD", t->dir, 1);
}

static int64_t
load(const struct peer *p, const char *xml, const char *object)
{
	struct message bank = {0}, m = {0};
	int64_t v;

	message_put(&bank, 7, 64 * MIB);
	message_bytes(&m, 1, xml, strlen(xml));
	message_bytes(&m, 2, object, strlen(object));
	message_bytes(&m, 3, "xilinx_emu_1_0", 14);
	message_bytes(&m, 4, "device0", 7);
	message_bytes(&m, 5, "binary_0", 8);
	message_put(&m, 6, 0);
	message_bytes(&m, 8, bank.data, bank.len);
	v = peer_call(p, OCR_WIRE_LOAD, &m);
	free(bank.data);
	free(m.data);
	return v;
}

static int64_t
to_card(const struct peer *p, uint64_t at, const void *data, size_t len)
{
	struct message m = {0};
	int64_t v;

	message_bytes(&m, 2, "handle", 6);
	message_put(&m, 3, at);
	message_bytes(&m, 4, data, len);
	message_put(&m, 5, len);
	message_put(&m, 6, 0);
	v = peer_call(p, OCR_WIRE_TO_CARD, &m);
	free(m.data);
	return v;
}

/* len bytes of junk go along, as in XRT. */
static int64_t
from_card(const struct peer *p, uint64_t at, void *data, size_t len)
{
	const uint8_t *bytes = NULL;
	struct message m = {0};
	size_t n = 0;
	int64_t v;

	message_bytes(&m, 2, "handle", 6);
	message_bytes(&m, 3, data, len);
	message_put(&m, 4, at);
	message_put(&m, 5, len);
	if (!peer_send(p, OCR_WIRE_FROM_CARD, &m, m.len))
		v = -1;
	else
		v = peer_answer(p, &m, &bytes, &n);
	if (v == (int64_t)len && n == len)
		memcpy(data, bytes, len);
	else if (v > 0)
		v = -1;
	free(m.data);
	return v;
}

static int64_t
write_registers(const struct peer *p, uint64_t address, const void *data,
    size_t len)
{
	struct message m = {0};
	int64_t v;

	message_put(&m, 2, address);
	message_put(&m, 3, len);
	message_bytes(&m, 4, data, len);
	v = peer_call(p, OCR_WIRE_WRITE, &m);
	free(m.data);
	return v;
}

/* By READ, or by READ_WORD. */
static int64_t
read_register(const struct peer *p, uint32_t number, uint64_t base,
    uint64_t offset, uint32_t *value)
{
	const uint8_t *bytes = NULL;
	struct message m = {0};
	size_t n = 0;
	int64_t v;

	if (number == OCR_WIRE_READ) {
		message_put(&m, 2, base + offset);
	} else {
		message_put(&m, 1, base);
		message_put(&m, 2, offset);
	}
	message_put(&m, 3, 4);
	v = peer_send(p, number, &m, m.len) ? peer_answer(p, &m, &bytes, &n)
					    : -1;
	if (v == 1 && n == 4)
		memcpy(value, bytes, 4);
	free(m.data);
	return v;
}

/* XRT's polling; the number of answers "running", -1: no end. */
static int
wait_done(const struct peer *p, uint64_t base, uint64_t ms)
{
	uint64_t end = ocr_now_ns() + ms * 1000000;
	uint32_t v = 1;
	int n = 0;

	for (; v == 1 && ocr_now_ns() < end; n++) {
		if (read_register(p, OCR_WIRE_READ, base, 0, &v) != 1)
			return -1;
		usleep(10);
	}
	return v == 0xe ? n : -1;
}

static int
run_vadd(const struct peer *p, uint64_t base, uint32_t a, uint32_t b,
    uint32_t out, uint32_t n)
{
	uint32_t words[0x38 / 4] = {[0x10 / 4] = a,
	    [0x1c / 4] = b,
	    [0x28 / 4] = out,
	    [0x34 / 4] = n};

	if (write_registers(p, base, words, sizeof(words)) != 1)
		return -1;
	words[0] = 1;
	if (write_registers(p, base, words, sizeof(words)) != 1)
		return -1;
	return wait_done(p, base, 20000);
}

static int64_t
close_card(const struct peer *p, int is_all)
{
	struct message m = {0};
	int64_t v;

	message_bytes(&m, 2, "h", 1);
	message_put(&m, 3, is_all);
	v = peer_call(p, OCR_WIRE_CLOSE, &m);
	free(m.data);
	return v;
}

static void
end_well(struct peer *p, const char *want, const char *name)
{
	char said[4096];

	is_int(close_card(p, 1), 1, "close");
	is_int(peer_end(p, said, sizeof(said)), 0, "exit status");
	is_str(said, want, name);
}

static void
test_run(const struct test *t, const char *options)
{
	enum { N = 5000000 }; /* words: more than the largest of XRT's pieces */
	uint32_t *a = malloc(N * 4), *out = calloc(N, 4);
	struct peer p;
	size_t i, n_bad = 0;

	diag("%s", options);
	peer_start(&p, t->dir, 0, options);
	is_int(load(&p, t->xml, t->object), 1, "load");
	ok(access(p.path, F_OK) < 0, "the socket's name is gone");
	for (i = 0; i < N; i++)
		a[i] = (uint32_t)(i * 2654435761U);
	is_int(to_card(&p, 0, a, N * 4), N * 4, "20 MB to the card");
	is_int(to_card(&p, 20 * MIB, a, N * 4), N * 4, "and more");
	ok(run_vadd(&p, VADD_2, 0, 20 * MIB, 40 * MIB, N) > 0, "run");
	is_int(from_card(&p, 40 * MIB, out, N * 4), N * 4, "20 MB back");
	for (i = 0; i < N; i++)
		n_bad += out[i] != 2 * a[i];
	is_int((int64_t)n_bad, 0, "the right ones");
	is_int(to_card(&p, 3, "abc", 3), 3, "a few bytes");
	is_int(from_card(&p, 4, out, 2), 2, "and back");
	is_mem(out, "bc", 2, "the right ones");
	end_well(&p, "", "and it says nothing");
	free(a);
	free(out);
}

static void
test_refused(const struct test *t)
{
	struct message m = {0};
	struct peer p;
	char said[4096], want[700];
	uint32_t v;
	uint8_t data[16] = {0}, *nothing;

	peer_start(&p, t->dir, 3, "");
	is_int(from_card(&p, 0, data, 1), 0, "there is no memory yet");
	is_int(load(&p, "", ""), 1, "memory alone");
	is_int(to_card(&p, 64 * MIB - 16, data, 16), 16, "64 MiB of it");
	is_int(to_card(&p, 64 * MIB - 15, data, 16), 0, "and no more");
	is_int(to_card(&p, UINT64_MAX, data, 16), 0, "no negative address");
	is_int(from_card(&p, 64 * MIB - 15, data, 16), 0, "nor from there");
	is_int(write_registers(&p, VADD_1, data, 4), 0, "no registers");
	is_int(read_register(&p, OCR_WIRE_READ, VADD_1, 0, &v), 0, "at all");
	is_int(load(&p, "/nonexistent", t->object), 0, "no description");
	is_int(load(&p, t->object, t->object), 0, "one that is none");
	is_int(load(&p, t->xml, t->xml), 0, "no shared object");
	is_int(load(&p, t->xml, t->object), 1, "both");
	is_int(read_register(&p, OCR_WIRE_READ, VADD_1, 0, &v), 1, "registers");
	is_int(read_register(&p, OCR_WIRE_READ_WORD, VADD_1, 0x10000, &v), 0,
	    "not the next unit's");
	is_int(read_register(&p, OCR_WIRE_READ_WORD, VADD_1, 0x12, &v), 0,
	    "whole words");
	is_int(peer_call(&p, 77, &m), 0, "a message nobody knows");
	message_raw(&m, "\x0b\x0c\x0d", 3);
	is_int(peer_call(&p, OCR_WIRE_READ, &m), 0, "a malformed one");
	message_raw(&m, "\x22\x7f", 2);
	is_int(peer_call(&p, OCR_WIRE_TO_CARD, &m), 0, "another");
	message_put(&m, 2, VADD_1);
	is_int(peer_call(&p, OCR_WIRE_WRITE, &m), 0, "one without data");
	nothing = calloc(1, MIB);
	message_raw(&m, nothing, MIB);
	free(nothing);
	is_int(peer_call(&p, OCR_WIRE_ALLOC, &m), 0, "a long one of nothing");
	is_int(close_card(&p, 0), 1, "close, not for good");
	is_int(read_register(&p, OCR_WIRE_READ, VADD_1, 0, &v), 0,
	    "no registers any more");
	is_int(close_card(&p, 1), 1, "close");
	is_int(peer_end(&p, said, sizeof(said)), 0, "exit status");
	snprintf(want, sizeof(want),
	    "ocr-softcard: card 3: cannot open '/nonexistent': No such file "
	    "or directory\nocr-softcard: card 3: line 1: ");
	ok(strncmp(said, want, strlen(want)) == 0, "why not");
	ok(strstr(said, "card 3: cannot load the kernels: ") != NULL,
	    "why not");
	free(m.data);
}

/* Ends that are not as they should be. */
static void
test_ends(const struct test *t)
{
	struct message m = {0};
	struct peer p;
	char said[4096];

	peer_start(&p, t->dir, 0, "");
	shutdown(p.fd, SHUT_RDWR);
	is_int(peer_end(&p, said, sizeof(said)), 0, "the program is gone");
	is_str(said, "", "no word about it");
	peer_start(&p, t->dir, 0, "");
	message_raw(&m, "abc", 3);
	ok(peer_send(&p, OCR_WIRE_TO_CARD, &m, 1000), "half a message");
	shutdown(p.fd, SHUT_WR);
	is_int(peer_end(&p, said, sizeof(said)), 0, "its end");
	is_str(said, "", "no word about it");
	peer_start(&p, t->dir, 0, "");
	ok(peer_write(&p, "GET / HTTP/1.0\r\n\r\n", 18), "no message");
	is_int(peer_end(&p, said, sizeof(said)), 1, "a failure");
	is_str(said, "failed: the program sent something that is no message\n",
	    "of which it speaks");
	peer_start(&p, t->dir, 0, "speed=9");
	is_int(p.fd, -1, "wrong options: it does not connect");
	is_int(peer_end(&p, said, sizeof(said)), 1, "a failure");
	is_str(said, "failed: 'speed=9' is no option of a softcard\n",
	    "of which it speaks");
	free(m.data);
}

/* While a unit runs, polls of it are slowed down, but not much: some of them
 * are not held up by other programs. */
static void
test_polls(const struct peer *p)
{
	uint64_t begin = ocr_now_ns(), t = begin, last, least = UINT64_MAX;
	uint32_t v = 1;
	int n = 0;

	while ((t - begin < 200000000 || n < 20) && v == 1) {
		last = t;
		if (read_register(p, OCR_WIRE_READ, RANGE_1, 0, &v) != 1)
			break;
		t = ocr_now_ns();
		if (t - begin > 100000000 && t - last < least)
			least = t - last;
		n++;
	}
	ok(v == 1 && n / ((double)(t - begin) / 1e9) < 20000,
	    "polls are slowed down");
	ok(least < 5000000, "by some ms at most");
	diag("%d polls in %.3f s, the quickest took %.6f s", n,
	    (double)(t - begin) / 1e9, (double)least / 1e9);
}

static void
test_range(const struct test *t)
{
	uint32_t words[] = {[0] = 1, [0x10 / 4] = 0, [0x18 / 4] = 1000000};
	uint32_t v = 0, end = 0;
	struct message m = {0};
	struct pollfd said;
	struct peer p;
	uint64_t now;

	peer_start(&p, t->dir, 0, "");
	is_int(load(&p, t->xml, t->object), 1, "load");
	is_int(write_registers(&p, RANGE_1, words, sizeof(words)), 1, "start");
	test_polls(&p);
	is_int(read_register(&p, OCR_WIRE_READ_WORD, RANGE_1, 0x10, &v), 1,
	    "where it is");
	ok(v > 0 && v < 1000000, "somewhere");
	message_put(&m, 1, RANGE_1);
	message_put(&m, 2, 0x18);
	message_bytes(&m, 3, &end, 4);
	is_int(peer_call(&p, OCR_WIRE_WRITE_WORD, &m), 1, "no further");
	ok(wait_done(&p, RANGE_1, 20000) > 0, "it stops");
	/* A kernel without end does not keep the process. */
	is_int(write_registers(&p, RANGE_1, words, sizeof(words)), 1, "start");
	now = ocr_now_ns();
	end_well(&p, "", "left running");
	ok(ocr_now_ns() - now < UINT64_C(20000000000), "at once");
	peer_start(&p, t->dir, 0, "");
	is_int(load(&p, t->xml, t->object), 1, "load");
	is_int(write_registers(&p, RANGE_1, words, sizeof(words)), 1, "start");
	is_int(load(&p, t->xml, t->object), 1, "loaded while it runs");
	is_int(read_register(&p, OCR_WIRE_READ, RANGE_1, 0, &v), 1, "read");
	is_int(v, 4, "idle again");
	is_int(write_registers(&p, CRASH_1, words, 0x14), 1, "a crash");
	said = (struct pollfd){.fd = p.err_fd, .events = POLLIN};
	is_int(poll(&said, 1, 20000), 1, "is said");
	ok(wait_done(&p, CRASH_1, 100) < 0, "is never done");
	ok(run_vadd(&p, VADD_1, 0, 0, 0, 10) > 0, "others work");
	end_well(&p,
	    "ocr-softcard: crash_1: the kernel crashed: Segmentation fault\n",
	    "and it was said");
	free(m.data);
}

static void
test_which(const struct test *t)
{
	uint32_t words[] = {[0] = 1, [0x10 / 4] = 4096, [0x14 / 4] = 0};
	uint32_t v = 0;
	struct peer p;

	peer_start(&p, t->dir, 0, "");
	is_int(load(&p, t->xml, t->object), 1, "load");
	is_int(write_registers(&p, WHICH_2, words, sizeof(words)), 1, "start");
	ok(wait_done(&p, WHICH_2, 5000) > 0, "done");
	is_int(from_card(&p, 4096, &v, 4), 4, "its result");
	is_int(v, 101, "the second unit of its kernel");
	is_int(write_registers(&p, WHICH_1, words, sizeof(words)), 1, "start");
	ok(wait_done(&p, WHICH_1, 5000) > 0, "done");
	is_int(from_card(&p, 4096, &v, 4), 4, "its result");
	is_int(v, 100, "the first");
	end_well(&p, "", "nothing said");
}

/* The same name and inode, another content: other kernels. */
static void
test_reload(const struct test *t)
{
	const uint32_t a = 50, b = 20;
	uint32_t v = 0;
	struct peer p;

	peer_start(&p, t->dir, 0, "");
	is_int(load(&p, t->xml, t->object), 1, "load");
	(void)to_card(&p, 0, &a, 4);
	(void)to_card(&p, 4096, &b, 4);
	ok(run_vadd(&p, VADD_1, 0, 4096, 8192, 1) > 0, "run");
	(void)from_card(&p, 8192, &v, 4);
	is_int(v, 70, "a + b");
	copy_object("softcard_kernels_other.so", t->object);
	is_int(load(&p, t->xml, t->object), 1, "load the other");
	ok(run_vadd(&p, VADD_1, 0, 4096, 8192, 1) > 0, "run");
	(void)from_card(&p, 8192, &v, 4);
	is_int(v, 30, "a - b, and memory has stayed");
	end_well(&p, "", "nothing said");
	copy_object("softcard_kernels.so", t->object);
}

/* Two programs on one card. */
static void
test_share(const struct test *t)
{
	uint32_t words[] = {[0] = 1, [0x10 / 4] = 0, [0x18 / 4] = 1000000};
	char other[320];
	struct peer p, q;
	uint32_t v = 0;

	snprintf(other, sizeof(other), "%s/other", t->dir);
	copy_object("softcard_kernels_other.so", other);
	peer_start(&p, t->dir, 4, "");
	is_int(load(&p, t->xml, t->object), 1, "the first program");
	peer_start(&q, t->dir, 4, "");
	is_int(load(&q, t->xml, other), 0, "another xclbin on its card");
	is_int(load(&q, t->xml, t->object), 1, "the same one");
	is_int(load(&p, t->xml, other), 0, "is not changed under it");
	is_int(load(&p, t->xml, t->object), 1, "the same one");
	is_int(write_registers(&p, RANGE_1, words, sizeof(words)), 1, "start");
	/* It has the unit when its kernel has got somewhere. */
	for (int i = 0; i < 20000 && v == 0; i++) {
		usleep(1000);
		(void)read_register(&p, OCR_WIRE_READ_WORD, RANGE_1, 0x10, &v);
	}
	ok(v > 0, "it runs");
	words[0x18 / 4] = 0;
	is_int(write_registers(&q, RANGE_1, words, sizeof(words)), 1,
	    "the other starts the same unit");
	ok(wait_done(&q, RANGE_1, 100) < 0, "and waits for it");
	is_int(write_registers(&p, RANGE_1 + 0x18, &words[0x18 / 4], 4), 1,
	    "the first is told to stop");
	ok(wait_done(&p, RANGE_1, 20000) > 0, "is done");
	ok(wait_done(&q, RANGE_1, 20000) > 0, "so is the other");
	end_well(&p,
	    "ocr-softcard: card 4: it is in use by another program, with "
	    "another xclbin\n",
	    "what was refused");
	is_int(load(&q, t->xml, other), 1, "alone it may change the card");
	end_well(&q,
	    "ocr-softcard: card 4: it is in use by another program, with "
	    "another xclbin\n",
	    "what was refused");
}

/* The host's side of a buffer, by the name that ALLOC gives. */
static uint32_t *
map_buffer(const struct peer *p, uint64_t at)
{
	const uint8_t *bytes = NULL;
	struct message m = {0};
	char path[100] = "";
	size_t n = 0;
	void *map;
	int fd;

	message_put(&m, 1, at);
	message_put(&m, 2, 4096);
	message_put(&m, 3, 1);
	if (peer_send(p, OCR_WIRE_ALLOC, &m, m.len) &&
	    peer_answer(p, &m, &bytes, &n) == 1)
		snprintf(path, sizeof(path), "%.*s", (int)n,
		    (const char *)bytes);
	free(m.data);
	fd = open(path, O_CREAT | O_RDWR, 0666);
	map =
	    mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)at);
	close(fd);
	/* The caller unmaps it. */
	/* cppcheck-suppress memleak */
	return map == MAP_FAILED ? NULL : map;
}

static void
test_memory_mode(const struct test *t, const char *options, uint32_t want)
{
	uint32_t *host, v = 7;
	struct peer p;

	peer_start(&p, t->dir, 0, options);
	is_int(load(&p, t->xml, t->object), 1, options);
	host = map_buffer(&p, 8192);
	ok(host != NULL, "the host's side");
	host[0] = 21;
	ok(run_vadd(&p, VADD_1, 8192, 8192, 8196, 1) > 0, "run");
	is_int(host[1], want, "seen without a sync");
	is_int(to_card(&p, 8192, host, 4), 4, "sync");
	ok(run_vadd(&p, VADD_1, 8192, 8192, 8196, 1) > 0, "run");
	is_int(from_card(&p, 8196, &v, 4), 4, "sync");
	is_int(v, 42, "the sum");
	munmap(host, 4096);
	end_well(&p, "", "nothing said");
}

static void
test_files(const struct test *t)
{
	struct message m = {0};
	struct peer p;
	char path[300], text[8] = "";
	FILE *f;

	snprintf(path, sizeof(path), "%s/file", t->dir);
	f = fopen(path, "w");
	fputs("0123456789", f);
	fclose(f);
	peer_start(&p, t->dir, 0, "");
	is_int(load(&p, "", ""), 1, "memory");
	message_put(&m, 1, 4096);
	message_bytes(&m, 2, path, strlen(path));
	message_put(&m, 3, 4);
	message_put(&m, 4, 2);
	message_put(&m, 5, 100);
	is_int(peer_call(&p, OCR_WIRE_COPY_FROM_FILE, &m), 1, "from a file");
	is_int(from_card(&p, 4196, text, 4), 4, "what came");
	is_str(text, "2345", "is it");
	message_put(&m, 1, 4096);
	message_bytes(&m, 2, path, strlen(path));
	message_put(&m, 3, 4);
	message_put(&m, 4, 100);
	message_put(&m, 5, 8);
	is_int(peer_call(&p, OCR_WIRE_COPY_TO_FILE, &m), 1, "to a file");
	message_put(&m, 1, 4096);
	message_bytes(&m, 2, path, strlen(path));
	message_put(&m, 3, 4000);
	is_int(peer_call(&p, OCR_WIRE_COPY_FROM_FILE, &m), 0, "not so much");
	message_put(&m, 1, UINT64_MAX);
	message_bytes(&m, 2, path, strlen(path));
	message_put(&m, 4, 100);
	is_int(peer_call(&p, OCR_WIRE_COPY_TO_FILE, &m), 0, "nor from there");
	end_well(&p, "", "nothing said");
	f = fopen(path, "r");
	memset(text, 0, sizeof(text));
	fseek(f, 6, SEEK_SET);
	(void)!fread(text, 1, 7, f);
	fclose(f);
	is_str(text, "672345", "what the file holds");
	free(m.data);
}

/* The program ends, but a child of its keeps the connection. */
static void
test_parent(const struct test *t)
{
	int out[2];
	char byte;
	struct pollfd w;
	pid_t pid;

	if (pipe(out) < 0)
		return;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct peer p;

		close(out[0]);
		peer_start(&p, t->dir, 0, "");
		/* Stays until the device's stderr ends. */
		if (fork() == 0) {
			struct pollfd e = {.fd = p.err_fd, .events = POLLIN};

			if (poll(&e, 1, 10000) == 1)
				(void)!write(out[1], "x", 1);
			_exit(0);
		}
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	close(out[1]);
	w = (struct pollfd){.fd = out[0], .events = POLLIN};
	ok(poll(&w, 1, 10000) == 1 && read(out[0], &byte, 1) == 1,
	    "the device ends with the program");
	close(out[0]);
}

int
main(void)
{
	struct test t;

	signal(SIGPIPE, SIG_IGN);
	set_up(&t);
	test_run(&t, "memory=discrete");
	test_run(&t, "memory=coherent");
	test_refused(&t);
	test_ends(&t);
	test_range(&t);
	test_which(&t);
	test_reload(&t);
	test_share(&t);
	test_memory_mode(&t, "memory=discrete", 0);
	test_memory_mode(&t, "memory=coherent", 42);
	test_files(&t);
	test_parent(&t);
	child_rmdir(t.dir);
	return done();
}
