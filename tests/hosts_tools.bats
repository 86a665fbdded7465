# Hosts, from the tools' side: options, what is said, what comes out.  What may
# go wrong with hosts themselves has files of its own.
# shellcheck disable=SC2154 # helper.bash and run set top_srcdir, output, ...
# shellcheck disable=SC2030,SC2031 # a test is a subshell
# shellcheck disable=SC2018,SC2019 # ASCII
load helper
load hosts

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	unset OCR_HOSTS OCR_RSH
}

# fake N: hosts without a network, of which nothing is in the environment.
fake() {
	fake_hosts "$1"
	mv "$OCR_HOSTS" hosts.txt
	rsh=$OCR_RSH
	unset OCR_HOSTS OCR_RSH
}

@test "hosts: ocr-compress, the same bytes" {
	fake 3
	gen text 5000000 > in
	for opt in '' -1 -9 --format=members --format=bgzf '-s 100K'; do
		# shellcheck disable=SC2086 # several words
		ocr-compress $opt < in > want
		# shellcheck disable=SC2086
		run -0 --separate-stderr ocr-compress $opt --hosts hosts.txt \
			--rsh "$rsh" --fallback=none -o got < in
		assert_stderr ''
		cmp got want
		rm got
	done
	# with this machine beside them
	run -0 ocr-compress --hosts hosts.txt --rsh "$rsh" -k in
	ocr-compress -c in | cmp - in.gz
}

@test "hosts: ocr-compress, chunk streams both ways" {
	fake 2
	gen text 3000000 > in
	ocr-split -s 100K in | ocr-compress --hosts hosts.txt --rsh "$rsh" \
		--fallback=none > s
	ocr-merge -o got s
	ocr-split -s 100K in | ocr-compress | ocr-merge | cmp - got
	ocr-compress -d --hosts hosts.txt --rsh "$rsh" --fallback=none < s |
		ocr-merge | cmp - in
	run -0 ocr-compress -t --hosts hosts.txt --rsh "$rsh" \
		--fallback=none < s
	assert_output ''
	# what hosts get, one after the other, is of several kinds
	ocr-split --by-reference in > s1
	ocr-split -s 64K in > s2
	ocr-compress --hosts hosts.txt --rsh "$rsh" --fallback=none \
		< <(cat s1 s2) | ocr-merge | gzip -dc | cmp - <(cat in in)
}

@test "hosts: gzip files are decompressed here" {
	fake 1
	gen text 200000 > in
	ocr-compress -k in
	run -0 --separate-stderr ocr-compress -dc --hosts hosts.txt \
		--rsh "$rsh" in.gz
	assert_stderr 'ocr-compress: hosts are not used: gzip files are decompressed here, faster than they could be sent'
	[ ! -e "$FAKERSH_LOG" ]
	# of the environment nothing is said
	OCR_HOSTS=hosts.txt run -0 --separate-stderr ocr-compress -dc in.gz
	assert_stderr ''
}

