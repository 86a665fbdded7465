# ocr-graph: formats in, .ocrg and text out, what is changed on the way
# shellcheck disable=SC2154 # run sets output and stderr
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	TMPDIR=$BATS_TEST_TMPDIR
	export TMPDIR
	printf '1 2\n2 3\n3 7\n1 8\n' > g
	hint="try 'ocr-graph --help'"
}

# edges SEED N M: M random edges of N vertices
edges() {
	awk -v x="$1" -v n="$2" -v m="$3" 'function r() {
		return x = (x * 16807) % 2147483647
	} BEGIN { for (i = 0; i < m; i++) print r() % n + 1, r() % n + 1 }'
}

# files: all that tests have made here
files() { find . -mindepth 1 ! -name 'separate-stderr-*' -printf '%P\n' | sort; }

@test "--show" {
	run -0 --separate-stderr ocr-graph --show g
	assert_output $'vertices\t5
edges\t4
arcs\t4
directed\tyes
order\thubs
weights\tnone
out-degree\tmin 0, mean 0.80, max 2
in-degree\tmin 0, mean 0.80, max 1
isolated\t0
loops\t0
ids\t1 to 8, with gaps
bytes\t424'
	assert_stderr ''
	run -0 --separate-stderr ocr-graph --show --undirected --base=0 g
	assert_output $'vertices\t9
edges\t4
arcs\t8
directed\tno
order\thubs
weights\tnone
degree\tmin 0, mean 0.89, max 2
isolated\t4
loops\t0
ids\t0 to 8
bytes\t368'
	printf '5 5 3\n5 6 250\n' | ocr-graph --show > out
	grep -qx $'weights\twhole, 3 to 250' out
	grep -qx $'loops\t1' out
	printf '5 5 0.25\n5 6 1e3\n' | ocr-graph --show - > out
	grep -qx $'weights\treal, 0.25 to 1000' out
}

@test "text to .ocrg and back" {
	edges 1 5000 30000 > e
	ocr-graph e -o e.ocrg
	for j in 1 2 5; do
		ocr-graph -j $j e | cmp - e.ocrg
		ocr-graph -j $j --to=el e.ocrg | sort | cmp - <(sort e)
	done
	ocr-graph --to=el < e.ocrg | cmp - <(ocr-graph --to=el e)
	for v in --show --to=el; do
		ocr-graph $v e | cmp - <(ocr-graph $v e.ocrg)
	done
	# an undirected one: each edge once, up
	ocr-graph --undirected --to=el e | sort |
		cmp - <(awk '{ print $1 < $2 ? $1 : $2, $1 < $2 ? $2 : $1 }' e | sort)
	# weights
	awk '{ print $0, NR % 300 }' e > w
	ocr-graph w | ocr-graph --to=el | sort | cmp - <(sort w)
	awk '{ print $0, NR / 8 }' e > w
	ocr-graph w | ocr-graph --to=el | sort | cmp - <(sort w)
	[ "$(files)" = $'e\ne.ocrg\ng\nw' ]
}

@test "several files become one graph" {
	edges 3 100 400 > e
	head -n 100 e > a
	sed -n '101,250p' e | gzip > b
	sed -n '251,$p' e > c
	ocr-graph c -o c.ocrg
	ocr-graph a b c.ocrg --to=el | sort | cmp - <(sort e)
	ocr-graph a - c < b -o join.ocrg
	for s in 1 7; do
		ocr-bfs -s $s join.ocrg | cmp - <(ocr-bfs -s $s e)
	done
	# an undirected file that has each edge twice, and one that has it once
	ocr-graph --undirected a -o a.ocrg
	printf '%%%%MatrixMarket matrix coordinate pattern symmetric\n200 200 2\n2 1\n200 3\n' > m.mtx
	ocr-graph a.ocrg m.mtx --to=el | sort > out
	{
		awk '{ print $1 < $2 ? $1 : $2, $1 < $2 ? $2 : $1 }' a
		printf '1 2\n3 200\n'
	} | sort | cmp - out
	# vertices without edges stay
	ocr-graph a.ocrg m.mtx --show | grep -qx $'vertices\t200'
	run -2 --separate-stderr ocr-graph a m.mtx
	assert_stderr 'ocr-graph: some of the files are directed graphs, some are not: say --directed or --undirected'
	run -0 ocr-graph a m.mtx --undirected --show
	assert_match $'^directed\tno$' "$output"
	run -1 --separate-stderr ocr-graph a missing --to=el
	assert_stderr 'ocr-graph: cannot open missing: No such file or directory'
	assert_output ''
}

