/*
 * standin_finn.c - stand-ins for FINN's kernels: see standin_finn.h
 */
#include "config.h"

#include "src/standin_finn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernels/k_cnv.h"
#include "src/bnn_file.h"
#include "src/cnv_pack.h"

#define MAX_FILE ((size_t)16 << 20)
#define WAIT_NS 20000

static void
wait_full(struct ocr_standin_stream *s, int is_full)
{
	const struct timespec t = {.tv_nsec = WAIT_NS};

	while (__atomic_load_n(&s->is_full, __ATOMIC_ACQUIRE) != is_full)
		nanosleep(&t, NULL);
}

static void
set_full(struct ocr_standin_stream *s, int is_full)
{
	__atomic_store_n(&s->is_full, is_full, __ATOMIC_RELEASE);
}

void
StreamingDataflowPartition_0(const uint8_t *in0, uint32_t numReps,
    struct ocr_standin_stream *out)
{
	if (numReps == 0)
		return;
	wait_full(out, 0);
	out->images = in0;
	out->n = numReps;
	out->n_taken = 0;
	set_full(out, 1);
	wait_full(out, 0);
}

/* The image that comes next; it is read before it is counted as taken. */
static const uint8_t *
look(struct ocr_standin_stream *s, size_t bytes)
{
	wait_full(s, 1);
	return s->images + s->n_taken * bytes;
}

static void
take(struct ocr_standin_stream *s)
{
	if (++s->n_taken == s->n)
		set_full(s, 0);
}

/* m is empty if there is no network. */
static void
load(struct ocr_bnn_model *m)
{
	const char *path = getenv("OCR_STANDIN_FINN");
	FILE *f = path != NULL ? fopen(path, "rb") : NULL;
	uint8_t *data = malloc(MAX_FILE);
	struct ocr_err err = {0};
	size_t n = 0;

	if (f != NULL && data != NULL)
		n = fread(data, 1, MAX_FILE, f);
	if (n > 0 && ocr_bnn_file_read(m, data, n, path, &err) < 0)
		fprintf(stderr, "octoray-finn: %s\n", err.text);
	if (f != NULL)
		fclose(f);
	free(data);
}

/* LabelSelect. */
static uint8_t
label_of(const struct ocr_bnn *b, const int32_t *votes)
{
	uint32_t best = 0, o;
	float most = ocr_bnn_score(b, 0, votes[0]), score;

	for (o = 1; o < b->n_scores; o++) {
		score = ocr_bnn_score(b, o, votes[o]);
		if (score > most) {
			best = o;
			most = score;
		}
	}
	return (uint8_t)best;
}

static uint8_t
classify(const struct ocr_bnn *b, const uint64_t *net, const uint8_t *image,
    int32_t *votes)
{
	uint32_t start = 0, end = 1, ack;

	k_cnv(&start, &end, &ack, 0, net, image, votes);
	return label_of(b, votes);
}

void
StreamingDataflowPartition_2(uint8_t *out0, uint32_t numReps,
    struct ocr_standin_stream *in)
{
	struct ocr_bnn_model m = {.bnn = NULL};
	struct ocr_err err = {0};
	const struct ocr_bnn_layer *l;
	const uint8_t *image;
	uint64_t *net = NULL;
	int32_t *votes = NULL;
	size_t n, bytes = 1;
	uint32_t i;

	load(&m);
	if (m.bnn != NULL && ocr_cnv_pack(&net, &n, m.bnn, true, &err) == 0) {
		l = &m.bnn->layers[0];
		bytes = (size_t)l->in_c * l->in_h * l->in_w;
		votes = malloc(m.bnn->n_scores * sizeof(*votes));
	}
	for (i = 0; i < numReps; i++) {
		image = look(in, bytes);
		out0[i] = 0;
		if (votes != NULL)
			out0[i] = classify(m.bnn, net, image, votes);
		take(in);
	}
	free(votes);
	free(net);
	ocr_bnn_model_release(&m);
}
