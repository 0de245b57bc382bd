/* Mounts and volumes that are the same in every Pod: trees are immutable, so one copy serves all. */
#include "compiler/lower/lower.h"

typedef VEC(const ynode *) per_step;
typedef struct lower_parts {
    per_step made[PARTS]; /* by step; singles use place 0 */
} lower_parts;

static const struct row {
    const char *volume, *path; /* %u is the step; no path: the volume itself */
    bool read_only, memory;
} rows[PARTS] = {
    [PART_MOUNT_SCRIPTS] = {"tekton-internal-scripts", PATH_SCRIPTS, true, false},
    [PART_MOUNT_DOWNWARD] = {"tekton-internal-downward", PATH_DOWNWARD, true, false},
    [PART_MOUNT_BIN] = {"tekton-internal-bin", PATH_BIN, true, false},
    [PART_MOUNT_WORKSPACE] = {"tekton-internal-workspace", PATH_WORKSPACE, false, false},
    [PART_MOUNT_HOME] = {"tekton-internal-home", PATH_HOME, false, false},
    [PART_MOUNT_RESULTS] = {"tekton-internal-results", PATH_RESULTS, false, false},
    [PART_MOUNT_STEPS] = {"tekton-internal-steps", PATH_STEPS, false, false},
    [PART_MOUNT_STEPS_READ_ONLY] = {"tekton-internal-steps", PATH_STEPS, true, false},
    [PART_MOUNT_ARTIFACTS] = {"tekton-internal-artifacts", PATH_ARTIFACTS, false, false},
    [PART_VOLUME_WORKSPACE] = {"tekton-internal-workspace", NULL, false, false},
    [PART_VOLUME_HOME] = {"tekton-internal-home", NULL, false, false},
    [PART_VOLUME_RESULTS] = {"tekton-internal-results", NULL, false, false},
    [PART_VOLUME_STEPS] = {"tekton-internal-steps", NULL, false, false},
    [PART_VOLUME_ARTIFACTS] = {"tekton-internal-artifacts", NULL, false, false},
    [PART_MOUNT_CREDS] = {"tekton-creds-init-home-%u", PATH_CREDS, false, false},
    [PART_MOUNT_RUN] = {"tekton-internal-run-%u", PATH_RUN "/%u", false, false},
    [PART_MOUNT_RUN_READ_ONLY] = {"tekton-internal-run-%u", PATH_RUN "/%u", true, false},
    [PART_VOLUME_CREDS] = {"tekton-creds-init-home-%u", NULL, false, true},
    [PART_VOLUME_RUN] = {"tekton-internal-run-%u", NULL, false, false},
};

static str numbered(arena *a, const char *pattern, uint32_t step) {
    const char *at = strstr(pattern, "%u");
    return at ? str_fmt(a, "%.*s%u%s", (int)(at - pattern), pattern, step, at + 2) : str_z(pattern);
}

static const ynode *make(lowering *l, const struct row *r, uint32_t step) {
    arena *a = l->c->a;
    str volume = numbered(a, r->volume, step);
    if (r->path) return lower_mount(l, volume, numbered(a, r->path, step), r->read_only);
    ynode *v = ynode_map(a, NULL), *e = ynode_map(a, NULL);
    if (r->memory) ynode_put(a, e, S("medium"), WORD("Memory"));
    ynode_put_str(a, v, S("name"), volume);
    ynode_put(a, v, S("emptyDir"), e);
    return v;
}

const ynode *lower_part(lowering *l, part p, uint32_t step) {
    run_ctx *c = l->c;
    if (!c->parts) c->parts = ARENA_NEW(c->keep, lower_parts);
    per_step *made = &c->parts->made[p];
    if (p < PART_SINGLES) step = 0;
    while (made->n <= step) {
        arena *a = lower_keep(c);
        const ynode *n = make(l, &rows[p], made->n);
        vec_push(c->a, made, n);
        c->a = a;
    }
    return made->v[step];
}
