#!/usr/bin/env bash
# ocr-infer against ONNX Runtime and oneDNN, by the rules of RULES.md; never
# fails for a figure.  Grade H.
# shellcheck disable=SC2034,SC2154 # bench.bash reads some and sets others
set -u
export LC_ALL=C

usage() {
	cat <<-'END'
	usage: [DATA=DIR] [ORT_NODE=DIR] infer.sh [--quick] [--reps=N] [--only=REGEX] [--json=FILE]
	       infer.sh --list [--only=REGEX]
	  --quick       one run of each row: tests this script
	  --reps=N      pairs of runs per row (default 3)
	  --only=REGEX  only rows whose name matches
	  --list        name the rows, run nothing
	  --json=FILE   raw results, a line a run (default: BENCH_DIR/infer-TIME)
	DATA/infer has cnv_w1a1_cifar10.onnx.xz, cnv_w1a1_cifar10_qonnx.onnx.xz,
	cifar_200.bin and cifar_200.labels.  ORT_NODE is where
	npm i onnxruntime-node --ignore-scripts was run.  Rows that lack something
	are not run.
	environment: BENCH_DIR, CPUS and top_builddir as for compress.sh
	END
}

# shellcheck source=tests/bench/bench.bash
. "$(dirname "$0")/bench.bash"
reps=3 loads=15 rounds=15 large=100000
# option WORD: of this script alone
option() {
	case $1 in
	--quick) reps=1 loads=3 rounds=1 large=20000 ;;
	*) return 1 ;;
	esac
}
begin "$@"
unset OCR_DEVICES OCR_SCHEDULE OCR_XCLBIN

batches='1 2 4 8 16 32 64 128 256 512 1024'
declare -A got gmin gmax # median, least and greatest of ROW
why=''                   # the rows of CNV are not run

# ---- what is needed ----

# not_run ROW WHY
not_run() { printf '%-22s not run: %s\n' "$1" "$2"; }
# unpack NAME: DATA/infer/NAME.xz to dir.
unpack() {
	[ -e "$dir/$1" ] || xz -dc "$DATA/infer/$1.xz" > "$dir/$1" 2> /dev/null ||
		rm -f "$dir/$1"
	[ -e "$dir/$1" ]
}
# prepare: models, records; checks labels.  Sets why if there is nothing to run.
prepare() {
	local i
	for i in cifar_200.bin cifar_200.labels; do
		[ -n "$why" ] || [ -r "${DATA:-}/infer/$i" ] ||
			why="no $i in DATA/infer"
	done
	[ -n "$why" ] || { unpack cnv_w1a1_cifar10.onnx &&
		unpack cnv_w1a1_cifar10_qonnx.onnx; } ||
		why='no cnv_w1a1_cifar10 in DATA/infer'
	[ -z "$why" ] || return
	ocr-infer -m "$dir/cnv_w1a1_cifar10_qonnx.onnx" --convert \
		-f -o "$dir/cnv.ocrm" || die 'the model cannot be converted'
	seq 0 9 > "$dir/numbers"
	ocr-infer -m "$dir/cnv.ocrm" --labels="$dir/numbers" --format=cifar10 \
		"$DATA/infer/cifar_200.bin" | cut -f 2 > "$dir/labels"
	cmp -s "$dir/labels" "$DATA/infer/cifar_200.labels" ||
		die 'wrong labels for cifar_200.bin'
	records 10000
	records "$large"
}
# records N: cifar_200.bin as often as it takes.
records() {
	local i
	[ -e "$dir/cifar-$1.bin" ] || for ((i = 0; i < $1 / 200; i++)); do
		cat "$DATA/infer/cifar_200.bin"
	done > "$dir/cifar-$1.bin"
}

# ---- measuring ----

