# What must happen when hosts fail: a test for each fault; see also unit tests
# of worker_host, hosts_tools.bats and, at random, hosts/nemesis
# shellcheck disable=SC2154 # run sets output and stderr
# shellcheck disable=SC2016 # what stands in '' is for another shell
load helper
load hosts

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	unset OCR_DEVICES OCR_HOSTS OCR_RSH OCR_SCHEDULE FAKERSH FAKERSH_LOG
	gen text 3M > in
}
teardown() {
	touch stop
	hosts_down
}

# begin OPTION...: a run over hosts alone, which has input until finish.
begin() {
	rm -f log err stop
	# this test's process must not hold the output open
	{ feed in test -e stop || :; } 3>&- 2> /dev/null | tee all 3>&- |
		ocr-compress -1 --fallback=none --joblog=log "$@" > out 2> err 3>&- &
	job=$!
}
# finish CODE
finish() {
	local code=0
	touch stop
	wait "$job" || code=$?
	[ $code = "$1" ] || {
		shows "exit $code, standard error" "$(cat err)"
		return 1
	}
	[ "$1" != 0 ] || same all
}
# same FILE: out is what this machine alone makes of it, and the log is right.
same() {
	ocr-compress -1 < "$1" | cmp - out
	"$top_srcdir/tests/hosts/joblog-check" log > /dev/null
}
# is_prefix FILE: of the same.
is_prefix() {
	ocr-compress -1 < "$1" > want
	cmp -n "$(stat -c %s out)" out want
	[ "$(stat -c %s out)" -lt "$(stat -c %s want)" ]
}
says() { grep -Eq -e "$1" err; }
assert_says() {
	says "$1" && return 0
	shows "nothing like '$1' in" "$(cat err)"
	return 1
}
is_lost() { says "^ocr-compress: h$1: lost: "; }
# works I: host I has done a chunk.
works() { grep -q "	h$1	.*	0	0	" log 2> /dev/null; }
# run_fake CODE OPTION...: over hosts of fakersh alone.
run_fake() {
	local code=0
	ocr-compress -1 --fallback=none --joblog=log "${@:2}" < in > out 2> err ||
		code=$?
	[ $code = "$1" ] || {
		shows "exit $code, standard error" "$(cat err)"
		return 1
	}
	[ "$1" != 0 ] || same in
}

@test "fault 1: a worker is killed" {
	hosts_up 2
	begin
	eventually works 1
	kill_worker 1
	eventually is_lost 1
	finish 0
	[ "$(grep -c '^ocr-compress: h1: lost: ' err)" = 1 ]
	assert_idle 1
	assert_idle 2
}

@test "fault 2: an ssh session is killed" {
	hosts_up 2
	begin --timeout=5
	eventually works 1
	kill_session 1
	eventually is_lost 1
	finish 0
	assert_idle 1
	# the client's end
	begin --timeout=5
	eventually works 1
	eventually kill_client h1
	eventually is_lost 1
	finish 0
	assert_idle 1
}
has_no_worker() { [ -z "$(mkhosts pids "$1")" ]; }
kill_client() {
	local pid
	for pid in $(children "ssh .*$1 exec"); do
		kill -KILL "$pid" && return 0
	done
	return 1
}

@test "fault 3: a link goes down" {
	hosts_up 2
	needs_links
	begin --timeout=2
	eventually works 1
	link 1 down
	eventually says '^ocr-compress: h1: lost: .* 2 s'
	finish 0
	# the other end has noticed by itself; its sshd is not ours
	eventually has_no_worker 1
}

@test "fault 4: a worker is frozen, and thaws" {
	hosts_up 2
	begin --timeout=2
	eventually works 1
	freeze 1
	eventually says '^ocr-compress: h1: lost: .* 2 s'
	thaw 1
	finish 0
	assert_idle 1
}

@test "fault 5: a slow host does not keep the others" {
	fake_hosts 2
	gen text 40M > in
	FAKERSH=h1:rate=100000 run_fake 0
	# it had one of them, and somebody has done that again
	[ "$(grep -c '	h1	' log)" -lt 8 ]
}

@test "fault 2: what is said of a link comes after its end" {
	fake_hosts 1
	FAKERSH='h1:die=3000 h1:gasp=100' run_fake 3
	assert_says '^ocr-compress: h1: lost: connection lost \(Connection to h1 closed by remote host\.; exit status 255\)$'
}

