/*
 * err.h - error codes, and the one place where their text is kept
 *
 * A function that can fail returns 0 (or a count) or a negative code.  The
 * function that knows the facts writes the text, once, into the caller's
 * struct ocr_err; everybody above only passes the code up.  Text is lower
 * case, without the tool's name and without a full stop: "what: why".
 * Only bin/ turns a code into an exit status.
 */
#ifndef OCR_ERR_H
#define OCR_ERR_H

/* One code per reaction, not per cause. */
enum ocr_code {
	OCR_EUSAGE = 1, /* the command line is wrong: exit 2 */
	OCR_EIO,        /* the system refused: open, read, write, space */
	OCR_EFORMAT,    /* the input is damaged or not what it claims to be */
	OCR_ELIMIT,     /* a limit that the user set (or the format has) */
	OCR_ENOMEM,     /* no memory */
	OCR_EDEVICE,    /* a worker failed; the work itself may be fine */
	OCR_EHOST,      /* no worker is left: exit 3, worth another try */
	OCR_ECANCEL,    /* stopped because something else failed first */
	OCR_EPIPE,      /* the reader of our output went away: die of SIGPIPE */
};

/* Starts zeroed; untouched on success.  Owner: the caller. */
struct ocr_err {
	int code; /* 0 or -OCR_E... */
	char text[512];
};

/* Set code (negative) and text; an error that is already set stays (first
 * one wins).  Returns code. */
int ocr_err_set(struct ocr_err *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Same with ": " and errno's text at the end.  The code is -OCR_EPIPE for
 * EPIPE, -OCR_ENOMEM for ENOMEM, else -OCR_EIO. */
int ocr_err_sys(struct ocr_err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* -OCR_ENOMEM, "out of memory". */
int ocr_err_nomem(struct ocr_err *err);

/* Forget an error so that the struct can be used again. */
void ocr_err_clear(struct ocr_err *err);

/* The exit status that a code stands for (0 for 0; SIGPIPE is bin's). */
int ocr_err_exit_status(int code);

#endif
