# ocr-run(1): commands and functions over chunks; descriptions.  Cards have
# their own file.
# shellcheck disable=SC2154 # helper.bash and run set top_srcdir, output, ...
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	so=$top_builddir/tests/kernels/plain.so
}

@test "run: a command for each chunk, in order" {
	gen random 5000000 > in
	for n in 1 2 4; do
		ocr-run -j $n in -- cat | cmp - in
	done
	# shellcheck disable=SC2094 # cmp only reads
	ocr-run -- cat < in | cmp - in
	# shellcheck disable=SC2002 # a pipe is another case
	cat in | ocr-run -s 100K -- cat | cmp - in
	run -0 ocr-run -s 2M in -- wc -c
	assert_output $'2097152\n2097152\n805696'
}

@test "run: which chunk a command has" {
	gen text 2500 > 'a file'
	# shellcheck disable=SC2016 # the command's shell
	run -0 ocr-run -s 1K 'a file' - -- sh -c \
		'echo "$OCR_SEQ $OCR_AT $OCR_LEN $OCR_NAME"' <<< x
	assert_output $'0 0 1024 a file\n1 1024 1024 a file\n2 2048 452 a file\n3 0 2 -'
}

@test "run: no byte, no command" {
	run -0 ocr-run -- false < /dev/null
	assert_output ''
	: > empty
	run -0 ocr-run empty empty -- false
	assert_output ''
}

@test "run: a command need not read, nor write" {
	gen random 3000000 > in
	run -0 --separate-stderr ocr-run -s 1M in -- true
	assert_output ''
	assert_stderr ''
	run -0 --separate-stderr ocr-run in -- head -c 2 in
	[ "${#output}" -gt 0 ]
	assert_stderr ''
	ocr-run in -- sh -c 'exec <&-; echo x' > out
	[ "$(cat out)" = $'x\nx\nx' ]
}

@test "run: a command that writes before it has read, and much more" {
	gen random 3000000 > in
	{
		for at in 1 2 3; do
			head -c 5000000 /dev/zero
			tail -c +$(((at - 1) * 1000000 + 1)) in | head -c 1000000
		done
	} > want
	ocr-run -s 1000000 in -- sh -c 'head -c 5000000 /dev/zero; cat' |
		cmp - want
}

@test "run: a thousand times the output, from commands and functions" {
	gen text 20000 > in
	run -0 sh -c 'ocr-run -s 10K in -- sh -c "head -c 10000000 /dev/zero" | wc -c'
	assert_output 20000000
	run -0 sh -c "ocr-run -s 10000 --so '$so:thousand' in | wc -c"
	assert_output 20000000
	# a limit of memory is kept to
	run -1 ocr-run --memory=8M -s 10000 --so "$so:thousand" in
	assert_match '^ocr-run: chunk 0 needs [0-9]* bytes of memory; the limit is 8388608: use a larger --memory or smaller chunks$' "$output"
}

@test "run: output over the limit" {
	gen text 2000 > in
	run -1 --separate-stderr ocr-run -j 1 --limit=1M in -- yes
	assert_output ''
	assert_stderr "ocr-run: chunk 0 (at byte 0 of in): the output of 'yes' is over 1048576 bytes; --limit sets how many there may be"
	run -0 sh -c 'ocr-run --limit=1M in -- head -c 1048576 /dev/zero | wc -c'
	assert_output 1048576
	run -1 --separate-stderr ocr-run --limit=1M in -- head -c 1048577 /dev/zero
	assert_output ''
	run -1 --separate-stderr ocr-run --limit=1M --so "$so:never_fits" in
	assert_stderr "ocr-run: chunk 0 (at byte 0 of in): the output of 'never_fits' is over 1048576 bytes; --limit sets how many there may be"
}

@test "run: how a command ends counts" {
	gen text 3000 > in
	run -1 --separate-stderr ocr-run -j 1 in -- false
	assert_output ''
	assert_stderr "ocr-run: chunk 0 (at byte 0 of in): 'false': exit status 1"
	# shellcheck disable=SC2016
	run -1 --separate-stderr ocr-run -s 1K in -- sh -c '[ $OCR_SEQ = 1 ] && kill -6 $$; cat'
	[ "$output" = "$(head -c 1024 in)" ]
	assert_stderr "ocr-run: chunk 1 (at byte 1024 of in): 'sh': killed by signal 6 (Aborted)"
	run -1 --separate-stderr ocr-run -j 1 in -- ocr-no-such-command x
	assert_stderr "ocr-run: cannot run 'ocr-no-such-command': No such file or directory"
}

@test "run: 10,000 chunks of a KiB" {
	gen text 10240000 > in
	tr '[:lower:]' '[:upper:]' < in > want
	ocr-run -s 1K --so "$so:upper" in | cmp - want
	head -c 512000 want > want.500
	head -c 512000 in | ocr-run -s 1K -- tr '[:lower:]' '[:upper:]' | cmp - want.500
}

