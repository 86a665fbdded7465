# ocr-split: bytes in, chunk stream out
# shellcheck disable=SC2154 # run sets output and stderr
# A pipe on purpose, a comparison with what was read, a name like a command:
# shellcheck disable=SC2002,SC2094,SC2238,SC2010,SC2012,SC2086
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

# sizes [OPTION...]: payload bytes of each chunk, in order
sizes() {
	ocr-split "$@" | tar tvf - | awk '$NF ~ "^[0-9]+/" { printf "%s ", $3 }'
}

# payload: of a stream on standard input, in order
payload() {
	tar xOf - --wildcards '[0-9]*/*'
}

@test "chunks of 1 MiB by default" {
	local n
	gen mixed 3M > all
	for n in 1 1048575 1048576 1048577 2097152; do
		head -c $n all > in
		ocr-split in | payload | cmp - in
		ocr-split < in | payload | cmp - in
		cat in | ocr-split | payload | cmp - in
	done
	[ "$(sizes all)" = '1048576 1048576 1048576 ' ]
	head -c 1048577 all > in
	[ "$(sizes in)" = '1048576 1 ' ]
	[ "$(cat in | sizes)" = '1048576 1 ' ]
}

@test "an empty input is a stream without chunks" {
	: > in
	[ -z "$(sizes in)" ]
	[ -z "$(sizes < /dev/null)" ]
	run -0 sh -c 'ocr-split in | tar tf -'
	assert_output 'ocr/begin
ocr/source
ocr/end'
}

@test "what a stream says of itself" {
	printf abcdef > in
	touch -d @1234567890 in
	chmod 640 in
	run -0 sh -c 'ocr-split -s 4 in | tar xOf - ocr/begin'
	assert_match '^version=1$' "$output"
	assert_match '^type=raw$' "$output"
	assert_match '^id=[0-9a-f]{32}$' "$output"
	assert_match '^tool=ocr-split [0-9.]+$' "$output"
	assert_match '^chunk=4$' "$output"
	assert_match '^total=6$' "$output"
	run -0 sh -c 'ocr-split -s 4 in | tar xOf - ocr/source'
	assert_match '^name=in$' "$output"
	assert_match '^size=6$' "$output"
	assert_match '^mode=0640$' "$output"
	assert_match '^mtime=1234567890' "$output"
	run -0 sh -c 'ocr-split -s 4 in | tar xOf - ocr/end'
	assert_output 'status=ok
chunks=2
bytes=6
crc32=4b8e39ef'
}

@test "no two streams have the same id" {
	ocr-split < /dev/null > a
	ocr-split < /dev/null > b
	run -1 cmp -s a b
}

@test "tar and bsdtar list it silently" {
	gen text 200000 > in
	ocr-split -s 64K in > s
	run -0 --separate-stderr tar tvf s
	assert_stderr ''
	if command -v bsdtar > /dev/null; then
		run -0 --separate-stderr bsdtar tvf s
		assert_stderr ''
	fi
}

@test "several files follow each other, none shares a chunk" {
	printf abcde > a
	printf fgh > b
	: > c
	[ "$(sizes -s 4 a c b)" = '4 1 3 ' ]
	ocr-split -s 4 a c - b < a | payload | cmp - <(cat a a b)
	run -0 sh -c 'ocr-split -s 4 a b | tar tvf - | grep -o "[0-9]*/[ab]$"'
	assert_output '000000000000/a
000000000001/a
000000000002/b'
}

@test "-n: equal parts" {
	head -c 10 /dev/zero > in
	[ "$(sizes -n 3 in)" = '3 3 4 ' ]
	[ "$(sizes -n 1 in)" = '10 ' ]
	[ "$(sizes -n 100 in | wc -w)" = 10 ]
	[ "$(sizes -n 3 < in)" = '3 3 4 ' ]
	run -1 --separate-stderr sh -c 'cat in | ocr-split -n 3 > /dev/null'
	assert_stderr 'ocr-split: stdin: -n needs a regular file'
}

