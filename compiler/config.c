#include "compiler/config.h"
#include "compiler/diags.h"
#include "compiler/readrules.h"
#include <stddef.h>

/* What the value of a key looks like. */
typedef enum shape {
    SHAPE_BOOL,    /* Go's strconv.ParseBool */
    SHAPE_LEVEL,   /* stable, beta, alpha */
    SHAPE_CHOICE,  /* one of `words`, kept as the text */
    SHAPE_SECOND,  /* one of two words; true for the second */
    SHAPE_SIZE,    /* a number of bytes below the limit of a ConfigMap */
    SHAPE_INLINE,  /* a comma list of pipeline, pipelinerun, taskrun */
    SHAPE_MINUTES, /* whole minutes */
    SHAPE_COUNT,   /* a whole number */
    SHAPE_TEXT,
    SHAPE_WORDS,  /* a comma list */
    SHAPE_TREE,   /* a YAML text */
    SHAPE_UNUSED, /* known to Tekton, without effect on what is compiled */
} shape;

typedef struct setting {
    str key;
    shape shape;
    uint16_t offset;
    str words[4];
} setting;

#define K(text)                                                                                                        \
    { text, sizeof(text) - 1 }
#define AT(member) offsetof(config, member)

/* Tekton 1.15's feature-flags. */
static const setting features[] = {
    {K("enable-api-fields"), SHAPE_LEVEL, AT(api), {K("stable"), K("beta"), K("alpha")}},
    {K("enable-param-enum"), SHAPE_BOOL, AT(param_enum), {{0}}},
    {K("enable-cel-in-whenexpression"), SHAPE_BOOL, AT(cel_in_when), {{0}}},
    {K("enable-artifacts"), SHAPE_BOOL, AT(artifacts), {{0}}},
    {K("enable-concise-resolver-syntax"), SHAPE_BOOL, AT(concise_resolver_syntax), {{0}}},
    {K("disable-inline-spec"), SHAPE_INLINE, 0, {{0}}},
    {K("disable-creds-init"), SHAPE_BOOL, AT(disable_creds_init), {{0}}},
    {K("await-sidecar-readiness"), SHAPE_BOOL, AT(await_sidecar_readiness), {{0}}},
    {K("running-in-environment-with-injected-sidecars"), SHAPE_BOOL, AT(injected_sidecars), {{0}}},
    {K("require-git-ssh-secret-known-hosts"), SHAPE_BOOL, AT(known_hosts_required), {{0}}},
    {K("set-security-context"), SHAPE_BOOL, AT(set_security_context), {{0}}},
    {K("set-security-context-read-only-root-filesystem"), SHAPE_BOOL, AT(read_only_root_filesystem), {{0}}},
    {K("keep-pod-on-cancel"), SHAPE_BOOL, AT(keep_pod_on_cancel), {{0}}},
    {K("enable-kubernetes-sidecar"), SHAPE_BOOL, AT(native_sidecars), {{0}}},
    {K("enable-termination-message-compression"), SHAPE_BOOL, AT(termination_message_compression), {{0}}},
    {K("results-from"), SHAPE_SECOND, AT(results_from_sidecar_logs), {K("termination-message"), K("sidecar-logs")}},
    {K("enforce-nonfalsifiability"), SHAPE_SECOND, AT(enforce_spire), {K("none"), K("spire")}},
    {K("coschedule"),
     SHAPE_CHOICE,
     AT(coschedule),
     {K("workspaces"), K("pipelineruns"), K("isolate-pipelinerun"), K("disabled")}},
    {K("max-result-size"), SHAPE_SIZE, AT(max_result_size), {{0}}},
    {K("enable-provenance-in-status"), SHAPE_UNUSED, 0, {{0}}},
    {K("send-cloudevents-for-runs"), SHAPE_UNUSED, 0, {{0}}},
    {K("trusted-resources-verification-no-match-policy"), SHAPE_UNUSED, 0, {{0}}},
    {K("enable-wait-exponential-backoff"), SHAPE_UNUSED, 0, {{0}}},
    {K("enable-informer-cache-transforms"), SHAPE_UNUSED, 0, {{0}}},
    {K("enable-step-actions"), SHAPE_UNUSED, 0, {{0}}},
    {K("enable-tekton-oci-bundles"), SHAPE_UNUSED, 0, {{0}}},
    {K("_example"), SHAPE_UNUSED, 0, {{0}}},
};

