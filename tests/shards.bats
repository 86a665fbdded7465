#!/usr/bin/env bats
# Results as files: --shards; and by reference, so that only names cross the
# master.
load helper
load hosts

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	gen text 900000 > in
}

# whole DIR: its shards are a gzip file of in, its list says what is there.
whole() {
	cat "$1"/*.gz | gzip -dc | cmp - in || return
	local name bytes raw crc sum=0
	while read -r name bytes raw crc; do
		[ "$(wc -c < "$1/$name")" = "$bytes" ] || return
		[ "$(gzip -dc "$1/$name" | wc -c)" = "$raw" ] || return
		[ ${#crc} = 8 ] || return
		sum=$((sum + raw))
	done < "$1/SHARDS"
	[ $sum = "$(wc -c < in)" ] || return
	[ "$(cut -f 1 "$1/SHARDS")" = "$(cd "$1" && ls -- *.gz)" ]
}
# none_left DIR: no file under a name of its own.
none_left() { [ -z "$(find "$1" -name '.0*')" ]; }

@test "a file becomes shards, and is kept" {
	run -0 --separate-stderr ocr-compress -s 128K --shards d in
	[ -z "$output$stderr" ]
	whole d
	[ "$(wc -l < d/SHARDS)" = 7 ]
	none_left d
	[ "$(sed -n 7p d/SHARDS | cut -f 1,3)" = "$(printf '000000000006.gz\t113568')" ]
	# The same bytes as without: each shard is a member.
	cat d/*.gz > all.gz
	ocr-compress -s 128K --format=members < in |
		head -c "$(wc -c < all.gz)" | cmp - all.gz
	# Standard input, several files.
	ocr-compress -s 128K --shards d2 < in
	diff -r d d2
	ocr-compress -s 1M --shards d3 in in
	[ "$(cut -f 1,3 d3/SHARDS)" = "$(printf '000000000000.gz\t900000\n000000000001.gz\t900000')" ]
	cat in in > both
	cat d3/*.gz | gzip -dc | cmp - both
}

@test "by reference, and a stream of bytes" {
	ocr-split --by-reference -s 128K in | ocr-compress -s 128K --shards d
	whole d
	ocr-split -s 128K in | ocr-compress -s 128K --shards d2
	diff -r d d2
	ocr-split -s 128K in | ocr-compress --format=bgzf --shards b
	whole b
	# And back.
	ocr-split -s 128K in | ocr-compress | ocr-compress -d --shards e
	cat e/*.out | cmp - in
	[ "$(wc -l < e/SHARDS)" = 7 ]
}

@test "nothing at all is complete, too" {
	: > empty
	ocr-compress --shards d empty
	[ -f d/SHARDS ]
	ocr-split empty | ocr-compress --shards e
	[ ! -s e/SHARDS ]
	[ -f e/SHARDS ]
}

@test "a directory that is not ours" {
	mkdir d
	touch d/README
	ocr-compress --shards d in
	run -1 --separate-stderr ocr-compress --shards d in
	assert_match "^ocr-compress: --shards: $PWD/d is not empty: it has (SHARDS|000000000000.gz); --resume goes on with an earlier run\$" "$stderr"
	mkdir e
	touch e/mine.gz
	run -1 --separate-stderr ocr-compress --shards e in
	assert_stderr "ocr-compress: --shards: $PWD/e is not empty: it has mine.gz; --resume goes on with an earlier run"
	run -1 --separate-stderr ocr-compress --shards in in
	assert_stderr 'ocr-compress: --shards: in: Not a directory'
	run -1 --separate-stderr ocr-compress --shards x/y in
	assert_stderr 'ocr-compress: --shards: cannot make x/y: No such file or directory'
	# Leftovers of a run that was killed are not in the way.
	mkdir f
	touch f/.000000000003.gz.aaaaaaaaaaaa f/.mine
	ocr-compress --shards f in
	none_left f
	[ -f f/.mine ]
}

@test "two runs, one directory" {
	mkdir d
	# without a child that kill leaves behind, and bats would wait for
	flock -F d sleep 60 3>&- &
	local holder=$!
	eventually sh -c '! flock -n d true'
	run -1 --separate-stderr ocr-compress --shards d in
	kill "$holder"
	assert_stderr "ocr-compress: --shards: $PWD/d is in use by another run"
}

@test "wrong usage" {
	run -2 --separate-stderr ocr-compress --shards d -c in
	assert_stderr 'ocr-compress: --shards and -c cannot be used together'
	run -2 --separate-stderr ocr-compress --shards d -o x in
	assert_stderr 'ocr-compress: --shards and -o cannot be used together'
	run -2 --separate-stderr ocr-compress --shards d -t in
	assert_stderr 'ocr-compress: --shards and -t cannot be used together'
	run -2 --separate-stderr ocr-compress --shards d -l in
	assert_stderr 'ocr-compress: --shards and -l cannot be used together'
	ocr-compress -k in
	run -2 --separate-stderr ocr-compress --shards d -d in.gz
	assert_stderr 'ocr-compress: --shards with -d needs a chunk stream'
	[ ! -e d ]
}

@test "a chunk that fails: no list" {
	ocr-split --by-reference -s 128K in > s
	printf x >> in
	run -1 --separate-stderr sh -c 'ocr-compress --shards d < s'
	assert_match '^ocr-compress: chunk 0: .*/in: not the file that was cut: it has 900001 bytes, not 900000$' "$stderr"
	assert_match "^ocr-compress: $PWD/d: 7 of 7 shards are missing\$" "$stderr"
	[ ! -e d/SHARDS ]
	none_left d
	rm in
	run -1 --separate-stderr sh -c 'ocr-compress --shards e < s'
	assert_match '^ocr-compress: chunk 6: cannot open .*/in \(by reference: the same name everywhere\): No such file or directory$' "$stderr"
}

