# ocr-merge: order, faults, joining, archives
# shellcheck disable=SC2154 # run sets output and stderr
load helper

setup() {
	mkdir "$BATS_TEST_TMPDIR/work"
	cd "$BATS_TEST_TMPDIR/work" || return 1
	TMPDIR=$BATS_TEST_TMPDIR
	export TMPDIR
}

# stream WORD...: a chunk stream made by hand, see unit/mkstream.c.
stream() {
	"$top_builddir/tests/unit/mkstream" "$@"
}

# gives TEXT WORD...: the stream is good and is joined to TEXT.
gives() {
	local want=$1
	shift
	stream "$@" > s.ocr
	run -0 --separate-stderr ocr-merge s.ocr
	assert_stderr ''
	assert_output "$want"
}

# fails TEXT STDERR WORD...: exit 1; before that, TEXT comes out.  Nothing is
# left of a file.
fails() {
	local want=$1 said=$2
	shift 2
	stream "$@" > s.ocr
	run -1 --separate-stderr ocr-merge s.ocr
	assert_stderr "$said"
	assert_output "$want"
	run -1 --separate-stderr ocr-merge -o out.file s.ocr
	assert_stderr "$said"
	assert_output ''
	[ ! -e out.file ]
	[ "$(ls -A)" = s.ocr ]
}

missing() {
	echo "ocr-merge: chunk $1 is missing ($2)"
}

# twins N: a stream of 2 N chunks in two parts, even and odd numbers.
twins() {
	local i even=() odd=()
	for ((i = 0; i < $1; i++)); do
		even+=("fill=$((2 * i)):1000")
		odd+=("fill=$((2 * i + 1)):1000")
	done
	stream begin=raw src=x "${even[@]}" end > even.ocr
	stream begin=raw src=x "${odd[@]}" end > odd.ocr
	for ((i = 0; i < $1; i++)); do
		even[i]="${even[i]} ${odd[i]}"
	done
	# shellcheck disable=SC2068 # two words in each
	stream begin=raw src=x ${even[@]} end | ocr-merge > want
	[ "$(wc -c < want)" = $((2000 * $1)) ]
}

@test "chunks in order" {
	gives abcdefghi begin=raw src=x raw=0:abc raw=1:def raw=2:ghi end
}

@test "chunks out of order" {
	gives abcdefghi begin=raw src=x raw=2:ghi raw=0:abc raw=1:def end
	gives abcdefghi begin=raw src=x raw=2:ghi raw=1:def raw=0:abc end
	gives abcd begin=raw src=x raw=3:d src=y raw=0:a src=z raw=1:b raw=2:c end
}

@test "an empty stream" {
	stream begin=raw end > s
	run -0 ocr-merge s
	assert_output ''
	ocr-merge -o out s
	[ -f out ] && [ ! -s out ]
	for type in deflate members bgzf; do
		stream begin=$type end | ocr-merge > out.gz
		gzip -t out.gz
		[ "$(gzip -dc out.gz | wc -c)" = 0 ]
	done
}

@test "empty chunks" {
	gives ab begin=raw src=x raw=0: raw=1:a raw=2: raw=3:b raw=4: end
	gives ab begin=raw src=x raw=4: raw=3:b raw=2: raw=1:a raw=0: end
}

@test "a missing chunk" {
	fails abc "$(missing 1 'after byte 3 of x')" \
		begin=raw src=x raw=0:abc at=6 raw=2:ghi end
	fails '' "$(missing 0 'at the beginning')" \
		begin=raw src=x at=3 raw=1:def raw=2:ghi end
}

@test "the last chunks are missing" {
	fails abc "$(missing 1 'after byte 3 of x'; missing 2 'after byte 3 of x')" \
		begin=raw src=x raw=0:abc chunks=3 end
	fails '' "$(missing 0 'at the beginning')" begin=raw src=x chunks=1 end
}

@test "several gaps, and where the source changes" {
	fails a "$(missing 1 'after byte 1 of x'
		missing 3 'after byte 3 of x'
		missing 5 'after byte 1 of dir/y')" \
		begin=raw src=x raw=0:a at=2 raw=2:c src=dir/y raw=4:e at=2 raw=6:g end
}

@test "a damaged chunk" {
	fails abc "ocr-merge: chunk 1 (at byte 3 of x) is damaged: its checksum does not match" \
		begin=raw src=x raw=0:abc flip=4096 raw=1:def raw=2:ghi end
	# early ones are named at once; what comes before them goes out
	fails abcdef "ocr-merge: chunk 2 (at byte 0 of x) is damaged: its checksum does not match" \
		begin=raw src=x flip=4100 raw=2:ghi raw=0:abc raw=1:def end
	# in the header: where the next one begins is not known any more
	fails abc "ocr-merge: s.ocr: bad header at byte 3072: header checksum does not match" \
		begin=raw src=x raw=0:abc flip=2130 raw=1:def end
}