# middle NUMBER...: sets mid, least and most.
middle() {
	read -r mid least most <<< "$(printf '%s\n' "$@" | sort -g | awk '
		{ v[NR] = $1 }
		END {
			h = int((NR + 1) / 2)
			print (v[h] + v[NR + 1 - h]) / 2, v[1], v[NR]
		}')"
}
# over A B: with three digits.
over() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f\n", a / b }'; }
# note ROW SIDE REP KEY VALUE: a raw result.
note() {
	printf '{"row":"%s","side":"%s","rep":%d,"%s":%s,"grade":"H"}\n' "$@" \
		>> "$json"
}
# ours_rates T, ort_rates T: lines "BATCH RATE" in dir/rates.
ours_rates() {
	taskset -c "$(cpus_for "$1")" ocr-infer -m "$dir/cnv.ocrm" --sweep |
		awk -F'\t' -v t="$1" '$2 == t { print $1, $3 }' > "$dir/rates"
	[ -s "$dir/rates" ] || die 'ocr-infer --sweep failed'
}
ort_rates() {
	taskset -c "$(cpus_for "$1")" node "$dir/ort.js" "$ORT_NODE" \
		"$dir/cnv_w1a1_cifar10.onnx" "$1" > "$dir/rates" ||
		die 'onnxruntime-node failed'
}
has_ort() {
	has node && [ -d "${ORT_NODE:-}/node_modules/onnxruntime-node" ]
}
# The peer's loop: whole batches, the median of five runs of 60 ms and more.
write_ort() {
	cat > "$dir/ort.js" <<-'END'
	const [dir, model, threads] = process.argv.slice(2)
	const ort = require(dir + '/node_modules/onnxruntime-node')
	const now = () => Number(process.hrtime.bigint()) * 1e-9
	async function rate(session, batch) {
		const pixels = new Uint8Array(batch * 3072)
		for (let i = 0; i < pixels.length; i++)
			pixels[i] = Math.floor(Math.random() * 256)
		const feeds = {}
		feeds[session.inputNames[0]] =
			new ort.Tensor('uint8', pixels, [batch, 3, 32, 32])
		await session.run(feeds)
		const rates = []
		for (let i = 0; i < 5; i++) {
			const start = now()
			let n = 0
			do {
				await session.run(feeds)
				n++
			} while (now() - start < 0.06)
			rates.push(n * batch / (now() - start))
		}
		return rates.sort((a, b) => a - b)[2]
	}
	async function main() {
		const session = await ort.InferenceSession.create(model, {
			intraOpNumThreads: Number(threads), interOpNumThreads: 1,
			executionMode: 'sequential', graphOptimizationLevel: 'all'})
		for (let batch = 1; batch <= 1024; batch *= 2)
			console.log(batch, await rate(session, batch))
	}
	main().catch(e => { console.error(String(e)); process.exit(1) })
	END
}

# ---- rows ----

# rates_row T: images a second by batch, ours and ONNX Runtime's in turn.
rates_row() {
	local row="rates t$1" i b side x
	local -A ours=() peer=() pair=()
	wanted "$row" || return 0
	[ -z "$why" ] || { not_run "$row" "$why"; return 0; }
	for ((i = 1; i <= reps; i++)); do
		for side in ours peer; do
			[ $side = ours ] || has_ort || continue
			if [ $side = ours ]; then ours_rates "$1"; else ort_rates "$1"; fi
			while read -r b x; do
				note "$row b$b" $side "$i" images_per_s "$x"
				if [ $side = ours ]; then
					ours[$b]+=" $x"
					pair["$b $i"]=$x
				else
					peer[$b]+=" $x"
					pair[$b]+=" $(over "${pair["$b $i"]}" "$x")"
				fi
			done < "$dir/rates"
		done
	done
	printf '\n%-22s %10s %9s %10s   %s\n' "$row" images/s ms 'ORT fp32' \
		'ours / ORT'
	for b in $batches; do
		print_rate "$row b$b" "$1" "$b" "${ours[$b]-}" "${peer[$b]-}" \
			"${pair[$b]-}"
	done
	has_ort || not_run 'ONNX Runtime' 'no node, or no ORT_NODE'
}
# print_rate ROW T BATCH OURS PEER RATIOS
print_rate() {
	local rate line
	# shellcheck disable=SC2086 # words
	middle $4
	rate=$mid got[$1]=$mid gmin[$1]=$least gmax[$1]=$most
	line=$(printf '%-22s %10.0f %9.3f' "$1" "$rate" \
		"$(over "$((1000 * $2 * $3))" "$rate")")
	if [ -n "$5" ]; then
		# shellcheck disable=SC2086
		middle $5
		line+=$(printf ' %10.0f' "$mid")
		# shellcheck disable=SC2086
		middle $6
		line+=$(printf '   %.1f (%.1f-%.1f)' "$mid" "$least" "$most")
	fi
	printf '%s\n' "$line"
}

