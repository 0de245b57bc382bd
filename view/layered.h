#ifndef VIEW_LAYERED_H
#define VIEW_LAYERED_H
/* A layered drawing of an acyclic graph: where each node stands and through which points each edge goes.
 *
 * In: sizes of nodes and edges between them. The long direction is `along` (layers follow each other), the other one
 * `across`. Out: for each node its layer and place; for each edge the points at which it passes the layers between.
 * Layers by the longest way from a start; the order within a layer by barycenters, the best of a fixed number of sweeps
 * by counted crossings; places by least squares with room between neighbours. No randomness: the same graph gives the
 * same drawing. Edges that leave one node with the same `bundle` share their way as far as they go together.
 * Cost: a fixed number of passes over nodes and parts of edges. An edge over k layers has k parts; above LAYERED_PARTS of
 * them in all, long edges go straight. Everything lives in the arena. */
#include "base/vec.h"
#include <stdbool.h>

enum { LAYERED_PARTS = 400000 };

typedef struct layered_node {
    double along, across; /* in: size */
    bool last;            /* in: in a layer behind all others */
    uint32_t layer;       /* out, as the rest */
    double x, y;          /* along: begin; across: middle */
} layered_node;

typedef struct layered_point {
    uint32_t layer;
    double y;
    uint32_t id; /* the same for edges that share it; not that of a node */
} layered_point;

typedef struct layered_edge {
    uint32_t from, to, bundle;
    bool loose; /* in: it hardly counts for where its ends stand */
    VEC(layered_point) points; /* out: between the ends */
} layered_edge;

typedef struct layered {
    layered_node *nodes;
    layered_edge *edges;
    uint32_t n, edge_count;
    double node_gap, layer_gap, point_size; /* in: room between nodes, between layers, and across a passing edge */
    uint32_t points;                        /* out: ids of points are below */
    uint32_t layers;
    double *layer_x, *layer_along;          /* where each layer begins, how long it is */
    double along, across;                   /* size of all */
} layered;

void layered_place(arena *a, layered *l);
#endif
