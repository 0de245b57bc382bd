#include "cli/options.h"
#include "base/diag.h"
#include "cli/table.h"
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

typedef option_row row;

enum { C = 1 << VERB_COMPILE, K = 1 << VERB_CHECK, F = 1 << VERB_FILL, X = 1 << VERB_EXPLAIN, D = 1 << VERB_DIFF, V = 1 << VERB_VERSION, H = 1 << VERB_HELP };
enum { R = 1 << VERB_RUN, T = 1 << VERB_STATUS, L = 1 << VERB_LOGS, Q = 1 << VERB_CANCEL, G = 1 << VERB_GC };
enum { P = 1 << VERB_TEST };
enum { I = 1 << VERB_GRAPH, M = 1 << VERB_IMAGES, O = 1 << VERB_COMPLETION | 1 << VERB_MAN | 1 << VERB_SCHEMA, N = 1 << VERB_KRM };
/* RUNS compile runs, so they take what a run is made with; FILES do it to show something; READS read Tekton definitions and
 * have messages. */
enum { FILES = C | D | I | M, RUNS = FILES | R, READS = RUNS | K };
enum { LIVE = R | T | L | Q | G, ALL = C | K | F | X | D | I | M | O | N | P | V | H | LIVE };

#define AT(member) offsetof(options, member)

