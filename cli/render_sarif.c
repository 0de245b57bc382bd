/* SARIF 2.1.0 (OASIS standard), for code scanning: one run with the rules that were met and a result for each message.
 * Columns count characters, ends are one past the last. */
#include "base/emit.h"
#include "base/map.h"
#include "cli/render.h"
#include "cli/version.h"

static const char schema[] = "https://json.schemastore.org/sarif-2.1.0.json";

/* A file name as a URI reference: a relative one stays relative to where tektonc was started. */
static str uri(arena *a, str name) {
    strbuf out = {.a = a};
    if (str_starts(name, S("/"))) strbuf_addf(&out, "file://");
    for (uint32_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~/", c));
        strbuf_addf(&out, plain ? "%c" : "%%%02X", c);
    }
    return out.n ? strbuf_str(&out) : S("");
}

static ynode *text_message(arena *a, str text) {
    ynode *n = ynode_map(a, NULL);
    ynode_put_str(a, n, S("text"), text);
    return n;
}

static const ynode *number(arena *a, uint32_t n) { return ynode_int(a, n); }

/* NULL: no place. */
static ynode *location(const rendering *r, pos at, pos end, bool with_path) {
    arena *a = r->a;
    place from = source_place(r->sources, at), to = source_place(r->sources, end);
    if (!from.source) return NULL;
    ynode *out = ynode_map(a, NULL), *physical = ynode_map(a, NULL), *region = ynode_map(a, NULL);
    ynode *artifact = ynode_map(a, NULL);
    ynode_put_str(a, artifact, S("uri"), uri(a, from.source->name));
    ynode_put(a, region, S("startLine"), number(a, from.line));
    ynode_put(a, region, S("startColumn"), number(a, from.column));
    if (to.source == from.source && end > at) {
        ynode_put(a, region, S("endLine"), number(a, to.line));
        ynode_put(a, region, S("endColumn"), number(a, to.column));
    }
    ynode_put(a, physical, S("artifactLocation"), artifact);
    ynode_put(a, physical, S("region"), region);
    ynode_put(a, out, S("physicalLocation"), physical);
    str path = with_path ? path_of(&r->paths, a, at, end) : S("");
    if (path.n) {
        ynode *logical = ynode_map(a, NULL), *list_ = ynode_seq(a, NULL);
        ynode_put_str(a, logical, S("fullyQualifiedName"), path);
        ynode_push(a, list_, logical);
        ynode_put(a, out, S("logicalLocations"), list_);
    }
    return out;
}

static ynode *related(const rendering *r, const diag *x) {
    ynode *out = ynode_seq(r->a, NULL);
    for (uint32_t i = 0; i < x->notes.n; i++) {
        ynode *l = location(r, x->notes.v[i].at, x->notes.v[i].end, false);
        if (!l) continue;
        ynode_put(r->a, l, S("message"), text_message(r->a, x->notes.v[i].text));
        ynode_push(r->a, out, l);
    }
    return out;
}

static ynode *result(const rendering *r, const diag *x, uint32_t rule) {
    arena *a = r->a;
    ynode *n = ynode_map(a, NULL), *locations = ynode_seq(a, NULL), *notes = related(r, x);
    str text = x->help.n ? str_fmt(a, "%.*s; %.*s", STR_ARG(x->text), STR_ARG(x->help)) : x->text;
    ynode_put_str(a, n, S("ruleId"), str_z(x->rule->id));
    ynode_put(a, n, S("ruleIndex"), number(a, rule));
    ynode_put_str(a, n, S("level"), str_z(render_severity(x->severity)));
    ynode_put(a, n, S("message"), text_message(a, text));
    ynode *l = location(r, x->at, x->end, true);
    if (l) ynode_push(a, locations, l);
    ynode_put(a, n, S("locations"), locations);
    if (notes->n) ynode_put(a, n, S("relatedLocations"), notes);
    return n;
}

static ynode *rule_descriptor(arena *a, const diag_rule *rule) {
    ynode *n = ynode_map(a, NULL), *configuration = ynode_map(a, NULL);
    ynode_put_str(a, n, S("id"), str_z(rule->id));
    ynode_put_str(a, n, S("name"), str_z(rule->name));
    ynode_put(a, n, S("shortDescription"), text_message(a, str_z(rule->summary)));
    ynode_put(a, n, S("fullDescription"), text_message(a, str_z(rule->explain)));
    ynode_put_str(a, configuration, S("level"), str_z(render_severity(rule->severity)));
    ynode_put(a, n, S("defaultConfiguration"), configuration);
    return n;
}

void render_sarif(const rendering *r, strbuf *out) {
    arena *a = r->a;
    ynode *results = ynode_seq(a, NULL), *rules = ynode_seq(a, NULL);
    map numbers = map_new(a); /* id → index + 1 */
    for (uint32_t i = 0; i < r->d->list.n; i++) {
        const diag *x = &r->d->list.v[i];
        str id = str_z(x->rule->id);
        if (map_add(&numbers, id, (void *)(uintptr_t)(rules->n + 1))) ynode_push(a, rules, rule_descriptor(a, x->rule));
        ynode_push(a, results, result(r, x, (uint32_t)(uintptr_t)map_get(&numbers, id) - 1));
    }
    ynode *driver = ynode_map(a, NULL), *tool = ynode_map(a, NULL), *run = ynode_map(a, NULL);
    ynode *runs = ynode_seq(a, NULL), *log = ynode_map(a, NULL);
    ynode_put_str(a, driver, S("name"), S("tektonc"));
    ynode_put_str(a, driver, S("version"), S(TEKTONC_VERSION));
    ynode_put(a, driver, S("rules"), rules);
    ynode_put(a, tool, S("driver"), driver);
    ynode_put(a, run, S("tool"), tool);
    ynode_put_str(a, run, S("columnKind"), S("unicodeCodePoints"));
    ynode_put(a, run, S("results"), results);
    ynode_push(a, runs, run);
    ynode_put_str(a, log, S("$schema"), str_z(schema));
    ynode_put_str(a, log, S("version"), S("2.1.0"));
    ynode_put(a, log, S("runs"), runs);
    strbuf_add(out, emit_json_str(a, log, true));
    strbuf_addc(out, '\n');
}