# fp32_row: our runs of fp32 nets, and oneDNN's primitives by hand; one thread.
fp32_row() {
	local name batch ours peer ratio
	wanted fp32 || return 0
	[ -x "$build/tests/bench/dnnl_net" ] || {
		not_run fp32 'built without oneDNN'
		return 0
	}
	printf '\n%-22s %10s %10s   %s\n' fp32 ms 'oneDNN ms' 'oneDNN / ours'
	while IFS=$'\t' read -r name batch ours peer ratio _; do
		ratio=${ratio#ratio } ours=${ours#ours } peer=${peer#oneDNN }
		printf '%-22s %10s %10s   %s\n' "fp32 $name" "${ours% ms}" \
			"${peer% ms}" "$ratio"
		note "fp32 $name" "${batch// /}" 1 ratio "${ratio%% *}"
		got["fp32 $name"]=${ratio%% *}
		ratio=${ratio#*(}
		gmin["fp32 $name"]=${ratio%-*}
		ratio=${ratio#*-}
		gmax["fp32 $name"]=${ratio%)}
	done < <(taskset -c "$(cpus_for 1)" "$build/tests/bench/dnnl_net" 8 "$rounds")
}

# int8_row: quantised nets in int8, and the same nets in fp32; one thread.  Weights
# to 63, which processors without VNNI take, and to 127.
int8_row() {
	local name ours peer ratio layers
	wanted int8 || return 0
	[ -x "$build/tests/bench/int8_net" ] || {
		not_run int8 'tests/bench/int8_net is not built'
		return 0
	}
	printf '\n%-26s %10s %10s   %s\n' int8 ms 'fp32 ms' 'fp32 / int8'
	while IFS=$'\t' read -r name _ ours peer ratio layers; do
		ratio=${ratio#ratio } ours=${ours#int8 } peer=${peer#fp32 }
		printf '%-26s %10s %10s   %s, %s\n' "int8 $name" "${ours% ms}" \
			"${peer% ms}" "$ratio" "$layers"
		note "int8 $name" ours 1 ratio "${ratio%% *}"
	done < <(taskset -c "$(cpus_for 1)" "$build/tests/bench/int8_net" 8 "$rounds")
}

# load_row NAME FILE: milliseconds in fresh processes: opening, and what may have
# been put off until images come.
load_row() {
	local row="load $1" i x all='' first='' tables='' next=''
	wanted "$row" || return 0
	[ -z "$why" ] || { not_run "$row" "$why"; return 0; }
	for ((i = 1; i <= loads; i++)); do
		read -ra x <<< "$(taskset -c "$(cpus_for 1)" \
			"$build/tests/bench/model_load" "$2")"
		[ -n "${x[*]}" ] || die "cannot load $2"
		note "$row" ours "$i" ms "${x[0]}"
		note "$row" first "$i" ms "${x[1]}"
		note "$row" tables "$i" ms "${x[2]}"
		note "$row" next "$i" ms "${x[3]}"
		all+=" ${x[0]}" first+=" ${x[1]}" tables+=" ${x[2]}" next+=" ${x[3]}"
	done
	print_load "$row" "$all" "$first" "$tables" "$next"
}
# print_load ROW MS...: a word a run each.
print_load() {
	local row=$1 ms line
	line=$(printf '%-22s' "$1")
	shift
	for ms; do
		# shellcheck disable=SC2086 # words
		middle $ms
		[ "$ms" != "$1" ] || got[$row]=$mid gmin[$row]=$least gmax[$row]=$most
		line+=$(printf ' %20s' "$(printf '%.2f (%.2f-%.2f)' "$mid" "$least" "$most")")
	done
	printf '%s\n' "$line"
}
load_rows() {
	[ -n "$list" ] || [ -n "$why" ] || printf '\n%-22s %20s %20s %20s %20s\n' \
		'load (1 thread)' 'ms to open' 'first image' 'first 64' 'next 64'
	load_row onnx "$dir/cnv_w1a1_cifar10.onnx"
	load_row qonnx "$dir/cnv_w1a1_cifar10_qonnx.onnx"
	load_row ocrm "$dir/cnv.ocrm"
}

# whole_row T: the program on 10,000 records, and batches of 1024 that are in
# memory; of both the median of five.
whole_row() {
	local row="whole t$1" i j rate batches all='' ratios='' walls
	wanted "$row" || return 0
	[ -z "$why" ] || { not_run "$row" "$why"; return 0; }
	for ((i = 1; i <= reps; i++)); do
		walls=''
		for ((j = 0; j < 5; j++)); do
			run "$(cpus_for "$1")" /dev/null \
				"ocr-infer -m $dir/cnv.ocrm --format=cifar10 $dir/cifar-10000.bin"
			walls+=" $wall"
		done
		# shellcheck disable=SC2086
		middle $walls
		rate=$(over 10000 "$mid")
		ours_rates "$1"
		batches=$(sed -n 's/^1024 //p' "$dir/rates")
		note "$row" ours "$i" images_per_s "$rate"
		note "$row" memory "$i" images_per_s "$batches"
		all+=" $rate" ratios+=" $(over "$rate" "$batches")"
	done
	# shellcheck disable=SC2086
	middle $all
	printf '%-22s %10.0f images/s' "$row" "$mid"
	# shellcheck disable=SC2086
	middle $ratios
	got[$row]=$mid gmin[$row]=$least gmax[$row]=$most
	printf ', of the rate in memory: %.3f (%.3f-%.3f)\n' "$mid" "$least" "$most"
}

# memory_row N: peak with two threads; with the pages of the input, which is
# mapped, and what is the program's own.
memory_row() {
	local row="memory $1" line all own
	wanted "$row" || return 0
	[ -z "$why" ] || { not_run "$row" "$why"; return 0; }
	line=$("$runtime" -a -c "$(cpus_for 2)" ocr-infer -m "$dir/cnv.ocrm" \
		--format=cifar10 "$dir/cifar-$1.bin") || die 'ocr-infer failed'
	read -r _ _ all own _ <<< "$line"
	got[$row]=$(mb "$all") got["$row own"]=$(mb "$own")
	note "$row" ours 1 mb "${got[$row]}"
	note "$row" own 1 mb "${got["$row own"]}"
	printf '%-22s %10s MB, its own %s\n' "$row" "${got[$row]}" \
		"${got["$row own"]}"
}

# decode_row: JPEG files of 256 x 256 in a tar, one thread and two in turn.
decode_row() {
	local row=decode i one ratios='' n=1000
	wanted "$row" || return 0
	[ -z "$why" ] || { not_run "$row" "$why"; return 0; }
	has cjpeg || { not_run "$row" 'no cjpeg'; return 0; }
	make_tar "$n"
	for ((i = 1; i <= reps; i++)); do
		run "$(cpus_for 1)" /dev/null "ocr-infer -m $dir/cnv.ocrm $dir/jpeg.tar"
		one=$wall
		note "$row t1" ours "$i" images_per_s "$(over "$n" "$wall")"
		run "$(cpus_for 2)" /dev/null "ocr-infer -m $dir/cnv.ocrm $dir/jpeg.tar"
		note "$row t2" ours "$i" images_per_s "$(over "$n" "$wall")"
		ratios+=" $(over "$one" "$wall")"
	done
	# shellcheck disable=SC2086
	middle $ratios
	got[$row]=$mid gmin[$row]=$least gmax[$row]=$most
	printf '%-22s %10.0f images/s with 2 threads, %.2f (%.2f-%.2f) times 1\n' \
		"$row" "$(over "$n" "$wall")" "$mid" "$least" "$most"
}
# make_tar N: the first twenty records, a pixel 8 x 8, as JPEG; N files of them.
make_tar() {
	local i
	[ ! -e "$dir/jpeg.tar" ] || return 0
	mkdir -p "$dir/jpeg"
	for ((i = 0; i < 20; i++)); do
		head -c $((3073 * (i + 1))) "$DATA/infer/cifar_200.bin" |
			tail -c 3072 | od -An -v -tu1 -w3072 | awk '{
			print "P3\n256 256\n255"
			for (y = 0; y < 32; y++) {
				row = ""
				for (x = 1; x <= 32; x++) {
					at = y * 32 + x
					dot = $at " " $(at + 1024) " " $(at + 2048) "\n"
					for (k = 0; k < 8; k++) row = row dot
				}
				for (k = 0; k < 8; k++) printf "%s", row
			}
		}' | cjpeg > "$dir/jpeg/$i.jpg" || die 'cjpeg failed'
	done
	for ((i = 20; i < $1; i++)); do
		ln -f "$dir/jpeg/$((i % 20)).jpg" "$dir/jpeg/$i.jpg"
	done
	tar --hard-dereference -C "$dir" -cf "$dir/jpeg.tar" jpeg
}

rows() {
	rates_row 1
	rates_row 2
	fp32_row
	int8_row
	load_rows
	[ -n "$list" ] || echo
	whole_row 1
	whole_row 2
	memory_row 10000
	memory_row "$large"
	decode_row
}
# got_bar TEXT NEED ROW
got_bar() { bar "$1" "$2" "${got[$3]-}" "${gmin[$3]-}" "${gmax[$3]-}"; }
bars() {
	local one=${got['rates t1 b1']-} name
	bar_header 'bar (CNV-W1A1)'
	got_bar 'images/s, 2 threads, batches of 1024' 25000 'rates t2 b1024'
	bar 'ms of one image' '<=0.25' "${one:+$(over 1000 "$one")}"
	got_bar 'whole process, of the rate in memory' 0.9 'whole t2'
	for name in vgg-like mobilenet-like; do
		got_bar "fp32 $name, of oneDNN's own" 0.98 "fp32 $name"
	done
	for name in onnx qonnx; do
		got_bar "ms to load, $name" '<=20' "load $name"
	done
	got_bar 'ms to load, ocrm' '<=1' 'load ocrm'
	for name in 10000 "$large"; do
		got_bar "MB, $name records, with their pages" '<=100' \
			"memory $name"
		got_bar "MB, $name records, its own" '<=100' "memory $name own"
	done
	got_bar 'decoding, 2 threads to 1' 1.8 decode
}

if [ -n "$list" ]; then
	rows
	exit 0
fi
mkdir -p "$dir" || exit 1
: > "$json"
{
	machine ocr-infer node
	! has_ort || echo "tool onnxruntime-node $(sed -n \
		's/.*"version": *"\([^"]*\)".*/\1/p' \
		"$ORT_NODE/node_modules/onnxruntime-node/package.json")"
} | tell
prepare
! has_ort || write_ort
rows
bars
echo "load $(cut -d' ' -f1-3 /proc/loadavg) at the end"
