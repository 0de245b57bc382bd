# The entrypoint: one static musl program that shares no code with the rest. Needs BUILD; make -f works on its own too.
# Cross-building for arm64 (any C library's headers will do): MUSL_CC=aarch64-linux-gnu-gcc
# EP_STRIP=aarch64-linux-gnu-strip BUILD=build/arm64.
BUILD   ?= build
MUSL_CC ?= musl-gcc
EP_STRIP ?= strip

EP_SRC   = $(sort $(wildcard runtime/entrypoint/*.c))
EP_HDR   = $(sort $(wildcard runtime/entrypoint/*.h runtime/entrypoint/*.def))
EP_WARN  = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Werror
EP_FLAGS = -std=c11 -D_GNU_SOURCE $(EP_WARN) -I.
# Measured one by one: these, and not plain -Os, are what fits all of it into the limit.
EP_SMALL = -Oz -fno-pie -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables \
           -fno-stack-protector -fmerge-all-constants -fno-inline-functions-called-once -fno-thread-jumps -fno-tree-pre \
           $(EP_MACHINE)
# Instructions of 4 bytes each need more on arm64.
EP_AMD64 = $(findstring x86_64,$(shell $(MUSL_CC) -dumpmachine))
EP_MACHINE = $(if $(EP_AMD64),-mgeneral-regs-only -malign-data=abi)
EP_LIMIT = $(if $(EP_AMD64),32768,40960)
# sys.c has its own start-up code and memory functions; of musl remain the headers. Its functions are called by names
# that only the linker sees, and must not become calls of themselves.
EP_SYS   = -fno-lto -fno-tree-loop-distribute-patterns
EP_LINK  = -static -no-pie -nostdlib -Wl,--gc-sections -Wl,-z,noseparate-code -Wl,-z,norelro -Wl,--build-id=none
EP_OBJ   = $(EP_SRC:%.c=$(BUILD)/obj/entrypoint/%.o)
EP_SAN   = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

.PHONY: entrypoint test-entrypoint test-entrypoint-san bench-entrypoint
entrypoint: $(BUILD)/entrypoint

$(BUILD)/obj/entrypoint/%.o: %.c $(EP_HDR)
	@mkdir -p $(@D)
	$(if $(SAY),$(SAY) CC $<,@:)
	$(Q)$(MUSL_CC) $(EP_FLAGS) $(EP_SMALL) $(if $(findstring /sys.c,$<),$(EP_SYS),-flto) -c -o $@ $<

$(BUILD)/entrypoint: $(EP_OBJ) runtime/entrypoint/entrypoint.mk
	$(if $(SAY),$(SAY) LINK $@,@:)
	$(Q)$(MUSL_CC) $(EP_FLAGS) $(EP_SMALL) -flto $(EP_LINK) -o $@.full $(EP_OBJ)
	$(Q)$(EP_STRIP) -s -R .comment -R .eh_frame -o $@.part $@.full
	@size=$$(wc -c < $@.part); test $$size -le $(EP_LIMIT) || { echo "$@: $$size bytes, the limit is $(EP_LIMIT)" >&2; exit 1; }
	@mv $@.part $@

# The same sources with the sanitizers, on the system's libc: for the same tests.
$(BUILD)/entrypoint-san: $(EP_SRC) $(EP_HDR) runtime/entrypoint/entrypoint.mk
	@mkdir -p $(@D)
	$(CC) $(EP_FLAGS) -DENTRYPOINT_HOSTED $(EP_SAN) -o $@ $(EP_SRC)

test: test-entrypoint
test-entrypoint: $(BUILD)/entrypoint
	ENTRYPOINT=$(abspath $(BUILD))/entrypoint python3 tests/runtime/entrypoint/run.py

test-entrypoint-san: $(BUILD)/entrypoint-san
	ENTRYPOINT=$(abspath $(BUILD))/entrypoint-san python3 tests/runtime/entrypoint/run.py

bench-entrypoint: $(BUILD)/entrypoint
	ENTRYPOINT=$(abspath $(BUILD))/entrypoint python3 tests/bench/entrypoint.py
