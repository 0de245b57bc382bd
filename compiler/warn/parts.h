#ifndef COMPILER_WARN_PARTS_H
#define COMPILER_WARN_PARTS_H
/* Pieces of the warnings: one function for each theme, called by warn/warn.c for every part of an object that can have
 * it.
 *
 * In: views of an object's parts (a Task spec with the Pipeline around it, a container, ...). Out: diagnostics only.
 * Texts, maps and views live in the arena of the check_ctx. */
#include "compiler/check/parts.h"
#include "compiler/graph.h"
#include "compiler/warn/warn.h"
#include "grammar/ref.h"

typedef struct warn {
    const check_ctx *c;
    world *w;
    const object *o; /* the object looked at */
    map bound;       /* names of workspaces that some PipelineRun of the input binds */
    map reached;     /* definitions that runs of the input lead to: warn_is_reached() */
    bool closed;
} warn;

/* ---- variables (warn/variable.c) --------------------------------------------------------------------------------- */
typedef enum var_root {
    VAR_PARAM,     /* params.NAME, inputs.params.NAME */
    VAR_CONTEXT,   /* context.KIND.NAME */
    VAR_WORKSPACE, /* workspaces.NAME.PROPERTY */
    VAR_RESULT,    /* results.NAME.path */
    VAR_STEP_OWN,  /* step.results.NAME.path */
    VAR_STEP,      /* steps.NAME.... */
    VAR_TASK,      /* tasks.NAME.... */
    VAR_FINALLY,   /* finally.NAME.... */
    VAR_REMOVED,   /* inputs.resources, outputs.resources, resources */
} var_root;

/* A reference with a root that Tekton knows. */
typedef struct var {
    var_root root;
    const ref_segment *s; /* the segments behind the root */
    uint32_t n;           /* at least 1 */
    str name;             /* text of the first */
    uint32_t at, end;     /* bytes of the text */
    bool inputs;          /* written inputs.params */
} var;

/* The next one from byte *from on; moves *from behind it. */
bool var_next(arena *a, str text, uint32_t *from, var *out);
/* Nothing else stands on its line but blanks. Linear over a text, since no byte is looked at for more than two
 * variables. */
bool var_is_line(str text, const var *v);
/* The first n segments as they stand in the text, with their dots; all of them must be names (REF_NAME). */
str var_names(const var *v, uint32_t n);
static inline bool var_is(const var *v, uint32_t i, str word) { return i < v->n && str_eq(v->s[i].text, word); }

/* What the texts of a spec mention. */
typedef struct uses {
    map params, workspaces, results;
    map step_results;                 /* "STEP/RESULT" */
    map task_results;                 /* "TASK/RESULT"; "TASK" when a part of it can't be told */
    bool all_workspaces, all_results; /* their folders are mentioned as a whole */
} uses;
uses uses_new(arena *a);
/* Everything in a tree that nothing is known of. */
void uses_add_tree(uses *u, arena *a, const ynode *n);
/* A text: its variables, and the folders that it names. */
void uses_add_text(uses *u, arena *a, const ynode *text);
void uses_add_var(uses *u, arena *a, const var *v, const ynode *text);
void uses_add_folders(uses *u, str text);

/* "$(...) stays as it is written: PROBLEM" */
diag *warn_variable_report(const warn *w, const diag_rule *rule, const ynode *text, const var *v, const char *problem);
#define UNDECLARED(w, text, v, ...)                                                                                    \
    warn_variable_report((w), &diag_rules[TK_VARIABLE_UNDECLARED], (text), (v), str_fmt((w)->c->a, __VA_ARGS__).p)
/* A context variable; `in`: whose variables are replaced in the text. */
enum { IN_TASK = 1, IN_PIPELINE = 2, IN_PIPELINE_TASK = 4 };
void warn_context(const warn *w, const ynode *text, const var *v, unsigned in);

/* ---- views ------------------------------------------------------------------------------------------------------ */
typedef struct var_at {
    const ynode *text;
    var v;
} var_at;

struct warn_task;
typedef struct warn_pipeline {
    const PipelineSpec *spec;
    const PipelineRunSpec *run; /* of a PipelineRun that holds the spec; NULL */
    const graph *graph;
    map params;     /* names declared or given by the run → ParamSpec or NULL */
    map workspaces; /* names declared or bound by the run → PipelineWorkspaceDeclaration or NULL */
    map tasks;      /* names of tasks and finally tasks → PipelineTask */
    uses uses;      /* of all texts of the spec */
    VEC(struct warn_task *) embedded;
    map dotted;            /* results that the task looked at takes in the form that Tekton finds */
    VEC(var_at) bracketed; /* and in the form that it does not */
} warn_pipeline;

