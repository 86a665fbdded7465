/*
 * joblog_line.h - what writer and reader of joblogs share; for joblog*.c
 */
#ifndef OCR_JOBLOG_LINE_H
#define OCR_JOBLOG_LINE_H

#include <stdlib.h>
#include <string.h>

#include "common/joblog.h"

#define OCR_JOBLOG_HEAD                                                        \
	"Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\t"   \
	"Command\n"

/* A line at most, so that a file with longer ones is none of ours. */
#define OCR_JOBLOG_LINE_BYTES 65536

/* A copy as it stands in a joblog: cut, on one line, without tabs. */
static inline char *
ocr_joblog_clean(const char *command)
{
	char *s = strndup(command, OCR_JOBLOG_COMMAND_BYTES);

	for (char *p = s; p != NULL && *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	}
	return s;
}

#endif