@test "a doubled chunk" {
	fails abcdef 'ocr-merge: chunk 1 (at byte 3 of x) came twice' \
		begin=raw src=x raw=0:abc raw=1:def at=3 raw=1:def raw=2:ghi end
	fails abcdef 'ocr-merge: chunk 1 (at byte 3 of x) came twice' \
		begin=raw src=x at=3 raw=1:def at=3 raw=1:def at=0 raw=0:abc end
	fails ab 'ocr-merge: chunk 1 (at byte 1 of x) came twice
ocr-merge: chunk 1 (at byte 1 of x) came twice' \
		begin=raw src=x raw=0:a raw=1:b at=1 raw=1:X at=1 raw=1:Y end
}

@test "every fault at once" {
	fails a 'ocr-merge: chunk 3 (at byte 3 of x) is damaged: its checksum does not match
ocr-merge: chunk 0 (at byte 0 of x) came twice
ocr-merge: chunk 5 (at byte 5 of x): failed in mkstream: no luck
ocr-merge: chunk 1 is missing (after byte 1 of x)
ocr-merge: chunk 6 is missing (after byte 5 of x)' \
		begin=raw src=x raw=0:a at=2 raw=2:c flip=4096 raw=3:d at=0 raw=0:a \
		at=5 error=5:'no luck' at=4 raw=4:e at=7 raw=7:h failed
}

@test "no more than 20 lines" {
	twenty=$(for i in {0..19}; do missing "$i" 'at the beginning'; done)
	fails '' "$twenty
ocr-merge: ... and 1234 more" begin=raw src=x raw=1254:z end
	fails '' "$twenty" begin=raw src=x raw=20:z end
	fails '' "$twenty
ocr-merge: ... and 999999999979 more" begin=raw src=x raw=999999999999:z end
	fails '' "$twenty
ocr-merge: ... and 18446744073709551595 more" \
		begin=raw src=x chunks=18446744073709551615 end
}

@test "an error chunk" {
	fails abc 'ocr-merge: chunk 1 (at byte 3 of x): failed in mkstream: no luck' \
		begin=raw src=x raw=0:abc error=1:'no luck' raw=2:ghi failed
	# whatever the end says
	fails abc 'ocr-merge: chunk 1 (at byte 3 of x): failed in mkstream: no luck' \
		begin=raw src=x raw=0:abc error=1:'no luck' raw=2:ghi end
	# nothing of it reaches the terminal but text
	fails '' 'ocr-merge: chunk 0 (at byte 0 of x): failed in mkstream: a?[1mb?c' \
		begin=raw src=x error=0:$'a\e[1mb\nc' failed
}

@test "ocr/end says something else" {
	fails abc 'ocr-merge: s.ocr: incomplete: an earlier stage failed (status=failed)' \
		begin=raw src=x raw=0:abc failed
	fails abc 'ocr-merge: s.ocr: ocr/end counts 4 bytes, but 3 came' \
		begin=raw src=x raw=0:abc bytes=4 end
	fails abcdef 'ocr-merge: s.ocr: ocr/end counts 1 chunks, but 2 came' \
		begin=raw src=x raw=0:abc raw=1:def chunks=1 end
	fails abc 'ocr-merge: s.ocr: checksum of all data is 352441c2, but ocr/end says 12345678' \
		begin=raw src=x raw=0:abc crc=12345678 end
	gives abc begin=raw src=x raw=0:abc crc=none end
}

@test "ocr/begin says another total" {
	fails abc 'ocr-merge: s.ocr: 3 bytes came, but ocr/begin says 4' \
		total=4 begin=raw src=x raw=0:abc end
	gives abc total=3 begin=raw src=x raw=0:abc end
}

@test "a stream without its end" {
	fails abc 'ocr-merge: s.ocr: stream ends without ocr/end (after 1 chunks): its writer failed' \
		begin=raw src=x raw=0:abc
	fails '' 'ocr-merge: s.ocr: stream ends without ocr/end (after 0 chunks): its writer failed' \
		begin=raw
	fails abc 'ocr-merge: s.ocr: stream ends without ocr/end (after 1 chunks): its writer failed' \
		begin=raw src=x raw=0:abc zeros=1024
}

@test "a stream that is cut" {
	stream begin=raw src=x raw=0:abc raw=1:def end > whole
	size=$(wc -c < whole)
	[ "$size" = 6144 ]
	for ((n = 0; n < size; n += 131)); do
		head -c $n whole > s.ocr
		run -1 --separate-stderr ocr-merge -o out s.ocr
		assert_match '^ocr-merge: s.ocr: (not a chunk stream|stream is cut at byte [0-9]* .after [012] chunks.|stream ends without ocr/end .*)$' "$stderr"
		[ ! -e out ]
	done
	run -0 ocr-merge whole
	assert_output abcdef
}

