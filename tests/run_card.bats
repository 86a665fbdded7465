# ocr-run(1) with kernels on cards, which ocr-softcard invents.
# shellcheck disable=SC2154 # helper.bash and run set top_srcdir, output, ...
load helper

setup() {
	needs_xrt
	cd "$BATS_TEST_TMPDIR" || return 1
	cp "$top_builddir"/tests/kernels/{plain,fwi}.so .
	args='const uint8_t *in, uint32_t in_len, uint8_t *out, uint32_t out_cap, uint32_t *out_len'
	cat > plain.desc <<- END
		object plain.so
		kernel void upper($args)
		units 2
		kernel void thousand($args)
		kernel void tell($args, uint64_t a, double scale, uint64_t c)
	END
	ocr-mkxclbin -o plain.xclbin plain.desc
}

# card [--rate=SIZE] COMMAND...: with a card that has plain.xclbin; XRT may end
# its group.
card() {
	timeout 60 setsid -w ocr-softcard -q --xclbin="$PWD/plain.xclbin" "$@" 3>&-
}

@test "run: a kernel on each unit of a card" {
	gen text 5000000 > in
	tr '[:lower:]' '[:upper:]' < in > want
	card --rate=8M bash -c 'feed in have_run 2 | tee fed |
		ocr-run --kernel=upper --stats=stats' > got
	tr '[:lower:]' '[:upper:]' < fed | cmp - got
	assert_match '"name":"xrt:0/upper_1","chunks":[1-9]' "$(cat stats)"
	assert_match '"name":"xrt:0/upper_2","chunks":[1-9]' "$(cat stats)"
	[[ $(cat stats) != *cpu:* ]]
	# the function checks what the card says
	card ocr-run --kernel=upper --so plain.so:upper -D xrt --stats=stats in |
		cmp - want
	assert_match '"unchecked":0' "$(cat stats)"
}

@test "run: further arguments of a kernel on a card" {
	echo x > in
	run -0 card ocr-run --xclbin=plain.xclbin --kernel=tell --arg=7 \
		--arg=scale=2.5 --arg=c=-3 in
	assert_output '2 7 2.5 -3'
	run -2 card ocr-run --xclbin=plain.xclbin --kernel=tell --arg=7 in
	assert_output "ocr-run: kernel tell: argument 6 'scale' is not set (--arg)"
	run -2 card ocr-run --xclbin=plain.xclbin --kernel=tell --arg=1 --arg=2 \
		--arg=3 --arg=4 in
	assert_output 'ocr-run: kernel tell has 3 arguments behind the first five; 4 are set'
	run -1 card ocr-run --xclbin=plain.xclbin --kernel=nope in
	assert_output "ocr-run: plain.xclbin: has no kernel 'nope'"
}

@test "run: --expand is the room of a kernel on a card" {
	gen text 3000 > in
	run -0 card sh -c 'ocr-run --kernel=thousand --expand=1000 -s 1000 in | wc -c'
	assert_output 3000000
	run -1 card ocr-run --kernel=thousand -s 1000 in
	# the function gets as much as it needs
	run -0 card sh -c 'ocr-run -q --kernel=thousand --so plain.so:thousand -s 1000 in | wc -c'
	assert_output 3000000
}

@test "run --config: units and banks of an xclbin" {
	gen text 5000000 > in
	tr '[:lower:]' '[:upper:]' < in > want
	printf 'kernel upper\npath plain.xclbin\ninstances 2\nbatch 1M\nbanks bank0 bank0\nbanks HBM0\n' > desc
	card ocr-run --config=desc in 2> err | cmp - want
	[ "$(cat err)" = 'ocr-run: plain.xclbin: upper_2 uses bank bank0 where HBM0 is described: the xclbin decides' ]
	printf 'kernel upper\npath plain.xclbin\ninstances 3\n' > desc
	run -1 card ocr-run --config=desc in
	assert_output 'ocr-run: plain.xclbin: has 2 units of upper; 3 instances are described'
	echo '{"hosts": ["localhost"], "overlay": "plain.xclbin", "worker_options": {"n_workers": 2}}' > c.json
	card ocr-run --config=c.json --kernel=upper in | cmp - want
}

@test "run: full waveform inversion on three units" {
	args='const uint8_t *in, uint32_t in_len, uint8_t *out, uint32_t out_cap, uint32_t *out_len'
	printf 'object fwi.so\nkernel void fwi_step(%s)\nunits 3\n' "$args" > plain.desc
	ocr-mkxclbin -o fwi.xclbin plain.desc
	cp fwi.xclbin plain.xclbin
	printf abcdefgh | ocr-run -s 1 --so fwi.so:fwi_make > field
	cp field cpu
	for _ in 1 2 3; do
		card ocr-run -s 4K --kernel=fwi_step -fo field field
		ocr-run -s 4K --so fwi.so:fwi_step -fo cpu cpu
	done
	cmp field cpu
}
