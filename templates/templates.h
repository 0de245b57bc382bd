#ifndef TEMPLATES_TEMPLATES_H
#define TEMPLATES_TEMPLATES_H
/* Texts that are embedded when building: templates/NAME.yaml, read and filled by compiler/template.h, and
 * view/assets/NAME.EXT, used by view/svg.h and view/html.h. */
extern const char template_configmap[], template_cronjob[], template_index[], template_job[], template_kustomization[], template_rbac[];
extern const char template_graph_css[], template_page_css[], template_page_html[], template_page_js[];
#endif
