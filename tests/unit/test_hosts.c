/*
 * test_hosts.c - what a list of hosts may say, and what it may not
 */
#include "config.h"

#include "common/hosts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/io.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

/* The list as text, every field that is set. */
static const char *
show(const struct ocr_hosts *l)
{
	static char buf[20000];
	char label[OCR_HOST_LABEL_BYTES];
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < l->n && len < 15000; i++) {
		const struct ocr_host *h = &l->list[i];

#define PUT(...)                                                               \
	len += (size_t)snprintf(buf + len, sizeof(buf) - len, __VA_ARGS__)
		PUT("%s%s", i > 0 ? " " : "", ocr_host_label(h, label));
		if (h->slots > 0)
			PUT(" s=%u", h->slots);
		if (h->weight > 0)
			PUT(" w=%g", h->weight);
		if (h->devices != NULL)
			PUT(" d=%s", h->devices);
		if (h->path != NULL)
			PUT(" p=%s", h->path);
		if (h->rsh != NULL)
			PUT(" r=%s", h->rsh);
		if (h->xclbin != NULL)
			PUT(" x=%s", h->xclbin);
#undef PUT
	}
	return buf;
}

static void
good(const char *text, const char *want)
{
	/* Of that size exactly, so that a byte too far is seen. */
	char *copy = malloc(strlen(text) + 1);
	struct ocr_hosts l = {0};
	struct ocr_err err = {0};

	memcpy(copy, text, strlen(text));
	is_int(ocr_hosts_add_text(&l, "f", copy, strlen(text), &err), 0, text);
	is_str(err.text, "", "no error");
	is_str(show(&l), want, "hosts");
	ocr_hosts_release(&l);
	ok(l.list == NULL && l.n == 0, "released");
	free(copy);
}

static void
bad(const char *text, const char *want)
{
	struct ocr_hosts l = {0};
	struct ocr_err err = {0};

	is_int(ocr_hosts_add_text(&l, "f", text, strlen(text), &err),
	    -OCR_EUSAGE, text);
	is_str(err.text, want, "text");
	ocr_hosts_release(&l);
}

static void
good_list(const char *text, const char *want)
{
	struct ocr_hosts l = {0};
	struct ocr_err err = {0};

	is_int(ocr_hosts_add_list(&l, "--host", text, &err), 0, text);
	is_str(err.text, "", "no error");
	is_str(show(&l), want, "hosts");
	ocr_hosts_release(&l);
}

static void
bad_list(const char *text, const char *want)
{
	struct ocr_hosts l = {0};
	struct ocr_err err = {0};

	is_int(ocr_hosts_add_list(&l, "--host", text, &err), -OCR_EUSAGE, text);
	is_str(err.text, want, "text");
	ocr_hosts_release(&l);
}

static void
test_names(void)
{
	good("", "");
	good("\n\n  \n# comment\n \t# another\r\n\r\n", "");
	good("node1", "node1");
	good("node1\nnode2\n", "node1 node2");
	good("node1\r\n  node2  \r\n", "node1 node2");
	good("node1 # x y\n#node2\nnode3 #", "node1 node3");
	bad("node3#",
	    "f:1: 'node3#' holds '#' in its name, which is made of letters, "
	    "digits, '.', '-' and '_'");
}

static void
test_forms(void)
{
	good("4/node1", "node1 s=4");
	good("me@node1", "me@node1");
	good("4096/a.b+c_d@node-1.example.org:65535",
	    "a.b+c_d@node-1.example.org:65535 s=4096");
	good("10.0.0.1:22", "10.0.0.1:22");
	good("[::1]", "[::1]");
	good("[::1]:22", "[::1]:22");
	good("2/me@[fe80::1%eth0]:2222", "me@[fe80::1%eth0]:2222 s=2");
	good("[::ffff:10.0.0.1]", "[::ffff:10.0.0.1]");
	good(":", ":");
	good("3/:", ": s=3");
	good(": slots=3 devices=cpu:2,xrt:0 path=/opt/o",
	    ": s=3 d=cpu:2,xrt:0 p=/opt/o");
	good("node1 slots=4", "node1 s=4");
	good("n weight=2.5", "n w=2.5");
	good("n weight=.5", "n w=0.5");
	good("n devices=auto xclbin=/a/b.xclbin path=bin/x",
	    "n d=auto p=bin/x x=/a/b.xclbin");
	good("n rsh=\"ssh -J gate {host}\" path='/opt/my tools'",
	    "n p=/opt/my tools r=ssh -J gate {host}");
	good("n rsh='x \"y z\" {host}'", "n r=x \"y z\" {host}");
	good("n path=a=b", "n p=a=b");
	good("ssh", "ssh");
	good("slurm", "slurm");
}

