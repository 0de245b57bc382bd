#ifndef CLI_XML_H
#define CLI_XML_H
/* Texts inside XML 1.0. In: any bytes. Out: escaped; what XML can't hold becomes `?`. */
#include "base/str.h"

void xml_text(strbuf *out, str text);
void xml_attribute(strbuf *out, const char *name, str text); /* with a blank in front */
#endif
