# ocr-pagerank: scores, iterations, and what is refused
# shellcheck disable=SC2154 # run sets output and stderr
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	TMPDIR=$BATS_TEST_TMPDIR
	export TMPDIR
	printf '1 2\n2 3\n3 1\n3 7\n' > g
	hint="try 'ocr-pagerank --help'"
}

# edges SEED N M: M random edges of N vertices, ids with gaps; some of them lead
# nowhere
edges() {
	awk -v x="$1" -v n="$2" -v m="$3" 'function r() {
		return x = (x * 16807) % 2147483647
	} BEGIN { for (i = 0; i < m; i++) print (r() % (n / 2)) * 3 + 5, (r() % n) * 3 + 5 }'
}

# reference BOTH DAMPING ITERATIONS < edges: id TAB score
reference() {
	awk -v both="$1" -v d="$2" -v rounds="$3" '
	function add(a, b) { from[++m] = a; to[m] = b; degree[a]++ }
	{
		seen[$1]; seen[$2]
		add($1, $2)
		if (both && $1 != $2) add($2, $1)
	}
	END {
		for (v in seen) { n++ }
		for (v in seen) { score[v] = 1 / n }
		for (k = 0; k < rounds; k++) {
			lost = 0
			for (v in seen) if (!degree[v]) lost += score[v]
			for (v in seen) new[v] = (1 - d) / n + d * lost / n
			for (i = 1; i <= m; i++)
				new[to[i]] += d * score[from[i]] / degree[from[i]]
			for (v in seen) score[v] = new[v]
		}
		for (v in seen) printf "%s\t%.15g\n", v, score[v]
	}' | sort -n
}

# is_near FILE WANT LIMIT: same ids, all differences together less than LIMIT
is_near() {
	paste "$1" "$2" | awk -v limit="$3" '
	NF != 4 || $1 != $3 { exit bad = 1 }
	{ d = $2 - $4; sum += d < 0 ? -d : d; n++ }
	END { if (bad || n == 0 || sum >= limit) { print "differs by", sum; exit 1 } }'
}

@test "scores: directed, undirected, with vertices that lead nowhere" {
	edges 1 600 2500 > e
	reference '' 0.85 200 < e > directed
	reference 1 0.85 200 < e > undirected
	for j in 1 2 4; do
		ocr-pagerank -j $j e > out
		is_near out directed 1e-3
		ocr-pagerank -j $j --undirected e > out
		is_near out undirected 1e-3
		ocr-pagerank -j $j --tolerance=1e-9 e > out
		is_near out directed 1e-7
		ocr-pagerank -j $j --tolerance=1e-9 --undirected e > out
		is_near out undirected 1e-7
	done
	for how in static dynamic:64 hap hws-paper hws; do
		ocr-pagerank -j 3 --schedule=$how --tolerance=1e-7 e > out
		is_near out directed 1e-5
	done
	# all together 1
	ocr-pagerank --kron=12 | awk '{ sum += $2 }
		END { exit sum < 0.9999 || sum > 1.0001 }'
}

@test "--damping" {
	edges 3 200 600 > e
	for d in 0 0.5 0.99; do
		reference '' $d 3000 < e > want
		ocr-pagerank --damping=$d --tolerance=1e-8 e > out
		is_near out want 1e-5
	done
	# nothing goes on: all the same
	printf '1 2\n1 3\n1 4\n' | ocr-pagerank --damping=0 > out
	is_near out <(printf '1\t0.25\n2\t0.25\n3\t0.25\n4\t0.25\n') 1e-6
}

@test "few iterations where edges go both ways" {
	# one thread: no other changes what a row reads
	for of in uniform=14:2 kron=14:3; do
		run -0 --separate-stderr ocr-pagerank -j1 -v --${of%:*} -o out
		assert_match "^ocr-pagerank: ${of#*:} iterations, " "$stderr"
	done
}