@test "one graph in five formats" {
	printf '%s\n' '%%MatrixMarket matrix coordinate integer general' \
		'% a comment' '4 4 4' '1 2 5' '2 3 6' '3 1 7' '1 4 8' > a.mtx
	printf '%s\n' 'c a comment' 'p sp 4 4' 'a 1 2 5' 'a 2 3 6' 'a 3 1 7' \
		'a 1 4 8' > a.gr
	printf '# a comment\r\n1\t2\t5\r\n2\t3\t6\r\n3\t1\t7\r\n1\t4\t8\r\n' > a.txt
	printf '%s\n' '1 2 5' '2 3 6' '3 1 7' '1 4 8' > a.wel
	printf '%s\n' WeightedAdjacencyGraph 4 4 0 2 3 4 1 3 2 0 5 8 6 7 > a.adj
	ocr-graph --to=el a.wel > want
	[ "$(sort want)" = $'1 2 5\n1 4 8\n2 3 6\n3 1 7' ]
	for f in a.mtx a.gr a.txt; do
		ocr-graph --to=el $f | cmp - want
		ocr-graph --show $f | cmp - <(ocr-graph --show --base=1 a.wel)
	done
	# without ids of their own: --base
	ocr-graph --to=el --base=1 a.adj | cmp - want
	ocr-graph --to=el a.adj | cmp - <(awk '{ print $1 - 1, $2 - 1, $3 }' want)
	ocr-graph --to=el --base=0 a.mtx |
		cmp - <(awk '{ print $1 - 1, $2 - 1, $3 }' want)
	ocr-graph --to=el --base=1000000000000 a.gr |
		cmp - <(awk '{ printf "%.0f %.0f %s\n", $1 + 999999999999, $2 + 999999999999, $3 }' want)
	# a name can be wrong, the content decides; --format decides over that
	cp a.mtx b.gr
	ocr-graph --to=el b.gr | cmp - want
	run -1 --separate-stderr ocr-graph --format=dimacs --to=el b.gr
	assert_match '^ocr-graph: b.gr: line 1: ' "$stderr"
	assert_output ''
}

@test "--base: all numbers from there on are vertices" {
	printf '3 5\n5 9\n' > e
	ocr-graph --show e | grep -qx $'ids\t3 to 9, with gaps'
	ocr-graph --show --base=3 e | grep -qx $'ids\t3 to 9'
	ocr-graph --show --base=3 e | grep -qx $'vertices\t7'
	ocr-graph --base=0 e | ocr-graph --show | grep -qx $'vertices\t10'
	ocr-bfs --base=0 -s 4 e | cmp - <(printf '4\t0\n')
	run -1 --separate-stderr ocr-graph --base=4 e
	assert_stderr 'ocr-graph: --base: there is a vertex 3, below 4'
	printf '3 5\n5 18446744073709551615\n' > e
	run -1 --separate-stderr ocr-graph --base=0 e
	assert_stderr 'ocr-graph: --base: ids from 0 to 18446744073709551615 are more than 4294967294'
	# without it they need not be near each other
	ocr-bfs -s 3 e | cmp - <(printf '3\t0\n5\t1\n18446744073709551615\t2\n')
}

@test "--dedup, --no-self-loops, --directed, --undirected" {
	printf '%s\n' '1 2 9' '2 1 4' '1 2 7' '3 3 1' '2 3 8' '3 3 2' > e
	el() { ocr-graph --to=el "$@" e | sort; }
	[ "$(el)" = "$(sort e)" ]
	[ "$(el --dedup)" = $'1 2 7\n2 1 4\n2 3 8\n3 3 1' ]
	[ "$(el --dedup --undirected)" = $'1 2 4\n2 3 8\n3 3 1' ]
	[ "$(el --no-self-loops)" = $'1 2 7\n1 2 9\n2 1 4\n2 3 8' ]
	[ "$(el --no-self-loops --dedup --undirected)" = $'1 2 4\n2 3 8' ]
	[ "$(el --weights=unit --dedup --undirected)" = $'1 2 1\n2 3 1\n3 3 1' ]
	# the same from an .ocrg that is built anew
	ocr-graph e -o e.ocrg
	el() { ocr-graph --to=el "$@" e.ocrg | sort; }
	[ "$(el --dedup)" = $'1 2 7\n2 1 4\n2 3 8\n3 3 1' ]
	[ "$(el --no-self-loops --dedup --undirected)" = $'1 2 4\n2 3 8' ]
	ocr-graph --undirected e -o e.ocrg
	[ "$(el --directed)" = "$(awk '{ print } $1 != $2 { print $2, $1, $3 }' e | sort)" ]
	[ "$(el --undirected --dedup)" = $'1 2 4\n2 3 8\n3 3 1' ]
	# nothing to change
	ocr-graph --undirected e.ocrg | cmp - e.ocrg
}

