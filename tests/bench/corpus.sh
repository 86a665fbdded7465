#!/usr/bin/env bash
# The corpora of compress.sh, made from what this machine has.
#   corpus.sh NAME MB DIR
# Makes DIR/NAME-MB of at most MB million bytes, unless it is there already,
# and prints its path.  NAME is one of
#   b64   base64 of random bytes: what OctoRay was measured with
#   mix   a tar: C sources and headers, programs and libraries, records
#   text  documents, scripts, package lists
# A third of mix and text is of each kind, where there is so much.  Files are
# taken in an order that depends on their names alone, so that a part is a
# sample and not the beginning of the alphabet.
set -u
export LC_ALL=C

die() {
	echo "corpus.sh: $*" >&2
	exit 1
}

# files FIND-ARGUMENT...: regular files, NUL-terminated, in that order.
files() {
	find "$@" -type f -print0 2> /dev/null |
		sort -z | sort -zR --random-source=/dev/zero
}

# Each part writes as much as it has; head cuts it.
in_tar() {
	files "$@" | tar cf - --null -T - 2> /dev/null
}
as_text() {
	files "$@" | xargs -0r cat -- 2> /dev/null
}

sources() {
	in_tar /usr/include /usr/src /usr/lib/gcc \
		'(' -name '*.[chS]' -o -name '*.cc' -o -name '*.hpp' ')'
}
programs() {
	in_tar /usr/bin /usr/sbin /usr/lib \
		'(' -name '*.so' -o -name '*.so.*' -o -perm -100 ')' -size +16k
}
records() {
	in_tar /var/lib/dpkg /usr/share \
		'(' -name status -o -name '*.list' -o -name '*.md5sums' \
		-o -name '*.json' -o -name '*.xml' -o -name '*.csv' \
		-o -name '*.tab' -o -name '*.dat' ')'
}

documents() {
	as_text /usr/share/doc /usr/share/perl /usr/lib/python3* \
		'(' -name '*.txt' -o -name '*.md' -o -name '*.html' \
		-o -name '*.pod' -o -name '*.rst' -o -name copyright ')'
}
scripts() {
	as_text /usr/lib/python3* /usr/share/perl* /usr/share/python* /usr/share \
		'(' -name '*.py' -o -name '*.p[lm]' -o -name '*.sh' \
		-o -name '*.vim' -o -name '*.el' -o -name '*.tcl' ')'
}
lists() {
	local f
	for f in /var/lib/apt/lists/*_Packages*; do
		[ ! -f "$f" ] || /usr/lib/apt/apt-helper cat-file "$f"
	done 2> /dev/null
	cat /var/lib/dpkg/status 2> /dev/null
}

# thirds PART PART PART: the beginning of each.
thirds() {
	local part
	for part; do
		"$part" | head -c $((mb * 1000000 / 3))
	done
}

[ $# = 3 ] || die 'usage: corpus.sh NAME MB DIR'
name=$1 mb=$2 dir=$3
file=$dir/$name-$mb
if [ ! -s "$file" ]; then
	mkdir -p "$dir" || exit 1
	trap 'rm -f "$file.$$"' EXIT
	case $name in
	b64) base64 /dev/urandom | head -c "${mb}000000" ;;
	mix) thirds sources programs records ;;
	text) thirds documents scripts lists ;;
	*) die "no corpus is called '$name'" ;;
	esac > "$file.$$" || exit 1
	[ "$(wc -c < "$file.$$")" -ge 1000000 ] ||
		die "$name: this machine has too few files for it"
	mv "$file.$$" "$file" || exit 1
fi
echo "$file"
