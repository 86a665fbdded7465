# Schedules of chunk streams, and what --stats and --trace say of them
# shellcheck disable=SC2154 # run sets output and stderr
# shellcheck disable=SC2016 # what stands in '' is for another shell
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export OCR_LEASE_DIR=$PWD/leases
	unset OCR_DEVICES OCR_SCHEDULE OCR_XCLBIN
}

all='static static:4 dynamic hap hws-paper hws hws:victim=random hws:steal=no'

# sum_of KEY: over all workers of the file stats.
sum_of() {
	grep -o "{\"name\":[^}]*}" stats | grep -o "\"$1\":[0-9]*" |
		awk -F: '{ n += $2 } END { print n }'
}
# is_json FILE
is_json() {
	! command -v python3 > /dev/null ||
		python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$1"
}

@test "the output is the same whatever the schedule" {
	gen text 3M > in
	for level in 1 6; do
		ocr-compress -$level -s 64K --schedule=dynamic -j 1 < in > want
		for schedule in $all; do
			for jobs in 1 2 4; do
				ocr-compress -$level -s 64K -j $jobs \
					--schedule="$schedule" < in | cmp - want
				ocr-compress -d -j $jobs --schedule="$schedule" \
					< want | cmp - in
			done
		done
	done
}

@test "chunk streams, and ocr-run" {
	gen text 1M > in
	ocr-split -s 16K in > in.ocr
	for schedule in $all; do
		ocr-compress -j 3 --schedule="$schedule" < in.ocr |
			ocr-compress -dj 3 --schedule="$schedule" |
			ocr-merge | cmp - in
		ocr-run -s 64K -j 3 --schedule="$schedule" in -- cat | cmp - in
	done
}

@test "many files, and damaged ones" {
	mkdir in
	for i in 1 2 3 4 5; do
		gen text ${i}00K "$i" > "in/$i"
	done
	ocr-compress -k -s 16K -r in
	head -c 100000 in/4.gz > part && mv part in/4.gz
	for schedule in $all; do
		for i in 1 2 3 5; do
			ocr-compress -dc -j 3 --schedule="$schedule" "in/$i.gz" |
				cmp - "in/$i"
		done
		run -1 --separate-stderr ocr-compress -t -j 3 \
			--schedule="$schedule" in/*.gz
		assert_match '^ocr-compress: in/4.gz: ' "$stderr"
		[ "${#stderr_lines[@]}" = 1 ]
	done
}

@test "an output that is closed, or full" {
	gen text 2M > in
	for schedule in $all; do
		run -1 --separate-stderr sh -c "ocr-compress -j 4 -s 16K \
			--schedule=$schedule < in > /dev/full"
		assert_stderr 'ocr-compress: cannot write to stdout: No space left on device'
		ocr-compress -j 4 -s 16K --schedule="$schedule" < in | head -c 1 > /dev/null
	done
}

@test "what --stats says" {
	gen text 2M > in
	for schedule in $all; do
		ocr-compress -j 3 -s 16K --schedule="$schedule" --stats=stats \
			-c in > /dev/null
		is_json stats
		grep -q "\"schedule\":\"${schedule%%:*}\",\"lambda\":[0-9]*\.[0-9]*,\"workers\":" stats
		[ "$(sum_of chunks)" = 128 ]
		[ "$(sum_of steals)" = "$(sum_of lost)" ]
		case $schedule in
		static* | dynamic | hap | *steal=no)
			[ "$(sum_of steals)" = 0 ]
			;;
		esac
	done
}

@test "static deals them out in turn" {
	gen text 1M > in
	ocr-compress -j 4 -s 16K --schedule=static --stats=stats -c in > /dev/null
	[ "$(grep -o '"name":"cpu[^}]*"chunks":16,' stats | wc -l)" = 4 ]
}

@test "the environment has a schedule, the option wins" {
	gen text 100K > in
	OCR_SCHEDULE=static:3 ocr-compress --stats=stats -c in > /dev/null
	grep -q '"schedule":"static"' stats
	OCR_SCHEDULE=nonsense ocr-compress --schedule=hap --stats=stats -c in > /dev/null
	grep -q '"schedule":"hap"' stats
	OCR_SCHEDULE='' ocr-compress --stats=stats -c in > /dev/null
	grep -q '"schedule":"hws"' stats
	OCR_SCHEDULE=hws-paper ocr-run --stats=stats in -- cat > /dev/null
	grep -q '"schedule":"hws-paper"' stats
}

@test "schedules that are none" {
	echo text > in
	for tool in ocr-compress ocr-run; do
		run -2 --separate-stderr $tool --schedule=fastest in
		assert_stderr "$tool: --schedule: 'fastest' is not static, dynamic, hap, hws-paper or hws
try '$tool --help'"
		for schedule in '' hws: hws:2 static:0 static:x dynamic:0 'hap,' Hws 'hws '; do
			run -2 --separate-stderr $tool --schedule="$schedule" in
			assert_match "^$tool: --schedule: " "$stderr"
		done
	done
	OCR_SCHEDULE=fastest run -2 --separate-stderr ocr-compress -c in
	assert_stderr "ocr-compress: OCR_SCHEDULE: 'fastest' is not static, dynamic, hap, hws-paper or hws"
	OCR_SCHEDULE=static:-1 run -2 --separate-stderr ocr-run in -- cat
	assert_match '^ocr-run: OCR_SCHEDULE: RATIO: ' "$stderr"
	OCR_SCHEDULE=fastest run -0 ocr-devices --test -D cpu:1
}

@test "--trace: a row for each worker, a span for each chunk" {
	gen text 2M > in
	for schedule in $all; do
		ocr-compress -j 3 -s 16K --schedule="$schedule" --trace=trace \
			--stats=stats -c in > /dev/null
		is_json trace
		[ "$(grep -c '"name":"thread_name".*"args":{"name":"cpu:[012]"}' trace)" = 3 ]
		[ "$(grep -c '"name":"chunk","ph":"X"' trace)" = 128 ]
		[ "$(grep -c '"name":"steal"' trace)" = "$(sum_of steals)" ]
		# every byte is in one span
		[ "$(grep '"ph":"X"' trace | sed 's/.*"first":\([0-9]*\),.*/\1/' |
			sort -nu | wc -l)" = 128 ]
	done
	ocr-run -s 16K -j 2 --trace=trace in -- cat > /dev/null
	is_json trace
	[ "$(grep -c '"name":"chunk","ph":"X"' trace)" = 128 ]
}

