/* The Pod object around the containers (facts: runtime.md 7.3, 7.10; docs/differences.md for what is ours). */
#include "compiler/check/parts.h"
#include "compiler/lower/lower.h"
#include "compiler/schema/core_v1.h"

enum { ENTRYPOINT_MODE = 0555, SCRIPT_MODE = 0755 };

/* --- volumes ---------------------------------------------------------------------------------------------------------
 */

static void empty_dir(lowering *l, ynode *volumes, str name) {
    ynode *v = ynode_map(l->c->a, NULL), *e = ynode_map(l->c->a, NULL);
    ynode_put_str(l->c->a, v, S("name"), name);
    ynode_put(l->c->a, v, S("emptyDir"), e);
    ynode_push(l->c->a, volumes, v);
}

ynode *lower_annotation_item(lowering *l, str path, str key) {
    ynode *item = ynode_map(l->c->a, NULL), *from = ynode_map(l->c->a, NULL);
    ynode_put_str(l->c->a, from, S("fieldPath"), str_fmt(l->c->a, "metadata.annotations['%.*s']", STR_ARG(key)));
    ynode_put_str(l->c->a, item, S("path"), path);
    ynode_put(l->c->a, item, S("fieldRef"), from);
    return item;
}

static const ynode *downward(lowering *l, str name, const ynode *items, int mode) {
    ynode *v = ynode_map(l->c->a, NULL), *d = ynode_map(l->c->a, NULL);
    ynode_put(l->c->a, d, S("items"), items);
    if (mode) ynode_put(l->c->a, d, S("defaultMode"), ynode_int(l->c->a, mode));
    ynode_put_str(l->c->a, v, S("name"), name);
    ynode_put(l->c->a, v, S("downwardAPI"), d);
    return v;
}

static void bin_volume(lowering *l, ynode *volumes) {
    arena *a = l->c->a;
    if (l->c->rq->entrypoint_delivery == DELIVERY_IMAGE) {
        empty_dir(l, volumes, S("tekton-internal-bin"));
        return;
    }
    if (!l->c->bin_volume) {
        arena *keep = l->c->keep;
        ynode *v = ynode_map(keep, NULL), *m = ynode_map(keep, NULL);
        ynode_put_str(keep, m, S("name"), run_ref(l->c, S("context.entrypoint.configMap"), TYPE_STRING));
        ynode_put(keep, m, S("defaultMode"), ynode_int(keep, ENTRYPOINT_MODE));
        ynode_put_str(keep, v, S("name"), S("tekton-internal-bin"));
        ynode_put(keep, v, S("configMap"), m);
        l->c->bin_volume = v;
    }
    ynode_push(a, volumes, l->c->bin_volume);
}

/* What the first step waits for, projected from the Pod's annotations. */
static void downward_volume(lowering *l, ynode *volumes) {
    run_ctx *c = l->c;
    if (!c->downward_volume) {
        arena *a = lower_keep(c);
        ynode *items = ynode_seq(c->a, NULL);
        ynode_push(c->a, items, lower_annotation_item(l, S("ready"), S("tekton.dev/ready")));
        if (c->cfg->keep_pod_on_cancel)
            ynode_push(c->a, items, lower_annotation_item(l, S("cancel"), S("tekton.dev/cancel")));
        if (c->rq->entrypoint_delivery != DELIVERY_IMAGE)
            ynode_push(c->a, items, lower_annotation_item(l, S("steps"), S("tektonc.dev/steps")));
        c->downward_volume = downward(l, S("tekton-internal-downward"), items, 0);
        c->a = a;
    }
    ynode_push(c->a, volumes, c->downward_volume);
}

static void check_names(lowering *l, const ynode *volumes) {
    map seen = map_new(l->c->a);
    YNODE_EACH (i, v, volumes) {
        const ynode *first = map_get(&seen, ynode_get_text(v, S("name")));
        if (first) {
            diag *x = REPORT(l->c->d, VOLUME_TWICE, v->at ? v : l->t->where,
                             "the Pod of task `%.*s` has two volumes named `%.*s`", STR_ARG(l->t->task),
                             STR_ARG(ynode_get_text(v, S("name"))));
            if (first->at) diag_note_at(l->c->d, x, first, "the other one");
        }
        map_add(&seen, ynode_get_text(v, S("name")), (void *)(uintptr_t)v);
    }
}