/* clang-format off */
static const row rows[] = {
    {"param", 'p', RUNS, MANY, AT(params), "NAME=VALUE", NULL,
     "A parameter of the run: a string, a,b,c for an array, key:value,... for an object, @FILE for a file's content"},
    {"params-file", 0, RUNS, MANY, AT(params_files), "FILE", NULL, "Parameters from a YAML or JSON mapping of names to values"},
    {"workspace", 'w', RUNS, MANY, AT(workspaces), "name=NAME,...", NULL,
     "A workspace of the run: claimName=PVC, emptyDir=, config=NAME, secret=NAME, volumeClaimTemplateFile=FILE or "
     "csiFile=FILE, with subPath=DIR, item=KEY=PATH"},
    {"serviceaccount", 's', RUNS, TEXT, AT(service_account), "NAME", NULL, "Service account of the run's Pods"},
    {"entry", 0, RUNS, TEXT, AT(entry), "NAME", NULL, "The run, Pipeline or Task to compile, when the input has several"},
    {"name", 0, RUNS | F, TEXT, AT(name), "NAME", NULL, "Name of the run"},
    {"name-suffix", 0, FILES, TEXT, AT(name_suffix), "TEXT", NULL,
     "What stands for the random part of generateName; by default made from the run's content"},
    {"run-uid", 0, C | I | F, TEXT, AT(run_uid), "UID", NULL, "The run's uid, where a Pod shows one; else the cluster's Job has it"},
    {"namespace", 'n', READS | F | LIVE, TEXT, AT(namespace_), "NAME", NULL, "Namespace of the run, and of objects that name none"},
    {"output", 'o', C | F, TEXT, AT(output), "DIR|-", NULL, "Where the manifests go; - is one stream on standard output (the default)"},
    {"jobs", 'j', C, TEXT, AT(jobs), "N", NULL, "How many files are written at once (1)"},
    {"check", 0, C, FLAG, AT(check), NULL, NULL, "Write nothing; show as a diff what is not as it would be written to --output, and end with 4"},
    {"results", 0, F, TEXT, AT(results), "FILE", NULL, "What the tasks gave: tasks: {TASK: {results: {NAME: VALUE}, status: STATUS}}"},
    {"layout", 0, C, TEXT, AT(layout), "LAYOUT", "kustomize|plain",
     "plain: a folder for `kubectl apply -f`, plan and Pods inside ConfigMaps"},
    {"schedule", 0, C | D, TEXT, AT(start[START_SCHEDULE]), "CRON", NULL,
     "Start a run again and again, as in '0 6,18 * * *': a CronJob. This and what follows are also annotations of a run, tektonc.dev/schedule"},
    {"time-zone", 0, C | D, TEXT, AT(start[START_TIME_ZONE]), "ZONE", NULL, "Time zone of the schedule, such as Europe/Rome; else that of the cluster"},
    {"concurrency", 0, C | D, TEXT, AT(start[START_CONCURRENCY]), "HOW", "Forbid|Allow|Replace", "What happens when a run is due while one is going"},
    {"suspend", 0, C | D, FLAG, AT(suspend), NULL, NULL, "The schedule starts nothing: runs are started by kubectl create job --from"},
    {"keep", 0, C | D, TEXT, AT(start[START_KEEP]), "N", NULL, "How many ended runs of a schedule are kept, and of one that --on-change is about (5)"},
    {"run-key", 0, C | D, TEXT, AT(start[START_RUN_KEY]), "TEXT", NULL, "Another text makes the same plan run again"},
    {"on-change", 0, C | D, TEXT, AT(start[START_ON_CHANGE]), "HOW", "finish|cancel",
     "What becomes of a run that is going when the output changes: it may finish, or is cancelled with its finally tasks"},
    {"argocd-hook", 0, C | D, TEXT, AT(start[START_ARGOCD_HOOK]), "PHASE", "PreSync|Sync|PostSync", "Make the run a hook of Argo CD"},
    {"argocd-wave", 0, C | D, TEXT, AT(start[START_ARGOCD_WAVE]), "N", NULL, "Argo CD's sync wave of the run; what it needs is in the one before"},
    {"json", 0, C | F, FLAG, AT(json), NULL, NULL, "Write JSON instead of YAML"},
    {"emit", 0, C, TEXT, AT(emit), "STAGE", "|ast|runs|resolved|dag|pods|plan", "Show a stage of the compilation instead of its result"},
    {"runtime-image", 0, FILES | R, TEXT, AT(runtime_image), "IMAGE", NULL, "Image of the entrypoint and the controller"},
    {"entrypoint-delivery", 0, FILES, TEXT, AT(entrypoint_delivery), "WAY", "configmap|image", "How the entrypoint comes into the Pods"},
    {"image-entrypoint", 0, RUNS, MANY, AT(image_entrypoints), "IMAGE=CMD,ARG", NULL,
     "The command of an image for steps that give none; * is every image"},
    {"image-entrypoints", 0, RUNS, MANY, AT(image_entrypoint_files), "FILE", NULL, "The same from a mapping of images to lists of words"},
    {"image-map", 0, RUNS, MANY, AT(image_maps), "FILE", NULL,
     "Put other images in place: a mapping of NAME:TAG, NAME or PREFIX/ to what stands for it; also the runtime's image"},
    {"tekton-api", 0, READS, TEXT, AT(tekton_api), "LEVEL", "|stable|beta|alpha", "Tekton's enable-api-fields (beta unless a ConfigMap says otherwise)"},
    {"feature", 0, READS, MANY, AT(features), "KEY=VALUE", NULL, "One of Tekton's feature-flags"},
    {"closed", 0, FILES | K, FLAG, AT(closed), NULL, NULL, "References to objects that are not in the input are errors also without a run"},
    {"format", 0, D, TEXT, AT(report), "FORM", "text|markdown", "For a terminal, or for a comment of a pull request"},
    {"check", 0, D, FLAG, AT(check), NULL, NULL, "End with 4 when something changes"},
    {"format", 0, C | K | R, TEXT, AT(format), "FORM", "text|json|sarif|github|junit", "Form of the messages"},
    {"format", 0, P, TEXT, AT(format), "FORM", "text|tap|junit|github|json", "Form of what came out"},
    {"case", 0, P, TEXT, AT(case_), "TEXT", NULL, "Only the cases whose name contains this"},
    {"show", 0, P, FLAG, AT(show), NULL, NULL, "Show all that the cases can look at, instead of judging"},
    {"color", 0, READS | P | T | L, TEXT, AT(color), "WHEN", "auto|always|never", "Colours in messages; auto is on a terminal, without NO_COLOR"},
    {"fail-on", 0, READS, TEXT, AT(fail_on), "SEVERITY", "error|warning", "Exit with 1 from this severity on"},
    {"profile", 0, READS, TEXT, AT(profile), "WHOSE", "full|tekton", "tekton leaves out the warnings: what Tekton itself does not refuse"},
    {"rule", 0, READS | P, MANY, AT(rules), "RULE=SEVERITY", NULL,
     "A rule, by id or name, as error, warning, note or off (rules: in the settings)"},
    {"timings", 0, READS, FLAG, AT(timings), NULL, NULL, "Say on standard error the CPU time of each pass"},
    {"settings", 0, READS | P, TEXT, AT(settings), "FILE", NULL,
     "Options from a YAML mapping of their long names to values; .tektonc.yaml if there is one"},
    {"output", 'o', R, TEXT, AT(output), "FORM", "|yaml|json|name",
     "Print the finished run on standard output, with its status in Tekton's form; logs go to standard error"},
    {"output", 'o', T, TEXT, AT(output), "FORM", "|yaml|json|wide", "The whole status in Tekton's form, or more columns"},
    {"format", 0, I, TEXT, AT(picture), "FORM", "text|list|dot|mermaid|svg|html",
     "Form of the picture; by default what the name of --output says, else text: a drawing for the terminal where it fits, "
     "else a list"},
    {"output", 'o', I, TEXT, AT(output), "FILE|-", NULL, "Where the picture goes; - is standard output (the default)"},
    {"run", 0, I, TEXT, AT(run), "FILE|DIR", NULL,
     "Put a run over the picture: its YAML with the status in Tekton's form (`tektonc run -o yaml`, `kubectl get "
     "pipelinerun,taskrun -o yaml`), or the folder that `tektonc run` keeps of it, with logs"},
    {"ascii", 0, I, FLAG, AT(ascii), NULL, NULL, "Draw with ASCII characters only"},
    {"format", 0, M, TEXT, AT(bill), "FORM", "text|json|cyclonedx", "For people, for programs, or a bill of materials (CycloneDX 1.6, JSON)"},
    {"direction", 0, I, TEXT, AT(direction), "WAY", "right|down", "Where the graph goes"},
    {"layout-by", 0, I, TEXT, AT(layout_by), "WHO", "builtin|graphviz",
     "Who says where the tasks of an SVG stand: tektonc, the same on every machine, or Graphviz' dot"},
    {"engine", 0, LIVE, TEXT, AT(engine), "ENGINE", "|docker|host|kube",
     "Where runs are: containers, sandboxes on this machine, or the cluster of the current context. By default docker when "
     "it answers, else host"},
    {"only", 0, R, TEXT, AT(only), "TASK", NULL, "Run this task alone, with results and workspaces of the last run"},
    {"from", 0, R, TEXT, AT(from), "TASK", NULL, "Run this task and what comes after it, with results and workspaces of the last run"},
    {"rerun-failed", 0, R, FLAG, AT(rerun_failed), NULL, NULL, "Run what did not succeed in the last run, and what comes after it"},
    {"dry-run", 0, R, FLAG, AT(dry_run), NULL, NULL, "Show what would run, in order, and run nothing"},
    {"resume", 0, R, TEXT, AT(resume), "RUN", NULL, "Go on with a run that was interrupted"},
    {"task", 0, L, TEXT, AT(task), "TASK", NULL, "Only this task's logs"},
    {"follow", 'f', L, FLAG, AT(follow), NULL, NULL, "Go on until the run has ended"},
    {"how", 0, Q, TEXT, AT(how), "HOW", "CancelledRunFinally|Cancelled|StoppedRunFinally",
     "Tekton's ways to cancel: finally tasks run, or not, or what runs may end first"},
    {"keep", 0, R | G, TEXT, AT(keep), "N", NULL, "How many ended runs are kept (20)"},
    {"kubeconfig", 0, LIVE, TEXT, AT(kubeconfig), "FILE", NULL, "How to reach the cluster; by default $KUBECONFIG or ~/.kube/config"},
    {"context", 0, LIVE, TEXT, AT(context), "NAME", NULL, "A context of the kubeconfig"},
    {"help", 'h', ALL, FLAG, AT(help), NULL, NULL, "Show the options"},
};
/* clang-format on */
enum { ROWS = sizeof rows / sizeof *rows };
_Static_assert((int)ROWS <= (int)OPTION_ROWS, "options.given has a place for each row");
_Static_assert((int)VERBS <= 32, "row.verbs has a bit for each verb");

