# Fuzzing with clang's libFuzzer. `make fuzz-NAME` builds tests/fuzz/fuzz_NAME.c and runs it for FUZZ_SECONDS, beginning with
# seeds that tests/fuzz/seeds.py takes from the goldens and, where it is there, the corpus; what it finds stays in
# $(BUILD)/fuzz. `make test-fuzz` is the short form of all: every target over its seeds, the edges that it reaches on them,
# and a few seconds more. `make fuzz-replay-NAME FILES=…` runs a target over files, with any compiler.
FUZZ_CC      ?= clang
FUZZ_SECONDS ?= 60
FUZZ_NAMES    = $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FLAGS_fuzz    = -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# Everything in one archive; of what a target stands in for itself, nothing is taken. The entrypoint has names of its own.
FUZZ_LIB      = $(OBJ)/fuzz/libtektonc.a
FUZZ_EP_LIB   = $(OBJ)/fuzz/libentrypoint.a
FUZZ_EP_OBJ   = $(patsubst %.c,$(OBJ)/hosted/%.o,$(filter-out %/mem.c %/sys.c %/main.c,$(EP_SRC)))
FUZZ_LIB_OF   = $(if $(filter entrypoint,$(1)),$(FUZZ_EP_LIB),$(FUZZ_LIB))

.PHONY: test-fuzz fuzz-build $(FUZZ_NAMES:%=fuzz-%) $(FUZZ_NAMES:%=fuzz-replay-%)
test: test-fuzz
test-fuzz: tektonc
	@if command -v $(lastword $(FUZZ_CC)) >/dev/null; then \
	    $(MAKE) --no-print-directory VARIANT=fuzz CC="$(FUZZ_CC)" fuzz-build && \
	    python3 tests/fuzz/run.py $(BUILD)/tektonc $(BUILD)/fuzz $(FUZZ); \
	else echo "fuzz: 0 passed, 0 failed, 1 skipped"; fi
$(FUZZ_NAMES:%=fuzz-%): fuzz-%: tektonc
	@$(MAKE) --no-print-directory VARIANT=fuzz CC="$(FUZZ_CC)" fuzz-build
	python3 tests/fuzz/run.py --seconds $(FUZZ_SECONDS) $(BUILD)/tektonc $(BUILD)/fuzz $*
fuzz-build: $(FUZZ_NAMES:%=$(BUILD)/fuzz/fuzz_%)
$(FUZZ_NAMES:%=fuzz-replay-%): fuzz-replay-%: $(OBJ)/fuzz/replay_%
	$< $(FILES)

$(FUZZ_LIB): $(LIB_OBJ) $(RT_OBJ) $(PLAY_OBJ) $(filter-out %/main.o,$(CLI_OBJ) $(CONTROLLER_OBJ))
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^
$(FUZZ_EP_LIB): $(FUZZ_EP_OBJ)
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^
$(OBJ)/hosted/%.o: %.c $(EP_HDR)
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(EP_FLAGS) $(FLAGS_$(VARIANT)) -DENTRYPOINT_HOSTED -c -o $@ $<
$(OBJ)/fuzz/target_%.o: tests/fuzz/fuzz_%.c tests/fuzz/fuzz.h
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(ALL_CFLAGS) $(if $(filter entrypoint,$*),-DENTRYPOINT_HOSTED) $(if $(filter fuzz,$(VARIANT)),-DTEKTONC_LIBFUZZER) -c -o $@ $<
$(BUILD)/fuzz/fuzz_%: $(OBJ)/fuzz/target_%.o $(FUZZ_LIB) $(FUZZ_EP_LIB)
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(FLAGS_$(VARIANT)) -fsanitize=fuzzer $(LDFLAGS) -o $@ $< $(call FUZZ_LIB_OF,$*) $(LIBS)
$(OBJ)/fuzz/replay_%: $(OBJ)/fuzz/target_%.o $(FUZZ_LIB) $(FUZZ_EP_LIB)
	$(SAY) LINK $@
	$(Q)$(LINK) -o $@ $< $(call FUZZ_LIB_OF,$*) $(LIBS)

.SECONDARY: $(FUZZ_NAMES:%=$(OBJ)/fuzz/target_%.o)
-include $(FUZZ_NAMES:%=$(OBJ)/fuzz/target_%.d)
