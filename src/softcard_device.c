/*
 * softcard_device.c - the device process: from its start to its end
 */
#include "config.h"

#include "src/softcard_device.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/softcard_card.h"
#include "src/softcard_guard.h"
#include "src/softcard_link.h"
#include "src/softcard_message.h"

/* What the program had open is none of our business: a socket of another
 * card's, kept open here, would hide the program's end from that card. */
static void
forget_program(void)
{
	sigset_t none;
	int fd;

	/* What is opened later must not become stderr. */
	for (fd = 0; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", O_RDWR);
	}
	(void)syscall(SYS_close_range, 3U, UINT_MAX, 0U);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	(void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}

/* "device3_1_4711" is card 3. */
static unsigned
card_number(void)
{
	const char *id = getenv("EMULATION_SOCKETID");
	unsigned n = 0;

	if (id == NULL || sscanf(id, "device%9u", &n) != 1)
		return 0;
	return n;
}

static int
serve(struct ocr_softcard_session *s, struct ocr_err *err)
{
	struct ocr_softcard_request q;
	int r = 1;

	while (r > 0 && !s->is_closed) {
		r = ocr_softcard_link_next(s->link, &q, err);
		if (r > 0 && ocr_softcard_message(s, &q, err) < 0)
			r = err->code;
	}
	/* A program that is killed leaves half a message, or half an answer
	 * unread: that is its end and no fault of ours. */
	if (r == -OCR_EIO || r == -OCR_EPIPE) {
		ocr_err_clear(err);
		r = 0;
	}
	return r < 0 ? r : 0;
}

/* A kernel that still runs is left alone: the process ends now, and what the
 * kernel uses must stay until then. */
static void
end_card(struct ocr_softcard *card)
{
	if (ocr_softcard_is_busy(card))
		return;
	ocr_softcard_release(card);
	free(card);
}

static int
run_card(struct ocr_softcard *card, struct ocr_err *err)
{
	struct ocr_softcard_session s = {.card = card};
	struct ocr_softcard_link link;
	int r;

	r = ocr_softcard_link_open(&link, err);
	if (r < 0)
		return r;
	s.link = &link;
	r = serve(&s, err);
	ocr_softcard_link_close(&link);
	ocr_softcard_buffers_release(&s.buffers);
	return r;
}

int
ocr_softcard_device_run(struct ocr_err *err)
{
	struct ocr_softcard *card = calloc(1, sizeof(*card));
	int r;

	if (card == NULL)
		return ocr_err_nomem(err);
	forget_program();
	card->number = card_number();
	card->dir = getenv("OCR_SOFTCARD");
	card->ui.tool = "ocr-softcard";
	r = ocr_softcard_options_parse(&card->options,
	    getenv("OCR_SOFTCARD_OPTIONS"), err);
	if (card->options.has_trace)
		card->ui.verbosity = OCR_VERBOSE;
	if (r == 0)
		r = ocr_softcard_guard_install(err);
	if (r == 0)
		r = ocr_softcard_init(card, err);
	if (r < 0) {
		free(card);
		return r;
	}
	r = run_card(card, err);
	end_card(card);
	return r;
}
