#ifndef GRAMMAR_QUANTITY_H
#define GRAMMAR_QUANTITY_H
/* Kubernetes resource quantities: "100m", "1.5Gi", "2e3", "1".
 * In: text. Out: an exact value as a 128-bit count of nano-units (10^-9), as apimachinery's Quantity keeps at most that
 * precision (it rounds up past it); false for what it refuses. Back: the canonical form of a value in the suffix family
 * it was written in. */
#include "base/str.h"
typedef enum quantity_family { QUANTITY_DECIMAL_SI, QUANTITY_BINARY_SI, QUANTITY_DECIMAL_EXPONENT } quantity_family;
typedef struct quantity {
    __int128 nano;
    quantity_family family;
} quantity;
bool quantity_parse(str text, quantity *out);
str quantity_format(arena *a, quantity q);  /* canonical, as Quantity.String() */
int quantity_cmp(quantity x, quantity y);
int64_t quantity_value(quantity q);         /* rounded up to a whole number (Quantity.Value) */
int64_t quantity_milli_value(quantity q);   /* rounded up to milli-units (Quantity.MilliValue) */
quantity quantity_of(int64_t value, quantity_family family);
quantity quantity_of_milli(int64_t milli, quantity_family family);
#endif
