# ocr-softcard: a command with invented cards, and what is left behind: nothing
# shellcheck disable=SC2154 # run sets output and stderr
# single quotes: the inner shell expands
# shellcheck disable=SC2016
load helper

setup() {
	needs_xrt
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir tmp
	cp "$top_builddir"/tests/kernels/vadd.so \
		"$top_srcdir"/tests/kernels/{vadd,link,own}.desc .
	PATH=$top_builddir/tests:$PATH
}

# softcard ARG...: in a session of its own, with a limit and TMPDIR here
softcard() {
	TMPDIR=$PWD/tmp timeout -k 5 60 setsid ocr-softcard "$@"
}

# nothing_left DIR: neither the directory of a run, nor one in /tmp that DIR
# names (what 'tell' printed), nor a process of it
nothing_left() {
	[ -z "$(ls -A tmp)" ] || return 1
	[ ! -e "/tmp/$1" ] || return 1
	! pgrep -f -- "$PWD/tmp/ocr-softcard" > /dev/null
}

# A command that writes where its sockets are.
tell='echo $USER > user'

# await FILE: until it has a line
await() { eventually test -s "$1"; }

# start ARG...: softcard in the background, its output in ./out; $pid.  A shell
# lets what it puts there ignore SIGINT and SIGQUIT.
start() {
	rm -f out user
	TMPDIR=$PWD/tmp setsid env --default-signal=INT,QUIT \
		ocr-softcard "$@" > out 2>&1 3>&- &
	pid=$!
}

# ends_with STATUS: $pid does
ends_with() {
	local got=0
	wait "$pid" || got=$?
	[ "$got" = "$1" ] && return 0
	shows "status $got, wanted $1, output" "$(cat out)"
	return 1
}

# is_alive PID: not even a zombie that nobody has buried yet counts
is_alive() {
	[ "$(ps -o state= -p "$1" | tr -d Z)" != '' ]
}
is_dead() { ! is_alive "$1"; }

@test "an XRT program runs its kernels on every unit of every card" {
	run -0 softcard --cards=2 --kernels=vadd.desc -- xrt_host vadd 2
	assert_output '2 cards, 2 units each: all sums right'
	run -0 softcard --cards=3 --cus=4 --kernels=vadd.desc -- xrt_host vadd 3
	assert_output '3 cards, 4 units each: all sums right'
}

# is_corrected: XRT's emulation, so that a card may have more than 32 units.
is_corrected() {
	ocr-softcard -v -- true 2>&1 | grep -q 'libxrt_swemu.so.2 corrected$'
}

# libs: the directory of XRT's
libs() {
	ocr-softcard -v -- true 2>&1 | sed -n 's/.*XRT in \([^,]*\),.*/\1/p'
}

@test "each run is on the unit that it was meant for" {
	is_corrected || skip 'the installed XRT cannot have 60 units'
	run -0 softcard --cus=12 --kernels=own.desc -- xrt_host own
	assert_output '60 units, 0 of 120 runs elsewhere'
	run -0 softcard --cus=25 --kernels=own.desc -- xrt_host own
	assert_output '125 units, 0 of 250 runs elsewhere'
}

@test "32 units on a card of any XRT, more if it can be corrected" {
	run -0 softcard --cus=6 --kernels=own.desc -- xrt_host own
	assert_output '30 units, 0 of 60 runs elsewhere'
	is_corrected || skip 'there is nothing to correct'
	# another no-op in the code that is corrected: it is not known any more
	mkdir -p xrt/lib
	ln -s "$(libs)"/libxrt* xrt/lib
	rm xrt/lib/libxrt_swemu.so.2
	perl -0777 -pe 's/\x41\xc1\xec\x05\x83\xe3\x1f\x8b\x78\x04\xeb\x1c\K\x66\x90/\x90\x90/' \
		"$(libs)/libxrt_swemu.so.2" > xrt/lib/libxrt_swemu.so.2
	export XILINX_XRT=$PWD/xrt
	run -1 softcard --cus=7 --kernels=own.desc -- xrt_host own
	assert_output "ocr-softcard: 35 compute units: XRT in $PWD/xrt/lib mixes up more than 32 on a card, and its libxrt_swemu.so.2 is none that can be corrected"
	ocr-mkxclbin --units=t_own_1=29 own.desc
	run -1 softcard --xclbin=own.xclbin -- true
	assert_match '^ocr-softcard: 33 compute units: ' "$output"
	run -0 softcard --cus=6 --kernels=own.desc -- xrt_host own
	assert_output '30 units, 0 of 60 runs elsewhere'
	[ -z "$(ls -A tmp)" ]
}

