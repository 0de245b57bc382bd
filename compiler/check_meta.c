#include "compiler/check.h"
#include "compiler/check_parts.h"

enum {
    LONGEST_NAME = 63,
    RANDOM_CHARACTERS = 5, /* what the API server puts after generateName, cutting that to what is left of 63 */
};

void check_metadata(const object *o, diags *d) {
    str name = o->name;
    const ynode *where = ynode_get(o->metadata, S("name"));
    if (!name.n && o->generate_name.n) {
        where = ynode_get(o->metadata, S("generateName"));
        uint32_t kept = o->generate_name.n < LONGEST_NAME - RANDOM_CHARACTERS ? o->generate_name.n
                                                                              : LONGEST_NAME - RANDOM_CHARACTERS;
        name = str_cat(d->a, str_cut(o->generate_name, 0, kept), S("xxxxx"));
    }
    bool made = where && !ynode_get_text(o->metadata, S("name")).n;
    if (!where) where = o->metadata && o->metadata->at ? o->metadata : o->node;

    if (!name.n) {
        diag *x = REPORT(d, RESOURCE_NAME, where, "`metadata.name` is missing");
        diag_help(d, x, "give the object a name%s",
                  o->kind == OBJECT_TASKRUN || o->kind == OBJECT_PIPELINERUN ? ", or a `generateName`" : "");
    } else if (!name_is_dns_subdomain(name)) {
        diag *x = made ? REPORT(d, RESOURCE_NAME, where, "`metadata.generateName` %.*s does not begin a valid name",
                                STR_ARG(o->generate_name))
                       : REPORT(d, RESOURCE_NAME, where, "`metadata.name` %.*s is not a valid name", STR_ARG(name));
        diag_help(d, x, "use lower-case letters, digits, `-` and `.`, beginning and ending with a letter or digit");
    } else if (name.n > LONGEST_NAME) {
        diag *x = REPORT(d, RESOURCE_NAME_LENGTH, where, "`metadata.name` has %u characters, and %d are allowed",
                         name.n, LONGEST_NAME);
        diag_help(d, x, "Tekton puts the name into labels; shorten it");
    }
}
