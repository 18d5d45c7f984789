# Thin targets: what takes more than two lines stands in .ci/.
PREFIX ?= /usr/local
DESTDIR ?=

.DEFAULT_GOAL := help
.PHONY: help demo test soak fuzz bench build lint format install

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | \
	    while IFS='|' read -r name text; do printf '  %-14s %s\n' "$$name" "$$text"; done

demo: ## recover the fixture's web shop to just before its DROP TABLE
	.ci/prerequisites.sh
	.ci/demo.sh

test: ## build and run every test, and the package that embeds the libraries
	.ci/prerequisites.sh
	.ci/test.sh

soak: ## replay random logs until something fails, SOAK_MINUTES=10 at most
	.ci/prerequisites.sh
	.ci/soak.sh

fuzz: ## fuzz each part of the parser, guided by coverage; FUZZ_MINUTES=N FUZZ_TARGETS="…"
	.ci/prerequisites.sh
	.ci/fuzz.sh

bench: ## race against mariadb-binlog and the server's own applier; BENCH=short for 5 minutes
	.ci/prerequisites.sh sysbench python3 /usr/bin/time=time
	.ci/bench/run.sh

build: ## build the release binary, .build/release/lastgood
	swift build -c release --product lastgood

lint: ## check the format, build with warnings as errors, run the house rules
	.ci/prerequisites.sh
	.ci/lint.sh

format: ## format every Swift file in place
	swift format --in-place --recursive Package.swift Sources Tests

install: ## install lastgood under PREFIX (/usr/local), below DESTDIR
	DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' .ci/install.sh