@test "--order: by id, nothing laid out, and an .ocrg keeps that" {
	edges 9 400 6000 | awk '{ print $1, $2 % 40 + 1, $1 % 9 + 1 }' > e
	ocr-graph e -o hubs
	ocr-graph --order=ids e -o ids
	run ! cmp -s hubs ids
	ocr-graph --show hubs | grep -qx $'order\thubs'
	ocr-graph --show ids | grep -qx $'order\tids'
	ocr-graph --show ids | grep -v '^order' |
		cmp - <(ocr-graph --show hubs | grep -v '^order')
	ocr-graph --to=el ids > el
	sort -cn -k1,1 -k2,2 el
	ocr-graph --to=el hubs > el
	run ! sort -cn -k1,1 -k2,2 el
	ocr-graph --order=ids -j 3 e | cmp - ids
	# taken as it is, or built anew
	ocr-graph ids | cmp - ids
	ocr-graph --order=ids ids | cmp - ids
	ocr-graph --order=hubs ids | cmp - hubs
	ocr-graph --order=ids hubs | cmp - ids
	ocr-graph --order=hubs e | cmp - hubs
	# it stays when something else is changed
	ocr-graph --dedup ids | cmp - <(ocr-graph --dedup --order=ids e)
	ocr-graph --undirected ids | ocr-graph --show | grep -qx $'order\tids'
	ocr-graph ids ids | ocr-graph --show | grep -qx $'order\tids'
	ocr-graph ids hubs | ocr-graph --show | grep -qx $'order\thubs'
	run -0 --separate-stderr ocr-graph -v --show ids
	assert_match ' 6000 directed edges with weights, in the order of ids' "$stderr"
	run -2 --separate-stderr ocr-graph --order=random e
	assert_match "^ocr-graph: --order: 'random' is not hubs or ids" "$stderr"
	assert_output ''
}

@test "--order: the same results" {
	# hubs, so that there is something to lay out
	ocr-graph --kron=12 --weights=uniform:1:255 -o hubs
	ocr-graph --kron=12 --weights=uniform:1:255 --order=ids -o ids
	ocr-graph --kron=12 --weights=uniform:1:255 --directed --order=ids -o one
	s=$(ocr-bfs --trials=1 hubs | awk 'NR == 2 { print $1 }')
	for tool in ocr-bfs ocr-sssp; do
		$tool -s "$s" --verify hubs > want
		for file in hubs ids; do
			$tool -s "$s" --verify "$file" | cmp - want
			$tool -s "$s" --order=ids "$file" | cmp - want
			$tool -s "$s" --order=hubs "$file" | cmp - want
		done
		$tool -s "$s" --verify one > want
		$tool -s "$s" --order=hubs one | cmp - want
	done
	for file in ids one; do
		ocr-pagerank --tolerance=1e-12 --verify "$file" | sort -n > a
		ocr-pagerank --tolerance=1e-12 --order=hubs "$file" | sort -n > b
		[ "$(wc -l < a)" = 4096 ]
		paste a b | awk '$1 != $3 || ($2 - $4) ^ 2 > 1e-20 { exit 1 }'
	done
}

@test "--weights" {
	printf '1 2 9\n2 3 8\n' > e
	[ "$(ocr-graph --to=el --weights=column e)" = $'1 2 9\n2 3 8' ]
	[ "$(ocr-graph --to=el --weights=unit e)" = $'1 2 1\n2 3 1' ]
	[ "$(ocr-graph --to=el --weights=column g | head -n 1)" = '1 2 1' ]
	[ "$(ocr-graph --to=el --weights=uniform:7:7 g | head -n 1)" = '1 2 7' ]
	edges 5 300 3000 > e
	ocr-graph --undirected --weights=uniform:3:12 e -o e.ocrg
	ocr-graph --undirected --weights=uniform:3:12 -j 3 e | cmp - e.ocrg
	ocr-graph --to=el e.ocrg | awk '$3 < 3 || $3 > 12 { exit 1 }
		{ seen[$3] } END { exit length(seen) != 10 }'
	ocr-graph --undirected --weights=uniform:3:12 --seed=2 e > other
	run ! cmp -s other e.ocrg
}

