# ocr-sim: schedules compared on a virtual clock
# shellcheck disable=SC2154 # run sets output and stderr
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

# degrees SEED N: rows of 0 to 99 edges, now and then a heavy one.
degrees() {
	awk -v seed="$1" -v n="$2" 'BEGIN {
		x = seed
		for (i = 0; i < n; i++) {
			x = (x * 16807) % 2147483647
			print x % 100 + (x % 997 == 0 ? 5000 : 0)
		}
	}'
}

# rows: the table's, as lines "NAME LAMBDA ..." of ten fields each
rows() {
	awk 'NF == 10 && $2 ~ /^[0-9]/ && !/edges$/ { print }'
}

# is_json FILE: one document
is_json() {
	if python3 -c 'pass' 2> /dev/null; then
		python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$1"
	else
		[ "$(wc -l < "$1")" = 1 ] && grep -q '^\[{.*}\]$' "$1"
	fi
}

# is_xml FILE: tags that are closed, in order
is_xml() {
	if command -v xmllint > /dev/null; then
		xmllint --noout "$1"
	else
		tr '>' '\n' < "$1" | awk '
		/<\?/ || /\/$/ { next }
		/<\// { sub(/.*<\//, ""); if (stack[n--] != $1) exit 1; next }
		/</ { sub(/.*</, ""); stack[++n] = $1 }
		END { if (n != 0) exit 1 }'
	fi
}

@test "a table: all schedules, their settings, the losses" {
	run -0 --separate-stderr ocr-sim --work=kron12
	assert_stderr ''
	[ "${lines[0]}" = 'simulated on a virtual clock, not measured (grade S)' ]
	[ "${lines[1]}" = 'kron12, 15 threads and 1 card: 4096 items, 96546 edges' ]
	assert_match '^static takes [0-9.]+ us, no schedule less than [0-9.]+ us$' "$output"
	[ "$(rows <<< "$output" | awk '{ printf "%s ", $1 }')" = \
		'static dynamic hap hws-paper hws static:weights dynamic:weights hap:weights hws-paper:weights hws:steal=no ' ]
	assert_match '^with the information that hws has:$' "$output"
	assert_match '^best of [0-9]+: dynamic:[0-9]+(/[0-9]+|, cards left alone)$' "$output"
	assert_match '^best of 4: hap:(1024|4096|16384|65536)$' "$output"
	assert_match '^best of 5: hws-paper:(8|64|512|4096|32768)$' "$output"
	assert_match '^best of [0-9]+: dynamic:[0-9]+(/[0-9]+)?,weights' "$output"
	assert_match '^hws is (nowhere slower by more than 1 %|slower than )' "${lines[-1]}"
	# static is what speed-ups refer to; nobody beats the bound by much
	rows <<< "$output" | awk '
	$1 == "static" && $3 != "1.00" { exit 1 }
	$2 < 1 || $4 < 0.97 { exit 1 }'
	run ! grep -E '.{81}' <<< "$output"
}

@test "the same options give the same bytes, another seed others" {
	ocr-sim --work=kron10 > a
	ocr-sim --work=kron10 --seed=1 > b
	ocr-sim --work=kron10 --seed=2 > c
	cmp a b
	run ! cmp -s a c
	ocr-sim --work=kron10 --json > a
	ocr-sim --work=kron10 --json -o b
	cmp a b
	[ "$(ls -A)" = $'a\nb\nc' ]
	degrees 1 3000 > d
	ocr-sim --work=d --schedule=hws-paper --json > a
	ocr-sim --work=d --schedule=hws-paper --seed=18446744073709551615 --json > b
	run ! cmp -s a b
}

@test "several works: a table each, and their means" {
	degrees 7 5000 > d
	run -0 --separate-stderr ocr-sim --work=d --work=kron10 --schedule=hws \
		--schedule=static
	assert_stderr ''
	[ "$(grep -c 'edges$' <<< "$output")" = 2 ]
	[ "$(grep -c grade <<< "$output")" = 1 ]
	assert_match '^geometric means over 2 works$' "$output"
	[ "$(sed -n '/^geometric/,$p' <<< "$output" | awk '{ print $1 }' |
		head -n 6 | tr '\n' ' ')" = 'geometric  speed schedule hws static ' ]
	# the mean of two numbers that the tables have, to what they show
	awk '
	$1 == "hws" && NF == 10 { product = product == "" ? $4 : product * $4 }
	$1 == "hws" && NF == 6 { mean = $4 }
	END { d = mean - sqrt(product); exit !(mean > 0 && d < 0.02 && d > -0.02) }' <<< "$output"
}

