# The sequencer against a made-up cluster (tests/runtime/sequencer) and against Tekton's scheduler (tests/oracle/scheduler.py).
# `make simulate` is the long form: SIMULATE_RUNS="-n 100000 -s 5" picks other runs.
SIM_SRC  = $(sort $(wildcard tests/runtime/sequencer/*.c))
# All that the runtime may use: no compiler.
SEQ_OBJ  = $(call obj,$(foreach d,base grammar plan,$(call src,$d) $(call gen,$d))) $(RT_OBJ)
SIM_BIN  = $(OBJ)/sequencer/simulate
SCHED_BIN = $(OBJ)/sequencer/scheduler
SIMULATE_RUNS ?= -n 1000000

.PHONY: test-sequencer test-scheduler simulate
test: test-sequencer test-scheduler
test-sequencer: $(SIM_BIN)
	@$(SIM_BIN) -n 20000
	@$(SIM_BIN) -b 20000
test-scheduler: tektonc $(SCHED_BIN)
	@TEKTONC=$(abspath $(BIN)/tektonc) SIMULATE=$(abspath $(SCHED_BIN)) python3 tests/oracle/scheduler.py $(SCHEDULER_ARGS)
simulate: $(SIM_BIN)
	$(SIM_BIN) $(SIMULATE_RUNS)
	$(SIM_BIN) -b 100000

$(SIM_BIN): $(SIM_SRC) tests/runtime/sequencer/sim.h $(SEQ_OBJ)
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(filter-out -MMD -MP,$(ALL_CFLAGS)) $(LDFLAGS) -o $@ $(SIM_SRC) $(SEQ_OBJ) $(LIBS)
$(SCHED_BIN): tests/oracle/simulate.c $(SEQ_OBJ) $(PLAY_OBJ)
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(filter-out -MMD -MP,$(ALL_CFLAGS)) $(LDFLAGS) -o $@ $< $(SEQ_OBJ) $(PLAY_OBJ) $(LIBS)
