#include "runtime/engine/kube_config.h"
#include "plan/hash.h"
#include "runtime/engine/file.h"
#include "runtime/sequencer/moment.h"
#include <stdlib.h>

#define ACCOUNT "/var/run/secrets/kubernetes.io/serviceaccount/"
/* The kubelet renews a token when a fifth of its life is left, an hour's token 12 minutes before its end. */
#define TOKEN_AGE (60 * INT64_C(1000000000))

bool kube_config_in_cluster(arena *a, kube_config *out, str *problem) {
    const char *host = getenv("KUBERNETES_SERVICE_HOST"), *port = getenv("KUBERNETES_SERVICE_PORT");
    if (!host || !port) {
        *problem = S("not in a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set");
        return false;
    }
    *out = (kube_config){.a = a, .ca_file = S(ACCOUNT "ca.crt"), .token_file = S(ACCOUNT "token")};
    out->server = str_fmt(a, strchr(host, ':') ? "https://[%s]:%s" : "https://%s:%s", host, port);
    str ignored;
    if (file_read(a, S(ACCOUNT "namespace"), &out->namespace_, &ignored)) out->namespace_ = str_trim(out->namespace_);
    return kube_credentials(out, 0, true, problem);
}

/* --- kubeconfig ---------------------------------------------------------------------------------------------------- */

