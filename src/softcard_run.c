/*
 * softcard_run.c - ocr-softcard as a function; called by bin
 *
 * DIR is the private directory:
 *	DIR/xrt/lib/           links to XRT's libraries, one of them corrected
 *	DIR/vitis/.../model/   genericpciemodel, a link to ourselves
 *	DIR/emconfig.json      how many cards there are
 *	DIR/NAME.xclbin        what --kernels describes
 *	DIR/run/               where XRT keeps a directory for each card
 *	DIR/cards/             locks between the device processes
 *	DIR/leases/            locks between our tools: nobody else has these cards
 * and the sockets, if it is in /tmp.
 */
#include "config.h"

#include "src/softcard_run.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/ui.h"
#include "src/softcard_child.h"
#include "src/softcard_correct.h"
#include "src/softcard_dir.h"
#include "src/softcard_xclbins.h"
#include "src/softcard_xrt.h"

/* Where XRT looks below XILINX_VITIS (cpu_em/generic_pcie_hal2/shim.cxx). */
#define MODEL_DIR "vitis/data/emulation/unified/cpu_em/generic_pcie/model"
#define MAX_ENV 16
#define EXIT_CANNOT_RUN 126 /* as env(1) and the shells have it */
#define EXIT_NOT_FOUND 127

struct run {
	const struct ocr_softcard_opt *o;
	struct ocr_softcard_dir dir;
	char *libs; /* XRT's */
	char *xclbins;
	size_t n_units;         /* of the file that has most */
	char program[PATH_MAX]; /* ourselves */
	char *env[MAX_ENV + 1];
	size_t n_env;
	struct ocr_err *err;
};

__attribute__((format(printf, 2, 3))) static int
add_env(struct run *r, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&r->env[r->n_env], fmt, ap);
	va_end(ap);
	if (n < 0) {
		r->env[r->n_env] = NULL;
		return ocr_err_nomem(r->err);
	}
	r->n_env++;
	return 0;
}

static int
find_program(struct run *r)
{
	ssize_t n =
	    readlink("/proc/self/exe", r->program, sizeof(r->program) - 1);

	if (n < 0)
		return ocr_err_sys(r->err, "cannot find our own program");
	r->program[n] = '\0';
	return 0;
}

/* A bank is 2 GiB at most: XRT maps each card as one file of that size. */
static int
write_config(struct run *r)
{
	char text[512];
	int n = snprintf(text, sizeof(text),
	    "{ \"Version\": { \"FileVersion\": \"2.0\","
	    " \"ToolVersion\": \"2022.1\" },\n"
	    "  \"Platform\": { \"UnifiedPlatform\": \"true\", \"Boards\": [ {"
	    " \"Devices\": [ {\n"
	    "    \"Name\": \"xilinx_emu_1_0\", \"NumDevices\": \"%u\","
	    " \"DdrBanks\": [ { \"Size\": \"2GB\" } ]\n"
	    "  } ] } ] } }\n",
	    r->o->n_cards > 0 ? r->o->n_cards : 1);

	return ocr_softcard_dir_write(&r->dir, "emconfig.json", text, (size_t)n,
	    0600, r->err);
}

/* Or runs would be started on units of other kernels. */
static int
check_units(struct run *r)
{
	if (r->n_units <= OCR_SOFTCARD_MASK_UNITS)
		return 0;
	return ocr_err_set(r->err, -OCR_ELIMIT,
	    "%zu compute units: XRT in %s mixes up more than %d on a card, and"
	    " its libxrt_swemu.so.2 is none that can be corrected",
	    r->n_units, r->libs, OCR_SOFTCARD_MASK_UNITS);
}

static int
make_tree(struct run *r, struct ocr_ui *ui)
{
	static const char *const dirs[] = {"xrt/lib", MODEL_DIR, "run", "cards",
	    "leases"};
	bool is_whole;
	int e = 0;

	for (size_t i = 0; e == 0 && i < sizeof(dirs) / sizeof(dirs[0]); i++)
		e = ocr_softcard_dir_mkdir(&r->dir, dirs[i], r->err);
	if (e == 0)
		e = ocr_softcard_dir_link(&r->dir,
		    MODEL_DIR "/" OCR_SOFTCARD_DEVICE, r->program, r->err);
	if (e == 0)
		e = write_config(r);
	if (e < 0)
		return e;
	e = ocr_softcard_xrt_make(&r->dir, "xrt/lib", r->libs, r->err);
	if (e < 0)
		return e;
	is_whole = ((unsigned)e & OCR_SOFTCARD_CORRECT_UNITS) != 0;
	ocr_ui_note(ui, "XRT in %s, %s%s", r->libs,
	    e == 0 ? "as it is" : "with libxrt_swemu.so.2 corrected",
	    is_whole ? "" : ", up to 32 units on a card");
	return is_whole ? 0 : check_units(r);
}

