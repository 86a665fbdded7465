/*
 * device_sysfs.c - a card's temperature, power and NUMA node from sysfs;
 * called by src
 *
 * XRT's driver for PCI cards (xocl) has a directory of files for the card's
 * controller, "xmc.m.123" or "xmc_u2.u.123": xmc_fpga_temp in degrees,
 * xmc_power in microwatts.  Where that is missing hwmon has the same with
 * labels, in millidegrees and microwatts.  A sensor that a card lacks reads 0.
 */
#include "config.h"

#include "common/device.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"

#define MAX_SENSORS 32 /* of one hwmon directory */

/* Is it "0000:3b:00.1"?  Else it might lead anywhere. */
static bool
is_bdf(const char *s)
{
	return *s != '\0' && strspn(s, "0123456789abcdefABCDEF:.") == strlen(s);
}

/* The first line of a small file; "" if there is none. */
static void
read_line(int dir, const char *name, char *line, size_t cap)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = -1;

	if (fd >= 0) {
		n = read(fd, line, cap - 1);
		close(fd);
	}
	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
}

static bool
read_long(int dir, const char *name, long *out)
{
	char line[64], *end;

	read_line(dir, name, line, sizeof(line));
	errno = 0;
	*out = strtol(line, &end, 10);
	return end != line && *end == '\0' && errno == 0;
}

/* Set *value if it is not known yet and the file has a number but 0. */
static void
read_sensor(int dir, const char *name, double scale, double *value)
{
	long v;

	if (isnan(*value) && read_long(dir, name, &v) && v != 0)
		*value = (double)v / scale;
}

/* Call fn for each directory in dir/sub whose name begins like that. */
static void
each_dir(int dir, const char *sub, const char *prefix,
    void (*fn)(int dir, double *temp_c, double *power_w), double *temp_c,
    double *power_w)
{
	int fd = openat(dir, sub, O_RDONLY | O_DIRECTORY | O_CLOEXEC), in;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (d == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	/* One stream, one thread: readdir() is enough. */
	/* cppcheck-suppress readdirCalled */
	while ((e = readdir(d)) != NULL) {
		if (strncmp(e->d_name, prefix, strlen(prefix)) != 0)
			continue;
		in = openat(fd, e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (in < 0)
			continue;
		fn(in, temp_c, power_w);
		close(in);
	}
	closedir(d);
}

static void
read_xmc(int dir, double *temp_c, double *power_w)
{
	read_sensor(dir, "xmc_fpga_temp", 1, temp_c);
	read_sensor(dir, "xmc_power", 1e6, power_w);
}

/* The temperature labelled as the FPGA's, else the first. */
static void
read_hwmon(int dir, double *temp_c, double *power_w)
{
	char name[32], label[64];

	for (int i = 1; i <= MAX_SENSORS; i++) {
		snprintf(name, sizeof(name), "temp%d_label", i);
		read_line(dir, name, label, sizeof(label));
		if (strcasestr(label, "fpga") == NULL)
			continue;
		snprintf(name, sizeof(name), "temp%d_input", i);
		read_sensor(dir, name, 1e3, temp_c);
	}
	read_sensor(dir, "temp1_input", 1e3, temp_c);
	read_sensor(dir, "power1_input", 1e6, power_w);
	read_sensor(dir, "power1_average", 1e6, power_w);
}

/* The card's directory, or -1. */
static int
open_card(const char *root, const char *bdf)
{
	char path[4096];
	int n;

	if (!is_bdf(bdf))
		return -1;
	n = snprintf(path, sizeof(path), "%s/bus/pci/devices/%s", root, bdf);
	if (n < 0 || (size_t)n >= sizeof(path))
		return -1;
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void
ocr_device_sensors(const char *root, const char *bdf, double *temp_c,
    double *power_w)
{
	int dir = open_card(root, bdf);

	*temp_c = NAN;
	*power_w = NAN;
	if (dir < 0)
		return;
	each_dir(dir, ".", "xmc", read_xmc, temp_c, power_w);
	if (isnan(*temp_c) || isnan(*power_w))
		each_dir(dir, "hwmon", "hwmon", read_hwmon, temp_c, power_w);
	close(dir);
}

int
ocr_device_numa_node(const char *root, const char *bdf)
{
	int dir = open_card(root, bdf);
	long node = -1;

	if (dir < 0)
		return -1;
	if (!read_long(dir, "numa_node", &node) || node < 0 || node > 65535)
		node = -1;
	close(dir);
	return (int)node;
}

bool
ocr_device_loaded(const char *root, const char *bdf, char uuid[40])
{
	int dir = open_card(root, bdf);

	uuid[0] = '\0';
	if (dir < 0)
		return false;
	read_line(dir, "xclbinuuid", uuid, 40);
	close(dir);
	/* A card that has nothing yet says 0 in all places. */
	return strspn(uuid, "0123456789abcdefABCDEF-") == strlen(uuid) &&
	       strspn(uuid, "0-") < strlen(uuid);
}
