/* Any bytes as a text with references. Holds: references come in order and do not overlap, their segments cover what is
 * between the parentheses without gaps, each says again what the text says, a plain one is what Tekton's detector sees,
 * and ref_explain finds fault with exactly the places where none begins. The detectors: hits in order, on "$(" and ")",
 * and the detectors' walk sees what single calls see. */
#include "base/arena.h"
#include "grammar/detect.h"
#include "grammar/ref.h"
#include <stddef.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
    if (!holds) abort();
}

static void check_segments(str text, const ref *r) {
    uint32_t at = r->at + 2;
    must(r->n > 0 && r->segments[0].kind == REF_NAME);
    must(r->end <= text.n && r->raw.p == text.p + r->at + 2 && r->raw.n == r->end - r->at - 3);
    for (uint32_t i = 0; i < r->n; i++) {
        const ref_segment *s = &r->segments[i];
        uint32_t around = s->kind == REF_NAME ? i > 0 : s->kind == REF_QUOTED ? 4 : 2;
        must(s->at == at && s->end > at && s->end - s->at == s->text.n + around);
        must(s->kind == REF_STAR || s->text.p == text.p + s->at + (around + 1) / 2);
        must(s->kind != REF_QUOTED || text.p[s->at + 1] == s->quote);
        at = s->end;
    }
    must(at + 1 == r->end && text.p[at] == ')');
}

static void check_references(arena *a, str text) {
    ref r;
    hit h;
    uint32_t bad = 0, from = 0;
    for (; ref_next(a, text, from, &r); from = r.end) {
        must(r.at >= from && !ref_none(text));
        check_segments(text, &r);
        bool seen = detect_variable(str_cut(text, 0, r.end), r.at, &h) && h.at == r.at && h.end == r.end;
        must(seen == ref_is_plain(&r));
        must(!ref_explain(a, text, r.at, &bad).p);
        if (r.at > from && r.at - from < 64)
            for (uint32_t i = from; i < r.at; i++) must(ref_explain(a, text, i, &bad).p && bad >= i && bad <= text.n);
    }
}

static void check_hits(str text, uint32_t which) {
    hit h = {0}, single;
    for (uint32_t from = 0;; from = h.end) {
        str prefix = which == 4 ? S("params") : S("step?results");
        bool found = which == 0   ? detect_variable(text, from, &h)
                     : which == 1 ? detect_artifact(text, from, &h)
                     : which == 2 ? detect_param_index(text, from, &h)
                     : which == 3 ? detect_step_result(text, from, &h)
                                  : detect_prefixed(text, prefix, from, &h);
        if (which >= 4) {
            single = (hit){0};
            must(detect_prefixed(text, prefix, from, &single) == found);
            must(!found || (single.at == h.at && single.end == h.end && single.form == h.form));
        }
        if (!found) break;
        must(h.at >= from && h.end <= text.n && h.end > h.at + 3);
        must(text.p[h.at] == '$' && text.p[h.at + 1] == '(' && text.p[h.end - 1] == ')');
        result_ref r;
        if (detect_result_ref(h.inner, &r) == RESULT_OK) must(!(r.star && r.indexed) && !(r.key.p && r.indexed));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 1 << 16) return 0;
    arena *a = arena_new();
    char *exact = malloc(size ? size : 1); /* nothing behind the text, so that a read past it is noticed */
    must(exact != NULL);
    if (size) memcpy(exact, data, size);
    str text = {exact, (uint32_t)size};
    check_references(a, text);
    for (uint32_t which = 0; which < 6; which++) check_hits(text, which);
    free(exact);
    arena_free(a);
    return 0;
}
