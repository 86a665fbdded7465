# ocr-compress on files and plain standard input: like gzip, but faster
# shellcheck disable=SC2154 # run sets output and stderr
# A pipe on purpose, a comparison with what was read, a name like a command:
# shellcheck disable=SC2002,SC2094,SC2238,SC2010,SC2012,SC2086
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

# round LEVEL FILE [OPTION...]: what we write, gzip and we read
round() {
	local level=$1 file=$2
	shift 2
	ocr-compress "-$level" "$@" < "$file" > z.gz
	gzip -t z.gz
	gzip -dc z.gz | cmp - "$file"
	ocr-compress -dc z.gz | cmp - "$file"
}

@test "every level and kind of data comes back" {
	local kind level
	for kind in zeros random base64 text digits mixed; do
		gen $kind 2500000 7 > in
		for level in 0 1 2 3 6 9; do
			round $level in
		done
	done
	gen mixed 1200000 > in
	for level in 4 5 7 8 10 11 12; do
		round $level in
	done
}

@test "sizes around a chunk come back" {
	local n
	gen mixed 3M > all
	for n in 0 1 2 65535 65536 65537 1048575 1048576 1048577 2097152; do
		head -c $n all > in
		round 1 in
		round 6 in
	done
	for n in 1 511 512 513; do
		head -c $n all > in
		cat in | ocr-compress | gzip -dc | cmp - in
		ocr-compress < in | cat | ocr-compress -d | cmp - in
	done
}

@test "one member by default: gzip -l is right" {
	gen text 5000000 > in
	ocr-compress < in > z.gz
	run gzip -l z.gz
	assert_match '^ +[0-9]+ +5000000 ' "$output"
}

@test "the order and the bytes do not depend on the number of threads" {
	gen mixed 9M > in
	ocr-compress -j1 < in > 1.gz
	ocr-compress -j2 < in | cmp - 1.gz
	ocr-compress -p 7 < in | cmp - 1.gz
	cat in | ocr-compress -j3 | cmp - 1.gz
	ocr-compress -c in | cmp - 1.gz
	sleep 1
	ocr-compress < in | cmp - 1.gz
}

@test "chunks of any size come back" {
	local s
	gen mixed 3M > in
	for s in 1 4K 100000 1M 3M 64M; do
		[ $s = 1 ] && head -c 300 in > part || cp in part
		ocr-compress -s $s < part > z.gz
		gzip -dc z.gz | cmp - part
		ocr-compress -d < z.gz | cmp - part
	done
}

@test "formats members and bgzf" {
	local n f
	gen mixed 3000001 > all
	for n in 0 1 65279 65280 65281 3000001; do
		head -c $n all > in
		for f in members bgzf; do
			ocr-compress --format=$f < in > z.gz
			gzip -dc z.gz | cmp - in
			ocr-compress -d < z.gz | cmp - in
			ocr-compress -1 --format=$f < in | ocr-compress -d | cmp - in
		done
	done
	if command -v bgzip > /dev/null; then
		ocr-compress --format=bgzf < all > z.gz
		bgzip -t z.gz
		bgzip -dc z.gz | cmp - all
		bgzip -c all | ocr-compress -d | cmp - all
	fi
}

@test "members and bgzf that were cut are told" {
	gen text 3000000 > in
	ocr-compress --format=members < in > z.gz
	# the end marker is the last member
	head -c -40 z.gz > cut.gz
	run -1 --separate-stderr ocr-compress -t cut.gz
	assert_match '^ocr-compress: cut\.gz: ' "$stderr"
	ocr-compress --format=bgzf < in > z.gz
	head -c -28 z.gz > cut.gz
	run -1 --separate-stderr ocr-compress -t cut.gz
	assert_match '^ocr-compress: cut\.gz: ' "$stderr"
}

@test "a file is replaced, with its mode and time" {
	gen text 300000 > in
	cp in keep
	chmod 640 in
	touch -d '2001-02-03 04:05:06' in
	run -0 ocr-compress in
	assert_output ''
	[ ! -e in ]
	[ "$(stat -c '%a %Y' in.gz)" = "640 $(date -d '2001-02-03 04:05:06' +%s)" ]
	run -0 ocr-compress -d in.gz
	assert_output ''
	[ ! -e in.gz ]
	cmp in keep
	[ "$(stat -c '%a %Y' in)" = "640 $(date -d '2001-02-03 04:05:06' +%s)" ]
}

@test "-k keeps, -c writes to standard output, -S names, -o collects" {
	gen text 3000 1 > a
	gen text 3000 2 > b
	ocr-compress -k a
	[ -e a ] && [ -e a.gz ]
	ocr-compress -c a b > c.gz
	cat a b | cmp - <(gzip -dc c.gz)
	cat a b | cmp - <(ocr-compress -dc c.gz)
	ocr-compress -k -S .ocz a
	ocr-compress -dc a.ocz | cmp - a
	ocr-compress -o d.gz a b
	cmp c.gz d.gz
	run -1 ocr-compress -o d.gz a
	assert_output 'ocr-compress: d.gz already exists; use -f to replace it'
	ocr-compress -f -o d.gz a
	gzip -dc d.gz | cmp - a
}

