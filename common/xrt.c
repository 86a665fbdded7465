/*
 * xrt.c - find and load the Xilinx Runtime, and tame it: see xrt.h
 */
#include "config.h"

#include "common/xrt.h"

#include <dlfcn.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/device.h"

#define COREUTIL "libxrt_coreutil.so.2"
#define AMD_ROOT "/opt/xilinx/xrt" /* where AMD's packages put it */

/* The name of a function in the library, and where its pointer goes. */
static const struct {
	const char *name;
	size_t at;
} symbols[] = {
    {"xrtDeviceOpen", offsetof(struct ocr_xrt, device_open)},
    {"xrtDeviceClose", offsetof(struct ocr_xrt, device_close)},
    {"xrtDeviceLoadXclbinFile", offsetof(struct ocr_xrt, device_load_file)},
    {"xrtDeviceGetXclbinUUID", offsetof(struct ocr_xrt, device_uuid)},
    {"xrtDeviceToXclDevice", offsetof(struct ocr_xrt, device_xcl)},
    {"xrtPLKernelOpen", offsetof(struct ocr_xrt, kernel_open)},
    {"xrtPLKernelOpenExclusive",
	offsetof(struct ocr_xrt, kernel_open_exclusive)},
    {"xrtKernelClose", offsetof(struct ocr_xrt, kernel_close)},
    {"xrtKernelArgGroupId", offsetof(struct ocr_xrt, kernel_group)},
    {"xrtKernelArgOffset", offsetof(struct ocr_xrt, kernel_offset)},
    {"xrtKernelReadRegister", offsetof(struct ocr_xrt, kernel_read)},
    {"xrtKernelWriteRegister", offsetof(struct ocr_xrt, kernel_write)},
    {"xrtRunOpen", offsetof(struct ocr_xrt, run_open)},
    {"xrtRunSetArg", offsetof(struct ocr_xrt, run_set)},
    {"xrtRunStart", offsetof(struct ocr_xrt, run_start)},
    {"xrtRunSetCallback", offsetof(struct ocr_xrt, run_callback)},
    {"xrtRunClose", offsetof(struct ocr_xrt, run_close)},
    {"xrtBOAlloc", offsetof(struct ocr_xrt, buffer_new)},
    {"xrtBOFree", offsetof(struct ocr_xrt, buffer_free)},
    {"xrtBOSync", offsetof(struct ocr_xrt, buffer_sync)},
    {"xrtBOMap", offsetof(struct ocr_xrt, buffer_map)},
};

/* The library that drives the device, by the mode that the user has set. */
static const char *
shim_name(void)
{
	const char *mode = getenv("XCL_EMULATION_MODE");

	if (mode == NULL || *mode == '\0')
		return "libxrt_core.so.2";
	if (strcmp(mode, "sw_emu") == 0)
		return "libxrt_swemu.so.2";
	if (strcmp(mode, "hw_emu") == 0)
		return "libxrt_hwemu.so.2";
	if (strcmp(mode, "noop") == 0)
		return "libxrt_noop.so.2";
	return NULL;
}

static bool
is_emulation(void)
{
	const char *mode = getenv("XCL_EMULATION_MODE");

	return mode != NULL && *mode != '\0';
}

/*
 * What software emulation needs of the environment: the program that plays the
 * card, without which XRT waits for minutes, and one mapping for all buffers,
 * without which loading a second card takes the first one's away.
 */
static int
check_emulation(struct ocr_err *err)
{
	const char *mode = getenv("XCL_EMULATION_MODE");
	const char *root = getenv("XILINX_VITIS");
	char path[4096];

	if (mode == NULL || strcmp(mode, "sw_emu") != 0)
		return 0;
	setenv("VITIS_SW_EMU_ENABLE_SINGLE_MMAP", "1", 0);
	if (root == NULL)
		return 0;
	snprintf(path, sizeof(path),
	    "%s/data/emulation/unified/cpu_em/generic_pcie/model/"
	    "genericpciemodel",
	    root);
	if (access(path, X_OK) == 0)
		return 0;
	return ocr_err_set(err, -OCR_EDEVICE,
	    "XRT's emulation is broken: XILINX_VITIS is '%.200s', but %.200s "
	    "is "
	    "not there",
	    root, path);
}

/*
 * While XRT loads a card in emulation a handler of its own ends our process
 * group when a child was killed.  Its threads and ours block all signals; so
 * must the one that is calling.  Children get a mask of their own (proc.h).
 */
