# Every command in README.md, CONTRIBUTING.md and docs/ is run; tests/docs/run.py says how. DOCS="docs/run.md" picks files, -v
# lists all commands. Part of test-cluster, since some want one.
.PHONY: test-docs
test-docs: tektonc tektonc-engine runtime-root
	@$(CLUSTER) python3 tests/docs/run.py --root=$(BUILD)/runtime-root $(BIN) $(DOCS)
