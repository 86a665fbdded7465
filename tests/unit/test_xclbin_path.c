/*
 * test_xclbin_path.c - search paths of xclbin files, and which card a file is
 * for
 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/xclbin_layout.h"
#include "common/xclbin_layout.h"
#include "common/xclbin_path.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

/* The smallest file: a header and no section. */
static void
put(const char *path)
{
	unsigned char h[OCR_AXLF_SECTIONS] = OCR_AXLF_MAGIC;
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	h[OCR_AXLF_LENGTH] = sizeof(h) & 255;
	h[OCR_AXLF_LENGTH + 1] = sizeof(h) >> 8;
	if (write(fd, h, sizeof(h)) != sizeof(h))
		exit(1);
	close(fd);
}

static int
add(void *arg)
{
	struct ocr_ui ui = {.tool = "x"};
	struct ocr_xclbin_path p = {0};
	struct ocr_err err = {0};
	int r = ocr_xclbin_path_add(&p, arg, &ui, &err);

	for (size_t i = 0; i < p.n; i++)
		printf("%s ", p.paths[i]);
	printf("%s", err.text);
	fflush(stdout);
	ocr_xclbin_path_release(&p);
	ocr_xclbin_path_release(&p);
	return -r;
}

static void
is_path(struct child *c, const char *path, const char *out, const char *err)
{
	child_run(c, add, (void *)(uintptr_t)path);
	is_str(c->out, out, path);
	is_str(c->err, err, "warnings");
}

static void
is_fit(bool is_emulated, const char *label, bool is_for_emulation,
    const char *platform, const char *want)
{
	struct ocr_device d = {.is_emulated = is_emulated};
	struct ocr_xclbin x = {.is_emulation = is_for_emulation};
	char why[128] = "";

	snprintf(d.label, sizeof(d.label), "%s", label);
	snprintf(x.platform, sizeof(x.platform), "%s", platform);
	ok(ocr_xclbin_fits(&x, &d, why, sizeof(why)) == (*want == '\0'),
	    "'%s' in '%s'", platform, label);
	is_str(why, want, "why not");
}

int
main(void)
{
	struct ocr_xclbin x = {.is_emulation = true};
	struct ocr_device d = {.is_emulated = true};
	struct child *c = malloc(sizeof(*c));
	char dir[256], why[128] = "";

	child_mkdir(dir);
	mkdir("d", 0700);
	mkdir("empty", 0700);
	put("d/b.xclbin");
	put("d/a.xclbin");
	put("d/.xclbin");
	put("d/other");
	put("one");
	is_path(c, "", "", "");
	is_path(c, "::", "", "");
	is_path(c, "one", "one ", "");
	is_path(c, "d", "d/a.xclbin d/b.xclbin ", "");
	is_path(c, ":d:one:empty::one:", "d/a.xclbin d/b.xclbin one one ", "");
	is_path(c, "one:none", "one ",
	    "x: cannot open none: No such file or directory\n");
	put("d/c.xclbin");
	is_int(truncate("d/c.xclbin", 100), 0, "cut");
	is_path(c, "d", "d/a.xclbin d/b.xclbin ",
	    "x: d/c.xclbin: not an xclbin file: it ends at byte 100\n");
	child_rmdir(dir);
	free(c);

	is_fit(true, "xilinx_emu_1_0", true, "xilinx_u250_a", "");
	is_fit(true, "", false, "", "is for hardware");
	x.mode = OCR_AXLF_HW_EMU;
	ok(!ocr_xclbin_fits(&x, &d, why, sizeof(why)), "the other emulation");
	is_str(why, "is for hardware emulation", "why not");
	is_fit(false, "", true, "x", "is for emulation");
	is_fit(false, "xilinx_u250_gen3x16_xdma_shell_4_1", false,
	    "xilinx_u250_gen3x16_xdma_4_1_202210_1", "");
	is_fit(false, "xilinx_u250_gen3x16_xdma_shell_4_1", false,
	    "xilinx_u200_gen3x16_xdma_2_202110_1",
	    "is for xilinx_u200_gen3x16_xdma_2_202110_1");
	is_fit(false, "xilinx_u25_x", false, "xilinx_u250_x",
	    "is for xilinx_u250_x");
	is_fit(false, "edge", false, "xilinx_zcu102_base", "");
	is_fit(false, "", false, "xilinx_u250_x", "");
	is_fit(false, "xilinx_u250_x", false, "", "");
	return done();
}
