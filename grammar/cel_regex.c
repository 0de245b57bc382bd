/* Regular expressions for matches(). Only whether a pattern fits somewhere is asked, so a set of states is walked along
 * the text once: no backtracking, time is the pattern's size times the text's. */
#include "grammar/cel_regex.h"

typedef enum op { OP_CLASS, OP_ASSERT, OP_SPLIT, OP_JUMP, OP_MATCH } op;
typedef struct instruction {
    op op;
    re_assert assert;
    const re_class *class;
    uint32_t x, y; /* SPLIT: both; JUMP: x */
} instruction;
typedef struct program {
    arena *a;
    VEC(instruction) v;
} program;

static uint32_t emit(program *p, op op_) { /* moves the others: use their addresses afterwards only */
    if (p->v.n < REGEX_PROGRAM_MOST) {
        instruction *i = vec_add(p->a, &p->v);
        *i = (instruction){.op = op_};
        return p->v.n - 1;
    }
    p->v.v[REGEX_PROGRAM_MOST - 1].op = OP_MATCH; /* too large: reported by whoever called */
    return REGEX_PROGRAM_MOST - 1;
}

static void compile(program *p, const re *x);

static void compile_repeat(program *p, const re *x) {
    const re *of = x->of.v[0];
    for (int i = 0; i < x->min && p->v.n < REGEX_PROGRAM_MOST; i++) compile(p, of);
    if (x->max < 0) {
        uint32_t split = emit(p, OP_SPLIT);
        p->v.v[split].x = split + 1;
        compile(p, of);
        uint32_t back = emit(p, OP_JUMP);
        p->v.v[back].x = split;
        p->v.v[split].y = p->v.n;
        return;
    }
    for (int i = x->min; i < x->max && p->v.n < REGEX_PROGRAM_MOST; i++) { /* each may be left out, with all after it */
        uint32_t split = emit(p, OP_SPLIT);
        p->v.v[split].x = split + 1;
        compile(p, of);
        p->v.v[split].y = p->v.n;
    }
}

static void compile(program *p, const re *x) {
    uint32_t at;
    if (p->v.n >= REGEX_PROGRAM_MOST) return;
    switch (x->kind) {
    case RE_CLASS: at = emit(p, OP_CLASS), p->v.v[at].class = x->class; break;
    case RE_ASSERT: at = emit(p, OP_ASSERT), p->v.v[at].assert = x->assert; break;
    case RE_CAT:
        for (uint32_t i = 0; i < x->of.n; i++) compile(p, x->of.v[i]);
        break;
    case RE_ALT: {
        VEC(uint32_t) ends = {0};
        for (uint32_t i = 0; i + 1 < x->of.n; i++) {
            uint32_t split = emit(p, OP_SPLIT);
            p->v.v[split].x = split + 1;
            compile(p, x->of.v[i]);
            uint32_t end = emit(p, OP_JUMP);
            vec_push(p->a, &ends, end);
            p->v.v[split].y = p->v.n;
        }
        compile(p, x->of.v[x->of.n - 1]);
        for (uint32_t i = 0; i < ends.n; i++) p->v.v[ends.v[i]].x = p->v.n;
        break;
    }
    case RE_REPEAT: compile_repeat(p, x); break;
    }
}

typedef struct walk {
    const program *p;
    str text;
    uint32_t at; /* the states are before this byte */
    uint32_t *now, *next, *stack, now_n, next_n;
    uint32_t *seen, stamp; /* by state: the last stamp under which it was added */
} walk;

static bool is_word(str s, uint32_t i) {
    if (i >= s.n) return false;
    char lower = (char)(s.p[i] | 0x20);
    return s.p[i] == '_' || (s.p[i] >= '0' && s.p[i] <= '9') || (lower >= 'a' && lower <= 'z');
}

static bool holds(const walk *w, re_assert k) {
    bool begin = w->at == 0, end = w->at == w->text.n;
    bool boundary = (!begin && is_word(w->text, w->at - 1)) != is_word(w->text, w->at);
    switch (k) {
    case AT_BEGIN: return begin;
    case AT_END: return end;
    case AT_LINE_BEGIN: return begin || w->text.p[w->at - 1] == '\n';
    case AT_LINE_END: return end || w->text.p[w->at] == '\n';
    case AT_WORD: return boundary;
    default: return !boundary;
    }
}

static bool in_class(const re_class *c, uint32_t x) {
    uint32_t low = 0, high = c->ranges.n;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (x > c->ranges.v[mid].to)
            low = mid + 1;
        else
            high = mid;
    }
    return low < c->ranges.n && x >= c->ranges.v[low].from;
}

/* Adds a state and all that is reached from it without a character; true when that is the end. */
static bool add_state(walk *w, uint32_t state) {
    uint32_t n = 0;
    for (w->stack[n++] = state; n > 0;) {
        state = w->stack[--n];
        if (w->seen[state] == w->stamp) continue;
        w->seen[state] = w->stamp;
        const instruction *i = &w->p->v.v[state];
        switch (i->op) {
        case OP_MATCH: return true;
        case OP_CLASS: w->now[w->now_n++] = state; break;
        case OP_ASSERT:
            if (holds(w, i->assert)) w->stack[n++] = state + 1;
            break;
        case OP_SPLIT: w->stack[n++] = i->y; /* fall through */
        case OP_JUMP: w->stack[n++] = i->x; break;
        }
    }
    return false;
}

static cel_regex_result search(cel_budget *b, walk *w) {
    for (;;) {
        w->stamp++;
        uint32_t was = w->now_n;
        uint32_t *swap = w->next;
        w->next = w->now;
        w->now = swap;
        w->now_n = 0;
        /* w->next holds the states that took the last character; where they lead, and a new beginning */
        for (uint32_t i = 0; i < was; i++)
            if (add_state(w, w->next[i])) return REGEX_YES;
        if (add_state(w, 0)) return REGEX_YES;
        if (w->at >= w->text.n) return REGEX_NO;
        if (!cel_spend(b, w->now_n + 1)) return REGEX_TIRED;
        uint32_t x = re_decode(w->text, &w->at), kept = 0;
        for (uint32_t i = 0; i < w->now_n; i++)
            if (in_class(w->p->v.v[w->now[i]].class, x)) w->now[kept++] = w->now[i] + 1;
        w->now_n = kept;
    }
}

cel_regex_result cel_regex_search(cel_budget *b, str pattern, str text, str *why) {
    cel_regex_result result;
    if (!cel_spend(b, pattern.n < UINT32_MAX / 8 ? pattern.n * 8 : UINT32_MAX)) return REGEX_TIRED;
    const re *x = re_parse(b->a, pattern, &result, why);
    if (!x) return result;
    program p = {.a = b->a};
    compile(&p, x);
    emit(&p, OP_MATCH);
    if (p.v.n >= REGEX_PROGRAM_MOST) {
        *why = S("repeats that make it that large");
        return REGEX_UNSUPPORTED;
    }
    if (!cel_spend(b, p.v.n)) return REGEX_TIRED;
    walk w = {.p = &p,
              .text = text,
              .now = ARENA_ARRAY(b->a, uint32_t, p.v.n),
              .next = ARENA_ARRAY(b->a, uint32_t, p.v.n),
              .stack = ARENA_ARRAY(b->a, uint32_t, 2 * p.v.n + 1),
              .seen = ARENA_ARRAY(b->a, uint32_t, p.v.n)};
    return search(b, &w);
}
