# The program of the Job: $(BIN)/controller. libcurl brings HTTP and TLS. `make runtime-root`: the files of its image.
ENGINE_SRC     = $(sort $(wildcard runtime/engine/*.c))
CONTROLLER_SRC = $(call src,runtime/controller)
CONTROLLER_OBJ = $(call obj,$(ENGINE_SRC) $(CONTROLLER_SRC))
PLAN_OBJ       = $(filter $(OBJ)/base/% $(OBJ)/grammar/% $(OBJ)/gen/grammar/% $(OBJ)/plan/%,$(LIB_OBJ))

.PHONY: controller runtime-root image test-image
controller: $(BIN)/controller
$(BIN)/controller: $(CONTROLLER_OBJ) $(RT_OBJ) $(PLAN_OBJ)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(LIBS) -lcurl
runtime-root: $(BIN)/controller $(BUILD)/entrypoint
	@scripts/runtime-root.sh $(BUILD)/runtime-root $(BIN)/controller $(BUILD)/entrypoint

# make image: $(BUILD)/image.tar, an OCI image for amd64 and arm64. IMAGE_NAME names it. The other architecture is cross-built
# with libraries from Debian's packages.
IMAGE_NAME ?= docker.io/tektonc/runtime:latest
CROSS      = aarch64-linux-gnu-
ARM64      = $(BUILD)/arm64
SYSROOT    = $(abspath $(ARM64))/sysroot
image: $(BUILD)/image.tar
$(BUILD)/image.tar: runtime-root runtime-root-arm64 scripts/oci-image.py
	@scripts/oci-image.py $(BUILD)/runtime-root $@ $(IMAGE_NAME) amd64 $(ARM64)/runtime-root arm64
.PHONY: $(BUILD)/image.tar runtime-root-arm64
runtime-root-arm64:
	@scripts/sysroot.sh $(SYSROOT) arm64 libcurl4-openssl-dev libyaml-dev
	@$(MAKE) --no-print-directory BUILD=$(ARM64) CC="$(filter ccache,$(CC)) $(CROSS)gcc" MUSL_CC=$(CROSS)gcc EP_STRIP=$(CROSS)strip VARIANT=release \
	    CFLAGS="-isystem $(SYSROOT)/usr/include -isystem $(SYSROOT)/usr/include/aarch64-linux-gnu" \
	    LDFLAGS="$(foreach d,lib usr/lib,-L$(SYSROOT)/$d/aarch64-linux-gnu -Wl,-rpath-link=$(SYSROOT)/$d/aarch64-linux-gnu)" \
	    $(ARM64)/controller $(ARM64)/entrypoint
	@scripts/runtime-root.sh $(ARM64)/runtime-root $(ARM64)/controller $(ARM64)/entrypoint $(SYSROOT) $(CROSS)strip
# The second one is made of folders of its own, so that neither times nor order can hide.
test: test-image
test-image: image
	@mkdir -p $(BUILD)/again
	@umask 077; scripts/runtime-root.sh $(BUILD)/again/amd64 $(BIN)/controller $(BUILD)/entrypoint
	@umask 077; scripts/runtime-root.sh $(BUILD)/again/arm64 $(ARM64)/controller $(ARM64)/entrypoint $(SYSROOT) $(CROSS)strip
	@scripts/oci-image.py $(BUILD)/again/amd64 $(BUILD)/again.tar $(IMAGE_NAME) amd64 $(BUILD)/again/arm64 arm64 >/dev/null
	@python3 tests/runtime/image/test_image.py $(BUILD)/image.tar $(BUILD)/again.tar

-include $(CONTROLLER_OBJ:.o=.d)
