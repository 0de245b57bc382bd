# The YAML around the Pods and what pictures are dressed with, as C arrays: they become $(GEN)/templates/templates.c.
TEMPLATES     = $(sort $(wildcard templates/*.yaml view/assets/*))
TEMPLATES_SRC = $(GEN)/templates/templates.c

$(TEMPLATES_SRC): templates/embed.awk $(TEMPLATES)
	@mkdir -p $(@D)
	LC_ALL=C awk -f templates/embed.awk $(TEMPLATES) >$@.tmp
	@mv $@.tmp $@
