/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The MESSAGE_IDs of the audit trail. Their catalog is units/jobd.catalog, their table is in jobd(8).
 */

#define AUDIT_ID_ACCEPTED  "a6794cf01610117d23c567bcb7f0677a"
#define AUDIT_ID_REFUSED   "bb8237213b1e249248842cc681fda17b"
#define AUDIT_ID_STARTED   "73c06afdaa9a896c1574019d88af127f"
#define AUDIT_ID_FINISHED  "d659ad4e785862e114bf08a8ae8b90ac"
#define AUDIT_ID_STOPPED   "c4dbb14964f27dca97cdf88aba9c9f70"
#define AUDIT_ID_KILLED    "c264de54c3c91d806322349528d2e653"
#define AUDIT_ID_SUSPENDED "67720c531c48424bb112e3e902ad1b3c"
#define AUDIT_ID_RESUMED   "effb7a635f2d46c09e50651d87de15b6"
#define AUDIT_ID_REMOVED   "555fea47d1b8899f9d64f4290ee12145"
#define AUDIT_ID_DAMAGED   "996d9740434a3cc770d8f46a3ca8eff9"
#define AUDIT_ID_LEFT_OUT  "e3b5174f84982331427687510dce37b3"
#define AUDIT_ID_LOST      "437f9ea9ff7818dc1ff18ceed268359b"
