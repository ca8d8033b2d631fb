# Everyday commands. The build itself is CMake's: see CMakePresets.json.
CMAKE ?= cmake
PREFIX ?= /usr/local
SETUP = sh tools/setup-debian.sh
SAMPLE = build/sample

.PHONY: all run release dev test asan asan-test tsan tsan-test fuzz cases install sample bench format tidy clean

all: release

# Build and do the main job twice: the sample host by its logs alone, then with its hives, WMI
# repository and Prefetch, which tell what is still there.
run: release sample
	@echo; echo '$$ didrun examine $(SAMPLE)/main'; build/release/didrun examine $(SAMPLE)/main
	@echo; echo '$$ didrun examine $(SAMPLE)/rest'; build/release/didrun examine $(SAMPLE)/rest

release:
	@$(SETUP) build
	@$(CMAKE) --preset release >build.log 2>&1 || { cat build.log; rm -f build.log; exit 1; }
	@rm -f build.log
	@$(CMAKE) --build --preset release

dev asan tsan:
	@$(SETUP) test
	@$(CMAKE) --preset $@ >build-$@.log 2>&1 || { cat build-$@.log; rm -f build-$@.log; exit 1; }
	@rm -f build-$@.log
	@$(CMAKE) --build --preset $@

# The command that README.md names. The last line is "N passed, N failed".
test: dev
	@sh tools/run-ctest.sh dev

asan-test: asan
	@sh tools/run-ctest.sh asan -LE house

tsan-test: tsan
	@sh tools/run-ctest.sh tsan -LE house

# Every fuzz target for SECONDS (10).
fuzz:
	@$(SETUP) fuzz
	@sh tools/fuzz-smoke.sh $(or $(SECONDS),10)

# Known truth over the shared evidence beside the checkout.
cases: release
	@sh tools/check-cases.sh build/release/didrun

# The sample host: an invented machine, written by tests/writer.
sample: build/dev/CMakeCache.txt
	@$(CMAKE) --build --preset dev --target writer
	@rm -rf $(SAMPLE) && build/dev/didrun-sample $(SAMPLE)

build/dev/CMakeCache.txt:
	@$(SETUP) test
	@$(CMAKE) --preset dev >/dev/null

# PREFIX is where it will stand, DESTDIR a folder before it (for packages).
install: release
	DESTDIR=$(DESTDIR) $(CMAKE) --install build/release --prefix $(PREFIX)

# Times beside other programs; what can be set stands in bench/run.sh, what they mean in docs/perf.md.
bench:
	@$(SETUP) bench
	@$(CMAKE) --preset bench >/dev/null
	@$(CMAKE) --build --preset bench --target didrun parse_bench make_log join_logs measure regf_bench files_bench >/dev/null
	@sh bench/run.sh build/bench

format:
	@git ls-files '*.c' '*.h' | xargs clang-format -i

tidy:
	@$(SETUP) all
	$(CMAKE) --preset tidy && $(CMAKE) --build --preset tidy

clean:
	rm -rf build
