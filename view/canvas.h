#ifndef VIEW_CANVAS_H
#define VIEW_CANVAS_H
/* Cells of a terminal: lines that join where they meet, and text over them.
 *
 * In: columns and rows from 0. Out: rows as text without blanks at their ends. A line's end in a cell is one of four
 * directions; what meets in a cell becomes the fitting glyph. */
#include "base/str.h"

enum { CANVAS_UP = 1, CANVAS_DOWN = 2, CANVAS_LEFT = 4, CANVAS_RIGHT = 8, CANVAS_OVER = 16 /* the vertical line passes over */ };

typedef struct canvas_cell {
    uint8_t lines, color;
    char glyph[5]; /* UTF-8; empty: lines */
} canvas_cell;

typedef struct canvas {
    canvas_cell *cells;
    uint32_t columns, rows;
    bool ascii, color;
} canvas;

canvas canvas_new(arena *a, uint32_t columns, uint32_t rows);
void canvas_line(canvas *c, uint32_t x, uint32_t y, uint8_t lines);
void canvas_glyph(canvas *c, uint32_t x, uint32_t y, const char *glyph);
/* Yields the column behind it. */
uint32_t canvas_text(canvas *c, uint32_t x, uint32_t y, str text, uint8_t color);
void canvas_write(const canvas *c, strbuf *b, str indent);
/* Columns that a text takes; ascii: in place of what is not ASCII. */
uint32_t canvas_width(str text);
/* "\033[…m" of a color number; "" without colors. */
const char *canvas_color(bool color, uint8_t number);
enum { COLOR_NONE, COLOR_BOLD, COLOR_DIM, COLOR_RED, COLOR_GREEN, COLOR_YELLOW, COLOR_BLUE, COLOR_MAGENTA, COLOR_CYAN, COLORS };
#endif