static int
make_env(struct run *r)
{
	char options[OCR_SOFTCARD_OPTIONS_BYTES];
	const char *dir = r->dir.path, *path = r->o->ld_path;
	int e = 0;

	ocr_softcard_options_format(&r->o->device, options);
	e |= add_env(r, "XCL_EMULATION_MODE=sw_emu");
	e |= add_env(r, "XILINX_XRT=%s/xrt", dir);
	e |= add_env(r, "XILINX_VITIS=%s/vitis", dir);
	e |= add_env(r, "EMCONFIG_PATH=%s", dir);
	e |= add_env(r, "SDACCEL_EM_RUN_DIR=%s/run", dir);
	/* or loading an xclbin into one card unmaps the memory of the others */
	e |= add_env(r, "VITIS_SW_EMU_ENABLE_SINGLE_MMAP=1");
	e |= add_env(r, "USER=%s", r->dir.user);
	e |= add_env(r, "OCR_XCLBIN=%s", r->xclbins);
	e |= add_env(r, "OCR_SOFTCARD=%s/cards", dir);
	if (r->o->lease_dir == NULL || *r->o->lease_dir == '\0')
		e |= add_env(r, "OCR_LEASE_DIR=%s/leases", dir);
	e |= add_env(r, "OCR_SOFTCARD_OPTIONS=%s", options);
	if (!ocr_softcard_xrt_is_system(r->libs))
		e |= add_env(r, "LD_LIBRARY_PATH=%s%s%s", r->libs,
		    path == NULL || *path == '\0' ? "" : ":",
		    path == NULL ? "" : path);
	return e == 0 ? 0 : r->err->code;
}

static bool
ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

static int
run_command(struct run *r, int *status, int *signal)
{
	int st = 0;
	int e = ocr_softcard_child_run(r->o->command,
	    (const char *const *)r->env, &st, r->err);

	if (e < 0)
		*status = ends_with(r->err->text, strerror(ENOENT))
			      ? EXIT_NOT_FOUND
			      : EXIT_CANNOT_RUN;
	else if (WIFSIGNALED(st))
		*signal = WTERMSIG(st);
	else
		*status = WEXITSTATUS(st);
	return e;
}

static int
prepare(struct run *r, struct ocr_ui *ui)
{
	int e = find_program(r);

	if (e < 0)
		return e;
	r->libs = ocr_softcard_xrt_find(r->o->xilinx_xrt, r->err);
	if (r->libs == NULL)
		return r->err->code;
	e = ocr_softcard_dir_make(&r->dir, r->o->temp_dir, r->err);
	if (e < 0)
		return e;
	r->xclbins = ocr_softcard_xclbins_make(r->o, &r->dir, r->program,
	    &r->n_units, r->err);
	if (r->xclbins == NULL)
		return r->err->code;
	e = make_tree(r, ui);
	return e < 0 ? e : make_env(r);
}

int
ocr_softcard_run(const struct ocr_softcard_opt *o, struct ocr_ui *ui,
    int *status, int *signal, struct ocr_err *err)
{
	struct run r = {.o = o, .err = err};
	sigset_t old;
	int e;

	*status = *signal = 0;
	ocr_softcard_child_begin(&old);
	e = prepare(&r, ui);
	if (e == 0)
		e = run_command(&r, status, signal);
	if (o->is_kept && r.dir.path != NULL) {
		ocr_ui_warn(ui, "kept %s", r.dir.path);
		ocr_softcard_dir_keep(&r.dir);
	} else {
		ocr_softcard_dir_remove(&r.dir);
	}
	for (size_t i = 0; i < r.n_env; i++)
		free(r.env[i]);
	free(r.xclbins);
	free(r.libs);
	ocr_softcard_child_end(&old);
	return e;
}
