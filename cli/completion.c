/* tektonc completion: scripts for shells, made of the tables. */
#include "cli/table.h"
#include "cli/verbs.h"
#include <stdio.h>

/* In single quotes of a shell; zsh's specs want some characters escaped besides. */
static void put_quoted(const char *text, const char *escaped) {
    for (; *text; text++) {
        if (*text == '\'') {
            fputs("'\\''", stdout);
            continue;
        }
        if (strchr(escaped, *text)) putchar('\\');
        putchar(*text);
    }
}

/* The first sentence, or what stands before a semicolon. */
static void put_short(const char *text, const char *escaped) {
    char first[128];
    size_t n = strcspn(text, ";:");
    if (n >= sizeof first) n = sizeof first - 1;
    while (n && n == sizeof first - 1 && text[n] != ' ') n--;
    memcpy(first, text, n);
    first[n] = 0;
    put_quoted(first, escaped);
}

static bool of_verb(const option_row *r, int v) { return r->verbs >> v & 1; }

static void put_choices(const option_row *r) {
    for (const char *c = option_value(r); *c; c++) putchar(*c == '|' ? ' ' : *c);
}

/* What the arguments of a verb are. */
static const char *words_of(verb v) {
    if (v == VERB_COMPLETION) return "bash zsh fish";
    if (v == VERB_SCHEMA) return "Task Pipeline TaskRun PipelineRun StepAction";
    return NULL;
}

/* ---- bash ----------------------------------------------------------------------------------------------------------- */

static void bash(void) {
    uint32_t n;
    const option_row *rows = option_rows(&n);
    puts("# bash completion of tektonc; made by `tektonc completion bash`.\n_tektonc() {\n"
         "    local cur=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]-} prev='' option='' verbs options='' choices='' w\n"
         "    ((COMP_CWORD > 0)) && prev=${COMP_WORDS[COMP_CWORD-1]}\n"
         "    # The shell takes --option=value apart at the equals sign.\n"
         "    if [[ $cur == = ]]; then option=$prev cur=''\n"
         "    elif [[ $prev == = ]]; then option=${COMP_WORDS[COMP_CWORD-2]}\n"
         "    elif [[ $prev == -* ]]; then option=$prev\n"
         "    fi\n"
         "    COMPREPLY=()");
    printf("    verbs='");
    for (int v = 0; v < VERBS; v++) printf("%s%s", v ? " " : "", verb_title((verb)v));
    puts("'\n    if ((COMP_CWORD == 1)) && [[ $cur != -* ]]; then\n"
         "        while IFS= read -r w; do COMPREPLY+=(\"$w\"); done < <(compgen -W \"$verbs\" -- \"$cur\")\n"
         "        while IFS= read -r w; do COMPREPLY+=(\"$w\"); done < <(compgen -f -- \"$cur\")\n        return\n    fi\n    case $verb in");
    for (int v = VERBS; v-- > 0;) {
        printf("    %s)\n        case $option in\n", v ? verb_rows()[v].name : "*");
        for (uint32_t i = 0; i < n; i++) {
            if (!of_verb(&rows[i], v) || !rows[i].choices) continue;
            printf("        --%s", rows[i].name);
            if (rows[i].letter) printf(" | -%c", rows[i].letter);
            printf(") choices='");
            put_choices(&rows[i]);
            puts("' ;;");
        }
        printf("        esac\n        options='");
        for (uint32_t i = 0; i < n; i++)
            if (of_verb(&rows[i], v)) printf("--%s%s ", rows[i].name, rows[i].shape == FLAG ? "" : "=");
        puts("'");
        if (words_of((verb)v)) printf("        [[ $cur == -* ]] || choices='%s'\n", words_of((verb)v));
        if (v == VERB_HELP) puts("        [[ $cur == -* ]] || choices=$verbs");
        puts("        ;;");
    }
    puts("    esac\n"
         "    if [[ $choices ]]; then\n"
         "        while IFS= read -r w; do COMPREPLY+=(\"$w\"); done < <(compgen -W \"$choices\" -- \"$cur\")\n"
         "    elif [[ $cur == -* ]]; then\n"
         "        while IFS= read -r w; do COMPREPLY+=(\"$w\"); done < <(compgen -W \"$options\" -- \"$cur\")\n"
         "        [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null\n"
         "    else\n"
         "        while IFS= read -r w; do COMPREPLY+=(\"$w\"); done < <(compgen -f -- \"$cur\")\n"
         "    fi\n    return 0\n}\n"
         "complete -o filenames -o bashdefault -F _tektonc tektonc");
}

