# libtektonc, make install, make dist, make deb.
VERSION   := $(shell sed -n 's/^\#define TEKTONC_VERSION "\(.*\)"/\1/p' cli/version.h)
PREFIX    ?= /usr/local
BINDIR     = $(DESTDIR)$(PREFIX)/bin
LIBEXECDIR = $(DESTDIR)$(PREFIX)/libexec/tektonc
LIBDIR     = $(DESTDIR)$(PREFIX)/lib
DATADIR    = $(DESTDIR)$(PREFIX)/share
LD        ?= ld
OBJCOPY   ?= objcopy
SHELLS     = bash zsh fish

# --- the library: one object in which only its own names are left -------------------------------------------------
LIBRARY_OBJ = $(call obj,$(sort $(wildcard lib/*.c)))
LIBRARY_USES = $(filter-out $(OBJ)/cli/main.o $(OBJ)/cli/launch.o,$(CLI_OBJ)) $(RT_OBJ) $(PLAY_OBJ) $(LIB_OBJ)
.PHONY: lib man completions install uninstall dist deb
lib: $(BIN)/libtektonc.a $(BIN)/tektonc.pc
$(OBJ)/lib/uses.a: $(LIBRARY_USES)
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^
$(BIN)/libtektonc.a: $(LIBRARY_OBJ) $(OBJ)/lib/uses.a
	@mkdir -p $(@D)
	$(SAY) LIB $@
	$(Q)$(LD) -r -o $(OBJ)/lib/libtektonc.o $^
	$(Q)$(OBJCOPY) --wildcard --keep-global-symbol='tektonc_*' $(OBJ)/lib/libtektonc.o
	@rm -f $@
	$(Q)$(AR) rcs $@ $(OBJ)/lib/libtektonc.o
$(BIN)/tektonc.pc: packaging/tektonc.pc.in cli/version.h packaging/install.mk FORCE
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' $< >$@.tmp
	@cmp -s $@.tmp $@ && rm $@.tmp || mv $@.tmp $@
FORCE:

# --- made by the program itself -----------------------------------------------------------------------------------
man: $(BUILD)/man/tektonc.1
$(BUILD)/man/tektonc.1: $(BIN)/tektonc
	@mkdir -p $(@D)
	$(Q)$< man >$@.tmp && mv $@.tmp $@
completions: $(SHELLS:%=$(BUILD)/completion/%)
$(BUILD)/completion/%: $(BIN)/tektonc
	@mkdir -p $(@D)
	$(Q)$< completion $* >$@.tmp && mv $@.tmp $@

install: all lib man completions $(BIN)/controller
	install -D -m 0755 $(BIN)/tektonc $(BINDIR)/tektonc
	for name in kubectl-tektonc tkn-tektonc tektonc-krm; do ln -sf tektonc $(BINDIR)/$$name; done
	install -D -m 0755 $(BIN)/tektonc-engine $(LIBEXECDIR)/tektonc-engine
	install -D -m 0755 $(BIN)/controller $(LIBEXECDIR)/controller
	install -D -m 0755 $(BUILD)/entrypoint $(LIBEXECDIR)/entrypoint
	install -D -m 0644 $(BUILD)/man/tektonc.1 $(DATADIR)/man/man1/tektonc.1
	install -D -m 0644 $(BUILD)/completion/bash $(DATADIR)/bash-completion/completions/tektonc
	install -D -m 0644 $(BUILD)/completion/zsh $(DATADIR)/zsh/vendor-completions/_tektonc
	install -D -m 0644 $(BUILD)/completion/fish $(DATADIR)/fish/vendor_completions.d/tektonc.fish
	install -D -m 0644 lib/tektonc.h $(DESTDIR)$(PREFIX)/include/tektonc.h
	install -D -m 0644 $(BIN)/libtektonc.a $(LIBDIR)/libtektonc.a
	install -D -m 0644 $(BIN)/tektonc.pc $(LIBDIR)/pkgconfig/tektonc.pc
uninstall:
	rm -f $(BINDIR)/tektonc $(BINDIR)/kubectl-tektonc $(BINDIR)/tkn-tektonc $(BINDIR)/tektonc-krm
	rm -f $(LIBEXECDIR)/tektonc-engine $(LIBEXECDIR)/controller $(LIBEXECDIR)/entrypoint
	rm -f $(DATADIR)/man/man1/tektonc.1 $(DATADIR)/bash-completion/completions/tektonc
	rm -f $(DATADIR)/zsh/vendor-completions/_tektonc $(DATADIR)/fish/vendor_completions.d/tektonc.fish
	rm -f $(DESTDIR)$(PREFIX)/include/tektonc.h $(LIBDIR)/libtektonc.a $(LIBDIR)/pkgconfig/tektonc.pc
	-rmdir $(LIBEXECDIR)

# --- releases -----------------------------------------------------------------------------------------------------
# The sources of the last commit, and what re2c and bison make of them in premade/: such a tree builds without both.
DIST = tektonc-$(VERSION)
dist: $(BUILD)/$(DIST).tar.gz
$(BUILD)/$(DIST).tar.gz: $(call gen,grammar) $(Y_HDR) FORCE
	@scripts/dist.sh $(BUILD) $(GEN) $(DIST)
	@echo $@
deb: $(BUILD)/$(DIST).tar.gz
	@scripts/deb.sh $(BUILD) $(DIST)

-include $(LIBRARY_OBJ:.o=.d)
