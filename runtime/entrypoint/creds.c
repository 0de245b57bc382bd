#include "runtime/entrypoint/creds.h"
#include "runtime/entrypoint/base64.h"
#include "runtime/entrypoint/file.h"
#include "runtime/entrypoint/log.h"
#include "runtime/entrypoint/sys.h"

enum { KEY_LIMIT = 2 << 20, DEPTH = 16 };

static int read_key(str secret, const char *key, str *out) {
    buf path = {0};
    buf_form(&path, "/tekton/creds-secrets/\1/\2", str_dup(secret), key, NULL, NULL);
    return file_read(buf_z(&path), KEY_LIMIT, out);
}

static str need_key(str secret, const char *key) {
    str content;
    int error = read_key(secret, key, &content);
    if (error)
        flags_fail("secret ", text_form("\1: ", str_dup(secret), NULL), text_form("\1: \2", key, log_error(error)));
    return content;
}

static struct secret *load(const credential *given, bool ssh) {
    struct secret *first = NULL, **link = &first;
    for (; given; given = given->next) {
        struct secret *s = mem_take(sizeof *s);
        s->url = str_z(given->value);
        if (!str_next(&s->url, '=', &s->name) || !s->url.p || str_has(s->url, '='))
            flags_fail("expect entries of the form secret=url, got: ", given->value, "");
        for (const struct secret *other = first; !ssh && other; other = other->next)
            if (str_eq(other->url, s->url)) flags_fail("multiple entries for url: ", s->url.p, "");
        if (ssh) {
            s->password = need_key(s->name, "ssh-privatekey");
            if (read_key(s->name, "known_hosts", &s->known_hosts)) s->known_hosts = S("");
        } else {
            s->username = need_key(s->name, "username");
            s->password = need_key(s->name, "password");
        }
        *link = s;
        link = &s->next;
    }
    return first;
}

void creds_load(const struct options *o, struct creds *c) {
    c->docker = load(o->basic_docker, false);
    c->git = load(o->basic_git, false);
    c->ssh = load(o->ssh_git, true);
    c->docker_config = o->docker_config;
    c->docker_cfg = o->docker_cfg;
}

static const char entry_fields[4][9] = {"username", "password", "auth", "email"};

/* One registry's entry, already as text: its four fields in this order, empty ones left out but for auth. */
static void add_auth(json *auths, str registry, const str values[4]) {
    buf out = {0};
    json *m = mem_take(sizeof *m);
    for (int i = 0; i < 4; i++) {
        if (!values[i].n && i != 2) continue;
        buf_form(&out, "\1\"\2\":", out.n ? "," : "{", entry_fields[i], NULL, NULL);
        json_quote(&out, values[i]);
    }
    buf_addc(&out, '}');
    m->key = registry;
    m->text = buf_str(&out);
    json_insert(auths, m);
}

/* Whatever else a docker configuration holds is left behind. */
static int add_config(json *auths, const char *secret, const char *key, bool nested) {
    str content, values[4];
    int error = read_key(str_z(secret), key, &content);
    if (error) return error;
    const json *tree = json_parse(content);
    if (!tree) return EBADMSG;
    if (nested && json_is(tree, JSON_OBJECT)) tree = json_get(tree, "auths");
    if (!json_is(tree, JSON_OBJECT)) return EBADMSG;
    for (const json *registry = tree ? tree->child : NULL; registry; registry = registry->next) {
        if (!json_is(registry, JSON_OBJECT)) return EBADMSG;
        for (int i = 0; i < 4; i++) {
            const json *field = json_get(registry, entry_fields[i]);
            if (!json_is(field, JSON_STRING)) return EBADMSG;
            values[i] = json_text(field);
        }
        add_auth(auths, registry->key, values);
    }
    return 0;
}

static int write_docker(const struct creds *c) {
    json auths = {0};
    buf out = {0};
    int error = 0;
    for (const credential *s = c->docker_cfg; s && !error; s = s->next)
        error = add_config(&auths, s->value, ".dockercfg", false);
    for (const credential *s = c->docker_config; s && !error; s = s->next)
        error = add_config(&auths, s->value, ".dockerconfigjson", true);
    if (error) return error;
    for (const struct secret *s = c->docker; s; s = s->next) {
        buf plain = {0}, auth = {0};
        buf_add(&plain, s->username);
        buf_addc(&plain, ':');
        buf_add(&plain, s->password);
        base64_encode(&auth, buf_str(&plain), true);
        add_auth(&auths, s->url, (const str[]){s->username, s->password, buf_str(&auth), S("not@val.id")});
    }
    if (!auths.child) return 0;
    for (const json *m = auths.child; m; m = m->next) {
        buf_addz(&out, m == auths.child ? "{\"auths\":{" : ",");
        json_quote(&out, m->key);
        buf_addc(&out, ':');
        buf_add(&out, m->text);
    }
    buf_addz(&out, "}}");
    return file_write(CREDS_DIR "/.docker/config.json", buf_str(&out), 0600);
}

static void report(int error) { log_failure("Error initializing credentials: \2", "", error); }

void creds_write(const struct creds *c) {
    report(write_docker(c));
    report(creds_write_git(c));
}

static int copy_file(const char *from, const char *to) {
    int in = sys_open(from, O_RDONLY, 0), out = file_open(to, O_RDWR | O_TRUNC, 0600);
    int error = in < 0 ? -in : out < 0 ? -out : file_copy(in, out);
    sys_close(in);
    sys_close(out);
    return error;
}

/* What getdents64 gives; libc's readdir would bring malloc. */
struct directory_entry {
    uint64_t inode, offset;
    unsigned short size;
    unsigned char type;
    char name[];
};

static int copy_tree(const char *from, const char *to, int depth) {
    _Alignas(8) char page[1024];
    int fd = sys_open(from, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
    if (fd == -ENOENT) return 0;
    if (fd == -ENOTDIR || fd == -ELOOP) return copy_file(from, to);
    int error = fd < 0 ? -fd : depth > DEPTH ? ELOOP : dir_make(to, 0700);
    for (long n; !error && (n = sys_call(fd, (long)page, sizeof page, 0, SYS_getdents64)) > 0;) {
        for (long at = 0; at < n && !error;) {
            const struct directory_entry *e = (const void *)(page + at);
            const char *name = str_join("/", e->name);
            at += e->size;
            if (!text_is(name, "/.") && !text_is(name, "/.."))
                error = copy_tree(str_join(from, name), str_join(to, name), depth + 1);
        }
    }
    sys_close(fd);
    return error;
}

void creds_copy_home(const char *home) {
    static const char names[4][18] = {"/.docker", "/.gitconfig", "/.git-credentials", "/.ssh"};
    if (!dir_is(CREDS_DIR)) return;
    if (home && text_is(home, CREDS_DIR)) return; /* copied to itself, a file would be cut first */
    if (!home || !*home) {
        log_line("credentials are not copied: HOME is not set", NULL, NULL);
        return;
    }
    for (int i = 0; i < 4; i++) {
        const char *to = str_join(home, names[i]);
        log_failure("warning: can't copy credentials to \1: \2", to, copy_tree(str_join(CREDS_DIR, names[i]), to, 0));
    }
}
