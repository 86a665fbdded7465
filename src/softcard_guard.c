/*
 * softcard_guard.c - signal handlers that jump out of a kernel
 */
#include "config.h"

#include "src/softcard_guard.h"

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/cleanup.h"

/* Of an odd size, so that it is told from alternate stacks of others (of a
 * sanitizer, of a kernel's own threads). */
#define STACK_BYTES (((size_t)64 << 10) + 4096 + 48)
#define STACK_MARK UINT64_C(0x6f63722d67756172)

/* At the far end of the stack, which grows down from the other. */
struct stack_foot {
	uint64_t mark;
	struct ocr_softcard_guard *guard;
};

static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE};

#define N_CRASHES (sizeof(crashes) / sizeof(crashes[0]))
#define N_IGNORED (sizeof(ignored) / sizeof(ignored[0]))

/* Of the calling thread, or NULL. */
static struct ocr_softcard_guard *
find_guard(void)
{
	const struct stack_foot *foot;
	stack_t s;

	if (sigaltstack(NULL, &s) < 0 || (s.ss_flags & SS_DISABLE) != 0 ||
	    s.ss_size != STACK_BYTES)
		return NULL;
	foot = s.ss_sp;
	return foot->mark == STACK_MARK ? foot->guard : NULL;
}

static void
on_signal(int sig)
{
	struct ocr_softcard_guard *g = find_guard();

	if (g != NULL && g->is_inside) {
		g->is_inside = 0;
		siglongjmp(g->leave, sig);
	}
	if (sig != OCR_SOFTCARD_STOP_SIGNAL)
		ocr_cleanup_raise(sig);
}

int
ocr_softcard_guard_install(struct ocr_err *err)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
	size_t i;

	sigfillset(&sa.sa_mask);
	for (i = 0; i < N_CRASHES; i++) {
		if (sigaction(crashes[i], &sa, NULL) < 0)
			return ocr_err_sys(err, "cannot handle signals");
	}
	if (sigaction(OCR_SOFTCARD_STOP_SIGNAL, &sa, NULL) < 0)
		return ocr_err_sys(err, "cannot handle signals");
	sa = (struct sigaction){.sa_handler = SIG_IGN};
	for (i = 0; i < N_IGNORED; i++) {
		if (sigaction(ignored[i], &sa, NULL) < 0)
			return ocr_err_sys(err, "cannot handle signals");
	}
	return 0;
}

int
ocr_softcard_guard_begin(struct ocr_softcard_guard *g, void *owner,
    struct ocr_err *err)
{
	stack_t s = {.ss_size = STACK_BYTES};
	struct stack_foot *foot;
	sigset_t set;
	size_t i;

	s.ss_sp = malloc(STACK_BYTES);
	if (s.ss_sp == NULL)
		return ocr_err_nomem(err);
	foot = s.ss_sp;
	*foot = (struct stack_foot){.mark = STACK_MARK, .guard = g};
	g->owner = owner;
	g->is_inside = 0;
	if (sigaltstack(&s, &g->old) < 0) {
		free(s.ss_sp);
		return ocr_err_sys(err, "cannot use a signal stack");
	}
	g->stack = s.ss_sp;
	sigemptyset(&set);
	for (i = 0; i < N_CRASHES; i++)
		sigaddset(&set, crashes[i]);
	sigaddset(&set, OCR_SOFTCARD_STOP_SIGNAL);
	sigprocmask(SIG_UNBLOCK, &set, NULL); /* of this thread, on Linux */
	__atomic_store_n(&g->tid, gettid(), __ATOMIC_RELEASE);
	return 0;
}

void
ocr_softcard_guard_end(struct ocr_softcard_guard *g)
{
	sigset_t set;

	/* A stop that comes now must not need the stack. */
	sigemptyset(&set);
	sigaddset(&set, OCR_SOFTCARD_STOP_SIGNAL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaltstack(&g->old, NULL);
	free(g->stack);
	g->stack = NULL;
}

int
ocr_softcard_guard_call(struct ocr_softcard_guard *g, void (*fn)(void *),
    void *arg)
{
	int sig = sigsetjmp(g->leave, 1);

	if (sig == 0) {
		g->is_inside = 1;
		fn(arg);
		g->is_inside = 0;
	}
	return sig;
}

void
ocr_softcard_guard_stop(struct ocr_softcard_guard *g)
{
	int tid = __atomic_load_n(&g->tid, __ATOMIC_ACQUIRE);

	if (tid != 0)
		(void)tgkill(getpid(), tid, OCR_SOFTCARD_STOP_SIGNAL);
}

void *
ocr_softcard_guard_owner(void)
{
	const struct ocr_softcard_guard *g = find_guard();

	return g == NULL ? NULL : g->owner;
}
