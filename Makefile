# make demo   what a newcomer should run first
# make test   every test, as continuous integration runs it
# make check  build, vet and the unit tests: fast, run it all the time
# make bench  the engine beside its peers, some minutes; doc/performance.md says how to read it


GO ?= go
LOGS ?= $(abspath $(firstword $(wildcard $(CANDOUR_DATA) ../shared/data)))
FOUNDING = packs/ew-investigation/examples/case-01.jsonl

.PHONY: demo test check lint race fuzz bench

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

# Every reader, each for FUZZTIME; what is found is kept in testdata/fuzz.
FUZZTIME ?= 30s
FUZZ = timeline/FuzzRead timeline/FuzzRoundTrip exchange/FuzzReadXES exchange/FuzzReadXESGzip exchange/FuzzParseMapping \
	pack/FuzzLoad pack/FuzzLoadFiles pack/FuzzParseProof expr/FuzzCompile day/FuzzParseMoment day/FuzzParseDuration

fuzz:
	@set -e; for f in $(FUZZ); do echo "$$f for $(FUZZTIME)"; \
		$(GO) test ./internal/$${f%/*} -run xxx -fuzz "^$${f#*/}$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s -parallel 1; done

# A module of its own, so that its peers are no dependencies of the program. Every
# peer must give the right counts before anything is timed.
bench: export CANDOUR_DATA := $(abspath $(or $(CANDOUR_DATA),$(LOGS)))
bench:
	cd bench && $(GO) vet ./... && $(GO) test -count=1 ./... && $(GO) run ./cmd/compare
