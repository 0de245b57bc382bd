/* Steps and sidecars become containers (facts: runtime.md 7.1 to 7.7, 7.11). */
#include "base/emit.h"
#include "compiler/check/parts.h"
#include "compiler/lower/lower.h"
#include "compiler/schema/core_v1.h"
#include "grammar/cel.h"
#include "grammar/duration.h"
#include "plan/hash.h"
#include "plan/names.h"

void lower_template(lowering *l) {
    TaskSpec *s = l->spec;
    if (!s->stepTemplate) return;
    Step **steps = ARENA_ARRAY(l->c->a, Step *, s->steps.n + 1);
    for (uint32_t i = 0; i < s->steps.n; i++)
        steps[i] = (Step *)walk_merge(l->c->a, &Step_type, &s->steps.v[i]->h, &StepTemplate_type, &s->stepTemplate->h);
    s->steps.v = steps;
}

ynode *lower_container(lowering *l, const type *t, const head *h, const ynode *over) {
    const type *container = &kube_Container_type;
    ynode *out = ynode_map(l->c->a, h->node);
    for (uint32_t i = 0; i < container->n; i++) {
        str json = container->fields[i].json;
        const ynode *v = ynode_get(over, json);
        if (!v) {
            /* Tekton's v1 has another name for the resources. */
            bool resources = container->fields[i].type == &kube_ResourceRequirements_type;
            const field *f = type_field(t, resources ? S("computeResources") : json);
            if (f && f->kind == K_LIST && !(f->flags & FIELD_TREE)) f = NULL;
            v = f ? field_tree(f, h) : NULL;
            if (v && field_zero(f, v)) v = NULL;
        }
        if (v && v->kind != Y_NULL) ynode_put(l->c->a, out, json, v);
    }
    return out;
}

/* --- scripts ---------------------------------------------------------------------------------------------------------
 */

static str script_text(lowering *l, str script) {
    return str_starts(str_trim(script), S("#!")) ? script : str_cat(l->c->a, S("#!/bin/sh\nset -e\n"), script);
}

/* Delivers a script and yields its path in the container. */
static str place_script(lowering *l, const char *kind, uint32_t i, const ynode *script) {
    run_ctx *c = l->c;
    str file = str_fmt(c->a, "%s-%u", kind, i), text = script_text(l, script->text);
    l->has_scripts = true;
    str path = str_fmt(c->a, PATH_SCRIPTS "/%.*s", STR_ARG(file));
    if (c->rq->entrypoint_delivery == DELIVERY_IMAGE) {
        const vtree *v = value_wrap(c->a, VALUE_BASE64, mark_value(c->a, c->m, text));
        vec_push(c->a, &l->placed, path);
        vec_push(c->a, &l->placed, mark_any(text) ? mark_text(c->m, v) : hash_base64(c->a, text));
        return path;
    }
    str key = str_fmt(c->a, "tektonc.dev/%.*s", STR_ARG(file));
    ynode *kept = ynode_copy(c->a, script);
    kept->text = text;
    kept->literal = 1;
    ynode_put(c->a, l->annotations, key, kept);
    l->script_bytes += text.n;
    if (!l->scripts) l->scripts = ynode_seq(c->a, NULL);
    ynode_push(c->a, l->scripts, lower_annotation_item(l, file, key));
    return path;
}

/* --- the entrypoint's arguments --------------------------------------------------------------------------------------
 */

static void word(lowering *l, ynode *args, str s) { ynode_push(l->c->a, args, ynode_str(l->c->a, s, NULL)); }
static void put(lowering *l, ynode *args, const ynode *w) { ynode_push(l->c->a, args, w); }
static void flag(lowering *l, ynode *args, const ynode *name, str given) {
    put(l, args, name);
    word(l, args, given);
}

/* "values" of a when expression; elements that only the run knows make it a value tree. */
static str values_json(lowering *l, const ynode *values) {
    run_ctx *c = l->c;
    bool splice = false;
    VEC(const vtree *) items = {0};
    YNODE_EACH (i, v, values) {
        vec_push(c->a, &items, mark_value(c->a, c->m, v->text));
        splice |= items.v[i]->kind == VALUE_SPLICE;
    }
    if (splice) return mark_text(c->m, value_wrap(c->a, VALUE_JSON, value_many(c->a, VALUE_LIST, items.v, items.n)));
    strbuf b = {.a = c->a};
    YNODE_EACH (i, v, values) strbuf_addf(&b, "%s\"%.*s\"", i ? "," : "[", STR_ARG(mark_escape_json(c->m, v->text)));
    strbuf_addc(&b, ']');
    return strbuf_str(&b);
}

