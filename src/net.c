/*
 * net.c - memory and names of nets
 */
#include "config.h"

#include "src/net.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/huge.h"

#define SLAB ((size_t)8 << 20)

/* Blocks in a list: a net is freed as a whole.  Aligned for vectors.  Large ones
 * lie in slabs of huge pages: small pages cost more than reading a model. */
struct ocr_arena {
	struct block *blocks;
	struct slab *slabs;
};

struct slab {
	struct slab *next;
	size_t bytes, used;
	uint64_t pad[5];
};

struct block {
	struct block *next;
	uint64_t pad[7];
};

static const char *const op_names[OCR_N_OPS] = {
    [OCR_OP_ADD] = "Add",
    [OCR_OP_ARGMAX] = "ArgMax",
    [OCR_OP_AVERAGE_POOL] = "AveragePool",
    [OCR_OP_BATCH_NORM] = "BatchNormalization",
    [OCR_OP_BIPOLAR_QUANT] = "BipolarQuant",
    [OCR_OP_CAST] = "Cast",
    [OCR_OP_CLIP] = "Clip",
    [OCR_OP_CONCAT] = "Concat",
    [OCR_OP_CONV] = "Conv",
    [OCR_OP_DEQUANTIZE] = "DequantizeLinear",
    [OCR_OP_DIV] = "Div",
    [OCR_OP_FLATTEN] = "Flatten",
    [OCR_OP_GATHER] = "Gather",
    [OCR_OP_GEMM] = "Gemm",
    [OCR_OP_GLOBAL_AVERAGE_POOL] = "GlobalAveragePool",
    [OCR_OP_GREATER] = "Greater",
    [OCR_OP_IDENTITY] = "Identity",
    [OCR_OP_INT8_CONV] = "QLinearConv",
    [OCR_OP_INT8_PRODUCT] = "QLinearMatMul",
    [OCR_OP_MATMUL] = "MatMul",
    [OCR_OP_MAX] = "Max",
    [OCR_OP_MAX_POOL] = "MaxPool",
    [OCR_OP_MIN] = "Min",
    [OCR_OP_MUL] = "Mul",
    [OCR_OP_MULTI_THRESHOLD] = "MultiThreshold",
    [OCR_OP_PAD] = "Pad",
    [OCR_OP_POW] = "Pow",
    [OCR_OP_QUANT] = "Quant",
    [OCR_OP_QUANTIZE] = "QuantizeLinear",
    [OCR_OP_REDUCE_MEAN] = "ReduceMean",
    [OCR_OP_RELU] = "Relu",
    [OCR_OP_RESHAPE] = "Reshape",
    [OCR_OP_SHAPE] = "Shape",
    [OCR_OP_SIGN] = "Sign",
    [OCR_OP_SOFTMAX] = "Softmax",
    [OCR_OP_SUB] = "Sub",
    [OCR_OP_TOP_K] = "TopK",
    [OCR_OP_TRANSPOSE] = "Transpose",
    [OCR_OP_TRUNC] = "Trunc",
};

int
ocr_net_new(struct ocr_net **out, struct ocr_err *err)
{
	struct ocr_net *n = calloc(1, sizeof(*n));

	*out = NULL;
	if (n == NULL || (n->arena = calloc(1, sizeof(*n->arena))) == NULL) {
		free(n);
		return ocr_err_nomem(err);
	}
	n->file = "model";
	n->input = n->output = OCR_NO_TENSOR;
	*out = n;
	return 0;
}

void
ocr_net_free(struct ocr_net *n)
{
	struct block *b;
	struct slab *s;

	if (n == NULL)
		return;
	while ((s = n->arena->slabs) != NULL) {
		n->arena->slabs = s->next;
		ocr_huge_free(s, s->bytes);
	}
	while ((b = n->arena->blocks) != NULL) {
		n->arena->blocks = b->next;
		free(b);
	}
	free(n->arena);
	free(n->tensors);
	free(n->nodes);
	free(n);
}

/* A multiple of 64 bytes. */
static void *
alloc_large(struct ocr_net *n, size_t bytes, struct ocr_err *err)
{
	struct slab *s = n->arena->slabs;
	const size_t head = 64; /* of a slab */
	size_t size;

	if (s == NULL || s->bytes - s->used < bytes) {
		size = bytes > SLAB - head ? bytes + head : SLAB;
		s = ocr_huge_alloc(size, "a model", err);
		if (s == NULL)
			return NULL;
		s->next = n->arena->slabs;
		s->bytes = size;
		s->used = head;
		n->arena->slabs = s;
	}
	s->used += bytes;
	return (uint8_t *)s + s->used - bytes;
}

bool
ocr_net_has_large(const struct ocr_net *n, const void *p)
{
	const struct slab *s;

	for (s = n->arena->slabs; s != NULL; s = s->next)
		if ((uintptr_t)p - (uintptr_t)s < s->bytes)
			return true;
	return false;
}

void *
ocr_net_alloc(struct ocr_net *n, uint64_t bytes, struct ocr_err *err)
{
	struct block *b = NULL;

	bytes = (bytes + 63) / 64 * 64;
	if (bytes >= OCR_NET_LARGE && bytes <= 2 * OCR_NET_MAX_BYTES &&
	    bytes <= SIZE_MAX / 2)
		return alloc_large(n, (size_t)bytes, err);
	if (bytes < OCR_NET_LARGE)
		b = aligned_alloc(64, sizeof(struct block) + (size_t)bytes);
	if (b == NULL) {
		ocr_err_nomem(err);
		return NULL;
	}
	memset(b, 0, sizeof(struct block) + (size_t)bytes);
	b->next = n->arena->blocks;
	n->arena->blocks = b;
	return b + 1;
}