@test "a trace that cannot be written" {
	gen text 100K > in
	run -1 --separate-stderr ocr-compress --trace=none/t in
	assert_stderr 'ocr-compress: cannot create none/t: No such file or directory'
	[ -e in ] && [ ! -e in.gz ]
	run -1 --separate-stderr ocr-run --trace=none/t in -- cat
	assert_stderr 'ocr-run: cannot create none/t: No such file or directory'
	assert_output ''
	run -2 --separate-stderr ocr-compress --trace=- -c in
	assert_output ''
}

@test "no trace of a run that failed" {
	gen text 100K > in
	run -1 ocr-compress --trace=t -c in /dev/null/x
	rm -f t
	run -1 sh -c 'ocr-compress --trace=t -c in > /dev/full'
	[ ! -e t ]
	run -2 ocr-compress --trace=t --stream in
	[ ! -e t ]
}

# card [OPTION...] -- COMMAND...: in a card of two units.
card() { timeout -k 5 60 ocr-softcard --cus 2 "$@"; }

@test "cards that are much slower than the CPU" {
	needs_xrt
	gen text 4M > in
	for schedule in static dynamic hap hws-paper hws; do
		card --rate 2M -- ocr-compress -1 -D cpu:2,xrt -s 64K \
			--schedule="$schedule" --stats=stats --trace=trace \
			-f -o out.gz -k in
		gzip -dc out.gz | cmp - in
		[ "$(sum_of chunks)" = 64 ]
		[ "$(grep -c '"name":"chunk[^"]*","ph":"X"' trace)" = 64 ]
		[ "$(grep -c '"name":"thread_name"' trace)" = 4 ]
	done
}

@test "cards that are much faster than the CPU" {
	needs_xrt
	gen text 4M > in
	for schedule in static dynamic hap hws-paper hws; do
		card -- ocr-compress -12 -D cpu:1,xrt -s 64K \
			--schedule="$schedule" --stats=stats -f -o out.gz -k in
		gzip -dc out.gz | cmp - in
		[ "$(sum_of chunks)" = 64 ]
		[ "$(sum_of steals)" = "$(sum_of lost)" ]
	done
}

@test "units that fail, under every schedule" {
	needs_xrt
	gen text 4M > in
	for schedule in static dynamic hap hws-paper hws; do
		card --hang k_deflate_1:5 --fail k_deflate_2:7 -- ocr-compress \
			-D cpu:1,xrt -s 64K --run-timeout=1 \
			--schedule="$schedule" --stats=stats -f -o out.gz -k in
		gzip -dc out.gz | cmp - in
	done
}

@test "seconds and shares are plain decimal numbers" {
	for v in 0x10 nan -1 ' 1' 1x; do
		run -2 --separate-stderr ocr-compress --run-timeout="$v" -c in
		assert_output ''
		[ "${stderr_lines[0]}" = "ocr-compress: --run-timeout: '$v' is not a number of seconds from 0.001 to 86400" ]
	done
	run -2 --separate-stderr ocr-compress --verify=sample:0x1 -c in
	[ "${stderr_lines[0]}" = "ocr-compress: --verify: 'sample:0x1' is not full, off or sample:P (P from 0 to 1)" ]
}
