/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/parse.h"
#include "output/collect/sender.h"

#define NEVER UINT64_MAX

int sender_new(Collector *collector, int state_dir, const CollectorJob *job, Sender **ret) {
        g_autoptr(Sender) sender = g_new0(Sender, 1);
        int r;

        *sender = (Sender){
                .collector = collector,
                .intake = {
                        .id = job->id,
                        .state = job->state,
                        .limit = job->limit,
                        .told_end = job->state->end,
                },
                .uid = job->uid,
                .pid = job->pid,
                .stage.process = job->pid != 0    ? PROCESS_KNOWN
                                 : job->restarted ? PROCESS_MISSED
                                                  : PROCESS_EXPECTED,
                .awaited = NEVER,
                .acknowledge_at = NEVER,
        };
        r = parse_uuid(job->uuid, sender->uuid);
        if (r < 0)
                return r;
        r = sender_open(sender, state_dir);
        if (r < 0 && !(job->restarted && error_is_transient(r)))
                return r;
        sender->intake.error = MIN(r, 0);
        *ret = g_steal_pointer(&sender);
        return 0;
}

void sender_free(Sender *sender) {
        if (!sender)
                return;
        barrier_free(sender->barrier);
        intake_clear(&sender->intake);
        g_free(sender);
}

int sender_open(Sender *sender, int state_dir) {
        Intake *intake = &sender->intake;
        int r = intake_open(intake, state_dir);

        if (r < 0)
                return r;
        if (sender->acknowledge_at == NEVER) /* else somebody waits for one */
                sender->acknowledge_at = intake_accounted(intake) + SENDER_ACK_BYTES;
        sender->allowed = output_allowed(intake->state, &intake->limit);
        return 0;
}

int sender_record(Sender *sender, const JournalRecord *record) {
        if (strcmp(record->uuid, sender->uuid) != 0 || record->uid != sender->uid)
                return TAKEN_IGNORED;
        if (sender->pid == 0)
                return TAKEN_UNKNOWN;
        if (record->pid != sender->pid)
                return TAKEN_IGNORED;
        return intake_record(&sender->intake, record);
}

StageAct sender_set_pid(Sender *sender, pid_t pid) {
        sender->pid = pid;
        return stage_step(&sender->stage, STAGE_PROCESS);
}

bool sender_find_pid(Sender *sender, const JournalRecord *record) {
        if (record->kind != RECORD_START || strcmp(record->uuid, sender->uuid) != 0 ||
            record->uid != sender->uid || strcmp(record->unit, job_id_unit(sender->intake.id).text) != 0)
                return false;
        (void) sender_set_pid(sender, record->pid); /* whoever found it reads on */
        return true;
}

/* Less than NEVER, whatever is said. */
static uint64_t sum(const uint64_t bytes[2]) {
        return bytes[0] >= NEVER - bytes[1] ? NEVER - 1 : bytes[0] + bytes[1];
}

bool sender_hint(Sender *sender, const uint64_t bytes[2], bool asks) {
        uint64_t hinted = sum(bytes);

        for (int i = 0; i < 2; i++)
                sender->handed[i] = MAX(sender->handed[i], bytes[i]);
        if (asks || sender->awaited != NEVER)
                sender->awaited = hinted;
        return intake_accounted(&sender->intake) >= hinted;
}

bool sender_is_waiting(const Sender *sender) {
        return sender->awaited != NEVER && intake_accounted(&sender->intake) < sender->awaited;
}

bool sender_acknowledge(Sender *sender, uint64_t *ret_cached, uint64_t *ret_allowed) {
        const Intake *intake = &sender->intake;
        uint64_t accounted = intake_accounted(intake);

        if (!intake->cache || accounted < MIN(sender->awaited, sender->acknowledge_at))
                return false;
        if (accounted >= sender->awaited)
                sender->awaited = NEVER;
        sender->acknowledge_at = accounted + SENDER_ACK_BYTES;
        sender->allowed = output_allowed(intake->state, &intake->limit);
        *ret_cached = accounted;
        *ret_allowed = sender->allowed;
        return true;
}

bool sender_is_final(const Sender *sender) {
        return sender->stage.end != END_OPEN && sender->stage.end != END_GONE;
}

bool sender_is_over(const Sender *sender) {
        const Intake *intake = &sender->intake;
        StageEnd end = sender->stage.end;

        if (intake->error < 0 || end == END_TOLD)
                return false;
        return intake_is_complete(intake) || end == END_SETTLED || (end == END_CHECKED && intake->has_exit);
}
