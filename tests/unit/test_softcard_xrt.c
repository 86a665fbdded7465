/*
 * test_softcard_xrt.c - XRT found in a fake layout, its library corrected in
 * a private directory
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/softcard_correct.h"
#include "src/softcard_dir.h"
#include "src/softcard_xrt.h"
#include "tests/unit/tap.h"

#define LIB_BYTES 256
#define AT 100 /* of the fault's test */

/* The fault at 'at', with the field's offset in both instructions. */
static void
put_fault(uint8_t *lib, size_t at)
{
	memcpy(lib + at - 28, "\x48\x89\x83\x98\x02\0\0\x48\x89\xe8", 10);
	memcpy(lib + at, "\x48\x85\xc0\x75\xe6\x48\x8b\xbb\x98\x02\0\0\xe8",
	    13);
}

static bool
is_link(const struct ocr_softcard_dir *d, const char *name)
{
	char *path = ocr_softcard_dir_join(d->path, name);
	struct stat st;
	bool is = lstat(path, &st) == 0 && S_ISLNK(st.st_mode);

	free(path);
	return is;
}

static void
test_dir(void)
{
	struct ocr_softcard_dir d, e;
	struct ocr_err err = {0};
	uint8_t lib[LIB_BYTES] = {0};
	char *root, *libs, *found;

	is_int(ocr_softcard_dir_make(&d, NULL, &err), 0, "a directory");
	ok(strncmp(d.path, "/tmp/ocr-softcard-", 18) == 0 &&
		strcmp(d.path + 5, d.user) == 0 &&
		strcmp(d.path, d.sockets) == 0,
	    "in /tmp");
	is_int(ocr_softcard_dir_make(&e, d.path, &err), 0, "in another place");
	ok(strncmp(e.path, d.path, strlen(d.path)) == 0 &&
		strncmp(e.sockets, "/tmp/ocr-softcard-", 18) == 0 &&
		strcmp(e.sockets + 5, e.user) == 0 &&
		access(e.sockets, F_OK) == 0,
	    "its sockets are in /tmp");
	root = strdup(e.sockets);
	ocr_softcard_dir_remove(&e);
	ok(access(root, F_OK) < 0 && errno == ENOENT, "removed, both");
	free(root);

	(void)ocr_softcard_dir_mkdir(&d, "opt/lib", &err);
	(void)ocr_softcard_dir_mkdir(&d, "xrt/lib", &err);
	put_fault(lib, AT);
	(void)ocr_softcard_dir_write(&d, "opt/lib/libxrt_coreutil.so.2", "x", 1,
	    0600, &err);
	root = ocr_softcard_dir_join(d.path, "opt");
	libs = ocr_softcard_dir_join(d.path, "opt/lib");
	ok(err.code == 0 && ocr_softcard_xrt_find(root, &err) == NULL &&
		strstr(err.text,
		    "has no software emulation: libxrt_swemu.so.2 not found") !=
		    NULL,
	    "without emulation");
	ocr_err_clear(&err);
	(void)ocr_softcard_dir_write(&d, "opt/lib/libxrt_swemu.so.2", lib,
	    LIB_BYTES, 0600, &err);
	found = ocr_softcard_xrt_find(root, &err);
	ok(found != NULL && strcmp(found, libs) == 0 &&
		!ocr_softcard_xrt_is_system(found),
	    "XILINX_XRT comes first");
	free(found);
	is_int(ocr_softcard_xrt_make(&d, "xrt/lib", libs, &err),
	    OCR_SOFTCARD_CORRECT_MEMORY, "corrected");
	ok(is_link(&d, "xrt/lib/libxrt_coreutil.so.2") &&
		!is_link(&d, "xrt/lib/libxrt_swemu.so.2"),
	    "a link and a copy");
	lib[AT] ^= 1;
	(void)ocr_softcard_dir_mkdir(&d, "xrt2", &err);
	found = ocr_softcard_dir_join(libs, "libxrt_swemu.so.2");
	unlink(found);
	free(found);
	(void)ocr_softcard_dir_write(&d, "opt/lib/libxrt_swemu.so.2", lib,
	    LIB_BYTES, 0600, &err);
	is_int(ocr_softcard_xrt_make(&d, "xrt2", libs, &err), 0, "as it is");
	ok(is_link(&d, "xrt2/libxrt_swemu.so.2"), "a link");
	free(root);
	free(libs);

	/* links lead out of it, directories cannot be entered */
	(void)ocr_softcard_dir_mkdir(&d, "locked/deep/er", &err);
	(void)ocr_softcard_dir_link(&d, "locked/deep/link", "/", &err);
	root = ocr_softcard_dir_join(d.path, "locked");
	(void)chmod(root, 0);
	free(root);
	is_int(err.code, 0, "no error so far");
	root = strdup(d.path);
	ocr_softcard_dir_remove(&d);
	ok(access(root, F_OK) < 0 && access("/tmp", F_OK) == 0, "removed");
	free(root);
	is_int(ocr_softcard_dir_make(&d, "/nonexistent", &err), -OCR_EIO,
	    "no such TMPDIR");
	ok(strcmp(err.text, "cannot make a directory in /nonexistent: No such"
			    " file or directory") == 0 &&
		d.path == NULL,
	    "and it says so");
	ocr_softcard_dir_remove(&d);
}

int
main(void)
{
	test_dir();
	return done();
}