@test "arguments by value arrive as they were" {
	run -0 softcard --kernels=vadd.desc -- xrt_host types
	assert_output '200 -300 1.09951e+12 0.5 1e+100'
}

@test "registers are shared while a kernel runs" {
	run -0 softcard --kernels=vadd.desc -- xrt_host count
	assert_output 'offsets 0x10 0x18; stopped at 500, 495 done'
}

@test "an xclbin of ocr-mkxclbin" {
	ocr-mkxclbin --units=t_vadd=3 vadd.desc
	run -0 softcard --xclbin vadd.xclbin -- xrt_host vadd
	assert_output '1 cards, 3 units each: all sums right'
	run -0 softcard --xclbin vadd.xclbin -- sh -c 'echo $OCR_XCLBIN'
	assert_output "$PWD/vadd.xclbin"
}

@test "streams between units, a unit that always runs, memory of the host" {
	run -0 softcard --kernels=link.desc -- xrt_host link
	assert_output '10000 right, after a sync 10000'
	run -0 softcard --memory=coherent --kernels=link.desc -- xrt_host link
	assert_output '10000 right, after a sync 10000'
	# where a bank is not the host's nothing is seen without a copy
	sed 's/HOST\[0\]/DDR[0]/; /^bank DDR\[0\] /d' link.desc > ddr.desc
	run -0 softcard --kernels=ddr.desc -- xrt_host link
	# but of zeros the first sum is right
	assert_output '0 right, after a sync 1'
	sed 's/t_next_2.in/& no_such/' link.desc > bad.desc
	run -1 --separate-stderr softcard --kernels=bad.desc -- xrt_host link
	assert_match "^ocr-softcard: card 0: the shared object has no function 'no_such'\$" "$stderr"
}

@test "what is open stays open" {
	echo three > three
	run -0 softcard -- cat /dev/fd/3 3< three
	assert_output three
	run -0 softcard -- cat <(echo four)
	assert_output four
	printf 'all: one\none:\n\t+@ocr-softcard -- $(MAKE) -s two\ntwo:\n\t@echo made\n' > Makefile
	run -0 env TMPDIR="$PWD/tmp" timeout 60 setsid make -s -j 2
	assert_output made
}

@test "leases are in the private directory" {
	unset OCR_LEASE_DIR
	run -0 softcard -- sh -c 'echo $OCR_LEASE_DIR; test -d $OCR_LEASE_DIR'
	assert_match "^$PWD/tmp/ocr-softcard-[[:alnum:]]+/leases\$" "$output"
	OCR_LEASE_DIR=$PWD/mine run -0 softcard -- sh -c 'echo $OCR_LEASE_DIR'
	assert_output "$PWD/mine"
	OCR_LEASE_DIR='' run -0 softcard -- sh -c 'echo $OCR_LEASE_DIR'
	assert_match '/leases$' "$output"
}

@test "memory of the host's own" {
	run -0 softcard --memory=coherent --kernels=vadd.desc -- xrt_host vadd
	assert_output '1 cards, 2 units each: all sums right'
}

@test "the kernels of octoray-tools are the default" {
	run -0 softcard -- sh -c 'cat $OCR_XCLBIN | grep -a -o "<kernel name=\"[a-z_]*\""'
	assert_match '^<kernel name="k_copy"$' "$output"
	assert_match '^<kernel name="k_deflate"$' "$output"
}

