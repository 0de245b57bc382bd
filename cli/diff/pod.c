#include "cli/diff/pod.h"
#include "base/map.h"
#include "compiler/schema/core_v1.h"
#include "plan/hole.h"

#define SCRIPT_FOLDER "/tekton/scripts/"
#define SCRIPT_ANNOTATION "tektonc.dev/"

/* ---- holes ------------------------------------------------------------------------------------------------------------ */

static void add_holes(arena *a, const ynode *items, hole_list *out) {
    YNODE_EACH(i, one, items) {
        const vtree *v = value_read(a, ynode_get(one, S("value")));
        if (!v) continue;
        vec_push(a, out, ((hole){ynode_get_text(one, S("path")), value_text(a, value_show(a, v, NULL, NULL))}));
    }
}

static const ynode *with_references(arena *a, const ynode *pod, const ynode *holes, const ynode *more) {
    hole_list all = {0};
    str missing;
    add_holes(a, holes, &all);
    add_holes(a, more, &all);
    const ynode *filled = holes_fill(a, pod, all.v, all.n, NULL, NULL, &missing);
    return filled ? filled : pod;
}

/* ---- containers --------------------------------------------------------------------------------------------------------- */

/* Arguments of the entrypoint that mean something to people; the others follow from the order of the steps. */
static const struct flag_row {
    const char *flag, *name;
} flag_rows[] = {
    {"-timeout", "timeout"},         {"-on_error", "onError"},          {"-results", "results"},
    {"-step_results", "stepResults"}, {"-stdout_path", "stdoutPath"},    {"-stderr_path", "stderrPath"},
    {"-when_expressions", "when"},   {"-basic-docker", "credentials"},  {"-docker-config", "credentials"},
    {"-docker-cfg", "credentials"},  {"-basic-git", "credentials"},     {"-ssh-git", "credentials"},
};

static void put_flag(arena *a, ynode *out, str flag, const ynode *value) {
    for (size_t i = 0; i < sizeof flag_rows / sizeof *flag_rows; i++) {
        if (!str_eq(flag, str_z(flag_rows[i].flag))) continue;
        str name = str_z(flag_rows[i].name);
        const ynode *before = ynode_get(out, name);
        if (before) value = ynode_str(a, str_fmt(a, "%.*s, %.*s", STR_ARG(ynode_text(before)), STR_ARG(ynode_text(value))), NULL);
        ynode_set(a, out, name, value);
    }
}

/* Arguments: -flag value …, then `--` and those of the command. */
static void unwrap(arena *a, ynode *out, const ynode *args, const ynode *annotations) {
    ynode *command = ynode_seq(a, NULL);
    uint32_t i = 0;
    for (; i < args->n && !str_eq(ynode_text(args->items[i]), S("--")); i++) {
        str flag = ynode_text(args->items[i]);
        const ynode *value = i + 1 < args->n ? args->items[i + 1] : NULL;
        if (!value || str_starts(ynode_text(value), S("-"))) continue; /* a switch */
        i++;
        if (!str_eq(flag, S("-entrypoint"))) put_flag(a, out, flag, value);
        else ynode_push(a, command, value);
    }
    str program = command->n ? ynode_text(command->items[0]) : STR_NONE;
    if (str_starts(program, S(SCRIPT_FOLDER))) {
        const ynode *script = ynode_get(annotations, str_cat(a, S(SCRIPT_ANNOTATION), str_from(program, sizeof SCRIPT_FOLDER - 1)));
        if (script) {
            ynode_put(a, out, S("script"), script);
            command = ynode_seq(a, NULL);
        }
    }
    for (i++; i < args->n; i++) ynode_push(a, command, args->items[i]);
    if (command->n) ynode_put(a, out, ynode_get(out, S("script")) ? S("args") : S("command"), command);
}

static bool is_internal(str name) { return str_starts(name, S("tekton-internal-")) || str_starts(name, S("tekton-creds-init-home-")); }

static const ynode *without_internal(arena *a, const ynode *items) {
    ynode *out = ynode_seq(a, NULL);
    YNODE_EACH(i, item, items)
        if (!is_internal(ynode_get_text(item, S("name")))) ynode_push(a, out, item);
    return out->n ? out : NULL;
}

static const ynode *plain_container(arena *a, const ynode *c, const ynode *annotations) {
    const ynode *command = ynode_get(c, S("command")), *args = ynode_get(c, S("args"));
    bool wrapped = ynode_count(command) == 1 && str_ends(ynode_text(command->items[0]), S("/entrypoint")) && ynode_is(args, Y_SEQ) && str_starts(ynode_get_text(c, S("name")), S("step-"));
    ynode *out = ynode_map(a, NULL);
    for (uint32_t i = 0; i < ynode_count(c); i++) {
        str key = c->pairs[i].key;
        const ynode *value = c->pairs[i].value;
        if (str_eq(key, S("terminationMessagePath")) || (wrapped && (str_eq(key, S("command")) || str_eq(key, S("args"))))) continue;
        if (str_eq(key, S("volumeMounts"))) value = without_internal(a, value);
        if (value) ynode_put(a, out, key, value);
    }
    if (wrapped) unwrap(a, out, args, annotations);
    return out;
}

