# graph.sh's rows of several processes: ocr-bfs under mpirun against ocr-bfs alone.
# Sourced by it after graph.bash.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the caller and graph.bash set some and read others

# What is common to all runs: a root may, processors are shared and not chosen.
mpirun=(mpirun --allow-run-as-root --oversubscribe --bind-to none)

# why_no_ranks: what there is not, or nothing.
why_no_ranks() {
	if ! has mpirun; then
		echo 'no mpirun'
	elif ! ldd "$build/ocr-bfs" | grep -q libmpi; then
		echo 'ocr-bfs was built without MPI (--with-mpi)'
	fi
}

# ranks_row GRAPH: one rank and two; needs no other's program.
ranks_row() {
	local row="ranks bfs $1" file=$dir/$1.own.ocrg n why
	wanted "$row" || return 0
	headed
	why=$(why_no_ranks)
	if [ -n "$why" ]; then
		printf '%-22s not run: %s\n' "$row" "$why"
		return 0
	fi
	on=$(cpus_for 2)
	[ -e "$file" ] || ocr-graph --kron="${1#kron}" -o "$file" ||
		die "cannot make $file"
	for n in 1 2; do
		ranks_pairs "$row n$n" "$n" "$file"
	done
}

# ranks_pairs ROW N FILE: N ranks that have two threads together, and one process
# with two, in turn, from the same sources.
ranks_pairs() {
	local x='' y='' m='' p='' i line found
	local alone=(ocr-bfs -j 2 "--trials=$trials" "$3") many
	many=("${mpirun[@]}" -np "$2" ocr-bfs --mpi -j $((2 / $2)))
	"${many[@]}" --trials=2 --verify "$3" > /dev/null ||
		die "wrong result: ${many[*]}"
	many+=("--trials=$trials" "$3")
	for ((i = 1; i <= reps; i++)); do
		ours "${alone[@]}"
		y+=" $(median "$times")" p+=" $mteps" found=$reached
		note_run "$1" plain "$i"
		ours "${many[@]}"
		[ "$reached" = "$found" ] ||
			die "not the same result: ${many[*]} reached $reached, alone $found"
		x+=" $(median "$times")" m+=" $mteps"
		note_run "$1" ranks "$i"
	done
	read -ra line <<< "$(compare 0 "$x" "$y")"
	x=$(median "$x") y=$(median "$y")
	m=$(billions "$(median "$m")") p=$(billions "$(median "$p")")
	printf '%-22s %9.2f %9.2f  %-20s %7.3f %7.3f\n' "$1" "$x" "$y" \
		"$(printf '%.2f (%.2f-%.2f)' "${line[@]:2}")" "$m" "$p"
	printf '{"row":"%s","ms":%s,"alone_ms":%s,"ratio":%s,"least":%s,"greatest":%s,"gteps":%s,"alone_gteps":%s,"grade":"H"}\n' \
		"$1" "$x" "$y" "${line[@]:2}" "$m" "$p" >> "$json"
}
# billions MILLIONS
billions() { awk -v v="$1" 'BEGIN { printf "%.3f\n", v / 1000 }'; }
