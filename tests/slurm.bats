# Hosts of a Slurm allocation: --hosts=slurm, steps that die, a batch script
# shellcheck disable=SC2154 # run sets output and stderr
load helper

setup_file() {
	export SLURM_DIR=$BATS_FILE_TMPDIR/slurm
	"$top_srcdir/tests/hosts/mkslurm" -d "$SLURM_DIR" -o $$ up 3 \
		> "$BATS_FILE_TMPDIR/said" 2>&1 3>&- || touch "$BATS_FILE_TMPDIR/none"
}
teardown_file() {
	"$top_srcdir/tests/hosts/mkslurm" -d "$SLURM_DIR" down
}
setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	[ ! -e "$BATS_FILE_TMPDIR/none" ] || skip "$(tail -n 1 "$BATS_FILE_TMPDIR/said")"
	eval "$("$top_srcdir/tests/hosts/mkslurm" -d "$SLURM_DIR" env)"
	unset OCR_DEVICES OCR_HOSTS OCR_RSH OCR_SCHEDULE
	gen text 20M > in
	ocr-compress -1 < in > want
}
# alloc SCRIPT: with three nodes.
alloc() { timeout 100 salloc -Q -N3 --ntasks-per-node=1 -c2 bash -c "$1"; }

@test "slurm: all nodes of the allocation work" {
	alloc 'ocr-compress -v -1 --hosts=slurm --fallback=none --joblog=log < in > out 2> err'
	cmp out want
	for i in 1 2 3; do
		assert_match "^ocr-compress: n$i: 2 slots, " "$(cat err)"
		grep -q "	n$i	" log
	done
	[ -z "$(squeue -h)" ]
}

@test "slurm: a step that is killed, of which srun says nothing" {
	mkfifo pipe
	feed in test -e stop 3>&- 2> /dev/null | tee all > pipe &
	alloc 'ocr-compress -1 --hosts=slurm --fallback=none --joblog=log < pipe > out 2> err' 3>&- &
	job=$!
	eventually grep -q '	n2	.*	0	0	' log
	eventually kill_step n2
	eventually grep -q '^ocr-compress: n2: lost: ' err
	touch stop
	wait $job
	ocr-compress -1 < all | cmp - out
}
# slurmstepd is what it takes: srun then ends with 0, after some seconds
kill_step() {
	local pid
	for pid in $(pgrep -f '^slurmstepd: \[[0-9]+\.[0-9]+\]'); do
		grep -qz "^SLURMD_NODENAME=$1" "/proc/$pid/environ" 2> /dev/null ||
			pgrep -P "$pid" > /dev/null || continue
		pgrep -P "$pid" | while read -r child; do
			grep -qz "^SLURMD_NODENAME=$1" "/proc/$child/environ" && echo x
		done > found
		[ -s found ] || continue
		kill -KILL "$pid" && return 0
	done
	return 1
}

@test "slurm: without an allocation" {
	run -2 --separate-stderr bash -c 'ocr-compress --hosts=slurm < in > out'
	assert_match '^ocr-compress: .*allocation' "$stderr"
}

@test "slurm: the script of octoray-tools(7)" {
	example man/octoray-tools.7 sbatch > job.sh
	[ -s job.sh ]
	mv in big.csv
	timeout 100 sbatch -Q --wait -o said job.sh
	gzip -dc big.csv.gz | cmp - big.csv
}
