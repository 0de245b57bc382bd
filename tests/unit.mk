# Unit tests: every tests/unit/test_*.c is a program of its own, linked with what it needs of the libraries and cmocka.
UNIT_BIN = $(patsubst tests/unit/%.c,$(OBJ)/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
UNIT_LIB = $(OBJ)/unit/libtektonc.a

.PHONY: test-unit
test: test-unit
test-unit: $(UNIT_BIN)
	@sh tests/unit/run.sh $(UNIT_BIN)

$(UNIT_LIB): $(LIB_OBJ) $(RT_OBJ) $(PLAY_OBJ)
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^
$(OBJ)/unit/%: tests/unit/%.c $(UNIT_LIB)
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(UNIT_LIB) $(LIBS) -lcmocka

-include $(UNIT_BIN:=.d)
