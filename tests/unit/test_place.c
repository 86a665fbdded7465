/*
 * test_place.c - places near a card, on a machine that hwloc is told to see:
 * two nodes of one processor each, a card at each of them
 */
#include "config.h"

#include <dlfcn.h>
#include <sched.h>
#include <stdlib.h>

#include "common/place.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

#define SETS(cpus, nodes)                                                      \
	"cpuset=\"" cpus "\" complete_cpuset=\"" cpus "\" nodeset=\"" nodes    \
	"\" complete_nodeset=\"" nodes "\""
#define NODE(n, set, id)                                                       \
	"<object type=\"Package\" os_index=\"" n "\" " SETS(set,               \
	    set) " gp_index=\"1" id "\">\n"                                    \
		 "<object type=\"NUMANode\" os_index=\"" n "\" " SETS(set,     \
		     set) " gp_index=\"2" id                                   \
			  "\" local_memory=\"1073741824\"/>\n"                 \
			  "<object type=\"PU\" os_index=\"" n "\" " SETS(set,  \
			      set) " gp_index=\"3" id "\"/>\n"                 \
				   "<object type=\"Bridge\" gp_index=\"4" id   \
				   "\" bridge_type=\"0-1\""                    \
				   " depth=\"0\" bridge_pci=\"0000:[" id       \
				   "0-" id "f]\">\n"                           \
				   "<object type=\"PCIDev\" gp_index=\"5" id   \
				   "\""                                        \
				   " pci_busid=\"0000:" id "b:00.1\""          \
				   " pci_type=\"1200 [10ee:5001] [10ee:000e] " \
				   "00\""                                      \
				   " pci_link_speed=\"15.7\"/>\n</object>\n</" \
				   "object>\n"
#define MACHINE(cpus, nodes, rest)                                             \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                         \
	"<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n"                          \
	"<topology version=\"2.0\">\n"                                         \
	"<object type=\"Machine\" os_index=\"0\" " SETS(cpus,                  \
	    nodes) " allowed_cpuset=\"" cpus "\" allowed_nodeset=\"" nodes     \
		   "\""                                                        \
		   " gp_index=\"1\">\n" rest "</object>\n</topology>\n"

static void
put(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		exit(1);
}

/* What the place for a card is, and whether a thread then runs there. */
static int
place(void *arg)
{
	struct ocr_place *p = ocr_place_new(arg);
	cpu_set_t set;
	char buf[100];

	printf("%s;", ocr_place_describe(p, buf, sizeof(buf)));
	printf("%.7s;", ocr_place_describe(p, buf, 8));
	ocr_place_here(p);
	ocr_place_free(p);
	sched_getaffinity(0, sizeof(set), &set);
	for (int i = 0; i < 4; i++)
		printf("%d", CPU_ISSET(i, &set) != 0);
	fflush(stdout);
	return 0;
}

static void
is_place(struct child *c, const char *bdf, const char *want)
{
	char card[16], name[100];

	snprintf(card, sizeof(card), "%s", bdf);
	snprintf(name, sizeof(name), "card '%s': %s", bdf, want);
	child_run(c, place, card);
	is_int(c->status, 0, "ends well");
	ok(strncmp(c->out, want, strlen(want)) == 0, "%s, got %s", name,
	    c->out);
}

static void
test_two_nodes(struct child *c)
{
	cpu_set_t set, one;

	CPU_ZERO(&one);
	CPU_SET(1, &one);
	sched_getaffinity(0, sizeof(set), &set);
	if (!CPU_ISSET(0, &set) || !CPU_ISSET(1, &set)) {
		skip(8, "needs processors 0 and 1");
		return;
	}
	setenv("HWLOC_THISSYSTEM", "1", 1);
	is_place(c, "0000:3b:00.1", "NUMA node 0, 1 processor;NUMA no;1000");
	is_place(c, "0000:5b:00.1", "NUMA node 1, 1 processor;NUMA no;0100");
	/* taskset is the user's word. */
	sched_setaffinity(0, sizeof(one), &one);
	is_place(c, "0000:3b:00.1", "not placed;not pla;0100");
	is_place(c, "0000:5b:00.1", "NUMA node 1, 1 processor;NUMA no;0100");
	sched_setaffinity(0, sizeof(set), &set);
	unsetenv("HWLOC_THISSYSTEM");
}

int
main(void)
{
	struct child *c = malloc(sizeof(*c));
	void *lib = dlopen("libhwloc.so.15", RTLD_NOW);
	char dir[256];

	child_mkdir(dir);
	put("two.xml",
	    MACHINE("0x3", "0x3", NODE("0", "0x1", "3") NODE("1", "0x2", "5")));
	put("one.xml", MACHINE("0x1", "0x1", NODE("0", "0x1", "3")));
	put("bad.xml", "<?xml version=\"1.0\"?><topology><object");
	is_place(c, "", "not placed;not pla;");
	is_place(c, "nonsense", "not placed;not pla;");
	setenv("HWLOC_XMLFILE", "bad.xml", 1);
	is_place(c, "0000:3b:00.1", "not placed;not pla;");
	setenv("HWLOC_XMLFILE", "one.xml", 1);
	is_place(c, "0000:3b:00.1", "not placed;not pla;");
	setenv("HWLOC_XMLFILE", "two.xml", 1);
	is_place(c, "0000:3b:00.0", "not placed;not pla;");
#ifdef HAVE_HWLOC_H
	if (lib != NULL) {
		is_place(c, "0000:3b:00.1",
		    "NUMA node 0, 1 processor;NUMA no;");
		is_place(c, "0000:5b:00.1",
		    "NUMA node 1, 1 processor;NUMA no;");
		test_two_nodes(c);
	} else
#endif
		skip(1, "built or run without hwloc");
	if (lib != NULL)
		dlclose(lib);
	child_rmdir(dir);
	free(c);
	return done();
}
