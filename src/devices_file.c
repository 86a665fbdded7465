/*
 * devices_file.c - what an xclbin file holds, without any card; for devices.c
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "common/json_write.h"
#include "common/xclbin.h"
#include "src/devices_list.h"
#include "src/table.h"
#include "src/xclbin_xml.h"

struct file {
	const char *path;
	struct ocr_xclbin x;
	struct ocr_xmodel m; /* of its XML */
	char uuid[40];
};

/* enum XCLBIN_MODE and enum axlf_section_kind of XRT's xclbin.h */
static const char *const modes[] = {"flat", "partial reconfiguration",
    "tandem stage 2", "tandem stage 2, partial reconfiguration",
    "hardware emulation", "software emulation",
    "hardware emulation, partial reconfiguration"};
static const char *const sections[] = {"BITSTREAM", "CLEARING_BITSTREAM",
    "EMBEDDED_METADATA", "FIRMWARE", "DEBUG_DATA", "SCHED_FIRMWARE",
    "MEM_TOPOLOGY", "CONNECTIVITY", "IP_LAYOUT", "DEBUG_IP_LAYOUT",
    "DESIGN_CHECK_POINT", "CLOCK_FREQ_TOPOLOGY", "MCS", "BMC", "BUILD_METADATA",
    "KEYVALUE_METADATA", "USER_METADATA", "DNA_CERTIFICATE", "PDI",
    "BITSTREAM_PARTIAL_PDI", "PARTITION_METADATA", "EMULATION_DATA",
    "SYSTEM_METADATA", "SOFT_KERNEL", "ASK_FLASH", "AIE_METADATA",
    "ASK_GROUP_TOPOLOGY", "ASK_GROUP_CONNECTIVITY", "SMARTNIC", "AIE_RESOURCES",
    "OVERLAY", "VENDER_METADATA"};

#define NAME_OF(names, n, buf)                                                 \
	name_of(names, sizeof(names) / sizeof(*(names)), n, buf)

/* "unknown (99)" for what is behind the names. */
static const char *
name_of(const char *const *names, size_t n_names, uint32_t n, char buf[32])
{
	if (n < n_names)
		return names[n];
	snprintf(buf, 32, "unknown (%" PRIu32 ")", n);
	return buf;
}

