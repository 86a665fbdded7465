/*
 * replay.c - runs a fuzz target on files, for builds without libFuzzer
 *
 * Arguments are files and directories of files.  Prints TAP: one line per
 * file, which only a crash or a sanitizer can spoil.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Longer inputs are cut: fuzzers make short ones. */
#define MAX_LEN (1U << 20)

static int
run_file(const char *path, long number)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(MAX_LEN);
	size_t len = 0;
	int failed = f == NULL || data == NULL;

	if (!failed) {
		len = fread(data, 1, MAX_LEN, f);
		failed = ferror(f);
	}
	if (!failed)
		LLVMFuzzerTestOneInput(data, len);
	if (f != NULL)
		fclose(f);
	free(data);
	printf("%sok %ld - %s\n", failed ? "not " : "", number, path);
	fflush(stdout);
	return failed;
}

static int
run_dir(DIR *dir, const char *path, long *number)
{
	struct dirent *e;
	char name[4096];
	int n_failed = 0;

	/* One stream, one thread: readdir() is enough. */
	/* cppcheck-suppress readdirCalled */
	while ((e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(name, sizeof name, "%s/%s", path, e->d_name);
		n_failed += run_file(name, ++*number);
	}
	return n_failed;
}

int
main(int argc, char **argv)
{
	long number = 0;
	int n_failed = 0;

	for (int i = 1; i < argc; i++) {
		DIR *dir = opendir(argv[i]);

		if (dir == NULL) {
			n_failed += run_file(argv[i], ++number);
			continue;
		}
		n_failed += run_dir(dir, argv[i], &number);
		closedir(dir);
	}
	printf("1..%ld\n", number);
	return n_failed > 0;
}
