/*
 * onnx_make.h - small ONNX files for tests, byte by byte
 *
 * Protocol buffers as they are on the wire, so that damaged ones can be made as
 * well.
 */
#ifndef TESTS_UNIT_ONNX_MAKE_H
#define TESTS_UNIT_ONNX_MAKE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct pb {
	size_t len;
	uint8_t data[8192];
};

static inline void
pb_varint(struct pb *p, uint64_t v)
{
	do {
		p->data[p->len++] = (uint8_t)((v & 127) | (v > 127 ? 128 : 0));
		v >>= 7;
	} while (v > 0);
}

static inline void
pb_int(struct pb *p, unsigned field, int64_t v)
{
	pb_varint(p, field << 3);
	pb_varint(p, (uint64_t)v);
}

static inline void
pb_bytes(struct pb *p, unsigned field, const void *data, size_t len)
{
	pb_varint(p, field << 3 | 2);
	pb_varint(p, len);
	if (len > 0)
		memcpy(p->data + p->len, data, len);
	p->len += len;
}

static inline void
pb_text(struct pb *p, unsigned field, const char *text)
{
	pb_bytes(p, field, text, strlen(text));
}

static inline void
pb_put(struct pb *p, unsigned field, const struct pb *message)
{
	pb_bytes(p, field, message->data, message->len);
}

/* Dims: text such as "1,3,4,4"; N: a dim with a name. */
static inline void
onnx_value(struct pb *graph, unsigned field, const char *name, int type,
    const char *dims)
{
	struct pb shape = {0}, tensor = {0}, kind = {0}, value = {0}, dim;

	for (; *dims != '\0'; dims += *dims == ',') {
		dim.len = 0;
		if (*dims == 'N') {
			pb_text(&dim, 2, "N");
			dims++;
		} else {
			pb_int(&dim, 1, strtoll(dims, (char **)&dims, 10));
		}
		pb_put(&shape, 1, &dim);
	}
	pb_int(&tensor, 1, type);
	pb_put(&tensor, 2, &shape);
	pb_put(&kind, 1, &tensor);
	pb_text(&value, 1, name);
	pb_put(&value, 2, &kind);
	pb_put(graph, field, &value);
}

/* A constant with raw bytes; location: of external data, or NULL. */
static inline void
onnx_constant(struct pb *graph, const char *name, int type, const char *dims,
    const void *data, size_t len, const char *location)
{
	struct pb t = {0}, pair = {0};

	for (; *dims != '\0'; dims += *dims == ',')
		pb_int(&t, 1, strtoll(dims, (char **)&dims, 10));
	pb_int(&t, 2, type);
	pb_text(&t, 8, name);
	if (location != NULL) {
		pb_text(&pair, 1, "location");
		pb_text(&pair, 2, location);
		pb_put(&t, 13, &pair);
		pb_int(&t, 14, 1);
	} else {
		pb_bytes(&t, 9, data, len);
	}
	pb_put(graph, 5, &t);
}

/* in and out: names with blanks between; attribute: "name", of one integer. */
static inline void
onnx_node(struct pb *graph, const char *op, const char *in, const char *out,
    const char *attribute, int64_t value)
{
	struct pb n = {0}, a = {0};
	const char *lists[2] = {in, out};
	unsigned i;
	size_t len;

	for (i = 0; i < 2; i++)
		for (; *lists[i] != '\0'; lists[i] += *lists[i] == ' ') {
			len = strcspn(lists[i], " ");
			pb_bytes(&n, i + 1, lists[i], len);
			lists[i] += len;
		}
	pb_text(&n, 3, op);
	pb_text(&n, 4, op);
	if (attribute != NULL) {
		pb_text(&a, 1, attribute);
		pb_int(&a, 3, value);
		pb_int(&a, 20, 2);
		pb_put(&n, 5, &a);
	}
	pb_put(graph, 1, &n);
}

static inline void
onnx_model(struct pb *model, const struct pb *graph, int opset)
{
	struct pb set = {0};

	model->len = 0;
	pb_int(model, 1, 8);
	pb_int(&set, 2, opset);
	pb_put(model, 8, &set);
	pb_put(model, 7, graph);
}

#endif
