# The examples of README.md, ocr-compress(1), ocr-devices(1), ocr-run(1) and
# octoray-tools(7) run as they stand there.  Each is found by the name in a comment before it.
# shellcheck disable=SC2154 # helper.bash and run set top_srcdir, output, ...
load helper

setup() {
	mkdir "$BATS_TEST_TMPDIR/work"
	cd "$BATS_TEST_TMPDIR/work" || return 1
	TMPDIR=$BATS_TEST_TMPDIR
	export TMPDIR
}

# names FILE: of all its examples.
names() {
	sed -n 's/^\(\.\\"\|<!--\) example: \([a-z-]*\).*/\2/p' "$top_srcdir/$1"
}

# same FILE.gz FILE: by gzip's judgement.
same() {
	gzip -t "$1"
	gzip -dc "$1" | cmp - "$2"
}

big_csv() {
	gen digits 2500000 > big.csv
	cp big.csv kept
}

site() {
	mkdir -p site/img
	gen text 300000 > site/index.html
	gen random 1500000 > site/img/photo.jpg
	: > site/empty
	ln -s index.html site/home
}

# logs NAME: some logs, and one that is called so.
logs() {
	local i
	mkdir logs
	for i in 1 2 3 4 5 6 7 8 9; do
		gen text $((i * 20000)) "$i" > "logs/day-$i.log"
	done
	mv logs/day-5.log "logs/$1"
	cp -r logs kept
}

logs_are_same() {
	local f
	for f in kept/*.log; do
		same "logs/${f#kept/}.gz" "$f"
	done
}

@test "every example is tested, every test has its example" {
	for file in README.md man/ocr-compress.1 man/ocr-devices.1 man/ocr-run.1 man/octoray-tools.7; do
		grep -oh "example $file [a-z-]*" "$BATS_TEST_FILENAME" \
			"$top_srcdir/tests/slurm.bats" |
			awk '{ print $3 }' | sort -u > tested
		names "$file" | sort | diff - tested
	done
}

@test "everything under EXAMPLES is an example" {
	for file in man/ocr-compress.1 man/ocr-devices.1 man/ocr-run.1 man/octoray-tools.7; do
		n=$(sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$top_srcdir/$file" |
			grep -c '^\.Bd')
		[ "$n" = "$(names "$file" | wc -l)" ]
	done
}

# synopsis PAGE: its SYNOPSIS as --help has it.
synopsis() {
	awk '
	/^\.Sh / { on = $2 == "SYNOPSIS"; next }
	!on { next }
	/^\.Nm/ { out = "TOOL"; next }
	{
		line = ""
		glue = 1
		for (i = $1 == ".Op" ? 2 : 1; i <= NF; i++) {
			if ($i ~ /^\.?(Ar|Cm|Li)$/)
				continue
			if ($i == "Op") { # one within another ends with it
				line = line " ["
				glue = 1
				inner = "]"
				continue
			}
			if ($i == "Ns") {
				glue = 1
				continue
			}
			line = line (glue ? "" : " ")
			glue = $i ~ /^\.?Fl$/
			line = line (glue ? "-" : $i)
		}
		out = out " " ($1 == ".Op" ? "[" line inner "]" : line inner)
		inner = ""
	}
	END { print out }' "$1"
}

@test "usage is the SYNOPSIS" {
	for page in "$top_srcdir"/man/ocr-*.1; do
		tool=$(basename "$page" .1)
		usage=$("$tool" --help | sed '/^$/,$d; s/^usage: //')
		shows usage "$usage"
		synopsis "$page" | sed "s/TOOL/$tool/" | cmp - <(echo "$usage")
	done
}

@test "every option is on its page" {
	for page in "$top_srcdir"/man/ocr-*.1; do
		tool=$(basename "$page" .1)
		for option in $("$tool" --help |
			sed -n 's/^  *\(-.*\)/\1/p' | sed 's/  .*//' |
			grep -o -e '--[a-z][a-z0-9-]*'); do
			grep -q "^\.It .* ${option#-}\\( \\|\$\\)" "$page" || {
				shows "not in $page" "$option"
				return 1
			}
		done
	done
}

@test "README: use" {
	site
	big_csv
	gen text 2500000 | sed '$d' > big.log
	tail -n 1 big.log > last
	cp big.log kept.log
	run -0 --separate-stderr run_example README.md use
	[ ! -e big.log ]
	same big.log.gz kept.log
	same big.csv.gz kept
	tar xzf site.tar.gz --one-top-level=out
	diff -r site out/site
	[ "${lines[0]}" = "$(cat last)" ]
	assert_match '000000000002/big\.csv$' "$output"
}