@test "generated graphs: the same for the same seed" {
	for shape in kron uniform powerlaw; do
		ocr-graph --$shape=10 -o a
		ocr-graph --$shape=10:16 --seed=1 -j 3 | cmp - a
		ocr-graph --$shape=10 --seed=2 -o b
		run ! cmp -s a b
		run -0 ocr-graph --show a
		assert_match $'^vertices\t1024$' "$output"
		assert_match $'^edges\t16384$' "$output"
		assert_match $'^directed\tno$' "$output"
		assert_match $'^ids\t0 to 1023$' "$output"
	done
	run -0 ocr-graph --kron 1:1 --show
	assert_match $'^vertices\t2$' "$output"
	run -0 ocr-graph --uniform=12:3 --show
	assert_match $'^edges\t12288$' "$output"
}

@test "a damaged .ocrg" {
	edges 7 500 3000 | awk '{ print $0, NR }' | ocr-graph -o whole
	size=$(wc -c < whole)
	for len in 1 8 63 64 100 $((size / 2)) $((size - 1)); do
		head -c "$len" whole > part
		for tool in 'ocr-graph --show' 'ocr-bfs -s 1' 'ocr-sssp -s 1' ocr-pagerank; do
			# shellcheck disable=SC2086 # words
			run -1 --separate-stderr $tool --format=ocrg part
			assert_match '^ocr-[a-z]*: part: ' "$stderr"
			assert_output ''
		done
	done
	for at in 0 4 8 12 16 24 32 40 48 56 64 100 500 1000 5000 $((size / 2)) \
		$((size - 9)) $((size - 1)); do
		cp whole bad
		byte=$(od -An -tu1 -j "$at" -N 1 whole)
		printf '%b' "\\0$(printf %o $((byte ^ 0x41)))" |
			dd of=bad bs=1 seek="$at" conv=notrunc status=none
		run -1 --separate-stderr ocr-bfs -s 1 --format=ocrg bad
		assert_match '^ocr-bfs: bad: ' "$stderr"
		assert_output ''
	done
	{
		cat whole
		printf x
	} > long
	run -1 --separate-stderr ocr-bfs -s 1 long
	assert_match '^ocr-bfs: long: ' "$stderr"
}

@test "files that cannot be read" {
	run -1 --separate-stderr ocr-graph missing
	assert_stderr 'ocr-graph: cannot open missing: No such file or directory'
	run -1 --separate-stderr ocr-graph --show .
	assert_stderr 'ocr-graph: cannot read .: Is a directory'
	: > empty
	run -1 --separate-stderr ocr-graph empty -o out
	assert_stderr 'ocr-graph: empty: the file is empty'
	run -1 --separate-stderr ocr-graph -o out < empty
	assert_stderr 'ocr-graph: standard input: the file is empty'
	printf '1 2\n3 x\n' > bad
	run -1 --separate-stderr ocr-graph bad -o out
	assert_match '^ocr-graph: bad: line 2: ' "$stderr"
	printf '1 2\n3 18446744073709551616\n' > bad
	run -1 --separate-stderr ocr-graph bad -o out
	assert_match '^ocr-graph: bad: line 2: ' "$stderr"
	[ "$(files)" = $'bad\nempty\ng' ]
}

