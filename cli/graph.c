/* tektonc graph: a run's tasks as a picture. */
#include "cli/documents.h"
#include "cli/graphviz.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "view/formats.h"
#include "view/html.h"
#include "view/model.h"
#include "view/run.h"
#include "view/svg.h"
#include "view/text.h"
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOG_BYTES = 256 * 1024 }; /* of one step on a page: its end */

typedef struct pictures {
    session s;
    str format;
    bool down;
    VEC(view_page) pages;
    ynode_list ran; /* what --run gives */
    str folder;     /* of --run, where it is one */
} pictures;

static uint32_t columns(void) {
    struct winsize size;
    const char *given = getenv("COLUMNS");
    if (given && atoi(given) > 0) return (uint32_t)atoi(given);
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col) return size.ws_col;
    return 80;
}

/* By the name of what is written, unless --format says it. */
static str format_of(const options *o) {
    static const char *const endings[][2] = {{".dot", "dot"}, {".gv", "dot"}, {".mmd", "mermaid"}, {".mermaid", "mermaid"}, {".svg", "svg"}, {".html", "html"}, {".htm", "html"}};
    if (o->picture.n) return o->picture;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (str_ends(o->output, str_z(endings[i][0]))) return str_z(endings[i][1]);
    return S("text");
}

/* ---- the source ----------------------------------------------------------------------------------------------------- */

/* Whole lines. */
static void add_source(session *s, view_sources *out, const char *title, const ynode *n) {
    if (!n || !n->at || n->end <= n->at) return;
    place at = source_place(&s->sources, n->at);
    if (!at.source) return;
    str text = at.source->text;
    uint32_t from = at.offset, to = at.offset + (n->end - n->at);
    while (from && text.p[from - 1] != '\n') from--;
    if (to > text.n) to = text.n;
    while (to > from && (text.p[to - 1] == '\n' || text.p[to - 1] == ' ')) to--;
    while (to < text.n && text.p[to] != '\n') to++;
    vec_push(s->a, out, ((view_source){str_z(title), at.source->name, str_cut(text, from, to), at.line}));
}

static map *sources_of(session *s, const run_output *run) {
    map *all = ARENA_NEW(s->a, map);
    *all = map_new(s->a);
    for (uint32_t i = 0; i < run->sources.n; i++) {
        const run_source *x = &run->sources.v[i];
        view_sources *lines = ARENA_NEW(s->a, view_sources);
        add_source(s, lines, "Task of the Pipeline", x->task);
        bool inside = x->task && x->spec && x->task->at <= x->spec->at && x->spec->end <= x->task->end;
        if (!inside) add_source(s, lines, "Task", x->spec);
        map_put(all, x->path, lines);
    }
    return all;
}

/* ---- a run over it -------------------------------------------------------------------------------------------------- */

static int read_run(pictures *x) {
    struct stat st;
    str path = x->s.o->run;
    words files = {0};
    sources s = sources_new(x->s.a);
    if (!path.n) return EXIT_OK;
    if (stat(str_dup(x->s.a, path).p, &st) == 0 && S_ISDIR(st.st_mode)) {
        x->folder = path;
        path = str_cat(x->s.a, path, S("/status.json"));
    }
    vec_push(x->s.a, &files, path);
    return documents_read(x->s.a, &files, &s, &x->ran);
}

static str end_of(arena *a, str text) {
    if (text.n <= LOG_BYTES) return text;
    uint32_t from = text.n - LOG_BYTES;
    while (from < text.n && text.p[from - 1] != '\n') from++;
    return str_fmt(a, "(%u bytes before this are left out)\n%.*s", from, STR_ARG(str_from(text, from)));
}

/* The status may be somebody else's: its names lead nowhere but to the folder's own logs. */
static bool is_name(str s) { return s.n && !memchr(s.p, '/', s.n) && s.p[0] != '.'; }

/* As `tektonc run` keeps them: logs/POD/CONTAINER. */
static void read_logs(pictures *x, view_graph *g) {
    for (uint32_t i = 0; i < g->n; i++) {
        for (uint32_t k = 0; k < g->nodes[i].children.n; k++) {
            view_child *c = &g->nodes[i].children.v[k];
            for (uint32_t j = 0; j < c->steps.n; j++) {
                str path = str_fmt(x->s.a, "%.*s/logs/%.*s/%.*s", STR_ARG(x->folder), STR_ARG(c->pod), STR_ARG(c->steps.v[j].container));
                str text;
                if (is_name(c->pod) && is_name(c->steps.v[j].container) && access(path.p, R_OK) == 0 && input_file(x->s.a, path, &text)) c->steps.v[j].log = end_of(x->s.a, text);
            }
        }
        if (g->nodes[i].inner) read_logs(x, g->nodes[i].inner);
    }
}