@test "losses are named" {
	# a card that is believed to be far too slow: whoever does not ask wins
	run -0 ocr-sim --work=kron14 --workers=cpu:1,card:1@50 \
		--set=believed=0.01 --schedule=hws:steal=no --schedule=hws \
		--schedule=dynamic:best
	assert_match '^kron14: hws is slower than dynamic by [0-9]+\.[0-9] %$' "$output"
	# alone there is nobody to be slower than, without hws nothing to say
	run -0 ocr-sim --work=kron10 --schedule=hws
	run ! grep -q slower <<< "$output"
	run -0 ocr-sim --work=kron10 --schedule=static --schedule=dynamic
	run ! grep -q slower <<< "$output"
}

@test "--json" {
	degrees 3 2000 > 'a "b"'
	run -0 --separate-stderr ocr-sim --work='a "b"' --work=kron10 --json -o j
	assert_output ''
	assert_stderr ''
	is_json j
	[ "$(tr '{' '\n' < j | grep -c '"grade":"S"}')" = 20 ]
	for key in schedule setting tried without_cards work items edges \
		workers lambda speedup bound_ratio makespan_ns steals by_card \
		from_card aborted duplicated card_chunk; do
		[ "$(grep -o "\"$key\":[^,}]" j | wc -l)" = 20 ]
	done
	grep -q '"schedule":"dynamic:best,weights","setting":"dynamic:[0-9/]*,weights","tried":[0-9]*,' j
	grep -qF '"work":"a \"b\"","items":2000,' j
	grep -q '"workers":"cpu:15,card:1"' j
	run ! grep -Eq 'nan|inf|null' j
}

@test "--svg" {
	degrees 3 2000 > '<b> & "c"'
	run -0 --separate-stderr ocr-sim --work='<b> & "c"' --work=kron10 \
		--workers=cpu:3,card:2 --schedule=static --schedule=hws \
		--schedule=hws-paper --svg
	assert_stderr ''
	printf '%s\n' "$output" > x.svg
	is_xml x.svg
	grep -qF '&lt;b&gt; &amp; ' x.svg
	grep -q 'simulated on a virtual clock' x.svg
	grep -q '>edges per ns of .* by threads' x.svg
	grep -q '>edges per ns of .* by cards' x.svg
	run ! grep -Eq '<script|nan|inf|href' x.svg
	# without threads, without cards
	ocr-sim --work=kron10 --workers=card:3 --schedule=hws --svg -o y.svg
	is_xml y.svg
	run ! grep -q 'by threads' y.svg
	ocr-sim --work=kron10 --workers=cpu:3 --schedule=hws --svg -o y.svg
	is_xml y.svg
	grep -q 'by cards' y.svg
}

@test "--trace" {
	run -0 --separate-stderr ocr-sim --work=kron12 --workers=cpu:2,card:1 \
		--schedule=hws --trace=t.json
	assert_stderr ''
	is_json t.json || python3 -c 'pass'
	grep -q '"thread 1"' t.json
	grep -q '"card 0"' t.json
	for several in '--work=kron10 --work=kron11 --schedule=hws' \
		'--schedule=hws --schedule=static' '--schedule=hap:best' ''; do
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr ocr-sim $several --trace=u
		assert_stderr 'ocr-sim: --trace: of one --work and one --schedule, as --schedule=hws'
		assert_output ''
	done
	[ ! -e u ]
	run -1 --separate-stderr ocr-sim --work=kron10 --schedule=hws --trace=no/u
	assert_stderr 'ocr-sim: cannot create no/u: No such file or directory'
}

