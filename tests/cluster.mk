# A real API server is asked whether it takes what tektonc writes: tests/cluster/dry_run.py. Needs $KUBECONFIG, or root and
# ../shared/cluster; else a counted skip. Not part of `make test`: bringing up a cluster for the first time takes minutes.
.PHONY: test-cluster
test-cluster: tektonc
	@python3 tests/cluster/dry_run.py -k $(BIN)/tektonc $(FILES)
