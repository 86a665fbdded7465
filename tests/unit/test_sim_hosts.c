/*
 * test_sim_hosts.c - a stream over simulated hosts: times by hand, nothing lost,
 * nothing by chance
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "src/sim_hosts.h"
#include "tests/unit/tap.h"

/* A net in which nothing costs anything but the units: 1 MB chunks at 1 MB/s. */
static struct ocr_sim_net
free_net(double units, double chunks)
{
	struct ocr_sim_net net = ocr_sim_net_default(false);

	net.units = units;
	net.chunks = chunks;
	net.rate = 1;
	net.chunk = 1e6;
	net.spread = net.noise = 0;
	net.connect = net.connect_cpu = net.latency = 0;
	net.link = net.host_link = 1e6;
	net.ssh = net.host_ssh = net.own = net.verify = 0;
	net.per_chunk = net.loop = 0;
	return net;
}

static struct ocr_sim_hosts_report
run_as(const struct ocr_sim_net *net, size_t n_hosts, const char *schedule,
    uint64_t seed)
{
	struct ocr_sim_hosts_report r = {0};
	struct ocr_schedule s;
	struct ocr_err err = {0};

	if (ocr_schedule_parse(schedule, &s, &err) < 0 ||
	    ocr_sim_hosts_run(net, n_hosts, &s, seed, &r, &err) < 0) {
		diag("%s", err.text);
		r.makespan_s = -1;
	}
	return r;
}

static struct ocr_sim_hosts_report
run(const struct ocr_sim_net *net, size_t n_hosts)
{
	return run_as(net, n_hosts, "hws", 1);
}

static void
is_near(double got, double want, double by, const char *name)
{
	if (!ok(fabs(got - want) <= by * fabs(want), "%s", name))
		diag("got %.9g, want %.9g", got, want);
}

static void
test_units(void)
{
	struct ocr_sim_net net = free_net(1, 10);
	struct ocr_sim_hosts_report r = run(&net, 1);

	is_near(r.bound_s, 10, 1e-9, "ten chunks of a second each");
	is_near(r.makespan_s, 10, 1e-4, "one unit takes ten seconds");
	net = free_net(4, 80);
	r = run(&net, 1);
	is_near(r.bound_s, 20, 1e-9, "four units: a quarter");
	is_near(r.makespan_s, 20, 1e-4, "and they take it");
	net = free_net(1, 40);
	r = run(&net, 4);
	is_near(r.makespan_s, 10, 1e-4, "four hosts of one unit");
	is_near(r.speedup, 4, 1e-3, "speed-up four");
	is_int((int64_t)(r.n_copies + r.n_redone + r.n_late), 0,
	    "no second copies where all end together");
}

static void
test_slow(void)
{
	struct ocr_sim_net net = free_net(1, 30);
	struct ocr_sim_hosts_report r;

	net.slow = 1;
	net.slow_rate = 0.5;
	r = run(&net, 2);
	is_near(r.bound_s, 20, 1e-9, "a host and half a host: 30 / 1.5");
	is_near(r.makespan_s, 20, 0.03, "and they take it");
	/* One that is ten times slower has a chunk at the end, which the
	 * other repeats in a second. */
	net = free_net(1, 21);
	net.slow = 1;
	net.slow_rate = 0.1;
	net.has_no_copies = true;
	r = run(&net, 2);
	is_int((int64_t)r.n_copies, 0, "none where none are asked for");
	ok(r.makespan_s >= 19 && r.makespan_s <= 32,
	    "slow to a tenth: %.1f s without copies", r.makespan_s);
	net.has_no_copies = false;
	r = run(&net, 2);
	ok(r.makespan_s <= 21.1, "with them %.1f s", r.makespan_s);
}

/* All that a chunk costs, one after the other. */
static void
test_one_chunk(void)
{
	struct ocr_sim_net net = free_net(1, 1);
	struct ocr_sim_hosts_report r;
	double out, in, want;

	net.connect = 0.25;
	net.connect_cpu = 0.05;
	net.latency = 10;
	net.link = 100;
	net.host_link = 50;
	net.ssh = 2;
	net.host_ssh = 3;
	net.own = 1;
	net.verify = 4;
	net.per_chunk = 100;
	net.loop = 10;
	net.ratio = 0.5;
	net.cores = 8;
	r = run(&net, 1);
	out = ocr_sim_net_out_bytes(&net, 1e6) * 1e-6;
	in = ocr_sim_net_in_bytes(&net, 1e6) * 1e-6;
	/* Reading and arriving are done while it connects. */
	want = 0.05 + 0.25;
	want += 0.5e-3 * out + 50e-6 + 2e-3 * out; /* pack, encrypt */
	want += out / 100 + out / 50 + 0.01;       /* wires */
	want += 3e-3 * out + 1 + 3e-3 * in;        /* host */
	want += in / 50 + 0.01 + in / 100;         /* back */
	want += 2e-3 * in + 0.5e-3 * in + 50e-6;   /* decrypt, take */
	want += 4e-3 + 5e-6 + 0.5e-3 * in;         /* check, loop, write */
	is_near(r.makespan_s, want, 1e-9, "one chunk: the sum of its stages");
	is_near(r.through * r.makespan_s, out + in, 1e-9,
	    "and what it brings over the wire");
}

