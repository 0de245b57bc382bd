# What users get: the installed tree, the library from a C program, the release tarball without re2c and bison.
.PHONY: test-install test-deb
test: test-install
test-install: all lib man completions $(BIN)/controller
	@python3 tests/install/run.py "$(MAKE)" "$(CC)" $(BUILD)
# Not part of `test`: builds everything once more. Needs debhelper, fakeroot and lintian.
test-deb: deb
	@lintian --fail-on error,warning $(BUILD)/deb/*.changes && echo "debian packages: 1 passed, 0 failed, 0 skipped"
