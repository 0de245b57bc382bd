# What tektonc makes of the corpus against what Tekton makes of it. Without the corpus: two counted skips.
.PHONY: test-corpus test-oracle
test: test-corpus test-oracle
test-corpus: tektonc
	@status=0; \
	TEKTONC=$(abspath $(BIN)/tektonc) python3 tests/oracle/corpus.py $(CORPUS_ARGS) || status=1; \
	TEKTONC=$(abspath $(BIN)/tektonc) python3 tests/oracle/verdicts.py $(CORPUS_ARGS) || status=1; \
	exit $$status
# The comparison's own tests: that each rule hides what it is about and nothing beside it.
test-oracle:
	@python3 tests/oracle/test_comparison.py
