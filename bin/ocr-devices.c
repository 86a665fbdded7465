/*
 * ocr-devices - what is there to work with, and does it work?
 */
#include "config.h"

#include "common/cleanup.h"
#include "common/host_opt.h"
#include "common/meter.h"
#include "common/opt.h"
#include "src/devices.h"

enum { KEY_CERTIFY = OCR_OPT_LONG, KEY_JSON, KEY_TEST, KEY_XCLBIN };

static const struct ocr_opt opts[] = {
    {KEY_CERTIFY, "certify", NULL,
	"test, and write all of it as JSON for others"},
    {OCR_KEY_CONNECT_TIMEOUT, "connect-timeout", "SECONDS",
	"to reach a host (default 10)"},
    {'D', "devices", "LIST", "like cpu,xrt:0 (default: auto, all)"},
    {OCR_KEY_HOST, "host", "LIST", "of these hosts, like node1,node[2-5]"},
    {OCR_KEY_HOSTS, "hosts", "FILE",
	"of the hosts in FILE; slurm: of the allocation"},
    {KEY_JSON, "json", NULL, "write JSON instead of a table"},
    {OCR_KEY_RSH, "rsh", "TEMPLATE",
	"how to reach hosts (default: $OCR_RSH, or ssh)"},
    {KEY_TEST, "test", NULL,
	"run the kernels of each unit, compare with the CPU, show rates"},
    {KEY_XCLBIN, "xclbin", "FILE",
	"list what FILE holds; with --test: what is loaded into cards "
	"(default: $OCR_XCLBIN)"},
    {0, NULL, NULL, NULL},
};

static int
set(void *ctx, int key, const char *arg, struct ocr_err *err)
{
	struct ocr_devices_opt *o = ctx;

	switch (key) {
	case 'D':
		o->devices = arg;
		break;
	case KEY_CERTIFY:
		o->is_certify = o->is_test = o->is_json = true;
		break;
	case KEY_JSON:
		o->is_json = true;
		break;
	case KEY_TEST:
		o->is_test = true;
		break;
	case KEY_XCLBIN:
		o->xclbins = arg;
		break;
	default:
		return ocr_host_opt_set(&o->host, key, arg, err);
	}
	return 0;
}

static const struct ocr_tool tool = {
    .name = "ocr-devices",
    .usage = "[-qv] [-D LIST] [--host=LIST | --hosts=FILE] [--json] [--test] "
	     "[--certify] [--xclbin=FILE]",
    .about = "List the CPU, cards and their compute units, or hosts, and say "
	     "whether they work.",
    .opts = opts,
    .set = set,
};

int
main(int argc, char **argv)
{
	struct ocr_devices_opt opt = {0};
	struct ocr_shared_opt shared = {0};
	struct ocr_err err = {0}, lost = {0};
	struct ocr_meter meter = {0};
	struct ocr_ui ui = {0};
	int i, status;

	ocr_cleanup_install();
	i = ocr_opt_parse(&tool, &opt, &ui, &shared, argc, argv, &status);
	if (i < 0)
		return status;
	if (i < argc) {
		(void)ocr_err_set(&err, -OCR_EUSAGE,
		    "'%s': there are no operands", argv[i]);
		return ocr_opt_exit(&ui, &err, 0);
	}
	meter.has_stats = shared.has_stats;
	meter.stats_path = shared.stats_path;
	ocr_meter_start(&meter, &ui, OCR_PROGRESS_NEVER);
	status = ocr_devices_main(&opt, &ui, &err);
	if (ocr_meter_finish(&meter, NULL, status, &lost) < 0 && status == 0) {
		ocr_ui_error(&ui, &lost);
		status = 1;
	}
	return ocr_opt_exit(&ui, &err, status);
}
