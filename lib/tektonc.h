#ifndef TEKTONC_H
#define TEKTONC_H
/* libtektonc: Tekton definitions to Kubernetes manifests, from memory to memory.
 *
 *     tektonc *t = tektonc_new();
 *     tektonc_set(t, "namespace", "ci");
 *     tektonc_add(t, "pipeline.yaml", text, strlen(text));
 *     if (tektonc_compile(t) == TEKTONC_OK)
 *         for (size_t i = 0; i < tektonc_files(t); i++) use(tektonc_file_at(t, i));
 *     tektonc_free(t);
 *
 * In: texts, and options by the long names of the command line (`tektonc help compile`). Out: the files that `tektonc -o`
 * would write, and messages. Nothing is printed and nothing ends the program; when there is no memory a call answers
 * TEKTONC_MEMORY. Files are opened only where an option names one (params-file, image-map, param with @FILE); settings files
 * and the environment are not looked at. There is no global state: each tektonc may be used by one thread at a time,
 * different ones at the same time.
 * Everything that a function hands out belongs to the tektonc and lives until tektonc_free(); texts are UTF-8, end with a
 * NUL, and file texts may hold any byte but that.
 * The interface is stable: functions and members may be added, at the end. docs/library.md */
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tektonc tektonc;

typedef enum tektonc_status {
    TEKTONC_OK = 0,
    TEKTONC_INPUT = 1,  /* the input has errors: see the messages */
    TEKTONC_USAGE = 2,  /* an option or the order of calls is wrong: see tektonc_problem() */
    TEKTONC_IO = 3,     /* a file that an option names can't be read: see tektonc_problem() */
    TEKTONC_MEMORY = 5, /* the tektonc is of no use any more but for tektonc_free() */
} tektonc_status;

typedef enum tektonc_severity { TEKTONC_NOTE = 1, TEKTONC_WARNING = 2, TEKTONC_ERROR = 3 } tektonc_severity;

typedef struct tektonc_file {
    const char *path; /* below the output folder: "pods/build.yaml" */
    const char *text;
    size_t bytes;
} tektonc_file;

typedef struct tektonc_message {
    const char *id, *rule; /* "TK0101", "unknown-field" */
    tektonc_severity severity;
    const char *file; /* as it was added; empty: about no place */
    unsigned line, column; /* from 1, columns in characters; 0 without a place */
    const char *text, *help; /* one sentence each, without a full stop; help may be empty */
} tektonc_message;

const char *tektonc_version(void);
/* NULL: no memory. */
tektonc *tektonc_new(void);
void tektonc_free(tektonc *t);

/* An option and its value; flags take "true" and "false". Options that repeat may be set several times. */
tektonc_status tektonc_set(tektonc *t, const char *option, const char *value);
/* A text of the input; copied. The name is for messages and the files' first lines. */
tektonc_status tektonc_add(tektonc *t, const char *name, const char *text, size_t bytes);
/* Once, after all that goes in. Files are there only with TEKTONC_OK, messages also otherwise. */
tektonc_status tektonc_compile(tektonc *t);
/* The same, but only for the messages: what `tektonc check` says. */
tektonc_status tektonc_check(tektonc *t);

size_t tektonc_files(const tektonc *t);
const tektonc_file *tektonc_file_at(const tektonc *t, size_t i);
size_t tektonc_messages(const tektonc *t);
const tektonc_message *tektonc_message_at(const tektonc *t, size_t i);
/* What the last call that failed has to say; "" when there is nothing. */
const char *tektonc_problem(const tektonc *t);

#ifdef __cplusplus
}
#endif
#endif