/* ---- zsh ------------------------------------------------------------------------------------------------------------ */

static void zsh_option(const option_row *r) {
    const char *value = option_value(r);
    printf(" \\\n            ");
    if (r->letter)
        printf("%s{-%c%s,--%s%s}'[", r->shape == MANY ? "'*'" : "", r->letter, *value ? "+" : "", r->name, *value ? "=" : "");
    else
        printf("'%s--%s%s[", r->shape == MANY ? "*" : "", r->name, *value ? "=" : "");
    put_short(r->help, "[]:\\");
    printf("]");
    if (*value && r->choices) {
        printf(":%s:(", r->name);
        put_choices(r);
        printf(")");
    } else if (*value) {
        printf(":%s:_files", r->name);
    }
    printf("'");
}

static void zsh(void) {
    uint32_t n;
    const option_row *rows = option_rows(&n);
    puts("#compdef tektonc\n# zsh completion of tektonc; made by `tektonc completion zsh`.\n_tektonc() {\n    local -a verbs\n    verbs=(");
    for (int v = 0; v < VERBS; v++) {
        printf("        '%s:", verb_title((verb)v));
        put_short(verb_rows()[v].summary, ":");
        puts("'");
    }
    puts("    )\n    if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n        _describe -t verbs verb verbs\n        _files\n        return\n    fi\n    case $words[2] in");
    for (int v = VERBS; v-- > 0;) {
        const char *choices = words_of((verb)v);
        printf("    (%s))\n        _arguments -s", v ? verb_rows()[v].name : "*");
        for (uint32_t i = 0; i < n; i++)
            if (of_verb(&rows[i], v)) zsh_option(&rows[i]);
        if (v) printf(" \\\n            '1:verb:'");
        if (choices)
            printf(" \\\n            '*:word:(%s)'", choices);
        else if (v == VERB_HELP)
            printf(" \\\n            '*:verb:{_describe -t verbs verb verbs}'");
        else
            printf(" \\\n            '*:file:_files'");
        puts("\n        ;;");
    }
    puts("    esac\n}\nif [[ $funcstack[1] == _tektonc ]]; then\n    _tektonc \"$@\"\nelse\n    compdef _tektonc tektonc\nfi");
}

/* ---- fish ----------------------------------------------------------------------------------------------------------- */

static void fish(void) {
    uint32_t n;
    const option_row *rows = option_rows(&n);
    printf("# fish completion of tektonc; made by `tektonc completion fish`.\nset -g __tektonc_verbs");
    for (int v = 1; v < VERBS; v++) printf(" %s", verb_rows()[v].name);
    puts("\nfunction __tektonc_verb\n    set -l words (commandline -opc)\n    if set -q words[2]; and contains -- $words[2] $__tektonc_verbs\n        echo $words[2]\n"
         "    else\n        echo compile\n    end\nend\nfunction __tektonc_is\n    contains -- (__tektonc_verb) $argv\nend");
    for (int v = 0; v < VERBS; v++) {
        printf("complete -c tektonc -n 'test (count (commandline -opc)) -eq 1' -a %s -d '", verb_title((verb)v));
        put_short(verb_rows()[v].summary, "");
        puts("'");
        if (words_of((verb)v)) printf("complete -c tektonc -n '__tektonc_is %s' -f -a '%s'\n", verb_rows()[v].name, words_of((verb)v));
    }
    puts("complete -c tektonc -n '__tektonc_is help' -f -a '$__tektonc_verbs'");
    for (uint32_t i = 0; i < n; i++) {
        const option_row *r = &rows[i];
        printf("complete -c tektonc -n '__tektonc_is");
        for (int v = 0; v < VERBS; v++)
            if (of_verb(r, v)) printf(" %s", verb_title((verb)v));
        printf("' -l %s", r->name);
        if (r->letter) printf(" -s %c", r->letter);
        if (r->shape != FLAG) printf(r->choices ? " -x -a '" : " -r");
        if (r->choices) put_choices(r), printf("'");
        printf(" -d '");
        put_short(r->help, "");
        puts("'");
    }
}

int verb_completion(options *o) {
    str shell = o->inputs.n == 1 ? o->inputs.v[0] : STR_NONE;
    if (str_eq(shell, S("bash")))
        bash();
    else if (str_eq(shell, S("zsh")))
        zsh();
    else if (str_eq(shell, S("fish")))
        fish();
    else
        return say("completion takes one of bash, zsh and fish"), EXIT_USAGE;
    return EXIT_OK;
}
