# Runs on this machine: what `tektonc run` does on the host engine, and a part of the corpus on it (RUN_ARGS=--all: all of
# it; --engine=kube --namespace=NAME: in a cluster). TEKTONC_RUNS=200: so many runs one after another.
.PHONY: test-run
test: test-run
test-run: tektonc-engine
	@python3 tests/run/host.py $(BIN)/tektonc
	@python3 tests/run/corpus.py $(RUN_ARGS) $(BIN)/tektonc

# The same in a cluster (tests/cluster/with-cluster.sh): part of make test-cluster.
.PHONY: test-run-kube
test-run-kube: tektonc-engine
	@tests/cluster/with-cluster.sh run python3 tests/run/kube.py $(BIN)/tektonc $(CASES)