@test "--by=lines ends chunks at line ends" {
	gen text 300000 > in
	ocr-split --by=lines -s 4096 in | payload | cmp - in
	cat in | ocr-split --by=lines -s 4096 > s
	payload < s | cmp - in
	# every chunk but the last ends with a newline
	mkdir x
	tar xf s -C x
	for f in x/0*/*; do tail -c 1 "$f" | od -An -c; done | sort -u > ends
	[ "$(cat ends)" = '  \n' ] || [ "$(wc -l < ends)" = 2 ]
	[ "$(sizes --by=lines -s 4 <<< $'a\nbc\ndefg' 2> /dev/null)" != '' ]
}

@test "a line longer than a chunk" {
	printf 'ab\ncdefgh\n' > in
	run -1 --separate-stderr sh -c 'ocr-split --by=lines -s 5 in > s'
	assert_stderr "ocr-split: in: line 2 is longer than a chunk (5 bytes); use a larger --size or --long-lines=cut"
	run -1 --separate-stderr sh -c 'cat in | ocr-split --by=lines -s 5 > s'
	assert_stderr "ocr-split: stdin: line 2 is longer than a chunk (5 bytes); use a larger --size or --long-lines=cut"
	ocr-split --by=lines --long-lines=cut -s 5 in | payload | cmp - in
	[ "$(sizes --by=lines --long-lines=cut -s 5 in)" = '3 5 2 ' ]
}

@test "-l: so many lines" {
	seq 10 > in
	[ "$(sizes -l 4 in)" = '8 8 5 ' ]
	[ "$(cat in | sizes -l 4)" = '8 8 5 ' ]
	[ "$(sizes -l 4 -s 5 in)" = '4 4 4 4 5 ' ]
	printf 'a\nb' > in
	[ "$(sizes -l 1 in)" = '2 1 ' ]
	seq 400000 > in
	ocr-split -l 100000 in | payload | cmp - in
	cat in | ocr-split -l 300000 | payload | cmp - in
}

@test "-r: records stay whole" {
	head -c 30 /dev/zero > in
	[ "$(sizes -r 3 -s 10 in)" = '9 9 9 3 ' ]
	[ "$(cat in | sizes -r 3 -s 10)" = '9 9 9 3 ' ]
	[ "$(sizes -r 15 -s 15 in)" = '15 15 ' ]
	head -c 31 /dev/zero > in
	run -1 --separate-stderr sh -c 'ocr-split -r 3 -s 10 in > s'
	assert_stderr 'ocr-split: in: 1 byte left over after the last whole record of 3 bytes'
	run -1 --separate-stderr sh -c 'cat in | ocr-split -r 30 > s'
	assert_stderr 'ocr-split: stdin: 1 byte left over after the last whole record of 30 bytes'
	run -2 ocr-split -r 20 -s 10 in
	assert_output 'ocr-split: a record of 20 bytes does not fit a chunk of 10'
}

@test "--by-reference carries names, no bytes" {
	gen random 300000 > in
	ocr-split --by-reference -s 64K in > s
	[ "$(stat -c %s s)" -lt 20000 ]
	run -0 tar xOf s ocr/source
	assert_match "^name=$PWD/in\$" "$output"
	run -1 --separate-stderr sh -c 'cat in | ocr-split --by-reference > s'
	assert_stderr 'ocr-split: stdin: --by-reference needs a regular file'
	# a name with a newline and a percent sign
	odd=$'a\nb%41'
	cp in "$odd"
	ocr-split --by-reference "$odd" | ocr-merge | cmp - in
}

@test "--archive: members by name" {
	mkdir d
	gen text 100000 > d/a
	: > d/empty
	ln -s a d/link
	tar cf t.tar d
	gzip -k t.tar
	local f
	for f in t.tar t.tar.gz; do
		run -0 sh -c "ocr-split --archive -s 64K $f | tar tf - | grep -c '/a\$'"
		assert_output 2
		ocr-split --archive $f | payload | cmp - d/a
	done
	run -0 sh -c 'ocr-split --archive < t.tar | tar xOf - ocr/source'
	assert_match '^name=d/a$' "$output"
	assert_match '^kind=dir$' "$output"
	assert_match '^kind=link$' "$output"
	assert_match '^name=d/empty$' "$output"
	if command -v bsdtar > /dev/null; then
		for f in zip 7zip cpio iso9660; do
			bsdtar --format=$f -cf "x.$f" d/a
			ocr-split --archive "x.$f" | payload | cmp - d/a
		done
	fi
	head -c 50000 t.tar > cut.tar
	run -1 --separate-stderr sh -c 'ocr-split --archive cut.tar > s'
	assert_match '^ocr-split: cut\.tar' "$stderr"
	run -1 --separate-stderr sh -c 'ocr-split --archive d/a > s'
	assert_match '^ocr-split: d/a' "$stderr"
}

@test "--archive: a tar that is cut off within a header, one without its end" {
	mkdir d
	printf abc > d/a
	printf def > d/b
	tar -cf t.tar d/a d/b
	# a header and a block of data each, then zeros
	local how
	for how in 't.tar' '- < t.tar' '- < <(cat t.tar)'; do
		head -c 2048 t.tar > whole
		printf '%1024s' '' | tr ' ' '\0' >> whole
		mv whole t.tar
		run -0 --separate-stderr bash -c "ocr-split --archive $how > s"
		assert_stderr ''
		name=stdin
		[ "$how" != t.tar ] || name=t.tar
		for n in 1025 1535; do
			cp t.tar whole
			head -c $n whole > t.tar
			run -1 --separate-stderr bash -c "ocr-split --archive $how > s"
			assert_stderr "ocr-split: $name: is cut off: it ends within the header of a member"
			tar xOf s --wildcards '*/a' | cmp - d/a
			mv whole t.tar
		done
		cp t.tar whole
		for n in 1024 2048; do
			head -c $n whole > t.tar
			run -0 --separate-stderr bash -c "ocr-split --archive $how > s"
			assert_stderr "ocr-split: $name: has no mark of its end: it may be cut off"
		done
		mv whole t.tar
	done
	# other programs that write tar are content with one block of zeros
	head -c 2560 t.tar > one.tar
	run -0 --separate-stderr bash -c 'ocr-split --archive one.tar > s'
	assert_stderr ''
	# compressed, where it ends cannot be seen
	head -c 1030 t.tar | gzip > z.tar.gz
	run -0 --separate-stderr bash -c 'ocr-split --archive z.tar.gz > s'
	assert_stderr 'ocr-split: z.tar.gz: has no mark of its end: it may be cut off'
	gzip -c t.tar > z.tar.gz
	run -0 --separate-stderr bash -c 'ocr-split --archive z.tar.gz > s'
	assert_stderr ''
}