@test "full disk, terminal, output that is there" {
	run -1 --separate-stderr sh -c 'ocr-graph --kron=10 > /dev/full'
	assert_stderr 'ocr-graph: cannot write to stdout: No space left on device'
	run -1 --separate-stderr sh -c 'ocr-graph --kron=10 --to=el > /dev/full'
	assert_stderr 'ocr-graph: cannot write to stdout: No space left on device'
	run -1 --separate-stderr sh -c 'ocr-graph --show g > /dev/full'
	assert_stderr 'ocr-graph: cannot write to stdout: No space left on device'
	run -1 --separate-stderr ocr-graph g -o no/out
	assert_stderr 'ocr-graph: cannot create no/out: No such file or directory'
	run -0 --separate-stderr bash -c \
		'{ ocr-graph --uniform=15 --to=el; echo $? >&2; } | head -n 1 | wc -l'
	assert_stderr 141
	assert_output 1
	# an old file is replaced, also by a graph that was made of it
	echo old > out
	ocr-graph g -o out
	ocr-graph --undirected out -o out
	ocr-graph --to=el out | sort | cmp - <(sort g)
	[ "$(files)" = $'g\nout' ]
	needs_terminal
	run -2 script -qec 'ocr-graph g' /dev/null
	assert_output $'ocr-graph: binary output is not written to a terminal; use -o FILE\r'
	run -0 script -qec 'ocr-graph --to=el g' /dev/null
	assert_output $'1 2\r\n1 8\r\n2 3\r\n3 7\r'
	run -2 script -qec 'ocr-graph --show' /dev/null
	assert_output $'ocr-graph: no graph: give a FILE, or --kron=16 to try it out\r'
}

@test "usage" {
	run -2 --separate-stderr ocr-graph --to=xls g
	assert_stderr $'ocr-graph: --to: \'xls\' is not ocrg or el\n'"$hint"
	run -2 --separate-stderr ocr-graph --show --to=el g
	assert_stderr 'ocr-graph: --show and --to: one of them'
	run -2 --separate-stderr ocr-graph --kron=9 g
	assert_stderr 'ocr-graph: a file and --kron, --uniform or --powerlaw: one of them'
	run -2 --separate-stderr ocr-graph -s 1 g
	assert_stderr $'ocr-graph: unknown option \'-s\'\n'"$hint"
}

@test "--stats" {
	run -0 --separate-stderr ocr-graph --kron=10 --stats -o out
	assert_match '^\{"tool":"ocr-graph","version":"[^"]*","status":0,.*"graph":\{"vertices":1024,"edges":16384,.*\}\}$' "$stderr"
	python3 -c 'pass' 2> /dev/null || return 0
	printf '%s\n' "$stderr" | python3 -c 'import json, sys; json.load(sys.stdin)'
}

@test "no vertices, no edges" {
	head='%%MatrixMarket matrix coordinate pattern general'
	printf '%s\n0 0 0\n' "$head" > n0.mtx
	printf '%s\n3 3 0\n' "$head" > n3.mtx
	ocr-graph n0.mtx -o n0.ocrg
	ocr-graph n3.mtx -o n3.ocrg
	for f in n0.mtx n0.ocrg; do
		ocr-graph --show $f | grep -qx $'vertices\t0'
		for tool in ocr-bfs ocr-sssp; do
			run -1 --separate-stderr $tool -s 1 $f
			assert_stderr "$tool: the graph has no vertices"
			assert_output ''
		done
		run -0 --separate-stderr ocr-pagerank $f
		assert_stderr ''
		assert_output ''
	done
	for f in n3.mtx n3.ocrg; do
		for tool in ocr-bfs ocr-sssp; do
			run -0 --separate-stderr $tool -s 2 $f
			assert_output $'2\t0'
			run -1 --separate-stderr $tool --trials=2 $f
			assert_stderr "$tool: the graph has no edges"
		done
		run -0 ocr-pagerank --top=2 $f
		[ "$(cut -f 1 <<< "$output")" = $'1\n2' ]
		run -0 ocr-graph --to=el $f
		assert_output ''
	done
}

@test "KONECT" {
	printf '%% asym posweighted\n%% 3 3 3\n1 2 5 1217567877\n2 3 .5 1217567878\n3 1 7 9\n' > k
	run -0 --separate-stderr ocr-graph --to=el k
	assert_output $'1 2 5\n2 3 0.5\n3 1 7'
	assert_stderr ''
	ocr-graph --show k | grep -qx $'directed\tyes'
	# the first row is no METIS header
	printf '%% sym unweighted\n2 3 1 5\n3 1 1 6\n1 2 1 7\n' > k
	run -0 --separate-stderr ocr-graph --to=el k
	assert_output $'1 2\n1 3\n2 3'
	assert_stderr ''
	printf '%% sym positive\n1 2 9\n2 3 1\n' > k
	run -0 --separate-stderr ocr-sssp -s 1 k
	assert_output $'1\t0\n2\t1\n3\t2'
	assert_stderr 'ocr-sssp: k: the third column counts edges: edges get no weights (--weights=column takes them from there)'
	run -0 --separate-stderr ocr-sssp -s 1 --weights=column k
	assert_output $'1\t0\n2\t9\n3\t10'
	assert_stderr ''
	printf '%% bip unweighted\n1 2\n' > k
	run -1 --separate-stderr ocr-graph k
	assert_stderr 'ocr-graph: k: line 1: a bipartite graph: the same id is one vertex in the first column and another in the second: add the highest id of the first column to the second, and leave out this line'
	printf '%% sym dynamic\n1 2 -1 5\n' > k
	run -1 --separate-stderr ocr-bfs -s 1 k
	assert_stderr 'ocr-bfs: k: line 1: a dynamic graph: its lines add edges and remove them, which is not read'
}

