#ifndef PLAN_NAMES_H
#define PLAN_NAMES_H
/* The names that Tekton gives to what a run makes, one owner for compiler and runtime (facts: runtime.md 8).
 * In: names as text. Out: names of at most 63 characters in the arena. Pure. */
#include "base/str.h"

/* parent + suffix, shortened by an MD5 where it would be over 63 characters. */
str name_child(arena *a, str parent, str suffix);
/* The TaskRun of a pipeline task. combinations: 1 = no matrix, or a matrix of one. */
str name_task_run(arena *a, str run, str task, uint32_t combination, uint32_t combinations);
/* The Pod of a TaskRun's attempt (0 = the first). */
str name_pod(arena *a, str task_run, uint32_t attempt);
/* The claim made from a volumeClaimTemplate: template's name or "pvc", the workspace, the owner's uid. */
str name_claim(arena *a, str template_name, str workspace, str owner_uid);
/* prefix-HASH, HASH being `length` hex digits of FNV-1a of `name`; `taken` says whether a name is in use. */
str name_volume(arena *a, str prefix, str name, uint32_t length, bool (*taken)(void *ctx, str name), void *ctx);
/* Cut to 63 characters, then without what is not alphanumeric at the end. */
str name_container(arena *a, str prefix, str name);
#endif