@test "README: schedule" {
	run -0 --separate-stderr run_example README.md schedule
	[ "$stderr" = '' ]
	assert_match '^kron16/degree, 15 threads and 1 card: ' "$output"
	assert_match '^kron16/l2, 4 threads and 10 cards: ' "$output"
}

@test "README: card" {
	needs_xrt
	gen text 2500000 > big.log
	cp big.log kept.log
	run -0 --separate-stderr run_example README.md card
	[ "$stderr" = '' ]
	same big.log.gz kept.log
	assert_match '^xrt:1 .*emulated' "$output"
	assert_match 'k_deflate_4' "$output"
}

@test "ocr-compress(1): files" {
	gen text 1500000 > access.log
	cp access.log kept
	run -0 run_example man/ocr-compress.1 files
	assert_output ''
	cmp access.log kept
	[ ! -e access.log.gz ]
}

@test "ocr-compress(1): tar" {
	site
	mv site dir
	run -0 --separate-stderr run_example man/ocr-compress.1 tar
	assert_stderr ''
	assert_match '^dir/img/photo\.jpg$' "$output"
	tar xzf x.tar.gz --one-top-level=out
	diff -r dir out/dir
}

@test "ocr-compress(1): level" {
	gen text 1500000 > access.log
	run -0 --separate-stderr run_example man/ocr-compress.1 level
	assert_output ''
	assert_match 'access\.log: [0-9.]+% -- created access\.log\.gz$' "$stderr"
	same access.log.gz access.log
}

@test "ocr-compress(1): filter" {
	big_csv
	run -0 run_example man/ocr-compress.1 filter
	assert_output ''
	same big.csv.gz big.csv
}

@test "ocr-compress(1): bgzf" {
	big_csv
	run -0 run_example man/ocr-compress.1 bgzf
	sort big.csv > sorted
	same sorted.csv.gz sorted
	[ "$(head -c 14 sorted.csv.gz | tail -c 2)" = BC ]
	if command -v bgzip > /dev/null; then
		bgzip -dc sorted.csv.gz | cmp - sorted
	fi
}

@test "ocr-compress(1): test" {
	gen mixed 3000000 | gzip > backup.tar.gz
	run -0 run_example man/ocr-compress.1 test
	assert_output good
	truncate -s -9 backup.tar.gz
	run ! run_example man/ocr-compress.1 test
}

@test "ocr-run(1): command" {
	for i in 1 2 3 4 5 6 7 8 9; do
		echo "$i GET /"
	done > access.log
	gen text 2500000 >> access.log
	run -0 run_example man/ocr-run.1 command
	assert_output ''
	sed s/GET/get/ access.log | cmp - out
}

@test "ocr-run(1): fwi" {
	cp "$top_srcdir/tests/kernels/fwi.c" .
	run -0 run_example man/ocr-run.1 fwi
	[ "${#lines[@]}" = 8 ]
	for line in "${lines[@]}"; do
		assert_match ' steps, misfit   0\.0[0-9] %$' "$line"
	done
}

@test "ocr-run(1): passes" {
	cp "$top_builddir/tests/kernels/fwi.so" .
	run -0 run_example man/ocr-run.1 passes
	[ "${#lines[@]}" = 3 ]
	assert_match '^ 97:  2 steps, misfit  [0-9]+\.[0-9]+ %$' "${lines[0]}"
}

@test "octoray-tools(7): file" {
	big_csv
	run -0 run_example man/octoray-tools.7 file
	assert_output ''
	[ ! -e big.csv ]
	same big.csv.gz kept
}

@test "octoray-tools(7): pipeline" {
	big_csv
	run -0 run_example man/octoray-tools.7 pipeline
	assert_output ''
	same big.csv.gz big.csv
}

@test "octoray-tools(7): back" {
	seq 200000 > big.csv
	ocr-compress big.csv
	run -0 run_example man/octoray-tools.7 back
	assert_output 200000
}

@test "octoray-tools(7): check" {
	big_csv
	run -0 run_example man/octoray-tools.7 check
	assert_output ''
	[ ! -e big.csv ]
	same big.csv.gz kept
}

@test "octoray-tools(7): lines" {
	gen text 2500000 > access.log
	run -0 run_example man/octoray-tools.7 lines
	assert_output ''
	same access.log.gz access.log
}

@test "octoray-tools(7): reference" {
	big_csv
	run -0 run_example man/octoray-tools.7 reference
	assert_output ''
	same big.csv.gz big.csv
}

