#ifndef COMPILER_CONFIG_H
#define COMPILER_CONFIG_H
/* Tekton's configuration: feature flags and defaults. In: the built-in values of Tekton 1.15, then the ConfigMaps
 * `feature-flags` and `config-defaults` when they are in the input, then --tekton-api and --feature. Out: one struct
 * that passes read. Facts: validation.md 0.4, runtime.md 11. */
#include "base/diag.h"
#include "base/map.h"
#include "base/read.h"
#include "compiler/schema/schema.h"

typedef struct config {
    feature_level api;                                                /* enable-api-fields; default beta */
    bool param_enum, cel_in_when, artifacts, concise_resolver_syntax; /* alpha features, default false */
    bool disable_inline_pipeline, disable_inline_pipelinerun, disable_inline_taskrun;
    bool disable_creds_init, await_sidecar_readiness, injected_sidecars, known_hosts_required;
    bool set_security_context, read_only_root_filesystem, keep_pod_on_cancel, native_sidecars;
    bool termination_message_compression, results_from_sidecar_logs, enforce_spire;
    str coschedule;          /* workspaces, pipelineruns, isolate-pipelinerun, disabled */
    int64_t max_result_size; /* bytes */
    int64_t default_timeout; /* nanoseconds */
    str default_service_account, default_managed_by, default_resolver_type;
    uint32_t max_matrix_combinations;
    const ynode *default_forbidden_env;       /* [string] or NULL */
    const ynode *default_pod_template;        /* trees, or NULL */
    const ynode *default_task_run_workspace;  /* a WorkspaceBinding without name */
    const ynode *default_container_resources; /* {name|prefix-X|default: ResourceRequirements} */
} config;

typedef enum config_answer { CONFIG_OK, CONFIG_UNKNOWN, CONFIG_BAD_VALUE } config_answer;

config config_default(void);
/* One `key: value` of the ConfigMap feature-flags (or --feature). */
config_answer config_set_feature(config *c, str key, str value);
/* One of config-defaults; `tree` is the text read as YAML for those values that are YAML texts themselves. */
config_answer config_set_default(arena *a, config *c, str key, str value, const ynode *tree);
/* Whether the key's value is itself a YAML text. */
bool config_default_is_tree(str key);
/* The known keys, for "did you mean". */
const str *config_feature_keys(arena *a, uint32_t *n);
const str *config_default_keys(arena *a, uint32_t *n);
/* Applies the ConfigMaps named feature-flags and config-defaults among the documents, whatever their namespace. Texts
 * that are YAML become sources of their own. */
void config_load(arena *a, diags *d, sources *s, config *c, const ynode_list *documents);
#endif
