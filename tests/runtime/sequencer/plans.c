/* Plans at random: small, with everything that a plan may have. */
#include "base/json.h"
#include "tests/runtime/sequencer/sim.h"
#include <assert.h>

static void comma(strbuf *b, uint32_t i) {
    if (i) strbuf_addc(b, ',');
}

static str task_name(sim *x, bool finally, uint32_t i) { return str_fmt(x->a, "%c%u", finally ? 'f' : 't', i); }

enum { NO_TASK = UINT32_MAX };

/* of: a task whose result may be asked for. */
static void add_when(sim *x, strbuf *b, str path, uint32_t of) {
    bool of_result = of != NO_TASK && sim_chance(x, 50);
    const char *value = sim_chance(x, 70) ? "yes" : "no";
    strbuf_add(b, S(",\"when\":[{\"input\":"));
    if (of_result)
        strbuf_addf(b, "{\"ref\":\"%.*stasks.t%u.results.r\"}", STR_ARG(path), of);
    else
        strbuf_add(b, S("\"yes\""));
    strbuf_addf(b, ",\"operator\":\"%s\",\"values\":[\"%s\"]}]", sim_chance(x, 80) ? "in" : "notin", value);
}

static void add_unit(strbuf *b, str path, str name, uint32_t i, str at_hole) {
    strbuf_addf(b, "%s{\"pod\":\"%.*s%.*s.%u\",\"taskRun\":\"x\"%s%.*s%s}", i ? "," : "", STR_ARG(path), STR_ARG(name),
                i, at_hole.n ? ",\"holes\":[{\"path\":\"/spec/v\",\"value\":" : "", STR_ARG(at_hole),
                at_hole.n ? "}]" : "");
}

static void add_run(sim *x, strbuf *b, str path, uint32_t depth);

static void add_task(sim *x, strbuf *b, str path, bool finally, uint32_t i, uint32_t before, uint32_t depth) {
    str name = task_name(x, finally, i), at_hole = STR_NONE;
    strbuf_addf(b, "{\"name\":\"%.*s\"", STR_ARG(name));
    uint32_t deps = 0, last = NO_TASK, needs = before && sim_chance(x, 35) ? sim_below(x, before) : NO_TASK;
    bool fans = before && !finally && sim_chance(x, 8); /* over a result of t0 */
    strbuf_add(b, S(",\"deps\":["));
    for (uint32_t k = 0; !finally && k < before; k++)
        if (k == needs || (k == 0 && fans) || sim_chance(x, 30)) {
            strbuf_addf(b, "%s\"t%u\"", deps++ ? "," : "", k);
            last = k;
        }
    strbuf_addc(b, ']');
    if (needs != NO_TASK) {
        at_hole = str_fmt(x->a, "{\"json\":{\"ref\":\"%.*stasks.t%u.results.r\"}}", STR_ARG(path), needs);
        strbuf_addf(b, ",\"params\":[{\"name\":\"p\",\"value\":%.*s}]", STR_ARG(at_hole));
    }
    if (sim_chance(x, 20)) add_when(x, b, path, last);
    if (sim_chance(x, 25))
        strbuf_addf(b, ",\"retries\":%u", 1 + sim_below(x, 2));
    else if (!finally && sim_chance(x, 20))
        strbuf_add(b, S(",\"onError\":\"continue\""));
    if (sim_chance(x, 30)) strbuf_addf(b, ",\"timeout\":\"%us\"", 5 + sim_below(x, 60));
    strbuf_add(b, S(",\"results\":[{\"name\":\"r\",\"type\":\"string\"},{\"name\":\"a\",\"type\":\"array\"}]"));
    if (!depth && !finally && sim_chance(x, 8)) {
        strbuf_add(b, S(",\"pipeline\":"));
        add_run(x, b, str_fmt(x->a, "%.*s%.*s/", STR_ARG(path), STR_ARG(name)), depth + 1);
    } else if (fans) {
        strbuf_addf(b,
                    ",\"matrix\":{\"params\":[{\"name\":\"m\",\"value\":{\"ref\":\"%.*stasks.t0.results.a\",\"type\":"
                    "\"array\"}}]},\"units\":[",
                    STR_ARG(path));
        add_unit(b, path, name, 0, at_hole);
        strbuf_addc(b, ']');
    } else {
        uint32_t n = sim_chance(x, 15) ? 2 + sim_below(x, 2) : 1;
        strbuf_add(b, S(",\"combinations\":["));
        for (uint32_t k = 0; n > 1 && k < n; k++)
            strbuf_addf(b, "%s[{\"name\":\"m\",\"value\":\"%u\"}]", k ? "," : "", k);
        strbuf_add(b, S("],\"units\":["));
        for (uint32_t k = 0; k < n; k++) add_unit(b, path, name, k, at_hole);
        strbuf_addc(b, ']');
    }
    strbuf_addc(b, '}');
}

