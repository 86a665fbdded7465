# ocr-split | ocr-compress | ocr-merge: the whole pipeline
# shellcheck disable=SC2154 # run sets output and stderr
# A pipe on purpose, a comparison with what was read, a name like a command:
# shellcheck disable=SC2002,SC2094,SC2238,SC2010,SC2012,SC2086
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

@test "split, compress, merge gives a gzip file" {
	local n
	gen mixed 3M > all
	for n in 0 1 4095 4096 4097 1048575 1048576 1048577 3145728; do
		head -c $n all > in
		ocr-split in | ocr-compress | ocr-merge > z.gz
		gzip -t z.gz
		gzip -dc z.gz | cmp - in
		ocr-split -s 4K < in | ocr-compress -1 | ocr-merge | gzip -dc | cmp - in
	done
}

@test "the pipeline writes what ocr-compress alone writes" {
	gen mixed 5000000 > in
	ocr-compress < in > a.gz
	ocr-split < in | ocr-compress | ocr-merge | cmp - a.gz
	ocr-compress -1 --format=members < in > a.gz
	ocr-split in | ocr-compress -1 --format=members | ocr-merge | cmp - a.gz
	ocr-compress --format=bgzf < in > a.gz
	cat in | ocr-split | ocr-compress --format=bgzf | ocr-merge | cmp - a.gz
}

@test "streams are the same for any number of threads, but for their id" {
	gen mixed 5000000 > in
	ocr-split -s 64K in > s
	ocr-compress -j1 < s > a
	ocr-compress -j8 < s | cmp - a
}

@test "-d gives the stream of raw chunks back" {
	local f
	gen mixed 3000000 > in
	for f in gzip members bgzf; do
		ocr-split -s 100K in | ocr-compress --format=$f | ocr-compress -d |
			ocr-merge | cmp - in
	done
}

@test "by lines, by records, by reference" {
	gen text 2000000 > in
	ocr-split --by=lines -s 64K in | ocr-compress | ocr-merge | gzip -dc | cmp - in
	ocr-split -l 1000 in | ocr-compress -1 | ocr-merge | ocr-compress -d | cmp - in
	ocr-split -n 7 in | ocr-compress | ocr-merge | gzip -dc | cmp - in
	ocr-split --by-reference -s 64K in | ocr-compress | ocr-merge | gzip -dc | cmp - in
	ocr-split --by-reference in | ocr-merge | cmp - in
}

@test "several files become one" {
	gen text 300000 1 > a
	gen text 1500000 2 > b
	: > c
	ocr-split a c b | ocr-compress | ocr-merge | gzip -dc | cmp - <(cat a b)
}

@test "archive members through the pipeline and back" {
	mkdir -p d/sub
	gen text 1500000 > d/a
	gen random 1000 > d/sub/b
	: > d/empty
	ln -s a d/link
	tar cf d.tar d
	ocr-split --archive d.tar | ocr-compress | ocr-compress -d |
		ocr-merge --to=tar > e.tar
	mkdir e
	tar xf e.tar -C e
	diff -r --no-dereference d e/d
}

@test "tar lists every stream silently" {
	gen text 300000 > in
	ocr-split -s 64K in | ocr-compress > s
	run -0 --separate-stderr tar tvf s
	assert_stderr ''
	[ "$(printf '%s\n' "$output" | grep -c '/in$')" = 5 ]
}

@test "--raw and --stream overrule what the input looks like" {
	gen text 300000 > in
	ocr-split in > s
	ocr-compress --raw < s | gzip -dc | cmp - s
	run -1 ocr-compress --stream < in
	assert_match '^ocr-compress: stdin: not a chunk stream' "$output"
}

@test "--rsyncable says nothing about decompression" {
	gen text 300000 > in
	ocr-split in | ocr-compress > s
	ocr-compress --rsyncable -d < s | ocr-merge | cmp - in
}

@test "a damaged chunk is named by every stage" {
	gen random 300000 > in
	ocr-split -s 64K in > s
	# a byte in the payload of chunk 2
	at=$(grep -abo '000000000002/in' s | cut -d: -f1)
	printf 'X' | dd of=s bs=1 seek=$((at + 512 + 1000)) conv=notrunc status=none
	run -1 --separate-stderr sh -c 'ocr-merge < s > out'
	assert_match '^ocr-merge: chunk 2 \(at byte 131072 of in\) is damaged' "$stderr"
	run -1 --separate-stderr sh -c 'ocr-compress < s > z'
	assert_match '^ocr-compress: chunk 2 \(at byte 131072 of in\) is damaged' "$stderr"
	run -1 --separate-stderr sh -c 'ocr-merge < z > out'
	assert_match '^ocr-merge: chunk 2 ' "$stderr"
}

@test "a stream without its end is incomplete" {
	gen text 300000 > in
	ocr-split -s 64K in > s
	head -c 200000 s > cut
	run -1 --separate-stderr sh -c 'ocr-merge < cut > out'
	assert_match '^ocr-merge: ' "$stderr"
	run -1 --separate-stderr sh -c 'ocr-compress < cut > z'
	assert_match '^ocr-compress: ' "$stderr"
	run -1 sh -c 'ocr-merge < z > out'
}

@test "an input that fails makes the whole pipeline fail" {
	gen text 100000 > in
	run -1 --separate-stderr bash -o pipefail -c \
		'ocr-split in missing | ocr-compress | ocr-merge -o out.gz'
	assert_match '^ocr-split: cannot open missing: No such file or directory$' "$stderr"
	[ ! -e out.gz ]
}

@test "compressing twice is refused" {
	gen text 100000 > in
	run -1 --separate-stderr sh -c 'ocr-split in | ocr-compress | ocr-compress > /dev/null'
	assert_match 'is deflate already' "$stderr"
}

@test "concatenated streams go through" {
	gen text 100000 1 > a
	gen text 100000 2 > b
	{ ocr-split a; ocr-split b; } | ocr-compress | ocr-merge | gzip -dc |
		cmp - <(cat a b)
}
