/* Workspaces become volumes and mounts (facts: runtime.md 7.8). */
#include "compiler/check/parts.h"
#include "compiler/lower/lower.h"

ynode *lower_mount(lowering *l, str volume, str path, bool read_only) {
    ynode *m = ynode_map(l->c->a, NULL);
    ynode_put_str(l->c->a, m, S("name"), volume);
    if (read_only) ynode_put(l->c->a, m, S("readOnly"), ynode_bool(true));
    ynode_put_str(l->c->a, m, S("mountPath"), path);
    return m;
}

/* The volume of a binding: the source that is set, under the same name as in core/v1 Volume. */
static const ynode *volume_of(lowering *l, const workspace_binding *w, str name) {
    arena *a = l->c->a;
    ynode *v = ynode_map(a, w->source->h.node);
    ynode_put_str(a, v, S("name"), name);
    const field *template = type_field(&WorkspaceBinding_type, S("volumeClaimTemplate"));
    for (uint32_t i = 0; i < WorkspaceBinding_type.n; i++) {
        const field *f = &WorkspaceBinding_type.fields[i];
        const ynode *from = f->kind == K_OBJECT ? field_tree(f, &w->source->h) : NULL;
        if (!from) continue;
        if (f == template) {
            ynode *claim = ynode_map(a, NULL);
            ynode_put_str(a, claim, S("claimName"), w->claim);
            ynode_put(a, v, S("persistentVolumeClaim"), claim);
        } else {
            ynode_put(a, v, f->json, from);
        }
        break;
    }
    return v;
}

static ynode *mount_of(lowering *l, const workspace_binding *w, str volume, const WorkspaceDeclaration *d, str path) {
    ynode *m = lower_mount(l, volume, path, ynode_true(d->readOnly));
    if (w->sub_path.n) ynode_put_str(l->c->a, m, S("subPath"), w->sub_path);
    return m;
}

static const ynode *with_mount(lowering *l, const ynode *mounts, const ynode *m) {
    ynode *out = mounts ? ynode_copy(l->c->a, mounts) : ynode_seq(l->c->a, NULL);
    ynode_push(l->c->a, out, m);
    return out;
}

static const WorkspaceUsage *usage(const WorkspaceUsage_list *own, str name) {
    LIST_EACH (WorkspaceUsage, u, *own)
        if (str_eq(ynode_text(u->name), name)) return u;
    return NULL;
}

/* Only the containers that list the workspace get it. False: none lists it. */
static bool mount_isolated(lowering *l, const workspace_binding *w, str volume, const WorkspaceDeclaration *d) {
    bool any = false;
    for (uint32_t i = 0; i < l->spec->steps.n; i++) {
        const WorkspaceUsage *u = usage(&l->spec->steps.v[i]->workspaces, w->name);
        if (!u) continue;
        any = true;
        Step *s = l->spec->steps.v[i] = COPY(l->c->a, Step, l->spec->steps.v[i]);
        s->volumeMounts =
            with_mount(l, s->volumeMounts,
                       mount_of(l, w, volume, d, text_set(u->mountPath) ? u->mountPath->text : lower_mount_path(l, d)));
    }
    for (uint32_t i = 0; i < l->spec->sidecars.n; i++) {
        const WorkspaceUsage *u = usage(&l->spec->sidecars.v[i]->workspaces, w->name);
        if (!u) continue;
        any = true;
        Sidecar *s = l->spec->sidecars.v[i] = COPY(l->c->a, Sidecar, l->spec->sidecars.v[i]);
        s->volumeMounts =
            with_mount(l, s->volumeMounts,
                       mount_of(l, w, volume, d, text_set(u->mountPath) ? u->mountPath->text : lower_mount_path(l, d)));
    }
    return any;
}

static bool mounts_at(const ynode *mounts, str path) {
    YNODE_EACH (i, m, mounts)
        if (str_eq(ynode_get_text(m, S("mountPath")), path)) return true;
    return false;
}

/* All steps get it, by way of the template, and the sidecars that have nothing at that path. */
static void mount_shared(lowering *l, const workspace_binding *w, str volume, const WorkspaceDeclaration *d) {
    TaskSpec *s = l->spec;
    const ynode *m = mount_of(l, w, volume, d, lower_mount_path(l, d));
    s->stepTemplate = s->stepTemplate ? COPY(l->c->a, StepTemplate, s->stepTemplate) : ARENA_NEW(l->c->a, StepTemplate);
    s->stepTemplate->volumeMounts = with_mount(l, s->stepTemplate->volumeMounts, m);
    for (uint32_t i = 0; i < s->sidecars.n; i++) {
        if (mounts_at(s->sidecars.v[i]->volumeMounts, lower_mount_path(l, d))) continue;
        Sidecar *x = s->sidecars.v[i] = COPY(l->c->a, Sidecar, s->sidecars.v[i]);
        x->volumeMounts = with_mount(l, x->volumeMounts, m);
    }
}

void lower_workspaces(lowering *l) {
    l->task_volumes = l->spec->volumes ? ynode_copy(l->c->a, l->spec->volumes) : ynode_seq(l->c->a, NULL);
    map added = map_new(l->c->a), declared = map_new(l->c->a);
    LIST_EACH (WorkspaceDeclaration, d, l->spec->workspaces) map_put(&declared, ynode_text(d->name), d);
    for (uint32_t i = 0; i < l->t->workspaces.n; i++) {
        const workspace_binding *w = &l->t->workspaces.v[i];
        const WorkspaceDeclaration *d = map_get(&declared, w->name);
        if (!d) continue;
        str volume = *(str *)map_get(&l->volume_names, w->name);
        if (!mount_isolated(l, w, volume, d)) mount_shared(l, w, volume, d);
        if (map_add(&added, volume, l)) ynode_push(l->c->a, l->task_volumes, volume_of(l, w, volume));
    }
}
