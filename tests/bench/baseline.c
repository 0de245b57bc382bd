/* What reading and writing alone cost: libyaml parses the files named, events are counted and thrown away, then BYTES
 * bytes are written to stdout. Usage: baseline BYTES FILE... The number of events goes to stderr. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

static long parse(const char *name)
{
    FILE *f = fopen(name, "rb");
    if (!f) {
        perror(name);
        exit(3);
    }
    yaml_parser_t p;
    yaml_parser_initialize(&p);
    yaml_parser_set_input_file(&p, f);
    long events = 0;
    for (int done = 0; !done; events++) {
        yaml_event_t e;
        if (!yaml_parser_parse(&p, &e))
            break; /* the catalog holds files that libyaml refuses: what it read until there counts */
        done = e.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&e);
    }
    yaml_parser_delete(&p);
    fclose(f);
    return events;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: baseline BYTES FILE...\n");
        return 2;
    }
    long events = 0;
    for (int i = 2; i < argc; i++)
        events += parse(argv[i]);
    static char block[1 << 16];
    memset(block, 'x', sizeof block);
    for (long long left = atoll(argv[1]); left > 0;) {
        size_t n = left < (long long)sizeof block ? (size_t)left : sizeof block;
        ssize_t w = write(1, block, n);
        if (w <= 0)
            return 3;
        left -= w;
    }
    fprintf(stderr, "%ld\n", events);
    return 0;
}