@test "files" {
	printf '5\n\n# a comment\n 7 # another\n0' > ok
	run -0 --separate-stderr ocr-sim --work=ok --schedule=hws
	assert_stderr ''
	[ "${lines[1]}" = 'ok, 15 threads and 1 card: 3 items, 12 edges' ]
	printf '1\n' > one
	run -0 --separate-stderr ocr-sim --work=one
	assert_stderr ''
	yes 3 | head -n 100000 |
		ocr-sim --work=/dev/stdin --schedule=static --json > j
	grep -q '"items":100000,"edges":300000,' j
	: > empty
	printf '# nothing\n\n' > comment
	for f in empty comment; do
		run -1 --separate-stderr ocr-sim --work="$f"
		assert_stderr "ocr-sim: '$f': no rows"
		assert_output ''
	done
	printf '1\n-5\n' > negative
	printf '1\nabc\n' > text
	printf '1\n2 3\n' > two
	printf '1\n2.5\n' > point
	printf '1\n\0\n' > nul
	for f in negative text two point nul; do
		run -1 --separate-stderr ocr-sim --work="$f"
		assert_stderr "ocr-sim: '$f': line 2: not a number"
	done
	head -c 100000 /dev/zero | tr '\0' 9 > long
	printf '1073741825\n' > big
	for f in long big; do
		run -1 --separate-stderr ocr-sim --work="$f"
		assert_stderr "ocr-sim: '$f': line 1: more than 1073741824"
	done
	run -1 --separate-stderr ocr-sim --work=.
	assert_stderr "ocr-sim: cannot read '.': Is a directory"
	# a name is a name, whatever lies there
	printf '1\n' > kron10
	run -0 ocr-sim --work=kron10 --schedule=static
	assert_match '^kron10, .*: 1024 items' "$output"
	run -0 ocr-sim --work=./kron10 --schedule=static
	assert_match '^./kron10, .*: 1 items' "$output"
}

@test "no such work: nothing runs" {
	for w in krn20 kron9 kron27 kron9/l3 missing '' -; do
		run -2 --separate-stderr ocr-sim --work=kron10 --work="$w"
		assert_stderr "ocr-sim: --work: '$w' is no file, and no name like kron20, uniform20, twitter, livejournal, orkut, stackoverflow, skitter, pokec, higgs, hub"
		assert_output ''
	done
	for w in /none/x ./x ../none/x; do
		run -1 --separate-stderr ocr-sim --work="$w"
		assert_stderr "ocr-sim: cannot read $w: No such file or directory"
	done
	run -2 --separate-stderr ocr-sim --work=kron10/l6
	assert_stderr "ocr-sim: --work 'kron10/l6': the search ends before that level"
}

@test "workers" {
	run -0 ocr-sim --work=kron10 --workers=cpu:1 --schedule=all
	assert_match '^kron10, 1 thread and 0 cards: ' "$output"
	[ "$(rows <<< "$output" | wc -l)" = 10 ]
	run -0 ocr-sim --work=kron10 --workers=card:2@0.5,host:1,card:1
	assert_match '^kron10, 0 threads and 4 cards: ' "$output"
	run -0 ocr-sim --work=kron12 --workers=cpu:3,card:900,cpu:97 \
		--schedule=hws --schedule=static
	assert_match '^kron12, 100 threads and 900 cards: ' "$output"
	run -2 --separate-stderr ocr-sim --workers=cpu:0
	assert_stderr "ocr-sim: --workers 'cpu:0': none"
	for w in gpu:3 cpu cpu: cpu:x cpu:-1 cpu:1.5 cpu:10001 cpu:1@0 \
		cpu:1@x 'cpu:1,' ''; do
		run -2 --separate-stderr ocr-sim --workers="$w"
		assert_match "^ocr-sim: --workers '$w': '.*' is not cpu, card or host:COUNT\\[@RATE\\]" "$stderr"
		assert_output ''
	done
	run -2 --separate-stderr ocr-sim --workers=cpu:9000,card:9000
	assert_stderr "ocr-sim: --workers 'cpu:9000,card:9000': more than 10000"
}

