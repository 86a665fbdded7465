# ocr-infer on cards and threads: real XRT, ocr-softcard for hardware
# shellcheck disable=SC2154 # run sets output and stderr
load helper

setup() {
	needs_xrt
	cd "$BATS_TEST_TMPDIR" || return 1
	export OCR_LEASE_DIR=$PWD/leases
	unset OCR_DEVICES OCR_XCLBIN OCR_STANDIN_FINN
}

# idx N: N images of 28 x 28 pixels.
idx() {
	local n
	n=$(printf '\\%03o' $(($1 / 256)) $(($1 % 256)))
	printf '\0\0\10\3\0\0%b\0\0\0\34\0\0\0\34' "$n"
	gen random $(($1 * 784)) 1
}

# photos N: a tar of N images, of which one is cut off.
photos() {
	local i
	mkdir photos
	for ((i = 0; i < $1; i++)); do
		{
			printf 'P5 28 28 255\n'
			gen random 784 "$i"
		} > "photos/$((1000 + i)).pgm"
	done
	head -c 300 photos/1003.pgm > x
	mv x photos/1003.pgm
	tar cf photos.tar photos
}

# card [SOFTCARD-OPTION...] -- COMMAND...
card() { timeout -k 5 120 setsid -w ocr-softcard "$@"; }

# jobs_on DEVICE: of its workers, by stats.
jobs_on() {
	grep -o "{\"name\":\"$1[^}]*}" stats | grep -o '"chunks":[0-9]*' |
		awk -F: '{ n += $2 } END { print n + 0 }'
}

@test "images by number: cards alone, cards and threads, any schedule" {
	idx 700 > images
	ocr-infer -D cpu images > want
	card --cus 2 -- ocr-infer -D xrt --verify=full --stats=stats images > got
	cmp got want
	[ "$(jobs_on xrt)" -ge 1 ]
	assert_match '"sweeps":\{"sweeps":1,"items":700,' "$(cat stats)"
	local how
	for how in hws dynamic static; do
		card --cards 2 --cus 2 -- ocr-infer --schedule=$how -D cpu:1,xrt \
			images > got
		cmp got want
	done
	card --memory coherent -- ocr-infer -k 3 -D xrt images > got
	ocr-infer -k 3 -D cpu images | cmp got -
}

@test "images in chunks: cards alone, cards and threads" {
	idx 3000 > images
	ocr-infer -D cpu - < images > want
	card --cus 2 -- ocr-infer -D xrt --stats=stats - < images > got
	cmp got want
	[ "$(jobs_on xrt)" -ge 2 ]
	card --cards 2 -- ocr-infer --json -D cpu:1,xrt - < images > got
	ocr-infer --json -D cpu - < images | cmp got -
}

@test "a broken image among others" {
	photos 40
	run -1 --separate-stderr ocr-infer -D cpu photos.tar
	printf '%s\n' "$output" > want
	run -1 --separate-stderr card -- ocr-infer -D xrt --verify=full photos.tar
	[ "$output" = "$(cat want)" ]
	assert_match $'photos/1003.pgm\terror\t' "$output"
	assert_stderr 'ocr-infer: 1 of 40 images failed'
}

@test "wrong results are made again" {
	# as many as one job takes, and all that a card says of them
	idx 1024 > images
	ocr-infer -k 10 -D cpu images > want
	run -0 --separate-stderr card --wrong k_cnv_1:1 -- \
		ocr-infer -k 10 -D xrt --verify=full --stats=stats images
	[ "$output" = "$(cat want)" ]
	assert_match '"wrong":1,' "$(cat stats)"
	assert_match '^ocr-infer: xrt:0/k_cnv_1: items 0-1023: .*: done again on the CPU$' \
		"$stderr"
	run -0 --separate-stderr card --wrong k_cnv_1:1 -- \
		ocr-infer -k 10 -D xrt --verify=full --stats=stats - < images
	[ "$(cut -f 2- <<< "$output")" = "$(cut -f 2- want)" ]
	assert_match '"wrong":1,' "$(cat stats)"
}

@test "a unit that fails, one that hangs" {
	idx 600 > images
	ocr-infer -D cpu images > want
	card --cus 2 --fail k_cnv_1:1 -- ocr-infer -D xrt,cpu:1 images > got
	cmp got want
	card --cus 2 --hang k_cnv_2:1 -- ocr-infer --run-timeout=1 -D xrt,cpu:1 \
		images > got
	cmp got want
}

@test "FINN's accelerators give labels alone" {
	cp "$top_builddir/octoray-finn.so" "$top_srcdir/kernels/finn.desc" .
	ocr-infer --convert -o net.ocrm
	export OCR_STANDIN_FINN=$PWD/net.ocrm
	idx 300 > images
	ocr-infer -D cpu images | cut -f 1,2 > want
	card --kernels finn.desc -- ocr-infer -D xrt --verify=full --stats=stats \
		images > got
	cut -f 1,2 got | cmp - want
	[ -z "$(cut -f 3 got | tr -d '\n')" ]
	[ "$(jobs_on xrt)" -ge 1 ]
	card --kernels finn.desc -- ocr-infer -D cpu:1,xrt - < images > got
	cut -f 2 got | cmp - <(cut -f 2 want)
	[ -z "$(cut -f 3 got | tr -d '\n')" ]
	# who wants more than that does without
	card --kernels finn.desc -- ocr-infer -k 2 -D auto images > got 2> err
	ocr-infer -k 2 -D cpu images | cmp - got
}

@test "the pipeline of the paper: both stages on cards" {
	cp "$top_builddir/octoray-vitis.so" "$top_srcdir/kernels/vitis.desc" .
	photos 60
	gzip photos.tar
	run -1 ocr-infer -D cpu photos.tar.gz
	printf '%s\n' "$output" | grep -v failed > want
	card --kernels vitis.desc -- ocr-compress -d -D xrt < photos.tar.gz |
		{ card -- ocr-infer -D xrt || [ $? = 1 ]; } > got
	cmp got want
	[ "$(grep -c . got)" = 60 ]
}
