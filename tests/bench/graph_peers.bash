# The peers of graph.sh: where they are, how they are run at their best.  Sourced
# by it after bench.bash.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the caller sets some and reads others

# Memory in huge pages, as ours is: malloc() then asks for them (glibc 2.35).
# Threads may spin for a while, as there is a processor for each.
tunables=GLIBC_TUNABLES=glibc.malloc.hugetlb=1
spin=GOMP_SPINCOUNT=1000

declare -A missing # why a PEER is not run

# find_peers: builds those that are libraries, in dir; says what is missing.
find_peers() {
	local lib words flags=()
	for lib in "${LAGRAPH:-}"/build/{,src/}liblagraph.so; do
		[ ! -e "$lib" ] || break
	done
	if [ -z "${LAGRAPH:-}" ]; then
		missing[lagraph]='LAGRAPH=DIR is not set'
	elif [ ! -e "$lib" ]; then
		missing[lagraph]="no build/liblagraph.so in $LAGRAPH"
	elif ! "${CC:-cc}" -std=gnu17 -O2 -I "$LAGRAPH/include" \
		-o "$dir/lagraph_peer" "$here/lagraph_peer.c" "$lib" \
		"-Wl,-rpath,$(cd "${lib%/*}" && pwd)" -lgraphblas \
		2> "$dir/lagraph_peer.log"; then
		missing[lagraph]="it does not link, see $dir/lagraph_peer.log"
	fi
	if ! words=$(pkg-config --cflags --libs igraph 2> /dev/null); then
		missing[igraph]='no igraph here (libigraph-dev)'
	elif read -ra flags <<< "$words" &&
		! "${CC:-cc}" -std=gnu17 -O2 -o "$dir/igraph_peer" \
			"$here/igraph_peer.c" "${flags[@]}" \
			2> "$dir/igraph_peer.log"; then
		missing[igraph]="it does not link, see $dir/igraph_peer.log"
	fi
}
# tell_peers: a "key value" a line, for tell.
tell_peers() {
	local v
	v=$(git -C "$GAPBS" describe --always --tags 2> /dev/null || echo '?')
	echo "peer gapbs $v, $tunables OMP_NUM_THREADS=threads $spin"
	echo "peer lagraph ${missing[lagraph]-$(lagraph_version)}"
	echo "peer igraph ${missing[igraph]-$(pkg-config --modversion igraph)}"
}
lagraph_version() {
	awk '/define LAGRAPH_VERSION_(MAJOR|MINOR|UPDATE)/ { v = v s $3; s = "." }
		END { printf "%s", v }' "$LAGRAPH/include/LAGraph.h"
	ldd "$dir/lagraph_peer" | sed -n 's/.*=> .*\/libgraphblas\.so.*/&/p' |
		awk '{ print $3 }' | xargs -r readlink -f |
		sed 's/.*libgraphblas\.so\./ on SuiteSparse:GraphBLAS /'
}
# tell_huge PLAIN: does asking for huge pages do anything for GAPBS?
tell_huge() {
	local line huge
	line=$(with_peer "$runtime" -a -c "$CPUS" -i /dev/null "$GAPBS/bfs" \
		-f "$1" -n 1) || die "failed: $GAPBS/bfs"
	read -r _ _ _ _ huge <<< "$line"
	echo "peer gapbs: $(mb "$huge") MB in huge pages while it searches ${1##*/}"
}

# with_peer COMMAND...: a peer at its best.
with_peer() {
	env "$tunables" "$spin" OMP_NUM_THREADS="${threads:-1}" "$@"
}

# delta_of PEER GRAPH: what was fastest.
delta_of() {
	case $1/$2 in
	gapbs/kron*) echo 2 ;;
	gapbs/grid*) echo 128 ;;
	gapbs/*) echo 16 ;;
	lagraph/grid*) echo 512 ;;
	*) echo 64 ;;
	esac
}
# trials_of PROGRAM PEER GRAPH: slow ones search less.
trials_of() {
	local part=1
	[ "$1" != pagerank ] || part=4
	case $1/$2 in
	bfs/lagraph) part=4 ;;
	bfs/igraph) part=16 ;;
	sssp/lagraph) part=16 ;;
	sssp/igraph) part=32 ;;
	pagerank/lagraph) part=8 ;;
	pagerank/igraph) part=32 ;;
	esac
	echo $(((trials + part - 1) / part))
}
# peers_of GRAPH: igraph takes gigabytes for the large one.
peers_of() {
	echo gapbs lagraph
	[ "$1" = "kron$large" ] || echo igraph
}
