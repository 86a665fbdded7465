/*
 * softcard_peer.h - plays the program: XRT's side of a device process
 *
 * The test program itself must have no threads, for it forks.
 */
#ifndef TESTS_UNIT_SOFTCARD_PEER_H
#define TESTS_UNIT_SOFTCARD_PEER_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/softcard_device.h"
#include "src/softcard_wire.h"
#include "tests/unit/tap.h"

struct peer {
	pid_t pid;
	int fd;     /* the connection */
	int err_fd; /* what the device says on stderr */
	char path[160];
};

/* A message being put together, and the answer to the last one. */
struct message {
	uint8_t *data;
	size_t len, cap;
};

static inline void
message_raw(struct message *m, const void *data, size_t len)
{
	if (m->len + len > m->cap) {
		m->cap = 2 * (m->len + len);
		m->data = realloc(m->data, m->cap);
	}
	if (len > 0)
		memcpy(m->data + m->len, data, len);
	m->len += len;
}

static inline void
message_varint(struct message *m, uint64_t v)
{
	uint8_t b;

	do {
		b = (uint8_t)(v & 0x7f) | (v >= 0x80 ? 0x80 : 0);
		message_raw(m, &b, 1);
	} while ((v >>= 7) != 0);
}

static inline void
message_put(struct message *m, unsigned number, uint64_t value)
{
	message_varint(m, number << 3);
	message_varint(m, value);
}

static inline void
message_bytes(struct message *m, unsigned number, const void *data, size_t len)
{
	message_varint(m, number << 3 | 2);
	message_varint(m, len);
	message_raw(m, data, len);
}

static inline int
peer_listen(struct peer *p, const char *dir, unsigned card)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	char user[100], id[32];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	/* The path is /tmp/USER/ID, whatever the test's directory. */
	snprintf(user, sizeof(user), "..%s", dir);
	snprintf(id, sizeof(id), "device%u_1_%ld", card, (long)getpid());
	setenv("USER", user, 1);
	setenv("EMULATION_SOCKETID", id, 1);
	snprintf(p->path, sizeof(p->path), "/tmp/%s/%s", user, id);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%.*s",
	    (int)sizeof(sa.sun_path) - 1, p->path);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
	    listen(fd, 1) < 0)
		printf("Bail out! cannot listen at %s\n", p->path);
	return fd;
}

/* Start a device and take its connection; fd is -1 when it complains first. */
static inline void
peer_start(struct peer *p, const char *dir, unsigned card, const char *options)
{
	struct pollfd poll_fd[2];
	struct ocr_err err = {0};
	int pipe_fd[2], listener;

	setenv("OCR_SOFTCARD_OPTIONS", options, 1);
	listener = peer_listen(p, dir, card);
	if (pipe(pipe_fd) < 0)
		printf("Bail out! no pipe\n");
	fflush(stdout);
	p->pid = fork();
	if (p->pid == 0) {
		dup2(pipe_fd[1], STDERR_FILENO);
		if (ocr_softcard_device_run(&err) < 0)
			dprintf(STDERR_FILENO, "failed: %s\n", err.text);
		exit(err.code != 0);
	}
	close(pipe_fd[1]);
	p->err_fd = pipe_fd[0];
	poll_fd[0] = (struct pollfd){.fd = listener, .events = POLLIN};
	poll_fd[1] = (struct pollfd){.fd = p->err_fd, .events = POLLIN};
	p->fd = poll(poll_fd, 2, 20000) > 0 && poll_fd[0].revents != 0
		    ? accept(listener, NULL, NULL)
		    : -1;
	close(listener);
}

static inline int
peer_read(const struct peer *p, void *data, size_t len)
{
	size_t n = 0;
	ssize_t k;

	for (; n < len; n += (size_t)k) {
		k = read(p->fd, (uint8_t *)data + n, len - n);
		if (k <= 0)
			return 0;
	}
	return 1;
}

static inline int
peer_write(const struct peer *p, const void *data, size_t len)
{
	size_t n = 0;
	ssize_t k;

	for (; n < len; n += (size_t)k) {
		k = send(p->fd, (const uint8_t *)data + n, len - n,
		    MSG_NOSIGNAL);
		if (k <= 0)
			return 0;
	}
	return 1;
}

static inline int
peer_send(const struct peer *p, uint32_t number, const struct message *m,
    uint64_t len)
{
	uint8_t head[OCR_WIRE_REQUEST_BYTES] = {0x09};

	memcpy(head + 1, &len, 8);
	head[9] = 0x15;
	memcpy(head + 10, &number, 4);
	return peer_write(p, head, sizeof(head)) &&
	       peer_write(p, m->data, m->len);
}

/* The answer replaces the message; field 1 of it, or -1 where there is no
 * answer.  *bytes and *len: field 2. */
static inline int64_t
peer_answer(const struct peer *p, struct message *m, const uint8_t **bytes,
    size_t *len)
{
	uint8_t head[OCR_WIRE_RESPONSE_BYTES];
	struct ocr_wire_field f;
	struct ocr_wire w;
	int64_t value = -1;
	uint64_t n;

	if (!peer_read(p, head, sizeof(head)) || head[0] != 0x09)
		return -1;
	memcpy(&n, head + 1, 8);
	m->len = 0;
	if (n > m->cap) {
		m->data = realloc(m->data, n);
		m->cap = n;
	}
	if (!peer_read(p, m->data, n))
		return -1;
	m->len = n;
	w = (struct ocr_wire){.p = m->data, .end = m->data + n};
	while (ocr_wire_next(&w, &f) == OCR_WIRE_FIELD) {
		if (f.number == 1)
			value = (int64_t)f.value;
		if (f.number == 2 && bytes != NULL) {
			*bytes = f.data;
			*len = f.len;
		}
	}
	return w.p == w.end ? value : -1;
}

static inline int64_t
peer_call(const struct peer *p, uint32_t number, struct message *m)
{
	int64_t v = peer_send(p, number, m, m->len)
			? peer_answer(p, m, NULL, NULL)
			: -1;

	m->len = 0;
	return v;
}

/* What it has said on stderr until its end, and its exit status (128 + signal
 * as in the shell; -1: it does not end). */
static inline int
peer_end(struct peer *p, char *said, size_t cap)
{
	struct pollfd poll_fd = {.fd = p->err_fd, .events = POLLIN};
	size_t n = 0;
	ssize_t k = 1;
	int status;

	while (n + 1 < cap && poll(&poll_fd, 1, 10000) == 1 &&
	       (k = read(p->err_fd, said + n, cap - 1 - n)) > 0)
		n += (size_t)k;
	said[n] = '\0';
	if (k != 0)
		kill(p->pid, SIGKILL);
	waitpid(p->pid, &status, 0);
	unlink(p->path); /* where it did not connect */
	close(p->err_fd);
	close(p->fd);
	return k != 0                ? -1
	       : WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				     : WEXITSTATUS(status);
}

#endif