/* Tekton 1.15's config-defaults. */
static const setting defaults[] = {
    {K("default-timeout-minutes"), SHAPE_MINUTES, AT(default_timeout), {{0}}},
    {K("default-service-account"), SHAPE_TEXT, AT(default_service_account), {{0}}},
    {K("default-managed-by-label-value"), SHAPE_TEXT, AT(default_managed_by), {{0}}},
    {K("default-resolver-type"), SHAPE_TEXT, AT(default_resolver_type), {{0}}},
    {K("default-max-matrix-combinations-count"), SHAPE_COUNT, AT(max_matrix_combinations), {{0}}},
    {K("default-forbidden-env"), SHAPE_WORDS, AT(default_forbidden_env), {{0}}},
    {K("default-pod-template"), SHAPE_TREE, AT(default_pod_template), {{0}}},
    {K("default-task-run-workspace-binding"), SHAPE_TREE, AT(default_task_run_workspace), {{0}}},
    {K("default-container-resource-requirements"), SHAPE_TREE, AT(default_container_resources), {{0}}},
    {K("default-affinity-assistant-pod-template"), SHAPE_UNUSED, 0, {{0}}},
    {K("default-cloud-events-sink"), SHAPE_UNUSED, 0, {{0}}},
    {K("default-imagepullbackoff-timeout"), SHAPE_UNUSED, 0, {{0}}},
    {K("default-create-container-error-timeout"), SHAPE_UNUSED, 0, {{0}}},
    {K("default-maximum-resolution-timeout"), SHAPE_UNUSED, 0, {{0}}},
    {K("default-sidecar-log-polling-interval"), SHAPE_UNUSED, 0, {{0}}},
    {K("default-step-ref-concurrency-limit"), SHAPE_UNUSED, 0, {{0}}},
    {K("_example"), SHAPE_UNUSED, 0, {{0}}},
};

#define COUNT(table) ((uint32_t)(sizeof(table) / sizeof *(table)))

enum { MAX_RESULT_SIZE_LIMIT = 1572864 }; /* an object of this size is refused by the API server's store */

config config_default(void) {
    return (config){
        .api = LEVEL_BETA,
        .await_sidecar_readiness = true,
        .injected_sidecars = true,
        .coschedule = S("workspaces"),
        .max_result_size = 4096,
        .default_timeout = INT64_C(60) * 60 * 1000000000,
        .default_service_account = S("default"),
        .default_managed_by = S("tekton-pipelines"),
        .default_resolver_type = S(""),
        .max_matrix_combinations = 256,
    };
}

static const setting *find(const setting *table, uint32_t n, str key) {
    for (uint32_t i = 0; i < n; i++)
        if (str_eq(table[i].key, key)) return &table[i];
    return NULL;
}

static bool parse_bool(str text, bool *out) {
    static const str yes[] = {K("1"), K("t"), K("T"), K("TRUE"), K("true"), K("True")};
    static const str no[] = {K("0"), K("f"), K("F"), K("FALSE"), K("false"), K("False")};
    for (uint32_t i = 0; i < COUNT(yes); i++) {
        if (str_eq(text, yes[i])) return *out = true, true;
        if (str_eq(text, no[i])) return *out = false, true;
    }
    return false;
}

static bool parse_count(str text, int64_t most, int64_t *out) {
    int64_t n = 0;
    bool minus = text.n && text.p[0] == '-';
    uint32_t i = text.n && (minus || text.p[0] == '+') ? 1 : 0;
    if (i == text.n) return false;
    for (; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') return false;
        n = n * 10 + (text.p[i] - '0');
        if (n > most) return false;
    }
    *out = minus ? -n : n;
    return true;
}

/* Which of the words it is, case ignored as Tekton does; -1: none. */
static int word_of(const setting *s, str value) {
    for (int i = 0; i < 4 && s->words[i].p; i++)
        if (str_eq_fold(s->words[i], value)) return i;
    return -1;
}

/* The next item of a comma list, blanks around it taken off. False at the end. */
static bool next_word(str *rest, str *word) {
    if (!rest->p) return false;
    uint32_t at;
    if (str_find(*rest, S(","), &at)) {
        *word = str_trim(str_cut(*rest, 0, at));
        *rest = str_from(*rest, at + 1);
    } else {
        *word = str_trim(*rest);
        *rest = STR_NONE;
    }
    return true;
}

static bool set_inline(config *c, str value) {
    bool pipeline = false, pipelinerun = false, taskrun = false;
    str word;
    if (str_trim(value).n)
        while (next_word(&value, &word)) {
            if (str_eq_fold(word, S("pipeline")))
                pipeline = true;
            else if (str_eq_fold(word, S("pipelinerun")))
                pipelinerun = true;
            else if (str_eq_fold(word, S("taskrun")))
                taskrun = true;
            else
                return false;
        }
    c->disable_inline_pipeline = pipeline;
    c->disable_inline_pipelinerun = pipelinerun;
    c->disable_inline_taskrun = taskrun;
    return true;
}

