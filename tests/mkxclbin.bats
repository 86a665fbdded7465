# ocr-mkxclbin: a description in, an xclbin out
# shellcheck disable=SC2154 # run sets output and stderr
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

# A shared object as far as its header goes.
make_object() {
	{
		printf '\177ELF\002\001\001\000\000\000\000\000\000\000\000\000'
		printf '\003\000\076\000'
		head -c 44 /dev/zero
	} > "$1"
}

# word FILE OFFSET BYTES: a number in the file
word() {
	od -A n -j "$2" -N "$3" -t "u$3" "$1" | tr -d ' '
}

# section FILE KIND: the bytes of a section
section() {
	local i n at size
	n=$(word "$1" 448 4)
	for ((i = 0; i < n; i++)); do
		[ "$(word "$1" $((456 + 40 * i)) 4)" = "$2" ] || continue
		at=$(word "$1" $((456 + 40 * i + 24)) 8)
		size=$(word "$1" $((456 + 40 * i + 32)) 8)
		tail -c +$((at + 1)) "$1" | head -c "$size"
	done
}

@test "an xclbin with all that XRT needs" {
	make_object k.so
	cat > k.desc <<-'END'
		object k.so
		bank DDR[0] 2G
		bank DDR[1] 1G
		kernel void k(const int *a, float x)
		units 2
		connect a DDR[1]
	END
	run -0 --separate-stderr ocr-mkxclbin k.desc
	assert_output ''
	assert_stderr ''
	[ "$(head -c 7 k.xclbin)" = xclbin2 ]
	[ "$(word k.xclbin 304 8)" = "$(stat -c %s k.xclbin)" ]
	[ "$(word k.xclbin 332 2)" = 5 ] # XCLBIN_SW_EMU
	section k.xclbin 0 | cmp - k.so
	run -0 section k.xclbin 2
	assert_match '<kernel name="k" .* hwControlProtocol="ap_ctrl_hs">' "$output"
	assert_match '<arg name="a" addressQualifier="1" id="0" .* offset="0x10"' "$output"
	assert_match '<arg name="x" addressQualifier="0" id="1" .* offset="0x1c"' "$output"
	section k.xclbin 8 > ip
	[ "$(word ip 0 4)" = 2 ]
	[ "$(word ip 16 8)" = $((0x1800000)) ]
	[ "$(word ip 96 8)" = $((0x1810000)) ]
	[ "$(strings -n 3 ip)" = "$(printf 'k:k_1\nk:k_2')" ]
	section k.xclbin 6 > banks
	[ "$(word banks 0 4) $(word banks 16 8) $(word banks 56 8)" = \
		"2 $((2 << 20)) $((1 << 20))" ]
	section k.xclbin 7 > links
	[ "$(od -A n -t d4 -w28 links | tr -s ' ')" = ' 2 0 0 1 0 1 1' ]
}

@test "the default name, -o, standard output" {
	make_object k.so
	printf 'object k.so\nkernel void k(int a)\n' > k.desc
	cp k.desc other
	mkdir d
	ocr-mkxclbin ./k.desc
	ocr-mkxclbin other
	ocr-mkxclbin -o d/x k.desc
	ocr-mkxclbin --output=- k.desc > stdout
	[ -s k.xclbin ] && [ -s other.xclbin ] && [ -s d/x ] && [ -s stdout ]
	# an old one is replaced, and each has a UUID of its own
	cp k.xclbin old
	ocr-mkxclbin k.desc
	run -1 cmp -s old k.xclbin
	[ "$(ls -A)" = "$(printf 'd\nk.desc\nk.so\nk.xclbin\nold\nother\nother.xclbin\nstdout')" ]
}

@test "the object is relative to the description" {
	mkdir -p a/b
	make_object a/k.so
	printf 'object ../k.so\nkernel void k(int a)\n' > a/b/k.desc
	ocr-mkxclbin a/b/k.desc
	[ -s a/b/k.xclbin ]
	printf 'object %s/a/k.so\nkernel void k(int a)\n' "$PWD" > a/b/k.desc
	ocr-mkxclbin -o x a/b/k.desc
	[ -s x ]
}

