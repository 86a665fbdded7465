/*
 * test_cpus.c - processors that may be used: affinity, cgroup texts
 */
#include "config.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/cpus.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

static void
test_quota(void)
{
	static const struct {
		const char *text;
		unsigned want;
	} table[] = {
	    {"max 100000\n", 0},
	    {"100000 100000\n", 1},
	    {"150000 100000\n", 2},
	    {"50000 100000", 1},
	    {"1 100000\n", 1},
	    {"400001 100000\n", 5},
	    {"-1 100000\n", 0},
	    {"100000 0\n", 0},
	    {"0 100000\n", 0},
	    {"", 0},
	    {"\n", 0},
	    {"max", 0},
	    {"100000", 0},
	    {"100000 ", 0},
	    {"100000 x\n", 0},
	    {"x 100000\n", 0},
	    {"1e5 100000\n", 0},
	    {" 100000 100000\n", 0},
	    {"18446744073709551615 1\n", 1 << 20},
	    {"18446744073709551616 1\n", 0},
	    {"18446744073709551615 18446744073709551615\n", 1},
	    {"1 18446744073709551616\n", 0},
	    {"200000 100000 7\n", 2},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		ok(ocr_cpus_quota(table[i].text) == table[i].want,
		    "quota %zu is %u", i, table[i].want);
}

static void
test_cgroup(void)
{
	static const char hybrid[] = "12:cpuset:/set\n"
				     "4:cpu,cpuacct:/user.slice/a:b\n"
				     "1:name=systemd:/sys\n"
				     "0::/user.slice\n";
	static const struct {
		const char *text, *controller, *want;
	} table[] = {
	    {"0::/\n", "", "/"},
	    {"0::/a/b", "", "/a/b"},
	    {"0::/a/b", "cpu", NULL},
	    {hybrid, "", "/user.slice"},
	    {hybrid, "cpu", "/user.slice/a:b"},
	    {hybrid, "cpuacct", "/user.slice/a:b"},
	    {hybrid, "cpuset", "/set"},
	    {hybrid, "memory", NULL},
	    {"3:cpuacct,cpu:/x\n", "cpu", "/x"},
	    {"", "", NULL},
	    {"\n\n", "", NULL},
	    {":", "", NULL},
	    {"::", "", NULL},
	    {"0::a\n", "", NULL},
	    {"0:\n:/x", "", NULL},
	    {",,:,,:/x", "", "/x"},
	    {"no colon\n0::/x\n", "", "/x"},
	};
	char path[32], big[64];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		bool is_there = ocr_cpus_cgroup(table[i].text,
		    table[i].controller, path, sizeof(path));

		ok(is_there == (table[i].want != NULL), "text %zu", i);
		if (is_there)
			is_str(path, table[i].want, "path");
	}
	snprintf(big, sizeof(big), "0::/%030d", 1);
	is_int(ocr_cpus_cgroup(big, "", path, 32), 1, "fits just");
	is_int(ocr_cpus_cgroup(big, "", path, 31), 0, "does not fit");
}

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
}

static void
test_cut(void)
{
	char dir[256], deep[5000];

	child_mkdir(dir);
	mkdir("a", 0755);
	mkdir("a/b", 0755);
	is_int(ocr_cpus_cut(64, dir, "/a/b", true), 64, "no files");
	put("a/b/cpu.max", "max 100000\n");
	put("a/cpu.max", "550000 100000\n");
	put("cpu.max", "800000 100000\n");
	is_int(ocr_cpus_cut(64, dir, "/a/b", true), 6, "a parent's quota");
	is_int(ocr_cpus_cut(4, dir, "/a/b", true), 4, "there are fewer");
	is_int(ocr_cpus_cut(64, dir, "/", true), 8, "the mount point's");
	is_int(ocr_cpus_cut(64, dir, "", true), 8, "the mount point's");
	is_int(ocr_cpus_cut(64, dir, "/no/such", true), 8,
	    "a path of another namespace");
	is_int(ocr_cpus_cut(64, dir, "/a/b", false), 64, "not version 1");
	put("a/cpu.cfs_quota_us", "300000\n");
	is_int(ocr_cpus_cut(64, dir, "/a/b", false), 64, "no period");
	put("a/cpu.cfs_period_us", "100000\n");
	is_int(ocr_cpus_cut(64, dir, "/a/b", false), 3, "version 1");
	put("a/b/cpu.cfs_quota_us", "-1\n");
	put("a/b/cpu.cfs_period_us", "100000\n");
	is_int(ocr_cpus_cut(64, dir, "/a/b", false), 3, "-1 is no quota");
	put("a/b/cpu.max", "");
	is_int(ocr_cpus_cut(64, dir, "/a/b", true), 6, "an empty file");
	is_int(ocr_cpus_cut(64, dir, "/a/b/cpu.max", true), 6, "no directory");
	memset(deep, '/', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	is_int(ocr_cpus_cut(64, dir, deep, true), 64, "a path too long");
	deep[3000] = '\0';
	is_int(ocr_cpus_cut(64, dir, deep, true), 8, "a path of slashes");
	child_rmdir(dir);
}

static int
pinned(void *arg)
{
	cpu_set_t all, one;

	(void)arg;
	sched_getaffinity(0, sizeof(all), &all);
	CPU_ZERO(&one);
	for (int i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &all))
			continue;
		CPU_SET(i, &one);
		break;
	}
	if (sched_setaffinity(0, sizeof(one), &one) < 0)
		return 77;
	return (int)ocr_cpus_usable();
}

int
main(void)
{
	struct child *c = malloc(sizeof(*c));
	unsigned n = ocr_cpus_usable();
	cpu_set_t all;

	test_quota();
	test_cgroup();
	test_cut();
	sched_getaffinity(0, sizeof(all), &all);
	is_int(n >= 1 && n <= (unsigned)CPU_COUNT(&all), 1,
	    "as many as there are, at most");
	setenv("OMP_NUM_THREADS", "77", 1);
	is_int(ocr_cpus_usable(), n, "the environment has no say");
	child_run(c, pinned, NULL);
	if (c->status == 77)
		skip(1, "cannot set the affinity");
	else
		is_int(c->status, 1, "pinned to one");
	free(c);
	return done();
}