static const verb_row verbs[VERBS] = {
    [VERB_COMPILE] = {"", "[OPTION...] FILE|DIR|-...", "Compile Tekton definitions to plain Kubernetes manifests"},
    [VERB_CHECK] = {"check", "[OPTION...] FILE|DIR|-...", "Say everything that is wrong with Tekton definitions"},
    [VERB_FILL] = {"fill", "[OPTION...] DIR|FILE|-...", "Put results into the Pods of a plan that was written before"},
    [VERB_EXPLAIN] = {"explain", "[TK0123|RULE|KIND.FIELD...]",
                      "Explain a message's id, or a field such as task.spec.steps"},
    [VERB_GRAPH] = {"graph", "[OPTION...] FILE|DIR|-...", "Show the tasks of a run as a picture"},
    [VERB_IMAGES] = {"images", "[OPTION...] FILE|DIR|-...", "List all images, and where they are used"},
    [VERB_TEST] = {"test", "[OPTION...] [FILE|DIR...]", "Play pipelines without containers and compare with what is expected"},
    [VERB_DIFF] = {"diff", "[OPTION...] OLD NEW | PATH REVISION", "Say what changes in meaning between outputs or inputs, or since a revision"},
    [VERB_RUN] = {"run", "[OPTION...] FILE|DIR|-...", "Compile and run, here or in a cluster"},
    [VERB_STATUS] = {"status", "[OPTION...] [RUN]", "Show runs, or one with all its tasks"},
    [VERB_LOGS] = {"logs", "[OPTION...] RUN", "Show what the steps of a run wrote"},
    [VERB_CANCEL] = {"cancel", "[OPTION...] RUN", "Cancel a run"},
    [VERB_GC] = {"gc", "[OPTION...]", "Remove what runs left that were killed, and old runs"},
    [VERB_KRM] = {"krm", "", "Compile a ResourceList: a function for kustomize and kpt"},
    [VERB_SCHEMA] = {"schema", "[KIND]", "Print a JSON schema of Tekton's kinds for editors"},
    [VERB_COMPLETION] = {"completion", "bash|zsh|fish", "Print the completion of a shell"},
    [VERB_MAN] = {"man", "", "Print the manual page"},
    [VERB_VERSION] = {"version", "", "Show the version"},
    [VERB_HELP] = {"help", "[VERB]", "Show the verbs, or a verb with its options"},
};

