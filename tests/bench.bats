# tests/bench/compress.sh: that it runs and reports, not what it measures
# shellcheck disable=SC2154 # helper.bash and run set top_srcdir, output, ...
load helper

bench() {
	BENCH_DIR=$BATS_TEST_TMPDIR "$top_srcdir/tests/bench/compress.sh" "$@"
}

@test "--list names rows and runs nothing" {
	run -0 bench --list --only='^(memory|share) b64'
	assert_output "share b64 -1 t1
share b64 -1 t2
share b64 -3 t1
share b64 -3 t2
share b64 -6 t1
share b64 -6 t2
share b64 -9 t1
share b64 -9 t2
memory b64 -1 file
memory b64 -1 pipe
memory b64 -1 -d
memory b64 -3 file
memory b64 -3 pipe
memory b64 -3 -d
memory b64 -6 file
memory b64 -6 pipe
memory b64 -6 -d
memory b64 -9 file
memory b64 -9 pipe
memory b64 -9 -d"
	[ -z "$(ls -A "$BATS_TEST_TMPDIR")" ]
}

@test "a directory of files adds corpora" {
	mkdir "$BATS_TEST_TMPDIR/c"
	echo x > "$BATS_TEST_TMPDIR/c/a b"
	: > "$BATS_TEST_TMPDIR/c/empty"
	export CORPUS="$BATS_TEST_TMPDIR/c"
	run -0 bench --list --only='^pipeline [^bmt]'
	assert_output "pipeline a_b -1
pipeline a_b -3
pipeline a_b -6
pipeline a_b -9"
}

@test "a wrong option is usage" {
	run -2 --separate-stderr bench --quik
	assert_output ''
	assert_match '^usage: compress\.sh' "$stderr"
}

@test "corpora: the same path twice, made once" {
	run -0 "$top_srcdir/tests/bench/corpus.sh" b64 1 "$BATS_TEST_TMPDIR"
	assert_output "$BATS_TEST_TMPDIR/b64-1"
	before=$(cksum < "$BATS_TEST_TMPDIR/b64-1")
	run -0 "$top_srcdir/tests/bench/corpus.sh" b64 1 "$BATS_TEST_TMPDIR"
	[ "$before" = "$(cksum < "$BATS_TEST_TMPDIR/b64-1")" ]
	[ "$(wc -c < "$BATS_TEST_TMPDIR/b64-1")" = 1000000 ]
	run -1 "$top_srcdir/tests/bench/corpus.sh" none 1 "$BATS_TEST_TMPDIR"
	assert_output "corpus.sh: no corpus is called 'none'"
	[ "$(ls "$BATS_TEST_TMPDIR")" = b64-1 ]
}

# bats test_tags=slow
@test "--quick runs every kind of row and ends with the bars" {
	[ -x "$top_builddir/tests/bench/codec" ] ||
		skip 'make check-slow builds tests/bench/codec'
	run -0 --separate-stderr bench --quick --json="$BATS_TEST_TMPDIR/raw"
	assert_stderr ''
	for kind in 'compress mix -6 t2 pigz' 'ratio mix -6' \
		'decompress mix -6 t2 igzip' 'decompress mix of-gzip t2 igzip' \
		'share mix -6 t2' 'pipeline mix -6' 'memory mix -6 pipe'; do
		case $kind in
		*igzip) command -v igzip || continue ;;
		*pigz*) command -v pigz || continue ;;
		ratio*) command -v pigz || continue ;;
		esac
		assert_match "^$kind " "$output"
	done
	assert_match '^mix: -6, three processes / one .* (met|missed)$' "$output"
	assert_match '^load .* at the end$' "$output"
	# raw results: an object a line, and a line for each run
	run -1 grep -v '^{".*}$' "$BATS_TEST_TMPDIR/raw"
	[ "$(grep -c '"row":"pipeline mix -6"' "$BATS_TEST_TMPDIR/raw")" = 4 ]
}

@test "cards.sh names its rows" {
	run -0 "$top_srcdir/tests/bench/cards.sh" --list --only='^(scaling 10|together)'
	assert_output "scaling 10 x 1
scaling 10 x 2
scaling 10 x 4
scaling 10 x 10
together"
}