@test "no flipped bit goes through" {
	stream begin=raw src=x raw=0:abc end > whole
	size=$(wc -c < whole)
	for ((n = 0; n < size; n += 97)); do
		byte=$(od -An -tu1 -j $n -N 1 whole)
		{
			head -c $n whole
			# shellcheck disable=SC2059 # an octal byte
			printf "\\$(printf %o $((byte ^ 1 << n % 8)))"
			tail -c +$((n + 2)) whole
		} > s.ocr
		[ "$(wc -c < s.ocr)" = "$size" ]
		run -1 --separate-stderr ocr-merge -o out s.ocr
		assert_match '^ocr-merge: ' "$stderr"
		[ "${#stderr_lines[@]}" = 1 ]
		[ ! -e out ]
	done
}

@test "what is behind a stream" {
	gives abc begin=raw src=x raw=0:abc end zeros=9999
	fails abc 'ocr-merge: s.ocr: garbage after the stream at byte 5120' \
		begin=raw src=x raw=0:abc end text=garbage
	gives abc begin=raw src=x raw=0:abc end
	{
		head -c 4096 s.ocr
		head -c 1024 /dev/zero | tr '\0' x
	} > cut.ocr
	mv cut.ocr s.ocr
	run -1 --separate-stderr ocr-merge s.ocr
	assert_stderr 'ocr-merge: s.ocr: no zero blocks after ocr/end'
}

@test "not a stream, or a newer one" {
	echo hello > s.ocr
	run -1 --separate-stderr ocr-merge s.ocr
	assert_stderr 'ocr-merge: s.ocr: not a chunk stream'
	run -1 --separate-stderr ocr-merge /dev/null
	assert_stderr 'ocr-merge: /dev/null: not a chunk stream'
	run -1 --separate-stderr ocr-merge < s.ocr
	assert_stderr 'ocr-merge: stdin: not a chunk stream'
	tar cf s.tar s.ocr
	run -1 --separate-stderr ocr-merge s.tar
	assert_stderr 'ocr-merge: s.tar: not a chunk stream'
	rm s.tar
	fails '' 'ocr-merge: s.ocr: stream version 2: this program reads version 1' \
		version=2 begin=raw src=x raw=0:abc end
}

@test "an absurd size" {
	fails abc 'ocr-merge: s.ocr: bad header at byte 3072: size 1073741825 is over the limit of 1073741824' \
		begin=raw src=x raw=0:abc huge raw=1:def end
}

@test "a chunk larger than --memory is refused by number" {
	stream begin=raw src=x fill=0:1000 fill=1:100000 end > s.ocr
	run -0 --separate-stderr ocr-merge --memory=100000 -o out s.ocr
	[ "$(wc -c < out)" = 101000 ]
	run -1 --separate-stderr ocr-merge --memory=64K s.ocr
	assert_stderr 'ocr-merge: chunk 1 needs 100000 bytes of memory; the limit is 67584: use a larger --memory or smaller chunks'
}

@test "other types in a stream" {
	stream begin=raw src=x raw=0:abc deflate=1:def end > s.ocr
	run -1 --separate-stderr ocr-merge s.ocr
	assert_stderr 'ocr-merge: s.ocr: chunk 1 has type deflate in a stream of type raw'
	stream begin=deflate src=x deflate=0:abc raw=1:def end > s.ocr
	run -1 --separate-stderr ocr-merge s.ocr
	assert_stderr 'ocr-merge: s.ocr: chunk 1 has type raw in a stream of type deflate'
}

@test "deflate: one gzip member" {
	stream begin=deflate src=x deflate=2:ghi deflate=0:abc deflate=1:def end > s
	run -0 --separate-stderr ocr-merge -o out.gz s
	assert_stderr ''
	gzip -t out.gz
	[ "$(gzip -dc out.gz)" = abcdefghi ]
	[ "$(gzip -l out.gz | awk 'NR == 2 { print $2 }')" = 9 ]
}

@test "deflate: FEXTRA and XFL from ocr/begin" {
	stream chunk=65536 codec='libdeflate 1.14 level 9' begin=deflate end |
		ocr-merge | head -c 20 | od -An -tx1 > got
	printf ' 1f 8b 08 04 00 00 00 00 02 03 08 00 4f 43 04 00\n 00 00 01 00\n' |
		cmp - got
	stream codec='x level 99999999999999999999' begin=deflate end |
		ocr-merge | gzip -t
}

@test "deflate: a stream that fails has no end" {
	stream begin=deflate src=x deflate=0:abc deflate=2:ghi end > s
	run -1 ocr-merge s
	ocr-merge s > out.gz 2> /dev/null || true
	run -1 gzip -t out.gz
	for end in failed 'bytes=7 end'; do
		# shellcheck disable=SC2086 # words
		stream begin=deflate src=x deflate=0:abc $end > s
		ocr-merge s > out.gz 2> /dev/null || true
		run -1 gzip -t out.gz
	done
}

