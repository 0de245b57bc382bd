#include "compiler/diags.h"
#include "compiler/graph.h"
#include "tests/unit/unit.h"

/* The graph of a PipelineSpec in YAML; reports go to the reading's diagnostics. */
static graph *graph_of(reading *r, str spec, api_version version) {
    reading_add(r, spec);
    assert_int_equal(r->out.n, 1);
    const PipelineSpec *s = BIND(r->a, &r->diags, PipelineSpec, r->out.v[0], version);
    assert_int_equal(r->diags.errors, 0);
    return graph_build(r->a, &r->diags, s, version);
}

/* Names of nodes, with blanks between. */
static str names(const reading *r, const graph *g, const uint32_t *nodes, uint32_t n) {
    strbuf b = {.a = r->a};
    strbuf_add(&b, S(""));
    for (uint32_t i = 0; i < n; i++) strbuf_addf(&b, "%s%.*s", i ? " " : "", STR_ARG(g->nodes[nodes[i]].name));
    return strbuf_str(&b);
}

#define FOUR_KINDS                                                                                                     \
    "tasks:\n"                                                                                                         \
    "- {name: d, taskRef: {name: x}, runAfter: [c, b, c]}\n"                                                           \
    "- name: c\n"                                                                                                      \
    "  taskSpec: {steps: [{image: i, env: [{name: E, valueFrom: {secretKeyRef: {name: s, key: "                        \
    "$(tasks.a.results.k)}}}]}]}\n"                                                                                    \
    "- name: b\n"                                                                                                      \
    "  taskRef: {name: x}\n"                                                                                           \
    "  params: [{name: p, value: [one, 'and $(tasks.a.results.r[*])']}, {name: q, value: {k: "                         \
    "$(tasks.a.results.o.key)}}]\n"                                                                                    \
    "  when: [{input: $(tasks.a.results.w), operator: in, values: [x]}]\n"                                             \
    "  matrix: {include: [{params: [{name: m, value: $(tasks.e.results.m)}]}]}\n"                                      \
    "- {name: a, taskRef: {name: x}}\n"                                                                                \
    "- {name: e, taskRef: {name: x}}\n"

static void edges_of_every_kind(void **state) {
    (void)state;
    reading *r = reading_new();
    graph *g = graph_of(r, S(FOUR_KINDS), API_V1);
    assert_int_equal(r->diags.list.n, 0);
    assert_int_equal(g->n, 5);
    graph_node *d = &g->nodes[0], *c = &g->nodes[1], *b = &g->nodes[2], *a = &g->nodes[3];
    assert_int_equal(d->edge_count, 3);
    assert_text(names(r, g, d->after, d->after_count), "b c");
    assert_int_equal(c->edge_count, 1);
    assert_int_equal(c->edges[0].kind, EDGE_STEP);
    assert_ptr_equal(c->edges[0].part, &c->task->taskSpec->steps.v[0]->h);
    assert_text(names(r, g, b->after, b->after_count), "a e");
    static const edge_kind kinds[] = {EDGE_PARAM, EDGE_PARAM, EDGE_MATRIX, EDGE_WHEN};
    assert_int_equal(b->edge_count, 4);
    for (int i = 0; i < 4; i++) assert_int_equal(b->edges[i].kind, kinds[i]);
    assert_true(b->edges[0].result.star);
    assert_text(str_cut(b->edges[0].text->text, b->edges[0].from, b->edges[0].end), "$(tasks.a.results.r[*])");
    assert_text(b->edges[1].result.key, "key");
    assert_text(names(r, g, a->before, a->before_count), "c b");
    assert_text(names(r, g, g->order, g->order_count), "a c e b d");
    reading_free(r);
}