/* A master that moves B bytes a second, whatever hosts there are. */
static void
test_saturated(void)
{
	struct ocr_sim_net net = free_net(10, 4000);
	struct ocr_sim_hosts_report r;

	net.rate = 1000;
	net.cores = 1;
	net.ssh = 2; /* and nothing comes back: 1.4 MB/s per 2.8 ms */
	net.ratio = 0.4;
	r = run(&net, 20);
	is_near(r.raw_bytes / r.makespan_s * 1e-6,
	    1e6 / (2 *
		      (ocr_sim_net_out_bytes(&net, 1e6) +
			  ocr_sim_net_in_bytes(&net, 1e6)) *
		      1e-3),
	    0.002, "one processor in ssh decides");
	is_near(r.cpu_load, 1, 0.005, "and has no rest");
	net.cores = 2;
	net.per_chunk = 0;
	is_near(run(&net, 20).makespan_s, r.makespan_s / 2, 0.005,
	    "two do twice as much");
	net.cores = 64;
	net.ssh = 0;
	net.link = 500;
	r = run(&net, 20);
	is_near(r.raw_bytes / r.makespan_s * 1e-6,
	    500 / (ocr_sim_net_out_bytes(&net, 1e6) * 1e-6), 0.005,
	    "its link, one way");
	is_near(r.link_load, 1, 0.005, "which has no rest");
	net.link = 1e6;
	net.loop = 1000;
	r = run(&net, 20);
	is_near(r.makespan_s, 4, 0.005, "a millisecond of the loop for each");
	net.loop = 0;
	net.verify = 8;
	net.cores = 4;
	r = run(&net, 20);
	is_near(r.makespan_s, 8, 0.005, "checking: 8 ms on four processors");
	net.share = 0.25;
	is_near(run(&net, 20).makespan_s, 2, 0.01, "a quarter of them");
}

static void
test_by_reference(void)
{
	struct ocr_sim_net net = ocr_sim_net_default(true);
	struct ocr_sim_hosts_report r;

	net.seconds = 120;
	r = run(&net, 100);
	ok(r.efficiency >= 0.9, "by reference, 100 hosts: %.3f", r.efficiency);
	ok(r.through < 1, "through the master: %.3f MB/s", r.through);
	net.seconds = 20;
	net.store = 25000;
	net.connect_cpu = 0;
	r = run(&net, 100);
	is_near(r.store_rate, 25000, 0.12,
	    "a shared file system that is too slow decides");
}

/* Nobody may get anything wrong, whoever dies. */
static void
test_deaths(void)
{
	static const char *const schedules[] = {"hws", "dynamic", "hap",
	    "hws-paper", "hws:steal=no"};
	struct ocr_sim_net net = ocr_sim_net_default(false);
	struct ocr_sim_hosts_report r;
	int n_wrong = 0;
	uint64_t redone = 0;

	net.units = 3;
	net.rate = 2;
	net.seconds = 5;
	net.spread = 0.5;
	net.noise = 0.5;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		net.deaths = (double)(seed % 6);
		net.notice = seed % 3 == 0 ? 2 : 0.03;
		net.window = (double)(1 + seed % 4);
		r = run_as(&net, 6, schedules[seed % 5], seed);
		n_wrong += !(r.makespan_s > 0) || r.efficiency > 1.0001;
		redone += r.n_redone;
	}
	is_int(n_wrong, 0, "hosts die: every chunk is done once");
	ok(redone > 50, "%" PRIu64 " chunks were lost and done again", redone);
}

static void
test_seed(void)
{
	struct ocr_sim_net net = ocr_sim_net_default(false);
	struct ocr_sim_hosts_report a, b, c;

	net.rate = 1;
	net.seconds = 10;
	net.deaths = 2;
	a = run_as(&net, 8, "hws", 7);
	b = run_as(&net, 8, "hws", 7);
	c = run_as(&net, 8, "hws", 8);
	is_mem(&a, &b, sizeof(a), "one seed, one result");
	ok(memcmp(&a, &c, sizeof(a)) != 0, "another seed, another one");
}

static void
test_sizes(void)
{
	struct ocr_sim_net net = ocr_sim_net_default(false);
	int n_wrong = 0;

	for (int units = 1; units <= 5; units++)
		for (int chunks = 1; chunks <= 60; chunks += 7) {
			net.units = units;
			net.chunks = chunks;
			for (size_t hosts = 1; hosts <= 9; hosts += 4)
				n_wrong += !(run(&net, hosts).makespan_s > 0);
		}
	is_int(n_wrong, 0, "few chunks, more hosts than chunks");
	net.units = 1;
	net.rate = 1e6;
	net.chunk = 1;
	net.chunks = 3000;
	ok(run(&net, 3).makespan_s > 0, "chunks of a byte");
}

static void
test_settings(void)
{
	static const char *const bad[] = {"", "chunk", "chunk=", "chunk=0",
	    "chunk=1.5", "cores=0", "link=0", "share=1.1", "window=65",
	    "deaths=-1", "copies=", "copies=maybe", "copie=no", "rate=1",
	    "link=1x", "link=nan", "noise=1e99", "connect_cp=1"};
	struct ocr_sim_net net = ocr_sim_net_default(false);
	struct ocr_err err = {0};
	int n_taken = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		n_taken += ocr_sim_net_set(&net, bad[i], &err) == 0;
		ocr_err_clear(&err);
	}
	is_int(n_taken, 0, "settings that are none");
	ok(ocr_sim_net_set(&net, "link=125", &err) == 0 && net.link > 124,
	    "one that is one");
	ok(ocr_sim_net_set(&net, "copies=no", &err) == 0 && net.has_no_copies,
	    "a choice");
	ok(ocr_sim_net_set(&net, "copies=yes", &err) == 0 && !net.has_no_copies,
	    "and back");
	ok(ocr_sim_net_is_name("share=x") && !ocr_sim_net_is_name("sigma=1"),
	    "names");
}

int
main(void)
{
	test_units();
	test_slow();
	test_one_chunk();
	test_saturated();
	test_by_reference();
	test_deaths();
	test_seed();
	test_sizes();
	test_settings();
	return done();
}