@test "members and bgzf: as they are, and an end" {
	for type in members bgzf; do
		stream begin=$type src=x "piece=$type:0:one" "piece=$type:1:two" end |
			ocr-merge > out
		[ "$(head -c 6 out)" = onetwo ]
		tail -c +7 out > end.gz
		gzip -t end.gz
		[ "$(gzip -dc end.gz | wc -c)" = 0 ]
	done
	[ "$(wc -c < end.gz)" = 28 ]
}

@test "two parts of one stream" {
	twins 50
	for args in 'even.ocr odd.ocr' 'odd.ocr even.ocr' '- odd.ocr'; do
		# shellcheck disable=SC2086 # words
		run -0 --separate-stderr ocr-merge -f -o out $args < even.ocr
		assert_stderr ''
		cmp out want
	done
	cat odd.ocr even.ocr | ocr-merge | cmp - want
}

@test "half of a stream" {
	twins 3
	run -1 --separate-stderr ocr-merge even.ocr -o out
	assert_stderr "$(missing 1 'after byte 1000 of x'; missing 3 'after byte 2000 of x')"
	[ ! -e out ]
	run -1 --separate-stderr ocr-merge odd.ocr even.ocr odd.ocr
	assert_stderr 'ocr-merge: chunk 1 (at byte 0 of x) came twice
ocr-merge: chunk 3 (at byte 1000 of x) came twice
ocr-merge: chunk 5 (at byte 2000 of x) came twice'
}

@test "a part that lacks a chunk" {
	twins 3
	stream begin=raw src=x fill=0:1000 at=2000 fill=4:1000 chunks=3 end > even.ocr
	run -1 --separate-stderr ocr-merge even.ocr odd.ocr
	assert_stderr "$(missing 2 'after byte 1000 of x')"
}

@test "streams with other ids follow each other" {
	stream begin=raw src=x raw=1:def raw=0:abc end > a
	stream id=2 begin=raw src=y raw=0:ghi end > b
	run -0 --separate-stderr ocr-merge a b
	assert_output abcdefghi
	run -0 --separate-stderr ocr-merge b a
	assert_output ghiabcdef
	cat a b > c
	run -0 --separate-stderr ocr-merge < c
	assert_output abcdefghi
	run -1 --separate-stderr ocr-merge a b a
	assert_stderr 'ocr-merge: a: part of an earlier stream: parts of one stream must follow each other'
}

@test "each stream is complete by itself" {
	stream begin=raw src=x raw=0:abc raw=2:ghi end > a
	stream id=2 begin=raw src=y raw=1:def end > b
	run -1 --separate-stderr ocr-merge a b
	assert_output abc
	assert_stderr "$(missing 1 'after byte 3 of x'; missing 0 'at the beginning')"
}

@test "several compressed streams: a member each" {
	stream begin=deflate src=x deflate=0:abc end > a
	stream id=2 begin=deflate src=y deflate=0:def end > b
	stream id=3 begin=deflate end > c
	ocr-merge a b c > out.gz
	gzip -t out.gz
	[ "$(gzip -dc out.gz)" = abcdef ]
	ocr-merge b > b.gz
	tail -c "$(cat b.gz <(ocr-merge c) | wc -c)" out.gz |
		cmp - <(cat b.gz <(ocr-merge c))
	stream begin=bgzf src=x piece=bgzf:0:one end > a
	stream id=2 begin=bgzf src=x piece=bgzf:0:two end > b
	ocr-merge a b > out
	[ "$(wc -c < out)" = $((6 + 28)) ]
}

@test "streams of two types are not joined" {
	stream begin=raw src=x raw=0:abc end > a
	stream id=2 begin=deflate src=y deflate=0:def end > b
	run -1 --separate-stderr ocr-merge a b
	assert_stderr 'ocr-merge: b: stream is deflate, the one before is raw'
	run -1 --separate-stderr ocr-merge b a -o out
	assert_stderr 'ocr-merge: a: stream is raw, the one before is deflate'
	[ ! -e out ]
}

@test "references: the bytes are in the source" {
	gen text 5000 > file
	stream begin=ref src=file ref=0:3000 ref=1:2000 end > s
	run -0 --separate-stderr ocr-merge -o out s
	cmp out file
	stream begin=ref src=file ref=1:2000 at=0 ref=0:3000 end > s
	run -0 --separate-stderr ocr-merge -f -o out s
	{
		head -c 3000 file
		head -c 2000 file
	} | cmp - out
	rm file
	run -1 --separate-stderr ocr-merge s
	assert_stderr 'ocr-merge: chunk 1 (at byte 0 of file): cannot open file (by reference: the same name everywhere): No such file or directory
ocr-merge: chunk 0 (at byte 0 of file): cannot open file (by reference: the same name everywhere): No such file or directory'
	: > file
	stream begin=ref src=file ref=0:3000 end > s
	run -1 --separate-stderr ocr-merge s
	assert_stderr 'ocr-merge: chunk 0 (at byte 0 of file): file: file shrank while it was read'
}

