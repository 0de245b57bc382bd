# All scripts, as shellcheck judges them, where it is installed.
.PHONY: test-shell
test: test-shell
test-shell:
	@if command -v shellcheck >/dev/null; then \
	    n=$$(find scripts tests runtime packaging -name '*.sh' | wc -l); \
	    if find scripts tests runtime packaging -name '*.sh' -exec shellcheck {} +; then echo "shellcheck: $$n passed, 0 failed, 0 skipped"; \
	    else echo "shellcheck: 0 passed, 1 failed, 0 skipped"; exit 1; fi; \
	else echo "shellcheck: 0 passed, 0 failed, 1 skipped"; fi
