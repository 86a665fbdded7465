# Graph programs on cards and threads: real XRT, ocr-softcard for hardware
# shellcheck disable=SC2030,SC2031,SC2154 # run sets output
load helper

setup() {
	needs_xrt
	cd "$BATS_TEST_TMPDIR" || return 1
	export OCR_LEASE_DIR=$PWD/leases
	unset OCR_DEVICES OCR_XCLBIN
	test=$top_builddir/tests/unit/test_graph_cards
	cp "$top_builddir/octoray-kernels.so" .
	sed -n '/^object/p; /k_scatter/,/^register/p; /k_gather/,/^register/p' \
		"$top_srcdir/kernels/octoray.desc" > graph.desc
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

# moved PROGRAM OPTION...: what it moves to and from cards, its result being
# what threads alone find.
moved() {
	local words
	read -ra words <<< "$1"
	"${words[@]}" g.ocrg | cut -f 1 > want
	run -0 --separate-stderr setsid -w timeout -k 5 120 ocr-softcard \
		"${@:2}" -- "${words[@]}" -D xrt --stats=stats g.ocrg
	assert_stderr ''
	printf '%s\n' "$output" | cut -f 1 | cmp - want || return 1
	moved=$(sed 's/.*"moved_bytes":\([0-9]*\),"workers".*/\1/' stats)
}

@test "what moves is counted, and nothing moves in memory that is shared" {
	ocr-graph --kron=9:8 --weights=uniform:1:50 -o g.ocrg
	for program in 'ocr-bfs -s 3' 'ocr-sssp -s 3' 'ocr-pagerank --top=5' \
		'ocr-pagerank --top=5 --cards=push'; do
		moved "$program" --cus 2
		shows "$program" "$moved"
		[ "$moved" -gt 1000 ]
		# the sum of what the units moved, the graph not counted
		[ "$moved" = "$(grep -o '"worker":[^}]*' stats | awk '
			{ sub(/.*"moved_bytes":/, ""); n += $0 }
			END { printf "%d", n }')" ]
		moved "$program" --cus 2 --memory coherent --kernels host.desc
		[ "$moved" = 0 ]
		moved "$program" --cards 2 --memory coherent --kernels host.desc
		[ "$moved" = 0 ]
	done
}

@test "what each level moves adds up to the whole" {
	ocr-graph --kron=9:8 -o g.ocrg
	run -0 --separate-stderr setsid -w timeout -k 5 120 ocr-softcard -- \
		ocr-bfs -s 3 -D xrt --json --stats=stats g.ocrg
	assert_stderr ''
	[ "$(grep -o '"moved_bytes":[0-9]*' <<< "$output" |
		awk -F : '{ n += $2 } END { print n }')" = \
		"$(sed 's/.*"moved_bytes":\([0-9]*\),"workers".*/\1/' stats)" ]
}

@test "what a unit had not brought back is done again" {
	ocr-graph --kron=11:8 --weights=uniform:1:50 -o g.ocrg
	for program in ocr-bfs ocr-sssp; do
		$program -s 3 -o want g.ocrg
		run -0 --separate-stderr setsid -w timeout -k 5 120 \
			ocr-softcard --cus 2 --fail k_scatter_1:3 -- \
			$program -s 3 -D xrt --schedule=dynamic:1 -o got g.ocrg
		assert_match '^ocr-[bs].*: xrt:0/k_scatter_1: not used any more: a run ' "$stderr"
		cmp got want
	done
}

# pushes: how many iterations were, by the last --stats.
pushes() {
	sed 's/.*"iterations":\([0-9]*\),"pushes":\([0-9]*\),.*/\2 of \1/' stats
}

@test "PageRank by push moves the slots of arcs once for each iteration" {
	ocr-graph --kron=9:8 -o g.ocrg
	moved 'ocr-pagerank --top=5 --iterations=3 --cards=pull' --cus 1
	pull=$moved
	[ "$(pushes)" = '0 of 3' ]
	push='ocr-pagerank --top=5 --iterations=3 --cards=push'
	moved "$push --schedule=static" --cus 1
	[ "$(pushes)" = '3 of 3' ]
	[ "$moved" -gt $((2 * pull)) ]
	once=$moved
	moved "$push --schedule=dynamic:1" --cus 1
	[ "$(grep -o '"launches":[0-9]*' stats | awk -F: '{ n += $2 }
		END { print n }')" -ge 6 ]
	[ "$moved" = "$once" ]
}

@test "PageRank pushes or pulls by what that costs" {
	# many arcs: push is not tried
	ocr-graph --kron=9:8 -o g.ocrg
	moved 'ocr-pagerank --top=5 --iterations=6' --cus 1
	[ "$(pushes)" = '0 of 6' ]
	# in shared memory it is, and on a graph of few arcs
	moved 'ocr-pagerank --top=5 --iterations=6' --memory coherent \
		--kernels host.desc
	assert_match '^[1-5] of 6$' "$(pushes)"
	printf '%d %d\n' 1 2 2 3 3 1 3 4 4 5 > g.txt
	ocr-graph --directed g.txt -o g.ocrg
	moved 'ocr-pagerank --top=2 --iterations=6' --cus 1
	assert_match '^[1-5] of 6$' "$(pushes)"
}

@test "what cards push wrong, or lose, is done again" {
	ocr-graph --kron=9:8 -o g.ocrg
	ocr-pagerank --top=5 g.ocrg | cut -f 1 > want
	push='-D xrt --cards=push --top=5'
	# A job a sweep: two would flip the byte twice.
	# shellcheck disable=SC2086 # words
	run -0 --separate-stderr setsid -w timeout -k 5 120 ocr-softcard \
		--corrupt k_scatter_1:2 -- \
		ocr-pagerank $push --schedule=static g.ocrg
	cut -f 1 <<< "$output" | cmp - want
	assert_match '^ocr-pagerank: xrt:0/k_scatter_1: not used any more: an arc carries what it should not' "$stderr"
	# shellcheck disable=SC2086 # words
	run -0 --separate-stderr setsid -w timeout -k 5 120 ocr-softcard \
		--cus 2 --fail k_scatter_1:3 -- \
		ocr-pagerank $push --schedule=dynamic:1 g.ocrg
	cut -f 1 <<< "$output" | cmp - want
	assert_match '^ocr-pagerank: xrt:0/k_scatter_1: not used any more: a run ' "$stderr"
}

@test "--cards without cards: a warning" {
	printf '1 2\n' > e
	for how in push pull; do
		run -0 --separate-stderr ocr-pagerank --cards=$how -o got e
		assert_stderr "ocr-pagerank: --cards=$how: there are no cards"
	done
	run -0 --separate-stderr ocr-pagerank --cards=auto --json e
	assert_stderr ''
	case $output in *'"pushes"'*) false ;; esac
}

@test "a card has the graph once, whatever its units" {
	ocr-graph --kron=9:8 -o g.ocrg
	arcs=$(ocr-bfs -s 3 --json g.ocrg | sed 's/.*"arcs":\([0-9]*\).*/\1/')
	for n in 1 4; do
		run -0 --separate-stderr setsid -w timeout -k 5 120 \
			ocr-softcard --trace --cus "$n" -- \
			ocr-bfs -s 3 -D xrt -o got g.ocrg
		# the ends of its arcs
		[ "$(grep -c "copy to card .*($((4 * arcs)))$" <<< "$stderr")" = 1 ]
	done
}

@test "without its kernel a card is left alone, and named" {
	cp "$top_builddir/octoray-vitis.so" "$top_srcdir/kernels/vitis.desc" .
	run -0 --separate-stderr setsid -w timeout -k 5 60 ocr-softcard \
		--kernels vitis.desc -- ocr-bfs -s 3 --kron=5 -D auto -o got
	assert_match '^ocr-bfs: xrt:0 \(.*\): not used: .* holds no kernel for this \(like k_scatter\)$' "$stderr"
}
