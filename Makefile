# make demo   what a newcomer should run first
# make test   every test, as continuous integration runs it
# make check  build, vet and the unit tests: fast, run it all the time
# make browser  what is written for people, in a real browser
# make bench  the engine and the record beside their peers, a quarter of an hour; doc/performance.md says how to read it
# make faults  kill -9, full disks, power cuts, flipped bytes, insiders: an hour or more; doc/reliability.md


GO ?= go
LOGS ?= $(abspath $(firstword $(wildcard $(CANDOUR_DATA) ../shared/data)))
FOUNDING = packs/ew-investigation/examples/case-01.jsonl

.PHONY: demo test check lint race postgres verifier browser stress fuzz faults bench

bin/candour: $(shell find cmd internal packs -name '*.go' -o -name '*.yaml' -o -name '*.jsonl' -o -name '*.html' -o -name '*.css' -o -name '*.sql') $(wildcard *.go) go.mod go.sum
	$(GO) build -trimpath -o $@ ./cmd/candour

bin/candour-verify: $(wildcard *.go) $(wildcard cmd/candour-verify/*.go) go.mod
	$(GO) build -trimpath -o $@ ./cmd/candour-verify

demo: bin/candour bin/candour-verify
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

# The tests of the store on PostgreSQL start a server of their own, in a directory of their own.
postgres:
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql procps >/dev/null; } || true
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || [ "$$CANDOUR_NO_POSTGRES" = 1 ] || { echo "the tests of the store on PostgreSQL need one: install postgresql, then run make test again; or set CANDOUR_NO_POSTGRES=1"; exit 1; }

test: lint postgres race
	CANDOUR_DATA="$(LOGS)" $(GO) test -count=1 ./...
	@$(MAKE) --no-print-directory verifier browser

# The second verifier, on vectors of its own and on the frozen ones.
verifier:
	@command -v node >/dev/null || { echo "the second verifier needs Node 20 or later: install it, then run make verifier again"; exit 1; }
	node --test web/verify/*.test.mjs

# The browser is that of the system; CHROMIUM names another.
CHROMIUM ?= /usr/bin/chromium

browser: bin/candour
	@command -v node >/dev/null && command -v npm >/dev/null || { echo "the browser tests need Node 20.10 or later with npm: install them, then run make browser again"; exit 1; }
	@test -x "$(CHROMIUM)" || { command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null; } || true
	@test -x "$(CHROMIUM)" || { echo "the browser tests need Chromium at $(CHROMIUM), and the fonts called Liberation: install chromium and fonts-liberation, or name one with CHROMIUM=, then run make browser again"; exit 1; }
	@test web/test/node_modules/.package-lock.json -nt web/test/package-lock.json || (cd web/test && npm ci --no-audit --no-fund)
	cd web/test && CHROMIUM="$(CHROMIUM)" npm test

# A report on a hundred thousand cases, an attachment of 2 GB, every example through a record.
stress:
	CANDOUR_STRESS=1 $(GO) test ./internal/report -run TestManyCases -v
	CANDOUR_STRESS=1 $(GO) test ./internal/vault ./internal/docket -v -timeout 30m

# Every reader, each for FUZZTIME; what is found is kept in testdata/fuzz.
FUZZTIME ?= 30s
FUZZ = ./FuzzParseEnvelope ./FuzzOpenNote ./FuzzParsePolicy ./FuzzEntries ./FuzzVerify \
	$(addprefix internal/,timeline/FuzzRead timeline/FuzzRoundTrip exchange/FuzzReadXES exchange/FuzzReadXESGzip exchange/FuzzParseMapping \
	exchange/FuzzImport exchange/FuzzRows exchange/FuzzParseLayout \
	timeline/FuzzLines timeline/FuzzScan vault/FuzzOpen vault/FuzzAttachment vault/FuzzRecover vault/FuzzKeyFiles vault/FuzzRow \
	witness/FuzzParseSubmission witness/FuzzParseLeaves witness/FuzzTakeAnswer pack/FuzzLoad pack/FuzzLoadFiles pack/FuzzParseProof expr/FuzzCompile day/FuzzParseMoment day/FuzzParseDuration)

fuzz:
	@set -e; for f in $(FUZZ); do echo "$$f for $(FUZZTIME)"; \
		$(GO) test ./$${f%/*} -run xxx -fuzz "^$${f##*/}$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s -parallel 1; done

# The long forms of internal/faults. What is by chance follows from CANDOUR_SEED, which is
# printed; CANDOUR_FAULTS_SHARE makes so many percent of the rounds, RUN chooses among the tests.
RUN ?= .

faults: export CANDOUR_FAULTS = long
faults:
	$(GO) test -count=1 -v -timeout 24h -run '$(RUN)' ./internal/faults

# A module of its own, so that its peers are no dependencies of the program. Every
# peer must give the right counts before anything is timed.
bench: export CANDOUR_DATA := $(abspath $(or $(CANDOUR_DATA),$(LOGS)))
bench:
	cd bench && $(GO) vet ./... && $(GO) test -count=1 ./... && $(GO) run ./cmd/compare && $(GO) run ./cmd/record