/* Init containers that only carry the entrypoint, scripts and folders into the Pod. */
static bool is_helper(str name) {
    static const char *const names[] = {"prepare", "place-scripts", "working-dir-initializer"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq(name, str_z(names[i]))) return true;
    return false;
}

static const ynode *plain_containers(arena *a, const ynode *items, const ynode *annotations) {
    ynode *out = ynode_seq(a, NULL);
    YNODE_EACH(i, c, items)
        if (!is_helper(ynode_get_text(c, S("name")))) ynode_push(a, out, plain_container(a, c, annotations));
    return out;
}

/* ---- Pods ------------------------------------------------------------------------------------------------------------------ */

static const ynode *plain_annotations(arena *a, const ynode *annotations) {
    ynode *out = ynode_map(a, NULL);
    for (uint32_t i = 0; i < ynode_count(annotations); i++) {
        const ypair *p = &annotations->pairs[i];
        if (!str_starts(p->key, S(SCRIPT_ANNOTATION)) && !str_eq(p->key, S("tekton.dev/ready"))) ynode_put(a, out, p->key, p->value);
    }
    return out;
}

const ynode *pod_plain(arena *a, const ynode *pod, const ynode *holes, const ynode *more_holes) {
    pod = with_references(a, pod, holes, more_holes);
    const ynode *metadata = ynode_get(pod, S("metadata")), *spec = ynode_get(pod, S("spec")), *annotations = ynode_get(metadata, S("annotations"));
    ynode *out = ynode_map(a, NULL);
    for (uint32_t i = 0; i < ynode_count(spec); i++) {
        str key = spec->pairs[i].key;
        const ynode *value = spec->pairs[i].value;
        if (str_eq(key, S("activeDeadlineSeconds"))) continue; /* follows from the timeout */
        if (str_eq(key, S("containers")) || str_eq(key, S("initContainers"))) value = plain_containers(a, value, annotations);
        if (str_eq(key, S("volumes"))) value = without_internal(a, value);
        if (value) ynode_put(a, out, key, value);
    }
    if (ynode_get(metadata, S("labels"))) ynode_put(a, out, S("labels"), ynode_get(metadata, S("labels")));
    ynode_put(a, out, S("annotations"), plain_annotations(a, annotations));
    return out;
}

static str shown_container(arena *a, str name, bool init) {
    if (str_starts(name, S("step-"))) return str_cat(a, S("step "), str_from(name, 5));
    if (str_starts(name, S("sidecar-"))) return str_cat(a, S("sidecar "), str_from(name, 8));
    return str_cat(a, init ? S("init container ") : S("container "), name);
}

static const ynode *find(const ynode *items, str name) {
    YNODE_EACH(i, c, items)
        if (str_eq(ynode_get_text(c, S("name")), name)) return c;
    return NULL;
}

static void compare_container(arena *a, const ynode *old, const ynode *new, bool init, changes *out) {
    const ynode *any = old ? old : new;
    deep d = {a, shown_container(a, ynode_get_text(any, S("name")), init), TOPIC_OTHER, out};
    static const char *const first[] = {"image", "script", "command", "args"}; /* what a container is, before how it is run */
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        deep_compare(&d, NULL, str_z(first[i]), ynode_get(old, str_z(first[i])), ynode_get(new, str_z(first[i])));
    const ynode *rest[2] = {old, new};
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < sizeof first / sizeof *first && rest[side]; i++) rest[side] = ynode_without(a, rest[side], str_z(first[i]));
        if (rest[side]) rest[side] = ynode_without(a, rest[side], S("name"));
    }
    deep_compare(&d, &kube_Container_type, STR_NONE, rest[0], rest[1]);
}

/* The order of the containers that both have. */
static const ynode *order_of(arena *a, const ynode *items, const ynode *other, bool init) {
    ynode *out = ynode_seq(a, NULL);
    YNODE_EACH(i, c, items) {
        str name = ynode_get_text(c, S("name"));
        if (find(other, name)) ynode_push(a, out, ynode_str(a, shown_container(a, name, init), NULL));
    }
    return out;
}

static void compare_containers(arena *a, const ynode *old, const ynode *new, bool init, changes *out) {
    deep d = {a, STR_NONE, TOPIC_ORDER, out};
    deep_add(&d, TOPIC_ORDER, S("order of containers"), order_of(a, old, new, init), order_of(a, new, old, init));
    YNODE_EACH(i, c, old) compare_container(a, c, find(new, ynode_get_text(c, S("name"))), init, out);
    YNODE_EACH(i, c, new)
        if (!find(old, ynode_get_text(c, S("name")))) compare_container(a, NULL, c, init, out);
}

void pod_compare(arena *a, const ynode *old, const ynode *new, changes *out) {
    static const char *const lists[] = {"containers", "initContainers"};
    for (int i = 0; i < 2; i++) {
        str which = str_z(lists[i]);
        compare_containers(a, ynode_get(old, which), ynode_get(new, which), i == 1, out);
        if (old) old = ynode_without(a, old, which);
        if (new) new = ynode_without(a, new, which);
    }
    deep d = {a, STR_NONE, TOPIC_OTHER, out};
    deep_compare(&d, &kube_PodSpec_type, STR_NONE, old, new);
}
