# The range loop over threads and cards: real XRT, ocr-softcard for hardware
# shellcheck disable=SC2154 # run sets output
# shellcheck disable=SC2016 # what stands in '' is for another shell
load helper

setup() {
	needs_xrt
	cd "$BATS_TEST_TMPDIR" || return 1
	export OCR_LEASE_DIR=$PWD/leases
	unset OCR_DEVICES OCR_XCLBIN
	cp "$top_builddir"/tests/kernels/range.so "$top_srcdir"/tests/kernels/range.desc .
	sed 's/^object/bank DDR[0] 512M\nbank HOST[0] 512M\nobject/
		/^kernel.*_mailbox/,/units/s/units 2/&\nconnect words HOST[0]/' \
		range.desc > host.desc
	test=$top_builddir/tests/unit/test_range_xrt
}

# sweeps OPTION... -- KERNEL WHAT: as it should be.
sweeps() {
	run setsid -w timeout -k 5 120 ocr-softcard "${@:1:$#-2}" "$test" "${@: -2}"
	[ "$status" = 0 ] || { shows "$*" "$output"; return 1; }
}

@test "every item once: a card, all schedules" {
	sweeps --cus 1 --kernels range.desc -- t_exact exact
}

@test "every item once: two cards of two units" {
	sweeps --cards 2 --cus 2 --kernels range.desc -- t_exact exact
}

@test "every item once: words in a mailbox" {
	sweeps --cus 2 --kernels range.desc -- t_exact_mailbox exact
}

@test "every item once: a mailbox in the host's memory" {
	sweeps --cus 2 --memory coherent --kernels host.desc -- \
		t_exact_mailbox exact
}

@test "every item once: coherent memory, registers" {
	sweeps --cus 1 --memory coherent --kernels range.desc -- t_exact exact
}

@test "every item once: a kernel that cannot be cut exactly is not cut" {
	sweeps --cus 1 --kernels range.desc -- t_range exact
}

@test "idempotent sweeps: what is done twice is counted" {
	sweeps --cards 2 --cus 1 --kernels range.desc -- t_range idempotent
	sweeps --cus 2 --kernels range.desc -- t_mailbox idempotent
}

@test "threads take what a running card has" {
	sweeps --cus 1 --kernels range.desc -- t_exact steal
	sweeps --cus 2 --memory coherent --kernels host.desc -- \
		t_exact_mailbox steal
}

@test "units that fail or hang in the middle" {
	sweeps --cus 2 --fail t_exact_1:2 --kernels range.desc -- t_exact faults
	sweeps --cus 2 --hang t_exact_2:2 --kernels range.desc -- t_exact faults
	sweeps --cards 2 --cus 1 --hang 0/t_exact_1:1 --fail 1/t_exact_1:3 \
		--kernels range.desc -- t_exact faults
}

@test "a card that dies in the middle" {
	run -0 setsid -w timeout -k 5 120 ocr-softcard --cus 2 --kernels range.desc \
		-- sh -c '(sleep 1; pkill -9 -g 0 genericpcie) &
			'"$test"' t_exact faults
			status=$?; wait; exit $status'
}

@test "a sweep that is stopped, and the next one" {
	sweeps --cus 2 --kernels range.desc -- t_exact stop
}

@test "an end while units work leaves nothing" {
	run -130 timeout -k 5 120 ocr-softcard --cards 2 --cus 2 \
		--kernels range.desc -- timeout -s INT --preserve-status 1.5 \
		"$test" t_exact forever
	assert_no_child genericpcie
	assert_no_child test_range_xrt
}
