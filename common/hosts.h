/*
 * hosts.h - which machines to use: host lists
 *
 * A line of a file names a host, or several:
 *
 *	[SLOTS/][USER@]HOST[:PORT] [KEY=VALUE...]     # comment
 *
 *	node1                   as many slots as the host has cores
 *	4/node1:2222            four of them, another port
 *	me@node[01-10,15]       eleven hosts; a range may stand anywhere in
 *	                        HOST and PORT, padded as its first number is
 *	[::1]:22                IPv6
 *	:                       this machine, without a connection
 *	node1 slots=4           as mpirun has it
 *
 * Keys: slots; weight (how fast to believe it at first, beside others); and of
 * that host devices (-D there), path (the directory of our tools there),
 * xclbin; rsh (how to connect to it, rsh.h).  Values with blanks in them are
 * quoted: rsh="ssh -J gate {host}" (words.h).
 *
 * A host that is named twice has the sum of the slots, a line without any
 * counting as one, as mpirun has it: so files that name a host once for every
 * core ($PBS_NODEFILE) work.  Its keys must be the same.
 *
 * What is in a list may come from anybody: names hold nothing that a shell, a
 * launcher's options or a terminal could take for something else.
 */
#ifndef OCR_HOSTS_H
#define OCR_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define OCR_HOSTS_MAX 100000
#define OCR_HOST_NAME_BYTES 255
#define OCR_HOST_USER_BYTES 64
#define OCR_HOST_MAX_SLOTS 4096
#define OCR_HOST_LABEL_BYTES                                                   \
	(OCR_HOST_NAME_BYTES + OCR_HOST_USER_BYTES + sizeof("@[]:65535"))

/* All text belongs to the list. */
struct ocr_host {
	const char *name;    /* without brackets; "" where is_here */
	const char *user;    /* or NULL */
	const char *devices; /* or NULL; can be parsed (device.h) */
	const char *path;    /* or NULL */
	const char *rsh;     /* or NULL; can be split */
	const char *xclbin;  /* or NULL */
	double weight;       /* 0: not said */
	unsigned port;       /* 0: not said */
	unsigned slots;      /* 0: the host decides */
	bool is_here;        /* ":" */
	bool is_slurm;       /* from the allocation */
	const char *file;    /* for messages: where it was named first, ... */
	unsigned line;       /* ... or 0: no file */
};

/* Starts zeroed. */
struct ocr_hosts {
	struct ocr_host *list;
	size_t n;
	/* private */
	size_t room;
	char **texts;
	size_t n_texts, texts_room;
};

/*
 * Add what text[0..len), the content of 'file', names.  -OCR_EUSAGE
 * "hosts.txt:3: 'a;b' holds ';': ..."; the list is then of no use.
 */
int ocr_hosts_add_text(struct ocr_hosts *l, const char *file, const char *text,
    size_t len, struct ocr_err *err);
/* Same for a file's content.  What cannot be read is -OCR_EUSAGE as well, and
 * so is "-": standard input is for data. */
int ocr_hosts_add_file(struct ocr_hosts *l, const char *path,
    struct ocr_err *err);
/* Hosts without keys, with commas between them (those of ranges apart); what =
 * "--host", for messages. */
int ocr_hosts_add_list(struct ocr_hosts *l, const char *what, const char *text,
    struct ocr_err *err);
/* The nodes of the Slurm allocation that we run in; starts scontrol. */
int ocr_hosts_add_slurm(struct ocr_hosts *l, struct ocr_err *err);

/*
 * What a tool gets: --hosts (a file, or "slurm") and the list of --host
 * together; without either, $OCR_HOSTS, which is like --hosts.  An empty list
 * is no error: then there is this machine alone.
 */
int ocr_hosts_choose(struct ocr_hosts *l, const char *hosts, const char *host,
    struct ocr_err *err);
void ocr_hosts_release(struct ocr_hosts *l);

/* "me@node1:2222", "[::1]:22", ":", without blanks; returns buf. */
const char *ocr_host_label(const struct ocr_host *h,
    char buf[OCR_HOST_LABEL_BYTES]);

/*
 * Slurm's "2(x3),1": what it says for each of n nodes.  -OCR_EUSAGE if it is
 * malformed, a number is 0 or over OCR_HOST_MAX_SLOTS, or it is not for n.
 */
int ocr_hosts_slurm_counts(const char *what, const char *text, unsigned *counts,
    size_t n, struct ocr_err *err);

#endif
