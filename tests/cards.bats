# Cards as workers of ocr-compress: real XRT, ocr-softcard in place of hardware.
# Tests tagged no_threads are about what is found, taken or refused before any
# thread has a card: TSan sees nothing in them that others do not have.
# shellcheck disable=SC2154 # run sets output and stderr
# shellcheck disable=SC2016 # what stands in '' is for another shell
load helper

setup() {
	needs_xrt
	cd "$BATS_TEST_TMPDIR" || return 1
	export OCR_LEASE_DIR=$PWD/leases
	unset OCR_DEVICES OCR_XCLBIN
	gen text 3M > in
}

# card [OPTION...] -- COMMAND...: in a card of two units.
card() { timeout -k 5 60 ocr-softcard --cus 2 "$@"; }
# is_input FILE [INPUT]: it inflates to the input.
is_input() { gzip -dc "$1" | cmp - "${2:-in}"; }
# stat NAME KEY: of the worker of that name, from the file stats.
stat_of() {
	grep -o "{\"name\":\"$1\"[^}]*}" stats | grep -o "\"$2\":[^,}]*" | cut -d: -f2
}

@test "every unit of every card has its part" {
	run -0 --separate-stderr card --cards 2 --rate 1M -- bash -c '
		feed in have_run 4 | tee fed |
			ocr-compress -D xrt -s 64K --stats=stats > out.gz'
	assert_stderr ''
	is_input out.gz fed
	for unit in xrt:0/k_deflate_1 xrt:0/k_deflate_2 xrt:1/k_deflate_1 \
		xrt:1/k_deflate_2; do
		[ "$(stat_of $unit chunks)" -gt 0 ]
		[ "$(stat_of $unit wrong)" = 0 ]
		[ "$(stat_of $unit unchecked)" = 0 ]
		[ "$(stat_of $unit moved_bytes)" -gt "$(stat_of $unit bytes)" ]
		[ "$(stat_of $unit emulated)" = true ]
	done
	[ "$(stat_of cpu:0 chunks)" = 0 ]
}

# Slow enough to be seen, fast enough to be worth having.
@test "cards work beside processors" {
	run -0 --separate-stderr card --cards 1 --rate 4M -- bash -c '
		feed in have_run 1 | tee fed |
			ocr-compress -9 -j 1 -s 256K --stats=stats > out.gz'
	assert_stderr ''
	is_input out.gz fed
	[ "$(stat_of cpu:0 chunks)" -gt 0 ]
	[ $(($(stat_of xrt:0/k_deflate_1 chunks) +
		$(stat_of xrt:0/k_deflate_2 chunks))) -gt 0 ]
}

# bats test_tags=no_threads
@test "a small job wakes no card" {
	head -c 1000 in > small
	run -0 --separate-stderr card --cards 1 -- \
		ocr-compress --stats=stats -o out.gz -k small
	[ "$(stat_of cpu:0 chunks)" = 1 ]
	[ "$(stat_of xrt:0/k_deflate_1 chunks)" = 0 ]
}

@test "one unit of one card" {
	run -0 --separate-stderr card --cards 2 -- ocr-compress -s 64K \
		-D xrt:1/k_deflate_2 --stats=stats -o out.gz -k in
	assert_stderr ''
	is_input out.gz
	[ "$(stat_of xrt:1/k_deflate_2 chunks)" = 48 ]
	run ! grep -q 'xrt:1/k_deflate_1\|xrt:0' stats
}

@test "coherent memory" {
	run -0 --separate-stderr card --memory coherent -- \
		ocr-compress -D xrt -s 64K -o out.gz -k in
	assert_stderr ''
	is_input out.gz
}

@test "members: every unit makes whole ones" {
	run -0 --separate-stderr card --rate 1M -- bash -c '
		feed in have_run 2 | tee fed | ocr-compress -D xrt -s 64K \
			--format=members --stats=stats > out.gz'
	assert_stderr ''
	is_input out.gz fed
	[ "$(stat_of xrt:0/k_deflate_1 chunks)" -gt 0 ]
	[ "$(stat_of xrt:0/k_deflate_2 chunks)" -gt 0 ]
}

# bats test_tags=no_threads
@test "BGZF is left to the processor" {
	run -0 --separate-stderr card -- ocr-compress -D cpu,xrt \
		--format=bgzf --stats=stats -o out.gz -k in
	assert_stderr ''
	is_input out.gz
	run ! grep -q xrt stats
}

