#include "runtime/entrypoint/creds.h"
#include "runtime/entrypoint/file.h"
#include "runtime/entrypoint/sys.h"

/* Where a URL's parts begin, for SCHEME://[USER@]HOST/PATH; without a scheme all is path, as in Go's net/url. */
struct url {
    size_t start;          /* of what follows the user */
    size_t user;           /* of a user in the URL, who is replaced */
    bool scheme, has_path; /* a path that names more than the host */
};

static struct url parse_url(str text) {
    struct url u = {0};
    size_t at;
    if (str_find(text, 0, "://", &at)) {
        u.scheme = true;
        u.start = u.user = at + 3;
        for (at = u.start; at < text.n && !str_has(S("/?#"), text.p[at]); at++)
            if (text.p[at] == '@') u.start = at + 1;
        at++;
    } else {
        at = 0;
    }
    u.has_path = at < text.n && !str_has(S("?#"), text.p[at]);
    return u;
}

static void put_escaped(buf *out, str text) {
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if ((unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)(c - '0') < 10 || str_has(S("-_.~$&+,;="), c)) {
            buf_addc(out, c);
        } else {
            buf_addc(out, '%');
            buf_addc(out, hex[(unsigned char)c >> 4]);
            buf_addc(out, hex[c & 15]);
        }
    }
}

/* The URL with user and password in it: the form of .git-credentials. */
static void put_login(buf *out, const struct secret *s, const struct url *u) {
    buf_add(out, u->scheme ? str_cut(s->url, 0, u->user) : S("//"));
    put_escaped(out, s->username);
    buf_addc(out, ':');
    put_escaped(out, s->password);
    buf_addc(out, '@');
    buf_add(out, str_cut(s->url, u->start, s->url.n));
    buf_addc(out, '\n');
}

/* A text with backslashes before some of its characters. */
static void put_quoted(buf *out, str text, const char *quoted) {
    for (size_t i = 0; i < text.n; i++) {
        if (str_has(str_z(quoted), text.p[i])) buf_addc(out, '\\');
        buf_addc(out, text.p[i]);
    }
}

static int write_basic(const struct secret *all) {
    buf config = {0}, hosts = {0}, repositories = {0};
    if (!all) return 0;
    buf_addz(&config, "[credential]\n\thelper = store\n");
    for (const struct secret *s = all; s; s = s->next) {
        struct url u = parse_url(s->url);
        buf_addz(&config, "[credential \"");
        put_quoted(&config, s->url, "\"\\");
        buf_addz(&config, "\"]\n\tusername = ");
        put_quoted(&config, s->username, "\\");
        buf_addz(&config, u.has_path ? "\n\tuseHttpPath = true\n" : "\n");
        put_login(u.has_path ? &repositories : &hosts, s, &u);
    }
    buf_add(&hosts, buf_str(&repositories)); /* hosts first: they are the fallback */
    int error = file_write(CREDS_DIR "/.gitconfig", buf_str(&config), 0600);
    return error ? error : file_write(CREDS_DIR "/.git-credentials", buf_str(&hosts), 0600);
}

struct place {
    const char *host, *port, *path; /* path without the leading slash, NULL if there was none */
    const char *alias;              /* what ssh calls it */
};

/* host, host:port or host[:port]/path; an address that can't be split (IPv6 without brackets) is all host. */
static struct place parse_place(str rest) {
    str host;
    buf alias = {0};
    struct place p = {.port = "22"};
    str_next(&rest, '/', &host);
    if (rest.p) p.path = str_dup(rest);
    for (size_t at = host.n; at-- > 0;) {
        if (host.p[at] != ':') continue;
        bool brackets = at > 1 && host.p[0] == '[' && host.p[at - 1] == ']';
        if (!brackets && str_has(str_cut(host, 0, at), ':')) break;
        p.port = str_dup(str_cut(host, at + 1, host.n));
        host = brackets ? str_cut(host, 1, at - 1) : str_cut(host, 0, at);
        break;
    }
    p.alias = p.host = str_dup(host);
    if (!p.path) return p;
    buf_form(&alias, "\1--", p.host, NULL, NULL, NULL);
    for (const char *c = p.path; *c; c++) {
        if (*c == '/')
            buf_addz(&alias, "--");
        else
            buf_addc(&alias, *c);
    }
    p.alias = buf_z(&alias);
    return p;
}

/* git must take the alias where a URL names this repository, in both spellings; `.git` keeps a/b from matching a/b-c.
 */
static void put_instead_of(buf *out, const struct place *p) {
    const char *port = text_is(p->port, "22") ? "" : str_join(":", p->port);
    buf_form(out,
             "[url \"git@\1:\2.git\"]\n\tinsteadOf = git@\3:\2.git\n[url \"ssh://\1/\2.git\"]\n\tinsteadOf = "
             "ssh://\3\4/\2.git\n",
             p->alias, p->path, p->host, port);
}

static bool is_first_of_url(const struct secret *all, const struct secret *s) {
    while (!str_eq(all->url, s->url)) all = all->next;
    return all == s;
}

static int write_ssh(const struct secret *all) {
    buf config = {0}, known_hosts = {0}, git = {0};
    int error = 0;
    if (!all) return 0;
    for (int with_path = 0; with_path < 2; with_path++) { /* hosts first: they are the fallback */
        for (const struct secret *s = all; s; s = s->next) {
            struct place p = parse_place(s->url);
            if ((p.path != NULL) != with_path || !is_first_of_url(all, s)) continue;
            if (p.path) put_instead_of(&git, &p);
            buf_form(&config, "Host \1\n    HostName \2\n    Port \3\n", p.alias, p.host, p.port, NULL);
            for (const struct secret *key = s; key; key = key->next) {
                if (!str_eq(key->url, s->url)) continue;
                const char *file = str_join(CREDS_DIR "/.ssh/id_", str_dup(key->name));
                if (!error) error = file_write(file, key->password, 0600);
                buf_form(&config, "    IdentityFile \1\n", file, NULL, NULL, NULL);
                if (!key->known_hosts.n) continue;
                if (known_hosts.n) buf_addc(&known_hosts, '\n');
                buf_add(&known_hosts, key->known_hosts);
            }
        }
    }
    if (!error) error = file_write(CREDS_DIR "/.ssh/config", buf_str(&config), 0600);
    if (!error && known_hosts.n) error = file_write(CREDS_DIR "/.ssh/known_hosts", buf_str(&known_hosts), 0600);
    if (error || !git.n) return error;
    int fd = file_open(CREDS_DIR "/.gitconfig", O_WRONLY | O_APPEND, 0600);
    return fd < 0 ? -fd : file_put(fd, buf_str(&git));
}

int creds_write_git(const struct creds *c) {
    int error = write_basic(c->git);
    return error ? error : write_ssh(c->ssh);
}
