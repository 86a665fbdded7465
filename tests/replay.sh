#!/bin/sh
# Every input that once broke a parser, through that parser again, as TAP.
# tests/fuzz/replay_X is tests/fuzz/fuzz_X.c with a plain main.
: "${top_srcdir:=.}" "${top_builddir:=.}"

set -- "$top_srcdir"/tests/fuzz/fuzz_*.c
if [ ! -f "$1" ]; then
	echo '1..0 # SKIP no fuzz targets'
	exit 0
fi
echo "1..$#"
t=0
for source; do
	t=$((t + 1))
	name=${source##*/fuzz_}
	name=${name%.c}
	program=$top_builddir/tests/fuzz/replay_$name
	log=replay-$name.out
	if [ ! -x "$program" ]; then
		echo "not ok $t - $name: no $program"
	elif [ ! -d "$top_srcdir/tests/fuzz/corpus/$name" ]; then
		echo "ok $t - $name # SKIP no corpus"
	elif "$program" "$top_srcdir/tests/fuzz/corpus/$name" > "$log" 2>&1; then
		echo "ok $t - $name: corpus"
	else
		echo "not ok $t - $name: corpus"
		sed 's/^/# /' "$log"
	fi
	rm -f "$log"
done
