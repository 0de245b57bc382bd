# tektonc: one short Makefile. `make` leaves $(BUILD)/tektonc; VARIANT=release (default) | debug | san.
# Sources are found by folder; generated code (re2c, bison, embedded templates) goes into $(BUILD)/gen.
.DEFAULT_GOAL = all
VARIANT ?= release
BUILD   ?= build
CC      ?= cc
RE2C    ?= re2c
BISON   ?= bison

FLAGS_release = -O2 -g
FLAGS_debug   = -O0 -g3
FLAGS_san     = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
WARN    = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Werror
OBJ     = $(BUILD)/obj/$(VARIANT)
GEN     = $(BUILD)/gen
BIN     = $(BUILD)$(if $(filter-out release,$(VARIANT)),/$(VARIANT))
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(WARN) $(FLAGS_$(VARIANT)) -I. -I$(GEN) -MMD -MP $(CFLAGS)
LIBS    = -lyaml -lm
# make V=1 shows the commands.
Q       = $(if $(V),,@)
SAY     = $(if $(V),@:,@printf '  %-5s %s\n')
LINK    = $(CC) $(FLAGS_$(VARIANT)) $(LDFLAGS)

# --- the libraries, from the lowest layer up -------------------------------------------------------------------
src  = $(sort $(wildcard $(1)/*.c $(1)/*/*.c))
gen  = $(patsubst %.re,$(GEN)/%.re.c,$(sort $(wildcard $(1)/*.re))) $(patsubst %.y,$(GEN)/%.y.c,$(sort $(wildcard $(1)/*.y)))
include templates/templates.mk
LIB_SRC  = $(foreach d,base grammar plan compiler,$(call src,$d) $(call gen,$d)) $(TEMPLATES_SRC)
CLI_SRC  = $(sort $(wildcard cli/*.c cli/diff/*.c cli/test/*.c)) $(call src,view)
RT_SRC   = $(call src,runtime/sequencer)
PLAY_SRC = $(call src,runtime/rehearsal)
obj  = $(patsubst %.c,$(OBJ)/%.o,$(patsubst $(GEN)/%,gen/%,$(1)))
LIB_OBJ  = $(call obj,$(LIB_SRC))
CLI_OBJ  = $(call obj,$(CLI_SRC))
RT_OBJ   = $(call obj,$(RT_SRC))
PLAY_OBJ = $(call obj,$(PLAY_SRC))
Y_HDR    = $(patsubst %.y,$(GEN)/%.y.h,$(sort $(wildcard grammar/*.y)))

.PHONY: all tektonc check test clean
all: $(BIN)/tektonc $(BIN)/tektonc-engine $(BUILD)/entrypoint
tektonc: $(BIN)/tektonc

$(BIN)/tektonc: $(LIB_OBJ) $(RT_OBJ) $(PLAY_OBJ) $(CLI_OBJ)
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(LINK) -o $@ $^ $(LIBS)

$(OBJ)/gen/%.o: $(GEN)/%.c
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(ALL_CFLAGS) -Wno-unused-function -Wno-missing-prototypes -c -o $@ $<
$(OBJ)/%.o: %.c | $(Y_HDR)
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<
%.c: %.y # not make's own rule: grammar/cel.c is no product of grammar/cel.y
ifneq ($(wildcard premade/grammar),) # a release: what re2c and bison made is there
$(GEN)/%.re.c: premade/%.re.c
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(GEN)/%.y.c $(GEN)/%.y.h &: premade/%.y.c premade/%.y.h
	@mkdir -p $(@D)
	$(Q)cp premade/$*.y.c premade/$*.y.h $(@D)/
else
$(GEN)/%.re.c: %.re $(Y_HDR)
	@mkdir -p $(@D)
	$(SAY) RE2C $<
	$(Q)$(RE2C) -W -Werror --no-generation-date -i -o $@ $<
$(GEN)/%.y.c $(GEN)/%.y.h &: %.y
	@mkdir -p $(@D)
	$(SAY) BISON $<
	$(Q)$(BISON) -Wall -Werror --no-lines -o $(GEN)/$*.y.c --header=$(GEN)/$*.y.h $<
endif

.SECONDARY: $(Y_HDR) $(filter $(GEN)/%,$(LIB_SRC))
-include $(wildcard runtime/entrypoint/entrypoint.mk runtime/controller/controller.mk cli/live/live.mk packaging/*.mk tests/*.mk)
-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(RT_OBJ:.o=.d) $(PLAY_OBJ:.o=.d)

# --- who may include whom (docs/architecture.md) ------------------------------------------------------------------
check:
	@scripts/check-layers.sh
test: check

# The same tests on the sanitizers' build.
.PHONY: test-san
test-san:
	@$(MAKE) -k --no-print-directory VARIANT=san test-unit test-golden test-corpus test-entrypoint-san test-sequencer test-engine | sed -E '/: [0-9]+ passed/s/^/sanitizers: /'
test: test-san
test: test-cluster # the last one: the cluster comes up meanwhile (scripts/test.sh)

clean:
	rm -rf $(BUILD)