# bats test_tags=slow
@test "run: 10,000 commands" {
	gen text 10240000 > in
	ocr-run -s 1K in -- cat | cmp - in
}

@test "run: a function of a shared object" {
	gen text 5000000 > in
	tr '[:lower:]' '[:upper:]' < in > want
	for n in 1 2 5; do
		ocr-run -j $n --so "$so:upper" in | cmp - want
	done
	cp "$so" here.so
	ocr-run --so here.so:upper < in | cmp - want
	run -0 ocr-run --so here.so:nothing in
	assert_output ''
}

@test "run: a function with further arguments" {
	run -0 ocr-run --so "$so:tell" --arg 7 --arg scale=2.5 --arg=-3 <<< x
	assert_output '2 7 2.5 -3'
	run -0 ocr-run --so "$so:tell" --arg=0xff --arg=6=1e-3 --arg=n=18446744073709551615 <<< x
	assert_output '2 255 0.001 -1'
}

@test "run: arguments that are none" {
	while read -r arg why; do
		run -2 ocr-run --so "$so:tell" --arg="$arg"
		[ "${lines[0]}" = "ocr-run: --arg: $why" ] || {
			shows "$arg" "$output"
			return 1
		}
	done <<- 'END'
		x 'x' is not a number
		n= '' is not a number
		5=1x '1x' is not a number
		=1 '' is no name and no place of an argument
		a-b=1 'a-b' is no name and no place of an argument
		999=1 '999' is no name and no place of an argument
		4=1 arguments 0 to 4 are in, in_len, out, out_cap, out_len; further ones begin at 5
		99999999999999999999999 '99999999999999999999999' is not a number
	END
	run -2 ocr-run --so "$so:tell" --arg=a=1 --arg=a=2
	assert_match "^ocr-run: --arg: 'a=2' sets an argument that is set already" "$output"
	run -2 ocr-run --arg=1 -- cat
	assert_output "ocr-run: --arg is not for commands: say it behind the command"
}

@test "run: functions that cannot be had" {
	run -1 ocr-run --so nope.so:f < /dev/null
	assert_output 'ocr-run: --so: ./nope.so: cannot open shared object file: No such file or directory'
	run -1 ocr-run --so "$so:nope" < /dev/null
	assert_output "ocr-run: --so: $so has no function 'nope'"
	for bad in "$so" :f "$so:"; do
		run -2 ocr-run --so "$bad" < /dev/null
		assert_output "ocr-run: --so: '$bad' is not FILE:FUNCTION"
	done
	echo no > no.so
	run -1 ocr-run --so no.so:f < /dev/null
	assert_match '^ocr-run: --so: ./no.so: ' "$output"
}

@test "run: functions that do it wrong" {
	run -1 ocr-run -j 1 -s 4K --so "$so:too_long" <<< x
	assert_output 'ocr-run: chunk 0 (at byte 0 of stdin): too_long says it has written 73729 bytes, into room for 73728'
	run -1 ocr-run -j 1 --so "$so:forgets" <<< x
	assert_output 'ocr-run: chunk 0 (at byte 0 of stdin): forgets has not set its out_len'
	run ocr-run -j 1 --so "$so:crash" <<< x
	[ "$status" -gt 128 ]
}

@test "run: no kernel, two inputs, usage" {
	run -2 ocr-run
	assert_output 'ocr-run: no kernel: use --so, --kernel, --config or -- COMMAND'
	run -2 ocr-run --
	run -2 ocr-run --kernel= in
	assert_output "ocr-run: --kernel: no name
try 'ocr-run --help'"
	run -2 ocr-run --expand=0 -- cat
	run -2 ocr-run --limit=2G -- cat
	run -2 ocr-run --size=2G -- cat
	run -2 ocr-run --to=x -- cat
	: > f
	run -2 ocr-run --stream f -- cat
	assert_output 'ocr-run: --stream: a chunk stream is read from standard input only'
	# with a function, -- has its usual meaning
	echo abc > --x
	run -0 ocr-run --so "$so:upper" -- --x
	assert_output ABC
}

@test "run: a stream in, a stream out" {
	gen random 5000000 > in
	ocr-split in | ocr-run -- cat | ocr-merge | cmp - in
	ocr-split in | ocr-run -- cat | ocr-compress -1 | ocr-merge | gzip -dc | cmp - in
	ocr-split in | ocr-run --to=raw -- cat | cmp - in
	ocr-run --to=stream in -- cat | ocr-merge | cmp - in
	# lengths change; the announced size must not be believed by a tar
	ocr-split in | ocr-run -- wc -c | ocr-merge --to=tar | tar xOf - > out
	[ "$(head -n 1 out)" = 1048576 ]
	run -0 sh -c 'ocr-split in | ocr-run --raw -- cat | ocr-run --to=raw --so "$1:upper" | wc -c' - "$so"
	assert_output 5000000
	cat <(ocr-split in) <(ocr-split in) | ocr-run -- cat | ocr-merge |
		cmp - <(cat in in)
}