@test "--units" {
	make_object k.so
	printf 'object k.so\nkernel void k(int a)\nunits l r\nkernel void m()\n' > k.desc
	ocr-mkxclbin --units=k=3 --units m=2 k.desc
	section k.xclbin 8 > ip
	[ "$(strings -n 3 ip)" = "$(printf 'k:l\nk:r\nk:k_3\nm:m_1\nm:m_2')" ]
	ocr-mkxclbin --units=k=1 k.desc
	section k.xclbin 8 > ip
	[ "$(strings -n 3 ip)" = "$(printf 'k:l\nm:m_1')" ]
	run -2 ocr-mkxclbin --units=x=1 k.desc
	assert_output "ocr-mkxclbin: --units: k.desc has no kernel 'x'"
	run -2 ocr-mkxclbin --units=k k.desc
	assert_output "ocr-mkxclbin: --units: 'k' is not KERNEL=N
try 'ocr-mkxclbin --help'"
	run -2 ocr-mkxclbin --units=k=0 k.desc
	assert_output "ocr-mkxclbin: --units: '0' is not a number from 1 to 128
try 'ocr-mkxclbin --help'"
	run -1 ocr-mkxclbin --units=k=100 --units=m=29 k.desc
	assert_output 'ocr-mkxclbin: k.desc: more than 128 units'
}

@test "what is wrong is named by file and line" {
	make_object k.so
	printf 'object k.so\n\nkernel void k(int a,\n  int a)\n' > k.desc
	run -1 ocr-mkxclbin k.desc
	assert_output "ocr-mkxclbin: k.desc:4: argument 'a' is there twice"
	printf 'kernel void k(int a)\n' > k.desc
	run -1 ocr-mkxclbin k.desc
	assert_output 'ocr-mkxclbin: k.desc: there is no object'
	printf 'object none.so\nkernel void k(int a)\n' > k.desc
	run -1 ocr-mkxclbin k.desc
	assert_output 'ocr-mkxclbin: cannot open none.so: No such file or directory'
	printf 'object k.desc\nkernel void k(int a)\n' > k.desc
	run -1 ocr-mkxclbin k.desc
	assert_output 'ocr-mkxclbin: k.desc: not a shared object'
	printf 'object .\nkernel void k(int a)\n' > k.desc
	run -1 ocr-mkxclbin k.desc
	assert_output 'ocr-mkxclbin: .: not a shared object'
	head -c 1048577 /dev/zero | tr '\0' '#' > k.desc
	run -1 ocr-mkxclbin k.desc
	assert_output 'ocr-mkxclbin: k.desc: a description has at most 1 MiB'
	run -1 ocr-mkxclbin none.desc
	assert_output 'ocr-mkxclbin: cannot open none.desc: No such file or directory'
	[ "$(ls -A)" = "$(printf 'k.desc\nk.so')" ]
}

@test "wrong usage" {
	run -2 ocr-mkxclbin
	assert_output 'ocr-mkxclbin: no description'
	run -2 ocr-mkxclbin a b
	assert_output 'ocr-mkxclbin: more than one description'
	run -2 ocr-mkxclbin --mode=hw a
	assert_output "ocr-mkxclbin: --mode: 'hw' is not sw_emu
try 'ocr-mkxclbin --help'"
}

@test "a full disk leaves nothing behind" {
	make_object k.so
	printf 'object k.so\nkernel void k(int a)\n' > k.desc
	run -1 ocr-mkxclbin -o /dev/full k.desc
	assert_output 'ocr-mkxclbin: cannot write to /dev/full: No space left on device'
	run -1 ocr-mkxclbin -o none/x k.desc
	assert_output 'ocr-mkxclbin: cannot create none/x: No such file or directory'
	[ "$(ls -A)" = "$(printf 'k.desc\nk.so')" ]
}

@test "help, version, the usage line of the manual" {
	run -0 ocr-mkxclbin --help
	[ "${lines[0]}" = 'usage: ocr-mkxclbin [-qv] [-o FILE] [--mode=sw_emu] [--units=KERNEL=N] DESCRIPTION' ]
	run -0 ocr-mkxclbin --mode=sw_emu --version
	assert_match '^ocr-mkxclbin \(octoray-tools\) ' "$output"
}
