/*
 * cpus.h - how many processors this process may use
 */
#ifndef OCR_CPUS_H
#define OCR_CPUS_H

#include <stdbool.h>
#include <stddef.h>

/* At least 1: the affinity mask, cut to the cgroup's quota (v2 and v1),
 * rounded up. */
unsigned ocr_cpus_usable(void);

/* The rest is for tests: the parsers behind it. */

/* Text of cpu.max ("max 100000", "150000 100000\n"): processors, rounded up;
 * 0 = no quota, or not understood. */
unsigned ocr_cpus_quota(const char *text);

/*
 * The path of a hierarchy in the text of /proc/self/cgroup ("3:cpu,cpuacct:/a",
 * "0::/b"): of the one with this controller, or of version 2 where that is "".
 * False if there is none or it does not fit.
 */
bool ocr_cpus_cgroup(const char *text, const char *controller, char *path,
    size_t cap);

/* The smallest quota from this group up to the mount point, at most n.
 * Version 2 has cpu.max there, version 1 cpu.cfs_quota_us and _period_us. */
unsigned ocr_cpus_cut(unsigned n, const char *mount, const char *group,
    bool is_v2);

#endif
