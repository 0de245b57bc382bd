/* tektonc help: what there is, in 80 columns. */
#include "cli/table.h"
#include "cli/verbs.h"
#include <stdio.h>
#include <stdlib.h>

enum { COLUMN = 26, WIDTH = 80 };

const char exit_codes[] = "0\tfine\n1\tthe input has errors, or the run or a test failed\n2\tthe command line or the settings are wrong\n"
                          "3\tsomething can't be read or written\n4\t--check: something is not as it would be\n";

const char *verb_title(verb v) { return v == VERB_COMPILE ? "compile" : verb_rows()[v].name; }

const char *option_value(const option_row *r) {
    if (r->shape == FLAG) return "";
    return r->choices ? r->choices + (*r->choices == '|') : r->argument;
}

/* Where groups begin; what stands before the first of them has no title. */
const char *option_group(const option_row *r, verb v, uint32_t *state) {
    static const char *const begins[][2] = {
        {"param", "The run"}, {"output", "Output"}, {"runtime-image", "Pods and images"}, {"tekton-api", "Tekton's configuration"}, {"format", "Messages"}, {"engine", "Where and what to run"}, {"help", "More"}};
    enum { GROUPS = sizeof begins / sizeof *begins };
    uint32_t group = *state >> 1;
    for (uint32_t i = group; i < GROUPS; i++)
        if (strcmp(begins[i][0], r->name) == 0) *state = (i + 1) << 1;
    if (!(r->verbs >> v & 1) || *state & 1 || !*state) return NULL;
    *state |= 1;
    return begins[(*state >> 1) - 1][1];
}

const char *verb_examples(verb v) {
    static const char *const examples[VERBS] = {
        [VERB_COMPILE] = "pipeline.yaml run.yaml -o out/\tcompile a run\n"
                         "pipeline.yaml -p revision=v1 -o out/\tmake the run\n"
                         "pipelines/ -o out/ --check\tfor CI: is out/ as it would be?\n"
                         "- -o - <pipeline.yaml | kubectl apply -f -\tas a filter\n",
        [VERB_CHECK] = "check pipelines/\tall that is wrong, with lines\n"
                       "check --format=sarif --fail-on=warning .\tfor CI\n"
                       "check --rule=image-tag=off pipeline.yaml\twithout one rule\n",
        [VERB_FILL] = "fill out/ --results results.yaml\tPods with these results in them\n",
        [VERB_EXPLAIN] = "explain TK0123\ta message\nexplain task.spec.steps.onError\ta field\nexplain pod.spec\tone of Kubernetes\n",
        [VERB_GRAPH] = "graph pipeline.yaml\tin the terminal\n"
                       "graph pipeline.yaml -o graph.svg\ta picture\n"
                       "graph pipeline.yaml --run run.yaml -o run.html\ta page of a finished run\n",
        [VERB_IMAGES] = "images pipelines/\twhere is which image used?\nimages pipelines/ --format=cyclonedx >bom.json\ta bill of materials\n",
        [VERB_TEST] = "test tests/\tplay the cases in it\ntest --show pipeline.yaml\twhat a case can look at\n",
        [VERB_DIFF] = "diff old/ new/\tbetween two outputs or inputs\ndiff pipelines/ HEAD~1\tsince a revision of Git\n",
        [VERB_RUN] = "run pipeline.yaml -p revision=main\there, in containers or sandboxes\nrun pipeline.yaml --only build\tone task again\n",
        [VERB_STATUS] = "status\tall runs\nstatus release-1\tone, with its tasks\n",
        [VERB_LOGS] = "logs release-1 --follow\t\n",
        [VERB_CANCEL] = "cancel release-1\tfinally tasks still run\n",
        [VERB_GC] = "gc --keep=5\t\n",
        [VERB_KRM] = "krm <resources.yaml\tTekton objects become manifests\n",
        [VERB_SCHEMA] = "schema >tekton.schema.json\tfor all kinds\nschema Pipeline\tfor one\n",
        [VERB_COMPLETION] = "completion bash >/etc/bash_completion.d/tektonc\t\n",
        [VERB_MAN] = "man | man -l -\t\n",
    };
    return examples[v] ? examples[v] : "";
}

