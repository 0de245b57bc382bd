#ifndef COMPILER_REQUEST_H
#define COMPILER_REQUEST_H
/* What the caller asks of a compilation, as plain data (the command line fills it; nothing here reads files). */
#include "base/map.h"
#include "base/read.h"
#include "compiler/image.h"

typedef enum delivery { DELIVERY_CONFIGMAP, DELIVERY_IMAGE } delivery;

typedef struct named_tree { /* a file or flag's content with the name it belongs to */
    str name;
    const ynode *tree;
    bool words; /* a text of the command line, to be split as the declared type wants it */
} named_tree;

/* What starts a run and what becomes of it: compiler/start.h. */
typedef enum start_id {
#define START(ident, name, kind, choices, needs) START_##ident,
#include "compiler/start.def"
#undef START
    STARTS
} start_id;

typedef struct request {
    /* the run to make when the input has none (tkn's spelling, already split and read) */
    VEC(named_tree) params;     /* -p name=value (words), --params-file (a value of any type); a later one counts */
    VEC(named_tree) workspaces; /* -w …: tree is a WorkspaceBinding mapping without the name */
    str service_account, name, name_suffix, run_uid, namespace_;
    str pipeline_or_task; /* --entry NAME: which one, when the input has several; none: the only one that no other
                             refers to */
    const ynode *start[STARTS]; /* strings with their places; NULL: not given */
    /* how Pods are made */
    str runtime_image;
    delivery entrypoint_delivery;
    image_map *images;     /* --image-map: what is put in place of images; NULL: nothing. It keeps what was used */
    map image_entrypoints; /* image → const ynode * sequence of words; "*" for all */
    /* What an image runs that the map does not name: {command: [...], args: [...]}, as its ENTRYPOINT and CMD, or only
       command, as the one that it has; or NULL, and perhaps why. May be NULL. */
    const ynode *(*image_command)(void *ctx, str image, str *why);
    void *image_ctx;
    /* configuration over the input's ConfigMaps */
    str tekton_api;           /* stable, beta, alpha or none */
    VEC(named_tree) features; /* --feature k=v */
    bool stand_ins;  /* a made run gets values for what nobody gave, "<NAME>" and an empty folder: to be looked at, not to be run */
    bool each_pipeline;             /* an input without runs: one of each Pipeline, if there are several; else that is an error */
    bool plain;                     /* ConfigMaps are written out, not made by kustomize */
    bool json;   /* files are JSON: their names end in .json (but kustomization.yaml, whose name is fixed) */
    bool closed; /* unresolved references are errors also without a run */
} request;
#endif
