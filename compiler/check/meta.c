#include "compiler/check/check.h"
#include "compiler/check/parts.h"
#include <inttypes.h>

enum {
    LONGEST_VALUE = 63,            /* of a label */
    MOST_ANNOTATIONS = 256 * 1024, /* bytes of all keys and values */
    LONGEST_NAME = 63,
    RANDOM_CHARACTERS = 5, /* what the API server puts after generateName, cutting that to what is left of 63 */
};

/* ---- labels, annotations and the rest, as the API server judges them (Kubernetes' ValidateObjectMeta) --------------
 */

static const char format_help[] =
    "use letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit, at most 63 of them";

static void report_key(diags *d, const diag_rule *rule, const ypair *pair, const char *what) {
    diag *x =
        diag_range(d, rule, pair->key_at, pair->key_end, "the key %.*s is not valid for %s", STR_ARG(pair->key), what);
    diag_help(d, x, "%s, after an optional DNS subdomain and `/`", format_help);
}

static void check_labels(const ynode *labels, diags *d) {
    for (uint32_t i = 0; labels && labels->kind == Y_MAP && i < labels->n; i++) {
        const ypair *pair = &labels->pairs[i];
        str value = ynode_text(pair->value);
        if (!name_is_qualified(pair->key)) report_key(d, &diag_rules[TK_LABEL], pair, "a label");
        if (!value.n || (value.n <= LONGEST_VALUE && name_is_result(value))) continue;
        diag *x =
            value.n > LONGEST_VALUE
                ? REPORT(d, LABEL, pair->value, "the value of the label `%.*s` has %u characters, and %d are allowed",
                         STR_ARG(pair->key), value.n, LONGEST_VALUE)
                : REPORT(d, LABEL, pair->value, "%.*s is no value for the label `%.*s`", STR_ARG(value),
                         STR_ARG(pair->key));
        diag_help(d, x, "%s; texts for people belong into `annotations`", format_help);
    }
}

static str lower(arena *a, str s) {
    char *out = arena_copy(a, s.p ? s.p : "", s.n);
    for (uint32_t i = 0; i < s.n; i++)
        if (out[i] >= 'A' && out[i] <= 'Z') out[i] = (char)(out[i] + ('a' - 'A'));
    return (str){out, s.n};
}

static void check_annotations(const ynode *annotations, diags *d) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; annotations && annotations->kind == Y_MAP && i < annotations->n; i++) {
        const ypair *pair = &annotations->pairs[i];
        bytes += pair->key.n + ynode_text(pair->value).n;
        if (pair->key_at && !name_is_qualified(lower(d->a, pair->key)))
            report_key(d, &diag_rules[TK_ANNOTATION], pair, "an annotation");
    }
    if (bytes <= MOST_ANNOTATIONS) return;
    diag *x = REPORT(d, ANNOTATION, annotations, "the annotations have %" PRIu64 " bytes, and %d are allowed", bytes,
                     MOST_ANNOTATIONS);
    diag_help(d, x, "keep large texts in a ConfigMap");
}

static void check_owners(const ynode *metadata, diags *d) {
    static const char *const wanted[] = {"apiVersion", "kind", "name", "uid"};
    const ynode *controller = NULL;
    YNODE_EACH(i, owner, ynode_get(metadata, S("ownerReferences"))) {
        for (int k = 0; k < 4; k++) {
            if (ynode_get_text(owner, str_z(wanted[k])).n) continue;
            diag *x = REPORT(d, METADATA, owner, "an entry of `ownerReferences` has no `%s`", wanted[k]);
            diag_help(d, x, "add it, or leave the owners to the cluster");
        }
        const ynode *here = ynode_get(owner, S("controller"));
        if (!ynode_true(here)) continue;
        if (controller) {
            diag *x = REPORT(d, METADATA, here, "`ownerReferences` has two controllers");
            diag_note_at(d, x, controller, "the first one is here");
        }
        controller = controller ? controller : here;
    }
    YNODE_EACH(i, finalizer, ynode_get(metadata, S("finalizers"))) {
        if (name_is_qualified(ynode_text(finalizer))) continue;
        diag *x =
            REPORT(d, METADATA, finalizer, "%.*s in `finalizers` is not a valid name", STR_ARG(ynode_text(finalizer)));
        diag_help(d, x, "%s, after an optional DNS subdomain and `/`", format_help);
    }
}

void check_metadata(const object *o, diags *d) {
    check_labels(ynode_get(o->metadata, S("labels")), d);
    check_annotations(ynode_get(o->metadata, S("annotations")), d);
    check_owners(o->metadata, d);
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
