#include "runtime/entrypoint/message.h"
#include "runtime/entrypoint/base64.h"
#include "runtime/entrypoint/deflate.h"
#include "runtime/entrypoint/file.h"
#include "runtime/entrypoint/json.h"
#include "runtime/entrypoint/log.h"
#include "runtime/entrypoint/sys.h"

/* EXPANDED: what Tekton's controller is ready to unpack; a larger message would be written and never be read. */
enum { SIZE_LIMIT = 4096, EXPANDED_LIMIT = 128 << 10 };

static const char prefix[] = "tknz:";

void message_add(buf *part, const char *key, str value, enum entry_type type) {
    buf_addz(part, part->n ? ",{\"key\":" : "{\"key\":");
    json_quote(part, str_z(key));
    buf_addz(part, ",\"value\":");
    json_quote(part, value);
    buf_form(part, ",\"type\":\1}", str_number(type), NULL, NULL, NULL);
}

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* What stood there is kept as text, between the brackets of its array, if it is a message at all. */
static bool read_old(str content, buf *out) {
    if (str_starts(content, prefix)) {
        buf packed = {0}, plain = {0};
        if (!base64_decode(&packed, str_cut(content, sizeof prefix - 1, content.n), false) ||
            !deflate_unpack(&plain, buf_str(&packed), EXPANDED_LIMIT))
            return false;
        content = buf_str(&plain);
    }
    while (content.n && is_blank(content.p[content.n - 1])) content.n--;
    while (content.n && is_blank(*content.p)) content = str_cut(content, 1, content.n);
    if (!content.n) return true;
    const json *tree = json_parse(content);
    if (!tree || tree->kind != JSON_ARRAY) return false;
    for (const json *item = tree->child; item; item = item->next)
        if (item->kind != JSON_OBJECT || !json_is(json_get(item, "key"), JSON_STRING) ||
            !json_is(json_get(item, "value"), JSON_STRING))
            return false;
    if (tree->child) buf_add(out, str_cut(content, 1, content.n - 1));
    return true;
}

int message_open(struct message *m, const char *path) {
    str content;
    m->fd = file_open(path, O_RDWR, 0666);
    if (m->fd < 0) return -m->fd;
    int error = file_read(path, 1 << 20, &content);
    if (!error && !read_old(content, &m->part[OLD]))
        log_line("the termination message file holds no message; it is replaced", NULL, NULL);
    return error;
}

int message_write(const struct message *m, str text) {
    int error = file_put(m->fd, text);
    return error ? error : (int)-sys_call(m->fd, (long)text.n, 0, 0, SYS_ftruncate);
}

static bool encode(const struct message *m, int parts, str *out) {
    buf text = {0}, packed = {0}, letters = {0};
    buf_addc(&text, '[');
    for (int i = 0; i < PARTS; i++) {
        if (!(parts >> i & 1) || !m->part[i].n) continue;
        if (text.n > 1) buf_addc(&text, ',');
        buf_add(&text, buf_str(&m->part[i]));
    }
    buf_addc(&text, ']');
    *out = buf_str(&text);
    if (m->compress && text.n <= EXPANDED_LIMIT) {
        deflate_pack(&packed, buf_str(&text));
        buf_addz(&letters, prefix);
        base64_encode(&letters, buf_str(&packed), false);
        if (letters.n < text.n) *out = buf_str(&letters);
    }
    return out->n <= SIZE_LIMIT;
}

bool message_encode(const struct message *m, str *out) {
    enum { old = 1 << OLD, internal = 1 << INTERNAL };
    int parts = old;
    if (encode(m, (1 << PARTS) - 1, out)) return true;
    for (int i = RESULTS; i <= STEP_RESULTS && encode(m, parts | 1 << i, out); i++) parts |= 1 << i;
    if (!encode(m, parts | internal, out) && !encode(m, old | internal, out)) *out = S("");
    return false;
}
