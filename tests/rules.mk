# The pages about rules, made from the table of rules and from the goldens. `make rules` writes them; the test says when
# they are stale.
.PHONY: rules test-pages
test: test-pages
rules: tektonc
	@python3 scripts/rules.py $(BIN)/tektonc
test-pages: tektonc
	@python3 scripts/rules.py --check $(BIN)/tektonc
