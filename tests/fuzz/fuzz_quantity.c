/* Any bytes as a quantity. Holds: what is accepted has a canonical form of the same value that is its own canonical form;
 * what apimachinery would print for it has the same value; the whole and milli values are on the far side from zero. */
#include "base/arena.h"
#include "grammar/quantity.h"
#include <stddef.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
    if (!holds) abort();
}

static void check_value(arena *a, quantity q) {
    quantity again;
    str text = quantity_format(a, q);
    must(quantity_parse(text, &again) && quantity_cmp(q, again) == 0);
    if (again.family == q.family) { /* "3000", of the binary family, is read as a decimal: 3k */
        must(str_eq(quantity_format(a, again), text));
        must(str_eq(quantity_reprint(a, text), text));
    }
    int64_t whole = quantity_value(q), milli = quantity_milli_value(q);
    if (whole != INT64_MAX && whole != INT64_MIN) {
        int side = quantity_cmp(quantity_of(whole, q.family), q);
        must(q.nano < 0 ? side <= 0 : side >= 0);
    }
    if (milli != INT64_MAX && milli != INT64_MIN) {
        quantity of = quantity_of_milli(milli, q.family);
        __int128 over = q.nano < 0 ? q.nano - of.nano : of.nano - q.nano;
        must(over >= 0 && over < 1000000);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 1 << 16) return 0;
    arena *a = arena_new();
    char *exact = malloc(size ? size : 1); /* nothing behind the text, so that a read past it is noticed */
    must(exact != NULL);
    if (size) memcpy(exact, data, size);
    str text = {exact, (uint32_t)size};
    quantity q, again;
    bool ok = quantity_parse(text, &q);
    str printed = quantity_reprint(a, text);
    must(ok == (printed.p != NULL));
    if (ok) {
        check_value(a, q);
        must(quantity_parse(printed, &again) && quantity_cmp(q, again) == 0);
    }
    int64_t n;
    if (size > sizeof n) {
        memcpy(&n, data, sizeof n);
        if (n == INT64_MIN) n++; /* reading stops at 2^63 - 1 below zero, too */
        check_value(a, quantity_of(n, (quantity_family)(data[sizeof n] % 3)));
        check_value(a, quantity_of_milli(n, (quantity_family)(data[sizeof n] % 3)));
    }
    free(exact);
    arena_free(a);
    return 0;
}