static const ynode *volumes(lowering *l) {
    arena *a = l->c->a;
    ynode *out = ynode_seq(a, NULL);
    bin_volume(l, out); /* first, so that its place is the same in all Pods */
    for (part p = PART_VOLUME_WORKSPACE; p <= PART_VOLUME_ARTIFACTS; p++) ynode_push(a, out, lower_part(l, p, 0));
    YNODE_EACH (i, v, l->creds_volumes) ynode_push(a, out, v);
    if (l->scripts)
        ynode_push(a, out, downward(l, S("tekton-internal-scripts"), l->scripts, SCRIPT_MODE));
    else if (l->has_scripts)
        empty_dir(l, out, S("tekton-internal-scripts"));
    if (l->t->debug && l->t->debug->breakpoints) {
        empty_dir(l, out, S("tekton-internal-debug-scripts"));
        empty_dir(l, out, S("tekton-internal-debug-info"));
    }
    downward_volume(l, out);
    for (uint32_t i = 0; i < l->spec->steps.n; i++) {
        if (!l->c->cfg->disable_creds_init) ynode_push(a, out, lower_part(l, PART_VOLUME_CREDS, i));
        ynode_push(a, out, lower_part(l, PART_VOLUME_RUN, i));
    }
    YNODE_EACH (i, v, l->task_volumes) ynode_push(a, out, v);
    if (l->t->pod_template)
        YNODE_EACH (i, v, l->t->pod_template->volumes) ynode_push(a, out, v);
    check_names(l, out);
    return out;
}

/* --- init containers of the classic way ------------------------------------------------------------------------------
 */

static ynode *words(lowering *l, const char *const *w, uint32_t n) {
    ynode *out = ynode_seq(l->c->a, NULL);
    for (uint32_t i = 0; i < n; i++) ynode_push(l->c->a, out, ynode_strz(l->c->a, w[i]));
    return out;
}

static ynode *init_container(lowering *l, const char *name, ynode *command) {
    ynode *k = ynode_map(l->c->a, NULL);
    ynode_put_str(l->c->a, k, S("name"), str_z(name));
    ynode_put_str(l->c->a, k, S("image"), l->c->rq->runtime_image);
    ynode_put(l->c->a, k, S("command"), command);
    /* Needs no privilege at all; who it runs as is left to the Pod. */
    ynode *security = ynode_map(l->c->a, NULL), *capabilities = ynode_map(l->c->a, NULL),
          *all = ynode_seq(l->c->a, NULL);
    ynode_push(l->c->a, all, WORD("ALL"));
    ynode_put(l->c->a, capabilities, S("drop"), all);
    ynode_put(l->c->a, security, S("allowPrivilegeEscalation"), ynode_bool(false));
    ynode_put(l->c->a, security, S("capabilities"), capabilities);
    ynode_put(l->c->a, k, S("securityContext"), security);
    return k;
}

static bool below_workspace(str dir) { return dir.n && (dir.p[0] != '/' || str_starts(dir, S(PATH_WORKSPACE "/"))); }

/* Makes the working directories below /workspace, as the Pod's user. */
static void make_directories(lowering *l, ynode *out) {
    arena *a = l->c->a;
    map dirs = map_new(l->c->temp);
    LIST_EACH (Step, s, l->spec->steps) {
        str dir = text_set(s->workingDir) ? path_clean(a, s->workingDir->text) : S("");
        if (below_workspace(dir)) map_put(&dirs, dir, l);
    }
    if (!dirs.n) return;
    static const char *const make[] = {"/tektonc/entrypoint", "place"};
    ynode *command = words(l, make, 2), *at = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < dirs.n; i++) {
        ynode_push(a, command, ynode_str(a, dirs.entries[i].key, NULL));
        ynode_push(a, command, WORD("/"));
    }
    ynode *k = init_container(l, "working-dir-initializer", command);
    ynode_put(a, k, S("workingDir"), WORD(PATH_WORKSPACE));
    ynode_push(a, at, lower_part(l, PART_MOUNT_WORKSPACE, 0));
    ynode_put(a, k, S("volumeMounts"), at);
    ynode_push(a, out, k);
}

/* The container runtime makes a missing working directory, but for root; a Pod that says it is not root needs its own.
 */
static bool says_not_root(const lowering *l) {
    const ynode *s = l->t->pod_template ? l->t->pod_template->securityContext : NULL;
    str user = ynode_get_text(s, S("runAsUser"));
    return ynode_true(ynode_get(s, S("runAsNonRoot"))) || (user.n && !str_eq(user, S("0")));
}

