#include "runtime/sequencer/inner.h"

static void swap(seq_timer *x, seq_timer *y) {
    seq_timer t = *x;
    *x = *y;
    *y = t;
}

void timer_add(seq *s, int64_t at, timer_kind kind, void *of, uint32_t attempt) {
    vec_push(s->a, &s->timers, ((seq_timer){at, kind, of, attempt}));
    seq_timer *v = s->timers.v;
    for (uint32_t i = s->timers.n - 1; i && v[i].at < v[(i - 1) / 2].at; i = (i - 1) / 2) swap(&v[i], &v[(i - 1) / 2]);
}

static void remove_first(seq *s) {
    seq_timer *v = s->timers.v;
    uint32_t n = --s->timers.n;
    v[0] = v[n];
    for (uint32_t i = 0, k; (k = 2 * i + 1) < n; i = k) {
        if (k + 1 < n && v[k + 1].at < v[k].at) k++;
        if (v[i].at <= v[k].at) break;
        swap(&v[i], &v[k]);
    }
}

bool timer_valid(const seq_timer *t) {
    const seq_run *r = t->of;
    const seq_child *c = t->of;
    switch (t->kind) {
    case TIMER_PIPELINE: return !r->done && !r->timed_out;
    case TIMER_TASKS: return !r->done && !r->tasks_timed_out && r->dag_left;
    case TIMER_FINALLY: return !r->done && !r->finally_timed_out && r->finally_left;
    case TIMER_ATTEMPT: {
        const seq_attempt *x = child_now(c);
        return c->state != CHILD_ENDED && x && !x->ended && !x->judged && c->attempt_count == t->attempt + 1 &&
               !c->ask_again && x->start + c->task->plan->timeout <= t->at;
    }
    case TIMER_ASK: return c->state == CHILD_CREATING && c->ask_again == t->at;
    }
    return false;
}

int64_t timer_next(seq *s) {
    while (s->timers.n && !timer_valid(&s->timers.v[0])) remove_first(s);
    return s->timers.n ? s->timers.v[0].at : 0;
}

bool timer_pop(seq *s, int64_t now, seq_timer *out) {
    int64_t at = timer_next(s);
    if (!at || at > now) return false;
    *out = s->timers.v[0];
    remove_first(s);
    return true;
}
