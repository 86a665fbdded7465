/*
 * hosts_slurm.c - the nodes of a Slurm allocation as a list of hosts
 *
 * Slots are the cores that the job has on a node ($SLURM_JOB_CPUS_PER_NODE):
 * its tasks are often one a node, whatever cores that has.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/hosts.h"
#include "common/hosts_list.h"
#include "common/io.h"
#include "common/proc.h"

#define ANSWER_BYTES ((size_t)4 << 20) /* of scontrol at most */
#define ANSWER_S 30
#define GRACE_MS 1000

/* Digits at *s, up to max and not 0; moves behind them. */
static bool
take_number(const char **s, unsigned max, unsigned *out)
{
	unsigned v = 0;

	for (; **s >= '0' && **s <= '9' && v <= max; (*s)++)
		v = v * 10 + (unsigned)(**s - '0');
	*out = v;
	return v > 0 && v <= max;
}

int
ocr_hosts_slurm_counts(const char *what, const char *text, unsigned *counts,
    size_t n, struct ocr_err *err)
{
	const char *s = text;
	unsigned v, times;
	size_t i = 0;

	for (;;) {
		times = 1;
		if (!take_number(&s, OCR_HOST_MAX_SLOTS, &v))
			break;
		if (strncmp(s, "(x", 2) == 0) {
			s += 2;
			if (!take_number(&s, OCR_HOSTS_MAX, &times) ||
			    *s++ != ')')
				break;
		}
		if (times > n - i)
			break;
		while (times-- > 0)
			counts[i++] = v;
		if (*s == '\0' && i == n)
			return 0;
		if (*s++ != ',')
			break;
	}
	return ocr_err_set(err, -OCR_EUSAGE,
	    "%s: '%.80s' does not say it for %zu nodes, as in 4(x2),8", what,
	    text, n);
}

/* What it writes up to its end, in time.  Returns the length. */
static int64_t
read_answer(int fd, char *buf, size_t cap, struct ocr_err *err)
{
	uint64_t end_ns = ocr_now_ns() + (uint64_t)ANSWER_S * 1000000000, now;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	size_t len = 0;
	int64_t n;

	for (;;) {
		now = ocr_now_ns();
		if (now >= end_ns)
			return ocr_err_set(err, -OCR_EIO,
			    "scontrol: no answer within %d s", ANSWER_S);
		n = poll(&p, 1, (int)((end_ns - now) / 1000000) + 1);
		if (n == 0 || (n < 0 && errno == EINTR))
			continue;
		if (len == cap)
			return ocr_err_set(err, -OCR_EIO,
			    "scontrol: an answer of more than %zu bytes", cap);
		n = ocr_read_some(fd, buf + len, cap - len, "scontrol", -1,
		    err);
		if (n <= 0)
			return n < 0 ? n : (int64_t)len;
		len += (size_t)n;
	}
}

/* scontrol show hostnames NODES: one a line. */
static int64_t
ask(const char *nodes, char *buf, size_t cap, struct ocr_err *err)
{
	char program[] = "scontrol", show[] = "show", what[] = "hostnames";
	char *const argv[] = {program, show, what, (char *)(uintptr_t)nodes,
	    NULL};
	struct ocr_proc_spec spec = {.argv = argv, .in_fd = -1, .err_fd = -1};
	struct ocr_proc proc = {0};
	int fd[2], status = 0;
	char how[64];
	int64_t n;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return ocr_err_sys(err, "cannot make a pipe");
	spec.out_fd = fd[1];
	spec.in_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	n = ocr_proc_start(&proc, &spec, err);
	close(fd[1]);
	if (spec.in_fd >= 0)
		close(spec.in_fd);
	if (n == 0) {
		n = read_answer(fd[0], buf, cap, err);
		if (n >= 0 &&
		    ocr_proc_wait(&proc, ANSWER_S * 1000, &status, err) != 1)
			n = ocr_err_set(err, -OCR_EIO,
			    "scontrol: it does not end");
		ocr_proc_end(&proc, GRACE_MS);
	}
	close(fd[0]);
	if (n >= 0 && status != 0)
		return ocr_err_set(err, -OCR_EIO, "scontrol: %s",
		    ocr_proc_describe(status, how, sizeof(how)));
	return n;
}

/* Its lines are hosts; only names, whatever it says. */
static int
add_nodes(struct ocr_hosts *l, const struct ocr_host *base, const char *text,
    size_t len, struct ocr_err *err)
{
	const char *end = text + len, *next;
	int r = 0;

	while (r == 0 && text < end) {
		next = memchr(text, '\n', (size_t)(end - text));
		if (next == NULL)
			next = end;
		if (next > text)
			r = ocr_hosts_add_target(l, base, "scontrol", text,
			    (size_t)(next - text), err);
		text = next < end ? next + 1 : end;
	}
	return r;
}

/* The variable that is there says how many slots each has. */
static int
set_slots(struct ocr_host *list, size_t n, struct ocr_err *err)
{
	static const char *const names[] = {"SLURM_JOB_CPUS_PER_NODE",
	    "SLURM_TASKS_PER_NODE"};
	const char *text = NULL;
	unsigned *counts;
	int r;

	for (size_t i = 0; i < 2; i++) {
		text = getenv(names[i]);
		if (text == NULL || *text == '\0')
			continue;
		counts = calloc(n, sizeof(*counts));
		if (counts == NULL)
			return ocr_err_nomem(err);
		r = ocr_hosts_slurm_counts(names[i], text, counts, n, err);
		for (size_t k = 0; r == 0 && k < n; k++)
			list[k].slots = counts[k];
		free(counts);
		return r;
	}
	return 0;
}

int
ocr_hosts_add_slurm(struct ocr_hosts *l, struct ocr_err *err)
{
	const char *nodes = getenv("SLURM_JOB_NODELIST");
	struct ocr_host base = {.is_slurm = true};
	size_t first = l->n;
	char *answer;
	int64_t n;
	int r;

	if (nodes == NULL || *nodes == '\0')
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--hosts slurm: this is no allocation of Slurm's "
		    "($SLURM_JOB_NODELIST is not set); use salloc or sbatch, "
		    "or ./slurm for a file of that name");
	if (nodes[0] == '-')
		return ocr_err_set(err, -OCR_EUSAGE,
		    "SLURM_JOB_NODELIST: '%.80s' begins with '-'", nodes);
	base.file = ocr_hosts_keep(l, "slurm", 5);
	answer = malloc(ANSWER_BYTES);
	if (base.file == NULL || answer == NULL) {
		free(answer);
		return ocr_err_nomem(err);
	}
	n = ask(nodes, answer, ANSWER_BYTES, err);
	r = n < 0 ? (int)n : add_nodes(l, &base, answer, (size_t)n, err);
	free(answer);
	if (r == 0 && l->n == first)
		r = ocr_err_set(err, -OCR_EUSAGE,
		    "--hosts slurm: scontrol names no node for '%.80s'", nodes);
	if (r == 0)
		r = set_slots(l->list + first, l->n - first, err);
	return r == 0 ? ocr_hosts_merge(l, err) : r;
}
