#!/usr/bin/env bash
# Everything that must hold before a commit lands. Installs what it needs.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; }

need() { # need COMMAND PACKAGE: a Debian package, where the command is missing
	command -v "$1" >/dev/null 2>&1 && return
	step "installing $2"
	local sudo=""
	[ "$(id -u)" = 0 ] || sudo=sudo
	$sudo apt-get update -qq
	DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "$2" >/dev/null
}

need chromium chromium

step "format"
unformatted=$(gofmt -l $(git ls-files --cached --others --exclude-standard '*.go' | grep -v '_templ\.go$'))
[ -z "$unformatted" ] || { echo "not gofmt'ed: $unformatted"; exit 1; }

step "generated files are fresh"
before=$(git ls-files -z '*_templ.go' '*.gen.go' | xargs -0 -r sha256sum)
go generate ./...
after=$(git ls-files -z '*_templ.go' '*.gen.go' | xargs -0 -r sha256sum)
[ "$before" = "$after" ] || { diff <(echo "$before") <(echo "$after"); echo "run make generate and commit"; exit 1; }

step "vet"
go vet ./...

step "staticcheck"
go tool staticcheck ./...

step "tests, with the race detector"
go test -race -timeout 20m ./...
