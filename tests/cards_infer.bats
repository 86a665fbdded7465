# Cards that classify, in both loops: real XRT, ocr-softcard for hardware
# shellcheck disable=SC2154 # run sets output
load helper

setup() {
	needs_xrt
	cd "$BATS_TEST_TMPDIR" || return 1
	export OCR_LEASE_DIR=$PWD/leases
	unset OCR_DEVICES OCR_XCLBIN OCR_STANDIN_FINN
	test=$top_builddir/tests/unit/test_infer_xrt
	cp "$top_builddir/octoray-finn.so" .
	cp "$top_srcdir/kernels/finn.desc" .
}

# finn: the stand-in of FINN's kernels has the test's network.
finn() {
	"$test" model net.ocrm
	export OCR_STANDIN_FINN=$PWD/net.ocrm
}

# classifies OPTION... KERNEL WHAT LOOP: as it should be.
classifies() {
	run setsid -w timeout -k 5 300 ocr-softcard "${@:1:$#-3}" -- \
		"$test" "${@: -3}"
	[ "$status" = 0 ] || { shows "$*" "$output"; return 1; }
}

@test "k_cnv: chunks, two units" {
	classifies --cus 2 cnv all chunks
}

@test "k_cnv: ranges, two cards of two units, and threads" {
	classifies --cards 2 --cus 2 cnv all sweep
}

@test "k_cnv: ranges, memory of the host's" {
	classifies --cus 2 --memory coherent cnv all sweep
}

@test "k_cnv: a cut in the middle" {
	classifies --cus 2 cnv cut sweep
	classifies --cus 2 cnv far sweep
}

@test "k_cnv: results that are refused are made again" {
	classifies --cus 2 cnv lies chunks
	classifies --cus 2 cnv lies sweep
}

@test "k_cnv: units that fail or hang" {
	classifies --cus 2 --fail k_cnv_1:2 cnv faults sweep
	classifies --cus 2 --hang k_cnv_2:2 cnv faults chunks
}

@test "FINN: chunks, two pairs of units" {
	finn
	classifies --kernels finn.desc finn all chunks
}

@test "FINN: ranges, two cards of two pairs, and threads" {
	finn
	classifies --cards 2 --kernels finn.desc finn all sweep
}

@test "FINN: pairs are those with the same number" {
	finn
	sed 's/units odma0 odma1/units odma1 odma0/' finn.desc > x.desc
	classifies --kernels x.desc finn all chunks
}

@test "FINN: it is found where there is no k_cnv" {
	finn
	classifies --kernels finn.desc cnv all chunks
}

@test "FINN: labels that there are not" {
	finn
	classifies --kernels finn.desc finn lies chunks
	classifies --kernels finn.desc finn lies sweep
}

@test "FINN: units that fail or hang" {
	finn
	classifies --kernels finn.desc --fail idma0:2 finn faults sweep
	classifies --kernels finn.desc --hang odma1:2 finn faults chunks
}

@test "FINN: half a pair is none" {
	sed '/^kernel.*_2/,/^units/d; /^stream/d' finn.desc > x.desc
	run setsid -w timeout -k 5 300 ocr-softcard --kernels x.desc -- \
		"$test" finn all chunks
	assert_match '^not ok 2 - of threads and units$' "$output"
}

@test "FINN: another network in the hardware is another result" {
	run setsid -w timeout -k 5 300 ocr-softcard --kernels finn.desc -- \
		"$test" finn all chunks
	assert_match '^not ok .* each image once and right$' "$output"
}