@test "descriptions of one object become one file" {
	sed '/^kernel void t_types/,$d' vadd.desc > one.desc
	sed '/^kernel void t_vadd/,/^connect/d' vadd.desc > two.desc
	run -0 softcard --kernels=one.desc --kernels=two.desc -- \
		sh -c 'basename -a $(echo $OCR_XCLBIN | tr : " ")'
	assert_output one.xclbin
	run -0 softcard --kernels=one.desc --kernels=two.desc -- xrt_host types
	# another object is another file, whatever its description is called
	cp vadd.so other.so
	mkdir d
	sed 's/vadd.so/..\/other.so/' one.desc > d/one.desc
	run -0 softcard --kernels=one.desc --kernels=d/one.desc -- \
		sh -c 'basename -a $(echo $OCR_XCLBIN | tr : " ")'
	assert_output 'one.xclbin
one-2.xclbin'
	run -1 softcard --kernels=one.desc --kernels=one.desc -- true
	assert_output "ocr-softcard: kernel 't_vadd' is there twice"
	[ -z "$(ls -A tmp)" ]
}

@test "the exit status is that of the command, and nothing is left" {
	run -0 softcard -- sh -c "$tell"
	nothing_left "$(cat user)"
	run -7 softcard -- sh -c "$tell; exit 7"
	nothing_left "$(cat user)"
	run -0 softcard --kernels=vadd.desc -- sh -c "$tell; xrt_host vadd"
	nothing_left "$(cat user)"
}

@test "the command dies of a signal, and so do we" {
	local sig
	# of ocr-softcard itself, not of setsid or timeout
	for sig in TERM INT SEGV KILL ABRT; do
		run bash -c "ulimit -c 0
			TMPDIR=$PWD/tmp ocr-softcard -- sh -c '$tell; kill -$sig \$\$'
			exit \$?" 2> /dev/null
		[ "$status" -eq $((128 + $(kill -l "$sig"))) ]
		nothing_left "$(cat user)"
	done
}

@test "a signal goes to the command, and nothing is left" {
	local sig
	for sig in INT TERM HUP QUIT USR1; do
		ulimit -c 0
		start --kernels=vadd.desc -- sh -c "$tell; exec xrt_host hold"
		await out
		kill "-$sig" "$pid"
		ends_with $((128 + $(kill -l "$sig")))
		[ "$(cat out)" = ready ]
		nothing_left "$(cat user)"
	done
}

@test "a command that handles a signal has the last word" {
	start -- sh -c "$tell"'; trap "exit 9" TERM
		echo ready; while :; do sleep 0.1; done'
	await out
	kill -TERM "$pid"
	ends_with 9
	nothing_left "$(cat user)"
}

@test "one that does not care for SIGTERM is killed" {
	start -- sh -c "$tell"'; trap "" TERM; echo ready
		while :; do sleep 0.1; done'
	await out
	kill -TERM "$pid"
	ends_with 137
	nothing_left "$(cat user)"
}

@test "a command that is killed leaves no card behind" {
	start --kernels=vadd.desc -- \
		sh -c "$tell; echo \$\$ > pid; exec xrt_host hold"
	await out
	kill -KILL "$(cat pid)"
	ends_with 137
	nothing_left "$(cat user)"
}

