# Malformed and malicious inputs, with limits of CPU time and memory. ROBUST="words" picks cases, ROBUST_VERBOSE=1 measures.
.PHONY: test-robust
test: test-robust
test-robust: tektonc
	@ROBUST_SCALE=$(if $(filter san,$(VARIANT)),10,1) python3 tests/robust/robust.py $(BIN)/tektonc $(ROBUST)
