# ocr-bfs as several processes: results as of one, bytes, failures
# shellcheck disable=SC2154 # run sets output and stderr
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	TMPDIR=$BATS_TEST_TMPDIR
	export TMPDIR
	printf '1 2\n2 3\n3 7\n1 8\n' > g
}

# needs_mpi: skips where there is no mpirun, or a build without MPI
needs_mpi() {
	command -v mpirun > /dev/null || skip 'no mpirun'
	has_mpi || skip 'built without MPI'
}
has_mpi() { ldd "$top_builddir/ocr-bfs" | grep -q libmpi; }

# ranks N ARGUMENT...: ocr-bfs as N processes; a root may, and cores are shared
ranks() {
	local n=$1
	shift
	timeout 300 mpirun --allow-run-as-root --oversubscribe --bind-to none \
		-np "$n" "$top_builddir/ocr-bfs" "$@" < /dev/null
}

# edges SEED N M: M random edges of N vertices, ids with gaps
edges() {
	awk -v x="$1" -v n="$2" -v m="$3" 'function r() {
		return x = (x * 16807) % 2147483647
	} BEGIN { for (i = 0; i < m; i++) print (r() % n) * 3 + 5, (r() % n) * 3 + 5 }'
}

# some_source FILE: a vertex that has edges
some_source() {
	ocr-bfs --trials=1 --json "$1" | grep -o '"source":[0-9]*' | cut -d: -f2
}

# agrees FILE SOURCE ARGUMENT...: 2 and 4 ranks say what one process says
agrees() {
	local n file=$1 source=$2
	shift 2
	ocr-bfs -s "$source" "$@" "$file" > one
	for n in 2 4; do
		ranks $n -s "$source" --verify "$@" "$file" > many
		cmp one many
	done
}

@test "several processes are not for a build without MPI" {
	! has_mpi || skip 'built with MPI'
	want='ocr-bfs: several processes: this program was built without MPI (--with-mpi)'
	run -2 --separate-stderr ocr-bfs --mpi -s 1 g
	assert_output ''
	[ "${stderr_lines[0]}" = "$want" ]
	OMPI_COMM_WORLD_SIZE=2 run -2 --separate-stderr ocr-bfs -s 1 g
	[ "${stderr_lines[0]}" = "$want" ]
	OMPI_COMM_WORLD_SIZE=1 run -0 ocr-bfs -s 1 g
	assert_output $'1\t0\n2\t1\n3\t2\n7\t3\n8\t1'
}

@test "levels and parents, of more ranks than there is work for" {
	needs_mpi
	run -0 --separate-stderr ranks 4 -s 1 g
	assert_output $'1\t0\n2\t1\n3\t2\n7\t3\n8\t1'
	assert_stderr ''
	run -0 ranks 2 -s 8 --parents --undirected g
	assert_output $'1\t1\t8\n2\t2\t1\n3\t3\t2\n7\t4\t3\n8\t0\t8'
	run -0 ranks 2 -s 2,8 g
	assert_output $'2\t2\t0\n2\t3\t1\n2\t7\t2\n8\t8\t0'
	run -0 ranks 2 -s 7 --max-depth=2 --undirected g
	assert_output $'2\t2\n3\t1\n7\t0'
}

@test "as one process has it: Kronecker, random, directed, mapped and not" {
	needs_mpi
	ocr-graph --kron=12 -o kron.ocrg
	ocr-graph --uniform=12 -o uniform.ocrg
	edges 1 3000 6000 > e
	ocr-graph -o directed.ocrg e
	for s in $(ocr-bfs --trials=3 --json kron.ocrg |
		grep -o '"source":[0-9]*' | cut -d: -f2); do
		agrees kron.ocrg "$s"
	done
	agrees uniform.ocrg 17
	agrees directed.ocrg 5
	agrees e 3005
	agrees e 3005 --undirected
}

