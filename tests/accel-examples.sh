#!/bin/sh
# accel-examples.sh - build and run AMD's Vitis_Accel_Examples on invented cards
#
#	tests/accel-examples.sh [-I DIR]... CHECKOUT [EXAMPLE...]
#
# CHECKOUT is a working tree of https://github.com/Xilinx/Vitis_Accel_Examples;
# -I names directories with Vitis HLS' headers.  Without Vitis they are in
# https://github.com/Xilinx/HLS_arbitrary_Precision_Types (ap_int.h),
# https://github.com/Xilinx/hls-lib-stream (hls_stream.h) and
# https://github.com/quetric/hls_sim_headers (ap_axi_sdata.h).
# The host programs and the kernels are compiled as they are; what is added is
# in tests/accel.  PATH must find ocr-softcard, or it is taken from ./build.
# Prints a table and is not part of make check: it needs what is not ours.
set -u

usage() {
	echo "usage: $0 [-I DIR]... CHECKOUT [EXAMPLE...]" >&2
	exit 2
}

here=$(cd "$(dirname "$0")" && pwd) || exit 1
include=
while getopts I: o; do
	case $o in
	I) include="$include -isystem $(cd "$OPTARG" && pwd)" || exit 1 ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -ge 1 ] || usage
top=$(cd "$1" && pwd) || exit 1
shift
[ -d "$top/host_xrt" ] || { echo "$0: $top/host_xrt: not there" >&2; exit 1; }
if [ $# -eq 0 ]; then
	for desc in "$here"/accel/*.desc; do
		set -- "$@" "$(basename "$desc" .desc)"
	done
fi
command -v ocr-softcard > /dev/null || PATH=$here/../build:$PATH
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# build EXAMPLE: $work/EXAMPLE/{host,kernels.so}, everything on stderr
build() {
	src=$top/host_xrt/$1/src
	inc=$top/common/includes
	libs='-lxrt_coreutil -luuid -lpthread'
	more="$inc/cmdparser/cmdlineparser.cpp $inc/logger/logger.cpp"
	stream=
	if [ "$1" = kernel_chain ]; then
		more=$inc/xcl2/xcl2.cpp
		libs="-lxilinxopencl $libs"
	fi
	grep -q '^stream' "$here/accel/$1.desc" && stream=$here/accel/stream.cpp
	kernels=$(find "$src" -name '*.cpp' ! -name host.cpp)
	# shellcheck disable=SC2086 # lists
	g++ -std=c++17 -O1 -w -isystem /usr/include/xrt -I "$inc/cmdparser" \
		-I "$inc/logger" -I "$inc/xcl2" -o "$work/$1/host" \
		"$src/host.cpp" $more $libs &&
	g++ -std=c++17 -O2 -w -shared -fPIC -DHLS_STREAM_THREAD_SAFE $include \
		-o "$work/$1/kernels.so" $kernels $stream
}

# start EXAMPLE OPTION...: run it under ocr-softcard, its output on stdout
start() {
	name=$1
	shift
	# shellcheck disable=SC2016 # the inner shell expands
	case $name in
	kernel_chain) args='"$OCR_XCLBIN"' ;;
	p2p_simple_xrt) args='-x "$OCR_XCLBIN" -f sample' ;;
	*) args='-x "$OCR_XCLBIN"' ;;
	esac
	head -c 65536 /dev/zero > "$work/$name/sample"
	(cd "$work/$name" && timeout -k 5 60 setsid ocr-softcard --cards=2 \
		--kernels="$name.desc" "$@" -- sh -c "exec ./host $args" 2>&1)
}

# result EXAMPLE OPTION...: one word or two
result() {
	out=$(start "$@")
	status=$?
	printf '%s\n' "$out" > "$work/$1.out"
	case $status,$out in
	0,*'TEST PASSED'*) echo passed ;;
	124,* | 137,*) echo 'no end' ;;
	*) echo "failed ($status)" ;;
	esac
}

bad=0
printf '%-32s %-12s %s\n' example discrete coherent
for name in "$@"; do
	mkdir -p "$work/$name"
	cp "$here/accel/$name.desc" "$work/$name" || exit 1
	if ! build "$name" 2> "$work/$name.log"; then
		printf '%-32s does not build\n' "$name"
		sed 's/^/  | /' "$work/$name.log" | head -n 5
		bad=1
		continue
	fi
	discrete=$(result "$name")
	cp "$work/$name.out" "$work/$name.out1"
	coherent=$(result "$name" --memory=coherent)
	printf '%-32s %-12s %s\n' "$name" "$discrete" "$coherent"
	case $discrete,$coherent in
	passed,passed) ;;
	*)
		bad=1
		[ "$discrete" = passed ] || tail -n 5 "$work/$name.out1" | sed 's/^/  | /'
		[ "$coherent" = passed ] || tail -n 5 "$work/$name.out" | sed 's/^/  | /'
		;;
	esac
done
exit $bad
