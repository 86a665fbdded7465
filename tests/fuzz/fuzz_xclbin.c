/*
 * fuzz_xclbin.c - xclbin files: whatever is accepted keeps its own promises
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/xclbin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool
is_printable(const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s < 0x20 || *s > 0x7e)
			return false;
	}
	return true;
}

static void
check_units(const struct ocr_xclbin *x)
{
	for (size_t i = 0; i < x->n_units; i++) {
		const struct ocr_xclbin_unit *u = &x->units[i];
		size_t n = ocr_xclbin_count_units(x, u->kernel);

		if (u->name[0] == '\0' || !is_printable(u->name) ||
		    !is_printable(u->kernel) || n == 0 ||
		    ocr_xclbin_find_unit(x, u->kernel, n) != NULL ||
		    ocr_xclbin_find_unit(x, u->kernel, n - 1) == NULL)
			abort();
		if (i > 0 && u->base < x->units[i - 1].base)
			abort();
		if (n * x->n_units > 1 << 20)
			break; /* quadratic; it has been seen */
	}
}

static void
check(const struct ocr_xclbin *x, size_t len)
{
	if (x->bytes != len || !is_printable(x->platform))
		abort();
	check_units(x);
	for (size_t i = 0; i < x->n_banks; i++) {
		if (!is_printable(x->banks[i].tag))
			abort();
	}
	for (size_t i = 0; i < x->n_links; i++) {
		if (x->links[i].unit >= x->n_units ||
		    x->links[i].bank >= x->n_banks)
			abort();
	}
	for (size_t i = 0; i < x->n_sections; i++) {
		const struct ocr_xclbin_section *s = &x->sections[i];

		if (s->at > len || s->bytes > len - s->at ||
		    !is_printable(s->name))
			abort();
	}
	if (x->xml != NULL && x->xml[x->xml_len] != '\0')
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	int fd = memfd_create("xclbin", MFD_CLOEXEC), r;
	struct ocr_err err = {0};
	struct ocr_xclbin x;

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		abort();
	r = ocr_xclbin_read_fd(&x, fd, "x", &err);
	if ((r < 0) != (err.code != 0) || (r < 0 && x.n_units > 0))
		abort();
	if (r == 0)
		check(&x, len);
	ocr_xclbin_release(&x);
	close(fd);
	return 0;
}