static void add_run(sim *x, strbuf *b, str path, uint32_t depth) {
    uint32_t tasks = 1 + sim_below(x, depth ? 3 : 6), finally = sim_chance(x, 40) ? 1 + sim_below(x, 2) : 0;
    strbuf_add(b, S("{\"run\":{\"kind\":\"PipelineRun\",\"name\":\"run\",\"namespace\":\"ns\"},\"timeouts\":{"));
    strbuf_addf(b, "\"pipeline\":\"%us\"", sim_chance(x, 30) ? 60 + sim_below(x, 200) : 3600);
    if (sim_chance(x, 20))
        strbuf_addf(b, ",\"tasks\":\"%us\",\"finally\":\"%us\"", 20 + sim_below(x, 60), 10 + sim_below(x, 60));
    strbuf_add(b, S("},\"tasks\":["));
    for (uint32_t i = 0; i < tasks; i++) {
        comma(b, i);
        add_task(x, b, path, false, i, i, depth);
    }
    strbuf_add(b, S("],\"finally\":["));
    for (uint32_t i = 0; i < finally; i++) {
        comma(b, i);
        add_task(x, b, path, true, i, tasks, depth);
    }
    strbuf_addc(b, ']');
    if (sim_chance(x, 30))
        strbuf_addf(b, ",\"results\":[{\"name\":\"out\",\"value\":{\"ref\":\"%.*stasks.t0.results.r\"}}]",
                    STR_ARG(path));
    if (sim_chance(x, 20))
        strbuf_addf(b, ",\"claims\":[{\"workspace\":\"w%u\",\"name\":\"c\",\"template\":{\"spec\":{}}}]", depth);
    strbuf_addc(b, '}');
}

/* A TaskRun of its own. */
static void add_lone(sim *x, strbuf *b) {
    strbuf_add(b, S("{\"run\":{\"kind\":\"TaskRun\",\"name\":\"run\",\"namespace\":\"ns\"},\"tasks\":[{\"name\":\"t0\","
                    "\"timeout\":\"50s\",\"retries\":"));
    strbuf_addf(
        b, "%u,\"results\":[{\"name\":\"r\",\"type\":\"string\"}],\"units\":[{\"pod\":\"t0.0\",\"taskRun\":\"x\"}]}]}",
        sim_below(x, 3));
}

const plan *sim_plan(sim *x) {
    strbuf b = {.a = x->a};
    str problem = STR_NONE;
    strbuf_add(&b, S("{\"apiVersion\":\"tektonc.dev/"
                     "v1alpha1\",\"kind\":\"Plan\",\"metadata\":{\"name\":\"run\",\"namespace\":\"ns\"},\"spec\":"));
    if (sim_chance(x, 10))
        add_lone(x, &b);
    else
        add_run(x, &b, S(""), 0);
    strbuf_addc(&b, '}');
    const ynode *document = json_read(x->a, strbuf_str(&b));
    if (x->talk) printf("%.*s\n", STR_ARG(strbuf_str(&b)));
    assert(document);
    ynode_list documents = {0};
    vec_push(x->a, &documents, document);
    const plan *p = plan_read(x->a, &documents, &problem);
    if (!p) fprintf(stderr, "seed %llu: %.*s\n", (unsigned long long)x->seed, STR_ARG(problem));
    assert(p);
    return p;
}