@test "schedules" {
	run -0 ocr-sim --work=kron10 --schedule=hws --schedule=hws \
		--schedule=dynamic:best --schedule=dynamic:64/512,weights
	[ "$(rows <<< "$output" | awk '{ print $1 }')" = $'hws\ndynamic' ]
	# a name that is too long for its column has a line of its own
	assert_match '^dynamic:64/512,weights$' "$output"
	# these are as fast as that: best is one of them
	run -0 ocr-sim --work=kron14 --schedule=hws-paper:best \
		--schedule=hws-paper:8 --schedule=hws-paper:64 \
		--schedule=hws-paper:512 --schedule=hws-paper:4096 \
		--schedule=hws-paper:32768
	rows <<< "$output" | awk '
	NR == 1 { best = $4; next }
	$4 < best { exit 1 }
	$4 == best { found = 1 }
	END { if (!found) exit 1 }'
	hint="try 'ocr-sim --help'"
	run -2 --separate-stderr ocr-sim --schedule=fast
	assert_stderr "ocr-sim: --schedule: 'fast' is not static, dynamic, hap, hws-paper or hws"$'\n'"$hint"
	for s in hws:best static:best static:best,weights; do
		run -2 --separate-stderr ocr-sim --schedule="$s"
		assert_stderr "ocr-sim: --schedule: '$s': best is for dynamic, hap and hws-paper"$'\n'"$hint"
	done
	run -2 --separate-stderr ocr-sim --schedule=hap:best,64
	assert_stderr "ocr-sim: --schedule: 'hap:best,64': best is in place of a number"$'\n'"$hint"
	for s in dynamic:beste dynamic:0 hws:steal=yes hap,best '' all,hws; do
		run -2 --separate-stderr ocr-sim --schedule="$s"
		assert_match '^ocr-sim: --schedule: ' "$stderr"
		assert_output ''
	done
}

@test "--set" {
	names='launch, read, write, submit, steal, probe, align, jitter, period, sigma, believed, stall, idempotent, weights'
	hint="try 'ocr-sim --help'"
	# every name that the message has can be set
	for one in launch=1e3 read=0 write=12.5 submit=9 steal=0 probe=0 align=1 \
		jitter=0 period=1000 sigma=0 believed=2 stall=0:100:200:0.1 \
		idempotent=yes weights=no; do
		case ", $names," in *", ${one%%=*},"*) ;; *) false ;; esac
		run -0 --separate-stderr ocr-sim --work=kron10 --set="$one"
		assert_stderr ''
	done
	for one in foo=1 launch '' =1 Launch=1 launchx=1 'launch=1,'; do
		run -2 --separate-stderr ocr-sim --set="$one"
		assert_stderr "ocr-sim: --set: '${one#launch=1,}' is not NAME=VALUE; names are $names"$'\n'"$hint"
	done
	for one in launch= launch=x launch=-1 launch=nan launch=1e99 jitter=5 \
		align=0 believed=0 idempotent=maybe weights= stall=1 stall=0:1:2; do
		run -2 --separate-stderr ocr-sim --set="$one"
		assert_stderr "ocr-sim: --set: '$one': no value that ${one%%=*} can have"$'\n'"$hint"
	done
	run -2 --separate-stderr ocr-sim --set=stall=16:0:1:1
	assert_stderr 'ocr-sim: --set: stall: there is no worker 16'
	# later ones overrule, several in one option
	ocr-sim --work=kron10 --set=launch=1,launch=500,read=7 --json > a
	ocr-sim --work=kron10 --set=launch=9 --set=read=7 --set=launch=500 --json > b
	cmp a b
	# and they matter
	ocr-sim --work=kron10 --json > c
	run ! cmp -s a c
}

@test "nothing is done twice where cuts are exact" {
	for w in kron14 kron14/degree hub uniform14/a20; do
		ocr-sim --work="$w" --workers=cpu:3,card:4 --set=launch=1000 --json
	done > j
	[ "$(grep -o '"duplicated":[0-9]*' j | sort -u)" = '"duplicated":0' ]
	grep -q '"from_card":[1-9]' j
}

