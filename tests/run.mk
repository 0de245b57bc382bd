# Runs on this machine: the host engine on the corpus (a part of it; all by RUN_ARGS=--all).
.PHONY: test-run
test: test-run
test-run: tektonc-engine
	@python3 tests/run/corpus.py $(RUN_ARGS) $(BIN)/tektonc
