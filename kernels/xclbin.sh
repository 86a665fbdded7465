#!/bin/sh
# xclbin.sh - build the kernels for a card: "make xclbin PLATFORM=..."
#   xclbin.sh SRCDIR OUT PLATFORM TARGET
# Compiles each kernel with AMD's v++ and links them by kernels/link.cfg into
# OUT; objects and reports go to OUT.tmp.  The kernels are C, so v++ needs no
# wrapper; all files of a kernel go on one command line.  TARGET is hw or
# hw_emu; hw takes hours.
set -u

die() {
	echo "xclbin: $*" >&2
	exit 1
}

[ $# = 4 ] || die 'usage: xclbin.sh SRCDIR OUT PLATFORM TARGET'
srcdir=$1 out=$2 platform=$3 target=$4

case $target in
hw | hw_emu) ;;
*) die "TARGET is hw or hw_emu, not '$target'" ;;
esac
[ -n "$platform" ] ||
	die 'say which card: make xclbin PLATFORM=NAME or PLATFORM=FILE.xpfm'
command -v v++ > /dev/null ||
	die 'v++ is not installed (it comes with AMD Vitis);' \
		'source its settings64.sh first'

case $out in
/*) ;;
*) out=$PWD/$out ;;
esac
case $platform in
/*) ;;
*/*) platform=$PWD/$platform ;;
esac
srcdir=$(cd "$srcdir" && pwd) || exit 1
tmp=$out.tmp
mkdir -p "$tmp" && cd "$tmp" || exit 1 # v++ leaves logs where it runs

# compile KERNEL FILE...
compile() {
	kernel=$1
	shift
	v++ -c -k "$kernel" -t "$target" --platform "$platform" --save-temps \
		-I "$srcdir" -D K_DEFLATE_HW=1 -o "$kernel.xo" "$@" ||
		die "v++ cannot compile $kernel"
}

k=$srcdir/kernels
compile k_copy "$k/k_copy.c"
compile k_deflate "$k/k_deflate.c" "$k/k_deflate_code.c" \
	"$k/k_deflate_header.c" "$k/k_deflate_scan.c" "$k/k_huff_code.c"
compile k_scatter "$k/k_scatter.c"
compile k_gather "$k/k_gather.c"
compile k_cnv "$k/k_cnv.c"
rm -f "$out"
v++ -l -t "$target" --platform "$platform" --save-temps \
	--config "$k/link.cfg" -o "$out" \
	k_copy.xo k_deflate.xo k_scatter.xo k_gather.xo k_cnv.xo ||
	die 'v++ cannot link'