@test "as one process has it: path, star, pieces" {
	needs_mpi
	seq 0 699 | awk '{ print $1, $1 + 1 }' > path
	seq 1 20000 | awk '{ print 0, $1 }' > star
	seq 0 999 | awk '{ print $1 * 2, ($1 * 2 + 200) % 2000 }' > pieces
	for f in path star pieces; do
		ocr-graph --undirected -o $f.ocrg $f
	done
	agrees path.ocrg 0
	agrees path.ocrg 350
	agrees star.ocrg 0
	agrees star.ocrg 20000
	agrees pieces.ocrg 4
	agrees path 3
}

@test "parents are neighbours one level up" {
	needs_mpi
	edges 3 3000 9000 > e
	for n in 2 4; do
		ranks $n -s 5 --parents e > p
		are_parents p e 5 ''
		ranks $n -s 5 --parents --undirected e > p
		are_parents p e 5 1
	done
}

@test "binary and LDBC, to a file, are the bytes of one process" {
	needs_mpi
	ocr-graph --kron=12 -o kron.ocrg
	s=$(some_source kron.ocrg)
	for how in --binary --ldbc; do
		ocr-bfs -s "$s" $how kron.ocrg > one
		ranks 2 -s "$s" $how -o many kron.ocrg
		cmp one many
	done
	ranks 3 -s "$s" --binary --parents -o many kron.ocrg
	[ "$(stat -c %s many)" -eq $((4096 * 8)) ]
	ocr-bfs -s "$s" --binary kron.ocrg | cmp - <(head -c $((4096 * 4)) many)
}

@test "--json has what each rank has sent and received, level by level" {
	needs_mpi
	ocr-graph --kron=12 -o kron.ocrg
	ranks 4 -s "$(some_source kron.ocrg)" --json --stats=stats kron.ocrg > j
	is_json j
	is_json stats
	assert_match '"ranks":4,' "$(cat j)"
	assert_match '"sent_bytes":\[[0-9]+,[0-9]+,[0-9]+,[0-9]+\]' "$(cat j)"
	# All that was sent has arrived.
	tr '{' '\n' < j | awk -F'[][]' '/sent_bytes/ {
		n = split($2, a, ","); m = split($4, b, ",")
		for (i = 1; i <= n; i++) { sent += a[i]; got += b[i] }
	} END { exit !(n == 4 && m == 4 && sent > 0 && sent == got) }'
}

@test "--trials: a table, or Graph500's lines" {
	needs_mpi
	run -0 --separate-stderr ranks 2 --kron=10 --trials=3 --verify
	[ "${#lines[@]}" -eq 5 ]
	assert_stderr ''
	run -0 ranks 2 --kron=10 --trials=4 --verify --graph500
	[ "$(printf '%s\n' "${lines[@]%%:*}")" = "$(graph500_names)" ]
	assert_match '^SCALE:                          10$' "$output"
	assert_match '^edgefactor:                     16$' "$output"
	assert_match '^NBFS:                           4$' "$output"
	assert_match '^num_mpi_processes:              2$' "$output"
	assert_match '^bfs  harmonic_mean_TEPS:     !  [0-9.e+]+$' "$output"
	assert_match '^bfs  median_validate:           [0-9.e-]+$' "$output"
}
# The names that Graph500's reference program 3.0 writes, in its order.
graph500_names() {
	local all='min firstquartile median thirdquartile max' i kind
	printf '%s\n' SCALE edgefactor NBFS graph_generation \
		num_mpi_processes construction_time
	for kind in 'bfs  _time' _nedge 'bfs  _TEPS' 'bfs  _validate'; do
		for i in $all mean stddev; do
			[[ $kind != *TEPS || $i != @(mean|stddev) ]] ||
				i=harmonic_$i
			echo "${kind%_*}${i}_${kind##*_}"
		done
	done
}