@test "early chunks wait in memory, then in a file" {
	twins 100
	for memory in 1000 1001 50K 1G; do
		run -0 --separate-stderr ocr-merge -f -o out --memory=$memory odd.ocr even.ocr
		assert_stderr ''
		cmp out want
	done
	run -0 --separate-stderr ocr-merge -v --memory=1000 -f -o out odd.ocr even.ocr
	assert_stderr "ocr-merge: 99 chunks had to wait in a file in $TMPDIR"
	run -0 --separate-stderr ocr-merge -v -f -o out odd.ocr even.ocr
	assert_stderr ''
	[ -z "$(find "$TMPDIR" -name 'ocr-*')" ]
}

@test "no place for the file" {
	twins 10
	TMPDIR=/nonexistent run -1 --separate-stderr ocr-merge --memory=1000 -o out odd.ocr even.ocr
	assert_stderr 'ocr-merge: cannot make a temporary file in /nonexistent: No such file or directory'
	[ ! -e out ]
	# nobody needs it where chunks come in order
	TMPDIR=/nonexistent run -0 --separate-stderr ocr-merge --memory=1M -o out even.ocr odd.ocr
	cmp out want
	ocr-split -s 1000 want > s
	TMPDIR=/nonexistent run -0 --separate-stderr ocr-merge --memory=1000 -f -o out s
	cmp out want
}

@test "many chunks, backwards" {
	mapfile -t words < <(seq 29999 -1 0 | sed 's/.*\(.\)$/raw=&:\1/')
	stream begin=raw src=x "${words[@]}" end | ocr-merge > out
	seq 0 29999 | sed 's/.*\(.\)$/\1/' | tr -d '\n' | cmp - out
}

@test "an output that exists" {
	echo precious > out
	stream begin=raw src=x raw=0:abc end > s
	run -1 --separate-stderr ocr-merge -o out s
	assert_stderr 'ocr-merge: out already exists; use -f to replace it'
	[ "$(cat out)" = precious ]
	run -0 --separate-stderr ocr-merge -f -o out s
	[ "$(cat out)" = abc ]
	stream begin=raw src=x raw=0:xyz raw=2:x end > s
	run -1 --separate-stderr ocr-merge -f -o out s
	[ "$(cat out)" = abc ]
	run -1 --separate-stderr ocr-merge -o . s
	assert_stderr 'ocr-merge: cannot write to .: Is a directory'
	run -1 --separate-stderr ocr-merge -o no/where s
	assert_stderr 'ocr-merge: cannot create no/where: No such file or directory'
}

@test "an output may replace its input" {
	stream begin=raw src=x raw=0:abc end > s
	ocr-merge -f -o s s
	[ "$(cat s)" = abc ]
}

@test "--keep-partial" {
	stream begin=raw src=x raw=0:abc raw=2:ghi end > s
	run -1 --separate-stderr ocr-merge --keep-partial -o out s
	assert_stderr "$(missing 1 'after byte 3 of x')"
	[ "$(cat out)" = abc ]
	stream begin=raw src=x raw=0:abc raw=1:def > s
	run -1 --separate-stderr ocr-merge --keep-partial -f -o out s
	[ "$(cat out)" = abcdef ]
}

@test "inputs that cannot be read" {
	run -1 --separate-stderr ocr-merge none
	assert_stderr 'ocr-merge: cannot open none: No such file or directory'
	run -1 --separate-stderr ocr-merge .
	assert_stderr 'ocr-merge: cannot read .: Is a directory'
	run -1 --separate-stderr sh -c 'ocr-merge <&-'
	assert_match '^ocr-merge: (cannot read stdin: Bad file descriptor|stdin: not a chunk stream)$' "$stderr"
	stream begin=raw src=x raw=0:abc end > s
	run -1 --separate-stderr ocr-merge -o out s none
	assert_stderr 'ocr-merge: cannot open none: No such file or directory'
	[ ! -e out ]
}

@test "outputs that cannot be written" {
	stream begin=raw src=x fill=0:100000 end > s
	run -1 --separate-stderr sh -c 'ocr-merge s > /dev/full'
	assert_stderr 'ocr-merge: cannot write to stdout: No space left on device'
	run -1 --separate-stderr sh -c 'ocr-merge s >&-'
	assert_stderr 'ocr-merge: cannot write to stdout: Bad file descriptor'
	run -1 --separate-stderr ocr-merge -o /dev/full s
	assert_stderr 'ocr-merge: cannot write to /dev/full: No space left on device'
	stream begin=deflate end > e
	run -1 --separate-stderr sh -c 'ocr-merge e > /dev/full'
	assert_stderr 'ocr-merge: cannot write to stdout: No space left on device'
	stream begin=raw src=x raw=0:abc end > s
	for to in tar zip; do
		run -1 --separate-stderr sh -c "ocr-merge --to=$to s > /dev/full"
		assert_stderr 'ocr-merge: cannot write to stdout: No space left on device'
	done
	run -0 --separate-stderr ocr-merge -o /dev/null s
}