@test "run: what fails in a stream keeps its place" {
	gen random 3000000 > in
	# shellcheck disable=SC2016
	run -1 --separate-stderr sh -c 'ocr-split in | ocr-run -- sh -c "[ \$OCR_SEQ != 1 ] || exit 3; cat" > s'
	assert_stderr "ocr-run: chunk 1 (at byte 1048576 of in): 'sh': exit status 3"
	run -1 --separate-stderr ocr-merge -o out < s
	assert_stderr "ocr-merge: chunk 1 (at byte 1048576 of in): failed in ocr-run: chunk 1 (at byte 1048576 of in): 'sh': exit status 3"
	# and a pipe of bytes stops there
	run -1 --separate-stderr sh -c 'ocr-run --to=raw -- cat < s > out'
	cmp out <(head -c 1048576 in)
	# either is true, and which comes first is not known
	assert_match '^ocr-run: (chunk 1 |stdin: incomplete: )' "$stderr"
}

@test "run: chunks that are not raw" {
	gen text 3000 > in
	run -1 sh -c 'ocr-split in | ocr-compress | ocr-run --to=raw -- cat'
	assert_output 'ocr-run: chunk 0 is deflate: kernels get raw chunks (ocr-compress -d makes them)'
	run -1 ocr-run --stream -- cat < in
	ocr-split --by-reference in | ocr-run -- cat | ocr-merge | cmp - in
}

@test "run: inputs that are not there" {
	echo a > a
	run -1 --separate-stderr ocr-run a nope . a -- cat
	assert_output $'a\na'
	assert_stderr $'ocr-run: cannot open nope: No such file or directory\nocr-run: .: is a directory'
	run -1 ocr-run -o out a nope -- cat
	[ ! -e out ]
}

@test "run: an output that is complete or not there" {
	gen text 5000 > in
	run -0 ocr-run -o out in -- cat
	cmp in out
	run -1 ocr-run -o out in -- cat
	assert_output 'ocr-run: out already exists; use -f to replace it'
	run -0 ocr-run -fo out in -- head -c 3
	[ "$(wc -c < out)" = 3 ]
	run -1 ocr-run -o out2 in -- false
	[ ! -e out2 ]
	run -1 --separate-stderr sh -c 'ocr-run in -- cat > /dev/full'
	assert_stderr 'ocr-run: cannot write to stdout: No space left on device'
}

@test "run: the reader goes away" {
	gen text 5000000 > in
	# shellcheck disable=SC2016
	run -141 bash -c 'ocr-run -s 2M in -- sh -c "
		[ \$OCR_SEQ = 0 ] || sleep 4321
		cat" | head -c 1 > /dev/null; exit ${PIPESTATUS[0]}'
	assert_no_child 'sleep 4321'
}

@test "run: a signal leaves no command behind" {
	gen text 5000 > in
	for sig in INT TERM HUP; do
		# a shell in the background makes SIGINT ignored
		env --default-signal=INT ocr-run -s 1K in -- \
			sh -c 'sleep 4322; true' 3>&- &
		eventually children '^sleep 4322' > /dev/null
		kill -s "$sig" $!
		wait $! || echo $? > status
		assert_no_child '^sleep 4322'
	done
	[ "$(cat status)" = 129 ]
}

@test "run: where SIGCHLD is ignored" {
	gen text 5000 > in
	env --ignore-signal=CHLD ocr-run -s 1K in -- cat | cmp - in
}

# --- descriptions

@test "run --config: a function" {
	gen text 5000 > in
	tr '[:lower:]' '[:upper:]' < in > want
	cat > desc <<- END
		# ours
		kernel    upper
		path      $so   # here
		instances 2
		batch     1K
		host      localhost
	END
	ocr-run --config=desc in | cmp - want
	cat > desc <<- END
		kernel tell
		path $so
		arg 1
		config args
		batch 2K
	END
	printf '# two more\nscale=0.5\n\n7=9\n' > args
	run -0 ocr-run --config=desc in
	assert_output $'2048 1 0.5 9\n2048 1 0.5 9\n904 1 0.5 9'
	run -0 ocr-run -s 5000 --config=desc in
	assert_output '5000 1 0.5 9'
}

