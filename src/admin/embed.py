"""Writes a C++ source that holds files as arrays: embed.py OUT NAMESPACE FUNCTION=FILE…"""
import sys

out, namespace, *pairs = sys.argv[1:]
with open(out, "w") as f:
    f.write(f'#include "admin/pages.h"\n\nnamespace {namespace} {{\n')
    for pair in pairs:
        function, path = pair.split("=", 1)
        octets = open(path, "rb").read()
        rows = [", ".join(str(o) for o in octets[i:i + 24]) for i in range(0, len(octets), 24)]
        f.write(f"\nstatic constexpr unsigned char k_{function}[] = {{\n" + ",\n".join(rows) + "};\n")
        f.write(f"std::string_view {function}() {{ return {{reinterpret_cast<const char*>(k_{function}), sizeof k_{function}}}; }}\n")
    f.write(f"\n}}  // namespace {namespace}\n")
