# What a shell does to programs: full disks, closed files, signals, early ends
# shellcheck disable=SC2154 # run sets output and stderr
# A pipe on purpose, a comparison with what was read, a name like a command:
# shellcheck disable=SC2002,SC2094,SC2238,SC2010,SC2012,SC2016,SC2086
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	gen mixed 3M > in
}

# nothing_left: no temporary file of an output
nothing_left() {
	[ -z "$(find . -name '.*.????????????')" ] && return 0
	shows 'left behind' "$(find . -name '.*.????????????')"
	return 1
}

@test "a full disk is an error, not a short file" {
	run -1 sh -c 'ocr-split in > /dev/full'
	assert_output 'ocr-split: cannot write to stdout: No space left on device'
	run -1 sh -c 'ocr-compress < in > /dev/full'
	assert_output 'ocr-compress: cannot write to stdout: No space left on device'
	ocr-split in > s
	run -1 sh -c 'ocr-compress < s > /dev/full'
	assert_output 'ocr-compress: cannot write to stdout: No space left on device'
	run -1 sh -c 'ocr-merge < s > /dev/full'
	assert_output 'ocr-merge: cannot write to stdout: No space left on device'
	ocr-compress < in > z.gz
	run -1 sh -c 'ocr-compress -d < z.gz > /dev/full'
	assert_output 'ocr-compress: cannot write to stdout: No space left on device'
	run -1 sh -c 'ocr-split --help > /dev/full'
}

@test "a limited file size leaves no partial file" {
	run -1 bash -c 'ulimit -f 100; ocr-compress -0 -o out.gz in'
	assert_output 'ocr-compress: cannot write to out.gz: File too large'
	[ ! -e out.gz ]
	nothing_left
	run -1 bash -c 'ulimit -f 100; ocr-compress -0 -k in'
	[ ! -e in.gz ] && [ -e in ]
	nothing_left
}

@test "a reader that goes away ends the program quietly" {
	local tool
	ocr-split in > s
	ocr-compress < in > z.gz
	for tool in 'ocr-split in' 'ocr-compress -0 -c in' 'ocr-compress < s' \
	    'ocr-merge s' 'ocr-compress -dc z.gz' 'yes | ocr-compress -0'; do
		run -0 --separate-stderr bash -c \
			"$tool | head -c 10 > /dev/null; echo \${PIPESTATUS[-2]}"
		assert_output 141
		assert_stderr ''
	done
}

@test "a reader that goes away while the input waits" {
	# the writer of the input stays open and silent
	run -0 --separate-stderr timeout 60 bash -c '
		{ head -c 3M in; sleep 15; } | ocr-compress -0 | head -c 10 > /dev/null
		echo ${PIPESTATUS[1]}'
	assert_output 141
}

@test "closed standard files are errors" {
	local tool
	ocr-split in > s
	for tool in ocr-split ocr-compress ocr-merge; do
		run -1 sh -c "$tool <&- > /dev/null"
		assert_output "$tool: cannot read stdin: Bad file descriptor"
	done
	for tool in 'ocr-split in' 'ocr-compress -c in' 'ocr-merge s'; do
		run -1 sh -c "$tool >&-"
		assert_match 'cannot write to stdout: Bad file descriptor' "$output"
	done
	run -0 sh -c 'ocr-compress -c in 2>&- | gzip -t'
	run -1 sh -c 'ocr-compress missing 2>&-'
	run -0 sh -c 'ocr-compress -k in <&- >&- 2>&-'
	gzip -t in.gz
}

@test "SIGTERM and SIGINT leave no partial file" {
	local sig
	for sig in TERM INT HUP; do
		mkfifo "pipe.$sig"
		{ cat in; exec sleep 60; } > "pipe.$sig" 3>&- &
		# a shell without job control starts background jobs deaf to INT
		perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' \
			ocr-compress -o "out.$sig.gz" "pipe.$sig" 3>&- &
		local pid=$!
		eventually compgen -G ".out.$sig*" > /dev/null
		kill -$sig $pid
		local rc=0
		wait $pid || rc=$?
		[ $rc = $((128 + $(kill -l $sig))) ]
		[ ! -e "out.$sig.gz" ]
		nothing_left
	done
	kill %1 %2 %3 2> /dev/null || true
}

@test "a file that shrinks while it is read" {
	gen random 40M > big
	mkfifo out
	ocr-compress -1 -c big > out 2> err &
	exec 5< out
	head -c 100000 <&5 > /dev/null
	truncate -s 20M big
	cat <&5 > /dev/null
	exec 5<&-
	local rc=0
	wait $! || rc=$?
	[ $rc = 1 ]
	[ "$(cat err)" = 'ocr-compress: big: file shrank while it was read' ]
}

@test "directories and missing files" {
	mkdir d
	local tool
	for tool in ocr-split ocr-merge; do
		run -1 --separate-stderr $tool d
		assert_match "^$tool: .*d.*[Ii]s a directory" "$stderr"
		run -1 --separate-stderr $tool missing
		assert_stderr "$tool: cannot open missing: No such file or directory"
	done
	run -1 --separate-stderr sh -c 'ocr-compress < d'
	assert_stderr 'ocr-compress: stdin: is a directory'
}

@test "an output directory that is not there, or may not be written" {
	run -1 ocr-compress -o no/such/x.gz in
	assert_match '^ocr-compress: cannot (create|open|write).*no/such' "$output"
	run -1 ocr-merge -o . < /dev/null
}

@test "an empty input where a stream is expected" {
	run -1 ocr-merge < /dev/null
	assert_match '^ocr-merge: stdin: ' "$output"
	run -1 sh -c 'ocr-compress --stream < /dev/null'
}

@test "a stream of a newer version" {
	ocr-split in > s
	# version=1 to version=9, checksum and all, is more than sed can do:
	# the reader has to refuse either way, and name its input
	sed 's/version=1$/version=9/' s > t
	run -1 --separate-stderr sh -c 'ocr-merge < t'
	assert_match '^ocr-merge: stdin: ' "$stderr"
}

@test "--memory that is too small is refused by number" {
	run -1 sh -c 'ocr-compress --memory 100K < in > /dev/null'
	assert_match '^ocr-compress: chunk 0 needs [0-9]+ bytes of memory' "$output"
}

@test "memory stays bounded" {
	skip_sanitizers 'they hold memory of their own'
	gen mixed 64M > big
	run -0 --separate-stderr ocr-compress -j2 -1 --stats -c big
	local kib
	kib=$(printf '%s' "$stderr" | sed 's/.*"peak_memory_bytes":\([0-9]*\).*/\1/')
	[ "$kib" -le $((40 * 1024 * 1024)) ]
}
