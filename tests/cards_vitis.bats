# ocr-compress on stand-ins for AMD's gzip kernels, through XRT
# shellcheck disable=SC2154 # run sets output and stderr
load helper

setup_file() {
	bats_require_minimum_version 1.5.0
	gen text 3000001 1 > "$BATS_FILE_TMPDIR/text"
	gen random 2500000 2 > "$BATS_FILE_TMPDIR/random"
	{
		gen text 300000 3
		gen random 300000 4
		gen base64 700100 5
		gen zeros 1000000
	} > "$BATS_FILE_TMPDIR/mixed"
}

setup() {
	ocr-softcard -q -- true 2> /dev/null || skip 'no XRT here'
	cd "$BATS_TEST_TMPDIR" || return 1
}

# kernels NAME...: a description with these of vitis.desc alone, on stdout.
kernels() {
	echo "object $top_builddir/octoray-vitis.so"
	local k
	for k; do
		awk -v RS= -v ORS='\n\n' "/^kernel void $k\\(/" \
			"$top_srcdir/kernels/vitis.desc"
	done
}

# card [SOFTCARD-OPTION...] -- ARG...: ocr-compress on two units of one card.
card() {
	local o=()
	while [ "$1" != -- ]; do
		o+=("$1")
		shift
	done
	shift
	timeout 60 setsid -w ocr-softcard --kernels=x.desc --cus=2 "${o[@]}" -- \
		ocr-compress -D xrt --stats=stats "$@"
}

# stat_of NAME: the sum of what the card's workers say of NAME.
stat_of() {
	grep -o '{"name":"xrt:[^}]*}' stats | grep -o "\"$1\":[0-9]*" |
		awk -F: '{ n += $2 } END { print n + 0 }'
}

# no_wrong CHUNKS [DECLINED]: so many were on the card, and all went well.
no_wrong() {
	[ "$(stat_of chunks)" -ge "$1" ]
	[ "$(stat_of wrong)" = 0 ]
	[ "$(stat_of declined)" = "${2:-0}" ]
}

round_trips() {
	local f
	for f in text random mixed; do
		card -- -c "$BATS_FILE_TMPDIR/$f" > x.gz
		no_wrong 3
		gzip -dc x.gz | cmp - "$BATS_FILE_TMPDIR/$f"
		ocr-compress -D cpu -dc x.gz | cmp - "$BATS_FILE_TMPDIR/$f"
		card -- --format=members -c "$BATS_FILE_TMPDIR/$f" > x.gz
		no_wrong 3
		gzip -dc x.gz | cmp - "$BATS_FILE_TMPDIR/$f"
		ocr-compress -D cpu -dc x.gz | cmp - "$BATS_FILE_TMPDIR/$f"
	done
}

@test 'Vitis 2021: files there and back' {
	kernels xilGzipCompBlock > x.desc
	round_trips
}

@test 'Vitis 2019, two kernels: files there and back' {
	kernels xilLz77Compress xilHuffmanKernel > x.desc
	round_trips
}

@test 'the best of several kernels is taken' {
	kernels xilLz77Compress xilHuffmanKernel xilGzipCompBlock > x.desc
	card -- -c "$BATS_FILE_TMPDIR/text" > x.gz
	grep -q '"xrt:0/xilGzipCompBlock_1"' stats
	gzip -dc x.gz | cmp - "$BATS_FILE_TMPDIR/text"
}

@test 'half a pair of kernels is none' {
	kernels xilLz77Compress > x.desc
	card -- -c "$BATS_FILE_TMPDIR/text" 2> err > x.gz || [ $? = 3 ]
	[ -s err ]
	run ! grep -q '"xrt:' stats
}

@test 'a chunk stream is compressed and decompressed on cards' {
	kernels xilGzipCompBlock > x.desc
	ocr-split -s 300000 "$BATS_FILE_TMPDIR/mixed" > x.split
	card -- < x.split > x.packed
	no_wrong 8
	ocr-merge -o x.gz < x.packed
	gzip -dc x.gz | cmp - "$BATS_FILE_TMPDIR/mixed"
	kernels xilGzipMM2S xilGzipS2MM > x.desc
	card -- -d < x.packed > x.raw
	no_wrong 8
	ocr-merge -o x < x.raw
	cmp x "$BATS_FILE_TMPDIR/mixed"
}

@test 'members are decompressed on cards' {
	kernels xilGzipMM2S xilGzipS2MM > x.desc
	for f in text random mixed; do
		ocr-compress -D cpu --format=members -c \
			"$BATS_FILE_TMPDIR/$f" > x.gz
		card -- -dc x.gz > x
		no_wrong 2 1 # the end marker is not for the card
		cmp x "$BATS_FILE_TMPDIR/$f"
	done
}

@test 'one member is decompressed on the CPU: its pieces are guesses' {
	kernels xilGzipMM2S xilGzipS2MM > x.desc
	ocr-compress -D cpu -c "$BATS_FILE_TMPDIR/text" > x.gz
	card -- -dc x.gz > x
	[ "$(stat_of wrong)" = 0 ]
	[ "$(stat_of declined)" -ge 3 ]
	cmp x "$BATS_FILE_TMPDIR/text"
}

@test 'a damaged member fails, wherever it is decompressed' {
	kernels xilGzipMM2S xilGzipS2MM > x.desc
	ocr-compress -D cpu --format=members -c "$BATS_FILE_TMPDIR/random" > x.gz
	printf x | dd of=x.gz bs=1 seek=1500000 conv=notrunc 2> dd.err
	run -1 ocr-compress -D cpu -q -t x.gz
	local cpu=$output
	run -1 card -- -q -t x.gz
	assert_output "$cpu"
}

@test 'BGZF is not for these kernels' {
	kernels xilGzipCompBlock > x.desc
	card -- --format=bgzf -c "$BATS_FILE_TMPDIR/text" 2> err > x.gz
	gzip -dc x.gz | cmp - "$BATS_FILE_TMPDIR/text"
}

@test 'wrong bytes of a card are made good' {
	local k
	for k in xilGzipCompBlock 'xilLz77Compress xilHuffmanKernel'; do
		# shellcheck disable=SC2086 # names
		kernels $k > x.desc
		card --corrupt="${k##* }"_{1,2}:1 -- -q -c \
			"$BATS_FILE_TMPDIR/text" > x.gz
		gzip -dc x.gz | cmp - "$BATS_FILE_TMPDIR/text"
		[ "$(stat_of wrong)" -ge 1 ]
	done
}

@test 'wrong results of an inflating card are made good' {
	kernels xilGzipMM2S xilGzipS2MM > x.desc
	ocr-compress -D cpu --format=members -c "$BATS_FILE_TMPDIR/text" > x.gz
	for fault in corrupt wrong; do
		card "--$fault=xilGzipS2MM_"{1,2}:1 -- -q -dc x.gz > x
		cmp x "$BATS_FILE_TMPDIR/text"
		[ "$(stat_of wrong)" -ge 1 ]
	done
}
