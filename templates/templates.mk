# The YAML around the Pods, as C arrays: templates/*.yaml become $(GEN)/templates/templates.c.
TEMPLATES     = $(sort $(wildcard templates/*.yaml))
TEMPLATES_SRC = $(GEN)/templates/templates.c

$(TEMPLATES_SRC): templates/embed.awk $(TEMPLATES)
	@mkdir -p $(@D)
	LC_ALL=C awk -f templates/embed.awk $(TEMPLATES) >$@.tmp
	@mv $@.tmp $@
