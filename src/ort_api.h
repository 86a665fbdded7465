/*
 * ort_api.h - the part of ONNX Runtime's C interface that ort.c calls
 *
 * The library hands out a table of functions; it only ever grows at its end, so
 * a place in it is the same in all versions.  Order and arguments are those of
 * onnxruntime_c_api.h (github.com/microsoft/onnxruntime, ORT_API_VERSION 14 and
 * later).  Calls that are not ours are gaps; the numbers behind the names are
 * checked below.
 */
#ifndef OCR_ORT_API_H
#define OCR_ORT_API_H

#include <stddef.h>
#include <stdint.h>

#define ORT_API_VERSION 14 /* of ONNX Runtime 1.14, February 2023 */
#define ORT_SEVERITY_FATAL 4
#define ORT_ARENA_NONE 0    /* an allocator without an arena */
#define ORT_MEMORY_NORMAL 0 /* of the CPU */

/* Element types have the numbers that they have in ONNX files. */
enum ort_element {
	ORT_FLOAT = 1,
	ORT_UINT8 = 2,
	ORT_INT32 = 6,
	ORT_INT64 = 7,
};

struct ort_allocator;
struct ort_env;
struct ort_memory;
struct ort_options;
struct ort_session;
struct ort_shape;
struct ort_status; /* NULL: fine */
struct ort_type;
struct ort_value;

typedef void ort_log_fn(void *param, int severity, const char *category,
    const char *id, const char *place, const char *message);

#define ORT_CALL(name, ...) struct ort_status *(*name)(__VA_ARGS__)
#define ORT_GAP(from, to) void *gap_##from[(to) - (from) + 1]

struct ort_api {
	ORT_GAP(0, 1);
	const char *(*error_message)(const struct ort_status *);
	ORT_GAP(3, 3);
	ORT_CALL(env_new, ort_log_fn *, void *, int severity, const char *id,
	    struct ort_env **);
	ORT_GAP(5, 5);
	ORT_CALL(telemetry_off, const struct ort_env *);
	ORT_CALL(session_of_file, const struct ort_env *, const char *path,
	    const struct ort_options *, struct ort_session **);
	ORT_CALL(session_of_bytes, const struct ort_env *, const void *,
	    size_t len, const struct ort_options *, struct ort_session **);
	ORT_CALL(run, struct ort_session *, const void *run_options,
	    const char *const *in_names, const struct ort_value *const *in,
	    size_t n_in, const char *const *out_names, size_t n_out,
	    struct ort_value **out);
	ORT_CALL(options_new, struct ort_options **);
	ORT_GAP(11, 21);
	ORT_CALL(set_severity, struct ort_options *, int);
	ORT_GAP(23, 23);
	ORT_CALL(set_intra_threads, struct ort_options *, int);
	ORT_CALL(set_inter_threads, struct ort_options *, int);
	ORT_GAP(26, 29);
	ORT_CALL(n_inputs, const struct ort_session *, size_t *);
	ORT_CALL(n_outputs, const struct ort_session *, size_t *);
	ORT_GAP(32, 32);
	ORT_CALL(input_type, const struct ort_session *, size_t,
	    struct ort_type **);
	ORT_CALL(output_type, const struct ort_session *, size_t,
	    struct ort_type **);
	ORT_GAP(35, 35);
	ORT_CALL(input_name, const struct ort_session *, size_t,
	    struct ort_allocator *, char **);
	ORT_CALL(output_name, const struct ort_session *, size_t,
	    struct ort_allocator *, char **);
	ORT_GAP(38, 48);
	ORT_CALL(tensor_over, const struct ort_memory *, void *data,
	    size_t bytes, const int64_t *dims, size_t n_dims, int element,
	    struct ort_value **);
	ORT_GAP(50, 50);
	ORT_CALL(tensor_data, struct ort_value *, void **);
	ORT_GAP(52, 54);
	/* NULL for what is no tensor; belongs to the type. */
	ORT_CALL(tensor_type, const struct ort_type *,
	    const struct ort_shape **);
	ORT_GAP(56, 59);
	ORT_CALL(shape_element, const struct ort_shape *, int *);
	ORT_CALL(shape_n_dims, const struct ort_shape *, size_t *);
	ORT_CALL(shape_dims, const struct ort_shape *, int64_t *, size_t);
	ORT_GAP(63, 63);
	ORT_CALL(shape_count, const struct ort_shape *, size_t *);
	ORT_CALL(value_shape, const struct ort_value *, struct ort_shape **);
	ORT_GAP(66, 68);
	ORT_CALL(memory_new, int arena, int kind, struct ort_memory **);
	ORT_GAP(70, 75);
	ORT_CALL(allocator_free, struct ort_allocator *, void *);
	ORT_GAP(77, 77);
	ORT_CALL(allocator_get, struct ort_allocator **); /* not to be freed */
	ORT_GAP(79, 91);
	void (*env_free)(struct ort_env *); /* NULL is fine for these */
	void (*status_free)(struct ort_status *);
	void (*memory_free)(struct ort_memory *);
	void (*session_free)(struct ort_session *);
	void (*value_free)(struct ort_value *);
	ORT_GAP(97, 97);
	void (*type_free)(struct ort_type *);
	void (*shape_free)(struct ort_shape *);
	void (*options_free)(struct ort_options *);
	ORT_GAP(101, 129);
	ORT_CALL(set_config, struct ort_options *, const char *key,
	    const char *value);
};

#define ORT_AT(name, n)                                                        \
	_Static_assert(offsetof(struct ort_api, name) == (n) * sizeof(void *), \
	    #name)
ORT_AT(error_message, 2);  /* GetErrorMessage */
ORT_AT(env_new, 4);        /* CreateEnvWithCustomLogger */
ORT_AT(telemetry_off, 6);  /* DisableTelemetryEvents */
ORT_AT(run, 9);            /* Run */
ORT_AT(set_severity, 22);  /* SetSessionLogSeverityLevel */
ORT_AT(n_inputs, 30);      /* SessionGetInputCount */
ORT_AT(output_type, 34);   /* SessionGetOutputTypeInfo */
ORT_AT(output_name, 37);   /* SessionGetOutputName */
ORT_AT(tensor_over, 49);   /* CreateTensorWithDataAsOrtValue */
ORT_AT(tensor_data, 51);   /* GetTensorMutableData */
ORT_AT(tensor_type, 55);   /* CastTypeInfoToTensorInfo */
ORT_AT(shape_dims, 62);    /* GetDimensions */
ORT_AT(value_shape, 65);   /* GetTensorTypeAndShape */
ORT_AT(memory_new, 69);    /* CreateCpuMemoryInfo */
ORT_AT(allocator_get, 78); /* GetAllocatorWithDefaultOptions */
ORT_AT(env_free, 92);      /* ReleaseEnv */
ORT_AT(options_free, 100); /* ReleaseSessionOptions */
ORT_AT(set_config, 130);   /* AddSessionConfigEntry */
#undef ORT_AT
#undef ORT_GAP
#undef ORT_CALL

/* What the library's one symbol, OrtGetApiBase, returns. */
struct ort_base {
	const struct ort_api *(*api)(uint32_t version);
	const char *(*version)(void);
};

#endif
