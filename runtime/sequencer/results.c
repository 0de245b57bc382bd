/* Termination messages, as Tekton's entrypoint writes them, to results (facts: runtime.md 3, 4.1, 9.7). */
#include "base/emit.h"
#include "base/json.h"
#include "runtime/sequencer/inflate.h"
#include "runtime/sequencer/inner.h"
#include "runtime/sequencer/moment.h"
#include <stdlib.h>

enum {
    TYPE_TASK_RESULT = 1,
    TYPE_INTERNAL = 3,
    TYPE_STEP_RESULT = 4,
    TYPE_STEP_ARTIFACTS = 5,
    TYPE_TASK_ARTIFACTS = 6,
    TYPE_UNKNOWN = 10
};

static int type_of(const ynode *n) {
    static const struct {
        const char *name;
        int type;
    } names[] = {{"TaskRunResult", TYPE_TASK_RESULT},
                 {"InternalTektonResult", TYPE_INTERNAL},
                 {"StepResult", TYPE_STEP_RESULT},
                 {"StepArtifactsResult", TYPE_STEP_ARTIFACTS},
                 {"TaskRunArtifactsResult", TYPE_TASK_ARTIFACTS}};
    str text = ynode_text(n);
    if (ynode_is(n, Y_INT)) return text.n == 1 ? text.p[0] - '0' : str_eq(text, S("10")) ? TYPE_UNKNOWN : 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq(text, str_z(names[i].name))) return names[i].type;
    return n ? TYPE_UNKNOWN : 0;
}

static int by_key(const void *x, const void *y) {
    return str_cmp(ynode_get_text(*(const ynode *const *)x, S("key")),
                   ynode_get_text(*(const ynode *const *)y, S("key")));
}

static void internal(message *out, str key, str value) {
    if (str_eq(key, S("StartedAt"))) {
        if (!moment_parse(value, &out->started)) out->started = 0;
    } else if (str_eq(key, S("ExitCode"))) {
        out->has_exit = true;
        bool minus = value.n && value.p[0] == '-';
        for (uint32_t i = minus; i < value.n && i < 10 && value.p[i] >= '0' && value.p[i] <= '9'; i++)
            out->exit_code = out->exit_code * 10 + (value.p[i] - '0');
        if (minus) out->exit_code = -out->exit_code;
    } else if (str_eq(key, S("Reason"))) {
        out->reason = value;
    }
}

void message_read(arena *a, str text, message *out) {
    *out = (message){.rest = text};
    if (str_starts(text, S(INFLATE_PREFIX)) && !inflate_message(a, text, &text)) return;
    const ynode *list = json_read(a, text);
    if (!ynode_is(list, Y_SEQ)) return;
    /* Sorted by key; of the same key the last one counts. */
    map last = map_new(a);
    YNODE_EACH(i, e, list)
    if (ynode_is(e, Y_MAP) && e->n) map_put(&last, ynode_get_text(e, S("key")), (void *)(uintptr_t)e);
    const ynode **entries = ARENA_ARRAY(a, const ynode *, last.n + 1);
    for (uint32_t i = 0; i < last.n; i++) entries[i] = last.entries[i].value;
    qsort(entries, last.n, sizeof *entries, by_key);
    ynode *tasks = ynode_map(a, NULL), *steps = ynode_map(a, NULL), *rest = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < last.n; i++) {
        str key = ynode_get_text(entries[i], S("key")), value = ynode_get_text(entries[i], S("value"));
        if (!value.p) value = S("");
        int type = type_of(ynode_get(entries[i], S("type")));
        if (type == TYPE_INTERNAL) {
            internal(out, key, value);
            continue;
        }
        if (type == TYPE_TASK_RESULT) ynode_set(a, tasks, key, ynode_str(a, value, NULL));
        if (type == TYPE_STEP_RESULT) ynode_set(a, steps, key, ynode_str(a, value, NULL));
        ynode_push(a, rest, entries[i]);
    }
    out->parsed = true;
    out->tasks = tasks;
    out->steps = steps;
    out->rest = rest->n ? emit_json_str(a, rest, false) : STR_NONE;
}