@test "octoray-tools(7): archive" {
	site
	tar cf - site | ocr-split --archive | ocr-merge --to=zip -o site.zip
	run -0 run_example man/octoray-tools.7 archive
	assert_output ''
	tar xf site.tar --one-top-level=out
	diff -r site out/site
}

@test "octoray-tools(7): archive-gz" {
	site
	tar cf - site | ocr-split --archive | ocr-merge --to=zip -o site.zip
	run -0 run_example man/octoray-tools.7 archive-gz
	assert_output ''
	tar xzf site.tar.gz --one-top-level=out
	diff -r site out/site
}

@test "octoray-tools(7): tar" {
	site
	cp -a site kept
	run -0 run_example man/octoray-tools.7 tar
	assert_output ''
	diff -r site kept
	tar xzf site.tar.gz --one-top-level=out
	diff -r kept out/site
}

@test "octoray-tools(7): look" {
	big_csv
	run -0 --separate-stderr run_example man/octoray-tools.7 look
	assert_stderr ''
	[ "${#lines[@]}" = 6 ]
	assert_match ' 000000000002/big\.csv$' "$output"
	assert_match ' ocr/end$' "${lines[5]}"
}

@test "octoray-tools(7): kept" {
	big_csv
	run -0 --separate-stderr run_example man/octoray-tools.7 kept
	assert_stderr ''
	assert_match '^type=deflate$' "$output"
	assert_match '^total=2500000$' "$output"
	assert_match '^status=ok$' "$output"
	assert_match '^chunks=3$' "$output"
	same big.csv.gz big.csv
}

@test "octoray-tools(7): check-stream" {
	big_csv
	run -0 run_example man/octoray-tools.7 check-stream
	assert_output ''
}

