#ifndef COMPILER_CHECK_PARTS_H
#define COMPILER_CHECK_PARTS_H
/* Pieces of the admission checks that several kinds share: names, references, declared parameters, uses of variables in
 * Steps, embedded Task specs, when expressions.
 *
 * In: parts of a bound, converted, defaulted object, and a check_ctx that says what it was written as. Out: diagnostics
 * only, every one at the place a user would change. Nothing stops at the first error: Tekton does in places, but what
 * it would say next is true as well, and the verdict is the same. Rules: facts validation.md B.1-B.7, B.12. */
#include "base/map.h"
#include "compiler/config.h"
#include "compiler/diags.h"
#include "compiler/schema/bind.h"

typedef struct check_ctx {
    arena *a; /* maps live here; that of the diagnostics will do */
    diags *d;
    const config *cfg;
    api_version version; /* as it was written: some rules differ in v1beta1 */
    struct text_cursor *cursor; /* where text_range was last; makes a whole scan of a text linear */
} check_ctx;

check_ctx check_ctx_new(diags *d, const config *cfg, api_version version);

/* ---- places and texts (check/text.c) ----------------------------------------------------------------------------- */
/* Absent and "" are the same to Tekton. */
static inline bool text_set(const ynode *n) { return n && n->kind != Y_NULL && ynode_text(n).n > 0; }
typedef struct range {
    pos at, end;
} range;
/* Where bytes [from, to) of a scalar's text stand in the source; the whole scalar when that can't be known. */
range text_range(const check_ctx *c, const ynode *text, uint32_t from, uint32_t to);
/* The key of a field in the mapping that a struct was bound from; `value` when it does not stand there. */
range key_range(const head *h, const char *key, const ynode *value);
/* The first of the two that has a place. */
const ynode *place_of(const ynode *leaf, const head *h);
#define REPORT_AT(c, ident, where, ...) diag_at((c)->d, &diag_rules[TK_##ident], (where), __VA_ARGS__)
#define REPORT_IN(c, ident, r, ...) check_report_((c), &diag_rules[TK_##ident], (r), __VA_ARGS__)
diag *check_report_(const check_ctx *c, const diag_rule *rule, range r, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* "did you mean `X`?" when one of the names is near, else `otherwise` (may be NULL). */
void help_nearest(const check_ctx *c, diag *x, str given, const map *names, const char *otherwise);
/* As Go's filepath.Clean. */
str path_clean(arena *a, str path);
/* The feature gate of enable-api-fields: reports API_FIELDS at `where` unless the level is reached. `what` names the
 * field for people, e.g. "matrix". True: allowed. */
bool check_level(const check_ctx *c, feature_level level, const ynode *where, const char *what);
bool check_level_in(const check_ctx *c, feature_level level, range where, const char *what);

/* ---- names (check/names.c); Kubernetes' formats ------------------------------------------------------------------ */
bool name_is_dns_label(str s);     /* [a-z0-9]([-a-z0-9]*[a-z0-9])?, 1 to 63 bytes */
bool name_is_dns_subdomain(str s); /* labels without their limit, joined by dots, 1 to 253 bytes */
bool name_is_qualified(str s);     /* [subdomain/]name, name: 1 to 63 of [-A-Za-z0-9_.], alphanumeric at both ends */
bool name_is_url_like(str s);      /* [\w-]+:/ anywhere */
bool name_is_result(str s);        /* ([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9] */
bool name_is_param(str s);         /* string and array params: [_a-zA-Z][_a-zA-Z0-9.-]* */
bool name_is_object_param(str s);  /* and keys of objects: no dots */

/* ---- references (check/ref.c) ------------------------------------------------------------------------------------ */
/* REF-01..10 of a Step's ref, a taskRef, a pipelineRef. `what` is the field's name. The references' structs differ, so
 * their members are handed over. */
typedef struct ref_parts {
    const char *what;
    const head *head;      /* place of the reference as a whole */
    const ynode *name, *resolver;
    const Param_list *params;
} ref_parts;
#define REF_PARTS(field, r) ((ref_parts){field, &(r)->h, (r)->name, (r)->resolver, &(r)->params})
void check_ref(const check_ctx *c, ref_parts r);
/* A parameter name given twice in one list, ignoring case (REF-05, PR-04, TR-04, CR-05). */
void check_params_twice_fold(const check_ctx *c, const Param_list *params);

/* ---- declared parameters (check/param.c) ------------------------------------------------------------------------- */
typedef enum param_type { PARAM_STRING, PARAM_ARRAY, PARAM_OBJECT, PARAM_UNKNOWN } param_type;
param_type param_type_of(const ParamSpec *p);    /* by `type`; absent is a string */
param_type param_value_type(const ynode *value); /* of a value or default as bound */
const char *param_type_name(param_type t);

enum params_rules {
    PARAMS_TYPES = 1 << 0,      /* PRM-01..03 */
    PARAMS_PROPERTIES = 1 << 1, /* PRM-04 */
    PARAMS_UNIQUE = 1 << 2,     /* PRM-05 */
    PARAMS_NAMES = 1 << 3,      /* PRM-06, 07 */
    PARAMS_ENUM = 1 << 4,       /* PRM-08..11 */
};
/* Pooled declarations (PR-24) work the same: hand over the list of the merged ones, which keep the places of what they
 * were merged from. */
void check_params_declared(const check_ctx *c, const ParamSpec_list *params, unsigned rules);

/* The parameters that can be used at some place, for looking up. Scopes chain, so that a Pipeline's own is made once
 * and each embedded Task puts its own on top; as Tekton appends the lists, a name of both counts in both. */
typedef struct param_entry {
    const ParamSpec *spec; /* the first declaration of that name */
    unsigned types;        /* 1 << param_type of every declaration */
    map keys;              /* objects: declared properties → ynode; made on first use */
    bool keys_made;
} param_entry;
typedef struct param_scope {
    const struct param_scope *outer; /* or NULL */
    map by_name;                     /* → param_entry * */
} param_scope;
/* `params` may be NULL. */
param_scope param_scope_new(const check_ctx *c, const ParamSpec_list *params, const param_scope *outer);
void param_scope_add(param_scope *s, const ParamSpec *p);
bool param_scope_has(const param_scope *s, str name);
/* "did you mean" among the names of a scope; no help when none is near. */
void param_scope_help(const check_ctx *c, diag *x, const param_scope *s, str given);
/* The innermost entry of that name that has one of the types (bits of 1 << param_type); NULL: none. */
param_entry *param_scope_find(const param_scope *s, str name, unsigned types);
bool param_entry_has_key(const check_ctx *c, param_entry *e, str key);

/* ---- variables in Steps (check/use.c) ---------------------------------------------------------------------------- */
enum use_rules {
    USES_DECLARED = 1 << 0, /* USE-01..05: needs the full scope */
    USES_ARRAYS = 1 << 1,   /* USE-02, 06, 07: of the arrays of this scope */
    USES_CONTEXT = 1 << 2,  /* USE-08 */
};
/* Steps with the stepTemplate under them: Tekton merges in place before it looks at variables, so what a stepTemplate
 * uses counts wherever a step doesn't set the field itself. */
void check_uses(const check_ctx *c, const TaskSpec *spec, const param_scope *scope, unsigned rules);
/* The same for a StepAction; its script is left to STEP_ACTION_SCRIPT_PARAM. */
void check_uses_step_action(const check_ctx *c, const StepActionSpec *spec, const param_scope *scope);
/* $(PREFIX.NAME.path) in a script, where NAME must be among `results`: USE-09 ("results"), STP-16 ("step.results"). */
void check_result_uses(const check_ctx *c, const ynode *script, str prefix, const map *results);
/* The name of a detected variable that Tekton looks up: the first part of the dot form, all of the bracket form,
 * without [n] and [*]; and whether the dot form has three parts or more. */
str variable_name(arena *a, str v, char form);
bool variable_too_long(str v, char form);

/* ---- Task specs (check/task.c, check/step.c, check/result.c) ----------------------------------------------------- */
/* B.2-B.7 and USE-02, 06..09, without USE-01, 03..05 and PRM-04, which Tekton judges only where it knows all
 * parameters: do those by check_uses(USES_DECLARED) and check_params_declared(PARAMS_PROPERTIES). `where` is named
 * when there is nothing else to point at. */
void check_task_spec(const check_ctx *c, const TaskSpec *spec, const ynode *where);
void check_task_results(const check_ctx *c, const TaskResult_list *results);
void check_step_results(const check_ctx *c, const StepResult_list *results);
/* Steps with the stepTemplate under them; one with a `ref` waits for its StepAction. */
Step_list check_merged_steps(const check_ctx *c, const TaskSpec *spec);
/* STP-*: steps after that merge; SC-*. */
void check_steps(const check_ctx *c, const Step_list *steps);
void check_sidecars(const check_ctx *c, const Sidecar_list *sidecars);
/* Of a step, sidecar or StepAction (`what`). */
void check_image(const check_ctx *c, const head *h, const ynode *image, const char *what);
void check_script_or_command(const check_ctx *c, const head *h, const ynode *script, const ynode *command);
void check_windows(const check_ctx *c, const ynode *script);

/* ---- when (check/when.c) ----------------------------------------------------------------------------------------- */
/* WHN-01..06, for PipelineTasks and Steps. */
void check_when(const check_ctx *c, const WhenExpression_list *when);
#endif
