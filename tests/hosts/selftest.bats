# The hosts that tests use, the faults and the nemesis themselves
# shellcheck disable=SC2154 # run sets output and stderr
# shellcheck disable=SC2094 # a file that is read twice
# shellcheck disable=SC2016 # what stands in '' is for another shell
load ../helper
load ../hosts

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	hosts=$top_srcdir/tests/hosts
	fakersh=$top_builddir/tests/hosts/fakersh
	keep=$top_builddir/tests/hosts/keep
	unset OCR_HOSTS OCR_RSH FAKERSH FAKERSH_LOG
}
teardown() {
	hosts_down
	"$hosts/mkslurm" -d "$PWD/slurm" down
}
is_gone() { [ ! -e "/proc/$1/stat" ] || grep -q ') Z ' "/proc/$1/stat"; }
# fake FAULTS COMMAND...: through fakersh, to host h1.
fake() {
	FAKERSH=$1 FAKERSH_LOG=$PWD/fakersh.log timeout 60 "$fakersh" h1 "${@:2}"
}
fired() { grep -qx "h1 [0-9]* $1" fakersh.log; }

@test "keep: all that a command has started ends with its owner" {
	for way in owner keeper first term; do
		rm -f up pids
		sleep 100 &
		owner=$!
		# one that left its session, one that is stopped, one without a parent
		timeout 60 "$keep" $owner up bash -c '
			sleep 101 & echo $! >> pids
			kill -STOP $!
			setsid bash -c "echo \$\$ >> pids; exec sleep 102" &
			(setsid bash -c "echo \$\$ >> pids; exec sleep 103" &)
			wait' < /dev/null > /dev/null 2>&1 3>&- &
		eventually test -s up
		eventually is_three
		case $way in
		owner) kill -KILL $owner ;;
		keeper) kill -KILL "$(cut -d' ' -f1 up)" ;;
		first) kill -KILL "$(cut -d' ' -f2 up)" ;;
		term) kill "$(cut -d' ' -f1 up)" ;;
		esac
		while read -r pid; do eventually is_gone "$pid"; done < pids
		kill -KILL $owner 2> /dev/null || :
	done
}
is_three() { [ "$(wc -l < pids)" = 3 ]; }

@test "fakersh: bytes and exit statuses pass as through ssh" {
	gen mixed 3M > in
	fake '' cat < in | cmp - in
	run -0 --separate-stderr fake '' printf '%s|' a 'b  c' '$HOME'
	assert_output 'a|b  c|$HOME|'
	run -0 --separate-stderr fake '' 'echo a  b'
	assert_output 'a b'
	run -7 fake '' 'exit 7'
	run -255 fake '' 'kill -KILL $$'
	run -127 fake '' nosuchcommand a
	run -255 "$fakersh" h1
	assert_output 'usage: fakersh HOST COMMAND [ARG...]'
	run -255 fake 'h1:nosuch=1' true
	assert_output "fakersh: no fault 'nosuch'"
	run -255 fake 'nonsense' true
	assert_output "fakersh: 'nonsense'?"
}

@test "fakersh: faults come at their byte, and are told" {
	gen mixed 300K > in
	local code=0
	fake h1:die=100000 cat < in > out 2> err || code=$?
	[ $code = 255 ] && fired die
	cmp -n 100000 out in
	[ "$(stat -c %s out)" = 100000 ]
	[ "$(cat err)" = 'Connection to h1 closed by remote host.' ]
	fake h1:lie=0 cat < in > out
	[ ! -s out ] && fired lie
	fake h1:flip=7 cat < in > out
	[ "$(cmp -l in out | awk '{ print $1 }')" = 8 ] && fired flip
	fake h1:flipin=299999 cat < in > out
	[ "$(cmp -l in out | wc -l)" = 1 ]
	fired flipin
	[ "$(echo b | fake h1:text=Hello cat)" = $'Hello\nb' ]
	run -255 fake h1:refuse=255 touch here
	assert_output 'ssh: connect to host h1 port 22: Connection refused'
	[ ! -e here ]
	run -255 bash -c "printf aaaXYZbb | FAKERSH=h1:poison=XYZ '$fakersh' h1 cat"
	run -255 bash -c "{ printf aaX; sleep 0.3; printf YZb; } |
		FAKERSH=h1:poison=XYZ '$fakersh' h1 cat"
	# of other hosts and other connections
	fake 'h2:die=0 h1@99:die=0' cat < in | cmp - in
	rm fakersh.log
	run -0 fake h1@2:refuse=9 true
	run -9 fake h1@2:refuse=9 true
	run -0 fake h1@2:refuse=9 true
}

@test "fakersh: a silent link stays open until its reader has gone" {
	gen mixed 300K > in
	for fault in freeze=1000 mute=1000 hang=0; do
		mkfifo pipe
		fake "h1:$fault" 'echo $$ > pid; exec cat' < in > pipe 3>&- &
		run -124 timeout 2 cat pipe
		rm pipe
		eventually is_gone "$(cat pid)"
	done
}