static void
describe_uuid(const uint8_t uuid[16], char buf[40])
{
	size_t len = 0;

	for (int i = 0; i < 16; i++)
		len += (size_t)snprintf(buf + len, 40 - len, "%s%02x",
		    i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
}

/* Banks that argument arg (UINT32_MAX: any) of the kernel's units, or of one
 * of them (unit < n_units), is connected to; each once, blanks between. */
static const char *
banks(const struct ocr_xclbin *x, const char *kernel, size_t unit, uint32_t arg,
    char buf[128])
{
	size_t len = 0, n;

	buf[0] = '\0';
	for (size_t b = 0; b < x->n_banks; b++) {
		n = strnlen(x->banks[b].tag, sizeof(x->banks[b].tag));
		for (size_t i = 0; i < x->n_links; i++) {
			const struct ocr_xclbin_link *k = &x->links[i];

			if (k->bank != b || k->unit >= x->n_units ||
			    (arg != UINT32_MAX && k->arg != arg) ||
			    (unit < x->n_units && k->unit != unit) ||
			    strcmp(x->units[k->unit].kernel, kernel) != 0)
				continue;
			if (len + n + 2 < 128)
				len += (size_t)snprintf(buf + len, 128 - len,
				    "%s%.*s", len > 0 ? " " : "", (int)n,
				    x->banks[b].tag);
			break;
		}
	}
	return buf;
}

static void
write_head(FILE *f, const struct file *file)
{
	struct ocr_table t = {.n_columns = 2};
	char buf[32], size[40];

	snprintf(size, sizeof(size), "%" PRIu64 " bytes", file->x.bytes);
	ocr_table_add(&t, (const char *const[]){"file", file->path});
	ocr_table_add(&t, (const char *const[]){"size", size});
	ocr_table_add(&t, (const char *const[]){"platform", file->x.platform});
	ocr_table_add(&t, (const char *const[]){"uuid", file->uuid});
	ocr_table_add(&t,
	    (const char *const[]){"mode", NAME_OF(modes, file->x.mode, buf)});
	ocr_table_write(&t, f);
	ocr_table_release(&t);
}

static void
write_table(FILE *f, const struct ocr_table *t)
{
	if (t->n_rows > 1) {
		putc('\n', f);
		ocr_table_write(t, f);
	}
}

static void
write_sections(FILE *f, const struct file *file)
{
	struct ocr_table t = {.n_columns = 4};
	char kind[32], at[32], bytes[32];

	ocr_table_add(&t,
	    (const char *const[]){"SECTION", "NAME", "AT", "BYTES"});
	for (size_t i = 0; i < file->x.n_sections; i++) {
		const struct ocr_xclbin_section *s = &file->x.sections[i];

		snprintf(at, sizeof(at), "%" PRIu64, s->at);
		snprintf(bytes, sizeof(bytes), "%" PRIu64, s->bytes);
		ocr_table_add(&t,
		    (const char *const[]){NAME_OF(sections, s->kind, kind),
			s->name, at, bytes});
	}
	write_table(f, &t);
	ocr_table_release(&t);
}

static void
write_kernels(FILE *f, const struct file *file)
{
	struct ocr_table t = {.n_columns = 5};
	char offset[32], bank[128];

	ocr_table_add(&t, (const char *const[]){"KERNEL", "ARGUMENT", "TYPE",
			      "REGISTER", "BANK"});
	for (size_t i = 0; i < file->m.n_kernels; i++) {
		const struct ocr_xkernel *k = &file->m.kernels[i];

		for (size_t a = 0; a < k->n_args; a++) {
			const struct ocr_xarg *arg = &k->args[a];

			snprintf(offset, sizeof(offset), "0x%" PRIx32,
			    arg->offset);
			ocr_table_add(&t,
			    (const char *const[]){k->name, arg->name, arg->type,
				arg->kind == OCR_XARG_STREAM ? "" : offset,
				banks(&file->x, k->name, SIZE_MAX, (uint32_t)a,
				    bank)});
		}
	}
	write_table(f, &t);
	ocr_table_release(&t);
}

static void
write_units(FILE *f, const struct file *file)
{
	struct ocr_table t = {.n_columns = 4};
	char base[32], bank[128];

	ocr_table_add(&t,
	    (const char *const[]){"UNIT", "KERNEL", "REGISTERS", "BANK"});
	for (size_t i = 0; i < file->x.n_units; i++) {
		const struct ocr_xclbin_unit *u = &file->x.units[i];

		base[0] = '\0';
		if (u->base != UINT64_MAX)
			snprintf(base, sizeof(base), "0x%" PRIx64, u->base);
		ocr_table_add(&t,
		    (const char *const[]){u->name, u->kernel, base,
			banks(&file->x, u->kernel, i, UINT32_MAX, bank)});
	}
	write_table(f, &t);
	ocr_table_release(&t);
}

static void
put_arg(struct ocr_json *j, const struct file *file,
    const struct ocr_xkernel *k, size_t a)
{
	static const char *const kind[] = {"scalar", "memory", "register",
	    "stream"};
	const struct ocr_xarg *arg = &k->args[a];
	char bank[128];

	ocr_json_open_object(j, NULL);
	ocr_json_string(j, "name", arg->name);
	ocr_json_string(j, "type", arg->type);
	ocr_json_string(j, "kind", kind[arg->kind]);
	if (arg->kind != OCR_XARG_STREAM)
		ocr_json_hex(j, "register", arg->offset);
	banks(&file->x, k->name, SIZE_MAX, (uint32_t)a, bank);
	if (bank[0] != '\0')
		ocr_json_string(j, "bank", bank);
	ocr_json_close_object(j);
}

static void
put_kernels(struct ocr_json *j, const struct file *file)
{
	ocr_json_open_array(j, "kernels");
	for (size_t i = 0; i < file->m.n_kernels; i++) {
		const struct ocr_xkernel *k = &file->m.kernels[i];

		ocr_json_open_object(j, NULL);
		ocr_json_string(j, "name", k->name);
		ocr_json_open_array(j, "arguments");
		for (size_t a = 0; a < k->n_args; a++)
			put_arg(j, file, k, a);
		ocr_json_close_array(j);
		ocr_json_close_object(j);
	}
	ocr_json_close_array(j);
}

static void
put_units(struct ocr_json *j, const struct ocr_xclbin *x)
{
	char bank[128];

	ocr_json_open_array(j, "units");
	for (size_t i = 0; i < x->n_units; i++) {
		const struct ocr_xclbin_unit *u = &x->units[i];

		ocr_json_open_object(j, NULL);
		ocr_json_string(j, "name", u->name);
		ocr_json_string(j, "kernel", u->kernel);
		if (u->base != UINT64_MAX)
			ocr_json_hex(j, "registers", u->base);
		banks(x, u->kernel, i, UINT32_MAX, bank);
		if (bank[0] != '\0')
			ocr_json_string(j, "bank", bank);
		ocr_json_close_object(j);
	}
	ocr_json_close_array(j);
}

static void
write_json(FILE *f, const struct file *file)
{
	struct ocr_json j = {.f = f};
	char buf[32];

	ocr_json_open_object(&j, NULL);
	ocr_json_string(&j, "file", file->path);
	ocr_json_number(&j, "bytes", file->x.bytes);
	ocr_json_string(&j, "platform", file->x.platform);
	ocr_json_string(&j, "uuid", file->uuid);
	ocr_json_string(&j, "mode", NAME_OF(modes, file->x.mode, buf));
	ocr_json_bool(&j, "emulated", file->x.is_emulation);
	ocr_json_open_array(&j, "sections");
	for (size_t i = 0; i < file->x.n_sections; i++) {
		const struct ocr_xclbin_section *s = &file->x.sections[i];

		ocr_json_open_object(&j, NULL);
		ocr_json_string(&j, "kind", NAME_OF(sections, s->kind, buf));
		ocr_json_string(&j, "name", s->name);
		ocr_json_number(&j, "at", s->at);
		ocr_json_number(&j, "bytes", s->bytes);
		ocr_json_close_object(&j);
	}
	ocr_json_close_array(&j);
	put_kernels(&j, file);
	put_units(&j, &file->x);
	ocr_json_close_object(&j);
	putc('\n', f);
}

int
ocr_devices_file(FILE *f, const char *path, bool is_json, struct ocr_err *err)
{
	struct file file = {.path = path};
	struct ocr_err why = {0};
	int r;

	r = ocr_xclbin_read(&file.x, path, err);
	if (r < 0)
		return r;
	describe_uuid(file.x.uuid, file.uuid);
	/* The rest is worth showing even so. */
	if (file.x.xml != NULL &&
	    ocr_xclbin_xml_read(&file.m, file.x.xml, file.x.xml_len, &why) < 0)
		r = ocr_err_set(err, why.code, "%s: its description: %s", path,
		    why.text);
	if (is_json) {
		write_json(f, &file);
	} else {
		write_head(f, &file);
		write_sections(f, &file);
		write_kernels(f, &file);
		write_units(f, &file);
	}
	ocr_xmodel_release(&file.m);
	ocr_xclbin_release(&file.x);
	return r;
}
