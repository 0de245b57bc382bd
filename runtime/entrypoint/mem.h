#ifndef ENTRYPOINT_MEM_H
#define ENTRYPOINT_MEM_H
/* Memory and text of the entrypoint: a bump arena and growing buffers; nothing is ever freed.
 *
 * The first bytes come from a static block, so that an ordinary step maps nothing; more comes from mmap. There is no
 * malloc: its code costs more than the whole arena, and a process that lives for one step needs no free. A request
 * that the kernel refuses ends the program as a failed step (log.h). A str is pointer and length, may hold any byte,
 * and lives as long as what it points into. */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct {
    const char *p;
    size_t n;
} str;

#define S(literal) ((str){("" literal), sizeof(literal) - 1})

void *mem_take(size_t size); /* zeroed, aligned for any type; never NULL */

str str_z(const char *z); /* the bytes of a NUL-terminated string, not copied */
bool str_eq(str a, str b);
bool str_is(str s, const char *z);
bool str_starts(str s, const char *prefix);
bool str_find(str s, size_t from, const char *needle, size_t *at); /* first occurrence at or after `from` */
bool str_has(str s, char c);
bool text_is(const char *a, const char *b);           /* the same for two NUL-terminated texts */
str str_cut(str s, size_t from, size_t to);           /* bytes [from, to) */
bool str_next(str *rest, char separator, str *piece); /* cuts the next piece off; false after the last */
char *str_dup(str s);                                 /* NUL-terminated copy */
char *str_join(const char *a, const char *b);         /* NUL-terminated a b */
char *str_number(long long value);                    /* decimal text */

typedef struct {
    char *p;
    size_t n, cap;
} buf; /* zero-initialise */

void buf_add(buf *b, str s);
void buf_addz(buf *b, const char *z);
/* A form whose bytes \1 to \4 stand for the texts that follow. */
void buf_form(buf *b, const char *form, const char *one, const char *two, const char *three, const char *four);
char *text_form(const char *form, const char *one, const char *two);
void buf_addc(buf *b, char c);
str buf_str(const buf *b);
char *buf_z(buf *b); /* the content, NUL-terminated, the NUL not counted */

typedef struct {
    char **v; /* v[n] is always NULL, as execve wants it */
    size_t n;
    buf room;
} words; /* zero-initialise */

void words_add(words *w, char *word);
#endif