@test "fakersh: chunks that come twice, in other order, unasked or wrong" {
	gen mixed 300K > in
	ocr-split -s 100K in > s
	fake h1:swap=0 cat < s | ocr-merge | cmp - in
	fired swap
	run -1 bash -c "FAKERSH=h1:double=1 '$fakersh' h1 cat < s | ocr-merge > out"
	assert_output 'ocr-merge: chunk 1 (at byte 102400 of in) came twice'
	run -1 bash -c "FAKERSH=h1:foreign=0 '$fakersh' h1 cat < s | ocr-merge > out"
	assert_match 'chunk 0 is missing' "$output"
	# right by its own checksum: only who looks at the contents can see it
	run -1 bash -c "FAKERSH=h1:wrong=2 '$fakersh' h1 cat < s | ocr-merge > out"
	assert_match 'checksum of all data is' "$output"
}

@test "mkhosts: hosts to talk to, and nothing of them afterwards" {
	hosts_up 3 2:slots=4 2:env='FOO=a  b' 3:motd=Welcome 3:path=/usr/bin:/bin
	[ "$(cat "$OCR_HOSTS")" = $'h1\n4/h2\nh3' ]
	gen mixed 1M > in
	ssh h1 cat < in | cmp - in
	[ "$(ssh h2 'echo "$FOO"')" = 'a  b' ]
	[ "$(ssh h3 'echo "$PATH"')" = $'Welcome\n/usr/bin:/bin' ]
	[ "$(ssh h1 'command -v ocr-compress')" = "$(command -v ocr-compress)" ]
	[ "$(on_host 1 pwd)" = "$PWD/hosts/h1/home" ]
	mkhosts set 3 motd=
	[ "$(ssh h3 'echo $0')" = /bin/sh ]
	run -7 ssh h1 'exit 7'
	local pids
	pids=$(cat hosts/*/up)
	hosts_down
	[ ! -e hosts ]
	for pid in $pids; do is_gone "$pid"; done
}

@test "mkhosts: several at once, and they end with who asked for them" {
	needs_sshd
	timeout 60 bash -c '"$0" -d "$PWD/other" -o $$ up 1; kill -KILL $$' \
		"$hosts/mkhosts" < /dev/null > /dev/null 2>&1 3>&- || :
	hosts_up 1
	ssh h1 true
	eventually test ! -e other/h1/up
	run -1 mkhosts up 1
	assert_output "mkhosts: $PWD/hosts is in use"
	ssh h1 true
}

@test "mkhosts: workers and sessions are killed and frozen on one host" {
	hosts_up 2
	local code=0
	ssh h1 'exec sleep 100' 3>&- &
	local one=$!
	ssh h2 'exec sleep 5; echo no' 3>&- &
	local two=$!
	kill_worker 1
	wait $one || code=$?
	[ $code = 255 ]
	assert_idle 1
	freeze 2
	[ "$(ps -o state= -p "$(mkhosts pids 2 | head -n 1)")" = T ]
	thaw 2
	kill_session 2
	wait $two && false
	run -0 --separate-stderr ssh h1 echo still here
	assert_output 'still here'
}

@test "mkhosts: a host loses power, and comes back" {
	hosts_up 2
	ssh h1 'exec sleep 100' 3>&- &
	local pid=$! code=0
	eventually mkhosts pids 1
	stop_host 1
	[ -z "$(mkhosts pids 1 all)" ]
	run -255 ssh -oConnectTimeout=1 h1 true
	start_host 1
	[ "$(ssh h1 echo back)" = back ]
	kill $pid 2> /dev/null || :
	mkhosts rekey 2
	eventually rekeyed
}
rekeyed() { ! ssh h2 true 2> err && grep -q 'Host key verification failed' err; }

@test "mkhosts: a link goes down, comes up, and is slow" {
	hosts_up 2
	needs_links
	link 1 down
	run -255 ssh -oConnectTimeout=1 h1 true
	[ "$(ssh h2 echo other)" = other ]
	link 1 up
	eventually ssh -oConnectTimeout=5 h1 true
	link 1 slow 4mbit
	local start=${EPOCHREALTIME/./}
	head -c 1000000 /dev/zero | ssh h1 'cat > /dev/null'
	[ $((${EPOCHREALTIME/./} - start)) -gt 1500000 ]
	link 1 fast
	ssh h1 true
}

@test "mkhosts: ports of this machine where there are no namespaces" {
	needs_sshd
	export OCR_TEST_NET=loopback
	hosts_up 2
	[ "$(cat hosts/mode)" = loopback ]
	[ "$(ssh h1 'echo $OCR_TEST_HOST')" = "$PWD/hosts/h1" ]
	ssh h2 'exec sleep 100' 3>&- &
	local pid=$! code=0
	kill_worker 2
	wait $pid || code=$?
	[ $code = 255 ]
	run -77 mkhosts link 1 down
	assert_output 'mkhosts: no links without namespaces'
	stop_host 1
	run -255 ssh h1 true
	start_host 1
	ssh h1 true
}

@test "mkhosts: usage" {
	for words in '' 'up' 'up 0' 'up x' 'up 1000' 'nosuch' 'kill' 'on 1x true'; do
		# word splitting is meant
		# shellcheck disable=SC2086
		run -2 mkhosts $words
	done
	run -2 "$hosts/mkhosts" -d relative up 1
	run -1 "$hosts/mkhosts" -d "/a b" up 1
	run -1 mkhosts kill 7
	assert_output 'mkhosts: no host 7'
}

@test "joblog-check: what a joblog promises" {
	local head=$'Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand'
	entry() { printf '%s\t%s\t1.0\t0.5\t10\t%s\t%s\t0\tx\n' "$@"; }
	{ echo "$head"; entry 1 h1 5 255; entry 0 h1 7 0; entry 1 : 6 0; entry 0 h2 7 0; } > log
	run -0 "$hosts/joblog-check" log 2
	assert_output '4 attempts, 1 failed, 1 twice'
	run -1 "$hosts/joblog-check" log 3
	assert_output 'joblog: line 5: ends with Seq 1, not 2'
	{ cat log; entry 0 h3 8 0; } > bad
	run -1 "$hosts/joblog-check" bad
	assert_output 'joblog: line 6: Seq 0 gave 7 bytes, and then 8'
	grep -v ':' log > bad
	run -1 "$hosts/joblog-check" bad
	assert_output 'joblog: line 4: Seq 1 never ended well'
	grep -v '^0' log > bad
	run -1 "$hosts/joblog-check" bad
	assert_output 'joblog: line 3: no Seq 0'
	tail -n 1 log > bad
	run -1 "$hosts/joblog-check" bad
	assert_match 'not the header' "$output"
	: > bad
	run -1 "$hosts/joblog-check" bad
	assert_output 'joblog: line 0: empty'
	{ echo "$head"; echo 'nonsense'; } > bad
	run -1 "$hosts/joblog-check" bad
	assert_output 'joblog: line 2: 1 columns'
}

@test "nemesis: a program that keeps its promises passes, with fakersh" {
	gen text 600K > in
	run -0 timeout 300 "$hosts/nemesis" -f -i in 3 0 "$hosts/standin"
	assert_match '^run 0, seed 3: [0-9]+ attempts, [0-9]+ failed, 0 twice' \
		"$output"
	# the same seed, the same faults
	local first=$output
	run -0 timeout 300 "$hosts/nemesis" -f -i in 3 0 "$hosts/standin"
	[ "${output##*,}" = "${first##*,}" ]
}

@test "nemesis: over ssh" {
	needs_sshd
	gen text 600K > in
	run timeout 300 "$hosts/nemesis" -i in 5 0 "$hosts/standin"
	[ "$status" != 77 ] || skip 'sshd does not let this user in'
	[ "$status" = 0 ]
	assert_match '^run 0, seed 5: ' "$output"
	STANDIN_FALLBACK=none run -0 timeout 300 "$hosts/nemesis" -a -i in 6 0 \
		"$hosts/standin"
}

@test "nemesis: each broken promise is found" {
	gen text 400K > in
	for bug in 'lose:other output' 'double:other output' 'flip:other output' \
		'joblog:no Seq 1'; do
		STANDIN_BUG=${bug%%:*} run -1 timeout 300 "$hosts/nemesis" -f -i in 1 0 \
			"$hosts/standin"
		assert_match "^nemesis: run 0: .*${bug#*:}" "$output"
		assert_match "^again: nemesis -f -n 3 -i in 1 0 " "$output"
	done
	run -2 "$hosts/nemesis" -f 1 0 false
	run -2 "$hosts/nemesis" x 0 true
}

@test "mkslurm: steps with clean pipes on three nodes" {
	run "$hosts/mkslurm" -d "$PWD/slurm" -o $$ up 3 3>&-
	[ "$status" != 77 ] || skip "$output"
	[ "$status" = 0 ]
	eval "$("$hosts/mkslurm" -d "$PWD/slurm" env)"
	gen mixed 1M > in
	chmod 755 .
	export in=$PWD/in
	run -0 timeout 60 salloc -Q -N3 bash -c '
		scontrol show hostnames "$SLURM_JOB_NODELIST"
		srun -Q -N1 -n1 --overlap --exact -w n2 cat < "$in" | cmp - "$in"
		srun -Q -N1 -n1 --overlap --exact -w n3 sh -c "echo \$SLURMD_NODENAME"'
	assert_output $'n1\nn2\nn3\nn3'
	"$hosts/mkslurm" -d "$PWD/slurm" down
	[ ! -e slurm ]
}