# put FILE OFFSET: standard input over what is there.
put() {
	dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# end_entry TEXT: an ocr/end that says so; header in the file end, see
# ocr-stream(5).
end_entry() {
	printf '%011o' "${#1}" | put end 124
	crc=$({
		head -c 100 end
		tail -c +125 end | head -c 12
		tail -c +298 end | head -c 32
		tail -c +158 end | head -c 100
		printf %s "$1"
	} | gzip -c | tail -c 8 | head -c 4 | od -An -tx4)
	printf 'crc32:%s' "${crc# }" | put end 265
	printf '        ' | put end 148
	sum=$(od -An -v -tu1 end | awk '
		{ for (i = 1; i <= NF; i++) n += $i } END { print n }')
	printf '%06o\0' "$sum" | put end 148
	cat end
	printf %s "$1"
	head -c $((512 - ${#1})) /dev/zero
}

# blocks FROM TO: of big.ocr.
blocks() {
	tail -c +$(($1 * 512 + 1)) big.ocr | head -c $((($2 - $1) * 512))
}

# parts: big.ocr, of three chunks, becomes part1.ocr (0 and 2) and part2.ocr.
parts() {
	local at
	mapfile -t at < <(tar tRf big.ocr | sed 's/^block \([0-9]*\):.*/\1/')
	blocks "${at[5]}" $((at[5] + 1)) > end
	{
		blocks 0 "${at[3]}"
		blocks "${at[4]}" "${at[5]}"
		end_entry $'status=ok\nchunks=2\nbytes=1451424\n'
		head -c 1024 /dev/zero
	} > part1.ocr
	{
		blocks 0 "${at[2]}"
		blocks "${at[3]}" "${at[4]}"
		end_entry $'status=ok\nchunks=1\nbytes=1048576\n'
		head -c 1024 /dev/zero
	} > part2.ocr
}

@test "octoray-tools(7): parts" {
	big_csv
	ocr-split big.csv | ocr-compress > big.ocr
	parts
	run -0 run_example man/octoray-tools.7 parts
	assert_output ''
	same big.csv.gz big.csv
	# one part alone is not enough
	run -1 ocr-merge -o one.gz part2.ocr
	[ ! -e one.gz ]
}

@test "octoray-tools(7): streams" {
	gen digits 1500000 1 > january.csv
	gen digits 1400000 2 > february.csv
	run -0 run_example man/octoray-tools.7 streams
	assert_output ''
	cat january.csv february.csv > both.csv
	same both.csv.gz both.csv
}

@test "ocr-devices(1): devices-list" {
	run -0 run_example man/ocr-devices.1 devices-list
	assert_match '^cpu .* ready$' "$output"
}

@test "ocr-devices(1): devices-softcard" {
	needs_xrt
	run -0 --separate-stderr timeout -k 5 100 setsid bash -euo pipefail \
		-c "$(example man/ocr-devices.1 devices-softcard)"
	assert_stderr ''
	assert_match '^xrt:1/k_deflate_4 .* MB/s, emulated +ready$' "$output"
}

@test "octoray-tools(7): card-program" {
	needs_xrt
	[ -e /usr/include/xrt/xrt/xrt_kernel.h ] || skip 'no headers of XRT'
	[ -e /usr/include/uuid/uuid.h ] || skip 'no uuid.h'
	run -0 --separate-stderr timeout -k 5 60 setsid bash -euo pipefail \
		-c "$(example man/octoray-tools.7 card-program)"
	assert_output '1000 of 1000 right'
	assert_stderr ''
	# what is said of it there
	run -0 timeout -k 5 60 setsid ocr-softcard --cards=2 --trace \
		--kernels=vadd.desc -- ./host
	assert_match '^1000 of 1000 right$' "$output"
	assert_match 'card 0: copy to card' "$output"
}

@test "octoray-tools(7): no-card" {
	needs_xrt
	gen text 3000000 > quiet.txt
	run -0 --separate-stderr timeout -k 5 60 setsid bash -euo pipefail \
		-c "$(example man/octoray-tools.7 no-card)"
	assert_stderr ''
	assert_match '^xrt:1/shout_4 .* ready$' "$output"
	tr '[:lower:]' '[:upper:]' < quiet.txt | cmp - loud.txt
}

@test "octoray-tools(7): find" {
	logs 'a day.log'
	run -0 run_example man/octoray-tools.7 find
	assert_output ''
	logs_are_same
}

@test "octoray-tools(7): xargs" {
	logs 'a day.log'
	run -0 run_example man/octoray-tools.7 xargs
	assert_output ''
	logs_are_same
}

@test "octoray-tools(7): makefile and make" {
	logs a-day.log
	example man/octoray-tools.7 makefile > Makefile
	run -0 run_example man/octoray-tools.7 make
	logs_are_same
	# nothing is left to do, then one file
	run -0 make
	assert_match "Nothing to be done for 'all'" "$output"
	gen text 5000 99 > 'logs/day-3.log'
	cp logs/day-3.log kept/day-3.log
	touch -d '1 hour ago' logs/day-3.log.gz
	run -0 make
	assert_output 'ocr-compress -f -j 1 -o logs/day-3.log.gz logs/day-3.log'
	logs_are_same
}

# fake: hosts in hosts.txt that are processes here.
fake() {
	load hosts
	fake_hosts 2
	cp "$OCR_HOSTS" hosts.txt
	unset OCR_HOSTS
}

@test "README: hosts" {
	fake
	gen text 2500000 > big.log
	cp big.log kept.log
	run -0 --separate-stderr run_example README.md hosts
	assert_stderr ''
	assert_match '^h2 .* ready$' "$output"
	same big.log.gz kept.log
}

@test "octoray-tools(7): hosts" {
	fake
	big_csv
	run -0 --separate-stderr run_example man/octoray-tools.7 hosts
	assert_stderr ''
	assert_match '^h1 .* ready$' "$output"
	same big.csv.gz kept
}

@test "octoray-tools(7): hosts-shards, hosts-resume" {
	fake
	gen digits 5000000 > big.csv
	run -0 run_example man/octoray-tools.7 hosts-shards
	same big.csv.gz big.csv
	rm -r shards
	run -0 run_example man/octoray-tools.7 hosts-resume
	cat shards/*.gz | gzip -dc | cmp - big.csv
	rm shards/000000000002.gz shards/SHARDS
	run -0 run_example man/octoray-tools.7 hosts-resume
	cat shards/*.gz | gzip -dc | cmp - big.csv
	# each of the others once, and that one twice
	[ "$(grep -c '	0	0	' log)" = 6 ]
}

@test "octoray-tools(7): hosts-makefile" {
	fake
	logs day-x.log
	example man/octoray-tools.7 hosts-makefile > Makefile
	make > out
	logs_are_same
	make > out
	assert_match 'Nothing to be done' "$(cat out)"
}

@test "octoray-tools(7): hosts-parallel" {
	command -v parallel > /dev/null || skip 'no GNU parallel'
	load hosts
	hosts_up 2
	logs day-x.log
	cp "$OCR_HOSTS" hosts.txt
	unset OCR_HOSTS
	export HOME=$PWD
	run -0 run_example man/octoray-tools.7 hosts-parallel
	logs_are_same
	hosts_down
}
