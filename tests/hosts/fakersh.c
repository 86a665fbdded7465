/*
 * fakersh.c - a launcher without a network, and with what may go wrong in one
 *
 *   --rsh 'fakersh {host}'
 *
 * Runs the words behind HOST here, in a session of its own, and passes bytes
 * on as ssh does.  Ends with the status of the command, 255 for a signal.  If
 * it is killed the command sees the end of its input and nothing more.
 *
 * $FAKERSH is a list of HOST[@N]:FAULT=VALUE, by blanks; HOST may be '*', N is
 * the number of the connection to that host, from 1 (all of them if missing).
 * Bytes are counted from 0, chunks in the order in which they come back.
 *
 *   refuse=CODE   ends with CODE at once
 *   text=WORD     says WORD and a newline before anything else
 *   hang=0        never says anything
 *   wait=MS       before the command is started
 *   late=MS       what comes back arrives so much later
 *   rate=BYTES    at most so many come back in a second
 *   die=BYTE      kills the command there and ends with 255
 *   gasp=MS       ... and says so that much later than it closes its output
 *   lie=BYTE      kills the command there and ends with 0
 *   freeze=BYTE   stops the command there, and passes nothing more
 *   mute=BYTE     passes nothing more from there, as a link that is down
 *   flip=BYTE     has one bit of that byte changed
 *   flipin=BYTE   the same on the way to the command
 *   poison=WORD   kills the command when it is sent WORD, at any place
 *   double=CHUNK  this chunk comes back twice
 *   swap=CHUNK    changes places with the one behind it
 *   foreign=CHUNK has a number that nobody asked for
 *   wrong=CHUNK   has one bit of its payload changed, and the CRC that it needs
 *   keep=CHUNK    never comes back, while others do
 *   length=CHUNK  says that it stands for another number of bytes
 *   version=N     says version N of the format, one digit, and knows more keys
 *
 * Connections and faults are written to $FAKERSH_LOG, a line each, so that a
 * test can see that a fault came about; connections are counted there too:
 *
 *   HOST N start | FAULT | end STATUS
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <zlib.h>

#define BLOCK 512
#define BUF 65536
#define NONE UINT64_MAX

enum fault {
	REFUSE,
	TEXT,
	HANG,
	WAIT,
	LATE,
	RATE,
	DIE,
	GASP,
	LIE,
	FREEZE,
	MUTE,
	FLIP,
	FLIPIN,
	POISON,
	DOUBLE,
	SWAP,
	FOREIGN,
	WRONG,
	KEEP,
	LENGTH,
	SKEW,
	N_FAULTS
};

static const char *const names[N_FAULTS] = {"refuse", "text", "hang", "wait",
    "late", "rate", "die", "gasp", "lie", "freeze", "mute", "flip", "flipin",
    "poison", "double", "swap", "foreign", "wrong", "keep", "length",
    "version"};

struct link {
	const char *host;
	unsigned number; /* of the connection */
	char *value[N_FAULTS];
	uint64_t at[N_FAULTS];
	pid_t pid;
	int to, from; /* pipes of the command */
	uint64_t n_in, n_out;
	bool is_muted;
	/* the stream that comes back, where chunks matter */
	uint8_t *entry, *held;
	size_t n_entry, n_held;
	uint64_t n_chunks;
	/* the end of what was sent, for WORDs across two reads */
	uint8_t tail[BUF + 256];
	size_t n_tail;
};

static void
die(const char *what)
{
	fprintf(stderr, "fakersh: %s: %s\n", what, strerror(errno));
	exit(255);
}

static void
tell(const struct link *l, const char *what)
{
	const char *path = getenv("FAKERSH_LOG");
	char line[256];
	int n, fd;

	if (!path)
		return;
	n = snprintf(line, sizeof(line), "%.100s %u %.100s\n", l->host,
	    l->number, what);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, line, (size_t)n) != n)
		die(path);
	close(fd);
}

/* Which connection to this host it is: one more than the log has. */
static unsigned
count(const char *host)
{
	const char *path = getenv("FAKERSH_LOG");
	unsigned n = 0, number = 0;
	char line[512], name[128], what[128];
	int fd;
	FILE *f;

	if (!path)
		return 1;
	fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	f = fd < 0 ? NULL : fdopen(fd, "r+");
	if (!f || flock(fd, LOCK_EX))
		die(path);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%127s %u %127s", name, &number, what) == 3 &&
		    !strcmp(name, host) && !strcmp(what, "start"))
			n++;
	fseek(f, 0, SEEK_END);
	fprintf(f, "%.100s %u start\n", host, n + 1);
	fclose(f);
	return n + 1;
}

