#ifndef COMPILER_COMPILE_H
#define COMPILER_COMPILE_H
/* The compiler as one thing: texts in, manifests and diagnostics out.
 *
 * In: the sources (already read) and the request. Out: a run_output for each run, in input order, and diagnostics in
 * d. What concerns single objects (reading to checking) is done as far as each object goes; what concerns a run starts
 * only when nothing before it reported an error. Everything lives in the arena that the caller gives and
 * frees. Pure: no file is opened, no clock read. */
#include "compiler/request.h"
#include "compiler/select.h"
#include "compiler/world.h"

typedef VEC(uint32_t) source_list; /* indexes, ascending */

/* A file to be written, below the run's folder. */
typedef struct output_file {
    str path;             /* "pods/build.yaml" */
    ynode_list documents; /* none for Pods with texts_only */
    str text;             /* all its bytes, where they must not depend on who writes; else none */
    const source_list *made_of; /* of which inputs; NULL: of all, empty: nothing but the names of the others */
} output_file;
typedef VEC(output_file) output_files;

#define LAYOUT_MARK "# Made by tektonc" /* how every YAML file begins: the writer knows its own files by it */
#define LAYOUT_KUSTOMIZATION "kustomization.yaml"

typedef struct run_pod {
    str file;         /* name below pods/, without extension: "build", "build.0" */
    str text;         /* all bytes of its file */
    const ynode *pod; /* NULL with texts_only */
} run_pod;

typedef struct run_source { /* where a task stands in the input, for pictures; the nodes have places, or are NULL */
    str path;             /* its name, in a pipeline of the pipeline with the names around it: "outer/inner" */
    const ynode *task;    /* the PipelineTask */
    const ynode *spec;    /* of its Task, where that is another object or an embedded one */
} run_source;

typedef struct run_output {
    const run_input *run;
    const ynode *resolved, *dag, *plan; /* what --emit shows; NULL until the pass has run */
    VEC(run_pod) pods;
    VEC(run_source) sources;
    strbuf text; /* for one Pod's text after the other */
    output_files files;
    str name;         /* of the Job: the run's identity in a cluster */
    str folder;       /* where its files go when there are several runs */
    source_list made_of; /* the inputs that its files depend on */
} run_output;

typedef struct compilation {
    arena *a;
    sources *sources;
    uint32_t inputs; /* how many of the sources are documents, from the first on; the others belong to the request */
    diags *d;
    const request *request;
    bool want_resolved; /* fill run_output.resolved */
    bool texts_only;    /* of Pods: their trees need not be kept */
    /* told the name of the pass that begins and, at the very end, NULL; for --timings */
    void (*pass)(void *ctx, const char *name);
    void *pass_ctx;

    config cfg;
    ynode_list documents; /* as read, lists replaced by their items */
    world world;
    run_inputs runs;
    VEC(run_output) outputs;
    output_files files; /* beside the runs' folders, when there are several */
} compilation;

/* Tells the caller which pass begins. */
static inline void compile_announce(const compilation *c, const char *pass) {
    if (c->pass) c->pass(c->pass_ctx, pass);
}

/* Reads all sources and judges every object of them. True without errors. */
bool compile_check(compilation *c);
/* compile_check, then the runs to compile, made from a Pipeline or Task where the input has none. */
bool compile_select(compilation *c);
/* compile_select, then every run to Pods and plan. */
bool compile(compilation *c);
/* The runs of the input through resolve and lower, for what they report. Part of verb check. */
void compile_check_runs(compilation *c);
/* References of definitions that no run leads to (compiler/check/reference.c). Part of verb check, after the runs. */
void compile_check_references(compilation *c);
/* One run: resolve, matrix, dag, lower, plan, layout. */
void compile_run(compilation *c, const run_input *run, run_output *out);
/* The trees of the input's objects as the compiler understands them: in v1, with defaults. For --emit=ast. */
const ynode *compile_ast(arena *a, const object *o);
/* The same of a run as it will be compiled, with its final name. For --emit=runs. */
const ynode *compile_ast_run(arena *a, const run_input *run);
#endif
