#include "runtime/entrypoint/results.h"
#include "runtime/entrypoint/file.h"
#include "runtime/entrypoint/log.h"
#include "runtime/entrypoint/sys.h"

/* A result is held in memory to be escaped; what is larger than the reader's limit can't be reported anyway, and one
 * byte more than that is enough to see it. */
enum { RESULT_LIMIT = 128 << 10 };

static const char task_results[] = "/tekton/results/";

/* Enough to tell two states of a file apart, even where its clock ticks slower than steps follow each other. */
struct remembered {
    uint64_t hash; /* 0: not there */
};

static void add_hash(uint64_t *hash, const void *bytes, size_t n) {
    for (size_t i = 0; i < n; i++) *hash = (*hash ^ ((const unsigned char *)bytes)[i]) * 1099511628211u;
}

/* The file's content, its identity and its times. 0, or why it can't be read. */
static int look(const char *path, str *content, uint64_t *hash) {
    struct stat st;
    int error = file_read(path, RESULT_LIMIT, content);
    if (error == EFBIG) error = 0;
    *hash = 0;
    if (error || sys_stat(path, &st)) return error;
    *hash = 14695981039346656037u;
    add_hash(hash, content->p, content->n);
    add_hash(hash, &st.st_ino, sizeof st.st_ino);
    add_hash(hash, &st.st_mtim, sizeof st.st_mtim);
    add_hash(hash, &st.st_ctim, sizeof st.st_ctim);
    return 0;
}

static bool unreadable(const char *path, int error) {
    return error != ENOENT && log_failure("can't read \1: \2", path, error);
}

/* Goes through a list of names. Without a part to add to, it only remembers. */
static bool collect(const char *list, const char *directory, struct remembered *before, buf *part,
                    enum entry_type type) {
    str rest = str_z(list), name, content;
    uint64_t hash;
    for (size_t i = 0; str_next(&rest, ',', &name); i++) {
        if (!name.n) continue;
        const char *key = str_dup(name), *path = str_join(directory, key);
        int error = look(path, &content, &hash);
        if (!part)
            before[i].hash = hash;
        else if (error && unreadable(path, error))
            return false;
        else if (!error && (!before || before[i].hash != hash))
            message_add(part, key, content, type);
    }
    return true;
}

static bool add_artifacts(const char *path, buf *part, enum entry_type type) {
    str content;
    int error = file_read(path, RESULT_LIMIT, &content);
    if (error && error != EFBIG) return !unreadable(path, error);
    message_add(part, path, content, type);
    return true;
}

struct remembered *results_remember(const struct options *o) {
    size_t most = (strlen(o->results) + 1) * sizeof(struct remembered); /* as if every name had one letter or none */
    struct remembered *all = mem_take(most);
    collect(o->results, task_results, all, NULL, ENTRY_TASK_RESULT);
    return all;
}

bool results_collect(const struct options *o, struct remembered *before, struct message *m) {
    const char *own = *o->metadata_dir ? str_join(o->metadata_dir, "/") : "";
    if (!collect(o->results, task_results, before, &m->part[RESULTS], ENTRY_TASK_RESULT) ||
        !collect(o->step_results, str_join(own, "results/"), NULL, &m->part[STEP_RESULTS], ENTRY_STEP_RESULT))
        return false;
    if (!text_is(o->result_from, "termination-message")) { /* they go another way; here they only had to be readable */
        m->part[RESULTS].n = m->part[STEP_RESULTS].n = 0;
        return true;
    }
    return add_artifacts(str_join(own, "artifacts/provenance.json"), &m->part[ARTIFACTS], ENTRY_STEP_ARTIFACTS) &&
           add_artifacts("/tekton/artifacts/provenance.json", &m->part[ARTIFACTS], ENTRY_TASK_ARTIFACTS);
}
