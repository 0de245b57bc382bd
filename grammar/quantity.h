#ifndef GRAMMAR_QUANTITY_H
#define GRAMMAR_QUANTITY_H
/* Kubernetes resource quantities: "100m", "1.5Gi", "2e3", "1".
 * In: text, without blanks around it (Kubernetes trims them). Out: an exact value as a 128-bit count of nano-units
 * (10^-9), as apimachinery's Quantity keeps at most that precision (it rounds away from zero past it); false for what it
 * refuses. It takes some surprising texts, "+", "." and "Ki", for zero. Back: the canonical form of a value in the suffix
 * family it was written in.
 * Binary values stop at 2^63 - 1 as there. Decimal ones have no bound there; here they stop growing at 10^29. Where
 * apimachinery goes wrong we don't follow: it prints "1000E" and above without the suffix, and its Value and MilliValue
 * overflow (ours saturate) and round some negative numbers the other way. */
#include "base/str.h"
typedef enum quantity_family { QUANTITY_DECIMAL_SI, QUANTITY_BINARY_SI, QUANTITY_DECIMAL_EXPONENT } quantity_family;
typedef struct quantity {
    __int128 nano;
    quantity_family family;
} quantity;
bool quantity_parse(str text, quantity *out);
str quantity_format(arena *a, quantity q);  /* canonical, as Quantity.String() */
/* What apimachinery prints right after reading this text, thus what stands in an object that passed the API server: a text
 * that it takes for canonical stays as written ("+5", "1.500", "1E3"), any other one becomes canonical. STR_NONE when the
 * text is no quantity. The result may be `text` itself. */
str quantity_reprint(arena *a, str text);
int quantity_cmp(quantity x, quantity y);
int64_t quantity_value(quantity q);         /* rounded away from zero to a whole number (Quantity.Value) */
int64_t quantity_milli_value(quantity q);   /* rounded away from zero to milli-units (Quantity.MilliValue) */
quantity quantity_of(int64_t value, quantity_family family);
quantity quantity_of_milli(int64_t milli, quantity_family family);
#endif
