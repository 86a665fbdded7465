# Bash completion for the ocr tools; bash-completion loads it by command name.
# Options come from the tool's own --help: lines of blanks, then -x, --long.

_ocr() {
	local cur=${2#=} opts # --long=VALUE comes as three words: no '=' in ours
	COMPREPLY=()
	if [[ $cur != -* ]]; then
		compopt -o filenames 2> /dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
	fi
	opts=$("$1" --help 2> /dev/null |
		sed -n 's/^ \{1,\}\(-.*\)/\1/p' |
		sed 's/  .*//; s/\[=.*\]//; s/=[^ ,]*/=/g' |
		tr ',' ' ' | tr -s ' ' '\n' | grep '^-')
	mapfile -t COMPREPLY < <(compgen -W "$opts" -- "$cur")
	# an option that wants a value gets no blank after it
	[[ ${COMPREPLY[*]} == *= ]] && compopt -o nospace 2> /dev/null
} && complete -F _ocr ocr-bfs ocr-compress ocr-devices ocr-graph ocr-infer ocr-merge ocr-mkxclbin ocr-pagerank ocr-run ocr-sim ocr-softcard ocr-split ocr-sssp