@test "--archive: holes, links and what cannot be a chunk" {
	mkdir d
	truncate -s 300000 d/hole
	printf X | dd of=d/hole bs=1 seek=100000 conv=notrunc status=none
	printf abc > d/a
	ln d/a d/b
	mkfifo d/fifo
	tar --sort=name -Scf t.tar d
	run -0 --separate-stderr sh -c 'ocr-split --archive t.tar > s'
	assert_stderr 'ocr-split: t.tar: member d/fifo: skipped: not a file, a directory or a link'
	tar xOf s --wildcards '*/hole' | cmp - d/hole
	run -0 tar xOf s ocr/source
	assert_match '^kind=hardlink$' "$output"
	assert_match '^link=d/a$' "$output"
	run -0 sh -c 'ocr-split -q --archive t.tar 2>&1 > s'
	assert_output ''
	command -v bsdtar > /dev/null || return 0
	bsdtar --format=newc -cf x.cpio d/a d/b
	run -0 --separate-stderr sh -c 'ocr-split --archive x.cpio > s'
	assert_stderr 'ocr-split: x.cpio: member d/b: has the data of d/a, which is empty'
	tar xOf s --wildcards '*/b' | cmp - d/b
}

@test "--archive: names are UTF-8 whatever the locale" {
	mkdir d
	printf abc > $'d/na\303\257ve'
	tar --format=posix -cf t.tar d
	LC_ALL=C run -0 --separate-stderr sh -c 'ocr-split --archive t.tar > s'
	assert_stderr ''
	tar xOf s ocr/source | grep -qx $'name=d/na\303\257ve'
}

@test "--archive: no archive, an encrypted one, one that needs a file" {
	printf '#mtree\n./x type=file contents=/etc/passwd\n' > m
	: > e
	run -1 --separate-stderr sh -c 'ocr-split --archive m e . > s'
	assert_stderr 'ocr-split: m: unrecognized archive format
ocr-split: e: unrecognized archive format
ocr-split: .: is a directory'
	command -v bsdtar > /dev/null || skip 'no bsdtar'
	printf abc > a
	bsdtar --format=7zip -cf x.7z a
	run -1 --separate-stderr sh -c 'cat x.7z | ocr-split --archive > s'
	assert_stderr 'ocr-split: stdin: member a: this kind of archive needs a regular file'
	bsdtar --format=zip --options zip:encryption=zipcrypt --passphrase x -cf x.zip a
	run -1 --separate-stderr sh -c 'ocr-split --archive x.zip > s'
	assert_stderr 'ocr-split: x.zip: member a: is encrypted'
}

@test "--archive: damage inside is one failed member" {
	command -v bsdtar > /dev/null || skip 'no bsdtar'
	gen random 100000 > a
	printf abc > b
	local f
	for f in zip 7zip; do
		bsdtar --format=$f --options $f:compression=store -cf x.$f a b
		printf '\377\377\377\377' | dd of=x.$f bs=1 seek=50000 conv=notrunc status=none
		run -1 --separate-stderr sh -c "ocr-split -q --archive x.$f > s"
		assert_match "^ocr-split: x\.$f: member a: (ZIP|7-Zip) bad CRC" "$stderr"
		tar xOf s --wildcards '*/b' | cmp - b
		run -0 tar xOf s ocr/end
		assert_match '^status=failed$' "$output"
	done
}