static void
set_fault(struct link *l, const char *name, char *value)
{
	for (unsigned i = 0; i < N_FAULTS; i++) {
		if (strcmp(name, names[i]))
			continue;
		l->value[i] = value;
		l->at[i] = strtoull(value, NULL, 10);
		return;
	}
	fprintf(stderr, "fakersh: no fault '%s'\n", name);
	exit(255);
}

static void
read_faults(struct link *l)
{
	const char *text = getenv("FAKERSH");
	char *list = strdup(text ? text : ""), *save = NULL, *word;

	memset(l->at, 0xff, sizeof(l->at));
	for (word = strtok_r(list, " \n", &save); word;
	     word = strtok_r(NULL, " \n", &save)) {
		char *fault = strchr(word, ':'), *value, *number;

		value = fault ? strchr(fault, '=') : NULL;
		if (!value) {
			fprintf(stderr, "fakersh: '%s'?\n", word);
			exit(255);
		}
		*fault++ = *value++ = '\0';
		number = strchr(word, '@');
		if (number)
			*number++ = '\0';
		if ((strcmp(word, "*") && strcmp(word, l->host)) ||
		    (number && strtoul(number, NULL, 10) != l->number))
			continue;
		set_fault(l, fault, value);
	}
	/* the words stay where they are: values point to them */
}

static void
rest(uint64_t ms)
{
	struct timespec t = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

static _Noreturn void
finish(struct link *l, int status)
{
	char what[32];

	snprintf(what, sizeof(what), "end %d", status);
	tell(l, what);
	exit(status);
}

static _Noreturn void
kill_it(struct link *l, enum fault f, int status)
{
	tell(l, names[f]);
	kill(-l->pid, SIGKILL);
	waitpid(l->pid, NULL, 0);
	if (l->value[GASP]) {
		close(1);
		rest(l->at[GASP]);
	}
	if (status)
		fprintf(stderr, "Connection to %s closed by remote host.\n",
		    l->host);
	finish(l, status);
}

static void
start(struct link *l, char **words)
{
	int in[2], out[2], begun[2];
	char byte;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) ||
	    pipe2(begun, O_CLOEXEC))
		die("pipe");
	l->pid = fork();
	if (l->pid < 0)
		die("fork");
	if (!l->pid) {
		setsid();
		signal(SIGPIPE, SIG_DFL);
		dup2(in[0], 0);
		dup2(out[1], 1);
		/* as sshd does it: one word may be a whole command line */
		if (!words[1])
			execl("/bin/sh", "sh", "-c", words[0], (char *)NULL);
		else
			execvp(words[0], words);
		fprintf(stderr, "fakersh: %s: %s\n", words[0], strerror(errno));
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	close(begun[1]);
	/* until it has its session, which is what a fault kills or stops */
	while (read(begun[0], &byte, 1) < 0 && errno == EINTR)
		;
	close(begun[0]);
	l->to = in[1];
	l->from = out[0];
	fcntl(l->to, F_SETFL, O_NONBLOCK);
}

static void
put(const uint8_t *p, size_t n)
{
	while (n) {
		ssize_t k = write(1, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			exit(255); /* whoever called us has gone */
		p += k;
		n -= (size_t)k;
	}
}

/* What is stopped cannot end by itself: somebody kills it when we have gone. */
static void
freeze(struct link *l)
{
	int alive[2];
	pid_t pid;
	char byte;

	if (pipe2(alive, O_CLOEXEC))
		die("pipe");
	kill(-l->pid, SIGSTOP);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid) {
		close(alive[0]);
		return; /* the other end stays open as long as we live */
	}
	setsid();
	close_range(0, (unsigned)alive[0] - 1, 0);
	close_range((unsigned)alive[0] + 1, ~0U, 0);
	while (read(alive[0], &byte, 1) < 0 && errno == EINTR)
		;
	kill(-l->pid, SIGKILL);
	_exit(0);
}

/* What happens when n bytes have come: how many of them are passed on. */
static size_t
out_faults(struct link *l, uint8_t *p, size_t n)
{
	static const enum fault ends[] = {DIE, LIE, FREEZE, MUTE};

	if (l->at[FLIP] - l->n_out < n) {
		tell(l, names[FLIP]);
		p[l->at[FLIP] - l->n_out] ^= 1;
	}
	for (unsigned i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		uint64_t left = l->at[ends[i]] - l->n_out;

		if (left >= n)
			continue;
		put(p, left);
		if (ends[i] == DIE || ends[i] == LIE)
			kill_it(l, ends[i], ends[i] == DIE ? 255 : 0);
		tell(l, names[ends[i]]);
		if (ends[i] == FREEZE)
			freeze(l);
		l->is_muted = true;
		return 0;
	}
	return n;
}

