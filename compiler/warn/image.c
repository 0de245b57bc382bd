/* Images that change under the same name. */
#include "compiler/warn/parts.h"

static bool ends_name(char c) { return c == '/'; }

/* The tag of an image reference; *has says whether there is one. A colon before the last slash is a port's. */
static str tag_of(str image, bool *has) {
    uint32_t i = image.n;
    while (i && !ends_name(image.p[i - 1]) && image.p[i - 1] != ':') i--;
    *has = i && image.p[i - 1] == ':';
    return *has ? str_from(image, i) : S("");
}

/* The image with the defaults of parameters put in; STR_NONE when one has none, or something else than a parameter
 * stands in it. *only: the parameter when the image is nothing but it. */
static str with_defaults(const warn *w, str image, const warn_scope *s, const ParamSpec **only) {
    strbuf out = {.a = w->c->a};
    uint32_t at = 0;
    var v;
    for (uint32_t from = 0; var_next(w->c->a, image, &from, &v); at = v.end) {
        const ParamSpec *p = v.root == VAR_PARAM && v.n == 1 ? map_get(&s->by_name, v.name) : NULL;
        if (!p || !ynode_is(p->default_, Y_STR) || !ref_none(p->default_->text)) return STR_NONE;
        strbuf_add(&out, str_cut(image, at, v.at));
        strbuf_add(&out, p->default_->text);
        if (v.at == 0 && v.end == image.n) *only = p;
    }
    strbuf_add(&out, str_from(image, at));
    str text = out.n ? strbuf_str(&out) : S("");
    return ref_none(text) ? text : STR_NONE;
}

void warn_image(const warn *w, const warn_container *x, const warn_scope *s) {
    str written = ynode_text(x->image), image = written;
    const ParamSpec *only = NULL;
    bool has;
    uint32_t digest;
    if (!written.n) return;
    if (!ref_none(written)) image = with_defaults(w, written, s, &only);
    if (!image.n || str_find(image, S("@"), &digest)) return;
    str tag = tag_of(image, &has);
    if (has && !str_eq(tag, S("latest"))) return;
    const ynode *where = only ? place_of(only->default_, &only->h) : place_of(x->image, x->h);
    diag *d =
        has ? REPORT_AT(w->c, IMAGE_TAG, where, "the tag `latest` of %.*s is another image tomorrow", STR_ARG(image))
            : REPORT_AT(w->c, IMAGE_TAG, where,
                        "the image %.*s has no tag, which means `latest`: another image tomorrow", STR_ARG(image));
    diag_help(w->c->d, d, "name a version, or the digest: %.*s@sha256:...",
              STR_ARG(has ? str_cut(image, 0, image.n - tag.n - 1) : image));
}
