# Hosts for .bats files, see hosts/mkhosts.  Use: load helper; load hosts
# shellcheck shell=bash
# shellcheck disable=SC2154 # helper.bash sets top_srcdir, top_builddir

# hosts_up N [I:KEY=VALUE...]: h1 to hN, for ssh and in $OCR_HOSTS; they end
# with the test at the latest.
hosts_up() {
	needs_sshd
	local code=0
	mkhosts -o $$ up "$@" || code=$?
	[ $code != 77 ] || skip 'sshd does not let this user in'
	[ $code = 0 ] || return
	eval "$(mkhosts env)"
}
hosts_down() { mkhosts down; }
mkhosts() {
	"$top_srcdir/tests/hosts/mkhosts" -d "$BATS_TEST_TMPDIR/hosts" "$@"
}

# on_host I COMMAND...: there, without ssh.
on_host() { mkhosts on "$@"; }
# kill_worker I: all that runs there but sshd, as soon as there is something;
# kill_session I: the sshd of its connections.
kill_worker() { eventually mkhosts kill "$1"; }
kill_session() { eventually mkhosts kill "$1" session; }
# freeze I [worker|all]; thaw I [worker|all].
freeze() { eventually mkhosts freeze "$@"; }
thaw() { mkhosts thaw "$@"; }
# link I up|down|slow RATE|fast: after needs_links.
link() { mkhosts link "$@"; }
# stop_host I, start_host I: power.
stop_host() { mkhosts stop "$1"; }
start_host() { mkhosts start "$1"; }
# is_idle I: nothing of ours is left there, not even an orphan.
is_idle() { [ -z "$(mkhosts pids "$1"; mkhosts pids "$1" session)" ]; }
assert_idle() {
	eventually is_idle "$1" && return 0
	shows "left on h$1" "$(mkhosts pids "$1" | xargs -r ps -o pid=,args= -p)"
	return 1
}

needs_sshd() {
	if ! [ -x "${SSHD:-/usr/sbin/sshd}" ] || ! command -v ssh > /dev/null; then
		skip 'no sshd (openssh-server, openssh-client)'
	fi
}
# needs_links: after hosts_up.
needs_links() {
	[ "$(cat "$BATS_TEST_TMPDIR/hosts/mode")" = netns ] ||
		skip 'no network namespaces here (root and CAP_SYS_ADMIN)'
}

# With it in FAKERSH h1 is there before the others, who may do all else.
export LATER='h2:wait=1000 h3:wait=1000'

# fake_hosts N: without a network, for $OCR_RSH; faults in $FAKERSH, see
# hosts/fakersh.c.
fake_hosts() {
	export FAKERSH='' FAKERSH_LOG=$BATS_TEST_TMPDIR/fakersh.log
	export OCR_HOSTS=$BATS_TEST_TMPDIR/fake_hosts.txt
	export OCR_RSH="$top_builddir/tests/hosts/fakersh {host}"
	seq -f 'h%.0f' "$1" > "$OCR_HOSTS"
}
# assert_fault HOST FAULT: it came about.
assert_fault() {
	grep -q "^$1 [0-9]* $2\$" "$FAKERSH_LOG" && return 0
	shows 'what fakersh did' "$(cat "$FAKERSH_LOG")"
	return 1
}