@test "run --config: what is wrong with a description" {
	while IFS='|' read -r text why; do
		printf '%b' "$text" > desc
		run -1 ocr-run --config=desc < /dev/null
		[ "$output" = "ocr-run: $why" ] || {
			shows "$text" "$output"
			return 1
		}
	done <<- 'END'
		|desc: describes no kernel
		path x\n|desc:1: a line 'kernel NAME' comes before 'path'
		kernel a\n|desc:1: kernel 'a' has no path
		\nkernel\n|desc:2: nothing behind 'kernel'
		kernel a\npath x\npth y\n|desc:3: unknown word 'pth'
		kernel a\npath x\npath y\n|desc:3: there twice: 'y'
		kernel a\npath x\ninstances 0\n|desc:3: instances: '0' is not a number from 1 to 1024
		kernel a\npath x\nbatch 2G\n|desc:3: over 1G: '2G'
		kernel a\npath x\nbatch x\n|desc:3: batch: 'x' is not a size (like 64K, 1M, 1G)
		kernel a\npath x\narg 1=1\n|desc:3: arg: arguments 0 to 4 are in, in_len, out, out_cap, out_len; further ones begin at 5
		kernel a\npath x\nbanks DDR0\nbanks DDR1\n|desc:1: kernel 'a' has more lines of banks than instances
		kernel a\npath nope\n|cannot open nope: No such file or directory
		kernel a\npath x\nconfig nope\n|cannot open nope: No such file or directory
		kernel a\npath x\nhost far.example\n|desc: 'far.example' is not this machine: hosts are not supported yet
		kernel a\000\n|desc: not a description
	END
	run -1 ocr-run --config=nope < /dev/null
	assert_output "ocr-run: cannot open nope: No such file or directory"
}

@test "run --config: OctoRay's cluster_config.json" {
	gen text 5000 > in
	tr '[:lower:]' '[:upper:]' < in > want
	cp "$so" k.so
	cat > c.json <<- END
		{"scheduler": "10.1.212.130", "hosts": ["127.0.0.1"],
		 "connect_options": {"port": 22, "xrt": "/opt/xilinx/xrt/setup.sh", "dir": "$PWD"},
		 "worker_options": {"nthreads": 1, "n_workers": 2, "preload": "pynqimport.py", "nanny": "0", "memory_limit": 0},
		 "scheduler_options": {"port": 8786}, "worker_class": "distributed.Worker",
		 "overlay": "k.so"}
	END
	run -0 --separate-stderr ocr-run --config=c.json --kernel=upper in
	assert_stderr ''
	[ "$output" = "$(cat want)" ]
	run -2 ocr-run --config=c.json in
	assert_output 'ocr-run: c.json names no kernel: say which with --kernel'
	sed -i 's/"nanny"/"nany"/; s/"scheduler"/"x": 1, "scheduler"/' c.json
	run -0 --separate-stderr ocr-run --config=c.json --kernel=upper in
	assert_stderr $'ocr-run: c.json: unknown key \'x\': ignored\nocr-run: c.json: unknown key \'worker_options.nany\': ignored'
	sed -i 's/127.0.0.1/10.255.255.254/' c.json
	run -1 ocr-run -q --config=c.json --kernel=upper in
	assert_output "ocr-run: c.json: '10.255.255.254' is not this machine: hosts are not supported yet"
}

@test "run --config: what is wrong with a cluster_config.json" {
	while IFS='|' read -r text why; do
		printf '%s' "$text" > c.json
		run -1 ocr-run -q --kernel=k --config=c.json < /dev/null
		[ "$output" = "ocr-run: c.json$why" ] || {
			shows "$text" "$output"
			return 1
		}
	done <<- 'END'
		{}|: hosts is not a list with at least one name
		{"hosts": []}|: hosts is not a list with at least one name
		{"hosts": "a"}|: hosts is not a list with at least one name
		{"hosts": [1], "overlay": "x"}|: hosts is not a list of names
		{"hosts": ["a"]}|: overlay is neither a path nor a list of paths
		{"hosts": ["a"], "overlay": ["x", "y"]}|: overlay has 2 paths for 1 hosts
		{"hosts": ["a"], "overlay": [1]}|: overlay is neither a path nor a list of paths
		{"hosts": ["a"], "overlay": "x", "connect_options": 1}|: connect_options is neither an object nor a list of one for each host
		{"hosts": ["a"], "overlay": "x", "worker_options": [1]}|: worker_options[0] is not an object
		{"hosts": ["a"], "overlay": "x", "worker_options": {"n_workers": 0}}|: worker_options.n_workers is not a number from 1 to 1024
		{"hosts": ["a"], "overlay": "x", "connect_options": {"dir": 1}}|: connect_options.dir is not a path
		{"hosts": ["a"], "hosts": ["b"]}|:1: duplicate object key near '"hosts"'
		{"hosts": |:1: unexpected token near end of file
	END
}
