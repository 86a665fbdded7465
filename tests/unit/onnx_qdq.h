/*
 * onnx_qdq.h - a small quantised model as a file
 *
 * x [N,1,4,4] - quantised, 1 a step - Conv of two 3x3 windows, bias, Relu -
 * quantised, 8 a step - Flatten - Gemm to 3 - quantised, 64 a step.
 */
#ifndef TESTS_UNIT_ONNX_QDQ_H
#define TESTS_UNIT_ONNX_QDQ_H

#include "tests/unit/onnx_make.h"

#define ONNX_FLOAT 1
#define ONNX_UINT8 2
#define ONNX_INT8 3
#define ONNX_INT32 6

static inline int
onnx_qdq_weight(unsigned i)
{
	return (int)(i * 37 % 129) - 64;
}

static inline void
onnx_qdq_scale(struct pb *g, const char *name, float scale)
{
	onnx_constant(g, name, ONNX_FLOAT, "", &scale, 4, NULL);
}

static inline void
onnx_qdq_weights(struct pb *g, const char *name, const char *dims, unsigned n)
{
	int8_t data[64];
	unsigned i;

	for (i = 0; i < n; i++)
		data[i] = (int8_t)onnx_qdq_weight(i);
	onnx_constant(g, name, ONNX_INT8, dims, data, n, NULL);
}

static inline void
onnx_qdq(struct pb *model)
{
	static const int32_t bias[2] = {-100, 300};
	static const uint8_t zero = 0;
	struct pb g = {0};

	onnx_value(&g, 11, "x", ONNX_FLOAT, "N,1,4,4");
	onnx_value(&g, 12, "y", ONNX_FLOAT, "N,3");
	onnx_qdq_scale(&g, "s1", 1);
	onnx_qdq_scale(&g, "s8", 8);
	onnx_qdq_scale(&g, "s64", 64);
	onnx_qdq_scale(&g, "sw", .0625f);
	onnx_constant(&g, "z", ONNX_UINT8, "", &zero, 1, NULL);
	onnx_qdq_weights(&g, "w1", "2,1,3,3", 18);
	onnx_qdq_weights(&g, "w2", "8,3", 24);
	onnx_constant(&g, "b1", ONNX_INT32, "2", bias, sizeof(bias), NULL);
	onnx_node(&g, "DequantizeLinear", "w1 sw", "w1f", NULL, 0);
	onnx_node(&g, "DequantizeLinear", "w2 sw", "w2f", NULL, 0);
	onnx_node(&g, "DequantizeLinear", "b1 sw", "b1f", NULL, 0);
	onnx_node(&g, "QuantizeLinear", "x s1 z", "q1", NULL, 0);
	onnx_node(&g, "DequantizeLinear", "q1 s1 z", "d1", NULL, 0);
	onnx_node(&g, "Conv", "d1 w1f b1f", "c", NULL, 0);
	onnx_node(&g, "Relu", "c", "r", NULL, 0);
	onnx_node(&g, "QuantizeLinear", "r s8 z", "q2", NULL, 0);
	onnx_node(&g, "DequantizeLinear", "q2 s8 z", "d2", NULL, 0);
	onnx_node(&g, "Flatten", "d2", "f", "axis", 1);
	onnx_node(&g, "QuantizeLinear", "f s8 z", "q3", NULL, 0);
	onnx_node(&g, "DequantizeLinear", "q3 s8 z", "d3", NULL, 0);
	onnx_node(&g, "Gemm", "d3 w2f", "m", NULL, 0);
	onnx_node(&g, "QuantizeLinear", "m s64 z", "q4", NULL, 0);
	onnx_node(&g, "DequantizeLinear", "q4 s64 z", "y", NULL, 0);
	onnx_model(model, &g, 13);
}

#endif
