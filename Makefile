# make demo   what a newcomer should run first
# make test   every test, as continuous integration runs it
# make check  build, vet and the unit tests: fast, run it all the time


GO ?= go
LOGS ?= $(abspath $(firstword $(wildcard $(CANDOUR_DATA) ../shared/data)))
FOUNDING = packs/ew-investigation/examples/case-01.jsonl

.PHONY: demo test check lint race fuzz

bin/candour: $(shell find cmd internal packs -name '*.go' -o -name '*.yaml' -o -name '*.jsonl') go.mod go.sum
	$(GO) build -trimpath -o $@ ./cmd/candour

demo: bin/candour
	@sh cmd/demo.sh "$(LOGS)"

check:
	$(GO) build ./...
	$(GO) vet ./...
	$(GO) test ./...

lint:
	@test -z "$$(gofmt -l .)" || { echo "gofmt these files:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

race:
	@command -v gcc >/dev/null || { command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq gcc libc6-dev >/dev/null; } || true
	@command -v gcc >/dev/null || { echo "the race detector needs a C compiler: install gcc and libc6-dev, then run make test again"; exit 1; }
	CGO_ENABLED=1 env -u CANDOUR_DATA $(GO) test -race ./internal/...

test: lint race
	CANDOUR_DATA="$(LOGS)" $(GO) test -count=1 ./...

fuzz:
	$(GO) test ./internal/timeline -run xxx -fuzz FuzzRead -fuzztime 30s
	$(GO) test ./internal/exchange -run xxx -fuzz '^FuzzImport$$' -fuzztime 30s
	$(GO) test ./internal/exchange -run xxx -fuzz '^FuzzRows$$' -fuzztime 30s
	$(GO) test ./internal/exchange -run xxx -fuzz '^FuzzParseLayout$$' -fuzztime 30s