static const ynode *init_containers(lowering *l) {
    arena *a = l->c->a;
    ynode *out = ynode_seq(a, NULL), *mounts = ynode_seq(a, NULL);
    if (l->c->rq->entrypoint_delivery != DELIVERY_IMAGE) {
        if (says_not_root(l)) make_directories(l, out);
        YNODE_EACH (i, k, l->init_containers) ynode_push(a, out, k);
        return out;
    }
    static const char *const copy[] = {"/tektonc/entrypoint", "init", "/tektonc/entrypoint", PATH_BIN "/entrypoint"};
    ynode *command = words(l, copy, 4);
    for (uint32_t i = 0; i < l->spec->steps.n; i++) ynode_push(a, command, ynode_str(a, l->step_names[i], NULL));
    ynode *prepare = init_container(l, "prepare", command);
    ynode_put_str(a, prepare, S("workingDir"), S("/"));
    ynode_push(a, mounts, lower_mount(l, S("tekton-internal-bin"), S(PATH_BIN), false));
    ynode_push(a, mounts, lower_mount(l, S("tekton-internal-steps"), S(PATH_STEPS), false));
    ynode_put(a, prepare, S("volumeMounts"), mounts);
    ynode_push(a, out, prepare);
    if (l->has_scripts) {
        static const char *const put[] = {"/tektonc/entrypoint", "place"};
        ynode *scripts = words(l, put, 2), *at = ynode_seq(a, NULL);
        for (uint32_t i = 0; i < l->placed.n; i++) ynode_push(a, scripts, ynode_str(a, l->placed.v[i], NULL));
        ynode *k = init_container(l, "place-scripts", scripts);
        ynode_push(a, at, lower_mount(l, S("tekton-internal-scripts"), S(PATH_SCRIPTS), false));
        ynode_put(a, k, S("volumeMounts"), at);
        ynode_push(a, out, k);
    }
    make_directories(l, out);
    YNODE_EACH (i, k, l->init_containers) ynode_push(a, out, k);
    return out;
}

/* --- metadata --------------------------------------------------------------------------------------------------------
 */

static const ynode *labels(lowering *l) {
    run_ctx *c = l->c;
    ynode *forced = ynode_map(c->a, NULL);
    ynode_put_str(c->a, forced, S("app.kubernetes.io/managed-by"), c->cfg->default_managed_by);
    ynode_put_str(c->a, forced, S("tekton.dev/taskRun"), run_ref(c, S("context.taskRun.name"), TYPE_STRING));
    ynode_put_str(c->a, forced, S("tekton.dev/taskRunUID"), run_ref(c, S("context.taskRun.uid"), TYPE_STRING));
    ynode *task = ynode_map(c->a, NULL);
    if (l->t->task_name.n) ynode_put_str(c->a, task, S("tekton.dev/task"), l->t->task_name);
    const ynode *own = merge_string_maps(c->a, l->t->labels, ynode_get(l->t->task_metadata, S("labels")));
    return merge_string_maps(c->a, forced, merge_string_maps(c->a, task, own));
}

/* kubectl's copy of the object is of no use to a Pod. */
#define LAST_APPLIED S("kubectl.kubernetes.io/last-applied-configuration")

static const ynode *annotations(lowering *l) {
    run_ctx *c = l->c;
    const ynode *own = merge_string_maps(c->a, l->t->annotations,
                                         ynode_without(c->a,
                                                       ynode_get(l->t->task_metadata, S("annotations"))
                                                           ? ynode_get(l->t->task_metadata, S("annotations"))
                                                           : ynode_map(c->a, NULL),
                                                       LAST_APPLIED));
    /* Tekton writes these two itself, so what the input says never reaches a Pod. */
    if (own)
        own = ynode_without(c->a, ynode_without(c->a, own, S("app.kubernetes.io/managed-by")),
                            S("pipeline.tekton.dev/release"));
    if (!l->wait_ready) ynode_put_str(c->a, l->annotations, S("tekton.dev/ready"), S("READY"));
    if (c->rq->entrypoint_delivery != DELIVERY_IMAGE) {
        strbuf steps = {.a = c->a};
        for (uint32_t i = 0; i < l->spec->steps.n; i++)
            strbuf_addf(&steps, "%s%.*s", i ? " " : "", STR_ARG(l->step_names[i]));
        ynode_put_str(c->a, l->annotations, S("tektonc.dev/steps"), strbuf_str(&steps));
    }
    return merge_string_maps(c->a, l->annotations, own);
}

/* --- tasks that share a claim run on one node ------------------------------------------------------------------------
 */

