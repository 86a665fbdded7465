# ocr-bfs and ocr-sssp --updates: the result with added edges is that of a fresh
# run
# shellcheck disable=SC2154 # run sets output and stderr
# shellcheck disable=SC2059 # formats are texts here
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	TMPDIR=$BATS_TEST_TMPDIR
	export TMPDIR
	# 1 - 2 - 3 - 7 and 1 - 8; ids with gaps
	printf '1 2\n2 3\n3 7\n1 8\n' > g
	# a shorter way to 7; two new vertices that nothing leads to; a way there
	printf '8 7\n\n# two\n50 40\n\n\n7 50\n' > u
}

# edges SEED N M UNIT: M random edges of N vertices, ids with gaps, weights from
# 0 to 99 times UNIT; without UNIT none
edges() {
	awk -v x="$1" -v n="$2" -v m="$3" -v unit="${4:-}" 'function r() {
		return x = (x * 16807) % 2147483647
	} BEGIN {
		OFMT = CONVFMT = "%.17g"
		for (i = 0; i < m; i++) {
			line = ((r() % n) * 3 + 5) " " ((r() % n) * 3 + 5)
			print unit == "" ? line : line " " (r() % 100) * unit
		}
	}'
}

# batches N < edges: an empty line behind each N
batches() {
	awk -v n="$1" '{ print } NR % n == 0 { print "" }'
}

# replay < what --changes writes: the last value of each vertex
replay() {
	awk -F '\t' 'NF { last[$1] = $0 } END { for (v in last) print last[v] }' | sort -n
}

@test "the result with all edges" {
	run -0 --separate-stderr ocr-bfs -s 1 --updates=u g
	assert_output $'1\t0\n2\t1\n3\t2\n7\t2\n8\t1\n40\t4\n50\t3'
	assert_stderr ''
	run -0 --separate-stderr ocr-sssp -s 1 --updates=- g < u
	assert_output $'1\t0\n2\t1\n3\t2\n7\t2\n8\t1\n40\t4\n50\t3'
	assert_stderr ''
	run -0 ocr-bfs -s 1 --updates=u --undirected --verify g
	assert_output $'1\t0\n2\t1\n3\t2\n7\t2\n8\t1\n40\t4\n50\t3'
	run -0 ocr-bfs -s 1 --updates=u --parents g
	assert_output $'1\t0\t1\n2\t1\t1\n3\t2\t2\n7\t2\t8\n8\t1\t1\n40\t4\t50\n50\t3\t7'
	run -0 ocr-bfs -s 1 --updates=u --max-depth=3 g
	assert_output $'1\t0\n2\t1\n3\t2\n7\t2\n8\t1\n50\t3'
	run -0 ocr-bfs -s 1 --updates=u --to=40 g
	assert_output $'1\t0\n8\t1\n7\t2\n50\t3\n40\t4'
	run -0 --separate-stderr ocr-bfs -v -s 1 --updates=u -o out g
	assert_match '^ocr-bfs: update 2: 1 edges, 2 new vertices, 0 changed, [0-9.]+ ms$' "$stderr"
}

@test "forms: LDBC, arrays, JSON, statistics" {
	run -0 ocr-bfs -s 2 --updates=u --ldbc g
	assert_output $'1 9223372036854775807\n2 0\n3 1\n7 2\n8 9223372036854775807\n40 4\n50 3'
	run -0 ocr-sssp -s 2 --updates=u --ldbc g
	assert_match '^40 4.000000000000000e\+00$' "$output"
	ocr-bfs -s 1 --updates=u --parents --binary g > bin
	run -0 od -An -v -w28 -tu4 bin
	# ids 1 2 3 7 8 40 50; parents as places
	assert_output '          0          1          2          2          1          4          3
          0          0          1          4          0          6          3'
	cat g u > all
	ocr-sssp -s 1 --updates=u --binary g > a
	ocr-sssp -s 1 --binary all > b
	cmp a b
	ocr-sssp -s 1 --updates=u --json g > json
	is_json json
	run -0 grep -o '"updates":.*' json
	assert_match '^"updates":\[\{"edges":1,"new_vertices":0,"changed":1,"reached":5,"searched_afresh":0,"ms":[0-9.]+\},\{"edges":1,"new_vertices":2,"changed":0,"reached":5,"searched_afresh":0,"ms":[0-9.]+\},\{"edges":1,"new_vertices":0,"changed":2,"reached":7,"searched_afresh":0,"ms":[0-9.]+\}\]\}$' "$output"
	ocr-bfs -s 1 --updates=u --stats=stats -o out g
	is_json stats
	run -0 grep -o '"updates":{[^}]*}' stats
	assert_match '^"updates":\{"batches":3,"edges":3,"new_vertices":2,"changed":3,"reached":7,"searched_afresh":0,"ms":[0-9.]+\}$' "$output"
}

