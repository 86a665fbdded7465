# Graph programs on cards and threads: real XRT, ocr-softcard for hardware
# shellcheck disable=SC2154 # run sets output
load helper

setup() {
	needs_xrt
	cd "$BATS_TEST_TMPDIR" || return 1
	export OCR_LEASE_DIR=$PWD/leases
	unset OCR_DEVICES OCR_XCLBIN
	test=$top_builddir/tests/unit/test_graph_cards
	cp "$top_builddir/octoray-graph.so" "$top_srcdir/kernels/graph.desc" .
	# The same with all buffers in the host's memory.
	sed 's/^object/bank DDR[0] 512M\nbank HOST[0] 512M\nobject/' graph.desc |
		awk '{ print } /^register/ {
			split("offsets ends extra active values slots", arg, " ")
			for (i = 1; i <= 6; i++)
				print "connect", arg[i], "HOST[0]"
		}' > host.desc
}

# programs OPTION... DEVICES: breadth-first search, shortest paths and PageRank,
# with every schedule, are what plain loops make of them.
programs() {
	run setsid -w timeout -k 5 300 ocr-softcard "${@:1:$#-1}" -- \
		"$test" "${@: -1}"
	[ "$status" = 0 ] || { shows "$*" "$output"; return 1; }
}

@test "a card alone" {
	programs --cus 1 --kernels graph.desc xrt
}

@test "a card and threads" {
	programs --cus 1 --kernels graph.desc auto
}

@test "two cards of two units, and threads" {
	programs --cards 2 --cus 2 --kernels graph.desc auto
}

@test "two cards in memory that they share" {
	programs --cards 2 --cus 1 --memory coherent --kernels host.desc xrt
}

@test "units that fail or hang: their vertices go elsewhere" {
	programs --cards 2 --cus 1 --fail 0/k_scatter_1:2 \
		--hang 1/k_gather_1:1 --kernels graph.desc auto
}

@test "the programs with cards print what they print without" {
	ocr-graph --kron=9:8 --weights=uniform:1:50 -o g.ocrg
	for d in xrt auto; do
		for program in 'ocr-bfs -s 3' 'ocr-sssp -s 3'; do
			# shellcheck disable=SC2086 # words
			$program g.ocrg > want
			# shellcheck disable=SC2086 # words
			run -0 --separate-stderr setsid -w timeout -k 5 120 \
				ocr-softcard --cus 2 --kernels graph.desc -- \
				$program -D "$d" -o got g.ocrg
			assert_stderr ''
			cmp got want
		done
	done
	ocr-pagerank -j 1 --top=5 g.ocrg | cut -f 1 > want
	setsid -w timeout -k 5 120 ocr-softcard --kernels graph.desc -- \
		ocr-pagerank -D xrt --top=5 g.ocrg | cut -f 1 | cmp - want
}

@test "without its kernel a card is left alone, and named" {
	run -0 --separate-stderr setsid -w timeout -k 5 60 ocr-softcard -- \
		ocr-bfs -s 3 --kron=5 -D auto -o got
	assert_match '^ocr-bfs: xrt:0 \(.*\): not used: .* holds no kernel for this \(like k_scatter\)$' "$stderr"
}
