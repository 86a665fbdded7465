/*
 * test_member_name.c - names that an archive of ours may have
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/member_name.h"
#include "src/member_set.h"
#include "tests/unit/tap.h"

static void
check_name(const char *name, const char *want)
{
	const char *got = ocr_member_name(name);

	if (want == NULL)
		ok(got == NULL, "'%s' is no name", name);
	else
		ok(got != NULL && strcmp(got, want) == 0, "'%s' -> '%s': '%s'",
		    name, want, got != NULL ? got : "(none)");
}

static void
check_key(const char *name, const char *want)
{
	char *got = ocr_member_key(name);

	ok(got != NULL && strcmp(got, want) == 0, "key of '%s': '%s'", name,
	    want);
	free(got);
}

static void
check_link(const char *name, const char *target, bool want)
{
	ok(ocr_member_link_stays(name, target) == want, "%s -> %s %s", name,
	    target, want ? "stays" : "leads out");
}

static void
test_set(void)
{
	struct ocr_member_set s = {0};
	struct ocr_err err = {0};

	is_int(ocr_member_set_has(&s, "a", &err), 0, "empty");
	ocr_member_set_add(&s, "./a//b", false, &err);
	is_int(ocr_member_set_has(&s, "a/b", &err), 1, "in one form");
	is_int(ocr_member_set_has(&s, "a", &err), 0, "not its directory");
	is_int(ocr_member_set_leads_out(&s, "a/b/c", &err), 0, "no links");
	ocr_member_set_add(&s, "a/l", true, &err);
	is_int(ocr_member_set_leads_out(&s, "a/l", &err), 0, "the link itself");
	is_int(ocr_member_set_leads_out(&s, "./a/./l/x", &err), 1, "behind it");
	is_int(ocr_member_set_leads_out(&s, "a/l/x/y/z", &err), 1, "further");
	is_int(ocr_member_set_leads_out(&s, "a/ll/x", &err), 0, "beside it");
	ocr_member_set_add(&s, "a/b", true, &err);
	is_int(ocr_member_set_leads_out(&s, "a/b/x", &err), 1,
	    "a file that became a link");
	ocr_member_set_add(&s, "a/b", false, &err);
	is_int(ocr_member_set_leads_out(&s, "a/b/x", &err), 1,
	    "and back: not believed");
	ocr_member_set_release(&s);
	ocr_member_set_release(&s);
}

int
main(void)
{
	check_name("a", "a");
	check_name("a/b", "a/b");
	check_name("./a", "./a");
	check_name("a/", "a/");
	check_name("/a", "a");
	check_name("///a//b", "a//b");
	check_name("/", NULL);
	check_name("//", NULL);
	check_name("", NULL);
	check_name("..", NULL);
	check_name("../", NULL);
	check_name("../..", NULL);
	check_name("a/..", NULL);
	check_name("../a", "a");
	check_name("a/../b", "b");
	check_name("a/../../../b/c", "b/c");
	check_name("/../a", "a");
	check_name("..a", "..a");
	check_name("a..", "a..");
	check_name("a/...", "a/...");
	check_name(".", ".");
	check_name("-", "-");

	check_key("a", "a");
	check_key("./a//b/./c/", "a/b/c");
	check_key(".", "");
	check_key("./", "");
	check_key(".a/b.", ".a/b.");

	check_link("l", "x", true);
	check_link("l", "x/y", true);
	check_link("l", ".", true);
	check_link("l", "..", false);
	check_link("l", "../x", false);
	check_link("l", "/x", false);
	check_link("l", "//", false);
	check_link("l", "./../x", false);
	check_link("l", "x/..", false);
	check_link("a/l", "../x", true);
	check_link("a/l", "../../x", false);
	check_link("./a/l", "../x", true);
	check_link("./a/l", "../../x", false);
	check_link("a//b/./l", "../../x", true);
	check_link("a//b/./l", "../../../x", false);
	check_link("a/b/l", "../c/../../d", false);
	check_link("a/b/l", "../..", true);
	check_link("a/b/l", "..x/y", true);
	check_link("a/b/l", "", true);
	test_set();
	return done();
}
