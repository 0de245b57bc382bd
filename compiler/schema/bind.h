#ifndef COMPILER_SCHEMA_BIND_H
#define COMPILER_SCHEMA_BIND_H
/* Trees to structs, by the rows.
 *
 * In: a mapping and the type it should have. Out: a struct of that type in the arena, and diagnostics for everything
 * that Kubernetes' strict decoding refuses: unknown fields (with "did you mean"; below a FIELD_PRESERVED row the case
 * of names does not count, as for Go's decoder), wrong JSON types, missing required fields of the CRD, fields of the
 * other API version, malformed durations and quantities, a repeated key of list-maps. Tree fields (FIELD_TREE,
 * Kubernetes types) are checked the same way and kept as trees, in the canonical spelling of their keys, null members
 * left out.
 *
 * null is absent; a null item of a list of structs is an empty struct, of a list of strings "". Empty lists and maps of
 * fields without FIELD_KEEP_EMPTY are absent, as after Tekton's round trip (list.node stays set, n = 0); "" and false
 * stay, so that messages can point at them (field_zero() of schema.h tells). K_VALUE is a Y_STR, a sequence or a
 * mapping of Y_STR afterwards: other values are their JSON text. Facts: validation.md 0.1, 0.3, ADM-03…ADM-14, A.*. The
 * struct is complete as far as the input allows, also when errors were reported; an item of the wrong type is left out.
 * Results share what did not change with the input. */
#include "base/diag.h"
#include "compiler/schema/tekton.h"

typedef enum api_version { API_V1 = FIELD_V1, API_V1BETA1 = FIELD_V1BETA1 } api_version;

head *bind_struct(arena *a, diags *d, const type *t, const ynode *n, api_version version);
/* Checks (and tidies) a tree against a Kubernetes type, e.g. a ConfigMap document. */
const ynode *bind_tree(arena *a, diags *d, const type *t, const ynode *n, api_version version);
/* Checks (and tidies) one value as if it stood in this field of that type. NULL when absent or not usable. */
const ynode *bind_value(arena *a, diags *d, const type *owner, const field *f, const ynode *n);
#define BIND(a, d, T, n, version) ((T *)bind_struct((a), (d), &T##_type, (n), (version)))
#endif
