/*
 * test_sysfs.c - sensors and NUMA node of a card, from a tree like /sys
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/device.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

#define BDF "0000:3b:00.1"

static char root[256];

/* Make a file and the directories above it. */
static void
put(const char *path, const char *text)
{
	char command[600];

	snprintf(command, sizeof(command),
	    "d=bus/pci/devices/%s; mkdir -p \"${d%%/*}\" && printf '%%b' '%s' "
	    "> \"$d\"",
	    path, text);
	if (system(command) != 0)
		diag("cannot make %s", path);
}

static void
is_sensors(const char *bdf, double temp_c, double power_w, const char *name)
{
	double t = 1, p = 1;

	ocr_device_sensors(root, bdf, &t, &p);
	ok((isnan(temp_c) ? isnan(t) : t == temp_c) &&
		(isnan(power_w) ? isnan(p) : p == power_w),
	    "%s: %f C, %f W", name, t, p);
}

static void
test_loaded(void)
{
	static const char uuid[] = "71d87b34-e7bb-4dcd-8335-a26324383fbf";
	char buf[40];

	is_int(ocr_device_loaded(root, BDF, buf), 0, "not known");
	put(BDF "/xclbinuuid", "71d87b34-e7bb-4dcd-8335-a26324383fbf\\n");
	is_int(ocr_device_loaded(root, BDF, buf), 1, "loaded");
	is_str(buf, uuid, "its UUID");
	put(BDF "/xclbinuuid", "00000000-0000-0000-0000-000000000000\\n");
	is_int(ocr_device_loaded(root, BDF, buf), 0, "nothing is loaded");
	put(BDF "/xclbinuuid", "\\033[31m\\n");
	is_int(ocr_device_loaded(root, BDF, buf), 0, "no UUID");
	put(BDF "/xclbinuuid", "");
	is_int(ocr_device_loaded(root, BDF, buf), 0, "an empty file");
	is_int(ocr_device_loaded(root, "", buf), 0, "no address");
}

int
main(void)
{
	child_mkdir(root);
	is_sensors(BDF, NAN, NAN, "no such card");
	is_int(ocr_device_numa_node(root, BDF), -1, "no node");
	put(BDF "/numa_node", "1\\n");
	is_int(ocr_device_numa_node(root, BDF), 1, "node 1");
	put(BDF "/numa_node", "-1\\n");
	is_int(ocr_device_numa_node(root, BDF), -1, "the kernel's -1");
	put(BDF "/numa_node", "99999999999999999999\\n");
	is_int(ocr_device_numa_node(root, BDF), -1, "a huge node");
	put(BDF "/numa_node", "0x1");
	is_int(ocr_device_numa_node(root, BDF), -1, "no number");
	is_sensors(BDF, NAN, NAN, "a card without sensors");

	put(BDF "/hwmon/hwmon3/temp1_label", "PCB TOP FRONT\\n");
	put(BDF "/hwmon/hwmon3/temp1_input", "31000\\n");
	is_sensors(BDF, 31, NAN, "hwmon's first");
	put(BDF "/hwmon/hwmon3/temp4_label", "FPGA TEMP\\n");
	put(BDF "/hwmon/hwmon3/temp4_input", "45500\\n");
	put(BDF "/hwmon/hwmon3/power1_input", "27250000\\n");
	is_sensors(BDF, 45.5, 27.25, "hwmon's FPGA");

	put(BDF "/xmc.u.8388609/xmc_fpga_temp", "61\\n");
	put(BDF "/xmc.u.8388609/xmc_power", "0\\n");
	is_sensors(BDF, 61, 27.25, "the controller first; 0 is no sensor");
	put(BDF "/xmc.u.8388609/xmc_power", "30500000\\n");
	is_sensors(BDF, 61, 30.5, "both from the controller");
	put(BDF "/xmc.u.8388609/xmc_fpga_temp", "");
	put(BDF "/xmc.u.8388609/xmc_power", "12 W");
	is_sensors(BDF, 45.5, 27.25, "an empty file, a unit");
	is_sensors("", NAN, NAN, "no address");
	is_sensors("../devices/" BDF, NAN, NAN, "an address that leads out");
	is_sensors("0000:3b:00.2", NAN, NAN, "another card");
	put("0000:00:00.0/xmc", "a file");
	put("0000:00:00.0/hwmon", "a file");
	is_sensors("0000:00:00.0", NAN, NAN, "files for directories");
	test_loaded();
	child_rmdir(root);
	return done();
}