char *
ocr_net_strdup(struct ocr_net *n, const char *s, struct ocr_err *err)
{
	size_t len = strlen(s) + 1;
	char *p = ocr_net_alloc(n, len, err);

	if (p != NULL)
		memcpy(p, s, len);
	return p;
}

/* Room for one more in a list that doubles; counts are powers of two. */
static void *
grow(void *list, uint32_t n, size_t size)
{
	if (n >= UINT32_MAX / 4 || (n & (n - 1)) != 0)
		return n >= UINT32_MAX / 4 ? NULL : list;
	return reallocarray(list, n == 0 ? 1 : (size_t)n * 2, size);
}

int64_t
ocr_net_add_tensor(struct ocr_net *n, const char *name, struct ocr_err *err)
{
	struct ocr_tensor *t = grow(n->tensors, n->n_tensors, sizeof(*t));

	if (t == NULL)
		return ocr_err_nomem(err);
	n->tensors = t;
	t[n->n_tensors] =
	    (struct ocr_tensor){.name = name, .maker = UINT32_MAX};
	return n->n_tensors++;
}

static void
set_defaults(struct ocr_node_attr *a)
{
	int i;

	for (i = 0; i < 2; i++)
		a->kernel[i] = a->strides[i] = a->dilations[i] = 1;
	a->group = a->keepdims = a->largest = 1;
	a->alpha = a->beta = 1;
	a->epsilon = 1e-5f;
	a->low = -__builtin_inff();
	a->high = __builtin_inff();
	a->is_signed = true;
	a->out_scale = 1;
}

struct ocr_node *
ocr_net_add_node(struct ocr_net *n, enum ocr_op op, const char *name,
    uint32_t n_in, uint32_t n_out, struct ocr_err *err)
{
	struct ocr_node *list = grow(n->nodes, n->n_nodes, sizeof(*list));
	struct ocr_node *node;

	if (list == NULL) {
		ocr_err_nomem(err);
		return NULL;
	}
	n->nodes = list;
	node = &list[n->n_nodes];
	*node = (struct ocr_node){.op = op,
	    .name = name,
	    .n_in = n_in,
	    .n_out = n_out};
	set_defaults(&node->attr);
	node->in = ocr_net_alloc(n, (uint64_t)n_in * 4, err);
	node->out = ocr_net_alloc(n, (uint64_t)n_out * 4, err);
	if (node->in == NULL || node->out == NULL)
		return NULL;
	n->n_nodes++;
	return node;
}

const char *
ocr_op_name(enum ocr_op op)
{
	return op_names[op];
}

size_t
ocr_element_size(enum ocr_element e)
{
	static const uint8_t sizes[] = {4, 1, 1, 4, 8, 1};

	return sizes[e];
}

const char *
ocr_element_name(enum ocr_element e)
{
	static const char *const names[] = {"float", "int8", "uint8", "int32",
	    "int64", "bool"};

	return names[e];
}

uint64_t
ocr_tensor_count(const struct ocr_tensor *t, uint64_t n)
{
	uint64_t count = 1, d;
	uint32_t i;

	for (i = 0; i < t->n_dims; i++) {
		d = t->dims[i] == 0 ? n : t->dims[i];
		if (d > OCR_NET_MAX_BYTES || count * d > OCR_NET_MAX_BYTES)
			return 0;
		count *= d;
	}
	return count * ocr_element_size(t->element) > OCR_NET_MAX_BYTES ? 0
									: count;
}

int
ocr_node_err(const struct ocr_net *n, const struct ocr_node *node,
    struct ocr_err *err, const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return ocr_err_set(err, -OCR_EFORMAT, "%s: node '%.80s' (%s): %s",
	    n->file, node->name, ocr_op_name(node->op), why);
}

static int
print_shape(const struct ocr_tensor *t, FILE *to)
{
	uint32_t i;
	int r = 0;

	for (i = 0; i < t->n_dims && r >= 0; i++)
		r = t->dims[i] == 0 ? fprintf(to, "%sN", i > 0 ? "x" : "")
				    : fprintf(to, "%s%" PRIu64,
					  i > 0 ? "x" : "", t->dims[i]);
	return r;
}

int
ocr_net_print(const struct ocr_net *n, FILE *to)
{
	const struct ocr_node *node;
	const struct ocr_tensor *t;
	uint32_t i, j;
	int r = 0;

	for (i = 0; i < n->n_nodes && r >= 0; i++) {
		node = &n->nodes[i];
		r = fprintf(to, "%" PRIu32 "\t%s\t%s\t", i,
		    ocr_op_name(node->op), node->name);
		for (j = 0; j < node->n_in && r >= 0; j++)
			if (node->in[j] != OCR_NO_TENSOR)
				r = fprintf(to, "%s%s", j > 0 ? "," : "",
				    n->tensors[node->in[j]].name);
		/* TopK may be asked for its indices alone */
		t = &n->tensors[node->out[node->out[0] == OCR_NO_TENSOR]];
		if (r >= 0)
			r = fprintf(to, "\t%s\t%s\t", t->name,
			    ocr_element_name(t->element));
		if (r >= 0)
			r = print_shape(t, to);
		if (r >= 0)
			r = fputc('\n', to);
	}
	return r;
}
