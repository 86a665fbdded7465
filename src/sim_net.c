/*
 * sim_net.c - what a net of hosts costs: settings of ocr-sim --hosts
 *
 * Where the defaults come from, measured on two processors of one machine with
 * OpenSSH 9.2 and aes128-gcm: a connection takes 0.3 s; 278 MB/s go through one,
 * 366 through two; inflating and comparing takes 1 ms per MB.  ssh, own,
 * connect_cpu, and per_chunk and loop together are from tests/bench/hosts.sh
 * (rows `cost`); how these two share is a guess.  Links, processors and what
 * there is to do are anybody's.
 */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "common/opt.h"
#include "src/sim_hosts.h"

#define BLOCK 512.0          /* of ocr-stream(5) */
#define SHARD 512.0          /* what is said of a shard */
#define PACKET 100.0         /* of ssh, TCP and IP, for what is sent at once */
#define WIRE (1514.0 / 1448) /* and for each packet of a stream */

struct ocr_sim_net
ocr_sim_net_default(bool is_by_ref)
{
	return (struct ocr_sim_net){
	    .rate = 50,
	    .units = 10,
	    .chunk = is_by_ref ? 1 << 27 : 1 << 20,
	    .ratio = 0.4,
	    .seconds = 300,
	    .spread = 0.05,
	    .noise = 0.15,
	    .slow_rate = 0.5,
	    .connect = 0.16,
	    .connect_cpu = 0.14,
	    .cores = 2,
	    .link = 1250,
	    .host_link = 1250,
	    .latency = 0.1,
	    .ssh = 1.85,
	    .host_ssh = 1.85,
	    .own = 1.9,
	    .verify = 1,
	    .share = is_by_ref ? 0.001 : 1,
	    .per_chunk = 130,
	    .loop = 20,
	    .window = 2,
	    .notice = 0.03,
	    .is_by_ref = is_by_ref,
	};
}

struct key {
	const char *name;
	size_t offset;
	double min, max;
	bool is_whole;
};

#define KEY(name, min, max, is_whole)                                          \
	{                                                                      \
#name, offsetof(struct ocr_sim_net, name), min, max, is_whole  \
	}

static const struct key keys[] = {
    KEY(chunk, 1, 1 << 30, true),
    KEY(ratio, 0, 10, false),
    KEY(seconds, 0.001, 1e5, false),
    KEY(chunks, 0, OCR_SIM_MAX_CHUNKS, true),
    KEY(spread, 0, 0.9, false),
    KEY(noise, 0, 3, false),
    KEY(slow, 0, OCR_SIM_MAX_HOSTS, true),
    KEY(slow_rate, 0.001, 1000, false),
    KEY(connect, 0, 1000, false),
    KEY(connect_cpu, 0, 1000, false),
    KEY(cores, 1, 1024, true),
    KEY(link, 0.001, 1e6, false),
    KEY(host_link, 0.001, 1e6, false),
    KEY(latency, 0, 10000, false),
    KEY(ssh, 0, 1000, false),
    KEY(host_ssh, 0, 1000, false),
    KEY(own, 0, 1000, false),
    KEY(verify, 0, 1000, false),
    KEY(share, 0, 1, false),
    KEY(per_chunk, 0, 1e6, false),
    KEY(loop, 0, 1e6, false),
    KEY(store, 0, 1e9, false),
    KEY(window, 1, OCR_SIM_MAX_WINDOW, true),
    KEY(deaths, 0, OCR_SIM_MAX_HOSTS, true),
    KEY(notice, 0, 1000, false),
};

#define NAMES                                                                  \
	"chunk, ratio, seconds, chunks, spread, noise, slow, slow_rate, "      \
	"connect, connect_cpu, cores, link, host_link, latency, ssh, "         \
	"host_ssh, own, verify, share, per_chunk, loop, store, window, "       \
	"deaths, notice, copies"

static const struct key *
find(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (strlen(keys[i].name) == len &&
		    memcmp(keys[i].name, name, len) == 0)
			return &keys[i];
	return NULL;
}

bool
ocr_sim_net_is_name(const char *item)
{
	size_t len = strcspn(item, "=");

	return find(item, len) != NULL ||
	       (len == 6 && memcmp(item, "copies", len) == 0);
}

int
ocr_sim_net_set(struct ocr_sim_net *net, const char *item, struct ocr_err *err)
{
	size_t len = strcspn(item, "=");
	const struct key *key = find(item, len);
	const char *value = item[len] == '=' ? item + len + 1 : "";
	double v;

	if (strcmp(item, "copies=yes") == 0 || strcmp(item, "copies=no") == 0) {
		net->has_no_copies = item[len + 1] == 'n';
		return 0;
	}
	if (!ocr_sim_net_is_name(item))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--set: '%s' is not NAME=VALUE; names with --hosts "
		    "are " NAMES,
		    item);
	if (key == NULL || !ocr_opt_real(&value, key->min, key->max, &v) ||
	    *value != '\0' || (key->is_whole && v > (double)(uint64_t)v))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--set: '%s': no value that %.*s can have", item, (int)len,
		    item);
	*(double *)(void *)((char *)net + key->offset) = v;
	return 0;
}

double
ocr_sim_net_out_bytes(const struct ocr_sim_net *net, double raw)
{
	return PACKET + BLOCK + (net->is_by_ref ? 0 : raw * WIRE);
}

double
ocr_sim_net_in_bytes(const struct ocr_sim_net *net, double raw)
{
	return PACKET + BLOCK +
	       (net->is_by_ref ? SHARD : raw * net->ratio * WIRE);
}

double
ocr_sim_net_master_s(const struct ocr_sim_net *net, double raw)
{
	double bytes =
	    ocr_sim_net_out_bytes(net, raw) + ocr_sim_net_in_bytes(net, raw);

	return (bytes * (net->ssh + net->own) +
		   raw * net->verify * net->share) *
		   1e-9 +
	       (net->per_chunk + net->loop) * 1e-6;
}
