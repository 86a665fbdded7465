/*
 * infer_result.c - see infer_result.h
 */
#include "config.h"

#include "src/infer_result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/le.h"

#define FLOAT_ERROR 1e-3

struct head {
	uint32_t status, truth; /* two's complement */
	uint32_t n_name, n_text;
};

void
ocr_infer_values_swap(struct ocr_infer_value *values, size_t n)
{
	uint32_t bits;
	size_t i;

	for (i = 0; i < n; i++) {
		values[i].label = ocr_le32(values[i].label);
		memcpy(&bits, &values[i].score, sizeof(bits));
		bits = ocr_le32(bits);
		memcpy(&values[i].score, &bits, sizeof(bits));
	}
}

struct ocr_infer_value
ocr_result_value(const struct ocr_infer_value *values, size_t i)
{
	struct ocr_infer_value v;

	memcpy(&v, values + i, sizeof(v));
	ocr_infer_values_swap(&v, 1);
	return v;
}

size_t
ocr_result_bytes(uint32_t n_values)
{
	return sizeof(struct head) + n_values * sizeof(struct ocr_infer_value);
}

int
ocr_result_pack(struct ocr_chunk *out, const struct ocr_result *r,
    uint32_t n_values, size_t *at, struct ocr_err *err)
{
	uint32_t n_name = (uint32_t)r->n_name;
	uint32_t n_text = r->status < 0 ? (uint32_t)r->n_text : 0;
	struct head head = {
	    .status = ocr_le32((uint32_t)r->status),
	    .truth = ocr_le32((uint32_t)r->truth),
	    .n_name = ocr_le32(n_name),
	    .n_text = ocr_le32(n_text),
	};
	size_t n_end =
	    r->status < 0 ? n_text : n_values * sizeof(struct ocr_infer_value);
	size_t n = sizeof(head) + n_name + n_end;
	int e = 0;

	if (n > out->cap - out->len)
		e = ocr_chunk_grow(out, out->cap + out->cap / 2 + n, err);
	if (e < 0)
		return e;
	memcpy(out->data + out->len, &head, sizeof(head));
	out->len += sizeof(head);
	memcpy(out->data + out->len, r->name, n_name);
	out->len += n_name;
	*at = out->len;
	if (r->status < 0)
		memcpy(out->data + out->len, r->text, n_end);
	else if (r->values != NULL)
		memcpy(out->data + out->len, r->values, n_end);
	else
		memset(out->data + out->len, 0, n_end);
	out->len += n_end;
	return 0;
}

bool
ocr_result_next(const struct ocr_chunk *c, uint32_t n_values, size_t *at,
    struct ocr_result *out)
{
	const unsigned char *p = c->data + *at;
	struct head head;
	size_t rest, n_end;
	uint32_t n_name, n_text;
	int32_t status;

	/* It may come from another host. */
	if (*at >= c->len || c->len - *at < sizeof(head))
		return false;
	memcpy(&head, p, sizeof(head));
	p += sizeof(head);
	status = (int32_t)ocr_le32(head.status);
	n_name = ocr_le32(head.n_name);
	n_text = ocr_le32(head.n_text);
	rest = c->len - *at - sizeof(head);
	n_end = status < 0 ? n_text : n_values * sizeof(struct ocr_infer_value);
	if (n_name > rest || n_end > rest - n_name)
		return false;
	*out = (struct ocr_result){
	    .status = status,
	    .truth = (int32_t)ocr_le32(head.truth),
	    .name = (const char *)p,
	    .n_name = n_name,
	};
	p += n_name;
	if (status < 0) {
		out->text = (const char *)p;
		out->n_text = n_text;
		p += n_text;
	} else {
		out->values = (const void *)p;
		p += n_values * sizeof(struct ocr_infer_value);
	}
	*at = (size_t)(p - c->data);
	return true;
}

static bool
is_in_number(char c)
{
	return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' ||
	       c == 'e';
}

static bool
is_whole(const char *s, size_t n)
{
	return memchr(s, '.', n) == NULL && memchr(s, 'e', n) == NULL;
}

/* Two numbers, of na and nb characters, that sums of floats may make. */
static bool
is_near(const char *a, size_t na, const char *b, size_t nb)
{
	char text[2][48];
	double x, y;

	if (na == 0 || nb == 0 || na >= sizeof(text[0]) ||
	    nb >= sizeof(text[1]) || (is_whole(a, na) && is_whole(b, nb)))
		return false;
	memcpy(text[0], a, na);
	text[0][na] = '\0';
	memcpy(text[1], b, nb);
	text[1][nb] = '\0';
	x = strtod(text[0], NULL);
	y = strtod(text[1], NULL);
	return fabs(x - y) <= FLOAT_ERROR * (1 + fabs(y));
}

static size_t
number_length(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && is_in_number(s[i]))
		i++;
	return i;
}

bool
ocr_result_is_alike(const char *a, size_t na, const char *b, size_t nb)
{
	size_t i = 0, k = 0, from = 0, n, m;

	while (i < na && k < nb) {
		if (a[i] == b[k]) {
			from = is_in_number(a[i]) ? from : i + 1;
			i++;
			k++;
			continue;
		}
		/* Both from where the number begins. */
		k -= i - from;
		i = from;
		n = number_length(a + i, na - i);
		m = number_length(b + k, nb - k);
		if (!is_near(a + i, n, b + k, m))
			return false;
		i += n;
		k += m;
		from = i;
	}
	return i == na && k == nb;
}
