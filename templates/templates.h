#ifndef TEMPLATES_TEMPLATES_H
#define TEMPLATES_TEMPLATES_H
/* The texts of templates/NAME.yaml, embedded when building. Read and filled by compiler/template.h. */
extern const char template_configmap[], template_index[], template_job[], template_kustomization[], template_rbac[];
#endif