@test "many small files at once" {
	local i
	mkdir many
	for i in $(seq 60); do
		gen text $((i * 997)) "$i" > many/$i
	done
	cp -r many orig
	ocr-compress -r many
	[ "$(ls many/*.gz | wc -l)" = 60 ]
	gzip -t many/*.gz
	ocr-compress -d many/*.gz
	diff -r many orig
}

@test "-r descends, in order, and does not follow links" {
	mkdir -p d/e/f
	gen text 1000 > d/e/f/x
	gen text 1000 > d/y
	ln -s ../y d/e/link
	run -0 ocr-compress -r d
	assert_output ''
	[ -e d/e/f/x.gz ] && [ -e d/y.gz ] && [ -L d/e/link ]
	run -1 ocr-compress d
	assert_output 'ocr-compress: d: is a directory'
}

@test "what is skipped is told" {
	gen text 1000 > a
	cp a b.gz
	ln a hard
	run -1 ocr-compress a
	assert_output 'ocr-compress: a: skipped: it has 1 other link'
	run -1 ocr-compress b.gz
	assert_output 'ocr-compress: b.gz: skipped: it already has the suffix .gz'
	run -1 ocr-compress -d a
	assert_output 'ocr-compress: a: skipped: unknown suffix'
	rm hard
	touch a.gz
	run -1 ocr-compress a
	assert_output 'ocr-compress: a.gz already exists; use -f to replace it'
	[ -e a ]
	run -0 ocr-compress -f a
	gzip -t a.gz
}

@test "one bad file does not stop the others" {
	gen text 1000 > a
	gen text 2000 > b
	run -1 ocr-compress a missing b
	assert_output 'ocr-compress: cannot open missing: No such file or directory'
	[ -e a.gz ] && [ -e b.gz ]
	head -c 100 a.gz > c.gz
	run -1 ocr-compress -d a.gz c.gz b.gz
	assert_match '^ocr-compress: c.gz: ' "$output"
	[ -e a ] && [ -e b ] && [ -e c.gz ] && [ ! -e c ]
}

@test "-d x finds x.gz; .tgz becomes .tar" {
	gen text 1000 > a
	cp a keep
	ocr-compress a
	ocr-compress -d a
	cmp a keep
	ocr-compress < a > b.tgz
	ocr-compress -d b.tgz
	cmp b.tar keep
}

@test "-N stores and restores name and time, without its directories" {
	gen text 1000 > orig
	touch -d @1000000000 orig
	ocr-compress -N -c orig > other.gz
	run gzip -lN other.gz
	assert_match ' orig$' "$output"
	rm orig
	ocr-compress -dN other.gz
	[ "$(stat -c %Y orig)" = 1000000000 ]
	# gzip's own header, with a name that climbs
	printf '\037\213\010\010\000\000\000\000\000\003../evil\000\003\000\000\000\000\000\000\000\000\000' > n.gz
	mkdir sub
	mv n.gz sub
	ocr-compress -dN sub/n.gz
	[ -e sub/evil ] && [ ! -e evil ]
}

@test "without -N the same bytes at another time and under another name" {
	gen text 1000 > a
	cp a b
	touch -d @1 b
	ocr-compress -k a b
	cmp a.gz b.gz
}

@test "-12 is level 12, digits of two arguments do not add up" {
	gen text 300000 > in
	ocr-compress -12 < in > twelve
	ocr-compress -1 -2 < in > two
	ocr-compress -2 < in | cmp - two
	run -1 cmp -s twelve two
	ocr-compress -12kc in | cmp - twelve
	run -2 ocr-compress -13 < in
	assert_match "^ocr-compress: level: '13' is not a number from 0 to 12" "$output"
}

@test "--best and --fast" {
	gen text 300000 > in
	ocr-compress --best < in | cmp - <(ocr-compress -9 < in)
	ocr-compress --fast < in | cmp - <(ocr-compress -1 < in)
}

@test "foreign gzip files: several members, names, comments, padding" {
	gen text 700000 1 > a
	gen base64 500000 2 > b
	gzip -c a > z.gz
	gzip -1c b >> z.gz
	head -c 10000 /dev/zero >> z.gz
	cat a b | cmp - <(ocr-compress -dc z.gz)
	run -0 --separate-stderr ocr-compress -t z.gz
	assert_stderr ''
	if command -v pigz > /dev/null; then
		pigz -c a | ocr-compress -d | cmp - a
		pigz -i -b 128 -c a | ocr-compress -d | cmp - a
		pigz -11 -c b | ocr-compress -d | cmp - b
	fi
}

@test "wrong CRC, wrong length, cut, garbage behind" {
	gen mixed 3M > in
	ocr-compress < in > z.gz
	local n
	n=$(stat -c %s z.gz)
	{ head -c $((n - 8)) z.gz; printf '\0\0\0\0'; tail -c 4 z.gz; } > x.gz
	run -1 ocr-compress -t x.gz
	assert_output 'ocr-compress: x.gz: crc mismatch: the file is damaged'
	{ head -c $((n - 4)) z.gz; printf '\0\0\0\0'; } > x.gz
	run -1 ocr-compress -t x.gz
	assert_output 'ocr-compress: x.gz: length mismatch: the file is damaged'
	head -c $((n - 9)) z.gz > x.gz
	run -1 ocr-compress -t x.gz
	assert_match '^ocr-compress: x.gz: unexpected end of file' "$output"
	head -c 5 z.gz > x.gz
	run -1 ocr-compress -t x.gz
	assert_match '^ocr-compress: x.gz: unexpected end of file' "$output"
	{ cat z.gz; echo garbage; } > x.gz
	run -1 --separate-stderr ocr-compress -dc x.gz
	assert_stderr 'ocr-compress: x.gz: trailing garbage ignored'
	ocr-compress -dcq x.gz 2> /dev/null | cmp - in
	run -1 ocr-compress -t in
	assert_output 'ocr-compress: in: not in gzip format'
	: > empty.gz
	run -1 ocr-compress -t empty.gz
	assert_match '^ocr-compress: empty.gz: unexpected end of file' "$output"
}

@test "-dcf passes on what is not gzip" {
	gen text 100000 > in
	ocr-compress -dcf in | cmp - in
	ocr-compress -dcf < in | cmp - in
}

@test "a bomb meets its limit" {
	head -c 50M /dev/zero | ocr-compress -9 > z.gz
	run -1 ocr-compress --limit 1M -t z.gz
	assert_output 'ocr-compress: z.gz: output is larger than --limit 1048576'
	run -0 ocr-compress --limit 50M -t z.gz
	head -c 50M /dev/zero | gzip -9 > z.gz
	run -1 ocr-compress --limit 1M -dk z.gz
	[ ! -e z ]
}

@test "usable as tar's compressor" {
	mkdir d
	gen text 100000 > d/a
	tar -I ocr-compress -cf d.tar.gz d
	gzip -t d.tar.gz
	tar -I ocr-compress -tf d.tar.gz | grep -q d/a
	tar xzf d.tar.gz -C "$BATS_TEST_TMPDIR" --transform s/^d/e/
	cmp d/a e/a
}

@test "--rsyncable: behind a change the bytes are the same again" {
	gen text 12000000 > a
	{ echo something new; cat a; } > b
	ocr-compress --rsyncable -k a b
	ocr-compress -dc b.gz | cmp - b
	# the same cuts for a file and a pipe
	cat a | ocr-compress --rsyncable | cmp - a.gz
	# all but the first chunks and the trailer
	tail -c 1000000 a.gz | head -c 999990 > tail.a
	tail -c 1000000 b.gz | head -c 999990 | cmp - tail.a
	ocr-compress -fk a b
	tail -c 1000000 a.gz | head -c 999990 > tail.a
	run -1 sh -c 'tail -c 1000000 b.gz | head -c 999990 | cmp -s - tail.a'
	gen random 3M > c
	ocr-compress --rsyncable -s 4096 < c | ocr-compress -d | cmp - c
	head -c 3M /dev/zero | ocr-compress --rsyncable | gzip -dc | wc -c | grep -qx 3145728
}

@test "-l lists, -v tells" {
	gen text 2000000 > in
	ocr-compress -k in
	run -0 ocr-compress -l in.gz
	assert_match '2000000 +[0-9.]+% in$' "$output"
	run -0 --separate-stderr ocr-compress -kfv in
	assert_match '^ocr-compress: in: [0-9.]+% -- created in.gz$' "$stderr"
	run -0 --separate-stderr ocr-compress -tv in.gz
	assert_stderr 'ocr-compress: in.gz: ok'
}

@test "--stats is one JSON object" {
	gen text 3000000 > in
	run -0 --separate-stderr ocr-compress -j2 --stats -c in
	assert_match '^\{"tool":"ocr-compress",.*"bytes_in":3000000,.*"workers":\[\{"name":"cpu:0".*\}$' "$stderr"
	ocr-compress --stats=s.json -c in > /dev/null
	grep -q '"status":0' s.json
}

@test "wrong options end with 2 and point to --help" {
	run -2 ocr-compress --frobnicate
	assert_output "ocr-compress: unknown option '--frobnicate'
try 'ocr-compress --help'"
	run -2 ocr-compress -s 0
	assert_match "^ocr-compress: --size: '0' is not a size" "$output"
	run -2 ocr-compress --format=zip
	assert_match "^ocr-compress: --format: 'zip' is not gzip, members or bgzf" "$output"
	run -2 ocr-compress -j 0
	run -2 ocr-compress -S a/b
	run -2 ocr-compress --stream file
}

@test "--help and --version" {
	run -0 --separate-stderr ocr-compress --help
	assert_match '^usage: ocr-compress ' "$output"
	assert_stderr ''
	run -0 ocr-compress --version
	assert_match '^ocr-compress \(octoray-tools\) [0-9]+\.[0-9]+\.[0-9]+$' "$output"
}

@test "a terminal is no place for compressed data" {
	needs_terminal
	run script -qec 'ocr-compress < /dev/null' /dev/null
	assert_match 'compressed data is not written to a terminal' "$output"
}