/* The entrypoint holds no interpreter: what `cel` says is found out here. False: it can't be, which was reported. */
static bool constant_cel(lowering *l, const ynode *cel, bool *holds) {
    run_ctx *c = l->c;
    bool open = mark_any(cel->text) || !ref_none(cel->text);
    cel_error e = {0};
    arena *a = arena_new(); /* an evaluation may take much more than its outcome */
    const cel_program *p = open ? NULL : cel_compile(a, cel->text, &e);
    bool known = p && cel_eval_bool(a, p, holds, &e);
    if (!known) {
        diag *x = open ? REPORT(c->d, STEP_CEL, cel, "`cel` takes what only the run knows, so the step fails")
                       : REPORT(c->d, STEP_CEL, cel, "`cel` does not evaluate, so the step fails: %.*s", STR_ARG(e.text));
        if (open) diag_help(c->d, x, "write `input`, `operator` and `values`");
    }
    arena_free(a);
    return known;
}

static str when_json(lowering *l, const WhenExpression_list *when) {
    run_ctx *c = l->c;
    strbuf b = {.a = c->a};
    strbuf_addc(&b, '[');
    LIST_EACH (WhenExpression, w, *when) {
        const char *comma = "";
        bool holds;
        if (text_set(w->cel) && constant_cel(l, w->cel, &holds)) {
            strbuf_addf(&b, "%s{\"input\":\"%s\",\"operator\":\"in\",\"values\":[\"true\"]}", w_i ? "," : "", holds ? "true" : "false");
            continue;
        }
        strbuf_add(&b, w_i ? S(",{") : S("{"));
        struct {
            const ynode *n;
            const char *key;
        } texts[] = {{w->input, "input"}, {w->operator_, "operator"}, {w->cel, "cel"}};
        for (unsigned i = 0; i < 3; i++) {
            if (i == 2 && ynode_count(w->values)) {
                strbuf_addf(&b, "%s\"values\":%.*s", comma, STR_ARG(values_json(l, w->values)));
                comma = ",";
            }
            if (!text_set(texts[i].n)) continue;
            strbuf_addf(&b, "%s\"%s\":\"%.*s\"", comma, texts[i].key,
                        STR_ARG(mark_escape_json(c->m, texts[i].n->text)));
            comma = ",";
        }
        strbuf_addc(&b, '}');
    }
    strbuf_addc(&b, ']');
    return strbuf_str(&b);
}

static str step_result_names(lowering *l, const StepResult_list *results) {
    strbuf b = {.a = l->c->a};
    LIST_EACH (StepResult, r, *results) strbuf_addf(&b, "%s%.*s", r_i ? "," : "", STR_ARG(ynode_text(r->name)));
    return strbuf_str(&b);
}

static str task_result_names(lowering *l) {
    strbuf b = {.a = l->c->a};
    LIST_EACH (TaskResult, r, l->spec->results)
        if (!text_set(r->value)) strbuf_addf(&b, "%s%.*s", b.n ? "," : "", STR_ARG(ynode_text(r->name)));
    return b.n ? strbuf_str(&b) : S("");
}

static void own_flags(lowering *l, ynode *args, const Step *s) {
    run_ctx *c = l->c;
    for (uint32_t i = 0; i < l->creds_flags.n; i++) word(l, args, l->creds_flags.v[i]);
    if (c->cfg->termination_message_compression) put(l, args, WORD("-compress_termination_message=true"));
    if (text_set(s->onError)) {
        if (!str_eq(s->onError->text, S("continue")) && !str_eq(s->onError->text, S("stopAndFail")))
            REPORT(c->d, ON_ERROR_VALUE, s->onError, "onError is `%.*s`; only continue and stopAndFail are known",
                   STR_ARG(mark_show(c->m, c->a, s->onError->text, NULL, NULL)));
        flag(l, args, WORD("-on_error"), s->onError->text);
    }
    int64_t limit;
    if (s->timeout && duration_parse(ynode_text(s->timeout), &limit))
        flag(l, args, WORD("-timeout"), duration_format(c->a, limit));
    if (s->stdoutConfig && text_set(s->stdoutConfig->path))
        flag(l, args, WORD("-stdout_path"), s->stdoutConfig->path->text);
    if (s->stderrConfig && text_set(s->stderrConfig->path))
        flag(l, args, WORD("-stderr_path"), s->stderrConfig->path->text);
    if (s->results.n) flag(l, args, WORD("-step_results"), step_result_names(l, &s->results));
    if (s->when.n) flag(l, args, WORD("--when_expressions"), when_json(l, &s->when));
    if (l->spec->results.n) flag(l, args, WORD("-results"), task_result_names(l));
    const TaskBreakpoints *b = l->t->debug ? l->t->debug->breakpoints : NULL;
    if (b && str_eq(ynode_text(b->onFailure), S("enabled"))) put(l, args, WORD("-breakpoint_on_failure"));
    if (b)
        YNODE_EACH (i, name, b->beforeSteps)
            if (str_eq(name->text, ynode_text(s->name))) put(l, args, WORD("-debug_before_step"));
}

