#!/usr/bin/env bash
# Everything that must hold before a commit lands. Installs what it needs: on a
# fresh Debian with Go, gcc, make and git that is Chromium and, where Node is
# missing or old, Node.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; }

# install PACKAGE...: from Debian.
install() {
	step "installing $*"
	local sudo=""
	[ "$(id -u)" = 0 ] || sudo=sudo
	$sudo apt-get update -qq
	DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# node ARGS...: Node 20 or newer. Debian's is older and fetches a newer one.
node20() {
	if [ "$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')" -ge 20 ] 2>/dev/null; then
		node "$@"
	else
		command -v npx >/dev/null 2>&1 || install nodejs npm
		npx --yes --package=node@22 -- node "$@"
	fi
}

command -v chromium >/dev/null 2>&1 || install chromium

# The tests' databases wait for the disk more than they work: where there is
# room in memory, they go there.
if [ "$(df --output=avail -k /dev/shm 2>/dev/null | tail -1)" -gt 6000000 ] 2>/dev/null; then
	TMPDIR=$(mktemp -d /dev/shm/peerscrip-test-XXXXXX)
	export TMPDIR
	trap 'rm -rf "$TMPDIR"' EXIT
fi

step "format"
unformatted=$(git ls-files --cached --others --exclude-standard '*.go' | grep -v '_templ\.go$' | xargs gofmt -l)
[ -z "$unformatted" ] || { echo "not gofmt'ed: $unformatted"; exit 1; }

step "generated files are fresh"
generated() { git ls-files --cached --others --exclude-standard '*_templ.go' '*.gen.go' | sort | xargs sha256sum; }
before=$(generated)
go generate ./...
diff <(echo "$before") <(generated) || { echo "run make generate and commit the result"; exit 1; }

step "vet"
go vet ./...

step "staticcheck"
go tool staticcheck ./...

step "the browser wallet's modules"
(cd static/wallet_test && node20 --test .)
command -v npx >/dev/null 2>&1 || install nodejs npm
(cd static/wallet_test && npx --yes --package=typescript@7.0.2 -- tsc --project .)

# The detector slows tenfold. Under it, tests that go through every case of a
# long row (-short) go through some of them, and no whole programs are started.
step "tests with the race detector"
go test -race -short -timeout 15m ./...

step "all tests: every case, whole programs, browsers"
go test -timeout 15m ./...

# Every target's seeds ran above. Here what lies deepest is fuzzed for a moment:
# what a sender with good keys can put into each layer, body and attachment.
step "fuzzing"
fuzz() { go test "./$1" -run '^$' -fuzz "^$2\$" -fuzztime "$3"; }
fuzz jose FuzzInside 2s
fuzz services/scrip FuzzOpenBody 2s
fuzz services/scrip FuzzAttachments 1s
