# Speed and memory, measured, not judged: see tests/bench/bench.py. BENCH_TASKS="100 1000" picks the sizes.
.PHONY: bench bench-compiler
bench: bench-compiler
$(BUILD)/bench/baseline: tests/bench/baseline.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE $(WARN) -O2 -o $@ $< -lyaml
bench-compiler: tektonc $(BUILD)/bench/baseline
	@python3 tests/bench/bench.py $(BIN)/tektonc $(BUILD)/bench/baseline $(BENCH_TASKS)

# What an input may grow in costs in proportion: see tests/bench/scale.py.
.PHONY: bench-scale
bench: bench-scale
bench-scale: tektonc
	@python3 tests/bench/scale.py $(BIN)/tektonc
# The runtime: entrypoint, controller, runs on a cluster beside bare Pods. BENCH_ROUNDS=5: so often.
.PHONY: bench-runtime
bench: bench-runtime
bench-runtime: tektonc controller runtime-root $(BUILD)/entrypoint
	@tests/cluster/with-cluster.sh run python3 tests/bench/cluster.py $(BIN)/tektonc $(BUILD)/runtime-root $(BIN)/controller $(BUILD)/entrypoint