/* ---- graphs --------------------------------------------------------------------------------------------------------- */

static bool add_graph(pictures *x, const run_output *run, str *problem) {
    arena *a = x->s.a;
    ynode_list documents = {0};
    map *pods = ARENA_NEW(a, map);
    *pods = map_new(a);
    vec_push(a, &documents, run->plan);
    const plan *p = plan_read(a, &documents, problem);
    if (!p) return false;
    for (uint32_t i = 0; i < run->pods.n; i++) map_put(pods, run->pods.v[i].file, (void *)(uintptr_t)run->pods.v[i].pod);
    view_graph *g = view_build(a, &p->run, pods);
    if (x->ran.n && !view_run_over(a, g, &x->ran, problem)) return false;
    if (x->folder.n) read_logs(x, g);
    vec_push(a, &x->pages, ((view_page){.graph = g, .down = x->down, .pods = pods, .sources = sources_of(&x->s, run)}));
    return true;
}

static bool draw(const pictures *x, const view_graph *g, strbuf *b) {
    const options *o = x->s.o;
    bool to_file = o->output.n && !str_eq(o->output, S("-"));
    view_text how = {.width = columns(), .ascii = o->ascii, .list = str_eq(x->format, S("list")), .color = !to_file && session_wants_color(o, STDOUT_FILENO)};
    if (str_eq(x->format, S("dot")))
        view_dot_of(g, x->down, b);
    else if (str_eq(x->format, S("mermaid")))
        view_mermaid_of(g, x->down, b);
    else if (str_eq(x->format, S("svg")) && str_eq(o->layout_by, S("graphviz"))) {
        strbuf dot = {.a = b->a};
        str svg;
        view_dot_of(g, x->down, &dot);
        if (!graphviz_svg(b->a, strbuf_str(&dot), &svg)) return false;
        strbuf_add(b, svg);
    } else if (str_eq(x->format, S("svg")))
        view_svg_of(g, &(view_svg){.down = x->down}, b);
    else
        strbuf_add(b, view_text_of(b->a, g, &how));
    return true;
}

static int draw_all(pictures *x) {
    strbuf b = {.a = x->s.a};
    const options *o = x->s.o;
    if (x->pages.n > 1 && (str_eq(x->format, S("svg")) || str_eq(x->format, S("mermaid")))) {
        say("%.*s shows one run, and the input has %u: choose one by --entry", STR_ARG(x->format), x->pages.n);
        return EXIT_USAGE;
    }
    if (str_eq(x->format, S("html")))
        view_html_of(x->s.a, x->pages.v, x->pages.n, &b);
    else
        for (uint32_t i = 0; i < x->pages.n; i++) {
            if (i) strbuf_addc(&b, '\n');
            if (!draw(x, x->pages.v[i].graph, &b)) return EXIT_IO;
        }
    if (!o->output.n || str_eq(o->output, S("-"))) return session_write(STDOUT_FILENO, strbuf_str(&b), S("standard output")) ? EXIT_OK : EXIT_IO;
    return output_to_file(x->s.a, o->output, strbuf_str(&b));
}

int verb_graph(options *o) {
    pictures x = {.format = format_of(o), .down = str_eq(o->direction, S("down"))};
    str problem = STR_NONE;
    int code = session_open(&x.s, o);
    if (code != EXIT_OK) return code;
    x.s.request.stand_ins = true; /* a picture needs no values */
    compile(&x.s.c);
    code = session_report(&x.s, STDERR_FILENO);
    if (code == EXIT_OK) code = read_run(&x);
    if (code != EXIT_OK) return code;
    for (uint32_t i = 0; i < x.s.c.outputs.n; i++) {
        if (add_graph(&x, &x.s.c.outputs.v[i], &problem)) continue;
        if (x.ran.n && x.s.c.outputs.n > 1) continue; /* a run of another of them */
        say("%.*s%s%.*s", STR_ARG(o->run), o->run.n ? ": " : "", STR_ARG(problem));
        return EXIT_INPUT;
    }
    if (x.ran.n && !x.pages.n) return say("%.*s: %.*s", STR_ARG(o->run), STR_ARG(problem)), EXIT_INPUT;
    return draw_all(&x);
}