@test "what each batch changes" {
	run -0 --separate-stderr ocr-bfs -s 1 --updates=u --changes g
	assert_output $'1\t0\n2\t1\n3\t2\n7\t3\n8\t1\n\n7\t2\n\n\n40\t4\n50\t3'
	run -0 --separate-stderr ocr-bfs -s 1 --updates=u --changes --parents g
	assert_output $'1\t0\t1\n2\t1\t1\n3\t2\t2\n7\t3\t3\n8\t1\t1\n\n7\t2\t8\n\n\n40\t4\t50\n50\t3\t7'
	printf '1 7 2.5\n\n7 90 1\n\n1 7 2.25\n' > w
	run -0 ocr-sssp -s 1 --updates=w --changes g
	assert_output $'1\t0\n2\t1\n3\t2\n7\t3\n8\t1\n\n7\t2.5\n\n90\t3.5\n\n7\t2.25\n90\t3.25'
}

@test "batches out of a pipe that stays open" {
	mkfifo in out
	ocr-sssp -s 1 --updates=in --changes g > out &
	# The first result is there before there is a writer.
	exec 5< out
	for line in $'1\t0' $'2\t1' $'3\t2' $'7\t3' $'8\t1' ''; do
		IFS= read -r -t 60 -u 5 got
		[ "$got" = "$line" ]
	done
	exec 6> in
	printf '8 7\n7' >&6
	printf ' 60\n\n' >&6
	for line in $'7\t2' $'60\t3' ''; do
		IFS= read -r -t 60 -u 5 got
		[ "$got" = "$line" ]
	done
	printf '1 60 0\n\n\n1 7 5\n\n' >&6
	for line in $'60\t0' '' ''; do
		IFS= read -r -t 60 -u 5 got
		[ "$got" = "$line" ]
	done
	printf '60 3' >&6
	exec 6>&-
	for line in $'3\t1' ''; do
		IFS= read -r -t 60 -u 5 got
		[ "$got" = "$line" ]
	done
	if read -r -t 60 -u 5; then false; fi
	wait $!
}

@test "nothing, comments, CRLF, loops, doubles" {
	ocr-bfs -s 1 g > before
	for text in '' '\n' '\n\n\n' '# nothing\n' '# a\n\n% b'; do
		printf "$text" > u
		run -0 --separate-stderr ocr-bfs -s 1 --updates=u g
		assert_output "$(< before)"
		assert_stderr ''
	done
	ocr-bfs -s 1 --updates=/dev/null g | cmp - before
	printf '1 1\n7 7\n1 2\n1 2 9\n8 1\n3 2 x\n' > u
	ocr-bfs -s 1 --updates=u g | cmp - before
	printf '1 1 3\n99 99\n1 2 9\n1 2 1\n8 1 0\n' > u
	ocr-sssp -s 1 --updates=u g | cmp - before
	printf '1 7 1\r\n\r\n7 9 4\r\n' > u
	run -0 ocr-sssp -s 1 --updates=u --changes g
	assert_output $'1\t0\n2\t1\n3\t2\n7\t3\n8\t1\n\n7\t1\n\n9\t5'
}

# same TOOL SOURCE FORMAT OPTION...: graph plus updates is all
same() {
	local tool=$1 source=$2 format=$3
	shift 3
	"$tool" -s "$source" --format="$format" "$@" --updates=u --verify part > got
	"$tool" -s "$source" --format="$format" "$@" all > want
	cmp got want
	"$tool" -s "$source" --format="$format" "$@" --updates=u --changes part | replay > got
	cmp got want
}

@test "random edges: as a fresh run, any threads and direction" {
	for seed in 3 7 11; do
		edges $seed 400 1200 > all
		head -n 300 all > part
		tail -n +301 all | batches $((seed * 20)) > u
		source=$(awk '{ print $1; exit }' all)
		for way in directed undirected; do
			for jobs in 1 2 8; do
				same ocr-bfs "$source" el --$way -j $jobs
			done
			ocr-bfs -s "$source" --$way --updates=u --parents --changes part |
				replay > got
			[ $way = directed ] && both='' || both=1
			are_parents got all "$source" "$both"
			ocr-bfs -s "$source" --$way --updates=u --parents part > got
			are_parents got all "$source" "$both"
			ocr-bfs -s "$source" --$way --updates=u --max-depth=4 part > got
			ocr-bfs -s "$source" --$way --max-depth=4 all > want
			cmp got want
		done
	done
}

