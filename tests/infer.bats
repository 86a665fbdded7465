# ocr-infer: labels of images, from anything that holds some, and what is
# refused
# shellcheck disable=SC2154 # run sets output and stderr
load helper
load hosts

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	TMPDIR=$BATS_TEST_TMPDIR
	export TMPDIR
	unset OCR_DEVICES OCR_SCHEDULE
	hint="try 'ocr-infer --help'"
}

# hex TEXT: its bytes, as digits; unhex: back
hex() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n'; }
unhex() {
	tr -d '\n' | fold -w 2000 | sed 's/../\\x&/g' | xargs -r -d '\n' printf %b
}

# be BYTES N: a number as so many digits
be() { printf "%0$(($1 * 2))x" "$2"; }

# ONNX files are protocol buffers; here are they as digits:
# value(FIELD, NAME, TYPE, "DIM..."), an input (11) or output (12), N: any number
onnx='
BEGIN { for (i = 1; i < 128; i++) code[sprintf("%c", i)] = i }
function varint(n, s) {
	for (; n > 127; n = int(n / 128))
		s = s sprintf("%02x", n % 128 + 128)
	return s sprintf("%02x", n)
}
function pb(field, hex) {
	return varint(field * 8 + 2) varint(length(hex) / 2) hex
}
function pb_int(field, n) { return varint(field * 8) varint(n) }
function text(field, t, i, s) {
	for (i = 1; i <= length(t); i++)
		s = s sprintf("%02x", code[substr(t, i, 1)])
	return pb(field, s)
}
function value(field, name, type, dims, n, d, i, s) {
	n = split(dims, d, " ")
	for (i = 1; i <= n; i++)
		s = s pb(1, d[i] == "N" ? text(2, "N") : pb_int(1, d[i]))
	return pb(field, text(1, name) pb(2, pb(1, pb_int(1, type) pb(2, s))))
}
function node(op, from, to, more) {
	return pb(1, text(1, from) text(2, to) text(4, op) more)
}
function meta(key, t) { return pb(14, text(1, key) text(2, t)) }
'

# model FILE GRAPH [META]: expressions
model() {
	awk "$onnx BEGIN { printf \"%s\", pb_int(1, 8) pb(7, ${2//$'\n'/ }) \
		pb(8, pb_int(2, 13)) ${3-} }" | unhex > "$1"
}