static void
test_ranges(void)
{
	good("node[1-3]", "node1 node2 node3");
	good("node[01-03,15]", "node01 node02 node03 node15");
	good("n[08-11]", "n08 n09 n10 n11");
	good("n[8-11]", "n8 n9 n10 n11");
	good("n[098-101]x", "n098x n099x n100x n101x");
	good("n[08-101,5]",
	    "n08 n09 n10 n11 n12 n13 n14 n15 n16 n17 n18 n19 n20 n21 n22 n23 "
	    "n24 n25 n26 n27 n28 n29 n30 n31 n32 n33 n34 n35 n36 n37 n38 n39 "
	    "n40 n41 n42 n43 n44 n45 n46 n47 n48 n49 n50 n51 n52 n53 n54 n55 "
	    "n56 n57 n58 n59 n60 n61 n62 n63 n64 n65 n66 n67 n68 n69 n70 n71 "
	    "n72 n73 n74 n75 n76 n77 n78 n79 n80 n81 n82 n83 n84 n85 n86 n87 "
	    "n88 n89 n90 n91 n92 n93 n94 n95 n96 n97 n98 n99 n100 n101 n5");
	good("2/me@r[1-2]n[7,9].x:22 path=/p",
	    "me@r1n7.x:22 s=2 p=/p me@r1n9.x:22 s=2 p=/p "
	    "me@r2n7.x:22 s=2 p=/p me@r2n9.x:22 s=2 p=/p");
	good("127.0.0.1:2210[1-2]", "127.0.0.1:22101 127.0.0.1:22102");
	good("[1-2]n", "1n 2n");
	good("n[0]", "n0");
	good("n[000]", "n000");
	good("a[1][2][3][4]", "a1234");
	good("n[999999999]", "n999999999");
	bad("a[1][2][3][4][5]", "f:1: 'a[1][2][3][4][5]' has more than 4 "
				"ranges");
	bad("n[1-2", "f:1: 'n[1-2' has a '[' without its ']'");
	bad("n[1-[2]]", "f:1: 'n[1-[2]]' has a '[' without its ']'");
	bad("n]", "f:1: 'n]' holds ']' in its name, which is made of letters, "
		  "digits, "
		  "'.', '-' and '_'");
	bad("n[2-1]", "f:1: 'n[2-1]' has a range that runs backwards");
	bad("n[8-08]", "f:1: 'n[8-08]' has a range whose ends are padded "
		       "differently");
	bad("n[1-1000000000]",
	    "f:1: 'n[1-1000000000]' has too large a number in a range");
	bad("n[18446744073709551617]",
	    "f:1: 'n[18446744073709551617]' has too large a number in a "
	    "range");
	bad("n[1-999999999]", "f:1: more than 100000 hosts");
	bad("n[0-9999]x[0-9999]", "f:1: more than 100000 hosts");
	bad("ok\n\nn[1-100000]", "f:3: more than 100000 hosts");
	for (const char *const *s = (const char *const[]){"n[]", "n[,]",
		 "n[1,]", "n[,1]", "n[a]", "n[1-]", "n[-1]", "n[1--2]",
		 "n[1-2-3]", "n[+1]", "n[1:2]", NULL};
	     *s != NULL; s++) {
		char want[200];

		snprintf(want, sizeof(want),
		    "f:1: '%s' has a range that is not like [01-10,15]", *s);
		bad(*s, want);
	}
}