@test "random weights: as a fresh run, whole and real" {
	for unit in 1 40000000 0.37; do
		edges 5 400 1200 $unit > all
		head -n 300 all > part
		tail -n +301 all | batches 90 > u
		source=$(awk '{ print $1; exit }' all)
		for way in directed undirected; do
			for jobs in 1 2 8; do
				same ocr-sssp "$source" wel --$way -j $jobs
			done
		done
	done
	# whole ones that real ones come to
	edges 9 400 600 7 > part
	edges 13 400 600 0.1 > real
	cat part real > all
	batches 70 < real > u
	source=$(awk '{ print $1; exit }' all)
	same ocr-sssp "$source" wel -j 3
	ocr-sssp -s "$source" --updates=u --binary part > got
	ocr-sssp -s "$source" --binary all > want
	cmp got want
}

# changed_by K < what --changes writes: what the batch K changes, sorted
changed_by() {
	awk -v k="$1" '!NF { n++; next } n == k' | sort
}

# afresh TOOL FORMAT WAY: batches that change (nearly) everything and others,
# against fresh runs: results, what has changed, and which were searched afresh
afresh() {
	local tool=$1 format=$2 way=$3 k n
	cp part all
	"$tool" -s 1 --format="$format" --"$way" all | sort > before
	cat batch.[1-4] > u
	"$tool" -v -s 1 -j 3 --format="$format" --"$way" --verify --updates=u \
		--changes part > changes 2> notes
	for k in 1 2 3 4; do
		cat "batch.$k" >> all
		"$tool" -s 1 --format="$format" --"$way" all | sort > after
		comm -13 before after > want
		changed_by $k < changes > got
		cmp got want
		mv after before
	done
	"$tool" -s 1 --format="$format" --"$way" --updates=u --verify part | sort > got
	cmp got before
	"$tool" -s 1 --format="$format" --"$way" --updates=u --json part > json
	is_json json
	for k in 1 2 3 4; do
		n=0
		if [[ $4 == *$k* ]]; then n=1; fi
		[ "$(grep -c "^$tool: update $k: .* ms, searched afresh\$" notes)" = $n ]
		grep -o '"updates":.*' json | tr '{' '\n' | sed -n "$((k + 1))p" |
			grep -q "\"searched_afresh\":$n,"
	done
}

@test "an edge that changes everything: searched afresh" {
	for unit in '' 1 0.37; do
		{
			echo "1 1${unit:+ 0}"
			edges 5 3000 40000 $unit
		} > part
		x=$(awk 'END { print $1 }' part)
		# a way to all; little; a way that is shorter for all, of weights;
		# new vertices
		printf '%s\n\n' "1 $x${unit:+ 5000.5}" > batch.1
		edges 7 3000 1 ${unit:+5} | awk '{ print } END { print "" }' > batch.2
		printf '%s\n\n' "1 $x${unit:+ 2}" > batch.3
		printf '%s\n\n' "$x 1000000${unit:+ 2}" > batch.4
		if [ "$unit" = 1 ]; then
			sed -i 's/5000.5/5000/' batch.1
		fi
		for way in directed undirected; do
			if [ -n "$unit" ]; then
				afresh ocr-sssp wel $way ''
			else
				afresh ocr-bfs el $way 1
				afresh ocr-sssp el $way ''
			fi
		done
	done
}

@test "searched afresh: parents, depth, paths" {
	seq 1 20000 | awk 'NR > 1 { print last, $1 } { last = $1 }' > part
	printf '1 20000\n\n20000 30000\n\n1 10000\n' > u
	cat part u > all
	ocr-bfs -v -s 1 --undirected --updates=u --parents part > got 2> notes
	[ "$(grep -c 'searched afresh$' notes)" = 2 ]
	cut -f 1,2 got > levels
	ocr-bfs -s 1 --undirected all | cmp - levels
	are_parents got all 1 1
	ocr-bfs -s 1 --undirected --updates=u --parents --changes part | replay > got
	cut -f 1,2 got | cmp - levels
	are_parents got all 1 1
	ocr-bfs -v -s 1 --undirected --updates=u --max-depth=9000 part > got 2> notes
	[ "$(grep -c 'searched afresh$' notes)" = 2 ]
	ocr-bfs -s 1 --undirected --max-depth=9000 all | cmp - got
	run -0 ocr-bfs -s 1 --undirected --updates=u --to=30000 part
	assert_output $'1\t0\n20000\t1\n30000\t2'
	ocr-bfs -s 1 --updates=u --undirected --stats=stats -o out part
	grep -q '"batches":3,.*"searched_afresh":2,' stats
}

