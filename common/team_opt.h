/*
 * team_opt.h - the options of every tool that has workers
 *
 * A tool puts OCR_TEAM_OPT_ROWS into its table and gives keys that it does not
 * know to ocr_team_opt_set().  One whose --verify is not "full" where it is not
 * given says so: OCR_TEAM_OPT_ROWS_FOR("sample:0.05").
 */
#ifndef OCR_TEAM_OPT_H
#define OCR_TEAM_OPT_H

#include "common/opt.h"
#include "common/team.h"

enum ocr_team_opt_key {
	OCR_KEY_BUSY = OCR_OPT_LONG + 500,
	OCR_KEY_FALLBACK,
	OCR_KEY_RUN_TIMEOUT,
	OCR_KEY_SCHEDULE,
	OCR_KEY_TRACE,
	OCR_KEY_VERIFY,
	OCR_KEY_XCLBIN,
};

/* clang-format off */
#define OCR_TEAM_OPT_ROWS OCR_TEAM_OPT_ROWS_FOR("full")
#define OCR_TEAM_OPT_ROWS_FOR(VERIFY)                                         \
    {OCR_KEY_BUSY, "busy", "MODE",                                            \
	"units that others use: skip (default), wait or share"},              \
    {'D', "devices", "LIST", "like cpu:4,xrt:0 (default: auto, all)"},        \
    {OCR_KEY_FALLBACK, "fallback", "WHERE",                                   \
	"local (default): the CPU, when all cards fail; or none"},            \
    {'j', "jobs", "N", "threads (default: all cores that may be used)"},      \
    {OCR_KEY_RUN_TIMEOUT, "run-timeout", "SECONDS",                           \
	"of one run on a card (default 10)"},                                 \
    {OCR_KEY_SCHEDULE, "schedule", "NAME",                                    \
	"hws (default), hws-paper, hap, dynamic or static"},                  \
    {OCR_KEY_TRACE, "trace", "FILE", "what each worker did when"},            \
    {OCR_KEY_VERIFY, "verify", "MODE",                                        \
	"results of cards: full, sample:P or off (default: " VERIFY ")"},     \
    {OCR_KEY_XCLBIN, "xclbin", "FILE",                                        \
	"what to load into cards (default: $OCR_XCLBIN)"}
/* clang-format on */

/* -OCR_EUSAGE with the reason; 1 if the key is none of these. */
int ocr_team_opt_set(struct ocr_team_opt *o, int key, const char *arg,
    struct ocr_err *err);

/* A schedule; what = "--schedule" or "OCR_SCHEDULE", for messages. */
int ocr_team_opt_schedule(struct ocr_schedule *s, const char *what,
    const char *text, struct ocr_err *err);

#endif