@test "the benchmark has a line for one rank and for two" {
	needs_mpi
	GAPBS='' BENCH_DIR=$PWD run -0 --separate-stderr \
		"$top_srcdir/tests/bench/graph.sh" --quick --only='^ranks' \
		--json="$PWD/raw"
	assert_stderr ''
	for n in 1 2; do
		assert_match "^ranks bfs kron10 n$n( +[0-9.]+){3} \\([0-9.]+-[0-9.]+\\)( +[0-9.]+){2}\$" \
			"$output"
	done
	is_json raw
	[ "$(grep -c '"row":"ranks bfs kron10 n2","side":"ranks"' raw)" = 1 ]
}

@test "--graph500 by one process has the same lines" {
	run -0 ocr-bfs --kron=8 --trials=5 --graph500
	[ "$(printf '%s\n' "${lines[@]%%:*}")" = "$(graph500_names)" ]
	assert_match '^graph_generation:               0$' "$output"
	assert_match '^num_mpi_processes:              1$' "$output"
	assert_match '^construction_time:              [0-9.e-]+$' "$output"
	assert_match '^bfs  max_validate:              -1$' "$output"
}

@test "what is wrong is said once, by its rank" {
	needs_mpi
	said() { printf '%s\n' "$stderr" | grep '^ocr-bfs:'; }
	run -1 --separate-stderr ranks 3 -s 4 g
	assert_output ''
	[ "$(said)" = 'ocr-bfs: source 4 is not in the graph: its ids are from 1 to 8' ]
	run -2 --separate-stderr ranks 2 -s 1 --to=7 g
	[ "$(said)" = 'ocr-bfs: --to: by one process, not by several' ]
	run -2 --separate-stderr ranks 2 -s 1
	[ "$(said)" = 'ocr-bfs: several processes cannot share standard input: give a FILE' ]
	run -2 --separate-stderr ranks 2 --sources=- g
	[ "$(said)" = 'ocr-bfs: several processes cannot share standard input: give --sources=FILE' ]
	run -1 --separate-stderr ranks 2 -s 1 none
	[ "$(said)" = 'ocr-bfs: cannot open none: No such file or directory' ]
	run -1 --separate-stderr ranks 2 -s 1 -o none/out g
	assert_match '^ocr-bfs: .*none/out.*: No such file or directory$' "$stderr"
}

@test "a damaged file is found, whichever rank has that part" {
	needs_mpi
	ocr-graph --kron=12 -o kron.ocrg
	size=$(stat -c %s kron.ocrg)
	for part in 10 50 90; do
		cp kron.ocrg bad.ocrg
		printf '\377\377\377\177' | dd of=bad.ocrg bs=1 conv=notrunc \
			seek=$((size * part / 100 & ~3)) 2> /dev/null
		run -1 --separate-stderr ranks 3 -s 5 bad.ocrg
		assert_output ''
		assert_match '^ocr-bfs: bad.ocrg: damaged: ' "$stderr"
	done
}

@test "ranks that see different graphs, or one that cannot read its own" {
	needs_mpi
	ocr-graph -o a.ocrg g
	ocr-graph --undirected -o b.ocrg g
	mkdir 0 1
	cp a.ocrg 0/g
	cp b.ocrg 1/g
	each() {
		timeout 300 mpirun --allow-run-as-root --oversubscribe -np 2 \
			sh -c 'cd "$OMPI_COMM_WORLD_RANK" && exec "$0" -s 1 g' \
			"$top_builddir/ocr-bfs" < /dev/null
	}
	run -1 --separate-stderr each
	assert_match '^ocr-bfs: ranks have different graphs$' "$stderr"
	cp g 1/g
	run -1 --separate-stderr each
	assert_match '^ocr-bfs: ranks have files of different kinds$' "$stderr"
	rm 1/g
	run -1 --separate-stderr each
	assert_match '^ocr-bfs: rank 1: cannot open g: No such file or directory$' "$stderr"
	printf 'what?\n' > 1/g
	run -1 --separate-stderr each
	assert_match '^ocr-bfs: rank 1: g: ' "$stderr"
	assert_output ''
}

