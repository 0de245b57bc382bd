#include "compiler/check/pipeline.h"

/* ---- WS-01, WS-02 -------------------------------------------------------------------------------------------------
 */
void check_workspaces_declared(const check_ctx *c, const PipelineWorkspaceDeclaration_list *workspaces) {
    map seen = map_new(c->a);
    LIST_EACH(PipelineWorkspaceDeclaration, w, *workspaces) {
        str name = ynode_text(w->name);
        if (!name.n) {
            diag *x = REPORT_AT(c, PIPELINE_WORKSPACE_NAME, place_of(w->name, &w->h),
                                "`workspaces[%u]` of the Pipeline has no `name`", w_i);
            diag_help(c->d, x, "give it a name");
            continue;
        }
        const PipelineWorkspaceDeclaration *first = map_get(&seen, name);
        map_add(&seen, name, w);
        if (!first) continue;
        diag *x = REPORT_AT(c, PIPELINE_WORKSPACE_TWICE, place_of(w->name, &w->h), "workspace `%.*s` is declared twice",
                            STR_ARG(name));
        note_first(c, x, first->name, &first->h, "first declared here");
        diag_help(c->d, x, "rename or remove one");
    }
}

/* ---- WS-03, WS-04 -------------------------------------------------------------------------------------------------
 */
void check_task_workspaces(const check_ctx *c, const PipelineTask *t, const map *declared) {
    map seen = map_new(c->a);
    LIST_EACH(WorkspacePipelineTaskBinding, w, t->workspaces) {
        str name = ynode_text(w->name);
        const WorkspacePipelineTaskBinding *first = map_get(&seen, name);
        map_add(&seen, name, w);
        if (first) {
            diag *x = REPORT_AT(c, TASK_WORKSPACE_TWICE, place_of(w->name, &w->h),
                                "workspace `%.*s` of task `%.*s` is given twice", STR_ARG(name), NAME_ARG(t->name));
            note_first(c, x, first->name, &first->h, "first given here");
            diag_help(c->d, x, "remove one of the two");
        }
        const ynode *target = text_set(w->workspace) ? w->workspace : w->name;
        if (map_has(declared, ynode_text(target))) continue;
        diag *x = REPORT_AT(c, TASK_WORKSPACE_UNDECLARED, place_of(target, &w->h),
                            "task `%.*s` uses workspace `%.*s`, which the Pipeline does not declare", NAME_ARG(t->name),
                            NAME_ARG(target));
        help_nearest(c, x, ynode_text(target), declared, "declare it in `workspaces` of the Pipeline");
    }
}

/* ---- WB-* ------------------------------------------------------------------------------------------------------- */
typedef struct binding_source {
    const char *name;
    const ynode *tree;
} binding_source;

static void missing(const check_ctx *c, const diag_rule *rule, const WorkspaceBinding *b, const binding_source *s,
                    const char *what) {
    diag *x = check_report_(c, rule, key_range(&b->h, s->name, s->tree), "`%s` of workspace `%.*s` has no `%s`",
                            s->name, NAME_ARG(b->name), what);
    diag_help(c->d, x, "add `%s`", what);
}
#define MISSING(c, ident, b, s, what) missing((c), &diag_rules[TK_##ident], (b), (s), (what))

static void check_source(const check_ctx *c, const WorkspaceBinding *b, const binding_source *s) {
    const ynode *n = s->tree;
    if (n == b->persistentVolumeClaim && !ynode_get_text(n, S("claimName")).n)
        MISSING(c, BINDING_CLAIM, b, s, "claimName");
    if (n == b->configMap && !ynode_get_text(n, S("name")).n) MISSING(c, BINDING_FILES, b, s, "name");
    if (n == b->secret && !ynode_get_text(n, S("secretName")).n) MISSING(c, BINDING_FILES, b, s, "secretName");
    if (n == b->projected && !ynode_count(ynode_get(n, S("sources")))) MISSING(c, BINDING_PROJECTED, b, s, "sources");
    if (n == b->csi && !ynode_get_text(n, S("driver")).n) MISSING(c, BINDING_DRIVER, b, s, "driver");
}

static void check_binding(const check_ctx *c, const WorkspaceBinding *b, uint32_t index) {
    const binding_source all[] = {{"volumeClaimTemplate", b->volumeClaimTemplate},
                                  {"persistentVolumeClaim", b->persistentVolumeClaim},
                                  {"emptyDir", b->emptyDir},
                                  {"configMap", b->configMap},
                                  {"secret", b->secret},
                                  {"projected", b->projected},
                                  {"csi", b->csi}};
    const binding_source *first = NULL;
    bool several = false;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!all[i].tree) continue;
        if (!first) {
            first = &all[i];
            continue;
        }
        several = true;
        diag *x = REPORT_IN(c, BINDING_SOURCES, key_range(&b->h, all[i].name, all[i].tree),
                            "workspace `%.*s` has both `%s` and `%s`", NAME_ARG(b->name), first->name, all[i].name);
        range at = key_range(&b->h, first->name, first->tree);
        diag_note_range(c->d, x, at.at, at.end, "`%s` is here", first->name);
        diag_help(c->d, x, "keep one of them");
    }
    if (first) {
        if (!several) check_source(c, b, first);
        return;
    }
    diag *x = !text_set(b->name) && !text_set(b->subPath)
                  ? REPORT_AT(c, BINDING_EMPTY, place_of(NULL, &b->h), "`workspaces[%u]` is empty", index)
                  : REPORT_AT(c, BINDING_SOURCE_MISSING, place_of(b->name, &b->h),
                              "workspace `%.*s` is bound to nothing", NAME_ARG(b->name));
    diag_help(c->d, x, "add one source, for instance `emptyDir: {}`");
}

void check_bindings(const check_ctx *c, const WorkspaceBinding_list *bindings, bool fold_case) {
    map seen = map_new(c->a);
    LIST_EACH(WorkspaceBinding, b, *bindings) {
        check_binding(c, b, b_i);
        str name = ynode_text(b->name), key = fold_case ? str_lower(c->a, name) : name;
        const WorkspaceBinding *first = map_get(&seen, key);
        map_add(&seen, key, b);
        if (!first) continue;
        diag *x =
            REPORT_AT(c, BINDING_TWICE, place_of(b->name, &b->h), "workspace `%.*s` is bound twice", STR_ARG(name));
        note_first(c, x, first->name, &first->h, "first bound here");
        diag_help(c->d, x, "remove one of the two");
    }
}