@test "times are no weights, unless that is asked for" {
	printf '9 8 1217567877\n1 1 1217573801\n9 8 1217617639\n8 1 1217617640\n' > sx
	why='sx: the third column looks like Unix times: edges get no weights (--weights=column takes them from there)'
	run -0 --separate-stderr ocr-graph --to=el sx
	assert_output $'1 1\n8 1\n9 8\n9 8'
	assert_stderr "ocr-graph: $why"
	# static edges
	run -0 --separate-stderr ocr-graph -q --dedup --to=el sx
	assert_output $'1 1\n8 1\n9 8'
	assert_stderr ''
	run -0 --separate-stderr ocr-graph --weights=column --dedup --to=el sx
	assert_output $'1 1 1217573801\n8 1 1217617640\n9 8 1217567877'
	assert_stderr ''
	run -0 --separate-stderr ocr-sssp -s 9 sx
	assert_output $'1\t2\n8\t1\n9\t0'
	assert_stderr "ocr-sssp: $why"
	for tool in 'ocr-bfs -s 9' ocr-pagerank; do
		# shellcheck disable=SC2086 # words
		run -0 --separate-stderr $tool sx
		assert_stderr ''
	done
}

# bars TEXT: what bars have said, without numbers
bars() {
	tr '\r' '\n' <<< "$1" | sed -n 's/\x1b\[K$//; s/^ocr-[a-z]*   //; s/  .*//p' |
		grep -v '^$'
}