static int digit(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool decode(arena *a, str in, str *out) {
    char *p = arena_alloc(a, in.n / 4 * 3 + 4);
    uint32_t bits = 0, have = 0, n = 0, i = 0;
    for (; i < in.n && in.p[i] != '='; i++) {
        if (in.p[i] == '\n' || in.p[i] == '\r') continue;
        int d = digit(in.p[i]);
        if (d < 0) return false;
        bits = (bits << 6 | (uint32_t)d) & 0xffffff;
        have += 6;
        if (have < 8) continue;
        have -= 8;
        p[n++] = (char)(bits >> have & 0xff);
    }
    *out = (str){p, n};
    return true;
}

typedef struct reading {
    arena *a;
    str *problem;
    str folder; /* of the file that the entry came from */
} reading;

static str beside(const reading *r, str path) {
    return path.n && path.p[0] != '/' ? str_fmt(r->a, "%.*s%.*s", STR_ARG(r->folder), STR_ARG(path)) : path;
}

/* NAME-data in base64 beats NAME, a file. Neither: STR_NONE. */
static bool pem(const reading *r, const ynode *from, const char *name, str *out) {
    str data = ynode_get_text(from, str_fmt(r->a, "%s-data", name)), file = ynode_get_text(from, str_z(name));
    if (!data.n) return !file.n || file_read(r->a, beside(r, file), out, r->problem);
    if (decode(r->a, data, out)) return true;
    *r->problem = str_fmt(r->a, "%s-data is not base64", name);
    return false;
}

typedef struct found { /* an entry and where it stands */
    const ynode *value;
    str folder;
} found;

typedef struct kubeconfigs {
    arena *a;
    ynode_list documents;
    VEC(str) folders;
} kubeconfigs;

static found find(const kubeconfigs *k, const char *list, const char *kind, str name) {
    for (uint32_t i = 0; i < k->documents.n; i++)
        YNODE_EACH(n, one, ynode_get(k->documents.v[i], str_z(list)))
            if (str_eq(ynode_get_text(one, S("name")), name)) return (found){ynode_get(one, str_z(kind)), k->folders.v[i]};
    return (found){0};
}

static bool read_all(kubeconfigs *k, str files, str *problem) {
    while (files.n) {
        uint32_t at = files.n;
        str_find(files, S(":"), &at);
        str path = str_cut(files, 0, at), folder = S("");
        files = at < files.n ? str_from(files, at + 1) : STR_NONE;
        if (!path.n) continue;
        for (uint32_t i = path.n; i > 0; i--)
            if (path.p[i - 1] == '/') {
                folder = str_cut(path, 0, i);
                break;
            }
        uint32_t before = k->documents.n;
        if (!file_documents(k->a, path, &k->documents, problem)) return false;
        for (; before < k->documents.n; before++) vec_push(k->a, &k->folders, folder);
    }
    if (k->documents.n) return true;
    *problem = S("the kubeconfig is empty");
    return false;
}

static bool read_cluster(kube_config *c, found at, str *problem) {
    reading r = {c->a, problem, at.folder};
    c->cluster = at.value;
    c->server = ynode_get_text(at.value, S("server"));
    c->server_name = ynode_get_text(at.value, S("tls-server-name"));
    c->proxy = ynode_get_text(at.value, S("proxy-url"));
    c->insecure = ynode_true(ynode_get(at.value, S("insecure-skip-tls-verify")));
    if (c->server.n && c->server.p[c->server.n - 1] == '/') c->server.n--;
    if (c->server.n) return pem(&r, at.value, "certificate-authority", &c->ca);
    *problem = S("the cluster has no server");
    return false;
}

static bool read_user(kube_config *c, found at, str *problem) {
    reading r = {c->a, problem, at.folder};
    c->folder = at.folder;
    c->token = ynode_get_text(at.value, S("token"));
    c->token_file = beside(&r, ynode_get_text(at.value, S("tokenFile")));
    c->user = ynode_get_text(at.value, S("username"));
    c->password = ynode_get_text(at.value, S("password"));
    c->exec = ynode_get(at.value, S("exec"));
    if (ynode_get(at.value, S("auth-provider"))) {
        *problem = S("auth-provider is not supported any more: use an exec plugin");
        return false;
    }
    return pem(&r, at.value, "client-certificate", &c->cert) && pem(&r, at.value, "client-key", &c->key);
}

bool kube_config_read(arena *a, str files, str context, kube_config *out, str *problem) {
    kubeconfigs k = {.a = a};
    *out = (kube_config){.a = a};
    if (!read_all(&k, files, problem)) return false;
    for (uint32_t i = 0; i < k.documents.n && !context.n; i++) context = ynode_get_text(k.documents.v[i], S("current-context"));
    found at = find(&k, "contexts", "context", context);
    if (!at.value) {
        *problem = context.n ? str_fmt(a, "the kubeconfig has no context \"%.*s\"", STR_ARG(context)) : S("the kubeconfig has no current context");
        return false;
    }
    out->namespace_ = ynode_get_text(at.value, S("namespace"));
    found cluster = find(&k, "clusters", "cluster", ynode_get_text(at.value, S("cluster")));
    found user = find(&k, "users", "user", ynode_get_text(at.value, S("user")));
    if (!cluster.value) {
        *problem = str_fmt(a, "the kubeconfig has no cluster of the context \"%.*s\"", STR_ARG(context));
        return false;
    }
    return read_cluster(out, cluster, problem) && read_user(out, user, problem) && kube_credentials(out, 0, true, problem);
}

/* --- what changes --------------------------------------------------------------------------------------------------- */

static bool run_plugin(kube_config *c, str *problem) {
    const ynode *status;
    if (!kube_exec_run(c->a, c, &status, problem)) return false;
    str cert = ynode_get_text(status, S("clientCertificateData")), key = ynode_get_text(status, S("clientKeyData"));
    c->token = ynode_get_text(status, S("token"));
    if (cert.n) c->cert = cert, c->key = key;
    c->fresh_until = 0;
    str end = ynode_get_text(status, S("expirationTimestamp"));
    if (end.n && !moment_parse(end, &c->fresh_until)) c->fresh_until = 0;
    if (c->token.n || cert.n) return true;
    *problem = S("the credential plugin gave neither a token nor a certificate");
    return false;
}

bool kube_credentials(kube_config *c, int64_t now, bool refused, str *problem) {
    if (!refused && (!c->fresh_until || now < c->fresh_until)) return true;
    if (c->exec) return run_plugin(c, problem);
    if (!c->token_file.n) return true;
    arena *scratch = arena_new_small(); /* the same token again and again must not add up */
    str token, why;
    bool ok = file_read(scratch, c->token_file, &token, &why);
    if (!ok) *problem = str_dup(c->a, why);
    else if (token = str_trim(token), !str_eq(token, c->token)) c->token = str_dup(c->a, token);
    arena_free(scratch);
    c->fresh_until = now + TOKEN_AGE;
    return ok;
}

str kube_authorization(arena *a, const kube_config *c) {
    if (c->token.n) return str_cat(a, S("Bearer "), c->token);
    if (c->user.n) return str_cat(a, S("Basic "), hash_base64(a, str_fmt(a, "%.*s:%.*s", STR_ARG(c->user), STR_ARG(c->password))));
    return STR_NONE;
}
