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
	assert_output "sssp grid1000 t1
pagerank directed20 t1
sssp grid1000 t2
pagerank directed20 t2"
	run -2 --separate-stderr "$top_srcdir/tests/bench/graph.sh" --quik
	assert_match '^usage: GAPBS=DIR graph\.sh' "$stderr"
	GAPBS='' run -1 --separate-stderr "$top_srcdir/tests/bench/graph.sh" --quick
	assert_stderr 'graph.sh: GAPBS=DIR: where the GAP benchmark was built'
}
