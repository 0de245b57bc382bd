/* What is expected against what happened. What is not named may be anything. */
#include "base/emit.h"
#include "cli/test/test.h"
#include "compiler/diags.h"
#include "grammar/duration.h"

enum { SHOWN = 200 }; /* of a value, in a message */

typedef struct comparison {
    test_case *x;
    arena *a;
    const ynode *seen;
    const map *ran;
} comparison;

#define WRONG(c, where, ...) REPORT(&(c)->x->s.d, TEST_EXPECTATION, (where), __VA_ARGS__)

static str shown(arena *a, const ynode *n) {
    if (!n || n->kind == Y_NULL) return S("none");
    str text = emit_json_str(a, n, false);
    if (text.n <= SHOWN) return text;
    uint32_t cut = SHOWN;
    while (cut && ((unsigned char)text.p[cut] & 0xc0) == 0x80) cut--;
    return str_cat(a, str_cut(text, 0, cut), S("..."));
}

/* A key's node, to point at. */
static const ynode *key_node(arena *a, const ypair *p) {
    ynode *n = ynode_copy(a, ynode_str(a, p->key, NULL));
    n->at = p->key_at;
    n->end = p->key_end;
    return n;
}

static const ynode *find_task(const comparison *c, const ynode *where, str name) {
    if (!map_get(&c->x->tasks, name)) {
        case_no_task(c->x, where, name);
        return NULL;
    }
    return ynode_get(ynode_get(c->seen, S("tasks")), name);
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

typedef enum how { EQUAL, PART, TIME, SOME, STATUS } how;

/* Fields that are not compared for equality. */
static const struct {
    const char *name;
    how how;
} fields[] = {
    {"status", STATUS}, {"message", PART}, {"script", PART}, {"duration", TIME}, {"started", TIME}, {"ended", TIME}, {"pod", SOME},
};

static how how_of(str name) {
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (str_eq(name, str_z(fields[i].name))) return fields[i].how;
    return EQUAL;
}

static bool is_scalar(const ynode *n) { return n->kind != Y_MAP && n->kind != Y_SEQ; }

/* Equal as the texts that Tekton's values are: 3 is "3". */
static bool equal(const ynode *want, const ynode *got) {
    if (!got) return false;
    if (is_scalar(want) && is_scalar(got)) return str_eq(ynode_text(want), ynode_text(got));
    if (want->kind != got->kind || want->n != got->n) return false;
    for (uint32_t i = 0; i < want->n; i++) {
        const ynode *other = want->kind == Y_SEQ ? got->items[i] : ynode_get(got, want->pairs[i].key);
        if (!equal(want->kind == Y_SEQ ? want->items[i] : want->pairs[i].value, other)) return false;
    }
    return true;
}

static bool same_time(const ynode *want, const ynode *got) {
    int64_t x, y;
    return got && duration_parse(ynode_text(want), &x) && duration_parse(ynode_text(got), &y) && x == y;
}

/* The item of a list that has this name. */
static const ynode *item_named(const ynode *items, str name) {
    YNODE_EACH(i, one, items)
        if (str_eq(ynode_get_text(one, S("name")), name)) return one;
    return NULL;
}

static void compare_map(comparison *c, const ynode *want, const ynode *got, str path, how rest);

/* A status that no run can have. */
static void help_status(comparison *c, const ypair *p) {
    static const str all[] = {{"Succeeded", 9}, {"Failed", 6}, {"Skipped", 7}, {"NotStarted", 10}};
    diags *d = &c->x->s.d;
    str word = ynode_text(p->value);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (str_eq(all[i], word)) return;
    str near = diag_nearest(word, all, sizeof all / sizeof *all);
    if (near.p)
        diag_help(d, &d->list.v[d->list.n - 1], "there is no such status; did you mean `%.*s`?", STR_ARG(near));
    else
        diag_help(d, &d->list.v[d->list.n - 1], "a status is Succeeded or Failed, of a task also Skipped or NotStarted");
}

static void compare_value(comparison *c, const ypair *p, const ynode *got, str path, how h) {
    const ynode *want = p->value;
    uint32_t at;
    if (want->kind == Y_NULL) {
        if (got) WRONG(c, key_node(c->a, p), "`%.*s` is %.*s, none is expected", STR_ARG(path), STR_ARG(shown(c->a, got)));
    } else if (h == PART && is_scalar(want)) {
        str part = str_trim(ynode_text(want));
        if (!got || !str_find(ynode_text(got), part, &at))
            WRONG(c, want, "`%.*s` is %.*s, which does not contain %.*s", STR_ARG(path), STR_ARG(shown(c->a, got)), STR_ARG(shown(c->a, ynode_str(c->a, part, NULL))));
    } else if (h == SOME && want->kind == Y_MAP && got && got->kind == Y_MAP) {
        compare_map(c, want, got, path, SOME);
    } else if (h == SOME && want->kind == Y_SEQ && got && got->kind == Y_SEQ && want->n && item_named(want, ynode_get_text(want->items[0], S("name")))) {
        YNODE_EACH(i, one, want) {
            str name = ynode_get_text(one, S("name")), below = str_fmt(c->a, "%.*s[%.*s]", STR_ARG(path), STR_ARG(name));
            const ynode *other = item_named(got, name);
            if (other && name.n)
                compare_map(c, one, other, below, SOME);
            else
                WRONG(c, one, "`%.*s` has no item named \"%.*s\"", STR_ARG(path), STR_ARG(name));
        }
    } else if (h == TIME ? !same_time(want, got) : !equal(want, got)) {
        WRONG(c, want, "`%.*s` is %.*s, %.*s is expected", STR_ARG(path), STR_ARG(shown(c->a, got)), STR_ARG(shown(c->a, want)));
        if (h == STATUS && c->x->s.d.list.n) help_status(c, p);
    }
}

/* Says which name was meant, of a key that what happened does not have. */
static void help_near(comparison *c, const ynode *got, str key) {
    diags *d = &c->x->s.d;
    if (!ynode_is(got, Y_MAP) || ynode_get(got, key)) return;
    str *names = ARENA_ARRAY(c->a, str, got->n + 1);
    for (uint32_t i = 0; i < got->n; i++) names[i] = got->pairs[i].key;
    str near = diag_nearest(key, names, got->n);
    if (near.p && d->list.n) diag_help(d, &d->list.v[d->list.n - 1], "did you mean `%.*s`?", STR_ARG(near));
}

/* `rest`: how fields below are compared that have no way of their own. */
static void compare_map(comparison *c, const ynode *want, const ynode *got, str path, how rest) {
    for (uint32_t i = 0; i < ynode_count(want); i++) {
        const ypair *p = &want->pairs[i];
        str below = path.n ? str_fmt(c->a, "%.*s.%.*s", STR_ARG(path), STR_ARG(p->key)) : p->key;
        uint32_t before = c->x->s.d.list.n;
        compare_value(c, p, ynode_get(got, p->key), below, rest == SOME ? SOME : EQUAL);
        if (c->x->s.d.list.n > before && p->value->kind != Y_NULL) help_near(c, got, p->key);
    }
}

/* ---- tasks ------------------------------------------------------------------------------------------------------ */

static void compare_steps(comparison *c, const ynode *want, const ynode *got, str path) {
    for (uint32_t i = 0; i < ynode_count(want); i++) {
        const ypair *step = &want->pairs[i];
        const ynode *there = ynode_get(got, step->key);
        str of = str_fmt(c->a, "%.*s.%.*s", STR_ARG(path), STR_ARG(step->key));
        if (!there) {
            diag *d = REPORT(&c->x->s.d, TEST_NAME, key_node(c->a, step), "There is no step `%.*s`", STR_ARG(of));
            (void)d;
            help_near(c, got, step->key);
            continue;
        }
        for (uint32_t k = 0; k < step->value->n; k++) {
            const ypair *p = &step->value->pairs[k];
            str below = str_fmt(c->a, "%.*s.%.*s", STR_ARG(of), STR_ARG(p->key));
            const ynode *value = ynode_get(there, p->key);
            if (str_eq(p->key, S("env")) && p->value->kind == Y_MAP)
                compare_map(c, p->value, value, below, EQUAL);
            else
                compare_value(c, p, value, below, how_of(p->key));
        }
    }
}

/* One TaskRun. */
static void compare_task_run(comparison *c, const ynode *want, const ynode *got, str path) {
    for (uint32_t i = 0; i < want->n; i++) {
        const ypair *p = &want->pairs[i];
        str below = str_fmt(c->a, "%.*s.%.*s", STR_ARG(path), STR_ARG(p->key));
        const ynode *value = ynode_get(got, p->key);
        bool names = str_eq(p->key, S("params")) || str_eq(p->key, S("results"));
        if (str_eq(p->key, S("combinations")) || str_eq(p->key, S("taskRuns"))) continue;
        if (str_eq(p->key, S("steps")) && value)
            compare_steps(c, p->value, value, below);
        else if (names && p->value->kind == Y_MAP)
            compare_map(c, p->value, value, below, EQUAL);
        else
            compare_value(c, p, value, below, how_of(p->key));
    }
}

static bool has_params(const ynode *got, const ynode *some) {
    const ynode *params = ynode_get(got, S("params"));
    for (uint32_t i = 0; i < ynode_count(some); i++)
        if (!equal(some->pairs[i].value, ynode_get(params, some->pairs[i].key))) return false;
    return true;
}

/* Of several, where the first difference is will do. */
static void compare_each(comparison *c, const ynode *want, const ynode *all, str path) {
    uint32_t before = c->x->s.d.list.n;
    for (uint32_t i = 0; i < all->n && c->x->s.d.list.n == before; i++) {
        str of = all->n > 1 ? str_fmt(c->a, "%.*s[%u]", STR_ARG(path), i) : path;
        compare_task_run(c, want, all->items[i], of);
    }
}

static void compare_combinations(comparison *c, const ynode *want, const ynode *all, str path) {
    YNODE_EACH(i, one, want) {
        const ynode *params = ynode_get(one, S("params"));
        ynode *fitting = ynode_seq(c->a, NULL);
        YNODE_EACH(k, got, all)
            if (has_params(got, params)) ynode_push(c->a, fitting, got);
        if (fitting->n)
            compare_each(c, one, fitting, path);
        else
            WRONG(c, params ? params : one, "`%.*s` has no combination with these params", STR_ARG(path));
    }
}

static void compare_task(comparison *c, const ypair *task) {
    const ynode *want = task->value, *got = find_task(c, key_node(c->a, task), task->key);
    if (!got) return;
    str path = str_fmt(c->a, "tasks.%.*s", STR_ARG(task->key));
    const ypair *count = ynode_pair(want, S("taskRuns"));
    const ynode *all = ynode_get(got, S("combinations"));
    if (!all) {
        ynode *one = ynode_seq(c->a, NULL);
        ynode_push(c->a, one, got);
        all = one;
    }
    if (count) {
        const ynode *n = ynode_get(got, S("taskRuns"));
        compare_value(c, count, n ? n : ynode_int(c->a, 0), str_cat(c->a, path, S(".taskRuns")), EQUAL);
    }
    compare_each(c, want, all, path);
    compare_combinations(c, ynode_get(want, S("combinations")), all, path);
}

/* ---- lists of names --------------------------------------------------------------------------------------------- */

static const seen_task *find_ran(const comparison *c, const ynode *name) {
    if (!find_task(c, name, ynode_text(name))) return NULL;
    return map_get(c->ran, ynode_text(name));
}

/* "deploy was skipped: When Expressions evaluated to false" */
static str why_not(const comparison *c, str name) {
    const ynode *task = ynode_get(ynode_get(c->seen, S("tasks")), name);
    str status = ynode_get_text(task, S("status")), reason = ynode_get_text(task, S("reason"));
    if (str_eq(status, S("Skipped"))) return str_fmt(c->a, "%.*s was skipped: %.*s", STR_ARG(name), STR_ARG(reason));
    return str_fmt(c->a, "%.*s did not run", STR_ARG(name));
}

static void expect_ran(const comparison *c, const ynode *names) {
    YNODE_EACH(i, name, names)
        if (map_get(&c->x->tasks, name->text) ? !map_get(c->ran, name->text) : (case_no_task(c->x, name, name->text), false))
            WRONG(c, name, "%.*s", STR_ARG(why_not(c, name->text)));
}

static void expect_skipped(const comparison *c, const ynode *want) {
    const ynode *skipped = ynode_get(c->seen, S("skipped"));
    if (want->kind != Y_SEQ && want->kind != Y_MAP) {
        REPORT(&c->x->s.d, TEST_VALUE, want, "A list of tasks is expected, or a mapping of tasks to reasons");
        return;
    }
    for (uint32_t i = 0; i < want->n; i++) {
        const ynode *name = want->kind == Y_SEQ ? want->items[i] : key_node(c->a, &want->pairs[i]);
        if (!find_task(c, name, ynode_text(name))) continue;
        const ynode *reason = ynode_get(skipped, ynode_text(name));
        if (!reason)
            WRONG(c, name, "%.*s was not skipped, it %s", STR_ARG(ynode_text(name)), map_get(c->ran, ynode_text(name)) ? "ran" : "was never started");
        else if (want->kind == Y_MAP && !equal(want->pairs[i].value, reason))
            WRONG(c, want->pairs[i].value, "%.*s", STR_ARG(why_not(c, ynode_text(name))));
    }
}

static void expect_before(const comparison *c, const ynode *x, const ynode *y) {
    const seen_task *first = find_ran(c, x), *then = find_ran(c, y);
    if (!first || !then || then->start >= first->end) return;
    WRONG(c, y, "%.*s began at %.*s, but %.*s ended at %.*s", STR_ARG(y->text), STR_ARG(duration_format(c->a, then->start)), STR_ARG(x->text),
          STR_ARG(duration_format(c->a, first->end)));
}

static void expect_order(const comparison *c, const ynode *order) {
    bool fits = order->kind == Y_SEQ;
    YNODE_EACH(i, group, order) {
        fits = fits && (group->kind == Y_STR || group->kind == Y_SEQ);
        YNODE_EACH(k, name, group) fits = fits && name->kind == Y_STR;
    }
    if (!fits) {
        REPORT(&c->x->s.d, TEST_VALUE, order, "A list of tasks, and of lists of tasks, is expected");
        return;
    }
    ynode *before = NULL;
    YNODE_EACH(i, group, order) {
        ynode *now = ynode_seq(c->a, NULL);
        if (group->kind == Y_STR) ynode_push(c->a, now, group);
        YNODE_EACH(k, name, group) ynode_push(c->a, now, name);
        expect_ran(c, now);
        YNODE_EACH(k, x, before) YNODE_EACH(j, y, now) expect_before(c, x, y);
        before = now;
    }
}

/* ---- all of it -------------------------------------------------------------------------------------------------- */

void expect_check(test_case *x, const ynode *expect, const ynode *seen, const map *ran) {
    comparison c = {x, x->a, seen, ran};
    for (uint32_t i = 0; i < ynode_count(expect); i++) {
        const ypair *p = &expect->pairs[i];
        const ynode *got = ynode_get(seen, p->key);
        uint32_t before = x->s.d.list.n;
        if (str_eq(p->key, S("order")))
            expect_order(&c, p->value);
        else if (str_eq(p->key, S("ran")))
            expect_ran(&c, p->value);
        else if (str_eq(p->key, S("skipped")))
            expect_skipped(&c, p->value);
        else if (str_eq(p->key, S("tasks")))
            for (uint32_t k = 0; k < p->value->n; k++) compare_task(&c, &p->value->pairs[k]);
        else if (str_eq(p->key, S("results")))
            compare_map(&c, p->value, got, p->key, EQUAL);
        else
            compare_value(&c, p, got, p->key, how_of(p->key));
        bool outcome = str_eq(p->key, S("status")) || str_eq(p->key, S("reason"));
        if (outcome && x->s.d.list.n > before && !x->s.d.list.v[before].help.n)
            diag_help(&x->s.d, &x->s.d.list.v[before], "the run says: %.*s", STR_ARG(ynode_get_text(seen, S("message"))));
    }
}

/* ---- what the compiler reports ---------------------------------------------------------------------------------- */

void expect_errors(test_case *x, const ynode *expect) {
    arena *a = x->a;
    diags *d = &x->s.d;
    const ynode *want = ynode_get(expect, S("errors"));
    str part = ynode_get_text(expect, S("message"));
    const diag_rule **rules = ARENA_ARRAY(a, const diag_rule *, want->n + 1);
    bool *found = ARENA_ARRAY(a, bool, want->n + 1), said = !part.n;
    uint32_t kept = 0, at;
    for (uint32_t i = 0; i < want->n; i++) {
        rules[i] = diag_rule_find(ynode_text(want->items[i]));
        found[i] = false;
    }
    for (uint32_t i = 0; i < d->list.n; i++) {
        const diag *one = &d->list.v[i];
        bool expected = false;
        for (uint32_t k = 0; k < want->n; k++)
            if (rules[k] == one->rule) found[k] = expected = true;
        said |= expected && str_find(one->text, part, &at);
        if (!expected) d->list.v[kept++] = *one;
    }
    d->list.n = kept;
    for (uint32_t i = 0; i < want->n; i++) {
        str word = ynode_text(want->items[i]);
        if (!rules[i])
            REPORT(d, TEST_NAME, want->items[i], "There is no rule %.*s", STR_ARG(word));
        else if (!found[i])
            REPORT(d, TEST_EXPECTATION, want->items[i], "%s %s is not reported", rules[i]->id, rules[i]->name);
    }
    if (!said) REPORT(d, TEST_EXPECTATION, ynode_get(expect, S("message")), "None of the expected errors says so");
}
