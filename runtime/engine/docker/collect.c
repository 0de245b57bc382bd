/* What killed runs left. */
#include "base/emit.h"
#include "base/json.h"
#include "runtime/engine/docker/inner.h"
#include <unistd.h>

typedef struct collecting {
    arena *a;
    const docker_server *s;
    docker_client client;
    str root;      /* of the folders of runs, with a slash */
    str only;      /* a run's uid */
    uint32_t removed;
    str *problem;
} collecting;

static bool wrong(collecting *x, const http_answer *answer) {
    *x->problem = str_fmt(x->a, "%.*s: %.*s", STR_ARG(x->s->where), STR_ARG(docker_why(x->a, answer)));
    return false;
}

/* Of a run of this state that nobody advances: its folder is gone, or nobody holds its lock. Claims stay as long as the
 * folder does: another run may want what is in them. */
static bool left_behind(const collecting *x, const ynode *labels) {
    str folder = ynode_get_text(labels, S(DOCKER_LABEL_FOLDER));
    if (x->only.n) return str_eq(ynode_get_text(labels, S(DOCKER_LABEL_RUN)), x->only) && !ynode_get(labels, S(DOCKER_LABEL_CLAIM));
    if (!ynode_get(labels, S(DOCKER_LABEL_RUN)) || !str_starts(folder, x->root)) return false;
    run_folder r = {.path = str_dup(x->a, folder), .lock = -1};
    return ynode_get(labels, S(DOCKER_LABEL_CLAIM)) ? access(r.path.p, F_OK) != 0 : !run_busy(&r);
}

static bool remove_(collecting *x, const char *kind, str name, const char *query) {
    http_answer answer = http_sync(x->client.http, x->a, &(http_request){.method = "DELETE", .path = docker_path(x->a, x->s, "/%s/%.*s%s", kind, STR_ARG(name), query),
                                                                         .tries = 6, .seconds = 120});
    if (!docker_good(&answer) && answer.status != 404) return wrong(x, &answer);
    x->removed += docker_good(&answer);
    return true;
}

static str filters(arena *a) { return http_escape(a, S("{\"label\":[\"" DOCKER_LABEL_RUN "\"]}")); }

/* Those that others need (their network) go last. */
static bool containers(collecting *x, bool owners) {
    http_answer answer = http_sync(x->client.http, x->a, &(http_request){.method = "GET", .tries = 2,
                                                                         .path = docker_path(x->a, x->s, "/containers/json?all=1&filters=%.*s", STR_ARG(filters(x->a)))});
    if (answer.status != 200) return wrong(x, &answer);
    bool ok = true;
    YNODE_EACH(i, one, json_read(x->a, answer.body)) {
        const ynode *labels = ynode_get(one, S("Labels"));
        if (owners == !ynode_get(labels, S(DOCKER_LABEL_CONTAINER)) && left_behind(x, labels))
            ok &= remove_(x, "containers", ynode_get_text(one, S("Id")), "?force=1&v=1");
    }
    return ok;
}

static bool volumes(collecting *x) {
    http_answer answer = http_sync(x->client.http, x->a, &(http_request){.method = "GET", .tries = 2,
                                                                         .path = docker_path(x->a, x->s, "/volumes?filters=%.*s", STR_ARG(filters(x->a)))});
    if (answer.status != 200) return wrong(x, &answer);
    bool ok = true;
    YNODE_EACH(i, one, ynode_get(json_read(x->a, answer.body), S("Volumes")))
        if (left_behind(x, ynode_get(one, S("Labels")))) ok &= remove_(x, "volumes", http_escape(x->a, ynode_get_text(one, S("Name"))), "");
    return ok;
}

bool docker_collect(arena *a, const docker_server *s, const state *st, str only, uint32_t *removed, str *problem) {
    collecting x = {.a = a, .s = s, .client = docker_client_new(s), .root = str_cat(a, st->root, S("/runs/")), .only = only, .problem = problem};
    bool ok = containers(&x, false);
    ok &= containers(&x, true);
    ok &= volumes(&x);
    docker_client_free(&x.client);
    *removed = x.removed;
    return ok;
}

/* --- files ------------------------------------------------------------------------------------------------------------ */

static const ynode *ask(collecting *x, const char *method, str path, str body) {
    http_answer answer = http_sync(x->client.http, x->a, &(http_request){.method = method, .path = path, .body = body, .tries = 1, .seconds = 600});
    if (!docker_good(&answer)) return wrong(x, &answer), NULL;
    const ynode *tree = json_read(x->a, answer.body);
    return tree ? tree : ynode_null();
}

static str any_image(collecting *x) {
    YNODE_EACH(i, one, ask(x, "GET", docker_path(x->a, x->s, "/images/json"), STR_NONE))
        if (ynode_count(ynode_get(one, S("RepoTags")))) return ynode_get_text(one, S("Id"));
    return STR_NONE;
}

static str quoted(arena *a, str text) { return emit_json_str(a, ynode_str(a, text, NULL), false); }

static str emptying(collecting *x, str folder, str image, str helper) {
    str from = quoted(x->a, folder), program = quoted(x->a, helper), of = quoted(x->a, image);
    return str_fmt(x->a,
                   "{\"Image\":%.*s,\"User\":\"0:0\",\"WorkingDir\":\"/\",\"Entrypoint\":[\"" DOCKER_HELPER_PATH "\",\"empty\",\"/v\"],\"Cmd\":[],"
                   "\"Healthcheck\":{\"Test\":[\"NONE\"]},\"HostConfig\":{\"NetworkMode\":\"none\",\"SecurityOpt\":[\"label=disable\"],\"Mounts\":["
                   "{\"Type\":\"bind\",\"Source\":%.*s,\"Target\":\"/v\"},{\"Type\":\"bind\",\"Source\":%.*s,\"Target\":\"" DOCKER_HELPER_PATH
                   "\",\"ReadOnly\":true}]}}",
                   STR_ARG(of), STR_ARG(from), STR_ARG(program));
}

static bool empty(collecting *x, str folder) {
    str helper, image = any_image(x);
    if (!image.n) return *x->problem = S("there is no image for a container that could remove it"), false;
    if (!docker_helper_write(x->a, folder, &helper, x->problem)) return false;
    str id = ynode_get_text(ask(x, "POST", docker_path(x->a, x->s, "/containers/create"), emptying(x, folder, image, helper)), S("Id"));
    if (!id.n) return false;
    bool ok = ask(x, "POST", docker_path(x->a, x->s, "/containers/%.*s/start", STR_ARG(id)), STR_NONE) &&
              ask(x, "POST", docker_path(x->a, x->s, "/containers/%.*s/wait", STR_ARG(id)), STR_NONE);
    return remove_(x, "containers", id, "?force=1&v=1") && ok;
}

bool docker_empty(arena *a, const docker_server *s, str folder, str *problem) {
    collecting x = {.a = a, .s = s, .client = docker_client_new(s), .problem = problem};
    bool ok = empty(&x, folder);
    docker_client_free(&x.client);
    return ok;
}