@test "fault 6: two of three hosts die, and then all" {
	hosts_up 3
	begin --timeout=5
	for i in 1 2 3; do eventually works $i; done
	stop_host 1
	stop_host 2
	eventually is_lost 1
	eventually is_lost 2
	finish 0
	begin --timeout=5
	eventually works 3
	stop_host 3
	finish 3
	is_prefix all
	[ "$(tail -n 1 err)" = 'ocr-compress: no worker left' ]
	# with this machine to fall back on
	ocr-compress -1 --fallback=local < in > out 2> err
	ocr-compress -1 < in | cmp - out
}

@test "fault 7: a bit is flipped on the way" {
	fake_hosts 2
	gen text 20M > in
	FAKERSH="h1:flip=100000 $LATER" run_fake 0
	assert_fault h1 flip
	assert_says '^ocr-compress: h1: not used any more: .*damaged'
	rm "$FAKERSH_LOG"
	FAKERSH="h1:flipin=1000000 $LATER" run_fake 0
	assert_fault h1 flipin
	grep -q '	h1	.*	1	0	' log
}

@test "fault 8: a host says something before the protocol" {
	hosts_up 2 1:motd='Welcome to h1'
	begin
	eventually works 2
	finish 0
	assert_says "^ocr-compress: h1: .*'Welcome to h1"
	run ! grep -q '	h1	' log
}

@test "fault 9: a stream that is cut" {
	fake_hosts 1
	ocr-split -s 1M in > s
	ocr-compress --fallback=none < s > whole
	head -c 700000 whole > cut_short
	run -1 --separate-stderr bash -c 'ocr-merge < cut_short > out'
	assert_match '^ocr-merge: stdin: stream is cut at byte 700000 ' "$stderr"
	head -c 2000000 s > cut_short
	run -1 --separate-stderr bash -c \
		'ocr-compress --fallback=none < cut_short | tee half | ocr-merge > out; exit ${PIPESTATUS[0]}'
	assert_match '^ocr-compress: ' "$stderr"
	assert_match '^ocr-merge: ' "$stderr"
}

@test "fault 10: the disk is full" {
	fake_hosts 2
	gen base64 20M > in
	run -1 --separate-stderr bash -c \
		'ocr-compress --fallback=none < in > /dev/full'
	assert_stderr 'ocr-compress: cannot write to stdout: No space left on device'
	assert_no_child 'ocr-compress .*--worker'
}

@test "fault 11: nobody reads any more" {
	hosts_up 2
	run --separate-stderr bash -c \
		'cat in in in in in in in in | ocr-compress -1 --fallback=none | head -c 10 > out
		exit ${PIPESTATUS[1]}'
	[ "$status" = 141 ]
	assert_stderr ''
	assert_idle 1
	assert_idle 2
}

@test "fault 12: SIGTERM, SIGINT" {
	hosts_up 2
	for signal in TERM:143 INT:130; do
		rm -f log
		# bash starts background jobs deaf to INT
		feed in test -e stop 3>&- 2> /dev/null | env --default-signal=INT \
			ocr-compress -1 --fallback=none --joblog=log -o out.gz 2> err 3>&- &
		job=$!
		eventually works 1
		kill "-${signal%:*}" $job
		local code=0
		wait $job || code=$?
		[ $code = "${signal#*:}" ]
		touch stop
		[ ! -s err ]
		[ ! -e out.gz ]
		assert_idle 1
		assert_idle 2
		rm stop
	done
}

@test "fault 13: hosts that cannot be reached" {
	hosts_up 2
	mkhosts rekey 2
	begin --connect-timeout=3 --host=h1,nosuch.invalid,h2
	eventually says '^ocr-compress: nosuch.invalid: not used: .*resolve'
	eventually says '^ocr-compress: h2: not used: .*[Hh]ost key'
	finish 0
	grep -q '	h1	' log
	run ! grep -q '	\(h2\|nosuch.invalid\)	' log
	run -3 --separate-stderr bash -c \
		'ocr-compress -1 --fallback=none --connect-timeout=3 --host=nosuch.invalid < in > out'
	assert_match 'ocr-compress: no worker left' "$stderr"
	is_prefix in
}

