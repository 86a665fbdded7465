/*
 * softcard_link.c - the socket between XRT's emulation and its card
 */
#include "config.h"

#include "src/softcard_link.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/io.h"

#define CONNECT_TRIES 30000
#define CONNECT_PAUSE_MS 1
#define SKIP_BYTES ((size_t)64 << 10) /* stays in the cache */

static const char peer[] = "the program";

/* unix_socket in XRT's common_em/unix_socket.cxx */
static int
socket_path(struct sockaddr_un *sa, struct ocr_err *err)
{
	const char *user = getenv("USER"), *id = getenv("EMULATION_SOCKETID");
	int n;

	*sa = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (user == NULL)
		n = snprintf(sa->sun_path, sizeof(sa->sun_path),
		    "/tmp/xcl_sock");
	else
		n = snprintf(sa->sun_path, sizeof(sa->sun_path), "/tmp/%s/%s",
		    user, id == NULL ? "xcl_sock" : id);
	if ((size_t)n >= sizeof(sa->sun_path))
		return ocr_err_set(err, -OCR_EIO,
		    "the name of the socket is too long");
	return 0;
}

static int
connect_once(const struct sockaddr_un *sa)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), e;

	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) == 0)
		return fd;
	e = errno;
	close(fd);
	errno = e;
	return -1;
}

/* XRT starts us first and listens afterwards. */
static int
connect_patiently(struct ocr_softcard_link *l, const struct sockaddr_un *sa,
    struct ocr_err *err)
{
	struct pollfd p = {.fd = l->parent_fd, .events = POLLIN};
	int i;

	for (i = 0; i < CONNECT_TRIES; i++) {
		l->fd = connect_once(sa);
		if (l->fd >= 0)
			return 0;
		if (errno != ENOENT && errno != ECONNREFUSED &&
		    errno != EINTR && errno != EAGAIN)
			break;
		if (poll(&p, 1, CONNECT_PAUSE_MS) > 0)
			return ocr_err_set(err, -OCR_EIO,
			    "the program that started this card has ended");
	}
	return ocr_err_sys(err, "cannot connect to '%s'", sa->sun_path);
}

int
ocr_softcard_link_open(struct ocr_softcard_link *l, struct ocr_err *err)
{
	struct sockaddr_un sa;
	int r;

	*l = (struct ocr_softcard_link){.fd = -1, .parent_fd = -1};
	r = socket_path(&sa, err);
	if (r < 0)
		return r;
	l->buf = malloc(OCR_SOFTCARD_LINK_BYTES);
	if (l->buf == NULL)
		return ocr_err_nomem(err);
	/* Not the signal of prctl(PR_SET_PDEATHSIG): that comes when the
	 * thread ends which loaded the xclbin. */
	l->parent_fd = (int)syscall(SYS_pidfd_open, getppid(), 0);
	r = connect_patiently(l, &sa, err);
	if (r < 0)
		ocr_softcard_link_close(l);
	else
		(void)unlink(sa.sun_path);
	return r;
}

void
ocr_softcard_link_close(struct ocr_softcard_link *l)
{
	if (l->fd >= 0)
		close(l->fd);
	if (l->parent_fd >= 0)
		close(l->parent_fd);
	free(l->buf);
	*l = (struct ocr_softcard_link){.fd = -1, .parent_fd = -1};
}

/* Have at least n bytes in the buffer.  1, 0 at the end, or a code. */
static int
fill(struct ocr_softcard_link *l, size_t n, struct ocr_err *err)
{
	int64_t got;

	while (l->len < n) {
		got = ocr_read_some(l->fd, l->buf + l->len,
		    OCR_SOFTCARD_LINK_BYTES - l->len, peer, l->parent_fd, err);
		if (got == -OCR_ECANCEL) {
			ocr_err_clear(err);
			return 0;
		}
		if (got <= 0)
			return (int)got;
		l->len += (size_t)got;
	}
	return 1;
}

int
ocr_softcard_link_next(struct ocr_softcard_link *l,
    struct ocr_softcard_request *q, struct ocr_err *err)
{
	uint64_t len;
	size_t here;
	int r;

	r = fill(l, OCR_WIRE_REQUEST_BYTES, err);
	if (r <= 0)
		return r;
	if (!ocr_wire_get_request(l->buf, &len, &q->message))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s sent something that is no message", peer);
	l->len -= OCR_WIRE_REQUEST_BYTES;
	memmove(l->buf, l->buf + OCR_WIRE_REQUEST_BYTES, l->len);
	here = len < OCR_SOFTCARD_LINK_BYTES ? (size_t)len
					     : OCR_SOFTCARD_LINK_BYTES;
	r = fill(l, here, err);
	if (r <= 0)
		return r;
	q->wire = (struct ocr_wire){.p = l->buf,
	    .end = l->buf + here,
	    .rest = len - here};
	/* The shim waits for an answer: nothing follows the request. */
	l->len = 0;
	return 1;
}

int
ocr_softcard_link_take(struct ocr_softcard_link *l,
    struct ocr_softcard_request *q, void *to, uint64_t n, struct ocr_err *err)
{
	uint8_t nowhere[SKIP_BYTES], *p = to == NULL ? nowhere : to;
	uint64_t max = to == NULL ? sizeof(nowhere) : (uint64_t)1 << 30;
	int64_t got;

	while (n > 0) {
		got = ocr_read_some(l->fd, p, (size_t)(n < max ? n : max), peer,
		    -1, err);
		if (got < 0)
			return (int)got;
		if (got == 0)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "%s ended within a message", peer);
		n -= (uint64_t)got;
		q->wire.rest -= (uint64_t)got;
		if (to != NULL)
			p += got;
	}
	return 0;
}

int
ocr_softcard_link_refill(struct ocr_softcard_link *l,
    struct ocr_softcard_request *q, struct ocr_err *err)
{
	size_t n = q->wire.rest < OCR_SOFTCARD_LINK_BYTES
		       ? (size_t)q->wire.rest
		       : OCR_SOFTCARD_LINK_BYTES;

	q->wire.p = l->buf;
	q->wire.end = l->buf + n;
	return ocr_softcard_link_take(l, q, l->buf, n, err);
}

int
ocr_softcard_link_answer(struct ocr_softcard_link *l, struct ocr_wire_out *out,
    const void *data, size_t len, struct ocr_err *err)
{
	struct iovec iov[2];

	ocr_wire_finish(out, len);
	iov[0] = (struct iovec){.iov_base = out->data, .iov_len = out->len};
	iov[1] =
	    (struct iovec){.iov_base = (void *)(uintptr_t)data, .iov_len = len};
	return ocr_writev_full(l->fd, iov, len > 0 ? 2 : 1, peer, err);
}