static void steps_do_not_count_in_v1beta1(void **state) {
    (void)state;
    reading *r = reading_new();
    graph *g = graph_of(r,
                        S("tasks:\n- {name: a, taskRef: {name: x}}\n"
                          "- {name: b, taskSpec: {steps: [{image: i, script: $(tasks.a.results.r)}]}}\n"),
                        API_V1BETA1);
    assert_int_equal(g->nodes[1].edge_count, 0);
    reading_free(r);
}

static void unknown_tasks_are_named_in_needs(void **state) {
    (void)state;
    reading *r = reading_new();
    graph *g = graph_of(
        r, S("tasks:\n- {name: a, taskRef: {name: x}, runAfter: [z, b]}\n- {name: b, taskRef: {name: x}}\n"), API_V1);
    assert_int_equal(g->nodes[0].need_count, 2);
    assert_text(g->nodes[0].needs[1], "z");
    assert_int_equal(g->nodes[0].after_count, 1);
    assert_int_equal(g->nodes[0].edges[0].to, GRAPH_NO_TASK);
    assert_int_equal(g->order_count, 2);
    assert_int_equal(r->diags.errors, 1);
    assert_ptr_equal(r->diags.list.v[0].rule, &diag_rules[TK_TASK_UNKNOWN]);
    reading_free(r);
}

/* Two circles that hang together are one group and one report; another group is another; who only waits for a circle is
 * cyclic, but on none. */
static void one_circle_for_each_group(void **state) {
    (void)state;
    reading *r = reading_new();
    graph *g =
        graph_of(r,
                 S("tasks:\n- {name: w, taskRef: {name: x}, runAfter: [a]}\n"
                   "- {name: a, taskRef: {name: x}, runAfter: [d, b]}\n- {name: b, taskRef: {name: x}, runAfter: [c]}\n"
                   "- {name: c, taskRef: {name: x}, runAfter: [a, b]}\n- {name: d, taskRef: {name: x}, runAfter: [e]}\n"
                   "- {name: e, taskRef: {name: x}, runAfter: [d]}\n- {name: f, taskRef: {name: x}, runAfter: [f]}\n"
                   "- {name: ok, taskRef: {name: x}}\n"),
                 API_V1);
    assert_text(names(r, g, g->order, g->order_count), "ok");
    assert_true(g->nodes[0].cyclic);
    assert_int_equal(r->diags.list.n, 3);
    assert_text(r->diags.list.v[0].text, "tasks wait for each other in a circle: `a` → `b` → `c` → `a`");
    assert_int_equal(r->diags.list.v[0].notes.n, 3);
    assert_text(r->diags.list.v[1].text, "tasks wait for each other in a circle: `d` → `e` → `d`");
    assert_text(r->diags.list.v[2].text, "task `f` waits for itself");
    reading_free(r);
}

static void long_chains_and_circles_need_no_stack(void **state) {
    (void)state;
    enum { COUNT = 100000 };
    for (int closed = 0; closed < 2; closed++) {
        reading *r = reading_new();
        strbuf b = {.a = r->a};
        strbuf_add(&b, S("tasks:\n"));
        for (int i = 0; i < COUNT; i++) {
            strbuf_addf(&b, "- {name: t%d, taskRef: {name: x}", i);
            if (closed || i + 1 < COUNT) strbuf_addf(&b, ", runAfter: [t%d]", (i + 1) % COUNT);
            strbuf_add(&b, S("}\n"));
        }
        graph *g = graph_of(r, strbuf_str(&b), API_V1);
        assert_int_equal(g->order_count, closed ? 0 : COUNT);
        assert_int_equal(r->diags.list.n, closed);
        if (!closed)
            assert_int_equal(g->order[0], COUNT - 1);
        else
            assert_int_equal(r->diags.list.v[0].notes.n, COUNT);
        reading_free(r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_of_every_kind),
        cmocka_unit_test(steps_do_not_count_in_v1beta1),
        cmocka_unit_test(unknown_tasks_are_named_in_needs),
        cmocka_unit_test(one_circle_for_each_group),
        cmocka_unit_test(long_chains_and_circles_need_no_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
