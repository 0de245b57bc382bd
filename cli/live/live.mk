# The program of the verbs that need an engine: $(BIN)/tektonc-engine. tektonc starts it (cli/launch.h).
LIVE_SRC = $(sort $(wildcard cli/live/*.c runtime/engine/*/*.c))
LIVE_OBJ = $(call obj,$(LIVE_SRC))

.PHONY: tektonc-engine
tektonc-engine: $(BIN)/tektonc $(BIN)/tektonc-engine
$(BIN)/tektonc-engine: $(LIVE_OBJ) $(filter-out $(OBJ)/cli/main.o $(OBJ)/cli/launch.o,$(CLI_OBJ)) $(call obj,$(ENGINE_SRC)) $(RT_OBJ) $(PLAY_OBJ) $(LIB_OBJ)
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(LINK) -o $@ $^ $(LIBS) -lcurl

# The entrypoint is part of it.
$(OBJ)/cli/live/program.o: $(BUILD)/entrypoint
$(OBJ)/cli/live/program.o: ALL_CFLAGS += -DENTRYPOINT_FILE='"$(BUILD)/entrypoint"'

include runtime/engine/docker/docker.mk
-include $(LIVE_OBJ:.o=.d)
