/* tektonc man: the manual page, in mdoc. */
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/version.h"
#include <stdio.h>

/* Text as lines of mdoc, a sentence each and not too long: nothing in it is a request or an escape. */
static void put(const char *text) {
    enum { MOST = 76 };
    int at = 0;
    bool ended = false;
    while (*text) {
        int n = (int)strcspn(text, " ");
        if (at && (ended || at + 1 + n > MOST))
            putchar('\n'), at = 0;
        else if (at)
            putchar(' '), at++;
        if (!at && (*text == '.' || *text == '\'')) fputs("\\&", stdout);
        for (int i = 0; i < n; i++) {
            if (text[i] == '\\')
                fputs("\\e", stdout);
            else if (text[i] == '-')
                fputs("\\-", stdout);
            else
                putchar(text[i]);
        }
        at += n;
        ended = n && text[n - 1] == '.' && !(n > 2 && text[n - 2] == '.');
        text += n + (text[n] == ' ');
    }
}

/* An argument of a request: one word. */
static void put_word(const char *text, int n) {
    fputc('"', stdout);
    for (int i = 0; i < n; i++) {
        if (text[i] == '\\') fputs("\\e", stdout);
        else if (text[i] == '"') fputs("\\(dq", stdout);
        else if (text[i] == '-') fputs("\\-", stdout);
        else putchar(text[i]);
    }
    fputc('"', stdout);
}

static void put_option(const option_row *r) {
    printf(".It ");
    if (r->letter) printf("Fl %c , ", r->letter);
    printf("Fl \\-%s", r->name);
    if (*option_value(r)) {
        printf(" Ns = Ns Ar ");
        put_word(option_value(r), (int)strlen(option_value(r)));
    }
    putchar('\n');
    put(r->help);
    puts(".");
}

static void put_examples(verb v) {
    const char *p = verb_examples(v);
    if (!*p) return;
    puts(".Bd -literal -offset indent");
    while (*p) {
        int n = (int)strcspn(p, "\t");
        const char *text = p + n + 1;
        fputs("tektonc ", stdout);
        for (int i = 0; i < n; i++) {
            if (p[i] == '\\' || p[i] == '-') putchar('\\');
            putchar(p[i] == '\\' ? 'e' : p[i]);
        }
        int said = (int)strcspn(text, "\n");
        if (said) printf("  # %.*s", said, text);
        putchar('\n');
        p = text + said + 1;
    }
    puts(".Ed");
}

static void put_verb(verb v) {
    const verb_row *row = &verb_rows()[v];
    uint32_t n, state = 0;
    const option_row *rows = option_rows(&n);
    bool any = false;
    printf(".Ss ");
    put_word(verb_title(v), (int)strlen(verb_title(v)));
    printf("\n.Nm%s%s\n", *row->name ? " " : "", row->name);
    if (*row->arguments) printf(".Ar "), put_word(row->arguments, (int)strlen(row->arguments)), putchar('\n');
    puts(".Pp");
    put(row->summary);
    puts(".");
    put_examples(v);
    for (uint32_t i = 0; i < n; i++) {
        const char *title = option_group(&rows[i], v, &state);
        if (!(rows[i].verbs >> v & 1)) continue;
        if (title || !any) {
            if (any) puts(".El");
            printf(".Pp\n%s:\n.Bl -tag -width Ds -compact\n", title ? title : "Options");
        }
        any = true;
        put_option(&rows[i]);
    }
    if (any) puts(".El");
}

static void put_files(void) {
    static const char *const files[][2] = {
        {".tektonc.yaml", "Settings of a project: a mapping of long names of options to values, and under rules: rules to severities"},
        {"$XDG_CONFIG_HOME/tektonc/config.yaml", "Settings of a user, in the same form; the project's count more. Without the variable ~/.config"},
        {"$XDG_STATE_HOME/tektonc/", "What is kept of runs on this machine. Without the variable ~/.local/state"},
    };
    puts(".Sh FILES\n.Bl -tag -width Ds");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        printf(".It Pa ");
        put_word(files[i][0], (int)strlen(files[i][0]));
        putchar('\n');
        put(files[i][1]);
        puts(".");
    }
    puts(".El");
}

static void put_environment(void) {
    static const char *const names[][2] = {
        {"COLUMNS", "How wide a drawing may be"},
        {"KUBECONFIG", "How to reach the cluster"},
        {"NO_COLOR", "No colours, when it is not empty"},
        {"XDG_CONFIG_HOME", "Where the user's settings are"},
        {"XDG_STATE_HOME", "Where runs are kept"},
    };
    puts(".Sh ENVIRONMENT\n.Bl -tag -width XDG_CONFIG_HOME");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        printf(".It Ev %s\n", names[i][0]);
        put(names[i][1]);
        puts(".");
    }
    puts(".El");
}

int verb_man(options *o) {
    (void)o;
    puts(".\\\" Made by `tektonc man`.\n.Dd " TEKTONC_DATE "\n.Dt TEKTONC 1\n.Os\n.Sh NAME\n.Nm tektonc\n.Nd compile Tekton pipelines to Kubernetes manifests");
    puts(".Sh SYNOPSIS\n.Nm\n.Op Ar option ...\n.Ar file | dir | Cm \\-\n.Nm\n.Ar verb\n.Op Ar option ...\n.Op Ar argument ...");
    puts(".Sh DESCRIPTION\n.Nm\nreads Task, StepAction, Pipeline, TaskRun and PipelineRun as YAML or JSON,\n"
         "says everything that is wrong with them, and writes one fully resolved Pod\nfor each task, a plan, and the few objects that run it in a cluster without\nTekton.\n"
         "Messages go to standard error, data to standard output.\n.Pp\n"
         "As\n.Pa kubectl\\-tektonc\nor\n.Pa tkn\\-tektonc\nit is a plugin of kubectl or tkn.");
    puts(".Sh VERBS");
    for (int v = 0; v < VERBS; v++) put_verb((verb)v);
    put_environment();
    put_files();
    puts(".Sh EXIT STATUS\n.Bl -tag -width Ds -compact");
    for (const char *p = exit_codes; *p;) {
        const char *text = strchr(p, '\t') + 1;
        int n = (int)strcspn(text, "\n");
        printf(".It %.1s\n%.*s\n", p, n, text);
        p = text + n + 1;
    }
    puts(".El\n.Sh SEE ALSO\n.Lk https://tekton.dev Tekton");
    return EXIT_OK;
}
