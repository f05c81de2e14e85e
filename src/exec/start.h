/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "exec/state.h"

/*
 * From the first instruction to the running command. The three descriptors are those of wire/exec-spec.h's
 * and wire/control.h's contract: 0 the spec, 1 the control socket, 2 the job's standard input.
 */

/* Takes the descriptors and reads the spec; 0 or an exit status of exec.h. */
int start_init(Exec *exec, const ExecConfig *config, int argc, char **argv);

/* Waits for the journal to be there. 0, −ECANCELED (a signal came), −ETIMEDOUT. */
int start_wait_for_journal(Exec *exec);

/* Runs the command, or sets the report to why it does not run. */
void start_command(Exec *exec);
