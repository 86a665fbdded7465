/*
 * joblog.h - a line for every attempt at a chunk: GNU parallel's --joblog
 *
 * Nine columns with tabs between them, and a head line that names them:
 * Seq, Host, Starttime (seconds since 1970), JobRuntime (seconds), Send,
 * Receive (bytes), Exitval, Signal, Command.  What reads parallel's reads ours.
 * Seq is the chunk's number, from 0.  Behind the command stand, as a comment
 * for a shell, length and CRC-32 of what went in and what came out:
 *
 *	ocr-compress -6 # in=1048576:9ae0daaf out=345034:0badcafe
 *
 * From these --resume knows which chunks are done, of the same bytes and by
 * the same command; parallel's own trusts Seq alone.
 *
 * A line is one write to a file in append mode.  A run that is killed leaves at
 * most a cut last line, which readers leave out and the next run removes.
 */
#ifndef OCR_JOBLOG_H
#define OCR_JOBLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define OCR_JOBLOG_COMMAND_BYTES 1024 /* a longer one is cut */

/* Exitval: the host has lied, or may have: no success of its before counts. */
#define OCR_JOBLOG_WRONG 2

/* What an attempt had and made. */
struct ocr_joblog_sum {
	uint64_t in_len, out_len;
	uint32_t in_crc, out_crc;
};

struct ocr_joblog_line {
	uint64_t seq;
	const char *host;          /* ":" here, as parallel has it */
	uint64_t start_ns, end_ns; /* ocr_now_ns() */
	uint64_t sent, received;   /* bytes on the wire */
	int exitval;               /* 0: its result was taken, or is the same
				    * as the one that was */
	int signal;                /* that ended it, or 0 */
	/* Valid if has_sum; of a failed attempt what went in, out being 0. */
	bool has_sum;
	struct ocr_joblog_sum sum;
};

struct ocr_joblog {
	int fd; /* -1: none */
	char *path;
	char *command;
	int64_t epoch_ns; /* of ocr_now_ns() 0, since 1970 */
};

enum ocr_joblog_mode {
	OCR_JOBLOG_NEW = 0, /* replaces a joblog, but no other file */
	OCR_JOBLOG_RESUME,  /* goes on with one, if it is there */
};

/*
 * command: tool and options, whatever decides about the output.  A regular
 * file is locked: "x is in use by another run".  "-" is refused: standard
 * output is for data.
 */
int ocr_joblog_open(struct ocr_joblog *j, const char *path,
    enum ocr_joblog_mode mode, const char *command, struct ocr_err *err);
/* Any thread. */
int ocr_joblog_write(const struct ocr_joblog *j,
    const struct ocr_joblog_line *line, struct ocr_err *err);
/* A zeroed or closed one is fine if fd is -1. */
int ocr_joblog_close(struct ocr_joblog *j, struct ocr_err *err);

/* Chunks that were done, in order of seq, one each (its last success). */
struct ocr_joblog_done {
	struct ocr_joblog_entry {
		uint64_t seq;
		uint64_t line; /* of the file, from 1 */
		uint32_t host; /* CRC-32 of its name */
		struct ocr_joblog_sum sum;
	} * list;
	size_t n;
	size_t room;        /* private */
	uint64_t n_lines;   /* attempts in the file */
	uint64_t n_foreign; /* successes of another command, or without sums */
};

/* What the file at path says, to be read when it is open and so locked; one that is not there says nothing.
 * -OCR_EFORMAT "x:12: no line of a joblog". */
int ocr_joblog_read(struct ocr_joblog_done *d, const char *path,
    const char *command, struct ocr_err *err);
/* Same for text[0..len), a whole file. */
int ocr_joblog_parse(struct ocr_joblog_done *d, const char *path,
    const char *command, const char *text, size_t len, struct ocr_err *err);
/* What is known of chunk seq, if its bytes were these; else NULL. */
const struct ocr_joblog_sum *ocr_joblog_find(const struct ocr_joblog_done *d,
    uint64_t seq, uint64_t in_len, uint32_t in_crc);
void ocr_joblog_done_release(struct ocr_joblog_done *d);

#endif