/* --- values
 * -------------------------------------------------------------------------------------------------------------- */

static bool all_strings(const ynode *n) {
    for (uint32_t i = 0; i < n->n; i++)
        if ((n->kind == Y_SEQ ? n->items[i] : n->pairs[i].value)->kind != Y_STR) return false;
    return true;
}

const ynode *result_value(arena *a, str type, str text) {
    if (str_eq(type, S("string")) || !text.n) return ynode_str(a, text.p ? text : S(""), NULL);
    const ynode *n = json_read(a, text);
    bool fits = (text.p[0] == '[' && ynode_is(n, Y_SEQ) && all_strings(n)) ||
                (text.p[0] == '{' && ynode_is(n, Y_MAP) && all_strings(n)) || ynode_is(n, Y_STR);
    return fits ? n : ynode_str(a, text, NULL);
}

static const char *type_name(const ynode *n) {
    return n->kind == Y_SEQ ? "array" : n->kind == Y_MAP ? "object" : "string";
}

static const plan_result *declared(const plan_task *t, str name) {
    for (uint32_t i = 0; i < t->results.n; i++)
        if (str_eq(t->results.v[i].name, name)) return &t->results.v[i];
    return NULL;
}

static void collect(arena *a, const plan_task *t, const pod_container *c, ynode *all) {
    message m;
    message_read(a, c->message, &m);
    for (uint32_t i = 0; i < ynode_count(m.tasks); i++) {
        const plan_result *d = declared(t, m.tasks->pairs[i].key);
        ynode_set(a, all, m.tasks->pairs[i].key,
                  result_value(a, d ? d->type : STR_NONE, m.tasks->pairs[i].value->text));
    }
    if (!ynode_count(m.steps)) return;
    str own = str_from(c->name, 5), step, name; /* step- */
    for (uint32_t i = 0; i < t->results.n; i++) {
        const plan_result *d = &t->results.v[i];
        const ynode *v = plan_result_of_step(d, &step, &name) && str_eq(step, own) ? ynode_get(m.steps, name) : NULL;
        if (v) ynode_set(a, all, d->name, result_value(a, d->type, v->text));
    }
}

/* "o:[k l]" of an object that lacks keys it must have; else an empty text. */
static str lacking(arena *a, const plan_result *d, const ynode *v) {
    strbuf b = {.a = a};
    for (uint32_t i = 0; d && ynode_is(v, Y_MAP) && i < d->properties.n; i++)
        if (!ynode_get(v, d->properties.v[i])) strbuf_addf(&b, "%s%.*s", b.n ? " " : "", STR_ARG(d->properties.v[i]));
    return b.n ? str_fmt(a, "%.*s:[%.*s]", STR_ARG(d->name), STR_ARG(strbuf_str(&b))) : S("");
}

static int by_text(const void *x, const void *y) { return str_cmp(*(const str *)x, *(const str *)y); }

static str joined(arena *a, str *v, uint32_t n, char by) {
    strbuf b = {.a = a};
    qsort(v, n, sizeof *v, by_text);
    for (uint32_t i = 0; i < n; i++) {
        if (i) strbuf_addc(&b, by);
        strbuf_add(&b, v[i]);
    }
    return strbuf_str(&b);
}