@test "hws.sh names its rows" {
	run -0 "$top_srcdir/tests/bench/hws.sh" --list --only='^(softcard|cards twitter)'
	assert_output "softcard cpu:1 card:1
softcard cpu:1 card:2
softcard cpu:2 card:1
softcard cpu:2 card:2
cards twitter/pr cpu:15 card:1
cards twitter/pr cpu:15 card:2
cards twitter/pr cpu:15 card:4
cards twitter/pr cpu:15 card:10
cards twitter/pr cpu:15 card:20
cards twitter/pr cpu:15 card:50
cards twitter/pr cpu:15 card:100"
	run -2 --separate-stderr "$top_srcdir/tests/bench/hws.sh" --quik
	assert_match '^usage: hws\.sh' "$stderr"
}

@test "graph.sh names its rows" {
	run -0 "$top_srcdir/tests/bench/graph.sh" --list --only='(grid|directed)'
	assert_output "sssp grid1000 t1 gapbs
sssp grid1000 t1 lagraph
sssp grid1000 t1 igraph
pagerank directed20 t1 gapbs
pagerank directed20 t1 lagraph
pagerank directed20 t1 igraph
sssp grid1000 t2 gapbs
sssp grid1000 t2 lagraph
sssp grid1000 t2 igraph
pagerank directed20 t2 gapbs
pagerank directed20 t2 lagraph
pagerank directed20 t2 igraph
user sssp grid1000
user pagerank directed20
accuracy pagerank directed20"
	run -0 "$top_srcdir/tests/bench/graph.sh" --list --only='^(memory|update) bfs'
	assert_output "memory bfs kron20
memory bfs kron22
memory bfs uniform20
update bfs kron20
update bfs uniform20"
	run -2 --separate-stderr "$top_srcdir/tests/bench/graph.sh" --quik
	assert_match '^usage: GAPBS=DIR \[LAGRAPH=DIR\] graph\.sh' "$stderr"
	run -0 "$top_srcdir/tests/bench/graph.sh" --list --scale=18 --only='^ranks'
	assert_output 'ranks bfs kron18'
	GAPBS='' run -1 --separate-stderr "$top_srcdir/tests/bench/graph.sh" --quick
	assert_stderr 'graph.sh: GAPBS=DIR: where the GAP benchmark was built'
}

# Without GAPBS; that they do run is in dist.bats.
@test "graph.sh says why ranks are not run" {
	! ldd "$top_builddir/ocr-bfs" | grep -q libmpi || skip 'built with MPI'
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\n' > "$BATS_TEST_TMPDIR/bin/mpirun"
	chmod +x "$BATS_TEST_TMPDIR/bin/mpirun"
	GAPBS='' BENCH_DIR=$BATS_TEST_TMPDIR PATH=$BATS_TEST_TMPDIR/bin:$PATH \
		run -0 --separate-stderr "$top_srcdir/tests/bench/graph.sh" \
		--quick --only='^ranks'
	assert_stderr ''
	[ "$(grep '^ranks bfs' <<< "$output")" = \
		'ranks bfs kron10       not run: ocr-bfs was built without MPI (--with-mpi)' ]
}

@test "hosts.sh names its rows" {
	run -0 "$top_srcdir/tests/bench/hosts.sh" --list
	assert_output "cost connect
cost bytes
cost chunk
scaling 1
scaling 2
scaling 4
mixed 4
latency
dask octoray
dask tuned
dask start
dask memory
dask kill"
	run -2 --separate-stderr "$top_srcdir/tests/bench/hosts.sh" --quik
	assert_match '^usage: hosts\.sh' "$stderr"
}

@test "hosts.sh without sshd says what is not run" {
	BENCH_DIR=$BATS_TEST_TMPDIR SSHD=/nonexistent run -0 --separate-stderr \
		"$top_srcdir/tests/bench/hosts.sh" --quick --only='^(cost|scaling|mixed|latency)'
	assert_match '^scaling +not run: no sshd \(' "$output"
	assert_match '^latency +not run: no sshd \(' "$output"
	assert_match '^4 hosts / sum of their speeds .*not measured$' "$output"
}

