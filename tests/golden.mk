# Golden tests: tests/golden/run.py says what a case is. `make update-golden` writes what comes out now;
# GOLDEN="name name" picks cases.
.PHONY: test-golden test-rules mutate-rules update-golden
test: test-golden test-rules mutate-rules
test-golden: tektonc $(OBJ)/golden/roundtrip
	@python3 tests/golden/run.py $(BIN)/tektonc $(OBJ)/golden/roundtrip $(GOLDEN)
test-rules: tektonc # every diagnostic has a golden that triggers it
	@python3 tests/golden/run.py --rules $(BIN)/tektonc $(OBJ)/golden/roundtrip
mutate-rules: tektonc # turning a rule off changes what its golden shows
	@python3 tests/golden/run.py --mutate $(BIN)/tektonc $(OBJ)/golden/roundtrip
update-golden: tektonc $(OBJ)/golden/roundtrip
	@python3 tests/golden/run.py --update $(BIN)/tektonc $(OBJ)/golden/roundtrip $(GOLDEN)

$(OBJ)/golden/roundtrip: tests/golden/roundtrip.c $(LIB_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(LIB_OBJ) $(LIBS)

-include $(OBJ)/golden/roundtrip.d
