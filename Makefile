# make test does everything CI does and installs what it needs.
.PHONY: test generate build vectors bench clean

test:
	@./.ci/test.sh

generate: ## Make generated files anew: pages, API, golden files stay as they are.
	go generate ./...

build:
	go build -o peerscrip .

bench: ## The figures of docs/benchmarks.md.
	go test -run '^$$' -bench . -benchmem ./jose ./db ./services/... ./web

clean:
	rm -rf data peerscrip
