/* The forms of what came out: for people, TAP 13, JUnit; github and json are those of the messages. */
#include "cli/test/test.h"
#include "cli/xml.h"
#include <unistd.h>

typedef enum form { TEXT_FORM, TAP, JUNIT, GITHUB, JSON } form;

static form form_of(const options *o) {
    static const char *const names[] = {[TAP] = "tap", [JUNIT] = "junit", [GITHUB] = "github", [JSON] = "json"};
    for (int i = TAP; i <= JSON; i++)
        if (str_eq(o->format, str_z(names[i]))) return (form)i;
    return TEXT_FORM;
}

bool report_inner_text(const options *o) { return form_of(o) <= JUNIT; }
bool report_colored(const options *o) { return form_of(o) == TEXT_FORM && session_wants_color(o, STDOUT_FILENO); }

static void add_indented(strbuf *out, str text, const char *by) {
    for (uint32_t from = 0, to; from < text.n; from = to + 1) {
        for (to = from; to < text.n && text.p[to] != '\n';) to++;
        strbuf_addf(out, "%s%.*s\n", by, STR_ARG(str_cut(text, from, to)));
    }
}

void report_begin(const options *o, strbuf *out) {
    if (form_of(o) == TAP && !o->show) strbuf_addf(out, "TAP version 13\n");
}

/* In a TAP line # begins a directive. */
static void add_tap_name(strbuf *out, str name) {
    for (uint32_t i = 0; i < name.n; i++) {
        if (name.p[i] == '#' || name.p[i] == '\\') strbuf_addc(out, '\\');
        strbuf_addc(out, name.p[i] == '\n' ? ' ' : name.p[i]);
    }
}

static void add_tap(strbuf *out, const test_result *r, uint32_t number) {
    strbuf_addf(out, "%s %u - ", r->failed ? "not ok" : "ok", number);
    add_tap_name(out, r->file);
    strbuf_addf(out, ": ");
    add_tap_name(out, r->name);
    strbuf_addc(out, '\n');
    if (!r->failed) return;
    strbuf_addf(out, "  ---\n  message: |\n");
    add_indented(out, r->messages, "    ");
    strbuf_addf(out, "  ...\n");
}

void report_case(const options *o, strbuf *out, const test_results *all) {
    uint32_t number = all->n;
    const test_result *r = &all->v[number - 1];
    /* What is wrong with the input is so for every case. */
    bool again = number > 1 && r->failed && str_eq(r->messages, r[-1].messages);
    if (o->show) {
        strbuf_addf(out, "%s# %.*s: %.*s\n", number > 1 ? "---\n" : "", STR_ARG(r->file), STR_ARG(r->name));
        strbuf_add(out, r->failed ? r->messages : r->seen);
        return;
    }
    switch (form_of(o)) {
    case TEXT_FORM:
        if (report_colored(o))
            strbuf_addf(out, "%s\033[0m  ", r->failed ? "\033[1;31mFAIL" : "\033[32mok  ");
        else
            strbuf_addf(out, "%s  ", r->failed ? "FAIL" : "ok  ");
        strbuf_addf(out, "%.*s: %.*s\n", STR_ARG(r->file), STR_ARG(r->name));
        add_indented(out, again ? S("the same messages as before") : r->messages, "      ");
        break;
    case TAP: add_tap(out, r, number); break;
    case JUNIT: break;
    case GITHUB:
    case JSON: strbuf_add(out, r->messages); break;
    }
}

static uint32_t failures(const test_results *all, uint32_t from, uint32_t to) {
    uint32_t n = 0;
    for (uint32_t i = from; i < to; i++) n += all->v[i].failed;
    return n;
}

/* A suite for each file; the cases of a file stand together. */
static void add_junit(strbuf *out, const test_results *all) {
    strbuf_addf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"%u\" failures=\"%u\">\n", all->n, failures(all, 0, all->n));
    for (uint32_t from = 0, to; from < all->n; from = to) {
        for (to = from; to < all->n && str_eq(all->v[to].file, all->v[from].file);) to++;
        strbuf_addf(out, "  <testsuite");
        xml_attribute(out, "name", all->v[from].file);
        strbuf_addf(out, " tests=\"%u\" failures=\"%u\" errors=\"0\">\n", to - from, failures(all, from, to));
        for (uint32_t i = from; i < to; i++) {
            const test_result *r = &all->v[i];
            strbuf_addf(out, "    <testcase");
            xml_attribute(out, "classname", r->file);
            xml_attribute(out, "name", r->name);
            if (!r->failed) {
                strbuf_addf(out, "/>\n");
                continue;
            }
            strbuf_addf(out, ">\n      <failure");
            xml_attribute(out, "message", r->first);
            strbuf_addc(out, '>');
            xml_text(out, r->messages);
            strbuf_addf(out, "</failure>\n    </testcase>\n");
        }
        strbuf_addf(out, "  </testsuite>\n");
    }
    strbuf_addf(out, "</testsuites>\n");
}

void report_end(const options *o, strbuf *out, const test_results *all) {
    uint32_t failed = failures(all, 0, all->n);
    if (o->show) return;
    switch (form_of(o)) {
    case TEXT_FORM:
        if (all->n) strbuf_addf(out, "%u passed, %u failed\n", all->n - failed, failed);
        break;
    case TAP: strbuf_addf(out, "1..%u\n", all->n); break;
    case JUNIT: add_junit(out, all); break;
    case GITHUB:
    case JSON: break;
    }
}
