# The program of the Job: $(BIN)/controller. libcurl brings HTTP and TLS. `make runtime-root`: the files of its image.
ENGINE_SRC     = $(sort $(wildcard runtime/engine/*.c))
CONTROLLER_SRC = $(call src,runtime/controller)
CONTROLLER_OBJ = $(call obj,$(ENGINE_SRC) $(CONTROLLER_SRC))
PLAN_OBJ       = $(filter $(OBJ)/base/% $(OBJ)/grammar/% $(OBJ)/gen/grammar/% $(OBJ)/plan/%,$(LIB_OBJ))

.PHONY: controller runtime-root
controller: $(BIN)/controller
$(BIN)/controller: $(CONTROLLER_OBJ) $(RT_OBJ) $(PLAN_OBJ)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(LIBS) -lcurl
runtime-root: $(BIN)/controller $(BUILD)/entrypoint
	@scripts/runtime-root.sh $(BUILD)/runtime-root $(BIN)/controller $(BUILD)/entrypoint

-include $(CONTROLLER_OBJ:.o=.d)
