# Real runs: what tektonc writes is applied to a cluster and followed to its end (tests/cluster/runs.py). Needs $KUBECONFIG and
# an image of the runtime there ($TEKTONC_RUNTIME_IMAGE), or root and ../shared/cluster; else a counted skip. Takes some
# 15 minutes. CASES="name name": only these cases; CORPUS_RUNS="name name": only files of the corpus with these words.
.PHONY: test-cluster-run test-engine
test-cluster-run: tektonc runtime-root
	@status=0; \
	python3 tests/cluster/run_cases.py $(BIN)/tektonc $(BUILD)/runtime-root $(CASES) || status=1; \
	python3 tests/cluster/run_corpus.py $(BIN)/tektonc $(BUILD)/runtime-root $(CORPUS_RUNS) || status=1; \
	exit $$status
# The controller against an API server that misbehaves: no cluster needed. VERBOSE=1 shows times.
test: test-engine
test-engine: tektonc controller $(BUILD)/entrypoint
	@python3 tests/runtime/engine/test_engine.py $(BIN)/tektonc $(BIN)/controller $(BUILD)/entrypoint $(CASES)