@test "when ocr-softcard is killed, the command and its cards are too" {
	local user
	start --kernels=vadd.desc -- \
		sh -c "$tell; echo \$\$ > pid; exec xrt_host hold"
	await out
	kill -KILL "$pid"
	ends_with 137
	eventually is_dead "$(cat pid)"
	assert_no_child "$PWD/tmp/ocr-softcard"
	user=$(cat user)
	[ -n "$user" ] && rm -r "/tmp/$user" tmp/*
}

@test "what the command leaves in the background is ended" {
	# the same group, another session, one that does not care for SIGTERM
	run -0 softcard -- sh -c "$tell"'
		sleep 61 & setsid sleep 62 &
		setsid sh -c "trap \"\" TERM; sleep 63; sleep 63" & sleep 0.3' 3>&-
	nothing_left "$(cat user)"
	run -1 children '^sleep 6[123]$'
}

@test "the command sees the environment that XRT wants" {
	run -0 softcard --latency=50us --rate=1M --fail=1:k_copy_1:3! -- env
	assert_match '^XCL_EMULATION_MODE=sw_emu$' "$output"
	assert_match "^XILINX_XRT=$PWD/tmp/ocr-softcard-[[:alnum:]]+/xrt\$" "$output"
	assert_match '^USER=ocr-softcard-[[:alnum:]]+$' "$output"
	assert_match '^OCR_SOFTCARD_OPTIONS=memory=discrete rate=1048576 latency=50000 fail=1:k_copy_1:3!$' "$output"
	run -0 softcard -- sh -c 'cat $EMCONFIG_PATH/emconfig.json'
	assert_match '"NumDevices": "1"' "$output"
	run -0 softcard --cards=64 -- sh -c 'cat $EMCONFIG_PATH/emconfig.json'
	assert_match '"NumDevices": "64"' "$output"
}

@test "sockets are in a directory of our own in /tmp" {
	run -0 softcard --kernels=vadd.desc -- sh -c 'stat -c %a /tmp/$USER
		xrt_host hold > out & i=0
		while [ ! -s out ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
		grep -o "/tmp/$USER/[a-z0-9_]*" /proc/net/unix | sort -u; kill $!'
	assert_match '^700$' "${lines[0]}"
	# it is unlinked once both ends have it
	assert_match '^/tmp/ocr-softcard-[[:alnum:]]+/device0_1_[0-9]+$' "${lines[1]}"
}

@test "standard input, output and arguments are the command's" {
	run -0 sh -c 'printf abc | ocr-softcard -- cat'
	assert_output abc
	# what follows the command is for the command, with and without --
	run -0 softcard -- printf '%s|' -a --cards=x -- -b
	assert_output '-a|--cards=x|--|-b|'
	run -0 softcard --cards=1 printf '%s|' -a --cards=x -- -b
	assert_output '-a|--cards=x|--|-b|'
	run -0 softcard -- sh -c 'echo out; echo err >&2' 2> /dev/null
	run -141 bash -c 'ocr-softcard -- yes | head -n 1; exit ${PIPESTATUS[0]}'
	assert_output y
}

@test "a command that cannot be run" {
	run -127 softcard -- nonexistent-command
	assert_output "ocr-softcard: cannot run 'nonexistent-command': No such file or directory"
	run -127 softcard -- ./none
	assert_output "ocr-softcard: cannot run './none': No such file or directory"
	: > script
	run -126 softcard -- ./script
	assert_output "ocr-softcard: cannot run './script': Permission denied"
	run -126 softcard -- ./tmp
	assert_output "ocr-softcard: cannot run './tmp': Permission denied"
	[ -z "$(ls -A tmp)" ]
}

# wrong MESSAGE ARG...: usage errors
wrong() {
	local message=$1
	shift
	run -2 softcard "$@" -- true
	assert_output "ocr-softcard: $message
try 'ocr-softcard --help'"
}

@test "wrong usage" {
	run -2 softcard
	assert_output 'ocr-softcard: no command'
	run -2 softcard --cards=2 --
	assert_output 'ocr-softcard: no command'
	wrong "--cards: '0' is not a number from 1 to 64" --cards=0
	wrong "--cards: '65' is not a number from 1 to 64" --cards=65
	wrong "--cus: '129' is not a number from 1 to 128" --cus=129
	wrong "--memory: 'x' is not discrete or coherent" --memory=x
	wrong "--rate: '1Q' is not a size (like 64K, 1M, 1G)" --rate=1Q
	wrong "--latency: '5' is not a time (like 500ns, 50us, 2ms, 1s)" --latency=5
	wrong "--latency: 'us' is not a time (like 500ns, 50us, 2ms, 1s)" --latency=us
	wrong "--latency: '3601s' is not a time (like 500ns, 50us, 2ms, 1s)" --latency=3601s
	wrong "--latency: '99999999999999999999s' is not a time (like 500ns, 50us, 2ms, 1s)" \
		--latency=99999999999999999999s
	wrong "unknown option '--cord'" --cord
}

@test "faults need a unit and a run" {
	local o
	for o in fail hang corrupt wrong; do
		run -2 softcard "--$o=x" -- true
		assert_match "^ocr-softcard: $o=x: " "$output"
	done
}

@test "files that are none" {
	run -1 softcard --xclbin=none -- true
	assert_output 'ocr-softcard: cannot open none: No such file or directory'
	: > empty
	run -1 softcard --xclbin=empty -- true
	assert_output 'ocr-softcard: empty: not an xclbin file: it is too short'
	run -1 softcard --kernels=none -- true
	assert_output 'ocr-softcard: cannot open none: No such file or directory'
	echo 'object none.so
kernel void k()' > k.desc
	run -1 softcard --kernels=k.desc -- true
	assert_output 'ocr-softcard: cannot open none.so: No such file or directory'
	echo 'kernel void k()' > k.desc
	run -1 softcard --kernels=k.desc -- true
	assert_output 'ocr-softcard: k.desc: there is no object'
	# one for a card
	ocr-mkxclbin vadd.desc
	printf '\000' | dd of=vadd.xclbin bs=1 seek=332 conv=notrunc status=none
	run -1 softcard --xclbin=vadd.xclbin -- true
	assert_output 'ocr-softcard: vadd.xclbin: it is not for software emulation'
	mkdir a:b
	ocr-mkxclbin -o a:b/x vadd.desc
	run -1 softcard --xclbin=a:b/x -- true
	assert_output "ocr-softcard: $PWD/a:b/x: a list of files with colons between cannot hold this name"
	run -1 env TMPDIR=/nonexistent ocr-softcard -- true
	assert_output 'ocr-softcard: cannot make a directory in /nonexistent: No such file or directory'
	[ -z "$(ls -A tmp)" ]
}

@test "--keep leaves the directory" {
	run -0 --separate-stderr softcard --keep -- sh -c "$tell"
	assert_match '^ocr-softcard: kept .*/tmp/ocr-softcard-[[:alnum:]]+$' "$stderr"
	[ -d "${stderr#ocr-softcard: kept }/xrt" ]
	rm -r "/tmp/$(cat user)"
}

