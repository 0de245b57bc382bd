# Runs in containers, by Podman's service in namespaces and a root of its own (tests/docker/service.py); needs root, podman,
# busybox-static, else counted skips. $TEKTONC_TEST_DOCKER_HOST: another service, a real Docker say.
#   test-docker         our own cases; CASES="name name" picks some
#   test-docker-corpus  the runnable files of ../shared/corpus: takes some ten minutes; CORPUS_RUNS="name name" picks some
.PHONY: test-docker test-docker-corpus
test: test-docker
test-docker: tektonc-engine
	@python3 tests/docker/run_cases.py $(BIN)/tektonc $(CASES)
test-docker-corpus: tektonc-engine
	@python3 tests/docker/run_corpus.py $(BIN)/tektonc $(CORPUS_RUNS)

# Tekton's own conformance suite, from its Go module; needs go. ENGINES="docker kube" (kube: the cluster of $KUBECONFIG).
.PHONY: test-conformance
test-conformance: tektonc-engine
	@python3 tests/conformance/run.py $(BIN)/tektonc $(ENGINES)