@test "memory: a mapped graph is not in it beside the rows" {
	skip_sanitizers 'they hold memory of their own'
	local peak size
	ocr-graph --kron=18 -o g.ocrg
	size=$(stat -c %s g.ocrg)
	# --json: the residual, for which the graph is read once more
	for what in --trials=1 --json; do
		run -0 --separate-stderr ocr-pagerank -j2 --stats $what g.ocrg
		peak=${stderr#*\"peak_memory_bytes\":}
		[ "${peak%%[!0-9]*}" -le $((size * 8 / 5)) ]
	done
}

@test "--iterations, -v, --stats, --json say how many there were" {
	run -0 --separate-stderr ocr-pagerank --iterations=7 -v g -o out
	assert_match '^ocr-pagerank: 7 iterations, change [0-9.e-]+, [0-9.]+ ms$' "$stderr"
	run -0 --separate-stderr ocr-pagerank --iterations=7 --stats g -o out
	printf '%s\n' "$stderr" > stats
	is_json stats
	grep -q '"iterations":7,"change":[0-9.e-]*,"converged":[a-z]*,"mteps":' stats
	run -0 --separate-stderr ocr-pagerank --iterations=7 --json g -o out
	assert_stderr ''
	is_json out
	grep -q '^{"vertices":4,"edges":4,"arcs":4,"directed":true,"weights":"none","iterations":7,"change":[0-9.e-]*,"converged":[a-z]*,"residual":[0-9.e-]*,"ms":[0-9.]*,"mteps":[0-9.]*,"lambda":[0-9.]*,"steals":[0-9]*}$' out
	ocr-pagerank --json --kron=10 --tolerance=1e-6 > out
	grep -q '"converged":true' out
	tr ',' '\n' < out | awk -F: '/"change"/ { exit !($2 < 1e-6) }'
}

@test "--top: the highest first, equal ones by id" {
	edges 5 500 3000 > e
	ocr-pagerank -j 1 e > all
	for k in 1 2 10 499 500 100000; do
		ocr-pagerank -j 1 --top=$k e > top
		sort -t '	' -k 2,2gr -k 1,1n all | head -n $k | cmp - top
	done
	printf '9 1\n8 1\n7 1\n6 1\n' > star
	[ "$(ocr-pagerank --top=3 star | cut -f 1)" = $'1\n6\n7' ]
}

@test "--verify" {
	for shape in --kron=11 --uniform=11 --powerlaw=11; do
		for t in 1e-2 1e-4 1e-6; do
			run -0 --separate-stderr ocr-pagerank $shape --verify \
				--tolerance=$t -j 3 -o out
			assert_stderr ''
		done
	done
	edges 7 500 3000 > e
	run -0 --separate-stderr ocr-pagerank --verify e -o out
	assert_stderr ''
	run -0 --separate-stderr ocr-pagerank --verify --iterations=2 -v e -o out
	assert_match '^ocr-pagerank: residual [0-9.e-]+$' "$stderr"
}

@test "--trials" {
	run -0 --separate-stderr ocr-pagerank --trials=3 --kron=10
	assert_stderr ''
	[ "${#lines[@]}" = 5 ]
	assert_match '^trial +iterations +change +ms +MTEPS$' "${lines[0]}"
	for i in 1 2 3; do
		assert_match "^$i +[0-9]+ +[0-9.e-]+ +[0-9]+\\.[0-9]{3} +[0-9]+\\.[0-9]\$" "${lines[$i]}"
	done
	assert_match '^median +- +- +[0-9]+\.[0-9]{3} +[0-9]+\.[0-9]$' "${lines[4]}"
	run -0 ocr-pagerank --trials=2 --json g
	assert_match '^\{"trials":\[\{"trial":1,"iterations":[0-9]+,"change":[0-9.e-]+,"ms":.*\}\],"median_ms":[0-9.]+,"median_mteps":[0-9.]+\}$' "$output"
}

@test "--ldbc, --binary" {
	printf '1 2\n2 1\n' > two
	run -0 --separate-stderr ocr-pagerank --ldbc two
	assert_output $'1 5.000000000000000e-01\n2 5.000000000000000e-01'
	ocr-pagerank --binary two > out
	[ "$(od -An -v -w8 -tf8 out | tr -d ' ')" = $'0.5\n0.5' ]
	edges 9 3000 9000 > e
	ocr-pagerank -j 1 e > all
	ocr-pagerank -j 1 --binary e | od -An -v -w8 -tf8 | tr -d ' ' > values
	paste <(cut -f 1 all) values > out
	is_near out all 1e-6
	ocr-pagerank -j 1 --ldbc e | tr ' ' '\t' > out
	is_near out all 1e-6
}

@test "small graphs" {
	printf '5 5\n' > loop
	run -0 --separate-stderr ocr-pagerank loop
	assert_output $'5\t1'
	printf '1 2\n' > one
	ocr-pagerank --tolerance=1e-9 one > out
	is_near out <(reference '' 0.85 500 < one) 1e-7
	run -0 ocr-pagerank --undirected one
	assert_output $'1\t0.5\n2\t0.5'
	# vertices without any edge
	printf '1 2\n' | ocr-pagerank --undirected --base=0 --tolerance=1e-9 > out
	[ "$(wc -l < out)" = 3 ]
	awk '{ sum += $2 } END { exit sum < 0.999999 || sum > 1.000001 }' out
}

@test "first minute, and wrong usage" {
	run -0 --separate-stderr bash -o pipefail -c 'ocr-pagerank --kron 10 | wc -l'
	assert_output 1024
	assert_stderr ''
	while IFS='|' read -r option message; do
		run -2 --separate-stderr ocr-pagerank "$option" g
		assert_stderr "ocr-pagerank: $message"$'\n'"$hint"
		assert_output ''
	done <<- EOF
		--cards=x|--cards: 'x' is not auto, push or pull
		--damping=1|--damping: '1' is not a number from 0 to less than 1
		--damping=-1|--damping: '-1' is not a number from 0 to less than 1
		--damping=x|--damping: 'x' is not a number from 0 to less than 1
		--tolerance=0|--tolerance: '0' is not a number above 0, at most 1
		--tolerance=2|--tolerance: '2' is not a number above 0, at most 1
		--tolerance=1e-4x|--tolerance: '1e-4x' is not a number above 0, at most 1
		--iterations=0|--iterations: '0' is not a number from 1 to 1000000
		--top=0|--top: '0' is not a number from 1 to 4294967295
		-s1|unknown option '-s'
	EOF
	for more in --json --binary --ldbc --trials=2; do
		run -2 --separate-stderr ocr-pagerank --top=3 $more g
		assert_stderr 'ocr-pagerank: --top is for lines: not with --binary, --json, --ldbc or --trials'
	done
	run -1 --separate-stderr ocr-pagerank missing
	assert_stderr 'ocr-pagerank: cannot open missing: No such file or directory'
}

@test "not converged is a warning" {
	edges 3 300 3000 > e
	never='--undirected --tolerance=1e-300 --damping=0.9999999'
	# shellcheck disable=SC2086 # words
	run -0 --separate-stderr ocr-pagerank $never e -o out
	assert_match '^ocr-pagerank: not converged: 1000 iterations, change [0-9.e-]+$' "$stderr"
	# shellcheck disable=SC2086
	run -0 --separate-stderr ocr-pagerank -q $never e -o out
	assert_stderr ''
}

@test "full disk, closed pipe" {
	run -1 --separate-stderr sh -c 'ocr-pagerank --kron=12 > /dev/full'
	assert_stderr 'ocr-pagerank: cannot write to stdout: No space left on device'
	run -0 --separate-stderr bash -c \
		'{ ocr-pagerank --uniform=16; echo $? >&2; } | true'
	assert_stderr 141
}
