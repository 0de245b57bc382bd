# The pipelines of examples/: checked, compiled, and played by their own cases.
.PHONY: test-examples
test: test-examples
test-examples: tektonc tektonc-engine
	@python3 tests/examples/run.py $(BIN)/tektonc
