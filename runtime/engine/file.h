#ifndef RUNTIME_ENGINE_FILE_H
#define RUNTIME_ENGINE_FILE_H
/* Files as texts and trees: the plan's folder, kubeconfig, tokens. In: paths. Out: bytes or documents in the arena; false
 * with one sentence in *problem. */
#include "base/read.h"

bool file_read(arena *a, str path, str *out, str *problem);
/* All documents of a YAML or JSON file; appends. */
bool file_documents(arena *a, str path, ynode_list *out, str *problem);
/* The same of a text; the name is for messages. */
bool file_text(arena *a, str name, str text, ynode_list *out, str *problem);
#endif
