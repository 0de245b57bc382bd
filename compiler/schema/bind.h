#ifndef COMPILER_SCHEMA_BIND_H
#define COMPILER_SCHEMA_BIND_H
/* Trees to structs, by the rows.
 *
 * In: a mapping and the type it should have. Out: a struct of that type in the arena, and diagnostics for everything
 * that Kubernetes' strict decoding refuses: unknown fields (with "did you mean"; case-insensitive below a
 * FIELD_PRESERVED row, as Go's decoder), wrong JSON types, missing required fields of the CRD, fields of the other API
 * version, malformed durations and quantities, a repeated key of list-maps. Tree fields (FIELD_TREE, Kubernetes types)
 * are checked the same way and kept as trees, in the canonical spelling of their keys, null members left out.
 * null is absent; a null item of a list of structs is an empty struct; empty lists and maps of fields without
 * FIELD_KEEP_EMPTY are absent (list.node stays set, n = 0). Facts: validation.md 0.1, ADM-03…ADM-14, A.*.
 * The struct is complete as far as the input allows, also when errors were reported. */
#include "base/diag.h"
#include "compiler/schema/tekton.h"

typedef enum api_version { API_V1 = FIELD_V1, API_V1BETA1 = FIELD_V1BETA1 } api_version;

/* `preserved`: the whole mapping is below a preserved field. */
head *bind_struct(arena *a, diags *d, const type *t, const ynode *n, api_version version);
/* Checks (and tidies) a tree against a Kubernetes type, e.g. a ConfigMap document. */
const ynode *bind_tree(arena *a, diags *d, const type *t, const ynode *n, api_version version);
#define BIND(a, d, T, n, version) ((T *)bind_struct((a), (d), &T##_type, (n), (version)))
#endif