static void
pass_out(struct link *l, uint8_t *p, size_t n)
{
	size_t left;

	if (l->is_muted)
		return;
	left = out_faults(l, p, n);
	l->n_out += n;
	put(p, left);
	if (l->value[LATE])
		rest(l->at[LATE]);
	if (l->value[RATE] && l->at[RATE])
		rest(n * 1000 / l->at[RATE]);
}

static uint64_t
octal(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (; n && *p >= '0' && *p <= '7'; p++, n--)
		v = v * 8 + (uint64_t)(*p - '0');
	return v;
}

/* Bytes of the entry that begins at p, or 0 for what is none. */
static size_t
entry_bytes(const uint8_t *p)
{
	uint64_t size = octal(p + 124, 11);

	if (memcmp(p + 257, "ustar", 6) || size > ((uint64_t)1 << 30))
		return 0;
	return BLOCK + (size_t)((size + BLOCK - 1) / BLOCK * BLOCK);
}

/* Header sum and CRC of an entry that we have changed; see ocr-stream(5). */
static void
seal(uint8_t *p)
{
	uLong crc = crc32(0, p, 100);
	unsigned sum = 0;
	char word[16];

	crc = crc32(crc, p + 124, 12);
	crc = crc32(crc, p + 297, 32);
	crc = crc32(crc, p + 157, 100);
	crc = crc32(crc, p + BLOCK, (uInt)octal(p + 124, 11));
	snprintf(word, sizeof(word), "%08lx", crc & 0xffffffff);
	memcpy(p + 265 + 6, word, 8);
	memset(p + 148, ' ', 8);
	for (unsigned i = 0; i < BLOCK; i++)
		sum += p[i];
	snprintf(word, sizeof(word), "%06o", sum);
	memcpy(p + 148, word, 7);
}

/* The last digit of len=N in the link name: see ocr-stream(5). */
static void
lengthen(struct link *l)
{
	char *p = memmem(l->entry + 157, 100, " len=", 5);

	if (!p)
		return;
	p += 5;
	p += strspn(p, "0123456789") - 1;
	*p = *p == '0' ? '1' : '0';
	tell(l, names[LENGTH]);
	seal(l->entry);
}

static void
chunk(struct link *l, size_t n)
{
	uint64_t k = l->n_chunks++;

	if (k == l->at[FOREIGN]) {
		tell(l, names[FOREIGN]);
		memcpy(l->entry, "999999999998", 12);
		seal(l->entry);
	}
	if (k == l->at[WRONG] && n > BLOCK) {
		tell(l, names[WRONG]);
		l->entry[BLOCK + octal(l->entry + 124, 11) / 2] ^= 1;
		seal(l->entry);
	}
	if (k == l->at[KEEP]) {
		tell(l, names[KEEP]);
		return;
	}
	if (k == l->at[LENGTH])
		lengthen(l);
	if (k == l->at[SWAP]) {
		tell(l, names[SWAP]);
		l->held = malloc(n);
		if (!l->held)
			die("memory");
		memcpy(l->held, l->entry, n);
		l->n_held = n;
		return;
	}
	pass_out(l, l->entry, n);
	if (k == l->at[DOUBLE]) {
		tell(l, names[DOUBLE]);
		pass_out(l, l->entry, n);
	}
}

/* What somebody says who is older or newer than we are. */
static void
begin(struct link *l, uint8_t *p, size_t n)
{
	static const char text[] = "version=", more[] = "later=1\n";
	size_t size = octal(p + 124, 11), k = strlen(more);
	char word[16];

	if (memcmp(p + BLOCK, text, strlen(text)))
		return;
	tell(l, names[SKEW]);
	p[BLOCK + strlen(text)] = (uint8_t)*l->value[SKEW];
	if (BLOCK + size + k <= n) {
		memcpy(p + BLOCK + size, more, k);
		snprintf(word, sizeof(word), "%011zo", size + k);
		memcpy(p + 124, word, 11);
	}
	seal(p);
}

/* Whole entries: chunks have a number for a name. */
static void
entries(struct link *l, const uint8_t *p, size_t n)
{
	size_t need;

	l->entry = realloc(l->entry, l->n_entry + n);
	if (!l->entry)
		die("memory");
	memcpy(l->entry + l->n_entry, p, n);
	l->n_entry += n;
	while (l->n_entry >= BLOCK) {
		need = entry_bytes(l->entry);
		need = need ? need : BLOCK;
		if (l->n_entry < need)
			return;
		if (l->value[SKEW] && !memcmp(l->entry, "ocr/begin", 10))
			begin(l, l->entry, need);
		if (l->entry[0] >= '0' && l->entry[0] <= '9')
			chunk(l, need);
		else
			pass_out(l, l->entry, need);
		if (l->held && l->n_chunks != l->at[SWAP] + 1) {
			pass_out(l, l->held, l->n_held);
			free(l->held);
			l->held = NULL;
		}
		l->n_entry -= need;
		memmove(l->entry, l->entry + need, l->n_entry);
	}
}

