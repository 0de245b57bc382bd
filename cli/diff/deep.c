#include "cli/diff/deep.h"
#include "base/map.h"

/* The first name on the way that stands here gives the topic. */
static const struct topic_row {
    const char *name;
    change_topic topic;
} topic_rows[] = {
    {"image", TOPIC_IMAGE},
    {"imagePullPolicy", TOPIC_IMAGE},
    {"command", TOPIC_COMMAND},
    {"args", TOPIC_COMMAND},
    {"script", TOPIC_COMMAND},
    {"workingDir", TOPIC_COMMAND},
    {"env", TOPIC_ENVIRONMENT},
    {"envFrom", TOPIC_ENVIRONMENT},
    {"securityContext", TOPIC_PERMISSIONS},
    {"serviceAccountName", TOPIC_PERMISSIONS},
    {"automountServiceAccountToken", TOPIC_PERMISSIONS},
    {"imagePullSecrets", TOPIC_PERMISSIONS},
    {"credentials", TOPIC_PERMISSIONS},
    {"hostNetwork", TOPIC_PERMISSIONS},
    {"hostPID", TOPIC_PERMISSIONS},
    {"hostIPC", TOPIC_PERMISSIONS},
    {"hostUsers", TOPIC_PERMISSIONS},
    {"hostPath", TOPIC_PERMISSIONS},
    {"shareProcessNamespace", TOPIC_PERMISSIONS},
    {"runtimeClassName", TOPIC_PERMISSIONS},
    {"resources", TOPIC_RESOURCES},
    {"volumes", TOPIC_STORAGE},
    {"volumeMounts", TOPIC_STORAGE},
    {"volumeDevices", TOPIC_STORAGE},
    {"timeout", TOPIC_LIMITS},
    {"onError", TOPIC_LIMITS},
    {"results", TOPIC_RESULTS},
    {"schedule", TOPIC_SCHEDULE},
    {"timeZone", TOPIC_SCHEDULE},
    {"concurrencyPolicy", TOPIC_SCHEDULE},
    {"suspend", TOPIC_SCHEDULE},
    {"startingDeadlineSeconds", TOPIC_SCHEDULE},
    {"successfulJobsHistoryLimit", TOPIC_SCHEDULE},
    {"failedJobsHistoryLimit", TOPIC_SCHEDULE},
};

static change_topic topic_of(const deep *d, str path, const ynode *old, const ynode *new) {
    for (uint32_t from = 0, i = 0; i <= path.n; i++) {
        if (i < path.n && path.p[i] != '.' && path.p[i] != ' ') continue;
        str name = str_cut(path, from, i);
        for (size_t k = 0; k < sizeof topic_rows / sizeof *topic_rows; k++) {
            if (!str_eq(name, str_z(topic_rows[k].name))) continue;
            bool node = str_eq(name, S("volumes")) && (ynode_get(old, S("hostPath")) || ynode_get(new, S("hostPath")));
            return node ? TOPIC_PERMISSIONS : topic_rows[k].topic;
        }
        from = i + 1;
    }
    return d->topic;
}

bool deep_equal(const ynode *x, const ynode *y) { return x == y || (x && y && ynode_eq(x, y)); }

void deep_add(const deep *d, change_topic topic, str what, const ynode *old, const ynode *new) {
    if (deep_equal(old, new)) return;
    vec_push(d->a, d->out, ((change){topic, d->where, what, old, new}));
}

static str below(arena *a, str path, char between, str name) {
    return path.n ? str_fmt(a, "%.*s%c%.*s", STR_ARG(path), between, STR_ARG(name)) : name;
}

static str key_of(const ynode *item, str key) { return ynode_is(item, Y_MAP) ? ynode_get_text(item, key) : STR_NONE; }

/* Every item has the key, and no two the same. */
static bool has_keys(arena *a, const ynode *items, str key) {
    map seen = map_new(a);
    YNODE_EACH(i, item, items) {
        str name = key_of(item, key);
        if (!name.p || !map_add(&seen, name, NULL)) return false;
    }
    return true;
}

/* {name, value} and nothing else, as most variables and parameters are: the value says it all. */
static const ynode *short_item(const ynode *item, str key) {
    const ynode *value = ynode_get(item, S("value"));
    return value && item->n == 2 && str_eq(key, S("name")) ? value : item;
}

static void compare_items(const deep *d, const type *t, str path, str key, const ynode *old, const ynode *new) {
    map there = map_new(d->a), seen = map_new(d->a);
    YNODE_EACH(i, item, new) map_put(&there, key_of(item, key), (void *)(uintptr_t)item);
    YNODE_EACH(i, item, old) {
        str name = key_of(item, key), at = below(d->a, path, ' ', name);
        const ynode *now = map_get(&there, name), *was = short_item(item, key);
        map_put(&seen, name, (void *)(uintptr_t)item);
        if (!now) deep_add(d, topic_of(d, path, item, NULL), at, was, NULL);
        else if (was != item && short_item(now, key) != now) deep_add(d, topic_of(d, at, item, now), at, was, short_item(now, key));
        else deep_compare(d, t, at, item, now);
    }
    YNODE_EACH(i, item, new) {
        str name = key_of(item, key);
        if (!map_has(&seen, name)) deep_add(d, topic_of(d, path, NULL, item), below(d->a, path, ' ', name), NULL, short_item(item, key));
    }
}

static bool is_list(const ynode *n) { return !n || n->kind == Y_SEQ; }
static bool is_map(const ynode *n) { return !n || n->kind == Y_MAP; }

static void compare_field(const deep *d, const field *f, str path, const ynode *old, const ynode *new) {
    str key = f && f->merge_key.n ? f->merge_key : S("name");
    bool items = is_list(old) && is_list(new) && (!f || f->kind == K_LIST) && has_keys(d->a, old, key) && has_keys(d->a, new, key);
    if (items) compare_items(d, f ? f->type : NULL, path, key, old, new);
    else deep_compare(d, f ? f->type : NULL, path, old, new);
}

void deep_compare(const deep *d, const type *t, str path, const ynode *old, const ynode *new) {
    if (deep_equal(old, new)) return;
    if (!is_map(old) || !is_map(new) || ynode_count(old) + ynode_count(new) == 0) {
        deep_add(d, topic_of(d, path, old, new), path, old, new);
        return;
    }
    const ynode *sides[2] = {old, new};
    for (int side = 0; side < 2; side++)
        for (uint32_t i = 0; i < ynode_count(sides[side]); i++) {
            str name = sides[side]->pairs[i].key;
            if (side && ynode_get(old, name)) continue;
            compare_field(d, t ? type_field(t, name) : NULL, below(d->a, path, '.', name), ynode_get(old, name), ynode_get(new, name));
        }
}
