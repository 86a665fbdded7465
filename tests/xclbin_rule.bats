# make xclbin: what is asked of v++, and what is said where there is none
# shellcheck disable=SC2154 # helper.bash and run set output and stderr
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir bin
}

# A v++ that writes down its arguments and makes what -o names.
fake_vpp() {
	cat > bin/v++ <<-'END'
		#!/bin/sh
		printf '%s\n' "$*" >> "$LOG"
		while [ $# -gt 0 ]; do
			case $1 in
			*.c | *.cfg) [ -f "$1" ] || exit 9 ;;
			esac
			[ "$1" != -o ] || : > "$2"
			shift
		done
		[ ! -e "$FAIL" ] || exit 3
	END
	chmod +x bin/v++
	export LOG=$BATS_TEST_TMPDIR/log FAIL=$BATS_TEST_TMPDIR/fail
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

rule() {
	make -s -C "$top_builddir" xclbin \
		XCLBIN="$BATS_TEST_TMPDIR/ocr.xclbin" "$@"
}

# no_vpp: PATH with links to what the script needs, and no v++.
no_vpp() {
	local t
	for t in sh mkdir rm; do
		ln -s "$(command -v "$t")" bin/
	done
}

@test "v++ compiles each kernel and links them" {
	fake_vpp
	run -0 rule PLATFORM=xilinx_u50_gen3x16_xdma_5_202210_1
	[ -f ocr.xclbin ]
	[ -f ocr.xclbin.tmp/k_deflate.xo ]
	k=$top_srcdir/kernels
	p='-t hw --platform xilinx_u50_gen3x16_xdma_5_202210_1 --save-temps'
	opt="-I $top_srcdir -D K_DEFLATE_HW=1"
	run -0 cat log
	assert_output "-c -k k_copy $p $opt -o k_copy.xo $k/k_copy.c
-c -k k_deflate $p $opt -o k_deflate.xo $k/k_deflate.c $k/k_deflate_code.c $k/k_deflate_header.c $k/k_deflate_scan.c $k/k_huff_code.c
-c -k k_scatter $p $opt -o k_scatter.xo $k/k_scatter.c
-c -k k_gather $p $opt -o k_gather.xo $k/k_gather.c
-c -k k_cnv $p $opt -o k_cnv.xo $k/k_cnv.c
-l $p --config $k/link.cfg -o $BATS_TEST_TMPDIR/ocr.xclbin k_copy.xo k_deflate.xo k_scatter.xo k_gather.xo k_cnv.xo"
}

@test "every file that a kernel includes comes from the same directory" {
	fake_vpp
	run -0 rule PLATFORM=x
	for f in "$top_srcdir"/kernels/k_deflate*.c; do
		grep -qF -- "$f" log
	done
	# what these files call and define, together: nothing is left out
	files=$(grep -- '-k k_deflate ' log | tr ' ' '\n' | grep '\.c$')
	for f in $files; do
		"${CC:-cc}" -w -I "$top_srcdir" -DK_DEFLATE_HW=1 -c "$f"
	done
	"${NM:-nm}" ./*.o > syms
	sed -n 's/.* U \(k_.*\)/\1/p' syms | sort -u > wanted
	sed -n 's/.* T \(k_.*\)/\1/p' syms | sort -u > defined
	run -0 comm -23 wanted defined
	assert_output ''
}

@test "TARGET=hw_emu" {
	fake_vpp
	run -0 rule PLATFORM=dir/x.xpfm TARGET=hw_emu
	run ! grep -q -- '-t hw ' log
	grep -q -- "-t hw_emu --platform /.*/dir/x.xpfm" log
}

@test "link.cfg names every unit it asks for" {
	while IFS=: read -r kernel n names; do
		[ -f "$top_srcdir/kernels/${kernel#nk=}.c" ]
		[ "$n" = "$(printf '%s\n' "$names" | tr . '\n' | sort -u | wc -l)" ]
	done < <(grep '^nk=' "$top_srcdir/kernels/link.cfg")
}

@test "no PLATFORM" {
	fake_vpp
	run -1 --separate-stderr "$top_srcdir/kernels/xclbin.sh" \
		"$top_srcdir" out '' hw
	assert_output ''
	assert_stderr 'xclbin: say which card: make xclbin PLATFORM=NAME or PLATFORM=FILE.xpfm'
	[ ! -e log ]
}

@test "a wrong TARGET" {
	fake_vpp
	run -1 --separate-stderr "$top_srcdir/kernels/xclbin.sh" \
		"$top_srcdir" out x sw_emu
	assert_stderr "xclbin: TARGET is hw or hw_emu, not 'sw_emu'"
}

@test "no v++" {
	no_vpp
	run -1 --separate-stderr env PATH="$BATS_TEST_TMPDIR/bin" \
		"$top_srcdir/kernels/xclbin.sh" "$top_srcdir" out x hw
	assert_output ''
	assert_stderr 'xclbin: v++ is not installed (it comes with AMD Vitis); source its settings64.sh first'
	[ ! -e out.tmp ]
}

@test "make xclbin fails where the script does" {
	fake_vpp
	run -2 --separate-stderr rule
	assert_match '^xclbin: say which card' "$stderr"
	: > fail
	run -2 --separate-stderr rule PLATFORM=x
	assert_match '^xclbin: v\+\+ cannot compile k_copy$' "$stderr"
	[ ! -e ocr.xclbin ]
}
