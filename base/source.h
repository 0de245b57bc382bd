#ifndef BASE_SOURCE_H
#define BASE_SOURCE_H
/* The source texts of one compilation, laid end to end so that one 32-bit number names a byte of any of them.
 *
 * In: file names and bytes, from the command line's reader. Out: for a position its file, line, column (1-based; the
 * column counts characters, not bytes) and the text of its line. Names and bytes are not copied and must outlive this.
 * Together at most 4 GiB - 2 bytes: source_add() says false past that. */
#include "base/ynode.h"

typedef struct source {
    str name; /* as shown in messages: the path given, or "<stdin>" */
    str text;
    pos base; /* position of its first byte; never 0 */
    uint32_t *lines, line_count; /* offsets of line starts, made on first use */
    uint32_t *marks;             /* characters before each SOURCE_MARK bytes, made when a line is longer than that */
} source;

typedef struct sources {
    arena *a;
    source *v;
    uint32_t n, cap;
} sources;

typedef struct place {
    const source *source; /* NULL: no place */
    uint32_t line, column; /* 1-based; column in characters */
    uint32_t offset;       /* bytes from the start of the file */
    str line_text;         /* without its line break */
} place;

static inline sources sources_new(arena *a) { return (sources){.a = a}; }
/* *out (may be NULL) is good until the next source_add(). */
bool source_add(sources *s, str name, str text, source **out);
place source_place(sources *s, pos at);
const source *source_of(const sources *s, pos at);
/* The place of byte `index` of a string node's text: exact for plain, quoted (escapes and folded lines, too) and
 * literal (`|`) scalars, else (`>`, made by the compiler) the node's own place. It walks the scalar, so ask only for
 * places that are reported. */
pos ynode_pos_in(const sources *s, const ynode *n, uint32_t index);
#endif
