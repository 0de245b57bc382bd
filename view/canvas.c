#include "view/canvas.h"

static uint32_t length_of(const char *p, const char *end) {
    unsigned char c = (unsigned char)*p;
    uint32_t n = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    return n <= (uint32_t)(end - p) ? n : (uint32_t)(end - p);
}

uint32_t canvas_width(str text) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < text.n; i++) n += ((unsigned char)text.p[i] & 0xC0) != 0x80;
    return n;
}

const char *canvas_color(bool color, uint8_t number) {
    static const char *const codes[COLORS] = {"\033[0m", "\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[33m", "\033[34m", "\033[35m", "\033[36m"};
    return color ? codes[number] : "";
}

canvas canvas_new(arena *a, uint32_t columns, uint32_t rows) {
    return (canvas){.cells = ARENA_ARRAY(a, canvas_cell, (size_t)columns * rows + 1), .columns = columns, .rows = rows};
}

static canvas_cell *at(canvas *c, uint32_t x, uint32_t y) { return x < c->columns && y < c->rows ? &c->cells[(size_t)y * c->columns + x] : NULL; }

void canvas_line(canvas *c, uint32_t x, uint32_t y, uint8_t lines) {
    canvas_cell *cell = at(c, x, y);
    if (cell) cell->lines |= lines;
}

void canvas_glyph(canvas *c, uint32_t x, uint32_t y, const char *glyph) {
    canvas_cell *cell = at(c, x, y);
    if (cell) memcpy(cell->glyph, glyph, strlen(glyph) + 1);
}

uint32_t canvas_text(canvas *c, uint32_t x, uint32_t y, str text, uint8_t color) {
    const char *p = text.p, *end = p + text.n;
    for (uint32_t n; p < end; p += n, x++) {
        canvas_cell *cell = at(c, x, y);
        n = length_of(p, end);
        if (!cell) continue;
        memcpy(cell->glyph, p, n);
        cell->glyph[n] = 0;
        cell->color = color;
    }
    return x;
}

static const char *glyph_of(const canvas *c, const canvas_cell *cell) {
    static const char *const drawn[16] = {" ", "│", "│", "│", "─", "┘", "┐", "┤", "─", "└", "┌", "├", "─", "┴", "┬", "┼"};
    static const char *const ascii[16] = {" ", "|", "|", "|", "-", "+", "+", "+", "-", "+", "+", "+", "-", "+", "+", "+"};
    if (cell->glyph[0]) return cell->glyph;
    uint8_t lines = cell->lines & CANVAS_OVER ? CANVAS_UP | CANVAS_DOWN : cell->lines & 15;
    return c->ascii ? ascii[lines] : drawn[lines];
}

void canvas_write(const canvas *c, strbuf *b, str indent) {
    for (uint32_t y = 0; y < c->rows; y++) {
        uint32_t last = c->columns, color = COLOR_NONE;
        const canvas_cell *row = c->cells + (size_t)y * c->columns;
        while (last && !row[last - 1].lines && (!row[last - 1].glyph[0] || row[last - 1].glyph[0] == ' ')) last--;
        if (last) strbuf_add(b, indent);
        for (uint32_t x = 0; x < last; x++) {
            uint8_t wanted = row[x].glyph[0] ? row[x].color : row[x].lines ? COLOR_DIM : (uint8_t)color;
            if (c->color && wanted != color) {
                if (color) strbuf_add(b, str_z(canvas_color(true, COLOR_NONE)));
                if (wanted) strbuf_add(b, str_z(canvas_color(true, wanted)));
                color = wanted;
            }
            strbuf_add(b, str_z(glyph_of(c, &row[x])));
        }
        if (c->color && color) strbuf_add(b, str_z(canvas_color(true, COLOR_NONE)));
        strbuf_addc(b, '\n');
    }
}