# flat FILE N C H W [META]: a net of floats whose N scores are what it is given
flat() {
	model "$1" "node(\"Flatten\", \"x\", \"y\")
			value(11, \"x\", 1, \"N $3 $4 $5\") value(12, \"y\", 1, \"N $2\")" \
		"${6-}"
}

# floats: of a --npy=scores array, on one line
floats() { tail -c +129 | od -An -v -tf4 | xargs; }

# pixels C H W ARGUMENT...: what a model of that shape is given, 0 to 255
pixels() {
	local model=flat$1.$2.$3.onnx
	[ -e "$model" ] || flat "$model" $(($1 * $2 * $3)) "$1" "$2" "$3"
	shift 3
	ocr-infer -m "$model" --mean=0 --npy=scores "$@" | floats
}

# clothes NAME FILE: a drawing that the default model takes for that
clothes() {
	awk -v what="$1" '
	function is_in(x, y) {
		if (what == "Trouser")
			return x > 8 && x < 19 && y > 1 &&
				(y < 7 || x < 13 || x > 14)
		if (what == "Dress")
			return y > 0 && x > 10 - y / 9 && x < 17 + y / 9
		return y > 8 && y < 26 && x > 2 && x < 25 || y > 3 && y < 9 &&
			(x == 8 || x == 9 || x == 18 || x == 19)
	}
	BEGIN {
		print "P2 28 28 255"
		for (y = 0; y < 28; y++)
			for (x = 0; x < 28; x++)
				print is_in(x, y) ? 180 + (x * 3 + y * 5) % 40 : 0
	}' > "$2"
}

# bytes_of FILE.pgm: its pixels alone
bytes_of() {
	tail -n +2 "$1" | awk '{ printf "%02x", $1 }' | unhex
}

# idx N H W < pixels
idx() {
	printf '00000803%s%s%s' "$(be 4 "$1")" "$(be 4 "$2")" "$(be 4 "$3")" |
		unhex
	cat
}

# npy TYPE SHAPE < data
npy() {
	local head
	head=$(printf "%-117s" "{'descr': '$1', 'fortran_order': False, 'shape': ($2), }")
	printf '\223NUMPY\1\0\166\0%s\n' "$head"
	cat
}

# chunk TYPE HEX; png W H BITS COLOUR HEX [MORE]: rows with their filter byte in
# front; MORE before them
chunk() {
	local crc
	crc=$(printf %s "$(hex "$1")$2" | unhex | gzip -nc | tail -c 8 |
		head -c 4 | od -An -tx1)
	be 4 $((${#2} / 2))
	hex "$1"
	printf %s "$2"
	awk -v crc="$crc" 'BEGIN { split(crc, b); printf b[4] b[3] b[2] b[1] }'
}
png() {
	local adler rows
	rows=$(printf %s "$5" | unhex | gzip -nc | tail -c +11 | head -c -8 |
		od -An -v -tx1 | tr -d ' \n')
	adler=$(printf %s "$5" | unhex | od -An -v -tu1 -w1 | awk '
		BEGIN { a = 1 }
		{ a = (a + $1) % 65521; b = (b + a) % 65521 }
		END { printf "%04x%04x", b, a }')
	printf %s "89504e470d0a1a0a$(chunk IHDR \
		"$(be 4 "$1")$(be 4 "$2")$(be 1 "$3")$(be 1 "$4")000000")${6-}$(
		chunk IDAT "7801$rows$adler")$(chunk IEND '')" | unhex
}

# 2 x 2 pixels: grey 77; red 200, green 100, blue 40
grey_jpeg() {
	base64 -d <<- 'END'
		/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUE
		BAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoKBggLDAsKDAkKCgr/wAALCAAC
		AAIBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACP/EABQQAQAAAAAAAAAAAAAAAAAA
		AAD/2gAIAQEAAD8AGb//2Q==
	END
}
rgb_jpeg() {
	base64 -d <<- 'END'
		/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUE
		BAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoKBggLDAsKDAkKCgr/2wBDAQIC
		AgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoK
		CgoKCgoKCgoKCgoKCgr/wAARCAACAAIDAREAAhEBAxEB/8QAFAABAAAAAAAAAAAA
		AAAAAAAABf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/xAAUAQEAAAAAAAAAAAAAAAAA
		AAAI/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8ALEM3H//Z
	END
}

# tree: clothes/KIND/N.pgm, a text beside them
tree() {
	mkdir -p clothes/Bag clothes/Dress clothes/Trouser
	clothes Bag clothes/Bag/1.pgm
	clothes Dress clothes/Dress/2.pgm
	clothes Trouser clothes/Trouser/3.pgm
	clothes Trouser clothes/Bag/4.pgm
	echo 'about them' > clothes/README
}
tree_lines=$'clothes/Bag/1.pgm\tBag\t8.609375
clothes/Bag/4.pgm\tTrouser\t9.609375
clothes/Dress/2.pgm\tDress\t8.734375
clothes/Trouser/3.pgm\tTrouser\t9.609375'

# no_rate: a summary without what differs each time
no_rate() {
	sed -e '/^images_per_second\t[0-9][0-9]*$/d' \
		-e 's/"images_per_second":[0-9.e+]*,//' "$@"
}

@test "a line for each image: name, label, score" {
	clothes Bag bag.pgm
	clothes Trouser 'my trouser.pgm'
	run -0 --separate-stderr ocr-infer bag.pgm 'my trouser.pgm' bag.pgm
	assert_output $'bag.pgm\tBag\t8.609375
my trouser.pgm\tTrouser\t9.609375
bag.pgm\tBag\t8.609375'
	assert_stderr ''
	# the two best; the same as bytes of other files
	for file in bag.pgm - ./bag.pgm; do
		run -0 --separate-stderr ocr-infer -k2 $file < bag.pgm
		assert_output "$file"$'\tBag\t8.609375\tDress\t0.234375'
		assert_stderr ''
	done
	run -0 ocr-infer < bag.pgm
	assert_output $'-\tBag\t8.609375'
	run -0 ocr-infer - 'my trouser.pgm' < bag.pgm
	assert_output $'-\tBag\t8.609375\nmy trouser.pgm\tTrouser\t9.609375'
	run -0 eval 'ocr-infer bag.pgm - < /dev/stdin' < 'my trouser.pgm'
	assert_output $'bag.pgm\tBag\t8.609375\n-\tTrouser\t9.609375'
	# a pipe, in small pieces
	run -0 eval '{ head -c 5 bag.pgm; sleep 0.1; tail -c +6 bag.pgm; } | ocr-infer'
	assert_output $'-\tBag\t8.609375'
}

@test "formats of files" {
	printf 'P6 2 2 255\n\1\2\3\4\5\6\7\10\11\12\13\377' > a.ppm
	[ "$(pixels 3 2 2 a.ppm)" = '1 4 7 10 2 5 8 11 3 6 9 255' ]
	printf 'P3 # colours\n2 2\n255\n1 2 3 4 5 6 7 8 9 10 11 255' > b.ppm
	[ "$(pixels 3 2 2 b.ppm)" = '1 4 7 10 2 5 8 11 3 6 9 255' ]
	printf 'P5\n2 2\n255\n\1\2\3\377' > c.pgm
	[ "$(pixels 1 2 2 c.pgm)" = '1 2 3 255' ]
	[ "$(pixels 3 2 2 c.pgm)" = '1 2 3 255 1 2 3 255 1 2 3 255' ]
	printf 'P2 2 2 15 0 1 2 15' > d.pgm
	[ "$(pixels 1 2 2 d.pgm)" = '0 17 34 255' ]
	# 0.299 R + 0.587 G + 0.114 B
	[ "$(pixels 1 2 2 a.ppm)" = '2 5 8 39' ]
	png 2 2 8 0 000102000304 > grey.png
	[ "$(pixels 1 2 2 grey.png)" = '1 2 3 4' ]
	png 2 2 8 2 0001020304050600070809fffefd > rgb.png
	[ "$(pixels 3 2 2 rgb.png)" = '1 4 7 255 2 5 8 254 3 6 9 253' ]
	png 2 2 8 6 00010203ff0405060000070809800a0b0cff > alpha.png
	[ "$(pixels 3 2 2 alpha.png)" = '1 4 7 10 2 5 8 11 3 6 9 12' ]
	png 2 2 16 0 000000ffff0080800101 > deep.png
	[ "$(pixels 1 2 2 deep.png)" = '0 255 128 1' ]
	png 2 2 1 3 00800040 "$(chunk PLTE 0a0b0cfafbfc)" > palette.png
	[ "$(pixels 3 2 2 palette.png)" = '250 10 10 250 251 11 11 251 252 12 12 252' ]
	grey_jpeg > a.jpg
	[ "$(pixels 1 2 2 a.jpg)" = '77 77 77 77' ]
	rgb_jpeg > b.jpg
	[ "$(pixels 3 2 2 b.jpg)" = '200 200 200 200 100 100 100 100 40 40 40 40' ]
	# what counts is the content
	mv b.jpg b.png
	[ "$(pixels 3 1 1 b.png)" = '200 100 40' ]
}

@test "--resize, --crop, --invert" {
	printf 'P2 4 2 255 0 0 100 200 0 0 100 200' > wide.pgm
	printf 'P2 2 2 255 0 50 100 150' > small.pgm
	# by default the middle of a square, or all of it
	[ "$(pixels 1 2 2 wide.pgm)" = '0 100 0 100' ]
	[ "$(pixels 1 1 2 small.pgm)" = "$(pixels 1 1 2 --resize=stretch small.pgm)" ]
	[ "$(pixels 1 2 2 --crop wide.pgm)" = '0 100 0 100' ]
	[ "$(pixels 1 2 2 --resize=2 wide.pgm)" = '0 100 0 100' ]
	[ "$(pixels 1 2 2 --resize=2 --crop wide.pgm)" = '0 100 0 100' ]
	[ "$(pixels 1 2 4 --resize=none wide.pgm)" = '0 0 100 200 0 0 100 200' ]
	[ "$(pixels 1 1 1 --crop wide.pgm)" = 100 ]
	[ "$(pixels 1 1 1 --resize=stretch small.pgm)" = 75 ]
	[ "$(pixels 1 2 2 --invert small.pgm)" = '255 205 155 105' ]
	# as Pillow does it: BILINEAR
	[ "$(pixels 1 2 2 --resize=stretch wide.pgm)" = '14 129 14 129' ]
	run -1 --separate-stderr ocr-infer -m flat1.2.2.onnx --resize=none wide.pgm
	assert_output $'wide.pgm\terror\t4 x 2 pixels, 2 x 2 are wanted: see --resize'
	assert_stderr 'ocr-infer: 1 of 1 images failed'
	run -1 --separate-stderr ocr-infer --crop small.pgm
	assert_output $'small.pgm\terror\t2 x 2 pixels: too small to cut 28 x 28 out of'
	# rows are to have the right size, unless something else is said
	printf '000064c8000064c8' | unhex | idx 1 2 4 > wide.idx
	run -1 --separate-stderr ocr-infer -m flat1.2.2.onnx wide.idx
	assert_output ''
	assert_stderr 'ocr-infer: wide.idx: 4 x 2 pixels, 2 x 2 are wanted: see --resize'
	[ "$(pixels 1 2 2 --resize=2 wide.idx)" = '0 100 0 100' ]
	[ "$(pixels 1 2 2 --crop wide.idx)" = '0 100 0 100' ]
	[ "$(pixels 1 2 2 --resize=stretch wide.idx)" = '14 129 14 129' ]
	[ "$(pixels 1 2 4 --invert wide.idx)" = '255 255 155 55 255 255 155 55' ]
}

@test "--mean, --std; what a model says of them" {
	printf 'P6 1 1 255\n\12\24\36' > a.ppm
	flat plain.onnx 3 3 1 1
	flat said.onnx 3 3 1 1 'meta("mean", "10, 20, 20") meta("std", "0.5 1 2")'
	scores() { ocr-infer -m "$1.onnx" --npy=scores a.ppm "${@:2}" | floats; }
	[ "$(scores plain)" = '0.039215688 0.078431375 0.11764706' ]
	[ "$(scores plain --mean=10)" = '0 10 20' ]
	[ "$(scores plain --std=10)" = '1 2 3' ]
	[ "$(scores plain --std=2.5,5,10 --mean=0,10,0.5)" = '4 2 2.95' ]
	[ "$(scores said)" = '0 0 5' ]
	[ "$(scores said --mean=30 --std=10)" = '-2 -1 0' ]
	for wrong in '' x '1,' ,1 1,,2 1x -1 1,2,3,4,5 nan inf; do
		run -2 --separate-stderr ocr-infer "--mean=$wrong" a.ppm
		assert_output ''
		assert_stderr "ocr-infer: --mean: '$wrong' is not numbers with commas between them"$'\n'"$hint"
	done
	run -2 --separate-stderr ocr-infer --std=1,0 a.ppm
	assert_stderr "ocr-infer: --std: '1,0' divides by zero"$'\n'"$hint"
	# bytes are taken as they are
	ocr-infer --convert -o bytes.ocrm
	model bytes.onnx 'node("Cast", "x", "f", pb(5, text(1, "to") pb_int(3, 1) pb_int(20, 2)))
			node("Flatten", "f", "y")
			value(11, "x", 2, "N 3 1 1") value(12, "y", 1, "N 3")'
	for m in bytes.ocrm bytes.onnx; do
		for how in --mean=0 --std=2; do
			run -2 --separate-stderr ocr-infer -m $m $how a.ppm
			assert_output ''
			assert_stderr "ocr-infer: --mean and --std: $m takes pixels as they are"
		done
		run -2 --separate-stderr ocr-infer --show -m $m --mean=0
		assert_output ''
	done
	[ "$(scores bytes)" = '10 20 30' ]
	flat wrong.onnx 3 3 1 1 'meta("std", "1 0 1")'
	run -1 --separate-stderr ocr-infer -m wrong.onnx a.ppm
	assert_stderr 'ocr-infer: wrong.onnx: a standard deviation of 0'
	flat wrong.onnx 3 3 1 1 'meta("mean", "1 2")'
	run -1 --separate-stderr ocr-infer -m wrong.onnx a.ppm
	assert_stderr 'ocr-infer: wrong.onnx: its metadata "mean" and "std" are not a number a channel'
}

@test "archives: tar, tar.gz, zip, as files and from pipes" {
	tree
	tar --sort=name -cf c.tar clothes
	tar --sort=name -czf c.tar.gz clothes
	ocr-split --archive c.tar | ocr-merge --to=zip -o c.zip
	for file in c.tar c.tar.gz c.zip; do
		run -0 --separate-stderr ocr-infer $file
		assert_output "$tree_lines"
		assert_stderr ''
		run -0 --separate-stderr ocr-infer < $file
		assert_output "$tree_lines"
		run -0 --separate-stderr eval "cat $file | ocr-infer"
		assert_output "$tree_lines"
		assert_stderr ''
	done
	# OctoRay's pipeline in one line
	run -0 --separate-stderr eval 'ocr-compress -d < c.tar.gz | ocr-infer'
	assert_output "$tree_lines"
	assert_stderr ''
	run -0 --separate-stderr ocr-infer -v c.tar
	assert_output "$tree_lines"
	assert_match '^ocr-infer: c\.tar: left out 1 files that are no images$' "$stderr"
	assert_match '^ocr-infer: 4 images in [0-9.]+ s, [0-9]+ a second$' "$stderr"
}

@test "archives: what is wrong in them" {
	tree
	echo 'no image' > clothes/Bag/5.jpg
	: > clothes/Bag/6.png
	tar --sort=name -cf c.tar clothes
	run -1 --separate-stderr ocr-infer c.tar
	assert_output "$(printf '%s\n' "$tree_lines" |
		sed $'/4.pgm/a clothes/Bag/5.jpg\\terror\\tc.tar: member clothes/Bag/5.jpg: not a JPEG, PNG or PPM\\\nclothes/Bag/6.png\\terror\\tc.tar: member clothes/Bag/6.png: is empty')"
	assert_stderr 'ocr-infer: 2 of 6 images failed'
	# cut within its first member
	head -c 3000 c.tar > cut.tar
	run -1 --separate-stderr ocr-infer cut.tar
	assert_match $'^[^\t]*\terror\tcut\\.tar: member .*: truncated ' "$output"
	# cut within the header of its third: the first two are there
	clothes Bag clothes/Bag/1.pgm
	cp clothes/Bag/1.pgm clothes/Bag/2.pgm
	cp clothes/Bag/1.pgm clothes/Bag/3.pgm
	tar -cf c.tar clothes/Bag/[1-3].pgm
	n=$(($(stat -c %s clothes/Bag/1.pgm) / 512))
	n=$((n * 1024 + 2048))
	head -c $((n + 100)) c.tar > cut.tar
	both=$'clothes/Bag/1.pgm\tBag\t8.609375\nclothes/Bag/2.pgm\tBag\t8.609375'
	run -1 --separate-stderr ocr-infer cut.tar
	assert_output "$both"$'\ncut.tar\terror\tis cut off: it ends within the header of a member'
	assert_stderr 'ocr-infer: 1 of 3 images failed'
	# cut between them
	head -c $n c.tar > cut.tar
	run -0 --separate-stderr ocr-infer cut.tar
	assert_output "$both"
	assert_stderr 'ocr-infer: cut.tar: has no mark of its end: it may be cut off'
	tar -cf none.tar -T /dev/null
	run -1 --separate-stderr ocr-infer none.tar
	assert_output $'none.tar\terror\tno images in it (0 other files)'
	assert_stderr 'ocr-infer: 1 of 1 images failed'
	tar -cf text.tar clothes/README
	run -1 --separate-stderr ocr-infer text.tar
	assert_output $'text.tar\terror\tno images in it (1 other files)'
	gzip -c c.tar | head -c 150 > cut.tar.gz
	run -1 --separate-stderr ocr-infer cut.tar.gz clothes/Bag/1.pgm
	assert_match $'^cut\\.tar\\.gz\terror\t' "$output"
	assert_match $'^clothes/Bag/1\\.pgm\tBag\t8\\.609375$' "$output"
}

@test "folders" {
	tree
	run -0 --separate-stderr ocr-infer -r clothes
	assert_output "$tree_lines"
	assert_stderr ''
	run -0 --separate-stderr ocr-infer -r clothes/Dress clothes/Bag/1.pgm
	assert_output $'clothes/Dress/2.pgm\tDress\t8.734375\nclothes/Bag/1.pgm\tBag\t8.609375'
	# an image without a name for it, and what only has the name
	mv clothes/Bag/1.pgm clothes/Bag/1
	echo no > clothes/Bag/0.JPG
	: > clothes/Bag/2.png
	run -1 --separate-stderr ocr-infer -r clothes/Bag
	assert_output $'clothes/Bag/0.JPG\terror\tnot a JPEG, PNG or PPM
clothes/Bag/1\tBag\t8.609375
clothes/Bag/2.png\terror\tis empty
clothes/Bag/4.pgm\tTrouser\t9.609375'
	assert_stderr 'ocr-infer: 2 of 4 images failed'
	run -1 --separate-stderr ocr-infer clothes clothes/Bag/1
	assert_output $'clothes\terror\tis a directory: -r takes the images in it
clothes/Bag/1\tBag\t8.609375'
	mkdir empty
	run -0 --separate-stderr ocr-infer -r empty
	assert_output ''
	assert_stderr ''
}

@test "--files-from" {
	tree
	find clothes -name '*.pgm' | sort > list
	for file in list -; do
		run -0 --separate-stderr ocr-infer --files-from=$file < list
		assert_output "$tree_lines"
		assert_stderr ''
	done
	# blank lines, no end at the end, names that are not there, folders
	printf '\n\nclothes/Bag/1.pgm\n\nno such\nclothes/Dress' > list
	run -1 --separate-stderr ocr-infer -r --files-from=list
	assert_output $'clothes/Bag/1.pgm\tBag\t8.609375
no such\terror\tcannot open no such: No such file or directory
clothes/Dress/2.pgm\tDress\t8.734375'
	assert_stderr 'ocr-infer: 1 of 3 images failed'
	: > list
	run -0 --separate-stderr ocr-infer --files-from=list
	assert_output ''
	assert_stderr ''
	run -1 --separate-stderr ocr-infer --files-from=nothing
	assert_output ''
	assert_stderr 'ocr-infer: cannot open nothing: No such file or directory'
	run -2 --separate-stderr ocr-infer --files-from=list clothes
	assert_stderr 'ocr-infer: --files-from and FILEs exclude each other'
	head -c 70000 /dev/zero | tr '\0' x > list
	run -1 --separate-stderr ocr-infer --files-from=list
	assert_output $'list\terror\ta line of more than 65536 bytes'
}

@test "names: tabs, newlines, bytes that are no text" {
	mkdir $'a\tb\n\\'
	clothes Bag $'a\tb\n\\/\1\377.pgm'
	run -0 --separate-stderr ocr-infer -r .
	assert_output $'./a\\tb\\n\\\\/\\001\377.pgm\tBag\t8.609375'
	run -0 --separate-stderr ocr-infer -r --json .
	printf '%s\n' "$output" > json
	is_json json
	printf '%s\n' $'one\ttwo' {1..8} \\ > names
	run -0 --separate-stderr ocr-infer -r -k10 --labels=names .
	[ "${#lines[@]}" = 1 ]
	[ "$(printf '%s\n' "$output" | tr '\t' '\n' | wc -l)" = 21 ]
	assert_match $'\tone\\\\ttwo\t' "$output"
	# in the table too
	flat flat.onnx 2 1 1 2
	run -0 --separate-stderr ocr-infer -r -m flat.onnx --truth=folder --summary .
	assert_match $'^a\\\\tb\\\\n\\\\\\\\\t1$' "$output"
}

@test "IDX" {
	tree
	{
		bytes_of clothes/Bag/1.pgm
		bytes_of clothes/Dress/2.pgm
		bytes_of clothes/Trouser/3.pgm
	} > all
	want=$'x.idx:0\tBag\t8.609375\nx.idx:1\tDress\t8.734375\nx.idx:2\tTrouser\t9.609375'
	idx 3 28 28 < all > x.idx
	run -0 --separate-stderr ocr-infer x.idx
	assert_output "$want"
	assert_stderr ''
	run -0 --separate-stderr ocr-infer - < x.idx
	assert_output "${want//x.idx/stdin}"
	run -0 --separate-stderr eval 'cat x.idx | ocr-infer'
	assert_output "${want//x.idx/stdin}"
	gzip -nc x.idx > x.gz
	run -0 --separate-stderr ocr-infer x.gz
	assert_output "${want//x.idx/x.gz}"
	# several, also with others
	run -0 --separate-stderr ocr-infer x.idx x.gz
	assert_output "$want"$'\n'"${want//x.idx/x.gz}"
	run -0 --separate-stderr ocr-infer x.gz clothes/Bag/1.pgm x.idx
	assert_output "${want//x.idx/x.gz}"$'\nclothes/Bag/1.pgm\tBag\t8.609375\n'"$want"
	# 2 dimensions: rows of bytes; 4: colours
	{
		printf '000008020000000300000310' | unhex
		cat all
	} > flat
	run -0 --separate-stderr ocr-infer --shape=1x28x28 flat
	assert_output "${want//x.idx/flat}"
	printf '00000804000000010000000300000001000000020102030405ff' | unhex > planes
	[ "$(pixels 3 1 2 planes)" = '1 2 3 4 5 255' ]
	printf '00000804000000010000000100000002000000030102030405ff' | unhex > pixels
	[ "$(pixels 3 1 2 pixels)" = '1 4 2 5 3 255' ]
	idx 0 28 28 < /dev/null > none
	run -0 --separate-stderr ocr-infer none
	assert_output ''
	assert_stderr ''
	run -0 --separate-stderr ocr-infer --summary none
	[ "$(printf '%s\n' "$output" | no_rate)" = $'images\t0\nerrors\t0' ]
}

@test "IDX: what is wrong" {
	# says FILE MESSAGE [ARGUMENT...]
	says() {
		run -1 --separate-stderr ocr-infer "${@:3}" "$1"
		assert_output "$1"$'\terror\t'"$2"
		assert_stderr 'ocr-infer: 1 of 1 images failed'
	}
	head -c 1567 /dev/zero | idx 2 28 28 > x
	says x 'ends after 1 of 2 images'
	head -c 1570 /dev/zero | idx 2 28 28 > x
	says x 'bytes behind its 2 images'
	printf '0000080300000001000000' | unhex > x
	says x 'ends in its header'
	printf '00000d030000000100000001000000010102ffff' | unhex > x
	says x 'its numbers are not bytes (IDX type 0x0d)'
	printf '0000080300000001000000000000001c' | unhex > x
	says x 'a dimension of 0'
	idx 4294967295 65535 65535 < /dev/null > x
	says x 'records of 4294836225 bytes are too large'
	idx 4294967295 28 28 < /dev/null > x
	says x 'ends after 0 of 4294967295 images'
	printf '00000802000000010000000401020304' | unhex > x
	says x 'rows of 4 bytes: say what an image is, with --shape'
	says x 'rows of 4 bytes are not 1 x 28 x 28 pixels' --shape=1x28x28
	printf '000008010000000201' | unhex > x
	says x '1 dimensions are no images'
	gzip -nc x | head -c 25 > y
	run -1 --separate-stderr ocr-infer y
	assert_match $'^y\terror\t' "$output"
	# one of several: the others are done
	head -c 784 /dev/zero | idx 1 28 28 > good
	run -1 --separate-stderr ocr-infer --on-error=skip x good
	assert_match $'^good:0\t' "$output"
	assert_stderr $'ocr-infer: x: 1 dimensions are no images\nocr-infer: 1 of 2 images failed'
	run -1 --separate-stderr ocr-infer --on-error=stop x good
	assert_output ''
	assert_stderr 'ocr-infer: x: 1 dimensions are no images'
}

@test "NPY" {
	printf '\1\2\3\4\5\377' > data
	npy '|u1' '1, 1, 2, 3' < data > nhwc.npy
	[ "$(pixels 3 1 2 nhwc.npy)" = '1 4 2 5 3 255' ]
	npy 'u1' '1, 3, 1, 2' < data > nchw.npy
	[ "$(pixels 3 1 2 nchw.npy)" = '1 2 3 4 5 255' ]
	npy '<u1' '2, 1, 3' < data > grey.npy
	[ "$(pixels 1 1 3 grey.npy)" = '1 2 3 4 5 255' ]
	npy '|u1' '1, 6' < data > flat.npy
	[ "$(pixels 3 1 2 --shape=3x1x2 flat.npy)" = '1 2 3 4 5 255' ]
	[ "$(pixels 3 1 2 --shape=3x1x2 --layout=chw flat.npy)" = '1 2 3 4 5 255' ]
	[ "$(pixels 3 1 2 --shape=1x2x3 --layout=hwc flat.npy)" = '1 4 2 5 3 255' ]
	[ "$(pixels 3 1 2 - < nhwc.npy)" = '1 4 2 5 3 255' ]
	[ "$(ocr-compress -dcf < nhwc.npy | pixels 3 1 2)" = '1 4 2 5 3 255' ]
	gzip -n nhwc.npy
	[ "$(pixels 3 1 2 nhwc.npy.gz)" = '1 4 2 5 3 255' ]
	npy '<f4' '1, 28, 28' < /dev/null > x.npy
	run -1 --separate-stderr ocr-infer x.npy
	assert_output $'x.npy\terror\tits numbers are <f4, not bytes (u1)'
	npy '|u1' '1, 28, 28' < /dev/null | sed 's/False/True /' > x.npy
	run -1 --separate-stderr ocr-infer x.npy
	assert_output $'x.npy\terror\tis in Fortran'"'"'s order'
	npy '|u1' '2, 28, 28' < data > x.npy
	run -1 --separate-stderr ocr-infer x.npy
	assert_output $'x.npy\terror\tends after 0 of 2 images'
	npy "|u1', 'x': 'y" '2, 28, 28' < data > x.npy
	run -1 --separate-stderr ocr-infer x.npy
	assert_output $'x.npy\terror\tmalformed or structured NPY header'
}

# cifar: 3 records of the classes 3, 0 and 9, each of three values
cifar() {
	local class colour
	for class in 3 0 9; do
		printf '%02x' $class
		for colour in 16 32 48; do
			printf "%1024s" '' | sed "s/ /$(be 1 $((colour + class)))/g"
		done
	done | unhex
}

@test "CIFAR-10 and raw" {
	cifar > c.bin
	[ "$(stat -c %s c.bin)" = 9219 ]
	for j in 1 2; do
		[ "$(pixels 3 1 1 -j$j --format=cifar10 --resize=1 c.bin)" = \
			'19 35 51 16 32 48 25 41 57' ]
	done
	[ "$(pixels 3 1 1 --format=cifar10 --resize=1 < c.bin)" = \
		'19 35 51 16 32 48 25 41 57' ]
	printf '\1\2\3\4\5\377' > raw
	[ "$(pixels 3 1 2 --format=raw --shape=3x1x2 raw)" = '1 2 3 4 5 255' ]
	[ "$(pixels 3 1 1 --format=raw --shape=3x1x1 raw)" = '1 2 3 4 5 255' ]
	[ "$(pixels 1 1 2 --format=raw --shape=1x1x2 < raw)" = '1 2 3 4 5 255' ]
	# 5 x 1 x 3: pixels; 3 x 1 x 2 as pixels: 2 channels
	[ "$(pixels 3 2 1 --format=raw --shape=3x1x2 --layout=chw --resize=stretch \
		raw | wc -w)" = 6 ]
	gzip -n c.bin
	[ "$(pixels 3 1 1 --format=cifar10 --resize=1 c.bin.gz)" = \
		'19 35 51 16 32 48 25 41 57' ]
	run -1 --separate-stderr ocr-infer --format=raw --shape=1x28x28 raw
	assert_output $'raw\terror\t6 bytes behind 0 records of 784'
	run -1 --separate-stderr ocr-infer raw
	assert_output $'raw\terror\tnot an image, an archive, IDX or NPY: see --format'
	cp raw raw.jpg
	run -1 --separate-stderr ocr-infer raw.jpg
	assert_output $'raw.jpg\terror\tnot a JPEG, PNG or PPM'
	run -2 --separate-stderr ocr-infer --format=raw raw
	assert_stderr 'ocr-infer: --format=raw: say what an image is, with --shape'
}

@test "chunk streams" {
	cifar > c.bin
	pieces() { ocr-split "$@" c.bin; }
	flat flat.onnx 3 3 1 1
	classify='ocr-infer -m flat.onnx --mean=0 --format=cifar10 --resize=1'
	want=$'c.bin:0\t2\t51\nc.bin:1\t2\t48\nc.bin:2\t2\t57'
	for size in '-r 3073' '-s 3073' '-s 6146'; do
		run -0 --separate-stderr eval "pieces $size | $classify"
		assert_output "$want"
		assert_stderr ''
		run -0 --separate-stderr eval \
			"pieces $size | ocr-compress | ocr-compress -d | $classify"
		assert_output "$want"
	done
	run -0 --separate-stderr eval "pieces -r 3073 | $classify --truth=record"
	assert_output "$want"
	assert_stderr 'ocr-infer: accuracy 0.0000: 0 of 3 right'
	# a cut that is none of records
	run -1 --separate-stderr eval "pieces -s 3072 | $classify"
	assert_output ''
	assert_stderr 'ocr-infer: chunk 0 (at byte 0 of c.bin) cuts a record of 3073 bytes: use ocr-split -r 3073'
	run -1 --separate-stderr eval 'pieces -s 3073 | ocr-infer'
	assert_stderr 'ocr-infer: chunk 0 (at byte 0 of c.bin) is a part of a file: make larger chunks (ocr-split -s), or say --format=cifar10 or raw'
	run -1 --separate-stderr eval "pieces -r 3073 | ocr-compress | $classify"
	assert_output $'-\terror\ta stream of type deflate: images are to be raw (ocr-compress -d)'
	# images as members
	tree
	rm clothes/README
	tar --sort=name -cf c.tar clothes
	run -0 --separate-stderr eval 'ocr-split --archive c.tar | ocr-infer'
	assert_output "$tree_lines"
	assert_stderr ''
	run -1 --separate-stderr eval \
		'ocr-split --archive c.tar | ocr-infer clothes/Bag/1.pgm -'
	assert_match $'\terror\ta chunk stream must be the only input$' "$output"
	# a stream that breaks off
	run ! --separate-stderr eval "pieces -r 3073 | head -c 5000 | $classify"
	assert_match '^ocr-infer: ' "$stderr"
}

@test "order and results: any number of threads, batch, schedule, way in" {
	gen random $((784 * 700)) | idx 700 28 28 > x.idx
	ocr-infer -j1 -k10 x.idx > want
	[ "$(wc -l < want)" = 700 ]
	[ "$(cut -f 2 want | sort -u | wc -l)" -gt 1 ]
	cut -f 1 want | cmp - <(seq -f 'x.idx:%g' 0 699)
	for j in 2 3 4; do
		ocr-infer -j$j -k10 x.idx | cmp - want
		tail -c +1 x.idx | ocr-infer -j$j -k10 | sed 's/^stdin/x.idx/' | cmp - want
	done
	for batch in 1 7 32 700 auto; do
		ocr-infer -j2 -k10 --batch=$batch x.idx | cmp - want
		ocr-infer -j2 -k10 --batch=$batch < x.idx | sed 's/^stdin/x.idx/' |
			cmp - want
	done
	for how in static dynamic hap hws-paper hws; do
		ocr-infer -j3 -k10 --schedule=$how x.idx | cmp - want
		ocr-infer -j3 -k10 --schedule=$how < x.idx | sed 's/^stdin/x.idx/' |
			cmp - want
	done
	tail -c +17 x.idx | ocr-infer -j2 -k10 --format=raw --shape=1x28x28 |
		sed 's/^stdin/x.idx/' | cmp - want
	tail -c +17 x.idx > x.raw
	ocr-split -r 7840 x.raw |
		ocr-infer -j2 -k10 --format=raw --shape=1x28x28 |
		sed 's/^x.raw/x.idx/' | cmp - want
	ocr-infer -D cpu:2 -k10 --memory=8M - < x.idx | sed 's/^stdin/x.idx/' |
		cmp - want
}

@test "--json" {
	clothes Bag bag.pgm
	: > empty
	run -1 --separate-stderr ocr-infer --json -k2 bag.pgm empty
	assert_output '{"name":"bag.pgm","labels":[{"class":8,"label":"Bag","score":8.609375},{"class":3,"label":"Dress","score":0.234375}]}
{"name":"empty","error":"is empty"}'
	assert_stderr 'ocr-infer: 1 of 2 images failed'
	flat flat.onnx 2 1 1 2
	printf 'P2 2 1 255 7 9' > a.pgm
	run -0 --separate-stderr ocr-infer --json -m flat.onnx --mean=0 a.pgm
	assert_output '{"name":"a.pgm","labels":[{"class":1,"score":9}]}'
	printf 'bag.pgm\tBag\nbag.pgm\tnone\n' > list
	run -0 --separate-stderr ocr-infer --json --files-from=list --truth=column
	assert_output '{"name":"bag.pgm","truth":"Bag","labels":[{"class":8,"label":"Bag","score":8.609375}]}
{"name":"bag.pgm","labels":[{"class":8,"label":"Bag","score":8.609375}]}'
	assert_stderr 'ocr-infer: accuracy 1.0000: 1 of 1 right'
}

@test "--npy" {
	clothes Bag bag.pgm
	clothes Trouser trouser.pgm
	: > empty
	run -1 --separate-stderr ocr-infer --npy=labels -o labels.npy bag.pgm empty trouser.pgm
	assert_stderr $'ocr-infer: empty: is empty\nocr-infer: 1 of 3 images failed'
	[ "$(stat -c %s labels.npy)" = 152 ]
	[ "$(head -c 10 labels.npy | od -An -tx1)" = ' 93 4e 55 4d 50 59 01 00 76 00' ]
	[ "$(head -c 128 labels.npy | tail -c +11)" = "$(printf '%-117s' \
		"{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }")" ]
	[ "$(tail -c +129 labels.npy | od -An -w8 -td8 | xargs)" = '8 -1 1' ]
	run -1 --separate-stderr ocr-infer --npy=scores -o scores.npy bag.pgm empty trouser.pgm
	[ "$(stat -c %s scores.npy)" = 248 ]
	[ "$(head -c 128 scores.npy | tail -c +11)" = "$(printf '%-117s' \
		"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 10), }")" ]
	[ "$(floats < scores.npy | tr ' ' '\n' | sed -n '9p;11,20p;22p' | xargs)" = \
		'8.609375 nan nan nan nan nan nan nan nan nan nan 9.609375' ]
	idx 0 28 28 < /dev/null > none
	ocr-infer --npy=scores none > none.npy
	[ "$(stat -c %s none.npy)" = 128 ]
	grep -aq "(0, 10)" none.npy
	# as an input again: bytes alone are images
	run -1 --separate-stderr ocr-infer labels.npy
	assert_output $'labels.npy\terror\tits numbers are <i8, not bytes (u1)'
}

@test "-k, --softmax" {
	flat flat.onnx 4 1 2 2
	printf 'P2 2 2 255 3 9 9 1' > a.pgm
	classify() { run -0 --separate-stderr ocr-infer -m flat.onnx --mean=0 "$@" a.pgm; }
	classify
	assert_output $'a.pgm\t1\t9'
	classify --top=4
	assert_output $'a.pgm\t1\t9\t2\t9\t0\t3\t3\t1'
	classify -k1 --softmax
	assert_output $'a.pgm\t1\t0.49929744'
	ocr-infer -m flat.onnx --npy=scores --softmax a.pgm | floats | tr ' ' '\n' |
		awk '{ sum += $1 } END { exit sum < 0.999999 || sum > 1.000001 }'
	# large ones do not overflow
	classify -k2 --std=0.0001 --softmax
	assert_output $'a.pgm\t1\t0.5\t2\t0.5'
	for k in 5 1000; do
		run -2 --separate-stderr ocr-infer -m flat.onnx -k$k a.pgm
		assert_stderr "ocr-infer: -k $k: the model has 4 classes"
	done
	for k in 0 -1 x 1048577 ''; do
		run -2 --separate-stderr ocr-infer --top=$k a.pgm
		assert_match "^ocr-infer: -k: '$k' is not a number from 1 to 1048576" "$stderr"
	done
}

@test "--labels" {
	flat flat.onnx 2 1 1 2
	flat named.onnx 2 1 1 2 'meta("labels", "low\nhigh")'
	printf 'P2 2 1 255 7 9' > a.pgm
	printf 'one\r\ntwo\r\n' > names
	run -0 ocr-infer -m named.onnx --mean=0 a.pgm
	assert_output $'a.pgm\thigh\t9'
	for model in flat named; do
		run -0 ocr-infer -m $model.onnx --mean=0 --labels=names a.pgm
		assert_output $'a.pgm\ttwo\t9'
	done
	printf 'one\ntwo' | gzip > names.gz
	run -0 ocr-infer -m flat.onnx --mean=0 --labels=names.gz a.pgm
	assert_output $'a.pgm\ttwo\t9'
	# says MESSAGE: of this label file
	says() {
		cat > names
		run -1 --separate-stderr ocr-infer -m flat.onnx --labels=names a.pgm
		assert_output ''
		assert_stderr "ocr-infer: names: $1"
	}
	printf 'one\n' | says '1 names for the 2 classes of the model'
	printf 'one\ntwo\nthree\n' | says '3 names for the 2 classes of the model'
	printf '' | says '0 names for the 2 classes of the model'
	printf 'one\n\n' | says 'line 2 is empty'
	printf 'one\n\ntwo\n' | says 'line 2 is empty'
	printf 'one\0\ntwo\n' | says 'not names of classes, one a line'
	run -1 --separate-stderr ocr-infer -m flat.onnx --labels=nothing a.pgm
	assert_stderr 'ocr-infer: cannot open nothing: No such file or directory'
}

@test "--truth=folder, column; --summary" {
	tree
	table=$'images\t4\nerrors\t0\ntruths\t4\nright\t3\naccuracy\t0.7500\n
truth\tT-shirt/top\tTrouser\tPullover\tDress\tCoat\tSandal\tShirt\tSneaker\tBag
Trouser\t0\t1\t0\t0\t0\t0\t0\t0\t0
Dress\t0\t0\t0\t1\t0\t0\t0\t0\t0
Bag\t0\t1\t0\t0\t0\t0\t0\t0\t1'
	run -0 --separate-stderr ocr-infer -r --truth=folder clothes
	assert_output "$tree_lines"
	assert_stderr 'ocr-infer: accuracy 0.7500: 3 of 4 right'
	run -0 --separate-stderr ocr-infer -q -r --truth=folder clothes
	assert_stderr ''
	ocr-infer -r --truth=folder --summary clothes | no_rate | diff - <(echo "$table")
	tar cf c.tar clothes
	ocr-infer --truth=folder --summary < c.tar | no_rate | diff - <(echo "$table")
	ocr-infer -r --truth=folder --summary --json clothes > json
	is_json json
	[ "$(no_rate json)" = '{"images":4,"errors":0,"truths":4,"right":3,"accuracy":0.75,"confusion":[{"truth":"Trouser","labels":[0,1,0,0,0,0,0,0,0]},{"truth":"Dress","labels":[0,0,0,1,0,0,0,0,0]},{"truth":"Bag","labels":[0,1,0,0,0,0,0,0,1]}]}' ]
	# names or numbers; others are no truth
	printf 'clothes/Bag/1.pgm\tBag\nclothes/Dress/2.pgm\t3\nclothes/Trouser/3.pgm\that
clothes/Bag/4.pgm\n' > list
	run -0 --separate-stderr ocr-infer --files-from=list --truth=column -o out
	assert_stderr 'ocr-infer: accuracy 1.0000: 2 of 2 right'
	cp clothes/Bag/1.pgm 1.pgm
	run -0 --separate-stderr ocr-infer --truth=folder 1.pgm
	assert_stderr 'ocr-infer: no accuracy: of no image the right label is known'
	[ "$(ocr-infer --truth=folder --summary 1.pgm | no_rate)" = $'images\t1\nerrors\t0' ]
	[ "$(ocr-infer --truth=folder --summary --json 1.pgm | no_rate)" = \
		'{"images":1,"errors":0,"truths":0,"right":0,"accuracy":null,"confusion":[]}' ]
	# a model without names: those of folders are its classes
	flat flat.onnx 2 1 1 2
	mkdir -p two/b two/a
	printf 'P2 2 1 255 9 7' > two/a/1.pgm
	printf 'P2 2 1 255 7 9' > two/b/2.pgm
	printf 'P2 2 1 255 9 7' > two/b/3.pgm
	ocr-infer -r -m flat.onnx --truth=folder --summary two/b two/a | no_rate |
		diff - <(printf 'images\t3\nerrors\t0\ntruths\t3\nright\t2\naccuracy\t0.6667\n
truth\t0\t1\na\t1\t0\nb\t1\t1\n')
	run -2 --separate-stderr ocr-infer --truth=column 1.pgm
	assert_stderr 'ocr-infer: --truth=column: of which --files-from?'
}

@test "--truth=record, FILE" {
	cifar > c.bin
	flat flat.onnx 3 3 1 1
	classify() {
		run -0 --separate-stderr ocr-infer -m flat.onnx --resize=1 -o out -f "$@"
	}
	classify --format=cifar10 --truth=record c.bin
	assert_stderr 'ocr-infer: accuracy 0.0000: 0 of 3 right'
	printf '2\n2\r\n0\n' > numbers
	printf '0000080100000003020200' | unhex > idx1
	printf '\2\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' | npy '<i8' '3,' > a.npy
	for file in numbers idx1 a.npy; do
		classify --format=cifar10 --truth=$file c.bin
		assert_stderr 'ocr-infer: accuracy 0.6667: 2 of 3 right'
		classify --format=cifar10 --truth=$file - < c.bin
		assert_stderr 'ocr-infer: accuracy 0.6667: 2 of 3 right'
	done
	# beside an IDX file
	printf '\1\2' | idx 2 1 1 > t-images-idx3-ubyte
	printf '00000801000000020002' | unhex > t-labels-idx1-ubyte
	classify --truth=record t-images-idx3-ubyte
	assert_stderr 'ocr-infer: accuracy 0.5000: 1 of 2 right'
	gzip t-*
	classify --truth=record t-images-idx3-ubyte.gz
	assert_stderr 'ocr-infer: accuracy 0.5000: 1 of 2 right'
	# says MESSAGE ARGUMENT...
	says() {
		run -1 --separate-stderr ocr-infer -m flat.onnx --resize=1 "${@:2}"
		assert_output "$1"
	}
	printf '\1\2' | idx 2 1 1 > x.idx
	says $'x.idx\terror\tno labels beside it: name their file with --truth' \
		--truth=record x.idx
	says $'x.idx\terror\tnumbers: 3 labels for the 2 images of x.idx' \
		--truth=numbers x.idx
	says $'x.idx\terror\tcannot open nothing: No such file or directory' \
		--truth=nothing x.idx
	printf '1\nx\n' > numbers
	says $'x.idx\terror\tnumbers: line 2: not a class number' --truth=numbers x.idx
	printf '0000080100000003020200' | unhex | head -c 10 > numbers
	says $'x.idx\terror\tnumbers: ends after 2 of 3 labels' --truth=numbers x.idx
	printf '1\n9999999\n' > numbers
	run -1 --separate-stderr ocr-infer -m flat.onnx --truth=numbers x.idx
	assert_stderr 'ocr-infer: --truth: a class 9999999: there are at most 8192'
}

@test "--on-error: line, skip, stop" {
	clothes Bag bag.pgm
	head -c 100 bag.pgm > cut.pgm
	run -1 --separate-stderr ocr-infer bag.pgm cut.pgm bag.pgm
	assert_output $'bag.pgm\tBag\t8.609375\ncut.pgm\terror\tPNM: premature end of file\nbag.pgm\tBag\t8.609375'
	assert_stderr 'ocr-infer: 1 of 3 images failed'
	run -1 --separate-stderr ocr-infer --on-error=skip bag.pgm cut.pgm bag.pgm
	assert_output $'bag.pgm\tBag\t8.609375\nbag.pgm\tBag\t8.609375'
	assert_stderr $'ocr-infer: cut.pgm: PNM: premature end of file\nocr-infer: 1 of 3 images failed'
	run -1 --separate-stderr ocr-infer --on-error=stop -o out bag.pgm cut.pgm bag.pgm
	assert_output ''
	assert_stderr 'ocr-infer: cut.pgm: PNM: premature end of file'
	[ ! -e out ]
	run -1 --separate-stderr ocr-infer --summary bag.pgm cut.pgm
	[ "$(printf '%s\n' "$output" | no_rate)" = $'images\t2\nerrors\t1' ]
	assert_stderr $'ocr-infer: cut.pgm: PNM: premature end of file\nocr-infer: 1 of 2 images failed'
	run -1 --separate-stderr ocr-infer --summary < /dev/null
	assert_stderr $'ocr-infer: -: is empty\nocr-infer: 1 of 1 images failed'
}

@test "broken images" {
	# says MESSAGE FILE
	says() {
		run -1 --separate-stderr ocr-infer "$2"
		assert_output "$2"$'\terror\t'"$1"
		assert_stderr 'ocr-infer: 1 of 1 images failed'
	}
	png 100000 100000 8 2 00 > a.png
	says 'PNG: too large: 100000 x 100000 pixels' a.png
	png 50000 50000 8 2 00 > b.png
	says "PNG: 50000 x 50000 pixels cannot be in $(stat -c %s b.png) bytes" b.png
	png 2 2 8 0 000102000304 > c.png
	head -c 50 c.png > d.png
	says 'PNG: premature end of file' d.png
	sed 's/IDAT/IDAx/' c.png > e.png
	run -1 --separate-stderr ocr-infer e.png
	assert_match $'^e\\.png\terror\tPNG: ' "$output"
	rgb_jpeg | head -c 250 > f.jpg
	says 'JPEG: premature end of file' f.jpg
	printf 'P5 99999 99999 255\n' > g.pgm
	says 'PNM: too large: 99999 x 99999 pixels' g.pgm
	printf 'P6 0 0 255\n' > h.ppm
	says 'PNM: malformed header' h.ppm
	: > i.ppm
	says 'is empty' i.ppm
	run -1 --separate-stderr ocr-infer no.png
	assert_output $'no.png\terror\tcannot open no.png: No such file or directory'
	if [ "$(id -u)" != 0 ]; then
		chmod 0 c.png
		run -1 --separate-stderr ocr-infer c.png
		assert_output $'c.png\terror\tcannot open c.png: Permission denied'
	fi
}

@test "models: what is wrong" {
	clothes Bag bag.pgm
	# says MESSAGE MODEL
	says() {
		run -1 --separate-stderr timeout 60 ocr-infer --engine=own -m "$2" bag.pgm
		assert_output ''
		assert_stderr "ocr-infer: $1"
	}
	says "cannot open 'nothing': No such file or directory" nothing
	echo 'no model' > text
	says 'text: not an ONNX model, or damaged' text
	: > void
	says 'void: not an ONNX model, or damaged' void
	head -c 100000 "$top_builddir/fashion.onnx" > cut.onnx
	says 'cut.onnx: not an ONNX model, or damaged' cut.onnx
	mkdir folder
	says '/dev/zero: is a device' /dev/zero
	says 'folder: a folder, but not of parameters of BNN-PYNQ' folder
	ocr-infer --convert -o good.ocrm
	head -c 1000 good.ocrm > cut.ocrm
	says "cut.ocrm: cut: 1000 bytes, it says $(stat -c %s good.ocrm)" cut.ocrm
	{
		cat good.ocrm
		echo
	} > long.ocrm
	says "long.ocrm: longer than it should be: $(($(stat -c %s good.ocrm) + 1)) bytes, it says $(stat -c %s good.ocrm)" long.ocrm
	# an image of 5 channels
	flat five.onnx 405 5 9 9
	says "five.onnx: its input 'x' is no image of 1 to 4 channels, bytes or floats" five.onnx
	# a cycle; an operator that is not known; an output that nobody makes
	model cycle.onnx 'node("Add", "y", "z") node("Relu", "z", "y")
		value(11, "x", 1, "N 1 2 2") value(12, "y", 1, "N 4")'
	run -1 --separate-stderr ocr-infer -m cycle.onnx bag.pgm
	assert_match '^ocr-infer: cycle\.onnx: ' "$stderr"
	[ "${#stderr_lines[@]}" = 1 ]
	model unknown.onnx 'node("Frobnicate", "x", "y", text(3, "there"))
		value(11, "x", 1, "N 1 2 2") value(12, "y", 1, "N 4")'
	run -1 --separate-stderr ocr-infer --engine=own -m unknown.onnx bag.pgm
	assert_match '^ocr-infer: unknown\.onnx: .*Frobnicate' "$stderr"
	assert_match 'there' "$stderr"
	[ "${#stderr_lines[@]}" = 1 ]
	# weights in a file outside the folder
	model far.onnx 'node("Add", "x", "y", text(1, "w"))
		pb(5, pb_int(1, 4) pb_int(2, 1) text(8, "w") pb(13, text(1, "location")
			text(2, "../secret")) pb_int(14, 1))
		value(11, "x", 1, "N 4") value(12, "y", 1, "N 4")'
	head -c 16 /dev/zero > ../secret
	run -1 --separate-stderr ocr-infer -m far.onnx bag.pgm
	rm ../secret
	assert_match '^ocr-infer: far\.onnx: ' "$stderr"
	assert_match 'secret' "$stderr"
	[ "${#stderr_lines[@]}" = 1 ]
}

@test "--convert, --show" {
	gen random $((784 * 50)) | idx 50 28 28 > x.idx
	ocr-infer -k10 x.idx > want
	run -0 --separate-stderr ocr-infer --convert -o a.ocrm
	assert_output ''
	assert_stderr ''
	[ "$(stat -c %s a.ocrm)" -lt 50000 ]
	ocr-infer -m a.ocrm -k10 x.idx | cmp - want
	ocr-infer --convert -m "$top_builddir/fashion.onnx" | cmp - a.ocrm
	ocr-infer --convert a.ocrm | cmp - a.ocrm
	ocr-infer --show > show
	grep -qx 'image    1x28x28 bytes, planes' show
	grep -qx 'scores   10' show
	grep -Eqx 'all +- +- +- +14068800 +37100 +-' show
	ocr-infer --show a.ocrm | sed -n '/^layer/,$p' |
		diff - <(sed -n '/^layer/,$p' show)
	ocr-infer --show -o out && cmp out show
	run -1 --separate-stderr ocr-infer --show -o out
	assert_stderr 'ocr-infer: out already exists; use -f to replace it'
	ocr-infer --show -f -o out a.ocrm
	flat flat.onnx 4 1 2 2
	run -1 --separate-stderr ocr-infer --convert flat.onnx -o x.ocrm
	assert_output ''
	assert_stderr 'ocr-infer: flat.onnx: cannot be packed: not binarised: it has no such layer'
	[ ! -e x.ocrm ]
	for wrong in '--show a.ocrm a.ocrm' '--convert -m a.ocrm x.idx'; do
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr ocr-infer $wrong
		assert_stderr 'ocr-infer: --convert, --show and --sweep take a model, no images'
	done
	run -2 --separate-stderr ocr-infer --convert --show
	assert_stderr "ocr-infer: --convert, --show and --sweep exclude each other"$'\n'"$hint"
}

@test "-o: what is there, what fails" {
	clothes Bag bag.pgm
	run -0 --separate-stderr ocr-infer -o out bag.pgm
	assert_output ''
	assert_stderr ''
	[ "$(cat out)" = $'bag.pgm\tBag\t8.609375' ]
	echo old > out
	run -1 --separate-stderr ocr-infer -o out bag.pgm
	assert_stderr 'ocr-infer: out already exists; use -f to replace it'
	[ "$(cat out)" = old ]
	run -0 --separate-stderr ocr-infer -f -o out bag.pgm bag.pgm
	[ "$(wc -l < out)" = 2 ]
	run -1 --separate-stderr ocr-infer -o no/out bag.pgm
	assert_stderr 'ocr-infer: cannot create no/out: No such file or directory'
	for form in '' --json --summary --npy=scores; do
		run -1 --separate-stderr bash -c "ocr-infer $form bag.pgm > /dev/full"
		assert_stderr 'ocr-infer: cannot write to stdout: No space left on device'
	done
	# nothing is left beside it
	[ "$(find . -type f ! -name 'separate-stderr*' | sort | xargs)" = './bag.pgm ./out' ]
	# a reader that goes away
	gen random $((784 * 2000)) | idx 2000 28 28 > x.idx
	# shellcheck disable=SC2016 # of that shell
	run -0 bash -c 'ocr-infer -k10 x.idx 2> err | head -n 1; echo "${PIPESTATUS[0]}"'
	[ "${lines[1]}" = 141 ]
	[ "$(wc -c < err)" = 0 ]
}

@test "--stats, --trace" {
	gen random $((784 * 100)) | idx 100 28 28 > x.idx
	for input in x.idx -; do
		run -0 --separate-stderr ocr-infer -j2 --stats=stats --trace=trace.json \
			-o out -f $input < x.idx
		assert_stderr ''
		is_json stats
		[ -s trace.json ]
	done
	run -0 --separate-stderr ocr-infer -v x.idx -o out -f
	assert_match '^ocr-infer: 100 images in [0-9.]+ s, [0-9]+ a second$' "$stderr"
}

@test "wrong options" {
	: > x
	# says MESSAGE ARGUMENT...
	says() {
		run -2 --separate-stderr ocr-infer "${@:2}" x
		assert_output ''
		assert_stderr "ocr-infer: $1"
	}
	says "--format: 'bmp' is not auto, archive, file, cifar10, idx, npy or raw"$'\n'"$hint" --format=bmp
	says "--npy: 'x' is not labels or scores"$'\n'"$hint" --npy=x
	says "--on-error: 'x' is not line, skip or stop"$'\n'"$hint" --on-error=x
	says "--layout: 'x' is not chw or hwc"$'\n'"$hint" --layout=x
	says "--engine: 'x' is not auto, own or ort"$'\n'"$hint" --engine=x
	for shape in '' 3 3x 3x4 3x4x 3x4x5x 0x1x1 5x6x7 1x1x65536 axbxc ' 1x1x1' -1x1x1; do
		says "--shape: '$shape' is not a shape like 3x32x32 or 32x32x3"$'\n'"$hint" "--shape=$shape"
	done
	says "--batch: '0' is not a number from 1 to 65536"$'\n'"$hint" --batch=0
	says "--resize: 'x' is not a number from 1 to 65535"$'\n'"$hint" --resize=x
	says '--resize=5: the model wants 28 x 28 pixels' --resize=5
	says '--crop: not with --resize=none' --crop --resize=none
	says '--crop: not with --resize=stretch' --crop --resize=stretch
	says '--layout: of which --shape?' --layout=chw
	says '--layout: --shape then has 32 channels' --layout=hwc --shape=3x32x32
	says '--json and --npy exclude each other' --json --npy=labels
	says '--summary and --npy exclude each other' --npy=labels --summary
	says '--npy has a row for every image: not with --on-error=skip' --npy=labels --on-error=skip
	says '--npy=scores has all classes: not with -k' --npy=scores -k2
	says '--npy=labels has one label an image: not with -k' --npy=labels -k2
	needs_terminal
	run -0 script -qec 'ocr-infer; echo $?' /dev/null < /dev/null
	assert_match 'images are not read from a terminal; name a FILE' "$output"
}

@test "Fashion-MNIST" {
	data=/usr/share/datasets/fashion-mnist
	[ -e $data/t10k-images-idx3-ubyte.gz ] || skip 'no dataset-fashion-mnist'
	skip_sanitizers 'slow'
	run -0 --separate-stderr ocr-infer --truth=record -o out \
		$data/t10k-images-idx3-ubyte.gz
	assert_stderr 'ocr-infer: accuracy 0.8810: 8810 of 10000 right'
	[ "$(wc -l < out)" = 10000 ]
	run -0 --separate-stderr ocr-infer --summary --truth=record \
		$data/t10k-images-idx3-ubyte.gz
	assert_match $'^accuracy\t0\\.8810$' "$output"
	assert_match $'^Shirt\t123\t1\t82\t26\t95\t0\t655\t0\t18\t0$' "$output"
}

# example NAME: its text in ocr-infer(1)
example() {
	awk -v name="$1" '
	/^\.\\" example: / { on = $3 == name; next }
	/^\.Bd/ { inside = on; next }
	/^\.Ed/ { if (inside) exit; inside = 0; next }
	inside { gsub(/\\e/, "\\"); print }' "$top_srcdir/man/ocr-infer.1"
}

@test "the examples of ocr-infer(1)" {
	tree
	tar --sort=name -czf photos.tar.gz clothes
	run -0 --separate-stderr bash -euo pipefail -c "$(example photos)"
	assert_output "$tree_lines"
	assert_stderr ''
	bytes_of clothes/Bag/1.pgm | idx 1 28 28 | gzip > t10k-images-idx3-ubyte.gz
	printf '000008010000000108' | unhex | gzip > t10k-labels-idx1-ubyte.gz
	run -0 --separate-stderr bash -euo pipefail -c "$(example accuracy)"
	assert_match $'^accuracy\t1\\.0000$' "$output"
	for file in clothes/*/*.pgm; do
		awk 'NR == 1 { print; next } { print 255 - $1 }' "$file" > x
		mv x "$file"
	done
	run -0 --separate-stderr bash -euo pipefail -c "$(example folders)"
	assert_stderr 'ocr-infer: accuracy 0.7500: 3 of 4 right'
	[ "$(cat results.tsv)" = "$tree_lines" ]
	mkdir -p clothes/hat
	png 2 2 8 0 000102000304 > clothes/hat/4.png
	run -0 --separate-stderr bash -euo pipefail -c "$(example list)"
	assert_match $'^clothes/hat/4\\.png(\t[^\t]+\t[0-9.]+){3}$' "$output"
	cifar > test_batch.bin
	run -0 --separate-stderr bash -euo pipefail -c "$(example chunks)"
	[ "${#lines[@]}" = 3 ]
	assert_match $'^test_batch\\.bin:2\t[^\t]+\t' "$output"
	run -0 --separate-stderr bash -euo pipefail -c "$(example convert)"
	assert_match '^scores +10$' "$output"
	[ "$(grep -c '^\.\\" example: ' "$top_srcdir/man/ocr-infer.1")" = 6 ]
	[ "$(sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$top_srcdir/man/ocr-infer.1" |
		grep -c '^\.Bd')" = 6 ]
}

@test "help: the default of --verify is this tool's own" {
	run -0 ocr-infer --help
	assert_match 'full, sample:P or off \(default: sample:0\.05\)' \
		"$(tr -s '\n ' ' ' <<< "$output")"
	run -0 ocr-compress --help
	assert_match 'full, sample:P or off \(default: full\)' \
		"$(tr -s '\n ' ' ' <<< "$output")"
}

@test "nets of floats on hosts: shards; no cards" {
	fake_hosts 2
	flat net.onnx 12 3 2 2
	{
		gen random 1200
		gen random 1200 2
	} > images.raw
	infer=(ocr-infer -m net.onnx --format=raw --shape=3x2x2 --mean=100.5
		--std=3.7)
	OCR_HOSTS='' "${infer[@]}" -k 5 --softmax images.raw > want
	"${infer[@]}" -k 5 --softmax --fallback=none images.raw | cmp - want
	"${infer[@]}" -k 5 --softmax --fallback=none --verify=full --shards d \
		images.raw
	cat d/*.txt | cmp - want
	# truths of records that only hosts read
	flat big.onnx 3072 3 32 32
	gen random $((3073 * 50)) > cifar
	infer2=(ocr-infer -m big.onnx --format=cifar10 --truth=record --summary)
	ocr-split --by-reference -r 3073 -s 30730 "$PWD/cifar" > s
	OCR_HOSTS='' "${infer2[@]}" < s | grep -v second > want.s
	"${infer2[@]}" --fallback=none < s | grep -v second | cmp - want.s
	needs_xrt
	export OCR_LEASE_DIR=$PWD/leases
	echo 'h1 devices=xrt rsh="timeout -k 5 60 ocr-softcard -- env X={host}"' \
		> hosts.txt
	run -0 --separate-stderr timeout -k 5 120 "${infer[@]}" -k 5 --softmax \
		--hosts hosts.txt --connect-timeout=60 --fallback=none -o got \
		images.raw
	cmp got want
	assert_stderr 'ocr-infer: h1: cards are not used: this model is not for them'
}