static void
test_bad_names(void)
{
	static const char of[] = " in its name, which is made of letters, "
				 "digits, '.', '-' and '_'";
	char text[400], want[500];

	for (const char *s = ";$`|&<>(){}*?!\\\"'~^,+%="; *s != '\0'; s++) {
		/* Quoted, so that the splitter lets it pass. */
		char q = *s == '\'' ? '"' : '\'';

		snprintf(text, sizeof(text), "%cn%cx%c", q, *s, q);
		snprintf(want, sizeof(want), "f:1: 'n%cx' holds '%c'%s", *s, *s,
		    of);
		bad(text, want);
	}
	snprintf(want, sizeof(want), "f:1: 'n x' holds byte 0x20%s", of);
	bad("'n x'", want);
	snprintf(want, sizeof(want), "f:1: 'n\xc3\xa9' holds byte 0xc3%s", of);
	bad("n\xc3\xa9", want);
	bad("-oProxyCommand=x", "f:1: '-oProxyCommand=x' has a name that "
				"begins with '-', as options do");
	bad("4/-n", "f:1: '4/-n' has a name that begins with '-', as options "
		    "do");
	bad("-u@n", "f:1: '-u@n' has a user that begins with '-', as options "
		    "do");
	bad("@n", "f:1: '@n' is a group or a host without a user; groups are "
		  "not known here");
	bad("u@", "f:1: 'u@' has no name");
	bad("2/@n", "f:1: '2/@n' has no user");
	bad("a@b@c",
	    "f:1: 'a@b@c' holds '@' in its user, which is made of letters, "
	    "digits, '.', '-' and '_'");
	bad("a\n\n  b;c",
	    "f:3: 'b;c' holds ';' in its name, which is made of letters, "
	    "digits, '.', '-' and '_'");
	bad("u@:", "f:1: 'u@:' has no name");
	bad(":22", "f:1: ':22' has no name");
	bad("''", "f:1: '' has no name");
	bad("::1", "f:1: '::1' has two ':'; write IPv6 as [::1]:22");
	bad("[::1", "f:1: '[::1' has a '[' without its ']'");
	bad("[::g]", "f:1: '[::g]' is no IPv6 address like [::1]:22");
	bad("[:]", "f:1: '[:]' is no IPv6 address like [::1]:22");
	bad("[::1;]",
	    "f:1: '[::1;]' holds ';' in its address, which is made of letters, "
	    "digits, '.', '-' and '_'");
	bad("[::1]x", "f:1: '[::1]x' has something other than :PORT behind "
		      "its ']'");
	bad("[::1]:", "f:1: '[::1]:' has no port from 1 to 65535 behind its "
		      "':'");
	memset(text, 'a', 256);
	text[256] = '\0';
	snprintf(want, sizeof(want), "f:1: '%.80s' is too long a name", text);
	bad(text, want);
	text[255] = '\0';
	good(text, text);
	memset(text, 'u', 65);
	text[65] = '@';
	snprintf(want, sizeof(want), "f:1: '%.80s' has too long a user's name",
	    text);
	bad(text, want);
}

static void
test_bad_numbers(void)
{
	static const char *const ports[] = {"n:", "n:0", "n:65536", "n:x",
	    "n:022", "n:-1", "n:4294967318", "[::1]:99999"};
	static const char *const slots[] = {"0/n", "/n", "x/n", "4097/n",
	    "-1/n", "04/n", "4294967297/n", "1+/n", "50%/n", "ssh://n"};
	char want[200];

	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++) {
		snprintf(want, sizeof(want),
		    "f:1: '%s' has no port from 1 to "
		    "65535 behind its ':'",
		    ports[i]);
		bad(ports[i], want);
	}
	for (size_t i = 0; i < sizeof(slots) / sizeof(*slots); i++) {
		snprintf(want, sizeof(want),
		    "f:1: '%s' has no number of slots "
		    "from 1 to 4096 before its '/'",
		    slots[i]);
		bad(slots[i], want);
	}
}