/* A Task spec with what stands around it. */
typedef struct warn_task {
    const TaskSpec *spec;
    warn_pipeline *in;      /* NULL: of a Task or TaskRun */
    const PipelineTask *of; /* with `in` */
    bool finally;
    const TaskRunSpec *run; /* of a TaskRun that holds the spec; NULL */
    uses uses;
} warn_task;

/* Judges every variable of the texts, and collects what they mention into t->uses and p->uses. */
void warn_task_variables(const warn *w, warn_task *t);
void warn_step_action_variables(const warn *w, const StepActionSpec *spec, uses *u);
/* Fills p->embedded, too. */
void warn_pipeline_variables(const warn *w, warn_pipeline *p);
/* A task's result in a form that Tekton overlooks. */
void warn_result_form(const warn *w, warn_pipeline *p, const ynode *text, const var *v);
/* Values that a run gives. */
void warn_given_values(const warn *w, const Param_list *params);

/* What all containers have, whichever struct they are. */
typedef struct warn_container {
    const char *what; /* for people */
    const head *h;
    const ynode *image, *script, *command, *args, *env, *security_context, *ports, *working_dir;
} warn_container;

/* Parameters of a Task or StepAction: their defaults, and where their values come from. */
typedef struct warn_scope {
    map by_name;                                 /* → ParamSpec */
    bool (*outside)(const void *ctx, str param); /* whether people outside of the object choose its
                                     value; NULL: of all that are declared */
    const void *ctx;
} warn_scope;

/* ---- the themes -------------------------------------------------------------------------------------------------- */
/* warn/unused.c */
void warn_unused_task(const warn *w, const warn_task *t);
void warn_unused_step_action(const warn *w, const StepActionSpec *spec, const uses *u);
void warn_unused_pipeline(const warn *w, const warn_pipeline *p);
void warn_unused_objects(const warn *w);
void warn_unused_given(const warn *w, const ParamSpec_list *declared, const Param_list *given, const uses *u, str what);
/* warn/graph.c: conditions, tasks that never run, matrices */
void warn_when(const warn *w, const WhenExpression_list *when);
void warn_graph(const warn *w, const warn_pipeline *p);
void warn_pipeline_tasks(const warn *w, const warn_pipeline *p);
/* warn/image.c, warn/script.c, warn/secret.c, warn/security.c: a container */
void warn_image(const warn *w, const warn_container *x, const warn_scope *s);
void warn_script(const warn *w, const warn_container *x, const warn_scope *s);
void warn_secret_env(const warn *w, const ynode *env);
void warn_secret_params(const warn *w, const ParamSpec_list *declared, const Param_list *given);
void warn_secret_texts(const warn *w, const ynode *tree);
void warn_security(const warn *w, const warn_container *x);
void warn_working_dir(const warn *w, const warn_container *x);
void warn_security_volumes(const warn *w, const ynode *volumes);
void warn_security_pod(const warn *w, const PodTemplate *t);
/* warn/result.c */
void warn_results(const warn *w, const warn_task *t);
void warn_step_results_twice(const warn *w, const StepResult_list *results);
void warn_pipeline_results_twice(const warn *w, const PipelineResult_list *results);
/* warn/name.c */
void warn_step_names(const warn *w, const TaskSpec *spec);
void warn_run_names(const warn *w, const PipelineSpec *spec);
void warn_task_run_name(const warn *w);
/* warn/old.c: versions, fields and variables that are on their way out */
void warn_old(const warn *w);
/* warn/call.c: what is handed on, in definitions that no run leads to */
map warn_reached(const warn *w);
bool warn_is_reached(const warn *w, const object *o);
void warn_calls(const warn *w, const PipelineSpec *spec);
void warn_call_steps(const warn *w, const TaskSpec *spec);
/* warn/hidden.c: values that are not what they seem (facts I.21, 27-35) */
void warn_hidden_task(const warn *w, const warn_task *t);
void warn_hidden_run(const warn *w, const ParamSpec_list *declared, const Param_list *given);
#endif