# shellcheck disable=SC2016 # for the inner shell
@test "the reader of the output goes away" {
	stream begin=raw src=x fill=0:1000000 fill=1:1000000 fill=2:1000000 \
		fill=3:1000000 end > s
	run --separate-stderr bash -c 'ocr-merge s | head -c 10 > /dev/null; echo "${PIPESTATUS[0]}"'
	assert_output 141
	assert_stderr ''
	run --separate-stderr bash -c 'ocr-merge --to=tar s | head -c 10 > /dev/null; echo "${PIPESTATUS[0]}"'
	assert_output 141
	assert_stderr ''
}

@test "a signal leaves nothing" {
	mkfifo fifo
	ocr-merge -o out fifo &
	pid=$!
	exec 9> fifo
	stream begin=raw src=x fill=0:1000000 >&9
	for _ in {1..600}; do
		[ "$(find . -name '.out.*' -size +900k | wc -l)" = 0 ] || break
		sleep 0.1
	done
	[ "$(find . -name '.out.*' | wc -l)" = 1 ]
	kill -TERM $pid
	local rc=0
	wait $pid || rc=$?
	[ $rc = 143 ]
	exec 9>&-
	[ "$(ls -A)" = fifo ]
}

@test "compressed data is not written to a terminal" {
	needs_terminal
	stream begin=deflate src=x deflate=0:abc end > s
	run script -qec 'ocr-merge s' /dev/null
	assert_match 'ocr-merge: compressed data is not written to a terminal; use -f if you mean it' "$output"
	[ "$status" = 2 ]
	run -2 script -qec 'ocr-merge --to=tar s' /dev/null
	assert_match 'ocr-merge: an archive is not written to a terminal; use -f if you mean it' "$output"
	stream begin=raw src=x raw=0:abc end > s
	run -0 script -qec 'ocr-merge s' /dev/null
	assert_output abc
	run -2 script -qec 'ocr-merge' /dev/null
	assert_match 'ocr-merge: a chunk stream is not read from a terminal' "$output"
}

@test "wrong command lines" {
	hint="try 'ocr-merge --help'"
	run -2 --separate-stderr ocr-merge --to=cpio
	assert_stderr "ocr-merge: --to: 'cpio' is not tar or zip
$hint"
	run -2 --separate-stderr ocr-merge --memory=0
	assert_stderr "ocr-merge: --memory: '0' is not a size (like 64K, 1M, 1G)
$hint"
	run -2 --separate-stderr ocr-merge -z
	assert_stderr "ocr-merge: unknown option '-z'
$hint"
}

@test "--stats" {
	stream begin=raw src=x raw=0:abc raw=1:def end > s
	run -0 --separate-stderr ocr-merge --stats=stats s
	assert_output abcdef
	assert_match '^\{"tool":"ocr-merge",.*"status":0,.*"bytes_in":6,"bytes_out":6,"chunks":2,.*\}$' "$(cat stats)"
}

# --- archives

# sources: one of each kind, by hand.
sources() {
	stream begin=raw \
		kind=dir mode=0755 mtime=1000000000 src=d \
		size=6 mode=0640 mtime=1000000001 src=d/file raw=0:abc raw=1:def \
		size=0 mode=0600 src=d/empty \
		kind=link link=file mode=0777 src=d/link \
		kind=hardlink link=d/file src=d/hard \
		size=2 mode=04755 src=e raw=2:xy end
}

@test "--to=tar" {
	sources > s
	run -0 --separate-stderr ocr-merge --to=tar -o out.tar s
	assert_stderr ''
	TZ=UTC tar tvf out.tar > list
	diff - list <<-'END'
		drwxr-xr-x 0/0               0 2001-09-09 01:46 d/
		-rw-r----- 0/0               6 2001-09-09 01:46 d/file
		-rw------- 0/0               0 1970-01-01 00:00 d/empty
		lrwxrwxrwx 0/0               0 1970-01-01 00:00 d/link -> file
		hrw-r--r-- 0/0               0 1970-01-01 00:00 d/hard link to d/file
		-rwxr-xr-x 0/0               2 1970-01-01 00:00 e
	END
	mkdir x
	tar xf out.tar -C x
	[ "$(cat x/d/file x/d/link x/d/hard x/e)" = abcdefabcdefabcdefxy ]
	# none of it needs more than ustar
	[ "$(grep -ac PaxHeader out.tar)" = 0 ]
}

