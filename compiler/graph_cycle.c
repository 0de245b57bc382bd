#include "compiler/graph_cycle.h"

enum { NO_GROUP = 0, PATH_SHOWN = 12 /* names of a circle in the message; the notes show all */ };

/* Tarjan's search for strongly connected groups, without recursion: a circle may be as long as the input. */
typedef struct search {
    const graph *g;
    uint32_t *number;           /* in the order of visits, from 1; 0: not yet */
    uint32_t *low;              /* least number that can be reached inside the group */
    uint32_t *group;            /* from 1; NO_GROUP: not yet known */
    uint32_t *open, open_count; /* visited, group not yet known */
    struct frame {
        uint32_t node, next; /* index into its `after` */
    } * path;
    uint32_t path_count, visits, groups;
} search;

static void enter(search *s, uint32_t node) {
    s->number[node] = s->low[node] = ++s->visits;
    s->open[s->open_count++] = node;
    s->path[s->path_count++] = (struct frame){node, 0};
}

static void close_group(search *s, uint32_t first) {
    s->groups++;
    uint32_t node;
    do {
        node = s->open[--s->open_count];
        s->group[node] = s->groups;
    } while (node != first);
}

static void visit(search *s, uint32_t from) {
    enter(s, from);
    while (s->path_count) {
        struct frame *f = &s->path[s->path_count - 1];
        const graph_node *n = &s->g->nodes[f->node];
        if (f->next < n->after_count) {
            uint32_t to = n->after[f->next++];
            if (!s->g->nodes[to].cyclic) continue;
            if (!s->number[to])
                enter(s, to);
            else if (s->group[to] == NO_GROUP && s->number[to] < s->low[f->node])
                s->low[f->node] = s->number[to];
            continue;
        }
        if (s->low[f->node] == s->number[f->node]) close_group(s, f->node);
        s->path_count--;
        if (!s->path_count) break;
        uint32_t parent = s->path[s->path_count - 1].node;
        if (s->low[f->node] < s->low[parent]) s->low[parent] = s->low[f->node];
    }
}

/* The first edge, as written, that stays in the node's group; NULL: the node is a group of its own. */
static const graph_edge *edge_inside(const search *s, uint32_t node) {
    const graph_node *n = &s->g->nodes[node];
    for (uint32_t i = 0; i < n->edge_count; i++)
        if (n->edges[i].to != GRAPH_NO_TASK && s->group[n->edges[i].to] == s->group[node]) return &n->edges[i];
    return NULL;
}

range graph_edge_range(const check_ctx *c, const graph_edge *e) {
    return e->kind == EDGE_RUN_AFTER ? (range){e->text->at, e->text->end} : text_range(c, e->text, e->from, e->end);
}

static const char *edge_words(const graph_edge *e) {
    switch (e->kind) {
    case EDGE_RUN_AFTER: return "has in `runAfter`";
    case EDGE_PARAM: return "has in its params a result of";
    case EDGE_MATRIX: return "has in its matrix a result of";
    case EDGE_WHEN: return "has in `when` a result of";
    case EDGE_STEP: return "has in its steps a result of";
    }
    return "";
}

/* The edges of a circle, one after the other, the one of the first task of the file first. */
static void report_circle(const check_ctx *c, const graph *g, const graph_edge *const *edges, uint32_t n) {
    strbuf path = {.a = c->a};
    for (uint32_t i = 0; i < n && i < PATH_SHOWN; i++)
        strbuf_addf(&path, "`%.*s` → ", STR_ARG(g->nodes[edges[(i + n - 1) % n]->to].name));
    str first = g->nodes[edges[n - 1]->to].name;
    if (n > PATH_SHOWN) strbuf_addf(&path, "… (%u tasks) → ", n);
    strbuf_addf(&path, "`%.*s`", STR_ARG(first));
    range at = graph_edge_range(c, edges[0]);
    if (n == 1) {
        diag *x = REPORT_IN(c, TASK_CYCLE, at, "task `%.*s` waits for itself", STR_ARG(first));
        diag_help(c->d, x, "a task %s",
                  edges[0]->kind == EDGE_RUN_AFTER ? "can't run after itself" : "can't use its own results");
        return;
    }
    diag *x = REPORT_IN(c, TASK_CYCLE, at, "tasks wait for each other in a circle: %.*s", STR_ARG(strbuf_str(&path)));
    for (uint32_t i = 0; i < n; i++) {
        range r = graph_edge_range(c, edges[i]);
        diag_note_range(c->d, x, r.at, r.end, "`%.*s` %s `%.*s`", STR_ARG(g->nodes[edges[(i + n - 1) % n]->to].name),
                        edge_words(edges[i]), STR_ARG(edges[i]->name));
    }
    diag_help(c->d, x, "remove one of these, so that one of the tasks can start");
}

void graph_report_cycles(const check_ctx *c, const graph *g) {
    search s = {.g = g,
                .number = ARENA_ARRAY(c->a, uint32_t, g->n),
                .low = ARENA_ARRAY(c->a, uint32_t, g->n),
                .group = ARENA_ARRAY(c->a, uint32_t, g->n),
                .open = ARENA_ARRAY(c->a, uint32_t, g->n),
                .path = ARENA_ARRAY(c->a, struct frame, g->n)};
    for (uint32_t i = 0; i < g->n; i++)
        if (g->nodes[i].cyclic && !s.number[i]) visit(&s, i);

    /* From the first task of a group its first edges inside lead, sooner or later, into a circle. */
    bool *done = ARENA_ARRAY(c->a, bool, s.groups + 1);
    uint32_t *step = ARENA_ARRAY(c->a, uint32_t, g->n); /* when the walk came by, from 1 */
    const graph_edge **walk = ARENA_ARRAY(c->a, const graph_edge *, g->n),
                     **circle = ARENA_ARRAY(c->a, const graph_edge *, g->n);
    for (uint32_t i = 0; i < g->n; i++) {
        if (!g->nodes[i].cyclic || done[s.group[i]] || !edge_inside(&s, i)) continue;
        done[s.group[i]] = true;
        uint32_t count = 0, node = i;
        while (!step[node]) {
            walk[count] = edge_inside(&s, node);
            step[node] = ++count;
            node = walk[count - 1]->to;
        }
        uint32_t begin = step[node] - 1, n = count - begin, least = begin;
        for (uint32_t j = begin; j < count; j++) /* walk[j - 1]->to is where walk[j] starts */
            if (walk[(j == begin ? count : j) - 1]->to < walk[(least == begin ? count : least) - 1]->to) least = j;
        for (uint32_t j = 0; j < n; j++) circle[j] = walk[begin + (least - begin + j) % n];
        report_circle(c, g, circle, n);
    }
}
