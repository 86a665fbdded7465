/*
 * cleanup.c - remove temporary files when a signal ends the program
 *
 * The table is static because a handler gets no pointer.  Slots go
 * FREE -> FILLING -> LIVE -> FREE; the handler takes LIVE slots to GONE, so
 * that it never reads a path which another thread is just writing.
 */
#include "config.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N_SLOTS 16
#define N_GROUPS 1024 /* as many as there may be threads */

enum slot_state {
	SLOT_FREE = 0,
	SLOT_FILLING, /* its path is being written */
	SLOT_LIVE,
	SLOT_GONE, /* the handler has it; the program is about to end */
};

static struct {
	atomic_int state;
	char path[PATH_MAX];
} slots[N_SLOTS];

static atomic_int is_end_fast;
static atomic_int is_ending; /* the handler has begun */

static atomic_int groups[N_GROUPS]; /* 0: free */

/* owner: its thread, and the handler in it */
static _Thread_local struct {
	void (*volatile fn)(void *arg);
	void *volatile arg;
} on_abort;

_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "slots are used in a handler");

static int
move_slot(int i, int from, int to)
{
	return atomic_compare_exchange_strong(&slots[i].state, &from, to);
}

void
ocr_cleanup_raise(int sig)
{
	struct sigaction sa = {.sa_handler = SIG_DFL};
	sigset_t set;

	sigaction(sig, &sa, NULL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(sig);
}

/* At a signal, or where a library ends the program: what is left then is no
 * result. */
static void
remove_all(void)
{
	for (int i = 0; i < N_SLOTS; i++) {
		if (move_slot(i, SLOT_LIVE, SLOT_GONE))
			unlink(slots[i].path);
	}
}

static void
on_signal(int sig)
{
	int group;

	atomic_store(&is_ending, 1);
	remove_all();
	for (int i = 0; i < N_GROUPS; i++) {
		group = atomic_load(&groups[i]);
		if (group > 0)
			kill(-group, SIGTERM);
	}
	ocr_cleanup_raise(sig);
	_exit(128 + sig); /* init of a pid namespace does not die of it */
}

/*
 * A missing standard descriptor would be taken by the next file that is
 * opened, and data meant for stdout would end up in it.  Fill the gaps with
 * something that fails with EBADF like the missing one.
 */
static void
fill_std_fds(void)
{
	static const int modes[] = {O_WRONLY, O_RDONLY, O_WRONLY};

	for (int fd = 0; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)open("/dev/null", modes[fd]);
	}
}

void
ocr_cleanup_install(void)
{
	static const int fatal[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXCPU};
	struct sigaction sa = {.sa_handler = on_signal}, old;

	fill_std_fds();
	atexit(remove_all);
	sigfillset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++) {
		/* nohup, or a job that the shell put in the background */
		if (sigaction(fatal[i], NULL, &old) == 0 &&
		    old.sa_handler == SIG_IGN)
			continue;
		sigaction(fatal[i], &sa, NULL);
	}
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL); /* EPIPE */
	sigaction(SIGXFSZ, &sa, NULL); /* EFBIG */
}

int
ocr_cleanup_add(const char *path)
{
	size_t len = strlen(path);

	if (len >= sizeof(slots[0].path))
		return -1;
	for (int i = 0; i < N_SLOTS; i++) {
		if (!move_slot(i, SLOT_FREE, SLOT_FILLING))
			continue;
		memcpy(slots[i].path, path, len + 1);
		atomic_store(&slots[i].state, SLOT_LIVE);
		return i;
	}
	return -1;
}

void
ocr_cleanup_drop(int slot)
{
	if (slot >= 0 && slot < N_SLOTS)
		(void)move_slot(slot, SLOT_LIVE, SLOT_FREE);
}

void
ocr_cleanup_end_fast(void)
{
	atomic_store(&is_end_fast, 1);
}

void
ocr_cleanup_end(int status)
{
	if (atomic_load(&is_end_fast))
		_exit(status);
}

int
ocr_cleanup_add_group(pid_t leader)
{
	int free_slot;

	for (int i = 0; i < N_GROUPS; i++) {
		free_slot = 0;
		if (atomic_compare_exchange_strong(&groups[i], &free_slot,
			(int)leader))
			return i;
	}
	return -1;
}

bool
ocr_cleanup_is_ending(void)
{
	return atomic_load(&is_ending) != 0;
}

void
ocr_cleanup_on_abort(void (*fn)(void *arg), void *arg)
{
	on_abort.arg = arg;
	on_abort.fn = fn;
}

static void
catch_abort(int sig)
{
	if (on_abort.fn == NULL) {
		ocr_cleanup_raise(sig);
		return;
	}
	on_abort.fn(on_abort.arg);
	for (;;)
		pause();
}

void
ocr_cleanup_catch_aborts(void)
{
	struct sigaction sa = {.sa_handler = catch_abort};

	sigfillset(&sa.sa_mask);
	sigaction(SIGABRT, &sa, NULL);
}

void
ocr_cleanup_drop_group(int slot)
{
	if (slot >= 0 && slot < N_GROUPS)
		atomic_store(&groups[slot], 0);
}
