/*
 * joblog.c - write a line for every attempt at a chunk
 */
#include "config.h"

#include "common/joblog.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/io.h"
#include "common/joblog_line.h"

#define NS 1000000000
#define HOST_BYTES 400 /* in a line */

/* CLOCK_REALTIME of ocr_now_ns() 0. */
static int64_t
epoch_ns(void)
{
	struct timespec t = {0};

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * NS + t.tv_nsec - (int64_t)ocr_now_ns();
}

/*
 * Where a regular file is to be cut, so that it is empty or ends with a whole
 * line.  It must begin as a joblog does, or as much of that as there is: any
 * other file was named by mistake.
 */
static int64_t
whole_len(int fd, int64_t size, const char *path, struct ocr_err *err)
{
	static const char head[] = OCR_JOBLOG_HEAD;
	const size_t head_len = sizeof(head) - 1;
	size_t len = OCR_JOBLOG_LINE_BYTES;
	int64_t at, n, r = 0;
	char *buf;

	buf = malloc(len);
	if (buf == NULL)
		return ocr_err_nomem(err);
	n = ocr_pread_full(fd, buf, head_len, 0, path, err);
	if (n > 0 && memcmp(buf, head, (size_t)n) != 0)
		n = ocr_err_set(err, -OCR_EUSAGE,
		    "'%.300s' is no joblog, so it is left as it is", path);
	if (n < (int64_t)head_len) {
		free(buf);
		return n < 0 ? n : 0;
	}
	at = size > (int64_t)len ? size - (int64_t)len : 0;
	n = ocr_pread_full(fd, buf, len, (uint64_t)at, path, err);
	while (n > 0 && buf[n - 1] != '\n')
		n--;
	if (n > 0)
		r = at + n;
	else if (n == 0)
		r = ocr_err_set(err, -OCR_EFORMAT,
		    "'%.300s' is no joblog: its last line is too long", path);
	else
		r = n;
	free(buf);
	return r;
}

/* Lock a regular file and cut it; then what has nothing gets a head line. */
static int
prepare(struct ocr_joblog *j, enum ocr_joblog_mode mode, struct ocr_err *err)
{
	static const char head[] = OCR_JOBLOG_HEAD;
	struct stat st;
	int64_t len = 0;

	if (fstat(j->fd, &st) < 0)
		return ocr_err_sys(err, "cannot look at '%.300s'", j->path);
	if (S_ISREG(st.st_mode)) {
		if (flock(j->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
			return ocr_err_set(err, -OCR_EIO,
			    "'%.300s' is in use by another run", j->path);
		if (fstat(j->fd, &st) < 0)
			return ocr_err_sys(err, "cannot look at '%.300s'",
			    j->path);
		len = whole_len(j->fd, st.st_size, j->path, err);
		if (len < 0)
			return (int)len;
		if (mode == OCR_JOBLOG_NEW)
			len = 0;
		if (len != st.st_size && ftruncate(j->fd, len) < 0)
			return ocr_err_sys(err, "cannot cut '%.300s'", j->path);
	}
	if (len > 0)
		return 0;
	return ocr_write_full(j->fd, head, sizeof(head) - 1, j->path, err);
}

int
ocr_joblog_open(struct ocr_joblog *j, const char *path,
    enum ocr_joblog_mode mode, const char *command, struct ocr_err *err)
{
	int r;

	*j = (struct ocr_joblog){.fd = -1};
	if (strcmp(path, "-") == 0)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--joblog: standard output is for data");
	j->path = strdup(path);
	j->command = ocr_joblog_clean(command);
	j->epoch_ns = epoch_ns();
	if (j->path == NULL || j->command == NULL) {
		r = ocr_err_nomem(err);
		goto out;
	}
	j->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY,
	    0666);
	r = j->fd < 0 ? ocr_err_sys(err, "cannot open '%.300s'", path)
		      : prepare(j, mode, err);
out:
	if (r < 0) {
		struct ocr_err lost = {0};

		ocr_joblog_close(j, &lost);
	}
	return r;
}

/* A name of a host is one word. */
static void
clean_host(char to[HOST_BYTES], const char *host)
{
	size_t n = 0;

	for (; n < HOST_BYTES - 1 && host[n] != '\0'; n++)
		to[n] = (unsigned char)host[n] <= 0x20 || host[n] == 0x7f
			    ? '_'
			    : host[n];
	if (n == 0)
		to[n++] = '_';
	to[n] = '\0';
}

int
ocr_joblog_write(const struct ocr_joblog *j, const struct ocr_joblog_line *line,
    struct ocr_err *err)
{
	int64_t start_ms = (j->epoch_ns + (int64_t)line->start_ns) / 1000000;
	uint64_t ns =
	    line->end_ns > line->start_ns ? line->end_ns - line->start_ns : 0;
	char text[OCR_JOBLOG_COMMAND_BYTES + HOST_BYTES + 400];
	char host[HOST_BYTES], sum[128] = "";
	const struct ocr_joblog_sum *s = &line->sum;
	int n;

	if (start_ms < 0)
		start_ms = 0;
	clean_host(host, line->host);
	if (line->has_sum)
		snprintf(sum, sizeof(sum),
		    " in=%" PRIu64 ":%08" PRIx32 " out=%" PRIu64 ":%08" PRIx32,
		    s->in_len, s->in_crc, s->out_len, s->out_crc);
	n = snprintf(text, sizeof(text),
	    "%" PRIu64 "\t%s\t%" PRId64 ".%03d\t%10.3f\t%" PRIu64 "\t%" PRIu64
	    "\t%d\t%d\t%s #%s\n",
	    line->seq, host, start_ms / 1000, (int)(start_ms % 1000),
	    (double)ns / NS, line->sent, line->received, line->exitval,
	    line->signal, j->command, sum);
	return ocr_write_full(j->fd, text, (size_t)n, j->path, err);
}

int
ocr_joblog_close(struct ocr_joblog *j, struct ocr_err *err)
{
	int r = 0;

	/* Where writing is late (NFS) this is what says that it failed. */
	if (j->fd >= 0 && close(j->fd) < 0 && errno != EINTR)
		r = ocr_err_sys(err, "cannot close '%.300s'", j->path);
	free(j->path);
	free(j->command);
	*j = (struct ocr_joblog){.fd = -1};
	return r;
}