@test "hosts: lists, the environment, here" {
	fake 2
	gen text 3000000 > in
	ocr-compress < in > want
	export OCR_RSH=$rsh
	ocr-compress --host h1,2/h2 --fallback=none < in | cmp - want
	grep -q '^h1 1 start' "$FAKERSH_LOG"
	grep -q '^h2 1 start' "$FAKERSH_LOG"
	rm "$FAKERSH_LOG"
	OCR_HOSTS=hosts.txt ocr-compress --fallback=none < in | cmp - want
	grep -q '^h2 1 start' "$FAKERSH_LOG"
	rm "$FAKERSH_LOG"
	# ":" is here: no connection, and no host that is needed
	echo '2/:' > here.txt
	ocr-compress --hosts here.txt --fallback=none --stats=st < in |
		cmp - want
	[ "$(grep -o '"name":"[^"]*"' st)" = $'"name":"cpu:0"\n"name":"cpu:1"' ]
	[ ! -e "$FAKERSH_LOG" ]
	# -D is here, too
	ocr-compress --hosts hosts.txt -D cpu:1 --fallback=none --stats=st < in |
		cmp - want
	[ "$(grep -o '"name":"[^"]*"' st)" = $'"name":"cpu:0"\n"name":"h1"\n"name":"h2"' ]
	# nobody is named: as without
	: > none.txt
	ocr-compress --hosts none.txt < in | cmp - want
}

@test "hosts: what a host is told" {
	# shellcheck disable=SC2016 # for the shell there
	echo 'sh -c '\''echo "$@" >> args; shift; exec "$@"'\'' x {host}' > rsh
	export OCR_DEVICES=cpu:1 OCR_HOSTS=nowhere
	gen text 5M > in
	printf '%s\n' 2/h1 'h2 devices=cpu:1 xclbin=/x/y.xclbin' > hosts.txt
	run -0 ocr-compress -3 --hosts hosts.txt --rsh "$(cat rsh)" \
		--fallback=none -s 10K --verify=sample:0.5 --busy=wait \
		-o got in
	sort -u args > sorted
	[ "$(cat sorted)" = 'h1 ocr-compress --worker --devices=auto --jobs=2 --verify=sample:0.5 --busy=wait -3 --format=gzip --size=10240
h2 ocr-compress --worker --devices=cpu:1 --xclbin=/x/y.xclbin --verify=sample:0.5 --busy=wait -3 --format=gzip --size=10240' ]
	gzip -dc got | cmp - in
}

@test "hosts: another codec there" {
	gen text 3000000 > in
	run -0 --separate-stderr ocr-compress --host h1 --fallback=none -o got \
		--rsh "sh -c 'shift; exec \"\$@\" -1' x {host}" in
	gzip -dc got | cmp - in
	assert_match '^ocr-compress: h1: has .* level 1, here is .* level 6: the bytes will be others, the data in them the same$' "$stderr"
}

@test "hosts: options that are wrong" {
	echo h1 > hosts.txt
	usage() {
		local want=$1
		shift
		run -2 --separate-stderr ocr-compress "$@" < /dev/null
		assert_output ''
		assert_stderr "ocr-compress: $want
try 'ocr-compress --help'"
	}
	usage "--timeout: '0' is not a number of seconds from 0.001 to 86400" --timeout 0
	usage "--timeout: '1s' is not a number of seconds from 0.001 to 86400" --timeout 1s
	usage "--connect-timeout: '' is not a number of seconds from 0.001 to 86400" --connect-timeout=
	usage "--retries: '-1' is not a number from 0 to 1000" --retries=-1
	usage "--halt: 'now' is not never, soon,fail=N or now,fail=N" --halt=now
	usage "--halt: '0' is not a number from 1 to 1000000000" --halt=soon,fail=0
	usage "--filter-hosts: 'maybe' is not yes or no" --filter-hosts=maybe
	usage "--hosts: is there twice" --hosts a --hosts b
	usage "--host: is empty" --host=
	usage "--rsh: no command" --rsh ' '
	usage "--rsh: a quote (') is not closed" --rsh "ssh 'x"
}

@test "hosts: lists that are wrong" {
	# reported when they are read, which is behind the command line
	fails() {
		local want=$1
		shift
		run -2 --separate-stderr ocr-compress "$@" < /dev/null
		assert_output ''
		assert_stderr "ocr-compress: $want"
	}
	fails 'hosts cannot come from standard input, which is for data' --hosts -
	fails "cannot open 'nowhere': No such file or directory" --hosts nowhere
	: > none.txt
	fails 'none.txt: no host in it' --hosts none.txt --fallback=none
	fails "--resume needs --joblog FILE" --resume
	fails "--resume needs --shards DIR" --resume --joblog log
	echo 'h1;reboot' > bad.txt
	run -2 --separate-stderr ocr-compress --hosts bad.txt < /dev/null
	assert_match '^ocr-compress: bad.txt:1: ' "$stderr"
	run -2 ocr-compress --host=-oProxyCommand=x < /dev/null
	run -2 --separate-stderr ocr-compress --worker x
	assert_stderr "ocr-compress: --worker: there are no FILEs"
}

@test "hosts: none can be reached" {
	fake 2
	gen text 300000 > in
	export FAKERSH='*:refuse=255'
	run -3 --separate-stderr ocr-compress --hosts hosts.txt --rsh "$rsh" \
		--fallback=none -o got in
	assert_output ''
	assert_match '^ocr-compress: h1: not used: ' "$stderr"
	assert_match '^ocr-compress: h2: not used: ' "$stderr"
	assert_match '^ocr-compress: no worker left' "$stderr"
	[ ! -e got ]
	# with this machine it is a warning
	run -0 --separate-stderr ocr-compress --hosts hosts.txt --rsh "$rsh" \
		-o got in
	ocr-compress -c in | cmp - got
	# a list that has to be right
	run -3 --separate-stderr ocr-compress --hosts hosts.txt --rsh "$rsh" \
		--fallback=none --filter-hosts=no -o got2 in
	[ ! -e got2 ]
	# one of them is enough
	export FAKERSH='h1:refuse=255'
	run -0 ocr-compress --hosts hosts.txt --rsh "$rsh" --fallback=none \
		-o got2 in
	cmp got got2
	rm got2
	run -3 ocr-compress --hosts hosts.txt --rsh "$rsh" --fallback=none \
		--filter-hosts=no -o got2 in
	# ... unless there is nothing to do for the other one
	export FAKERSH='h2:refuse=255'
	head -c 1 in > little
	run -0 ocr-compress --hosts hosts.txt --rsh "$rsh" --fallback=none \
		-o got2 little
	rm got2
	run -3 --separate-stderr ocr-compress --hosts hosts.txt --rsh "$rsh" \
		--fallback=none --filter-hosts=no -o got2 little
	assert_stderr 'ocr-compress: h2: cannot be reached: ended before it began (ssh: connect to host h2 port 22: Connection refused; exit status 255)'
	[ ! -e got2 ]
	# all at once, and a lot of them
	seq -f 'h%.0f' 70 > hosts.txt
	export FAKERSH='h70:refuse=255'
	run -3 ocr-compress --hosts hosts.txt --rsh "$rsh" --fallback=none \
		--filter-hosts=no -o got2 little
	FAKERSH='' run -0 ocr-compress --hosts hosts.txt --rsh "$rsh" \
		--fallback=none --filter-hosts=no -o got2 little
}

@test "hosts: -v says who works" {
	fake 2
	gen text 3000000 > in
	run -0 --separate-stderr ocr-compress -v --hosts hosts.txt --rsh "$rsh" \
		--fallback=none --filter-hosts=no -o got in
	assert_match '^ocr-compress: h1: [0-9]+ slots?, cpu:[0-9]+, ocr-compress [0-9.]+' "$stderr"
	assert_match '^ocr-compress: h2: [0-9]+ chunks, [0-9]+ bytes, 0 failed, 0 of 1 connections lost, ' "$stderr"
	# a short run is over before anybody is asked
	head -c 1000 in > little
	run -0 --separate-stderr ocr-compress -vf --hosts hosts.txt --rsh "$rsh" \
		-o got little
	assert_match '^ocr-compress: h1: 0 chunks, 0 bytes, 0 failed, 0 of 0 connections lost, ' "$stderr"
}

@test "hosts: signals leave nothing behind" {
	fake 2
	gen text 300000 > in
	for sig in INT TERM HUP; do
		# bash starts background jobs deaf to INT
		feed in test -e over | env --default-signal=INT ocr-compress \
			--hosts hosts.txt --rsh "$rsh" \
			--fallback=none > out &
		pid=$!
		eventually test -s out
		kill -s $sig $pid
		code=0
		wait $pid || code=$?
		[ $code = $((128 + $(kill -l $sig))) ]
		: > over
		assert_no_child 'ocr-compress --worker'
		assert_no_child fakersh
		rm over out
	done
}

@test "hosts: the reader goes away" {
	fake 2
	gen random 30000000 > in
	run -0 bash -c "ocr-compress -c --hosts hosts.txt --rsh '$rsh' \
		--fallback=none in | head -c 10 | wc -c; echo \${PIPESTATUS[0]}"
	assert_output $'10\n141'
	assert_no_child 'ocr-compress --worker'
}

@test "hosts: ocr-run, commands and functions" {
	fake 2
	gen text 3000000 > in
	run=(ocr-run --hosts hosts.txt --rsh "$rsh" --fallback=none)
	"${run[@]}" in -- tr a-z A-Z | cmp - <(tr a-z A-Z < in)
	# words and what is in them come over as they are
	# shellcheck disable=SC2016 # the command's shell
	run -0 "${run[@]}" -s 2M in -- sh -c 'echo "$OCR_SEQ $OCR_AT $OCR_NAME $1|$2"' \
		x 'a  b' "c'\"d"
	assert_output "0 0 in a  b|c'\"d
1 2097152 in a  b|c'\"d"
	# a command by its path from here
	mkdir bin
	printf '#!/bin/sh\nexec wc -c\n' > bin/count
	chmod +x bin/count
	run -0 "${run[@]}" in -s 2M -- bin/count
	assert_output $'2097152\n902848'
	so=$top_builddir/tests/kernels/plain.so
	ocr-run --so "$so:upper" in > want
	"${run[@]}" --so "$so:upper" in | cmp - want
	ocr-split in | "${run[@]}" --so "$so:upper" | ocr-merge | cmp - want
	# much more output than input
	head -c 3000 in > little
	ocr-run -s 1000 --so "$so:thousand" little > want
	"${run[@]}" --verify=full -s 1000 --so "$so:thousand" little | cmp - want
}

@test "hosts: ocr-run, what fails there" {
	fake 2
	gen text 100000 > in
	run -1 --separate-stderr ocr-run --hosts hosts.txt --rsh "$rsh" \
		--fallback=none -s 1M in -- sh -c 'exit 3'
	assert_output ''
	assert_match "chunk 0 \(at byte 0 of in\): 'sh': exit status 3" "$stderr"
	run -2 --separate-stderr ocr-run --hosts hosts.txt --config x in
	assert_stderr 'ocr-run: --config: not with hosts; name the kernel by --so or --kernel'
	run -2 --separate-stderr ocr-run --worker in -- cat
	assert_stderr 'ocr-run: --worker: there are no FILEs'
}

# images N: random pixels of the model that comes with us, 1x28x28.
images() { gen random $((784 * $1)) > images.raw; }

@test "hosts: ocr-infer, the same lines" {
	fake 2
	images 3000
	infer=(ocr-infer --format=raw --shape=1x28x28)
	on=(--hosts hosts.txt --rsh "$rsh" --fallback=none)
	"${infer[@]}" images.raw > want
	[ "$(wc -l < want)" = 3000 ]
	run -0 --separate-stderr "${infer[@]}" "${on[@]}" -o got images.raw
	assert_stderr ''
	cmp got want
	[ "$(grep -c start "$FAKERSH_LOG")" = 2 ]
	# with us, from a pipe, with several labels, as arrays
	"${infer[@]}" "${on[@]}" -D cpu:1 images.raw | cmp - want
	"${infer[@]}" -k 3 --softmax < images.raw > want3
	"${infer[@]}" -k 3 --softmax "${on[@]}" < images.raw | cmp - want3
	"${infer[@]}" --npy=scores -o want.npy images.raw
	"${infer[@]}" --npy=scores -o got.npy "${on[@]}" images.raw
	cmp got.npy want.npy
	# a chunk stream of records
	ocr-split -r 784 -s 78400 images.raw | "${infer[@]}" > want.s
	ocr-split -r 784 -s 78400 images.raw | "${infer[@]}" "${on[@]}" |
		cmp - want.s
	# every result is looked at
	"${infer[@]}" "${on[@]}" --verify=full images.raw | cmp - want
}

# pgms: six images, and one that is none, in d and d.tar.
pgms() {
	mkdir d
	for i in 1 2 3 4 5 6; do
		{
			printf 'P5\n28 28\n255\n'
			gen random 784 $i
		} > d/$i.pgm
	done
	echo broken > d/x.pgm
	tar cf d.tar d
}

@test "hosts: ocr-infer, files, and what is none" {
	fake 2
	pgms
	for in in d.tar 'd/1.pgm d/x.pgm d/2.pgm' '-r d'; do
		# shellcheck disable=SC2086 # several words
		run -1 --separate-stderr ocr-infer $in
		want=$output want_err=$stderr
		# shellcheck disable=SC2086
		run -1 --separate-stderr ocr-infer --hosts hosts.txt \
			--rsh "$rsh" --fallback=none $in
		assert_output "$want"
		assert_stderr "$want_err"
	done
	run -2 --separate-stderr ocr-infer --worker d.tar
	assert_stderr 'ocr-infer: --worker: there are no FILEs'
}

@test "hosts: ocr-infer, shards" {
	fake 2
	images 3000
	infer=(ocr-infer --format=raw --shape=1x28x28)
	on=(--hosts hosts.txt --rsh "$rsh" --fallback=none)
	"${infer[@]}" images.raw > want
	run -0 --separate-stderr "${infer[@]}" "${on[@]}" --shards d images.raw
	assert_output ''
	assert_stderr ''
	cat d/*.txt | cmp - want
	[ "$(wc -l < d/SHARDS)" = "$(find d -name '*.txt' | wc -l)" ]
	[ "$(wc -l < d/SHARDS)" -gt 1 ]
	# here alone, with us, all of them looked at
	"${infer[@]}" --shards e images.raw
	diff -r d e
	"${infer[@]}" "${on[@]}" -D cpu:1 --verify=full --shards f images.raw
	diff -r d f
	# names of classes, several labels, objects
	printf 'c%s\n' 0 1 2 3 4 5 6 7 8 9 > names
	"${infer[@]}" -k 3 --softmax --json --labels names images.raw > want.json
	"${infer[@]}" -k 3 --softmax --json --labels names "${on[@]}" \
		--verify=full --shards g images.raw
	cat g/*.json | cmp - want.json
	# a chunk stream, as bytes and by reference
	ocr-split -r 784 -s 78400 images.raw | "${infer[@]}" > want.s
	ocr-split -r 784 -s 78400 images.raw |
		"${infer[@]}" "${on[@]}" --shards h
	cat h/*.txt | cmp - want.s
	ocr-split --by-reference -r 784 -s 78400 "$PWD/images.raw" > s
	"${infer[@]}" < s > want.s
	"${infer[@]}" "${on[@]}" --verify=full --shards i < s
	cat i/*.txt | cmp - want.s
}

@test "hosts: ocr-infer, shards that are there" {
	fake 2
	images 3000
	infer=(ocr-infer --format=raw --shape=1x28x28 --hosts hosts.txt
		--rsh "$rsh" --fallback=none --shards d --joblog log)
	run -0 --separate-stderr "${infer[@]}" images.raw
	cp -r d want
	n=$(wc -l < d/SHARDS)
	# one has gone, one is another
	rm d/000000000000.txt d/SHARDS
	echo x >> d/000000000001.txt
	run -0 --separate-stderr "${infer[@]}" -v --resume images.raw
	assert_match "^ocr-infer: $((n - 2)) shards were there\$" "$stderr"
	diff -r d want
	# without --resume nothing is touched
	run -1 --separate-stderr "${infer[@]}" images.raw
	assert_match 'is not empty: it has ' "$stderr"
	diff -r d want
}

@test "hosts: ocr-infer, shards with images that are none" {
	fake 2
	pgms
	run -1 --separate-stderr ocr-infer d.tar
	printf '%s\n' "$output" > want
	run -1 --separate-stderr ocr-infer --hosts hosts.txt --rsh "$rsh" \
		--fallback=none --verify=full --shards s d.tar
	assert_output ''
	assert_stderr 'ocr-infer: 1 images failed'
	cat s/*.txt | cmp - want
	run -1 --separate-stderr ocr-infer --shards t --on-error=skip d.tar
	grep -v '	error	' want | cmp - <(cat t/*.txt)
	run -1 --separate-stderr ocr-infer --hosts hosts.txt --rsh "$rsh" \
		--fallback=none --verify=full --on-error=skip --shards u d.tar
	diff -r t u
	assert_match '^ocr-infer: h[12]: d/x.pgm: ' "$stderr"
	# what is said of a file is wrong, and what is in it
	FAKERSH='*:wrong=0' run -3 --separate-stderr ocr-infer \
		--hosts hosts.txt --rsh "$rsh" --fallback=none --shards v d.tar
	[ ! -e v/SHARDS ]
	run -3 --separate-stderr ocr-infer --host h1 --fallback=none \
		--rsh "sh -c 'shift; exec \"\$@\" --invert' x {host}" \
		--verify=full --shards v d.tar
	assert_match "^ocr-infer: h1: not used any more: chunk 0: wrong result: a line is 'd/[1-6].pgm.*', not 'd/" "$stderr"
	[ ! -e v/SHARDS ]
}

@test "hosts: ocr-infer, options that do not go together" {
	fails() { # WANT OPTION...
		run -2 --separate-stderr ocr-infer "${@:2}" < /dev/null
		assert_output ''
		assert_stderr "ocr-infer: $1"
		[ -z "$(ls)" ]
	}
	mkdir empty
	cd empty || return 1
	for opt in '-o x' --summary --npy=labels --npy=scores --truth=folder \
		--on-error=stop; do
		name=${opt% *}
		[ "$opt" = --on-error=stop ] || name=${name%=*}
		# shellcheck disable=SC2086 # several words
		fails "--shards and $name cannot be used together" --shards w $opt
	done
	fails '--resume needs --joblog FILE' --resume
	fails '--resume needs --joblog FILE' --resume --shards w
	fails '--resume needs --joblog FILE' --resume --shards w --host h1
	fails '--resume needs --shards DIR' --resume --joblog log
	fails '--resume needs --shards DIR' --resume --joblog log --host h1
	for task in --convert --show --sweep; do
		for opt in '--hosts h' '--host h' '--joblog j' '--shards w' \
			--resume --worker; do
			# shellcheck disable=SC2086
			fails "${opt% *}: not with --convert, --show or --sweep" \
				$task $opt
		done
	done
	# of the environment nothing is said
	OCR_HOSTS=nowhere run -0 --separate-stderr ocr-infer --show
	assert_stderr ''
}

# SECONDS: h1, h2 and h3 have done something, or will not have by then.
have_done() {
	[ "$(cut -f 2 joblog | grep '^h[123]$' | sort -u | wc -l)" = 3 ] ||
		[ "$SECONDS" -gt "$1" ]
}

# A worker that is asked and does not say how its model came.
sends_model() { # bytes of the model that crossed, more or less
	ocr-infer --format=raw --shape=1x28x28 --host h1 --fallback=none \
		--rsh "sh -c 'shift; tee sent | \"\$@\"' x {host}" images.raw
}

@test "hosts: ocr-infer, a model is sent once" {
	images 3000
	ocr-infer --format=raw --shape=1x28x28 images.raw > want
	sends_model > got
	cmp got want
	first=$(stat -c %s sent)
	[ "$(stat -c %a cache/octoray)" = 700 ]
	[ "$(ls cache/octoray)" = "blob-$(sha256sum cache/octoray/blob-* | cut -c 1-64)" ]
	sends_model > got
	cmp got want
	[ $((first - $(stat -c %s sent))) -gt 100000 ]
	grep -aq ocr/blob sent && false
	# what is there has been changed: it is not used, and comes again
	file=$(echo cache/octoray/blob-*)
	chmod u+w "$file"
	printf x | dd of="$file" bs=1 seek=1000 conv=notrunc 2> dd.err
	sends_model > got 2> err
	cmp got want
	grep -q '^ocr-infer: h1: lost: ended the stream after 0 results (the cached model was damaged, and is gone; exit status 1)$' err
	grep -aq ocr/blob sent
	[ "$(sha256sum "$file" | cut -c 1-64)" = "${file#*blob-}" ]
	# others may write there: not used, not written
	chmod 777 cache/octoray
	rm "$file"
	sends_model > got
	cmp got want
	[ -z "$(ls cache/octoray)" ]
	# there is no room for one
	XDG_CACHE_HOME=/dev/null sends_model | cmp - want
	XDG_CACHE_HOME='' HOME='' sends_model | cmp - want
}

@test "hosts: versions of the format" {
	fake 2
	gen text 3000000 > in
	# it knows more than we do, and says so
	FAKERSH="*:version=1 $LATER" run -0 --separate-stderr ocr-compress \
		--hosts hosts.txt --rsh "$rsh" --fallback=none -o got in
	assert_fault h1 version
	assert_stderr ''
	ocr-compress -c in | cmp - got
	# it speaks another language; the other one is there when that is known
	FAKERSH='h1:version=2 h2:wait=1500' run -0 --separate-stderr \
		ocr-compress --hosts hosts.txt --rsh "$rsh" --fallback=none \
		-o got2 in
	assert_match '^ocr-compress: h1: not used: has ocr-compress [0-9.]+: stream version 2: this program reads version 1$' "$stderr"
	cmp got got2
	FAKERSH='*:version=2' run -3 --separate-stderr ocr-compress \
		--hosts hosts.txt --rsh "$rsh" --fallback=none -o got3 in
	[ ! -e got3 ]
	# the other way round: what a worker is told
	ocr-split in | sed '0,/version=1/s//version=2/' > s
	run -1 --separate-stderr sh -c 'ocr-compress --worker < s > out'
	assert_match '^ocr-compress: stdin: ' "$stderr"
}

@test "hosts: more of them than descriptors" {
	fake 20
	gen text 20M > in
	ocr-compress -9s 100K -c in > want
	run -0 --separate-stderr bash -c "ulimit -n 64; exec ocr-compress \
		-9s 100K --hosts hosts.txt --rsh '$rsh' --fallback=none -o got in"
	cmp got want
	[ "$(grep -c 'Too many open files' <<< "$stderr")" = 1 ]
	assert_match '^ocr-compress: h[0-9]+ and others: not used: cannot .*Too many open files \(ulimit -n\)$' "$stderr"
	# when others have gone for good there is room: of those that do not die
	# only who found none before can come back
	is_back() {
		grep -Eq '^ocr-compress: h([4-9]|1.|20): is back$' err
	}
	FAKERSH=
	for host in h1 h2 h3; do
		FAKERSH+=" $host@1:die=50000"
		for n in 2 3 4 5 6 7; do
			FAKERSH+=" $host@$n:refuse=1"
		done
	done
	export FAKERSH
	feed in eventually is_back 3>&- | timeout 100 \
		bash -c "ulimit -n 64; exec ocr-compress -9s 100K \
		--hosts hosts.txt --rsh '$rsh' --fallback=none" > got 2> err
	is_back
	[ "$(grep -c 'Too many open files' err)" = 1 ]
	gzip -dc got | cmp - <(cat in in)
}

@test "hosts: ocr-infer, with cards there and here" {
	needs_xrt
	fake 0
	export OCR_LEASE_DIR=$PWD/leases
	images 20000
	infer=(ocr-infer --format=raw --shape=1x28x28 --rsh "$rsh"
		--connect-timeout=60)
	ocr-infer --format=raw --shape=1x28x28 images.raw > want
	echo 'h1 devices=xrt rsh="timeout -k 5 60 ocr-softcard --cus 2 -- env X={host}"' \
		> hosts.txt
	# cards alone there, each result looked at
	run -0 --separate-stderr timeout -k 5 120 "${infer[@]}" -v -o got \
		--verify=full --hosts hosts.txt --fallback=none images.raw
	cmp got want
	assert_match '^ocr-infer: h1: 2 slots, xrt:0/k_cnv_1,xrt:0/k_cnv_2, ' "$stderr"
	# and beside one that has none
	echo 'h2 devices=cpu:1' >> hosts.txt
	timeout -k 5 120 "${infer[@]}" --hosts hosts.txt --fallback=none \
		images.raw | cmp - want
	sed -i 2d hosts.txt
	# ... and one of them is wrong each time: the host does it again
	sed -i 's/--cus 2/--cus 1 --wrong k_cnv_1:1/' hosts.txt
	run -0 --separate-stderr timeout -k 5 120 "${infer[@]}" --verify=full \
		--hosts hosts.txt --fallback=none -o got2 images.raw
	cmp got2 want
	assert_match '^ocr-infer: h1: xrt:0/k_cnv_1: .*done again on the CPU' "$stderr"
	# here, beside a host
	echo 'h2 devices=cpu:1' > hosts.txt
	timeout -k 5 120 setsid -w ocr-softcard --cus 2 -- "${infer[@]}" \
		-D xrt --hosts hosts.txt --fallback=none --stats=stats images.raw |
		cmp - want
	assert_match '"name":"xrt:0/k_cnv_1"' "$(cat stats)"
}

@test "hosts: ocr-devices" {
	fake 3
	echo ':' >> hosts.txt
	export FAKERSH='h2:refuse=255'
	run -0 --separate-stderr ocr-devices --hosts hosts.txt --rsh "$rsh"
	[ "${#lines[@]}" = 5 ]
	assert_match '^HOST +SLOTS +DEVICES +CONNECT +ROUND TRIP +VERSION +BUILD +STATE$' "${lines[0]}"
	assert_match '^h1 +[0-9]+ +cpu:[0-9]+ +[0-9]+ ms +[0-9.]+ ms +ocr-compress [0-9.]+ .* ready$' "${lines[1]}"
	assert_match '^h2 +- .* unreachable: ended before it began \(ssh: connect to host h2 port 22: Connection refused; exit status 255\)$' "${lines[2]}"
	assert_match '^: .* ready$' "${lines[4]}"
	assert_stderr 'ocr-devices: h2: ended before it began (ssh: connect to host h2 port 22: Connection refused; exit status 255)'
	run -0 --separate-stderr ocr-devices --hosts hosts.txt --rsh "$rsh" --json
	echo "$output" > out.json
	is_json out.json
	assert_match '"name":"h1","state":"ready","slots":[0-9]+,"devices":"cpu' "$output"
	assert_match '"name":"h2","state":"unreachable","why":"ended before' "$output"
	export FAKERSH='*:refuse=255'
	run -3 --separate-stderr ocr-devices --host h1,h2 --rsh "$rsh"
	assert_match '^ocr-devices: no host can be reached$' "$stderr"
	run -2 --separate-stderr ocr-devices --host h1 --test
	assert_stderr 'ocr-devices: --hosts: not with -D, --xclbin, --test or --certify'
}

@test "hosts: one unit, three units, processors alone" {
	needs_xrt
	fake 0
	export OCR_LEASE_DIR=$PWD/leases
	gen text 3000000 > in
	{
		echo 'h1 devices=xrt rsh="timeout -k 5 60 ocr-softcard --cus 1 -- env X={host}"'
		echo 'h2 devices=xrt rsh="timeout -k 5 60 ocr-softcard --cus 3 -- env X={host}"'
		echo 'h3 devices=cpu:1 weight=0.5'
	} > hosts.txt
	: > joblog
	feed in have_done $((SECONDS + 40)) | tee fed | ocr-compress -v -s 64K --schedule=hws \
		--hosts hosts.txt --rsh "$rsh" --fallback=none \
		--connect-timeout=50 --joblog joblog -o out.gz 2> log
	gzip -dc out.gz | cmp - fed
	assert_match '^ocr-compress: h1: 1 slot, xrt:0/k_deflate_1, ' "$(cat log)"
	assert_match '^ocr-compress: h2: 3 slots, xrt:0/k_deflate_1,xrt:0/k_deflate_2,xrt:0/k_deflate_3, ' "$(cat log)"
	assert_match '^ocr-compress: h3: 1 slot, cpu:1, ' "$(cat log)"
	for host in h1 h2 h3; do
		assert_match "^ocr-compress: $host: [1-9][0-9]* chunks, [0-9]+ bytes, 0 failed" "$(cat log)"
	done
}

@test "hosts: references are read here, too, to check results" {
	fake 2
	gen text 3000000 > in
	ocr-split --by-reference -s 100K "$PWD/in" > s
	on=(--hosts hosts.txt --rsh "$rsh" --fallback=none --verify=full)
	ocr-compress < s | ocr-merge > want
	FAKERSH="h1:wrong=0 $LATER" run -0 --separate-stderr bash -c \
		'ocr-compress "$@" < s | ocr-merge > got' x "${on[@]}"
	assert_fault h1 wrong
	assert_match '^ocr-compress: h1: not used any more: chunk [0-9]+: wrong result: ' "$stderr"
	[ "${#stderr_lines[@]}" = 1 ]
	cmp got want
}

@test "hosts: references that cannot be read here" {
	fake 2
	mkdir there
	gen text 3000000 > there/in
	# its name is the same everywhere, but here no file has it
	# shellcheck disable=SC2046 # words
	"$top_builddir/tests/unit/mkstream" begin=ref size=3000000 \
		src=/proc/self/cwd/in $(seq -f 'ref=%.0f:100000' 0 29) end > s
	(cd there && ocr-compress < ../s | ocr-merge > ../want)
	on=(--hosts hosts.txt --fallback=none --verify=full
		--rsh "sh -c 'cd there && exec $top_builddir/tests/hosts/fakersh \"\$@\"' x {host}")
	warning='ocr-compress: results of hosts are only checked by their length: cannot open /proc/self/cwd/in (by reference: the same name everywhere): No such file or directory'
	over() { bash -c 'ocr-compress "$@" < s | ocr-merge > got' x "${on[@]}" "$@"; }
	run -0 --separate-stderr over
	assert_stderr "$warning"
	cmp got want
	run -0 --separate-stderr over --verify=off
	assert_stderr ''
	# one that lies about it
	rm "$FAKERSH_LOG"
	FAKERSH="h1:length=0 $LATER" run -0 --separate-stderr over
	assert_fault h1 length
	assert_match '^ocr-compress: h1: not used any more: chunk [0-9]+: wrong result: it is of other data$' "$stderr"
	cmp got want
}

@test "hosts: static deals out what a host that has gone had" {
	fake 3
	gen text 5M > in
	ocr-compress -1 -s 100K -c in > want
	for fault in freeze mute die lie; do
		rm -f "$FAKERSH_LOG" got
		FAKERSH="h1@1:$fault=100000 h1@2:hang=0 $LATER" run -0 --separate-stderr \
			timeout -k 5 60 ocr-compress -1 -s 100K \
			--schedule=static --hosts hosts.txt --rsh "$rsh" \
			--fallback=none --timeout=3 -o got in
		assert_fault h1 $fault
		assert_match '^ocr-compress: h1: lost: ' "$stderr"
		cmp got want
	done
}

@test "hosts: static waits for no chunk that never comes" {
	fake 3
	gen text 8M > in
	ocr-compress -1 -s 100K -c in > want
	# in the middle, and the first, of which no speed is known
	for keep in 5 0; do
		rm -f "$FAKERSH_LOG" got
		FAKERSH="h1:keep=$keep $LATER" run -0 --separate-stderr \
			timeout -k 5 100 ocr-compress -1 -s 100K \
			--schedule=static --hosts hosts.txt --rsh "$rsh" \
			--fallback=none -o got in
		assert_fault h1 keep
		assert_stderr ''
		cmp got want
	done
}

@test "hosts: --resume does not believe a host that has lied" {
	fake 2
	gen text 5M > in
	on=(--hosts hosts.txt --rsh "$rsh" --fallback=none --verify=full
		-s 100K --shards d --joblog log)
	FAKERSH="h1:wrong=5 $LATER" run -0 --separate-stderr ocr-compress "${on[@]}" in
	assert_fault h1 wrong
	assert_match '^ocr-compress: h1: not used any more: ' "$stderr"
	lied=$(grep -c '	h1	.*	0	0	' log)
	[ "$lied" -ge 5 ]
	grep -q '	h1	.*	2	0	' log
	total=$(find d -name '*.gz' | wc -l)
	run -0 --separate-stderr ocr-compress -v "${on[@]}" --resume in
	assert_match "^ocr-compress: $((total - lied)) shards were there\$" "$stderr"
	cat d/*.gz | gzip -dc | cmp - in
	# what it has done since is believed
	run -0 --separate-stderr ocr-compress -v "${on[@]}" --resume in
	assert_match "^ocr-compress: $total shards were there\$" "$stderr"
}

@test "hosts: --resume, and commands that read alike" {
	gen text 300000 > in
	# has_done N DIR COMMAND...: so many chunks, with those of before
	has_done() {
		local n=$1 d=$2
		shift 2
		ocr-run -s 100K --shards "$d" --joblog "$d.log" --resume in -- "$@"
		[ "$(tail -n +2 "$d.log" | wc -l)" = "$n" ]
	}
	has_done 3 d tr 'a b' 'c d'
	has_done 3 d tr 'a b' 'c d'
	grep -q '	ocr-run .*tr a b c d ([0-9a-f]\{8\}) # in=' d.log
	has_done 6 d tr a 'b c d'
	cat d/*.out | cmp - <(tr a 'b c d' < in)
	# only the end is another, which a joblog has no room for
	long=$(printf 'x%.0s' {1..1500})
	has_done 3 e sh -c cat "${long}1"
	has_done 6 e sh -c cat "${long}2"
	# words that are plain stand as they are
	has_done 3 f tr a b
	grep -q '	ocr-run .*tr a b # in=' f.log
}

@test "hosts: ocr-infer, one unit, three units, processors alone" {
	needs_xrt
	fake 0
	export OCR_LEASE_DIR=$PWD/leases
	images 2000
	card='timeout -k 5 60 ocr-softcard -- env X={host}'
	for n in 1 3; do
		ocr-mkxclbin --units=k_cnv=$n -o $n.xclbin \
			"$top_builddir/octoray.desc"
		echo "h$n devices=xrt xclbin=$PWD/$n.xclbin rsh=\"$card\""
	done > hosts.txt
	echo 'h2 devices=cpu:1 weight=0.5' >> hosts.txt
	[ "$(sha256sum ./*.xclbin | cut -c 1-64 | uniq | wc -l)" = 2 ]
	: > joblog
	infer=(ocr-infer --format=raw --shape=1x28x28 -k 2)
	feed images.raw have_done $((SECONDS + 40)) | tee fed |
		"${infer[@]}" -v --schedule=hws --rsh "$rsh" \
			--hosts hosts.txt --fallback=none \
			--connect-timeout=50 --joblog joblog -o got 2> log
	[ "$("${infer[@]}" < fed | sha256sum)" = "$(sha256sum < got)" ]
	[ "$(wc -l < got)" = $(($(stat -c %s fed) / 784)) ]
	assert_match '^ocr-infer: h1: 1 slot, xrt:0/k_cnv_1, ' "$(cat log)"
	assert_match '^ocr-infer: h3: 3 slots, xrt:0/k_cnv_1,xrt:0/k_cnv_2,xrt:0/k_cnv_3, ' "$(cat log)"
	assert_match '^ocr-infer: h2: 1 slot, cpu:1, ' "$(cat log)"
	for host in h1 h2 h3; do
		assert_match "^ocr-infer: $host: [1-9][0-9]* chunks, [0-9]+ bytes, 0 failed" "$(cat log)"
	done
}

@test "hosts: ocr-run, shards" {
	fake 2
	gen text 3000000 > in
	run=(ocr-run --hosts hosts.txt --rsh "$rsh" --fallback=none)
	run -0 --separate-stderr "${run[@]}" --shards d -s 100K in -- tr a-z A-Z
	assert_output ''
	assert_stderr ''
	cat d/*.out | cmp - <(tr a-z A-Z < in)
	run -2 --separate-stderr "${run[@]}" --shards e -o x in -- cat
	assert_stderr 'ocr-run: --shards and -o cannot be used together'
	[ ! -e e ]
}

@test "hosts: a joblog" {
	fake 2
	gen text 3000000 > in
	run -0 --separate-stderr ocr-compress --hosts hosts.txt --rsh "$rsh" \
		--fallback=none --schedule=hws:steal=no --joblog log -3 -o out.gz in
	assert_stderr ''
	[ "$(wc -l < log)" = 4 ]
	[ "$(tail -n +2 log | cut -f 1 | sort -n | paste -sd ' ')" = '0 1 2' ]
	[ "$(tail -n +2 log | cut -f 7 | sort -u)" = 0 ]
	tail -n +2 log | cut -f 9 |
		grep -Eqv '^ocr-compress -3 --format=gzip --size=1048576 # in=' && false
	# without hosts, too
	ocr-compress --joblog log -fk in
	[ "$(tail -n +2 log | cut -f 2 | sort -u)" = : ]
}

@test "hosts: over ssh" {
	hosts_up 3 2:slots=1
	gen text 3000000 > in
	ocr-compress < in > want
	run -0 --separate-stderr ocr-compress --fallback=none \
		--filter-hosts=no -v -o got < in
	cmp got want
	assert_match '^ocr-compress: h1: [0-9]+ slots?, ' "$stderr"
	run -0 --separate-stderr ocr-devices --hosts "$OCR_HOSTS"
	[ "$(grep -c ' ready$' <<< "$output")" = 3 ]
	ocr-run --fallback=none in -- tr a-z A-Z | cmp - <(tr a-z A-Z < in)
	for i in 1 2 3; do
		assert_idle $i
	done
}
