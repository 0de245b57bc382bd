/* Credentials: the secrets of the service account become flags of the entrypoint and mounted volumes (facts: runtime.md
 * 5.1). Only a ServiceAccount and Secrets of the input are known; of a Secret only type, annotations and key names. */
#include "compiler/check/parts.h"
#include "compiler/lower/lower.h"
#include "plan/names.h"
#include <stdlib.h>

/* Which annotations of which type of Secret give which flag. */
static const struct rule {
    str type, flag, annotations; /* no annotations: the Secret alone is enough */
} rules[] = {
    {{"kubernetes.io/basic-auth", 24}, {"-basic-docker", 13}, {"tekton.dev/docker-", 18}},
    {{"kubernetes.io/dockerconfigjson", 30}, {"-docker-config", 14}, {NULL, 0}},
    {{"kubernetes.io/dockercfg", 23}, {"-docker-cfg", 11}, {NULL, 0}},
    {{"kubernetes.io/basic-auth", 24}, {"-basic-git", 10}, {"tekton.dev/git-", 15}},
    {{"kubernetes.io/ssh-auth", 22}, {"-ssh-git", 8}, {"tekton.dev/git-", 15}},
};

static bool name_taken(void *ctx, str name) {
    YNODE_EACH (i, v, (const ynode *)ctx)
        if (str_eq(ynode_get_text(v, S("name")), name)) return true;
    return false;
}

static uint32_t flags_of(lowering *l, const object *secret) {
    arena *a = l->c->a;
    uint32_t before = l->creds_flags.n;
    str type_text = ynode_get_text(secret->node, S("type"));
    const ynode *annotations = ynode_get(ynode_get(secret->node, S("metadata")), S("annotations"));
    for (unsigned i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (!str_eq(type_text, rules[i].type)) continue;
        if (!rules[i].annotations.n) {
            vec_push(a, &l->creds_flags, str_fmt(a, "%.*s=%.*s", STR_ARG(rules[i].flag), STR_ARG(secret->name)));
            continue;
        }
        VEC(str) urls = {0};
        for (uint32_t k = 0; k < ynode_count(annotations); k++)
            if (str_starts(annotations->pairs[k].key, rules[i].annotations))
                vec_push(a, &urls, ynode_text(annotations->pairs[k].value));
        if (urls.n) qsort(urls.v, urls.n, sizeof *urls.v, str_cmp_qsort);
        for (uint32_t k = 0; k < urls.n; k++)
            vec_push(a, &l->creds_flags,
                     str_fmt(a, "%.*s=%.*s=%.*s", STR_ARG(rules[i].flag), STR_ARG(secret->name), STR_ARG(urls.v[k])));
    }
    return l->creds_flags.n - before;
}

void lower_creds(lowering *l) {
    run_ctx *c = l->c;
    l->creds_volumes = ynode_seq(c->a, NULL);
    l->creds_mounts = ynode_seq(c->a, NULL);
    if (c->cfg->disable_creds_init) return;
    str ns = l->t->of->in->namespace_;
    const object *account = world_find(c->w, OBJECT_SERVICEACCOUNT, ns, l->t->service_account);
    if (!account) return;
    map seen = map_new(c->a);
    YNODE_EACH (i, entry, ynode_get(account->node, S("secrets"))) {
        str name = ynode_get_text(entry, S("name"));
        if (!name.n || !map_add(&seen, name, l)) continue;
        const object *secret = world_find(c->w, OBJECT_SECRET, ns, name);
        if (!secret) continue;
        if (c->cfg->known_hosts_required &&
            str_eq(ynode_get_text(secret->node, S("type")), S("kubernetes.io/ssh-auth")) &&
            !world_has_key(secret, S("known_hosts")))
            REPORT(c->d, CREDENTIALS, ynode_get(entry, S("name")), "secret `%.*s` has no key known_hosts",
                   STR_ARG(name));
        if (!flags_of(l, secret)) continue;
        str volume = name_volume(c->a, S("tekton-creds"), name, 8, name_taken, l->creds_volumes);
        ynode *v = ynode_map(c->a, NULL), *s = ynode_map(c->a, NULL);
        ynode_put_str(c->a, s, S("secretName"), name);
        ynode_put_str(c->a, v, S("name"), volume);
        ynode_put(c->a, v, S("secret"), s);
        ynode_push(c->a, l->creds_volumes, v);
        ynode_push(c->a, l->creds_mounts,
                   lower_mount(l, volume, str_fmt(c->a, PATH_CREDS_SECRETS "/%.*s", STR_ARG(name)), false));
    }
}
