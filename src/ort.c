/*
 * ort.c - finds and opens ONNX Runtime
 */
#include "config.h"

#include "src/ort.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/ort_part.h"

#define NAME "libonnxruntime.so"

struct place {
	void *lib;
	char why[256]; /* the first that is there but cannot be loaded */
};

static void
log_nothing(void *param, int severity, const char *category, const char *id,
    const char *place, const char *message)
{
	(void)param;
	(void)severity;
	(void)category;
	(void)id;
	(void)place;
	(void)message;
}

/* What the library says, as a part of one line. */
static void
copy_line(char *to, size_t room, const char *from)
{
	size_t n = 0;

	for (; from != NULL && *from != '\0' && n + 1 < room; from++)
		to[n++] =
		    (unsigned char)*from < ' ' || *from == 127 ? ' ' : *from;
	while (n > 0 && (to[n - 1] == ' ' || to[n - 1] == '.'))
		n--;
	to[n] = '\0';
}

int
ocr_ort_check(const struct ocr_ort *o, struct ort_status *s,
    struct ocr_err *err)
{
	char why[320];

	if (s == NULL)
		return 0;
	copy_line(why, sizeof(why), o->api->error_message(s));
	o->api->status_free(s);
	if (o->path == NULL)
		return ocr_err_set(err, -OCR_EDEVICE, "%s", why);
	return ocr_err_set(err, -OCR_EFORMAT, "%s: ONNX Runtime %s: %s",
	    o->path, o->version, why);
}

/* The library stays in memory after it was closed: its own threads and what it
 * left to run at exit may need it. */
static bool
try_place(struct place *p, const char *path)
{
	char missing[512];
	const char *why;

	p->lib = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (p->lib != NULL)
		return true;
	why = dlerror();
	(void)snprintf(missing, sizeof(missing),
	    "%s: cannot open shared object file: No such file", path);
	if (p->why[0] == '\0' && why != NULL &&
	    strncmp(why, missing, strlen(missing)) != 0)
		copy_line(p->why, sizeof(p->why), why);
	return false;
}

static int
load(struct ocr_ort *o, const char *path, struct ocr_err *err)
{
	static const char *const usual[] = {NAME ".1", NAME,
	    "/usr/local/lib/" NAME ".1", "/usr/local/lib/" NAME,
	    "/opt/onnxruntime/lib/" NAME ".1", "/opt/onnxruntime/lib/" NAME};
	struct place p = {NULL, ""};
	const char *user = path != NULL ? path : getenv("OCR_ORT");
	size_t i;

	if (user != NULL && *user != '\0') {
		if (!try_place(&p, user) && p.why[0] == '\0')
			(void)snprintf(p.why, sizeof(p.why), "%s: no such file",
			    user);
	} else {
		for (i = 0; i < sizeof(usual) / sizeof(*usual); i++)
			if (try_place(&p, usual[i]))
				break;
	}
	o->lib = p.lib;
	if (o->lib != NULL)
		return 0;
	if (p.why[0] != '\0')
		return ocr_err_set(err, -OCR_EDEVICE, "%s", p.why);
	return ocr_err_set(err, -OCR_EDEVICE, "install it or --ort PATH");
}

/* The table of functions of a library that is new enough. */
static int
find_api(struct ocr_ort *o, struct ocr_err *err)
{
	const struct ort_base *(*get)(void);
	const struct ort_base *base;
	unsigned major, minor;

	*(void **)&get = dlsym(o->lib, "OrtGetApiBase");
	base = get == NULL ? NULL : get();
	if (base == NULL)
		return ocr_err_set(err, -OCR_EDEVICE,
		    "the library has no OrtGetApiBase: it is another one");
	copy_line(o->version, sizeof(o->version), base->version());
	if (sscanf(o->version, "%u.%u", &major, &minor) != 2)
		return ocr_err_set(err, -OCR_EDEVICE,
		    "'%s' is no version that is known", o->version);
	/* Asking an old one for the table makes it write to stderr. */
	if (major > 1 || (major == 1 && minor >= ORT_API_VERSION))
		o->api = base->api(ORT_API_VERSION);
	if (o->api == NULL)
		return ocr_err_set(err, -OCR_EDEVICE,
		    "version %s does not have interface %d: 1.%d or later is"
		    " needed",
		    o->version, ORT_API_VERSION, ORT_API_VERSION);
	return 0;
}

int
ocr_ort_open(struct ocr_ort **out, const char *path, struct ocr_err *err)
{
	struct ocr_ort *o = calloc(1, sizeof(*o));
	int r;

	*out = NULL;
	if (o == NULL)
		return ocr_err_nomem(err);
	/* Read when the library starts; later it is too late. */
	setenv("ORT_DISABLE_TELEMETRY", "1", 0);
	r = load(o, path, err);
	if (r == 0)
		r = find_api(o, err);
	if (r == 0)
		r = ocr_ort_check(o,
		    o->api->env_new(log_nothing, NULL, ORT_SEVERITY_FATAL,
			"octoray", &o->env),
		    err);
	if (r == 0)
		r = ocr_ort_check(o, o->api->telemetry_off(o->env), err);
	if (r == 0)
		r = ocr_ort_check(o,
		    o->api->memory_new(ORT_ARENA_NONE, ORT_MEMORY_NORMAL,
			&o->memory),
		    err);
	if (r == 0)
		r = ocr_ort_check(o, o->api->allocator_get(&o->allocator), err);
	if (r < 0) {
		ocr_ort_close(o);
		return r;
	}
	*out = o;
	return 0;
}

void
ocr_ort_close(struct ocr_ort *o)
{
	if (o == NULL)
		return;
	if (o->in_name != NULL)
		o->api->status_free(
		    o->api->allocator_free(o->allocator, o->in_name));
	if (o->out_name != NULL)
		o->api->status_free(
		    o->api->allocator_free(o->allocator, o->out_name));
	if (o->session != NULL)
		o->api->session_free(o->session);
	if (o->memory != NULL)
		o->api->memory_free(o->memory);
	if (o->env != NULL)
		o->api->env_free(o->env);
	if (o->lib != NULL)
		(void)dlclose(o->lib);
	free(o->path);
	free(o);
}

const char *
ocr_ort_version(const struct ocr_ort *o)
{
	return o->version;
}
