# Every command in README.md, CONTRIBUTING.md and docs/ is run; tests/docs/run.py says how. DOCS="docs/run.md" picks files, -v
# lists all commands.
.PHONY: test-docs
test: test-docs
test-docs: tektonc tektonc-engine
	@python3 tests/docs/run.py $(BIN) $(DOCS)
