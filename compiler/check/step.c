#include "compiler/check/parts.h"
#include "grammar/detect.h"
#include "grammar/duration.h"
#include "grammar/ref.h"

/* ---- what stands beside a ref, and what must stand without one ------------------------------------------------ */
static void beside_ref(const check_ctx *c, const Step *s, const char *key, const ynode *value) {
    diag *x =
        REPORT_IN(c, STEP_REF_FIELD, key_range(&s->h, key, value), "`%s` stands beside the `ref` of the step", key);
    diag_note_at(c->d, x, place_of(NULL, &s->ref->h), "the `ref` is here");
    diag_help(c->d, x, "remove it: the StepAction says what runs; `params` can be passed to it");
}

static void check_step_ref(const check_ctx *c, const Step *s) {
    check_ref(c, REF_PARTS("ref", s->ref));
    const struct {
        const char *key;
        const ynode *value;
        bool set;
    } forbidden[] = {
        {"image", s->image, text_set(s->image)},
        {"command", s->command, ynode_count(s->command)},
        {"args", s->args, ynode_count(s->args)},
        {"script", s->script, text_set(s->script)},
        {"workingDir", s->workingDir, text_set(s->workingDir)},
        {"env", s->env, ynode_count(s->env)},
        {"volumeMounts", s->volumeMounts, ynode_count(s->volumeMounts)},
        {"results", s->results.node, s->results.n},
    };
    for (uint32_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
        if (forbidden[i].set) beside_ref(c, s, forbidden[i].key, forbidden[i].value);
}

void check_image(const check_ctx *c, const head *h, const ynode *image, const char *what) {
    if (text_set(image)) return;
    /* A key without a value was left out in binding, and stands in the mapping still. */
    bool empty = ynode_pair(h->node, S("image")) != NULL;
    diag *x = REPORT_IN(c, IMAGE_MISSING, key_range(h, "image", image),
                        empty ? "`image` of the %s is empty" : "the %s has no `image`", what);
    diag_help(c->d, x, "add `image`");
}

void check_script_or_command(const check_ctx *c, const head *h, const ynode *script, const ynode *command) {
    if (!text_set(script) || !ynode_count(command)) return;
    diag *x = REPORT_IN(c, SCRIPT_AND_COMMAND, key_range(h, "script", script), "`script` and `command` are both set");
    range other = key_range(h, "command", command);
    diag_note_range(c->d, x, other.at, other.end, "the `command` is here");
    diag_help(c->d, x, "remove one of the two; `args` can stay");
}

/* Without the white space of Unicode at its start, which is more than that of ASCII. */
static str skip_space(str s) {
    static const char *const spaces[] = {"\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
                                         "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
                                         "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
                                         "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};
    for (bool more = true; more;) {
        more = false;
        s = str_trim(s);
        for (uint32_t i = 0; i < sizeof spaces / sizeof *spaces && !more; i++)
            if ((more = str_starts(s, str_z(spaces[i])))) s = str_from(s, str_z(spaces[i]).n);
    }
    return s;
}

void check_windows(const check_ctx *c, const ynode *script) {
    str text = ynode_text(script), trimmed = skip_space(text), mark = S("#!win");
    if (!str_starts(trimmed, mark)) return;
    uint32_t at = (uint32_t)(trimmed.p - text.p);
    check_level_in(c, LEVEL_ALPHA, text_range(c, script, at, at + mark.n), "a `script` for Windows");
}

/* ---- single fields ---------------------------------------------------------------------------------------------- */
static void check_step_name(const check_ctx *c, const Step *s) {
    str name = ynode_text(s->name);
    if (!name.n || name_is_dns_label(name)) return;
    diag *x = REPORT_AT(c, STEP_NAME, place_of(s->name, &s->h), "`name` of the step, %.*s, is not a DNS label",
                        STR_ARG(name));
    diag_help(c->d, x, "%s",
              ref_none(name)
                  ? "use at most 63 lower-case letters, digits and `-`, beginning and ending with a letter or digit"
                  : "variables are not possible in the name of a step");
}

static void check_timeout(const check_ctx *c, const Step *s) {
    int64_t ns;
    if (!s->timeout || !duration_parse(ynode_text(s->timeout), &ns) || ns >= 0) return;
    diag *x = REPORT_AT(c, STEP_TIMEOUT, place_of(s->timeout, &s->h), "`timeout` of the step, %.*s, is negative",
                        STR_ARG(ynode_text(s->timeout)));
    diag_help(c->d, x, "use a positive duration, or leave it out");
}

static void check_mounts(const check_ctx *c, const Step *s) {
    YNODE_EACH(i, mount, s->volumeMounts) {
        const ynode *path = ynode_get(mount, S("mountPath")), *name = ynode_get(mount, S("name"));
        str clean = path_clean(c->a, ynode_text(path));
        if (str_starts(clean, S("/tekton/")) && !str_starts(clean, S("/tekton/home"))) {
            diag *x = REPORT_AT(c, MOUNT_UNDER_TEKTON, place_of(path, &s->h), "`mountPath` %.*s is under /tekton/",
                                STR_ARG(ynode_text(path)));
            diag_help(c->d, x, "Tekton's own files are there: choose another path");
        }
        if (str_starts(ynode_text(name), S("tekton-internal-"))) {
            diag *x =
                REPORT_AT(c, MOUNT_NAME_INTERNAL, place_of(name, &s->h),
                          "`name` of the volume mount, %.*s, begins with tekton-internal-", STR_ARG(ynode_text(name)));
            diag_help(c->d, x, "such volumes are Tekton's own: mount one of the Task's `volumes`");
        }
    }
}

static void check_on_error(const check_ctx *c, const Step *s) {
    str given = ynode_text(s->onError);
    if (!given.n || str_starts(given, S("$(params"))) return;
    map known = map_new(c->a);
    map_add(&known, S("continue"), NULL);
    map_add(&known, S("stopAndFail"), NULL);
    if (map_has(&known, given)) return;
    diag *x = REPORT_AT(c, STEP_ON_ERROR, place_of(s->onError, &s->h),
                        "`onError` of the step is %.*s, not continue or stopAndFail", STR_ARG(given));
    help_nearest(c, x, given, &known, "write `continue` or `stopAndFail`");
}

/* ---- step results and artifacts in places where they are not replaced ------------------------------------------- */
typedef enum place_rule { PLACE_RESULT, PLACE_ARTIFACT } place_rule;

static void check_place(const check_ctx *c, const ynode *text, const char *what, place_rule rule) {
    str s = ynode_text(text);
    hit h;
    if (!text || ref_none(s)) return;
    bool (*detect)(str, uint32_t, hit *) = rule == PLACE_RESULT ? detect_step_result : detect_artifact;
    for (uint32_t from = 0; detect(s, from, &h); from = h.end) {
        /* Only the artifacts of steps are meant, not those of tasks. */
        if (rule == PLACE_ARTIFACT && !str_starts(h.inner, S("step"))) continue;
        const diag_rule *row = &diag_rules[rule == PLACE_RESULT ? TK_STEP_RESULT_PLACE : TK_ARTIFACT_PLACE];
        diag *x = check_report_(c, row, text_range(c, text, h.at, h.end),
                                "`%s` uses $(%.*s), which is not replaced there", what, STR_ARG(h.inner));
        diag_help(c->d, x,
                  rule == PLACE_RESULT
                      ? "set an `env` entry to it and use that; `command` and `args` are possible too"
                      : "set an `env` entry to it and use that; `command`, `args` and `script` are possible too");
    }
}

static void check_both_places(const check_ctx *c, const ynode *text, const char *what) {
    check_place(c, text, what, PLACE_RESULT);
    check_place(c, text, what, PLACE_ARTIFACT);
}

static void check_places(const check_ctx *c, const Step *s) {
    check_both_places(c, s->name, "name");
    check_both_places(c, s->image, "image");
    check_place(c, s->script, "script", PLACE_RESULT);
    check_both_places(c, s->imagePullPolicy, "imagePullPolicy");
    check_both_places(c, s->workingDir, "workingDir");
    YNODE_EACH(i, from, s->envFrom) {
        check_both_places(c, ynode_get(from, S("prefix")), "envFrom prefix");
        check_both_places(c, ynode_get(ynode_get(from, S("configMapRef")), S("name")), "envFrom configMapRef");
        check_both_places(c, ynode_get(ynode_get(from, S("secretRef")), S("name")), "envFrom secretRef");
    }
    YNODE_EACH(j, mount, s->volumeMounts) {
        check_both_places(c, ynode_get(mount, S("name")), "volumeMounts name");
        check_both_places(c, ynode_get(mount, S("mountPath")), "volumeMounts mountPath");
        check_both_places(c, ynode_get(mount, S("subPath")), "volumeMounts subPath");
    }
    YNODE_EACH(k, device, s->volumeDevices) {
        check_both_places(c, ynode_get(device, S("name")), "volumeDevices name");
        check_both_places(c, ynode_get(device, S("devicePath")), "volumeDevices devicePath");
    }
}

/* ---- artifacts without their flag ------------------------------------------------------------------------------- */
static void artifacts_off(const check_ctx *c, const ynode *text, const char *what) {
    str s = ynode_text(text);
    hit h;
    if (!text || ref_none(s)) return;
    for (uint32_t from = 0; detect_artifact(s, from, &h); from = h.end) {
        diag *x =
            REPORT_IN(c, ARTIFACTS_OFF, text_range(c, text, h.at, h.end),
                      "`%s` uses $(%.*s), which needs the feature flag `enable-artifacts`", what, STR_ARG(h.inner));
        diag_help(c->d, x, "use results, or set the flag (`--feature=enable-artifacts=true`)");
    }
}

static void check_artifacts(const check_ctx *c, const Step *s) {
    if (c->cfg->artifacts) return;
    artifacts_off(c, s->script, "script");
    YNODE_EACH(i, item, s->command) artifacts_off(c, item, "command");
    YNODE_EACH(j, item, s->args) artifacts_off(c, item, "args");
    YNODE_EACH(k, item, s->env) artifacts_off(c, ynode_get(item, S("value")), "env");
}

/* ---- a step, all steps ------------------------------------------------------------------------------------------ */
static void check_step_script_results(const check_ctx *c, const Step *s) {
    if (!s->results.n) return;
    map names = map_new(c->a);
    LIST_EACH(StepResult, r, s->results) map_add(&names, ynode_text(r->name), r);
    check_result_uses(c, s->script, S("step.results"), &names);
    check_step_results(c, &s->results);
}

static void check_one(const check_ctx *c, const Step *s) {
    check_artifacts(c, s);
    if (s->ref) {
        check_step_ref(c, s);
    } else {
        if (s->params.n) {
            diag *x = REPORT_IN(c, STEP_PARAMS, key_range(&s->h, "params", s->params.node),
                                "`params` of a step without `ref`");
            diag_help(c->d, x, "declare them in the Task's `params`, or add the `ref`");
        }
        check_image(c, &s->h, s->image, "step");
        check_script_or_command(c, &s->h, s->script, s->command);
    }
    check_step_name(c, s);
    check_timeout(c, s);
    check_mounts(c, s);
    check_on_error(c, s);
    check_windows(c, s->script);
    if (s->stdoutConfig)
        check_level_in(c, LEVEL_ALPHA, key_range(&s->h, "stdoutConfig", s->stdoutConfig->h.node), "`stdoutConfig`");
    if (s->stderrConfig)
        check_level_in(c, LEVEL_ALPHA, key_range(&s->h, "stderrConfig", s->stderrConfig->h.node), "`stderrConfig`");
    check_places(c, s);
    check_step_script_results(c, s);
    check_when(c, &s->when);
}

void check_steps(const check_ctx *c, const Step_list *steps) {
    map names = map_new(c->a);
    LIST_EACH(Step, s, *steps) {
        check_one(c, s);
        str name = ynode_text(s->name);
        const Step *first = name.n ? map_get(&names, name) : NULL;
        if (name.n) map_add(&names, name, s);
        if (!first) continue;
        diag *x = REPORT_AT(c, STEP_TWICE, place_of(s->name, &s->h), "two steps have the `name` %.*s", STR_ARG(name));
        diag_note_at(c->d, x, place_of(first->name, &first->h), "the first one is here");
        diag_help(c->d, x, "rename one of them");
    }
}

void check_sidecars(const check_ctx *c, const Sidecar_list *sidecars) {
    LIST_EACH(Sidecar, s, *sidecars) {
        if (str_eq(ynode_text(s->name), S("tekton-log-results"))) {
            diag *x = REPORT_AT(c, SIDECAR_NAME, place_of(s->name, &s->h),
                                "`name` of the sidecar, tekton-log-results, is Tekton's own");
            diag_help(c->d, x, "choose another name");
        }
        if (c->version == API_V1BETA1) continue; /* which has only this rule */
        check_image(c, &s->h, s->image, "sidecar");
        check_script_or_command(c, &s->h, s->script, s->command);
    }
}
