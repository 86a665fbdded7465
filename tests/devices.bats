# ocr-devices: what there is, and whether it works
# shellcheck disable=SC2154 # run sets output and stderr
# single quotes: the inner shell expands
# shellcheck disable=SC2016
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	OCR_LEASE_DIR=$BATS_TEST_TMPDIR/leases
	export OCR_LEASE_DIR
	unset OCR_DEVICES OCR_XCLBIN XCL_EMULATION_MODE
}

# card ARG...: under ocr-softcard, in a session of its own, with a limit
card() { timeout -k 5 100 setsid -w ocr-softcard -q "$@"; }

# needs_card: skips where ocr-softcard cannot run
needs_card() {
	needs_xrt
	ocr-softcard -q -- true 2> /dev/null || skip 'no cards here'
}

# no_card: skips where there is a real one
no_card() {
	[ ! -e /sys/bus/pci/drivers/xocl ] || skip 'there is a card'
}

# rows: the table of units without rates, as words
rows() {
	printf '%s\n' "$output" | sed -n '/^UNIT/,$p' |
		sed 's/[0-9.]* MB\/s/N MB\/s/; s/  */ /g'
}

# is_json: one line, one object
is_json() {
	[ "${#lines[@]}" = 1 ]
	printf '%s\n' "$output" | python3 -c '
import json, sys
json.loads(sys.stdin.read())' 2> /dev/null ||
		! command -v python3 > /dev/null
}

kernels() {
	cp "$top_builddir/octoray-kernels.so" "$top_srcdir/kernels/octoray.desc" .
	ocr-mkxclbin -o k.xclbin "$@" octoray.desc
}

@test "the CPU, and no card" {
	no_card
	run -0 --separate-stderr ocr-devices -D cpu:3
	assert_stderr ''
	[ "${#lines[@]}" = 2 ]
	assert_match '^DEVICE  NAME +MEMORY +STATE$' "${lines[0]}"
	assert_match '^cpu     [^ ].*, 3 threads +[0-9.]+ .iB +ready$' "${lines[1]}"
	run -0 --separate-stderr ocr-devices
	assert_stderr ''
	assert_match '^no cards(: XRT is not installed)?$' "${lines[2]}"
	OCR_DEVICES=cpu:1 run -0 ocr-devices
	assert_match ', 1 thread +' "${lines[1]}"
	OCR_DEVICES=cpu:1 run -0 ocr-devices -D cpu:2
	assert_match ', 2 threads ' "${lines[1]}"
}

@test "cards that are asked for and not there" {
	no_card
	needs_xrt
	run -1 --separate-stderr ocr-devices -D cpu,xrt
	assert_stderr 'ocr-devices: no cards'
	[ "${lines[2]}" = 'no cards' ]
	run -1 --separate-stderr ocr-devices -D xrt:0
	assert_stderr 'ocr-devices: no cards'
	assert_output 'no cards'
}