@test "no speed, no jitter: what can be worked out by hand" {
	# four equal threads, 4000 equal rows of 9 edges, each as believed
	yes 9 | head -n 4096 > d
	run -0 ocr-sim --work=d --workers=cpu:4 --set=jitter=0,sigma=0 \
		--schedule=static --json
	assert_match '"lambda":1\.000,"speedup":1\.000,"bound_ratio":1\.000,' "$output"
	assert_match '"steals":0,"by_card":0,"from_card":0,"aborted":0,"duplicated":0,"card_chunk":0\.000' "$output"
	# a card alone: launch, then its items
	run -0 ocr-sim --work=d --workers=card:1@2 --schedule=static \
		--set=jitter=0,sigma=0,launch=1000,submit=0 --json
	assert_match '"card_chunk":4096\.000' "$output"
	makespan=$(grep -o '"makespan_ns":[0-9]*' <<< "$output")
	[ "${makespan#*:}" -ge $((1000 + 4096 * 9 / 2)) ]
	[ "${makespan#*:}" -le $((1000 + 4096 * 10 / 2)) ]
}

@test "usage" {
	run -2 --separate-stderr ocr-sim file
	assert_stderr "ocr-sim: 'file': there are no operands; --work says what to do"
	run -2 --separate-stderr ocr-sim --json --svg
	assert_stderr 'ocr-sim: --json and --svg: one of them'
	run -2 --separate-stderr ocr-sim --wrong
	assert_stderr $'ocr-sim: unknown option \'--wrong\'\ntry \'ocr-sim --help\''
	run -2 --separate-stderr ocr-sim --seed=-1
	assert_match "^ocr-sim: --seed: '-1' is not a number" "$stderr"
	run -0 ocr-sim --help
	assert_match '^usage: ocr-sim \[-qv\]' "$output"
}

@test "outputs that fail" {
	run -1 --separate-stderr ocr-sim --work=kron10 -o no/x
	assert_stderr 'ocr-sim: cannot create no/x: No such file or directory'
	for format in --schedule=static --json --svg; do
		run -1 sh -c 'ocr-sim --work=kron10 --workers=cpu:2 "$1" > /dev/full' \
			sh "$format"
		assert_output 'ocr-sim: cannot write to stdout: No space left on device'
	done
	run -1 --separate-stderr ocr-sim --work=kron10 --schedule=hws \
		--trace=/dev/full
	assert_stderr 'ocr-sim: cannot write to /dev/full: No space left on device'
	# what was there stays when the run fails
	mkdir d
	cd d
	echo old > out
	run -2 ocr-sim --work=kron10 --work=kron10/l6 --schedule=hws -o out
	[ "$(cat out)" = old ]
	[ "$(ls -A)" = out ]
}

@test "a reader that goes away" {
	run -0 sh -c 'ocr-sim --work=kron10 | head -n 1'
	assert_output 'simulated on a virtual clock, not measured (grade S)'
	# shellcheck disable=SC2016 # for bash
	run -141 bash -c 'trap "" PIPE; set -o pipefail
		trap - PIPE; ocr-sim --work=kron10 --work=kron10 --work=kron10 \
			--json | true' ||
		[ "$status" = 0 ]
}

# host_rows: of a table of hosts, as "SCHEDULE RATE HOSTS SPEEDUP EFFICIENCY ..."
host_rows() {
	awk 'NF >= 12 && $2 ~ /^[0-9.]+$/ { print }'
}