@test "prepared graphs, generated ones" {
	edges 5 400 900 > all
	head -n 300 all > part
	tail -n +301 all | batches 90 > u
	source=$(awk '{ print $1; exit }' all)
	ocr-graph part -o part.ocrg
	ocr-bfs -s "$source" --updates=u --verify part.ocrg > got
	ocr-bfs -s "$source" all > want
	cmp got want
	# ids that begin at 0 and have no gaps, and 2000, which is new
	printf '0 2000\n2000 5\n' > u
	ocr-graph --kron=10 --to=el > k
	cat k u > all
	ocr-bfs -s 0 --undirected --updates=u --kron=10 | awk '$2 < 99' > got
	ocr-bfs -s 0 --undirected all > want
	cmp got want
}

@test "wrong lines" {
	refuses() {
		printf "$1" > u
		run -1 --separate-stderr ocr-sssp -s 1 --updates=u g
		assert_output ''
		assert_stderr "ocr-sssp: u: line $2"
	}
	refuses '1 2\n\n1 2 -1\n' "3: weight '-1' is negative"
	refuses '1 2 nan\n' "1: weight 'nan' is not a finite number"
	refuses '1 2 1e400\n' "1: weight '1e400' is too large"
	refuses '1 2 0x3\n' "1: weight '0x3' is not a finite number"
	refuses '# x\n1\n' '2: two vertex ids are needed'
	refuses '1 x\n' "1: 'x' is not a vertex id"
	refuses '1,2\n' "1: '1,2' is not a vertex id: columns are parted by blanks, not by commas"
	refuses '1 18446744073709551616\n' '1: vertex id 18446744073709551616 is too large'
	refuses '1 2 3 4\n' '1: more than three columns'
	# weights play no part in this search
	printf '1 7 -1\n8 9 nan\n' > u
	run -0 ocr-bfs -s 1 --updates=u g
	assert_output $'1\t0\n2\t1\n3\t2\n7\t1\n8\t1\n9\t2'
	# what was right before has been written
	printf '1 7\n\n1 x\n' > u
	run -1 --separate-stderr ocr-bfs -s 1 --updates=u --changes g
	assert_output $'1\t0\n2\t1\n3\t2\n7\t3\n8\t1\n\n7\t1'
	assert_stderr "ocr-bfs: u: line 3: 'x' is not a vertex id"
	# nothing but the old file is left
	echo old > out
	run -1 ocr-bfs -s 1 --updates=u -o out g
	[ "$(< out)" = old ]
}

@test "files and vertices that are not there" {
	run -1 --separate-stderr ocr-bfs -s 1 --updates=none g
	assert_stderr 'ocr-bfs: cannot open none: No such file or directory'
	run -1 --separate-stderr ocr-bfs -s 1 --updates=. g
	assert_stderr 'ocr-bfs: cannot read .: Is a directory'
	run -1 --separate-stderr ocr-bfs -s 40 --updates=u g
	assert_stderr 'ocr-bfs: source 40 is not in the graph: its ids are from 1 to 8'
	run -1 --separate-stderr ocr-bfs -s 1 --updates=u --to=41 g
	assert_stderr 'ocr-bfs: vertex 41 is not in the graph, nor was it added'
	run -1 --separate-stderr ocr-bfs -s 7 --updates=u --to=8 g
	assert_stderr 'ocr-bfs: no path from 7 to 8'
}

@test "wrong usage" {
	refuses() {
		local why=$1
		shift
		run -2 --separate-stderr "$@"
		assert_output ''
		assert_stderr "$1: $why"
	}
	for tool in ocr-bfs ocr-sssp; do
		refuses '--changes: there are none without --updates' $tool -s 1 --changes g
		refuses '--updates: of one source' $tool -s 1,2 --updates=u g
		echo 1 > ids
		refuses '--updates: of one source' $tool --sources=ids --updates=u g
		refuses '--trials writes the times of searches: not with --updates; --json has the times of these' \
			$tool -s 1 --trials=2 --updates=u g
		for form in binary json ldbc; do
			refuses '--changes writes lines: not with --binary, --json or --ldbc' \
				$tool -s 1 --changes --updates=u --$form g
		done
		refuses '--updates: standard input is the graph' $tool -s 1 --updates=- - < g
	done
	refuses '--to writes a path: not with --changes' ocr-bfs -s 1 --to=7 --changes --updates=u g
	refuses '--verify is for whole searches: not with --max-depth or --to' \
		ocr-bfs -s 1 --max-depth=3 --verify --updates=u g
	run -2 --separate-stderr ocr-pagerank --updates=u g
	assert_match "^ocr-pagerank: unknown option|unrecognized|updates" "$stderr"
}
