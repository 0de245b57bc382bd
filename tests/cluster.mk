# Real clusters. tests/cluster/with-cluster.sh says which one: that of $KUBECONFIG, or ../shared/cluster (needs root; brought
# up, and down again); without both: counted skips.
#   test-cluster-dry   a real API server is asked whether it takes what tektonc writes; FILES="…": these instead
#   test-cluster-run   what tektonc writes is applied and followed to its end (tests/cluster/runs.py). Another cluster than
#                      ../shared/cluster must be able to pull the runtime's image, $TEKTONC_RUNTIME_IMAGE. CASES="name name":
#                      only these cases; CORPUS_RUNS="name name": only files of the corpus with these words;
#                      GITOPS="name name": only these of tests/cluster/run_gitops.py.
#   test-kill          controllers are killed, everywhere (tests/cluster/kill.py); a short form is part of test-cluster-run
CLUSTER = tests/cluster/with-cluster.sh run
.PHONY: test-cluster test-cluster-dry test-cluster-run test-kill test-engine
test-cluster: tektonc tektonc-engine runtime-root
	@$(CLUSTER) $(MAKE) -k --no-print-directory test-cluster-dry test-cluster-run test-run-kube test-docs
test-cluster-dry: tektonc
	@$(CLUSTER) python3 tests/cluster/dry_run.py -k $(BIN)/tektonc $(FILES)
test-cluster-run: tektonc runtime-root
	@status=0; \
	$(CLUSTER) python3 tests/cluster/run_cases.py $(BIN)/tektonc $(BUILD)/runtime-root $(CASES) || status=1; \
	$(CLUSTER) python3 tests/cluster/run_gitops.py $(BIN)/tektonc $(BUILD)/runtime-root $(GITOPS) || status=1; \
	$(CLUSTER) python3 tests/cluster/kill.py $(BIN)/tektonc $(BUILD)/runtime-root --short || status=1; \
	$(CLUSTER) python3 tests/cluster/run_corpus.py $(BIN)/tektonc $(BUILD)/runtime-root $(CORPUS_RUNS) || status=1; \
	exit $$status
test-kill: tektonc runtime-root
	@$(CLUSTER) python3 tests/cluster/kill.py $(BIN)/tektonc $(BUILD)/runtime-root $(SERIES)
# The controller against an API server that misbehaves: no cluster needed. VERBOSE=1 shows times.
test: test-engine
test-engine: tektonc controller $(BUILD)/entrypoint
	@python3 tests/runtime/engine/test_engine.py $(BIN)/tektonc $(BIN)/controller $(BUILD)/entrypoint $(CASES)