# pair 'ARGUMENT... :' ARGUMENT...: two ranks, each with arguments of its own
pair() {
	local first=() bfs=$top_builddir/ocr-bfs
	while [ "$1" != : ]; do
		first+=("$1")
		shift
	done
	shift
	timeout 300 mpirun --allow-run-as-root --oversubscribe --bind-to none \
		-np 1 "$bfs" "${first[@]}" : -np 1 "$bfs" "$@" < /dev/null
}

@test "ranks with different options" {
	needs_mpi
	differ() {
		local want=$1
		shift
		run -1 --separate-stderr pair "$@"
		assert_output ''
		[ "$(grep '^ocr-bfs:' <<< "$stderr")" = "ocr-bfs: ranks have different $want" ]
	}
	differ sources -s 1 g : -s 2 g
	differ sources -s 1 g : -s 1,2 g
	differ --max-depth -s 1 g : -s 1 --max-depth=2 g
	differ --parents -s 1 --parents g : -s 1 g
	differ --verify -s 1 g : -s 1 --verify g
	differ --trials --trials=3 g : --trials=4 g
	differ --seed --trials=3 --seed=3 g : --trials=3 g
	differ 'forms of output' -s 1 --json g : -s 1 g
	differ '--directed or --undirected' -s 1 --undirected g : -s 1 g
	differ 'generated graphs' -s 1 --kron=5 : -s 1 --kron=6
	differ 'generated graphs' -s 1 --kron=5 : -s 1 g
	# As many of all, but not the same.
	printf '1 2\n2 3\n3 8\n1 7\n' > h
	differ graphs -s 1 g : -s 1 h
	# Threads, and where it goes, may differ.
	run -0 --separate-stderr pair -s 1 -j 1 g : -s 1 -j 2 -v g
	assert_output $'1\t0\n2\t1\n3\t2\n7\t3\n8\t1'
}

@test "a rank that does not begin ends all" {
	needs_mpi
	run --separate-stderr pair -s 1 g : -s 1 --no-such g
	[ "$status" -ne 0 ]
	assert_output ''
	assert_match '^ocr-bfs: .*--no-such' "$stderr"
	assert_no_child 'ocr-bfs -s 1 g'
}

@test "one vertex, no edges, more ranks than blocks of vertices" {
	needs_mpi
	echo '5 5' > loop
	printf '%%%%MatrixMarket matrix coordinate pattern general\n300 300 0\n' > none.mtx
	printf '1 2\n' > edge
	ocr-graph --undirected -o loop.ocrg loop
	ocr-graph -o none.ocrg none.mtx
	for f in loop loop.ocrg; do
		run -0 --separate-stderr ranks 4 -s 5 --parents --verify $f
		assert_output $'5\t0\t5'
		assert_stderr ''
	done
	for f in none.mtx none.ocrg; do
		run -0 --separate-stderr ranks 4 -s 300 --verify $f
		assert_output $'300\t0'
	done
	run -0 ranks 3 -s 2 --verify edge
	assert_output $'2\t0'
	run -1 --separate-stderr ranks 2 --trials=2 none.ocrg
	[ "$(grep '^ocr-bfs:' <<< "$stderr")" = 'ocr-bfs: the graph has no edges' ]
}

@test "a rank that is killed ends all, with a message" {
	needs_mpi
	seq 0 60000 | awk '{ print $1, $1 + 1 }' > path
	ocr-graph --undirected -o path.ocrg path
	ranks 3 --trials=1000 path.ocrg > out 2> err &
	job=$!
	eventually has_mapped 3
	kill -9 "$(started | tail -n 1)"
	status=0
	wait $job || status=$?
	[ $status -ne 0 ]
	[ ! -s out ]
	grep -q 'signal 9' err
	assert_no_child 'ocr-bfs --trials=1000'
}
started() { children "^$top_builddir/ocr-bfs --trials=1000"; }
# Not before: an mpirun whose ranks are still connecting may hang when one dies.
has_mapped() {
	local pid n=0
	for pid in $(started); do
		! grep -q path.ocrg "/proc/$pid/maps" 2> /dev/null || n=$((n + 1))
	done
	[ $n -eq "$1" ]
}
