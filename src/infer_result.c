/*
 * infer_result.c - see infer_result.h
 */
#include "config.h"

#include "src/infer_result.h"

#include <string.h>

struct head {
	int32_t status, truth;
	uint32_t n_name, n_text;
};

size_t
ocr_result_bytes(uint32_t n_values)
{
	return sizeof(struct head) + n_values * sizeof(struct ocr_infer_value);
}

int
ocr_result_pack(struct ocr_chunk *out, const struct ocr_result *r,
    uint32_t n_values, size_t *at, struct ocr_err *err)
{
	struct head head = {
	    .status = r->status,
	    .truth = r->truth,
	    .n_name = (uint32_t)r->n_name,
	    .n_text = r->status < 0 ? (uint32_t)r->n_text : 0,
	};
	size_t n_end = r->status < 0
			   ? head.n_text
			   : n_values * sizeof(struct ocr_infer_value);
	size_t n = sizeof(head) + head.n_name + n_end;
	int e = 0;

	if (n > out->cap - out->len)
		e = ocr_chunk_grow(out, out->cap + out->cap / 2 + n, err);
	if (e < 0)
		return e;
	memcpy(out->data + out->len, &head, sizeof(head));
	out->len += sizeof(head);
	memcpy(out->data + out->len, r->name, head.n_name);
	out->len += head.n_name;
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

	/* It may come from another host. */
	if (*at >= c->len || c->len - *at < sizeof(head))
		return false;
	memcpy(&head, p, sizeof(head));
	p += sizeof(head);
	rest = c->len - *at - sizeof(head);
	n_end = head.status < 0 ? head.n_text
				: n_values * sizeof(struct ocr_infer_value);
	if (head.n_name > rest || n_end > rest - head.n_name)
		return false;
	*out = (struct ocr_result){
	    .status = head.status,
	    .truth = head.truth,
	    .name = (const char *)p,
	    .n_name = head.n_name,
	};
	p += head.n_name;
	if (head.status < 0) {
		out->text = (const char *)p;
		out->n_text = head.n_text;
		p += head.n_text;
	} else {
		out->values = (const void *)p;
		p += n_values * sizeof(struct ocr_infer_value);
	}
	*at = (size_t)(p - c->data);
	return true;
}