static void
test_bad_keys(void)
{
	static const char known[] = "has no key that is known: devices, path, "
				    "rsh, slots, weight, xclbin";
	char want[300], line[5000];

	bad("ssh -p 22 node1",
	    "f:1: '-p' is not KEY=VALUE; a command to connect with belongs "
	    "into rsh=, like rsh=\"ssh -J gate {host}\", a port behind the "
	    "host, like HOST:22");
	snprintf(want, sizeof(want), "f:1: 'launcher=x' %s", known);
	bad("n launcher=x", want);
	snprintf(want, sizeof(want), "f:1: 'max_slots=4' %s", known);
	bad("n slots=4 max_slots=4", want);
	snprintf(want, sizeof(want), "f:1: '=x' %s", known);
	bad("n =x", want);
	snprintf(want, sizeof(want), "f:1: 'slot=1' %s", known);
	bad("n slot=1", want);
	snprintf(want, sizeof(want), "f:1: 'slotsx=1' %s", known);
	bad("n slotsx=1", want);
	bad("n slots=", "f:1: 'slots=' has no value");
	bad("n path=''", "f:1: 'path=' has no value");
	bad("n slots=2 slots=2", "f:1: 'slots=2' has a key that is there "
				 "before");
	bad("2/n slots=2", "f:1: '2/n' has its slots twice");
	bad("n slots=0", "f:1: 'slots=0' is no number of slots from 1 to 4096");
	bad("n slots=4097",
	    "f:1: 'slots=4097' is no number of slots from 1 to 4096");
	for (const char *const *s = (const char *const[]){"0", "-1", "nan",
		 "inf", "1x", "1e9", "0x1", NULL};
	     *s != NULL; s++) {
		snprintf(line, sizeof(line), "n weight=%s", *s);
		snprintf(want, sizeof(want),
		    "f:1: 'weight=%s' is no weight "
		    "from 0.000001 to 1000000",
		    *s);
		bad(line, want);
	}
	bad("n devices=gpu", "f:1: 'gpu' is no device (like cpu, cpu:4, xrt:0, "
			     "auto)");
	bad("n path=-x", "f:1: 'path=-x' begins with '-', as options do");
	bad("n path=~/bin",
	    "f:1: 'path=~/bin' has a '~', which nobody "
	    "expands; leave '~/' away: ssh begins in the home directory");
	bad("n rsh=' '", "f:1: no command");
	bad("n rsh=\"a 'b\"", "f:1: a quote (') is not closed");
	bad("n rsh=\"a", "f:1: a quote (\") is not closed");
	bad(": rsh=ssh", "f:1: ':' is this machine: there is no rsh= to it");
	bad("a\nn\x1b[2J", "f:2: holds a control character");
	memset(line, 'a', 4097);
	line[4097] = '\0';
	bad(line, "f:1: longer than 4096 bytes");
}

static void
test_twice(void)
{
	good("n\nn\nm\nn", "n s=3 m");
	good("2/n\nm\nn slots=3", "n s=5 m");
	good("2/n\nn", "n s=3");
	good("n\nu@n\nn:22\nv@n", "n u@n n:22 v@n");
	good(":\n:", ": s=2");
	good("[::1]\n[::1]:22\n[::1]", "[::1] s=2 [::1]:22");
	good("n[1-3]\nn2 slots=7", "n1 n2 s=8 n3");
	good("n[1,1]", "n1 s=2");
	good("n path=/a\nn path=/a", "n s=2 p=/a");
	bad("n\nm\nn path=/a", "f:3: 'n' has other keys than at f:1");
	bad("n weight=1\nn weight=2", "f:2: 'n' has other keys than at f:1");
	bad("n devices=cpu\nn", "f:2: 'n' has other keys than at f:1");
	bad("4096/n\nn", "f:2: 'n' has more than 4096 slots by now");
	bad("4096/me@n:22\n1/me@n:22",
	    "f:2: 'me@n:22' has more than 4096 slots by now");
}

static void
test_list(void)
{
	good_list("node1", "node1");
	good_list("4/a,me@b:22,:", "a s=4 me@b:22 :");
	good_list("n[01-02,5],x", "n01 n02 n5 x");
	good_list("[::1]:22,[::2],a[1,3]b[2,4]",
	    "[::1]:22 [::2] a1b2 a1b4 a3b2 a3b4");
	good_list("n,n", "n s=2");
	bad_list("", "--host: '' has no name");
	bad_list("a,", "--host: '' has no name");
	bad_list(",a", "--host: '' has no name");
	bad_list("a,,b", "--host: '' has no name");
	bad_list("a, b",
	    "--host: ' b' holds byte 0x20 in its name, which is made of "
	    "letters, digits, '.', '-' and '_'");
	bad_list("a[1,b", "--host: 'a[1,b' has a '[' without its ']'");
	bad_list("a devices=cpu",
	    "--host: keys belong into a file for --hosts");
	bad_list("a\nb", "--host: holds a control character");
	bad_list("-x", "--host: '-x' has a name that begins with '-', as "
		       "options do");
}