@test "--hosts: a table and JSON" {
	run -0 --separate-stderr ocr-sim --hosts=1,10 --rate=0.2,50 --units=4 \
		--set=seconds=5 --schedule=hws --schedule=dynamic
	assert_stderr ''
	[ "${lines[0]}" = 'simulated on a virtual clock, not measured (grade S)' ]
	[ "${lines[1]}" = 'bytes cross the master, chunks of 1.00 MiB, 4 units a host' ]
	assert_match '^no use where one of them would do more than [0-9]+ MB/s of the work itself$' \
		"$output"
	[ "$(host_rows <<< "$output" | awk '{ print $1, $2, $3 }')" = 'hws 0.20 1
hws 0.20 10
hws 50.0 1
hws 50.0 10
dynamic 0.20 1
dynamic 0.20 10
dynamic 50.0 1
dynamic 50.0 10' ]
	# little work for each byte: one master cannot feed ten hosts
	host_rows <<< "$output" | awk '
	$5 > 1 || $4 > 4 * $3 * 1.05 { exit 1 }
	$2 == "50.0" && $3 == 10 && ($5 > 0.5 || $6 < 90) { exit 1 }'
	run ! grep -E '.{81}' <<< "$output"
	ocr-sim --hosts=3 --json --set=seconds=2 > a
	is_json a
	assert_match '"schedule":"hws","hosts":3,"units":10,.*"grade":"S"' "$(cat a)"
}

@test "--hosts: the same options give the same bytes, another seed others" {
	ocr-sim --hosts=4 --set=seconds=2,deaths=1 --json > a
	ocr-sim --hosts=4 --set=seconds=2 --set=deaths=1 --seed=1 --json -o b
	ocr-sim --hosts=4 --set=seconds=2,deaths=1 --seed=2 --json > c
	cmp a b
	run ! cmp -s a c
	[ "$(ls -A)" = $'a\nb\nc' ]
}

@test "--hosts: by reference 100 hosts of 10 units, and less than 1 MB/s" {
	run -0 --separate-stderr ocr-sim --hosts=100 --by-reference
	assert_match '^by reference: names cross the master, chunks of 128 MiB, 10 units a host$' \
		"$output"
	assert_match '^ +100 hosts: [0-9k]+ MB/s, and [0-9.]+ MB/s that the master reads to check$' \
		"$output"
	host_rows <<< "$output" | awk '
	{ n++ }
	$5 < 0.9 || $9 >= 1 { exit 1 }
	END { if (n != 1) exit 1 }'
}

@test "--hosts: how many a master keeps at work" {
	run -0 --separate-stderr ocr-sim --hosts=1 --limit --units=100 \
		--set=seconds=1,cores=1,window=1
	assert_stderr ''
	assert_match '^how many hosts one master keeps at work' "$output"
	# the more work a byte is, the more hosts
	awk '/^unit MB\/s/ { on = 1; next }
	on && NF == 4 {
		n = $3
		sub(/>=/, "", n)
		if (rows++ && n + 0 > last) exit 1
		last = n + 0
	}
	END { if (rows != 8 || last != 0) exit 1 }' <<< "$output"
}

@test "--hosts: what does not go with it" {
	hint="try 'ocr-sim --help'"
	for one in --workers=cpu:1 --work=kron10 --svg --trace=t --set=launch=1; do
		run -2 --separate-stderr ocr-sim "$one" --hosts=2
		assert_stderr "ocr-sim: --hosts: not with --workers, --work, --svg, --trace or their --set"
	done
	for one in --rate=2 --units=3 --by-reference --limit --set=link=1; do
		run -2 --separate-stderr ocr-sim "$one"
		assert_stderr 'ocr-sim: --rate, --units, --by-reference, --limit and --set of hosts: only with --hosts'
	done
	run -2 --separate-stderr ocr-sim --hosts=2 --schedule=dynamic:best
	assert_stderr "ocr-sim: --schedule: 'dynamic:best' is not for --hosts; name it without best"
	for one in '' 0 1.5 2001 x '1,' ,1 -1 1,,2; do
		run -2 --separate-stderr ocr-sim --hosts="$one"
		assert_stderr "ocr-sim: --hosts: '$one' is no list of at most 16 numbers from 1 to 2000"
	done
	for one in '' 0 1e9 '2,' x; do
		run -2 --separate-stderr ocr-sim --hosts=1 --rate="$one"
		assert_stderr "ocr-sim: --rate: '$one' is no list of at most 16 numbers from 0.001 to 1e+06"
	done
	run -2 --separate-stderr ocr-sim --units=0 --hosts=1
	for one in link=0 cores=1.5 share=2 window=65 copies=maybe deaths=-1; do
		run -2 --separate-stderr ocr-sim --hosts=1 --set="$one"
		assert_stderr "ocr-sim: --set: '$one': no value that ${one%%=*} can have"$'\n'"$hint"
	done
}
