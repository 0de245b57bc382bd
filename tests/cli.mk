# Tests of the command line that goldens can't show: several runs over one folder. Linked like tektonc, but for its main.
CLI_TEST_BIN = $(patsubst tests/cli/%.c,$(OBJ)/clitest/%,$(sort $(wildcard tests/cli/test_*.c)))

.PHONY: test-cli test-formats
test: test-cli test-formats
# What programs read of check; SARIF_SCHEMA=sarif-schema-2.1.0.json holds SARIF against the standard's schema, too.
test-formats: tektonc
	@python3 tests/cli/formats.py $(BIN)/tektonc
test-cli: $(CLI_TEST_BIN) tektonc
	@sh tests/unit/run.sh $(CLI_TEST_BIN)
	@python3 tests/cli/killed.py $(BIN)/tektonc
	@python3 tests/cli/testcases.py $(BIN)/tektonc
	@python3 tests/cli/gitops.py $(BIN)/tektonc
	@python3 tests/cli/secrets.py $(BIN)/tektonc
	@python3 tests/cli/cli.py $(BIN)/tektonc

$(OBJ)/clitest/%: tests/cli/%.c $(LIB_OBJ) $(RT_OBJ) $(PLAY_OBJ) $(CLI_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(filter-out $(OBJ)/cli/main.o,$(CLI_OBJ)) $(LIB_OBJ) $(RT_OBJ) $(PLAY_OBJ) $(LIBS) -lcmocka

-include $(CLI_TEST_BIN:=.d)
