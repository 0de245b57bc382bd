#include "runtime/controller/folder.h"
#include "plan/format.h"
#include "runtime/engine/file.h"
#include <unistd.h>

static str file_of(const folder *f, arena *a, str name) { return str_fmt(a, "%.*s/%.*s%.*s", STR_ARG(f->path), STR_ARG(name), STR_ARG(f->extension)); }

const plan *folder_plan(folder *f, arena *a, str *problem) {
    static const char *const extensions[] = {".yaml", ".json"};
    ynode_list documents = {0};
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++) {
        f->extension = str_z(extensions[i]);
        if (access(file_of(f, a, S(PLAN_FILE)).p, R_OK) == 0) break;
    }
    if (!file_documents(a, file_of(f, a, S(PLAN_FILE)), &documents, problem)) return NULL;
    for (unsigned part = 1;; part++) {
        str path = file_of(f, a, str_fmt(a, PLAN_FILE ".%u", part));
        if (access(path.p, F_OK) != 0) break;
        if (!file_documents(a, path, &documents, problem)) return NULL;
    }
    const plan *p = plan_read(a, &documents, problem);
    if (!p) *problem = str_cat(a, S("the plan has "), *problem);
    return p;
}

const ynode *folder_pod(const folder *f, arena *a, str pod, str *problem) {
    ynode_list documents = {0};
    str path = file_of(f, a, str_cat(a, S(PLAN_PODS "_"), pod));
    if (!file_documents(a, path, &documents, problem)) return NULL;
    if (documents.n == 1) return documents.v[0];
    *problem = str_fmt(a, "%.*s: one document is expected", STR_ARG(path));
    return NULL;
}
