/*
 * test_hosts_slurm.c - the nodes of an allocation, by a scontrol of our own
 */
#include "config.h"

#include "common/hosts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/io.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

static void
put_script(const char *text)
{
	struct ocr_err err = {0};
	int fd = open("bin/scontrol", O_WRONLY | O_CREAT | O_TRUNC, 0777);

	ocr_write_full(fd, text, strlen(text), "scontrol", &err);
	close(fd);
}

static void
counts(const char *text, size_t n, const char *want)
{
	unsigned v[8] = {0};
	struct ocr_err err = {0};
	char got[200] = "", why[200];
	size_t len = 0;
	int r = ocr_hosts_slurm_counts("V", text, v, n, &err);

	for (size_t i = 0; r == 0 && i < n; i++)
		len +=
		    (size_t)snprintf(got + len, sizeof(got) - len, "%u ", v[i]);
	is_str(got, want, text);
	snprintf(why, sizeof(why),
	    "V: '%.80s' does not say it for %zu nodes, as in 4(x2),8", text, n);
	is_int(r, *want == '\0' ? -OCR_EUSAGE : 0, "code");
	is_str(err.text, r < 0 ? why : "", "text");
}

static void
test_counts(void)
{
	counts("4", 1, "4 ");
	counts("2(x3),1", 4, "2 2 2 1 ");
	counts("1,2,3", 3, "1 2 3 ");
	counts("4096(x1)", 1, "4096 ");
	counts("2(x3),1", 3, "");
	counts("2(x3),1", 5, "");
	counts("", 1, "");
	counts("0", 1, "");
	counts("4097", 1, "");
	counts("1(x0)", 1, "");
	counts("1(x)", 1, "");
	counts("1(x2", 2, "");
	counts("1(y2)", 2, "");
	counts("1(x2)1", 3, "");
	counts("1,", 1, "");
	counts(",1", 1, "");
	counts("-1", 1, "");
	counts("1 ", 1, "");
	counts("1(x4294967298)", 2, "");
	counts("1(x18446744073709551618)", 2, "");
	counts("99999999999999999999", 1, "");
}

static void
good(const char *want)
{
	struct ocr_hosts l = {0};
	struct ocr_err err = {0};
	char got[400] = "";
	size_t len = 0;

	is_int(ocr_hosts_choose(&l, "slurm", NULL, &err), 0, want);
	is_str(err.text, "", "no error");
	for (size_t i = 0; i < l.n; i++)
		len += (size_t)snprintf(got + len, sizeof(got) - len,
		    "%s %u%s,", l.list[i].name, l.list[i].slots,
		    l.list[i].is_slurm ? "" : "!");
	is_str(got, want, "nodes");
	ocr_hosts_release(&l);
}

static void
bad(int code, const char *want)
{
	struct ocr_hosts l = {0};
	struct ocr_err err = {0};

	is_int(ocr_hosts_choose(&l, "slurm", NULL, &err), code, want);
	is_str(err.text, want, "text");
	ocr_hosts_release(&l);
}

static void
test_nodes(void)
{
	setenv("SLURM_JOB_NODELIST", "n[1-3],x", 1);
	put_script("#!/bin/sh\n"
		   "[ \"$*\" = 'show hostnames n[1-3],x' ] || exit 9\n"
		   "printf 'n1\\nn2\\nn3\\nx\\n'\n");
	good("n1 0,n2 0,n3 0,x 0,");
	setenv("SLURM_TASKS_PER_NODE", "2(x3),1", 1);
	good("n1 2,n2 2,n3 2,x 1,");
	setenv("SLURM_JOB_CPUS_PER_NODE", "8(x4)", 1);
	good("n1 8,n2 8,n3 8,x 8,");
	setenv("SLURM_JOB_CPUS_PER_NODE", "8(x3)", 1);
	bad(-OCR_EUSAGE, "SLURM_JOB_CPUS_PER_NODE: '8(x3)' does not say it for "
			 "4 nodes, as in 4(x2),8");
	unsetenv("SLURM_JOB_CPUS_PER_NODE");
	unsetenv("SLURM_TASKS_PER_NODE");
	/* Its last newline is missing. */
	put_script("#!/bin/sh\nprintf 'a\\nb'\n");
	good("a 0,b 0,");
}

static void
test_failures(void)
{
	put_script("#!/bin/sh\necho a; exit 3\n");
	bad(-OCR_EIO, "scontrol: exit status 3");
	put_script("#!/bin/sh\necho a; kill -9 $$\n");
	bad(-OCR_EIO, "scontrol: killed by signal 9 (Killed)");
	put_script("#!/bin/sh\n");
	bad(-OCR_EUSAGE,
	    "--hosts slurm: scontrol names no node for 'n[1-3],x'");
	put_script("#!/bin/sh\necho '-oProxyCommand=x'\n");
	bad(-OCR_EUSAGE, "scontrol: '-oProxyCommand=x' has a name that begins "
			 "with '-', as options do");
	put_script("#!/bin/sh\necho 'a;b'\n");
	bad(-OCR_EUSAGE, "scontrol: 'a;b' holds ';' in its name, which is "
			 "made of letters, digits, '.', '-' and '_'");
	put_script("#!/bin/sh\nprintf 'a\\0b\\n'\n");
	bad(-OCR_EUSAGE, "scontrol: too long a name of a host");
	put_script("#!/bin/sh\nexec cat /dev/zero\n");
	bad(-OCR_EIO, "scontrol: an answer of more than 4194304 bytes");
	unlink("bin/scontrol");
	bad(-OCR_EIO, "cannot run 'scontrol': No such file or directory");
	setenv("SLURM_JOB_NODELIST", "-x", 1);
	bad(-OCR_EUSAGE, "SLURM_JOB_NODELIST: '-x' begins with '-'");
}

int
main(void)
{
	char dir[256], path[5000];
	const char *old = getenv("PATH");

	unsetenv("SLURM_JOB_CPUS_PER_NODE");
	unsetenv("SLURM_TASKS_PER_NODE");
	child_mkdir(dir);
	mkdir("bin", 0777);
	/* A real scontrol, if there is one, must not be found. */
	snprintf(path, sizeof(path), "%s/bin", dir);
	if (symlink("/bin/cat", "bin/cat") < 0)
		diag("no cat");
	setenv("PATH", path, 1);
	test_counts();
	test_nodes();
	test_failures();
	setenv("PATH", old != NULL ? old : "/usr/bin:/bin", 1);
	child_rmdir(dir);
	return done();
}
