# Pictures: that they are sound (no card over another, no line without its tasks) and, where chromium is, that the page works.
.PHONY: test-view
test: test-view
test-view: tektonc
	@python3 tests/view/graph.py $(BIN)/tektonc
