/*
 * place.c - threads and memory near a card, by hwloc; called by the team and
 * by workers
 *
 * hwloc is not linked: a machine without cards would load it for nothing.  Its
 * header is needed to build this; without it there are no places, and nothing
 * else changes.
 */
#include "config.h"

#include "common/place.h"

#ifdef HAVE_HWLOC_H
#include <hwloc.h>
#if HWLOC_API_VERSION >= 0x00020000 && HWLOC_API_VERSION < 0x00030000
#define HAS_HWLOC_2
#endif
#endif

#include <stdio.h>
#include <stdlib.h>

#ifndef HAS_HWLOC_2

struct ocr_place *
ocr_place_new(const char *bdf)
{
	(void)bdf;
	return NULL;
}

void
ocr_place_here(const struct ocr_place *p)
{
	(void)p;
}

const char *
ocr_place_describe(const struct ocr_place *p, char *buf, size_t n)
{
	(void)p;
	snprintf(buf, n, "not placed");
	return buf;
}

void
ocr_place_free(struct ocr_place *p)
{
	(void)p;
}

#else

#include <dlfcn.h>
#include <stdbool.h>

/* What is called of hwloc.  Its inline functions call others and are of no
 * use without a link. */
#define EACH_FUNCTION(F)                                                       \
	F(hwloc_bitmap_alloc)                                                  \
	F(hwloc_bitmap_and)                                                    \
	F(hwloc_bitmap_first)                                                  \
	F(hwloc_bitmap_free)                                                   \
	F(hwloc_bitmap_iszero)                                                 \
	F(hwloc_bitmap_weight)                                                 \
	F(hwloc_get_api_version)                                               \
	F(hwloc_get_cpubind)                                                   \
	F(hwloc_get_nbobjs_by_depth)                                           \
	F(hwloc_get_obj_by_depth)                                              \
	F(hwloc_set_cpubind)                                                   \
	F(hwloc_topology_destroy)                                              \
	F(hwloc_topology_init)                                                 \
	F(hwloc_topology_load)                                                 \
	F(hwloc_topology_set_io_types_filter)

struct ocr_place {
	void *lib;
	hwloc_topology_t topology;
	hwloc_bitmap_t near; /* processors */
	int node;            /* -1: more than one */
#define DECLARE(f) __typeof__(&f) f;
	EACH_FUNCTION(DECLARE)
#undef DECLARE
};

static bool
load_library(struct ocr_place *p)
{
	p->lib = dlopen("libhwloc.so.15", RTLD_NOW | RTLD_LOCAL);
	if (p->lib == NULL)
		return false;
#define FIND(f)                                                                \
	*(void **)&p->f = dlsym(p->lib, #f);                                   \
	if (p->f == NULL)                                                      \
		return false;
	EACH_FUNCTION(FIND)
#undef FIND
	return p->hwloc_get_api_version() >> 16 == HWLOC_API_VERSION >> 16;
}

static bool
load_topology(struct ocr_place *p)
{
	if (p->hwloc_topology_init(&p->topology) < 0) {
		p->topology = NULL;
		return false;
	}
	return p->hwloc_topology_set_io_types_filter(p->topology,
		   HWLOC_TYPE_FILTER_KEEP_ALL) == 0 &&
	       p->hwloc_topology_load(p->topology) == 0;
}

/* The first thing above the PCI device that has processors; NULL: no such
 * device. */
static hwloc_obj_t
find_near(const struct ocr_place *p, const char *bdf)
{
	unsigned domain, bus, dev, func, n;
	hwloc_obj_t o;

	if (sscanf(bdf, "%x:%x:%x.%x", &domain, &bus, &dev, &func) != 4)
		return NULL;
	n = p->hwloc_get_nbobjs_by_depth(p->topology,
	    HWLOC_TYPE_DEPTH_PCI_DEVICE);
	for (unsigned i = 0; i < n; i++) {
		o = p->hwloc_get_obj_by_depth(p->topology,
		    HWLOC_TYPE_DEPTH_PCI_DEVICE, i);
		if (o == NULL || o->attr->pcidev.domain != domain ||
		    o->attr->pcidev.bus != bus || o->attr->pcidev.dev != dev ||
		    o->attr->pcidev.func != func)
			continue;
		while (o != NULL && o->cpuset == NULL)
			o = o->parent;
		return o;
	}
	return NULL;
}

/*
 * Fill near: those of o's processors that we may use (taskset).  False where
 * that says nothing: there are none, or all memory is one node.
 */
static bool
set_near(struct ocr_place *p, hwloc_obj_t o)
{
	if (p->hwloc_get_nbobjs_by_depth(p->topology,
		HWLOC_TYPE_DEPTH_NUMANODE) < 2)
		return false;
	p->near = p->hwloc_bitmap_alloc();
	if (p->near == NULL)
		return false;
	if (p->hwloc_get_cpubind(p->topology, p->near, HWLOC_CPUBIND_PROCESS) ==
	    0)
		p->hwloc_bitmap_and(p->near, p->near, o->cpuset);
	else /* a topology that is not this machine's */
		p->hwloc_bitmap_and(p->near, o->cpuset, o->cpuset);
	if (o->nodeset != NULL && p->hwloc_bitmap_weight(o->nodeset) == 1)
		p->node = p->hwloc_bitmap_first(o->nodeset);
	return !p->hwloc_bitmap_iszero(p->near);
}

struct ocr_place *
ocr_place_new(const char *bdf)
{
	struct ocr_place *p;
	hwloc_obj_t o;

	if (*bdf == '\0')
		return NULL;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return NULL;
	p->node = -1;
	if (!load_library(p) || !load_topology(p))
		goto fail;
	o = find_near(p, bdf);
	if (o == NULL || !set_near(p, o))
		goto fail;
	return p;
fail:
	ocr_place_free(p);
	return NULL;
}

void
ocr_place_here(const struct ocr_place *p)
{
	/* It is only faster: a system that refuses does no harm. */
	if (p != NULL)
		p->hwloc_set_cpubind(p->topology, p->near,
		    HWLOC_CPUBIND_THREAD);
}

const char *
ocr_place_describe(const struct ocr_place *p, char *buf, size_t n)
{
	int n_cpus;

	if (p == NULL) {
		snprintf(buf, n, "not placed");
		return buf;
	}
	n_cpus = p->hwloc_bitmap_weight(p->near);
	if (p->node >= 0)
		snprintf(buf, n, "NUMA node %d, %d processor%s", p->node,
		    n_cpus, n_cpus == 1 ? "" : "s");
	else
		snprintf(buf, n, "several NUMA nodes, %d processors", n_cpus);
	return buf;
}

void
ocr_place_free(struct ocr_place *p)
{
	if (p == NULL)
		return;
	if (p->near != NULL)
		p->hwloc_bitmap_free(p->near);
	if (p->topology != NULL)
		p->hwloc_topology_destroy(p->topology);
	if (p->lib != NULL)
		dlclose(p->lib);
	free(p);
}

#endif