@test "files that the kernel makes up are read like pipes" {
	[ -r /proc/version ] || skip 'no /proc'
	ocr-split /proc/version | payload | cmp - /proc/version
	ocr-split --by=lines /proc/version | payload | cmp - /proc/version
	run -1 --separate-stderr sh -c 'ocr-split -n 1 /proc/version > s'
	assert_stderr 'ocr-split: /proc/version: -n needs a regular file'
}

@test "standard input is taken from where it stands, and left at its end" {
	seq 30 > in
	tail -c +11 in > rest
	local o
	for o in '' '--by=lines' '-r 1' '-n 2'; do
		# shellcheck disable=SC2086 # two words
		{ dd bs=10 count=1 status=none of=/dev/null; ocr-split $o > s; cat > after; } < in
		payload < s | cmp - rest
		[ ! -s after ]
	done
	run -1 --separate-stderr sh -c '{ dd bs=10 count=1 status=none of=/dev/null; ocr-split --by-reference > s; } < in'
	assert_stderr 'ocr-split: stdin: --by-reference needs a file from its beginning on'
}

@test "parts that are too large, files whose name is gone" {
	truncate -s 5G huge
	run -1 --separate-stderr sh -c 'ocr-split -n 3 huge > s'
	assert_stderr 'ocr-split: huge: a part of 1789569707 bytes is more than a chunk can hold (1 GiB); use -n 5 or more'
	ocr-split -n 5 --by-reference huge > s
	[ "$(tar tf s | grep -c /huge)" = 5 ]
	run -1 --separate-stderr sh -c 'exec < huge; rm huge; ocr-split --by-reference > s'
	assert_stderr 'ocr-split: stdin: --by-reference finds no name for it'
}

@test "a fifo is waited for" {
	mkfifo p
	printf abc > p &
	[ "$(ocr-split p | payload)" = abc ]
}

@test "one bad input does not stop the others, but the stream fails" {
	printf abc > a
	run -1 --separate-stderr sh -c 'ocr-split missing a . > s'
	assert_stderr 'ocr-split: cannot open missing: No such file or directory
ocr-split: .: is a directory'
	payload < s | grep -q abc
	run -0 tar xOf s ocr/end
	assert_match '^status=failed$' "$output"
}

@test "-o FILE is complete or not there" {
	printf abc > a
	ocr-split -o s a
	tar tf s > /dev/null
	run -1 ocr-split -o s a
	assert_output 'ocr-split: s already exists; use -f to replace it'
	run -0 ocr-split -f -o s a
	run -1 ocr-split -o t a missing
	[ ! -e t ]
}

@test "wrong usage" {
	run -2 ocr-split --frob
	assert_output "ocr-split: unknown option '--frob'
try 'ocr-split --help'"
	run -2 ocr-split -n 3 -l 4
	assert_output 'ocr-split: -n and -l cannot be used together'
	run -2 ocr-split -n 3 -s 4
	assert_output 'ocr-split: -n and -s cannot be used together'
	run -2 ocr-split -r 3 --by=lines
	assert_output 'ocr-split: -r and --by=lines cannot be used together'
	run -2 ocr-split --archive --by-reference
	assert_output 'ocr-split: --archive and --by-reference cannot be used together'
	run -2 ocr-split -l 3 --archive
	assert_output 'ocr-split: -l and --archive cannot be used together'
	run -2 ocr-split -s 2G
	assert_output 'ocr-split: --size: 2147483648 is more than a chunk can hold (1G)'
	run -2 ocr-split -r 2G
	assert_output 'ocr-split: --record: 2147483648 is more than a chunk can hold (1G)'
	run -2 ocr-split -s 64Q
	assert_output "ocr-split: --size: '64Q' is not a size (like 64K, 1M, 1G)
try 'ocr-split --help'"
	run -2 ocr-split -l 0
	run -2 ocr-split --by=words
	assert_output "ocr-split: --by: 'words' is not bytes or lines
try 'ocr-split --help'"
	run -2 ocr-split --long-lines=cut
	assert_output 'ocr-split: --long-lines needs -l or --by=lines'
	run -0 ocr-split --help
	assert_match '^usage: ocr-split ' "$output"
}

@test "the examples of the page" {
	seq 300000 > big.csv
	ocr-split --by=lines -s 4M big.csv | ocr-compress | ocr-merge > big.csv.gz
	gzip -dc big.csv.gz | cmp - big.csv
	ocr-split -s 64K big.csv | tar tvf - > list
	[ "$(grep -c /big.csv list)" = 31 ]
	if command -v bsdtar > /dev/null; then
		bsdtar --format=zip -cf photos.zip big.csv
		ocr-split --archive photos.zip | ocr-merge --to=tar > photos.tar
		tar xOf photos.tar big.csv | cmp - big.csv
	fi
}
