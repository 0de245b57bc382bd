/* What the input asks for and a namespace with Pod Security `restricted` refuses. Only what is written: that a
 * container leaves settings out is no news, and Tekton's feature set-security-context fills them in. Source:
 * Kubernetes' Pod Security Standards, restricted. */
#include "compiler/warn/parts.h"

typedef enum refused_when { IS_TRUE, IS_FALSE, IS_ZERO, IS_THERE, NOT_ALLOWED, ITEM_NOT_ALLOWED } refused_when;

typedef struct security_row {
    const char *path; /* below the place that is looked at, parts joined by dots */
    refused_when when;
    const char *allowed[8]; /* values */
    const char *instead;
} security_row;

static const security_row container_rows[] = {
    {"privileged", IS_TRUE, {0}, "do without, for instance with a tool that builds images without privileges"},
    {"allowPrivilegeEscalation", IS_TRUE, {0}, "set it to false"},
    {"capabilities.add", ITEM_NOT_ALLOWED, {"NET_BIND_SERVICE"}, "drop ALL; only NET_BIND_SERVICE may be added"},
    {"procMount", NOT_ALLOWED, {"Default"}, "leave it out"},
};
/* In the security context of a container and of a Pod. */
static const security_row both_rows[] = {
    {"runAsNonRoot", IS_FALSE, {0}, "set it to true, with an image that runs as another user"},
    {"runAsUser", IS_ZERO, {0}, "run as another user"},
    {"seccompProfile.type", NOT_ALLOWED, {"RuntimeDefault", "Localhost"}, "use RuntimeDefault"},
    {"appArmorProfile.type", NOT_ALLOWED, {"RuntimeDefault", "Localhost"}, "leave it out"},
    {"seLinuxOptions.type",
     NOT_ALLOWED,
     {"container_t", "container_init_t", "container_kvm_t", "container_engine_t"},
     "leave it out"},
    {"seLinuxOptions.user", IS_THERE, {0}, "leave it out"},
    {"seLinuxOptions.role", IS_THERE, {0}, "leave it out"},
    {"windowsOptions.hostProcess", IS_TRUE, {0}, "do without"},
};
static const security_row port_rows[] = {
    {"hostPort", IS_THERE, {0}, "leave it out; containers of a Pod reach each other"}};
/* Sources of volumes that are no longer allowed, each by its own key. */
static const char *const volume_sources[] = {
    "hostPath",
    "nfs",
    "iscsi",
    "gitRepo",
    "glusterfs",
    "rbd",
    "flexVolume",
    "cinder",
    "cephfs",
    "flocker",
    "fc",
    "azureFile",
    "azureDisk",
    "vsphereVolume",
    "quobyte",
    "portworxVolume",
    "scaleIO",
    "storageos",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "photonPersistentDisk",
};

static const ynode *below(const ynode *n, const char *path) {
    str rest = str_z(path);
    uint32_t dot;
    while (n && str_find(rest, S("."), &dot)) {
        n = ynode_get(n, str_cut(rest, 0, dot));
        rest = str_from(rest, dot + 1);
    }
    return ynode_get(n, rest);
}

static bool is_allowed(const security_row *row, str value) {
    for (int i = 0; i < 8 && row->allowed[i]; i++)
        if (str_eq(value, str_z(row->allowed[i]))) return true;
    return !value.n;
}

static bool is_refused(const security_row *row, const ynode *n) {
    switch (row->when) {
    case IS_TRUE: return ynode_true(n);
    case IS_FALSE: return ynode_is(n, Y_BOOL) && !ynode_true(n);
    case IS_ZERO: return ynode_is(n, Y_INT) && str_eq(n->text, S("0"));
    case IS_THERE: return n && n->kind != Y_NULL && ynode_text(n).n && !str_eq(ynode_text(n), S("0"));
    case NOT_ALLOWED: return ynode_is(n, Y_STR) && !is_allowed(row, n->text);
    case ITEM_NOT_ALLOWED: break;
    }
    return false;
}

static void report(const warn *w, const ynode *where, const char *what, const char *instead) {
    diag *x = REPORT_AT(w->c, POD_SECURITY, where, "%s is refused where Pod Security is `restricted`", what);
    diag_help(w->c->d, x, "%s", instead);
}

static void judge(const warn *w, const ynode *n, const security_row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const ynode *value = below(n, rows[i].path);
        const char *what = NULL;
        if (rows[i].when == ITEM_NOT_ALLOWED) {
            YNODE_EACH(k, item, value) {
                if (!is_allowed(&rows[i], ynode_text(item)))
                    report(w, item, str_fmt(w->c->a, "`%s: %.*s`", rows[i].path, STR_ARG(ynode_text(item))).p,
                           rows[i].instead);
            }
        } else if (is_refused(&rows[i], value)) {
            what = str_fmt(w->c->a, "`%s: %.*s`", rows[i].path, STR_ARG(ynode_text(value))).p;
        }
        if (what) report(w, value, what, rows[i].instead);
    }
}
#define JUDGE(w, n, rows) judge((w), (n), (rows), sizeof(rows) / sizeof *(rows))

void warn_security(const warn *w, const warn_container *x) {
    JUDGE(w, x->security_context, container_rows);
    JUDGE(w, x->security_context, both_rows);
    YNODE_EACH(i, port, x->ports) JUDGE(w, port, port_rows);
}

void warn_security_volumes(const warn *w, const ynode *volumes) {
    YNODE_EACH(i, volume, volumes) {
        for (size_t k = 0; k < sizeof volume_sources / sizeof *volume_sources; k++) {
            const ypair *pair = ynode_pair(volume, str_z(volume_sources[k]));
            if (!pair || pair->value->kind == Y_NULL) continue;
            diag *x = REPORT_RANGE(w->c->d, POD_SECURITY, pair->key_at, pair->key_end,
                                   "a volume `%s` is refused where Pod Security is `restricted`", volume_sources[k]);
            diag_help(w->c->d, x, "use a claim, emptyDir, configMap, secret, projected or csi");
        }
    }
}

void warn_security_pod(const warn *w, const PodTemplate *t) {
    if (!t) return;
    JUDGE(w, t->securityContext, both_rows);
    if (ynode_true(t->hostNetwork)) report(w, t->hostNetwork, "`hostNetwork: true`", "do without the node's network");
    warn_security_volumes(w, t->volumes);
}

/* ---- working directories ----------------------------------------------------------------------------------------- */
void warn_working_dir(const warn *w, const warn_container *x) {
    str dir = ynode_text(x->working_dir);
    if (!dir.n || dir.p[0] == '/' || str_starts(dir, S("$("))) return; /* a value may bring the slash */
    diag *d = REPORT_AT(w->c, WORKING_DIR, place_of(x->working_dir, x->h),
                        "`workingDir` of the %s is relative, and container runtimes want an absolute path", x->what);
    while (str_starts(dir, S("./"))) dir = str_from(dir, 2);
    diag_help(w->c->d, d, "write `/workspace/%.*s`, if that is meant", STR_ARG(dir));
}