const char *verb_name(verb v) { return verbs[v].name; }
bool verb_live(verb v) { return LIVE >> v & 1; }

static const char *program = "tektonc"; /* what people called it */

const char *program_name(void) { return program; }

/* kubectl and tkn run plugins by the names of their files: kubectl-tektonc is `kubectl tektonc`. */
void program_called(const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (strcmp(name, "kubectl-tektonc") == 0) program = "kubectl tektonc";
    if (strcmp(name, "tkn-tektonc") == 0) program = "tkn tektonc";
}

static _Thread_local strbuf *said;

void say_into(strbuf *b) { said = b; }

void say(const char *format, ...) {
    va_list args;
    va_start(args, format);
    if (said) {
        strbuf_add(said, str_vfmt(said->a, format, args));
        strbuf_addc(said, '\n');
        va_end(args);
        return;
    }
    fprintf(stderr, "%s: ", program);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

const option_row *option_rows(uint32_t *n) {
    *n = ROWS;
    return rows;
}

const verb_row *verb_rows(void) { return verbs; }

/* ---- one option ---------------------------------------------------------------------------------------------------
 */

static bool is_choice(const char *choices, str value) {
    for (const char *c = choices; c; c = strchr(c, '|') ? strchr(c, '|') + 1 : NULL) {
        str choice = {c, (uint32_t)strcspn(c, "|")};
        if (choice.n && str_eq(choice, value)) return true;
    }
    return false;
}

/* NULL or what is wrong with the value. */
static const char *store(options *o, const row *r, str value) {
    char *member = (char *)o + r->offset;
    if (r->choices && !is_choice(r->choices, value))
        return str_fmt(o->a, "--%s takes one of %s, not \"%.*s\"", r->name, r->choices + (*r->choices == '|'),
                       STR_ARG(value))
            .p;
    switch (r->shape) {
    case FLAG: *(bool *)member = true; break;
    case TEXT: *(str *)member = value; break;
    case MANY: vec_push(o->a, (words *)member, value); break;
    }
    return NULL;
}

/* The verb's own row, or else another verb's. */
static const row *find(verb v, str name, char letter) {
    const row *other = NULL;
    for (int i = 0; i < ROWS; i++) {
        const row *r = &rows[i];
        if (letter ? r->letter != letter : !str_eq(str_z(r->name), name)) continue;
        if (r->verbs >> v & 1) return r;
        if (!other) other = r;
    }
    return other;
}

bool say_unknown(const char *before, str word, const str *known, uint32_t n, const char *otherwise) {
    str near = diag_nearest(word, known, n);
    const char *dashes = strlen(before) > 2 && strcmp(before + strlen(before) - 2, "--") == 0 ? "--" : "";
    if (near.n)
        say("%s%.*s; did you mean %s%.*s?", before, STR_ARG(word), dashes, STR_ARG(near));
    else
        say("%s%.*s%s", before, STR_ARG(word), otherwise);
    return false;
}

static bool no_option(arena *a, verb v, str name) {
    str names[ROWS];
    for (int i = 0; i < ROWS; i++) names[i] = str_z(rows[i].name);
    return say_unknown("there is no option --", name, names, ROWS, str_fmt(a, "; `%s help %s` lists them", program, verb_title(v)).p);
}

/* A choice that another verb has, as `format: sarif`: the settings file is for all of them. */
static bool fits_another(const row *r, str value) {
    if (!r->choices || is_choice(r->choices, value)) return false;
    for (int i = 0; i < ROWS; i++)
        if (&rows[i] != r && strcmp(rows[i].name, r->name) == 0 && is_choice(rows[i].choices, value)) return true;
    return false;
}

const char *options_set(options *o, str name, const words *values) {
    const row *r = find(o->verb, name, 0);
    if (!r || r->offset == AT(settings) || r->offset == AT(help)) return "there is no such option";
    if (!(r->verbs >> o->verb & 1)) return NULL; /* one settings file for all verbs */
    if (r->shape == MANY) {
        words *member = (words *)((char *)o + r->offset), own = *member;
        *member = (words){0};
        for (uint32_t i = 0; i < values->n; i++) vec_push(o->a, member, values->v[i]);
        for (uint32_t i = 0; i < own.n; i++) vec_push(o->a, member, own.v[i]);
        return NULL;
    }
    if (values->n != 1) return "one value is expected";
    if (o->given[r - rows]) return NULL;
    o->given[r - rows] = true; /* settings that are read later count less */
    if (r->shape == FLAG && !str_eq(values->v[0], S("true")))
        return str_eq(values->v[0], S("false")) ? NULL : "true or false is expected";
    if (fits_another(r, values->v[0])) return NULL;
    return store(o, r, values->v[0]);
}

const char *options_give(options *o, str name, const words *values) {
    const row *r = find(o->verb, name, 0);
    if (!r || r->offset == AT(settings) || r->offset == AT(help) || !(r->verbs >> o->verb & 1)) return "there is no such option";
    if (r->shape != MANY && values->n != 1) return "one value is expected";
    o->given[r - rows] = true;
    for (uint32_t i = 0; i < values->n; i++) {
        if (r->shape == FLAG && !str_eq(values->v[i], S("true"))) return str_eq(values->v[i], S("false")) ? NULL : "true or false is expected";
        const char *wrong = store(o, r, values->v[i]);
        if (wrong) return wrong;
    }
    return NULL;
}

/* ---- the command line ---------------------------------------------------------------------------------------------
 */

typedef struct cursor {
    int argc, i;
    char **argv;
} cursor;

/* Reads the option at the cursor; moves on when its value is the next word. */
static bool parse_option(options *o, cursor *c) {
    str word = str_z(c->argv[c->i]), value = STR_NONE, name;
    const row *r;
    if (word.p[1] == '-') {
        uint32_t equals;
        name = str_from(word, 2);
        if (str_find(name, S("="), &equals)) {
            value = str_from(name, equals + 1);
            name = str_cut(name, 0, equals);
        }
        r = find(o->verb, name, 0);
    } else {
        name = str_cut(word, 1, 2);
        r = find(o->verb, STR_NONE, word.p[1]);
        if (word.n > 2) value = str_from(word, word.p[2] == '=' ? 3 : 2);
    }
    if (!r) return no_option(o->a, o->verb, name);
    if (!(r->verbs >> o->verb & 1)) {
        say("--%s is no option of `%s %s`; `%s help %s` lists them", r->name, program, verb_title(o->verb), program, verb_title(o->verb));
        return false;
    }
    if (r->shape == FLAG && value.p) return say("--%s takes no value", r->name), false;
    if (r->shape != FLAG && !value.p) {
        if (c->i + 1 == c->argc) return say("--%s needs a value: %s", r->name, r->argument), false;
        value = str_z(c->argv[++c->i]);
    }
    const char *wrong = store(o, r, value);
    if (wrong) return say("%s", wrong), false;
    o->given[r - rows] = true;
    return true;
}

bool options_parse(arena *a, int argc, char **argv, options *out) {
    *out = (options){.a = a};
    cursor c = {.argc = argc, .i = 1, .argv = argv};
    program_called(argv[0]);
    if (argc == 1 && str_ends(str_z(argv[0]), S("tektonc-krm"))) out->verb = VERB_KRM; /* kustomize starts functions without arguments */
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        out->verb = VERB_VERSION;
        c.i = 2;
    }
    if (argc > 1 && strcmp(argv[1], "compile") == 0) c.i = 2;
    if (argc > 1)
        for (int v = 1; v < VERBS; v++)
            if (strcmp(argv[1], verbs[v].name) == 0) {
                out->verb = (verb)v;
                c.i = 2;
            }
    bool only_words = false;
    for (; c.i < argc; c.i++) {
        str word = str_z(argv[c.i]);
        if (!only_words && str_eq(word, S("--")))
            only_words = true;
        else if (only_words || word.n < 2 || word.p[0] != '-')
            vec_push(a, &out->inputs, word);
        else if (!parse_option(out, &c))
            return false;
    }
    return true;
}
