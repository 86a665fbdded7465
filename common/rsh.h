/*
 * rsh.h - the command that connects to a host
 *
 * ssh with flags of ours, or any launcher: a template, which is split into
 * words (words.h) and run without a shell.  In its words {host}, {user},
 * {port} and {slots} are replaced; a template without {host} gets the host as
 * its last word.  The remote command follows: as one word, quoted and behind
 * `exec`, where a word before {host} is ssh (or a path to it), because that
 * passes it to the user's shell there; word by word for all others.
 *
 * We say nothing about host keys: those are the user's and ssh's.  A template
 * is taken as it is: ssh in one gets no flags of ours.
 */
#ifndef OCR_RSH_H
#define OCR_RSH_H

#include "common/err.h"
#include "common/hosts.h"
#include "common/words.h"

#define OCR_RSH_CONNECT_S 10 /* default of --connect-timeout */

/* Can it be split, and is there a word?  -OCR_EUSAGE; what = "--rsh". */
int ocr_rsh_check(const char *what, const char *text, struct ocr_err *err);

/* The host's own rsh=, else option (--rsh), else $OCR_RSH, else srun for what
 * Slurm has allocated; NULL: our ssh. */
const char *ocr_rsh_choose(const struct ocr_host *h, const char *option);

/*
 * argv, which starts zeroed, of the connection to h that runs command there:
 * words, NULL at the end, the first of them a program without a path, which
 * h->path is put before.  A host that is here gets no launcher.  With our ssh
 * connect_timeout_s is its ConnectTimeout, 0: the user's own.
 * -OCR_EUSAGE: the host has a port or a user that the template has no place
 * for, or none that it asks for; a control character in a remote command.
 */
int ocr_rsh_argv(struct ocr_words *argv, const struct ocr_host *h,
    const char *option, unsigned connect_timeout_s, const char *const *command,
    struct ocr_err *err);

#endif