@test "-v says what has been done to XRT" {
	run -0 --separate-stderr softcard -v -- true
	assert_match '^ocr-softcard: XRT in /.*, (with libxrt_swemu\.so\.2 corrected|as it is)(, up to 32 units on a card)?$' "$stderr"
}

@test "the terminal is the command's, and ours again" {
	needs_terminal
	# 'read' from a terminal stops a process of the background
	run -0 bash -c 'echo hello | TMPDIR=$PWD/tmp timeout 20 script -qec \
		"ocr-softcard -- sh -c \"read x; echo got \\\$x\"; echo back" /dev/null'
	assert_match '^got hello' "$output"
	assert_match '^back' "$output"
}

@test "help, and the usage line of the manual" {
	run -0 softcard --help
	[ "${lines[0]}" = 'usage: ocr-softcard [-qv] [--cards=N] [--cus=N] [--xclbin=FILE] [--kernels=DESCRIPTION] [--memory=discrete|coherent] [--rate=SIZE] [--latency=TIME] [--fail=CU:N] [--hang=CU:N] [--corrupt=CU:N] [--wrong=CU:N] [--keep] [--trace] -- COMMAND [ARG...]' ]
}

@test "a directory with a colon in its name" {
	mkdir -p 'tmp/a:b'
	TMPDIR="$PWD/tmp/a:b" run -2 ocr-softcard -- true
	assert_match '^ocr-softcard: cannot make a directory in .*/a:b: its name has a colon$' "$output"
}