/* False at the end. */
static bool
from_command(struct link *l)
{
	bool has_chunks = l->value[DOUBLE] || l->value[SWAP] ||
			  l->value[FOREIGN] || l->value[WRONG] ||
			  l->value[KEEP] || l->value[LENGTH] || l->value[SKEW];
	uint8_t buf[BUF];
	size_t cap = l->value[RATE] ? 4096 : sizeof(buf);
	ssize_t n = read(l->from, buf, cap);

	if (n < 0 && errno == EINTR)
		return true;
	if (n > 0) {
		if (has_chunks)
			entries(l, buf, (size_t)n);
		else
			pass_out(l, buf, (size_t)n);
		return true;
	}
	if (l->held)
		pass_out(l, l->held, l->n_held);
	if (l->n_entry)
		pass_out(l, l->entry, l->n_entry);
	return false;
}

static void
look_for_poison(struct link *l, const uint8_t *p, size_t n)
{
	const char *word = l->value[POISON];
	size_t keep;

	if (!word || !*word || strlen(word) > 255)
		return;
	memcpy(l->tail + l->n_tail, p, n);
	l->n_tail += n;
	if (memmem(l->tail, l->n_tail, word, strlen(word)))
		kill_it(l, POISON, 255);
	keep = strlen(word) - 1;
	if (l->n_tail > keep) {
		memmove(l->tail, l->tail + l->n_tail - keep, keep);
		l->n_tail = keep;
	}
}

/* Bytes on their way in: as many as the command takes. */
struct in {
	uint8_t buf[BUF];
	size_t begin, end;
	bool is_over;
};

static void
close_to(struct link *l)
{
	if (l->to >= 0)
		close(l->to);
	l->to = -1;
}

static void
fill(struct link *l, struct in *in)
{
	ssize_t n = read(0, in->buf, sizeof(in->buf));

	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0) {
		in->is_over = true;
		close_to(l);
		return;
	}
	in->begin = 0;
	in->end = (size_t)n;
	if (l->at[FLIPIN] - l->n_in < (uint64_t)n) {
		tell(l, names[FLIPIN]);
		in->buf[l->at[FLIPIN] - l->n_in] ^= 1;
	}
	l->n_in += (uint64_t)n;
	look_for_poison(l, in->buf, (size_t)n);
}

static void
drain(struct link *l, struct in *in)
{
	ssize_t n = write(l->to, in->buf + in->begin, in->end - in->begin);

	if (n > 0)
		in->begin += (size_t)n;
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		close_to(l); /* what comes now is lost, as with ssh */
}

static void
relay(struct link *l)
{
	static struct in in;
	bool is_over = false;

	while (!is_over) {
		bool has = in.begin < in.end;
		struct pollfd p[4] = {
		    {in.is_over || (has && l->to >= 0) ? -1 : 0, POLLIN, 0},
		    {has ? l->to : -1, POLLOUT, 0},
		    {l->from, POLLIN, 0},
		    {1, 0, 0},
		};

		if (poll(p, 4, -1) < 0 && errno != EINTR)
			die("poll");
		if (p[3].revents)
			finish(l, 255); /* its reader has gone */
		if (p[0].revents)
			fill(l, &in);
		if (p[1].revents)
			drain(l, &in);
		if (p[2].revents)
			is_over = !from_command(l);
	}
}

/* The link is down: nobody hears that the command has ended. */
static _Noreturn void
never_end(struct link *l)
{
	struct pollfd p = {1, 0, 0};

	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		;
	finish(l, 255);
}

int
main(int argc, char **argv)
{
	static struct link l = {.to = -1, .from = -1};
	int status;

	if (argc < 3) {
		fputs("usage: fakersh HOST COMMAND [ARG...]\n", stderr);
		return 255;
	}
	signal(SIGPIPE, SIG_IGN);
	l.host = argv[1];
	l.number = count(l.host);
	read_faults(&l);
	if (l.value[REFUSE]) {
		fprintf(stderr,
		    "ssh: connect to host %s port 22: Connection "
		    "refused\n",
		    l.host);
		finish(&l, (int)(l.at[REFUSE] & 255));
	}
	if (l.value[WAIT])
		rest(l.at[WAIT]);
	if (l.value[TEXT]) {
		put((const uint8_t *)l.value[TEXT], strlen(l.value[TEXT]));
		put((const uint8_t *)"\n", 1);
	}
	start(&l, argv + 2);
	l.is_muted = l.value[HANG];
	relay(&l);
	if (l.is_muted)
		never_end(&l);
	if (waitpid(l.pid, &status, 0) < 0)
		die("wait");
	finish(&l, WIFEXITED(status) ? WEXITSTATUS(status) : 255);
}
