/*
 * softcard_lock.c - flock on DIR/cardN/xclbin and DIR/cardN/UNIT.run
 */
#include "config.h"

#include "src/softcard_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/io.h"

/* A process that writes the file has it for itself for a moment only. */
#define TRIES 2000
#define PAUSE_NS 1000000

static int
open_file(const char *dir, unsigned card, const char *name, int *fd,
    struct ocr_err *err)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s/card%u", dir, card) >=
	    sizeof(path))
		return ocr_err_set(err, -OCR_EIO, "'%s': path too long", dir);
	if (mkdir(path, 0777) < 0 && errno != EEXIST)
		return ocr_err_sys(err, "cannot make '%s'", path);
	if ((size_t)snprintf(path, sizeof(path), "%s/card%u/%s", dir, card,
		name) >= sizeof(path))
		return ocr_err_set(err, -OCR_EIO, "'%s': path too long", dir);
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (*fd < 0)
		return ocr_err_sys(err, "cannot open '%s'", path);
	return 0;
}

/* Does the file say so? */
static bool
is_program(int fd, const char *program)
{
	char text[OCR_SOFTCARD_PROGRAM_BYTES];
	ssize_t n = pread(fd, text, sizeof(text), 0);

	return n >= 0 && (size_t)n == strlen(program) &&
	       memcmp(text, program, (size_t)n) == 0;
}

/* Nobody else has it: say what it holds now. */
static int
write_program(int fd, const char *program, struct ocr_err *err)
{
	if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return ocr_err_sys(err, "cannot empty a lock file");
	return ocr_write_full(fd, program, strlen(program), "a lock file", err);
}

/*
 * Alone: write and go on to share.  Going from one lock to the other is two
 * steps, so what the file says is looked at afterwards, in every case.
 */
static int
share(int fd, const char *program, struct ocr_err *err)
{
	struct timespec pause = {.tv_nsec = PAUSE_NS};
	int i, r;

	for (i = 0; i < TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			r = write_program(fd, program, err);
			if (r < 0)
				return r;
		}
		if (flock(fd, LOCK_SH | LOCK_NB) == 0)
			return is_program(fd, program)
				   ? 0
				   : ocr_err_set(err, -OCR_EDEVICE,
					 "it is in use by another program, "
					 "with another xclbin");
		nanosleep(&pause, NULL);
	}
	return ocr_err_set(err, -OCR_EDEVICE, "it stays locked");
}

int
ocr_softcard_lock_program(const char *dir, unsigned card, const char *program,
    int *fd, struct ocr_err *err)
{
	int r = open_file(dir, card, "xclbin", fd, err);

	if (r < 0)
		return r;
	r = share(*fd, program, err);
	if (r < 0) {
		close(*fd);
		*fd = -1;
	}
	return r;
}

int
ocr_softcard_lock_unit(const char *dir, unsigned card, const char *unit,
    int *fd, struct ocr_err *err)
{
	char name[NAME_MAX + 1];

	if (unit[0] == '\0' || unit[0] == '.' || strchr(unit, '/') != NULL ||
	    (size_t)snprintf(name, sizeof(name), "%s.run", unit) >=
		sizeof(name))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "'%s' is no name of a unit", unit);
	return open_file(dir, card, name, fd, err);
}
