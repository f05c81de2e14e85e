/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client/client.h"

/*
 * What the error of a call says.
 */

/* True if a call ended with that: whether it was carried out is not known. */
bool error_is_away(const Client *c, int r, const sd_bus_error *error);

/* True if there is no jobd, and the bus cannot start one. */
bool error_is_no_service(const sd_bus_error *error);

/* True if the error says that there is no such job. */
bool error_is_no_such_job(const sd_bus_error *error);

/* True if it says that the caller may not do that, or not unasked. */
bool error_is_refusal(const sd_bus_error *error);
