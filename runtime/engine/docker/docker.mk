# The helper of the containers' driver: a static program that is a part of tektonc-engine.
HELPER_SRC = runtime/engine/docker/helper/helper.c runtime/engine/local/files.c
$(BUILD)/docker-helper: $(HELPER_SRC) runtime/engine/local/files.h runtime/engine/docker/docker.mk
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(MUSL_CC) -std=c11 -D_GNU_SOURCE $(WARN) -I. -Os -static -s -o $@ $(HELPER_SRC)
$(OBJ)/runtime/engine/docker/helper.o: $(BUILD)/docker-helper
$(OBJ)/runtime/engine/docker/helper.o: ALL_CFLAGS += -DHELPER_FILE='"$(BUILD)/docker-helper"'
