# Unit tests: every tests/unit/test_*.c is a program of its own, linked with the libraries and cmocka.
UNIT_BIN = $(patsubst tests/unit/%.c,$(OBJ)/unit/%,$(sort $(wildcard tests/unit/test_*.c)))

.PHONY: test-unit
test: test-unit
test-unit: $(UNIT_BIN)
	@sh tests/unit/run.sh $(UNIT_BIN)

$(OBJ)/unit/%: tests/unit/%.c $(LIB_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(LIB_OBJ) $(LIBS) -lcmocka

-include $(UNIT_BIN:=.d)