@test "infer.sh names its rows" {
	run -0 "$top_srcdir/tests/bench/infer.sh" --list
	assert_output "rates t1
rates t2
fp32
int8
load onnx
load qonnx
load ocrm
whole t1
whole t2
memory 10000
memory 100000
decode"
	run -0 "$top_srcdir/tests/bench/infer.sh" --list --only='^load .*onnx'
	assert_output "load onnx
load qonnx"
	run -2 --separate-stderr "$top_srcdir/tests/bench/infer.sh" --quik
	assert_match '^usage: \[DATA=DIR\] \[ORT_NODE=DIR\] infer\.sh' "$stderr"
}

@test "infer.sh without data says what is not run" {
	BENCH_DIR=$BATS_TEST_TMPDIR DATA='' ORT_NODE='' run -0 --separate-stderr \
		"$top_srcdir/tests/bench/infer.sh" --quick --only='^(load|whole|decode)'
	assert_match '^load ocrm +not run: no cifar_200\.bin in DATA/infer$' "$output"
	assert_match '^decode +not run: ' "$output"
	assert_match '^ms to load, ocrm +<=1 .*not measured$' "$output"
}

# paper7: on small files of our own, and a curl that needs no network: it copies
# the file of that name from $BATS_TEST_TMPDIR/net, half of it if CUT is set.
paper7_setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir net bin store
	cat > bin/curl <<-'END'
		#!/bin/sh
		while [ $# -gt 1 ]; do
			[ "$1" != -o ] || to=$2
			shift
		done
		from=../net/${1##*/}
		cd "$(dirname "$to")" || exit 23
		[ -e "$from" ] || exit 22
		[ -n "${CUT-}" ] || exec cp "$from" "$to"
		head -c 20 "$from" > "$to"
		exit 18
	END
	chmod +x bin/curl
	PATH=$PWD/bin:$PATH
	printf '# a path\n1 2\n2 3\n3 4\n' | gzip -n > net/path.txt.gz
	printf '7\t8\t100\n7 8 200\n8\t9\t300\n9 9 1\n' | gzip -n > net/twice.txt.gz
	printf '0 1\n' | gzip -n > net/part.00.gz
	printf '1 4\n1 4\n2 2\n' | gzip -n > net/part.01.gz
	cat > table <<-END
		# name vertices edges options sha256 url
		path 4 3 undirected $(sha256sum < net/path.txt.gz | cut -c 1-64) http://x.invalid/path.txt.gz

		twice 3 3 directed,weights=unit,dedup - http://x.invalid/twice.txt.gz
		parts 5 2 directed,base=0,dedup,no-self-loops - http://x.invalid/part.00.gz http://x.invalid/part.01.gz
	END
}
paper7() {
	PAPER7_TABLE=$BATS_TEST_TMPDIR/table PAPER7_DIR=$BATS_TEST_TMPDIR/store \
		BENCH_DIR=$BATS_TEST_TMPDIR "$top_srcdir/tests/bench/paper7.sh" \
		--reps=1 --trials=2 --jobs=2 --json="$BATS_TEST_TMPDIR/raw" "$@"
}
# table_of OUTPUT: its rows, figures as N.
table_of() { grep '^|' <<< "$1" | sed 1,2d | sed 's/[0-9][0-9]*\.[0-9]*/N/g'; }

@test "paper7: the seven graphs and what they need" {
	run -0 "$top_srcdir/tests/bench/paper7.sh" --list
	assert_output "livejournal: 4847571 vertices, 68993773 edges, about 2.3 GB of disk and 3.1 GB of memory
orkut: 3072441 vertices, 117185083 edges, about 3.7 GB of disk and 4.9 GB of memory
skitter: 1696415 vertices, 11095298 edges, about 0.4 GB of disk and 0.6 GB of memory
pokec: 1632803 vertices, 30622564 edges, about 1.0 GB of disk and 1.3 GB of memory
higgs: 456626 vertices, 14855842 edges, about 0.5 GB of disk and 0.6 GB of memory
stackoverflow: 2601977 vertices, 36233450 edges, about 1.2 GB of disk and 1.6 GB of memory
twitter: 61578415 vertices, 1468364884 edges, about 47.5 GB of disk and 62.7 GB of memory"
	run -2 --separate-stderr "$top_srcdir/tests/bench/paper7.sh" --fetch
	assert_match '^usage: paper7\.sh' "$stderr"
}

@test "paper7: without network nothing is run, and it says so" {
	mkdir "$BATS_TEST_TMPDIR/store"
	PAPER7_DIR=$BATS_TEST_TMPDIR/store BENCH_DIR=$BATS_TEST_TMPDIR run -0 \
		--separate-stderr "$top_srcdir/tests/bench/paper7.sh" --no-fetch \
		--anyway --json="$BATS_TEST_TMPDIR/raw"
	[[ $output != *stand-in* ]]
	[ "$(table_of "$output" | wc -l)" = 21 ]
	[ "$(table_of "$output" | grep -c 'not run | not run | not run | not run | not run |$')" = 21 ]
	assert_match "^- higgs: not run: higgs-social_network\.edgelist\.gz is not in $BATS_TEST_TMPDIR/store\$" \
		"$output"
	[ "$(grep -c '"not_run"' "$BATS_TEST_TMPDIR/raw")" = 21 ]
}

@test "paper7: fetches, checks, runs; stand-ins are called so" {
	paper7_setup
	run -0 --separate-stderr paper7
	assert_match '^\*\*These are stand-ins \(table\), not the graphs of the paper\.\*\*$' \
		"$output"
	[ "$(table_of "$output")" = "| path | bfs | N, N | N, N | N, N | N, N | N, N |
| path | sssp | N, N | N, N | N, N | N, N | N, N |
| path | pagerank | N, N | N, N | N, N | N, N | N, N |
| twice | bfs | N, N | N, N | N, N | N, N | N, N |
| twice | sssp | N, N | N, N | N, N | N, N | N, N |
| twice | pagerank | N, N | N, N | N, N | N, N | N, N |
| parts | bfs | N, N | N, N | N, N | N, N | N, N |
| parts | sssp | N, N | N, N | N, N | N, N | N, N |
| parts | pagerank | N, N | N, N | N, N | N, N | N, N |" ]
	[[ $output != *'not run'* ]]
	[ "$(grep -c '"stand_in":true,"grade":"H"' raw)" = 45 ]
	run -1 grep -v '^{".*}$' raw
	# a second time from what is there; no network
	rm bin/curl
	run -0 --separate-stderr paper7 --no-fetch --only='^twice bfs$'
	[ "$(table_of "$output")" = '| twice | bfs | N, N | N, N | N, N | N, N | N, N |' ]
}

@test "paper7: a wrong sum, cut files, other counts are not run" {
	paper7_setup
	printf '1 2\n' | gzip -n > net/path.txt.gz
	head -c 30 net/twice.txt.gz > store/twice.txt.gz
	printf '1 4\n1 5\n' | gzip -n > net/part.01.gz
	run -0 --separate-stderr paper7 --only=bfs
	[ "$(table_of "$output" | grep -c 'not run')" = 3 ]
	assert_match "^- path: not run: path\.txt\.gz: wrong sum, $(sha256sum < net/path.txt.gz | cut -c 1-64)\$" \
		"$output"
	assert_match '^- twice: not run: twice\.txt\.gz: cut or damaged$' "$output"
	assert_match '^- parts: not run: 6 vertices and 3 edges, published are 5 and 2$' \
		"$output"
	[ ! -e store/parts.ocrg ]
}

@test "paper7: a cut download leaves nothing behind" {
	paper7_setup
	rm net/part.01.gz
	CUT=yes run -0 --separate-stderr paper7 --only='^(path|twice) bfs'
	assert_match '^- path: not run: path\.txt\.gz cannot be fetched \(status 18\)$' \
		"$output"
	[ -z "$(ls store)" ]
	run -0 --separate-stderr paper7 --only='^parts bfs'
	assert_match '^- parts: not run: part\.01\.gz cannot be fetched \(status 22\)$' \
		"$output"
	[ "$(ls store)" = part.00.gz ]
}

@test "paper7: too large for this machine" {
	paper7_setup
	printf 'path 4000000000 900000000000 undirected - http://x.invalid/path.txt.gz\n' > table
	run -0 --separate-stderr paper7 --only=bfs
	assert_match '^- path: not run: needs about 28028\.0 GB of disk, .* GB are free$' \
		"$output"
	assert_stderr 'paper7.sh: path: about 28028.0 GB of disk and 36256.0 GB of memory'
	[ -z "$(ls store)" ]
}