@test "a file that was touched is another" {
	ocr-split --by-reference -s 128K in > s
	touch -d '2020-01-01 00:00:00' in
	run -1 --separate-stderr sh -c 'ocr-compress --shards d < s'
	assert_match '^ocr-compress: chunk 0: .*/in: not the file that was cut, or changed since$' "$stderr"
}

@test "a number that comes twice" {
	ocr-split -s 1M in > s
	cat s s > ss
	run -1 --separate-stderr sh -c 'ocr-compress --shards d < ss'
	assert_stderr 'ocr-compress: stdin: --shards takes one chunk stream, not several'
	[ ! -e d/SHARDS ]
}

@test "a stream that is cut: no list" {
	ocr-split -s 128K in | head -c 500000 > s
	run -1 --separate-stderr sh -c 'ocr-compress --shards d < s'
	assert_match '^ocr-compress: stdin: stream is cut at byte 500000 \(after 3 chunks\)$' "$stderr"
	[ ! -e d/SHARDS ]
}

@test "hosts write, names cross the master" {
	fake_hosts 2
	gen text 9000000 > in
	ocr-split --by-reference -s 256K in > s
	ocr-compress --fallback=none --shards d --stats=stats < s
	whole d
	none_left d
	# One codec: the same bytes as here.
	OCR_HOSTS='' ocr-compress --shards here < s
	diff -r d here
	assert_fault h1 start
	assert_fault h2 start
}

@test "a host dies: another does its shards" {
	fake_hosts 2
	gen text 9000000 > in
	ocr-split --by-reference -s 256K in > s
	FAKERSH="h1@1:die=5000 $LATER" ocr-compress --fallback=none --shards d < s
	assert_fault h1 die
	whole d
	none_left d
	OCR_HOSTS='' ocr-compress --shards here < s
	diff -r d here
}

@test "a host says what is not so" {
	fake_hosts 2
	gen text 9000000 > in
	ocr-split --by-reference -s 256K in > s
	# Its own checksums hold: the name of a file, or its sum, is another.
	FAKERSH="h1:wrong=2 $LATER" run -0 --separate-stderr sh -c 'ocr-compress --verify=full --fallback=none --shards d < s'
	assert_fault h1 wrong
	assert_match '^ocr-compress: h1: not used any more: ' "$stderr"
	whole d
}