static void
put_file(const char *path, const void *data, size_t len)
{
	struct ocr_err err = {0};
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	ocr_write_full(fd, data, len, path, &err);
	close(fd);
}

static void
test_many(void)
{
	struct ocr_hosts l = {0};
	struct ocr_err err = {0};
	static const char text[] = "n[00000-49999]\nm[0-49999]";

	is_int(ocr_hosts_add_text(&l, "f", text, strlen(text), &err), 0,
	    "as many as there may be");
	is_int((int64_t)l.n, 100000, "hosts");
	is_str(l.list[99999].name, "m49999", "the last one");
	is_str(l.list[1].name, "n00001", "the second one");
	is_int(ocr_hosts_add_list(&l, "--host", "x", &err), -OCR_EUSAGE,
	    "no more than that");
	is_str(err.text, "--host: more than 100000 hosts", "text");
	ocr_hosts_release(&l);
}

static void
bad_choice(const char *hosts, const char *host, const char *want)
{
	struct ocr_hosts l = {0};
	struct ocr_err err = {0};

	is_int(ocr_hosts_choose(&l, hosts, host, &err), -OCR_EUSAGE, want);
	is_str(err.text, want, "text");
	ocr_hosts_release(&l);
}

static void
good_choice(const char *hosts, const char *host, const char *want)
{
	struct ocr_hosts l = {0};
	struct ocr_err err = {0};

	is_int(ocr_hosts_choose(&l, hosts, host, &err), 0, want);
	is_str(err.text, "", "no error");
	is_str(show(&l), want, "hosts");
	ocr_hosts_release(&l);
}

static void
test_choice(void)
{
	char dir[256], *big = calloc(1, (17 << 20) + 1);

	child_mkdir(dir);
	unsetenv("OCR_HOSTS");
	unsetenv("SLURM_JOB_NODELIST");
	put_file("h", "a\n2/b\n", 6);
	put_file("slurm", "c\n", 2);
	put_file("nul", "a\0b", 3);
	put_file("empty", "", 0);
	memset(big, '\n', 17 << 20);
	put_file("big", big, 17 << 20);
	free(big);
	good_choice(NULL, NULL, "");
	good_choice("h", NULL, "a b s=2");
	good_choice("h", "b,c", "a b s=3 c");
	good_choice(NULL, "c", "c");
	good_choice("./slurm", NULL, "c");
	good_choice("empty", NULL, "");
	good_choice("/dev/null", NULL, "");
	bad_choice("none", NULL,
	    "cannot open 'none': No such file or directory");
	bad_choice("-", NULL,
	    "hosts cannot come from standard input, which "
	    "is for data");
	bad_choice(".", NULL, "cannot read .: Is a directory");
	bad_choice("nul", NULL, "nul:1: holds a control character");
	bad_choice("big", NULL, "'big' is too long for a list of hosts");
	bad_choice("slurm", NULL,
	    "--hosts slurm: this is no allocation of Slurm's "
	    "($SLURM_JOB_NODELIST is not set); use salloc or sbatch, or "
	    "./slurm for a file of that name");
	setenv("OCR_HOSTS", "h", 1);
	good_choice(NULL, NULL, "a b s=2");
	good_choice(NULL, ":", ":");
	good_choice("empty", NULL, "");
	setenv("OCR_HOSTS", "", 1);
	good_choice(NULL, NULL, "");
	setenv("OCR_HOSTS", "none", 1);
	bad_choice(NULL, NULL, "cannot open 'none': No such file or directory");
	child_rmdir(dir);
}

static void
test_places(void)
{
	static const char text[] = "\na\n";
	struct ocr_hosts l = {0};
	struct ocr_err err = {0};

	ocr_hosts_add_text(&l, "x.txt", text, strlen(text), &err);
	ocr_hosts_add_list(&l, "--host", "b", &err);
	is_int((int64_t)l.n, 2, "two");
	is_str(l.list[0].file, "x.txt", "the file");
	is_int(l.list[0].line, 2, "and its line");
	is_str(l.list[1].file, "--host", "the option");
	is_int(l.list[1].line, 0, "which has none");
	ocr_hosts_release(&l);
}

int
main(void)
{
	test_names();
	test_forms();
	test_ranges();
	test_bad_names();
	test_bad_numbers();
	test_bad_keys();
	test_twice();
	test_list();
	test_many();
	test_choice();
	test_places();
	return done();
}