/* ---- lines ---------------------------------------------------------------------------------------------------------- */

/* Words from a column on; `at` is where the line is. */
static void wrapped(const char *text, int at, int column) {
    if (at > column - 2) putchar('\n'), at = 0;
    at += printf("%*s", column - at, "");
    bool first = true;
    while (*text) {
        int n = (int)strcspn(text, " ");
        if (!first && at + 1 + n > WIDTH) {
            printf("\n%*s", column, "");
            at = column;
        } else if (!first) {
            at += printf(" ");
        }
        at += printf("%.*s", n, text);
        first = false;
        text += n + (text[n] == ' ');
    }
    putchar('\n');
}

static void print_option(const option_row *r) {
    const char *value = option_value(r);
    int n = r->letter ? printf("  -%c, --%s", r->letter, r->name) : printf("      --%s", r->name);
    if (*value) { /* many choices: a line each as long as they fit */
        n += printf("=");
        for (const char *c = value; *c;) {
            int k = (int)strcspn(c, "|") + (c[strcspn(c, "|")] == '|');
            if (n + k > WIDTH) n = printf("\n%*s", 10, "") - 1;
            n += printf("%.*s", k, c);
            c += k;
        }
    }
    wrapped(r->help, n, COLUMN);
}

static void print_options(verb v) {
    uint32_t count, state = 0;
    const option_row *rows = option_rows(&count);
    bool any = false;
    for (uint32_t i = 0; i < count; i++) {
        const char *title = option_group(&rows[i], v, &state);
        if (!(rows[i].verbs >> v & 1)) continue;
        if (title || !any) printf("\n%s:\n", title ? title : "Options");
        any = true;
        print_option(&rows[i]);
    }
}

static void print_examples(verb v) {
    const char *p = verb_examples(v);
    if (*p) puts("\nExamples:");
    while (*p) {
        int command = (int)strcspn(p, "\t");
        const char *text = p + command + 1;
        int said = (int)strcspn(text, "\n"), n = printf("  %s %.*s", program_name(), command, p);
        if (said && n + 2 + said <= WIDTH)
            printf("%*s%.*s", n < 44 && 44 + said <= WIDTH ? 44 - n : 2, "", said, text);
        else if (said)
            printf("\n%*s%.*s", 6, "", said, text);
        putchar('\n');
        p = text + said + 1;
    }
}

static void print_codes(void) {
    puts("\nExit codes:");
    for (const char *p = exit_codes; *p;) {
        const char *text = strchr(p, '\t') + 1;
        int n = (int)strcspn(text, "\n");
        printf("  %.1s  %.*s\n", p, n, text);
        p = text + n + 1;
    }
}

static void print_verbs(void) {
    printf("%s compiles Tekton pipelines to plain Kubernetes manifests.\n\nUsage: %s [OPTION...] FILE|DIR|-...\n       %s VERB [OPTION...] ...\n\nVerbs:\n",
           program_name(), program_name(), program_name());
    for (int v = 0; v < VERBS; v++) wrapped(verb_rows()[v].summary, printf("  %s", verb_title((verb)v)), 14);
    print_examples(VERB_COMPILE);
    print_codes();
    printf("\n`%s help VERB` shows a verb with its options. Without a verb it is compile.\n", program_name());
}

void options_help(verb v) {
    if (v == VERB_HELP) {
        print_verbs();
        return;
    }
    const verb_row *row = &verb_rows()[v];
    printf("%s.\n\nUsage: %s%s%s %s\n", row->summary, program_name(), *row->name ? " " : "", row->name, row->arguments);
    print_examples(v);
    print_options(v);
}

int verb_help(options *o) {
    if (o->inputs.n == 0) {
        options_help(VERB_HELP);
        return EXIT_OK;
    }
    for (int v = 0; v < VERBS; v++)
        if (str_eq(o->inputs.v[0], str_z(verb_title((verb)v)))) {
            options_help((verb)v);
            return EXIT_OK;
        }
    say("there is no verb %.*s; `%s --help` lists them", STR_ARG(o->inputs.v[0]), program_name());
    return EXIT_USAGE;
}
