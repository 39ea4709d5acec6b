# make test does everything CI does and installs what it needs.
.PHONY: test fuzz generate build bench sheets timings clean

test:
	@./.ci/test.sh

generate: ## Make generated files anew: pages, API, golden files stay as they are.
	go generate ./...

build:
	go build -o peerscrip .

fuzz: ## Looks for what breaks each reader of what strangers send, a minute each: make fuzz MOMENT=10s.
	@set -e; grep -rno --include='*_test.go' '^func Fuzz[A-Za-z]*' . | while IFS=: read -r file _ target; do \
		go test "$$(dirname $$file)" -run '^$$' -fuzz "^$${target#func }$$" -fuzztime $(or $(MOMENT),1m); \
	done

bench: build ## Writes the figures of docs/benchmarks.md anew: make bench QUICK=--quick.
	./peerscrip bench $(QUICK) --into docs/benchmarks.md
	./peerscrip bench peers --into docs/benchmarks.md --chart docs/images/peers.svg

sheets: ## Contact sheets of every page and state in docs/images, for eyes: make sheets LOOKS=de-dark-360.
	@./.ci/sheets.sh

timings: ## How long pages take over the line of a phone, their requests and bytes.
	PEERSCRIP_TIMINGS=1 go test ./services/e2e -run TestBrowserTimings -count=1 -v

clean:
	rm -rf data peerscrip
