/*
 * sim_json.c - what ocr-sim found, for programs; see sim_table.h
 */
#include "config.h"

#include "src/sim_table.h"

static void
put_row(struct ocr_json *j, const struct ocr_sim_case *c,
    const struct ocr_sim_block *b, size_t i, const char *workers)
{
	const struct ocr_sim_row *row = &b->rows[i];
	char setting[96];

	ocr_sim_case_setting(c, &row->best, setting);
	ocr_json_open_object(j, NULL);
	ocr_json_string(j, "schedule", c->text);
	ocr_json_string(j, "setting", setting);
	ocr_json_number(j, "tried", row->n_tries);
	ocr_json_bool(j, "without_cards", row->best.has_no_cards);
	ocr_json_string(j, "work", b->work);
	ocr_json_number(j, "items", b->n_items);
	ocr_json_number(j, "edges", b->n_edges);
	ocr_json_string(j, "workers", workers);
	ocr_json_real(j, "lambda", row->lambda);
	ocr_json_real(j, "speedup", ocr_sim_speedup(b, i));
	ocr_json_real(j, "bound_ratio", ocr_sim_bound_ratio(b, i));
	ocr_json_real(j, "makespan_ns", row->makespan_ns);
	ocr_json_number(j, "steals", row->n_steals);
	ocr_json_number(j, "by_card", row->n_by_card);
	ocr_json_number(j, "from_card", row->n_from_card);
	ocr_json_number(j, "aborted", row->n_aborted);
	ocr_json_number(j, "duplicated", row->n_duplicated);
	ocr_json_real(j, "card_chunk", row->card_chunk);
	ocr_json_string(j, "grade", "S");
	ocr_json_close_object(j);
}

void
ocr_sim_json(FILE *f, const struct ocr_sim_cases *cases,
    const struct ocr_sim_block *blocks, size_t n_blocks, const char *workers)
{
	struct ocr_json j = {.f = f};

	ocr_json_open_array(&j, NULL);
	for (size_t i = 0; i < n_blocks; i++) {
		for (size_t k = 0; k < cases->n; k++)
			put_row(&j, &cases->list[k], &blocks[i], k, workers);
	}
	ocr_json_close_array(&j);
	putc('\n', f);
}