@test "a host without the directory" {
	fake_hosts 1
	cat > rsh <<-'EOF'
	#!/bin/sh
	# Another machine: the directory is not there.
	shift
	for a; do
		shift
		case $a in */d) a=/nonexistent/d ;; esac
		set -- "$@" "$a"
	done
	exec "$@"
	EOF
	chmod +x rsh
	run -3 --separate-stderr ocr-compress -s 128K --fallback=none --rsh "$PWD/rsh {host}" --shards d in
	assert_match '--shards: /nonexistent/d \(all hosts must share it, by this name\): No such file or directory' "$stderr"
	[ ! -e d/SHARDS ]
	# Without it this machine does it all.
	mkdir x
	ocr-compress -s 128K --rsh "$PWD/rsh {host}" --shards x/d in
	whole x/d
}

@test "a directory of that name, but another" {
	fake_hosts 1
	mkdir -p other/d
	cat > rsh <<-'EOF'
	#!/bin/sh
	shift
	for a; do
		shift
		case $a in */d) a=${a%/d}/other/d ;; esac
		set -- "$@" "$a"
	done
	exec "$@"
	EOF
	chmod +x rsh
	run -0 --separate-stderr ocr-compress -s 128K --rsh "$PWD/rsh {host}" -j 1 --shards d in
	whole d
	none_left d
	mkdir -p x/other/d
	run -3 --separate-stderr ocr-compress -s 128K --fallback=none --rsh "$PWD/rsh {host}" --shards x/d in
	assert_match "chunk [0-9]*: wrong result: its shard is not in $PWD/x/d here: do all hosts share this directory\?" "$stderr"
	[ ! -e x/d/SHARDS ]
}

@test "a host's disk is full" {
	fake_hosts 1
	mkdir d
	cat > rsh <<-'EOF'
	#!/bin/sh
	# A limit for files is as good as a small disk.
	shift
	ulimit -f 20
	exec "$@"
	EOF
	chmod +x rsh
	run -1 --separate-stderr ocr-compress -0 -s 128K --fallback=none --rsh "$PWD/rsh {host}" --shards d in
	assert_match '^ocr-compress: chunk 0: h1: .*/d/000000000000.gz: File too large$' "$stderr"
	[ ! -e d/SHARDS ]
	none_left d
}

@test "--resume: what is there is not done again" {
	ocr-compress -s 128K --shards d --joblog log in
	cp -r d before
	[ "$(grep -c 'ocr-compress' log)" = 7 ]
	rm d/000000000002.gz d/SHARDS
	printf x | dd of=d/000000000004.gz bs=1 seek=100 conv=notrunc status=none
	ocr-compress -s 128K --shards d --joblog log --resume in
	diff -r before d
	[ "$(grep -c 'ocr-compress' log)" = 9 ]
	# All of it is there.
	ocr-compress -s 128K --shards d --joblog log --resume in
	diff -r before d
	[ "$(grep -c 'ocr-compress' log)" = 9 ]
	# The input has changed in one place: one chunk.
	printf x | dd of=in bs=1 seek=300000 conv=notrunc status=none
	ocr-compress -s 128K --shards d --joblog log --resume in
	whole d
	[ "$(grep -c 'ocr-compress' log)" = 10 ]
	# It is shorter: what is too much goes.
	truncate -s 256K in
	run -0 --separate-stderr ocr-compress -s 128K --shards d --joblog log --resume in
	[ "$(printf '%s\n' "$stderr" | grep -c 'is of another input: removed')" = 5 ]
	whole d
}

@test "--resume by reference reads no input" {
	ocr-split --by-reference -s 128K in > s
	ocr-compress --shards d --joblog log < s
	cp -r d before
	rm d/000000000002.gz
	ocr-compress --shards d --joblog log --resume < s
	diff -r before d
	[ "$(grep -c 'ocr-compress' log)" = 8 ]
	# Another time: all of it again.
	touch -d '2020-01-01 00:00:00' in
	ocr-split --by-reference -s 128K in > s
	ocr-compress --shards d --joblog log --resume < s
	diff -r before d
	[ "$(grep -c 'ocr-compress' log)" = 15 ]
}
