/*
 * cpus.c - count the processors that we may use; called by team.c
 *
 * A container often sees all processors of its host but may use only a share:
 * with a thread for each of them the quota is used up early in every period
 * and all threads then stand still together.
 */
#include "config.h"

#include "common/cpus.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"

#define MAX_CPUS (1 << 20)

/* A number at *s; moves behind it and one following blank.  0: none, or out of
 * range. */
static uint64_t
take_number(const char **s)
{
	unsigned long long v;
	char *end;

	if (**s < '0' || **s > '9')
		return 0;
	errno = 0;
	v = strtoull(*s, &end, 10);
	if (errno != 0 || (*end != '\0' && *end != ' ' && *end != '\n'))
		return 0;
	*s = end + (*end != '\0');
	return v;
}

unsigned
ocr_cpus_quota(const char *text)
{
	uint64_t quota = take_number(&text), period = take_number(&text), n;

	if (quota == 0 || period == 0)
		return 0;
	n = quota / period + (quota % period != 0);
	return n < MAX_CPUS ? (unsigned)n : MAX_CPUS;
}

/* Is word one of the comma-separated words of list[0..len)?  The list of a
 * version 2 hierarchy is empty, and so is its word. */
static bool
has_word(const char *list, size_t len, const char *word)
{
	size_t n_word = strlen(word), n;

	for (;;) {
		const char *comma = memchr(list, ',', len);

		n = comma == NULL ? len : (size_t)(comma - list);
		if (n == n_word && memcmp(list, word, n) == 0)
			return true;
		if (comma == NULL)
			return false;
		list += n + 1;
		len -= n + 1;
	}
}

bool
ocr_cpus_cgroup(const char *text, const char *controller, char *path,
    size_t cap)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		const char *end = text + len;
		const char *list = memchr(text, ':', len), *dir = NULL;

		if (list != NULL)
			dir = memchr(list + 1, ':', (size_t)(end - list - 1));
		if (dir != NULL && dir[1] == '/' &&
		    has_word(list + 1, (size_t)(dir - list - 1), controller)) {
			len = (size_t)(end - dir - 1);
			if (len >= cap)
				return false;
			memcpy(path, dir + 1, len);
			path[len] = '\0';
			return true;
		}
		text = *end == '\0' ? end : end + 1;
	}
	return false;
}

/* The start of a small file as a string; false if it cannot be read. */
static bool
read_text(const char *path, char *buf, size_t cap)
{
	struct ocr_err err = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int64_t n;

	if (fd < 0)
		return false;
	n = ocr_read_full(fd, buf, cap - 1, path, -1, &err);
	close(fd);
	if (n < 0)
		return false;
	buf[n] = '\0';
	return true;
}

/* The quota of one directory, in the form of cpu.max. */
static unsigned
quota_of_dir(const char *dir, bool is_v2)
{
	char path[PATH_MAX + 32], text[160], period[64];

	if (is_v2) {
		snprintf(path, sizeof(path), "%s/cpu.max", dir);
		return read_text(path, text, sizeof(text))
			   ? ocr_cpus_quota(text)
			   : 0;
	}
	snprintf(path, sizeof(path), "%s/cpu.cfs_quota_us", dir);
	if (!read_text(path, text, 64))
		return 0;
	snprintf(path, sizeof(path), "%s/cpu.cfs_period_us", dir);
	if (!read_text(path, period, sizeof(period)))
		return 0;
	text[strcspn(text, "\n")] = ' ';
	strcat(text, period);
	return ocr_cpus_quota(text); /* no quota is "-1" */
}

unsigned
ocr_cpus_cut(unsigned n, const char *mount, const char *group, bool is_v2)
{
	char dir[PATH_MAX];
	size_t n_mount = strlen(mount);

	if (snprintf(dir, sizeof(dir), "%s%s", mount, group) >=
	    (int)sizeof(dir))
		return n;
	for (;;) {
		unsigned quota = quota_of_dir(dir, is_v2);

		if (quota != 0 && quota < n)
			n = quota;
		if (strlen(dir) <= n_mount)
			return n;
		*strrchr(dir, '/') = '\0';
	}
}

static unsigned
affinity(void)
{
	for (int n = CPU_SETSIZE; n <= MAX_CPUS; n *= 2) {
		cpu_set_t *set = CPU_ALLOC(n);
		size_t size = CPU_ALLOC_SIZE(n);
		int r, count, e;

		if (set == NULL)
			break;
		r = sched_getaffinity(0, size, set);
		e = errno;
		count = r == 0 ? CPU_COUNT_S(size, set) : 0;
		CPU_FREE(set);
		if (count > 0)
			return (unsigned)count;
		if (e != EINVAL) /* EINVAL: the kernel's mask is larger */
			break;
	}
	return 1;
}

unsigned
ocr_cpus_usable(void)
{
	static const char *const v1[] = {"/sys/fs/cgroup/cpu",
	    "/sys/fs/cgroup/cpu,cpuacct"};
	char text[16384], group[PATH_MAX];
	unsigned n = affinity();

	if (!read_text("/proc/self/cgroup", text, sizeof(text)))
		return n;
	if (ocr_cpus_cgroup(text, "", group, sizeof(group))) {
		n = ocr_cpus_cut(n, "/sys/fs/cgroup", group, true);
		n = ocr_cpus_cut(n, "/sys/fs/cgroup/unified", group, true);
	}
	if (ocr_cpus_cgroup(text, "cpu", group, sizeof(group))) {
		n = ocr_cpus_cut(n, v1[0], group, false);
		n = ocr_cpus_cut(n, v1[1], group, false);
	}
	return n;
}