@test "fault 14: other versions" {
	hosts_up 2 1:path="$BATS_TEST_TMPDIR/old:$PATH"
	mkdir old
	# one that knows nothing of hosts; other formats: test_worker_host
	cat > old/ocr-compress <<- 'END'
		#!/bin/sh
		echo "ocr-compress: unrecognized option '--worker'" >&2
		exit 2
	END
	chmod 755 old/ocr-compress
	begin
	eventually works 2
	eventually says '^ocr-compress: h1: '
	finish 0
	assert_says "^ocr-compress: h1: not used: .*unrecognized option '--worker'.*status 2"
	run ! grep -q '	h1	' log
	# no such program there
	mkhosts set 1 path=/usr/bin:/bin
	begin
	eventually works 2
	eventually says '^ocr-compress: h1: '
	finish 0
	assert_says '^ocr-compress: h1: .*not found'
}

@test "fault 15: standard output or input is closed" {
	fake_hosts 1
	run -1 --separate-stderr bash -c 'ocr-compress --fallback=none < in >&-'
	assert_match '^ocr-compress: cannot write to stdout: Bad file' "$stderr"
	run -1 --separate-stderr bash -c 'ocr-compress --fallback=none <&- > out'
	assert_match '^ocr-compress: cannot read stdin: Bad file' "$stderr"
}

@test "fault 16: a launcher that says all is well" {
	fake_hosts 2
	gen text 20M > in
	FAKERSH="h1:lie=100000 $LATER" run_fake 0
	assert_fault h1 lie
	is_lost 1
}

@test "fault 17: a chunk that kills any worker" {
	fake_hosts 4
	printf 'KILL-ANY-WORKER' | dd of=in bs=1 seek=2500000 conv=notrunc 2> dd.err
	FAKERSH='*:poison=KILL-ANY-WORKER' run_fake 1
	assert_says '^ocr-compress: chunk 2 \(at byte 2097152 of .*\): 4 workers were lost with it'
	is_prefix in
	# the hosts are not to blame: each came back for more
	for i in 1 2 3 4; do run ! says "h$i: .*(never|refused)"; done
}

@test "fault 18: a host comes back, and takes part again" {
	hosts_up 2 1:maxstartups=2:50:5
	begin --timeout=5
	eventually works 1
	stop_host 1
	eventually is_lost 1
	start_host 1
	eventually says '^ocr-compress: h1: is back'
	: > mark
	eventually is_more 1
	finish 0
}
is_more() { [ "$(grep -c "	h$1	.*	0	0	" log)" -gt "${n_before:=$(grep -c "	h$1	.*	0	0	" log)}" ]; }

@test "fault 19: numbers that come twice, or were never sent" {
	fake_hosts 2
	gen text 20M > in
	for fault in double foreign swap wrong; do
		FAKERSH="h1:$fault=0 $LATER" run_fake 0
		assert_fault h1 $fault
		rm "$FAKERSH_LOG"
		[ $fault = swap ] || assert_says '^ocr-compress: h1: '
	done
}

@test "fault 20: nothing, one byte, a huge chunk, no host" {
	fake_hosts 2
	: > in
	run_fake 0
	[ "$(gzip -dc < out | wc -c)" = 0 ]
	printf x > in
	run_fake 0
	[ "$(gzip -dc < out)" = x ]
	gen base64 40M > in
	ocr-compress -1 --fallback=none --size=40M < in > out
	ocr-compress -1 --size=40M < in | cmp - out
	: > none
	run -2 --separate-stderr bash -c 'ocr-compress --fallback=none --hosts none < in'
	assert_match '^ocr-compress: .*none' "$stderr"
}

@test "nemesis, with what can be told by byte" {
	timeout 300 "$top_srcdir/tests/hosts/nemesis" -f 1 8 \
		ocr-compress -1 -s 100K
	timeout 300 "$top_srcdir/tests/hosts/nemesis" -f -a 100 8 \
		ocr-compress -1 -s 100K --fallback=none
}

@test "nemesis, over ssh" {
	needs_sshd
	run timeout 300 "$top_srcdir/tests/hosts/nemesis" 200 "${NEMESIS_SECONDS:-20}" \
		ocr-compress -9 -s 100K --timeout=2 --fallback=none
	[ "$status" != 77 ] || skip 'sshd does not let this user in'
	[ "$status" = 0 ] || {
		shows nemesis "$output"
		return 1
	}
}
