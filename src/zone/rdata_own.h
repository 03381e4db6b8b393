#pragma once
// Types whose presentation format is more than one field after the other.

#include "zone/rdata_fields.h"

namespace isochrone::zone {

void read_caa(RdataFields& fields);       // RFC 8659 §4.1
void read_ds(RdataFields& fields);        // RFC 4034 §5.3; CDS, DLV and TA are written alike
void read_ipseckey(RdataFields& fields);  // RFC 4025 §3
void read_amtrelay(RdataFields& fields);  // RFC 8777 §4.3
void read_hip(RdataFields& fields);       // RFC 8005 §5
void read_apl(RdataFields& fields);       // RFC 3123 §5
void read_loc(RdataFields& fields);       // RFC 1876 §3
void read_svcb(RdataFields& fields);      // RFC 9460 §2.1; HTTPS too

}  // namespace isochrone::zone