@test "--to=zip" {
	command -v bsdtar > /dev/null || skip "no bsdtar"
	sources > s
	run -0 --separate-stderr ocr-merge --to=zip -o out.zip s
	assert_stderr 'ocr-merge: d/hard: link to d/file left out: zip has no hard links'
	mkdir x
	bsdtar xf out.zip -C x
	[ "$(cat x/d/file x/d/link x/e)" = abcdefabcdefxy ]
	[ -L x/d/link ] && [ -d x/d ] && [ -e x/d/empty ] && [ ! -e x/d/hard ]
}

@test "--to=tar: sizes that are not known or not right" {
	# from a pipe; changed on the way; in several parts
	stream begin=raw src=- raw=0:abc raw=1:def end > s
	[ "$(ocr-merge --to=tar s | tar xOf - stdin)" = abcdef ]
	stream begin=raw size=100 src=a raw=0:abc raw=1:def size=1 src=b raw=2:xyz end > s
	ocr-merge --to=tar s > out.tar
	[ "$(tar xOf out.tar a)" = abcdef ]
	[ "$(tar xOf out.tar b)" = xyz ]
	stream chunk=3 begin=raw size=7 src=a raw=0:abc raw=1:def raw=2:g end > s
	[ "$(ocr-merge --to=tar s | tar xOf - a)" = abcdefg ]
	# a full first chunk promised more than there is
	stream chunk=3 begin=raw size=9 src=a raw=0:abc raw=1:def raw=2:g end > s
	run -1 --separate-stderr ocr-merge --to=tar -o out s
	assert_stderr 'ocr-merge: a: its data is not the 9 bytes that ocr/source says'
	stream chunk=3 begin=raw size=6 src=a raw=0:abc raw=1:def raw=2:g end > s
	run -1 --separate-stderr ocr-merge --to=tar -o out s
	assert_stderr 'ocr-merge: a: its data is not the 6 bytes that ocr/source says'
	[ ! -e out ]
}

@test "--to=tar: a member of unknown size is spooled to a file" {
	twins 50
	ocr-merge --memory=2000 even.ocr odd.ocr --to=tar -o out.tar
	tar xOf out.tar x | cmp - want
	TMPDIR=/nonexistent run -1 --separate-stderr ocr-merge --memory=2000 --to=tar even.ocr
	assert_stderr 'ocr-merge: cannot make a temporary file in /nonexistent: No such file or directory'
}

@test "--to=tar: out of order, and in parts" {
	stream begin=raw size=3 src=a at=2 raw=2:c index=1 first=3 src=b raw=3:d end > p1
	stream begin=raw size=3 src=a raw=0:a raw=1:b end > p2
	for parts in 'p1 p2' 'p2 p1'; do
		# shellcheck disable=SC2086 # two words
		run -0 --separate-stderr ocr-merge --to=tar -f -o out.tar $parts
		assert_stderr ''
		[ "$(tar tf out.tar)" = "$(printf 'a\nb')" ]
		[ "$(tar xOf out.tar a)" = abc ]
		[ "$(tar xOf out.tar b)" = d ]
	done
}

@test "--to=tar: compressed streams are refused" {
	stream begin=deflate src=x deflate=0:abc end > s
	run -1 --separate-stderr ocr-merge --to=tar -o out s
	assert_stderr "ocr-merge: s: stream is compressed; put 'ocr-compress -d' before ocr-merge --to"
	[ ! -e out ]
}

@test "--to=tar: several streams" {
	stream begin=raw src=a raw=0:one end > s1
	stream id=2 begin=raw src=b raw=0:two end > s2
	ocr-merge --to=tar s1 s2 > out.tar
	[ "$(tar tf out.tar)" = "$(printf 'a\nb')" ]
	[ "$(tar xOf out.tar)" = onetwo ]
	stream begin=raw end | ocr-merge --to=tar | tar tf - > list
	[ ! -s list ]
}

@test "--to=tar: names that lead out" {
	stream begin=raw src=/etc/x raw=0:1 src=../../y raw=1:2 src=a/../../z raw=2:3 \
		kind=dir src=/ kind=dir src=a/.. end > s
	run -0 --separate-stderr ocr-merge --to=tar -o out.tar s
	assert_stderr 'ocr-merge: /etc/x: stored as etc/x
ocr-merge: ../../y: stored as y
ocr-merge: a/../../z: stored as z
ocr-merge: /: left out: no name for a member
ocr-merge: a/..: left out: no name for a member'
	[ "$(tar tf out.tar)" = "$(printf 'etc/x\ny\nz')" ]
	stream begin=raw src=.. raw=0:1 end > s
	run -1 --separate-stderr ocr-merge --to=tar -o out s
	assert_stderr 'ocr-merge: ..: no name for a member'
}