@test "a chunk stream through cards" {
	run -0 --separate-stderr card --cards 2 -- sh -c '
		ocr-split -s 64K in | ocr-compress -D xrt | ocr-merge > out.gz'
	assert_stderr ''
	is_input out.gz
}

@test "an empty input" {
	: > empty
	run -0 --separate-stderr card -- ocr-compress -D xrt -o out.gz -k empty
	assert_stderr ''
	[ "$(gzip -dc out.gz | wc -c)" = 0 ]
}

@test "ten cards of ten units" {
	head -c 400K in > part
	run -0 --separate-stderr timeout -k 5 120 ocr-softcard --cards 10 \
		--cus 10 --rate 32K -- bash -c 'feed part have_run 100 | tee fed |
			ocr-compress -D xrt -s 4K --stats=stats > out.gz'
	assert_stderr ''
	is_input out.gz fed
	[ "$(grep -o '"name":"xrt' stats | wc -l)" = 100 ]
	[ "$(grep -o '"name":"xrt[^}]*"chunks":[1-9]' stats | wc -l)" = 100 ]
}

@test "a flipped byte is found, done again and named" {
	run -0 --separate-stderr card --corrupt 'k_deflate_1:3!' -- \
		ocr-compress -D xrt:0/k_deflate_1 -s 64K --stats=stats \
		-o out.gz -k in
	assert_match '^ocr-compress: xrt:0/k_deflate_1: chunk 2 \(at byte 131072 of in\): wrong result: .*: done again on the CPU$' "$stderr"
	is_input out.gz
	[ "$(stat_of xrt:0/k_deflate_1 wrong)" = 1 ]
	[ "$(stat_of xrt:0/k_deflate_1 retired)" = false ]
}

@test "a wrong length is found" {
	run -0 --separate-stderr card --wrong 'k_deflate_1:3!' -- \
		ocr-compress -D xrt:0/k_deflate_1 -s 64K -o out.gz -k in
	assert_stderr 'ocr-compress: xrt:0/k_deflate_1: chunk 2 (at byte 131072 of in): the card says that its result has 4294967295 bytes: done again on the CPU'
	is_input out.gz
}

@test "a unit that is wrong too often is not used any more" {
	run -0 card --fail k_deflate_1:3 -- bash -c '
		feed in grep -q "not used" err | tee fed |
			ocr-compress -D xrt -s 64K --stats=stats > out.gz 2> err'
	assert_match '^ocr-compress: xrt:0/k_deflate_1: not used any more: 3 results were wrong$' "$(cat err)"
	is_input out.gz fed
	[ "$(stat_of xrt:0/k_deflate_1 wrong)" = 3 ]
	[ "$(stat_of xrt:0/k_deflate_1 retired)" = true ]
	[ "$(stat_of xrt:0/k_deflate_2 retired)" = false ]
}

@test "a sample is a part" {
	run -0 --separate-stderr card -- ocr-compress -D xrt:0/k_deflate_1 \
		-s 64K --verify=sample:0.25 --stats=stats -o out.gz -k in
	[ "$(stat_of xrt:0/k_deflate_1 unchecked)" = 36 ]
	run -0 --separate-stderr card -- ocr-compress -D xrt:0/k_deflate_1 \
		-s 64K --verify=off --stats=stats -f -o out.gz -k in
	[ "$(stat_of xrt:0/k_deflate_1 unchecked)" = 48 ]
}

@test "a sample that is wrong spoils what was not looked at" {
	run -1 --separate-stderr card --corrupt k_deflate_1:2 -- ocr-compress \
		-D xrt:0/k_deflate_1 -s 64K --verify=sample:0.25 -o out.gz -k in
	assert_match '^ocr-compress: xrt:0/k_deflate_1 gave a wrong result, and 3 others of it were not checked \(--verify\)$' "$stderr"
	[ ! -e out.gz ]
}

@test "a card without room" {
	run -0 --separate-stderr card -- sh -c '
		sed -i s/2GB/4MB/ "$EMCONFIG_PATH/emconfig.json"
		ocr-compress -D xrt -s 1M -o out.gz -k in'
	assert_match '^ocr-compress: xrt:0/k_deflate_1: not used any more: the card has no memory left$' "$stderr"
	assert_match '^ocr-compress: none of the devices is left: the CPU works on$' "$stderr"
	is_input out.gz
}

@test "a unit that hangs is not used any more" {
	# long enough for the other unit, whatever else this machine does
	run -0 card --hang k_deflate_1:3 -- bash -c '
		feed in grep -q "not used" err | tee fed | ocr-compress -D xrt \
			-s 64K --run-timeout=5 --stats=stats > out.gz 2> err'
	is_input out.gz fed
	[ "$(stat_of xrt:0/k_deflate_1 retired)" = true ]
	run -0 cat err
	assert_output 'ocr-compress: xrt:0/k_deflate_1: not used any more: a run did not end within 5 s'
}

@test "when all units hang the processors work on" {
	run -0 --separate-stderr card --hang k_deflate_1:1 --hang k_deflate_2:2 -- \
		ocr-compress -D xrt -s 64K --run-timeout=0.5 -o out.gz -k in
	[ "$(sort <<< "$stderr")" = 'ocr-compress: none of the devices is left: the CPU works on
ocr-compress: xrt:0/k_deflate_1: not used any more: a run did not end within 0.5 s
ocr-compress: xrt:0/k_deflate_2: not used any more: a run did not end within 0.5 s' ] || {
		shows stderr "$stderr"
		return 1
	}
	is_input out.gz
}

@test "when all units hang and nothing may take their place" {
	run -3 --separate-stderr card --hang k_deflate_1:1 -- ocr-compress \
		-D xrt:0/k_deflate_1 -s 64K --run-timeout=0.5 --fallback=none \
		-o out.gz -k in
	assert_stderr 'ocr-compress: xrt:0/k_deflate_1: not used any more: a run did not end within 0.5 s
ocr-compress: no worker left'
	[ ! -e out.gz ]
}

@test "a card that dies is like units that hang" {
	run -0 --separate-stderr card --rate 1M -- bash -c '
		die() { have_run 1 && pkill -9 -g 0 genericpcie; }
		feed in die | tee fed |
			ocr-compress -D xrt -s 256K --run-timeout=2 > out.gz'
	assert_match 'none of the devices is left: the CPU works on' "$stderr"
	is_input out.gz fed
}

# dies SEED: a run, and at a random moment of it the process behind a card, or
# behind both, is killed.
dies() {
	RANDOM=$1
	local after=0.$((RANDOM % 900 + 100)) n=$((RANDOM % 2 + 1))
	card --cards 2 --rate 1M -- sh -c '
		(sleep '$after'; pgrep -g 0 genericpcie | head -n '$n' | xargs -r kill -9) &
		ocr-compress -D xrt -s 32K --run-timeout=0.5 -f -o out.gz -k in
		status=$?
		wait
		exit "$status"' && is_input out.gz
}

@test "cards that die at any moment" {
	seed=${OCR_SEED:-$RANDOM}
	for i in 1 2 3 4 5; do
		dies $((seed + i)) 2> err || { shows "seed $((seed + i))" "$(cat err)"; return 1; }
	done
}

# bats test_tags=slow
@test "thirty cards that die at any moment" {
	seed=${OCR_SEED:-$RANDOM}
	for ((i = 0; i < 30; i++)); do
		dies $((seed + i)) 2> err || { shows "seed $((seed + i))" "$(cat err)"; return 1; }
	done
}

@test "two programs: one has the units, one the processors" {
	run -0 --separate-stderr card -- bash -c '
		{ cat in; eventually test -e end; } |
			ocr-compress -D xrt -s 64K > out1.gz &
		eventually test -s out1.gz
		ocr-compress -D xrt -s 64K -c in > out2.gz; touch end; wait'
	assert_match '^ocr-compress: xrt:0 \(xilinx_emu_1_0\): not used: in use by another program \(pid [0-9]*\)$' "$stderr"
	is_input out1.gz
	is_input out2.gz
}

@test "two programs share a card by units" {
	run -0 --separate-stderr card --rate 4M -- sh -c '
		ocr-compress -D xrt:0/k_deflate_1 -s 64K -c in > out1.gz &
		ocr-compress -D xrt:0/k_deflate_2 -s 64K -c in > out2.gz; wait'
	assert_stderr ''
	is_input out1.gz
	is_input out2.gz
}

@test "a second program waits for a unit" {
	# nothing tells that it waits: half a second is time to do so
	run -0 --separate-stderr card -- bash -c '
		{ cat in; eventually test -e end; } |
			ocr-compress -D xrt -s 64K > out1.gz &
		eventually test -s out1.gz
		{ sleep 0.5; touch end; } &
		ocr-compress -D xrt -s 64K --busy=wait --stats=stats -c in > out2.gz
		wait'
	assert_stderr ''
	is_input out1.gz
	is_input out2.gz
	[ "$(grep -o '"name":"xrt[^}]*"chunks":[1-9]' stats | wc -l)" -ge 1 ]
}

# bats test_tags=no_threads
@test "no card, and the processors work" {
	unset XCL_EMULATION_MODE
	[ ! -e /sys/bus/pci/drivers/xocl ] || skip 'there is a card'
	run -0 --separate-stderr ocr-compress -D xrt -o out.gz -k in
	assert_stderr "ocr-compress: xrt: not used: there is no card
ocr-compress: no device of 'xrt' can be used: the CPU does the work"
	is_input out.gz
	run -3 --separate-stderr ocr-compress -D xrt --fallback=none -c in
	assert_stderr "ocr-compress: xrt: not used: there is no card
ocr-compress: no device of 'xrt' can be used"
	run -0 --separate-stderr ocr-compress -f -o out.gz -k in
	assert_stderr ''
}

# bats test_tags=no_threads
@test "XRT that is broken" {
	export XCL_EMULATION_MODE=sw_emu XILINX_XRT=/nonexistent
	run -0 --separate-stderr ocr-compress -o out.gz -k in
	assert_stderr "ocr-compress: xrt: not used: XRT is broken: XILINX_XRT is '/nonexistent', but /nonexistent/lib/libxrt_swemu.so.2 is not there"
	is_input out.gz
	mkdir -p root/lib
	echo no library > root/lib/libxrt_swemu.so.2
	XILINX_XRT=$PWD/root
	run -0 --separate-stderr ocr-compress -f -o out.gz -k in
	assert_match '^ocr-compress: xrt: not used: XRT is broken: asked for its cards, it ended: killed by signal 6 \(Aborted\)$' "$stderr"
	is_input out.gz
	unset XILINX_XRT
	XCL_EMULATION_MODE=nonsense run -0 --separate-stderr \
		ocr-compress -f -o out.gz -k in
	assert_stderr "ocr-compress: xrt: not used: XCL_EMULATION_MODE is 'nonsense': not one of sw_emu, hw_emu"
	is_input out.gz
}

# bats test_tags=no_threads
@test "an emulation that is set up by halves" {
	run -0 --separate-stderr card -- \
		env -u XILINX_XRT ocr-compress -D cpu,xrt -o out.gz -k in
	[ ! -e /opt/xilinx/xrt ] || skip "AMD's XRT is there"
	assert_stderr "ocr-compress: xrt: not used: XRT's emulation needs XILINX_XRT (ocr-softcard sets it)"
	is_input out.gz
	run -0 --separate-stderr card -- env XILINX_VITIS=/nonexistent \
		ocr-compress -D cpu,xrt -f -o out.gz -k in
	assert_match "^ocr-compress: xrt: not used: XRT's emulation is broken: XILINX_VITIS is '/nonexistent', but .*genericpciemodel is not there$" "$stderr"
	is_input out.gz
	run -0 --separate-stderr card --cards 2 -- env \
		-u VITIS_SW_EMU_ENABLE_SINGLE_MMAP ocr-compress -D xrt -s 64K \
		-f -o out.gz -k in
	assert_stderr ''
	is_input out.gz
}

# bats test_tags=no_threads
@test "an xclbin of the other emulation" {
	[ -e "$(echo /usr/lib/*/libxrt_hwemu.so.2)" ] || skip 'no hw_emu'
	run -0 --separate-stderr card -- sh -c '
		cp -L /usr/lib/*/libxrt_hwemu.so.2 "$XILINX_XRT/lib"
		XCL_EMULATION_MODE=hw_emu ocr-compress -D cpu,xrt -o out.gz -k in'
	assert_match 'octoray.xclbin is for software emulation$' "$stderr"
	is_input out.gz
}

# bats test_tags=no_threads
@test "XRT where AMD's packages put it" {
	run -0 --separate-stderr card -- sh -c '
		mkdir -p opt/xilinx/xrt && cp -rL "$XILINX_XRT/lib" opt/xilinx/xrt/
		XILINX_XRT=$PWD/opt/xilinx/xrt \
			ocr-compress -D xrt -s 64K -o out.gz -k in'
	assert_stderr ''
	is_input out.gz
}

# bats test_tags=no_threads
@test "AMD's XRT without its setup script" {
	unshare -rm true 2> /dev/null || skip 'no mount namespaces'
	run -0 --separate-stderr card -- sh -c '
		cp -rL "$XILINX_XRT/lib" xrtlib && unset XILINX_XRT
		unshare -rm sh -ec "
			mount -t tmpfs none /opt
			mkdir -p /opt/xilinx/xrt && cp -r xrtlib /opt/xilinx/xrt/lib
			for lib in /usr/lib/*/libxrt_coreutil.so.2*; do
				mount --bind /dev/null \$lib
			done
			ocr-compress -D xrt -s 64K -o out.gz -k in"'
	assert_stderr ''
	is_input out.gz
}

# bats test_tags=no_threads
@test "fewer cards than asked for" {
	run -0 --separate-stderr card --cards 2 -- \
		ocr-compress -D cpu,xrt:2 -o out.gz -k in
	assert_stderr 'ocr-compress: xrt:2: not used: the cards are xrt:0 to xrt:1'
	is_input out.gz
	run -0 --separate-stderr card --cards 1 -- \
		ocr-compress -D xrt:0/k_deflate_9 -f -o out.gz -k in
	assert_match "^ocr-compress: xrt:0 \(xilinx_emu_1_0\): not used: .*xclbin has no unit 'k_deflate_9'$" "$stderr"
	is_input out.gz
}

# bats test_tags=no_threads
@test "xclbin files that are none, or hold something else" {
	echo garbage > x.xclbin
	run -0 --separate-stderr card -- \
		ocr-compress -D cpu,xrt --xclbin x.xclbin -o out.gz -k in
	[ "${stderr_lines[0]}" = 'ocr-compress: x.xclbin: not an xclbin file: too short' ] ||
		assert_match '^ocr-compress: x.xclbin: not an xclbin file: ' "$stderr"
	assert_match 'xrt:0 \(xilinx_emu_1_0\): not used: there is no xclbin file for it \(--xclbin, OCR_XCLBIN\)' "$stderr"
	is_input out.gz

	cp "$top_builddir"/tests/kernels/range.so "$top_srcdir"/tests/kernels/range.desc .
	ocr-mkxclbin range.desc
	run -0 --separate-stderr card -- ocr-compress -D cpu,xrt \
		--xclbin range.xclbin -f -o out.gz -k in
	assert_stderr 'ocr-compress: xrt:0 (xilinx_emu_1_0): not used: range.xclbin holds no kernel for this (like k_deflate)'
	is_input out.gz
}

# bats test_tags=no_threads
@test "the search path takes directories, and the first file that fits" {
	mkdir dir
	cp "$top_builddir"/tests/kernels/range.so "$top_srcdir"/tests/kernels/range.desc .
	ocr-mkxclbin -o dir/a.xclbin range.desc
	run -0 --separate-stderr card -- sh -c '
		cp "$OCR_XCLBIN" dir/b.xclbin
		OCR_XCLBIN=/nonexistent.xclbin:dir ocr-compress \
			-D xrt:0/k_deflate_1 -s 64K --stats=stats -o out.gz -k in'
	assert_match '/nonexistent.xclbin: No such file or directory' "$stderr"
	is_input out.gz
	[ "$(stat_of xrt:0/k_deflate_1 chunks)" -gt 0 ]
}

@test "a card each with a file of its own" {
	run -0 --separate-stderr card --cards 2 --rate 1M -- bash -c '
		cp "$OCR_XCLBIN" own.xclbin; unset OCR_XCLBIN
		feed in have_run 4 | tee fed |
			ocr-compress -D xrt:0@own.xclbin,xrt:1@own.xclbin -s 64K \
				--stats=stats > out.gz'
	assert_stderr ''
	is_input out.gz fed
	[ "$(stat_of xrt:1/k_deflate_2 chunks)" -gt 0 ]
}

# bats test_tags=no_threads
@test "device lists that are none" {
	for list in '' ',' 'cpu,' bad xrt: xrt:x xrt:0/ cpu:0 cpu:9999 xrt:-1; do
		run -2 --separate-stderr ocr-compress -D "$list" -c in
		assert_match "^ocr-compress: --devices: " "$stderr"
	done
	OCR_DEVICES=bad run -2 --separate-stderr ocr-compress -c in
	assert_match "^ocr-compress: OCR_DEVICES: " "$stderr"
}

@test "an end while a kernel runs leaves nothing" {
	mkdir dir && cd dir
	run -143 --separate-stderr card --rate 100K -- bash -c '
		ocr-compress -D xrt -s 256K -o out.gz -k ../in &
		eventually have_run 1
		kill $!
		wait $!'
	assert_stderr ''
	[ -z "$(ls -A)" ]
	assert_no_child genericpcie
}

# ranges OPTION... -- ARGUMENT...: test_worker_xrt in a card of kernels with
# ranges; with --host the mailbox is in the host's memory.
ranges() {
	local options=(--kernels range.desc)
	cp "$top_builddir"/tests/kernels/range.so "$top_srcdir"/tests/kernels/range.desc .
	if [ "$1" = --host ]; then
		sed 's/^object/bank DDR[0] 512M\nbank HOST[0] 512M\nobject/
			/^kernel.*_mailbox/,/units/s/units 2/&\nconnect words HOST[0]/' \
			range.desc > host.desc
		options=(--memory coherent --kernels host.desc)
		shift
	fi
	card "${options[@]}" -- "$top_builddir/tests/unit/test_worker_xrt" "$@"
}

@test "a range: position, a lowered end, a second unit (registers)" {
	run -0 ranges cut t_range
	run -0 ranges cut t_exact
}

# bats test_tags=no_threads
@test "registers that are refused" {
	run -0 ranges refused
}

@test "a range: position, a lowered end, a second unit (mailbox)" {
	run -0 ranges cut t_mailbox
	run -0 ranges cut t_exact_mailbox
	run -0 ranges --host cut t_mailbox
	run -0 ranges --host cut t_exact_mailbox
}

# storm SEED [--host] KERNEL: cuts at random moments, from many threads.
storm() {
	ranges "${@:2:$#-2}" storm "${@: -1}" "$1" > log 2>&1 ||
		{ shows "seed $1: ${*:2}" "$(cat log)"; return 1; }
}

@test "a storm of cuts: no item is lost" {
	seed=${OCR_SEED:-$RANDOM}
	storm "$seed" t_range
	storm "$seed" t_mailbox
}

@test "a storm of cuts of kernels that answer: no item is done twice" {
	seed=${OCR_SEED:-$RANDOM}
	storm "$seed" t_exact
	storm "$seed" t_exact_mailbox
	storm "$seed" --host t_exact_mailbox
}

# bats test_tags=slow
@test "twenty storms of cuts" {
	seed=${OCR_SEED:-$RANDOM}
	for ((i = 0; i < 20; i++)); do
		storm $((seed + i)) t_exact
		storm $((seed + i)) t_range
	done
}

@test "an answer to a cut that comes too late" {
	run -0 ranges late t_exact
	run -0 ranges late t_exact_mailbox
}

@test "a card that dies while its range is cut" {
	cp "$top_builddir"/tests/kernels/range.so "$top_srcdir"/tests/kernels/range.desc .
	run -0 card --kernels range.desc -- sh -c '
		(until [ -e ready ]; do sleep 0.1; done; sleep 0.3
			pkill -9 -g 0 genericpcie) &
		"$top_builddir/tests/unit/test_worker_xrt" dies t_exact ready
		status=$?
		wait
		exit "$status"'
}

# stress SECONDS SEED: a team of 1 to 20 units, some of which fail.
stress() {
	local cards units kinds=(--fail --hang --corrupt --wrong) faults=() n
	RANDOM=$2
	cards=$((RANDOM % 2 + 1)) units=$((RANDOM % 10 + 1))
	for ((n = RANDOM % 4; n > 0; n--)); do
		faults+=("${kinds[RANDOM % 4]}" "k_deflate_$((RANDOM % units + 1)):$((RANDOM % 60 + 1))")
	done
	local list=(xrt 'cpu:1,xrt')
	timeout -k 5 $(($1 + 60)) ocr-softcard --cards $cards --cus $units "${faults[@]}" -- \
		"$top_builddir/tests/unit/test_team_cards" "${list[RANDOM % 2]}" "$1" "$2" > log 2>&1 ||
		{ shows "seed $2: $cards cards, $units units, ${faults[*]}" "$(cat log)"; return 1; }
}

@test "many runs with one team, and units that fail" {
	seed=${OCR_SEED:-$RANDOM}
	stress 2 "$seed"
	stress 2 $((seed + 1))
}

# bats test_tags=slow
@test "many more runs with one team, and units that fail" {
	seed=${OCR_SEED:-$RANDOM}
	for ((i = 0; i < 20; i++)); do
		stress 3 $((seed + i))
	done
}