@test "--progress: what goes on" {
	printf '1 2\n2 3\n3 99999999999\n' > e
	gzip -k e
	run -0 --separate-stderr ocr-graph --progress=always e.gz -o out
	[ "$(bars "$stderr")" = 'inflating
looking for ids
numbering vertices
collecting ids
numbering vertices
counting edges
filling rows
counting in-edges
ordering vertices
filling in-rows
sorting rows
sorting in-rows
making checksums
writing' ]
	run -0 --separate-stderr ocr-graph --progress=always --kron=6 --dedup -o small
	[ "$(bars "$stderr")" = 'counting edges
filling rows
looking for doubles
dropping doubles
ordering vertices
sorting rows
making checksums
writing' ]
	# nothing is left of it when results are written
	run -0 bash -c 'ocr-bfs -s 1 --progress=always out 2>&1'
	assert_match $'^\r\x1b\\[K1\t0$|\x1b\\[K1\t0$' "$output"
	for more in --progress=never --progress=auto '--progress=always -q'; do
		# shellcheck disable=SC2086 # words
		run -0 --separate-stderr ocr-bfs -s 1 $more out
		assert_stderr ''
	done
}

@test "the same errors in all programs" {
	ocr-graph g -o whole.ocrg
	head -c 800 whole.ocrg > part
	cp whole.ocrg bad
	printf '\377' | dd of=bad bs=1 seek=863 conv=notrunc status=none
	cp whole.ocrg worse
	printf '\377' | dd of=worse bs=1 seek=40 conv=notrunc status=none
	printf '1 2\n3 18446744073709551616\n' > large
	printf '%%%%MatrixMarket matrix coordinate pattern general\n3 3 5\n1 2\n2 3\n' > m.mtx
	printf '%%%%MatrixMarket matrix coordinate pattern general\n2 2 2\n1 2\n2 3\n' > n.mtx
	printf '%%%%MatrixMarket matrix coordinate pattern general\n99999999999 99999999999 1\n1 2\n' > huge.mtx
	printf 'p sp 3 9\na 1 2 3\n' > m.gr
	printf 'AdjacencyGraph\n3\n9\n0\n1\n2\n' > m.adj
	printf '\0\377\377\377\377\377\377\377\177\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' > m.sg
	while IFS='|' read -r file why; do
		for tool in 'ocr-graph --show' 'ocr-bfs -s 1' 'ocr-sssp -s 1' ocr-pagerank; do
			# shellcheck disable=SC2086 # words
			run -1 --separate-stderr $tool $file
			assert_stderr "${tool%% *}: $file: $why"
			assert_output ''
		done
	done <<- 'END'
		part|cut: 800 bytes, it says 872
		bad|damaged: checksum of the ids
		worse|damaged: checksum of the header
		large|line 2: vertex id 18446744073709551616 is too large
		m.mtx|line 2: 5 entries are announced, 2 are there
		n.mtx|line 4: vertex 3 is not within 1 to 2
		huge.mtx|line 2: 99999999999 rows: more than 4294967294 vertices are not read
		m.gr|line 1: 9 arcs are announced, 1 are there
		m.adj|3 vertices and 9 edges are promised, the file is too short for them
		m.sg|25 bytes are not what a .sg graph of 3 vertices and 9223372036854775807 arcs has
	END
	# weights are an error to those who take them
	printf '1 2 5\n2 3 nan\n3 4 -7\n' > w
	for tool in 'ocr-graph --show' 'ocr-sssp -s 1' 'ocr-bfs -s 1 --weights=column'; do
		# shellcheck disable=SC2086 # words
		run -1 --separate-stderr $tool w
		assert_stderr "${tool%% *}: w: line 2: weight 'nan' is not a finite number"
	done
	for tool in 'ocr-graph --show --weights=unit' 'ocr-sssp -s 1 --weights=unit' \
		'ocr-bfs -s 1' ocr-pagerank; do
		# shellcheck disable=SC2086 # words
		run -0 --separate-stderr $tool w
		assert_stderr ''
	done
}

@test "not enough memory: how much is needed" {
	skip_sanitizers 'they need address space without end'
	for tool in ocr-graph 'ocr-bfs -s 1' 'ocr-sssp -s 1' ocr-pagerank; do
		run -1 --separate-stderr bash -c "ulimit -v 400000; $tool -j 1 --uniform=26 -o out"
		assert_stderr "${tool%% *}: offsets of rows: 513 MiB of memory are needed"
	done
	[ "$(files)" = g ]
	free=$(awk '/^(MemAvailable|SwapFree):/ { n += $2 } END { print int(n / 1024) }' /proc/meminfo)
	[ "$free" -lt 30000 ] || skip 'so much memory is there'
	run -1 --separate-stderr ocr-graph --kron=31 -o out
	assert_match '^ocr-graph: the graph: at least 32769 MiB of memory are needed, [0-9]+ MiB are there$' "$stderr"
	[ "$(files)" = g ]
}

@test "no room for temporary files, or for the graph" {
	# files of at most 1 KiB: as a disk that is full, but for the reason
	small() { bash -c "trap '' XFSZ; ulimit -f 1; $1" 2>&1 | cat; }
	seq 1 9999 | sed 's/$/ 1/' > e
	gzip -k e
	run small 'ocr-bfs -s 1 e.gz'
	assert_output 'ocr-bfs: cannot write to the temporary file (see TMPDIR): File too large'
	run small 'cat e | ocr-pagerank'
	assert_output 'ocr-pagerank: cannot write to the temporary file (see TMPDIR): File too large'
	run small 'ocr-graph e -o out'
	assert_output 'ocr-graph: cannot write to out: File too large'
	run small 'ocr-graph e --to=el -o out'
	assert_output 'ocr-graph: cannot write to out: File too large'
	mkdir no
	TMPDIR=$PWD/no/where run -1 --separate-stderr ocr-bfs -s 1 e.gz
	assert_match '^ocr-bfs: .*no/where.*: No such file or directory$' "$stderr"
	rmdir no
	[ "$(files)" = $'e\ne.gz\ng' ]
}

@test "interrupted: nothing is left" {
	mkfifo fifo
	for signal in INT TERM; do
		# it waits for somebody to write
		env --default-signal=INT ocr-graph fifo -o out 3>&- &
		pid=$!
		exec 9> fifo # both are there now
		printf '1 2\n' >&9
		eventually sh -c 'ls -A | grep -q "out"'
		kill -"$signal" $pid
		status=0
		wait $pid || status=$?
		exec 9>&-
		[ $status -eq $((128 + $(kill -l $signal))) ]
		[ "$(files)" = $'fifo\ng' ]
	done
}

# The karate club of W. W. Zachary (1977), from 1 on.
karate() {
	local v=0 row w
	for row in '' 1 '1 2' '1 2 3' 1 1 '1 5 6' '1 2 3 4' '1 3' 3 '1 5 6' 1 \
		'1 4' '1 2 3 4' '' '' '6 7' '1 2' '' '1 2' '' '1 2' '' '' '' \
		'24 25' '' '3 24 25' 3 '24 27' '2 9' '1 25 26 29' \
		'3 9 15 16 19 21 23 24 30 31 32' \
		'9 10 14 15 16 19 20 21 23 24 27 28 29 30 31 32 33'; do
		v=$((v + 1))
		for w in $row; do echo "$v $w"; done
	done
}

@test "results that others have published" {
	karate > k
	[ "$(wc -l < k)" = 78 ]
	{
		printf '%%%%MatrixMarket matrix coordinate pattern symmetric\n34 34 78\n'
		cat k
	} > k.mtx
	# LAGraph: levels from 30, counted from 0
	ocr-bfs --base=0 -s 30 k.mtx | cut -f 2 | tr '\n' ' ' > out
	[ "$(< out)" = '2 1 2 2 3 3 3 2 1 2 3 3 3 2 2 2 4 2 2 2 2 2 2 2 3 3 2 2 2 2 0 2 1 1 ' ]
	ocr-bfs --undirected -s 31 k | cut -f 2 | tr '\n' ' ' | cmp - out
	# LDBC Graphalytics: example-directed, example-undirected
	seq 1 10 > d.v
	printf '%s\n' '1 3 0.5' '1 5 0.3' '2 4 0.1' '2 5 0.3' '2 10 0.12' \
		'3 1 0.53' '3 5 0.62' '3 8 0.21' '3 10 0.52' '5 3 0.69' \
		'5 4 0.53' '5 8 0.1' '6 3 0.23' '6 4 0.39' '7 4 0.83' \
		'8 1 0.39' '9 4 0.69' > d.e
	seq 2 10 > u.v
	printf '%s\n' '2 3 0.9' '2 4 0.69' '3 4 0.13' '3 5 0.5' '3 8 0.32' \
		'5 6 0.63' '5 8 0.12' '6 7 0.53' '6 8 0.64' '6 9 0.23' \
		'6 10 0.63' '7 9 0.36' > u.e
	ocr-bfs --directed -s 1 d.e | cmp - <(printf '%s\t%s\n' 1 0 3 1 4 2 5 1 8 2 10 2)
	ocr-bfs --undirected -s 2 u.e |
		cmp - <(printf '%s\t%s\n' 2 0 3 1 4 1 5 2 6 3 7 4 8 2 9 4 10 4)
	# near FILE: values of the second column, to 1e-6
	near() {
		paste - "$1" | awk '{ d = $2 - $4; if ($1 != $3 || d * d > 1e-12) exit 1 } END { if (!NR) exit 1 }'
	}
	printf '%s\t%s\n' 1 0 3 .5 4 .83 5 .3 8 .4 10 1.02 > want
	ocr-sssp --directed -s 1 d.e | near want
	printf '%s\t%s\n' 2 0 3 .82 4 .69 5 1.26 6 1.78 7 2.31 8 1.14 9 2.01 10 2.41 > want
	ocr-sssp --undirected -s 2 u.e | near want
	printf '%s\t%s\n' 1 .1477629166666667 2 .04753375 3 .1550469444444444 \
		4 .1597573611111111 5 .14624 6 .04753375 7 .04753375 \
		8 .1135740277777778 9 .04753375 10 .08748375 > want
	ocr-pagerank -q --iterations=2 --tolerance=1e-300 --directed d.e | near want
	printf '%s\t%s\n' 2 .09084490740740739 3 .1424089506172839 \
		4 .09084490740740739 5 .1249891975308642 6 .1686172839506173 \
		7 .09749537037037037 8 .1249891975308642 9 .09749537037037037 \
		10 .06231481481481481 > want
	ocr-pagerank -q --iterations=2 --tolerance=1e-300 --undirected u.e | near want
}

# bats test_tags=slow
@test "over 2^32 arcs in a sparse file, read to its end" {
	run -0 "$top_builddir/tests/unit/test_graph_file" large
	assert_match '^ok [0-9]+ - over 2\^32 arcs, all checked ' "$output"
	[ ! -e large ]
}
