#ifndef COMPILER_IMAGE_H
#define COMPILER_IMAGE_H
/* Names of images: their parts, and a mapping from names to others (--image-map).
 *
 * In: a name as people write it, "golang:1.24" or "registry.example.com:5000/a/b@sha256:...". Out: its parts, sharing the
 * text; the registry and the `library/` that such names leave out are put in as container runtimes do it (docker.io).
 * A mapping has entries of three kinds, by what the key is:
 *   NAME:TAG or NAME@DIGEST   this image
 *   NAME                      every tag of it; tag and digest stay where the value has none of its own
 *   PREFIX/                   all images below; the rest of the name is put behind the value
 * An image is looked up in this order, the longest prefix first, as it is written and with the registry put in. What it is
 * mapped to is not looked up again. */
#include "base/diag.h"
#include "base/map.h"

typedef struct image_name {
    str registry, repository; /* "docker.io", "library/golang" */
    str tag, digest;          /* as written; may be empty */
    str name;                 /* without tag and digest, as written */
} image_name;

image_name image_parse(arena *a, str text);
/* "docker.io/library/golang": registry and repository. */
str image_full(arena *a, const image_name *n);
/* A name that a container runtime may take: no blanks, no capitals in the repository, ... */
bool image_valid(str text);

typedef struct image_entry {
    str key, to;
    const ynode *where; /* the value */
    pos at, end;        /* of the key */
    bool used;
} image_entry;

typedef struct image_map {
    VEC(image_entry) entries;
    map names;            /* exact names, names without tag, prefixes: → image_entry *; both spellings */
    uint32_t longest;     /* of the prefixes */
} image_map;

/* From a mapping of keys to names; NULL or what is wrong with which entry. Keys of several mappings: the last counts. */
const char *image_map_read(arena *a, const ynode *tree, image_map *out, str *which);
/* What the image is to be; the image itself when nothing says so. m may be NULL. */
str image_map_name(arena *a, image_map *m, str image);
/* All images of a Pod: containers of all kinds, image volumes. `known` says whether a place has its final text (the path
 * is a JSON pointer into the Pod). */
const ynode *image_map_pod(arena *a, image_map *m, const ynode *pod, bool (*known)(void *ctx, str path), void *ctx);
#endif
