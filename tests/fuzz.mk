# Fuzzing: `make fuzz-NAME` builds $(BUILD)/fuzz/fuzz_NAME from tests/fuzz/fuzz_NAME.c with clang's libFuzzer and runs it for
# FUZZ_SECONDS. `make fuzz-replay-NAME FILES=…` runs the same target over files, with any compiler.
FUZZ_CC      ?= clang
FUZZ_SECONDS ?= 60
FUZZ_FLAGS    = -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -DTEKTONC_LIBFUZZER
FUZZ_CFLAGS   = -std=c11 -D_GNU_SOURCE -I. -I$(GEN)
# Generated sources have no rule for fuzzing's own objects: all is compiled at once, by one command per target.
FUZZ_NAMES    = $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

.PHONY: $(FUZZ_NAMES:%=fuzz-%) $(FUZZ_NAMES:%=fuzz-replay-%)
$(FUZZ_NAMES:%=fuzz-%): fuzz-%: $(BUILD)/fuzz/fuzz_%
	@mkdir -p $(BUILD)/fuzz/corpus_$*
	$< -max_total_time=$(FUZZ_SECONDS) -timeout=5 -rss_limit_mb=2048 -print_final_stats=1 \
	    $(if $(wildcard tests/fuzz/$*.dict),-dict=tests/fuzz/$*.dict) $(FUZZ_ARGS) $(BUILD)/fuzz/corpus_$* $(wildcard tests/fuzz/seeds_$*)
$(FUZZ_NAMES:%=fuzz-replay-%): fuzz-replay-%: $(OBJ)/fuzz/replay_%
	$< $(FILES)

$(BUILD)/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(LIB_SRC) $(wildcard base/*.h grammar/*.h plan/*.h compiler/*.h compiler/*/*.h)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) $(FUZZ_FLAGS) -o $@ $< $(LIB_SRC) $(LIBS)
$(OBJ)/fuzz/replay_%: tests/fuzz/fuzz_%.c $(UNIT_LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(UNIT_LIB) $(LIBS)
