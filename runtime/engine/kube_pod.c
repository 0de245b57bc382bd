#include "runtime/engine/kube_pod.h"
#include "runtime/sequencer/moment.h"
#include <stdlib.h>

static int64_t moment(const ynode *of, str field) {
    int64_t at = 0;
    str text = ynode_get_text(of, field);
    return text.n && moment_parse(text, &at) ? at : 0;
}

static pod_phase phase_of(str text) {
    static const char *const names[] = {[POD_PENDING] = "Pending", [POD_RUNNING] = "Running", [POD_SUCCEEDED] = "Succeeded", [POD_FAILED] = "Failed"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq(text, str_z(names[i]))) return (pod_phase)i;
    return text.n ? POD_UNKNOWN : POD_PENDING;
}

static int32_t number(const ynode *of, str field) {
    str text = ynode_get_text(of, field);
    int64_t n = 0;
    for (uint32_t i = text.n && text.p[0] == '-'; i < text.n && n < INT32_MAX; i++) n = n * 10 + (text.p[i] - '0');
    return (int32_t)(text.n && text.p[0] == '-' ? -n : n);
}

static pod_container container(const ynode *status, bool init) {
    const ynode *state = ynode_get(status, S("state")), *waiting = ynode_get(state, S("waiting"));
    const ynode *running = ynode_get(state, S("running")), *ended = ynode_get(state, S("terminated"));
    const ynode *now = ended ? ended : running ? running : waiting;
    return (pod_container){
        .name = ynode_get_text(status, S("name")),
        .init = init,
        .state = ended ? CONTAINER_TERMINATED : running ? CONTAINER_RUNNING : CONTAINER_WAITING,
        .ready = ynode_true(ynode_get(status, S("ready"))),
        .image = ynode_get_text(status, S("image")),
        .image_id = ynode_get_text(status, S("imageID")),
        .reason = ynode_get_text(now, S("reason")),
        .message = ynode_get_text(now, S("message")),
        .exit_code = ended ? number(ended, S("exitCode")) : 0,
        .started = moment(now, S("startedAt")),
        .finished = moment(ended, S("finishedAt")),
    };
}

static void conditions(const ynode *list, seq_pod *out) {
    YNODE_EACH(i, one, list) {
        str type = ynode_get_text(one, S("type")), status = ynode_get_text(one, S("status"));
        if (str_eq(status, S("True"))) continue;
        if (str_eq(type, S("PodScheduled")) && str_eq(ynode_get_text(one, S("reason")), S("Unschedulable"))) out->unschedulable = true;
        if (out->condition_type.n) continue;
        out->condition_type = type;
        out->condition_status = status;
        out->condition_message = ynode_get_text(one, S("message"));
    }
}

seq_pod kube_pod(arena *a, const ynode *pod) {
    const ynode *meta = ynode_get(pod, S("metadata")), *status = ynode_get(pod, S("status"));
    const ynode *init = ynode_get(status, S("initContainerStatuses")), *main = ynode_get(status, S("containerStatuses"));
    pod_container *list = ARENA_ARRAY(a, pod_container, ynode_count(init) + ynode_count(main) + 1);
    seq_pod out = {
        .name = ynode_get_text(meta, S("name")),
        .uid = ynode_get_text(meta, S("uid")),
        .run_uid = ynode_get_text(ynode_get(meta, S("labels")), S(SEQ_LABEL_RUN)),
        .created = moment(meta, S("creationTimestamp")),
        .deleting = ynode_get_text(meta, S("deletionTimestamp")).n > 0,
        .ready_annotated = str_eq(ynode_get_text(ynode_get(meta, S("annotations")), S(SEQ_ANNOTATION_READY)), S(SEQ_READY)),
        .phase = phase_of(ynode_get_text(status, S("phase"))),
        .reason = ynode_get_text(status, S("reason")),
        .message = ynode_get_text(status, S("message")),
        .containers = list,
    };
    conditions(ynode_get(status, S("conditions")), &out);
    YNODE_EACH(i, one, init) list[out.n++] = container(one, true);
    YNODE_EACH(k, one, main) list[out.n++] = container(one, false);
    return out;
}
