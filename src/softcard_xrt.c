/*
 * softcard_xrt.c - find XRT, correct its emulation library; called by
 * softcard_run.c
 */
#include "config.h"

#include "src/softcard_xrt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io.h"
#include "src/softcard_correct.h"

#define COREUTIL "libxrt_coreutil.so.2"
#define EMULATION "libxrt_swemu.so.2"
#define MAX_LIBRARY ((off_t)256 << 20)

#if defined(__x86_64__)
#define MULTIARCH "x86_64-linux-gnu"
#elif defined(__aarch64__)
#define MULTIARCH "aarch64-linux-gnu"
#elif defined(__arm__)
#define MULTIARCH "arm-linux-gnueabihf"
#elif defined(__powerpc64__)
#define MULTIARCH "powerpc64le-linux-gnu"
#else
#define MULTIARCH "."
#endif

static const char *const system_dirs[] = {
    "/usr/lib/" MULTIARCH,
    "/lib/" MULTIARCH,
    "/usr/lib64",
    "/lib64",
    "/usr/lib",
    "/lib",
};

static bool
has_file(const char *dir, const char *name)
{
	char *path = ocr_softcard_dir_join(dir, name);
	bool is_there = path != NULL && access(path, R_OK) == 0;

	free(path);
	return is_there;
}

static char *
find_coreutil(const char *xilinx_xrt)
{
	char *dir;

	if (xilinx_xrt != NULL && *xilinx_xrt != '\0') {
		dir = ocr_softcard_dir_join(xilinx_xrt, "lib");
		if (dir != NULL && has_file(dir, COREUTIL))
			return dir;
		free(dir);
	}
	for (size_t i = 0; i < sizeof(system_dirs) / sizeof(system_dirs[0]);
	     i++) {
		if (has_file(system_dirs[i], COREUTIL))
			return strdup(system_dirs[i]);
	}
	if (has_file("/opt/xilinx/xrt/lib", COREUTIL))
		return strdup("/opt/xilinx/xrt/lib");
	return NULL;
}

char *
ocr_softcard_xrt_find(const char *xilinx_xrt, struct ocr_err *err)
{
	char *dir = find_coreutil(xilinx_xrt), *full;

	if (dir == NULL) {
		(void)ocr_err_set(err, -OCR_EIO,
		    "XRT is not installed: " COREUTIL
		    " not found; on Debian: apt-get install libxrt1");
		return NULL;
	}
	if (!has_file(dir, EMULATION)) {
		(void)ocr_err_set(err, -OCR_EIO,
		    "XRT in %s has no software emulation: " EMULATION
		    " not found",
		    dir);
		free(dir);
		return NULL;
	}
	full = realpath(dir, NULL);
	free(dir);
	if (full == NULL)
		(void)ocr_err_nomem(err);
	return full;
}

bool
ocr_softcard_xrt_is_system(const char *libs)
{
	for (size_t i = 0; i < sizeof(system_dirs) / sizeof(system_dirs[0]);
	     i++) {
		if (strcmp(libs, system_dirs[i]) == 0)
			return true;
	}
	return false;
}

/* A library as bytes, to be freed. */
static uint8_t *
load(const char *path, size_t *len, struct ocr_err *err)
{
	uint8_t *data = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int64_t n;

	if (fd < 0 || fstat(fd, &st) < 0) {
		(void)ocr_err_sys(err, "cannot open %s", path);
	} else if (!S_ISREG(st.st_mode) || st.st_size > MAX_LIBRARY) {
		(void)ocr_err_set(err, -OCR_EFORMAT, "%s: not a library", path);
	} else if ((data = malloc((size_t)st.st_size + 1)) == NULL) {
		(void)ocr_err_nomem(err);
	} else {
		n = ocr_pread_full(fd, data, (size_t)st.st_size, 0, path, err);
		*len = n < 0 ? 0 : (size_t)n;
		if (n < 0) {
			free(data);
			data = NULL;
		}
	}
	if (fd >= 0)
		close(fd);
	return data;
}

/* The library that emulates, corrected or linked to. */
static int
make_emulation(const struct ocr_softcard_dir *d, const char *name,
    const char *target, struct ocr_err *err)
{
	size_t len = 0;
	uint8_t *lib = load(target, &len, err);
	unsigned found;
	int r;

	if (lib == NULL)
		return err->code;
	found = ocr_softcard_correct(lib, len);
	if (found == 0)
		r = ocr_softcard_dir_link(d, name, target, err);
	else
		r = ocr_softcard_dir_write(d, name, lib, len, 0600, err);
	free(lib);
	return r < 0 ? r : (int)found;
}

static int
make_entry(const struct ocr_softcard_dir *d, const char *name, const char *libs,
    const char *file, struct ocr_err *err)
{
	char *to = ocr_softcard_dir_join(name, file);
	char *target = ocr_softcard_dir_join(libs, file);
	int r;

	if (to == NULL || target == NULL)
		r = ocr_err_nomem(err);
	else if (strcmp(file, EMULATION) == 0)
		r = make_emulation(d, to, target, err);
	else
		r = ocr_softcard_dir_link(d, to, target, err);
	free(to);
	free(target);
	return r;
}

/* Libraries of XRT, and the directory of its plugins. */
static bool
is_xrt(const char *name)
{
	return strncmp(name, "libxrt", 6) == 0 ||
	       strncmp(name, "libxdp", 6) == 0 ||
	       strncmp(name, "libxilinx", 9) == 0 ||
	       strncmp(name, "libsched_em", 11) == 0 ||
	       strcmp(name, "xrt") == 0;
}

int
ocr_softcard_xrt_make(const struct ocr_softcard_dir *d, const char *name,
    const char *libs, struct ocr_err *err)
{
	DIR *dir = opendir(libs);
	struct dirent *e;
	int r = 0, found = 0;

	if (dir == NULL)
		return ocr_err_sys(err, "cannot read %s", libs);
	/* cppcheck-suppress readdirCalled */
	while (r >= 0 && (e = readdir(dir)) != NULL) {
		if (!is_xrt(e->d_name))
			continue;
		r = make_entry(d, name, libs, e->d_name, err);
		found |= r > 0 ? r : 0;
	}
	closedir(dir);
	return r < 0 ? r : found;
}