const ynode *results_of(arena *a, const plan_task *t, const seq_pod *pod, str *problem) {
    ynode *all = ynode_map(a, NULL), *kept = ynode_map(a, NULL);
    for (uint32_t i = 0; i < pod->n; i++) {
        const pod_container *c = &pod->containers[i];
        if (!c->init && c->state == CONTAINER_TERMINATED && str_starts(c->name, S("step-"))) collect(a, t, c, all);
    }
    VEC(str) wrong = {0}, incomplete = {0};
    for (uint32_t i = 0; i < all->n; i++) {
        const ynode *v = all->pairs[i].value;
        const plan_result *d = declared(t, all->pairs[i].key);
        if (!d || !d->type.n || str_eq(d->type, str_z(type_name(v)))) {
            ynode_put(a, kept, all->pairs[i].key, v);
            str keys = lacking(a, d, v);
            if (keys.n) vec_push(a, &incomplete, keys);
            continue;
        }
        vec_push(
            a, &wrong,
            str_fmt(
                a,
                " \"%.*s\": task result is expected to be \"%.*s\" type but was initialized to a different type \"%s\"",
                STR_ARG(all->pairs[i].key), STR_ARG(d->type), type_name(v)));
    }
    if (wrong.n)
        *problem = str_cat(a,
                           S("[User error] Provided results don't match declared results; may be invalid JSON or "
                             "missing result declaration: "),
                           joined(a, wrong.v, wrong.n, ','));
    else if (incomplete.n)
        *problem = str_fmt(
            a, "[User error] missing keys for these results which are required in TaskResult's properties map[%.*s]",
            STR_ARG(joined(a, incomplete.v, incomplete.n, ' ')));
    return kept->n ? kept : NULL;
}

/* --- artifacts ----------------------------------------------------------------------------------------------------- */

static int find_by(const ynode *list, str field, str value) {
    YNODE_EACH(i, one, list)
    if (str_eq(ynode_get_text(one, field), value)) return (int)i;
    return -1;
}

typedef struct artifact {
    str name;
    ynode *values;
    bool build_output;
} artifact;
typedef VEC(artifact) artifacts;

static void merge_artifact(arena *a, artifacts *all, const ynode *more) {
    artifact *x = NULL;
    for (uint32_t i = 0; i < all->n; i++)
        if (str_eq(all->v[i].name, ynode_get_text(more, S("name")))) x = &all->v[i];
    if (!x) {
        x = vec_add(a, all);
        *x = (artifact){.name = ynode_get_text(more, S("name")), .values = ynode_seq(a, NULL)};
    }
    x->build_output |= ynode_true(ynode_get(more, S("buildOutput")));
    YNODE_EACH(i, v, ynode_get(more, S("values"))) {
        int at = find_by(x->values, S("uri"), ynode_get_text(v, S("uri")));
        if (at < 0)
            ynode_push(a, x->values, v);
        else
            x->values->items[at] = v;
    }
}

static const ynode *artifact_list(arena *a, const artifacts *all) {
    if (!all->n) return NULL;
    ynode *list = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < all->n; i++) {
        ynode *m = ynode_map(a, NULL);
        ynode_put_str(a, m, S("name"), all->v[i].name);
        if (all->v[i].build_output) ynode_put(a, m, S("buildOutput"), ynode_bool(true));
        ynode_put(a, m, S("values"), all->v[i].values);
        ynode_push(a, list, m);
    }
    return list;
}

/* The message was kept as it came, so nothing else has to be: most steps have no artifacts. */
static void step_artifacts(arena *a, const seq_container *c, int type, str kind, artifacts *all) {
    uint32_t at;
    if (!str_starts(c->message, S("[")) || !str_find(c->message, S("provenance.json"), &at)) return;
    YNODE_EACH(i, e, json_read(a, c->message)) {
        if (type_of(ynode_get(e, S("type"))) != type) continue;
        const ynode *said = json_read(a, ynode_get_text(e, S("value")));
        YNODE_EACH(k, one, ynode_get(said, kind)) merge_artifact(a, all, one);
    }
}

const ynode *artifacts_of_step(arena *a, const seq_container *c, str kind) {
    artifacts all = {0};
    step_artifacts(a, c, TYPE_STEP_ARTIFACTS, kind, &all);
    return artifact_list(a, &all);
}

const ynode *artifacts_of(arena *a, const seq_attempt *x, str kind) {
    artifacts all = {0};
    for (uint32_t i = 0; i < x->n; i++)
        if (!x->steps[i].sidecar) step_artifacts(a, &x->steps[i], TYPE_TASK_ARTIFACTS, kind, &all);
    return artifact_list(a, &all);
}
