/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client/client.h"

/*
 * polkit's agent for terminals, pkttyagent: asks for the password where there is no desktop to do it. One
 * for the whole run of jobctl, started when there is a question.
 */

/* Starts it, unless there is one or nobody to be asked, and waits until polkit knows of it. Without an agent
 * the question is asked all the same: the session may have one. */
void agent_open(Client *c);

/* Ends it; it leaves the terminal as it was. */
void agent_close(Client *c);