static const ynode *with_affinity(lowering *l, const ynode *affinity, ynode *label_map) {
    run_ctx *c = l->c;
    arena *a = c->a;
    if (!l->t->of->pipeline || !str_eq(c->cfg->coschedule, S("workspaces"))) return affinity;
    str claim = STR_NONE;
    for (uint32_t i = 0; i < l->t->workspaces.n && !claim.n; i++) claim = workspace_claim(&l->t->workspaces.v[i]);
    if (!claim.n) return affinity;
    ynode_set(a, label_map, S("tektonc.dev/claim"), ynode_str(a, claim, NULL));
    ynode *match = ynode_map(a, NULL), *selector = ynode_map(a, NULL), *term = ynode_map(a, NULL);
    ynode_put_str(a, match, S("tekton.dev/pipelineRunUID"),
                  run_path_ref(c, l->t->of, S("context.pipelineRun.uid"), TYPE_STRING));
    ynode_put_str(a, match, S("tektonc.dev/claim"), claim);
    ynode_put(a, selector, S("matchLabels"), match);
    ynode_put(a, term, S("labelSelector"), selector);
    ynode_put_str(a, term, S("topologyKey"), S("kubernetes.io/hostname"));
    const str required = S("requiredDuringSchedulingIgnoredDuringExecution"), pod = S("podAffinity");
    const ynode *pods = ynode_get(affinity, pod), *terms = ynode_get(pods, required);
    ynode *new_terms = terms ? ynode_copy(a, terms) : ynode_seq(a, NULL),
          *new_pods = pods ? ynode_copy(a, pods) : ynode_map(a, NULL);
    ynode_push(a, new_terms, term);
    ynode_set(a, new_pods, required, new_terms);
    ynode *out = affinity ? ynode_copy(a, affinity) : ynode_map(a, NULL);
    ynode_set(a, out, pod, new_pods);
    return out;
}

/* --- the Pod ---------------------------------------------------------------------------------------------------------
 */

/* Half as much again as the timeout, which the controller watches over; Kubernetes takes 1 to INT32_MAX. */
static int64_t deadline(int64_t timeout) {
    if (timeout == 0) return INT32_MAX;
    double seconds = (double)timeout / 1e9 * 1.5;
    return seconds < 1 ? 1 : seconds > INT32_MAX ? INT32_MAX : (int64_t)seconds;
}

static const ynode *spec(lowering *l, const ynode *vols, ynode *label_map) {
    arena *a = l->c->a;
    ynode *over = ynode_map(l->c->temp, NULL), *out = ynode_map(a, NULL);
    ynode_put(l->c->temp, over, S("volumes"), vols);
    const ynode *init = init_containers(l);
    if (ynode_count(init)) ynode_put(l->c->temp, over, S("initContainers"), init);
    ynode_put(l->c->temp, over, S("containers"), l->containers);
    ynode_put(l->c->temp, over, S("restartPolicy"), WORD("Never"));
    ynode_put(l->c->temp, over, S("activeDeadlineSeconds"), ynode_int(a, deadline(l->t->timeout)));
    ynode_put(l->c->temp, over, S("serviceAccountName"), ynode_str(a, l->t->service_account, NULL));
    const PodTemplate *p = l->t->pod_template;
    const ynode *affinity = with_affinity(l, p ? p->affinity : NULL, label_map);
    if (affinity) ynode_put(l->c->temp, over, S("affinity"), affinity);
    for (uint32_t i = 0; i < kube_PodSpec_type.n; i++) {
        str json = kube_PodSpec_type.fields[i].json;
        const ynode *v = ynode_get(over, json);
        const field *f = v || !p ? NULL : type_field(&PodTemplate_type, json);
        if (f) v = field_tree(f, &p->h);
        if (v && !(f && field_zero(f, v))) ynode_put(a, out, json, v);
    }
    return out;
}

const ynode *lower_pod(lowering *l) {
    run_ctx *c = l->c;
    arena *a = c->a;
    ynode *pod = ynode_map(a, NULL), *meta = ynode_map(a, NULL);
    const ynode *vols = volumes(l);
    ynode *label_map = ynode_copy(a, labels(l));
    const ynode *body = spec(l, vols, label_map);
    lower_container_resources(l);
    ynode_put_str(a, meta, S("name"), run_ref(c, S("context.pod.name"), TYPE_STRING));
    ynode_put_str(a, meta, S("namespace"), run_ref(c, S("context.taskRun.namespace"), TYPE_STRING));
    ynode_put(a, meta, S("labels"), label_map);
    ynode_put(a, meta, S("annotations"), annotations(l));
    ynode_put_str(a, pod, S("apiVersion"), S("v1"));
    ynode_put_str(a, pod, S("kind"), S("Pod"));
    ynode_put(a, pod, S("metadata"), meta);
    ynode_put(a, pod, S("spec"), body);
    return pod;
}