static void
block_child_signal(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Drivers of PCIe cards and of the cards on a Zynq. */
static bool
has_driver(void)
{
	return access("/sys/bus/pci/drivers/xocl", F_OK) == 0 ||
	       access("/sys/bus/platform/drivers/zocl-drm", F_OK) == 0 ||
	       access("/sys/module/zocl", F_OK) == 0;
}

bool
ocr_xrt_is_likely(char *why, size_t n)
{
	if (is_emulation() || has_driver())
		return true;
	if (why != NULL)
		snprintf(why, n, "no card's driver (xocl, zocl) is loaded");
	return false;
}

/* The library, from XILINX_XRT, from where the system has it, from AMD's. */
static void *
load_library(char *path, size_t n, struct ocr_err *err)
{
	const char *root = getenv("XILINX_XRT");
	void *lib = NULL;

	if (root != NULL && *root != '\0') {
		snprintf(path, n, "%s/lib/" COREUTIL, root);
		lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	}
	if (lib == NULL)
		lib = dlopen(COREUTIL, RTLD_NOW | RTLD_LOCAL);
	if (lib == NULL) {
		snprintf(path, n, AMD_ROOT "/lib/" COREUTIL);
		lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	}
	if (lib != NULL)
		return lib;
	if (access(path, F_OK) == 0)
		ocr_err_set(err, -OCR_EDEVICE, "XRT cannot be loaded: %s",
		    dlerror());
	else
		ocr_err_set(err, -OCR_EDEVICE,
		    "XRT is not installed (" COREUTIL " was not found)");
	return NULL;
}

/*
 * XRT looks for its other libraries in $XILINX_XRT/lib and ends the process if
 * they are not there.  A distribution puts them into a directory which no
 * value of XILINX_XRT leads to; then "lib" is a link in a directory of ours.
 */
static int
lead_to_libraries(struct ocr_xrt *x, const char *shim, struct ocr_err *err)
{
	const char *root = getenv("XILINX_XRT"), *slash;
	char path[4096], dir[4096];
	struct link_map *map;
	size_t len;

	if (root != NULL && *root != '\0') {
		snprintf(path, sizeof(path), "%s/lib/%s", root, shim);
		if (access(path, R_OK) == 0)
			return 0;
		return ocr_err_set(err, -OCR_EDEVICE,
		    "XRT is broken: XILINX_XRT is '%s', but %s is not there",
		    root, path);
	}
	if (dlinfo(x->lib, RTLD_DI_LINKMAP, &map) != 0 ||
	    (slash = strrchr(map->l_name, '/')) == NULL)
		return ocr_err_set(err, -OCR_EDEVICE,
		    "XRT is broken: %s has no path", COREUTIL);
	len = (size_t)(slash - map->l_name);
	if (len >= sizeof(dir))
		return ocr_err_set(err, -OCR_EDEVICE,
		    "XRT is broken: the path of its library is too long");
	memcpy(dir, map->l_name, len);
	dir[len] = '\0';
	if (snprintf(path, sizeof(path), "%s/%s", dir, shim) >=
		(int)sizeof(path) ||
	    access(path, R_OK) != 0)
		return ocr_err_set(err, -OCR_EDEVICE,
		    "XRT is broken: %s/%s is not there", dir, shim);
	if (len > 4 && strcmp(dir + len - 4, "/lib") == 0) {
		dir[len - 4] = '\0';
		setenv("XILINX_XRT", dir, 1);
		return 0;
	}
	/* What a distribution has may be the library that needs correction. */
	if (is_emulation())
		return ocr_err_set(err, -OCR_EDEVICE,
		    "XRT's emulation needs XILINX_XRT (ocr-softcard sets it)");
	snprintf(x->root, sizeof(x->root), "/tmp/ocr-xrt.XXXXXX");
	if (mkdtemp(x->root) == NULL) {
		x->root[0] = '\0';
		return ocr_err_sys(err, "cannot make a directory in /tmp");
	}
	snprintf(path, sizeof(path), "%s/lib", x->root);
	if (symlink(dir, path) != 0)
		return ocr_err_sys(err, "cannot make '%s'", path);
	setenv("XILINX_XRT", x->root, 1);
	return 0;
}

/* The driver library is loaded: nobody needs the link any more. */
static void
drop_root(struct ocr_xrt *x)
{
	char path[sizeof(x->root) + 8];

	if (x->root[0] == '\0')
		return;
	snprintf(path, sizeof(path), "%s/lib", x->root);
	unlink(path);
	rmdir(x->root);
	x->root[0] = '\0';
	unsetenv("XILINX_XRT");
}

int
ocr_xrt_open(struct ocr_xrt *x, struct ocr_err *err)
{
	const char *shim = shim_name();
	char path[4096] = "";
	void *f;
	size_t i;
	int r;

	*x = (struct ocr_xrt){0};
	if (shim == NULL)
		return ocr_err_set(err, -OCR_EDEVICE,
		    "XCL_EMULATION_MODE is '%s': not one of sw_emu, hw_emu",
		    getenv("XCL_EMULATION_MODE"));
	r = check_emulation(err);
	if (r < 0)
		return r;
	x->lib = load_library(path, sizeof(path), err);
	if (x->lib == NULL)
		return err->code;
	for (i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		f = dlsym(x->lib, symbols[i].name);
		if (f == NULL)
			return ocr_err_set(err, -OCR_EDEVICE,
			    "XRT is broken or too old: it has no %s",
			    symbols[i].name);
		memcpy((char *)x + symbols[i].at, &f, sizeof(f));
	}
	r = lead_to_libraries(x, shim, err);
	if (r < 0)
		drop_root(x);
	else if (is_emulation())
		block_child_signal();
	return r;
}

/* A function without arguments that counts cards; 0 if it is not there. */
static unsigned
call_count(void *lib, const char *name)
{
	unsigned (*count)(void);
	void *f = dlsym(lib, name);

	if (f == NULL)
		return 0;
	memcpy(&count, &f, sizeof(count));
	return count();
}

unsigned
ocr_xrt_count(struct ocr_xrt *x)
{
	unsigned n, n_probed;

	/* The C API cannot count.  The C++ one can, but not in emulation; it
	 * loads the driver library, whose xclProbe can. */
	n = call_count(x->lib, "_ZN3xrt6system17enumerate_devicesEv");
	n_probed = call_count(RTLD_DEFAULT, "xclProbe");
	drop_root(x);
	return n > n_probed ? n : n_probed;
}

int
ocr_xrt_load(struct ocr_xrt *x, void *device, const char *path,
    struct ocr_err *err)
{
	static const int taken[] = {SIGSEGV, SIGFPE, SIGABRT, SIGUSR1, SIGCHLD,
	    SIGINT, SIGQUIT};
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction saved[sizeof(taken) / sizeof(taken[0])];
	sigset_t all, old;
	size_t i;
	int r;

	/* A signal that arrives while the shim waits for its device process
	 * makes it end the program. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		sigaction(taken[i], NULL, &saved[i]);
	/* In emulation it starts commands, and ends the program if one fails: a
	 * Ctrl-C must not reach them. */
	if (is_emulation()) {
		sigaction(SIGINT, &ignore, NULL);
		sigaction(SIGQUIT, &ignore, NULL);
	}
	r = x->device_load_file(device, path);
	for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		sigaction(taken[i], &saved[i], NULL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (r != 0)
		return ocr_err_set(err, -OCR_EDEVICE,
		    "XRT cannot load '%s': %s", path,
		    r < 0 ? strerror(-r) : "it does not say why");
	return 0;
}

/* struct xclDeviceInfo2 (xrt.h of XRT 2.13 to 2.20), as far as it is read. */
struct xcl_info {
	unsigned magic;
	char name[256];
	unsigned short versions[7];
	size_t ddr_bytes, alignment, ddr_free, min_transfer;
	unsigned short n_banks, clocks[4], link[2], threads, temperatures[2];
	unsigned short volts[3];
	float current;
	unsigned short n_clocks, fan_speed;
	bool is_calibrated;
	unsigned long long mc_versions[2];
	unsigned short volts_12[2];
	unsigned long long currents[2];
	unsigned short rest[20];
	unsigned long long driver_version;
	unsigned pci_slot; /* bus << 8 | device << 3 | function */
};

void
ocr_xrt_describe(struct ocr_xrt *x, void *device, struct ocr_device *d)
{
	union {
		struct xcl_info info;
		char room[8192]; /* later versions are longer */
	} u = {.room = {0}};
	int (*get)(void *, void *);
	void *f = dlsym(RTLD_DEFAULT, "xclGetDeviceInfo2");

	d->is_emulated = is_emulation();
	d->is_hw_emu = strcmp(shim_name(), "libxrt_hwemu.so.2") == 0;
	d->numa_node = -1;
	if (f == NULL)
		return;
	memcpy(&get, &f, sizeof(get));
	if (get(x->device_xcl(device), &u) != 0)
		return;
	snprintf(d->label, sizeof(d->label), "%.63s", u.info.name);
	d->mem_bytes = u.info.ddr_bytes;
	d->n_banks = u.info.n_banks;
	if (!d->is_emulated && u.info.pci_slot != 0) {
		snprintf(d->bdf, sizeof(d->bdf), "0000:%02x:%02x.%x",
		    u.info.pci_slot >> 8 & 0xff, u.info.pci_slot >> 3 & 0x1f,
		    u.info.pci_slot & 7);
		d->numa_node = ocr_device_numa_node("/sys", d->bdf);
	}
}