static bool apply(arena *a, config *c, const setting *s, str value, const ynode *tree) {
    char *member = (char *)c + s->offset;
    int64_t n;
    int w;
    switch (s->shape) {
    case SHAPE_UNUSED: return true;
    case SHAPE_BOOL: return parse_bool(value, (bool *)member);
    case SHAPE_LEVEL:
        if ((w = word_of(s, value)) < 0) return false;
        c->api = (feature_level)w;
        return true;
    case SHAPE_SECOND:
        if ((w = word_of(s, value)) < 0) return false;
        *(bool *)member = w == 1;
        return true;
    case SHAPE_CHOICE:
        if ((w = word_of(s, value)) < 0) return false;
        *(str *)member = s->words[w];
        return true;
    case SHAPE_SIZE:
        if (!parse_count(value, MAX_RESULT_SIZE_LIMIT - 1, &n)) return false;
        c->max_result_size = n;
        return true;
    case SHAPE_INLINE: return set_inline(c, value);
    case SHAPE_MINUTES:
        if (!parse_count(value, INT64_MAX / 60000000000, &n)) return false;
        c->default_timeout = n * 60000000000;
        return true;
    case SHAPE_COUNT:
        if (!parse_count(value, INT32_MAX, &n) || n < 0) return false;
        c->max_matrix_combinations = (uint32_t)n;
        return true;
    case SHAPE_TEXT: *(str *)member = value; return true;
    case SHAPE_WORDS: {
        ynode *words = ynode_seq(a, NULL);
        str word;
        while (next_word(&value, &word)) ynode_push(a, words, ynode_str(a, word, NULL));
        *(const ynode **)member = words;
        return true;
    }
    case SHAPE_TREE:
        if (tree && tree->kind != Y_MAP) return false;
        *(const ynode **)member = tree;
        return true;
    }
    return false;
}

config_answer config_set_feature(config *c, str key, str value) {
    const setting *s = find(features, COUNT(features), key);
    if (!s) return CONFIG_UNKNOWN;
    return apply(NULL, c, s, value, NULL) ? CONFIG_OK : CONFIG_BAD_VALUE;
}

config_answer config_set_default(arena *a, config *c, str key, str value, const ynode *tree) {
    const setting *s = find(defaults, COUNT(defaults), key);
    if (!s) return CONFIG_UNKNOWN;
    return apply(a, c, s, value, tree) ? CONFIG_OK : CONFIG_BAD_VALUE;
}

bool config_default_is_tree(str key) {
    const setting *s = find(defaults, COUNT(defaults), key);
    return s && s->shape == SHAPE_TREE;
}

static const str *keys_of(arena *a, const setting *table, uint32_t count, uint32_t *n) {
    str *keys = ARENA_ARRAY(a, str, count);
    for (uint32_t i = 0; i < count; i++) keys[i] = table[i].key;
    *n = count;
    return keys;
}

const str *config_feature_keys(arena *a, uint32_t *n) { return keys_of(a, features, COUNT(features), n); }
const str *config_default_keys(arena *a, uint32_t *n) { return keys_of(a, defaults, COUNT(defaults), n); }

/* A value that is a YAML text: read as a source of its own, so that what is wrong in it has a place. */
static const ynode *read_value(arena *a, diags *d, sources *s, str map_name, const ypair *pair) {
    source *src;
    if (!source_add(s, str_fmt(a, "%.*s: %.*s", STR_ARG(map_name), STR_ARG(pair->key)), ynode_text(pair->value), &src))
        return NULL;
    ynode_list documents = {0};
    read_documents(a, src, d, &tekton_read_rules, &documents);
    return documents.n ? documents.v[0] : NULL;
}

static void load_map(arena *a, diags *d, sources *s, config *c, str name, const ynode *data, bool is_features) {
    for (uint32_t i = 0; data && data->kind == Y_MAP && i < data->n; i++) {
        const ypair *pair = &data->pairs[i];
        str value = ynode_text(pair->value);
        config_answer answer;
        if (is_features) {
            answer = config_set_feature(c, pair->key, value);
        } else {
            bool is_tree = config_default_is_tree(pair->key);
            answer = config_set_default(a, c, pair->key, value, is_tree ? read_value(a, d, s, name, pair) : NULL);
        }
        if (answer == CONFIG_BAD_VALUE) {
            REPORT(d, CONFIG_VALUE, pair->value, "`%.*s` is no value for %.*s of the ConfigMap %.*s", STR_ARG(value),
                   STR_ARG(pair->key), STR_ARG(name));
        } else if (answer == CONFIG_UNKNOWN) {
            uint32_t n;
            const str *keys = is_features ? config_feature_keys(a, &n) : config_default_keys(a, &n);
            diag *x = REPORT_RANGE(d, CONFIG_KEY, pair->key_at, pair->key_end,
                                   "The ConfigMap %.*s has the key %.*s, which Tekton does not know", STR_ARG(name),
                                   STR_ARG(pair->key));
            str near = diag_nearest(pair->key, keys, n);
            if (near.p) diag_help(d, x, "did you mean `%.*s`?", STR_ARG(near));
        }
    }
}

void config_load(arena *a, diags *d, sources *s, config *c, const ynode_list *documents) {
    for (uint32_t i = 0; i < documents->n; i++) {
        const ynode *doc = documents->v[i];
        if (!str_eq(ynode_get_text(doc, S("kind")), S("ConfigMap"))) continue;
        str name = ynode_get_text(ynode_get(doc, S("metadata")), S("name"));
        bool is_features = str_eq(name, S("feature-flags"));
        if (is_features || str_eq(name, S("config-defaults")))
            load_map(a, d, s, c, name, ynode_get(doc, S("data")), is_features);
    }
}