@test "--to=tar: links that lead out" {
	stream begin=raw kind=link link=/etc src=abs kind=link link=../x src=up \
		kind=link link=a/../b src=mid kind=link link=../ok src=d/in \
		kind=hardlink link=/etc/passwd src=h1 kind=hardlink link=none src=h2 \
		src=f raw=0:1 kind=hardlink link=./f src=h3 end > s
	run -0 --separate-stderr ocr-merge --to=tar -o out.tar s
	assert_stderr 'ocr-merge: abs: link to /etc left out: its target is outside
ocr-merge: up: link to ../x left out: its target is outside
ocr-merge: mid: link to a/../b left out: its target is outside
ocr-merge: h1: link to /etc/passwd left out: its target is not in the archive
ocr-merge: h2: link to none left out: its target is not in the archive'
	[ "$(tar tf out.tar)" = "$(printf 'd/in\nf\nh3')" ]
}

@test "--to=tar: nothing behind a link" {
	stream begin=raw kind=link link=x src=d/l kind=dir src=d/l/sub end > s
	run -0 --separate-stderr ocr-merge --to=tar -o out.tar s
	assert_stderr 'ocr-merge: d/l/sub: left out: leads through a link of the archive'
	stream begin=raw kind=link link=x src=d/l src=d/./l/file raw=0:1 end > s
	run -1 --separate-stderr ocr-merge --to=tar -o out s
	assert_stderr 'ocr-merge: d/./l/file: leads through a link of the archive'
	[ ! -e out ]
}

@test "--to=tar: long names, UTF-8, and other bytes" {
	long=$(printf 'n%.0s' {1..150})
	stream begin=raw src="$long" raw=0:1 src=$'s\xc3\xa4hne' raw=1:2 \
		src=$'lat\xe4in' raw=2:3 end > s
	run -0 --separate-stderr ocr-merge --to=tar -o out.tar s
	assert_stderr ''
	mkdir x
	tar xf out.tar -C x 2> /dev/null
	[ "$(cat "x/$long" $'x/s\xc3\xa4hne' $'x/lat\xe4in')" = 123 ]
	run -0 --separate-stderr ocr-merge --to=zip -o out.zip s
	assert_stderr ''
}

@test "--to=tar: an archive that fails has no end" {
	stream begin=raw size=3 src=a raw=0:abc size=3 src=b raw=2:def end > s
	run -1 --separate-stderr ocr-merge --to=tar -o out.tar --keep-partial s
	assert_stderr "$(missing 1 'after byte 3 of a')"
	[ "$(tail -c 1024 out.tar | tr -d '\0' | wc -c)" != 0 ] || [ ! -s out.tar ]
}

# --- with the other tools

@test "ocr-split | ocr-merge" {
	gen mixed 300000 > in
	for n in 0 1 65535 65536 65537 131072 300000; do
		head -c $n in > part
		ocr-split -s 64K part | ocr-merge -f -o out
		cmp out part
	done
	ocr-split -s 1000 in | ocr-merge | cmp - in
	ocr-split --by-reference in | ocr-merge | cmp - in
}

@test "ocr-split --archive | ocr-merge --to" {
	mkdir -p d/sub
	gen text 100000 > d/big
	: > d/empty
	ln -s ../big d/sub/link
	ln d/big d/sub/zhard
	chmod 640 d/big
	tar cf in.tar --sort=name d
	ocr-split --archive -s 10K in.tar > s
	run -0 --separate-stderr ocr-merge --to=tar -o out.tar s
	assert_stderr ''
	# a stream has no owners; whoever is not root sees that they differ
	run -1 sh -c "tar df out.tar | grep -v '[UG]id differs$'"
	tar tf in.tar | diff - <(tar tf out.tar)
}

# example NAME: its text in ocr-merge(1).
example() {
	awk -v name="$1" '
	/^\.\\" example: / { on = $3 == name; next }
	/^\.Bd/ { inside = on; next }
	/^\.Ed/ { inside = 0; next }
	inside' "$top_srcdir/man/ocr-merge.1"
}

@test "the examples of ocr-merge(1)" {
	gen digits 2500000 > big.csv
	gen text 100000 1 > a.log
	gen text 100000 2 > b.log
	mkdir photos
	gen random 300000 > photos/one.jpg
	tar cf photos.tar photos
	bash -euo pipefail -c "$(example pipeline)"
	gzip -dc big.csv.gz | cmp - big.csv
	bash -euo pipefail -c "$(example append)"
	gzip -dc both.log.gz | cmp - <(cat a.log b.log)
	[ "$(bash -euo pipefail -c "$(example check)")" = complete ]
	bash -euo pipefail -c "$(example zip)"
	if command -v bsdtar > /dev/null; then
		bsdtar xOf photos.zip photos/one.jpg | cmp - photos/one.jpg
	fi
	[ "$(grep -c '^\.\\" example: ' "$top_srcdir/man/ocr-merge.1")" = 4 ]
}