@test "XRT that is not installed" {
	no_card
	unshare -rm true 2> /dev/null || skip 'no mount namespaces'
	run -0 --separate-stderr unshare -rm sh -ec '
		for lib in /usr/lib/*/libxrt_coreutil.so.2* /opt/xilinx/xrt/lib/libxrt_coreutil.so.2*; do
			[ ! -e "$lib" ] || mount --bind /dev/null "$lib"
		done
		ocr-devices'
	assert_stderr ''
	[ "${lines[2]}" = 'no cards: XRT is not installed' ]
}

@test "XRT that is broken" {
	needs_xrt
	export XCL_EMULATION_MODE=sw_emu XILINX_XRT=/nonexistent
	run -1 --separate-stderr ocr-devices
	[ "${lines[2]}" = "no cards: XRT is broken: XILINX_XRT is '/nonexistent', but /nonexistent/lib/libxrt_swemu.so.2 is not there" ]
	assert_stderr "ocr-devices: ${lines[2]}"
}

@test "usage" {
	run -2 --separate-stderr ocr-devices x
	assert_stderr "ocr-devices: 'x': there are no operands"
	run -2 --separate-stderr ocr-devices -D gpu
	assert_stderr "ocr-devices: --devices: 'gpu' is no device (like cpu, cpu:4, xrt:0, auto)"
	OCR_DEVICES=cpu:0 run -2 --separate-stderr ocr-devices
	assert_stderr "ocr-devices: OCR_DEVICES: 'cpu:0' is not cpu:THREADS (1 to 4096)"
	[ -z "$output" ]
	run -2 --separate-stderr ocr-devices --nonsense
	run -1 --separate-stderr sh -c 'ocr-devices -D cpu > /dev/full'
	assert_stderr 'ocr-devices: cannot write to stdout: No space left on device'
	run -1 --separate-stderr ocr-devices -D cpu --stats=/dev/full
	assert_stderr 'ocr-devices: cannot write to /dev/full: No space left on device'
}

@test "JSON" {
	run -0 --separate-stderr ocr-devices -D cpu:2 --json
	assert_stderr ''
	is_json
	assert_match '^\{"tool":"ocr-devices","version":"[0-9.]+","status":0,"devices":\[\{"name":"cpu","model":"[^"]+","threads":2,"memory_bytes":[0-9]+,"state":"ready","units":\[\]\}\]\}$' "$output"
}

@test "the kernels on the CPU" {
	run -0 --separate-stderr ocr-devices -D cpu --test
	assert_stderr ''
	[ "$(rows)" = 'UNIT KERNEL RATE STATE
cpu:1 k_copy N MB/s ready
cpu:1 deflate N MB/s ready
cpu:1 inflate N MB/s ready' ]
}

@test "what a file holds" {
	kernels --units=k_copy=2
	run -0 --separate-stderr ocr-devices --xclbin k.xclbin
	assert_stderr ''
	assert_match '^platform  xilinx_emu_1_0$' "$output"
	assert_match '^uuid +[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' "$output"
	assert_match '^mode +software emulation$' "$output"
	assert_match '^IP_LAYOUT +units +[0-9]+ +488$' "$output"
	assert_match '^k_copy     out_len   uint32_t\*        0x38      bank0$' "$output"
	assert_match '^k_copy     out_cap   uint32_t         0x30      -$' "$output"
	[ "$(rows)" = 'UNIT KERNEL REGISTERS BANK
k_copy_1 k_copy 0x1800000 bank0
k_copy_2 k_copy 0x1810000 bank0
k_deflate_1 k_deflate 0x1820000 bank0
k_scatter_1 k_scatter 0x1830000 bank0
k_gather_1 k_gather 0x1840000 bank0
k_cnv_1 k_cnv 0x1850000 bank0' ]
	run -0 --separate-stderr ocr-devices --json --xclbin k.xclbin
	is_json
	assert_match '"mode":"software emulation","emulated":true,"sections":\[' "$output"
	assert_match '\{"name":"in_len","type":"uint32_t","kind":"scalar","register":"0x1c"\}' "$output"
	assert_match '\{"name":"k_deflate_1","kernel":"k_deflate","registers":"0x1820000","bank":"bank0"\},' "$output"
	assert_match '\{"name":"k_cnv_1","kernel":"k_cnv","registers":"0x1850000","bank":"bank0"\}\]\}$' "$output"
}

@test "files that are none, or damaged" {
	kernels
	echo garbage > x.xclbin
	run -1 --separate-stderr ocr-devices --xclbin x.xclbin
	[ -z "$output" ]
	assert_match '^ocr-devices: x.xclbin: not an xclbin file: ' "$stderr"
	run -1 --separate-stderr ocr-devices --xclbin none
	assert_match '^ocr-devices: .*none.*: No such file or directory$' "$stderr"
	run -1 --separate-stderr ocr-devices --xclbin .
	[ -z "$output" ]
	head -c 1000 k.xclbin > short
	run -1 --separate-stderr ocr-devices --xclbin short
	assert_match '^ocr-devices: short: not an xclbin file: ' "$stderr"
	# Names reach the terminal without their escape sequences, and a
	# description that is no XML is not all there is.
	sed 's/units/\x1b[mes/; s/<kernel name/<kernel<name/' k.xclbin > x.xclbin
	cmp -s k.xclbin x.xclbin && return 1
	run -1 --separate-stderr ocr-devices --xclbin x.xclbin
	assert_match '^ocr-devices: x.xclbin: its description: line [0-9]+: ' "$stderr"
	assert_match '^IP_LAYOUT +\?\[mes' "$output"
	assert_match '^k_copy_1 +k_copy' "$output"
	run -1 --separate-stderr ocr-devices --json --xclbin x.xclbin
	is_json
	assert_match '"name":"\?\[mes' "$output"
}

@test "cards and their units" {
	needs_card
	run -0 --separate-stderr card --cards 2 --cus 2 -- ocr-devices -D xrt
	assert_stderr ''
	[ "$(printf '%s\n' "$output" | sed 's/  */ /g')" = 'DEVICE NAME ADDRESS MEMORY STATE
xrt:0 xilinx_emu_1_0 emulated 2.0 GiB ready
xrt:1 xilinx_emu_1_0 emulated 2.0 GiB ready

UNIT KERNEL REGISTERS BANK STATE
xrt:0/k_copy_1 k_copy 0x1800000 bank0 ready
xrt:0/k_copy_2 k_copy 0x1810000 bank0 ready
xrt:0/k_deflate_1 k_deflate 0x1820000 bank0 ready
xrt:0/k_deflate_2 k_deflate 0x1830000 bank0 ready
xrt:0/k_scatter_1 k_scatter 0x1840000 bank0 ready
xrt:0/k_scatter_2 k_scatter 0x1850000 bank0 ready
xrt:0/k_gather_1 k_gather 0x1860000 bank0 ready
xrt:0/k_gather_2 k_gather 0x1870000 bank0 ready
xrt:0/k_cnv_1 k_cnv 0x1880000 bank0 ready
xrt:0/k_cnv_2 k_cnv 0x1890000 bank0 ready
xrt:1/k_copy_1 k_copy 0x1800000 bank0 ready
xrt:1/k_copy_2 k_copy 0x1810000 bank0 ready
xrt:1/k_deflate_1 k_deflate 0x1820000 bank0 ready
xrt:1/k_deflate_2 k_deflate 0x1830000 bank0 ready
xrt:1/k_scatter_1 k_scatter 0x1840000 bank0 ready
xrt:1/k_scatter_2 k_scatter 0x1850000 bank0 ready
xrt:1/k_gather_1 k_gather 0x1860000 bank0 ready
xrt:1/k_gather_2 k_gather 0x1870000 bank0 ready
xrt:1/k_cnv_1 k_cnv 0x1880000 bank0 ready
xrt:1/k_cnv_2 k_cnv 0x1890000 bank0 ready' ]
	run -0 --separate-stderr card --cards 2 -- \
		ocr-devices -D xrt:1/k_copy_1,xrt:1/k_deflate_1
	[ "$(rows)" = 'UNIT KERNEL REGISTERS BANK STATE
xrt:1/k_copy_1 k_copy 0x1800000 bank0 ready
xrt:1/k_deflate_1 k_deflate 0x1810000 bank0 ready' ]
	run -1 --separate-stderr card --cards 2 -- ocr-devices -D cpu,xrt:2
	assert_stderr 'ocr-devices: no xrt:2: the cards are xrt:0 to xrt:1'
	run -1 --separate-stderr card -- ocr-devices -D xrt:0/k_9
	assert_stderr "ocr-devices: xrt:0: failed: it has no unit 'k_9'"
	run -0 --separate-stderr card -- ocr-devices -D xrt --json
	is_json
	assert_match '"emulated":true,"grade":"E"' "$output"
}

@test "a card without a file for it" {
	needs_card
	run -0 --separate-stderr card -- env -u OCR_XCLBIN ocr-devices -D xrt
	assert_stderr ''
	assert_match ' not programmed: there is no xclbin file for it \(--xclbin, OCR_XCLBIN\)$' "$output"
	run -1 --separate-stderr card -- env -u OCR_XCLBIN ocr-devices -D xrt --test
	assert_stderr 'ocr-devices: xrt:0: not programmed: there is no xclbin file for it (--xclbin, OCR_XCLBIN)'
	# for hardware: the mode is a word at 332
	kernels
	printf '\0' | dd of=k.xclbin bs=1 seek=332 conv=notrunc status=none
	run -0 --separate-stderr card -- ocr-devices -D xrt:0@k.xclbin
	assert_match ' not programmed: k.xclbin is for hardware$' "$output"
}

@test "a unit that another program uses" {
	needs_card
	run -0 --separate-stderr card -- sh -c '
		ocr-devices -D xrt
		f=$(ls "$OCR_LEASE_DIR" 2> /dev/null)
		[ -z "$f" ] || exit 9
		head -c 20M /dev/zero > in
		ocr-devices -D xrt:0/k_deflate_1 --test > /dev/null || exit 8
		f=$(ls "$OCR_LEASE_DIR"/*k_deflate_1)
		exec 9< "$f"
		flock 9
		ocr-devices -D xrt
		ocr-devices -D xrt --test > test
		echo $?
		cat test'
	assert_match '^xrt:0/k_deflate_1 .*  in use by another program \(pid [0-9]+\)$' "$output"
	assert_match '^xrt:0/k_copy_1 .* emulated  ready$' "$output"
	assert_match '^1$' "$output"
	assert_match '^ocr-devices: xrt:0/k_deflate_1: in use by another program' "$stderr"
}

@test "every unit at work" {
	needs_card
	run -0 --separate-stderr card --cards 2 --cus 2 -- ocr-devices --test
	assert_stderr ''
	[ "$(rows)" = 'UNIT KERNEL REGISTERS BANK RATE STATE
cpu:1 k_copy - - N MB/s ready
cpu:1 deflate - - N MB/s ready
cpu:1 inflate - - N MB/s ready
xrt:0/k_copy_1 k_copy 0x1800000 bank0 N MB/s, emulated ready
xrt:0/k_copy_2 k_copy 0x1810000 bank0 N MB/s, emulated ready
xrt:0/k_deflate_1 k_deflate 0x1820000 bank0 N MB/s, emulated ready
xrt:0/k_deflate_2 k_deflate 0x1830000 bank0 N MB/s, emulated ready
xrt:0/k_scatter_1 k_scatter 0x1840000 bank0 no test ready
xrt:0/k_scatter_2 k_scatter 0x1850000 bank0 no test ready
xrt:0/k_gather_1 k_gather 0x1860000 bank0 no test ready
xrt:0/k_gather_2 k_gather 0x1870000 bank0 no test ready
xrt:0/k_cnv_1 k_cnv 0x1880000 bank0 no test ready
xrt:0/k_cnv_2 k_cnv 0x1890000 bank0 no test ready
xrt:1/k_copy_1 k_copy 0x1800000 bank0 N MB/s, emulated ready
xrt:1/k_copy_2 k_copy 0x1810000 bank0 N MB/s, emulated ready
xrt:1/k_deflate_1 k_deflate 0x1820000 bank0 N MB/s, emulated ready
xrt:1/k_deflate_2 k_deflate 0x1830000 bank0 N MB/s, emulated ready
xrt:1/k_scatter_1 k_scatter 0x1840000 bank0 no test ready
xrt:1/k_scatter_2 k_scatter 0x1850000 bank0 no test ready
xrt:1/k_gather_1 k_gather 0x1860000 bank0 no test ready
xrt:1/k_gather_2 k_gather 0x1870000 bank0 no test ready
xrt:1/k_cnv_1 k_cnv 0x1880000 bank0 no test ready
xrt:1/k_cnv_2 k_cnv 0x1890000 bank0 no test ready' ]
}

@test "the kernels that others built, and one that nobody can test" {
	needs_card
	[ -e "$top_builddir/octoray-vitis.so" ] || skip 'no stand-ins'
	cp "$top_builddir/octoray-vitis.so" "$top_srcdir/kernels/vitis.desc" .
	run -0 --separate-stderr card --kernels=vitis.desc -- \
		ocr-devices -D xrt --test
	assert_stderr ''
	assert_match '^xrt:0/xilGzipCompBlock_1 .* emulated +ready$' "$output"
	assert_match '^xrt:0/xilHuffmanKernel_1 .* with xilLz77Compress +ready$' "$output"
	assert_match '^xrt:0/xilGzipMM2S_1 .* emulated +ready$' "$output"
	assert_match '^xrt:0/xilGzipS2MM_1 .* with xilGzipMM2S +ready$' "$output"
	cp "$top_builddir"/tests/kernels/vadd.so \
		"$top_srcdir"/tests/kernels/vadd.desc .
	run -0 --separate-stderr card --kernels=vadd.desc -- \
		ocr-devices -D xrt --test
	assert_match ' no test +ready$' "$output"
}

@test "units that are wrong, fail or hang" {
	needs_card
	run -1 --separate-stderr card --corrupt=k_copy_1:2 -- \
		ocr-devices -D xrt --test
	assert_match '^ocr-devices: xrt:0/k_copy_1: failed: wrong result: byte [0-9]+ of 4095 differs$' "$stderr"
	assert_match '^xrt:0/k_copy_1 .* -  .* failed: wrong result: ' "$output"
	assert_match '^xrt:0/k_deflate_1 .* emulated +ready$' "$output"
	run -1 --separate-stderr card --wrong=k_deflate_1:1 -- \
		ocr-devices -D xrt --test
	assert_match '^ocr-devices: xrt:0/k_deflate_1: failed: wrong result: ' "$stderr"
	run -1 --separate-stderr card --hang=k_copy_1:1 -- \
		ocr-devices -D xrt --test --json
	assert_match '^ocr-devices: xrt:0/k_copy_1: failed: a run did not end within 10 s$' "$stderr"
	is_json
	assert_match '"status":1' "$output"
	assert_match '"state":"failed","why":"a run did not end within 10 s","tested":false' "$output"
	assert_no_child "$BATS_TEST_TMPDIR"
}

@test "ended in a test it leaves nothing behind" {
	needs_card
	run -0 --separate-stderr card --hang=k_copy_1:1 -- bash -c '
		ocr-devices -D xrt --test > /dev/null &
		sleep 1
		kill -TERM $!
		wait $!
		[ $? = 143 ] || exit 1
		for ((i = 0; i < 150; i++)); do
			pgrep -s 0 -f "[g]enericpciemodel" > /dev/null || exit 0
			sleep 0.2
		done
		exit 2'
}

@test "a certificate" {
	needs_card
	run -0 --separate-stderr card -- ocr-devices --certify
	assert_stderr ''
	is_json
	assert_match '"status":0,"date":"20[0-9]{2}(-[0-9]{2}){2}T([0-9]{2}:){2}[0-9]{2}Z","grade":"E","xrt":"[0-9.]+"' "$output"
	assert_match '"kernel":"k_copy",.*"tested":true,"bytes_checked":[1-9][0-9]+,"bytes_per_second":[1-9][0-9]+,"emulated":true' "$output"
	run -0 --separate-stderr ocr-devices -D cpu --certify
	assert_match '"grade":"","xrt":""' "$output"
}
