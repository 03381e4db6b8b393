#pragma once
// The algorithm of RFC 1034 §4.3.2 over our zones, with wildcards (RFC 4592), DNAME (RFC 6672) and steered names.

#include "answer/answering.h"

namespace isochrone::answer {

// Fills answer, authority and additional section, RCODE and AA. The question has a class of IN and a type of data.
void answer_internet(Answering& a);

}  // namespace isochrone::answer
