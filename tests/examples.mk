# The pipelines of examples/: checked, compiled, and played by their own cases.
.PHONY: test-examples
test: test-examples
test-examples: tektonc tektonc-engine
	@python3 tests/examples/run.py $(BIN)/tektonc
# What tektonc test plays is what happens on the host engine.
.PHONY: test-rehearsed
test: test-rehearsed
test-rehearsed: tektonc tektonc-engine
	@python3 tests/examples/rehearsed.py $(BIN)/tektonc
