#!/usr/bin/env bash
# Everything that must hold before a commit lands. Installs what it needs: on a
# fresh Debian with Go, gcc, make and git that is Chromium, PostgreSQL and, where
# Node is missing or old, Node. A step that holds says one line; what a step said is
# shown when it fails.
set -euo pipefail
cd "$(dirname "$0")/.."

said=$(mktemp -d)
over() {
	kill $(jobs -p) 2>/dev/null || true # what runs beside the tests, when they failed
	rm -rf "$said" "${memory:-}"
}
trap over EXIT

# step NAME COMMAND...: runs a command and says how long it took, or what it
# said and that it failed.
step() {
	local name=$1 start=$SECONDS out
	shift
	out=$(mktemp -p "$said")
	if "$@" >"$out" 2>&1; then
		printf '== %s: %d s\n' "$name" $((SECONDS - start))
	else
		cat "$out"
		printf '== %s: FAILED after %d s\n' "$name" $((SECONDS - start))
		return 1
	fi
}

# loud NAME COMMAND...: a step whose lines are worth reading: a line for each
# package that was tested.
loud() {
	local name=$1 start=$SECONDS
	shift
	printf '== %s\n' "$name"
	"$@" 2>&1 | grep --line-buffered -v 'no test files'
	printf '== %s: %d s\n' "$name" $((SECONDS - start))
}

# install PACKAGE...: from Debian.
install() {
	local sudo=""
	[ "$(id -u)" = 0 ] || sudo=sudo
	$sudo apt-get update -qq
	DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "$@"
}

# install_server installs PostgreSQL's programs alone: without this Debian makes and
# starts a server, which the tests do themselves.
install_server() {
	local conf=/etc/postgresql-common/createcluster.conf sudo=""
	[ "$(id -u)" = 0 ] || sudo=sudo
	install postgresql-common
	$sudo sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' "$conf"
	install postgresql-15
}

# fetch_promtool takes the tool that tries alerts out of Prometheus's package, of which
# nothing else is wanted.
fetch_promtool() (
	cd "$said" && sudo=""
	[ "$(id -u)" = 0 ] || sudo=sudo
	$sudo apt-get update -qq && apt-get download -qq prometheus && dpkg -x prometheus_*.deb prometheus
)

# node20 ARGS...: Node 20 or newer. Debian's is older and fetches a newer one.
node20() {
	if [ "$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')" -ge 20 ] 2>/dev/null; then
		node "$@"
	else
		npx --yes --package=node@22 -- node "$@"
	fi
}

formatted() {
	local files
	files=$(git ls-files --cached --others --exclude-standard '*.go' | grep -v '_templ\.go$' | xargs gofmt -l)
	[ -z "$files" ] || { echo "not gofmt'ed: $files"; return 1; }
}

generated() { find . \( -name '*_templ.go' -o -name '*.gen.*' -o -path './static/wallet/bundle/*' -o -path './static/css/bundle.css' \) -type f | sort | xargs sha256sum; }

# fresh generates everything anew in a copy, since the tests read what is here.
fresh() (
	copy=$(mktemp -d -p "$said") &&
		git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$copy" &&
		cd "$copy" && before=$(generated) && go generate ./... || exit 1
	diff <(echo "$before") <(generated) || { echo "run make generate and commit the result"; exit 1; }
)

# The modules' young objects die soon: in more room for them, a tenth less is spent on looking.
modules() {
	node20 --max-semi-space-size=64 static/wallet_test/all.mjs bare &&
		node20 --max-semi-space-size=64 static/wallet_test/all.mjs page
}
types() { (cd static/wallet_test && npx --yes --package=typescript@7.0.2 -- tsc --project .); }

# The tests' databases wait for the disk more than they work: where there is
# room in memory, they go there.
if [ "$(df --output=avail -k /dev/shm 2>/dev/null | tail -1)" -gt 6000000 ] 2>/dev/null; then
	memory=$(mktemp -d /dev/shm/peerscrip-test-XXXXXX)
	export TMPDIR=$memory
fi

# On a new machine half of the time goes into compilers. SQLite's C is ready in
# a third of it when little is optimised.
export CGO_CFLAGS="-O1"

# Nobody debugs what is built here: linked without that, in half the time. Without
# the folder in what is compiled, it is the same in a copy.
export GOFLAGS="${GOFLAGS:-} -trimpath -ldflags=-w"

# The heaps of tests are a few megabytes, which the garbage collector would go
# through hundreds of times a second: an eighth of their processor time.
export GOGC=400

packages() {
	{ command -v chromium && command -v chromium-headless-shell; } >/dev/null 2>&1 || step "install Chromium" install chromium chromium-headless-shell || return 1
	compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || command -v postgres >/dev/null || step "install PostgreSQL" install_server || return 1
	command -v npx >/dev/null 2>&1 || step "install Node" install nodejs npm || return 1
	command -v promtool >/dev/null || step "fetch promtool" fetch_promtool
}

# The race detector slows tenfold, so it runs what can race: of the packages
# whose state goroutines share, the tests that start some; of those that go
# through every case of a long row, some cases (-short).
shared="./db ./services/broker ./services/market/world ./services/merchant ./services/merchant/world ./services/rig ./services/wallet/world"
races() { CGO_CFLAGS="-O0" go test -vet=off -race -short -timeout 15m -run "$(go run .ci/racing.go $shared)" $shared; }

reading() {
	step "format" formatted &&
		step "generated files are fresh" fresh &&
		step "vet" go vet ./... &&
		step "staticcheck" go tool staticcheck ./... &&
		step "tests of what can race" races
}

scripts() {
	step "the browser wallet's types" types &&
		step "the browser wallet's modules" modules
}

# beside NAME: runs a row of steps while others run, since each waits now and
# then, and there are two processors. together NAME: waits for it.
declare -A running
beside() {
	"$1" >"$said/$1" 2>&1 &
	running[$1]=$!
}
together() {
	local held=0
	wait "${running[$1]}" || held=$?
	cat "$said/$1"
	return $held
}

export PATH="$PATH:$said/prometheus/usr/bin"

beside packages
beside reading
step "build" go build ./...
together packages
beside scripts

# Every test once: every case, whole programs, browsers. These wait for pages
# and for each other's processes more than they compute, so more of them than
# there are processors run at a time, packages too, and the longest begin first.
loud "tests" go test -vet=off -timeout 15m -p 3 -parallel 8 ./services/e2e ./db ./services/wallet/world ./services/rig ./services/broker ./...
together reading
together scripts