typedef VEC(const ynode *) word_list;

/* What the image runs. As the request's words tell it, the first one stays, the others stand for the image's own arguments;
 * who looks it up knows which is which (facts runtime.md 7.6). */
static bool image_words(lowering *l, const Step *s, word_list *words, str *why) {
    arena *a = l->c->a;
    str image = ynode_text(s->image);
    const request *rq = l->c->rq;
    const ynode *known = map_get(&rq->image_entrypoints, image);
    if (!known) known = map_get(&rq->image_entrypoints, S("*"));
    YNODE_EACH (i, w, known)
        if (i == 0 || !ynode_count(s->args)) vec_push(a, words, w);
    if (known || l->c->checking) return true;
    if (!rq->image_command || mark_any(image)) return false;
    known = rq->image_command(rq->image_ctx, image, why);
    YNODE_EACH (k, w, ynode_get(known, S("command"))) vec_push(a, words, w);
    YNODE_EACH (n, w, ynode_get(known, S("args")))
        if (!ynode_count(s->args)) vec_push(a, words, w);
    return known;
}

static bool any_of(char ch, const char *more) {
    return (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || strchr(more, ch);
}

/* [registry/]repository[:tag][@digest] as far as the registry's library refuses it. */
static bool image_parses(str image) {
    uint32_t at;
    if (str_find(image, S("@"), &at)) {
        str digest = str_from(image, at + 1);
        if (!str_starts(digest, S("sha256:")) || digest.n != 7 + 64) return false;
        image = str_cut(image, 0, at);
    }
    uint32_t colon = image.n;
    for (uint32_t i = 0; i < image.n; i++) {
        if (image.p[i] == '/') colon = image.n;
        if (image.p[i] == ':') colon = i;
    }
    if (colon < image.n && (image.n - colon - 1 == 0 || image.n - colon - 1 > 128)) return false;
    str repository = str_cut(image, 0, colon);
    uint32_t first = 0;
    while (first < repository.n && repository.p[first] != '/') first++;
    str host = str_cut(repository, 0, first);
    bool registry = first < repository.n &&
                    (str_find(host, S("."), &at) || str_find(host, S(":"), &at) || str_eq(host, S("localhost")));
    if (registry) repository = str_from(repository, first + 1);
    if (repository.n < 2 || repository.n > 255) return false;
    for (uint32_t i = 0; i < repository.n; i++)
        if (!any_of(repository.p[i], "_-./")) return false;
    return true;
}

static void image_check(lowering *l, const Step *s) {
    str image = ynode_text(s->image);
    if (mark_any(image) || image_parses(image)) return;
    diag *x = REPORT(l->c->d, IMAGE_REFERENCE, s->image ? s->image : s->h.node,
                     "`%.*s` is no image reference, and the step has no command", STR_ARG(image));
    diag_help(l->c->d, x,
              "write the whole reference, such as registry.example.com/name:1.2, or give the step a command");
}

static void command_words(lowering *l, ynode *args, const Step *s, str script) {
    word_list words = {0};
    arena *a = l->c->a;
    if (script.n) {
        vec_push(a, &words, ynode_str(a, script, NULL));
    } else if (ynode_count(s->command)) {
        YNODE_EACH (i, w, s->command) vec_push(a, &words, w);
    } else {
        str why = STR_NONE;
        image_check(l, s);
        if (!image_words(l, s, &words, &why)) {
            diag *x = REPORT(l->c->d, NO_COMMAND, s->image ? s->image : s->h.node,
                             "this step has neither command nor script, and what `%.*s` runs is not known%s%.*s",
                             STR_ARG(mark_show(l->c->m, a, ynode_text(s->image), NULL, NULL)), why.n ? ": " : "",
                             STR_ARG(why));
            diag_help(l->c->d, x, "write the command into the step, or give --image-entrypoint %.*s=COMMAND",
                      STR_ARG(mark_show(l->c->m, a, ynode_text(s->image), NULL, NULL)));
        }
    }
    YNODE_EACH (i, w, s->args) vec_push(a, &words, w);
    put(l, args, WORD("-entrypoint"));
    if (words.n)
        ynode_push(a, args, words.v[0]);
    else
        put(l, args, WORD(""));
    put(l, args, WORD("--"));
    for (uint32_t i = 1; i < words.n; i++) ynode_push(a, args, words.v[i]);
}

static const ynode *entrypoint_args(lowering *l, const Step *s, uint32_t i, str script) {
    arena *a = l->c->a;
    ynode *args = ynode_seq(a, NULL);
    if (i > 0)
        flag(l, args, WORD("-wait_file"), str_fmt(a, PATH_RUN "/%u/out", i - 1));
    else {
        flag(l, args, WORD("-wait_file"), S(PATH_DOWNWARD "/ready"));
        put(l, args, WORD("-wait_file_content"));
    }
    flag(l, args, WORD("-post_file"), str_fmt(a, PATH_RUN "/%u/out", i));
    flag(l, args, WORD("-termination_path"), S("/tekton/termination"));
    flag(l, args, WORD("-step_metadata_dir"), str_fmt(a, PATH_RUN "/%u/status", i));
    own_flags(l, args, s);
    command_words(l, args, s, script);
    return args;
}

/* --- mounts ----------------------------------------------------------------------------------------------------------
 */

/* A path without `.`, doubled and trailing slashes, as Go's filepath.Clean (`..` is rare and left alone). */
static str clean(arena *a, str path) {
    strbuf b = {.a = a};
    for (uint32_t i = 0; i < path.n; i++) {
        char ch = path.p[i];
        if (ch == '/' && b.n && b.p[b.n - 1] == '/') continue;
        if (ch == '.' && (i == 0 || path.p[i - 1] == '/') && (i + 1 == path.n || path.p[i + 1] == '/')) {
            i++;
            continue;
        }
        strbuf_addc(&b, ch);
    }
    while (b.n > 1 && b.p[b.n - 1] == '/') b.n--;
    return strbuf_str(&b);
}

static const ynode *step_mounts(lowering *l, const Step *s, uint32_t i, bool script) {
    arena *a = l->c->a;
    uint32_t n = l->spec->steps.n;
    bool image = l->c->rq->entrypoint_delivery == DELIVERY_IMAGE;
    ynode *out = s->volumeMounts ? ynode_copy(a, s->volumeMounts) : ynode_seq(a, NULL);
    map used = map_new(l->c->temp);
    YNODE_EACH (k, m, s->volumeMounts) map_put(&used, clean(l->c->temp, ynode_get_text(m, S("mountPath"))), out);
    if (script) ynode_push(a, out, lower_part(l, PART_MOUNT_SCRIPTS, 0));
    if (l->t->debug && l->t->debug->breakpoints) {
        ynode_push(a, out, lower_mount(l, S("tekton-internal-debug-scripts"), S(PATH_DEBUG_SCRIPTS), true));
        ynode_push(a, out,
                   lower_mount(l, S("tekton-internal-debug-info"), str_fmt(a, PATH_DEBUG_INFO "/%u", i), false));
    }
    if (i == 0 || l->c->cfg->keep_pod_on_cancel) ynode_push(a, out, lower_part(l, PART_MOUNT_DOWNWARD, 0));
    if (!l->c->cfg->disable_creds_init) ynode_push(a, out, lower_part(l, PART_MOUNT_CREDS, i));
    for (uint32_t k = 0; k < n; k++)
        ynode_push(a, out, lower_part(l, k == i ? PART_MOUNT_RUN : PART_MOUNT_RUN_READ_ONLY, k));
    /* Without an init container the first step's entrypoint makes the links in the folder of steps. */
    const part implicit[] = {PART_MOUNT_BIN,
                             PART_MOUNT_WORKSPACE,
                             PART_MOUNT_HOME,
                             PART_MOUNT_RESULTS,
                             image || i > 0 ? PART_MOUNT_STEPS_READ_ONLY : PART_MOUNT_STEPS,
                             PART_MOUNT_ARTIFACTS};
    for (unsigned k = 0; k < sizeof implicit / sizeof *implicit; k++) {
        const ynode *m = lower_part(l, implicit[k], 0);
        if (!map_has(&used, ynode_get_text(m, S("mountPath")))) ynode_push(a, out, m);
    }
    YNODE_EACH (k, m, l->creds_mounts)
        if (!map_has(&used, ynode_get_text(m, S("mountPath")))) ynode_push(a, out, m);
    return out;
}

/* --- containers ------------------------------------------------------------------------------------------------------
 */

static bool forbidden(const config *cfg, str name) {
    YNODE_EACH (i, x, cfg->default_forbidden_env)
        if (str_eq(ynode_text(x), name)) return true;
    return false;
}

static const ynode *step_env(lowering *l, const Step *s) {
    const ynode *more = l->t->pod_template ? l->t->pod_template->env : NULL;
    if (!ynode_count(more)) return s->env;
    ynode *out = s->env ? ynode_copy(l->c->a, s->env) : ynode_seq(l->c->a, NULL);
    YNODE_EACH (i, e, more)
        if (!forbidden(l->c->cfg, ynode_get_text(e, S("name")))) ynode_push(l->c->a, out, e);
    return out;
}

static void step_container(lowering *l, uint32_t i) {
    arena *a = l->c->a;
    const Step *s = l->spec->steps.v[i];
    str script = text_set(s->script) ? place_script(l, "script", i, s->script) : STR_NONE;
    ynode *over = ynode_map(l->c->temp, NULL), *command = ynode_seq(a, NULL);
    put(l, command, WORD(PATH_BIN "/entrypoint"));
    ynode_put(l->c->temp, over, S("name"), ynode_str(a, name_container(a, S(""), l->step_names[i]), NULL));
    ynode_put(l->c->temp, over, S("command"), command);
    ynode_put(l->c->temp, over, S("args"), entrypoint_args(l, s, i, script));
    const ynode *env = step_env(l, s);
    if (ynode_count(env)) ynode_put(l->c->temp, over, S("env"), env);
    ynode_put(l->c->temp, over, S("volumeMounts"), step_mounts(l, s, i, script.n > 0));
    ynode_put(l->c->temp, over, S("terminationMessagePath"), WORD("/tekton/termination"));
    ynode_push(a, l->containers, lower_container(l, &Step_type, &s->h, over));
}

static void sidecar_container(lowering *l, uint32_t i) {
    arena *a = l->c->a;
    const Sidecar *s = l->spec->sidecars.v[i];
    bool native = l->c->cfg->native_sidecars;
    ynode *over = ynode_map(a, NULL);
    ynode_put_str(a, over, S("name"), name_container(a, S("sidecar-"), ynode_text(s->name)));
    if (text_set(s->script)) {
        ynode *command = ynode_seq(a, NULL),
              *mounts = s->volumeMounts ? ynode_copy(a, s->volumeMounts) : ynode_seq(a, NULL);
        word(l, command, place_script(l, "sidecar-script", i, s->script));
        ynode_put(a, over, S("command"), command);
        ynode_push(a, mounts, lower_part(l, PART_MOUNT_SCRIPTS, 0));
        ynode_put(a, over, S("volumeMounts"), mounts);
    }
    if (native) ynode_put(a, over, S("restartPolicy"), ynode_strz(a, "Always"));
    ynode *container = lower_container(l, &Sidecar_type, &s->h, over);
    ynode_push(a, native ? l->init_containers : l->containers, container);
}

void lower_steps(lowering *l) {
    l->containers = ynode_seq(l->c->a, NULL);
    l->init_containers = ynode_seq(l->c->a, NULL);
    for (uint32_t i = 0; i < l->spec->steps.n; i++) step_container(l, i);
    for (uint32_t i = 0; i < l->spec->sidecars.n; i++) sidecar_container(l, i);
    l->wait_ready = l->spec->sidecars.n > 0 && l->c->cfg->await_sidecar_readiness && !l->c->cfg->native_sidecars;
    if (l->script_bytes > 200 * 1024 && !l->c->checking) {
        diag *x = REPORT(l->c->d, STEP_SCRIPT_BUDGET, l->t->where,
                         "the scripts of task `%.*s` hold %llu bytes, more than annotations can carry",
                         STR_ARG(l->t->task), (unsigned long long)l->script_bytes);
        diag_help(l->c->d, x, "use --entrypoint-delivery=image");
    }
}
